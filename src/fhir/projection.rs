//! Less than the whole resource: `_summary`, `_elements`, and the redactions of an access decision.
//!
//! What stays keeps its own bytes; only the objects something was taken from are put together anew.

use std::borrow::Cow;

use crate::definitions::{self, Content, Type, TypeKind};
use crate::json::{Edits, Kind};
use crate::{Document, Element, ResourceType, search::Summary};

const SUBSETTED: &str = concat!(
    "{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ObservationValue\",",
    "\"code\":\"SUBSETTED\"}"
);

/// The resource with only its summary elements (or text, or data); adds `meta.tag` SUBSETTED.
///
/// Mandatory and modifying elements stay in any case. `Count` has no resources to shorten.
pub fn summary(document: &Document, mode: Summary) -> String {
    let Some(of) = definition(document) else {
        return document.text().to_owned();
    };
    let top = |name: &str| {
        let definition = of.slot(name).map(|slot| of.definition(slot));
        definition.is_some_and(|d| d.min > 0 || d.modifier)
    };
    match mode {
        Summary::False | Summary::Count => document.text().to_owned(),
        Summary::True => subset(document, |name, child| summarised(of, name, child)),
        Summary::Text => subset(document, |name, child| {
            let kept = matches!(name, "text" | "id" | "meta") || top(name);
            kept.then(|| child.raw().into())
        }),
        Summary::Data => subset(document, |name, child| {
            (name != "text").then(|| child.raw().into())
        }),
    }
}

/// The resource with only those top-level elements (and mandatory ones, `id`, `meta`); adds
/// SUBSETTED.
///
/// Names may carry the resource type (`Patient.name`); a choice goes by its plain name (`value`).
pub fn elements(document: &Document, names: &[String]) -> String {
    let Some(of) = definition(document) else {
        return document.text().to_owned();
    };
    let wanted: Vec<&str> = names
        .iter()
        .map(|name| {
            let below = name
                .strip_prefix(of.name)
                .and_then(|rest| rest.strip_prefix('.'));
            let name = below.unwrap_or(name);
            let name = name.split('.').next().unwrap_or(name);
            name.strip_suffix("[x]").unwrap_or(name)
        })
        .collect();
    subset(document, |name, child| {
        let element = of.slot(name).map(|slot| of.definition(slot));
        let kept = matches!(name, "id" | "meta")
            || wanted.contains(&name)
            || element.is_some_and(|e| e.min > 0 || wanted.contains(&e.name));
        kept.then(|| child.raw().into())
    })
}

/// Keeps only the dotted paths given (`name`, `communication.language`, `meta.versionId`), dropping
/// every extension at any depth, primitive siblings (`_birthDate`) included; adds SUBSETTED.
///
/// An element whose extension `private` says true is dropped whole.
pub fn keep(document: &Document, paths: &[&str], private: &str) -> String {
    let kept = kept_object(document.root(), paths, private, true);
    tagged(kept.unwrap_or_else(|| "{}".to_owned()))
}

/// Drops `meta.security` and the extensions of those urls at top level.
pub fn strip(document: &Document, extension_urls: &[&str]) -> String {
    let root = document.root();
    let labelled = root.get("meta").and_then(|meta| meta.get("security"));
    let ours = |extension: &Element<'_>| {
        let url = extension.get("url").and_then(Element::str);
        url.is_some_and(|url| extension_urls.contains(&url.as_ref()))
    };
    let extended = root
        .get("extension")
        .is_some_and(|all| all.items().any(|extension| ours(&extension)));
    if labelled.is_none() && !extended {
        return document.text().to_owned();
    }
    let stripped = rebuild(root, |name, child| match name {
        "meta" if labelled.is_some() => {
            let rest = rebuild(child, |name, part| {
                (name != "security").then(|| part.raw().into())
            });
            rest.map(Cow::Owned)
        }
        "extension" if extended => array(child, |item| (!ours(&item)).then(|| item.raw().into())),
        _ => Some(child.raw().into()),
    });
    stripped.unwrap_or_else(|| "{}".to_owned())
}

