//! The second step of signing in: codes, recovery codes, passkeys, and who must have one.

use storage::accounts::Kind;

use super::browser::{Browser, PASSWORD};
use crate::support::{Authenticator, House, SAFE_BASE};

const CODE: &str = "/account/sign-in/code";
const ENROL: &str = "/account/sign-in/enrol";

/// A house over HTTPS in which ada and the member of staff have passwords.
async fn house(staff_second_factor: bool) -> House {
    let house = House::signing_in(config::SignIn {
        staff_second_factor,
        ..config::SignIn::default()
    })
    .await;
    house.fill().await;
    house.with_password("ada").await;
    let staff = house.account("nora", Kind::Staff).await;
    let hash = demo::sign_ins::password_hash().unwrap();
    let accounts = house.storage.accounts();
    assert!(accounts.set_password(&staff, &hash).await.unwrap());
    house
}

impl House {
    /// What an authenticator app shows: it goes by everybody's clock.
    pub fn code_of(&self, secret: &[u8]) -> String {
        let seconds = self.clock.outside(self.now()).as_second();
        smart::totp::code_at(secret, seconds)
    }
}

/// Sets an app up for a browser that is signed in; its secret, and the recovery codes.
pub async fn set_up_totp(house: &House, browser: &Browser) -> (Vec<u8>, Vec<String>) {
    let secret = browser.get("/account/security/totp").await.secret();
    let code = house.code_of(&secret);
    let done = browser.type_code("/account/security/totp", &code).await;
    assert_eq!(done.status(), 200, "{}", done.html);
    let codes = done.html.split("<li><code>").skip(1);
    let codes = codes.map(|rest| rest.split('<').next().unwrap().to_owned());
    (secret, codes.collect())
}

/// An app for an account, without the pages: the step used up is long ago.
pub async fn with_totp(house: &House, account: &str) -> Vec<u8> {
    let factors = house.storage.factors();
    let secret = factors.propose_totp(account, house.now()).await.unwrap();
    assert!(factors.confirm_totp(account, 0, house.now()).await.unwrap());
    secret.unwrap()
}

#[tokio::test]
async fn a_password_alone_opens_nothing_once_there_is_a_second_factor() {
    let house = house(false).await;
    let secret = with_totp(&house, "account-ada").await;
    let browser = Browser::of(&house);
    let sent = browser
        .sign_in("ada", PASSWORD, "%2Faccount%2Ffamily")
        .await;
    assert_eq!(sent.location(), format!("{CODE}?next=%2Faccount%2Ffamily"));
    assert!(
        sent.reply
            .headers
            .get_all("set-cookie")
            .iter()
            .all(|cookie| { !cookie.to_str().unwrap().starts_with("__Host-kinchart=") })
    );
    assert_eq!(browser.get("/account").await.status(), 303);
    let path = sent.location();
    assert_eq!(browser.type_code(&path, "000000").await.status(), 401);
    let opened = browser.type_code(&path, &house.code_of(&secret)).await;
    assert_eq!(opened.location(), "/account/family");
    assert_eq!(browser.get("/account").await.status(), 200);
    let security = browser.get("/account/security").await;
    assert!(security.html.contains("with a second step"));
}

#[tokio::test]
async fn a_code_is_good_once() {
    let house = house(false).await;
    let secret = with_totp(&house, "account-ada").await;
    let code = house.code_of(&secret);
    for (browser, opens) in [(Browser::of(&house), true), (Browser::of(&house), false)] {
        browser.sign_in("ada", PASSWORD, "").await;
        let answer = browser.type_code(CODE, &code).await;
        assert_eq!(answer.status() == 303, opens);
    }
}

