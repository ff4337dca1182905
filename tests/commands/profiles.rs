//! `kinchart profiles install`: a guide from a file, again without change, and what is refused.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::{run, stderr, stdout};

/// A package as npm packs it: a gzipped tar of `package/…`.
fn package(folder: &Path, files: &[(&str, String)]) -> PathBuf {
    let mut tar = Vec::new();
    for (name, body) in files {
        let mut header = [0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", body.len()).as_bytes());
        tar.extend(header);
        tar.extend(body.as_bytes());
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.extend([0u8; 1024]);
    let path = folder.join("guide.tgz");
    let file = std::fs::File::create(&path).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    gzip.finish().unwrap();
    path
}

const PROFILE: &str = r#"{"resourceType":"StructureDefinition","id":"named","version":"1.0.0",
    "url":"http://example.org/named","name":"Named","status":"active","kind":"resource",
    "abstract":false,"type":"Patient","derivation":"constraint",
    "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient",
    "differential":{"element":[{"id":"Patient","path":"Patient"},{"id":"Patient.name","path":"Patient.name","min":1}]}}"#;

fn counts(table: &str) -> Vec<String> {
    let line = table.lines().find(|line| line.starts_with("all ")).unwrap();
    line.split_whitespace()
        .skip(1)
        .take(3)
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn a_guide_is_installed_once_and_its_profiles_count() {
    let place = tempfile::tempdir().unwrap();
    let value_set =
        r#"{"resourceType":"ValueSet","id":"v","url":"http://example.org/v","status":"active"}"#;
    let broken =
        r#"{"resourceType":"ValueSet","id":"w","url":"http://example.org/w","status":"odd"}"#;
    let files = [
        ("package/package.json", "{\"name\":\"x\"}".to_owned()),
        ("package/StructureDefinition-named.json", PROFILE.to_owned()),
        ("package/ValueSet-v.json", value_set.to_owned()),
        ("package/ValueSet-w.json", broken.to_owned()),
        (
            "package/Patient-p.json",
            "{\"resourceType\":\"Patient\",\"id\":\"p\"}".to_owned(),
        ),
        ("package/example/Patient-q.json", "{}".to_owned()),
    ];
    let guide = package(place.path(), &files);
    let database = format!("sqlite:{}", place.path().join("i.db").display());
    let arguments = [
        "profiles",
        "install",
        guide.to_str().unwrap(),
        "--database",
        &database,
    ];
    let first = run(&arguments);
    let table = stdout(&first);
    assert_eq!(first.status.code(), Some(1), "{}", stderr(&first));
    assert_eq!(counts(&table), ["2", "0", "0"], "{table}");
    assert!(
        table.contains("1 rejected") && table.contains("ValueSet/w"),
        "{table}"
    );
    assert!(table.contains("2 files define nothing"), "{table}");
    assert_eq!(counts(&stdout(&run(&arguments))), ["0", "0", "2"]);
    // What is loaded now is held to the profile.
    let patients = place.path().join("patients.ndjson");
    let claim = r#""meta":{"profile":["http://example.org/named|1.0.0"]}"#;
    let lines = format!(
        "{{\"resourceType\":\"Patient\",\"id\":\"a\",{claim},\"name\":[{{\"family\":\"A\"}}]}}\n\
         {{\"resourceType\":\"Patient\",\"id\":\"b\",{claim}}}\n"
    );
    std::fs::write(&patients, lines).unwrap();
    let loaded = run(&["load", patients.to_str().unwrap(), "--database", &database]);
    let table = stdout(&loaded);
    assert_eq!(counts(&table), ["1", "0", "0"], "{table}");
    assert!(
        table.contains("Patient/b") && table.contains("rule min 1"),
        "{table}"
    );
}

#[test]
fn guides_of_others_are_installed_whole() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/packages");
    let place = tempfile::tempdir().unwrap();
    for (name, least) in [
        ("hl7.fhir.uv.ips-1.1.0.tgz", 100),
        ("hl7.fhir.uv.ipa-1.0.0.tgz", 15),
    ] {
        let guide = shared.join(name);
        if !guide.is_file() {
            continue;
        }
        let database = format!("sqlite:{}", place.path().join("g.db").display());
        let arguments = [
            "profiles",
            "install",
            guide.to_str().unwrap(),
            "--database",
            &database,
        ];
        let first = run(&arguments);
        let table = stdout(&first);
        assert!(first.status.success(), "{table}");
        let new: usize = counts(&table)[0].parse().unwrap();
        assert!(new >= least, "{table}");
        assert_eq!(counts(&stdout(&run(&arguments)))[2], new.to_string());
    }
}

#[test]
fn a_file_that_is_no_package_is_named() {
    let place = tempfile::tempdir().unwrap();
    let odd = place.path().join("odd.tgz");
    std::fs::write(&odd, "not a package").unwrap();
    let database = format!("sqlite:{}", place.path().join("i.db").display());
    let refused = run(&[
        "profiles",
        "install",
        odd.to_str().unwrap(),
        "--database",
        &database,
    ]);
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("odd.tgz"));
}