fn definition(document: &Document) -> Option<&'static Type> {
    let name = document.root().resource_type_name()?;
    ResourceType::from_name(&name).map(definitions::resource)
}

/// A resource with the members `part` leaves; it is asked by bare name for primitive siblings too.
fn subset<'d>(
    document: &'d Document,
    part: impl Fn(&str, Element<'d>) -> Option<Cow<'d, str>>,
) -> String {
    let kept = rebuild(document.root(), |name, child| match name {
        "resourceType" => Some(child.raw().into()),
        name => part(name.strip_prefix('_').unwrap_or(name), child),
    });
    tagged(kept.unwrap_or_else(|| "{}".to_owned()))
}

/// An object with the members for which `part` gives a text; `None` when nothing is left.
fn rebuild<'d>(
    object: Element<'d>,
    mut part: impl FnMut(&str, Element<'d>) -> Option<Cow<'d, str>>,
) -> Option<String> {
    let mut out = String::with_capacity(object.raw().len() + SUBSETTED.len() + 16);
    for (name, child) in object.members() {
        if let Some(text) = part(&name, child) {
            out.push(if out.is_empty() { '{' } else { ',' });
            out.push_str(&crate::json::quote(&name));
            out.push(':');
            out.push_str(&text);
        }
    }
    if out.is_empty() {
        return None;
    }
    out.push('}');
    Some(out)
}

/// An array with the items for which `part` gives a text; for a single value, its part.
fn array<'d>(
    value: Element<'d>,
    mut part: impl FnMut(Element<'d>) -> Option<Cow<'d, str>>,
) -> Option<Cow<'d, str>> {
    if value.kind() != Kind::Array {
        return part(value);
    }
    let parts: Vec<_> = value.items().filter_map(part).collect();
    (!parts.is_empty()).then(|| Cow::Owned(format!("[{}]", parts.join(","))))
}

/// The part of a member that belongs to the summary of a resource.
fn summarised<'d>(of: &Type, name: &str, child: Element<'d>) -> Option<Cow<'d, str>> {
    let slot = of.slot(name)?;
    let definition = of.definition(slot);
    let kept = definition.summary
        || definition.modifier
        || definition.min > 0
        || name == "id"
        || (of.kind == TypeKind::Datatype && name == "extension");
    if !kept {
        return None;
    }
    let Content::Complex(id) = slot.content else {
        return Some(child.raw().into());
    };
    let inner = definitions::r4().of(id);
    let whole = inner.name == "Extension"
        || inner
            .elements
            .iter()
            .all(|e| e.summary || e.min > 0 || matches!(e.name, "id" | "extension"));
    if whole && inner.kind == TypeKind::Datatype {
        return Some(child.raw().into());
    }
    array(child, |item| {
        let part = rebuild(item, |name, child| {
            summarised(inner, name.strip_prefix('_').unwrap_or(name), child)
        });
        part.map(Cow::Owned)
    })
}

/// An object with only its members on the paths; an empty list of paths is the end of one: all
/// stay.
fn kept_object(object: Element<'_>, paths: &[&str], private: &str, root: bool) -> Option<String> {
    rebuild(object, |name, child| {
        if root && name == "resourceType" {
            return Some(child.raw().into());
        }
        if name.starts_with('_') || matches!(name, "extension" | "modifierExtension") {
            return None;
        }
        let mut below = Vec::new();
        let mut whole = paths.is_empty();
        for path in paths {
            match path.strip_prefix(name) {
                Some("") => whole = true,
                Some(rest) => below.extend(rest.strip_prefix('.')),
                None => {}
            }
        }
        if whole {
            below.clear();
        } else if below.is_empty() {
            return None;
        }
        array(child, |item| kept_value(item, &below, private)).map(|text| Cow::Owned(text.into()))
    })
}

