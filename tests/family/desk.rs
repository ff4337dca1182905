//! Somebody stands at the desk: staff write down that they ask, a parent who is a minor themself too, and they answer
//! with an account of their own.

use serde_json::{Value, json};
use storage::accounts::{Account, Kind};

use super::requesting::{decision, house};
use super::{OWN, params};
use crate::pages::browser::Browser;
use crate::pages::opening::link_in;
use crate::support::House;

const REGISTER: &str = "/fhir/Patient/ben/$proxy-register";
const MAIL: &str = "grace@mail.example";

pub(super) fn visitor(born: &str, more: &[(&str, &str, Value)]) -> Value {
    let mut all = vec![
        ("given", "valueString", json!("Grace")),
        ("family", "valueString", json!("Lee")),
        ("birth-date", "valueDate", json!(born)),
        ("email", "valueString", json!(MAIL)),
        ("relationship", "valueCode", json!("parent")),
        ("role", "valueCode", json!("MTH")),
        ("identity-document", "valueCode", json!("passport")),
    ];
    for one in more {
        all.retain(|it| it.0 != one.0);
        all.push(one.clone());
    }
    params(&all)
}

fn task_of(answer: &Value) -> String {
    let task = answer["parameter"][0]["valueReference"]["reference"].as_str();
    task.unwrap().to_owned()
}

/// From the desk to the mail: registration writes it down, medical records approve. The link in the mail.
async fn sent_for(house: &House, visitor: Value) -> String {
    sent_for_of(house, "ben", visitor).await
}

/// The same for another patient.
pub(super) async fn sent_for_of(house: &House, patient: &str, visitor: Value) -> String {
    let desk = house.staff("registration").await;
    let register = format!("/fhir/Patient/{patient}/$proxy-register");
    let task = task_of(&desk.post(&register, visitor).await.expect(200).json());
    let him = house.staff("him").await;
    let seen = [("ground", "valueString", json!("Birth certificate seen"))];
    let decide = format!("/fhir/{task}/$proxy-decide");
    him.post(&decide, decision("approve", &seen))
        .await
        .expect(200);
    // It was decided: nobody decides it again.
    him.post(&decide, decision("approve", &seen))
        .await
        .expect(409);
    link_in(&house.newest_mail(MAIL).await.unwrap().text)
}

pub(super) async fn answer(browser: &Browser, link: &str) -> crate::pages::browser::Page {
    let page = browser.get(link).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("code", &page.field("code")),
        ("attest", "yes"),
        ("decision", "accept"),
    ];
    browser.post("/account/family/answer", &fields).await
}

pub(super) async fn account(house: &House) -> Option<Account> {
    let accounts = house.storage.accounts();
    accounts.find_by_username("grace.lee").await.unwrap()
}

/// Whether grace opens ben's chart now.
async fn sees_ben(house: &House) -> bool {
    let Some(own) = account(house).await else {
        return false;
    };
    let people = house.storage.accounts().people(&own, house.now()).await;
    people.unwrap().iter().any(|one| {
        let outlook = access::offer::Outlook::of(&one.standing, &house.web.pack, house.now());
        one.patient == "ben" && outlook.open()
    })
}

pub(super) fn way_in(link: &str) -> String {
    link.replace("/account/family/answer", "/account/sign-up/proxy/open")
}

