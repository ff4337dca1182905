//! What a patient says about sharing: the exchange between organizations, one of them by name, substance use
//! records, sensitive care and an app, a restriction asked for. Each is a Consent (or a Task) anybody permitted can
//! read and write over FHIR; these verbs write the same, through the same door.

use std::sync::Arc;

use access::calendar::Office;
use access::vocabulary::{CLIENT_ID, CONSENT_KIND};
use access::{Access, Task, labels};
use fhir::search::{Handling, Query, Settings, parse};
use fhir::{ResourceType, Valid};
use serde_json::{Value, json};
use storage::{Change, Condition, Storage};

use crate::proxies::{BUSINESS_STATUS, Error, TASK_CODE, coded, text};
use crate::sharing::{self, Limit, Whom};

/// Consents of a patient looked at, at most.
const CONSENTS_MAX: usize = 1_000;
/// Longest text of a request, in characters.
pub const REQUEST_MAX: usize = 2_000;

/// A choice a patient can make and unmake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Nothing goes to other organizations.
    NoExchange,
    /// Nothing goes to this one.
    NotTo(String),
    /// Records of substance use treatment go along for treatment, payment and operations.
    Part2,
}

impl Choice {
    fn kind(&self) -> &'static str {
        match self {
            Self::NoExchange => "exchange",
            Self::NotTo(_) => "org-deny",
            Self::Part2 => "part2-tpo",
        }
    }
    fn permits(&self) -> bool {
        *self == Self::Part2
    }
}

/// What a patient has chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    pub exchange: bool,
    pub part2: bool,
    /// Clients that get no sensitive care.
    pub shielded: Vec<String>,
}

/// The desk a patient comes to, with their own eyes and hands.
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub access: &'a Access,
}

/// A Consent as it is stored.
pub(crate) struct Kept {
    pub json: Value,
    version: i64,
}

impl Kept {
    /// Takes its place, unless it was changed meanwhile.
    pub(crate) fn update(&self, json: &Value) -> Result<Change, Error> {
        update(json, self.version)
    }
}

impl Desk<'_> {
    pub(crate) fn patient(&self) -> Result<&str, Error> {
        let patient = self.access.standing().patient.as_ref();
        patient.map(|p| p.id.as_str()).ok_or(Error::Absent)
    }
    /// The active Consents of the patient, as far as the caller sees them.
    pub(crate) async fn consents(&self) -> Result<Vec<Kept>, Error> {
        let query = self.query(None)?;
        let page = self.storage.records(self.access).search(&query).await?;
        let read = |seen: &storage::Seen| {
            let json = serde_json::from_slice(seen.body());
            Ok(Kept {
                json: json.map_err(|e| Error::Invalid(e.to_string()))?,
                version: seen.version(),
            })
        };
        page.matches.iter().map(read).collect()
    }
    fn query(&self, kind: Option<&str>) -> Result<Query, Error> {
        let settings = Settings {
            base: "urn:kinchart",
            handling: Handling::Strict,
            count_default: CONSENTS_MAX,
            count_max: CONSENTS_MAX,
            clauses_max: 8,
            posted: None,
            include_rounds_max: 0,
            included_max: 0,
        };
        let mut pairs = vec![
            ("patient".to_owned(), self.patient()?.to_owned()),
            ("status".to_owned(), "active".to_owned()),
        ];
        pairs.extend(kind.map(|kind| ("category".to_owned(), format!("{CONSENT_KIND}|{kind}"))));
        parse(ResourceType::CONSENT, &pairs, &settings)
            .map_err(|issues| Error::Invalid(format!("{issues:?}")))
    }
    /// That there are no other active Consents of a kind than now, to whoever will write.
    pub(crate) async fn unchanged(&self, by: &Access, kind: &str) -> Result<Condition, Error> {
        let query = self.query(Some(kind))?;
        let page = self.storage.records(by).search(&query).await?;
        let found = page.matches.iter().map(|seen| seen.id().to_owned());
        Ok(Condition {
            found: found.collect(),
            query,
        })
    }
    pub(crate) async fn write_if(
        &self,
        access: &Access,
        changes: Vec<Change>,
        condition: Condition,
    ) -> Result<(), Error> {
        let records = self.storage.records(access);
        let written = records.write_if(changes, vec![condition]).await;
        written.map(drop).map_err(overtaken)
    }
    pub(crate) async fn write(&self, access: &Access, changes: Vec<Change>) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        let written = self.storage.records(access).write(changes).await;
        written.map(drop).map_err(overtaken)
    }
}

