//! What every interaction works with, whether it came as a request or as an entry of a Bundle.

use access::actor::Ticket;
use access::{Access, Action, Actor};
use axum::{
    extract::{FromRequestParts, Path},
    response::{IntoResponse, Response},
};
use fhir::datetime::instant;
use fhir::{Issue, ResourceType, Valid};
use http::{HeaderMap, HeaderName, request::Parts};
use serde::de::DeserializeOwned;
use smart::ErrorCode;
use storage::refusals::Refusal;
use storage::{Change, Condition, Records, Written};
use web::reply::with_header;
use web::request_id::RequestId;
use web::{Answer, Caller, House, Wanted};
use workflows::proxies::Desk;
use workflows::{ending, follow_ups};

use crate::{error::Error, parameter};

/// Names what is seen for a support ticket.
const WATERMARK: &str = "kinchart-watermark";

/// One caller's request: the house, the proof of entry, and what is wanted back. As an extractor
/// it answers 401 and 403 for the caller and 406 for what is wanted.
#[derive(Clone)]
pub struct Call {
    pub(crate) house: House,
    pub(crate) access: Access,
    pub(crate) wanted: Wanted,
    pub(crate) headers: HeaderMap,
    /// Of the address, still encoded; empty when there is none.
    pub(crate) query: String,
    pub(crate) request_id: RequestId,
}

impl FromRequestParts<House> for Call {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Response> {
        let Caller(access) = Caller::from_request_parts(parts, house).await?;
        let query = parts.uri.query().unwrap_or_default();
        let wanted = Wanted::read(&parts.headers, Some(query));
        Ok(Self {
            house: house.clone(),
            access,
            wanted: wanted.map_err(IntoResponse::into_response)?,
            headers: parts.headers.clone(),
            query: query.to_owned(),
            request_id: RequestId::of_parts(parts),
        })
    }
}

