//! Who is no patient here opens an account to act for others: invited, or by asking for a link.

use serde_json::json;
use storage::accounts::Account;

use super::browser::{Browser, Page};
use super::opening::{PASSWORD, link_in};
use crate::family::params;
use crate::support::House;

const OPEN: &str = "/account/sign-up/proxy/open";
const ASK: &str = "/account/sign-up/proxy";
const MAIL: &str = "grace@mail.example";

/// Ada invites grace, who has no account; the path in the mail.
async fn invited(house: &House) -> String {
    let wish = params(&[
        ("email", "valueString", json!(MAIL)),
        ("given", "valueString", json!("Grace")),
        ("family", "valueString", json!("Lee")),
        ("relationship", "valueCode", json!("FRND")),
        ("level", "valueCode", json!("view-all")),
    ]);
    let ada = house.patient_with("ada", crate::family::OWN).await;
    ada.post("/fhir/Patient/ada/$proxy-invite", wish)
        .await
        .expect(200);
    link_in(&house.newest_mail(MAIL).await.unwrap().text)
}

impl Browser {
    /// Fills the page of opening an account to act for others.
    pub async fn come(&self, link: &str, username: &str, birth_date: &str) -> Page {
        let page = self.get(link).await;
        assert_eq!(page.status(), 200, "{}", page.html);
        let fields = [
            ("csrf", &*page.field("csrf")),
            ("code", &page.field("code")),
            ("given_name", " Grace "),
            ("family_name", "Lee"),
            ("birth_date", birth_date),
            ("username", username),
            ("password", PASSWORD),
            ("password_repeat", PASSWORD),
            ("security_question", "What did you want to become?"),
            ("security_answer", "A pilot"),
            ("email", MAIL),
        ];
        self.post(OPEN, &fields).await
    }
    /// The link in a mail after asking for one.
    async fn ask_for_link(&self, house: &House, email: &str) -> String {
        let page = self.get(ASK).await;
        let fields = [("csrf", &*page.field("csrf")), ("email", email)];
        let asked = self.post(ASK, &fields).await;
        assert!(asked.html.contains("Look into your mail"), "{}", asked.html);
        link_in(&house.newest_mail(email).await.unwrap().text)
    }
}

async fn account(house: &House, username: &str) -> Option<Account> {
    let accounts = house.storage.accounts();
    accounts.find_by_username(username).await.unwrap()
}

/// The page of opening an account behind the link of an invitation.
fn way_in(link: &str) -> String {
    link.replace("/account/family/answer", OPEN)
}

#[tokio::test]
async fn an_invited_person_without_an_account_opens_one_and_acts() {
    let house = House::with_people().await;
    let link = invited(&house).await;
    let grace = Browser::of(&house);
    let asked = grace.get(&link).await;
    assert_eq!(asked.status(), 200, "{}", asked.html);
    assert!(asked.html.contains("I am new here") && !asked.html.contains("Ada"));
    let form = grace.get(&way_in(&link)).await;
    assert!(!form.html.contains("Ada"), "{}", form.html);
    let opened = grace.come(&way_in(&link), "grace.lee", "1975-03-02").await;
    let terms = opened.location();
    assert!(terms.starts_with("/account/terms?next="), "{}", opened.html);
    // Both documents: this account is for acting for others alone.
    let page = grace.get(&terms).await;
    assert!(page.html.contains("portal:2026-01") && page.html.contains("proxy:2026-01"));
    let agreed = grace.accept_terms(&terms).await;
    assert_eq!(agreed.location(), link);
    let page = grace.get(&link).await;
    assert!(
        page.html.contains("asks you to act for them"),
        "{}",
        page.html
    );
    assert!(!page.html.contains("birth_date"), "it is known");
    let csrf = page.field("csrf");
    let fields = [
        ("csrf", &*csrf),
        ("code", &page.field("code")),
        ("attest", "yes"),
        ("decision", "accept"),
    ];
    let accepted = grace.post("/account/family/answer", &fields).await;
    assert_eq!(accepted.location(), "/account/family?done=accepted");
    let own = account(&house, "grace.lee").await.unwrap();
    assert_eq!(own.email.as_deref(), Some(MAIL), "the link proved it");
    assert_eq!(own.patient, None);
    let people = house.storage.accounts().people(&own, house.now()).await;
    assert_eq!(people.unwrap()[0].patient, "ada");
    let person = house.found("Person?name=Lee").await;
    assert_eq!(person[0]["birthDate"], "1975-03-02");
    let told = house.found("AuditEvent?subtype=account-opened").await;
    assert_eq!(told.len(), 1);
    // The link opened one account, and no more.
    let again = Browser::of(&house).get(&way_in(&link)).await;
    assert!(again.location().starts_with("/account/sign-in?next="));
}

#[tokio::test]
async fn of_two_who_open_an_account_by_one_link_one_does() {
    let house = House::with_people().await;
    let link = way_in(&invited(&house).await);
    let (one, other) = (Browser::of(&house), Browser::of(&house));
    let (one, other) = tokio::join!(
        one.come(&link, "grace.one", "1975-03-02"),
        other.come(&link, "grace.two", "1975-03-02"),
    );
    let mut statuses = [one.status(), other.status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410]);
    let opened = [
        account(&house, "grace.one").await,
        account(&house, "grace.two").await,
    ];
    assert_eq!(opened.iter().flatten().count(), 1);
}

