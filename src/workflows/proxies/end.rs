//! The end of acting for somebody: at once, for every way in, whoever ends it and whyever.

use fhir::ResourceType;
use fhir::datetime::instant;
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::Change;
use storage::audit::{Action, Event};

use super::book::{Kept, text};
use super::relation::is_live;
use super::{Desk, Error, Part, Relation, accounts, letters};
use crate::apps;

/// How often it is begun again because somebody changed the same thing meanwhile.
const TRIES: usize = 4;

/// Why somebody acts for a patient no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The patient ended it.
    Revoked,
    /// The one acting gave it up.
    Resigned,
    /// The organization ended it, for whatever reason, without notice.
    ByOrganization,
    /// The ground for it is gone: custody, power of attorney, marriage.
    LostStatus,
    CourtOrder,
    /// Its last day has passed.
    Expired,
    Deceased,
    /// The child is of age.
    AgedOut,
    /// An emancipated minor ended what parents had.
    Terminated,
    /// The adult it was done for closed their account; they may let them in again.
    Suspended,
}

impl Ending {
    const ALL: [Self; 10] = [
        Self::Revoked,
        Self::Resigned,
        Self::ByOrganization,
        Self::LostStatus,
        Self::CourtOrder,
        Self::Expired,
        Self::Deceased,
        Self::AgedOut,
        Self::Terminated,
        Self::Suspended,
    ];
    /// As the audit trail names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Resigned => "resigned",
            Self::ByOrganization => "revoked-by-org",
            Self::LostStatus => "lost-status",
            Self::CourtOrder => "court-order",
            Self::Expired => "expired",
            Self::Deceased => "deceased",
            Self::AgedOut => "aged-out",
            Self::Terminated => "terminated",
            Self::Suspended => "suspended",
        }
    }
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// Ends a relationship, or takes a request for one back: when this returns, no token, app or page opens the
/// chart through it. Staff say why (`stated`) and note a reason of their own, which stays inside. Gives what it
/// came to; `None` when it had ended before.
///
/// # Errors
/// `Absent` for what is not the caller's to end or know of, `Refused` where the caller knows of it and may not,
/// `Rule` for a reason that is not theirs to give.
pub async fn end(
    desk: &Desk<'_>,
    related_person: &str,
    stated: Option<Ending>,
    why: &str,
) -> Result<Option<Ending>, Error> {
    let relation = Relation::find(desk, related_person)
        .await?
        .ok_or(Error::Absent)?;
    let ending = ending_of(desk, &relation, stated)?;
    if desk.part == Part::Reviewer && why.trim().is_empty() {
        return Err(Error::rule(
            "reason",
            "staff note why they end it; the note stays inside",
        ));
    }
    let ended = close(desk, &relation, ending, desk.now, why.trim()).await?;
    Ok(ended.then_some(ending))
}

/// Whether whoever is at the desk may end it, and as what.
fn ending_of(
    desk: &Desk<'_>,
    relation: &Relation,
    stated: Option<Ending>,
) -> Result<Ending, Error> {
    match &desk.part {
        Part::Patient(patient) if patient == relation.patient_id() => {
            let own = Ending::Revoked;
            if relation.is_parental() && is_minor(desk, relation) && !relation.emancipated {
                return Err(Error::Refused(
                    "A parent's access is ended by the practice, or by you from your majority on.",
                ));
            }
            only(stated, own)
        }
        Part::Proxy { related_person, .. } if related_person == relation.id() => {
            only(stated, Ending::Resigned)
        }
        Part::Reviewer => match stated.unwrap_or(Ending::ByOrganization) {
            Ending::Resigned
            | Ending::Expired
            | Ending::AgedOut
            | Ending::Terminated
            | Ending::Suspended => Err(Error::rule(
                "ending",
                "staff end it as revoked, revoked-by-org, lost-status, court-order or deceased",
            )),
            ending => Ok(ending),
        },
        Part::House => Ok(stated.unwrap_or(Ending::Expired)),
        _ => Err(Error::Absent),
    }
}

fn only(stated: Option<Ending>, own: Ending) -> Result<Ending, Error> {
    match stated {
        Some(other) if other != own => Err(Error::rule(
            "ending",
            format!("in your own part it can only be ended as {}", own.code()),
        )),
        _ => Ok(own),
    }
}

fn is_minor(desk: &Desk<'_>, relation: &Relation) -> bool {
    let pack = &desk.pack;
    relation.birth_date().is_none_or(|birth| {
        let age = pack.parent_auto_remove_age;
        !access::time::attained(birth.latest, age, pack.leap_day, pack.zone(), desk.now)
    })
}

/// Takes back what never came into force.
pub(crate) async fn withdraw(desk: &Desk<'_>, relation: &Relation) -> Result<(), Error> {
    end_resources(desk, relation.id(), desk.now).await.map(drop)
}

/// The end itself, once it is settled that it may be: the resources, the tokens, the trail, the mail.
pub(crate) async fn close(
    desk: &Desk<'_>,
    relation: &Relation,
    ending: Ending,
    at: Timestamp,
    why: &str,
) -> Result<bool, Error> {
    if !end_resources(desk, relation.id(), at).await? {
        return Ok(false);
    }
    end_apps(desk, relation).await?;
    note(desk, relation, Action::ProxyEnded, &reason(ending, why));
    letters::ended(desk, relation, ending).await?;
    Ok(true)
}

