//! The address an operation is invoked at: `$name` below the system, a type or a resource.

use std::borrow::Cow;

use fhir::{
    ResourceType,
    operation::{self, Level, Operation},
    reference::is_id,
};
use percent_encoding::percent_decode_str;

use crate::{call::named_type, error::Error};

/// An address taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub resource_type: Option<ResourceType>,
    pub id: Option<String>,
    /// Without `$`.
    code: String,
    /// After `?`, still encoded.
    pub query: String,
}

impl Address {
    /// Takes an address apart; one that starts with `base` counts as relative. `None` when its last
    /// part does not begin with `$`. Errors: 404 for a type R4 does not have, and for ids that are
    /// none.
    pub fn parse(url: &str, base: &str) -> Result<Option<Self>, Error> {
        let relative = url.strip_prefix(base).unwrap_or(url);
        let (path, query) = relative.split_once('?').unwrap_or((relative, ""));
        let parts: Vec<Cow<'_, str>> = path
            .trim_matches('/')
            .split('/')
            .map(|part| percent_decode_str(part).decode_utf8_lossy())
            .collect();
        let Some((code, before)) = parts.split_last() else {
            return Ok(None);
        };
        let Some(code) = code.strip_prefix('$') else {
            return Ok(None);
        };
        let (resource_type, id) = match before {
            [] => (None, None),
            [name] => (Some(named_type(name)?), None),
            [name, id] if is_id(id) => (Some(named_type(name)?), Some(id.to_string())),
            _ => return Err(Error::Absent),
        };
        Ok(Some(Self {
            resource_type,
            id,
            code: code.to_owned(),
            query: query.to_owned(),
        }))
    }

    /// The operation invoked here. Errors: 404 when there is none of that name at this place.
    pub fn operation(&self) -> Result<&'static Operation, Error> {
        let level = match (self.resource_type, &self.id) {
            (None, _) => Level::System,
            (Some(_), None) => Level::Type,
            (Some(_), Some(_)) => Level::Instance,
        };
        operation::find(&self.code, level, self.resource_type).ok_or_else(|| {
            let code: String = self.code.chars().take(64).collect();
            Error::UnknownOperation(format!("${code}"))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(url: &str) -> Option<Address> {
        Address::parse(url, "http://h/fhir").unwrap()
    }

    #[test]
    fn the_three_levels_are_told_apart() {
        let system = parse("/$meta?a=b").unwrap();
        assert_eq!((system.resource_type, system.id), (None, None));
        assert_eq!((&*system.code, &*system.query), ("meta", "a=b"));
        let of_type = parse("Patient/$match").unwrap();
        assert_eq!(of_type.resource_type, Some(ResourceType::PATIENT));
        let instance = parse("http://h/fhir/Patient/1/%24everything").unwrap();
        assert_eq!(instance.id.as_deref(), Some("1"));
        assert_eq!(instance.code, "everything");
    }

    #[test]
    fn other_addresses_are_no_operations() {
        assert_eq!(parse("Patient/1"), None);
        assert_eq!(parse(""), None);
        assert_eq!(parse("Patient?x=$y"), None);
        for odd in [
            "Nope/$match",
            "Patient/a_b/$everything",
            "Patient/1/x/$everything",
        ] {
            assert!(Address::parse(odd, "").is_err(), "{odd}");
        }
    }
}
