//! A minor hands in the order by which a court emancipated them; staff verify it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use web::page::{self, Frame};
use web::upload::SignedUpload;
use web::{House, SignedIn};
use workflows::proxies;

use super::request::paper;
use super::words::{absent, desk, done, told};

#[derive(Template)]
#[template(path = "family_emancipation.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    problem: String,
    /// One was handed in, and is being looked at.
    waits: bool,
}

/// For minors with a record of their own: nobody else is told that there is such a page.
async fn show(house: &House, person: &SignedIn, problem: String) -> Response {
    let at = desk(house, person);
    let Some(patient) = &person.account.patient else {
        return absent();
    };
    let waits = match proxies::may_give(&at, patient).await {
        Ok(true) => return absent(),
        Ok(false) => proxies::emancipation_waits(&at, patient).await,
        Err(fault) => Err(fault),
    };
    let waits = match waits {
        Ok(waits) => waits,
        Err(fault) => return told(fault).map_or_else(|page| page, |_| absent()),
    };
    let page = Page {
        waits,
        frame: Frame::of(person, "family"),
        csrf: &person.session.csrf,
        problem,
    };
    page::html(page::status(page.problem.is_empty()), &page)
}

/// `GET /account/family/emancipation`
pub async fn form(State(house): State<House>, person: SignedIn) -> Response {
    show(&house, &person, String::new()).await
}

/// `POST /account/family/emancipation`
pub async fn submit(State(house): State<House>, upload: SignedUpload) -> Response {
    let SignedUpload { person, files, .. } = upload;
    let patient = person.account.patient.clone().unwrap_or_default();
    let papers: Vec<_> = files.into_iter().map(paper).collect();
    match proxies::ask_emancipation(&desk(&house, &person), &patient, &papers).await {
        Ok(_) => done("order"),
        Err(error) => match told(error) {
            Ok(problem) => show(&house, &person, problem).await,
            Err(page) => page,
        },
    }
}
