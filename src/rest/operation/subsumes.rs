//! `CodeSystem/$subsumes`.

use fhir::{
    ResourceType,
    terminology::{Coding, answer},
};
use web::Answer;

use super::{
    Asked, missing,
    terms::{self, Subject},
};
use crate::error::Error;

/// Tells how two codes of a code system relate.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let registry = terms::registry(asked).await?;
    let (a, b) = (
        side(asked, "codeA", "codingA")?,
        side(asked, "codeB", "codingB")?,
    );
    if a.system.is_some() && b.system.is_some() && a.system != b.system {
        let text = "the two codings are of different systems";
        return Err(Error::value(text, "codingB"));
    }
    let version = a.version.as_deref().or(b.version.as_deref());
    let version = version.or(asked.inputs.text("version"));
    let outcome = match terms::subject(asked, "codeSystem", "version").await? {
        Some(Subject::Document(document)) => {
            let (registry, url) = terms::alone(&document, ResourceType::CODE_SYSTEM);
            registry
                .terminology()
                .subsumes(&url, None, &a.code, &b.code)?
        }
        _ => {
            let system = a.system.as_deref().or(b.system.as_deref());
            let system = system.or(asked.inputs.text("system"));
            let system = system.ok_or_else(|| missing("system", "codes relate only in one"))?;
            registry
                .terminology()
                .subsumes(system, version, &a.code, &b.code)?
        }
    };
    Ok(terms::answer(answer::of_subsumption(outcome)))
}

fn side(asked: &Asked<'_>, code: &str, coding: &str) -> Result<Coding, Error> {
    if let Some(text) = asked.inputs.text(code) {
        return Ok(Coding {
            system: asked.inputs.text("system").map(Into::into),
            code: text.into(),
            ..Coding::default()
        });
    }
    let given = terms::coding(asked, coding);
    given.ok_or_else(|| missing(code, "two codes are compared"))
}
