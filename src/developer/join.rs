//! A developer's account, made by the developer: a mail address proven by a code, a name, a password.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;
use smart::registration::is_mail_address;
use storage::accounts::{Account, Kind};
use tokio::sync::Semaphore;
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame};
use web::{House, SignedIn, Visit, session};
use workflows::passwords;

/// Mails one network may ask for in an hour, and one address may get.
const MAILS_OF_NETWORK_MAX: i64 = 20;
const MAILS_OF_ADDRESS_MAX: i64 = 3;
/// Codes that may be tried for one address in an hour.
const TRIES_MAX: i64 = 10;
const HOUR_SECONDS: i64 = 3_600;
/// Letters of a code: none that is easily mistaken for another. Ten of 31 are more than 49 bits.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
const CODE_LETTERS: usize = 10;
const NAME_CHARACTERS_MAX: usize = 80;

/// Hashing a password costs 19 MiB and a core for a while: one at a time.
static TURN: Semaphore = Semaphore::const_new(1);

#[derive(Template)]
#[template(path = "join.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    /// The address a code was sent to; none yet.
    sent_to: &'a str,
    email: &'a str,
    name: &'a str,
    problem: &'a str,
}

/// `GET /account/developer/join`
pub async fn form(
    State(house): State<House>,
    person: Option<SignedIn>,
    headers: HeaderMap,
) -> Response {
    match person {
        Some(_) => page::see_other("/account/developer"),
        None => show(&house, &headers, &Shown::default()),
    }
}

/// What the page is filled with.
#[derive(Default)]
struct Shown<'a> {
    sent_to: &'a str,
    email: &'a str,
    name: &'a str,
    problem: &'a str,
}

fn show(house: &House, headers: &HeaderMap, shown: &Shown<'_>) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        sent_to: shown.sent_to,
        email: shown.email,
        name: shown.name,
        problem: shown.problem,
    };
    let status = page::status(shown.problem.is_empty());
    session::with_form_token(house, &token, page::html(status, &page))
}

/// `POST /account/developer/join`: sends a code, and says the same whoever has the address.
pub async fn send(
    State(house): State<House>,
    visit: Visit,
    OpenForm { headers, form, .. }: OpenForm,
) -> Response {
    let email = form.get("email").trim().to_lowercase();
    if !is_mail_address(&email) {
        let problem = "That is no mail address. Write it as in ada@example.org.";
        let email = &email;
        return show(
            &house,
            &headers,
            &Shown {
                email,
                problem,
                ..Shown::default()
            },
        );
    }
    let now = house.clock.now();
    match mail_code(&house, &visit, &email, now).await {
        Ok(()) => show(
            &house,
            &headers,
            &Shown {
                sent_to: &email,
                ..Shown::default()
            },
        ),
        Err(error) => page::unavailable(&error),
    }
}

/// Past the limits nothing is sent, and nothing is said of it.
async fn mail_code(
    house: &House,
    visit: &Visit,
    email: &str,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let throttle = house.storage.throttle();
    let near = format!("join:{}", visit.counted);
    let to = format!("join-mail:{}", hash_of_secret(email));
    if !throttle
        .allow(&near, MAILS_OF_NETWORK_MAX, HOUR_SECONDS, now)
        .await?
        || !throttle
            .allow(&to, MAILS_OF_ADDRESS_MAX, HOUR_SECONDS, now)
            .await?
    {
        return Ok(());
    }
    let mail = house.storage.mail();
    let base = &house.base_url;
    if house
        .storage
        .accounts()
        .find_by_username(email)
        .await?
        .is_some()
    {
        let text = format!(
            "Somebody, perhaps you, asked for a developer account with this address. There is one \
             already: sign in at {base}/account/developer\n"
        );
        return mail
            .queue(email, "You have a developer account already", &text, now)
            .await;
    }
    let Some(code) = fresh_code() else {
        return Err(storage::Error::Other("no randomness".to_owned()));
    };
    let expires = now
        .checked_add(SignedDuration::from_secs(limits::DEVELOPER_CODE_SECONDS))
        .unwrap_or(Timestamp::MAX);
    let codes = house.storage.developer_codes();
    codes
        .put(email, &hash_of_code(email, &code), expires, now)
        .await?;
    let text = format!(
        "Your code is {code}\n\nType it on the page where you asked for it to make your developer \
         account. It is good for an hour. If you did not ask for it, there is nothing to do.\n"
    );
    mail.queue(email, "Your code for a developer account", &text, now)
        .await
}

