//! The link that proves a mail address. Opening it changes nothing: mail programs look at links too; a
//! button does.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, StatusCode};
use smart::registration::is_mail_address;
use storage::mail_links::Purpose;
use web::csrf::{self, FreshForm, OpenForm};
use web::page::{self, Frame, Query};
use web::session::Fresh;
use web::{House, SignedIn, session};
use workflows::opening::contact::{self, Proof};

use crate::sign_up::{credentials::SHARED, desk};

#[derive(Template)]
#[template(path = "email.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    link: &'a str,
    email: &'a str,
    done: bool,
}

/// `GET /account/email?link=…`
pub async fn form(State(house): State<House>, headers: HeaderMap, Query(query): Query) -> Response {
    let secret = query.get("link");
    let now = house.clock.now();
    let links = house.storage.mail_links();
    match links.find(Purpose::VerifyEmail, secret, now).await {
        Ok(Some(link)) => show(&house, &headers, secret, &link.email, false),
        Ok(None) => over(),
        Err(error) => page::unavailable(&error),
    }
}

fn show(house: &House, headers: &HeaderMap, link: &str, email: &str, done: bool) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        link,
        email,
        done,
    };
    session::with_form_token(house, &token, page::html(StatusCode::OK, &page))
}

/// `POST /account/email`
pub async fn submit(State(house): State<House>, sent: OpenForm) -> Response {
    match contact::prove(desk(&house), sent.form.get("link")).await {
        Ok(Proof::Done { .. }) => show(&house, &sent.headers, "", "", true),
        Ok(Proof::SharedAddress) => {
            page::sorry(StatusCode::CONFLICT, "This address cannot be used", SHARED)
        }
        Ok(Proof::Over) => over(),
        Err(error) => page::unavailable(&error.into()),
    }
}

#[derive(Template)]
#[template(path = "email_change.html")]
struct Change<'a> {
    frame: Frame,
    csrf: &'a str,
    /// Where mail goes now.
    now: &'a str,
    typed: &'a str,
    problem: &'a str,
    /// A link was sent.
    sent: bool,
}

fn change_page(person: &SignedIn, typed: &str, problem: &str, sent: bool) -> Response {
    let page = Change {
        frame: Frame::of(person, "security"),
        csrf: &person.session.csrf,
        now: person.account.email.as_deref().unwrap_or_default(),
        typed,
        problem,
        sent,
    };
    let status = page::status(problem.is_empty());
    page::html(status, &page)
}

/// `GET /account/email/change`
pub async fn change_form(Fresh(person): Fresh) -> Response {
    change_page(&person, "", "", false)
}

/// `POST /account/email/change`: sends the link that proves the new address; until then mail goes where
/// it went.
pub async fn change(State(house): State<House>, FreshForm { person, form }: FreshForm) -> Response {
    let email = form.get("email").trim();
    if !is_mail_address(email) {
        let problem = "That is no e-mail address. Write it as in ana@example.org.";
        return change_page(&person, email, problem, false);
    }
    match send(&house, &person, email).await {
        Ok("") => change_page(&person, "", "", true),
        Ok(problem) => change_page(&person, email, problem, false),
        Err(error) => page::unavailable(&error),
    }
}

/// Sends the link, or says why not.
async fn send(
    house: &House,
    person: &SignedIn,
    email: &str,
) -> Result<&'static str, storage::Error> {
    let (desk, account) = (desk(house), &person.account);
    let key = format!("prove-email:{}", account.id);
    let most = limits::REQUESTS_OF_ADDRESS_MAX;
    let throttle = house.storage.throttle();
    if !throttle.allow(&key, most, 3_600, desk.now).await? {
        return Ok("That was often enough for now. Try again in an hour.");
    }
    let own = account.patient.as_deref().unwrap_or_default();
    if contact::is_shared(desk, Some(account), own, email).await? {
        return Ok(SHARED);
    }
    contact::ask_to_prove(desk, account, email).await?;
    Ok("")
}

fn over() -> Response {
    page::sorry(
        StatusCode::GONE,
        "This link is over",
        "It was used already, a newer one was sent, or it is more than three days old. Open \
         “Security” in your account to have another one sent.",
    )
}
