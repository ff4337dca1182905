//! Which visit an app is about (`launch/encounter`), asked after the patient is known.

use access::Access;
use askama::Template;
use axum::response::Response;
use config::limits;
use fhir::search::{self, Handling, Settings};
use fhir::{Document, Element, ResourceType};
use http::StatusCode;
use storage::{Found, Seen};
use web::page::{self, Form, Frame};
use web::words::day;
use web::{House, SignedIn, session};

use crate::error::Failure;
use crate::issue::{ApproveFault, Asked};

/// The choice of no visit at all.
const NONE: &str = "none";

/// A visit to choose.
struct Visit {
    id: String,
    title: String,
    when: String,
}

#[derive(Template)]
#[template(path = "encounter.html")]
struct Page<'a> {
    frame: Frame,
    request: &'a str,
    csrf: &'a str,
    app: &'a str,
    patient: &'a str,
    scopes: Vec<&'a str>,
    /// Whom the app must not change to.
    without: Vec<&'a str>,
    visits: Vec<Visit>,
}

/// The page that asks for a visit, where one is wanted, was not chosen yet, and there is any.
///
/// # Errors
/// When the database cannot be asked.
pub async fn ask(
    house: &House,
    person: &SignedIn,
    asked: &Asked,
    form: &Form,
) -> Result<Option<Response>, ApproveFault> {
    let patient = patient(asked, form);
    if !asked.wants_encounter() || patient.is_empty() || !form.get("encounter").is_empty() {
        return Ok(None);
    }
    let Some(access) = chart(house, person, patient).await? else {
        return Ok(None);
    };
    let visits = visits(house, &access, patient).await?;
    if visits.is_empty() {
        return Ok(None);
    }
    let page = Page {
        frame: Frame::of(person, ""),
        request: form.get("request"),
        csrf: &person.session.csrf,
        app: &asked.client.name,
        patient,
        scopes: form.all("scope").collect(),
        without: form.all("without").collect(),
        visits,
    };
    let target = &asked.pending.redirect_uri;
    Ok(Some(page::html_leading_to(StatusCode::OK, &page, target)))
}

/// The visit the form names, if it is one of the patient's that this person may see.
///
/// # Errors
/// `NoEncounter` for any other.
pub async fn chosen<'f>(
    house: &House,
    person: &SignedIn,
    asked: &Asked,
    form: &'f Form,
) -> Result<Option<&'f str>, ApproveFault> {
    let id = form.get("encounter");
    if !asked.wants_encounter() || id.is_empty() || id == NONE {
        return Ok(None);
    }
    let patient = patient(asked, form);
    let Some(access) = chart(house, person, patient).await? else {
        return Err(ApproveFault::NoEncounter);
    };
    if !fhir::reference::is_id(id) {
        return Err(ApproveFault::NoEncounter);
    }
    let records = house.storage.records(&access);
    match records.read(ResourceType::ENCOUNTER, id).await? {
        Found::Seen(seen) if is_of(&seen, patient) => Ok(Some(id)),
        _ => Err(ApproveFault::NoEncounter),
    }
}

fn patient<'a>(asked: &'a Asked, form: &'a Form) -> &'a str {
    asked
        .launched_patient()
        .unwrap_or_else(|| form.get("patient"))
}

/// What the person may do in that chart, without an app between.
pub(crate) async fn chart(
    house: &House,
    person: &SignedIn,
    patient: &str,
) -> Result<Option<Access>, storage::Error> {
    let now = house.clock.now();
    let account = &person.account.id;
    let standing = house.storage.standing_of_account(account, patient, now);
    Ok(standing
        .await?
        .and_then(|standing| session::access(house, &standing, now)))
}

/// The latest visits.
async fn visits(house: &House, access: &Access, patient: &str) -> Result<Vec<Visit>, Failure> {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let pairs = [
        pair("patient", format!("Patient/{patient}")),
        pair("_sort", "-date".to_owned()),
        pair("_count", limits::VISITS_OFFERED_MAX.to_string()),
        pair("_total", "none".to_owned()),
    ];
    let settings = Settings {
        base: &house.fhir_base,
        handling: Handling::Strict,
        count_default: limits::VISITS_OFFERED_MAX,
        count_max: limits::VISITS_OFFERED_MAX,
        clauses_max: limits::SEARCH_CLAUSES_MAX,
        posted: None,
        include_rounds_max: 0,
        included_max: 0,
    };
    let query = search::parse(ResourceType::ENCOUNTER, &pairs, &settings)
        .map_err(|issues| Failure::House(format!("the search for visits: {issues:?}")))?;
    let page = house.storage.records(access).search(&query).await?;
    let shown = page.matches.iter().filter_map(document);
    Ok(shown
        .filter_map(|visit| shown_visit(house, visit.root()))
        .collect())
}

fn document(seen: &Seen) -> Option<Document> {
    Document::parse(std::str::from_utf8(seen.body()).ok()?).ok()
}

fn is_of(seen: &Seen, patient: &str) -> bool {
    let reference = format!("Patient/{patient}");
    document(seen)
        .is_some_and(|it| it.root().text_at("subject.reference") == Some(reference.into()))
}

fn shown_visit(house: &House, visit: Element<'_>) -> Option<Visit> {
    let title = [
        "type.text",
        "type.coding.display",
        "class.display",
        "class.code",
    ]
    .into_iter()
    .find_map(|path| visit.text_at(path));
    let start = visit.text_at("period.start");
    let start = start.as_deref().and_then(fhir::datetime::interval);
    let start = start.and_then(|it| jiff::Timestamp::from_microsecond(it.low).ok());
    Some(Visit {
        id: visit.text_at("id")?.into_owned(),
        title: title.map_or_else(|| "Visit".to_owned(), |title| title.into_owned()),
        when: start.map_or_else(String::new, |at| day(at, &house.pack)),
    })
}
