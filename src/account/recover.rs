//! Finding the way back in: what was forgotten, the username by mail, the password by a link and one more
//! proof. What is asked for by nobody known is answered the same whatever is found.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, StatusCode};
use storage::Storage;
use web::csrf::{self, OpenForm};
use web::page::{self, Frame, Query};
use web::{House, Visit, session};
use workflows::passwords;
use workflows::recovery::{self, Asked, Renewed};

use crate::secrets;

#[derive(Template)]
#[template(path = "recover.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    /// What was asked for and taken: `username`, `password`, or nothing yet.
    taken: &'a str,
}

/// `GET /account/recover`
pub async fn form(State(house): State<House>, headers: HeaderMap) -> Response {
    show(&house, &headers, "")
}

fn show(house: &House, headers: &HeaderMap, taken: &str) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        taken,
    };
    session::with_form_token(house, &token, page::html(StatusCode::OK, &page))
}

/// `POST /account/recover/username`
pub async fn username(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    let email = sent.form.get("email").trim().to_lowercase();
    let now = house.clock.now();
    let done = async {
        if may_ask(&house, &visit, &email).await? {
            recovery::send_usernames(&house.storage, &email, &house.base_url, now).await?;
        }
        Ok(())
    };
    taken(&house, &sent.headers, "username", done.await)
}

/// `POST /account/recover/password`
pub async fn password(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    let username = sent.form.get("username").trim().to_lowercase();
    let now = house.clock.now();
    let done = async {
        if may_ask(&house, &visit, &username).await? {
            recovery::send_link(&house.storage, &username, &house.base_url, now).await?;
        }
        Ok(())
    };
    taken(&house, &sent.headers, "password", done.await)
}

fn taken(
    house: &House,
    headers: &HeaderMap,
    what: &str,
    done: Result<(), storage::Error>,
) -> Response {
    match done {
        Ok(()) => show(house, headers, what),
        Err(error) => page::unavailable(&error),
    }
}

/// Past the limits nothing is sent, and nothing is said of it.
async fn may_ask(house: &House, visit: &Visit, about: &str) -> Result<bool, storage::Error> {
    let now = house.clock.now();
    let throttle = house.storage.throttle();
    let hour = 3_600;
    let near = format!("recover:{}", visit.counted);
    let about = format!("recover-of:{}", web::caller::token_hash(about));
    let here = throttle.allow(&near, limits::REQUESTS_OF_NETWORK_MAX, hour, now);
    let here = here.await?;
    let most = limits::REQUESTS_OF_ADDRESS_MAX;
    Ok(throttle.allow(&about, most, hour, now).await? && here)
}

#[derive(Template)]
#[template(path = "new_password.html")]
struct NewPassword<'a> {
    frame: Frame,
    csrf: &'a str,
    link: &'a str,
    username: &'a str,
    asked: Asked,
    problem: &'a str,
    characters: usize,
}

/// `GET /account/recover/new-password?link=…`
pub async fn new_password(
    State(house): State<House>,
    headers: HeaderMap,
    Query(query): Query,
) -> Response {
    choose(&house, &headers, query.get("link"), "")
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn choose(
    house: &House,
    headers: &HeaderMap,
    link: &str,
    problem: &str,
) -> Result<Response, storage::Error> {
    let storage: &Storage = &house.storage;
    let Some((account, asked)) = recovery::asked(storage, link, house.clock.now()).await? else {
        return Ok(over());
    };
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return Ok(page::no_randomness());
    };
    let page = NewPassword {
        frame: Frame::of_nobody(),
        csrf: &token,
        link,
        username: &account.username,
        asked,
        problem,
        characters: passwords::CHARACTERS_MIN,
    };
    let status = page::status(problem.is_empty());
    Ok(session::with_form_token(
        house,
        &token,
        page::html(status, &page),
    ))
}

/// `POST /account/recover/new-password`
pub async fn renew(State(house): State<House>, sent: OpenForm) -> Response {
    answer(&house, &sent)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(house: &House, sent: &OpenForm) -> Result<Response, storage::Error> {
    let (form, headers) = (&sent.form, &sent.headers);
    let (link, now) = (form.get("link"), house.clock.now());
    let Some((account, _)) = recovery::asked(&house.storage, link, now).await? else {
        return Ok(over());
    };
    let password = form.get("password");
    if password != form.get("password_repeat") {
        let problem = "The two passwords are not the same. Type them once more.";
        return choose(house, headers, link, problem).await;
    }
    let mail = account.email.as_deref().unwrap_or_default();
    let about = [account.username.as_str(), &account.display, mail];
    let hash = match secrets::password(house, password, &about).await {
        Ok(hash) => hash,
        Err(refusal) => return choose(house, headers, link, &refusal).await,
    };
    let proof = match form.get("code") {
        "" => form.get("security_answer"),
        code => code,
    };
    let seconds = house.clock.outside(now).as_second();
    match recovery::renew(&house.storage, link, proof, &hash, (seconds, now)).await? {
        Renewed::Done => Ok(page::see_other("/account/sign-in?done=password")),
        Renewed::Wrong => {
            let problem = "That does not fit. After five tries this link is used up.";
            choose(house, headers, link, problem).await
        }
        Renewed::Over => Ok(over()),
    }
}

fn over() -> Response {
    page::sorry(
        StatusCode::GONE,
        "This link is over",
        "It was used already, a newer one was sent, too many answers were wrong, or it is more than thirty \
         minutes old. Ask for another one on the sign-in page.",
    )
}
