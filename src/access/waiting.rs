//! The patient's wish to hear new results from a clinician first: what is a result, and how it is held.
//!
//! Whether such a hold binds is asked of the wish each time ([`crate::decide`]): who takes it back sees everything at
//! the next request.

use crate::time::start_instant;
use crate::vocabulary::{CONSENT_BASIS, RELEASE_HOLD};
use fhir::json::{Edits, quote};
use fhir::{Document, Element, ResourceType};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The patient's own reason for a hold.
pub const PREFERENCE: &str = "patient-preference";
/// Part of a hold, valueBoolean: it was made for a wish that is kept elsewhere, and lasts no longer.
pub const STANDING: &str = "standing";

/// Categories of Observations that are no results: what is measured or said at every visit.
const NOT_RESULTS: &[&str] = &[
    "vital-signs",
    "social-history",
    "survey",
    "activity",
    "exam",
    "therapy",
    "sdoh",
    "functional-status",
];

/// Whether a resource is a result somebody might wish to hear from a clinician.
pub fn is_result(resource_type: ResourceType, resource: Element<'_>) -> bool {
    match resource_type {
        ResourceType::DIAGNOSTIC_REPORT | ResourceType::IMAGING_STUDY => true,
        ResourceType::OBSERVATION => {
            let codes = resource.all("category.coding.code");
            let is_other = |code: &Element<'_>| {
                let code = code.str().unwrap_or_default();
                NOT_RESULTS.contains(&&*code)
            };
            codes.is_empty() || !codes.iter().all(is_other)
        }
        _ => false,
    }
}

/// When a result came to be, as far as it says: when it was issued, else when it was taken.
pub fn time_of(resource: Element<'_>) -> Option<Timestamp> {
    let named = [
        "issued",
        "effectiveDateTime",
        "effectivePeriod.start",
        "started",
    ];
    let text = named.iter().find_map(|path| resource.text_at(path))?;
    start_instant(&text, &TimeZone::UTC)
}

/// Whether a resource is held already.
pub fn is_held(resource: Element<'_>) -> bool {
    resource.extension(RELEASE_HOLD).is_some()
}

/// The document with a hold for the patient's wish, until an instant at the latest.
pub fn held(document: &Document, patient: &str, until: Timestamp) -> Option<String> {
    let hold = format!(
        "{{\"url\":{},\"extension\":[{{\"url\":\"reason\",\"valueCode\":\"{PREFERENCE}\"}},\
         {{\"url\":\"{STANDING}\",\"valueBoolean\":true}},\
         {{\"url\":\"by\",\"valueReference\":{{\"reference\":{}}}}},\
         {{\"url\":\"until\",\"valueDateTime\":{}}}]}}",
        quote(RELEASE_HOLD),
        quote(&format!("Patient/{patient}")),
        quote(&fhir::datetime::instant(until)),
    );
    with_extension(document, &hold)
}

/// The document with the hold of the version before it, where it has none: who sends a result again does not know of
/// the hold, and does not end it. `None` where nothing is missing.
pub fn kept(before: &Document, after: &Document) -> Option<String> {
    if is_held(after.root()) {
        return None;
    }
    let hold = before.root().extension(RELEASE_HOLD)?;
    with_extension(after, hold.raw())
}

fn with_extension(document: &Document, extension: &str) -> Option<String> {
    let root = document.root();
    let mut edits = Edits::default();
    match root.get("extension") {
        Some(list) if list.items().next().is_some() => {
            let start = list.span().start + 1;
            edits.insert(start, format!("{extension},"));
        }
        Some(list) => edits.replace(list.span(), format!("[{extension}]")),
        None => edits.insert(
            root.get("resourceType")?.span().end,
            format!(",\"extension\":[{extension}]"),
        ),
    }
    Some(edits.apply(document.text()))
}

/// The age up to which care under the consent a resource names is to be looked at for a report to child protection,
/// in years; `None` for care of which that is not asked.
pub fn report_age(resource: Element<'_>, pack: &crate::Pack) -> Option<u8> {
    let basis = resource.extension(CONSENT_BASIS)?.text_at("valueCode")?;
    pack.minor_consent(&basis)?.report_age_max
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Facet;

    fn document(json: &str) -> Document {
        Document::parse(json).unwrap()
    }
    fn observation(category: &str) -> bool {
        let json = format!(
            r#"{{"resourceType":"Observation","category":[{{"coding":[{{"code":"{category}"}}]}}]}}"#
        );
        is_result(ResourceType::OBSERVATION, document(&json).root())
    }

    #[test]
    fn what_is_measured_at_every_visit_is_no_result() {
        assert!(observation("laboratory") && observation("imaging"));
        assert!(!observation("vital-signs") && !observation("social-history"));
        let bare = document(r#"{"resourceType":"Observation"}"#);
        assert!(is_result(ResourceType::OBSERVATION, bare.root()));
        assert!(is_result(ResourceType::DIAGNOSTIC_REPORT, bare.root()));
        assert!(!is_result(ResourceType::DOCUMENT_REFERENCE, bare.root()));
    }

    #[test]
    fn a_hold_is_put_on_and_kept_when_the_result_is_sent_again() {
        let until: Timestamp = "2026-07-15T12:00:00Z".parse().unwrap();
        for text in [
            r#"{"resourceType":"Observation","status":"final"}"#,
            r#"{"resourceType":"Observation","extension":[{"url":"http://e","valueCode":"x"}]}"#,
        ] {
            let plain = document(text);
            let held = document(&held(&plain, "p", until).unwrap());
            let facet = Facet::of(ResourceType::OBSERVATION, held.root());
            let hold = facet.hold.unwrap();
            assert_eq!((hold.reason.as_str(), hold.standing), (PREFERENCE, true));
            assert_eq!(
                crate::facts::hold_until(held.root()),
                Some(until.as_microsecond())
            );
            let again = document(&kept(&held, &plain).unwrap());
            assert!(is_held(again.root()));
            assert_eq!(kept(&held, &again), None);
            assert_eq!(kept(&plain, &plain), None);
        }
    }

    #[test]
    fn the_age_of_a_report_comes_from_the_consent_the_care_was_given_under() {
        let pack = crate::Pack::shipped("middlesex").unwrap();
        let of = |basis: &str| {
            let json = format!(
                r#"{{"resourceType":"Encounter","extension":[{{"url":"{CONSENT_BASIS}","valueCode":"{basis}"}}]}}"#
            );
            report_age(document(&json).root(), &pack)
        };
        assert_eq!(of("minor:19a-216"), Some(12));
        assert_eq!(of("minor:19a-14c"), None);
    }

    #[test]
    fn a_result_says_when_it_came() {
        let issued = document(
            r#"{"resourceType":"Observation","issued":"2026-06-01T10:00:00Z","effectiveDateTime":"2026-05-01"}"#,
        );
        let at: Timestamp = "2026-06-01T10:00:00Z".parse().unwrap();
        assert_eq!(time_of(issued.root()), Some(at));
        assert_eq!(
            time_of(document(r#"{"resourceType":"Observation"}"#).root()),
            None
        );
    }
}
