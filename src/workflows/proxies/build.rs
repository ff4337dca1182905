//! The resources of a grant: RelatedPerson, Consent, Task, Flag and the link of a Person.

use access::calendar::Office;
use access::vocabulary::{BASE, CONSENT_KIND, FLAG, PROXY_LEVEL, PROXY_RELATIONSHIP};
use fhir::datetime::instant;
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::{coded, text};
use super::{BUSINESS_STATUS, Desk, Extent, TASK_CODE};

const ROLE_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";

/// A way somebody may stand to a patient: code of [`PROXY_RELATIONSHIP`], v3-RoleCode, and in words.
pub type Role = (&'static str, &'static str, &'static str);

/// The ways people choose from, each once.
pub const ROLES: &[Role] = &[
    ("parent", "MTH", "mother"),
    ("parent", "FTH", "father"),
    ("parent", "PRN", "parent"),
    ("guardian", "GUARD", "guardian"),
    ("adult", "SPS", "spouse or partner"),
    ("adult", "CHILD", "grown-up child"),
    ("adult", "SIB", "brother or sister"),
    ("adult", "EXT", "other relative"),
    ("adult", "FRND", "friend or caregiver"),
    ("adult", "PRN", "parent of an adult"),
    ("personal-representative", "POWATT", "power of attorney"),
    ("personal-representative", "GUARD", "conservator"),
    (
        "diminished-capacity",
        "RESPRSN",
        "caregiver of somebody who cannot decide alone",
    ),
    ("estate-representative", "EXCEST", "executor of the estate"),
];

/// The role of that kind and code, or the kind's first.
pub fn role(kind: &str, code: &str) -> Option<Role> {
    let mut of_kind = ROLES.iter().filter(|(of, ..)| *of == kind);
    let exact = of_kind.clone().find(|(_, of, _)| *of == code);
    exact.or_else(|| of_kind.next()).copied()
}

pub(crate) fn new_id() -> String {
    Uuid::new_v4().to_string()
}

pub(crate) fn reference(kind: &str, id: &str) -> Value {
    json!({"reference": format!("{kind}/{id}")})
}

/// Somebody who is going to act for a patient, and does not yet.
pub(crate) fn related_person(
    id: &str,
    patient: &str,
    role: Role,
    name: &Value,
    email: &str,
) -> Value {
    let (kind, code, display) = role;
    let mut made = json!({
        "resourceType": "RelatedPerson", "id": id,
        "extension": [{"url": PROXY_RELATIONSHIP, "valueCode": kind}],
        "active": false, "patient": reference("Patient", patient),
        "relationship": [coded(ROLE_CODE, code, display)],
        "name": [name]
    });
    if !email.is_empty() {
        made["telecom"] = json!([{"system": "email", "value": email}]);
    }
    made
}

/// The Consent of one grant. `performer`: whose word it stands on.
pub(crate) fn consent(
    desk: &Desk<'_>,
    (patient, related): (&str, &str),
    extent: &Extent,
    performer: Option<&str>,
    status: &str,
) -> Value {
    let now = instant(desk.now);
    let version = &desk.pack.terms.proxy;
    let mut made = json!({
        "resourceType": "Consent", "id": new_id(), "status": status,
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy", "display": "Privacy Consent"}]},
        "category": [coded(CONSENT_KIND, "proxy", "Proxy access")],
        "patient": reference("Patient", patient), "dateTime": now,
        "policy": [{"uri": format!("{BASE}/terms/proxy/{version}")}],
        "provision": extent.provision(&desk.pack, related, &now)
    });
    if !extent.level.is_empty() {
        made["extension"] = json!([{"url": PROXY_LEVEL, "valueCode": extent.level}]);
    }
    if let Some(performer) = performer {
        made["performer"] = json!([{"reference": performer}]);
    }
    made
}

/// A Task of how acting for somebody comes about.
pub(crate) fn task(
    desk: &Desk<'_>,
    code: (&str, &str),
    waiting: (&str, &str),
    patient: Option<&str>,
) -> Value {
    let mut made = json!({
        "resourceType": "Task", "id": new_id(), "status": "requested", "intent": "order",
        "businessStatus": coded(BUSINESS_STATUS, waiting.0, waiting.1),
        "code": coded(TASK_CODE, code.0, code.1),
        "authoredOn": instant(desk.now), "lastModified": instant(desk.now)
    });
    if let Some(patient) = patient {
        made["for"] = reference("Patient", patient);
    }
    let days = desk.pack.sla.proxy_business_days;
    let due = desk.pack.calendar.due(Office::Him, desk.now, days);
    made["restriction"] = json!({"period": {"end": instant(due)}});
    made
}

/// One more input of a Task; `value`: member and value.
pub(crate) fn input(task: &mut Value, code: &str, display: &str, value: (&str, Value)) {
    let system = format!("{BASE}/CodeSystem/task-input");
    let mut one = json!({"type": coded(&system, code, display)});
    one[value.0] = value.1;
    match task.get_mut("input").and_then(Value::as_array_mut) {
        Some(inputs) => inputs.push(one),
        None => task["input"] = json!([one]),
    }
}

/// What somebody asks for, in the Task's inputs. Age decides how much for parents: no level is kept of theirs.
pub(super) fn extent_asked(task: &mut Value, extent: &Extent, parental: bool) {
    if !extent.level.is_empty() && !parental {
        let level = ("valueCode", json!(extent.level));
        input(task, "proxy-level", "Level asked for", level);
    }
    for (code, display, day) in [
        ("proxy-start", "From", &extent.start),
        ("proxy-end", "Until", &extent.end),
    ] {
        if !day.is_empty() {
            input(task, code, display, ("valueDate", json!(day)));
        }
    }
    for (code, display, wanted) in [
        (
            "proxy-read-only",
            "To look, but to change nothing",
            extent.read_only,
        ),
        (
            "proxy-plain",
            "Without what is labelled sensitive",
            extent.without_sensitive,
        ),
    ] {
        if wanted {
            input(task, code, display, ("valueBoolean", json!(true)));
        }
    }
}

/// The value of a Task's input.
pub(crate) fn input_of<'t>(task: &'t Value, code: &str, member: &str) -> Option<&'t Value> {
    let inputs = task.get("input").and_then(Value::as_array)?;
    let is = |one: &&Value| text(one, "/type/coding/0/code") == code;
    inputs.iter().find(is)?.get(member)
}

