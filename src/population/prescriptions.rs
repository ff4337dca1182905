//! Prescriptions and what the pharmacy handed out for them.

use crate::chart::Chart;
use crate::seen::Seen;
use crate::words::{Code, SNOMED, UCUM, coded, named, number, tho, to, us_core};
use serde_json::{Value, json};

/// A medicine prescribed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prescription<'p> {
    pub slug: &'p str,
    pub code: Code,
    pub text: &'p str,
    /// Amount per dose with its unit.
    pub dose: (f64, &'p str),
    /// Times a day.
    pub per_day: i64,
    pub as_needed: bool,
    pub reason: Code,
    /// Of the problem it is for, where it is on the list.
    pub reason_reference: Option<&'p str>,
    pub active: bool,
    pub quantity: i64,
    pub refills: i64,
    /// As a Medication resource that exists already (`Medication/…`) rather than a code.
    pub medication: Option<&'p str>,
}

/// The MedicationRequest, written at the visit; `authored` is the moment. Returns its reference.
pub fn prescribe(
    chart: &mut Chart<'_>,
    medicine: &Prescription<'_>,
    seen: &Seen,
    authored: &str,
) -> String {
    let home = chart.home;
    let id = chart.id(&format!("rx-{}", medicine.slug));
    let mut resource = json!({
        "resourceType": "MedicationRequest", "id": id,
        "meta": {"profile": [us_core("us-core-medicationrequest")]},
        "extension": [{"url": us_core("us-core-medication-adherence"), "extension": [
            {"url": "medicationAdherence", "valueCodeableConcept":
                coded(SNOMED, "1156699004", "Takes medication as prescribed")},
            {"url": "dateAsserted", "valueDateTime": seen.start},
            {"url": "informationSource", "valueCodeableConcept":
                coded(SNOMED, "116154003", "Patient")}]}],
        "status": if medicine.active { "active" } else { "completed" }, "intent": "order",
        "category": [tho("medicationrequest-category", "community", "Community")],
        "reportedBoolean": false,
        "subject": chart.subject(), "encounter": to(&seen.encounter), "authoredOn": authored,
        "requester": seen.by(),
        "reasonCode": [medicine.reason.concept()], "dosageInstruction": [dosage(medicine)],
        "dispenseRequest": {"numberOfRepeatsAllowed": medicine.refills,
            "quantity": {"value": medicine.quantity, "unit": medicine.dose.1},
            "performer": named(home.pharmacy, home.pharmacy_name)}
    });
    which(&mut resource, medicine);
    if let (Some(reason), Some(map)) = (medicine.reason_reference, resource.as_object_mut()) {
        map.insert("reasonReference".into(), json!([to(reason)]));
    }
    chart.add(resource, &seen.practitioner, authored)
}

/// A medicine the patient says they take, bought without prescription.
pub fn reported(chart: &mut Chart<'_>, slug: &str, code: Code, text: &str, seen: &Seen) {
    let resource = json!({
        "resourceType": "MedicationRequest", "id": chart.id(&format!("rx-{slug}")),
        "meta": {"profile": [us_core("us-core-medicationrequest")]},
        "status": "active", "intent": "plan",
        "category": [tho("medicationrequest-category", "community", "Community")],
        "reportedReference": seen.by(),
        "medicationCodeableConcept": code.concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter), "authoredOn": seen.start,
        "requester": seen.by(),
        "dosageInstruction": [{"text": text}]
    });
    chart.add(resource, &seen.practitioner, &seen.start);
}

fn which(resource: &mut Value, medicine: &Prescription<'_>) {
    if let Some(map) = resource.as_object_mut() {
        match medicine.medication {
            Some(reference) => {
                let value = named(reference, medicine.code.display);
                map.insert("medicationReference".into(), value);
            }
            None => {
                map.insert("medicationCodeableConcept".into(), medicine.code.concept());
            }
        }
    }
}

fn dosage(medicine: &Prescription<'_>) -> Value {
    let unit = medicine.dose.1;
    let (route, display) = match unit {
        "puff" => ("447694001", "Respiratory tract route"),
        "unit" => ("34206005", "Subcutaneous route"),
        "spray" => ("46713006", "Nasal route"),
        "application" => ("6064005", "Topical route"),
        _ => ("26643006", "Oral route"),
    };
    json!({
        "text": medicine.text,
        "timing": {"repeat": {"frequency": medicine.per_day, "period": 1, "periodUnit": "d"}},
        "asNeededBoolean": medicine.as_needed,
        "route": coded(SNOMED, route, display),
        "doseAndRate": [{"type": tho("dose-rate-type", "ordered", "Ordered"),
            "doseQuantity": {"value": number(medicine.dose.0, 1), "unit": unit,
                "system": UCUM, "code": format!("{{{unit}}}")}}]
    })
}

/// What the pharmacy handed out: the `fill`th time if numbered, else under the prescription's own name.
pub fn dispense(
    chart: &mut Chart<'_>,
    medicine: &Prescription<'_>,
    seen: &Seen,
    request: &str,
    fill: Option<usize>,
    at: &str,
    first: bool,
) {
    let home = chart.home;
    let slug = match fill {
        Some(fill) => format!("fill-{}-{fill}", medicine.slug),
        None => format!("fill-{}", medicine.slug),
    };
    let mut resource = json!({
        "resourceType": "MedicationDispense", "id": chart.id(&slug),
        "meta": {"profile": [us_core("us-core-medicationdispense")]},
        "status": "completed",
        "subject": chart.subject(), "context": to(&seen.encounter),
        "performer": [{"actor": named(home.pharmacy, home.pharmacy_name)}],
        "authorizingPrescription": [to(request)],
        "type": tho("v3-ActCode", if first { "FF" } else { "RF" },
            if first { "First Fill" } else { "Refill" }),
        "quantity": {"value": medicine.quantity, "unit": medicine.dose.1},
        "daysSupply": {"value": 30, "unit": "d", "system": UCUM, "code": "d"},
        "whenHandedOver": at, "dosageInstruction": [dosage(medicine)]
    });
    which(&mut resource, medicine);
    chart.add(resource, home.pharmacy, at);
}
