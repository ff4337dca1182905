//! Answering an invitation to act for somebody.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use web::csrf::SignedForm;
use web::page::{self, Form, Frame};
use web::{House, SignedIn};
use workflows::proxies::{self, Letter, Reply};

use super::words::{day, desk, done, level_title, status, told};

#[derive(Template)]
#[template(path = "family_answer.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    code: &'a str,
    problem: String,
    letter: Letter,
    level: String,
    until: String,
}

async fn show(house: &House, person: &SignedIn, code: &str, problem: String) -> Response {
    let letter = match proxies::read_invitation(&desk(house, person), code).await {
        Ok(letter) => letter,
        Err(error) => {
            return match told(error) {
                Ok(text) => page::sorry(http::StatusCode::FORBIDDEN, "That is not possible", &text),
                Err(page) => page,
            };
        }
    };
    let page = Page {
        frame: Frame::of(person, "family"),
        csrf: &person.session.csrf,
        code,
        level: level_title(house, &letter.extent.level),
        until: day(house, &letter.extent.end),
        letter,
        problem,
    };
    page::html(status(&page.problem), &page)
}

/// `GET /account/family/answer?code=…`
pub async fn form(
    State(house): State<House>,
    person: SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Form::read(query.unwrap_or_default().as_bytes());
    show(&house, &person, query.get("code"), String::new()).await
}

/// `POST /account/family/answer`
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let (desk, code) = (desk(&house, &person), form.get("code"));
    let answered = match form.get("decision") {
        "accept" => {
            let reply = Reply {
                birth_date: form.get("birth_date").to_owned(),
                attests: form.get("attest") == "yes",
            };
            proxies::accept(&desk, code, &reply)
                .await
                .map(|_| "accepted")
        }
        _ => proxies::decline(&desk, code).await.map(|()| "declined"),
    };
    match answered {
        Ok(word) => done(word),
        Err(error) => match told(error) {
            Ok(problem) => show(&house, &person, code, problem).await,
            Err(page) => page,
        },
    }
}