fn kept_value<'d>(item: Element<'d>, paths: &[&str], private: &str) -> Option<Cow<'d, str>> {
    match item.kind() {
        Kind::Null => None,
        Kind::Object => {
            let mark = item.extension(private);
            let hidden = mark.and_then(|mark| mark.get("valueBoolean")?.bool());
            if hidden == Some(true) {
                return None;
            }
            kept_object(item, paths, private, false).map(Cow::Owned)
        }
        _ => paths.is_empty().then(|| item.raw().into()),
    }
}

/// The resource with the tag SUBSETTED in its meta.
fn tagged(text: String) -> String {
    let Ok(document) = Document::parse(text.as_str()) else {
        return text;
    };
    let root = document.root();
    let mut edits = Edits::default();
    let meta = root.get("meta").filter(|meta| meta.kind() == Kind::Object);
    let tag = meta.and_then(|meta| meta.get("tag"));
    match (meta, tag) {
        (_, Some(tag)) if tag.all_codes().any(|code| code == "SUBSETTED") => return text,
        (_, Some(tag)) if tag.kind() == Kind::Array => {
            let comma = if tag.count() > 0 { "," } else { "" };
            edits.insert(tag.span().end - 1, format!("{comma}{SUBSETTED}"));
        }
        (Some(meta), _) => {
            let comma = if meta.count() > 0 { "," } else { "" };
            edits.insert(meta.span().end - 1, format!("{comma}\"tag\":[{SUBSETTED}]"));
        }
        (None, _) => {
            let meta = format!("\"meta\":{{\"tag\":[{SUBSETTED}]}}");
            match root.get("id").or_else(|| root.get("resourceType")) {
                Some(before) => edits.insert(before.span().end, format!(",{meta}")),
                None => return text,
            }
        }
    }
    edits.apply(document.text())
}

impl<'d> Element<'d> {
    /// The codes of an array of codings.
    fn all_codes(self) -> impl Iterator<Item = Cow<'d, str>> {
        self.items().filter_map(|coding| coding.get("code")?.str())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TAG: &str = r#""tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]"#;
    const PRIVATE: &str = "https://x/private";

