//! Sharing a record by link: made, listed and ended by the patient or whoever acts for them. Each rests on a Consent,
//! and shows what its maker may see at the instant it is opened.

mod consent;
pub mod opening;

use std::sync::Arc;

use access::links::{Category, category, may_see, may_see_labelled};
use access::standing::Agent;
use access::{Access, Actor, Pack, Task, labels};
use argon2::{Argon2, PasswordHasher};
use fhir::ResourceType;
use jiff::{SignedDuration, Timestamp};
use smart::shl::{self, LABEL_MAX, Payload, URL_MAX};
use storage::links::{Secrets, ShareLink, Whose};
use storage::{Change, Found, Storage, WriteFaultKind};
use uuid::Uuid;

use crate::proxies::{Error, create};

/// Links of one record that can be opened at the same time.
pub const LIVE_MAX: i64 = 50;
/// Shortest and longest passcode, in characters.
pub const PASSCODE_MIN: usize = 4;
pub const PASSCODE_MAX: usize = 64;
/// Longest name of whom a link is meant for, in characters.
pub const RECIPIENT_MAX: usize = 100;
/// What a link without a name of its own is called.
const LABEL: &str = "Health record";
const SECONDS_PER_DAY: i64 = 86_400;

/// The desk somebody shares at, with their own eyes.
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub access: &'a Access,
    /// `https://…`, without trailing slash.
    pub base_url: &'a str,
}

/// What somebody wants to share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Codes of [`access::links::CATEGORIES`].
    pub categories: Vec<String>,
    /// Sensitivity labels that go along.
    pub labels: Vec<String>,
    pub label: String,
    /// Whom it is for.
    pub recipient: String,
    pub passcode: Option<String>,
    /// When it is over; the pack's default where none is said.
    pub expires: Option<Timestamp>,
    /// It may be opened again and again, to see what is new.
    pub long_term: bool,
    /// One file without a manifest.
    pub direct: bool,
    /// A token for the FHIR API goes along.
    pub live: bool,
}

/// A link just made.
#[derive(Debug, Clone)]
pub struct Made {
    pub link: ShareLink,
    /// `shlink:/…`
    pub text: String,
    pub url: String,
}

impl Desk<'_> {
    fn patient(&self) -> Result<&str, Error> {
        let patient = self.access.standing().patient.as_ref();
        patient.map(|p| p.id.as_str()).ok_or(Error::Absent)
    }
    /// The account that shares, for the patient in context. Whom a person trusts is not an app's to say.
    fn account(&self) -> Result<&str, Error> {
        let standing = self.access.standing();
        let outside = standing.client.as_ref().is_some_and(|c| c.third_party);
        let person = matches!(
            standing.actor,
            Actor::SelfPatient { .. } | Actor::Proxy { .. }
        );
        let account = standing.agent.account.as_deref();
        account.filter(|_| person && !outside).ok_or(Error::Refused(
            "only the patient, or somebody who acts for them, shares a record",
        ))
    }
    fn is_proxy(&self) -> bool {
        matches!(self.access.standing().actor, Actor::Proxy { .. })
    }
    fn url(&self, secrets: &Secrets) -> String {
        format!("{}/shl/{}", self.base_url, secrets.address)
    }
    fn made(&self, link: ShareLink, secrets: &Secrets) -> Made {
        let url = self.url(secrets);
        let payload = Payload {
            url: &url,
            key: &secrets.key,
            expires: link.expires.as_second(),
            flags: &link.flags,
            label: &link.label,
        };
        Made {
            text: payload.text(),
            url,
            link,
        }
    }
}

