//! Signing in through somebody else: linked once after a proof, never by what the other says, and refused
//! whenever anything about the answer is wrong.

use config::encryption::Secrets;
use config::{IdentityProvider, SignIn};
use serde_json::{Value, json};
use smart::jwk::SigningKey;
use storage::accounts::Kind as AccountKind;
use storage::clients::{Client, Kind};

use super::browser::{Browser, PASSWORD, Page};
use super::provider::{Provider, key};
use crate::support::{House, SAFE_BASE, SECRET, query_of};

fn provider(id: &str, issuer: &str) -> IdentityProvider {
    IdentityProvider {
        id: id.to_owned(),
        name: format!("The {id}"),
        issuer: issuer.to_owned(),
        client_id: "kinchart".to_owned(),
        client_secret: Secrets::default(),
        scopes: vec!["openid".to_owned()],
        staff: true,
        patients: true,
        acr_values: Vec::new(),
        hosted_domain: None,
        trust_second_factor: false,
        parameters: Default::default(),
    }
}

/// A house where one may sign in through these, with ada and her password in it.
async fn house_with(providers: Vec<IdentityProvider>) -> House {
    let sign_in = SignIn {
        staff_second_factor: false,
        providers,
        ..SignIn::default()
    };
    let house = House::signing_in(sign_in).await;
    house.fill().await;
    house.with_password("ada").await;
    house.with_password("dr-wu").await;
    house
}

/// A house with one provider made by hand.
async fn scene(change: impl FnOnce(&mut IdentityProvider)) -> (House, Provider, SigningKey) {
    let signing = key();
    let hospital = Provider::start(signing.clone(), false).await;
    let mut configured = provider("hospital", &hospital.issuer);
    change(&mut configured);
    (house_with(vec![configured]).await, hospital, signing)
}

/// Goes to the provider; what was asked of it.
async fn depart(browser: &Browser, path: &str) -> std::collections::BTreeMap<String, String> {
    let sent = browser.get(path).await;
    assert_eq!(sent.status(), 303, "{}", sent.html);
    query_of(&sent.location())
}

const HOSPITAL: &str = "/account/sign-in/outside/hospital";

/// There and back, with claims changed on the way.
async fn travel(
    browser: &Browser,
    house: &House,
    (hospital, signing): (&Provider, &SigningKey),
    path: &str,
    change: impl FnOnce(&mut Value),
) -> Page {
    let asked = depart(browser, path).await;
    let mut claims = hospital.claims(house, &asked["nonce"]);
    change(&mut claims);
    hospital.say(signing.sign(&claims).unwrap());
    let back = format!("{HOSPITAL}/back?code=c-1&state={}", asked["state"]);
    browser.get(&back).await
}

/// Whether somebody is signed in in this browser.
async fn is_in(browser: &Browser) -> bool {
    browser.get("/account/sign-ins").await.status() == 200
}

