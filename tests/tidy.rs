//! The house rules, checked as a test: who may import whom, file sizes, doors, names, paired migrations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 500;
/// Code is kept at 100 by the formatter; prose may run a little further.
const COLUMNS_MAX: usize = 120;

/// Files that are tables rather than logic, and may be longer.
const TABLES: &[&str] = &["src/fhir/operation/table.rs", "src/population/ailments.rs"];

/// What an edge may know: everything that is not another edge.
const EDGE: &[&str] = &[
    "web",
    "workflows",
    "storage",
    "access",
    "fhir",
    "smart",
    "config",
];

/// Which of our rooms each room may know.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("fhir", &[]),
    ("smart", &[]),
    ("access", &["fhir", "smart"]),
    ("config", &["access", "fhir", "smart"]),
    ("storage", &["access", "fhir", "smart"]),
    ("workflows", &["storage", "access", "fhir", "smart"]),
    ("web", &["storage", "access", "fhir", "smart", "config"]),
    ("rest", EDGE),
    ("oauth", EDGE),
    ("account", EDGE),
    ("developer", EDGE),
    ("visitors", EDGE),
    ("advice", &["access", "fhir"]),
    (
        "hooks",
        &[
            "advice",
            "web",
            "workflows",
            "storage",
            "access",
            "fhir",
            "smart",
            "config",
        ],
    ),
    ("population", &["access", "fhir"]),
    (
        "demo",
        &[
            "population",
            "workflows",
            "storage",
            "access",
            "fhir",
            "smart",
            "config",
        ],
    ),
];

/// The only files that may let a caller in.
const DOORS: &[(&str, &[&str])] = &[
    (
        "Access::open(",
        &[
            "src/web/caller.rs",
            "src/web/session.rs",
            "src/storage/contract/",
            // Tries packs on everybody, to count; nothing is read or shown.
            "src/workflows/simulation.rs",
            // Known by what they show: the number of a bill, a link.
            "src/workflows/visitors.rs",
            // Asks whether somebody may be told that there is something; nothing is read or shown.
            "src/workflows/notices/news.rs",
        ],
    ),
    (
        "Access::for_task(",
        &[
            "src/storage/",
            "src/commands/",
            "src/server.rs",
            "src/demo/",
            "src/workflows/apps.rs",
            "src/workflows/proxies/book.rs",
            "src/workflows/privacy_reviews.rs",
            "src/workflows/tickets.rs",
            "src/workflows/work/overdue.rs",
            "src/workflows/opening.rs",
        ],
    ),
];

const FORBIDDEN_FILE_NAMES: &[&str] = &[
    "util", "utils", "common", "helper", "helpers", "manager", "misc", "impl", "data", "info",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", "node_modules", "dist"].contains(&name.as_str())
                && !name.starts_with('.')
            {
                files_below(&path, extensions, found);
            }
        } else if extensions
            .iter()
            .any(|e| path.extension().is_some_and(|x| x == *e))
        {
            found.push(path);
        }
    }
}

/// Every source file of ours below these folders, with its path from the root and its text.
fn sources(folders: &[&str], extensions: &[&str]) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for folder in folders {
        files_below(&root().join(folder), extensions, &mut paths);
    }
    paths.sort();
    paths
        .into_iter()
        .map(|p| {
            let text = std::fs::read_to_string(&p).unwrap_or_default();
            let shown = p.strip_prefix(root()).unwrap_or(&p).display().to_string();
            (shown, text)
        })
        .collect()
}

