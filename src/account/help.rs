//! Help: what support can do and when, asking it, and reading what it answers; signed in or not.

pub mod ticket;

use access::Pack;
use access::calendar::Office;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, StatusCode};
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame};
use web::words::day;
use web::{House, SignedIn, Visit, session};
use workflows::tickets::{
    self, Asker, Category, Contact, Desk, Error, Question, Shown, TEXT_MAX, Taken,
};

const HOUR_SECONDS: i64 = 3_600;

pub(crate) fn desk(house: &House) -> Desk<'_> {
    Desk {
        storage: &house.storage,
        pack: &house.pack,
        base_url: &house.base_url,
        now: house.clock.now(),
    }
}

pub(crate) fn frame(person: Option<&SignedIn>) -> Frame {
    person.map_or_else(Frame::of_nobody, |person| Frame::of(person, "help"))
}

/// When and at what number support answers.
struct Support {
    hours: String,
    open: bool,
    phone: Option<String>,
    days: u16,
}

impl Support {
    fn of(house: &House) -> Self {
        let pack: &Pack = &house.pack;
        Self {
            hours: tickets::hours(pack, Office::Support),
            open: pack.calendar.is_open(Office::Support, house.clock.now()),
            phone: pack.calendar.phone(Office::Support).map(str::to_owned),
            days: pack.sla.support_business_days,
        }
    }
}

/// A ticket in the list.
struct Line {
    number: String,
    about: &'static str,
    state: &'static str,
    asked: String,
}

#[derive(Template)]
#[template(path = "help.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    signed_in: bool,
    support: Support,
    category: &'a str,
    categories: [Category; 5],
    text: &'a str,
    contact: &'a str,
    text_max: usize,
    problem: &'a str,
    tickets: Vec<Line>,
}

#[derive(Template)]
#[template(path = "help_emergency.html")]
struct Emergency<'a> {
    frame: Frame,
    csrf: &'a str,
    category: &'a str,
    text: &'a str,
    contact: &'a str,
}

#[derive(Template)]
#[template(path = "help_taken.html")]
struct Done<'a> {
    frame: Frame,
    csrf: &'a str,
    signed_in: bool,
    support: Support,
    /// What was written is offered again, to be said in other words.
    redirected: bool,
    category: &'a str,
    text: &'a str,
    contact: &'a str,
    number: String,
    due: String,
    phone: Option<String>,
    touches_health: bool,
    by_mail: bool,
}

/// The state of a ticket in words.
pub(crate) fn state(ticket: &Shown) -> &'static str {
    match ticket.state() {
        "redirected" => "Sent to the practice",
        "waiting" => "Waiting for you",
        "answered" => "Answered",
        _ => "Open",
    }
}

/// `GET /account/help`
pub async fn form(
    State(house): State<House>,
    person: Option<SignedIn>,
    headers: HeaderMap,
) -> Response {
    let mut form = Form::default();
    if let Some(email) = person.as_ref().and_then(|one| one.account.email.as_deref()) {
        form.put("contact", email);
    }
    show(&house, person.as_ref(), &headers, &form, "").await
}

async fn show(
    house: &House,
    person: Option<&SignedIn>,
    headers: &HeaderMap,
    form: &Form,
    problem: &str,
) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let tickets = match person {
        Some(person) => tickets::of_account(desk(house), &person.account.id).await,
        None => Ok(Vec::new()),
    };
    let tickets = match tickets {
        Ok(tickets) => tickets,
        Err(error) => return failed(&error),
    };
    let line = |ticket: Shown| Line {
        state: state(&ticket),
        asked: day(ticket.asked, &house.pack),
        about: ticket.about,
        number: ticket.number,
    };
    let page = Page {
        frame: frame(person),
        csrf: &token,
        signed_in: person.is_some(),
        support: Support::of(house),
        category: form.get("category"),
        categories: Category::ALL,
        text: form.get("text"),
        contact: form.get("contact"),
        text_max: TEXT_MAX,
        problem,
        tickets: tickets.into_iter().map(line).collect(),
    };
    let status = page::status(problem.is_empty());
    session::with_form_token(house, &token, page::html(status, &page))
}

