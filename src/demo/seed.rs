//! Fills an empty database with the demonstration and says what is in it.

use crate::calendar::Calendar;
use crate::chart::reference_of;
use crate::clients::{Registration, kind_name, registrations};
use crate::families::{has_account, resources};
use crate::manifest::{ActivationCode, Client, Launch, Manifest, ProxyFor, Statement, User};
use crate::people::{PROXIES, Proxy, RESTRICTED, State};
use crate::sign_ins::{PASSWORD, SignIn, accounts, password_hash};
use crate::story::{Story, stories};
use crate::{Error, billing};
use access::{Access, Pack, Task};
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;
use storage::{Change, Storage};
use workflows::opening::Desk;
use workflows::opening::codes::{self, Answer, Channel, Giver};

/// What [`Storage::mark`] remembers of a demo database; its value is the manifest's `now`.
pub const MARK: &str = storage::MADE_UP;

/// Resources written in one transaction.
const BATCH: usize = 500;

/// Where and by which rules the demo runs.
#[derive(Debug, Clone)]
pub struct Site {
    pub base_url: String,
    pub policy: String,
    pub pack: Arc<Pack>,
    /// The reference instant.
    pub now: Timestamp,
}

/// Writes everything and returns the manifest. In a database that already is a demo the record and
/// the
/// accounts stay as they are; clients get new keys and secrets, patients without an account new
/// codes.
///
/// # Errors
/// When a resource is not valid or the database refuses.
pub async fn seed(storage: &Storage, site: &Site) -> Result<Manifest, Error> {
    let calendar = Calendar::new(site.now, site.pack.zone());
    let stories = stories()?;
    let made = resources(&calendar)?;
    let fresh = storage.marked(MARK).await?.is_none();
    if fresh {
        write(storage, site, &made).await?;
    }
    let hash = tokio::task::spawn_blocking(password_hash)
        .await
        .map_err(|_| Error::Keys)??;
    let members: Vec<_> = stories
        .iter()
        .map(|story| &story.member)
        .filter(|member| has_account(member.id))
        .collect();
    let sign_ins = accounts(&members, &hash);
    for sign_in in sign_ins.iter().filter(|_| fresh) {
        storage
            .accounts()
            .create(&sign_in.account, site.now)
            .await?;
        said_yes_to_mail(storage, &sign_in.account, site.now).await?;
    }
    let registrations = registrations(&site.base_url)?;
    for registration in &registrations {
        storage.clients().save(&registration.client).await?;
    }
    let activation_codes = activation_codes(storage, site, &calendar, &stories).await?;
    storage.mark(MARK, &calendar.now_text()).await?;
    Ok(Manifest {
        base_url: site.base_url.clone(),
        fhir_base: format!("{}/fhir", site.base_url),
        now: calendar.now_text(),
        policy: site.policy.clone(),
        users: sign_ins
            .iter()
            .map(|sign_in| user(sign_in, &calendar, &stories, &site.policy))
            .collect(),
        clients: registrations.iter().map(client).collect(),
        activation_codes,
        statements: statements(&made, &calendar, &stories),
        launches: launches(&stories),
        groups: &[crate::places::PATIENTS],
        us_core_patients: crate::manifest::US_CORE_PATIENTS,
        udap: None,
    })
}

/// Everybody in the demo proved their address and wants to be told of news.
async fn said_yes_to_mail(
    storage: &Storage,
    account: &storage::accounts::Account,
    now: Timestamp,
) -> Result<(), Error> {
    let contact = storage::contacts::Contact {
        verified: account.email.as_ref().map(|_| now),
        notify: true,
        ..Default::default()
    };
    storage.contacts().save(&account.id, &contact, now).await?;
    Ok(())
}

async fn write(storage: &Storage, site: &Site, made: &[Value]) -> Result<(), Error> {
    let access = Access::for_task(Task::Seed, site.pack.clone(), site.now);
    for batch in made.chunks(BATCH) {
        let changes = batch.iter().map(change).collect::<Result<Vec<_>, _>>()?;
        storage.records(&access).write(changes).await?;
    }
    Ok(())
}

/// A resource as the change that stores it under its own id.
fn change(resource: &Value) -> Result<Change, Error> {
    let name = reference_of(resource);
    let document = fhir::Document::parse(resource.to_string())
        .map_err(|fault| Error::Invalid(name.clone(), fault.to_string()))?;
    let valid = fhir::validate::validate(document).map_err(|issues| {
        let said: Vec<String> = issues
            .iter()
            .map(|issue| {
                let at = issue.expression.as_deref().unwrap_or_default();
                format!("{at}: {}", issue.diagnostics)
            })
            .collect();
        Error::Invalid(name.clone(), said.join("; "))
    })?;
    let id = name.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(Change::Update {
        valid,
        id,
        if_match: None,
    })
}

