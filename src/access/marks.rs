//! Security labels as a resource shows them: those the house found beside those somebody stated, each
//! with its basis.
//!
//! What decides is the facet. A resource is stored as it was sent; labels of the house are put on when
//! it leaves and taken off when it comes back, so that nobody's copy turns them into statements.

use crate::Facet;
use crate::facts::Confidentiality;
use crate::labels::{ACT_CODE, CONFIDENTIALITY, describe, sensitivity};
use crate::vocabulary::LABEL_BASIS;
use fhir::json::{Edits, quote};
use fhir::{Document, Element};

fn is_of_house(coding: Element<'_>) -> bool {
    coding.extension(LABEL_BASIS).is_some()
}

fn is_confidentiality(coding: Element<'_>) -> bool {
    coding.text_at("system").as_deref() == Some(CONFIDENTIALITY)
}

fn stated(document: &Document) -> Vec<Element<'_>> {
    document.root().all("meta.security")
}

/// A label or a confidentiality as the house states it, by this version of its rules.
fn of_house(system: &str, code: &str, display: Option<&str>, basis: &str) -> String {
    let display = display.map_or(String::new(), |text| {
        format!(",\"display\":{}", quote(text))
    });
    format!(
        "{{\"extension\":[{{\"url\":{},\"valueString\":{}}}],\"system\":{},\"code\":{}{display}}}",
        quote(LABEL_BASIS),
        quote(basis),
        quote(system),
        quote(code)
    )
}

/// System and code of a label of a facet.
pub fn coding_of(label: &str) -> (&str, &str) {
    label.rsplit_once('|').unwrap_or((ACT_CODE, label))
}

/// The document with every label of its facet in `meta.security`; `None` where all are there.
pub fn shown(document: &Document, facet: &Facet, basis: &str) -> Option<String> {
    let there = stated(document);
    let mut codings: Vec<String> = Vec::new();
    let mut level = Confidentiality::N;
    let mut named = Vec::new();
    for coding in there.iter().filter(|coding| !is_of_house(**coding)) {
        let Some(code) = coding.text_at("code") else {
            continue;
        };
        if is_confidentiality(*coding) {
            level = level.max(Confidentiality::from_code(&code).unwrap_or_default());
        } else {
            named.extend(sensitivity(coding.text_at("system").as_deref(), &code));
        }
    }
    let raised = facet.confidentiality > level;
    let more: Vec<&String> = facet.labels.iter().filter(|l| !named.contains(l)).collect();
    if !raised && more.is_empty() && !there.iter().any(|coding| is_of_house(*coding)) {
        return None;
    }
    if raised {
        let code = facet.confidentiality.code();
        codings.push(of_house(CONFIDENTIALITY, code, None, basis));
    }
    let kept = there
        .iter()
        .filter(|coding| !(is_of_house(**coding) || raised && is_confidentiality(**coding)));
    codings.extend(kept.map(|coding| coding.raw().to_owned()));
    for label in more {
        let (system, code) = coding_of(label);
        codings.push(of_house(system, code, describe(label), basis));
    }
    Some(with_security(document, &codings))
}

/// The document without labels of the house; `None` where there are none.
pub fn as_stated(document: &Document) -> Option<String> {
    // One scan of the text settles it for nearly all.
    if !document.text().contains(LABEL_BASIS) {
        return None;
    }
    let all = stated(document);
    let own: Vec<String> = all
        .iter()
        .filter(|coding| !is_of_house(**coding))
        .map(|coding| coding.raw().to_owned())
        .collect();
    (own.len() < all.len()).then(|| with_security(document, &own))
}

/// The document with the labels stated before that it leaves out: a copy sent back without its meta takes
/// none away (R4 2.1.0.5.3). `None` where it has them all.
pub fn kept(before: &Document, after: &Document) -> Option<String> {
    let identity = |coding: Element<'_>| {
        let text = |name| coding.text_at(name).map(std::borrow::Cow::into_owned);
        (text("system"), text("code"))
    };
    let now = stated(after);
    let rates = now.iter().any(|coding| is_confidentiality(*coding));
    let missing: Vec<Element<'_>> = stated(before)
        .into_iter()
        .filter(|coding| !is_of_house(*coding))
        .filter(|coding| !now.iter().any(|one| identity(*one) == identity(*coding)))
        // One confidentiality is stated; the later one counts, above what is computed.
        .filter(|coding| !(rates && is_confidentiality(*coding)))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let all = now.iter().chain(&missing);
    let codings: Vec<String> = all.map(|coding| coding.raw().to_owned()).collect();
    Some(with_security(after, &codings))
}

fn with_security(document: &Document, codings: &[String]) -> String {
    let root = document.root();
    let meta = root.get("meta");
    let mut members: Vec<String> = meta
        .iter()
        .flat_map(|meta| meta.members())
        .filter(|(name, _)| name != "security")
        .map(|(name, member)| format!("{}:{}", quote(&name), member.raw()))
        .collect();
    if !codings.is_empty() {
        members.push(format!("\"security\":[{}]", codings.join(",")));
    }
    let text = format!("{{{}}}", members.join(","));
    let mut edits = Edits::default();
    match (meta, root.get("resourceType")) {
        // A meta with nothing in it is no meta.
        (Some(meta), _) if members.is_empty() => {
            edits.replace(meta.span(), "{\"versionId\":\"1\"}".to_owned());
        }
        (Some(meta), _) => edits.replace(meta.span(), text),
        (None, Some(named)) => edits.insert(named.span().end, format!(",\"meta\":{text}")),
        (None, None) => {}
    }
    edits.apply(document.text())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::ResourceType;

    fn document(text: &str) -> Document {
        Document::parse(text).unwrap()
    }

    fn hiv() -> Facet {
        let mut facet = Facet::plain(ResourceType::OBSERVATION);
        facet.labels.push("HIV".to_owned());
        facet.confidentiality = Confidentiality::R;
        facet
    }

    const PLAIN: &str =
        r#"{"resourceType":"Observation","meta":{"versionId":"1"},"status":"final"}"#;

    #[test]
    fn labels_of_the_house_are_shown_with_their_basis_and_taken_off_again() {
        let shown = document(&shown(&document(PLAIN), &hiv(), "2026").unwrap());
        assert_eq!(Facet::of(ResourceType::OBSERVATION, shown.root()), hiv());
        assert!(shown.text().contains(r#""valueString":"2026""#));
        assert_eq!(as_stated(&shown).unwrap(), PLAIN);
        assert_eq!(as_stated(&document(PLAIN)), None);
    }

    #[test]
    fn what_was_stated_stays_as_it_was_stated() {
        let all = r#"{"resourceType":"Observation","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"},{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV","display":"mine"}]}}"#;
        assert_eq!(shown(&document(all), &hiv(), "2026"), None);
        let lower = all.replace("\"R\"", "\"L\"");
        let raised = shown(&document(&lower), &hiv(), "2026").unwrap();
        assert!(raised.contains("\"mine\"") && !raised.contains("\"code\":\"L\""));
        assert_eq!(raised.matches("v3-Confidentiality").count(), 1);
    }

    #[test]
    fn a_copy_without_labels_takes_none_away() {
        let before = document(
            r#"{"resourceType":"Observation","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PRS"}]}}"#,
        );
        let after = document(r#"{"resourceType":"Observation","status":"final"}"#);
        let merged = document(&kept(&before, &after).unwrap());
        assert!(merged.text().contains("PRS"));
        assert_eq!(kept(&before, &merged), None);
    }
}