/// The part of a file before its unit tests.
fn outside_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn none(faults: Vec<String>, rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

#[test]
fn files_have_one_subject_and_fit_on_a_few_screens() {
    let mut faults = Vec::new();
    for (path, text) in sources(
        &["src", "tests", "smart-apps", "conformance"],
        &["rs", "ts", "tsx"],
    ) {
        let lines = text.lines().count();
        if lines > LINES_MAX && !TABLES.contains(&path.as_str()) {
            faults.push(format!("{path} has {lines} lines (at most {LINES_MAX})"));
        }
    }
    none(faults, "split by subject");
}

#[test]
fn lines_are_short_enough_to_read() {
    let mut faults = Vec::new();
    for (path, text) in sources(&["src", "tests"], &["rs"]) {
        for (number, line) in text.lines().enumerate() {
            if line.chars().count() > COLUMNS_MAX && !line.contains("http") && !line.contains('"') {
                faults.push(format!("{path}:{}", number + 1));
            }
        }
    }
    none(faults, "lines over 120 columns");
}

#[test]
fn every_rust_file_says_what_it_is_for() {
    let faults = sources(&["src", "tests"], &["rs"])
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    none(faults, "the first line must be a `//!` sentence");
}

#[test]
fn rooms_know_only_the_rooms_below_them() {
    let rooms: BTreeSet<&str> = MAY_IMPORT.iter().map(|(room, _)| *room).collect();
    let mut faults = Vec::new();
    for (room, allowed) in MAY_IMPORT {
        let manifest = root().join("src").join(room).join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest).expect("every room has a Cargo.toml");
        let dependencies = text.split("[dev-dependencies]").next().unwrap_or(&text);
        for line in dependencies.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap_or("");
            if rooms.contains(name) && !allowed.contains(&name) {
                faults.push(format!("{room} may not import {name}"));
            }
            if name == "sqlx" && *room != "storage" {
                faults.push(format!("{room} may not speak SQL"));
            }
            if name == "axum"
                && matches!(
                    *room,
                    "fhir" | "smart" | "access" | "advice" | "storage" | "workflows"
                )
            {
                faults.push(format!("{room} may not know HTTP"));
            }
            if name == "tokio"
                && matches!(*room, "fhir" | "smart" | "access" | "advice" | "population")
            {
                faults.push(format!("{room} is ground: nothing async"));
            }
        }
    }
    none(faults, "walls");
}

#[test]
fn sql_lives_in_one_room() {
    let mut faults = Vec::new();
    for (path, text) in sources(&["src"], &["rs"]) {
        if path.starts_with("src/storage/") {
            continue;
        }
        for (number, line) in outside_tests(&text).lines().enumerate() {
            let sql = [
                "SELECT ",
                "INSERT INTO",
                "DELETE FROM",
                "UPDATE ",
                "CREATE TABLE",
            ];
            if sql.iter().any(|word| line.contains(&format!("\"{word}"))) {
                faults.push(format!("{path}:{}", number + 1));
            }
        }
    }
    none(faults, "SQL outside storage");
}

#[test]
fn callers_are_let_in_by_few_doors_only() {
    let mut faults = Vec::new();
    for (path, text) in sources(&["src"], &["rs"]) {
        if path.starts_with("src/access/") || path.starts_with("src/storage/contract/") {
            continue;
        }
        for (call, doors) in DOORS {
            let used = outside_tests(&text).contains(call);
            if used && !doors.iter().any(|door| path.starts_with(door)) {
                faults.push(format!("{path} calls {call}…)"));
            }
        }
    }
    none(faults, "only these files may make an Access");
}

#[test]
fn migrations_come_in_pairs() {
    let names = |folder: &str| -> BTreeSet<String> {
        std::fs::read_dir(root().join("migrations").join(folder))
            .expect("migrations are there")
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(
        names("sqlite"),
        names("postgres"),
        "same number, same name, both folders"
    );
}

#[test]
fn nothing_unfinished_is_left_behind() {
    let marks = [
        "TO".to_owned() + "DO",
        "FIX".to_owned() + "ME",
        "todo".to_owned() + "!(",
    ];
    let mut faults = Vec::new();
    for (path, text) in sources(
        &["src", "tests", "smart-apps"],
        &["rs", "ts", "tsx", "html", "css"],
    ) {
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark.as_str())) {
                faults.push(format!("{path}:{}", number + 1));
            }
        }
    }
    none(faults, "finish it or write an issue");
}

#[test]
fn names_say_what_things_are() {
    let mut faults = Vec::new();
    for (path, text) in sources(&["src", "tests"], &["rs"]) {
        let stem = Path::new(&path)
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or("");
        if FORBIDDEN_FILE_NAMES.contains(&stem) {
            faults.push(path.clone());
        }
        for (number, line) in text.lines().enumerate() {
            let name = line.split("fn ").nth(1).unwrap_or("");
            if line.trim_start().starts_with("//") {
                continue;
            }
            if name.starts_with("handle_") || name.starts_with("do_") {
                faults.push(format!("{path}:{} fn {name}", number + 1));
            }
        }
    }
    none(faults, "forbidden names");
}

