//! Opening an account with an activation code, as a browser without script would.

use serde_json::{Value, json};
use storage::accounts::Account;
use workflows::opening::Desk;
use workflows::opening::codes::{self, Answer, Channel, Giver};

use super::browser::{Browser, Page};
use crate::support::House;

pub const PASSWORD: &str = "seven green bottles";
const SIGN_UP: &str = "/account/sign-up";

impl House {
    /// Writes a patient of these particulars.
    pub async fn with_patient(&self, id: &str, birth_date: &str, email: &str) {
        let mut patient = json!({
            "resourceType": "Patient", "id": id, "birthDate": birth_date,
            "name": [{"use": "official", "family": "Green", "given": [id]}],
            "address": [{"postalCode": "06457"}],
        });
        if !email.is_empty() {
            patient["telecom"] = json!([{"system": "email", "value": email}]);
        }
        let path = format!("/fhir/Patient/{id}");
        let reply = self.backend().await.put(&path, patient.to_string()).await;
        assert!(reply.status.is_success(), "{}", reply.text());
    }
    pub fn desk(&self) -> Desk<'_> {
        Desk {
            storage: &self.storage,
            pack: &self.web.pack,
            base_url: &self.web.base_url,
            now: self.now(),
        }
    }
    /// A code as it is printed at a visit.
    pub async fn activation_code(&self, patient: &str) -> String {
        let answer = codes::issue(self.desk(), patient, Channel::Visit, Giver::default()).await;
        match answer.unwrap() {
            Answer::Issued(issued) => issued.code,
            other => panic!("{other:?}"),
        }
    }
    /// A token of a patient who opened an account, for their own chart.
    pub async fn patient_token_of(&self, patient: &str) -> String {
        let account = self.account_of(patient).await.unwrap();
        let client = self
            .client("portal", storage::clients::Kind::Public, true)
            .await;
        let mut grant = self.grant(&client, "patient/*.rs");
        grant.account = Some(account.id);
        grant.patient = Some(patient.to_owned());
        grant.fhir_user = Some(format!("Patient/{patient}"));
        self.token(grant, 3_600).await
    }
    pub async fn account_of(&self, patient: &str) -> Option<Account> {
        let accounts = self.storage.accounts();
        accounts.find_by_patient(patient).await.unwrap()
    }
    /// The newest mail to an address.
    pub async fn newest_mail(&self, address: &str) -> Option<storage::mail::Message> {
        let all = self.storage.mail().list(100).await.unwrap();
        all.into_iter().find(|mail| mail.to == address)
    }
    /// The resources a search finds.
    pub async fn found(&self, query: &str) -> Vec<Value> {
        let reply = self.backend().await.get(&format!("/fhir/{query}")).await;
        let bundle = reply.expect(200).json();
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries.iter().map(|one| one["resource"].clone()).collect()
    }
}

impl Browser {
    /// Fills the first page of opening an account.
    pub async fn show_code(&self, code: &str, birth_date: &str, postal_code: &str) -> Page {
        let page = self.get(SIGN_UP).await;
        let fields = [
            ("csrf", &*page.field("csrf")),
            ("activation_code", code),
            ("birth_date", birth_date),
            ("postal_code", postal_code),
        ];
        self.post(SIGN_UP, &fields).await
    }
    /// Fills the second.
    pub async fn choose(&self, username: &str, email: &str) -> Page {
        let page = self.get("/account/sign-up/credentials").await;
        assert_eq!(page.status(), 200, "{}", page.html);
        let fields = [
            ("csrf", &*page.field("csrf")),
            ("username", username),
            ("password", PASSWORD),
            ("password_repeat", PASSWORD),
            ("security_question", "What did you want to become?"),
            ("security_answer", "A pilot"),
            ("email", email),
            ("notify", if email.is_empty() { "" } else { "yes" }),
        ];
        self.post("/account/sign-up/credentials", &fields).await
    }
    /// Agrees to what the page of the terms asks for.
    pub async fn accept_terms(&self, path: &str) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status(), 200, "{}", page.html);
        let csrf = page.field("csrf");
        let next = page.field("next");
        let mut fields = vec![("csrf", csrf.as_str()), ("next", &next), ("accept", "yes")];
        let marks: Vec<&str> = page
            .html
            .split("name=\"version\" value=\"")
            .skip(1)
            .collect();
        let versions = marks.iter().map(|rest| rest.split('"').next().unwrap());
        fields.extend(versions.map(|version| ("version", version)));
        self.post("/account/terms", &fields).await
    }
    /// Presses the button behind a link that came by mail.
    pub async fn confirm_address(&self, mail: &str) -> Page {
        let link = link_in(mail);
        let page = self.get(&link).await;
        assert_eq!(page.status(), 200, "{}", page.html);
        let fields = [
            ("csrf", &*page.field("csrf")),
            ("link", &page.field("link")),
        ];
        self.post("/account/email", &fields).await
    }
    /// Everything from the code to the open account.
    pub async fn open_account(&self, house: &House, patient: &str, birth_date: &str) {
        let code = house.activation_code(patient).await;
        assert_eq!(
            self.show_code(&code, birth_date, "06457").await.status(),
            303
        );
        let chosen = self.choose(&format!("{patient}.green"), "").await;
        assert_eq!(chosen.status(), 303, "{}", chosen.html);
        assert_eq!(self.accept_terms(&chosen.location()).await.status(), 303);
    }
}

