//! A minor hands in the order by which a court emancipated them; staff verify it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use web::page::{self, Frame};
use web::upload::SignedUpload;
use web::{House, SignedIn};
use workflows::proxies;

use super::request::paper;
use super::words::{desk, done, told};

#[derive(Template)]
#[template(path = "family_emancipation.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    problem: String,
}

fn show(person: &SignedIn, problem: String) -> Response {
    let page = Page {
        frame: Frame::of(person, "family"),
        csrf: &person.session.csrf,
        problem,
    };
    page::html(page::status(page.problem.is_empty()), &page)
}

/// `GET /account/family/emancipation`
pub async fn form(person: SignedIn) -> Response {
    show(&person, String::new())
}

/// `POST /account/family/emancipation`
pub async fn submit(State(house): State<House>, upload: SignedUpload) -> Response {
    let SignedUpload { person, files, .. } = upload;
    let patient = person.account.patient.clone().unwrap_or_default();
    let papers: Vec<_> = files.into_iter().map(paper).collect();
    match proxies::ask_emancipation(&desk(&house, &person), &patient, &papers).await {
        Ok(_) => done("order"),
        Err(error) => match told(error) {
            Ok(problem) => show(&person, problem),
            Err(page) => page,
        },
    }
}