/// The page for what went wrong on our side.
pub(crate) fn failed(error: &Error) -> Response {
    match error {
        Error::Storage(error) => page::unavailable(error),
        other => {
            let fault = storage::Error::Other(other.to_string());
            page::unavailable(&fault)
        }
    }
}

/// `POST /account/help`
pub async fn submit(
    State(house): State<House>,
    person: Option<SignedIn>,
    visit: Visit,
    sent: OpenForm,
) -> Response {
    let (form, person) = (&sent.form, person.as_ref());
    let again = |problem| show(&house, person, &sent.headers, form, problem);
    let Some(category) = Category::from_code(form.get("category")) else {
        return again("Choose what it is about.").await;
    };
    let text = form.get("text").trim();
    if text.is_empty() || text.chars().count() > TEXT_MAX {
        return again("Say in a few sentences what happened.").await;
    }
    let Some(contact) = Contact::read(form.get("contact")) else {
        return again(
            "Leave an e-mail address (ana@example.org) or a phone number (860-555-0100).",
        )
        .await;
    };
    let question = Question {
        category,
        text,
        contact,
        calm: form.get("calm") == "yes",
    };
    let asker = Asker {
        account: person.map(|person| &person.account),
        agent: None,
    };
    match may_ask(&house, person, &visit).await {
        Ok(true) => {}
        Ok(false) => return too_many(&house),
        Err(error) => return page::unavailable(&error),
    }
    match tickets::ask(desk(&house), asker, &question).await {
        Ok(Taken::Emergency) => {
            let page = Emergency {
                frame: frame(person),
                csrf: &sent.token,
                category: form.get("category"),
                text: form.get("text"),
                contact: form.get("contact"),
            };
            page::html(StatusCode::OK, &page)
        }
        Ok(taken) => done(&house, person, &sent, &question, taken),
        Err(Error::Rule { rule, .. }) => again(&rule).await,
        Err(error) => failed(&error),
    }
}

fn done(
    house: &House,
    person: Option<&SignedIn>,
    sent: &OpenForm,
    question: &Question<'_>,
    taken: Taken,
) -> Response {
    let form = &sent.form;
    let mut page = Done {
        frame: frame(person),
        csrf: &sent.token,
        signed_in: person.is_some(),
        support: Support::of(house),
        redirected: false,
        category: form.get("category"),
        text: form.get("text"),
        contact: form.get("contact"),
        number: String::new(),
        due: String::new(),
        phone: None,
        touches_health: false,
        by_mail: matches!(question.contact, Contact::Mail(_)),
    };
    match taken {
        Taken::Emergency => {}
        Taken::Redirected { number, phone, .. } => {
            page.redirected = true;
            page.number = number;
            page.phone = phone;
        }
        Taken::Ticket {
            number,
            due,
            touches_health,
            ..
        } => {
            page.number = number;
            page.due = day(due, &house.pack);
            page.touches_health = touches_health;
        }
    }
    page::html(StatusCode::OK, &page)
}

async fn may_ask(
    house: &House,
    person: Option<&SignedIn>,
    visit: &Visit,
) -> Result<bool, storage::Error> {
    let (key, most) = match person {
        Some(person) => (
            format!("support-account:{}", person.account.id),
            limits::TICKETS_OF_ACCOUNT_MAX,
        ),
        None => (
            format!("support:{}", visit.counted),
            limits::TICKETS_OF_NETWORK_MAX,
        ),
    };
    let throttle = house.storage.throttle();
    throttle
        .allow(&key, most, HOUR_SECONDS, house.clock.now())
        .await
}

fn too_many(house: &House) -> Response {
    let phone = house.pack.calendar.phone(Office::Support);
    let text = match phone {
        Some(phone) => format!("Many questions came from here within an hour. Call us at {phone}."),
        None => "Many questions came from here within an hour. Try again later.".to_owned(),
    };
    page::sorry(StatusCode::TOO_MANY_REQUESTS, "Please call us", &text)
}
