//! A patient asks an adult to act for them; the invited one answers.

use fhir::ResourceType;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use smart::jwk::hash_of_secret;
use storage::accounts::Account;
use storage::proxies::Invitation;

use super::book::{Kept, create, text};
use super::grant::{Plan, Tell, establish};
use super::relation::name_of;
use super::welcome::Welcome;
use super::{Desk, Error, Extent, Part, Relation, accounts, build, extent, letters};
use access::actor::RelationshipKind;

/// Invitations of one patient in a day.
const INVITATIONS_MAX: i64 = 10;
const DAY_SECONDS: i64 = 86_400;
/// What somebody may be called, in characters.
pub(crate) const NAME_MAX: usize = 100;
const EMAIL_MAX: usize = 254;

/// Whom a patient asks, and to do what.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub email: String,
    pub given: String,
    pub family: String,
    /// v3-RoleCode: what they are to the patient.
    pub role: String,
    pub extent: Extent,
}

/// An invitation that was sent.
#[derive(Debug, Clone)]
pub struct Invited {
    pub task: String,
    pub related_person: String,
    pub expires: Timestamp,
}

/// An invitation as the one invited sees it.
#[derive(Debug, Clone)]
pub struct Letter {
    pub patient_name: String,
    pub patient: String,
    pub extent: Extent,
    pub label: String,
    /// A birth date has to be stated, as none is on record.
    pub needs_birth_date: bool,
    /// It is the invited one's own.
    pub own: bool,
    /// They asked themself, at the desk, and it was granted.
    pub asked: bool,
}

/// A text of people's own, without what only fills it.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let kept: String = text
        .chars()
        .filter(|it| !it.is_control())
        .take(most)
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn is_address(email: &str) -> bool {
    let mut parts = email.split('@');
    let (Some(name), Some(host), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let plain = email
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"<>\"(),;:\\".contains(&b));
    plain
        && email.len() <= EMAIL_MAX
        && !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
}

