//! Choices about one of several whom a Consent names: each has a row, and changing one leaves the others alone.

use serde_json::{Value, json};

use super::browser::{Browser, PASSWORD, Page};
use crate::access::consents::{EVERYTHING, app_of_ada, consent, let_dan_act, said, status};
use crate::support::{Caller, House};

const RESULT: &str = "Observation/ada-glucose";
const DAN: (&str, &str) = ("person", "dan-for-ada");
const DOCTOR: (&str, &str) = ("clinician", "dr-wu");

fn of(reference: &str) -> Value {
    json!({"reference": {"reference": reference}, "role": {"text": "recipient"}})
}

/// Ada at the page, and dan and a doctor kept out by one Consent.
struct Desk {
    house: House,
    browser: Browser,
    ada: Caller,
    consent: String,
}

impl Desk {
    async fn with(provision: Value) -> Self {
        let house = House::with_people().await;
        let_dan_act(&house, false).await;
        let ada = house.patient_with("ada", EVERYTHING).await;
        let (consent, _) = said(&ada, consent("person-deny", "ada", &provision)).await;
        // Who acts has an account.
        house.proxy_of("dan", "ada").await;
        house.with_password("ada").await;
        let browser = Browser::of(&house);
        browser.sign_in("ada", PASSWORD, "").await;
        Self {
            house,
            browser,
            ada,
            consent,
        }
    }
    async fn save(&self, (kind, named): (&str, &str), more: &[(&str, &str)]) -> Page {
        let csrf = self.browser.get("/account/privacy").await.field("csrf");
        let mut fields = vec![
            ("csrf", csrf.as_str()),
            ("patient", "ada"),
            ("kind", kind),
            ("named", named),
        ];
        fields.extend(more);
        self.browser.post("/account/privacy/limit", &fields).await
    }
    /// What dan and the doctor are answered.
    async fn answers(&self) -> (u16, u16) {
        let (dan, _) = self
            .house
            .proxy_with("dan", "ada", "launch/patient patient/*.rs")
            .await;
        let doctor = self.house.clinician().await;
        (status(&dan, RESULT).await, status(&doctor, RESULT).await)
    }
    async fn stored(&self) -> Value {
        let path = format!("/fhir/Consent/{}", self.consent);
        self.ada.get(&path).await.expect(200).json()
    }
}

fn both() -> Value {
    json!({"type": "deny", "class": [{"code": "Immunization"}, {"code": "Observation"}],
        "actor": [of("RelatedPerson/dan-for-ada"), of("Practitioner/dr-wu")]})
}

#[tokio::test]
async fn each_whom_a_consent_names_has_a_row_and_is_let_back_in_alone() {
    let desk = Desk::with(both()).await;
    assert_eq!(desk.answers().await, (404, 403));
    let page = desk.browser.get("/account/privacy").await;
    for row in [
        "kind=person&amp;named=dan-for-ada",
        "kind=clinician&amp;named=dr-wu",
        "Works here",
    ] {
        assert!(page.html.contains(row), "{row}: {}", page.html);
    }
    let saved = desk.save(DAN, &[("choose", "everything")]).await;
    assert_eq!(
        saved.location(),
        "/account/privacy?patient=ada&done=saved",
        "{}",
        saved.html
    );
    assert_eq!(desk.answers().await, (200, 403));
    let kept = desk.stored().await;
    assert_eq!(
        (kept["status"].as_str(), kept["meta"]["versionId"].as_str()),
        (Some("active"), Some("2"))
    );
    let actors = kept["provision"]["actor"].as_array().unwrap();
    assert_eq!(actors.len(), 1);
    assert_eq!(actors[0]["reference"]["reference"], "Practitioner/dr-wu");
    // The last one: nothing is left that it says of anybody.
    desk.save(DOCTOR, &[("choose", "everything")]).await;
    assert_eq!(desk.answers().await, (200, 200));
    assert_eq!(desk.stored().await["status"], "inactive");
}

#[tokio::test]
async fn one_of_several_is_kept_from_more_and_the_other_as_before() {
    let rule =
        |of: Value| json!({"type": "deny", "actor": [of], "class": [{"code": "Observation"}]});
    let rules = [
        rule(of("RelatedPerson/dan-for-ada")),
        rule(of("Practitioner/dr-wu")),
    ];
    let desk = Desk::with(json!({"provision": rules})).await;
    assert_eq!(desk.answers().await, (404, 403));
    desk.save(DAN, &[("choose", "nothing")]).await;
    let (dan, _) = desk
        .house
        .proxy_with("dan", "ada", "launch/patient patient/*.rs")
        .await;
    assert_eq!(status(&dan, "Patient/ada").await, 404);
    assert_eq!(desk.answers().await, (404, 403));
    assert_eq!(
        desk.stored().await["provision"],
        json!({"provision": [rules[1]]})
    );
}

