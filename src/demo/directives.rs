//! What Ana's registration remembers of earlier years.

use crate::words::{THO, us_core};
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
