//! `kinchart generate`: the same files for the same seed, and nothing in them that cannot be loaded.

use super::{run, stderr, stdout};
use std::collections::BTreeMap;
use std::path::Path;

fn generate(out: &Path, more: &[&str]) -> String {
    let mut arguments = vec!["generate", "--out", out.to_str().unwrap()];
    arguments.extend(more);
    let done = run(&arguments);
    assert!(done.status.success(), "{}", stderr(&done));
    stdout(&done)
}

/// File name → text.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_with_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        generate(&out, more);
        files(&out)
    };
    let one = of(
        "one",
        &["--patients", "26", "--seed", "5", "--threads", "1"],
    );
    let four = of(
        "four",
        &["--patients", "26", "--seed", "5", "--threads", "4"],
    );
    assert!(one.len() > 25);
    assert!(one == four);
    let other = of("other", &["--patients", "26", "--seed", "6"]);
    assert!(one["Patient.ndjson"] != other["Patient.ndjson"]);
    let lines = one["Patient.ndjson"].iter().filter(|it| **it == b'\n');
    assert_eq!(lines.count(), 26);
}

#[test]
fn both_formats_load_without_a_reject() {
    let folder = tempfile::tempdir().unwrap();
    let mut totals = Vec::new();
    for format in ["ndjson", "bundles"] {
        let out = folder.path().join(format);
        let said = generate(&out, &["--patients", "12", "--format", format]);
        assert!(said.contains("12 patients"), "{said}");
        let database = folder.path().join(format!("{format}.db"));
        let database = format!("sqlite:{}", database.display());
        let loaded = run(&["load", out.to_str().unwrap(), "--database", &database]);
        assert!(loaded.status.success(), "{}", stdout(&loaded));
        let table = stdout(&loaded);
        let all = table.lines().find(|line| line.starts_with("all "));
        totals.push(all.unwrap().split_whitespace().nth(1).unwrap().to_owned());
    }
    assert_eq!(totals[0], totals[1]);
    assert!(totals[0].parse::<u64>().unwrap() > 2_000);
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.txt"), "keep").unwrap();
    let out = folder.path().to_str().unwrap();
    let done = run(&["generate", "--patients", "3", "--out", out]);
    assert!(!done.status.success());
    assert!(stderr(&done).contains("not empty"));
    assert_eq!(files(folder.path()).len(), 1);
}
