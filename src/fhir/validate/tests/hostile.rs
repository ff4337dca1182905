//! Resources made to hurt: huge ones, and good ones with a value spoilt.

use proptest::prelude::*;

use super::*;

/// Each of these once took time with the square of its size.
#[test]
fn hostile_sizes_cost_no_more_than_their_length() {
    let list = |item: &dyn Fn(usize) -> String| {
        let items: Vec<String> = (0..30_000).map(item).collect();
        items.join(",")
    };
    let contained = list(&|i| format!(r#"{{"resourceType":"Patient","id":"p{i}"}}"#));
    let references = list(&|i| format!(r##"{{"reference":"#p{i}"}}"##));
    let nulls = list(&|_| "null".to_owned());
    let siblings = list(&|_| r#"{"id":"a"}"#.to_owned());
    let codings = list(&|i| format!(r#"{{"code":"{i}"}}"#));
    let attributes = list(&|i| format!(" a{i}=''")).replace(',', "");
    let observation = r#""resourceType":"Observation","status":"final""#;
    for text in [
        format!(
            r#"{{"resourceType":"List","status":"current","mode":"working","contained":[{contained}],"note":[{{"text":"x"}}],
            "entry":[{{"item":{{"reference":"Patient/1"}}}}],"extension":[{{"url":"u","extension":[{}]}}]}}"#,
            references
                .replace(
                    "{\"reference",
                    "{\"url\":\"v\",\"valueReference\":{\"reference"
                )
                .replace('}', "}}")
        ),
        format!(
            r#"{{"resourceType":"Patient","name":[{{"given":[{nulls}],"_given":[{siblings}]}}]}}"#
        ),
        format!(
            r#"{{{observation},"code":{{"coding":[{codings}]}},"valueInteger":1,
            "component":[{{"code":{{"coding":[{}]}}}}]}}"#,
            codings.replace(":\"", ":\"x")
        ),
        format!(
            r#"{{"resourceType":"Patient","text":{{"status":"empty","div":"<div{attributes}>x</div>"}}}}"#
        ),
    ] {
        let began = std::time::Instant::now();
        let found = faults(&text);
        assert!(found.len() <= 100);
        assert!(began.elapsed().as_secs() < 3, "{}", &text[..80]);
    }
}

/// A value somewhere in a good resource becomes something else.
fn spoilt() -> impl Strategy<Value = String> {
    let good = GOOD;
    let count = Document::parse(good).unwrap().root().descendants().count();
    let other = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1.5e9",
        "\"\"",
        "\"x\"",
        "\"#\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "{\"a\":1}",
        "{\"id\":\"x\"}",
        "[{}]",
        "\"\\u0001\"",
        "\"2020-01-01\"",
        "{\"reference\":\"#\"}",
    ]);
    (0..count, other).prop_map(move |(at, other)| {
        let document = Document::parse(good).unwrap();
        let mut edits = crate::json::Edits::default();
        if let Some(element) = document.root().descendants().nth(at) {
            edits.replace(element.span(), other.to_owned());
        }
        edits.apply(good)
    })
}

proptest! {
    #[test]
    fn a_spoilt_value_is_told_with_its_place(text in spoilt()) {
        for issue in faults(&text) {
            let at = issue.expression.unwrap_or_default();
            prop_assert!(at.starts_with("Observation") || at == "resourceType", "{at}");
            prop_assert!(!issue.diagnostics.is_empty());
        }
    }
}
