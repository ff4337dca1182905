//! Care a minor received in confidence, and the minor's leave for a parent to see it: given to one person or to
//! whoever acts for them, taken back at once.

use std::sync::Arc;

use access::{Access, Actor, Task};
use fhir::ResourceType;
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::{Change, Storage};

use crate::privacy;
use crate::proxies::{Error, coded, text};

/// The kind of Consent that says it.
const KIND: &str = "minor-release";
/// Types one leave may name, at most.
const TYPES_MAX: usize = 50;

/// The leave a minor gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leave {
    /// The id of the RelatedPerson; `None` for whoever acts for the patient.
    pub person: Option<String>,
    /// Only these types.
    pub types: Vec<String>,
    /// Until the end of this day or instant, as it was given.
    pub until: Option<String>,
}

/// The desk at which it is given.
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub access: &'a Access,
}

/// Somebody who gives it: the patient, or a clinician who writes down what the patient said.
fn giver(desk: &Desk<'_>, patient: &str) -> Result<bool, Error> {
    let standing = desk.access.standing();
    let outside = standing.client.as_ref().is_some_and(|it| it.third_party);
    let own = standing.patient.as_ref().is_some_and(|it| it.id == patient);
    match &standing.actor {
        Actor::SelfPatient { .. } if own && !outside => Ok(true),
        Actor::Staff(_) if desk.storage.records(desk.access).treats(patient) => Ok(false),
        _ => Err(Error::Refused(
            "only the patient lets others see this, or a clinician who treats them and writes down their word",
        )),
    }
}

/// Lets somebody see what a minor received in confidence: the id of the Consent.
///
/// # Errors
/// `Refused` for anybody who may not say so; `Rule` names the input at fault.
pub async fn release(desk: &Desk<'_>, patient: &str, leave: &Leave) -> Result<String, Error> {
    let own = giver(desk, patient)?;
    let (pack, now) = (desk.access.pack(), desk.access.now());
    if let Some(person) = &leave.person {
        check_person(desk, patient, person).await?;
    }
    if leave.types.len() > TYPES_MAX
        || leave
            .types
            .iter()
            .any(|name| ResourceType::from_name(name).is_none())
    {
        return Err(Error::rule("type", "name types of FHIR R4, at most 50"));
    }
    if let Some(until) = &leave.until {
        let end = access::time::end_instant(until, pack.zone());
        if end.is_none_or(|end| end <= now) {
            return Err(Error::rule("until", "this ends later than now"));
        }
    }
    let patient = format!("Patient/{patient}");
    let mut consent =
        privacy::consent_of((&patient, &patient), KIND, "OPTIN", &provision(leave), now);
    if let (false, Some(members)) = (own, consent.as_object_mut()) {
        // Written down by somebody else, who asked.
        let asked = json!([{"verified": true, "verifiedWith": {"reference": patient},
            "verificationDate": fhir::datetime::instant(now)}]);
        members.insert("verification".to_owned(), asked);
    }
    let valid = privacy::checked(&consent)?;
    let hands = hands(desk);
    let records = desk.storage.records(&hands);
    let written = records
        .write(vec![Change::Create { valid, id: None }])
        .await;
    let written = written.map_err(privacy::overtaken)?;
    let made = written.into_iter().next().map(|one| one.id);
    made.ok_or_else(|| Error::Invalid("a Consent was not made".to_owned()))
}

/// Takes leave back, from one person or from everybody: how many Consents ended.
///
/// # Errors
/// As [`release`].
pub async fn withdraw(
    desk: &Desk<'_>,
    patient: &str,
    person: Option<&str>,
) -> Result<usize, Error> {
    giver(desk, patient)?;
    let mut changes = Vec::new();
    for kept in given(desk, patient).await? {
        let named = person_of(&kept.1);
        if person.is_none() || named.as_deref() == person {
            let mut json = kept.1.clone();
            if let Some(members) = json.as_object_mut() {
                members.insert("status".to_owned(), json!("inactive"));
            }
            changes.push(Change::Update {
                valid: privacy::checked(&json)?,
                id: text(&json, "/id").to_owned(),
                if_match: Some(kept.0),
            });
        }
    }
    let ended = changes.len();
    if ended > 0 {
        let hands = hands(desk);
        let written = desk.storage.records(&hands).write(changes).await;
        written.map_err(privacy::overtaken)?;
    }
    Ok(ended)
}

