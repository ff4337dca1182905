//! `$proxy-…`: acting for others.

use access::{Action, Denial, Reason};
use fhir::{Issue, IssueCode, ResourceType};
use http::StatusCode;
use serde_json::{Value, json};
use web::Answer;
use workflows::proxies::{self, Desk, Ending};

use super::Asked;
use crate::error::Error;

impl From<proxies::Error> for Error {
    fn from(error: proxies::Error) -> Self {
        match error {
            proxies::Error::Storage(error) => Self::Storage(error),
            proxies::Error::Absent => Self::Absent,
            proxies::Error::Refused(text) => Self::Denied(Denial {
                http: 403,
                reason: Reason("DENY_ACTION"),
                message: text.to_owned(),
            }),
            proxies::Error::Rule { element, rule } => Self::Unprocessable(vec![
                Issue::error(IssueCode::BusinessRule, rule).at(element),
            ]),
            proxies::Error::Overtaken => Self::Overtaken,
            proxies::Error::Invalid(_) => Self::House("a resource of the house is not valid"),
        }
    }
}

/// The desk as the caller comes to it, once the scopes reach what is about to be changed.
fn desk<'a>(asked: &'a Asked<'_>) -> Result<Desk<'a>, Error> {
    asked.call.may(Action::Update, ResourceType::CONSENT)?;
    Ok(Desk::of(&asked.call.house.storage, &asked.call.access))
}

fn answer(parameters: &[Value]) -> Answer {
    let json = match parameters {
        [] => json!({"resourceType": "Parameters"}),
        all => json!({"resourceType": "Parameters", "parameter": all}),
    };
    Answer::text(StatusCode::OK, json.to_string())
}

/// `RelatedPerson/{id}/$proxy-end`
pub(super) async fn end(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = desk(asked)?;
    let id = asked.id.unwrap_or_default();
    let stated = match asked.inputs.text("ending") {
        None => None,
        Some(code) => match Ending::from_code(code) {
            Some(ending) => Some(ending),
            None => return Err(Error::value("no such ending", "ending")),
        },
    };
    let why = asked.inputs.text("reason").unwrap_or_default();
    let ended = proxies::end(&desk, id, stated, why).await?;
    let mut parameters = vec![json!({"name": "ended", "valueBoolean": ended.is_some()})];
    parameters.extend(ended.map(|it| json!({"name": "ending", "valueCode": it.code()})));
    Ok(answer(&parameters))
}
