//! An account for somebody who is no patient here, to act for others: asked for by e-mail, opened by the link
//! that comes, or by the link of an invitation.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, StatusCode};
use smart::registration::is_mail_address;
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame, Query};
use web::{House, Visit, session};
use workflows::opening::proxy::{self, Entered, LINK_DAYS, Newcomer};
use workflows::opening::question;
use workflows::passwords;

use super::credentials::{chosen, enter, fault};
use super::desk;

/// Where a link is asked for.
pub const PATH: &str = "/account/sign-up/proxy";
/// Where it leads.
pub const OPEN: &str = "/account/sign-up/proxy/open";
/// What somebody is called, in characters.
const NAME_CHARACTERS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "sign_up_proxy.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    email: &'a str,
    problem: &'a str,
    /// It was taken.
    taken: bool,
    years: u8,
    days: i64,
}

/// `GET /account/sign-up/proxy`
pub async fn form(State(house): State<House>, headers: HeaderMap) -> Response {
    show(&house, &headers, "", "", false)
}

fn show(house: &House, headers: &HeaderMap, email: &str, problem: &str, taken: bool) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        email,
        problem,
        taken,
        years: house.pack.proxy_min_age,
        days: LINK_DAYS,
    };
    session::with_form_token(
        house,
        &token,
        page::html(page::status(problem.is_empty()), &page),
    )
}

/// `POST /account/sign-up/proxy`
pub async fn submit(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    let email = sent.form.get("email").trim();
    if !is_mail_address(email) {
        let why = "That is no e-mail address. Write it as in ana@example.org.";
        return show(&house, &sent.headers, email, why, false);
    }
    match take(&house, &visit, &email.to_lowercase()).await {
        Ok(()) => show(&house, &sent.headers, "", "", true),
        Err(error) => page::unavailable(&error),
    }
}

/// Past the limits nothing is sent, and nothing is said of it.
async fn take(house: &House, visit: &Visit, email: &str) -> Result<(), storage::Error> {
    let (now, hour) = (house.clock.now(), 3_600);
    let throttle = house.storage.throttle();
    let near = format!("entrance:{}", visit.counted);
    let to = format!("entrance-mail:{}", web::caller::token_hash(email));
    let may = throttle
        .allow(&near, limits::REQUESTS_OF_NETWORK_MAX, hour, now)
        .await?
        & throttle
            .allow(&to, limits::REQUESTS_OF_ADDRESS_MAX, hour, now)
            .await?;
    if may {
        proxy::ask_for_link(desk(house), email).await?;
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "sign_up_proxy_open.html")]
struct OpenPage<'a> {
    frame: Frame,
    csrf: &'a str,
    code: &'a str,
    given: &'a str,
    family: &'a str,
    birth_date: &'a str,
    username: &'a str,
    question: &'a str,
    email: &'a str,
    /// Where the link came to: proven by it.
    proven: &'a str,
    notify: bool,
    /// Which field, and what is wrong with it.
    problem: (&'a str, &'a str),
    characters: usize,
    suggested: &'static [&'static str],
    begins: bool,
    invited: bool,
}

/// `GET /account/sign-up/proxy/open?code=…`
pub async fn open_form(
    State(house): State<House>,
    headers: HeaderMap,
    Query(mut query): Query,
) -> Response {
    if house.pack.notify.opt_in_default {
        query.put("notify", "yes");
    }
    show_open(&house, &headers, &query, ("", ""), true)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

/// The form; `fresh`: nothing was typed yet.
async fn show_open(
    house: &House,
    headers: &HeaderMap,
    form: &Form,
    problem: (&str, &str),
    fresh: bool,
) -> Result<Response, storage::Error> {
    let code = form.get("code");
    let Some(entrance) = proxy::entrance(desk(house), code).await? else {
        return Ok(over());
    };
    if entrance.account.is_some() {
        return Ok(page::see_other(&session::sign_in_address(
            &next(house, code).await?,
        )));
    }
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return Ok(page::no_randomness());
    };
    let page = OpenPage {
        frame: Frame::of_nobody(),
        csrf: &token,
        code,
        given: form.get("given_name"),
        family: form.get("family_name"),
        birth_date: form.get("birth_date"),
        username: form.get("username"),
        question: form.get("security_question"),
        email: if fresh {
            &entrance.email
        } else {
            form.get("email")
        },
        proven: &entrance.email,
        notify: form.get("notify") == "yes",
        problem,
        characters: passwords::CHARACTERS_MIN,
        suggested: question::SUGGESTED,
        begins: false,
        invited: proxy::is_invited(desk(house), code).await?,
    };
    let page = page::html(page::status(problem.1.is_empty()), &page);
    Ok(session::with_form_token(house, &token, page))
}