/// The path of the link in a mail.
pub fn link_in(mail: &str) -> String {
    let at = mail.find("http").unwrap();
    let rest = mail.get(at..).unwrap();
    let url = rest.split_whitespace().next().unwrap();
    let path = url.split_once("://").unwrap().1;
    path.get(path.find('/').unwrap()..).unwrap().to_owned()
}

#[tokio::test]
async fn a_code_from_a_visit_becomes_an_account_with_terms_and_a_proven_address() {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let code = house.activation_code("ivy").await;
    let tasks = house.found("Task?patient=ivy").await;
    assert_eq!(tasks[0]["status"], "requested");
    assert!(tasks[0]["restriction"]["period"]["end"].is_string());

    let browser = Browser::of(&house);
    let typed = code.to_lowercase().replace('-', " ");
    let shown = browser.show_code(&typed, "05/17/1990", "06457-0001").await;
    assert_eq!(shown.location(), "/account/sign-up/credentials");
    let chosen = browser.choose("Ivy.Green", "ivy@mail.example").await;
    assert_eq!(chosen.location(), "/account/terms?next=/account/welcome");
    // Nothing opens before the terms are agreed to.
    let early = browser.get("/account/family").await;
    assert_eq!(early.location(), "/account/terms?next=%2Faccount%2Ffamily");
    let page = browser.get(&chosen.location()).await;
    let unticked = [("csrf", &*page.field("csrf")), ("accept", "")];
    assert_eq!(
        browser.post("/account/terms", &unticked).await.status(),
        422
    );
    let agreed = browser.accept_terms(&chosen.location()).await;
    assert_eq!(agreed.location(), "/account/welcome");
    assert!(
        browser
            .get("/account/welcome")
            .await
            .html
            .contains("Look into your e-mail")
    );

    let consent = &house.found("Consent?patient=ivy").await[0];
    let uri = consent["policy"][0]["uri"].as_str().unwrap();
    assert_eq!(uri, "http://kinchart.test/terms/middlesex/2026-01");
    assert_eq!(consent["performer"][0]["reference"], "Patient/ivy");
    let words = Browser::of(&house).get("/terms/middlesex/2026-01").await;
    assert!(words.html.contains("In an emergency call 911"));
    assert_eq!(
        Browser::of(&house)
            .get("/terms/middlesex/1999")
            .await
            .status(),
        404
    );
    let task = &house.found("Task?patient=ivy").await[0];
    assert_eq!(
        (
            &task["status"],
            &task["businessStatus"]["coding"][0]["code"]
        ),
        (&json!("completed"), &json!("active"))
    );
    let person = &house.found("Person?link=Patient/ivy").await[0];
    assert_eq!(person["link"][0]["assurance"], "level3");

    // The address is the account's only once it is proven, and by a button.
    let account = house.account_of("ivy").await.unwrap();
    assert_eq!(account.email, None);
    let mail = house.newest_mail("ivy@mail.example").await.unwrap();
    browser.get(&link_in(&mail.text)).await;
    assert_eq!(house.account_of("ivy").await.unwrap().email, None);
    assert!(
        browser
            .confirm_address(&mail.text)
            .await
            .html
            .contains("Confirmed")
    );
    let account = house.account_of("ivy").await.unwrap();
    assert_eq!(account.email.as_deref(), Some("ivy@mail.example"));
    assert!(
        house
            .storage
            .contacts()
            .of(&account.id)
            .await
            .unwrap()
            .notify
    );
    assert_eq!(
        house.newest_mail("ivy@mail.example").await.unwrap().subject,
        "Welcome"
    );
    assert_eq!(browser.get(&link_in(&mail.text)).await.status(), 410);

    // The code is used up, and the username signs in elsewhere.
    let again = Browser::of(&house)
        .show_code(&code, "1990-05-17", "06457")
        .await;
    assert_eq!(again.status(), 422);
    let in_again = Browser::of(&house).sign_in("ivy.green", PASSWORD, "").await;
    assert_eq!(in_again.location(), "/account");
}

