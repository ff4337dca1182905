//! `kinchart profiles install`: an implementation guide from a file, its conformance resources
//! stored as ordinary ones.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use access::{Access, Task};
use config::Clock;
use fhir::{Document, ResourceType, definitions::package};

use crate::commands::Outcome;
use crate::commands::database::DatabaseFlags;
use crate::commands::load::report::Report;
use crate::commands::load::source::Place;
use crate::commands::load::writing::Writing;

/// Longest id FHIR allows, in characters.
const ID_MAX: usize = 64;

/// The types a guide defines things with. What else lies in a package (its index, examples) is
/// left out and counted.
const TYPES: [&str; 20] = [
    "ActivityDefinition",
    "CapabilityStatement",
    "CodeSystem",
    "CompartmentDefinition",
    "ConceptMap",
    "EventDefinition",
    "GraphDefinition",
    "ImplementationGuide",
    "Library",
    "Measure",
    "MessageDefinition",
    "NamingSystem",
    "ObservationDefinition",
    "OperationDefinition",
    "PlanDefinition",
    "Questionnaire",
    "SearchParameter",
    "StructureDefinition",
    "StructureMap",
    "ValueSet",
];

#[derive(Debug, clap::Args)]
pub struct Options {
    /// The packages (.tgz), such as hl7.fhir.uv.ips-1.1.0.tgz
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    #[command(flatten)]
    database: DatabaseFlags,
}

/// Installs the packages. Doing it again changes nothing.
///
/// # Errors
/// A package that cannot be read, or a database that fails. What is refused is listed, and makes
/// the exit code a failure.
pub async fn run(options: Options) -> Outcome {
    let started = Instant::now();
    let mut packages = Vec::new();
    for path in &options.packages {
        let named = |error: std::io::Error| format!("{}: {error}", path.display());
        let files = File::open(path).and_then(package::files).map_err(named)?;
        packages.push((path, files));
    }
    let opened = options.database.open().await?;
    let access = Access::for_task(Task::Load, opened.pack.clone(), Clock::real().now());
    let mut writing = Writing::new(opened.storage.clone(), access);
    let mut report = Report::default();
    let mut left_out = 0;
    for (path, files) in packages {
        for (file, text) in files {
            if !install(path, &file, text, &mut writing, &mut report).await? {
                left_out += 1;
            }
        }
    }
    writing.finish(&mut report).await?;
    let closed = opened.storage.close().await;
    closed.map_err(|error| error.to_string())?;
    print!("{}", report.table(started.elapsed()));
    println!("{left_out} files define nothing and were left out");
    Ok(match report.rejects.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Takes one file of a package; false where it defines nothing.
async fn install(
    package: &Path,
    file: &str,
    text: String,
    writing: &mut Writing,
    report: &mut Report,
) -> Result<bool, String> {
    let place = Place {
        file: format!("{}/{file}", package.display()),
        line: None,
        entry: None,
    };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(fault) => {
            report.reject(place, None, fault.to_string());
            return Ok(true);
        }
    };
    let root = document.root();
    let name = root.resource_type_name().unwrap_or_default();
    let found = TYPES
        .contains(&name.as_ref())
        .then(|| ResourceType::from_name(&name));
    let Some(resource_type) = found.flatten() else {
        return Ok(false);
    };
    let Some(id) = id(&document) else {
        report.reject(place, None, "it has neither a url nor an id");
        return Ok(true);
    };
    writing
        .add(place, resource_type, id, document, report)
        .await?;
    Ok(true)
}

/// The id it is stored under: its own with its version behind it, so that versions of a guide lie
/// side by side and a second run finds the first.
fn id(document: &Document) -> Option<String> {
    let root = document.root();
    let text = |name: &str| root.text_at(name).filter(|text| !text.is_empty());
    let url = text("url").unwrap_or_default();
    let own = match text("id") {
        Some(id) => id.into_owned(),
        None => url
            .rsplit('/')
            .next()
            .filter(|tail| !tail.is_empty())?
            .to_owned(),
    };
    let version = text("version").unwrap_or_default();
    let whole = match version.is_empty() {
        true => own.clone(),
        false => format!("{own}-{version}"),
    };
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let kept: String = whole.chars().filter(|c| is_good(*c)).collect();
    if kept == whole && kept.len() <= ID_MAX {
        return Some(kept);
    }
    // Cut, and told apart by what was cut away.
    let hash = uuid::Uuid::new_v5(
        &uuid::Uuid::NAMESPACE_URL,
        format!("{url}|{whole}").as_bytes(),
    );
    let hash = hash.simple().to_string();
    let tail = hash.get(..12).unwrap_or_default();
    let head: String = kept.chars().take(ID_MAX - tail.len() - 1).collect();
    Some(format!("{head}-{tail}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn id_of(text: &str) -> Option<String> {
        id(&Document::parse(text).unwrap())
    }

    #[test]
    fn ids_tell_versions_apart_and_stay_the_same() {
        let of = |id: &str, version: &str| {
            id_of(&format!(
                r#"{{"resourceType":"ValueSet","id":"{id}","url":"http://x/v","version":"{version}"}}"#
            ))
            .unwrap()
        };
        assert_eq!(of("a", "1.0.0"), "a-1.0.0");
        assert_ne!(of("a", "1.0.0"), of("a", "1.1.0"));
        let long = "x".repeat(64);
        assert_eq!(of(&long, "1.0.0").len(), 64);
        assert_ne!(of(&long, "1.0.0"), of(&long, "1.1.0"));
        assert_eq!(of(&long, "1.0.0"), of(&long, "1.0.0"));
        assert!(fhir::reference::is_id(&of("a", "2024 05|b")));
        let bare = r#"{"resourceType":"ValueSet","url":"http://x/ValueSet/colours"}"#;
        assert_eq!(id_of(bare).unwrap(), "colours");
        assert_eq!(id_of(r#"{"resourceType":"ValueSet"}"#), None);
    }
}
