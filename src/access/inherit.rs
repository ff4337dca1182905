//! What a resource takes over from others: from the visit and the order it belongs to, from its parts,
//! from what it tells about, from the department it was made in.

use crate::Facet;
use crate::class::{DataClass, treatment};
use crate::owner::tells_about;
use fhir::reference::Reference;
use fhir::{Element, ResourceType};

/// How much passes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Of a visit, an order, a reason, a department: labels and whose consent it rests on.
    Context,
    /// Of a part that shows through the whole: a hold as well.
    Part,
    /// Of what it tells about (Provenance, AuditEvent, payments): everything.
    Tells,
}

/// Where types name the visit, order or thing they were made for, or whose part they are.
const CONTEXT: &[&str] = &[
    "encounter",
    "context",
    "context.encounter",
    "basedOn",
    "request",
    "authorizingPrescription",
    "prescription",
    "originalPrescription",
    "partOf",
    "episodeOfCare",
    "claim",
    "item.encounter",
    "service",
    "about",
    "inResponseTo",
    "specimen",
    "medicationReference",
    "reasonReference",
    "addresses",
    "diagnosis.diagnosisReference",
    "healthcareService",
    "serviceProvider",
    "custodian",
    "managingOrganization",
    "location",
    "location.location",
    "participant.actor",
    "owner",
];

/// Where types name what they are made of.
const PARTS: &[&str] = &[
    "result",
    "hasMember",
    "derivedFrom",
    "section.entry",
    "entry.item",
    "lineItem.chargeItemReference",
    "activity.reference",
    "finding.itemReference",
    "input.valueReference",
    "output.valueReference",
    "payload.contentReference",
];

/// Directory types that may carry labels for what is made there, or are what something is made with.
const PLACES: &[ResourceType] = &[
    ResourceType::HEALTHCARE_SERVICE,
    ResourceType::LOCATION,
    ResourceType::MEDICATION,
    ResourceType::ORGANIZATION,
    ResourceType::PRACTITIONER_ROLE,
];

/// Whether labels of a type stand on its row; a directory entry's own do not, see
/// [`crate::sensitivity::facet_of_directory`].
pub fn is_place(resource_type: ResourceType) -> bool {
    PLACES.contains(&resource_type)
}

/// The resources this one takes over from, each once, with how much.
pub fn sources(
    resource_type: ResourceType,
    resource: Element<'_>,
) -> Vec<(Flow, ResourceType, String)> {
    let told = tells_about(resource_type, resource).into_iter();
    let mut found: Vec<_> = told.map(|(of, id)| (Flow::Tells, of, id)).collect();
    let class = treatment(resource_type).map(|treatment| treatment.class);
    if matches!(
        class,
        None | Some(DataClass::Directory | DataClass::Audit | DataClass::Demographics)
    ) {
        return found;
    }
    let parts = PARTS.iter().map(|path| (Flow::Part, path));
    let contexts = CONTEXT.iter().map(|path| (Flow::Context, path));
    for (flow, path) in parts.chain(contexts) {
        for reference in resource.all(path) {
            let Some((of, id)) = named(reference) else {
                continue;
            };
            if !found.iter().any(|(_, t, i)| *t == of && *i == id) {
                found.push((flow, of, id));
            }
        }
    }
    found
}

/// The resource a Reference names, if that can hold anything to be taken over.
fn named(reference: Element<'_>) -> Option<(ResourceType, String)> {
    let text = reference.text_at("reference")?;
    let Reference::Local {
        resource_type, id, ..
    } = Reference::parse(&text, None)
    else {
        return None;
    };
    let treatment = treatment(resource_type)?;
    let holds = match treatment.class {
        DataClass::Demographics | DataClass::Audit => false,
        _ if treatment.readable_unowned => is_place(resource_type),
        _ => true,
    };
    holds.then_some((resource_type, id))
}

/// Resources that take over from this one without naming it: the appointment of a visit. (What holds an
/// attachment also passes on to its content.)
pub fn gives(resource_type: ResourceType, resource: Element<'_>) -> Vec<(ResourceType, String)> {
    if resource_type != ResourceType::ENCOUNTER {
        return Vec::new();
    }
    let appointments = resource.all("appointment").into_iter();
    appointments.filter_map(named).collect()
}

/// Whether something may take over from others that it does not name.
pub fn may_be_given(resource_type: ResourceType) -> bool {
    resource_type == ResourceType::APPOINTMENT || resource_type.name() == "Binary"
}

