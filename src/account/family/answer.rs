//! Answering an invitation to act for somebody.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use web::csrf::SignedForm;
use web::page::{self, Frame, Query};
use web::{House, SignedIn, session, urls};
use workflows::opening::proxy;
use workflows::proxies::{self, Letter, Reply};

use super::words::{day, desk, done, level_title, told};

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
    page::html(page::status(page.problem.is_empty()), &page)
}

/// For whoever comes with the link and is not signed in: nobody is named before they are.
#[derive(Template)]
#[template(path = "family_asked.html")]
struct AskedPage {
    frame: Frame,
    sign_in: String,
    sign_up: String,
}

/// `GET /account/family/answer?code=…`
pub async fn form(
    State(house): State<House>,
    here: Option<SignedIn>,
    person: Result<SignedIn, Response>,
    Query(query): Query,
) -> Response {
    let code = query.get("code");
    match person {
        Ok(person) => show(&house, &person, code, String::new()).await,
        // To the terms first, or to a second step.
        Err(elsewhere) if here.is_some() => elsewhere,
        Err(sign_in) => asked(&house, code, sign_in).await,
    }
}

async fn asked(house: &House, code: &str, sign_in: Response) -> Response {
    match proxy::entrance(crate::sign_up::desk(house), code).await {
        Ok(Some(entrance)) if entrance.account.is_none() => {
            let back = urls::with_query("/account/family/answer", [("code", code)]);
            let page = AskedPage {
                frame: Frame::of_nobody(),
                sign_in: session::sign_in_address(&back),
                sign_up: urls::with_query(crate::sign_up::proxy::OPEN, [("code", code)]),
            };
            page::html(StatusCode::OK, &page)
        }
        Ok(_) => sign_in,
        Err(error) => page::unavailable(&error.into()),
    }
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
