//! Which account is meant: asked where an app wants it asked, or expects somebody else than is signed in.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use storage::pending::Pending;
use web::csrf::SignedForm;
use web::page::{self, Frame};
use web::{House, SignedIn, session};

use crate::authorize::CONSENT_PATH;
use crate::issue::Asked;
use crate::silent::is_expected;

#[derive(Template)]
#[template(path = "choose_account.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    request: &'a str,
    app: &'a str,
    name: &'a str,
    username: &'a str,
    /// Whom the app expects instead.
    expected: &'a str,
}

/// Whether the person signed in must say that it is their account that is meant.
pub(crate) fn is_needed(pending: &Pending, person: &SignedIn) -> bool {
    pending.choose_account || !is_expected(pending.login_hint.as_deref(), &person.account)
}

/// The page that asks.
pub(crate) fn ask(asked: &Asked, person: &SignedIn) -> Response {
    let expected = asked.pending.login_hint.as_deref();
    let page = Page {
        frame: Frame::of(person, ""),
        csrf: &person.session.csrf,
        request: &asked.pending.id,
        app: &asked.client.name,
        name: &person.account.display,
        username: &person.account.username,
        expected: expected
            .filter(|hint| !is_expected(Some(hint), &person.account))
            .unwrap_or(""),
    };
    page::html(StatusCode::OK, &page)
}

/// `POST /account/choose`
pub async fn submit(State(house): State<House>, SignedForm { form, .. }: SignedForm) -> Response {
    let request = form.get("request");
    let here = format!("{CONSENT_PATH}?request={request}");
    if form.get("decision") != "continue" {
        // Whoever signs in now has chosen by doing so; the name they are expected under stays.
        if let Err(fault) = house.storage.pending().chosen(request, false).await {
            return page::unavailable(&fault);
        }
        return page::see_other(&format!("{}&again=1", session::sign_in_address(&here)));
    }
    match house.storage.pending().chosen(request, true).await {
        Ok(()) => page::see_other(&here),
        Err(fault) => page::unavailable(&fault),
    }
}
