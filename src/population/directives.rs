//! Advance directives: the document, and the observation that says there is one.

use crate::chart::Chart;
use crate::notes::{DOCUMENT_FORMAT, FORMAT_SYSTEM};
use crate::observations::{observe, us_core_category};
use crate::seen::Seen;
use crate::words::{loinc, named, snomed, us_core};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

/// The living will and the observation that says there is one.
pub fn living_will(chart: &mut Chart<'_>, seen: &Seen, text: &str) {
    let id = chart.id("living-will");
    let text = STANDARD.encode(text);
    let format = json!({"system": FORMAT_SYSTEM, "code": DOCUMENT_FORMAT,
        "display": "mimeType Sufficient"});
    let who = seen.by();
    let document = json!({
        "resourceType": "DocumentReference", "id": id,
        "meta": {"profile": [us_core("us-core-adi-documentreference")]},
        "extension": [{"url": us_core("us-core-authentication-time"),
            "valueDateTime": seen.end}],
        "identifier": [{"system": format!("{}/documents", chart.home.site), "value": id}],
        "status": "current", "type": loinc("75320-2", "Advance directive").concept(),
        "category": [loinc("42348-3", "Advance healthcare directives").concept()],
        "subject": chart.subject(), "date": seen.end, "author": [who.clone()],
        "authenticator": who, "custodian": named(chart.home.organization, chart.home.name),
        "content": [
            {"attachment": {"contentType": "text/plain; charset=utf-8", "data": text,
                "title": "Living will"}, "format": format},
            {"attachment": {"contentType": "text/plain; charset=utf-8",
                "url": format!("Binary/{id}"), "title": "Living will"}, "format": format}],
        "context": {"period": {"start": seen.start}}
    });
    let document = chart.add(document, &seen.practitioner, &seen.end);
    let binary = json!({"resourceType": "Binary", "id": id,
        "contentType": "text/plain; charset=utf-8",
        "securityContext": {"reference": document}, "data": text});
    chart.add(binary, &seen.practitioner, &seen.end);
    let category = us_core_category(
        "observation-adi-documentation",
        "Observation ADI Documentation",
    );
    let observed = observe(
        chart,
        seen,
        "directive",
        "us-core-observation-adi-documentation",
        json!([category]),
        loinc("45473-6", "Advance healthcare directive completed"),
        (
            "valueCodeableConcept",
            snomed("373066001", "Yes (qualifier value)").concept(),
        ),
    );
    chart.amend(&observed, |map| {
        map.insert(
            "extension".into(),
            json!([{"url": "http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo",
                "valueReference": named(&document, "Living will")}]),
        );
    });
}