/// A fault of writing, in the words of this desk.
pub(crate) fn overtaken(error: storage::Error) -> Error {
    match error {
        storage::Error::Write(fault) => match fault.kind {
            storage::WriteFaultKind::VersionConflict { .. }
            | storage::WriteFaultKind::ConditionChanged => Error::Overtaken,
            storage::WriteFaultKind::Denied(_) | storage::WriteFaultKind::Misshapen(_) => {
                Error::Refused("this is not yours to choose")
            }
            _ => Error::Storage(storage::Error::Write(fault)),
        },
        error => error.into(),
    }
}

/// What the patient has chosen until now.
///
/// # Errors
/// `Absent` without a patient in context.
pub async fn choices(desk: &Desk<'_>) -> Result<Choices, Error> {
    Ok(read(&desk.consents().await?))
}

pub(crate) fn read(consents: &[Kept]) -> Choices {
    let mut choices = Choices::default();
    for kept in consents {
        let denies = text(&kept.json, "/provision/type") == "deny";
        match kind(&kept.json) {
            "exchange" if denies => choices.exchange = true,
            "part2-tpo" if !denies => choices.part2 = true,
            "app" if is_shielded(&kept.json) => choices.shielded.extend(client(&kept.json)),
            _ => {}
        }
    }
    choices
}

/// Makes or unmakes a choice, from the next request of anybody on.
///
/// # Errors
/// `Refused` for whoever may not choose for the patient; `Overtaken` when it was changed meanwhile.
pub async fn choose(desk: &Desk<'_>, choice: &Choice, on: bool) -> Result<(), Error> {
    if let Choice::NotTo(id) = choice {
        let all = Limit {
            all: on,
            ..Limit::default()
        };
        return sharing::set(desk, &Whom::Organization(id.clone()), &all).await;
    }
    let mut there = desk.consents().await?;
    there.retain(|kept| kind(&kept.json) == choice.kind());
    let changes = match (on, there.is_empty()) {
        (true, true) => vec![Change::Create {
            valid: checked(&of_choice(desk, choice)?)?,
            id: None,
        }],
        (true, false) => Vec::new(),
        (false, _) => there.iter().map(ended).collect::<Result<_, _>>()?,
    };
    desk.write(desk.access, changes).await
}

/// Keeps sensitive care from one connected app, or no longer. False where the app is not connected to the
/// patient's record.
///
/// # Errors
/// As [`choose`].
pub async fn shield(desk: &Desk<'_>, client_id: &str, on: bool) -> Result<bool, Error> {
    let mut changes = Vec::new();
    for kept in desk.consents().await? {
        let concerns =
            kind(&kept.json) == "app" && client(&kept.json).as_deref() == Some(client_id);
        if !concerns {
            continue;
        }
        let mut json = kept.json.clone();
        let provision = json.get_mut("provision").and_then(Value::as_object_mut);
        let Some(provision) = provision else { continue };
        let mut inner: Vec<Value> = match provision.remove("provision") {
            Some(Value::Array(all)) => all.into_iter().filter(|one| !is_shield(one)).collect(),
            _ => Vec::new(),
        };
        if on {
            inner.push(json!({"type": "deny", "securityLabel": [
                {"system": labels::CONFIDENTIALITY, "code": access::facts::ALL_SENSITIVE}]}));
        }
        if !inner.is_empty() {
            provision.insert("provision".to_owned(), inner.into());
        }
        changes.push(update(&json, kept.version)?);
    }
    let any = !changes.is_empty();
    write_connections(desk, changes).await?;
    Ok(any)
}

/// Takes from the connections of an app what [`shield`] put into them.
pub(crate) async fn unshield(desk: &Desk<'_>, client_id: &str) -> Result<(), Error> {
    match choices(desk)
        .await?
        .shielded
        .iter()
        .any(|one| one == client_id)
    {
        true => shield(desk, client_id, false).await.map(drop),
        false => Ok(()),
    }
}

async fn write_connections(desk: &Desk<'_>, changes: Vec<Change>) -> Result<(), Error> {
    // The Consent of a connection is the house's to keep; that the caller sees it says that it is theirs to change.
    let agent = desk.access.standing().agent.clone();
    let (pack, now) = (Arc::clone(desk.access.pack()), desk.access.now());
    let access = Access::for_task_by(Task::Consent, agent, pack, now);
    desk.write(&access, changes).await
}

