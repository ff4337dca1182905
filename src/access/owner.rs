//! Whose a resource is: the patient its subject names, by type; never mere mention.

use crate::vocabulary::POOL;
use fhir::reference::Reference;
use fhir::{Element, ResourceType};

/// Whose a resource is, before references through other resources are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerHint {
    Patient(String),
    /// Owned by whoever owns that resource (Provenance.target, PaymentNotice.request, …).
    SameAs(ResourceType, String),
    Nobody,
}

/// Where each type names whom it is about, most telling first. A reference to a Patient owns; one
/// to another
/// resource passes the question on.
const PATHS: &[(&str, &[&str])] = &[
    ("Appointment", &["participant.actor"]),
    ("AppointmentResponse", &["actor", "appointment"]),
    ("AuditEvent", &["entity.what", "agent.who"]),
    ("Binary", &["securityContext"]),
    ("BodyStructure", &["patient"]),
    ("CarePlan", &["subject"]),
    ("Claim", &["patient"]),
    ("ClaimResponse", &["patient"]),
    ("Coverage", &["beneficiary"]),
    ("CoverageEligibilityRequest", &["patient"]),
    ("CoverageEligibilityResponse", &["patient"]),
    ("DetectedIssue", &["patient"]),
    ("Device", &["patient"]),
    ("DeviceMetric", &["source"]),
    ("EnrollmentRequest", &["candidate"]),
    ("EnrollmentResponse", &["request"]),
    ("EpisodeOfCare", &["patient"]),
    ("ExplanationOfBenefit", &["patient"]),
    ("FamilyMemberHistory", &["patient"]),
    ("ImmunizationEvaluation", &["patient"]),
    ("ImmunizationRecommendation", &["patient"]),
    ("MolecularSequence", &["patient"]),
    ("NutritionOrder", &["patient"]),
    ("PaymentNotice", &["request", "payment"]),
    ("PaymentReconciliation", &["request", "detail.request"]),
    ("Provenance", &["target"]),
    ("RelatedPerson", &["patient"]),
    ("ResearchSubject", &["individual"]),
    ("SupplyDelivery", &["patient"]),
    ("SupplyRequest", &["deliverFor"]),
    ("Task", &["for", "focus"]),
    ("VerificationResult", &["target"]),
    ("VisionPrescription", &["patient"]),
];

/// For a type not in [`PATHS`].
const USUAL: &[&str] = &["subject", "patient"];

/// Whose a resource is. The first path that names anyone decides, a Patient before anything else on
/// it.
pub fn owner_hint(resource_type: ResourceType, resource: Element<'_>) -> OwnerHint {
    if resource_type == ResourceType::PATIENT {
        return resource
            .text_at("id")
            .map_or(OwnerHint::Nobody, |id| OwnerHint::Patient(id.into_owned()));
    }
    let name = resource_type.name();
    let paths = PATHS
        .iter()
        .find(|(named, _)| *named == name)
        .map_or(USUAL, |(_, paths)| *paths);
    let mut passed_on = None;
    for path in paths {
        for reference in resource.all(path) {
            let Some(text) = reference.text_at("reference") else {
                continue;
            };
            let Reference::Local {
                resource_type, id, ..
            } = Reference::parse(&text, None)
            else {
                continue;
            };
            if resource_type == ResourceType::PATIENT {
                return OwnerHint::Patient(id);
            }
            let has_owner =
                crate::class::treatment(resource_type).is_some_and(|t| !t.readable_unowned);
            if passed_on.is_none() && has_owner && passes_on(name) {
                passed_on = Some(OwnerHint::SameAs(resource_type, id));
            }
        }
    }
    passed_on.unwrap_or(OwnerHint::Nobody)
}

/// The resources a resource tells about, whoever owns it: where they are guarded, so is what tells of them.
pub fn tells_about(
    resource_type: ResourceType,
    resource: Element<'_>,
) -> Vec<(ResourceType, String)> {
    let name = resource_type.name();
    if !passes_on(name) {
        return Vec::new();
    }
    let paths = PATHS.iter().find(|(named, _)| *named == name);
    let references = paths
        .iter()
        .flat_map(|(_, paths)| paths.iter())
        .flat_map(|path| resource.all(path))
        .filter_map(|reference| reference.text_at("reference"));
    let mut told = Vec::new();
    for text in references {
        if let Reference::Local {
            resource_type, id, ..
        } = Reference::parse(&text, None)
            && resource_type != ResourceType::PATIENT
            && crate::class::treatment(resource_type).is_some_and(|t| !t.readable_unowned)
            && !told.contains(&(resource_type, id.clone()))
        {
            told.push((resource_type, id));
        }
    }
    told
}

