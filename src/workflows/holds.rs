//! Holding a result back, and letting it go: only for a lawful reason, by a named person, until a day that is
//! said. Whatever nobody holds is released at once.

use std::sync::Arc;

use access::vocabulary::RELEASE_HOLD;
use access::{Access, Actor, Pack, Task};
use fhir::ResourceType;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use storage::{Change, Found, Storage};

use crate::proxies::{Error, text};
use crate::{follow_ups, waiting};

/// What may be held: results and what is written about them.
pub const TYPES: &[ResourceType] = &[
    ResourceType::OBSERVATION,
    ResourceType::DIAGNOSTIC_REPORT,
    ResourceType::DOCUMENT_REFERENCE,
    ResourceType::CONDITION,
    ResourceType::IMAGING_STUDY,
    ResourceType::MEDIA,
];

pub use access::waiting::PREFERENCE;

/// A hold as it is asked for.
#[derive(Debug, Clone)]
pub struct Hold<'a> {
    /// A code of the pack: `harm`, `law`, `patient-preference`.
    pub reason: &'a str,
    /// For `harm`: `life-or-physical-safety` or `substantial` (45 CFR 171.201).
    pub harm: Option<&'a str>,
    pub until: Timestamp,
    /// What the professional believes, and why; for staff.
    pub note: &'a str,
}

/// Who holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holder {
    /// A clinician on the care team, by reference.
    Clinician(String),
    Patient,
}

/// What stands in the way of a hold, if anything: the input at fault, and the rule.
fn check(hold: &Hold<'_>, holder: &Holder, pack: &Pack, now: Timestamp) -> Result<(), Error> {
    let rule = |element, text: &str| Err(Error::rule(element, text));
    if !pack.holds.reasons.iter().any(|known| known == hold.reason) {
        return rule(
            "reason",
            "this is no lawful reason to hold a result: that nobody has reviewed it yet never is",
        );
    }
    let own = hold.reason == PREFERENCE;
    if own != (*holder == Holder::Patient) {
        return rule(
            "reason",
            "patient-preference is the patient's own reason, and their only one",
        );
    }
    match (hold.reason, hold.harm) {
        ("harm", Some("life-or-physical-safety" | "substantial")) => {}
        ("harm", _) => {
            return rule(
                "harm",
                "say which harm: life-or-physical-safety or substantial",
            );
        }
        (_, Some(_)) => return rule("harm", "only a hold for harm names one"),
        (_, None) => {}
    }
    if !own && hold.note.trim().is_empty() {
        return rule(
            "note",
            "say what you believe and why: a hold is an individual decision",
        );
    }
    let days = match own {
        true => pack.holds.preference_days_max,
        false => pack.holds.days_max,
    };
    let last = now
        .checked_add(SignedDuration::from_hours(24 * i64::from(days)))
        .unwrap_or(Timestamp::MAX);
    if hold.until <= now {
        return rule("until", "a hold ends later than now");
    }
    if hold.until > last {
        let text = format!("a hold of this kind ends within {days} days");
        return Err(Error::rule("until", text));
    }
    Ok(())
}

/// The desk holds are decided at.
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub access: &'a Access,
}

/// A resource as it is stored, with its version.
struct Kept {
    of: ResourceType,
    id: String,
    json: Value,
    version: i64,
}