fn fresh_code() -> Option<String> {
    let mut bytes = [0_u8; CODE_LETTERS];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    let letter = |byte: &u8| {
        let letter = LETTERS.get(usize::from(*byte) % LETTERS.len());
        char::from(letter.copied().unwrap_or(b'z'))
    };
    Some(bytes.iter().map(letter).collect())
}

fn hash_of_code(email: &str, code: &str) -> String {
    let code = code.trim().to_lowercase();
    hash_of_secret(&format!("{email}\n{code}"))
}

/// `POST /account/developer/join/confirm`: the account, for who has the code.
pub async fn confirm(
    State(house): State<House>,
    OpenForm { headers, form, .. }: OpenForm,
) -> Response {
    let email = form.get("email").trim().to_lowercase();
    let name = form.get("name").trim();
    let again = |problem: &str| {
        let (sent_to, email) = (email.as_str(), "");
        show(
            &house,
            &headers,
            &Shown {
                sent_to,
                email,
                name,
                problem,
            },
        )
    };
    if let Some(problem) = fault(&form) {
        return again(problem);
    }
    let now = house.clock.now();
    let password_hash = match hashed(&house, &email, &form).await {
        Ok(hash) => hash,
        Err(refusal) => return again(&refusal),
    };
    match make(&house, &email, form.get("code"), name, password_hash, now).await {
        Ok(true) => page::see_other(&session::sign_in_address("/account/developer")),
        Ok(false) => {
            again("That code does not fit. Look at the newest mail, or ask for another code.")
        }
        Err(error) => page::unavailable(&error),
    }
}

fn fault(form: &Form) -> Option<&'static str> {
    let password = form.get("password");
    let name = form.get("name").trim();
    let named = (1..=NAME_CHARACTERS_MAX).contains(&name.chars().count())
        && !name.contains(char::is_control);
    if !named {
        return Some("Tell us your name, or that of your team, in at most 80 characters.");
    }
    if password != form.get("password_repeat") {
        return Some("The two passwords differ. Type them once more.");
    }
    (form.get("accept") != "yes").then_some("Tick the box to accept the terms.")
}

/// False when the code is not the one sent to the address.
async fn make(
    house: &House,
    email: &str,
    code: &str,
    name: &str,
    password_hash: String,
    now: Timestamp,
) -> Result<bool, storage::Error> {
    let key = format!("join-code:{}", hash_of_secret(email));
    let throttle = house.storage.throttle();
    if !throttle.allow(&key, TRIES_MAX, HOUR_SECONDS, now).await? {
        return Ok(false);
    }
    let codes = house.storage.developer_codes();
    if !codes.take(email, &hash_of_code(email, code), now).await? {
        return Ok(false);
    }
    let account = Account {
        username: email.to_owned(),
        password_hash,
        display: name.to_owned(),
        email: Some(email.to_owned()),
        ..Account::open(uuid::Uuid::new_v4().to_string(), Kind::Developer)
    };
    house.storage.accounts().create(&account, now).await?;
    Ok(true)
}

/// The password as it is kept, or what is wrong with it.
async fn hashed(house: &House, email: &str, form: &Form) -> Result<String, String> {
    let (password, name) = (form.get("password").to_owned(), form.get("name").to_owned());
    let email = email.to_owned();
    let leaked = house.sign_in.breached_passwords.clone();
    let Ok(_turn) = TURN.acquire().await else {
        return Err(passwords::Refusal::Failed.to_string());
    };
    let accept = move || passwords::accept(&password, &[&email, &name], leaked.as_deref());
    match tokio::task::spawn_blocking(accept).await {
        Ok(Ok(hash)) => Ok(hash),
        Ok(Err(refusal)) => Err(web::words::sentence(&refusal.to_string())),
        Err(_) => Err(passwords::Refusal::Failed.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn codes_differ_and_fit_whatever_the_case() {
        let (one, other) = (fresh_code().unwrap(), fresh_code().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), CODE_LETTERS);
        assert!(!one.contains(['0', '1', 'l', 'o', 'i']));
        let upper = format!(" {} ", one.to_uppercase());
        assert_eq!(
            hash_of_code("a@b.example", &one),
            hash_of_code("a@b.example", &upper)
        );
        assert_ne!(
            hash_of_code("a@b.example", &one),
            hash_of_code("c@b.example", &one)
        );
    }
}
