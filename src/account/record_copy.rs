//! A copy of the record, with an account and without one: the answer is the same whether we know who asks or not.

use access::calendar::Office;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use fhir::ResourceType;
use http::{HeaderMap, StatusCode};
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame};
use web::words::day;
use web::{House, SignedIn, Visit, session};
use workflows::ending::copies::{self, Petition, WAYS};
use workflows::proxies::{Desk, Error};

use crate::charts::{self, Chart, Tab};
use crate::close::Him;

/// Where it is asked for.
pub const PATH: &str = "/account/record-copy";

struct Way {
    code: &'static str,
    title: &'static str,
    here: bool,
}

#[derive(Template)]
#[template(path = "record_copy.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    charts: Vec<Tab>,
    typed: &'a Petition,
    ways: Vec<Way>,
    problem: String,
    element: &'static str,
    days: u16,
    him: Him,
}

#[derive(Template)]
#[template(path = "record_copy_taken.html")]
struct Taken {
    frame: Frame,
    due: String,
    /// Told only to who is signed in.
    number: String,
    him: Him,
}

/// The charts copies of which somebody may ask for.
async fn charts(house: &House, person: Option<&SignedIn>) -> storage::Result<Vec<Chart>> {
    let Some(person) = person else {
        return Ok(Vec::new());
    };
    let petition = access::Facet {
        categories: vec![copies::TASK.to_owned()],
        ..access::Facet::plain(ResourceType::TASK)
    };
    charts::open(house, person, |chart| chart.takes(&petition)).await
}

/// `GET /account/record-copy`
pub async fn form(
    State(house): State<House>,
    person: Option<SignedIn>,
    headers: HeaderMap,
) -> Response {
    let blank = Form::default();
    show(&house, person.as_ref(), &headers, &blank, None).await
}

async fn show(
    house: &House,
    person: Option<&SignedIn>,
    headers: &HeaderMap,
    form: &Form,
    fault: Option<(&'static str, String)>,
) -> Response {
    let charts = match charts(house, person).await {
        Ok(charts) => charts,
        Err(error) => return page::unavailable(&error),
    };
    // Who is signed in has one token in all forms of a page, that of signing out among them.
    let own = person.map(|person| person.session.csrf.clone());
    let token = own.or_else(|| session::form_cookie(headers, house));
    let Some(token) = token.or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let typed = petition(form);
    let first = || charts.first().map(|one| one.person.patient.as_str());
    let chosen = Some(form.get("patient")).filter(|it| !it.is_empty());
    let chosen = chosen.or_else(first).unwrap_or_default();
    let (element, problem) = fault.unwrap_or(("", String::new()));
    let page = Page {
        frame: person.map_or_else(Frame::of_nobody, |it| Frame::of(it, "security")),
        csrf: &token,
        charts: charts::tabs(&charts, chosen),
        ways: WAYS
            .iter()
            .map(|&(code, title)| Way {
                code,
                title,
                here: typed.way == code,
            })
            .collect(),
        typed: &typed,
        problem,
        element,
        days: house.pack.sla.access_days,
        him: Him::of(house, Office::Records),
    };
    let status = page::status(page.problem.is_empty());
    session::with_form_token(house, &token, page::html(status, &page))
}

fn petition(form: &Form) -> Petition {
    let text = |name: &str| form.get(name).trim().to_owned();
    Petition {
        given: text("given_name"),
        family: text("family_name"),
        birth_date: text("birth_date"),
        postal_code: text("postal_code"),
        contact: text("contact"),
        way: text("way"),
        what: text("what"),
    }
}

/// `POST /account/record-copy`
pub async fn submit(
    State(house): State<House>,
    person: Option<SignedIn>,
    visit: Visit,
    sent: OpenForm,
) -> Response {
    match take(&house, person.as_ref(), &visit, &sent.form).await {
        Ok((due, task)) => {
            let page = Taken {
                frame: person
                    .as_ref()
                    .map_or_else(Frame::of_nobody, |it| Frame::of(it, "security")),
                due: day(due, &house.pack),
                number: task.filter(|_| person.is_some()).unwrap_or_default(),
                him: Him::of(&house, Office::Records),
            };
            page::html(StatusCode::OK, &page)
        }
        Err(Error::Rule { element, rule }) => {
            let mut letters = rule.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string());
            let text = format!("{}{}.", first.unwrap_or_default(), letters.as_str());
            let fault = Some((element, text));
            show(&house, person.as_ref(), &sent.headers, &sent.form, fault).await
        }
        Err(Error::Storage(error)) => page::unavailable(&error),
        Err(_) => page::sorry(
            StatusCode::CONFLICT,
            "That did not work",
            "Please try once more, or call medical records.",
        ),
    }
}

/// Takes a request. Past the limits nothing is done, and nothing is said of it: the same day, no Task.
async fn take(
    house: &House,
    person: Option<&SignedIn>,
    visit: &Visit,
    form: &Form,
) -> Result<(jiff::Timestamp, Option<String>), Error> {
    let now = house.clock.now();
    let patient = form.get("patient");
    let charts = charts(house, person).await?;
    let mine = charts::find(&charts, patient).map(|chart| &chart.person);
    let desk = match (person, mine) {
        (Some(person), Some(one)) => match &one.related_person {
            Some(related) => crate::close::desk(house, person).acting(&one.patient, related),
            None => crate::close::desk(house, person),
        },
        _ => Desk {
            agent: access::standing::Agent::default(),
            ..Desk::of_house(&house.storage, &house.pack, now)
        },
    };
    let petition = petition(form);
    let patient = mine.map(|one| one.patient.as_str());
    let due = copies::check_and_date(&desk, patient, &petition)?;
    let who = match person {
        Some(person) => format!("record-copy:account:{}", person.account.id),
        None => format!("record-copy:{}", visit.counted),
    };
    let throttle = house.storage.throttle();
    let most = limits::REQUESTS_OF_NETWORK_MAX;
    if !throttle.allow(&who, most, 3_600, now).await? {
        return Ok((due, None));
    }
    let taken = copies::ask(&desk, patient, &petition).await?;
    Ok((taken.due, Some(taken.task)))
}
