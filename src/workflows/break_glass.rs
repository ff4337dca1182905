//! Emergency access of clinicians to one chart (break-glass): declared with a reason, over by itself,
//! told to the patient, and reviewed by the privacy office.

use access::calendar::Office;
use access::facts::ConsentKind;
use access::standing::Agent;
use access::time::later;
use access::{Access, Actor, Standing};
use jiff::{SignedDuration, Timestamp};
use storage::Error;
use storage::audit::{Action, Event};
use storage::emergencies::{Emergency, Outside, Untold};

use crate::apps::Desk;
use crate::privacy_reviews;

/// How long an emergency lasts, in minutes.
pub const MINUTES: i64 = 60;
/// Characters of what somebody says about it, at least and at most.
pub const SAID_MIN: usize = 10;
pub const SAID_MAX: usize = 2_000;
/// How long a patient may be kept untold without a new decision, in days.
pub const UNTOLD_DAYS_MAX: i64 = 90;

/// Why, and how it reads.
pub const REASONS: [(&str, &str); 4] = [
    ("emergency-treatment", "Emergency treatment"),
    ("covering", "Covering for a colleague"),
    ("asked-for-advice", "Asked for advice by a colleague"),
    ("patient-asks", "The patient asks for it"),
];

/// How a reason reads.
pub fn reason_title(code: &str) -> Option<&'static str> {
    let found = REASONS.iter().find(|(known, _)| *known == code);
    found.map(|(_, title)| *title)
}

/// An emergency that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub emergency: Emergency,
    /// The privacy office's Task.
    pub task: String,
    pub review_due: Timestamp,
    /// The patient was told by mail, now or when it was declared.
    pub told: bool,
    /// It had been declared before.
    pub already: bool,
}

/// Why nothing was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("only a clinician, through an app of their own sign-in, opens a chart in an emergency")]
    NotForYou,
    #[error("reason is one of those the definition of the operation names")]
    NoReason,
    #[error("say in a few words what it is for: between 10 and 2000 characters")]
    NothingSaid,
    #[error("you are on this patient's care team: there is nothing to break")]
    NotNeeded,
}

/// Who may declare: a clinician, for the authorization their token belongs to.
fn clinician(access: &Access, patient: &str) -> Result<(String, String), Refusal> {
    let standing = access.standing();
    let Actor::Staff(staff) = &standing.actor else {
        return Err(Refusal::NotForYou);
    };
    if staff.role != "clinician" {
        return Err(Refusal::NotForYou);
    }
    let treats = staff.care_team_of.iter().any(|own| own == patient);
    if treats && !is_shut_out(standing, patient) {
        return Err(Refusal::NotNeeded);
    }
    let agent = &standing.agent;
    let known = agent.account.clone().zip(agent.grant.clone());
    known.ok_or(Refusal::NotForYou)
}

/// Whether a patient keeps something from a member of staff by name.
fn is_shut_out(standing: &Standing, patient: &str) -> bool {
    let said = standing.others.get(patient);
    said.is_some_and(|(_, consents)| {
        consents
            .iter()
            .any(|one| one.kind == ConsentKind::PersonDeny && !one.permit && one.active)
    })
}

