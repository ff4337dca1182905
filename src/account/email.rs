//! The link that proves a mail address. Opening it changes nothing: mail programs look at links too; a
//! button does.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use storage::mail_links::Purpose;
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame};
use web::{House, session};
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
pub async fn form(
    State(house): State<House>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Form::read(query.unwrap_or_default().as_bytes());
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

fn over() -> Response {
    page::sorry(
        StatusCode::GONE,
        "This link is over",
        "It was used already, a newer one was sent, or it is more than three days old. Sign in to have \
         another one sent.",
    )
}
