//! “I don’t recognise this”: from a line of the log to the privacy office.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use web::csrf::SignedForm;
use web::page::{self, Form, Frame, Query};
use web::words::moment;
use web::{House, SignedIn};
use workflows::access_log::{self, Entry, Reader};
use workflows::apps::Desk;
use workflows::privacy_reviews::{self, COMMENT_MAX};

use super::charts;
use crate::charts::Chart;

#[derive(Template)]
#[template(path = "log_report.html")]
struct Page {
    frame: Frame,
    csrf: String,
    patient: String,
    name: String,
    event: i64,
    at: String,
    sentence: String,
    /// The line says that the reader did it.
    own: bool,
    comment_max: usize,
}

#[derive(Template)]
#[template(path = "log_reported.html")]
struct Done {
    frame: Frame,
    patient: String,
    sentence: String,
    already: bool,
    own: bool,
    due: String,
    number: String,
}

/// Where the line is that is meant; `None` when nobody here sees such a line.
async fn find(
    house: &House,
    person: &SignedIn,
    query: &Form,
) -> Result<Option<(Chart, i64)>, storage::Error> {
    let charts = charts(house, person).await?;
    let wanted = query.get("patient");
    let chosen = charts.into_iter().find(|one| one.person.patient == wanted);
    let event = query.get("event").parse().ok();
    Ok(chosen.zip(event))
}

fn gone() -> Response {
    page::sorry(
        StatusCode::NOT_FOUND,
        "There is no such entry",
        "Go back to the access log and choose the entry there.",
    )
}

/// `GET /account/access-log/report?patient=…&event=…`
pub async fn form(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    match load(&house, &person, &query).await {
        Ok(Some(page)) => page::html(StatusCode::OK, &page),
        Ok(None) => gone(),
        Err(error) => page::unavailable(&error),
    }
}

async fn load(
    house: &House,
    person: &SignedIn,
    query: &Form,
) -> Result<Option<Page>, storage::Error> {
    let Some((open, event)) = find(house, person, query).await? else {
        return Ok(None);
    };
    let records = house.storage.records(&open.access);
    let patient = open.person.patient;
    let Some(line) = records.access_log_line(&patient, event).await? else {
        return Ok(None);
    };
    let entry = access_log::entry(&line, &Reader::of(&open.access, &patient));
    Ok(Some(Page {
        frame: Frame::of(person, "log"),
        csrf: person.session.csrf.clone(),
        name: open.person.name,
        event,
        at: moment(entry.at, &house.pack),
        sentence: entry.sentence(),
        own: is_own(&entry),
        comment_max: COMMENT_MAX,
        patient,
    }))
}

fn is_own(entry: &Entry) -> bool {
    entry.who == access_log::YOU
}

/// `POST /account/access-log/report`
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let (open, event) = match find(&house, &person, &form).await {
        Ok(Some(found)) => found,
        Ok(None) => return gone(),
        Err(error) => return page::unavailable(&error),
    };
    let desk = Desk {
        storage: &house.storage,
        pack: &house.pack,
        now: house.clock.now(),
    };
    let patient = &open.person.patient;
    let comment = form.get("comment");
    match privacy_reviews::report(desk, &open.access, patient, event, comment).await {
        Ok(Some(reported)) => {
            let page = Done {
                frame: Frame::of(&person, "log"),
                patient: patient.clone(),
                sentence: reported.entry.sentence(),
                already: reported.already,
                own: is_own(&reported.entry),
                due: web::words::day(reported.due, &house.pack),
                number: reported.task,
            };
            page::html(StatusCode::OK, &page)
        }
        Ok(None) => gone(),
        Err(error) => page::unavailable(&error),
    }
}
