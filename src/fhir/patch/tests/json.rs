//! JSON Patch: the examples of RFC 6902, and what is none.

use proptest::prelude::*;

use super::*;

fn json(text: &str, patch: &str) -> Result<String, Fault> {
    let patch = document(patch);
    JsonPatch::parse(&patch, BOUNDS)?.apply(&document(text), BOUNDS)
}

fn malformed(text: &str, patch: &str) -> bool {
    matches!(json(text, patch), Err(Fault::Malformed(_)))
}

fn unfit(text: &str, patch: &str) -> bool {
    matches!(json(text, patch), Err(Fault::Unfit(_)))
}

#[test]
fn the_examples_of_rfc_6902_come_out_as_it_says() {
    for (text, patch, result) in [
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/baz","value":"qux"}]"#,
            r#"{"foo":"bar","baz":"qux"}"#,
        ),
        (
            r#"{"foo":["bar","baz"]}"#,
            r#"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
            r#"{"foo":["bar","qux","baz"]}"#,
        ),
        (
            r#"{"baz":"qux","foo":"bar"}"#,
            r#"[{"op":"remove","path":"/baz"}]"#,
            r#"{"foo":"bar"}"#,
        ),
        (
            r#"{"foo":["bar","qux","baz"]}"#,
            r#"[{"op":"remove","path":"/foo/1"}]"#,
            r#"{"foo":["bar","baz"]}"#,
        ),
        (
            r#"{"baz":"qux","foo":"bar"}"#,
            r#"[{"op":"replace","path":"/baz","value":"boo"}]"#,
            r#"{"baz":"boo","foo":"bar"}"#,
        ),
        (
            r#"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
            r#"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
            r#"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#,
        ),
        (
            r#"{"foo":["all","grass","cows","eat"]}"#,
            r#"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
            r#"{"foo":["all","cows","eat","grass"]}"#,
        ),
        (
            r#"{"baz":"qux","foo":["a",2,"c"]}"#,
            r#"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
            r#"{"baz":"qux","foo":["a",2,"c"]}"#,
        ),
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
            r#"{"foo":"bar","child":{"grandchild":{}}}"#,
        ),
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#,
            r#"{"foo":"bar","baz":"qux"}"#,
        ),
        (
            r#"{"/":9,"~1":10}"#,
            r#"[{"op":"test","path":"/~01","value":10}]"#,
            r#"{"/":9,"~1":10}"#,
        ),
        (
            r#"{"foo":["bar"]}"#,
            r#"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
            r#"{"foo":["bar",["abc","def"]]}"#,
        ),
        (
            r#"{"a":1.50}"#,
            r#"[{"op":"copy","from":"/a","path":"/b"},{"op":"test","path":"/b","value":15e-1}]"#,
            r#"{"a":1.50,"b":1.50}"#,
        ),
        (
            r#"{"a":1}"#,
            r#"[{"op":"replace","path":"","value":{"b":2}}]"#,
            r#"{"b":2}"#,
        ),
        (
            r#"{ "a" : { "b":1 }, "c" : [ 1 , 2 ] }"#,
            r#"[{"op":"add","path":"/a/d","value":"\u00e9"}]"#,
            r#"{"a":{"b":1,"d":"\u00e9"},"c":[ 1 , 2 ]}"#,
        ),
        (
            r#"{"a":{"x":1,"y":[{}]}}"#,
            r#"[{"op":"test","path":"/a","value":{"y":[{}],"x":1.0}}]"#,
            r#"{"a":{"x":1,"y":[{}]}}"#,
        ),
    ] {
        assert_eq!(json(text, patch).unwrap(), result, "{patch}");
    }
}