/// Makes a link.
///
/// # Errors
/// `Rule` for what cannot be shared or is said wrongly, `Refused` for whoever may not share.
pub async fn share(desk: &Desk<'_>, wish: &Wish) -> Result<Made, Error> {
    let patient = desk.patient()?.to_owned();
    let account = desk.account()?.to_owned();
    let now = desk.access.now();
    let expires = checked(desk, wish)?;
    let passcode = match &wish.passcode {
        Some(passcode) => Some(hashed(passcode).await?),
        None => None,
    };
    let (links, whose) = (desk.storage.links(), Whose::Patient(&patient));
    if links.count_live(whose, now).await? >= LIVE_MAX {
        let text = format!("{LIVE_MAX} links of this record are open: end one first");
        return Err(Error::rule("link", text));
    }
    let secrets = storage::links::Links::secrets()?;
    if desk.url(&secrets).len() > URL_MAX {
        return Err(Error::Invalid(
            "the server's address is too long".to_owned(),
        ));
    }
    let agent = &desk.access.standing().agent;
    let name = wish.label.trim();
    let link = ShareLink {
        id: Uuid::new_v4().to_string(),
        acting_as: desk.is_proxy().then(|| agent.who.clone()),
        consent: Uuid::new_v4().to_string(),
        label: if name.is_empty() { LABEL } else { name }.to_owned(),
        recipient: wish.recipient.trim().to_owned(),
        categories: distinct(&wish.categories),
        labels: distinct(&wish.labels),
        flags: shl::flags(wish.long_term, passcode.is_some(), wish.direct),
        live: wish.live,
        tries_left: i64::from(desk.access.pack().share.passcode_tries),
        patient,
        account,
        passcode,
        created: now,
        expires,
        ended: None,
        opened: 0,
        last_opened: None,
    };
    let consent = create(&consent::of(&link, &agent.who, now))?;
    let (pack, agent) = (desk.access.pack(), agent.clone());
    desk.storage
        .records(&hands(agent, pack, now))
        .write(vec![consent])
        .await?;
    desk.storage.links().create(&link, &secrets).await?;
    Ok(desk.made(link, &secrets))
}

fn distinct(codes: &[String]) -> Vec<String> {
    let mut all = codes.to_vec();
    all.sort();
    all.dedup();
    all
}

/// The house's hands, at somebody's request: the Consent of a link is the house's to keep.
fn hands(agent: Agent, pack: &Arc<Pack>, now: Timestamp) -> Access {
    Access::for_task_by(Task::Consent, agent, Arc::clone(pack), now)
}

/// Whether the wish makes sense and is the maker's to have; when the link ends.
fn checked(desk: &Desk<'_>, wish: &Wish) -> Result<Timestamp, Error> {
    let mut chosen: Vec<&Category> = Vec::new();
    for code in &wish.categories {
        let known = category(code).filter(|one| may_see(desk.access, one));
        let Some(one) = known else {
            let text = "one of these is nothing you can share: you cannot see it yourself";
            return Err(Error::rule("category", text));
        };
        chosen.push(one);
    }
    if chosen.is_empty() {
        return Err(Error::rule("category", "choose what to share"));
    }
    for label in &wish.labels {
        let known = labels::is_known(label) && !labels::is_psychotherapy_note(label);
        if !known || !may_see_labelled(desk.access, &chosen, label) {
            let text = "one of these sensitive parts is nothing you can share";
            return Err(Error::rule("sensitive", text));
        }
    }
    if wish.label.trim().chars().count() > LABEL_MAX {
        let text = format!("a name of at most {LABEL_MAX} characters");
        return Err(Error::rule("label", text));
    }
    if wish.recipient.trim().chars().count() > RECIPIENT_MAX {
        let text = format!("say whom it is for in {RECIPIENT_MAX} characters");
        return Err(Error::rule("recipient", text));
    }
    if wish.passcode.is_some() && wish.direct {
        let text = "a link straight to its file cannot ask for a passcode";
        return Err(Error::rule("passcode", text));
    }
    if wish.live && wish.direct {
        let text = "a link straight to its file gives no token";
        return Err(Error::rule("live", text));
    }
    end_of(desk, wish)
}

fn end_of(desk: &Desk<'_>, wish: &Wish) -> Result<Timestamp, Error> {
    let (now, rules) = (desk.access.now(), &desk.access.pack().share);
    let after = |days: u16| {
        let span = SignedDuration::from_secs(i64::from(days) * SECONDS_PER_DAY);
        now.checked_add(span).unwrap_or(Timestamp::MAX)
    };
    let expires = wish.expires.unwrap_or_else(|| after(rules.days_default));
    if expires <= now || expires > after(rules.days_max) {
        let text = format!(
            "an instant to come, at most {} days from now",
            rules.days_max
        );
        return Err(Error::rule("expires", text));
    }
    Ok(expires)
}

