//! Ana's advance directive, and what her registration remembers of earlier years.

use crate::chart::Chart;
use crate::full_record::{observe, us_core_category};
use crate::notes::{DOCUMENT_FORMAT, FORMAT_SYSTEM};
use crate::seen::Seen;
use crate::words::{THO, loinc, named, snomed, us_core};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// Names and addresses of earlier years, the old street not on record any more.
pub fn remember(patient: &mut Value, moved: &str) {
    let Some(map) = patient.as_object_mut() else {
        return;
    };
    if let Some(names) = map.get_mut("name").and_then(Value::as_array_mut) {
        if let Some(name) = names.first_mut().and_then(Value::as_object_mut) {
            name.insert("suffix".into(), json!(["MEd"]));
        }
        names.push(
            json!({"use": "old", "family": "Morales", "given": ["Ana", "Lucia"],
            "period": {"start": "2002-09-01", "end": moved}}),
        );
    }
    if let Some(addresses) = map.get_mut("address").and_then(Value::as_array_mut) {
        let absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
        addresses.push(json!({"use": "old",
            "_line": [{"extension": [{"url": absent, "valueCode": "unknown"}]}],
            "city": "Hartford", "state": "CT", "postalCode": "06106", "country": "US",
            "period": {"start": "2002-09-01", "end": moved}}));
    }
    if let Some(extensions) = map.get_mut("extension").and_then(Value::as_array_mut) {
        let tribe = "Paiute-Shoshone Tribe of the Fallon Reservation and Colony, Nevada";
        extensions.push(
            json!({"url": us_core("us-core-tribal-affiliation"), "extension": [
            {"url": "tribalAffiliation", "valueCodeableConcept": {"coding": [
                {"system": format!("{THO}v3-TribalEntityUS"), "code": "187", "display": tribe}],
                "text": "Shoshone, through her father"}},
            {"url": "isEnrolled", "valueBoolean": false}]}),
        );
    }
}

/// The living will and the observation that says there is one.
pub fn record(chart: &mut Chart<'_>, seen: &Seen) {
    let id = chart.id("living-will");
    let text = STANDARD.encode(
        "LIVING WILL\nI want every treatment that lets me return home. Daniel Rivera decides if I cannot.\n",
    );
    let format = json!({"system": FORMAT_SYSTEM, "code": DOCUMENT_FORMAT,
        "display": "mimeType Sufficient"});
    let who = named(&seen.practitioner, &seen.practitioner_name);
    let document = json!({
        "resourceType": "DocumentReference", "id": id,
        "meta": {"profile": [us_core("us-core-adi-documentreference")]},
        "extension": [{"url": us_core("us-core-authentication-time"),
            "valueDateTime": seen.end}],
        "identifier": [{"system": "https://riverbend.example/documents", "value": id}],
        "status": "current", "type": loinc("75320-2", "Advance directive").concept(),
        "category": [loinc("42348-3", "Advance healthcare directives").concept()],
        "subject": chart.subject(), "date": seen.end, "author": [who.clone()],
        "authenticator": who, "custodian": named(chart.home.organization, chart.home.name),
        "content": [
            {"attachment": {"contentType": "text/plain; charset=utf-8", "data": text,
                "title": "Living will"}, "format": format},
            {"attachment": {"contentType": "text/plain; charset=utf-8",
                "url": format!("Binary/{id}"), "title": "Living will"}, "format": format}]
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
