//! A teenager and who acts for them have each their own mail address, from the day the grant comes into force.

use serde_json::{Value, json};
use storage::accounts::Kind;
use storage::mail_links::Purpose;

use super::desk::{account, answer, sent_for_of, visitor, way_in};
use super::requesting::{ask, asking, decision};
use super::{OWN, params};
use crate::pages::browser::Browser;
use crate::support::House;

const DAN: &str = "dan@example.org";

/// Cleo of fifteen has an account with a proven address; dan is about to act for her.
async fn house(cleos: &str) -> House {
    let house = House::under("ct-exemplar").await;
    house.fill().await;
    for (id, given, born) in [("ada", "Ada", "1984-02-03"), ("cleo", "Cleo", "2010-09-02")] {
        house
            .put(
                &json!({"resourceType": "Patient", "id": id, "birthDate": born,
                "address": [{"postalCode": "06457"}],
                "name": [{"given": [given], "family": "Moss"}]}),
            )
            .await;
    }
    for (person, email) in [("cleo", cleos), ("dan", DAN)] {
        let account = house.account(person, Kind::Patient).await;
        let contacts = house.storage.contacts();
        contacts
            .prove_email(&account, email, house.now())
            .await
            .unwrap();
    }
    house
}

async fn email_of(house: &House, person: &str) -> Option<String> {
    let account = house.account(person, Kind::Patient).await;
    let found = house.storage.accounts().find(&account).await.unwrap();
    found.unwrap().email
}

/// Medical records let dan act for cleo, as her father.
async fn let_in(house: &House) {
    let dan = house.patient_with("dan", OWN).await;
    let father = [("role", "valueCode", json!("FTH"))];
    let task = ask(&dan, asking("Cleo", "2010-09-02", "parent", &father)).await;
    assert!(email_of(house, "cleo").await.is_some(), "not yet");
    let seen = [("ground", "valueString", json!("Birth certificate seen"))];
    let him = house.staff("him").await;
    him.post(
        &format!("/fhir/{task}/$proxy-decide"),
        decision("approve", &seen),
    )
    .await
    .expect(200);
}

