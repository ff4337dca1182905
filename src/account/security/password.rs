//! Choosing another password.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use web::csrf::FreshForm;
use web::page::{self, Frame};
use web::session::Fresh;
use web::{House, SignedIn};
use workflows::notices;
use workflows::passwords::{self, Refusal};

use super::back;

#[derive(Template)]
#[template(path = "password.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    username: &'a str,
    problem: String,
    characters: usize,
}

fn show(person: &SignedIn, problem: String) -> Response {
    let status = page::status(problem.is_empty());
    let page = Page {
        frame: Frame::of(person, ""),
        csrf: &person.session.csrf,
        username: &person.account.username,
        problem,
        characters: passwords::CHARACTERS_MIN,
    };
    page::html(status, &page)
}

/// `GET /account/security/password`
pub async fn form(Fresh(person): Fresh) -> Response {
    show(&person, String::new())
}

/// `POST /account/security/password`
pub async fn submit(State(house): State<House>, FreshForm { person, form }: FreshForm) -> Response {
    let password = form.get("password").to_owned();
    if password != form.get("password_repeat") {
        let problem = "the two passwords are not the same; type it once more";
        return show(&person, problem.to_owned());
    }
    let account = person.account.clone();
    let leaked = house.sign_in.breached_passwords.clone();
    let chosen = tokio::task::spawn_blocking(move || {
        let mail = account.email.as_deref().unwrap_or_default();
        let about = [account.username.as_str(), &account.display, mail];
        passwords::accept(&password, &about, leaked.as_deref())
    });
    let hash = match chosen.await.unwrap_or(Err(Refusal::Failed)) {
        Ok(hash) => hash,
        Err(refusal) => return show(&person, refusal.to_string()),
    };
    match change(&house, &person, &hash).await {
        Ok(()) => back("password"),
        Err(error) => page::unavailable(&error),
    }
}

async fn change(house: &House, person: &SignedIn, hash: &str) -> Result<(), storage::Error> {
    let (storage, account) = (&house.storage, &person.account);
    storage.accounts().set_password(&account.id, hash).await?;
    let sessions = storage.sessions();
    sessions
        .close_others(&account.id, &person.session.id)
        .await?;
    let what = "The password of your account was changed.";
    notices::changed(storage, account, what, house.clock.now()).await
}
