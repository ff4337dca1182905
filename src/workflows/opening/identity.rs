//! Who shows a code, and who asks for one online.

use access::actor::Account as State;
use access::calendar::Office;
use access::opening::{
    Gate, Stated, TRIES_OF_PATIENT_MAX, TRIES_OF_PATIENT_SECONDS, calendar_day, hash_of_code,
};
use fhir::matching::{Grade, Traits};
use fhir::{Document, ResourceType};
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::accounts::Account;
use storage::openings::Opening;

use super::codes::{self, Answer, Channel, Giver, facts};
use super::{Desk, Error, id_of, resources};

/// What is asked for when nobody stands behind a code, so that it takes as long.
const NOBODY: &str = "nobody";

/// What a code and what was said beside it lead to.
#[derive(Debug)]
pub enum Proved {
    /// The account can be opened by whoever has this cookie's value.
    May {
        cookie: String,
    },
    /// There is an account; with the same cookie's value a new password can be chosen for it.
    HasAccount {
        cookie: String,
        account: Box<Account>,
    },
    /// There is one, and it was closed by the organization.
    Closed,
    TooYoung(Option<Timestamp>),
    Deceased,
    /// For every other reason, which is not told.
    No,
}

/// Looks at a code and at what somebody says of themself. The try is counted before it is looked at; a
/// code that too many wrong ones were tried with is burnt.
///
/// # Errors
/// When the database cannot be asked.
pub async fn prove(desk: Desk<'_>, typed: &str, stated: Stated<'_>) -> Result<Proved, Error> {
    let storage = desk.storage;
    let hash = hash_of_code(typed).unwrap_or_default();
    let most = i64::from(desk.pack.activation.wrong_tries_max);
    let code = storage.activation().try_code(&hash, most, desk.now).await?;
    let patient = code.as_ref().map_or(NOBODY, |code| &code.patient);
    let key = format!("opening:patient:{patient}");
    let throttle = storage.throttle();
    let (most, window) = (TRIES_OF_PATIENT_MAX, TRIES_OF_PATIENT_SECONDS);
    let may = throttle.allow(&key, most, window, desk.now).await?;
    let document = desk.read(ResourceType::PATIENT, patient).await?;
    let Some(document) = document.filter(|_| code.is_some()) else {
        return Ok(Proved::No);
    };
    if !stated.fits(document.root(), desk.pack) || !may {
        return Ok(Proved::No);
    }
    storage.activation().forgive(&hash).await?;
    throttle.forgive(&key).await?;
    let facts = facts(desk, &document).await?;
    match Gate::of(&facts, desk.pack, desk.now) {
        Gate::Open => {}
        Gate::TooYoung(from) => return Ok(Proved::TooYoung(from)),
        Gate::Deceased => return Ok(Proved::Deceased),
    }
    let account = storage.accounts().find_by_patient(patient).await?;
    let opening = Opening {
        code_hash: hash,
        patient: patient.to_owned(),
    };
    match account {
        Some(account) if account.state == State::Active => Ok(Proved::HasAccount {
            cookie: storage.openings().begin(&opening, desk.now).await?,
            account: Box::new(account),
        }),
        Some(account) if account.state != State::Deactivated => Ok(Proved::Closed),
        _ => Ok(Proved::May {
            cookie: storage.openings().begin(&opening, desk.now).await?,
        }),
    }
}

/// What somebody without a code says of themself.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub given: &'a str,
    pub family: &'a str,
    pub birth_date: &'a str,
    pub postal_code: &'a str,
    pub email: &'a str,
}

/// Takes an online request. Whatever comes of it, the person is told the same: a code goes to the
/// address in the record of the one patient this certainly is; anything else becomes a Task for whoever
/// reviews identities.
///
/// # Errors
/// When it cannot be written.
pub async fn request(desk: Desk<'_>, request: Request<'_>) -> Result<(), Error> {
    if !desk.pack.activation.online_requests {
        return Ok(());
    }
    let found = candidates(desk, request).await?;
    let certain: Vec<&(Document, Grade)> = found
        .iter()
        .filter(|(_, grade)| *grade == Grade::Certain)
        .collect();
    let why = match certain.as_slice() {
        [] => "nobody fits for certain",
        [(patient, _)] => {
            let id = id_of(patient);
            // Asked for by nobody known: an account that is open gets no code.
            let open = desk.storage.accounts().find_by_patient(&id).await?;
            if open.is_some_and(|account| account.state == State::Active) {
                return Ok(());
            }
            match codes::issue(desk, &id, Channel::Email, Giver::default()).await? {
                Answer::NoAddress => "no e-mail address of their own is on record",
                _ => return Ok(()),
            }
        }
        _ => "several patients fit",
    };
    if is_waiting(desk, request).await? {
        return Ok(());
    }
    let days = desk.pack.sla.identity_business_days;
    let review = resources::Review {
        given: request.given,
        family: request.family,
        birth_date: request.birth_date,
        postal_code: request.postal_code,
        email: request.email,
        why,
        now: desk.now,
        due: desk.pack.calendar.due(Office::Him, desk.now, days),
    };
    desk.write(&[review.task()]).await?;
    Ok(())
}