#[tokio::test]
async fn whatever_is_wrong_with_a_code_looks_the_same_and_five_wrong_tries_burn_it() {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let code = house.activation_code("ivy").await;
    let browser = Browser::of(&house);
    let plain = |page: &Page| {
        let (csrf, code) = (page.field("csrf"), page.field("activation_code"));
        let (day, zip) = (page.field("birth_date"), page.field("postal_code"));
        let html = page.html.replace(&csrf, "").replace(&code, "");
        html.replace(&day, "").replace(&zip, "")
    };
    let unknown = browser
        .show_code("AAAA-BBBB-CCCC-DDDD", "1990-05-17", "06457")
        .await;
    let mut shown = vec![plain(&unknown)];
    for (day, zip) in [
        ("1990-05-18", "06457"),
        ("1990-05-17", "06458"),
        ("1990", "06457"),
        ("", ""),
        ("1990-05-17", ""),
    ] {
        let wrong = browser.show_code(&code, day, zip).await;
        assert_eq!(wrong.status(), 422);
        if !day.is_empty() && !zip.is_empty() {
            shown.push(plain(&wrong));
        }
    }
    assert!(shown.iter().all(|page| *page == shown[0]));
    let right = browser.show_code(&code, "1990-05-17", "06457").await;
    assert_eq!(right.status(), 422, "burnt");
}

#[tokio::test]
async fn a_right_code_after_wrong_tries_works_and_an_expired_or_replaced_one_does_not() {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let first = house.activation_code("ivy").await;
    let second = house.activation_code("ivy").await;
    let browser = Browser::of(&house);
    assert_eq!(
        browser
            .show_code(&first, "1990-05-17", "06457")
            .await
            .status(),
        422
    );
    for _ in 0..4 {
        browser.show_code(&second, "1990-05-18", "06457").await;
    }
    let right = browser.show_code(&second, "1990-05-17", "06457").await;
    assert_eq!(right.status(), 303);
    let tasks = house.found("Task?patient=ivy&status=cancelled").await;
    assert_eq!(tasks.len(), 1);
    house.clock.advance_seconds(30 * 86_400);
    assert_eq!(
        browser
            .show_code(&second, "1990-05-17", "06457")
            .await
            .status(),
        422
    );
}

#[tokio::test]
async fn a_network_that_guesses_codes_is_slowed_down() {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let code = house.activation_code("ivy").await;
    let guesser = Browser::of(&house).from("198.51.100.9");
    for _ in 0..config::limits::OPENINGS_OF_NETWORK_MAX {
        guesser
            .show_code("AAAA-BBBB-CCCC-DDDD", "1990-05-17", "06457")
            .await;
    }
    assert_eq!(
        guesser
            .show_code(&code, "1990-05-17", "06457")
            .await
            .status(),
        422
    );
    let elsewhere = Browser::of(&house).from("203.0.113.7");
    assert_eq!(
        elsewhere
            .show_code(&code, "1990-05-17", "06457")
            .await
            .status(),
        303
    );
}

