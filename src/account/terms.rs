//! The terms of use: read once a version, accepted before any record opens.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use web::csrf::SignedForm;
use web::page::{self, Frame};
use web::{House, SignedIn};

#[derive(Template)]
#[template(path = "terms.html")]
struct Page {
    frame: Frame,
    csrf: String,
    accepted: bool,
    missing: bool,
}

fn show(person: &SignedIn, missing: bool) -> Response {
    let page = Page {
        frame: Frame::of(person, ""),
        csrf: person.session.csrf.clone(),
        accepted: person.account.terms_accepted,
        missing,
    };
    let status = if missing {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    page::html(status, &page)
}

/// `GET /account/terms`
pub async fn form(person: SignedIn) -> Response {
    show(&person, false)
}

/// `POST /account/terms`
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    if form.get("accept").is_empty() {
        return show(&person, true);
    }
    let accounts = house.storage.accounts();
    match accounts.set_terms_accepted(&person.account.id, true).await {
        Ok(_) => page::see_other("/account"),
        Err(error) => page::unavailable(&error),
    }
}
