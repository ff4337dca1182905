//! The signed receipt of a Consent: what somebody was given leave to do, or told not to, for the person to keep.

use access::sharing;
use access::standing::consent_facts;
use access::vocabulary::{GRANTED_SCOPE, PROXY_LEVEL};
use access::{Access, facts::ConsentFact, facts::ConsentKind};
use fhir::{Document, ResourceType};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use smart::receipt::Claims;
use storage::{Error, Found, Storage};

use crate::proxies::text;

/// What a receipt of a Consent says, as far as the caller may read it: `None` for one the caller may not, and for a
/// Consent of no kind that is known here.
///
/// # Errors
/// When the database cannot be asked.
pub async fn claims(
    storage: &Storage,
    access: &Access,
    id: &str,
    issuer: &str,
) -> Result<Option<Claims>, Error> {
    let records = storage.records(access);
    let Found::Seen(seen) = records.read(ResourceType::CONSENT, id).await? else {
        return Ok(None);
    };
    if seen.redacted() {
        return Ok(None);
    }
    let corrupt = |e: String| Error::Other(format!("a stored Consent cannot be read: {e}"));
    let body = String::from_utf8_lossy(seen.body()).into_owned();
    let consent: Value = serde_json::from_str(&body).map_err(|e| corrupt(e.to_string()))?;
    let document = Document::parse(body).map_err(|e| corrupt(e.to_string()))?;
    let zone = access.pack().zone().iana_name().unwrap_or("UTC");
    let mut lines: Vec<String> = Vec::new();
    for fact in consent_facts(document.root(), zone) {
        let names = Names {
            app: match &fact.client {
                Some(id) => storage.clients().find(id).await?.map(|client| client.name),
                None => None,
            },
            others: names(&records, &fact).await?,
            end: fact.end.map(|end| day(end, access.pack().zone())),
        };
        let said = says(&fact, &consent, names);
        // What it is about is said once, however many it names.
        let from = usize::from(!lines.is_empty());
        lines.extend(said.into_iter().skip(from));
    }
    if lines.is_empty() {
        return Ok(None);
    }
    Ok(Some(Claims {
        iss: issuer.to_owned(),
        sub: text(&consent, "/patient/reference").to_owned(),
        iat: access.now().as_second(),
        jti: format!("Consent/{id}/_history/{}", seen.version()),
        says: lines,
        consent,
    }))
}

/// How a kind of Consent reads.
fn title(kind: ConsentKind, permit: bool) -> &'static str {
    match (kind, permit) {
        (ConsentKind::App, _) => "An app may use this record.",
        (ConsentKind::AppDeny, _) => "Something of this record is kept from an app.",
        (ConsentKind::Exchange, false) => "Nothing of this record goes to other organizations.",
        (ConsentKind::Exchange, true) => "This record may go to another organization.",
        (ConsentKind::OrganizationDeny, _) => {
            "Something of this record is kept from an organization."
        }
        (ConsentKind::PersonDeny, _) => "Something of this record is kept from a person.",
        (ConsentKind::Part2, _) => {
            "Records of substance use treatment may go along for treatment, payment and operations."
        }
        (ConsentKind::MinorRelease, _) => "Care received in confidence may be seen by a parent.",
        (ConsentKind::Terms, _) => "Terms of use were accepted.",
        (ConsentKind::Proxy, _) => "Somebody may act for the patient.",
        (ConsentKind::Link, _) => "A part of this record may be opened with a link.",
        (ConsentKind::Wait, _) => "New results wait until a clinician has talked about them.",
    }
}

/// What a Consent names only by reference, in words.
struct Names {
    app: Option<String>,
    /// People and organizations.
    others: Vec<String>,
    /// The last day.
    end: Option<String>,
}

/// `November 21, 2026`: the last day before an instant.
fn day(end: Timestamp, zone: &TimeZone) -> String {
    let last = end.checked_sub(SignedDuration::from_secs(1)).unwrap_or(end);
    last.to_zoned(zone.clone())
        .strftime("%B %-d, %Y")
        .to_string()
}

/// The names of whom a Consent names, as far as the caller may read them.
async fn names(records: &storage::Records<'_>, fact: &ConsentFact) -> Result<Vec<String>, Error> {
    let organizations = fact
        .organizations
        .iter()
        .map(|id| format!("Organization/{id}"));
    let mut names = Vec::new();
    for reference in fact.people.iter().cloned().chain(organizations) {
        let named = reference.split_once('/');
        let of = named.and_then(|(of, id)| Some((ResourceType::from_name(of)?, id)));
        let found = match of {
            Some((of, id)) => records.read(of, id).await?,
            None => Found::Nothing,
        };
        let json: Option<Value> = match found {
            Found::Seen(seen) => serde_json::from_slice(seen.body()).ok(),
            _ => None,
        };
        names.push(json.as_ref().and_then(name).unwrap_or(reference));
    }
    Ok(names)
}

/// A person's name, or an organization's.
fn name(json: &Value) -> Option<String> {
    if let Some(name) = json["name"].as_str() {
        return Some(name.to_owned());
    }
    let name = json.pointer("/name/0")?;
    if let Some(text) = name["text"].as_str() {
        return Some(text.to_owned());
    }
    let given = name["given"].as_array().into_iter().flatten();
    let mut parts: Vec<&str> = given.filter_map(Value::as_str).collect();
    parts.extend(name["family"].as_str());
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn says(fact: &ConsentFact, consent: &Value, names: Names) -> Vec<String> {
    let mut says = vec![title(fact.kind, fact.permit).to_owned()];
    let mut say = |what: &str, of: Vec<String>| {
        if !of.is_empty() {
            says.push(format!("{what}: {}.", of.join(", ")));
        }
    };
    let extensions = |url: &str, value: &str| -> Vec<String> {
        let all = consent.get("extension").and_then(Value::as_array);
        let own = all.into_iter().flatten().filter(|one| one["url"] == url);
        own.filter_map(|one| one[value].as_str().map(str::to_owned))
            .collect()
    };
    let app = fact.client.as_ref().map(|id| match names.app {
        Some(name) => format!("{name} ({id})"),
        None => id.clone(),
    });
    say("App", app.into_iter().collect());
    say("Whom", names.others);
    say("Level", extensions(PROXY_LEVEL, "valueCode"));
    say("Granted", extensions(GRANTED_SCOPE, "valueString"));
    match fact.permit {
        true => say("Only", sharing::titles(&fact.only_types)),
        false => say("Kept back", sharing::titles(&fact.only_types)),
    }
    say("Except", sharing::titles(&fact.except_types));
    if !fact.except_labels.is_empty() || (!fact.permit && !fact.only_labels.is_empty()) {
        say("Kept back", vec!["sensitive care".to_owned()]);
    }
    say("Until", names.end.into_iter().collect());
    if !fact.active {
        say("State", vec![text(consent, "/status").to_owned()]);
    }
    says
}