/// Lets a facet take over what passes from a source. It only ever grows.
fn take(facet: &mut Facet, flow: Flow, source: &Facet) {
    if flow == Flow::Tells {
        facet.inherit(source);
        return;
    }
    let mut passing = source.clone();
    passing.categories.clear();
    if flow == Flow::Context {
        passing.hold = None;
    }
    // Whom a relationship or a consent concerns is for what tells about it, not for what came of it.
    passing.resource_type = facet.resource_type;
    facet.inherit(&passing);
}

/// The facet of a resource with all it takes over. What the minor released by name is released,
/// whatever it came from.
pub fn combined<'s>(own: &Facet, sources: impl Iterator<Item = (Flow, &'s Facet)>) -> Facet {
    let mut facet = own.clone();
    for (flow, source) in sources {
        take(&mut facet, flow, source);
    }
    facet.minor_released |= own.minor_released && facet.minor_consented;
    facet
}

/// Whether whoever takes over from either takes over the same.
pub fn passes_alike(one: &Facet, other: &Facet) -> bool {
    one.labels == other.labels
        && one.confidentiality == other.confidentiality
        && one.minor_consented == other.minor_consented
        && one.minor_released == other.minor_released
        && one.hold == other.hold
        && one.is_staff_only() == other.is_staff_only()
        && one.is_about_consent() == other.is_about_consent()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;

    fn of(json: &str) -> Vec<String> {
        let document = Document::parse(json).unwrap();
        let name = document.root().resource_type_name().unwrap();
        let of = ResourceType::from_name(&name).unwrap();
        let found = sources(of, document.root()).into_iter();
        found
            .map(|(flow, of, id)| format!("{flow:?} {of}/{id}"))
            .collect()
    }

    #[test]
    fn results_reports_notes_bills_and_messages_name_where_they_come_from() {
        assert_eq!(
            of(
                r#"{"resourceType":"Observation","subject":{"reference":"Patient/p"},"performer":[{"reference":"Practitioner/d"}],
                "encounter":{"reference":"Encounter/e"},"basedOn":[{"reference":"ServiceRequest/s"}]}"#
            ),
            ["Context Encounter/e", "Context ServiceRequest/s"]
        );
        assert_eq!(
            of(r#"{"resourceType":"DiagnosticReport","result":[{"reference":"Observation/o"}]}"#),
            ["Part Observation/o"]
        );
        assert_eq!(
            of(
                r#"{"resourceType":"DocumentReference","context":{"encounter":[{"reference":"Encounter/e"}]},"custodian":{"reference":"Organization/o"}}"#
            ),
            ["Context Encounter/e", "Context Organization/o"]
        );
        assert_eq!(
            of(
                r#"{"resourceType":"Invoice","lineItem":[{"chargeItemReference":{"reference":"ChargeItem/c"}}]}"#
            ),
            ["Part ChargeItem/c"]
        );
        assert_eq!(
            of(
                r#"{"resourceType":"Communication","about":[{"reference":"DiagnosticReport/r"}],"inResponseTo":[{"reference":"Communication/c"}]}"#
            ),
            ["Context DiagnosticReport/r", "Context Communication/c"]
        );
        assert_eq!(
            of(r#"{"resourceType":"Provenance","target":[{"reference":"Observation/o"}]}"#),
            ["Tells Observation/o"]
        );
    }

    #[test]
    fn a_hold_passes_to_the_whole_and_not_to_what_else_came_of_a_visit() {
        let document = Document::parse(
            r#"{"resourceType":"Observation","extension":[{"url":"https://kinchart.org/fhir/StructureDefinition/release-hold","extension":[
            {"url":"reason","valueCode":"harm"}]},{"url":"https://kinchart.org/fhir/StructureDefinition/consent-basis","valueCode":"minor:x"}]}"#,
        )
        .unwrap();
        let held = Facet::of(ResourceType::OBSERVATION, document.root());
        let mut report = Facet::plain(ResourceType::DIAGNOSTIC_REPORT);
        take(&mut report, Flow::Part, &held);
        assert!(report.hold.is_some() && report.minor_consented);
        let mut note = Facet::plain(ResourceType::DOCUMENT_REFERENCE);
        take(&mut note, Flow::Context, &held);
        assert!(note.hold.is_none() && note.minor_consented);
    }

    #[test]
    fn a_visit_passes_on_to_its_appointment() {
        let visit = Document::parse(
            r#"{"resourceType":"Encounter","appointment":[{"reference":"Appointment/a"}]}"#,
        )
        .unwrap();
        let given = gives(ResourceType::ENCOUNTER, visit.root());
        assert_eq!(given, [(ResourceType::APPOINTMENT, "a".to_owned())]);
        assert!(may_be_given(ResourceType::APPOINTMENT));
        assert!(!may_be_given(ResourceType::OBSERVATION));
    }
}
