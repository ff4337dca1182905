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
    faults_by(&Registry::shipped(), folder)
}

fn faults_by(registry: &Registry, folder: &str) -> (usize, Vec<String>) {
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
        for issue in check(&document, &Request::of(registry, now)) {
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

/// A registry with every definition of an unpacked guide stored in it.
fn installed(folder: &str) -> Registry {
    let definitions = files(folder).into_iter().filter_map(|path| {
        let document = Document::parse(std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = document.root().resource_type_name()?.into_owned();
        let resource_type = crate::ResourceType::from_name(&name)?;
        let change = crate::registry::Change::Put {
            row_version: 1,
            document,
        };
        Some((resource_type, path.display().to_string(), change))
    });
    let kept = definitions.filter(|(of, ..)| crate::registry::TYPES.contains(of));
    Registry::shipped().with(kept).0
}

/// `GUIDES` names folders, parted by colons, that guides were unpacked into.
#[test]
fn examples_of_guides_are_as_the_guides_ask() {
    let guides = std::env::var("GUIDES").unwrap_or_default();
    for guide in guides.split(':').filter(|guide| !guide.is_empty()) {
        let registry = installed(&format!("{guide}/package"));
        let (seen, found) = faults_by(&registry, &format!("{guide}/package/example"));
        for fault in &found {
            println!("{fault}");
        }
        println!("{guide}: {seen} files, {} faults", found.len());
    }
}

/// What a check costs, for the reader of the output.
#[test]
fn checking_a_claimed_profile_is_quick() {
    let registry = Registry::shipped();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let good: serde_json::Value = serde_json::from_str(include_str!("good.json")).unwrap();
    for name in ["lab", "bp", "patient", "plain", "note"] {
        let document = Document::parse(good[name].to_string()).unwrap();
        let request = Request::of(&registry, now);
        assert_eq!(check(&document, &request), []);
        let began = std::time::Instant::now();
        for _ in 0..200 {
            std::hint::black_box(check(&document, &request));
        }
        println!("{name}: {:?}", began.elapsed() / 200);
    }
}