/// To whom leave is given now: the person it names, if any, and until when.
///
/// # Errors
/// When the database cannot be asked.
pub async fn leaves(desk: &Desk<'_>, patient: &str) -> Result<Vec<Leave>, Error> {
    let all = given(desk, patient).await?;
    Ok(all.iter().map(|(_, consent)| leave_of(consent)).collect())
}

fn leave_of(consent: &Value) -> Leave {
    let classes = consent
        .pointer("/provision/class")
        .and_then(Value::as_array);
    let classes = classes.into_iter().flatten();
    let until = text(consent, "/provision/period/end");
    Leave {
        person: person_of(consent),
        types: classes.map(|one| text(one, "/code").to_owned()).collect(),
        until: (!until.is_empty()).then(|| until.to_owned()),
    }
}

fn person_of(consent: &Value) -> Option<String> {
    let actor = text(consent, "/provision/actor/0/reference/reference");
    actor.strip_prefix("RelatedPerson/").map(str::to_owned)
}

fn hands(desk: &Desk<'_>) -> Access {
    let agent = desk.access.standing().agent.clone();
    let (pack, now) = (Arc::clone(desk.access.pack()), desk.access.now());
    Access::for_task_by(Task::Privacy, agent, pack, now)
}

/// Those in force, with their versions.
async fn given(desk: &Desk<'_>, patient: &str) -> Result<Vec<(i64, Value)>, Error> {
    let (pack, now) = (desk.access.pack(), desk.access.now());
    let house = crate::proxies::Desk::of_house(desk.storage, pack, now);
    let code = format!("{}|{KIND}", access::vocabulary::CONSENT_KIND);
    let pairs = [
        ("patient", patient),
        ("status", "active"),
        ("category", code.as_str()),
    ];
    let found = house.book().search(ResourceType::CONSENT, &pairs).await?;
    let live = |json: &Value| {
        let end = text(json, "/provision/period/end");
        let end = access::time::end_instant(end, pack.zone());
        end.is_none_or(|end: Timestamp| end > now)
    };
    let found = found.into_iter().filter(|kept| live(&kept.json));
    Ok(found.map(|kept| (kept.version, kept.json)).collect())
}

async fn check_person(desk: &Desk<'_>, patient: &str, person: &str) -> Result<(), Error> {
    let (pack, now) = (desk.access.pack(), desk.access.now());
    let house = crate::proxies::Desk::of_house(desk.storage, pack, now);
    let found = house
        .book()
        .find(ResourceType::RELATED_PERSON, person)
        .await?;
    let whose = found.map(|kept| text(&kept.json, "/patient/reference").to_owned());
    match whose.as_deref() == Some(&*format!("Patient/{patient}")) {
        true => Ok(()),
        false => Err(Error::rule(
            "person",
            "name somebody who acts for the patient",
        )),
    }
}

fn provision(leave: &Leave) -> Value {
    let mut provision = json!({"type": "permit"});
    let Some(members) = provision.as_object_mut() else {
        return provision;
    };
    if let Some(until) = &leave.until {
        members.insert("period".to_owned(), json!({"end": until}));
    }
    if let Some(person) = &leave.person {
        let role = coded(
            "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
            "IRCP",
            "information recipient",
        );
        let reference = json!({"reference": format!("RelatedPerson/{person}")});
        members.insert(
            "actor".to_owned(),
            json!([{"role": role, "reference": reference}]),
        );
    }
    let class = leave
        .types
        .iter()
        .map(|name| json!({"system": "http://hl7.org/fhir/resource-types", "code": name}));
    let class: Vec<Value> = class.collect();
    if !class.is_empty() {
        members.insert("class".to_owned(), class.into());
    }
    provision
}