#[tokio::test]
async fn two_changes_at_once_to_what_one_consent_says_of_two_both_count() {
    let desk = Desk::with(both()).await;
    let everything = [("choose", "everything")];
    let (one, other) = tokio::join!(desk.save(DAN, &everything), desk.save(DOCTOR, &everything));
    assert_eq!(
        (one.status(), other.status()),
        (303, 303),
        "{} {}",
        one.html,
        other.html
    );
    assert_eq!(desk.answers().await, (200, 200));
}

#[tokio::test]
async fn of_two_changes_at_once_about_the_same_person_one_counts_whole_and_none_is_mixed() {
    let desk = Desk::with(both()).await;
    // Of nothing said of them before, and of something.
    for round in 0..4 {
        let (results, notes) = (
            [("may", "notes"), ("may", "problems"), ("sensitive", "yes")],
            [
                ("may", "results"),
                ("may", "problems"),
                ("sensitive", "yes"),
            ],
        );
        let (one, other) = tokio::join!(desk.save(DAN, &results), desk.save(DAN, &notes));
        let saved = [&one, &other].map(|page| page.status());
        assert!(
            saved.contains(&303),
            "round {round}: {saved:?} {}",
            one.html
        );
        for page in [&one, &other]
            .into_iter()
            .filter(|page| page.status() != 303)
        {
            assert_eq!(page.status(), 422);
            assert!(
                page.html
                    .contains("Somebody else changed this a moment ago"),
                "{}",
                page.html
            );
        }
        let query = "/fhir/Consent?patient=ada&status=active&actor=RelatedPerson/dan-for-ada&category=\
                     https://kinchart.org/fhir/CodeSystem/consent-kind|person-deny";
        let kept = desk.ada.get(query).await.expect(200);
        assert_eq!(kept.ids(None).len(), 1, "round {round}: {}", kept.text());
        let kept = kept.json()["entry"][0]["resource"]["provision"]["class"].to_string();
        assert_ne!(
            kept.contains("\"Observation\""),
            kept.contains("\"DocumentReference\""),
            "{kept}"
        );
        if round == 1 {
            desk.save(DAN, &[("choose", "everything")]).await;
        }
    }
}

#[tokio::test]
async fn what_is_said_of_everybody_has_a_row_of_its_own_and_shows_in_each() {
    let desk = Desk::with(json!({"type": "deny", "class": [{"code": "Observation"}]})).await;
    let page = desk.browser.get("/account/privacy").await;
    assert!(
        page.html.contains("Everybody who acts for you"),
        "{}",
        page.html
    );
    assert!(
        page.html.contains("Kept back from all: test results"),
        "{}",
        page.html
    );
    let form = desk
        .browser
        .get("/account/privacy/limit?patient=ada&kind=person&named=dan-for-ada")
        .await;
    assert!(
        form.html.contains("Kept back from all of the kind already"),
        "{}",
        form.html
    );
    // By name nothing was said of dan: changing his row leaves what is said of all.
    desk.save(DAN, &[("choose", "everything")]).await;
    assert_eq!(desk.answers().await, (404, 200));
    desk.save(("person", "*"), &[("choose", "everything")])
        .await;
    assert_eq!(desk.answers().await, (200, 200));
    assert_eq!(desk.stored().await["status"], "inactive");
}

#[tokio::test]
async fn an_app_that_is_not_connected_is_let_back_in_alone() {
    let house = House::with_people().await;
    let app = app_of_ada(&house).await;
    let ada = house.patient_with("ada", EVERYTHING).await;
    let client = "https://kinchart.org/fhir/NamingSystem/client-id";
    let of = |id: &str| json!({"reference": {"identifier": {"system": client, "value": id}}, "role": {"text": "r"}});
    let both = json!({"type": "deny", "actor": [of("outside"), of("elsewhere")]});
    let (consent, _) = said(&ada, consent("app-deny", "ada", &both)).await;
    house.with_password("ada").await;
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let desk = Desk {
        house,
        browser,
        ada,
        consent,
    };
    let page = desk.browser.get("/account/privacy").await;
    assert!(page.html.contains("App, not connected"), "{}", page.html);
    desk.save(("app", "elsewhere"), &[("choose", "everything")])
        .await;
    assert_eq!(status(&app, RESULT).await, 403);
    assert_eq!(
        desk.stored().await["provision"]["actor"],
        json!([of("outside")])
    );
    desk.save(("app", "outside"), &[("choose", "everything")])
        .await;
    assert_eq!(status(&app, RESULT).await, 200);
}