/// Puts a Task where it stands now.
pub(crate) fn set_status(
    task: &mut Value,
    status: &str,
    waiting: Option<(&str, &str)>,
    now: jiff::Timestamp,
) {
    task["status"] = json!(status);
    crate::work::touch(task, now);
    match waiting {
        Some((code, display)) => task["businessStatus"] = coded(BUSINESS_STATUS, code, display),
        None => {
            if let Some(members) = task.as_object_mut() {
                members.shift_remove("businessStatus");
            }
        }
    }
}

/// A Flag of the house, for staff's eyes.
pub(crate) fn flag(desk: &Desk<'_>, patient: &str, code: (&str, &str)) -> Value {
    let mut made = json!({
        "resourceType": "Flag", "id": new_id(), "status": "active",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/flag-category",
            "code": "admin", "display": "Administrative"}]}],
        "code": coded(FLAG, code.0, code.1), "subject": reference("Patient", patient),
        "period": {"start": instant(desk.now)}
    });
    if desk.agent.who.starts_with("Practitioner/") {
        made["author"] = json!({"reference": desk.agent.who});
    }
    made
}

/// A Person that links to one more RelatedPerson.
pub(crate) fn linked(person: &Value, related: &str) -> Value {
    let mut made = person.clone();
    let target = format!("RelatedPerson/{related}");
    let link = json!({"target": {"reference": target}, "assurance": "level3"});
    match made.get_mut("link").and_then(Value::as_array_mut) {
        Some(links) => {
            if !links
                .iter()
                .any(|it| text(it, "/target/reference") == target)
            {
                links.push(link);
            }
        }
        None => made["link"] = json!([link]),
    }
    made
}

/// A RelatedPerson who acts from now on.
pub(crate) fn activated(related: &Value, now: jiff::Timestamp, extent: &Extent) -> Value {
    let mut made = related.clone();
    made["active"] = json!(true);
    let start = match &*extent.start {
        "" => instant(now),
        start => start.to_owned(),
    };
    made["period"] = json!({"start": start});
    if !extent.end.is_empty() {
        made["period"]["end"] = json!(extent.end);
    }
    made
}