fn reason(ending: Ending, why: &str) -> String {
    match why {
        "" => ending.code().to_owned(),
        why => format!("{}: {why}", ending.code()),
    }
}

/// RelatedPerson, Consent and open Tasks say that it is over, all at once. False when they did before.
async fn end_resources(desk: &Desk<'_>, id: &str, at: Timestamp) -> Result<bool, Error> {
    for _ in 0..TRIES {
        let relation = Relation::find(desk, id).await?.ok_or(Error::Absent)?;
        let mut changes = Vec::new();
        changes.extend(related_ended(&relation.related, at)?);
        for consent in &relation.consents {
            changes.extend(consent_ended(consent)?);
        }
        if changes.is_empty() {
            return Ok(false);
        }
        for task in open_tasks(desk, id).await? {
            changes.push(task_ended(&task)?);
        }
        if desk.book().write(changes).await?.is_some() {
            return Ok(true);
        }
    }
    Err(Error::Overtaken)
}

fn related_ended(related: &Kept, at: Timestamp) -> Result<Option<Change>, Error> {
    let mut json = related.json.clone();
    let active = json.get("active").and_then(Value::as_bool).unwrap_or(false);
    let ended = !text(&json, "/period/end").is_empty();
    if !active && ended {
        return Ok(None);
    }
    if let Some(members) = json.as_object_mut() {
        members.insert("active".to_owned(), json!(false));
        let mut period = members.get("period").cloned().unwrap_or_else(|| json!({}));
        let end = instant(at);
        if let Some(period) = period.as_object_mut() {
            // One that never began has no start to be over after.
            if !active {
                period.remove("start");
            }
            period.insert("end".to_owned(), json!(end));
        }
        members.insert("period".to_owned(), period);
    }
    related.update(&json).map(Some)
}

fn consent_ended(consent: &Kept) -> Result<Option<Change>, Error> {
    if !is_live(&consent.json) {
        return Ok(None);
    }
    let ended = match text(&consent.json, "/status") {
        "active" => "inactive",
        _ => "rejected",
    };
    let mut json = consent.json.clone();
    if let Some(members) = json.as_object_mut() {
        members.insert("status".to_owned(), json!(ended));
    }
    consent.update(&json).map(Some)
}

/// Tasks about a relationship that are not done with.
async fn open_tasks(desk: &Desk<'_>, related: &str) -> Result<Vec<Kept>, Error> {
    let focus = format!("RelatedPerson/{related}");
    let pairs = [
        ("focus", focus.as_str()),
        (
            "status",
            "requested,received,accepted,ready,in-progress,on-hold",
        ),
    ];
    desk.book().search(ResourceType::TASK, &pairs).await
}

fn task_ended(task: &Kept) -> Result<Change, Error> {
    let mut json = task.json.clone();
    if let Some(members) = json.as_object_mut() {
        members.insert("status".to_owned(), json!("cancelled"));
    }
    task.update(&json)
}

/// What apps were given under this authority ends with it, refresh tokens included.
pub(crate) async fn end_apps(desk: &Desk<'_>, relation: &Relation) -> Result<(), Error> {
    let grants = desk.storage.grants();
    let (id, patient) = (relation.id(), relation.patient_id());
    for grant in grants.revoke_under(id, patient, desk.now).await? {
        apps::end_consent(desk.storage, &desk.pack, &grant, desk.now)
            .await
            .map_err(of_apps)?;
    }
    let at = apps::Desk {
        storage: desk.storage,
        pack: &desk.pack,
        now: desk.now,
    };
    for account in accounts::of_proxy(desk, id).await? {
        for consent in grants.close_chart(&account.id, patient).await? {
            apps::end_consent_of_id(at, &consent)
                .await
                .map_err(of_apps)?;
        }
    }
    Ok(())
}

fn of_apps(error: apps::Error) -> Error {
    match error {
        apps::Error::Storage(error) => Error::Storage(error),
        other => Error::Invalid(other.to_string()),
    }
}

/// Writes into the audit trail a step on the way to acting for a patient; of whom nobody was found, without one.
pub(crate) fn step(desk: &Desk<'_>, patient: &str, (kind, id): (&str, &str), what: &str) {
    desk.storage.audit(Event {
        at: desk.now,
        action: Action::ProxyAsked,
        permitted: true,
        reason: what.to_owned(),
        agent: desk.agent.clone(),
        patient: (!patient.is_empty()).then(|| patient.to_owned()),
        entity: Some(format!("{kind}/{id}")),
        query: None,
        request_id: None,
    });
}

/// Writes into the audit trail what happened to a relationship. The reason stays inside.
pub(crate) fn note(desk: &Desk<'_>, relation: &Relation, action: Action, reason: &str) {
    desk.storage.audit(Event {
        at: desk.now,
        action,
        permitted: true,
        reason: reason.to_owned(),
        agent: desk.agent.clone(),
        patient: Some(relation.patient_id().to_owned()),
        entity: Some(format!("RelatedPerson/{}", relation.id())),
        query: None,
        request_id: None,
    });
}