/// Where somebody goes on who came with a link: to the invitation, or to asking for whom they want to act.
async fn next(house: &House, code: &str) -> Result<String, storage::Error> {
    Ok(match proxy::is_invited(desk(house), code).await? {
        true => web::urls::with_query("/account/family/answer", [("code", code)]),
        false => "/account/family/request".to_owned(),
    })
}

/// `POST /account/sign-up/proxy/open`
pub async fn open(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    answer(&house, &visit, &sent)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(house: &House, visit: &Visit, sent: &OpenForm) -> Result<Response, storage::Error> {
    let (form, headers) = (&sent.form, &sent.headers);
    let code = form.get("code");
    let newcomer = match newcomer(form) {
        Ok(newcomer) => newcomer,
        Err(problem) => return show_open(house, headers, form, problem, false).await,
    };
    if let Some(problem) = fault(form) {
        return show_open(house, headers, form, problem, false).await;
    }
    // What costs much is done for who has a link.
    let known = proxy::entrance(desk(house), code).await?;
    if known.is_none_or(|it| it.account.is_some()) {
        return Ok(over());
    }
    let name = format!("{} {}", newcomer.given, newcomer.family);
    let chosen = match chosen(house, form, &name).await {
        Ok(Some(chosen)) => chosen,
        Ok(None) => return Ok(page::no_randomness()),
        Err(why) => return show_open(house, headers, form, ("password", &why), false).await,
    };
    let problem = match proxy::open(desk(house), code, &newcomer, &chosen).await? {
        Entered::Account(account) => {
            let next = next(house, code).await?;
            return enter(house, visit, headers, &account, &next).await;
        }
        Entered::Gone => return Ok(over()),
        Entered::UsernameTaken => ("username", "That username is taken. Choose another."),
        Entered::SomebodyElse => (
            "birth_date",
            "That is not the date of birth that was noted at the desk. Type your own.",
        ),
        Entered::TooYoung => return Ok(too_young(house)),
    };
    show_open(house, headers, form, problem, false).await
}

/// What somebody says of themselves; else which field, and what is wrong with it.
fn newcomer(form: &Form) -> Result<Newcomer, (&'static str, &'static str)> {
    let name = |field: &str| {
        let words: Vec<&str> = form.get(field).split_whitespace().collect();
        let name = words.join(" ");
        let fits = !name.is_empty()
            && name.chars().count() <= NAME_CHARACTERS_MAX
            && !name.chars().any(char::is_control);
        fits.then_some(name)
    };
    let given = name("given_name").ok_or(("given_name", "Write your first name."))?;
    let family = name("family_name").ok_or(("family_name", "Write your last name."))?;
    let day = access::opening::calendar_day(form.get("birth_date"));
    let day = day.ok_or((
        "birth_date",
        "Write your date of birth as month, day and year: 12/31/1990.",
    ))?;
    Ok(Newcomer {
        given,
        family,
        birth_date: day.to_string(),
    })
}

fn over() -> Response {
    page::sorry(
        StatusCode::GONE,
        "This link is over",
        "It was used, or its time has passed. If you have an account, sign in. If not, ask for another link, or \
         ask whoever invited you to do so again.",
    )
}

fn too_young(house: &House) -> Response {
    let years = house.pack.proxy_min_age;
    page::sorry(
        StatusCode::FORBIDDEN,
        "Not yet",
        &format!(
            "Only somebody of {years} or older can act for somebody else here. If you have a child of your own, \
             ask at the desk: we find a way with you."
        ),
    )
}
