//! Inviting somebody to act for oneself.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use web::csrf::{FreshForm, SignedForm};
use web::page::{self, Form, Frame};
use web::session::Fresh;
use web::{House, SignedIn};
use workflows::proxies::{self, ROLES, Wish};

use super::words::{Choices, desk, done, extent, told};

#[derive(Template)]
#[template(path = "family_invite.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    problem: String,
    form: &'a Form,
    /// v3-RoleCode, words, chosen.
    roles: Vec<(&'static str, &'static str, bool)>,
    choices: Choices,
}

fn show(house: &House, person: &SignedIn, form: &Form, problem: String) -> Response {
    let roles = ROLES.iter().filter(|(kind, ..)| *kind == "adult");
    let page = Page {
        frame: Frame::of(person, "family"),
        csrf: &person.session.csrf,
        roles: roles
            .map(|(_, code, words)| (*code, *words, *code == form.get("relationship")))
            .collect(),
        choices: Choices::of(house, &extent(form)),
        form,
        problem,
    };
    page::html(page::status(page.problem.is_empty()), &page)
}

/// `GET /account/family/invite`
pub async fn form(State(house): State<House>, Fresh(person): Fresh) -> Response {
    show(&house, &person, &Form::default(), String::new())
}

/// `POST /account/family/invite`
pub async fn submit(State(house): State<House>, FreshForm { person, form }: FreshForm) -> Response {
    let wish = Wish {
        email: form.get("email").to_owned(),
        given: form.get("given").to_owned(),
        family: form.get("family").to_owned(),
        role: form.get("relationship").to_owned(),
        extent: extent(&form),
    };
    let address = format!("{}/account/family/answer", house.base_url);
    match proxies::invite(&desk(&house, &person), &wish, &address).await {
        Ok(_) => done("invited"),
        Err(error) => match told(error) {
            Ok(problem) => show(&house, &person, &form, problem),
            Err(page) => page,
        },
    }
}

/// `POST /account/family/withdraw`: takes an invitation, or one's own part in a relationship, back.
pub async fn withdraw(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let desk = desk(&house, &person);
    match proxies::end(&desk, form.get("id"), None, "").await {
        Ok(_) => done("ended"),
        Err(error) => match told(error) {
            Ok(problem) => page::sorry(
                http::StatusCode::FORBIDDEN,
                "That is not possible",
                &problem,
            ),
            Err(page) => page,
        },
    }
}
