//! `$validate` (R4 3.1.0.15): checks a resource and stores nothing.

use fhir::{Issue, IssueCode, Outcome, Severity};
use http::StatusCode;
use web::Answer;

use super::{Asked, missing};
use crate::{call::checked, error::Error};

/// Checks a resource, bare or as the `resource` of Parameters, as a create would.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let resource_type = asked.resource_type.ok_or(Error::Absent)?;
    let document = asked
        .inputs
        .resource("resource")
        .ok_or_else(|| missing("resource", "there is nothing to check"))?;
    let mut issues = match checked(document.clone(), resource_type) {
        Ok(_) => vec![Issue {
            severity: Severity::Information,
            ..Issue::error(IssueCode::Informational, "the resource is valid FHIR R4")
        }],
        Err(Error::Invalid(issues)) => issues,
        Err(other) => return Err(other),
    };
    issues.extend(asked.inputs.texts("profile").map(|profile| {
        let shown: String = profile.chars().take(200).collect();
        let text = format!("{shown} was not checked: only base R4 is validated");
        Issue::warning(IssueCode::NotSupported, text)
    }));
    Ok(Answer::outcome(StatusCode::OK, &Outcome { issues }))
}
