//! What Tasks of the house have in common, as JSON: words of our own code systems, and who asked.

use access::standing::Agent;
use access::vocabulary::BASE;
use serde_json::{Value, json};

/// A CodeableConcept of one of our own code systems, such as `task-code`.
pub(crate) fn coded(system: &str, code: &str, display: &str) -> Value {
    crate::proxies::coded(&format!("{BASE}/CodeSystem/{system}"), code, display)
}

/// Who asked: a reference where R4 lets it be one; `None` where nobody did.
pub(crate) fn requester(agent: &Agent) -> Option<Value> {
    let who = &agent.who;
    let referable = [
        "Patient",
        "RelatedPerson",
        "Practitioner",
        "PractitionerRole",
    ];
    let kind = who.split('/').next().unwrap_or_default();
    let mut requester = match referable.contains(&kind) {
        true => json!({"reference": who}),
        false if who.is_empty() => return None,
        false => json!({"identifier": {"value": who}}),
    };
    if !agent.display.is_empty() {
        requester["display"] = json!(agent.display);
    }
    Some(requester)
}
