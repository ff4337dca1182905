//! `ValueSet/$expand` (R4 ValueSet operations).

use std::sync::Arc;

use fhir::{
    Document, ResourceType,
    registry::{self, Registry},
    terminology::{self, Fault, Options, ValueSet, Versions},
};
use web::Answer;

use super::{
    Asked, missing,
    terms::{self, Subject},
};
use crate::error::Error;

/// Lists the codes of a value set.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let registry = terms::registry(asked).await?;
    let options = options(asked)?;
    let subject = match terms::subject(asked, "valueSet", "valueSetVersion").await? {
        None => terms::of_context(asked, &registry)?,
        some => some,
    };
    let subject = subject.ok_or_else(|| missing("url", "name a value set or give one"))?;
    let (set, document) = value_set(&registry, subject)?;
    let definition = asked.inputs.flag("includeDefinition") == Some(true);
    let now = asked.call.access.now();
    // May take a while: other requests go on.
    let work = move || {
        let expansion = registry.terminology().expand(&set, &options)?;
        let with = (definition, now);
        Ok(terminology::answer::of_expansion(
            &document, &expansion, &options, with,
        ))
    };
    let done = tokio::task::spawn_blocking(work).await;
    let text: Result<String, Fault> =
        done.map_err(|_| Error::House("an expansion was given up"))?;
    Ok(terms::answer(text?))
}

/// The value set of a subject, and the resource it is written in.
pub(super) fn value_set(
    registry: &Registry,
    subject: Subject,
) -> Result<(Arc<ValueSet>, Document), Fault> {
    let canonical = match subject {
        Subject::Document(document) => {
            return Ok((Arc::new(ValueSet::read(&document)), document));
        }
        Subject::Canonical(canonical) => canonical,
    };
    let unknown = || Fault::ValueSet(canonical.clone());
    let set = registry
        .terminology()
        .value_set(&canonical)
        .ok_or_else(unknown)?;
    let found = registry.find(ResourceType::VALUE_SET, &canonical);
    let document = found.and_then(|found| found.document());
    // An implicit one is written nowhere.
    let made = || Document::parse(format!("{{\"url\":{}}}", fhir::json::quote(&set.url))).ok();
    let document = document.or_else(made).ok_or_else(unknown)?;
    Ok((set, document))
}

fn options(asked: &Asked<'_>) -> Result<Options, Error> {
    let inputs = &asked.inputs;
    let size = |name: &str| match inputs.whole(name) {
        None => Ok(None),
        Some(number) => usize::try_from(number)
            .map(Some)
            .map_err(|_| Error::value(format!("{name} may not be negative"), name)),
    };
    let is = |name: &str| inputs.flag(name) == Some(true);
    let all = |name: &str| inputs.texts(name).map(str::to_owned).collect::<Vec<_>>();
    let versions = |name: &str| {
        let all = inputs
            .texts(name)
            .map(|canonical| match registry::parts(canonical) {
                (url, Some(version)) => Ok((url.to_owned(), version.to_owned())),
                _ => Err(Error::value(format!("{name} must be system|version"), name)),
            });
        all.collect::<Result<Vec<_>, _>>()
    };
    Ok(Options {
        filter: inputs.text("filter").map(str::to_owned),
        offset: size("offset")?.unwrap_or(0),
        count: size("count")?,
        active_only: is("activeOnly"),
        exclude_not_for_ui: is("excludeNotForUI"),
        include_designations: is("includeDesignations"),
        designations: all("designation"),
        language: inputs.text("displayLanguage").map(str::to_owned),
        exclude_systems: all("exclude-system"),
        versions: Versions {
            default: versions("system-version")?,
            check: versions("check-system-version")?,
            force: versions("force-system-version")?,
        },
    })
}
