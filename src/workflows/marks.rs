//! What a patient marks private: for them and the people who treat them here. The mark is a label like any other,
//! and passes on to what belongs to the thing.

use std::sync::Arc;

use access::class::{DataClass, treatment};
use access::labels::{ACT_CODE, PRIVATE};
use access::{Access, Actor, Task};
use fhir::ResourceType;
use serde_json::{Value, json};
use storage::{Change, Found};

use crate::privacy::{self, Desk};
use crate::proxies::Error;

/// How often a mark is tried again when somebody else was faster.
const TRIES: usize = 5;

/// Whether a thing of that type may be marked: what tells of somebody's care, not who they are or whom they trust.
pub fn may_be_private(resource_type: ResourceType) -> bool {
    let class = treatment(resource_type).map(|treatment| treatment.class);
    matches!(
        class,
        Some(
            DataClass::Clinical
                | DataClass::Immunization
                | DataClass::Scheduling
                | DataClass::Messaging
                | DataClass::Financial
        )
    ) && !matches!(resource_type, ResourceType::TASK | ResourceType::PROVENANCE)
}

fn is_mark(coding: &Value) -> bool {
    coding["system"] == ACT_CODE && coding["code"] == PRIVATE
}

/// Whether the patient marked a thing private itself, not only what it belongs to.
pub fn is_private(resource: &Value) -> bool {
    let labels = resource.pointer("/meta/security").and_then(Value::as_array);
    // A label of the house says which rule found it; the patient's own mark says nothing.
    let mut own = labels
        .into_iter()
        .flatten()
        .filter(|one| one.get("extension").is_none());
    own.any(is_mark)
}

/// Marks a thing private, or no longer, from the next request of anybody on. False where it was so already.
///
/// # Errors
/// `Refused` for anybody but the patient; `Absent` for what the patient does not see; `Rule` for what cannot be
/// private; `Overtaken` when it was changed meanwhile, again and again.
pub async fn mark(
    desk: &Desk<'_>,
    (of, id): (ResourceType, &str),
    on: bool,
) -> Result<bool, Error> {
    let standing = desk.access.standing();
    if !matches!(standing.actor, Actor::SelfPatient { .. }) {
        return Err(Error::Refused("only the patient marks something private"));
    }
    if !may_be_private(of) {
        return Err(Error::rule("meta", "this cannot be marked private"));
    }
    let records = desk.storage.records(desk.access);
    match records.read(of, id).await? {
        Found::Seen(_) => {}
        _ => return Err(Error::Absent),
    }
    let (pack, now) = (desk.access.pack(), desk.access.now());
    let task = |task| Access::for_task_by(task, standing.agent.clone(), Arc::clone(pack), now);
    let (eyes, hands) = (task(Task::Standing), task(Task::Privacy));
    for _ in 0..TRIES {
        let Found::Seen(seen) = desk.storage.records(&eyes).read(of, id).await? else {
            return Err(Error::Absent);
        };
        let json: Value =
            serde_json::from_slice(seen.body()).map_err(|e| Error::Invalid(e.to_string()))?;
        if is_private(&json) == on {
            return Ok(false);
        }
        let change = Change::Relabel {
            valid: privacy::checked(&marked(json, on))?,
            id: id.to_owned(),
            if_match: Some(seen.version()),
        };
        let written = desk.storage.records(&hands).write(vec![change]).await;
        match written.map_err(privacy::overtaken) {
            Ok(_) => return Ok(true),
            Err(Error::Overtaken) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Overtaken)
}

fn marked(mut json: Value, on: bool) -> Value {
    let label =
        json!({"system": ACT_CODE, "code": PRIVATE, "display": "patient requested sensitivity"});
    let Some(members) = json.as_object_mut() else {
        return json;
    };
    let meta = members.entry("meta").or_insert_with(|| json!({}));
    if let Some(meta) = meta.as_object_mut() {
        let mut labels = match meta.remove("security") {
            Some(Value::Array(all)) => all,
            _ => Vec::new(),
        };
        labels.retain(|one| !is_mark(one) || one.get("extension").is_some());
        if on {
            labels.push(label);
        }
        if !labels.is_empty() {
            meta.insert("security".to_owned(), labels.into());
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_put_on_once_and_taken_off_and_other_labels_stay() {
        let plain = json!({"resourceType": "Observation", "meta": {"security": [
            {"system": ACT_CODE, "code": "HIV"}]}});
        assert!(!is_private(&plain));
        let private = marked(plain.clone(), true);
        assert!(is_private(&private));
        assert_eq!(marked(private.clone(), true), private);
        assert_eq!(marked(private, false), plain);
        let bare = json!({"resourceType": "Observation"});
        assert!(is_private(&marked(bare, true)));
    }

    #[test]
    fn who_somebody_is_and_whom_they_trust_cannot_be_private() {
        assert!(may_be_private(ResourceType::OBSERVATION));
        assert!(may_be_private(ResourceType::ENCOUNTER));
        for of in [
            ResourceType::PATIENT,
            ResourceType::CONSENT,
            ResourceType::TASK,
            ResourceType::AUDIT_EVENT,
        ] {
            assert!(!may_be_private(of), "{of}");
        }
    }
}
