//! The signed receipt of a Consent: what somebody was given leave to do, or told not to, for the person to keep.

use access::sharing;
use access::standing::consent_fact;
use access::vocabulary::{CONSENT_KIND, GRANTED_SCOPE, PROXY_LEVEL};
use access::{Access, facts::ConsentFact, facts::ConsentKind};
use fhir::{Document, ResourceType};
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
    let Some(fact) = consent_fact(document.root(), zone) else {
        return Ok(None);
    };
    Ok(Some(Claims {
        iss: issuer.to_owned(),
        sub: text(&consent, "/patient/reference").to_owned(),
        iat: access.now().as_second(),
        jti: format!("Consent/{id}/_history/{}", seen.version()),
        says: says(&fact, &consent),
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
        (ConsentKind::Wait, _) => "New results wait until a clinician has talked about them.",
    }
}

fn says(fact: &ConsentFact, consent: &Value) -> Vec<String> {
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
    say("App", fact.client.iter().cloned().collect());
    say("People", fact.people.clone());
    say("Organizations", fact.organizations.clone());
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
    let end = text(consent, "/provision/period/end");
    if !end.is_empty() {
        say("Until", vec![end.to_owned()]);
    }
    if !fact.active {
        say("State", vec![text(consent, "/status").to_owned()]);
    }
    says
}

/// The kinds of Consent people get a receipt of, as the code of [`CONSENT_KIND`] in a search.
pub fn of_kind(code: &str) -> String {
    format!("{CONSENT_KIND}|{code}")
}