/// Opens a chart to a clinician for an hour. Declared twice it is one emergency.
///
/// # Errors
/// When it cannot be written.
pub async fn open(
    desk: Desk<'_>,
    access: &Access,
    patient: &str,
    reason: &str,
    said: &str,
) -> Result<Result<Opened, Refusal>, Error> {
    let (account, grant) = match clinician(access, patient) {
        Ok(known) => known,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(title) = reason_title(reason) else {
        return Ok(Err(Refusal::NoReason));
    };
    let said = said.trim();
    if !(SAID_MIN..=SAID_MAX).contains(&said.chars().count()) {
        return Ok(Err(Refusal::NothingSaid));
    }
    let expires = later(desk.now, SignedDuration::from_mins(MINUTES));
    let emergency = Emergency {
        id: uuid::Uuid::new_v4().to_string(),
        account,
        grant: grant.clone(),
        patient: patient.to_owned(),
        reason: reason.to_owned(),
        said: said.to_owned(),
        opened: desk.now,
        expires,
        ended: None,
    };
    let emergencies = desk.storage.emergencies();
    let made = emergencies.open(&emergency).await?;
    let emergency = match made {
        true => emergency,
        false => {
            let open = emergencies.of_grant(&grant, desk.now).await?;
            let known = open.into_iter().find(|one| one.patient == patient);
            known.ok_or(Error::Busy)?
        }
    };
    let agent = access.agent(Some(patient));
    let (task, review_due) = privacy_reviews::of_emergency(desk, &emergency, title, agent).await?;
    let mut told = !emergencies.is_untold(patient, desk.now).await?;
    if made {
        told = told && tell(desk, patient).await?;
        record(desk, agent, &emergency);
    }
    Ok(Ok(Opened {
        emergency,
        task,
        review_due,
        told,
        already: !made,
    }))
}

/// Closes the chart again before the hour is over. False when it was not open.
///
/// # Errors
/// When it cannot be written.
pub async fn close(desk: Desk<'_>, access: &Access, patient: &str) -> Result<bool, Error> {
    let Some(grant) = &access.standing().agent.grant else {
        return Ok(false);
    };
    let emergencies = desk.storage.emergencies();
    emergencies.end(grant, patient, desk.now).await
}

/// The emergencies that are in force for the caller's authorization.
///
/// # Errors
/// When the database cannot be asked.
pub async fn in_force(desk: Desk<'_>, access: &Access) -> Result<Vec<Emergency>, Error> {
    match &access.standing().agent.grant {
        Some(grant) => desk.storage.emergencies().of_grant(grant, desk.now).await,
        None => Ok(Vec::new()),
    }
}

/// Hands what other organizations looked at in an emergency to the privacy office, and tells the patients: how
/// many. Run again and again, on every node; each is handed over once.
///
/// # Errors
/// When it cannot be written; what was not handed over is, the next time.
pub async fn hand_over(desk: Desk<'_>) -> Result<usize, Error> {
    const CHORE: &str = "organization-emergencies";
    let emergencies = desk.storage.emergencies();
    let waiting = emergencies.of_organizations().await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let turn = hand_all_over(desk, &waiting);
    let done = desk.storage.turns().take(CHORE, desk.now, turn).await?;
    Ok(done.map_or(0, |()| waiting.len()))
}

async fn hand_all_over(desk: Desk<'_>, waiting: &[Outside]) -> Result<(), Error> {
    let emergencies = desk.storage.emergencies();
    for one in waiting {
        privacy_reviews::of_outside_emergency(desk, one).await?;
        // Told before it is noted: a node that ends in between has it told twice, never not at all.
        if !emergencies.is_untold(&one.patient, desk.now).await? {
            tell(desk, &one.patient).await?;
        }
        let (grant, patient) = (&one.grant, &one.patient);
        emergencies.handed_over(grant, patient, desk.now).await?;
    }
    Ok(())
}

/// Whether the caller works in the privacy office.
pub fn is_privacy_office(access: &Access) -> bool {
    matches!(&access.standing().actor, Actor::Staff(staff) if staff.role == "privacy")
}

/// Keeps from a patient, until an instant, that the chart is opened in an emergency: the privacy
/// office says so, with a reason. False when it is not for the caller, says nothing, or lasts too long.
///
/// # Errors
/// When it cannot be written.
pub async fn keep_untold(
    desk: Desk<'_>,
    access: &Access,
    patient: &str,
    reason: &str,
    until: Timestamp,
) -> Result<bool, Error> {
    let reason = reason.trim();
    let latest = later(desk.now, SignedDuration::from_hours(24 * UNTOLD_DAYS_MAX));
    let said = (SAID_MIN..=SAID_MAX).contains(&reason.chars().count());
    let account = access.standing().agent.account.clone();
    let Some(account) = account.filter(|_| is_privacy_office(access) && said && until <= latest)
    else {
        return Ok(false);
    };
    let untold = Untold {
        patient: patient.to_owned(),
        account,
        reason: reason.to_owned(),
        until,
    };
    desk.storage
        .emergencies()
        .keep_untold(&untold, desk.now)
        .await?;
    Ok(true)
}

/// By when the privacy office has looked at it.
pub(crate) fn review_due(desk: &Desk<'_>, opened: Timestamp) -> Timestamp {
    let days = desk.pack.sla.privacy_review_business_days;
    desk.pack.calendar.due(Office::Him, opened, days)
}

/// Tells the patient, saying nothing of why, where or by whom: whoever reads the mail learns no more
/// than that there is something to read. False for a patient without an address.
async fn tell(desk: Desk<'_>, patient: &str) -> Result<bool, Error> {
    let account = desk.storage.accounts().find_by_patient(patient).await?;
    let Some(to) = account.and_then(|account| account.email) else {
        return Ok(false);
    };
    let subject = "There is something new in your access log";
    let text = "Your record was opened in a way that we always tell you about and always check \
                ourselves.\n\nSign in and open “Access log” to see when. If you have a question \
                about an entry, choose “I don’t recognise this” next to it.\n";
    desk.storage
        .mail()
        .queue(&to, subject, text, desk.now)
        .await?;
    Ok(true)
}

fn record(desk: Desk<'_>, agent: &Agent, emergency: &Emergency) {
    desk.storage.audit(Event {
        at: desk.now,
        action: Action::BreakGlass,
        permitted: true,
        reason: format!("BREAK_GLASS {}", emergency.reason),
        agent: agent.clone(),
        patient: Some(emergency.patient.clone()),
        entity: Some(format!("Patient/{}", emergency.patient)),
        query: None,
        request_id: None,
    });
}
