//! The end of accounts: closed by their owner, by staff, by the organization; copies of the record without one; and
//! an account secured.

mod closing;
mod copies;
mod midway;
mod organization;
mod securing;
mod shared_computer;

use serde_json::{Value, json};
use storage::accounts::Kind;
use storage::clients;

use crate::family::{OWN, params};
use crate::pages::browser::{Browser, PASSWORD, Page};
use crate::support::{Caller, House};

/// ada, who acts for her children and for whom dan acts; both with a password and a mail address.
pub async fn house() -> House {
    let house = House::with_people().await;
    house.adult_proxy("full", None).await;
    for person in ["ada", "dan"] {
        house.with_password(person).await;
        let account = house.account(person, Kind::Patient).await;
        house
            .mail_to(&account, &format!("{person}@example.org"))
            .await;
    }
    house
}

pub async fn signed_in(house: &House, person: &str) -> Browser {
    let browser = Browser::of(house);
    assert_eq!(browser.sign_in(person, PASSWORD, "").await.status(), 303);
    browser
}

/// Closes the account of whoever sits at a browser.
pub async fn close(browser: &Browser, keep: &str) -> Page {
    let page = browser.get("/account/close").await;
    assert_eq!(page.status(), 200, "{}", page.html);
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("sure", "yes"),
        ("keep", keep),
    ];
    browser.post("/account/close", &fields).await
}

/// The message that the terms of the portal name.
pub fn message(sender: &str, patient: &str) -> Value {
    let coded = |kind: &str, code: &str| {
        json!({"coding": [{"system": format!("https://kinchart.org/fhir/CodeSystem/{kind}"),
            "code": code}]})
    };
    json!({"resourceType": "Communication", "status": "completed",
        "category": [coded("message-category", "customer-service-question")],
        "topic": coded("message-topic", "account-deactivation-request"),
        "subject": {"reference": format!("Patient/{patient}")},
        "sender": {"reference": sender}, "sent": "2026-06-15T16:00:00Z",
        "payload": [{"contentString": "Please close my account."}]})
}

/// The state of an account.
pub async fn state(house: &House, account: &str) -> &'static str {
    let found = house.storage.accounts().find(account).await.unwrap();
    found.unwrap().state.as_str()
}

/// What staff give as a reason.
pub fn why(more: &[(&str, &str, Value)]) -> Value {
    let mut all = vec![
        ("reason", "valueCode", json!("misuse")),
        (
            "note",
            "valueString",
            json!("Complaint 17 of the front desk"),
        ),
    ];
    all.extend(more.iter().cloned());
    params(&all)
}

/// An app of somebody else with a refresh token in ada's chart: the caller, and the refresh token.
pub async fn app(house: &House) -> (Caller, String) {
    let client = house
        .client("public-app", clients::Kind::Public, false)
        .await;
    let mut grant = house.grant(&client, OWN);
    grant.account = Some("account-ada".to_owned());
    grant.patient = Some("ada".to_owned());
    grant.fhir_user = Some("Patient/ada".to_owned());
    let found = house
        .storage
        .clients()
        .find(&client)
        .await
        .unwrap()
        .unwrap();
    let pack = &house.web.pack;
    let consent = workflows::apps::connect(&house.storage, pack, &found, &grant, house.now()).await;
    grant.consent = consent.unwrap();
    let grants = house.storage.grants();
    let issued = grants
        .issue(&grant, 86_400, true, house.now())
        .await
        .unwrap();
    let refresh = issued.refresh_token.unwrap();
    (house.bearer(&issued.access_token), refresh)
}

/// Whether a refresh token still gives tokens.
pub async fn refreshes(house: &House, refresh: &str) -> bool {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let reply = house.exchange("public-app", None, &form).await;
    reply.status == 200
}

/// The value of a parameter.
pub fn value<'v>(parameters: &'v Value, name: &str, member: &str) -> &'v Value {
    let all = parameters["parameter"].as_array().unwrap();
    let found = all.iter().find(|one| one["name"] == name);
    found.map_or(&Value::Null, |one| &one[member])
}
