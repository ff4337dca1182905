//! Asking for an activation code online. The answer is the same whatever is found.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::HeaderMap;
use smart::registration::is_mail_address;
use storage::throttle::Throttle;
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame};
use web::{House, Visit, session};
use workflows::opening::identity::{self, Request};

use super::desk;

#[derive(Template)]
#[template(path = "request.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    given: &'a str,
    family: &'a str,
    birth_date: &'a str,
    postal_code: &'a str,
    email: &'a str,
    problem: &'a str,
    /// It was taken.
    taken: bool,
    online: bool,
    hours: u16,
}

/// `GET /account/sign-up/request`
pub async fn form(State(house): State<House>, headers: HeaderMap) -> Response {
    show(&house, &headers, &Form::default(), "", false)
}

fn show(house: &House, headers: &HeaderMap, form: &Form, problem: &str, taken: bool) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let rules = &house.pack.activation;
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        given: form.get("given_name"),
        family: form.get("family_name"),
        birth_date: form.get("birth_date"),
        postal_code: form.get("postal_code"),
        email: form.get("email"),
        problem,
        taken,
        online: rules.online_requests,
        hours: rules.email_hours,
    };
    let status = page::status(problem.is_empty());
    session::with_form_token(house, &token, page::html(status, &page))
}

/// `POST /account/sign-up/request`
pub async fn submit(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    if let Some(problem) = fault(&sent.form) {
        return show(&house, &sent.headers, &sent.form, problem, false);
    }
    match take(&house, &visit, &sent.form).await {
        Ok(()) => show(&house, &sent.headers, &Form::default(), "", true),
        Err(error) => page::unavailable(&error),
    }
}

fn fault(form: &Form) -> Option<&'static str> {
    const CHARACTERS_MAX: usize = 100;
    let fields = ["given_name", "family_name", "postal_code", "email"];
    let mut texts = fields.iter().map(|name| form.get(name).trim());
    if texts.any(|text| text.is_empty() || text.chars().count() > CHARACTERS_MAX) {
        return Some("Fill in every field.");
    }
    if access::opening::calendar_day(form.get("birth_date")).is_none() {
        return Some("Write your date of birth as month, day and year: 12/31/1990.");
    }
    if !is_mail_address(form.get("email").trim()) {
        return Some("That is no e-mail address. Write it as in ana@example.org.");
    }
    None
}

/// Past the limits nothing is done, and nothing is said of it.
async fn take(house: &House, visit: &Visit, form: &Form) -> Result<(), storage::Error> {
    let now = house.clock.now();
    let throttle: Throttle<'_> = house.storage.throttle();
    let hour = 3_600;
    let email = form.get("email").trim().to_lowercase();
    let near = format!("opening-request:{}", visit.counted);
    let to = format!("opening-request-mail:{}", web::caller::token_hash(&email));
    let may = throttle
        .allow(&near, limits::REQUESTS_OF_NETWORK_MAX, hour, now)
        .await?
        & throttle
            .allow(&to, limits::REQUESTS_OF_ADDRESS_MAX, hour, now)
            .await?;
    if !may {
        return Ok(());
    }
    let request = Request {
        given: form.get("given_name").trim(),
        family: form.get("family_name").trim(),
        birth_date: form.get("birth_date"),
        postal_code: form.get("postal_code").trim(),
        email: &email,
    };
    Ok(identity::request(desk(house), request).await?)
}
