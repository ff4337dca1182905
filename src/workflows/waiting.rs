//! A patient's wish to hear new results from a clinician first: said once, kept for each new result, taken back at
//! once.

use std::sync::Arc;

use access::standing::Agent;
use access::vocabulary::TASK_CODE;
use access::{Access, Actor, Pack, Task};
use fhir::ResourceType;
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::{Change, Seen, Storage};

use crate::holds;
use crate::privacy::{self, Desk};
use crate::proxies::{self, Error, coded, text};

/// The kind of Consent that says it.
const KIND: &str = "wait";

/// Whether the patient wishes it.
///
/// # Errors
/// `Absent` without a patient in context.
pub async fn is_wished(desk: &Desk<'_>) -> Result<bool, Error> {
    let all = desk.consents().await?;
    Ok(all.iter().any(|kept| privacy::kind(&kept.json) == KIND))
}

/// Wishes it, or no longer: then everything that was held for it is seen from the next request on.
///
/// # Errors
/// `Refused` for anybody but the patient; `Overtaken` when it was changed meanwhile.
pub async fn wish(desk: &Desk<'_>, on: bool) -> Result<(), Error> {
    let standing = desk.access.standing();
    if !matches!(standing.actor, Actor::SelfPatient { .. }) {
        return Err(Error::Refused(
            "only the patient chooses to wait for a clinician",
        ));
    }
    let patient = desk.patient()?.to_owned();
    let mut there = desk.consents().await?;
    there.retain(|kept| privacy::kind(&kept.json) == KIND);
    let changes = match (on, there.is_empty()) {
        (true, true) => {
            let provision = json!({"type": "deny"});
            let consent = privacy::consent(desk, KIND, "OPTOUT", &provision)?;
            vec![Change::Create {
                valid: privacy::checked(&consent)?,
                id: None,
            }]
        }
        (true, false) => Vec::new(),
        (false, _) => there.iter().map(privacy::ended).collect::<Result<_, _>>()?,
    };
    desk.write(desk.access, changes).await?;
    if !on {
        let (pack, now) = (desk.access.pack(), desk.access.now());
        let agent = &standing.agent;
        release_all(desk.storage, pack, agent, &patient, now).await?;
    }
    Ok(())
}

/// The results that wait for a clinician because the patient said so, once or for all.
///
/// # Errors
/// When the database cannot be asked.
pub async fn waiting(
    storage: &Storage,
    pack: &Arc<Pack>,
    patient: &str,
    now: Timestamp,
) -> Result<Vec<Seen>, Error> {
    let eyes = Access::for_task_by(Task::Standing, Agent::default(), Arc::clone(pack), now);
    let records = storage.records(&eyes);
    Ok(records.held(patient, access::waiting::PREFERENCE).await?)
}

/// Lets go what was held for a wish that is gone, and tells whoever was asked to talk about it. How many were let go.
pub(crate) async fn release_all(
    storage: &Storage,
    pack: &Arc<Pack>,
    agent: &Agent,
    patient: &str,
    now: Timestamp,
) -> Result<usize, Error> {
    let mut changes = Vec::new();
    let mut about = Vec::new();
    for seen in waiting(storage, pack, patient, now).await? {
        if let Some(change) = holds::without_standing(&seen)? {
            about.push(format!("{}/{}", seen.resource_type(), seen.id()));
            changes.push(change);
        }
    }
    let released = changes.len();
    if released > 0 {
        let access = Access::for_task_by(Task::Release, agent.clone(), Arc::clone(pack), now);
        let written = storage.records(&access).write(changes).await;
        written.map_err(privacy::overtaken)?;
        settle(storage, pack, agent, &about, "cancelled", now).await?;
    }
    Ok(released)
}

/// Ends the conversations somebody was asked for about those results: as done, or as not wanted any more.
pub(crate) async fn settle(
    storage: &Storage,
    pack: &Arc<Pack>,
    agent: &Agent,
    about: &[String],
    status: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let house = proxies::Desk::of_house(storage, pack, now);
    let mut changes = Vec::new();
    for one in about {
        let code = format!("{TASK_CODE}|discuss-result");
        let pairs = [("focus", one.as_str()), ("code", code.as_str())];
        for kept in house.book().search(ResourceType::TASK, &pairs).await? {
            if matches!(text(&kept.json, "/status"), "completed" | "cancelled") {
                continue;
            }
            let mut task = kept.json.clone();
            if let Some(members) = task.as_object_mut() {
                members.insert("status".to_owned(), json!(status));
                members.insert("businessStatus".to_owned(), how(status));
            }
            changes.push(kept.update(&task)?);
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    let access = Access::for_task_by(Task::Release, agent.clone(), Arc::clone(pack), now);
    match storage.records(&access).write(changes).await {
        Ok(_) => Ok(()),
        // Whoever works on it just now sees for themself that nothing is held.
        Err(error) => match privacy::overtaken(error) {
            Error::Overtaken => Ok(()),
            error => Err(error),
        },
    }
}

fn how(status: &str) -> Value {
    match status {
        "completed" => coded(proxies::BUSINESS_STATUS, "talked-about", "Talked about"),
        _ => coded(
            proxies::BUSINESS_STATUS,
            "no-longer-waiting",
            "The patient waits no longer",
        ),
    }
}
