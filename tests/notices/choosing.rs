//! Saying whether one is told of news, on a page and by an app.

use serde_json::{Value, json};
use storage::accounts::Kind;

use super::{house, result};
use crate::pages::browser::{Browser, PASSWORD};
use crate::support::House;

async fn signed_in(house: &House) -> Browser {
    house.with_password("ada").await;
    let browser = Browser::of(house);
    browser.sign_in("ada", PASSWORD, "").await;
    browser
}

fn said(answer: &Value) -> (bool, String) {
    let one = |name: &str| {
        let all = answer["parameter"].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap().clone()
    };
    (
        one("notify")["valueBoolean"].as_bool().unwrap(),
        one("address")["valueCode"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn a_page_says_yes_and_no_and_what_is_wrong_with_the_address() {
    let house = house().await;
    let browser = signed_in(&house).await;
    let account = house.wants_mail("ada").await;
    let page = browser.get("/account/notices").await;
    assert!(page.html.contains("value=\"yes\" checked"), "{}", page.html);
    assert!(page.html.contains("a…@example.org"));
    assert!(!page.html.contains("ada@example.org"));
    let csrf = page.field("csrf");
    let done = browser.post("/account/notices", &[("csrf", &csrf)]).await;
    assert_eq!(done.location(), "/account/notices?done=no");
    let page = browser.get("/account/notices?done=no").await;
    assert!(!page.html.contains("value=\"yes\" checked"));
    house.put(&result("a", "ada")).await;
    assert_eq!(house.news().await, 0);
    let fields = [("csrf", csrf.as_str()), ("notify", "yes")];
    browser.post("/account/notices", &fields).await;
    house.put(&result("b", "ada")).await;
    assert_eq!(house.news().await, 1);
    // Home says so only when something is to be mended.
    let home = browser.get("/account").await;
    assert!(!home.html.contains("We cannot tell you"), "{}", home.html);
    let contacts = house.storage.contacts();
    contacts
        .bounce("ada@example.org", house.now())
        .await
        .unwrap();
    for path in ["/account", "/account/notices"] {
        let page = browser.get(path).await;
        assert!(page.html.contains("came back"), "{path} {}", page.html);
    }
    // A form from elsewhere says nothing.
    let forged = browser.post("/account/notices", &[("csrf", "x")]).await;
    assert_eq!(forged.status(), 403);
    assert!(contacts.of(&account).await.unwrap().notify);
}

#[tokio::test]
async fn an_app_says_it_for_the_person_who_let_it() {
    let house = house().await;
    let reads = house.patient("ada").await;
    let settings = reads.get("/fhir/$notice-settings").await.expect(200).json();
    assert_eq!(said(&settings), (true, "good".to_owned()));
    assert!(!settings.to_string().contains("ada@"));
    let no = json!({"resourceType": "Parameters",
        "parameter": [{"name": "notify", "valueBoolean": false}]});
    reads.post("/fhir/$notice-choice", &no).await.expect(403);
    let writes = house
        .patient_with("ada", "launch/patient patient/*.cruds")
        .await;
    let answer = writes
        .post("/fhir/$notice-choice", &no)
        .await
        .expect(200)
        .json();
    assert_eq!(said(&answer), (false, "good".to_owned()));
    house.put(&result("a", "ada")).await;
    assert_eq!(house.news().await, 0);
    let empty = json!({"resourceType": "Parameters"});
    let refused = writes.post("/fhir/$notice-choice", &empty).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
    // Nobody else's: staff and systems have none.
    for other in [house.clinician().await, house.backend().await] {
        other.get("/fhir/$notice-settings").await.expect(403);
        other.post("/fhir/$notice-choice", &no).await.expect(403);
    }
    // Of a mother in her child's chart it is her own.
    let mother = house.proxy_of("ada", "ben").await;
    let hers = mother
        .get("/fhir/$notice-settings")
        .await
        .expect(200)
        .json();
    assert_eq!(said(&hers), (false, "good".to_owned()));
    let ada = house.account("ada", Kind::Patient).await;
    house
        .storage
        .contacts()
        .bounce("ada@example.org", house.now())
        .await
        .unwrap();
    assert!(
        house
            .storage
            .contacts()
            .of(&ada)
            .await
            .unwrap()
            .bounced
            .is_some()
    );
    let bounced = reads.get("/fhir/$notice-settings").await.json();
    assert_eq!(said(&bounced), (false, "bounced".to_owned()));
}
