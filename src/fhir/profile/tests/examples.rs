//! Resources of others against the profiles they claim, where their folders are there.

use std::path::PathBuf;

use super::super::{Request, check};
use super::*;
use crate::Severity;

/// JSON files of a folder that is not committed.
fn files(folder: &str) -> Vec<PathBuf> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let named = std::env::var("SHARED_DATA").unwrap_or_else(|_| shared.to_owned());
    let folder = match folder.starts_with('/') {
        true => PathBuf::from(folder),
        false => PathBuf::from(named).join(folder),
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|e| e == "json"));
    found.sort();
    found
}

/// Each fault of the files of a folder: file, place and words.
fn faults(folder: &str) -> (usize, Vec<String>) {
    let registry = Registry::shipped();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let (mut seen, mut found) = (0, Vec::new());
    for path in files(folder) {
        let document = Document::parse(std::fs::read_to_string(&path).unwrap()).unwrap();
        let root = document.root();
        if root
            .resource_type_name()
            .is_none_or(|name| name == "StructureDefinition")
        {
            continue;
        }
        seen += 1;
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        for issue in check(&document, &Request::of(&registry, now)) {
            assert_eq!(issue.severity, Severity::Error);
            let at = issue.expression.unwrap_or_default();
            found.push(format!("{file}: {at}: {}", issue.diagnostics));
        }
    }
    (seen, found)
}

#[test]
fn resources_of_us_core_and_synthea_are_as_their_profiles_ask() {
    let named = std::env::var("R4_EXAMPLES").ok();
    for folder in ["us_core_7", "us_core_6", "synthea"]
        .into_iter()
        .chain(named.as_deref())
    {
        let (seen, mut found) = faults(folder);
        for fault in &found {
            println!("{fault}");
        }
        println!("{folder}: {seen} files, {} faults", found.len());
        // R4's genetics example misuses a guide's extension for ethnicity.
        found.retain(|fault| !fault.starts_with("Observation-example-genetics-brcapat"));
        assert!(found.is_empty(), "{folder}");
    }
}