#[tokio::test]
async fn who_asks_at_the_desk_answers_with_an_account_of_their_own() {
    let house = house().await;
    let link = sent_for(&house, visitor("1980-01-05", &[])).await;
    let grace = Browser::of(&house);
    // The mail alone is not enough: it is who stood at the desk.
    let wrong = grace.come(&way_in(&link), "grace.lee", "1980-01-06").await;
    assert_eq!(wrong.status(), 422, "{}", wrong.html);
    assert!(wrong.html.contains("not the date of birth that was noted"));
    let opened = grace.come(&way_in(&link), "grace.lee", "1980-01-05").await;
    assert_eq!(opened.status(), 303, "{}", opened.html);
    grace.accept_terms(&opened.location()).await;
    assert!(!sees_ben(&house).await);
    let page = grace.get(&link).await;
    assert!(page.html.contains("Act for Ben Moss"), "{}", page.html);
    let accepted = answer(&grace, &link).await;
    assert_eq!(accepted.location(), "/account/family?done=accepted");
    assert!(sees_ben(&house).await);
    // Every step stands in a Provenance with who took it.
    let proxy = &house.found("RelatedPerson?patient=ben&name=Lee").await[0];
    let target = format!("RelatedPerson/{}", proxy["id"].as_str().unwrap());
    let told = house.found(&format!("Provenance?target={target}")).await;
    let by = |who: &str| told.iter().any(|it| it["agent"].to_string().contains(who));
    assert!(by("Practitioner/dr-wu"), "{told:?}");
    let of_her = told
        .iter()
        .filter(|it| it["target"].to_string().contains(&target));
    assert!(of_her.count() >= 2, "written down, and answered");
    // What she agreed to before the chart was hers is said in the chart.
    let terms = house.found("Consent?patient=ben&status=active").await;
    let agreed = |it: &&Value| it["performer"].to_string().contains(&target);
    assert_eq!(terms.iter().filter(agreed).count(), 1);
}

#[tokio::test]
async fn guessing_whose_invitation_it_is_has_its_limit() {
    let house = house().await;
    let link = way_in(&sent_for(&house, visitor("1980-01-05", &[])).await);
    let grace = Browser::of(&house);
    for day in 10..15 {
        let wrong = grace
            .come(&link, "grace.lee", &format!("1980-01-{day}"))
            .await;
        assert_eq!(wrong.status(), 422);
    }
    let late = grace.come(&link, "grace.lee", "1980-01-05").await;
    assert_eq!(late.status(), 410, "the right one comes too late");
    assert!(account(&house).await.is_none());
}

#[tokio::test]
async fn a_mother_of_17_acts_for_her_baby_by_the_desk_alone() {
    let house = house().await;
    let minor = [("minor-parent", "valueBoolean", json!(true))];
    let link = sent_for(&house, visitor("2009-03-01", &minor)).await;
    let grace = Browser::of(&house);
    let opened = grace.come(&way_in(&link), "grace.lee", "2009-03-01").await;
    assert_eq!(opened.status(), 303, "{}", opened.html);
    grace.accept_terms(&opened.location()).await;
    assert_eq!(answer(&grace, &link).await.status(), 303);
    assert!(sees_ben(&house).await);
    // For nobody else: she asks to act for cleo herself, and is too young.
    let own = account(&house).await.unwrap();
    let client = house
        .client("portal", storage::clients::Kind::Public, true)
        .await;
    let mut grant = house.grant(&client, OWN);
    let related = house.found("RelatedPerson?patient=ben&name=Lee").await;
    grant.account = Some(own.id);
    grant.patient = Some("ben".into());
    grant.fhir_user = Some(format!(
        "RelatedPerson/{}",
        related[0]["id"].as_str().unwrap()
    ));
    let token = house.token(grant, 3_600).await;
    let mother = house.bearer(&token);
    mother
        .get("/fhir/Observation/ben-glucose")
        .await
        .expect(200);
    let asked = super::requesting::asking("Cleo", "2010-09-02", "parent", &[]);
    let refused = mother.post("/fhir/$proxy-request", asked).await.expect(422);
    assert!(refused.text().contains("18 or older"), "{}", refused.text());
}

