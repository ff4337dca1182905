//! One ticket: what was asked, what support says, and something to add.

use access::calendar::Office;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::HeaderMap;
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame, Query};
use web::words::day;
use web::{House, SignedIn, Visit, session};
use workflows::tickets::{self, Error, Shown, TEXT_MAX};

use super::{HOUR_SECONDS, desk, failed, frame, state};

#[derive(Template)]
#[template(path = "help_ticket.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    number: String,
    /// What shows, without a sign-in, that it is theirs.
    contact: &'a str,
    about: &'static str,
    state: &'static str,
    asked: String,
    due: String,
    wrote: Vec<String>,
    question: Option<String>,
    answer: Option<String>,
    open: bool,
    waits: bool,
    redirected: bool,
    added: bool,
    problem: &'a str,
    text_max: usize,
}

#[derive(Template)]
#[template(path = "help_find.html")]
struct Find<'a> {
    frame: Frame,
    csrf: &'a str,
    number: &'a str,
    contact: &'a str,
    failed: bool,
    phone: Option<&'a str>,
}

/// `GET /account/help/ticket?number=…`: one's own, or a form to find one with its number.
pub async fn form(
    State(house): State<House>,
    person: Option<SignedIn>,
    Query(query): Query,
    headers: HeaderMap,
) -> Response {
    let Some(token) = session::form_cookie(&headers, &house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    if let Some(person) = &person {
        let number = query.get("number");
        match tickets::own(desk(&house), &person.account.id, number).await {
            Ok(Some(ticket)) => {
                let shown = Told {
                    token: &token,
                    contact: "",
                    problem: "",
                    added: false,
                };
                return show(&house, Some(person), ticket, &shown);
            }
            Ok(None) => {}
            Err(error) => return failed(&error),
        }
    }
    find(&house, person.as_ref(), &token, &query, false)
}

fn find(
    house: &House,
    person: Option<&SignedIn>,
    token: &str,
    form: &Form,
    failed: bool,
) -> Response {
    let page = Find {
        frame: frame(person),
        csrf: token,
        number: form.get("number"),
        contact: form.get("contact"),
        failed,
        phone: house.pack.calendar.phone(Office::Support),
    };
    let status = page::status(!failed);
    session::with_form_token(house, token, page::html(status, &page))
}

/// What goes with a ticket on its page.
struct Told<'a> {
    token: &'a str,
    contact: &'a str,
    problem: &'a str,
    added: bool,
}

fn show(house: &House, person: Option<&SignedIn>, ticket: Shown, told: &Told<'_>) -> Response {
    let due = ticket.due.map(|due| day(due, &house.pack));
    let page = Page {
        frame: frame(person),
        csrf: told.token,
        contact: told.contact,
        about: ticket.about,
        state: state(&ticket),
        asked: day(ticket.asked, &house.pack),
        due: due.unwrap_or_default(),
        open: ticket.open,
        waits: ticket.waits,
        redirected: ticket.redirected,
        number: ticket.number,
        wrote: ticket.wrote,
        question: ticket.question,
        answer: ticket.answer,
        added: told.added,
        problem: told.problem,
        text_max: TEXT_MAX,
    };
    let status = page::status(told.problem.is_empty());
    session::with_form_token(house, told.token, page::html(status, &page))
}

/// `POST /account/help/ticket`: finds one with its number and contact, and adds to it what is said in `more`.
pub async fn submit(
    State(house): State<House>,
    person: Option<SignedIn>,
    visit: Visit,
    sent: OpenForm,
) -> Response {
    let (form, person) = (&sent.form, person.as_ref());
    let found = match look(&house, person, &visit, form).await {
        Ok(found) => found,
        Err(error) => return failed(&error),
    };
    let Some((ticket, contact)) = found else {
        return find(&house, person, &sent.token, form, true);
    };
    let mut told = Told {
        token: &sent.token,
        contact,
        problem: "",
        added: false,
    };
    let more = form.get("more").trim();
    if form.get("adds") != "yes" {
        return show(&house, person, ticket, &told);
    }
    let added = tickets::add(desk(&house), &ticket, more).await;
    let again = match person.filter(|_| contact.is_empty()) {
        Some(person) => tickets::own(desk(&house), &person.account.id, &ticket.number).await,
        None => tickets::by_number(desk(&house), &ticket.number, contact).await,
    };
    let again = match again {
        Ok(again) => again.unwrap_or(ticket),
        Err(error) => return failed(&error),
    };
    match added {
        Ok(()) => told.added = true,
        Err(Error::Rule { .. }) => told.problem = "Say in a few words what you want to add.",
        Err(Error::Over | Error::Overtaken) => {
            told.problem = "This ticket changed just now. Look at it once more.";
        }
        Err(error) => return failed(&error),
    }
    show(&house, person, again, &told)
}

/// The ticket, and the contact that shows whose it is where no sign-in does. Wrong numbers, wrong contacts and
/// too many looks are all the same.
async fn look<'f>(
    house: &House,
    person: Option<&SignedIn>,
    visit: &Visit,
    form: &'f Form,
) -> Result<Option<(Shown, &'f str)>, Error> {
    let number = form.get("number");
    if let Some(person) = person
        && let Some(own) = tickets::own(desk(house), &person.account.id, number).await?
    {
        return Ok(Some((own, "")));
    }
    let (throttle, now) = (house.storage.throttle(), house.clock.now());
    let near = format!("support-look:{}", visit.counted);
    let at = number.chars().filter(char::is_ascii_alphanumeric);
    let at: String = at.map(|letter| letter.to_ascii_uppercase()).collect();
    let at = format!("support-number:{}", web::caller::token_hash(&at));
    let most = (
        limits::TICKET_LOOKS_OF_NETWORK_MAX,
        limits::TICKET_LOOKS_MAX,
    );
    let may = throttle.allow(&near, most.0, HOUR_SECONDS, now).await?
        & throttle.allow(&at, most.1, HOUR_SECONDS, now).await?;
    let contact = form.get("contact");
    let found = tickets::by_number(desk(house), number, contact).await?;
    Ok(found.filter(|_| may).map(|ticket| (ticket, contact)))
}
