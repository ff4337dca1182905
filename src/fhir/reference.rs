//! References: relative, absolute, by version, contained, `urn:` and conditional.

use crate::{Element, ResourceType, json::Kind};

/// A `Reference.reference` taken apart (R4 2.3.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// `Type/id` or `Type/id/_history/v`, or the same below our own base.
    Local {
        resource_type: ResourceType,
        id: String,
        version: Option<String>,
    },
    /// `#id`; empty where the resource means its own container (`#`).
    Contained(String),
    /// `urn:uuid:…` or `urn:oid:…`
    Urn(String),
    /// `Type?query`
    Conditional {
        resource_type: ResourceType,
        query: String,
    },
    /// Any other absolute URL.
    Absolute(String),
    /// Not a reference FHIR allows.
    Malformed(String),
}

impl Reference {
    /// Takes a reference apart; URLs below `base` (no trailing slash) count as local.
    pub fn parse(text: &str, base: Option<&str>) -> Self {
        if let Some(id) = text.strip_prefix('#') {
            return if id.is_empty() || is_id(id) {
                Self::Contained(id.to_owned())
            } else {
                Self::Malformed(text.to_owned())
            };
        }
        if is_absolute(text) {
            let below = base.and_then(|base| text.strip_prefix(base)?.strip_prefix('/'));
            if let Some(local) = below.and_then(Self::relative) {
                return local;
            }
            let named = text.starts_with("urn:uuid:") || text.starts_with("urn:oid:");
            return if named {
                Self::Urn(text.to_owned())
            } else {
                Self::Absolute(text.to_owned())
            };
        }
        Self::relative(text).unwrap_or_else(|| Self::Malformed(text.to_owned()))
    }

    fn relative(text: &str) -> Option<Self> {
        if let Some((name, query)) = text.split_once('?') {
            return Some(Self::Conditional {
                resource_type: ResourceType::from_name(name)?,
                query: query.to_owned(),
            });
        }
        let (resource_type, id, version) = split(text)?;
        Some(Self::Local {
            resource_type,
            id: id.to_owned(),
            version: version.map(str::to_owned),
        })
    }
}

/// `Type/id` or `Type/id/_history/version`, taken apart without copying.
pub fn split(text: &str) -> Option<(ResourceType, &str, Option<&str>)> {
    let (name, rest) = text.split_once('/')?;
    let (id, version) = match rest.split_once("/_history/") {
        Some((id, version)) => (id, Some(version)),
        None => (rest, None),
    };
    let resource_type = ResourceType::from_name(name)?;
    (is_id(id) && version.is_none_or(is_id)).then_some((resource_type, id, version))
}

/// The type a literal reference names, be it relative or absolute and RESTful.
pub fn type_named(text: &str) -> Option<ResourceType> {
    if let Some((name, _)) = text.split_once('?') {
        return ResourceType::from_name(name);
    }
    if !is_absolute(text) {
        return split(text).map(|(resource_type, ..)| resource_type);
    }
    if !text.starts_with("http") {
        return None;
    }
    let text = text.split_once("/_history/").map_or(text, |(head, _)| head);
    let (head, id) = text.rsplit_once('/')?;
    let (_, name) = head.rsplit_once('/')?;
    ResourceType::from_name(name).filter(|_| is_id(id))
}

/// Whether a text is an absolute URI: a scheme, a colon, and something without spaces.
pub fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let mut letters = scheme.bytes();
    letters.next().is_some_and(|b| b.is_ascii_alphabetic())
        && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && !rest.contains(char::is_whitespace)
}

/// Whether a text is a valid FHIR id: `[A-Za-z0-9\-\.]{1,64}`.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// Every `Reference.reference` string of a resource, in document order, contained resources
/// included.
///
/// The same name belongs to plain URIs in three places (Expression, Immunization.education,
/// DetectedIssue); those are told apart by their neighbours.
pub fn references<'d>(resource: Element<'d>) -> Vec<Element<'d>> {
    let mut found = Vec::new();
    collect(resource, "", &mut found);
    found
}