/// Types that belong to whoever owns what they are about, when they name no patient themselves.
fn passes_on(type_name: &str) -> bool {
    matches!(
        type_name,
        "AppointmentResponse"
            | "AuditEvent"
            | "Binary"
            | "DeviceMetric"
            | "EnrollmentResponse"
            | "PaymentNotice"
            | "PaymentReconciliation"
            | "Provenance"
            | "Task"
            | "VerificationResult"
    )
}

/// The HealthcareService a message or a task is routed to; a task that somebody took on still is, and what they
/// write because of it.
pub fn pool(resource_type: ResourceType, resource: Element<'_>) -> Option<String> {
    let paths: &[&str] = match resource_type.name() {
        "Communication" | "CommunicationRequest" => &["recipient", "sender"],
        "Task" => &["owner"],
        _ => return None,
    };
    paths
        .iter()
        .flat_map(|path| resource.all(path))
        .chain(
            resource
                .extension(POOL)
                .and_then(|it| it.get("valueReference")),
        )
        .filter_map(|reference| reference.text_at("reference"))
        .find_map(|text| match Reference::parse(&text, None) {
            Reference::Local {
                resource_type, id, ..
            } if resource_type == ResourceType::HEALTHCARE_SERVICE => Some(id),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;

    fn hint(json: &str) -> OwnerHint {
        let document = Document::parse(json).unwrap();
        let name = document.root().resource_type_name().unwrap();
        owner_hint(ResourceType::from_name(&name).unwrap(), document.root())
    }
    fn patient(id: &str) -> OwnerHint {
        OwnerHint::Patient(id.to_owned())
    }

    #[test]
    fn the_subject_owns_and_a_mention_does_not() {
        assert_eq!(
            hint(
                r#"{"resourceType":"Observation","subject":{"reference":"Patient/p2"},"performer":[{"reference":"Patient/p1"}]}"#
            ),
            patient("p2")
        );
        assert_eq!(
            hint(
                r#"{"resourceType":"Patient","id":"p1","link":[{"other":{"reference":"Patient/p2"}}]}"#
            ),
            patient("p1")
        );
        assert_eq!(
            hint(
                r#"{"resourceType":"Appointment","participant":[{"actor":{"reference":"Practitioner/d"}},{"actor":{"reference":"Patient/p1"}}]}"#
            ),
            patient("p1")
        );
        assert_eq!(
            hint(
                r#"{"resourceType":"Coverage","beneficiary":{"reference":"Patient/p1"},"payor":[{"reference":"Patient/p2"}]}"#
            ),
            patient("p1")
        );
    }

    #[test]
    fn what_is_about_a_resource_belongs_to_its_owner() {
        assert_eq!(
            hint(
                r#"{"resourceType":"Provenance","target":[{"reference":"Observation/o1/_history/2"}]}"#
            ),
            OwnerHint::SameAs(ResourceType::OBSERVATION, "o1".to_owned())
        );
        assert_eq!(
            hint(
                r#"{"resourceType":"Task","focus":{"reference":"Communication/c"},"for":{"reference":"Patient/p"}}"#
            ),
            patient("p")
        );
        assert_eq!(
            hint(r#"{"resourceType":"Observation","subject":{"reference":"Group/g"}}"#),
            OwnerHint::Nobody
        );
        assert_eq!(
            hint(r#"{"resourceType":"Practitioner"}"#),
            OwnerHint::Nobody
        );
    }

    #[test]
    fn an_event_in_a_chart_tells_about_what_was_looked_at() {
        let event = Document::parse(
            r#"{"resourceType":"AuditEvent","entity":[{"what":{"reference":"Patient/p"}},{"what":{"reference":"Observation/o"}}]}"#,
        )
        .unwrap();
        let told = tells_about(ResourceType::AUDIT_EVENT, event.root());
        assert_eq!(told, [(ResourceType::OBSERVATION, "o".to_owned())]);
        let observation = Document::parse(
            r#"{"resourceType":"Observation","subject":{"reference":"Patient/p"}}"#,
        )
        .unwrap();
        assert!(tells_about(ResourceType::OBSERVATION, observation.root()).is_empty());
    }

    #[test]
    fn a_message_is_routed_to_the_service_it_names() {
        let message = Document::parse(
            r#"{"resourceType":"Communication","recipient":[{"reference":"Practitioner/d"},{"reference":"HealthcareService/h"}]}"#,
        )
        .unwrap();
        assert_eq!(
            pool(ResourceType::COMMUNICATION, message.root()).as_deref(),
            Some("h")
        );
        assert_eq!(pool(ResourceType::OBSERVATION, message.root()), None);
    }
}
