//! The Consent resource of a connected app: the person's receipt, and what the decision reads.

use access::offer::type_title;
use access::vocabulary;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use smart::scope::Scopes;
use storage::clients::Client;
use storage::grants::Grant;

use crate::notices::html::escaped;

/// How long a connection lasts unless it is renewed or ended, in hours: a year.
const CONNECTION_HOURS: i64 = 365 * 24;
/// The code system of resource types, as `Consent.provision.class` wants it.
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";

/// The Consent by which a person lets an app see a patient's record.
pub(super) fn app_consent(client: &Client, grant: &Grant, patient: &str, now: Timestamp) -> Value {
    let end = now
        .checked_add(SignedDuration::from_hours(CONNECTION_HOURS))
        .unwrap_or(Timestamp::MAX);
    let patient = format!("Patient/{patient}");
    let performer = match grant.fhir_user.as_deref() {
        Some(user) if user.starts_with("RelatedPerson/") || user.starts_with("Practitioner/") => {
            user.to_owned()
        }
        _ => patient.clone(),
    };
    let mut consent = json!({
        "resourceType": "Consent",
        "text": {},
        "extension": [{"url": vocabulary::CLIENT_ID, "valueString": client.id}],
        "status": "active",
        "scope": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy",
        }]},
        "category": [{"coding": [{"system": vocabulary::CONSENT_KIND, "code": "app"}]}],
        "patient": {"reference": patient},
        "dateTime": fhir::datetime::instant(now),
        "performer": [{"reference": performer}],
        "policyRule": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "OPTIN",
        }]},
        "provision": {
            "type": "permit",
            // No start: there is no token of it before, and a clock set back must not close the app.
            "period": { "end": fhir::datetime::instant(end) },
        },
    });
    state(&mut consent, &client.name, &Scopes::parse(&grant.scopes));
    consent
}

/// Makes a Consent say what is in force: its scopes, its types, its text.
pub(super) fn state(consent: &mut Value, app: &str, scopes: &Scopes) {
    let Some(members) = consent.as_object_mut() else {
        return;
    };
    if let Some(extensions) = members.get_mut("extension").and_then(Value::as_array_mut) {
        extensions.retain(|one| one["url"] != vocabulary::GRANTED_SCOPE);
        let texts = scopes.texts().iter();
        extensions.extend(
            texts.map(|scope| json!({"url": vocabulary::GRANTED_SCOPE, "valueString": scope})),
        );
    }
    if let Some(provision) = members.get_mut("provision").and_then(Value::as_object_mut) {
        restrict(provision, scopes);
    }
    members.insert("text".to_owned(), narrative(app, scopes));
}

/// The only types the permit is for; none named where a scope speaks of all.
fn restrict(provision: &mut Map<String, Value>, scopes: &Scopes) {
    let mut types: Vec<&str> = Vec::new();
    for scope in &scopes.resources {
        let Some(name) = scope.resource_type.as_deref() else {
            provision.remove("class");
            return;
        };
        if !types.contains(&name) {
            types.push(name);
        }
    }
    let coding = |code: &&str| json!({"system": RESOURCE_TYPES, "code": code});
    if types.is_empty() {
        provision.remove("class");
    } else {
        provision.insert(
            "class".to_owned(),
            types.iter().map(coding).collect::<Vec<Value>>().into(),
        );
    }
}

fn narrative(app: &str, scopes: &Scopes) -> Value {
    let mut items = String::new();
    for scope in &scopes.resources {
        let what = match scope.resource_type.as_deref() {
            None => "The whole record",
            Some(name) => type_title(name).unwrap_or(name),
        };
        items.push_str(&format!("<li>{what} ({})</li>", escaped(&scope.text)));
    }
    let list = if items.is_empty() {
        String::new()
    } else {
        format!("<ul>{items}</ul>")
    };
    json!({
        "status": "generated",
        "div": format!(
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>The app {} may use this record for:</p>{list}</div>",
            escaped(app)
        ),
    })
}
