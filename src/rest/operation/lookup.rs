//! `CodeSystem/$lookup`.

use fhir::terminology::answer;
use web::Answer;

use super::{Asked, missing, terms};
use crate::error::Error;

/// Tells what a code system says of a code.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let registry = terms::registry(asked).await?;
    let mut codings = terms::codings(asked, "version")?.into_iter();
    let coding = codings.next();
    let coding = coding.filter(|coding| coding.system.is_some());
    let coding = coding.ok_or_else(|| missing("system", "a code has a meaning only in one"))?;
    let language = asked.inputs.text("displayLanguage");
    let found = registry.terminology().lookup(&coding, language)?;
    let wanted: Vec<&str> = asked.inputs.texts("property").collect();
    Ok(terms::answer(answer::of_found(&found, &wanted)))
}