impl Call {
    pub(crate) fn records(&self) -> Records<'_> {
        self.house.storage.records(&self.access)
    }
    pub(crate) fn base(&self) -> &str {
        &self.house.fhir_base
    }
    /// The same call with other wishes: of an entry of a Bundle, of a condition.
    pub(crate) fn wanting(&self, wanted: Wanted) -> Self {
        Self {
            wanted,
            ..self.clone()
        }
    }
    /// Writes into the log of the caller's app why an entry of a Bundle was refused; the answer to the
    /// whole carries no mark of it.
    pub(crate) fn note_refused(&self, number: usize, error: &Error) {
        let client = self.access.standing().client.as_ref();
        let (Some(client), Some(description)) = (client, error.refused()) else {
            return;
        };
        self.house.storage.refusals().note(Refusal {
            client: client.id.clone(),
            at: self.access.now(),
            request_id: self.request_id.as_str().to_owned(),
            endpoint: format!("POST /fhir, entry[{number}]"),
            status: error.status().as_u16(),
            code: ErrorCode::InsufficientScope.as_str().to_owned(),
            description,
        });
    }
    /// A header's text, bytes beyond UTF-8 replaced.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }
    /// `If-Match: W/"3"` as a version. Errors: 400 for anything that is no version of ours.
    pub(crate) fn if_match(&self) -> Result<Option<i64>, Error> {
        let text = self.header("if-match");
        text.as_deref().map(parse_etag).transpose()
    }
    /// The answer as the client wanted it.
    pub(crate) fn respond(&self, answer: Answer) -> Response {
        let response = answer.respond(&self.headers, &self.wanted);
        match self.watermark() {
            Some(mark) => with_header(response, HeaderName::from_static(WATERMARK), &mark),
            None => response,
        }
    }
    /// What an app shows beside whatever support sees of an account: for which ticket, until when.
    fn watermark(&self) -> Option<String> {
        let Actor::Staff(staff) = &self.access.standing().actor else {
            return None;
        };
        let now = self.access.now();
        let in_force = |ticket: &&Ticket| ticket.until.is_none_or(|until| now < until);
        let ticket = staff.tickets.iter().find(in_force)?;
        let until = ticket.until.map(instant).unwrap_or_default();
        Some(format!(
            "support-view; ticket={}; until={until}",
            ticket.task
        ))
    }
    /// Whether the caller's scopes and role cover the act on this type at all. Errors: 403
    /// otherwise.
    pub(crate) fn may(&self, action: Action, resource_type: ResourceType) -> Result<(), Error> {
        Ok(self.access.may(action, resource_type)?)
    }
    /// Says of an answer from among these types which of them the caller's scopes and role reach; nothing where they
    /// reach all. What is hidden in types that are reached is not told of.
    pub(crate) fn left_out(&self, among: impl Iterator<Item = ResourceType>) -> Option<Issue> {
        let reached = |one: &ResourceType| self.access.may(Action::Search, *one).is_ok();
        let (reached, out): (Vec<_>, Vec<_>) = among.partition(reached);
        let names: Vec<&str> = reached.iter().map(|one| one.name()).collect();
        (!out.is_empty()).then(|| {
            let only = names.join(", ");
            Issue::suppressed(format!(
                "Only resources of these types are in this answer, as scopes and role reach no other: {only}"
            ))
        })
    }
    /// Has the house do what a patient asks for by what they wrote: a message waits for an answer, or asks to close
    /// the account.
    pub(crate) async fn follow(&self, written: &[Written]) -> Result<(), Error> {
        let person = matches!(
            self.access.standing().actor,
            Actor::SelfPatient { .. } | Actor::Proxy { .. }
        );
        let messages = written
            .iter()
            .filter(|one| one.created && one.resource_type == ResourceType::COMMUNICATION);
        let mut wrote = false;
        for message in messages.filter(|_| person) {
            let desk = Desk::of(&self.house.storage, &self.access);
            ending::notice(&desk, &message.id).await?;
            wrote = true;
        }
        let House { storage, pack, .. } = &self.house;
        // What is not done here is done by the chore: it was noted with the message.
        if wrote && let Err(error) = follow_ups::run(storage, pack, self.access.now()).await {
            tracing::warn!(%error, "messages become work a little later");
        }
        Ok(())
    }
    /// Makes one change and says what came of it.
    pub(crate) async fn write(&self, change: Change) -> Result<Written, Error> {
        self.write_if(change, Vec::new()).await
    }
    /// The same, only while every condition holds.
    pub(crate) async fn write_if(
        &self,
        change: Change,
        conditions: Vec<Condition>,
    ) -> Result<Written, Error> {
        let changes = vec![change];
        if let Some((_, faults)) = parameter::unresolved(self, &changes).await?.pop() {
            return Err(Error::Invalid(faults));
        }
        let mut written = self.records().write_if(changes, conditions).await?;
        self.follow(&written).await?;
        written.pop().ok_or(Error::House("a write gave no answer"))
    }
}

/// The variable parts of an address, decoded. Errors: 404 for text that is not UTF-8.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Path(parts) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::Absent)?;
        Ok(Self(parts))
    }
}

/// The type an address names. Errors: 404 for a name R4 does not have.
pub(crate) fn named_type(name: &str) -> Result<ResourceType, Error> {
    ResourceType::from_name(name).ok_or_else(|| Error::UnknownType(name.chars().take(64).collect()))
}

/// Checks that a resource is of the type its address names, then its structure.
pub(crate) fn checked(document: fhir::Document, expected: ResourceType) -> Result<Valid, Error> {
    if let Some(name) = document.root().resource_type_name()
        && name != expected.name()
        && ResourceType::from_name(&name).is_some()
    {
        return Err(Error::value(
            format!(
                "resourceType is {name} where {} is expected",
                expected.name()
            ),
            "resourceType",
        ));
    }
    let valid = fhir::validate::validate(document).map_err(Error::Invalid)?;
    if expected == ResourceType::SEARCH_PARAMETER {
        let faults = fhir::search::posted::check(valid.document().root());
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
    }
    Ok(valid)
}

/// The version of `W/"3"` or `"3"`.
pub(crate) fn parse_etag(text: &str) -> Result<i64, Error> {
    let quoted = text.trim().trim_start_matches("W/");
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| Error::value("If-Match must be a version such as W/\"3\"", "If-Match"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn versions_are_read_weak_or_strong_and_nothing_else_is() {
        assert_eq!(parse_etag("W/\"3\"").unwrap(), 3);
        assert_eq!(parse_etag("\"3\"").unwrap(), 3);
        for odd in ["zzz", "3", "W/3", "\"\"", "\"a\"", ""] {
            assert!(parse_etag(odd).is_err(), "{odd}");
        }
    }
}