#[test]
fn a_patch_that_is_none_is_told_from_one_that_does_not_fit() {
    let text = r#"{"foo":["bar"],"baz":{"a":1}}"#;
    for patch in [
        "{}",
        "[5]",
        r#"[{"path":"/a"}]"#,
        r#"[{"op":"nope","path":"/a"}]"#,
        r#"[{"op":"add","path":"/a"}]"#,
        r#"[{"op":"add","path":"a","value":1}]"#,
        r#"[{"op":"add","path":"/a~2","value":1}]"#,
        r#"[{"op":"add","path":5,"value":1}]"#,
        r#"[{"op":"move","path":"/foo"}]"#,
        r#"[{"op":"move","from":"/baz","path":"/baz/a"}]"#,
    ] {
        assert!(malformed(text, patch), "{patch}");
    }
    for patch in [
        r#"[{"op":"test","path":"/foo/0","value":"qux"}]"#,
        r#"[{"op":"test","path":"/baz/a","value":"1"}]"#,
        r#"[{"op":"remove","path":"/nope"}]"#,
        r#"[{"op":"remove","path":""}]"#,
        r#"[{"op":"replace","path":"/nope","value":1}]"#,
        r#"[{"op":"add","path":"/foo/2","value":1}]"#,
        r#"[{"op":"add","path":"/foo/01","value":1}]"#,
        r#"[{"op":"add","path":"/foo/0/x","value":1}]"#,
        r#"[{"op":"remove","path":"/foo/-"}]"#,
        r#"[{"op":"copy","from":"/nope","path":"/foo"}]"#,
    ] {
        assert!(unfit(text, patch), "{patch}");
    }
    let last = r#"[{"op":"add","path":"/x","value":1},{"op":"remove","path":"/nope"}]"#;
    let Err(Fault::Unfit(issue)) = json(text, last) else {
        unreachable!()
    };
    assert_eq!(issue.expression.as_deref(), Some("patch[1]"));
}

#[test]
fn a_patch_cannot_grow_beyond_its_bounds() {
    let double = r#"{"op":"copy","from":"/a","path":"/a/-"}"#;
    let many = format!("[{}]", vec![double; 90].join(","));
    assert!(unfit(
        &format!(r#"{{"a":["{}"]}}"#, "x".repeat(1000)),
        &many
    ));
    let deep = r#"{"op":"copy","from":"/a","path":"/a/a"}"#;
    let many = format!("[{}]", vec![deep; 90].join(","));
    let result = json(r#"{"a":{}}"#, &many);
    assert!(result.is_err() || Document::parse(result.unwrap()).is_err());
    assert!(malformed(
        "{}",
        &format!("[{}]", vec![double; 101].join(","))
    ));
    let moves = r#"{"op":"replace","path":"/b","value":0},{"op":"add","path":"/a/b","value":{}},{"op":"move","from":"/a","path":"/c"},{"op":"add","path":"/a","value":{}},{"op":"move","from":"/c","path":"/a/b"}"#;
    let many = format!("[{}]", vec![moves; 18].join(","));
    let _ = json(r#"{"a":{},"b":0}"#, &many);
}

proptest! {
    #[test]
    fn what_a_json_patch_makes_can_be_read_again(
        seed in prop::collection::vec((0usize..6, 0usize..8, 0usize..8, 0usize..5), 0..12)
    ) {
        let paths = ["", "/a", "/a/0", "/a/-", "/b", "/b/c", "/b/c/1", "/z/~0~1"];
        let values = ["1", "\"x\"", "{\"c\":[1,2]}", "[[],{}]", "null"];
        let names = ["add", "remove", "replace", "move", "copy", "test"];
        let operations: Vec<String> = seed.iter().map(|(op, path, from, value)| format!(
            r#"{{"op":"{}","path":"{}","from":"{}","value":{}}}"#,
            names[*op], paths[*path], paths[*from], values[*value]
        )).collect();
        let patch = format!("[{}]", operations.join(","));
        if let Ok(text) = json(r#"{"a":[1,2.50,"\u00e9"],"b":{"c":[0,{"d":null}]}}"#, &patch) {
            prop_assert!(Document::parse(text.clone()).is_ok(), "{}", text);
        }
    }
}
