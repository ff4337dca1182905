//! The fuzzer's corpus as an ordinary test, and random requests against the true router.

mod router;
mod targets;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// No input of the corpus takes longer, even in an unoptimised build beside others.
const TIME_MAX: Duration = Duration::from_secs(5);

fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus");
    let files = std::fs::read_dir(PathBuf::from(folder).join(target)).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_input_of_the_corpus_is_taken_without_a_panic() {
    for (name, run) in targets::TARGETS {
        let files = corpus(name);
        assert!(files.len() >= 5, "{name} has {} inputs", files.len());
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let begun = Instant::now();
            run(&bytes);
            let took = begun.elapsed();
            assert!(took < TIME_MAX, "{} took {took:?}", file.display());
        }
    }
}

#[test]
fn inputs_cut_short_and_run_together_are_taken_too() {
    for (name, _) in targets::TARGETS {
        let inputs: Vec<Vec<u8>> = corpus(name)
            .iter()
            .map(|file| std::fs::read(file).unwrap())
            .filter(|bytes| bytes.len() <= 4_096)
            .collect();
        for (at, bytes) in inputs.iter().enumerate() {
            let step = (bytes.len() / 16).max(1);
            for cut in (0..bytes.len()).step_by(step) {
                targets::run(name, &bytes[..cut]);
                targets::run(name, &bytes[cut..]);
                let mut flipped = bytes.clone();
                flipped[cut] ^= 1 << (at % 8);
                targets::run(name, &flipped);
            }
            let other = &inputs[(at + 1) % inputs.len()];
            targets::run(name, &[bytes.as_slice(), other.as_slice()].concat());
        }
    }
}

/// An input that repeats itself takes time in proportion to its length: ten times as much may take
/// thirty times as long, and no more.
#[test]
fn time_grows_with_the_input_and_not_with_its_square() {
    let shapes: &[(&str, &str, &str, &str)] = &[
        ("json", "[", "1,", "1]"),
        (
            "json",
            r#"{"resourceType":"Patient","name":["#,
            r#"{"family":"a"},"#,
            r#"{"family":"b"}]}"#,
        ),
        (
            "xml",
            "<Patient xmlns=\"http://hl7.org/fhir\">",
            "<active value=\"true\"/>",
            "</Patient>",
        ),
        ("search", "Patient?", "name=a&", "x=1"),
        ("search", "Patient?name=", "a,", "b"),
        ("search", "Patient?_filter=", "name eq a and ", "name eq b"),
        ("fhirpath", "", "1+", "1"),
        ("fhirpath", "'", "a", "'"),
        (
            "patch",
            "[",
            r#"{"op":"test","path":"/active","value":true},"#,
            r#"{"op":"remove","path":"/active"}]"#,
        ),
        (
            "patch",
            "<diff>",
            r#"<add sel="Patient"><name><text value="a"/></name></add>"#,
            "</diff>",
        ),
        (
            "patch",
            "<diff><add sel=\"Patient\">",
            "<name><text value=\"a\"/></name>",
            "</add></diff>",
        ),
        ("date", "2024-01-01T00:00:00.", "0", "Z"),
        ("operation", "", "code=a&", "b=c"),
        ("ucum", "", "m.", "m"),
        ("graphql", "{", "a(b:1)", "}"),
        ("graphql", "{ Patient(id: \"", "x", "\") { id } }"),
    ];
    for (name, before, part, after) in shapes {
        let took = |count: usize| {
            let input = format!("{before}{}{after}", part.repeat(count));
            let begun = Instant::now();
            targets::run(name, input.as_bytes());
            begun.elapsed()
        };
        took(200);
        let few = took(2_000).max(Duration::from_millis(2));
        let many = took(20_000);
        assert!(
            many < few * 30 + TIME_MAX,
            "{name} {part}: {few:?}, then {many:?}"
        );
    }
}
