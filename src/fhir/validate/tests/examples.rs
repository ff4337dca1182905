//! Resources of others: examples and synthetic records, where their folders are there.

use std::path::{Path, PathBuf};

use super::*;

/// Files of the folders that are not committed, where they are there.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.filter_map(Result::ok).map(|e| e.path()).collect())
        .unwrap_or_default();
    found.retain(|path| path.extension().is_some_and(|e| e == "json"));
    found.sort();
    found
}

fn check(path: &Path, seen: &mut usize, bad: &mut Vec<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    match Document::parse(text) {
        Err(fault) => bad.push(format!("{name}: {fault}")),
        Ok(document) => {
            if document.root().resource_type_name().is_none() {
                return;
            }
            *seen += 1;
            if let Err(issues) = validate(document) {
                for issue in issues {
                    let at = issue.expression.unwrap_or_default();
                    bad.push(format!("{name}: {at}: {}", issue.diagnostics));
                }
            }
        }
    }
}

#[test]
fn resources_of_the_examples_packages_are_valid() {
    // The folders are not part of the repository; `R4_EXAMPLES` may name one more.
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folders = ["us_core_7", "us_core_6", "synthea"].map(|name| format!("{shared}/{name}"));
    let named = std::env::var("R4_EXAMPLES").ok();
    for folder in folders.into_iter().chain(named.clone()) {
        let (mut seen, mut bad) = (0, Vec::new());
        for path in files(&folder) {
            check(&path, &mut seen, &mut bad);
        }
        for line in &bad {
            println!("{line}");
        }
        println!("{folder}: {seen} files, {} faults", bad.len());
        // The package's own defects: empty narratives, wrong targets, missing elements.
        let known = if named.as_ref() == Some(&folder) {
            70
        } else {
            0
        };
        assert!(bad.len() <= known, "{} faults in {folder}", bad.len());
    }
}

#[test]
fn resources_of_transactions_are_valid_once_their_references_are_rewritten() {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/synthea");
    for path in files(shared) {
        let document = Document::parse(std::fs::read_to_string(&path).unwrap()).unwrap();
        let bundle = crate::bundle::parse(&document).unwrap();
        let targets: std::collections::HashMap<String, String> = bundle
            .entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| {
                let (resource_type, _) = crate::bundle::target(&entry.url)?;
                Some((entry.full_url.clone()?, format!("{resource_type}/{at}")))
            })
            .collect();
        for entry in bundle.entries {
            let resource = entry.resource.unwrap();
            let text = crate::bundle::rewrite(&resource, &targets);
            assert!(
                !text.contains("\"reference\":\"urn:") && !text.contains("\"reference\": \"urn:")
            );
            let valid = validate(Document::parse(text).unwrap()).unwrap();
            let summary =
                crate::projection::summary(valid.document(), crate::search::Summary::True);
            assert!(Document::parse(summary).is_ok());
        }
    }
}