#[tokio::test]
async fn of_two_browsers_with_one_code_the_second_is_told_to_start_again() {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let code = house.activation_code("ivy").await;
    let (one, other) = (Browser::of(&house), Browser::of(&house));
    for browser in [&one, &other] {
        assert_eq!(
            browser
                .show_code(&code, "1990-05-17", "06457")
                .await
                .status(),
            303
        );
    }
    let pages = [
        one.get("/account/sign-up/credentials").await,
        other.get("/account/sign-up/credentials").await,
    ];
    assert!(pages.iter().all(|page| page.status() == 200));
    let (first, second) = tokio::join!(one.choose("ivy.one", ""), other.choose("ivy.two", ""));
    let mut statuses = [first.status(), second.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
    let all = house.storage.accounts().list().await.unwrap();
    assert_eq!(
        all.iter()
            .filter(|it| it.patient.as_deref() == Some("ivy"))
            .count(),
        1
    );
}

#[tokio::test]
async fn a_username_that_is_taken_keeps_the_code_good() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let code = house.activation_code("ivy").await;
    let browser = Browser::of(&house);
    browser.show_code(&code, "1990-05-17", "06457").await;
    house
        .account("dan.long", storage::accounts::Kind::Proxy)
        .await;
    let taken = browser.choose("DAN.long", "").await;
    assert_eq!(taken.status(), 422);
    assert!(taken.html.contains("That username is taken"));
    assert!(!taken.html.contains(PASSWORD));
    assert_eq!(browser.choose("ivy.green", "").await.status(), 303);
}

#[tokio::test]
async fn who_has_an_account_finds_it_instead_of_a_second_one_and_may_choose_another_password() {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let own = Browser::of(&house);
    own.open_account(&house, "ivy", "1990-05-17").await;
    let code = house.activation_code("ivy").await;
    let browser = Browser::of(&house);
    let found = browser.show_code(&code, "1990-05-17", "06457").await;
    assert_eq!(found.location(), "/account/sign-up/existing");
    let page = browser.get("/account/sign-up/existing").await;
    assert!(page.html.contains("ivy.green"));
    assert_eq!(own.get("/account").await.status(), 200);
    let new = "nine brown owls at night";
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("password", new),
        ("password_repeat", new),
    ];
    let done = browser.post("/account/sign-up/existing", &fields).await;
    assert_eq!(done.location(), "/account/sign-in?done=password");
    assert_eq!(
        own.get("/account").await.status(),
        303,
        "signed out everywhere"
    );
    assert_eq!(
        browser.sign_in("ivy.green", PASSWORD, "").await.status(),
        401
    );
    assert_eq!(browser.sign_in("ivy.green", new, "").await.status(), 303);
    let accounts = house.storage.accounts().list().await.unwrap();
    assert_eq!(
        accounts
            .iter()
            .filter(|it| it.patient.as_deref() == Some("ivy"))
            .count(),
        1
    );
}

#[tokio::test]
async fn seventeen_waits_until_midnight_and_an_emancipated_minor_does_not() {
    let house = House::with_people().await;
    house.with_patient("may", "2008-06-16", "").await;
    house.with_patient("jon", "2010-01-01", "").await;
    let young = codes::issue(house.desk(), "may", Channel::Visit, Giver::default());
    assert!(matches!(young.await.unwrap(), Answer::TooYoung(Some(_))));
    let flag = json!({"resourceType": "Flag", "status": "active", "subject": {"reference": "Patient/jon"},
        "code": {"coding": [{"system": access::vocabulary::FLAG, "code": "emancipated"}]}});
    let made = house
        .backend()
        .await
        .post("/fhir/Flag", flag.to_string())
        .await;
    let flag = made.expect(201).json();
    let browser = Browser::of(&house);
    let code = house.activation_code("jon").await;
    // The order is taken back before the code is used: the gate is asked again.
    let mut ended = flag.clone();
    ended["status"] = json!("inactive");
    let path = format!("/fhir/Flag/{}", flag["id"].as_str().unwrap());
    house
        .backend()
        .await
        .put(&path, ended.to_string())
        .await
        .expect(200);
    let refused = browser.show_code(&code, "2010-01-01", "06457").await;
    assert_eq!(refused.status(), 403);
    assert!(refused.html.contains("comes a little later"));
    assert!(refused.html.contains("January 1, 2028"));
    house
        .backend()
        .await
        .put(&path, flag.to_string())
        .await
        .expect(200);
    let open = browser.show_code(&code, "2010-01-01", "06457").await;
    assert_eq!(open.status(), 303);
    house.move_clock("2026-06-16T04:00:00Z");
    house.activation_code("may").await;
}

#[tokio::test]
async fn a_browser_without_cookies_is_told_so() {
    let house = House::with_people().await;
    let page = Browser::of(&house).get("/account/sign-in").await;
    let csrf = page.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("username", "ada"),
        ("password", "x"),
    ];
    let without = Browser::of(&house);
    let told = without.post("/account/sign-in", &fields).await;
    assert_eq!(told.status(), 403);
    assert!(told.html.contains("Your browser keeps no cookies"));
}
