//! `_type`, `_list`, `_text` and `_content`: over which types a search goes, in which lists, and for
//! which words.

use super::super::Condition;
use super::super::text::{self, Place, Text};
use super::wrong;
use crate::{Issue, IssueCode, ResourceType, reference::is_id};

/// `_list=a,b`: the items of any of these List resources.
pub(super) fn list(name: &str, value: &str) -> Result<Condition, Issue> {
    let mut ids = Vec::new();
    for one in value.split(',').map(str::trim).filter(|v| !v.is_empty()) {
        let id = one.strip_prefix("List/").unwrap_or(one);
        if id.starts_with('$') {
            return Err(super::unsupported(
                name,
                "only List resources have items here",
            ));
        }
        if !is_id(id) {
            return Err(wrong(name, "must be the id of a List"));
        }
        ids.push(id.to_owned());
    }
    match ids.is_empty() {
        true => Err(wrong(name, "must be the id of a List")),
        false => Ok(Condition::Listed(ids)),
    }
}

/// `_text=…` and `_content=…`
pub(super) fn text(name: &str, value: &str) -> Result<Condition, Issue> {
    let place = match name {
        "_text" => Place::Narrative,
        _ => Place::Everything,
    };
    match text::parse(value) {
        Ok(asked) => Ok(Condition::Text(Text { place, asked })),
        Err(reason) => Err(wrong(name, &reason)),
    }
}

/// The types that the `_type` parameters among some pairs name, once each; empty without any.
///
/// # Errors
/// A name R4 does not have, or none.
pub fn types(pairs: &[(String, String)]) -> Result<Vec<ResourceType>, Issue> {
    let mut types = Vec::new();
    for (name, value) in pairs.iter().filter(|(name, _)| name == "_type") {
        for one in value.split(',').map(str::trim) {
            let Some(found) = ResourceType::from_name(one) else {
                let short: String = one.chars().take(64).collect();
                let text = format!("_type: {short:?} is not a resource type of FHIR R4");
                return Err(Issue::error(IssueCode::Value, text).at(name.clone()));
            };
            if !types.contains(&found) {
                types.push(found);
            }
        }
    }
    Ok(types)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn named(value: &str) -> Result<Vec<ResourceType>, Issue> {
        types(&[("_type".to_owned(), value.to_owned())])
    }

    #[test]
    fn types_are_named_once_each() {
        assert_eq!(named("Patient, Flag,Patient").unwrap().len(), 2);
        assert!(named("Nope").is_err() && named("").is_err());
        assert!(types(&[]).unwrap().is_empty());
    }

    #[test]
    fn lists_are_named_by_id() {
        let ids = |value| list("_list", value);
        let two = Condition::Listed(vec!["a".into(), "b".into()]);
        assert_eq!(ids("a,List/b").unwrap(), two);
        for odd in ["", "$current-problems", "a/b", "x y"] {
            assert!(ids(odd).is_err(), "{odd}");
        }
    }
}