/// Asks the practice to restrict what it uses or shares (45 CFR 164.522): a Task for its privacy office.
///
/// # Errors
/// `Rule` for a text that says nothing or too much.
pub async fn ask_restriction(desk: &Desk<'_>, what: &str) -> Result<(), Error> {
    let what = what.trim();
    if what.is_empty() {
        return Err(Error::rule("restriction", "say what should be restricted"));
    }
    if what.chars().count() > REQUEST_MAX {
        let text = format!("say it in {REQUEST_MAX} characters");
        return Err(Error::rule("restriction", text));
    }
    let (pack, now) = (desk.access.pack(), desk.access.now());
    let days = pack.sla.privacy_review_business_days;
    let due = pack.calendar.due(Office::Him, now, days);
    let task = json!({
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": coded(TASK_CODE, "restriction-request", "Restriction requested by the patient"),
        "for": {"reference": format!("Patient/{}", desk.patient()?)},
        "requester": {"reference": desk.access.standing().agent.who},
        "authoredOn": fhir::datetime::instant(now),
        "businessStatus": coded(BUSINESS_STATUS, "queued", "Queued"),
        "restriction": {"period": {"end": fhir::datetime::instant(due)}},
        "description": what,
    });
    let valid = checked(&task)?;
    desk.write(desk.access, vec![Change::Create { valid, id: None }])
        .await
}

fn of_choice(desk: &Desk<'_>, choice: &Choice) -> Result<Value, Error> {
    let (kind, policy) = match choice.permits() {
        true => ("permit", "OPTIN"),
        false => ("deny", "OPTOUT"),
    };
    let provision = json!({"type": kind});
    consent(desk, choice.kind(), policy, &provision)
}

/// A Consent of the patient in context, by whoever is at the desk.
pub(crate) fn consent(
    desk: &Desk<'_>,
    kind: &str,
    policy: &str,
    provision: &Value,
) -> Result<Value, Error> {
    let patient = format!("Patient/{}", desk.patient()?);
    Ok(consent_of(
        (&patient, &desk.access.standing().agent.who),
        kind,
        policy,
        provision,
        desk.access.now(),
    ))
}

/// A Consent of a patient, by somebody.
pub(crate) fn consent_of(
    (patient, by): (&str, &str),
    kind: &str,
    policy: &str,
    provision: &Value,
    now: jiff::Timestamp,
) -> Value {
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy",
        }]},
        "category": [{"coding": [{"system": CONSENT_KIND, "code": kind}]}],
        "patient": {"reference": patient},
        "dateTime": fhir::datetime::instant(now),
        "performer": [{"reference": by}],
        "policyRule": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": policy,
        }]},
        "provision": provision,
    })
}

pub(crate) fn ended(kept: &Kept) -> Result<Change, Error> {
    let mut json = kept.json.clone();
    if let Some(members) = json.as_object_mut() {
        members.insert("status".to_owned(), json!("inactive"));
    }
    update(&json, kept.version)
}

fn update(json: &Value, version: i64) -> Result<Change, Error> {
    Ok(Change::Update {
        valid: checked(json)?,
        id: text(json, "/id").to_owned(),
        if_match: Some(version),
    })
}

pub(crate) fn checked(json: &Value) -> Result<Valid, Error> {
    let document = fhir::Document::parse(json.to_string());
    let document = document.map_err(|e| Error::Invalid(format!("{e:?}")))?;
    fhir::validate::validate(document).map_err(|issues| Error::Invalid(format!("{issues:?}")))
}

pub(crate) fn kind(consent: &Value) -> &str {
    let categories = consent.get("category").and_then(Value::as_array);
    let codings = categories.into_iter().flatten();
    let mut codings = codings.flat_map(|one| one["coding"].as_array().into_iter().flatten());
    let own = codings.find(|coding| coding["system"] == CONSENT_KIND);
    own.map_or("", |coding| text(coding, "/code"))
}

fn client(consent: &Value) -> Option<String> {
    let extensions = consent.get("extension")?.as_array()?;
    let own = extensions.iter().find(|one| one["url"] == CLIENT_ID)?;
    own["valueString"].as_str().map(str::to_owned)
}

fn is_shield(provision: &Value) -> bool {
    let labels = provision.get("securityLabel").and_then(Value::as_array);
    provision["type"] == "deny"
        && labels.is_some_and(|all| {
            all.iter()
                .any(|label| label["code"] == access::facts::ALL_SENSITIVE)
        })
}

fn is_shielded(consent: &Value) -> bool {
    let inner = consent.pointer("/provision/provision");
    let inner = inner.and_then(Value::as_array).into_iter().flatten();
    inner.into_iter().any(is_shield)
}
