//! Who brought a step about, and for whom: one Provenance for all of what a step writes.

use access::standing::Agent;
use fhir::datetime::instant;
use fhir::{Element, ResourceType};
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::Change;

/// What a Provenance tells of, in the order in which it names them: the first says whose it is. What only staff may
/// know of, and what is of several patients, is left to the audit trail.
const TOLD: &[ResourceType] = &[
    ResourceType::RELATED_PERSON,
    ResourceType::CONSENT,
    ResourceType::TASK,
    ResourceType::VERIFICATION_RESULT,
];
/// What may stand as the agent of a Provenance (R4).
const AGENTS: &[&str] = &["Patient/", "RelatedPerson/", "Practitioner/"];

/// The Provenance of changes of one patient that are about to be written, with an id of its own; none where nothing
/// of them is told.
pub(crate) fn of(agent: &Agent, now: Timestamp, changes: &[Change]) -> Option<Value> {
    let mut targets = Vec::new();
    for kind in TOLD {
        targets.extend(changes.iter().filter_map(|it| target(it, *kind)));
    }
    (!targets.is_empty()).then(|| {
        json!({
            "resourceType": "Provenance", "id": uuid::Uuid::new_v4().to_string(),
            "recorded": instant(now), "target": targets, "agent": [named(agent)],
        })
    })
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
    let told = valid.resource_type() == kind && of_somebody;
    told.then(|| json!({"reference": format!("{}/{id}", kind.name())}))
}

fn names(element: Element<'_>) -> bool {
    element.text_at("reference").is_some()
}

fn named(agent: &Agent) -> Value {
    let (who, display) = (&agent.who, &agent.display);
    let mut said = match AGENTS.iter().any(|kind| who.starts_with(kind)) {
        true => json!({"who": {"reference": who}}),
        false => json!({"who": {}}),
    };
    if !display.is_empty() {
        said["who"]["display"] = json!(display);
    } else if said["who"] == json!({}) {
        said["who"]["display"] = json!("Kinchart");
    }
    if let Some(whom) = &agent.on_behalf_of {
        said["onBehalfOf"] = json!({"reference": whom});
    }
    said
}