fn collect<'d>(element: Element<'d>, name: &str, found: &mut Vec<Element<'d>>) {
    match element.kind() {
        Kind::Array => element.items().for_each(|item| collect(item, name, found)),
        Kind::Object => {
            if name != "education"
                && let Some(text) = element.get("reference")
                && text.kind() == Kind::String
                && is_reference(element)
            {
                found.push(text);
            }
            for (name, member) in element.members() {
                if matches!(member.kind(), Kind::Array | Kind::Object) {
                    collect(member, &name, found);
                }
            }
        }
        _ => {}
    }
}

/// Whether an object has only members that the datatype Reference knows.
pub fn is_reference(element: Element<'_>) -> bool {
    element.members().all(|(name, _)| {
        let name = name.strip_prefix('_').unwrap_or(&name);
        matches!(
            name,
            "id" | "extension" | "reference" | "type" | "identifier" | "display"
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Document;

    const BASE: Option<&str> = Some("http://h/fhir");

    fn local(id: &str, version: Option<&str>) -> Reference {
        Reference::Local {
            resource_type: ResourceType::PATIENT,
            id: id.into(),
            version: version.map(Into::into),
        }
    }

    #[test]
    fn each_form_is_told_apart() {
        let parse = |text| Reference::parse(text, BASE);
        assert_eq!(parse("Patient/1"), local("1", None));
        assert_eq!(parse("Patient/1/_history/2"), local("1", Some("2")));
        assert_eq!(parse("http://h/fhir/Patient/a.b-c"), local("a.b-c", None));
        assert_eq!(parse("#p"), Reference::Contained("p".into()));
        assert_eq!(parse("#"), Reference::Contained(String::new()));
        assert!(matches!(parse("urn:uuid:1"), Reference::Urn(_)));
        assert!(matches!(parse("urn:oid:1.2"), Reference::Urn(_)));
        assert!(matches!(
            parse("http://else/Patient/1"),
            Reference::Absolute(_)
        ));
        assert!(matches!(
            parse("http://h/fhirx/Patient/1"),
            Reference::Absolute(_)
        ));
        assert_eq!(
            parse("Patient?identifier=a|b"),
            Reference::Conditional {
                resource_type: ResourceType::PATIENT,
                query: "identifier=a|b".into()
            }
        );
        for text in [
            "",
            "Patient",
            "Patient/",
            "Nope/1",
            "/Patient/1",
            "Patient/1/2",
            "a b",
            "#a b",
            "Patient/x_y",
            "Patient/1/_history/",
            "Nope?x=1",
        ] {
            assert!(matches!(parse(text), Reference::Malformed(_)), "{text}");
        }
    }

    #[test]
    fn absolute_references_name_a_type_too() {
        assert_eq!(
            type_named("https://x.org/r4/Patient/1"),
            Some(ResourceType::PATIENT)
        );
        assert_eq!(
            type_named("https://x.org/r4/Patient/1/_history/4"),
            Some(ResourceType::PATIENT)
        );
        assert_eq!(type_named("Patient?x=1"), Some(ResourceType::PATIENT));
        assert_eq!(type_named("https://x.org/thing"), None);
        assert_eq!(type_named("urn:uuid:1"), None);
    }

    #[test]
    fn references_are_found_at_every_depth_and_nothing_else() {
        let text = r##"{"resourceType":"CarePlan","subject":{"reference":"Patient/1","display":"x"},
            "contained":[{"resourceType":"Task","for":{"reference":"#"}}],
            "x":[{"y":{"reference":"A/1","type":"A"}},{"language":"text/cql","reference":"http://e"}],
            "education":[{"reference":"http://pdf"}],
            "extension":[{"url":"u","valueReference":{"reference":"Group/2"}}]}"##;
        let document = Document::parse(text).unwrap();
        let found: Vec<_> = references(document.root())
            .iter()
            .map(|e| e.str().unwrap())
            .collect();
        assert_eq!(found, ["Patient/1", "#", "A/1", "Group/2"]);
    }
}