#[tokio::test]
async fn five_wrong_codes_end_the_sign_in_and_tell_the_owner() {
    let house = house(false).await;
    let secret = with_totp(&house, "account-ada").await;
    house.with_mail("account-ada").await;
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    for n in 0..5 {
        let answer = browser.type_code(CODE, "123456").await;
        assert_eq!(answer.status(), if n < 4 { 401 } else { 303 });
    }
    let over = browser.get(CODE).await;
    assert_eq!(over.location(), "/account/sign-in");
    let mail = house.storage.mail().list(10).await.unwrap();
    assert_eq!(mail[0].subject, "Somebody knows your password");
    // The owner is not locked out: another browser goes on counting from its own.
    let own = Browser::of(&house).from("192.0.2.1");
    own.sign_in("ada", PASSWORD, "").await;
    let opened = own.type_code(CODE, &house.code_of(&secret)).await;
    assert_eq!(opened.status(), 303);
    assert_eq!(opened.location(), "/account");
}

#[tokio::test]
async fn a_recovery_code_opens_once_and_tells_the_owner() {
    let house = house(false).await;
    with_totp(&house, "account-ada").await;
    house.with_mail("account-ada").await;
    let factors = house.storage.factors();
    let codes = factors
        .replace_recovery_codes("account-ada", house.now())
        .await
        .unwrap();
    for opens in [true, false] {
        let browser = Browser::of(&house);
        browser.sign_in("ada", PASSWORD, "").await;
        let answer = browser.type_code(CODE, &codes[3].to_lowercase()).await;
        assert_eq!(answer.status() == 303, opens);
    }
    let mail = house.storage.mail().list(10).await.unwrap();
    assert!(mail.iter().any(|one| one.text.contains("recovery code")));
    assert!(mail.iter().all(|one| !one.text.contains(&codes[3])));
}

#[tokio::test]
async fn staff_set_a_second_factor_up_before_anything_opens() {
    let house = house(true).await;
    let browser = Browser::of(&house);
    let sent = browser.sign_in("nora", PASSWORD, "").await;
    assert_eq!(sent.location(), ENROL);
    assert_eq!(browser.get("/account").await.status(), 303);
    assert_eq!(browser.get(CODE).await.status(), 303);
    let page = browser.get(ENROL).await;
    assert!(page.html.contains("<svg class=\"qr\""));
    let secret = page.secret();
    assert_eq!(browser.type_code(ENROL, "000000").await.status(), 401);
    let code = house.code_of(&secret);
    let done = browser.type_code(ENROL, &code).await;
    assert!(done.html.contains("Recovery codes"), "{}", done.html);
    assert_eq!(browser.get("/account").await.status(), 200);
    let next = Browser::of(&house);
    assert_eq!(next.sign_in("nora", PASSWORD, "").await.location(), CODE);
    // The last one stays.
    let csrf = browser.get("/account").await.field("csrf");
    let path = "/account/security/totp/remove";
    let kept = browser.post(path, &[("csrf", &csrf)]).await;
    assert_eq!(kept.location(), "/account/security?done=kept");
    // Patients are not asked.
    let patient = Browser::of(&house);
    let opened = patient.sign_in("ada", PASSWORD, "").await;
    assert_eq!(opened.location(), "/account");
}

#[tokio::test]
async fn a_session_of_staff_without_a_second_factor_opens_nothing() {
    let house = house(true).await;
    let opening = storage::sessions::Opening {
        account: "account-nora",
        amr: "pwd",
        agent: "",
        source: "",
        device: None,
        lifetime_seconds: 3_600,
        shared: false,
    };
    for (amr, status) in [("pwd", 303), ("pwd otp mfa", 200)] {
        let opening = storage::sessions::Opening { amr, ..opening };
        let sessions = house.storage.sessions();
        let cookie = sessions.open(opening, house.now()).await.unwrap();
        let caller = house.anonymous();
        let caller = caller.with("cookie", &format!("__Host-kinchart={cookie}"));
        assert_eq!(caller.get("/account").await.status, status, "{amr}");
    }
}

