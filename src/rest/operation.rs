//! Operations on a type: `$validate` (R4 3.1.0.15).

use axum::response::Response;
use fhir::{Document, Issue, IssueCode, Outcome, ResourceType, Severity};
use http::StatusCode;
use web::{Answer, FhirBody};

use crate::{
    call::{At, Call, checked, named_type},
    error::Error,
};

/// `POST /Type/$name`
pub async fn operate(
    call: Call,
    At((name, operation)): At<(String, String)>,
    FhirBody(document): FhirBody,
) -> Result<Response, Error> {
    let resource_type = named_type(&name)?;
    let answer = answer(&operation, resource_type, document, &call.query)?;
    Ok(call.respond(answer))
}

/// Runs an operation. Errors: 404 for one we do not have.
pub(crate) fn answer(
    name: &str,
    resource_type: ResourceType,
    document: Document,
    query: &str,
) -> Result<Answer, Error> {
    match name {
        "$validate" => validate(resource_type, document, query),
        _ => Err(Error::UnknownOperation(name.chars().take(64).collect())),
    }
}

/// Checks a resource, bare or as the `resource` of Parameters, as a create would, and stores
/// nothing.
fn validate(resource_type: ResourceType, document: Document, query: &str) -> Result<Answer, Error> {
    let mut profiles: Vec<String> = crate::search::pairs(query)?
        .into_iter()
        .filter(|(name, _)| name == "profile")
        .map(|(_, value)| value)
        .collect();
    let root = document.root();
    let is_parameters = root.resource_type_name().as_deref() == Some("Parameters");
    let document = if is_parameters && resource_type.name() != "Parameters" {
        let mut resource = None;
        for parameter in root.get("parameter").iter().flat_map(|all| all.items()) {
            match parameter.text_at("name").as_deref() {
                Some("resource") => resource = parameter.get("resource"),
                Some("profile") => {
                    profiles.extend(parameter.text_at("valueUri").map(|url| url.into_owned()));
                }
                _ => {}
            }
        }
        let Some(resource) = resource else {
            let text = "Parameters must hold the resource to validate";
            let issue = Issue::error(IssueCode::Required, text).at("Parameters.parameter");
            return Err(Error::Invalid(vec![issue]));
        };
        resource.to_document()
    } else {
        document
    };
    let mut issues = match checked(document, resource_type) {
        Ok(_) => vec![Issue {
            severity: Severity::Information,
            ..Issue::error(IssueCode::Informational, "the resource is valid FHIR R4")
        }],
        Err(Error::Invalid(issues)) => issues,
        Err(other) => return Err(other),
    };
    issues.extend(profiles.into_iter().map(|profile| {
        let shown: String = profile.chars().take(200).collect();
        let text = format!("{shown} was not checked: only base R4 is validated");
        Issue::warning(IssueCode::NotSupported, text)
    }));
    Ok(Answer::outcome(StatusCode::OK, &Outcome { issues }))
}
