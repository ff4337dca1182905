//! Opening a share link: the passcode counted before it is looked at, the record as its maker may see it now, each
//! file encrypted anew. Whatever is over, or never was, looks the same.

use access::Access;
use access::links::{category, may_see};
use argon2::{Argon2, PasswordVerifier};
use fhir::{Document, ResourceType};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use smart::jwk::hash_of_secret;
use smart::shl::{self, API_ACCESS, ManifestRequest, RECORD};
use storage::audit::{Action, Event};
use storage::links::{ShareLink, Ticket};
use storage::standing::Opening;
use storage::{Error, Everything, Found, Seen};

use crate::visitors::Desk;

/// How often one link may be opened in an hour.
pub const OPENINGS_MAX: i64 = 120;
const HOUR_SECONDS: i64 = 3_600;
/// Resources of one shared record, and bytes of the documents that go along.
const RESOURCES_MAX: usize = 5_000;
const DOCUMENTS_MAX: usize = 200;
const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Where the house is, for addresses in answers.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub base_url: &'a str,
    pub fhir_base: &'a str,
}

/// Why a link was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is over, or never was.
    Absent,
    /// The passcode is missing or wrong; how many wrong ones it still bears.
    Passcode { left: i64 },
    /// Too often within the hour.
    TooOften,
}

/// What a receiver gets of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub files: Vec<File>,
    /// The link may be asked again for what is new.
    pub can_change: bool,
}

/// One file of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub content_type: &'static str,
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A compact JWE.
    Embedded(String),
    /// Where one is fetched within the hour.
    Location(String),
}