#[tokio::test]
async fn a_passkey_is_added_signs_in_alone_and_is_removed() {
    let house = house(false).await;
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let mut passkey = Authenticator::on(SAFE_BASE, "kinchart.test");
    let path = "/account/security/passkeys/new";
    let page = browser.get(path).await;
    let made = passkey.create(&page.challenge()).to_string();
    let csrf = page.field("csrf");
    let fields = [("csrf", &*csrf), ("label", "My key"), ("credential", &made)];
    let added = browser.post(path, &fields).await;
    assert!(added.html.contains("Recovery codes"), "{}", added.html);
    let again = browser.post(path, &fields).await;
    assert_eq!(again.status(), 422, "a challenge is good for one answer");

    let other = Browser::of(&house);
    let sent = "/account/sign-in/passkey?next=%2Faccount%2Fapps";
    let opened = other.use_passkey(sent, &mut passkey).await;
    assert_eq!(opened.location(), "/account/apps");
    assert_eq!(other.get("/account").await.status(), 200);
    // After a password it is the second step.
    let third = Browser::of(&house);
    third.sign_in("ada", PASSWORD, "").await;
    let opened = third.use_passkey(CODE, &mut passkey).await;
    assert_eq!(opened.location(), "/account");

    let security = browser.get("/account/security").await;
    assert!(security.html.contains("My key"));
    let (csrf, id) = (security.field("csrf"), security.field("passkey"));
    let fields = [("csrf", &*csrf), ("passkey", &id)];
    let removed = browser
        .post("/account/security/passkeys/remove", &fields)
        .await;
    assert_eq!(removed.location(), "/account/security?done=passkey-removed");
    let gone = Browser::of(&house);
    let refused = gone
        .use_passkey("/account/sign-in/passkey", &mut passkey)
        .await;
    assert_eq!(refused.status(), 401);
}

#[tokio::test]
async fn a_passkeys_answer_counts_for_the_browser_that_was_asked_only() {
    let house = house(false).await;
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let mut passkey = Authenticator::on(SAFE_BASE, "kinchart.test");
    let path = "/account/security/passkeys/new";
    let page = browser.get(path).await;
    let made = passkey.create(&page.challenge()).to_string();
    let fields = [("csrf", &*page.field("csrf")), ("credential", &made)];
    assert_eq!(browser.post(path, &fields).await.status(), 200);

    let victim = Browser::of(&house);
    let asked = victim.get("/account/sign-in/passkey").await;
    let answer = passkey.get(&asked.challenge()).to_string();
    // A thief with the answer, and a form of their own.
    let thief = Browser::of(&house);
    let own = thief.get("/account/sign-in/passkey").await;
    let fields = [("csrf", &*own.field("csrf")), ("credential", &answer)];
    let refused = thief.post("/account/sign-in/passkey", &fields).await;
    assert_eq!(refused.status(), 401);
    let fields = [("csrf", &*asked.field("csrf")), ("credential", &answer)];
    let opened = victim.post("/account/sign-in/passkey", &fields).await;
    assert_eq!(opened.status(), 303);
}

#[tokio::test]
async fn an_account_guessed_at_asks_new_browsers_for_a_mailed_code() {
    let house = house(false).await;
    let own = Browser::of(&house);
    assert_eq!(own.sign_in("ada", PASSWORD, "").await.status(), 303);
    let key = format!("sign-in:account:{}", web::caller::token_hash("ada"));
    let most = config::limits::SIGN_IN_SIEGE_FAILURES_MAX;
    let throttle = house.storage.throttle();
    for _ in 0..=most {
        let _ = throttle.allow(&key, most, 86_400, house.now()).await;
    }
    // Without an address to send it to, a new browser stays out; a known one comes in.
    let new = Browser::of(&house).from("192.0.2.9");
    assert_eq!(new.sign_in("ada", PASSWORD, "").await.status(), 401);
    assert_eq!(
        own.sign_in("ada", PASSWORD, "").await.location(),
        "/account"
    );
    house.with_mail("account-ada").await;
    assert_eq!(new.sign_in("ada", PASSWORD, "").await.location(), CODE);
    assert_eq!(new.type_code(CODE, "00000000").await.status(), 401);
    let mail = house.storage.mail().list(1).await.unwrap();
    let code = mail[0].text.split("sign in is ").nth(1).unwrap();
    let code = code.split('.').next().unwrap();
    assert_eq!(new.type_code(CODE, code).await.location(), "/account");
}