/// The PHC string of a passcode.
async fn hashed(passcode: &str) -> Result<String, Error> {
    let passcode = passcode.trim().to_owned();
    let characters = passcode.chars().count();
    if !(PASSCODE_MIN..=PASSCODE_MAX).contains(&characters) {
        let text = format!("a passcode has {PASSCODE_MIN} to {PASSCODE_MAX} characters");
        return Err(Error::rule("passcode", text));
    }
    // Hashing takes a while: not on a thread that others wait on.
    let hash = move || {
        let hash = Argon2::default().hash_password(passcode.as_bytes()).ok()?;
        Some(hash.to_string())
    };
    let hash = tokio::task::spawn_blocking(hash).await.unwrap_or(None);
    let fault = || Error::Storage(storage::Error::Other("no randomness".to_owned()));
    hash.ok_or_else(fault)
}

/// The links of the patient in context: all of them for the patient, their own for somebody else.
///
/// # Errors
/// `Refused` for whoever may not share.
pub async fn list(desk: &Desk<'_>) -> Result<Vec<ShareLink>, Error> {
    let account = desk.account()?;
    let whose = Whose::Patient(desk.patient()?);
    let mut links = desk.storage.links().list(whose).await?;
    links.retain(|link| !desk.is_proxy() || link.account == account);
    Ok(links)
}

/// A link as whoever made it shows it again; `None` for one that is over.
///
/// # Errors
/// `Absent` for a link that somebody else made.
pub async fn show(desk: &Desk<'_>, id: &str) -> Result<Option<Made>, Error> {
    let account = desk.account()?;
    let link = find(desk, id).await?;
    if link.account != account {
        return Err(Error::Absent);
    }
    if !link.is_live(desk.access.now()) {
        return Ok(None);
    }
    let secrets = desk.storage.links().unseal(id).await?;
    Ok(secrets.map(|secrets| desk.made(link, &secrets)))
}

async fn find(desk: &Desk<'_>, id: &str) -> Result<ShareLink, Error> {
    let all = list(desk).await?;
    all.into_iter()
        .find(|link| link.id == id)
        .ok_or(Error::Absent)
}

/// Ends a link for good. False: it was over.
///
/// # Errors
/// `Absent` for a link that is not the caller's to end.
pub async fn end(desk: &Desk<'_>, id: &str) -> Result<bool, Error> {
    let link = find(desk, id).await?;
    let now = desk.access.now();
    let ended = desk.storage.links().end(id, now).await?;
    let agent = desk.access.standing().agent.clone();
    withdraw(
        desk.storage,
        desk.access.pack(),
        agent,
        &[link.consent],
        now,
    )
    .await?;
    Ok(ended)
}

/// Ends every link of a record, or of an account, with the tokens they gave out: for the workflows that close
/// accounts. `agent`: at whose request. How many were open.
///
/// # Errors
/// When it cannot be written.
pub async fn end_all(
    storage: &Storage,
    pack: &Arc<Pack>,
    agent: Agent,
    whose: Whose<'_>,
    now: Timestamp,
) -> Result<usize, Error> {
    let ended = storage.links().end_all(whose, now).await?;
    let mut consents = Vec::new();
    for id in &ended {
        let link = storage.links().find(id).await?;
        consents.extend(link.map(|link| link.consent));
    }
    withdraw(storage, pack, agent, &consents, now).await?;
    Ok(ended.len())
}

/// Makes Consents say that they are over. The links they belong to are over already.
async fn withdraw(
    storage: &Storage,
    pack: &Arc<Pack>,
    agent: Agent,
    consents: &[String],
    now: Timestamp,
) -> Result<(), Error> {
    let access = hands(agent, pack, now);
    let records = storage.records(&access);
    for id in consents {
        let Found::Seen(seen) = records.read(ResourceType::CONSENT, id).await? else {
            continue;
        };
        let json = serde_json::from_slice(seen.body());
        let mut json: serde_json::Value = json.map_err(|e| Error::Invalid(e.to_string()))?;
        if json["status"] != "active" {
            continue;
        }
        json["status"] = "inactive".into();
        let change = Change::Update {
            valid: consent::valid(&json)?,
            id: id.clone(),
            if_match: Some(seen.version()),
        };
        match records.write(vec![change]).await {
            Ok(_) => {}
            // Somebody ended it in the same moment.
            Err(storage::Error::Write(fault))
                if matches!(fault.kind, WriteFaultKind::VersionConflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
