//! Asking to act for somebody, with papers; and one more paper later.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use web::page::{self, Form, Frame};
use web::upload::SignedUpload;
use web::{House, SignedIn};
use workflows::proxies::{self, Paper, Petition, ROLES};

use super::words::{Choices, desk, done, extent, told};

#[derive(Template)]
#[template(path = "family_request.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    problem: String,
    form: &'a Form,
    /// Value, words, chosen.
    roles: Vec<(String, &'static str, bool)>,
    choices: Choices,
}

fn show(house: &House, person: &SignedIn, form: &Form, problem: String) -> Response {
    let roles = ROLES.iter().map(|(kind, code, words)| {
        let value = format!("{kind}/{code}");
        let chosen = value == form.get("relationship");
        (value, *words, chosen)
    });
    let page = Page {
        frame: Frame::of(person, "family"),
        csrf: &person.session.csrf,
        roles: roles.collect(),
        choices: Choices::of(house, &extent(form)),
        form,
        problem,
    };
    page::html(page::status(page.problem.is_empty()), &page)
}

/// `GET /account/family/request`
pub async fn form(State(house): State<House>, person: SignedIn) -> Response {
    show(&house, &person, &Form::default(), String::new())
}

/// `POST /account/family/request`
pub async fn submit(State(house): State<House>, upload: SignedUpload) -> Response {
    let SignedUpload {
        person,
        form,
        files,
    } = upload;
    let (kind, role) = form.get("relationship").split_once('/').unwrap_or_default();
    let mut extent = extent(&form);
    if matches!(kind, "parent" | "guardian") {
        // Age decides for them.
        extent.level = String::new();
    }
    let petition = Petition {
        given: form.get("given").to_owned(),
        family: form.get("family").to_owned(),
        birth_date: form.get("birth_date").to_owned(),
        postal_code: form.get("postal_code").to_owned(),
        kind: kind.to_owned(),
        role: role.to_owned(),
        extent,
        remark: form.get("remark").to_owned(),
        attests: form.get("attest") == "yes",
        own_birth_date: form.get("own_birth_date").to_owned(),
        papers: files.into_iter().map(paper).collect(),
    };
    match proxies::ask(&desk(&house, &person), &petition).await {
        Ok(_) => done("asked"),
        Err(error) => match told(error) {
            Ok(problem) => show(&house, &person, &form, problem),
            Err(page) => page,
        },
    }
}

pub(super) fn paper(file: web::upload::File) -> Paper {
    Paper {
        title: file.name,
        bytes: file.bytes,
    }
}

/// `POST /account/family/paper`
pub async fn add(State(house): State<House>, upload: SignedUpload) -> Response {
    let desk = desk(&house, &upload.person);
    let task = upload.form.get("task").to_owned();
    let Some(file) = upload.files.into_iter().next() else {
        return done("no-paper");
    };
    match proxies::add_paper(&desk, &task, &paper(file)).await {
        Ok(()) => done("paper"),
        Err(error) => match told(error) {
            Ok(problem) => page::sorry(page::status(false), "That paper was not taken", &problem),
            Err(page) => page,
        },
    }
}