/// How it stands with her mail, as an app of hers is told.
async fn told(house: &House) -> String {
    let cleo = house.patient_with("cleo", "patient/*.rs").await;
    let said = cleo.get("/fhir/$notice-settings").await.expect(200).json();
    let all = said["parameter"].as_array().unwrap().clone();
    let address = all.iter().find(|it| it["name"] == "address").unwrap();
    address["valueCode"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_shared_address_leaves_the_teenagers_account_when_a_parent_is_let_in() {
    let house = house(DAN).await;
    assert_eq!(told(&house).await, "good");
    workflows::recovery::send_link(&house.storage, "cleo", "http://kinchart.test", house.now())
        .await
        .unwrap();
    let before = house.mails(DAN).await;
    let (_, secret) = before.last().unwrap().split_once("link=").unwrap();
    let secret = secret.split_whitespace().next().unwrap();
    let_in(&house).await;
    assert_eq!(email_of(&house, "cleo").await, None);
    assert_eq!(email_of(&house, "dan").await.as_deref(), Some(DAN));
    // What was sent there before opens nothing, and nothing more is sent there on her behalf.
    let links = house.storage.mail_links();
    let found = links.find(Purpose::NewPassword, secret, house.now()).await;
    assert_eq!(found.unwrap(), None);
    let more = house.mails(DAN).await.split_off(before.len());
    assert!(
        more.iter()
            .all(|mail| mail.starts_with("You may act for somebody")),
        "{more:?}"
    );
    // She is asked for one of her own; he learns nothing of it.
    assert_eq!(told(&house).await, "shared");
    let dan = house.patient_with("dan", "patient/*.rs").await;
    let his = dan.get("/fhir/$notice-settings").await.expect(200).text();
    assert!(his.contains("\"good\""), "{his}");
    let log = house.found("AuditEvent?patient=cleo&_count=200").await;
    assert!(
        !log.iter()
            .any(|it| it.to_string().contains("address-apart"))
    );
    let kept = house.found("AuditEvent?subtype=address-apart").await;
    assert_eq!(kept.len(), 1);
}

#[tokio::test]
async fn she_gives_an_address_of_her_own_and_mail_goes_there_again() {
    let house = house("Dan+cleo@Example.org").await;
    house.with_password("cleo").await;
    let_in(&house).await;
    assert_eq!(email_of(&house, "cleo").await, None, "one mailbox");
    let browser = Browser::of(&house);
    browser
        .sign_in("cleo", crate::pages::browser::PASSWORD, "")
        .await;
    for path in ["/account", "/account/notices"] {
        let page = browser.get(path).await;
        assert!(page.html.contains("acts for you"), "{path} {}", page.html);
        assert!(!page.html.to_lowercase().contains(DAN), "{path}");
    }
    let page = browser.get("/account/email/change").await;
    let csrf = page.field("csrf");
    let send = async |email: &str| {
        let fields = [("csrf", csrf.as_str()), ("email", email)];
        browser.post("/account/email/change", &fields).await
    };
    assert_eq!(send(DAN).await.status(), 422, "not his again");
    assert_eq!(send("cleo@example.org").await.status(), 200);
    let mail = house.newest_mail("cleo@example.org").await.unwrap();
    browser.confirm_address(&mail.text).await;
    assert_eq!(told(&house).await, "good");
    let home = browser.get("/account").await;
    assert!(!home.html.contains("acts for you"), "{}", home.html);
}

#[tokio::test]
async fn it_is_caught_of_who_asked_at_the_desk_too_once_they_have_said_yes() {
    let mail = "grace@mail.example";
    let house = house(mail).await;
    let link = sent_for_of(&house, "cleo", visitor("1980-01-05", &[])).await;
    // Anybody may name an address at a desk: nothing is taken from her for that.
    assert_eq!(email_of(&house, "cleo").await.as_deref(), Some(mail));
    let grace = Browser::of(&house);
    let opened = grace.come(&way_in(&link), "grace.lee", "1980-01-05").await;
    grace.accept_terms(&opened.location()).await;
    assert_eq!(email_of(&house, "cleo").await.as_deref(), Some(mail));
    assert_eq!(
        answer(&grace, &link).await.location(),
        "/account/family?done=accepted"
    );
    assert_eq!(email_of(&house, "cleo").await, None);
    let hers = account(&house).await.unwrap();
    assert_eq!(hers.email.as_deref(), Some(mail));
}

#[tokio::test]
async fn adults_may_share_an_address_as_they_like() {
    let house = house("cleo@example.org").await;
    let ada = house.account("ada", Kind::Patient).await;
    house.mail_to(&ada, "both@example.org").await;
    let dan = house.account("dan", Kind::Patient).await;
    house.mail_to(&dan, "both@example.org").await;
    let wish = params(&[
        ("email", "valueString", json!("dan.work@example.org")),
        ("given", "valueString", json!("Dan")),
        ("family", "valueString", json!("Cole")),
        ("relationship", "valueCode", json!("SPS")),
        ("level", "valueCode", json!("view-all")),
    ]);
    let patient = house.patient_with("ada", OWN).await;
    patient
        .post("/fhir/Patient/ada/$proxy-invite", wish)
        .await
        .expect(200);
    let sent = house.mails("dan.work@example.org").await;
    let (_, code) = sent[0].split_once("code=").unwrap();
    let yes: Value = params(&[
        ("code", "valueString", json!(code.split_whitespace().next())),
        ("decision", "valueCode", json!("accept")),
        ("attest", "valueBoolean", json!(true)),
    ]);
    let husband = house.patient_with("dan", OWN).await;
    husband.post("/fhir/$proxy-accept", yes).await.expect(200);
    assert_eq!(
        email_of(&house, "ada").await.as_deref(),
        Some("both@example.org")
    );
}

#[tokio::test]
async fn who_came_of_age_and_lets_a_parent_back_in_is_asked_for_an_address_of_their_own() {
    let house = house("cleo@example.org").await;
    let_in(&house).await;
    assert_eq!(told(&house).await, "good");
    house.round().await;
    house.move_clock("2028-08-15T12:00:00Z");
    house.round().await;
    let tasks = house
        .found("Task?patient=cleo&code=proxy-reestablish")
        .await;
    let of_dan = tasks.iter().find(|it| {
        let focus = it["focus"]["reference"].as_str().unwrap();
        !focus.ends_with("ada-for-cleo")
    });
    let task = of_dan.unwrap()["id"].as_str().unwrap();
    house.move_clock("2028-09-02T04:00:00Z");
    house.round().await;
    // Of age, she may take what address she likes.
    let account = house.account("cleo", Kind::Patient).await;
    house.mail_to(&account, DAN).await;
    let cleo = house.patient_with("cleo", OWN).await;
    let level = [("level", "valueCode", json!("view-all"))];
    cleo.post(
        &format!("/fhir/Task/{task}/$proxy-answer"),
        decision("accept", &level),
    )
    .await
    .expect(200);
    assert_eq!(email_of(&house, "cleo").await, None);
    assert_eq!(told(&house).await, "shared");
}