impl Desk<'_> {
    fn now(&self) -> Timestamp {
        self.access.now()
    }
    /// The house's eyes, for what the caller's own hold hides from the caller.
    fn eyes(&self, task: Task) -> Access {
        let agent = self.access.standing().agent.clone();
        Access::for_task_by(task, agent, Arc::clone(self.access.pack()), self.now())
    }
    async fn kept(&self, of: ResourceType, id: &str) -> Result<Kept, Error> {
        let eyes = self.eyes(Task::Standing);
        let found = self.storage.records(&eyes).read(of, id).await?;
        let Found::Seen(seen) = found else {
            return Err(Error::Absent);
        };
        let json = serde_json::from_slice(seen.body());
        Ok(Kept {
            of,
            id: id.to_owned(),
            json: json.map_err(|e| Error::Invalid(e.to_string()))?,
            version: seen.version(),
        })
    }
    /// In which part the caller holds or lets go. What the caller may not see is absent.
    async fn holder(&self, of: ResourceType, id: &str) -> Result<Holder, Error> {
        let records = self.storage.records(self.access);
        let found = records.read(of, id).await?;
        let owner = match &self.access.standing().actor {
            Actor::SelfPatient { .. } => {
                // The patient's own held result is refused, not hidden.
                return match found {
                    Found::Seen(_) | Found::Refused(_) => Ok(Holder::Patient),
                    _ => Err(Error::Absent),
                };
            }
            Actor::Staff(_) => match found {
                Found::Seen(seen) => self.owner(&seen)?,
                _ => return Err(Error::Absent),
            },
            _ => {
                return Err(Error::Refused(
                    "only the patient, or a clinician who treats them, may hold a result",
                ));
            }
        };
        if records.treats(&owner) {
            return Ok(Holder::Clinician(self.access.standing().agent.who.clone()));
        }
        Err(Error::Refused(
            "only a clinician on the patient's care team may hold a result",
        ))
    }
    fn owner(&self, seen: &storage::Seen) -> Result<String, Error> {
        let json: Value =
            serde_json::from_slice(seen.body()).map_err(|e| Error::Invalid(e.to_string()))?;
        let subject = text(&json, "/subject/reference");
        let id = subject.rsplit_once("Patient/").map(|(_, id)| id.to_owned());
        id.ok_or(Error::Absent)
    }
    async fn write(&self, changes: Vec<Change>) -> Result<(), Error> {
        let access = self.eyes(Task::Release);
        match self.storage.records(&access).write(changes).await {
            Ok(_) => Ok(()),
            Err(storage::Error::Write(fault))
                if matches!(fault.kind, storage::WriteFaultKind::VersionConflict { .. }) =>
            {
                Err(Error::Overtaken)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Holds a resource back, with the results a report is made of; how many resources are held.
///
/// # Errors
/// `Rule` names the input that breaks a rule; `Absent` for what the caller may not see; `Overtaken` when somebody
/// changed it meanwhile.
pub async fn hold(
    desk: &Desk<'_>,
    (of, id): (ResourceType, &str),
    asked: &Hold<'_>,
) -> Result<usize, Error> {
    let holder = desk.holder(of, id).await?;
    check(asked, &holder, desk.access.pack(), desk.now())?;
    let first = desk.kept(of, id).await?;
    let mut all = Vec::new();
    for result in parts(&first.json) {
        match desk.kept(ResourceType::OBSERVATION, &result).await {
            Ok(part) => all.push(part),
            Err(Error::Absent) => {}
            Err(error) => return Err(error),
        }
    }
    let patient = text(&first.json, "/subject/reference").to_owned();
    let wanted = (holder == Holder::Patient).then(|| {
        let patient = patient.trim_start_matches("Patient/");
        let about = (first.of, first.id.as_str());
        follow_ups::discussion(about, &first.json, patient, desk.access.pack(), desk.now())
    });
    all.push(first);
    let by = match &holder {
        Holder::Clinician(who) => who.clone(),
        Holder::Patient => desk.access.standing().agent.who.clone(),
    };
    let mut changes = Vec::new();
    for one in &all {
        changes.push(update(one, Some(extension(asked, &by)))?);
    }
    let held = changes.len();
    desk.write(changes).await?;
    if let Some(task) = wanted {
        follow_ups::create(desk.storage, desk.access.pack(), &task, desk.now()).await?;
    }
    Ok(held)
}

/// Lets a held resource go, with the results of a report that were held with it. False where nothing was held.
///
/// # Errors
/// As [`hold`].
pub async fn release(desk: &Desk<'_>, (of, id): (ResourceType, &str)) -> Result<bool, Error> {
    let holder = desk.holder(of, id).await?;
    let first = desk.kept(of, id).await?;
    let Some(reason) = reason(&first.json) else {
        return Ok(false);
    };
    if holder == Holder::Patient && reason != PREFERENCE {
        return Err(Error::Refused(
            "this hold is not yours to end: ask who made it to review it",
        ));
    }
    let mut changes = vec![update(&first, None)?];
    for result in parts(&first.json) {
        match desk.kept(ResourceType::OBSERVATION, &result).await {
            Ok(part) if self::reason(&part.json) == Some(reason.clone()) => {
                changes.push(update(&part, None)?);
            }
            Ok(_) | Err(Error::Absent) => {}
            Err(error) => return Err(error),
        }
    }
    desk.write(changes).await?;
    if reason == PREFERENCE {
        let status = match &holder {
            Holder::Clinician(_) => "completed",
            Holder::Patient => "cancelled",
        };
        let (pack, agent) = (desk.access.pack(), &desk.access.standing().agent);
        let about = [format!("{of}/{id}")];
        waiting::settle(desk.storage, pack, agent, &about, status, desk.now()).await?;
    }
    Ok(true)
}

fn parts(report: &Value) -> Vec<String> {
    let results = report.get("result").and_then(Value::as_array);
    let references = results.into_iter().flatten();
    references
        .filter_map(|one| text(one, "/reference").strip_prefix("Observation/"))
        .map(str::to_owned)
        .collect()
}

fn is_hold(extension: &Value) -> bool {
    extension["url"] == RELEASE_HOLD
}

fn reason(json: &Value) -> Option<String> {
    let extensions = json.get("extension")?.as_array()?;
    let hold = extensions.iter().find(|one| is_hold(one))?;
    let parts = hold.get("extension")?.as_array()?;
    let reason = parts.iter().find(|part| part["url"] == "reason")?;
    reason["valueCode"].as_str().map(str::to_owned)
}

fn extension(asked: &Hold<'_>, by: &str) -> Value {
    let mut parts = vec![
        json!({"url": "reason", "valueCode": asked.reason}),
        json!({"url": "by", "valueReference": {"reference": by}}),
        json!({"url": "until", "valueDateTime": fhir::datetime::instant(asked.until)}),
    ];
    if let Some(harm) = asked.harm {
        parts.push(json!({"url": "harm", "valueCode": harm}));
    }
    if !asked.note.trim().is_empty() {
        parts.push(json!({"url": "note", "valueString": asked.note.trim()}));
    }
    json!({"url": RELEASE_HOLD, "extension": parts})
}

fn checked(json: &Value) -> Result<fhir::Valid, Error> {
    let document = fhir::Document::parse(json.to_string());
    let document = document.map_err(|e| Error::Invalid(format!("{e:?}")))?;
    fhir::validate::validate(document).map_err(|issues| Error::Invalid(format!("{issues:?}")))
}

/// The resource with that hold instead of any it had.
fn update(kept: &Kept, hold: Option<Value>) -> Result<Change, Error> {
    let mut json = kept.json.clone();
    let members = json.as_object_mut();
    let members = members.ok_or_else(|| Error::Invalid(format!("{} is no object", kept.of)))?;
    let mut extensions: Vec<Value> = match members.remove("extension") {
        Some(Value::Array(all)) => all.into_iter().filter(|one| !is_hold(one)).collect(),
        _ => Vec::new(),
    };
    extensions.extend(hold);
    if !extensions.is_empty() {
        members.insert("extension".to_owned(), extensions.into());
    }
    Ok(Change::Update {
        valid: checked(&json)?,
        id: kept.id.clone(),
        if_match: Some(kept.version),
    })
}

/// The result without a hold that stood on a wish; `None` where it has none of that kind.
pub(crate) fn without_standing(seen: &storage::Seen) -> Result<Option<Change>, Error> {
    let json: Value =
        serde_json::from_slice(seen.body()).map_err(|e| Error::Invalid(e.to_string()))?;
    let extensions = json.get("extension").and_then(Value::as_array);
    let standing = extensions.into_iter().flatten().filter(|one| is_hold(one));
    let standing = standing
        .filter_map(|one| one.get("extension").and_then(Value::as_array))
        .flatten()
        .any(|part| part["url"] == access::waiting::STANDING && part["valueBoolean"] == true);
    if !standing {
        return Ok(None);
    }
    let kept = Kept {
        of: seen.resource_type(),
        id: seen.id().to_owned(),
        json,
        version: seen.version(),
    };
    update(&kept, None).map(Some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fault(reason: &str, harm: Option<&str>, days: i64, note: &str, holder: &Holder) -> String {
        let now: Timestamp = "2026-06-15T16:00:00Z".parse().unwrap();
        let asked = Hold {
            reason,
            harm,
            until: now + SignedDuration::from_hours(24 * days),
            note,
        };
        let pack = Pack::shipped("middlesex").unwrap();
        match check(&asked, holder, &pack, now) {
            Ok(()) => String::new(),
            Err(Error::Rule { element, .. }) => element.to_owned(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_lawful_holds_with_a_reason_a_harm_a_note_and_an_end_are_taken() {
        let doctor = Holder::Clinician("Practitioner/d".to_owned());
        let harm = Some("substantial");
        assert_eq!(fault("harm", harm, 5, "she said", &doctor), "");
        assert_eq!(fault("not-reviewed", None, 5, "x", &doctor), "reason");
        assert_eq!(fault("patient-preference", None, 5, "x", &doctor), "reason");
        assert_eq!(fault("harm", None, 5, "x", &doctor), "harm");
        assert_eq!(fault("harm", Some("embarrassing"), 5, "x", &doctor), "harm");
        assert_eq!(fault("law", harm, 5, "x", &doctor), "harm");
        assert_eq!(fault("harm", harm, 5, " ", &doctor), "note");
        assert_eq!(fault("harm", harm, 0, "x", &doctor), "until");
        assert_eq!(fault("harm", harm, 91, "x", &doctor), "until");
        assert_eq!(fault(PREFERENCE, None, 30, "", &Holder::Patient), "");
        assert_eq!(fault(PREFERENCE, None, 31, "", &Holder::Patient), "until");
        assert_eq!(fault("law", None, 3, "x", &Holder::Patient), "reason");
    }
}
