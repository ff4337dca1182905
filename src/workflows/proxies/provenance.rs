//! Who brought a step about, and for whom: one Provenance for all of what a step writes.

use fhir::datetime::instant;
use fhir::{Element, ResourceType};
use serde_json::{Value, json};
use storage::Change;

use super::book::create;
use super::{Desk, Error, build};

/// What a Provenance tells of, in the order in which it names them: the first says whose it is. What only staff may
/// know of, and what is of several patients, is left to the audit trail.
const TOLD: &[ResourceType] = &[
    ResourceType::RELATED_PERSON,
    ResourceType::CONSENT,
    ResourceType::TASK,
];
/// What may stand as the agent of a Provenance (R4).
const AGENTS: &[&str] = &["Patient/", "RelatedPerson/", "Practitioner/"];

/// The Provenance of changes that are about to be written; none where nothing of them is told.
pub(super) fn of(desk: &Desk<'_>, changes: &[Change]) -> Result<Option<Change>, Error> {
    let mut targets = Vec::new();
    for kind in TOLD {
        targets.extend(changes.iter().filter_map(|it| target(it, *kind)));
    }
    if targets.is_empty() {
        return Ok(None);
    }
    let provenance = json!({
        "resourceType": "Provenance", "id": build::new_id(), "recorded": instant(desk.now),
        "target": targets, "agent": [agent(desk)],
    });
    create(&provenance).map(Some)
}

fn target(change: &Change, kind: ResourceType) -> Option<Value> {
    let (valid, id) = match change {
        Change::Create { valid, id } => (valid, id.as_deref()?),
        Change::Update { valid, id, .. } => (valid, id.as_str()),
        Change::Relabel { .. } | Change::Delete { .. } => return None,
    };
    // A request that found no patient is nobody's.
    let root = valid.document().root();
    let of_somebody = kind != ResourceType::TASK || root.first("for").is_some_and(names);
    (valid.resource_type() == kind && of_somebody).then(|| build::reference(kind.name(), id))
}

fn names(element: Element<'_>) -> bool {
    element.text_at("reference").is_some()
}

fn agent(desk: &Desk<'_>) -> Value {
    let who = &desk.agent.who;
    let display = &desk.agent.display;
    let mut said = match AGENTS.iter().any(|kind| who.starts_with(kind)) {
        true => json!({"who": {"reference": who}}),
        false => json!({"who": {}}),
    };
    if !display.is_empty() {
        said["who"]["display"] = json!(display);
    } else if said["who"] == json!({}) {
        said["who"]["display"] = json!("Kinchart");
    }
    if let Some(whom) = &desk.agent.on_behalf_of {
        said["onBehalfOf"] = json!({"reference": whom});
    }
    said
}