async fn activation_codes(
    storage: &Storage,
    site: &Site,
    calendar: &Calendar,
    stories: &[Story],
) -> Result<Vec<ActivationCode>, Error> {
    let mut made = Vec::new();
    for story in stories {
        let member = &story.member;
        let adult = calendar.age(member.birth) >= 18;
        if !adult || has_account(member.id) || member.died_days_ago.is_some() {
            continue;
        }
        let desk = Desk {
            storage,
            pack: &site.pack,
            base_url: &site.base_url,
            now: calendar.now(),
        };
        let issued = codes::issue(desk, member.id, Channel::Visit, Giver::default());
        let issued = issued.await.map_err(storage::Error::from)?;
        let Answer::Issued(issued) = issued else {
            continue;
        };
        let code = issued.code;
        made.push(ActivationCode {
            patient: member.id.to_owned(),
            code,
            birth_date: calendar.birth_date(member.birth).to_string(),
            postal_code: member.postal_code.to_owned(),
        });
    }
    Ok(made)
}

fn user(sign_in: &SignIn, calendar: &Calendar, stories: &[Story], policy: &str) -> User {
    let account = &sign_in.account;
    User {
        key: sign_in.key.clone(),
        username: account.username.clone(),
        password: PASSWORD.to_owned(),
        kind: account.kind.as_str(),
        role: account.role.clone(),
        display: account.display.clone(),
        about: stories
            .iter()
            .find(|story| account.patient.as_deref() == Some(story.member.id))
            .map_or_else(String::new, |story| story.about.to_owned()),
        patient: account.patient.clone(),
        proxies: PROXIES
            .iter()
            .filter(|proxy| proxy.actor == sign_in.key && proxy.state == State::Active)
            .map(|proxy| proxy_for(proxy, calendar, stories, policy))
            .collect(),
    }
}

fn proxy_for(proxy: &Proxy, calendar: &Calendar, stories: &[Story], policy: &str) -> ProxyFor {
    let age = stories
        .iter()
        .find(|story| story.member.id == proxy.patient)
        .map_or(0, |story| calendar.age(story.member.birth));
    let tier = match age {
        ..13 => "full",
        13..18 if policy == "ct-exemplar" => "teen-safe",
        13..18 => "demographics-read",
        _ => "full",
    };
    ProxyFor {
        patient: proxy.patient.to_owned(),
        related_person: proxy.id(),
        relationship: proxy.relationship.to_owned(),
        level: proxy.level.unwrap_or(tier).to_owned(),
        age,
        court_order: proxy.id() == RESTRICTED,
    }
}

fn client(registration: &Registration) -> Client {
    let client = &registration.client;
    Client {
        key: client.id.clone(),
        client_id: client.id.clone(),
        name: client.name.clone(),
        redirect_uris: client.redirect_uris.clone(),
        r#type: kind_name(client.kind),
        client_secret: registration.secret.clone(),
        private_jwk: registration.private_jwk.clone(),
        scopes: registration.asks.to_owned(),
        first_party: client.first_party,
    }
}

/// Open invoices a guest may pay: confidential ones are not among them.
fn statements(made: &[Value], calendar: &Calendar, stories: &[Story]) -> Vec<Statement> {
    made.iter()
        .filter(|resource| {
            resource.get("resourceType").and_then(Value::as_str) == Some("Invoice")
                && resource.get("status").and_then(Value::as_str) == Some("issued")
                && resource.pointer("/meta/security").is_none()
        })
        .filter_map(|invoice| {
            let text = |path: &str| invoice.pointer(path).and_then(Value::as_str);
            let subject = text("/subject/reference")?.trim_start_matches("Patient/");
            let story = stories.iter().find(|story| story.member.id == subject)?;
            debug_assert_eq!(
                text("/identifier/0/system"),
                Some(billing::statement_system().as_str())
            );
            let balance = invoice.pointer("/totalGross/value")?.as_f64()?;
            Some(Statement {
                invoice: text("/id")?.to_owned(),
                statement_number: text("/identifier/0/value")?.to_owned(),
                last_name: story.member.family.to_owned(),
                birth_date: calendar.birth_date(story.member.birth).to_string(),
                balance: format!("{balance:.2}"),
            })
        })
        .collect()
}

fn launches(stories: &[Story]) -> Vec<Launch> {
    stories
        .iter()
        .filter(|story| story.member.died_days_ago.is_none())
        .filter_map(|story| {
            let last = story.visits.iter().min_by_key(|visit| visit.days_ago)?;
            Some(Launch {
                patient: story.member.id.to_owned(),
                encounter: format!("{}-{}", story.member.id, last.slug),
            })
        })
        .collect()
}
