//! What every interaction works with, whether it came as a request or as an entry of a Bundle.

use access::{Access, Action};
use axum::extract::{FromRequestParts, Path};
use fhir::{ResourceType, Valid};
use http::{HeaderMap, request::Parts};
use serde::de::DeserializeOwned;
use storage::{Change, Records, Written};
use web::{House, Wanted};

use crate::error::Error;

/// One caller's request: the house, the proof of entry, and what is wanted back.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub house: &'a House,
    pub access: &'a Access,
    pub wanted: &'a Wanted,
}

impl<'a> Call<'a> {
    pub fn records(&self) -> Records<'a> {
        self.house.storage.records(self.access)
    }
    pub fn base(&self) -> &'a str {
        &self.house.fhir_base
    }
    /// Whether the caller's scopes and role cover the act on this type at all. Errors: 403
    /// otherwise.
    pub fn may(&self, action: Action, resource_type: ResourceType) -> Result<(), Error> {
        Ok(self.access.may(action, resource_type)?)
    }
    /// Makes one change and says what came of it.
    pub async fn write(&self, change: Change) -> Result<Written, Error> {
        let mut written = self.records().write(vec![change]).await?;
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
    fhir::validate::validate(document).map_err(Error::Invalid)
}

/// `If-Match: W/"3"` as a version. Errors: 400 for anything that is no version of ours.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    match headers.get(http::header::IF_MATCH) {
        None => Ok(None),
        Some(value) => parse_etag(value.to_str().unwrap_or_default()).map(Some),
    }
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