/// Proves with a password whose account the arrival is, and says yes.
async fn prove_and_link(browser: &Browser, arrived: &Page, username: &str) -> Page {
    let link = arrived.location();
    assert!(link.starts_with("/account/link?arrival="), "{link}");
    let question = browser.get(&link).await;
    assert!(question.html.contains("Whose account is this?"));
    assert!(!question.html.contains("Link it"), "{}", question.html);
    let next = link.replace('=', "%3D").replace('?', "%3F");
    let proved = browser.sign_in(username, PASSWORD, &next).await;
    assert_eq!(proved.location(), link);
    let asked = browser.get(&link).await;
    let (csrf, arrival) = (asked.field("csrf"), asked.field("arrival"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("arrival", &arrival),
        ("decision", "link"),
    ];
    browser.post("/account/link", &fields).await
}

#[tokio::test]
async fn another_kinchart_signs_people_in_once_they_proved_whose_account_it_is() {
    let other = House::with_people().await.served().await;
    other.with_password("ada").await;
    let client = Client {
        secret_hash: Some(smart::jwk::hash_of_secret(SECRET)),
        redirect_uris: vec![format!("{SAFE_BASE}/account/sign-in/outside/other/back")],
        scopes: "openid fhirUser".to_owned(),
        ..Client::new("kinchart", "Kinchart", Kind::ConfidentialSymmetric)
    };
    other.storage.clients().save(&client).await.unwrap();
    let mut configured = provider("other", &other.web.base_url);
    configured.client_secret = Secrets(vec![SECRET.to_owned()]);
    let base = other.web.fhir_base.to_string();
    configured.parameters.insert("aud".to_owned(), base);
    let house = house_with(vec![configured]).await;

    let page = Browser::of(&house).get("/account/sign-in").await;
    assert!(page.html.contains("The other"), "{}", page.html);
    // One browser, two servers: each with its own cookies.
    let (here, there) = (Browser::of(&house), Browser::of(&other));
    let signed_in = there.sign_in("ada", PASSWORD, "").await;
    assert_eq!(signed_in.status(), 303);
    let mut landed = Vec::new();
    for _ in 0..2 {
        let sent = here
            .get("/account/sign-in/outside/other?next=/account/family")
            .await;
        let asked = sent.location();
        let path = asked.strip_prefix(&*other.web.base_url).unwrap();
        let consent = there.get(path).await.location();
        let consent = there.get(&consent).await;
        let fields = [
            ("csrf", consent.field("csrf")),
            ("request", consent.field("request")),
            ("scope", "openid".to_owned()),
            ("decision", "approve".to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let agreed = there.post("/account/consent", &fields).await;
        let back = agreed.location();
        let back = back.strip_prefix(SAFE_BASE).unwrap();
        let mut arrived = here.get(back).await;
        if landed.is_empty() {
            arrived = prove_and_link(&here, &arrived, "ada").await;
        }
        landed.push(arrived.location());
        // The way back is used up.
        assert_eq!(here.get(back).await.status(), 400);
        assert!(is_in(&here).await);
    }
    assert_eq!(landed, ["/account/family", "/account/family"]);
    let sessions = house.storage.sessions();
    let sessions = sessions
        .of_account("account-ada", house.now())
        .await
        .unwrap();
    assert!(
        sessions.iter().any(|session| session.amr == "fed"),
        "{sessions:?}"
    );
}

#[tokio::test]
async fn each_wrong_answer_of_a_provider_signs_nobody_in() {
    let (house, hospital, signing) = scene(|_| {}).await;
    let stranger = key();
    let own = Browser::of(&house);
    let arrived = travel(&own, &house, (&hospital, &signing), HOSPITAL, |_| {}).await;
    prove_and_link(&own, &arrived, "ada").await;
    let wrong = [
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("aud", json!("somebody-else")),
        ("aud", json!(["kinchart", "somebody-else"])),
        ("azp", json!("somebody-else")),
        ("iss", json!("https://login.example.org")),
        ("exp", json!(1_600_000_000)),
        ("iat", json!(1_600_000_000)),
        ("sub", json!("")),
    ];
    for (name, value) in wrong {
        let browser = Browser::of(&house);
        let refused = travel(
            &browser,
            &house,
            (&hospital, &signing),
            HOSPITAL,
            |claims| {
                claims[name] = value.clone();
            },
        );
        assert_eq!(refused.await.status(), 502, "{name} = {value}");
        assert!(!is_in(&browser).await, "{name} = {value}");
    }
    let browser = Browser::of(&house);
    let forged = travel(&browser, &house, (&hospital, &stranger), HOSPITAL, |_| {});
    assert_eq!(forged.await.status(), 502);
    assert!(!is_in(&browser).await);
    let good = travel(&browser, &house, (&hospital, &signing), HOSPITAL, |_| {});
    assert_eq!(good.await.location(), "/account");
    assert!(is_in(&browser).await);
    assert!(hospital.posted().contains("code_verifier="));
    // Its keys changed: the new ones are asked for.
    hospital.publish(stranger.clone());
    house.clock.advance_seconds(60);
    let changed = travel(&browser, &house, (&hospital, &stranger), HOSPITAL, |_| {});
    assert_eq!(changed.await.location(), "/account");
}

#[tokio::test]
async fn one_provider_cannot_answer_for_another() {
    let (one, two) = (key(), key());
    let hospital = Provider::start(one.clone(), true).await;
    let evil = Provider::start(two, false).await;
    let providers = vec![
        provider("hospital", &hospital.issuer),
        provider("evil", &evil.issuer),
    ];
    let house = house_with(providers).await;
    let browser = Browser::of(&house);
    let asked = depart(&browser, HOSPITAL).await;
    let said = one.sign(&hospital.claims(&house, &asked["nonce"]));
    hospital.say(said.unwrap());
    let state = asked["state"].as_str();
    let back = |at: &str, more: &str| {
        format!("/account/sign-in/outside/{at}/back?state={state}&code=c{more}")
    };
    // An answer at the address of another provider; it uses the sign-in up.
    assert_eq!(browser.get(&back("evil", "")).await.status(), 502);
    assert_eq!(browser.get(&back("hospital", "")).await.status(), 400);
    // One that lacks the issuer it promised, or names another.
    let other = format!("&iss={}", evil.issuer);
    for more in ["", &other] {
        let asked = depart(&browser, HOSPITAL).await;
        let said = one.sign(&hospital.claims(&house, &asked["nonce"]));
        hospital.say(said.unwrap());
        let back = format!("{HOSPITAL}/back?state={}&code=c{more}", asked["state"]);
        assert_eq!(browser.get(&back).await.status(), 502, "{more}");
    }
    let asked = depart(&browser, HOSPITAL).await;
    let said = one.sign(&hospital.claims(&house, &asked["nonce"]));
    hospital.say(said.unwrap());
    let back = format!(
        "{HOSPITAL}/back?state={}&code=c&iss={}",
        asked["state"], hospital.issuer
    );
    assert_eq!(browser.get(&back).await.status(), 303);
}

#[tokio::test]
async fn an_answer_is_taken_only_in_the_browser_that_asked() {
    let (house, hospital, signing) = scene(|_| {}).await;
    let (own, foreign) = (Browser::of(&house), Browser::of(&house));
    let asked = depart(&own, HOSPITAL).await;
    let claims = hospital.claims(&house, &asked["nonce"]);
    hospital.say(signing.sign(&claims).unwrap());
    let back = format!("{HOSPITAL}/back?state={}&code=c", asked["state"]);
    assert_eq!(foreign.get(&back).await.status(), 400);
    depart(&foreign, HOSPITAL).await;
    assert_eq!(foreign.get(&back).await.status(), 400);
    let arrived = own.get(&back).await;
    assert_eq!(arrived.status(), 303);
    assert_eq!(foreign.get(&arrived.location()).await.status(), 410);
    // It may not take for ever, either.
    let asked = depart(&own, HOSPITAL).await;
    house.clock.advance_seconds(16 * 60);
    let late = format!("{HOSPITAL}/back?state={}&code=c", asked["state"]);
    assert_eq!(own.get(&late).await.status(), 400);
}

#[tokio::test]
async fn nothing_the_provider_says_links_an_account() {
    let (house, hospital, signing) =
        scene(|it| it.hosted_domain = Some("hospital.example".into())).await;
    house.with_mail("account-ada").await;
    let browser = Browser::of(&house);
    let all_of_it = |claims: &mut Value| {
        claims["email"] = json!("person@mail.example");
        claims["preferred_username"] = json!("ada");
        claims["acr"] = json!("high");
        claims["hd"] = json!("hospital.example");
        claims["amr"] = json!(["mfa"]);
    };
    let arrived = travel(&browser, &house, (&hospital, &signing), HOSPITAL, all_of_it).await;
    assert!(arrived.location().starts_with("/account/link"));
    assert!(!is_in(&browser).await);
    // A session that was there before proves nothing about who came back.
    assert_eq!(browser.sign_in("ada", PASSWORD, "").await.status(), 303);
    house.clock.advance_seconds(60);
    let arrived = travel(&browser, &house, (&hospital, &signing), HOSPITAL, all_of_it).await;
    let page = browser.get(&arrived.location()).await;
    assert!(page.html.contains("Prove it once"));
    let csrf = browser.get("/account/sign-ins").await.field("csrf");
    let name = arrived.location().replace("/account/link?arrival=", "");
    let fields = [
        ("csrf", csrf.as_str()),
        ("arrival", &name),
        ("decision", "link"),
    ];
    let refused = browser.post("/account/link", &fields).await;
    assert_eq!(refused.location(), arrived.location());
    let none = house.storage.identities().of_account("account-ada").await;
    assert!(none.unwrap().is_empty());
    // Another organization's people are not even asked.
    let foreign = travel(
        &browser,
        &house,
        (&hospital, &signing),
        HOSPITAL,
        |claims| {
            claims["hd"] = json!("elsewhere.example");
        },
    );
    assert_eq!(foreign.await.status(), 502);
}

#[tokio::test]
async fn a_linked_sign_in_is_told_of_listed_and_unlinked() {
    let (house, hospital, signing) = scene(|_| {}).await;
    house.with_mail("account-ada").await;
    let browser = Browser::of(&house);
    assert_eq!(browser.sign_in("ada", PASSWORD, "").await.status(), 303);
    let page = browser.get("/account/sign-ins").await;
    assert!(page.html.contains("Link The hospital"), "{}", page.html);
    // Who is signed in signs in there anew, and only says yes here.
    let path = format!("{HOSPITAL}?link=1&next=/account/sign-ins");
    let asked = depart(&browser, &path).await;
    assert_eq!(
        (asked["prompt"].as_str(), asked["max_age"].as_str()),
        ("login", "0")
    );
    let arrived = travel(&browser, &house, (&hospital, &signing), &path, |_| {}).await;
    let question = browser.get(&arrived.location()).await;
    assert!(question.html.contains("Link it"), "{}", question.html);
    let (csrf, arrival) = (question.field("csrf"), question.field("arrival"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("arrival", &arrival),
        ("decision", "link"),
    ];
    let linked = browser.post("/account/link", &fields).await;
    assert_eq!(linked.location(), "/account/sign-ins");
    let page = browser.get("/account/sign-ins").await;
    assert!(page.html.contains("ada@example.org"), "{}", page.html);
    let mails = house.storage.mail().list(50).await.unwrap();
    assert!(
        mails
            .iter()
            .any(|mail| mail.subject == "A new way to sign in to your account")
    );
    // It stands for one account: nobody else can have it too.
    let other = Browser::of(&house);
    house.with_password("ben").await;
    assert_eq!(other.sign_in("ben", PASSWORD, "").await.status(), 303);
    let arrived = travel(&other, &house, (&hospital, &signing), &path, |_| {}).await;
    let question = other.get(&arrived.location()).await;
    let (csrf, arrival) = (question.field("csrf"), question.field("arrival"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("arrival", &arrival),
        ("decision", "link"),
    ];
    assert_eq!(other.post("/account/link", &fields).await.status(), 409);

    let (csrf, issuer) = (page.field("csrf"), page.field("issuer"));
    let subject = page.field("subject");
    let fields = [
        ("csrf", csrf.as_str()),
        ("issuer", &issuer),
        ("subject", &subject),
    ];
    let gone = browser.post("/account/sign-ins/unlink", &fields).await;
    assert_eq!(gone.location(), "/account/sign-ins");
    let new = Browser::of(&house);
    let again = travel(&new, &house, (&hospital, &signing), HOSPITAL, |_| {});
    assert!(again.await.location().starts_with("/account/link"));
}

#[tokio::test]
async fn a_provider_is_there_for_whom_it_is_meant() {
    let (house, hospital, signing) = scene(|it| it.patients = false).await;
    house.account("dr-wu", AccountKind::Staff).await;
    let browser = Browser::of(&house);
    let arrived = travel(&browser, &house, (&hospital, &signing), HOSPITAL, |_| {}).await;
    let link = arrived.location();
    let next = link.replace('=', "%3D").replace('?', "%3F");
    assert_eq!(
        browser.sign_in("ada", PASSWORD, &next).await.location(),
        link
    );
    assert_eq!(browser.get(&link).await.status(), 403);
    let page = browser.get("/account/sign-ins").await;
    assert!(!page.html.contains("The hospital"));
}

/// Ada's account stands for the provider's person, and has an authenticator app.
async fn linked_with_totp(house: &House, hospital: &Provider) {
    let arrival = storage::identities::Arrival {
        issuer: hospital.issuer.clone(),
        subject: "s-1".to_owned(),
        shown: "Ada".to_owned(),
        next: String::new(),
        account: None,
        created: house.now(),
    };
    let identities = house.storage.identities();
    let name = identities.arrive(&arrival, "browser").await.unwrap();
    let linked = identities.link(&name, &arrival, "account-ada", house.now());
    linked.await.unwrap();
    let factors = house.storage.factors();
    let now = house.now();
    factors.propose_totp("account-ada", now).await.unwrap();
    assert!(factors.confirm_totp("account-ada", 0, now).await.unwrap());
}

#[tokio::test]
async fn a_second_factor_proved_elsewhere_counts_only_where_the_house_trusts_it() {
    for (trusted, claimed, enough) in [
        (true, true, true),
        (true, false, false),
        (false, true, false),
        (false, false, false),
    ] {
        let (house, hospital, signing) = scene(|it| it.trust_second_factor = trusted).await;
        linked_with_totp(&house, &hospital).await;
        let browser = Browser::of(&house);
        let landed = travel(
            &browser,
            &house,
            (&hospital, &signing),
            HOSPITAL,
            |claims| {
                if claimed {
                    claims["amr"] = json!(["pwd", "mfa"]);
                }
            },
        )
        .await;
        assert_eq!(is_in(&browser).await, enough, "{trusted} {claimed}");
        let to_code = landed.location().starts_with("/account/sign-in/code");
        assert_eq!(to_code, !enough, "{}", landed.location());
    }
}

#[tokio::test]
async fn who_has_no_account_yet_opens_one_with_a_code_and_links_it_right_after() {
    let (house, hospital, signing) = scene(|_| {}).await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let browser = Browser::of(&house);
    let both = (&hospital, &signing);
    let arrived = travel(&browser, &house, both, HOSPITAL, |_| {}).await;
    let link = arrived.location();
    let question = browser.get(&link).await;
    let sign_up = question.html.split("href=\"/account/sign-up").nth(1);
    let sign_up = sign_up.and_then(|rest| rest.split('"').next()).unwrap();
    let sign_up = format!("/account/sign-up{sign_up}").replace("&#38;", "&");
    let page = browser.get(&sign_up).await;
    assert_eq!(page.field("next"), link);
    let code = house.activation_code("ivy").await;
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("next", &link),
        ("activation_code", &code),
        ("birth_date", "1990-05-17"),
        ("postal_code", "06457"),
    ];
    let shown = browser.post("/account/sign-up", &fields).await;
    let page = browser.get(&shown.location()).await;
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("next", &page.field("next")),
        ("username", "ivy.green"),
        ("password", "seven green bottles"),
        ("password_repeat", "seven green bottles"),
        ("security_question", "What did you want to become?"),
        ("security_answer", "A pilot"),
    ];
    let chosen = browser.post("/account/sign-up/credentials", &fields).await;
    let agreed = browser.accept_terms(&chosen.location()).await;
    assert_eq!(agreed.location(), link);
    let asked = browser.get(&link).await;
    let fields = [
        ("csrf", &*asked.field("csrf")),
        ("arrival", &asked.field("arrival")),
        ("decision", "link"),
    ];
    assert_eq!(browser.post("/account/link", &fields).await.status(), 303);
    let elsewhere = Browser::of(&house);
    travel(&elsewhere, &house, both, HOSPITAL, |_| {}).await;
    assert!(is_in(&elsewhere).await);
}