/// Patients born that day, weighed against what somebody says.
async fn candidates(desk: Desk<'_>, request: Request<'_>) -> Result<Vec<(Document, Grade)>, Error> {
    let Some(day) = calendar_day(request.birth_date) else {
        return Ok(Vec::new());
    };
    let wanted = json!({
        "resourceType": "Patient",
        "name": [{"family": request.family, "given": [request.given]}],
        "birthDate": day.to_string(),
        "address": [{"postalCode": request.postal_code}],
    });
    let wanted =
        Document::parse(wanted.to_string()).map_err(|fault| Error::Invalid(fault.to_string()))?;
    weighed(desk, &wanted, &day.to_string()).await
}

async fn weighed(
    desk: Desk<'_>,
    wanted: &Document,
    born: &str,
) -> Result<Vec<(Document, Grade)>, Error> {
    let wanted = Traits::of(wanted);
    let found = desk
        .find(ResourceType::PATIENT, &[("birthdate", born)])
        .await?;
    let graded = found.into_iter().filter_map(|patient| {
        let (_, grade) = wanted.compare(&Traits::of(&patient))?;
        Some((patient, grade))
    });
    Ok(graded.collect())
}

/// The patient on record that somebody to be registered certainly is; nobody where none or several are.
///
/// # Errors
/// When the database cannot be asked.
pub async fn certainly(desk: Desk<'_>, patient: &Document) -> Result<Option<String>, Error> {
    let born = patient.root().text_at("birthDate").unwrap_or_default();
    if calendar_day(&born).is_none() {
        return Ok(None);
    }
    let found = weighed(desk, patient, &born).await?;
    let mut certain = found.iter().filter(|(_, grade)| *grade == Grade::Certain);
    Ok(certain.next().map(|(patient, _)| id_of(patient)))
}

/// A Task identity-review that waits, decided: its JSON. `None` for any other Task.
pub fn decided(
    task: &str,
    confirmed: bool,
    patient: Option<&str>,
    by: &str,
    now: Timestamp,
) -> Option<String> {
    let mut task: Value = serde_json::from_str(task).ok()?;
    let is_review = task["code"]["coding"]
        .as_array()?
        .iter()
        .any(|coding| coding["code"] == "identity-review");
    let open = |status: &str| crate::work::OPEN.contains(&status);
    if !is_review || !task["status"].as_str().is_some_and(open) {
        return None;
    }
    let (status, stands) = match confirmed {
        true => ("completed", "confirmed"),
        false => ("rejected", "not-confirmed"),
    };
    task["status"] = json!(status);
    task["businessStatus"] = resources::business_status(stands);
    crate::work::touch(&mut task, now);
    if by.starts_with("Practitioner/") {
        task["owner"] = json!({"reference": by});
    }
    if let (true, Some(patient)) = (confirmed, patient) {
        task["for"] = json!({"reference": format!("Patient/{patient}")});
    }
    Some(task.to_string())
}

/// Whether the same request waits for review already: asking twice makes one Task.
async fn is_waiting(desk: Desk<'_>, request: Request<'_>) -> Result<bool, Error> {
    let code = format!(
        "{}/CodeSystem/task-code|identity-review",
        access::vocabulary::BASE
    );
    let pairs = [("code", code.as_str()), ("status", "requested")];
    let waiting = desk.find(ResourceType::TASK, &pairs).await?;
    Ok(waiting.iter().any(|task| {
        let inputs = task.root().all("input.valueString");
        let said: Vec<String> = inputs
            .iter()
            .filter_map(|input| input.str().map(|text| text.into_owned()))
            .collect();
        let wanted = [request.given, request.family, request.email];
        wanted.iter().all(|text| said.iter().any(|one| one == text))
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_review_is_decided_once_and_nothing_else_is() {
        let now: Timestamp = "2026-06-15T16:00:00Z".parse().unwrap();
        let review = resources::Review {
            given: "Ivy",
            family: "Green",
            birth_date: "1990-05-17",
            postal_code: "06457",
            email: "ivy@mail.example",
            why: "several patients fit",
            now,
            due: now,
        };
        let task = review.task().to_string();
        let done = decided(&task, true, Some("ivy"), "Practitioner/hugo", now).unwrap();
        let shown: Value = serde_json::from_str(&done).unwrap();
        assert_eq!(shown["status"], "completed");
        assert_eq!(shown["for"]["reference"], "Patient/ivy");
        assert_eq!(shown["owner"]["reference"], "Practitioner/hugo");
        assert_eq!(
            decided(&done, true, Some("dan"), "Practitioner/x", now),
            None
        );
        let other = task.replace("identity-review", "proxy-request");
        assert_eq!(decided(&other, false, None, "Practitioner/x", now), None);
    }
}
