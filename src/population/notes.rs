//! Clinical notes and after-visit summaries in plain text, inline or as a Binary.

use crate::chart::Chart;
use crate::seen::Seen;
use crate::words::{Code, coded, loinc, named, to, us_core};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// No LOINC is agreed for after-visit summaries: the summary of episode note, plus a coding of our
/// own.
pub const AFTER_VISIT_SUMMARY: Code = loinc("34133-9", "Summary of episode note");
/// What DocumentReference.content.format says of text: its media type is enough.
pub const DOCUMENT_FORMAT: &str = "urn:ihe:iti:xds:2017:mimeTypeSufficient";
pub const FORMAT_SYSTEM: &str = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode";
/// Our coding beside it.
pub const DOCUMENT_KIND: &str = "https://kinchart.org/fhir/CodeSystem/document-kind";

/// A note to file.
pub struct Note<'n> {
    pub slug: &'n str,
    pub kind: Code,
    pub title: &'n str,
    pub text: String,
    /// In a Binary of its own instead of inline.
    pub binary: bool,
}

/// The DocumentReference (and Binary) of a note; returns its reference and, for a Binary, the
/// attachment's url.
pub fn record(chart: &mut Chart<'_>, seen: &Seen, note: &Note<'_>) -> (String, Option<String>) {
    let summary = note.kind == AFTER_VISIT_SUMMARY;
    let prefix = if summary { "avs" } else { "note" };
    let id = chart.id(&format!("{prefix}-{}", note.slug));
    let text = STANDARD.encode(&note.text);
    let mut attachment = json!({"contentType": "text/plain; charset=utf-8", "language": "en-US"});
    let url = note.binary.then(|| format!("Binary/{id}"));
    if let Some(map) = attachment.as_object_mut() {
        match &url {
            Some(url) => map.insert("url".into(), json!(url)),
            None => map.insert("data".into(), json!(text)),
        };
        map.insert("title".into(), json!(note.title));
        map.insert("creation".into(), json!(seen.end));
    }
    let document = document(chart, seen, note, &id, attachment);
    let reference = chart.add(document, &seen.practitioner, &seen.reported);
    if note.binary {
        let binary = json!({
            "resourceType": "Binary", "id": id, "contentType": "text/plain; charset=utf-8",
            "securityContext": to(&reference), "data": text
        });
        chart.add(binary, &seen.practitioner, &seen.reported);
    }
    (reference, url)
}

fn document(chart: &Chart<'_>, seen: &Seen, note: &Note<'_>, id: &str, attachment: Value) -> Value {
    let mut kind = note.kind.concept();
    if note.kind == AFTER_VISIT_SUMMARY {
        kind = json!({"coding": [note.kind.coding(), {"system": DOCUMENT_KIND,
            "code": "after-visit-summary", "display": "After-visit summary"}],
            "text": "After-visit summary"});
    }
    json!({
        "resourceType": "DocumentReference", "id": id,
        "meta": {"profile": [us_core("us-core-documentreference")]},
        "identifier": [{"system": format!("{}/documents", chart.home.site), "value": id}],
        "status": "current", "docStatus": "final", "type": kind,
        "category": [coded("http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
            "clinical-note", "Clinical Note")],
        "subject": chart.subject(), "date": seen.reported,
        "author": [seen.by()],
        "custodian": named(chart.home.organization, chart.home.name),
        "description": note.title,
        "content": [{"attachment": attachment, "format": {
            "system": FORMAT_SYSTEM, "code": DOCUMENT_FORMAT, "display": "mimeType Sufficient"}}],
        "context": {"encounter": [to(&seen.encounter)],
            "period": {"start": seen.start, "end": seen.end}}
    })
}