#[tokio::test]
async fn only_staff_register_and_nobody_under_age_but_a_parent() {
    let house = house().await;
    let desk = house.staff("registration").await;
    let minor = ("minor-parent", "valueBoolean", json!(true));
    let adult = ("relationship", "valueCode", json!("adult"));
    for (wrong, at) in [
        (visitor("2009-03-01", &[]), "birth-date"),
        (visitor("2009-03-01", &[minor, adult]), "minor-parent"),
        (visitor("1980", &[]), "birth-date"),
        (
            visitor("1980-01-05", &[("email", "valueString", json!("nowhere"))]),
            "email",
        ),
        (
            visitor(
                "1980-01-05",
                &[("identity-document", "valueCode", json!("-"))],
            ),
            "",
        ),
    ] {
        let reply = desk.post(REGISTER, wrong).await;
        if at.is_empty() {
            reply.expect(200);
            continue;
        }
        let reply = reply.expect(422).json();
        assert_eq!(reply["issue"][0]["expression"][0], at);
    }
    desk.post(
        "/fhir/Patient/nobody/$proxy-register",
        visitor("1980-01-05", &[]),
    )
    .await
    .expect(404);
    let ada = house.patient_with("ada", OWN).await;
    let ben = house.proxy_with("ada", "ben", OWN).await.0;
    for other in [ada, ben, house.staff("billing").await] {
        let reply = other.post(REGISTER, visitor("1980-01-05", &[])).await;
        let status = reply.status.as_u16();
        assert!(matches!(status, 403 | 404), "{status} {}", reply.text());
    }
    assert!(house.mails(MAIL).await.is_empty());
}

#[tokio::test]
async fn less_that_was_asked_for_at_the_desk_is_not_widened_by_who_decides() {
    let house = house().await;
    let desk = house.staff("registration").await;
    let less = [
        ("relationship", "valueCode", json!("adult")),
        ("role", "valueCode", json!("FRND")),
        ("level", "valueCode", json!("full")),
        ("start", "valueDate", json!("2026-06-20")),
        ("end", "valueDate", json!("2026-12-31")),
        ("read-only", "valueBoolean", json!(true)),
        ("without-sensitive", "valueBoolean", json!(true)),
    ];
    let asked = visitor("1980-01-05", &less);
    let task = task_of(
        &desk
            .post("/fhir/Patient/ada/$proxy-register", asked)
            .await
            .expect(200)
            .json(),
    );
    let him = house.staff("him").await;
    let seen = [("ground", "valueString", json!("Consent signed at the desk"))];
    him.post(
        &format!("/fhir/{task}/$proxy-decide"),
        decision("approve", &seen),
    )
    .await
    .expect(200);
    let consents = house.found("Consent?patient=ada&status=proposed").await;
    let provision = &consents[0]["provision"];
    assert_eq!(
        provision["period"],
        json!({"start": "2026-06-20", "end": "2026-12-31"})
    );
    assert_eq!(provision["action"][0]["coding"][0]["code"], "access");
    assert_eq!(provision["provision"][0]["type"], "deny");
}

#[tokio::test]
async fn a_role_is_told_whether_it_may_write_down_who_asks() {
    let house = house().await;
    for (role, may) in [("registration", true), ("him", true), ("billing", false)] {
        let staff = house.staff(role).await;
        let told = staff.get("/fhir/$work-queues").await.expect(200).json();
        let all = told["parameter"].as_array().unwrap();
        let told = all
            .iter()
            .any(|one| one["name"] == "may" && one["valueCode"] == "proxy-register");
        let asked = staff.post(REGISTER, visitor("1980-01-05", &[])).await;
        assert_eq!((told, asked.status == 200), (may, may), "{role}");
    }
}