#[tokio::test]
async fn who_is_under_age_opens_no_account_to_act_for_others() {
    let house = House::with_people().await;
    let link = way_in(&invited(&house).await);
    let grace = Browser::of(&house);
    // The house's day is 15 June 2026.
    let young = grace.come(&link, "grace.lee", "2008-06-16").await;
    assert_eq!(young.status(), 403, "{}", young.html);
    assert!(account(&house, "grace.lee").await.is_none());
    assert!(house.found("Person?name=Lee").await.is_empty());
    let of_age = grace.come(&link, "grace.lee", "2008-06-15").await;
    assert_eq!(of_age.status(), 303, "{}", of_age.html);
}

#[tokio::test]
async fn a_link_is_asked_for_and_leads_to_asking_for_whom() {
    let house = House::with_people().await;
    let grace = Browser::of(&house);
    let link = grace.ask_for_link(&house, MAIL).await;
    assert!(link.starts_with(OPEN), "{link}");
    let opened = grace.come(&link, "grace.lee", "1975-03-02").await;
    let agreed = grace.accept_terms(&opened.location()).await;
    assert_eq!(agreed.location(), "/account/family/request");
    let page = grace.get("/account/family/request").await;
    assert_eq!(page.status(), 200, "{}", page.html);
    // A username that is taken, and a link that was used: both are said, and nothing is opened.
    let other = Browser::of(&house);
    let link = other.ask_for_link(&house, "second@mail.example").await;
    let taken = other.come(&link, "GRACE.lee", "1975-03-02").await;
    assert_eq!(taken.status(), 422);
    assert!(taken.html.contains("That username is taken"));
    assert!(taken.html.contains("value=\"Grace\"") || taken.html.contains("value=\" Grace \""));
    assert_eq!(
        other.come(&link, "hope.lee", "1975-03-02").await.status(),
        303
    );
    for over in [format!("{OPEN}?code=never-was"), OPEN.to_owned()] {
        assert_eq!(other.get(&over).await.status(), 410);
    }
    house.clock.advance_seconds(4 * 86_400);
    let late = Browser::of(&house).get(&link).await;
    assert_eq!(late.status(), 410);
}

#[tokio::test]
async fn asking_for_links_says_the_same_whoever_has_an_account_and_has_its_limits() {
    let house = House::with_people().await;
    let ada = house.account("ada", storage::accounts::Kind::Patient).await;
    house.mail_to(&ada, "ada@example.org").await;
    let browser = Browser::of(&house);
    let plain = |page: Page| page.html.replace(&page.field("csrf"), "");
    let mut said = Vec::new();
    for email in ["ada@example.org", "nobody@mail.example"] {
        let page = browser.get(ASK).await;
        let fields = [("csrf", &*page.field("csrf")), ("email", email)];
        said.push(plain(browser.post(ASK, &fields).await));
    }
    assert_eq!(said[0], said[1]);
    let known = house.newest_mail("ada@example.org").await.unwrap();
    assert!(
        known
            .text
            .contains("There is an account with this address already")
    );
    for _ in 0..20 {
        browser.ask_for_link(&house, "nobody@mail.example").await;
    }
    let all = house.mails("nobody@mail.example").await;
    let most = usize::try_from(config::limits::REQUESTS_OF_ADDRESS_MAX).unwrap();
    assert_eq!(all.len(), most);
    let page = browser.get(ASK).await;
    let fields = [("csrf", &*page.field("csrf")), ("email", "no address")];
    assert_eq!(browser.post(ASK, &fields).await.status(), 422);
}

#[tokio::test]
async fn who_acts_for_others_and_becomes_a_patient_goes_on_with_the_account_there_is() {
    let house = House::with_people().await;
    let grace = Browser::of(&house);
    let link = grace.ask_for_link(&house, MAIL).await;
    let opened = grace.come(&link, "grace.lee", "1975-03-02").await;
    grace.accept_terms(&opened.location()).await;
    house.with_patient("grace", "1975-03-02", "").await;
    let code = house.activation_code("grace").await;
    let shown = grace.show_code(&code, "1975-03-02", "06457").await;
    let page = grace.get(&shown.location()).await;
    assert!(
        page.html.contains("You are signed in as Grace Lee"),
        "{}",
        page.html
    );
    // The page's first form is the one that joins.
    let csrf = page.field("csrf");
    let joined = grace
        .post("/account/sign-up/join", &[("csrf", &*csrf)])
        .await;
    assert_eq!(joined.location(), "/account", "{}", joined.html);
    let own = account(&house, "grace.lee").await.unwrap();
    assert_eq!(own.patient.as_deref(), Some("grace"));
    let persons = house.found("Person?link=Patient/grace").await;
    assert_eq!(persons.len(), 1);
    assert_eq!(persons[0]["id"].as_str(), own.person.as_deref());
    // Nothing is joined twice, and nobody joins without having shown a code.
    let again = grace
        .post("/account/sign-up/join", &[("csrf", &*csrf)])
        .await;
    assert_eq!(again.status(), 410);
}