    fn patient() -> Document {
        Document::parse(
            r#"{"resourceType":"Patient","id":"1","meta":{"versionId":"2","security":[{"code":"R"}]},
            "text":{"status":"generated","div":"<div>x</div>"},
            "extension":[{"url":"a","valueCode":"x"},{"url":"b","valueDecimal":1.50}],
            "name":[{"given":["A" , null,"C"],"_given":[null,{"id":"g"}],"extension":[{"url":"n","valueCode":"x"}]}],
            "telecom":[{"system":"phone","value":"1"},
                {"system":"email","value":"2","extension":[{"url":"https://x/private","valueBoolean":true}]}],
            "birthDate":"2010-01-01","_birthDate":{"id":"b"},"maritalStatus":{"text":"m"},
            "photo":[{"contentType":"image/png","data":"AAAA"}],
            "communication":[{"language":{"text":"en"},"preferred":true}],
            "contact":[{"gender":"male","name":{"family":"K"}}]}"#,
        )
        .unwrap()
    }

    fn names(text: &str) -> Vec<String> {
        let document = Document::parse(text).unwrap();
        let members = document.root().members().map(|(name, _)| name.into_owned());
        members.collect()
    }

    #[test]
    fn a_summary_has_the_summary_elements_and_says_so() {
        let text = summary(&patient(), Summary::True);
        let expected = [
            "resourceType",
            "id",
            "meta",
            "name",
            "telecom",
            "birthDate",
            "_birthDate",
        ];
        assert_eq!(names(&text), expected);
        assert!(text.contains(r#""meta":{"versionId":"2","security":[{"code":"R"}],"#));
        assert!(text.contains(TAG));
        assert!(text.contains(r#""given":["A" , null,"C"]"#));
    }

    #[test]
    fn a_summary_leaves_out_what_is_heavy_inside_elements() {
        let text = r#"{"resourceType":"Media","status":"completed","content":{"contentType":"a","data":"AAAA"}}"#;
        let text = summary(&Document::parse(text).unwrap(), Summary::True);
        assert_eq!(
            text,
            format!(
                r#"{{"resourceType":"Media","meta":{{{TAG}}},"status":"completed","content":{{"contentType":"a"}}}}"#
            )
        );
    }

    #[test]
    fn text_and_data_are_each_others_rest() {
        let text = summary(&patient(), Summary::Text);
        assert_eq!(names(&text), ["resourceType", "id", "meta", "text"]);
        let data = summary(&patient(), Summary::Data);
        assert!(!names(&data).contains(&"text".to_owned()));
        assert_eq!(names(&data).len(), names(patient().text()).len() - 1);
        assert_eq!(summary(&patient(), Summary::False), patient().text());
    }

    #[test]
    fn chosen_elements_come_with_the_mandatory_ones() {
        let chosen = |names: &[&str], text: &str| {
            let list: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
            elements(&Document::parse(text).unwrap(), &list)
        };
        let text = chosen(&["birthDate", "Patient.contact"], patient().text());
        let expected = [
            "resourceType",
            "id",
            "meta",
            "birthDate",
            "_birthDate",
            "contact",
        ];
        assert_eq!(names(&text), expected);
        let observation = r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueInteger":1,"issued":"x"}"#;
        let expected = ["resourceType", "meta", "status", "code", "valueInteger"];
        assert_eq!(names(&chosen(&["value"], observation)), expected);
        assert_eq!(names(&chosen(&["value[x]"], observation)), expected);
        let expected = ["resourceType", "meta", "status", "code"];
        assert_eq!(names(&chosen(&["nope"], observation)), expected);
    }

    #[test]
    fn what_is_not_kept_is_gone_extensions_and_private_parts_included() {
        let paths = [
            "id",
            "meta.versionId",
            "name",
            "telecom",
            "birthDate",
            "communication.language",
        ];
        let text = keep(&patient(), &paths, PRIVATE);
        assert_eq!(
            text,
            format!(
                r#"{{"resourceType":"Patient","id":"1","meta":{{"versionId":"2",{TAG}}},"name":[{{"given":["A","C"]}}],"telecom":[{{"system":"phone","value":"1"}}],"birthDate":"2010-01-01","communication":[{{"language":{{"text":"en"}}}}]}}"#
            )
        );
        assert_eq!(
            keep(&patient(), &["photo.title"], PRIVATE),
            format!(r#"{{"resourceType":"Patient","meta":{{{TAG}}}}}"#)
        );
    }

    #[test]
    fn labels_and_internal_extensions_are_stripped_and_the_rest_is_untouched() {
        let text = strip(&patient(), &["a"]);
        assert!(text.contains(r#""meta":{"versionId":"2"},"#));
        assert!(text.contains(r#""extension":[{"url":"b","valueDecimal":1.50}],"#));
        assert!(text.contains(r#""given":["A" , null,"C"]"#));
        assert!(!text.contains("SUBSETTED"));
        let text = strip(&patient(), &["a", "b"]);
        assert!(!names(&text).contains(&"extension".to_owned()));
        let plain = r#"{ "resourceType" : "Patient" }"#;
        assert_eq!(strip(&Document::parse(plain).unwrap(), &["a"]), plain);
        let only = r#"{"resourceType":"Patient","meta":{"security":[]}}"#;
        assert_eq!(
            strip(&Document::parse(only).unwrap(), &[]),
            r#"{"resourceType":"Patient"}"#
        );
    }

    #[test]
    fn a_resource_is_tagged_once() {
        let document = Document::parse(summary(&patient(), Summary::True)).unwrap();
        let again = summary(&document, Summary::True);
        assert_eq!(again.matches("SUBSETTED").count(), 1);
        let tagged = r#"{"resourceType":"Patient","meta":{"tag":[{"code":"x"}]}}"#;
        let text = summary(&Document::parse(tagged).unwrap(), Summary::True);
        assert_eq!(
            Document::parse(text).unwrap().root().all("meta.tag").len(),
            2
        );
    }
}