/// Answers a manifest request.
///
/// # Errors
/// When the database cannot be asked.
pub async fn manifest(
    desk: &Desk<'_>,
    place: Place<'_>,
    address: &str,
    request: &ManifestRequest,
) -> Result<Result<Manifest, Refusal>, Error> {
    let link = match known(desk, address, false).await? {
        Ok(link) => link,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let recipient = &request.recipient;
    if let Some(hash) = &link.passcode
        && let Some(refusal) = passcode(desk, &link, hash, request).await?
    {
        return Ok(Err(refusal));
    }
    let Some(access) = opened(desk, &link, recipient).await? else {
        return Ok(Err(Refusal::Absent));
    };
    let longest = request.embedded_length_max.unwrap_or(u64::MAX);
    let mut files = Vec::new();
    let kinds = [(Ticket::Record, RECORD), (Ticket::Access, API_ACCESS)];
    for (kind, content_type) in kinds
        .into_iter()
        .filter(|(kind, _)| link.live || *kind == Ticket::Record)
    {
        let Some(file) = file(desk, place, &access, &link, (kind, recipient)).await? else {
            return Ok(Err(Refusal::Absent));
        };
        let content = match u64::try_from(file.len()).is_ok_and(|length| length <= longest) {
            true => Content::Embedded(file),
            false => {
                let lifetime = SignedDuration::from_secs(HOUR_SECONDS);
                let links = desk.storage.links();
                let ticket = links.give_out((&link.id, kind), recipient, lifetime, desk.now);
                Content::Location(format!("{}/shl/file/{}", place.base_url, ticket.await?))
            }
        };
        files.push(File {
            content_type,
            content,
        });
    }
    desk.storage
        .links()
        .note_opening(&link.id, desk.now)
        .await?;
    Ok(Ok(Manifest {
        files,
        can_change: link.flags.contains('L'),
    }))
}

/// The file of a link without a manifest.
///
/// # Errors
/// When the database cannot be asked.
pub async fn direct(
    desk: &Desk<'_>,
    place: Place<'_>,
    address: &str,
    recipient: &str,
) -> Result<Result<String, Refusal>, Error> {
    let link = match known(desk, address, true).await? {
        Ok(link) => link,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let found = fetched(desk, place, &link, (Ticket::Record, recipient)).await?;
    if found.is_some() {
        desk.storage
            .links()
            .note_opening(&link.id, desk.now)
            .await?;
    }
    Ok(found.ok_or(Refusal::Absent))
}

/// A file that a manifest told the place of. It is made now, of what may be seen now.
///
/// # Errors
/// When the database cannot be asked.
pub async fn located(
    desk: &Desk<'_>,
    place: Place<'_>,
    ticket: &str,
) -> Result<Option<String>, Error> {
    let given = desk
        .storage
        .links()
        .given_out(&hash_of_secret(ticket))
        .await?;
    let live = given.filter(|given| given.kind != Ticket::Token && desk.now < given.expires);
    match live {
        Some(given) => fetched(desk, place, &given.link, (given.kind, &given.recipient)).await,
        None => Ok(None),
    }
}

async fn fetched(
    desk: &Desk<'_>,
    place: Place<'_>,
    link: &ShareLink,
    (kind, recipient): (Ticket, &str),
) -> Result<Option<String>, Error> {
    match opened(desk, link, recipient).await? {
        Some(access) => file(desk, place, &access, link, (kind, recipient)).await,
        None => Ok(None),
    }
}

/// The link at an address, if it can be opened in that way and was not opened too often.
async fn known(
    desk: &Desk<'_>,
    address: &str,
    direct: bool,
) -> Result<Result<ShareLink, Refusal>, Error> {
    let link = desk.storage.links().at(address).await?;
    let Some(link) = link.filter(|link| link.flags.contains('U') == direct) else {
        return Ok(Err(Refusal::Absent));
    };
    // Whether it is over is said before a passcode is asked for.
    if opened(desk, &link, "").await?.is_none() {
        return Ok(Err(Refusal::Absent));
    }
    let key = format!("share-link:{}", link.id);
    let throttle = desk.storage.throttle();
    let calm = throttle.allow(&key, OPENINGS_MAX, HOUR_SECONDS, desk.now);
    Ok(match calm.await? {
        true => Ok(link),
        false => Err(Refusal::TooOften),
    })
}

/// What the link shows at this instant; `None` once it is over: ended, expired, its Consent withdrawn, its maker's
/// account closed, or nothing left that its maker may see.
async fn opened(
    desk: &Desk<'_>,
    link: &ShareLink,
    recipient: &str,
) -> Result<Option<Access>, Error> {
    let opening = Opening {
        recipient,
        passcode_ok: true,
    };
    let standing = desk.storage.standing_of_link(link, opening, desk.now);
    let Some(standing) = standing.await? else {
        return Ok(None);
    };
    let Ok(access) = desk.open(standing) else {
        return Ok(None);
    };
    let mut chosen = link.categories.iter().filter_map(|code| category(code));
    Ok(chosen.any(|one| may_see(&access, one)).then_some(access))
}

/// Compares a passcode, counted first: of many at once no more are looked at than the link bears.
async fn passcode(
    desk: &Desk<'_>,
    link: &ShareLink,
    hash: &str,
    request: &ManifestRequest,
) -> Result<Option<Refusal>, Error> {
    let given = request.passcode.as_deref().map(str::trim);
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        let left = link.tries_left;
        return Ok(Some(Refusal::Passcode { left }));
    };
    let links = desk.storage.links();
    let Some(left) = links.count(&link.id).await? else {
        return Ok(Some(Refusal::Absent));
    };
    let (given, hash) = (given.to_owned(), hash.to_owned());
    // Hashing takes a while: not on a thread that others wait on.
    let check = move || {
        let given: String = given.chars().take(super::PASSCODE_MAX).collect();
        Argon2::default()
            .verify_password(given.as_bytes(), &*hash)
            .is_ok()
    };
    if tokio::task::spawn_blocking(check).await.unwrap_or(false) {
        links.forgive(&link.id).await?;
        return Ok(None);
    }
    note_refusal(desk, link, &request.recipient).await?;
    Ok(Some(Refusal::Passcode { left }))
}

/// The patient sees that somebody tried.
async fn note_refusal(desk: &Desk<'_>, link: &ShareLink, recipient: &str) -> Result<(), Error> {
    let opening = Opening {
        recipient,
        passcode_ok: false,
    };
    let standing = desk.storage.standing_of_link(link, opening, desk.now);
    let Some(standing) = standing.await? else {
        return Ok(());
    };
    desk.storage.audit(Event {
        at: desk.now,
        action: Action::LinkOpened,
        permitted: false,
        reason: "DENY_SHL_PASSCODE".to_owned(),
        agent: standing.agent.clone(),
        patient: Some(link.patient.clone()),
        entity: Some(format!("Patient/{}", link.patient)),
        query: None,
        request_id: None,
    });
    Ok(())
}

/// A file of a link as it leaves the house; `None` when its key is gone.
async fn file(
    desk: &Desk<'_>,
    place: Place<'_>,
    access: &Access,
    link: &ShareLink,
    (kind, recipient): (Ticket, &str),
) -> Result<Option<String>, Error> {
    let Some(secrets) = desk.storage.links().unseal(&link.id).await? else {
        return Ok(None);
    };
    let (content_type, plain) = match kind {
        Ticket::Record => (RECORD, record(desk, place, access).await?),
        _ => (API_ACCESS, api_access(desk, place, link, recipient).await?),
    };
    let plain = plain.to_string();
    let encrypted = shl::encrypted(&secrets.key, content_type, plain.as_bytes());
    let fault = || Error::Other("a shared file could not be encrypted".to_owned());
    encrypted.map(Some).ok_or_else(fault)
}

/// What the link shows of the record, as one Bundle.
async fn record(desk: &Desk<'_>, place: Place<'_>, access: &Access) -> Result<Value, Error> {
    let patient = access.standing().patient.as_ref();
    let patient = patient.map(|patient| patient.id.clone());
    let records = desk.storage.records(access);
    let asked = Everything {
        compartment: ResourceType::PATIENT,
        id: patient,
        types: Vec::new(),
        since: None,
        start: None,
        end: None,
        count: RESOURCES_MAX,
        included_max: RESOURCES_MAX,
        cursor: None,
        shown: String::new(),
        action: Action::LinkOpened,
    };
    let page = records.everything(&asked).await?;
    let mut entries = Vec::new();
    let mut documents = Vec::new();
    for seen in page.matches.iter().chain(&page.included) {
        if seen.resource_type() == ResourceType::DOCUMENT_REFERENCE {
            documents.extend(attached(seen));
        }
        entries.push(entry(place, seen)?);
    }
    let mut bytes = 0;
    for id in documents.iter().take(DOCUMENTS_MAX) {
        if let Found::Seen(seen) = records.read(ResourceType::BINARY, id).await? {
            bytes += seen.body().len();
            if bytes > DOCUMENT_BYTES_MAX {
                break;
            }
            entries.push(entry(place, &seen)?);
        }
    }
    if page.next.is_some() {
        let text = format!("the record goes on beyond these {RESOURCES_MAX} resources");
        entries.push(
            json!({"resource": {"resourceType": "OperationOutcome", "issue": [
            {"severity": "warning", "code": "incomplete", "diagnostics": text}]}}),
        );
    }
    Ok(json!({"resourceType": "Bundle", "type": "collection",
        "timestamp": fhir::datetime::instant(desk.now), "entry": entries}))
}

fn entry(place: Place<'_>, seen: &Seen) -> Result<Value, Error> {
    let resource: Value =
        serde_json::from_slice(seen.body()).map_err(|fault| Error::Other(fault.to_string()))?;
    let url = format!("{}/{}/{}", place.fhir_base, seen.resource_type(), seen.id());
    Ok(json!({"fullUrl": url, "resource": resource}))
}

/// Ids of the Binaries a document points to.
fn attached(document: &Seen) -> Vec<String> {
    let text = String::from_utf8_lossy(document.body()).into_owned();
    let Ok(document) = Document::parse(text) else {
        return Vec::new();
    };
    let urls = document.root().all("content.attachment.url");
    let urls = urls.iter().filter_map(|url| url.str());
    urls.filter_map(|url| Some(url.rsplit_once("Binary/")?.1.to_owned()))
        .collect()
}

/// A token for the FHIR API: what the link shows, for an hour at most, never longer than the link.
async fn api_access(
    desk: &Desk<'_>,
    place: Place<'_>,
    link: &ShareLink,
    recipient: &str,
) -> Result<Value, Error> {
    let left = left_seconds(link.expires, desk.now);
    let lifetime = SignedDuration::from_secs(left);
    let links = desk.storage.links();
    let token = links.give_out((&link.id, Ticket::Token), recipient, lifetime, desk.now);
    let scope = access::links::scopes(link.categories.iter().map(String::as_str));
    Ok(
        json!({"access_token": token.await?, "token_type": "bearer", "expires_in": left,
        "scope": scope, "patient": link.patient, "aud": place.fhir_base}),
    )
}

fn left_seconds(expires: Timestamp, now: Timestamp) -> i64 {
    (expires.as_second() - now.as_second()).clamp(1, HOUR_SECONDS)
}
