//! Pointing the references of a transaction's resources at what its entries came to be.

use std::collections::HashMap;

use crate::definitions::{self, Content, Primitive, r4};
use crate::json::{Edits, Kind, quote};
use crate::{Document, Element, ResourceType, reference};

/// Rewrites every reference (and narrative link) whose text is a key of `targets` (`urn:uuid:…` or
/// a fullUrl) to its value (`Patient/123`), byte for byte otherwise.
///
/// A key may also be the text of a conditional reference (`Patient?identifier=…`). Elements of type
/// url or uri that point to a key follow it too (R4 3.1.0.11.2); canonicals, identifiers and strings
/// do not, nor do oid and uuid, which could not hold what they would point to.
pub fn rewrite(resource: &Document, targets: &HashMap<String, String>) -> String {
    let mut edits = Edits::default();
    if !targets.is_empty() {
        let root = resource.root();
        for text in reference::references(root) {
            replace(text, targets, &mut edits);
        }
        for element in root.descendants() {
            if element.kind() != Kind::String {
                continue;
            }
            match element.name().as_deref() {
                Some("div") => links(element, targets, &mut edits),
                Some("reference") => {}
                _ => {
                    let raw = element.raw();
                    let address = raw.starts_with("\"urn:") || raw.starts_with("\"http");
                    let known = || {
                        element
                            .str()
                            .is_some_and(|text| targets.contains_key(&*text))
                    };
                    if address && known() && points(root, element) {
                        replace(element, targets, &mut edits);
                    }
                }
            }
        }
    }
    edits.apply(resource.text())
}

/// Whether an element is of type uri or url.
fn points(root: Element<'_>, wanted: Element<'_>) -> bool {
    let of_resource = |element: Element<'_>| {
        let name = element.resource_type_name()?;
        Some(definitions::resource(ResourceType::from_name(&name)?))
    };
    let span = wanted.span();
    let holds = |child: &Element<'_>| {
        let own = child.span();
        own.start <= span.start && span.end <= own.end
    };
    let (mut at, Some(mut of)) = (root, of_resource(root)) else {
        return false;
    };
    loop {
        let Some((name, mut child)) = at.members().find(|(_, child)| holds(child)) else {
            return false;
        };
        if child.kind() == Kind::Array {
            match child.items().find(|item| holds(item)) {
                Some(item) => child = item,
                None => return false,
            }
        }
        let beside = name.strip_prefix('_');
        let Some(slot) = of.slot(beside.unwrap_or(&name)) else {
            return false;
        };
        of = match slot.content {
            Content::Primitive(_) if beside.is_some() => r4().element(),
            Content::Primitive(kind) => return matches!(kind, Primitive::Uri | Primitive::Url),
            Content::Complex(id) => r4().of(id),
            Content::Resource => match of_resource(child) {
                Some(of) => of,
                None => return false,
            },
        };
        at = child;
    }
}

fn replace(element: Element<'_>, targets: &HashMap<String, String>, edits: &mut Edits) {
    if let Some(target) = element.str().and_then(|text| targets.get(text.as_ref())) {
        edits.replace(element.span(), quote(target));
    }
}

/// Follows `href` and `src` attributes of a narrative, in the raw text of its JSON string.
fn links(div: Element<'_>, targets: &HashMap<String, String>, edits: &mut Edits) {
    if div.kind() != Kind::String {
        return;
    }
    let raw = div.raw();
    for attribute in ["href=", "src="] {
        for (at, _) in raw.match_indices(attribute) {
            let from = at + attribute.len();
            let rest = raw.get(from..).unwrap_or_default();
            let Some(quoted) = rest
                .strip_prefix("\\\"")
                .or_else(|| rest.strip_prefix('\''))
            else {
                continue;
            };
            let opening = rest.len() - quoted.len();
            let Some(length) = quoted.find(['"', '\'', '\\', '<', '>']) else {
                continue;
            };
            let Some(target) = quoted.get(..length).and_then(|link| targets.get(link)) else {
                continue;
            };
            let start = div.span().start + from + opening;
            let literal = quote(target);
            let inner = literal.get(1..literal.len() - 1).unwrap_or_default();
            edits.replace(start..start + length, inner.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn references_and_links_follow_and_nothing_else_changes() {
        let targets = HashMap::from([
            ("urn:uuid:a".to_owned(), "Patient/1".to_owned()),
            (
                "http://x/Practitioner/2".to_owned(),
                "Practitioner/9".to_owned(),
            ),
        ]);
        let text = r#"{ "resourceType":"Observation",
            "text":{"div":"<div><a href=\"urn:uuid:a\">urn:uuid:a</a><img src='urn:uuid:b'/></div>"},
            "identifier":[{"value":"urn:uuid:a"}], "code":{"text":"urn:uuid:a"},
            "contained":[{"subject":{"reference":"urn:uuid:a"}}],
            "performer":[{"reference":"http://x/Practitioner/2" , "display":"é"}],
            "subject":{"reference":"urn:uuid:\u0061"}, "value":1.0 }"#;
        let expected = text
            .replace(r#"href=\"urn:uuid:a\""#, r#"href=\"Patient/1\""#)
            .replace(r#""reference":"urn:uuid:a""#, r#""reference":"Patient/1""#)
            .replace(
                r#""reference":"urn:uuid:\u0061""#,
                r#""reference":"Patient/1""#,
            )
            .replace("http://x/Practitioner/2", "Practitioner/9");
        let document = Document::parse(text).unwrap();
        assert_eq!(rewrite(&document, &targets), expected);
        assert_eq!(rewrite(&document, &HashMap::new()), text);
    }

    #[test]
    fn addresses_follow_by_their_type_alone() {
        let targets = HashMap::from([("urn:uuid:a".to_owned(), "Patient/1".to_owned())]);
        let text = r#"{"resourceType":"Observation","extension":[{"url":"urn:x","valueUri":"urn:uuid:a"},
            {"url":"urn:x","valueCanonical":"urn:uuid:a"},{"url":"urn:x","valueUuid":"urn:uuid:a"},
            {"url":"urn:x","valueAttachment":{"url":"urn:uuid:a"}}],"instantiatesUri":"urn:uuid:a",
            "contained":[{"resourceType":"Patient","photo":[{"url":"urn:uuid:a","title":"urn:uuid:a"}]}],
            "_status":{"extension":[{"url":"urn:x","valueUrl":"urn:uuid:a"}]},
            "identifier":[{"system":"urn:uuid:b","value":"urn:uuid:a"}]}"#;
        let new = rewrite(&Document::parse(text).unwrap(), &targets);
        let expected = text
            .replace(r#""valueUri":"urn:uuid:a""#, r#""valueUri":"Patient/1""#)
            .replace(r#""valueUrl":"urn:uuid:a""#, r#""valueUrl":"Patient/1""#)
            .replace(r#"{"url":"urn:uuid:a""#, r#"{"url":"Patient/1""#);
        assert_eq!(new, expected);
    }
}