#[tokio::test]
async fn what_changes_is_shown_to_whoever_acts_and_to_the_patient() {
    let house = house().await;
    let parent = house.proxy_with("ada", "ben", OWN).await.0;
    let steps = parent
        .get("/fhir/Patient/ben/$proxy-preview")
        .await
        .expect(200)
        .json();
    let told = |step: usize, name: &str| -> Vec<Value> {
        let parts = steps["parameter"][step]["part"].as_array().unwrap();
        let named = parts.iter().filter(|it| it["name"] == name);
        named.cloned().collect()
    };
    assert_eq!(
        told(1, "from")[0]["valueInstant"],
        "2028-01-20T05:00:00.000Z"
    );
    assert_eq!(
        told(2, "from")[0]["valueInstant"],
        "2033-01-20T05:00:00.000Z"
    );
    assert!(told(0, "hidden").is_empty() && told(1, "sees").len() == 1);
    assert_eq!(told(2, "open")[0]["valueBoolean"], false);
    assert_eq!(told(2, "why-not").len(), 1);
    // The patient sees it of whoever acts for them, and nobody sees it of others.
    house.adult_proxy("view-all", Some("2026-12-31")).await;
    let ada = house.patient_with("ada", OWN).await;
    let path = "/fhir/Patient/ada/$proxy-preview";
    let of_dan = ada
        .get(&format!("{path}?related-person=dan-for-ada"))
        .await
        .expect(200)
        .json();
    assert_eq!(of_dan["parameter"].as_array().unwrap().len(), 2);
    ada.get(path).await.expect(400);
    ada.get(&format!("{path}?related-person=nobody"))
        .await
        .expect(404);
    parent
        .get(&format!("{path}?related-person=dan-for-ada"))
        .await
        .expect(404);
    let eve = house.account("eve", Kind::Patient).await;
    assert!(!eve.is_empty());
}

#[tokio::test]
async fn acting_for_somebody_who_cannot_decide_alone_is_reviewed_before_it_ends() {
    let house = house().await;
    let capacity = [
        ("relationship", "valueCode", json!("diminished-capacity")),
        ("role", "valueCode", json!("RESPRSN")),
        ("level", "valueCode", json!("full")),
    ];
    let dan = house.patient_with("dan", OWN).await;
    let asked =
        super::requesting::asking("Ada", "1984-02-03", "diminished-capacity", &capacity[2..]);
    let task = super::requesting::ask(&dan, asked).await;
    let him = house.staff("him").await;
    let decide = format!("/fhir/{task}/$proxy-decide");
    let by = json!({"reference": "Practitioner/dr-wu"});
    let with = |end: &str| {
        let more = [
            ("ground", "valueString", json!("Attested by Dr. Wu")),
            ("attested-by", "valueReference", by.clone()),
            ("end", "valueDate", json!(end)),
        ];
        decision("approve", &more)
    };
    // Twelve months at most.
    let long = him.post(&decide, with("2027-07-01")).await.expect(422);
    assert_eq!(long.json()["issue"][0]["expression"][0], "end");
    him.post(&decide, with("2027-05-31")).await.expect(200);
    assert!(super::requesting::sees(&house, "ada").await);
    let waiting = "Task?patient=ada&code=proxy-review";
    assert!(house.found(waiting).await.is_empty());
    house.move_clock("2027-05-02T12:00:00Z");
    for _ in 0..2 {
        house.round().await;
        let reviews = house.found(waiting).await;
        assert_eq!(reviews.len(), 1, "once");
        assert_eq!(reviews[0]["status"], "requested");
        assert!(reviews[0]["restriction"]["period"]["end"].is_string());
    }
    house.move_clock("2027-06-01T04:00:00Z");
    assert!(!super::requesting::sees(&house, "ada").await);
    assert_eq!(house.round().await.ended, 1);
}

#[tokio::test]
async fn every_step_at_the_desk_stands_in_the_trail() {
    let house = house().await;
    sent_for(&house, visitor("1980-01-05", &[])).await;
    let all = house.found("AuditEvent?patient=ben&_count=200").await;
    let said: Vec<String> = all
        .iter()
        .map(|it| format!("{} {}", it["subtype"][0]["code"], it["outcomeDesc"]))
        .collect();
    assert!(
        said.contains(&"\"proxy-asked\" \"asked-at-desk\"".to_owned())
            && said.contains(&"\"proxy-asked\" \"approved-at-desk\"".to_owned()),
        "{said:?}"
    );
}
