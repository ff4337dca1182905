//! The access log as people read it, and “I don’t recognise this”.

use super::browser::{Browser, PASSWORD};
use crate::support::House;

/// A house whose doctor looked at ada, and ada's browser.
async fn house() -> (House, Browser) {
    let house = House::with_people().await;
    house.with_password("ada").await;
    house.with_password("dan").await;
    let doctor = house.clinician().await;
    doctor
        .get("/fhir/Observation/ada-glucose")
        .await
        .expect(200);
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    (house, browser)
}

fn event_of(html: &str) -> String {
    let at = html.split("&amp;event=").nth(1).unwrap();
    at.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_log_is_filtered_by_who_and_when() {
    let (_house, browser) = house().await;
    let page = browser
        .get("/account/access-log?patient=ada&who=staff")
        .await;
    assert!(
        page.html
            .contains("<strong>Clinician</strong> looked at test results")
    );
    assert!(!page.html.contains("<strong>You</strong>"));
    assert!(page.html.contains("June 15, 2026"));
    let page = browser
        .get("/account/access-log?patient=ada&from=2026-06-16")
        .await;
    assert!(page.html.contains("There are no such entries"));
    let page = browser
        .get("/account/access-log?patient=ada&from=soon")
        .await;
    assert!(page.html.contains("could not be read"));
    let odd = browser
        .get("/account/access-log?patient=ada&who=nobody&before=x")
        .await;
    assert_eq!(odd.status(), 200);
}

#[tokio::test]
async fn an_entry_that_is_not_recognised_goes_to_the_privacy_office() {
    let (house, browser) = house().await;
    let page = browser
        .get("/account/access-log?patient=ada&who=staff")
        .await;
    let event = event_of(&page.html);
    let path = format!("/account/access-log/report?patient=ada&event={event}");
    let page = browser.get(&path).await;
    assert!(page.html.contains("Clinician looked at test results"));
    assert!(!page.html.contains("your own sign-in"));
    let csrf = page.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("patient", "ada"),
        ("event", &event),
        ("comment", "Who was that?"),
    ];
    let done = browser.post("/account/access-log/report", &fields).await;
    assert!(done.html.contains("We are looking into it"));
    assert!(done.html.contains("June 16, 2026"));
    let again = browser.post("/account/access-log/report", &fields).await;
    assert!(again.html.contains("looked into already"));
    let task = format!("/fhir/Task/privacy-review-{event}");
    house.backend().await.get(&task).await.expect(200);
    // Nobody reports what they do not see.
    let dan = Browser::of(&house);
    dan.sign_in("dan", PASSWORD, "").await;
    assert_eq!(dan.get(&path).await.status(), 404);
    let csrf = dan.get("/account").await.field("csrf");
    let stolen = [
        ("csrf", csrf.as_str()),
        ("patient", "ada"),
        ("event", &event),
    ];
    let refused = dan.post("/account/access-log/report", &stolen).await;
    assert_eq!(refused.status(), 404);
    let forged = [("csrf", "x"), ("patient", "ada"), ("event", &event)];
    let refused = browser.post("/account/access-log/report", &forged).await;
    assert_eq!(refused.status(), 403);
}

#[tokio::test]
async fn what_ones_own_sign_in_did_leads_to_a_new_password() {
    let (_house, browser) = house().await;
    browser.get("/account/access-log?patient=ada").await;
    let page = browser
        .get("/account/access-log?patient=ada&who=patient")
        .await;
    let event = event_of(&page.html);
    let path = format!("/account/access-log/report?patient=ada&event={event}");
    let page = browser.get(&path).await;
    assert!(page.html.contains("your own sign-in"));
    assert!(page.html.contains("href=\"/account/security\""));
}

#[tokio::test]
async fn the_proof_of_the_log_can_be_kept() {
    let (house, browser) = house().await;
    let page = browser.get("/account/access-log/roots").await;
    assert!(page.html.contains("Nothing has been signed yet"));
    let (kid, der) = smart::jwk::generate().unwrap();
    let key = smart::jwk::SigningKey::from_pkcs8(&kid, &der).unwrap();
    let (pack, now) = (&house.web.pack, house.now());
    let root = workflows::audit_roots::sign(&house.storage, &key, "http://h", pack, now);
    let root = root.await.unwrap().unwrap();
    let page = browser.get("/account/access-log/roots").await;
    assert!(page.html.contains("2026-06-14"));
    let file = browser.get("/account/access-log/roots/2026-06-14").await;
    assert_eq!(file.html, root.signed);
    assert!(
        file.reply
            .header("content-disposition")
            .contains("access-log-root-2026-06-14.jws")
    );
    assert_eq!(
        browser
            .get("/account/access-log/roots/2026-06-13")
            .await
            .status(),
        404
    );
}
