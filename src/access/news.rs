//! What of a record is new information its reader is told of by mail, and what still waits to be read.

use fhir::{Element, ResourceType};

/// Types that tell a reader something about themself, and the statuses in which they do. A type that is not
/// here is never news: what belongs to something else (a Binary, a Provenance), what people arrange for
/// themselves (a Consent), what only staff work with. No status listed: in any.
const NEWS: &[(&str, &[&str])] = &[
    ("AllergyIntolerance", &[]),
    (
        "Appointment",
        &["proposed", "pending", "booked", "cancelled"],
    ),
    ("CarePlan", &["active", "on-hold", "revoked", "completed"]),
    ("ClinicalImpression", &["completed"]),
    ("Communication", &["completed"]),
    ("Composition", &["preliminary", "final", "amended"]),
    ("Condition", &[]),
    (
        "DiagnosticReport",
        &[
            "partial",
            "preliminary",
            "final",
            "amended",
            "corrected",
            "appended",
            "cancelled",
        ],
    ),
    ("DocumentReference", &["current"]),
    ("Encounter", &["finished"]),
    ("ExplanationOfBenefit", &["active"]),
    (
        "Goal",
        &["proposed", "planned", "accepted", "active", "completed"],
    ),
    ("ImagingStudy", &["available"]),
    ("Immunization", &["completed"]),
    ("ImmunizationRecommendation", &[]),
    ("Invoice", &["issued"]),
    (
        "MedicationRequest",
        &["active", "on-hold", "stopped", "cancelled"],
    ),
    ("NutritionOrder", &["active"]),
    (
        "Observation",
        &["preliminary", "final", "amended", "corrected", "cancelled"],
    ),
    ("Procedure", &["completed"]),
    ("RiskAssessment", &["final", "amended"]),
    ("ServiceRequest", &["active", "revoked"]),
    ("Task", &["requested", "ready", "on-hold"]),
    ("VisionPrescription", &["active"]),
];

fn statuses(resource_type: ResourceType) -> Option<&'static [&'static str]> {
    let named = |(name, _): &&(&str, &'static [&'static str])| *name == resource_type.name();
    NEWS.iter().find(named).map(|(_, statuses)| *statuses)
}

/// Whether a resource of the type is ever news.
pub fn may_be_news(resource_type: ResourceType) -> bool {
    statuses(resource_type).is_some()
}

/// Whether somebody named like this (`Patient/ana`) is on the patient's side.
pub fn is_of_the_patient(who: &str) -> bool {
    ["Patient/", "RelatedPerson/", "Person/"]
        .iter()
        .any(|side| who.starts_with(side))
}

fn names(resource: Element<'_>, path: &str) -> bool {
    let references = resource.all(path);
    references.iter().any(|one| {
        one.text_at("reference")
            .is_some_and(|who| is_of_the_patient(&who))
    })
}

/// Whether a resource, as it is now, is news for whoever may read it. `by`: who wrote it; what the patient's side
/// wrote is known there, but that an appointment was made or given up by one of several is told to the others.
pub fn is_news(resource_type: ResourceType, resource: Element<'_>, by: &str) -> bool {
    let Some(statuses) = statuses(resource_type) else {
        return false;
    };
    if is_of_the_patient(by) && resource_type != ResourceType::APPOINTMENT {
        return false;
    }
    let status = resource.text_at("status").unwrap_or_default();
    if !statuses.is_empty() && !statuses.contains(&&*status) {
        return false;
    }
    match resource_type {
        // Taken back is not news; who read it knows from where they read it.
        ResourceType::ALLERGY_INTOLERANCE | ResourceType::CONDITION => {
            let codes = resource.all("verificationStatus.coding.code");
            !codes.iter().any(|code| code.is("entered-in-error"))
        }
        ResourceType::COMMUNICATION => awaits_reading(resource_type, resource),
        // Work for the patient, not about the patient.
        ResourceType::TASK => names(resource, "owner"),
        _ => true,
    }
}

/// Whether it is a message of the practice that nobody on the patient's side has opened.
pub fn awaits_reading(resource_type: ResourceType, resource: Element<'_>) -> bool {
    resource_type == ResourceType::COMMUNICATION
        && resource.text_at("status").as_deref() == Some("completed")
        && resource.get("received").is_none()
        && !names(resource, "sender")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;
    use serde_json::{Value, json};

    fn news(resource: &Value, by: &str) -> bool {
        let document = Document::parse(resource.to_string()).unwrap();
        let resource_type =
            ResourceType::from_name(resource["resourceType"].as_str().unwrap()).unwrap();
        is_news(resource_type, document.root(), by)
    }

    #[test]
    fn results_are_news_once_there_is_something_to_see() {
        let result = |status: &str| json!({"resourceType": "Observation", "status": status});
        assert!(news(&result("final"), "Practitioner/wu"));
        assert!(news(&result("corrected"), "Device/laboratory"));
        assert!(!news(&result("registered"), "Device/laboratory"));
        assert!(!news(&result("entered-in-error"), "Practitioner/wu"));
        assert!(!news(
            &json!({"resourceType": "Observation"}),
            "Practitioner/wu"
        ));
    }

    #[test]
    fn what_patients_write_is_no_news_but_an_appointment_is() {
        let weight = json!({"resourceType": "Observation", "status": "final"});
        assert!(!news(&weight, "Patient/ana"));
        assert!(!news(&weight, "RelatedPerson/rosa"));
        let visit = json!({"resourceType": "Appointment", "status": "booked"});
        assert!(news(&visit, "RelatedPerson/rosa"));
        let arrived = json!({"resourceType": "Appointment", "status": "arrived"});
        assert!(!news(&arrived, "Practitioner/wu"));
    }

    #[test]
    fn a_message_is_news_until_it_is_opened_and_never_to_who_sent_it() {
        let mut message = json!({"resourceType": "Communication", "status": "completed",
            "sender": {"reference": "Practitioner/wu"}});
        assert!(news(&message, "Practitioner/wu"));
        message["received"] = json!("2026-06-15T12:00:00Z");
        assert!(!news(&message, "Practitioner/wu"));
        let question = json!({"resourceType": "Communication", "status": "completed",
            "sender": {"reference": "Patient/ana"}});
        assert!(!news(&question, "Practitioner/wu"));
        let draft = json!({"resourceType": "Communication", "status": "preparation",
            "sender": {"reference": "Practitioner/wu"}});
        assert!(!news(&draft, "Practitioner/wu"));
    }

    #[test]
    fn a_task_is_news_to_the_patient_who_is_to_do_it() {
        let task = |owner: &str| json!({"resourceType": "Task", "status": "requested", "owner": {"reference": owner}});
        assert!(news(&task("Patient/ana"), "Practitioner/wu"));
        assert!(!news(&task("HealthcareService/privacy"), "Practitioner/wu"));
    }

    #[test]
    fn what_belongs_to_something_else_is_no_news() {
        for name in [
            "Provenance",
            "Binary",
            "AuditEvent",
            "Consent",
            "Patient",
            "Flag",
        ] {
            let resource = json!({"resourceType": name, "status": "final"});
            assert!(!news(&resource, "Practitioner/wu"), "{name}");
        }
        // Every type of the table exists.
        for (name, _) in NEWS {
            assert!(ResourceType::from_name(name).is_some(), "{name}");
        }
    }
}