#[test]
fn the_readme_gives_a_reason_for_each_dependency() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let ours: BTreeSet<&str> = MAY_IMPORT.iter().map(|(room, _)| *room).collect();
    let section = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .unwrap_or("");
    let section = section.split("\n[").next().unwrap_or("");
    let faults = section
        .lines()
        .filter(|line| !line.starts_with('#') && line.contains('='))
        .filter_map(|line| line.split([' ', '=']).next())
        .filter(|name| !ours.contains(name) && !readme.contains(&format!("`{name}`")))
        .map(str::to_owned)
        .collect();
    none(faults, "dependencies without a line in the README's table");
}

#[test]
fn test_files_are_all_part_of_the_one_binary() {
    let main = std::fs::read_to_string(root().join("tests/main.rs")).expect("tests/main.rs");
    let mut faults = Vec::new();
    let mut seen = BTreeMap::new();
    for (path, _) in sources(&["tests"], &["rs"]) {
        let inner = path.trim_start_matches("tests/");
        let first = inner
            .split('/')
            .next()
            .unwrap_or(inner)
            .trim_end_matches(".rs")
            .to_owned();
        seen.entry(first).or_insert(path);
    }
    for (name, path) in seen {
        if name != "main" && !main.contains(&format!("mod {name};")) {
            faults.push(path);
        }
    }
    none(faults, "tests/main.rs does not name these");
}

#[test]
fn every_setting_and_every_public_address_stands_in_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let schema = std::fs::read_to_string(root().join("src/config/settings.schema.json"))
        .expect("the settings have a schema");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let settings = schema["properties"].as_object().expect("settings");
    let mut faults: Vec<String> = settings
        .iter()
        // A part of the file has no flag; it goes by its heading.
        .map(|(key, schema)| match schema["type"].as_str() {
            Some("object") => format!("[{key}]"),
            Some("array") => format!("[[{key}]]"),
            _ => format!("--{}", key.replace('_', "-")),
        })
        .filter(|flag| !readme.contains(flag.as_str()))
        .collect();
    for route in kinchart::routes::table() {
        let first: Vec<&str> = route.path.split('/').take(3).collect();
        let shown = first.join("/");
        let family = format!("/{}", first.get(1).unwrap_or(&""));
        if first.get(2) == Some(&"assets") {
            continue;
        }
        if !readme.contains(&shown) && !["/account", "/fhir", "/"].contains(&family.as_str()) {
            faults.push(route.path.to_owned());
        }
    }
    none(faults, "settings and addresses the README does not name");
}

/// Whether a file holds a test of that name: a function marked as one, or the title of a test in a script.
fn holds_test(path: &str, name: &str) -> bool {
    let Ok(text) = std::fs::read_to_string(root().join(path)) else {
        return false;
    };
    if path.ends_with(".mjs") {
        return text.contains(&format!("test('{name}'"));
    }
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else {
        return false;
    };
    let marks = before.lines().rev().take(3);
    marks
        .map(str::trim)
        .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
}

#[test]
fn every_promise_is_kept_by_a_test_there_is() {
    let text = std::fs::read_to_string(root().join("docs/promises.md")).expect("docs/promises.md");
    let kept = text.split("## Kept in part").next().unwrap_or_default();
    let (mut faults, mut promises) = (Vec::new(), 0);
    for line in kept
        .lines()
        .filter(|line| line.starts_with("| U") || line.starts_with("| M"))
    {
        promises += 1;
        let named: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            faults.push(format!("no test: {line}"));
        }
        for test in named {
            let there = test
                .split_once("::")
                .is_some_and(|(path, name)| holds_test(path, name));
            if !there {
                faults.push(format!("{test} is not there"));
            }
        }
    }
    assert!(promises > 20, "{promises} promises were read");
    none(faults, "promises without a test");
}

#[test]
fn every_threat_is_met_by_a_test_there_is() {
    let model = std::fs::read_to_string(root().join("docs/security.md")).expect("docs/security.md");
    let mut faults = Vec::new();
    let mut threats = 0;
    for line in model.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let &["", kind, threat, _, tests, ""] = cells.as_slice() else {
            continue;
        };
        if !["S", "T", "R", "I", "D", "E"].contains(&kind) {
            continue;
        }
        threats += 1;
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            faults.push(format!("no test for: {threat}"));
        }
        for test in named {
            if !test
                .split_once("::")
                .is_some_and(|(path, name)| holds_test(path, name))
            {
                faults.push(format!("{test} is not there"));
            }
        }
    }
    assert!(threats > 40, "{threats} threats were read");
    none(faults, "threats without a test");
}