/// Whether a patient may let others act for them: an adult, or an emancipated minor.
///
/// # Errors
/// When the database cannot be asked.
pub async fn may_give(desk: &Desk<'_>, patient: &str) -> Result<bool, Error> {
    let found = desk.book().find(ResourceType::PATIENT, patient).await?;
    match check_may_give(desk, &found.ok_or(Error::Absent)?).await {
        Ok(()) => Ok(true),
        Err(Error::Rule { .. }) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Sees to it that the patient may give to others what is their own: an adult, or an emancipated minor.
pub(crate) async fn check_may_give(desk: &Desk<'_>, patient: &Kept) -> Result<(), Error> {
    let age = desk.pack.parent_auto_remove_age;
    let born = text(&patient.json, "/birthDate");
    if extent::has_attained(&desk.pack, born, age, desk.now) == Some(true) {
        return Ok(());
    }
    let subject = format!("Patient/{}", patient.id());
    let pairs = [("subject", subject.as_str())];
    let flags = desk.book().search(ResourceType::FLAG, &pairs).await?;
    let emancipated = flags.iter().any(|flag| {
        text(&flag.json, "/status") == "active"
            && super::book::has_code(&flag.json, "/code", access::vocabulary::FLAG, "emancipated")
    });
    match emancipated {
        true => Ok(()),
        false => Err(Error::rule(
            "patient",
            format!(
                "a signature counts from the {age}th birthday on; one given before is not valid"
            ),
        )),
    }
}

/// Asks somebody by mail to act for the patient at the desk. Nothing is open to them before they answer.
/// `address`: where the answer is given, without the secret.
///
/// # Errors
/// `Refused` for who may not give, `Rule` with the input at fault.
pub async fn invite(desk: &Desk<'_>, wish: &Wish, address: &str) -> Result<Invited, Error> {
    let Part::Patient(patient) = &desk.part else {
        return Err(Error::Refused(
            "Only the patient invites somebody to act for them.",
        ));
    };
    let book = desk.book();
    let found = book.find(ResourceType::PATIENT, patient).await?;
    let found = found.ok_or(Error::Absent)?;
    check_may_give(desk, &found).await?;
    let role = build::role("adult", &wish.role)
        .ok_or_else(|| Error::rule("relationship", "one of those offered"))?;
    let email = wish.email.trim().to_lowercase();
    if !is_address(&email) {
        return Err(Error::rule(
            "email",
            "an e-mail address such as name@example.org",
        ));
    }
    let own = desk.storage.accounts().find_by_patient(patient).await?;
    let own = own.and_then(|account| account.email).unwrap_or_default();
    if own.to_lowercase() == email {
        return Err(Error::rule(
            "email",
            "this is your own address: each person has their own",
        ));
    }
    let (given, family) = (clean(&wish.given, NAME_MAX), clean(&wish.family, NAME_MAX));
    if given.is_empty() || family.is_empty() {
        return Err(Error::rule(
            "family",
            "the first and the last name of whom you invite",
        ));
    }
    wish.extent
        .check(&desk.pack, RelationshipKind::Adult, desk.now)?;
    let throttle = desk.storage.throttle();
    let key = format!("proxy-invite:{patient}");
    if !throttle
        .allow(&key, INVITATIONS_MAX, DAY_SECONDS, desk.now)
        .await?
    {
        return Err(Error::Refused(
            "That were many invitations for one day. Try again tomorrow.",
        ));
    }
    let name = json!({"family": family, "given": [given]});
    let id = build::new_id();
    let related = build::related_person(&id, patient, role, &name, &email);
    let performer = format!("Patient/{patient}");
    let ids = (patient.as_str(), id.as_str());
    let consent = build::consent(desk, ids, &wish.extent, Some(&performer), "proposed");
    let waiting = ("awaiting-proxy-acceptance", "Waiting for the one invited");
    let mut task = build::task(
        desk,
        ("proxy-request", "Proxy request"),
        waiting,
        Some(patient),
    );
    task["requester"] = build::reference("Patient", patient);
    task["focus"] = build::reference("RelatedPerson", &id);
    task["owner"] = build::reference("RelatedPerson", &id);
    let days = i64::from(desk.pack.proxy.invitation_days);
    let expires = desk.now.checked_add(SignedDuration::from_hours(24 * days));
    let invitation = Invitation {
        task: text(&task, "/id").to_owned(),
        patient: patient.clone(),
        related_person: id.clone(),
        expires: expires.unwrap_or(Timestamp::MAX),
    };
    book.write(vec![create(&related)?, create(&consent)?, create(&task)?])
        .await?;
    let secret = storage::random_secret()?;
    let kept = desk.storage.proxies();
    let hash = hash_of_secret(&secret);
    kept.invite(&hash, &invitation, desk.now).await?;
    // Who has no account here opens one by the same link.
    let entrances = kept.entrances();
    entrances
        .add(&hash, &email, invitation.expires, desk.now)
        .await?;
    super::end::step(desk, patient, ("RelatedPerson", &id), "invited");
    letters::invited(desk, &email, &format!("{address}?code={secret}"), days).await?;
    Ok(Invited {
        task: invitation.task,
        related_person: id,
        expires: invitation.expires,
    })
}

/// What somebody is invited to, for whoever is signed in and has the secret.
///
/// # Errors
/// `Absent` for one that is used, over or never was.
pub async fn read(desk: &Desk<'_>, secret: &str) -> Result<Letter, Error> {
    let account = accounts::at_desk(desk).await?;
    let kept = desk.storage.proxies();
    let found = kept.invitation(&hash_of_secret(secret), desk.now).await?;
    let found = found.ok_or(Error::Absent)?;
    let relation = Relation::find(desk, &found.related_person).await?;
    let relation = relation.ok_or(Error::Absent)?;
    Ok(Letter {
        patient_name: name_of(&relation.patient.json),
        extent: relation.extent(),
        label: relation.label().to_owned(),
        needs_birth_date: accounts::birth_date(desk, &account).await?.is_empty(),
        own: account.patient.as_deref() == Some(&*found.patient),
        asked: {
            let task = desk.book().find(ResourceType::TASK, &found.task).await?;
            task.is_some_and(|task| text(&task.json, "/status") == "accepted")
        },
        patient: found.patient,
    })
}

/// What the invited one says to it.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Where none is on record.
    pub birth_date: String,
    /// That they act solely for the benefit of the patient, and accept the proxy terms.
    pub attests: bool,
}

/// Takes an invitation on. It opens the chart when this returns.
///
/// # Errors
/// `Absent` for one that is used, over or never was, `Rule` with the input at fault, `Overtaken`.
pub async fn accept(desk: &Desk<'_>, secret: &str, reply: &Reply) -> Result<String, Error> {
    let account = accounts::at_desk(desk).await?;
    let hash = hash_of_secret(secret);
    let kept = desk.storage.proxies();
    let found = kept
        .invitation(&hash, desk.now)
        .await?
        .ok_or(Error::Absent)?;
    if account.patient.as_deref() == Some(&*found.patient) {
        return Err(Error::rule(
            "code",
            "this invites somebody else to act for you",
        ));
    }
    check_attested(reply.attests)?;
    let person = accounts::person_of(desk, &account).await?;
    let relation = Relation::find(desk, &found.related_person).await?;
    let relation = relation.ok_or(Error::Absent)?;
    check_invited(desk, &account, &hash, &relation, &reply.birth_date).await?;
    let task = desk.book().find(ResourceType::TASK, &found.task).await?;
    let open = |task: &Kept| matches!(text(&task.json, "/status"), "requested" | "accepted");
    let task = task.filter(open);
    let task = task.ok_or(Error::Absent)?;
    let consent = relation
        .consents
        .iter()
        .find(|it| text(&it.json, "/status") == "proposed");
    let consent = consent.ok_or(Error::Absent)?;
    if !kept.redeem(&hash, desk.now).await? {
        return Err(Error::Overtaken);
    }
    let mut linked = build::linked(&person.json, relation.id());
    if text(&linked, "/birthDate").is_empty() && !reply.birth_date.is_empty() {
        linked["birthDate"] = json!(reply.birth_date);
    }
    let mut agreed = consent.json.clone();
    agreed["status"] = json!("active");
    let mut done = task.json.clone();
    build::set_status(&mut done, "completed", None, desk.now);
    attested(&mut done, desk);
    let plan = Plan {
        related: (
            build::activated(&relation.related.json, desk.now, &relation.extent()),
            Some(relation.related.clone()),
        ),
        consent: (agreed, Some(consent.clone())),
        task: (done, task),
        person: Some((linked, person)),
        again: false,
    };
    let established = establish(desk, &plan, Tell::Both).await;
    if established.is_err() {
        kept.give_back(&hash).await?;
    }
    established.map(|()| relation.patient_id().to_owned())
}

/// Sees to it that whoever takes an invitation on is the one it is for, and of age.
async fn check_invited(
    desk: &Desk<'_>,
    account: &Account,
    hash: &str,
    relation: &Relation,
    stated: &str,
) -> Result<(), Error> {
    let known = accounts::birth_date(desk, account).await?;
    let birth_date = if known.is_empty() { stated } else { &known };
    let age = desk.pack.proxy_min_age;
    match super::welcome::of(desk, hash, &relation.related.json, birth_date).await? {
        Welcome::Come => Ok(()),
        Welcome::TooYoung if birth_date.is_empty() => Err(Error::rule(
            "birth_date",
            "your date of birth, such as 1980-05-17",
        )),
        Welcome::TooYoung => Err(Error::rule(
            "birth_date",
            format!("only somebody of {age} or older can act for somebody else"),
        )),
        Welcome::SomebodyElse => Err(Error::rule(
            "birth_date",
            "this is not the date of birth that was noted at the desk",
        )),
        Welcome::TooOften => Err(Error::Refused("Too many tries. Please ask at the desk.")),
    }
}

/// Turns an invitation down: whoever has its secret may.
///
/// # Errors
/// `Absent` for one that is used, over or never was.
pub async fn decline(desk: &Desk<'_>, secret: &str) -> Result<(), Error> {
    accounts::at_desk(desk).await?;
    let hash = hash_of_secret(secret);
    let kept = desk.storage.proxies();
    let found = kept
        .invitation(&hash, desk.now)
        .await?
        .ok_or(Error::Absent)?;
    if !kept.redeem(&hash, desk.now).await? {
        return Err(Error::Overtaken);
    }
    let relation = Relation::find(desk, &found.related_person).await?;
    let relation = relation.ok_or(Error::Absent)?;
    super::end::withdraw(desk, &relation).await?;
    super::end::step(
        desk,
        relation.patient_id(),
        ("RelatedPerson", relation.id()),
        "declined",
    );
    letters::declined(desk, &relation).await
}

pub(crate) fn check_attested(attests: bool) -> Result<(), Error> {
    match attests {
        true => Ok(()),
        false => Err(Error::rule(
            "attest",
            "confirm that you act solely for the benefit of the patient",
        )),
    }
}

/// Notes in a Task that the one acting attested to act for the patient's benefit alone.
pub(crate) fn attested(task: &mut serde_json::Value, desk: &Desk<'_>) {
    let at = fhir::datetime::instant(desk.now);
    build::input(
        task,
        "attestation",
        "Attested to act solely for the benefit of the patient, under the proxy terms",
        ("valueDateTime", json!(at)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for good in ["a@b.org", "first.last+tag@mail.example"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.org",
            "a@.org",
            "a@b.",
            "a b@c.org",
            "a@b@c.org",
            "a@b.org\r\nBcc: x@y.z",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
