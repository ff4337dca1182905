//! The second page of opening an account: username, password, security question, e-mail.

use access::opening::username_fault;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, header};
use smart::registration::is_mail_address;
use storage::accounts::Account;
use storage::openings::Opening;
use web::csrf::{self, OpenForm, SignedForm};
use web::page::{self, Form, Frame, Query};
use web::{House, SignedIn, Visit, session};
use workflows::opening::account::{self, Chosen, Opened};
use workflows::opening::question;
use workflows::passwords;
use workflows::sessions::{self, Arriving};

use super::{desk, may_join, next_pair, opening, over};
use crate::secrets;

/// Where it is shown.
pub const PATH: &str = "/account/sign-up/credentials";

#[derive(Template)]
#[template(path = "credentials.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    next: &'a str,
    username: &'a str,
    question: &'a str,
    email: &'a str,
    notify: bool,
    /// Which field, and what is wrong with it.
    problem: (&'a str, &'a str),
    characters: usize,
    suggested: &'static [&'static str],
    /// The username is the first thing asked.
    begins: bool,
    /// The name of somebody signed in who could go on with the account they have.
    joining: Option<String>,
    joining_csrf: String,
}

/// `GET /account/sign-up/credentials`
pub async fn form(
    State(house): State<House>,
    person: Option<SignedIn>,
    headers: HeaderMap,
    Query(mut query): Query,
) -> Response {
    match opening(&house, &headers).await {
        Ok(Some(_)) => {
            if house.pack.notify.opt_in_default {
                query.put("notify", "yes");
            }
            show(&house, &headers, &query, ("", ""), person.as_ref())
        }
        Ok(None) => over(),
        Err(error) => page::unavailable(&error),
    }
}

fn show(
    house: &House,
    headers: &HeaderMap,
    form: &Form,
    problem: (&str, &str),
    person: Option<&SignedIn>,
) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let joining = person.filter(|_| may_join(person));
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        next: session::local_path(form.get("next")).unwrap_or(""),
        username: form.get("username"),
        question: form.get("security_question"),
        email: form.get("email"),
        notify: form.get("notify") == "yes",
        problem,
        characters: passwords::CHARACTERS_MIN,
        suggested: question::SUGGESTED,
        begins: true,
        joining: joining.map(|person| person.account.display.clone()),
        joining_csrf: joining.map_or_else(String::new, |person| person.session.csrf.clone()),
    };
    let status = page::status(problem.1.is_empty());
    session::with_form_token(house, &token, page::html(status, &page))
}

/// `POST /account/sign-up/credentials`
pub async fn submit(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    answer(&house, &visit, &sent)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(house: &House, visit: &Visit, sent: &OpenForm) -> Result<Response, storage::Error> {
    let Some((cookie, opening)) = opening(house, &sent.headers).await? else {
        return Ok(over());
    };
    let form = &sent.form;
    let again = |problem: (&str, &str)| show(house, &sent.headers, form, problem, None);
    if let Some(problem) = fault(form) {
        return Ok(again(problem));
    }
    let chosen = match chosen(house, form, "").await {
        Ok(Some(chosen)) => chosen,
        Ok(None) => return Ok(page::no_randomness()),
        Err(refusal) => return Ok(again(("password", &refusal))),
    };
    Ok(match account::open(desk(house), &opening, &chosen).await? {
        Opened::Account(account) => {
            house.storage.openings().end(&cookie).await?;
            let next = session::local_path(form.get("next")).unwrap_or("");
            enter(house, visit, &sent.headers, &account, next).await?
        }
        Opened::UsernameTaken => again(("username", "That username is taken. Choose another.")),
        Opened::SharedAddress => again(("email", SHARED)),
        Opened::Gone => over(),
        Opened::HasAccount => page::see_other(super::existing::PATH),
    })
}

/// How they will sign in, the secrets hashed; `name` is no password either. `None` when the system has no
/// randomness. Errors: what is wrong with the password.
pub(super) async fn chosen(
    house: &House,
    form: &Form,
    name: &str,
) -> Result<Option<Chosen>, String> {
    let username = form.get("username").trim();
    let email = form.get("email").trim();
    let words = [username, email, name];
    let password_hash = secrets::password(house, form.get("password"), &words).await?;
    let answer_hash = secrets::answer(form.get("security_answer")).await;
    Ok(answer_hash.map(|answer_hash| Chosen {
        username: username.to_owned(),
        password_hash,
        question: form.get("security_question").trim().to_owned(),
        answer_hash,
        email: email.to_owned(),
        notify: form.get("notify") == "yes",
    }))
}

/// Why a teenager's account does not get a parent's address.
pub(crate) const SHARED: &str = "Somebody who acts for you, or for whom you act, uses this address. Mail for \
     a teenager goes to an address of their own: use another, or leave it empty.";

/// What is wrong with what was typed: which field, and why.
pub(super) fn fault(form: &Form) -> Option<(&'static str, &'static str)> {
    let email = form.get("email").trim();
    if let Some(why) = username_fault(form.get("username").trim()) {
        return Some(("username", why));
    }
    if form.get("password") != form.get("password_repeat") {
        let why = "The two passwords are not the same. Type them once more.";
        return Some(("password_repeat", why));
    }
    let (asked, answer) = (form.get("security_question"), form.get("security_answer"));
    if let Some(why) = question::fault(asked.trim(), answer) {
        return Some(("security_answer", why));
    }
    if !email.is_empty() && !is_mail_address(email) {
        return Some((
            "email",
            "That is no e-mail address. Write it as in ana@example.org.",
        ));
    }
    if email.is_empty() && form.get("notify") == "yes" {
        return Some(("email", "To get notices, tell us where to send them."));
    }
    None
}

/// Signs in whoever just opened an account, and leads to the terms.
pub(super) async fn enter(
    house: &House,
    visit: &Visit,
    headers: &HeaderMap,
    account: &Account,
    next: &str,
) -> Result<Response, storage::Error> {
    let now = house.clock.now();
    let before = session::session_cookie(headers, house);
    let arriving = Arriving {
        before: before.as_deref(),
        device: visit.device.as_deref(),
        agent: &visit.agent,
        source: &visit.source,
        moment: &web::words::moment(now, &house.pack),
        lifetime_seconds: limits::SESSION_SECONDS,
        shared: false,
    };
    let opened = sessions::open(&house.storage, account, "pwd", arriving, now).await?;
    let next = if next.is_empty() {
        "/account/welcome"
    } else {
        next
    };
    let path = web::urls::with_query(crate::terms::PATH, next_pair(next));
    let mut response = page::see_other(&path);
    for cookie in [
        session::opened(house, &opened.session, limits::SESSION_SECONDS),
        session::device(house, &opened.device),
        session::opening_over(house),
    ] {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `POST /account/sign-up/join`: whoever acts for others already goes on with the account they have.
pub async fn join(
    State(house): State<House>,
    headers: HeaderMap,
    SignedForm { person, .. }: SignedForm,
) -> Response {
    joined(&house, &headers, &person)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn joined(
    house: &House,
    headers: &HeaderMap,
    person: &SignedIn,
) -> Result<Response, storage::Error> {
    let Some((cookie, opening)) = opening(house, headers).await? else {
        return Ok(over());
    };
    let Opening { .. } = &opening;
    Ok(
        match account::join(desk(house), &opening, &person.account).await? {
            Opened::Account(_) => {
                house.storage.openings().end(&cookie).await?;
                page::see_other("/account")
            }
            Opened::HasAccount => page::see_other(super::existing::PATH),
            _ => over(),
        },
    )
}
