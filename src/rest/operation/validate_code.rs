//! `ValueSet/$validate-code` and `CodeSystem/$validate-code`.

use fhir::{
    ResourceType,
    terminology::{Coding, Request, answer},
};
use web::Answer;

use super::{
    Asked,
    expand::value_set,
    missing,
    terms::{self, Subject},
};
use crate::error::Error;

fn request(asked: &Asked<'_>, codings: Vec<Coding>) -> Request {
    Request {
        codings,
        infer_system: asked.inputs.flag("inferSystem") == Some(true),
        abstract_allowed: asked.inputs.flag("abstract"),
        language: asked.inputs.text("displayLanguage").map(str::to_owned),
        ..Request::default()
    }
}

/// Tells whether a code is in a value set.
pub(super) async fn in_value_set(asked: &Asked<'_>) -> Result<Answer, Error> {
    let registry = terms::registry(asked).await?;
    let codings = terms::codings(asked, "systemVersion")?;
    let request = request(asked, codings);
    let has_system = request.codings.iter().all(|one| one.system.is_some());
    if !has_system && asked.inputs.text("code").is_some() && !request.infer_system {
        return Err(missing("system", "or ask with inferSystem"));
    }
    let subject = match terms::subject(asked, "valueSet", "valueSetVersion").await? {
        None => terms::of_context(asked, &registry)?,
        some => some,
    };
    let subject = subject.ok_or_else(|| missing("url", "name a value set or give one"))?;
    let (set, _) = value_set(&registry, subject)?;
    // May take a while: other requests go on.
    let work = move || registry.terminology().validate_code(Some(&set), &request);
    let done = tokio::task::spawn_blocking(work).await;
    let verdict = done.map_err(|_| Error::House("a validation was given up"))??;
    Ok(terms::answer(answer::of_verdict(&verdict)))
}

/// Tells whether a code is in a code system.
pub(super) async fn in_code_system(asked: &Asked<'_>) -> Result<Answer, Error> {
    let registry = terms::registry(asked).await?;
    let mut codings = terms::codings(asked, "version")?;
    let named = |url: &str, codings: &mut Vec<Coding>| {
        codings.retain(|one| one.system.as_deref().is_none_or(|system| system == url));
        for one in codings.iter_mut() {
            one.system = Some(url.into());
        }
    };
    let verdict = match terms::subject(asked, "codeSystem", "version").await? {
        Some(Subject::Document(document)) => {
            let (registry, url) = terms::alone(&document, ResourceType::CODE_SYSTEM);
            named(&url, &mut codings);
            let request = request(asked, codings);
            registry.terminology().validate_code(None, &request)?
        }
        Some(Subject::Canonical(canonical)) => {
            let (url, version) = fhir::registry::parts(&canonical);
            named(url, &mut codings);
            for one in &mut codings {
                one.version = one.version.take().or(version.map(Into::into));
            }
            let request = request(asked, codings);
            registry.terminology().validate_code(None, &request)?
        }
        None if codings.iter().all(|one| one.system.is_some()) => {
            let request = request(asked, codings);
            registry.terminology().validate_code(None, &request)?
        }
        None => return Err(missing("url", "name a code system")),
    };
    Ok(terms::answer(answer::of_verdict(&verdict)))
}
