//! What a relative address names: the url of a Bundle entry's request.

use fhir::{ResourceType, reference::is_id};

use crate::{call::named_type, error::Error};

/// An address below the FHIR base, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub resource_type: ResourceType,
    pub place: Place,
    /// After `?`, still encoded; empty when there is none.
    pub query: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Type,
    Instance(String),
    History(String),
    Version(String, i64),
}

/// Takes an address apart; one that starts with `base` counts as relative.
pub(crate) fn parse(url: &str, base: &str) -> Result<Target, Error> {
    let relative = url.strip_prefix(base).unwrap_or(url);
    let (path, query) = relative.split_once('?').unwrap_or((relative, ""));
    let path = path.trim_matches('/');
    let mut parts = path.split('/');
    let resource_type = named_type(parts.next().unwrap_or_default())?;
    let rest: Vec<&str> = parts.collect();
    let place = match rest.as_slice() {
        [] => Place::Type,
        ["_search"] => Place::Type,
        [id] if is_id(id) => Place::Instance((*id).to_owned()),
        [id, "_history"] if is_id(id) => Place::History((*id).to_owned()),
        [id, "_history", version] if is_id(id) => {
            let version = version.parse().map_err(|_| Error::Absent)?;
            Place::Version((*id).to_owned(), version)
        }
        _ => {
            let shown: String = url.chars().take(100).collect();
            let text = format!("{shown} is not an address this server knows");
            return Err(Error::value(text, "request.url"));
        }
    };
    Ok(Target {
        resource_type,
        place,
        query: query.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_kind_of_address_is_told_apart() {
        let place = |url| parse(url, "http://h/fhir").unwrap().place;
        assert_eq!(place("Patient"), Place::Type);
        assert_eq!(place("/Patient/1"), Place::Instance("1".into()));
        assert_eq!(
            place("http://h/fhir/Patient/1"),
            Place::Instance("1".into())
        );
        assert_eq!(place("Patient/1/_history"), Place::History("1".into()));
        assert_eq!(place("Patient/1/_history/2"), Place::Version("1".into(), 2));
        assert_eq!(
            parse("Patient?name=a", "").unwrap().query,
            "name=a".to_owned()
        );
        for odd in [
            "Nope/1",
            "Patient/bad_id",
            "",
            "Patient/1/x",
            "http://o/Patient/1",
        ] {
            assert!(parse(odd, "http://h/fhir").is_err(), "{odd}");
        }
    }
}
