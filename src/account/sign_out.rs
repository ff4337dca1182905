//! Signing out: the session ends on the server, then the cookie goes.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, header};
use web::page::{self, Form};
use web::session::SIGN_IN_PATH;
use web::{House, SignedIn, csrf, session};

/// `POST /account/sign-out`
pub async fn submit(
    State(house): State<House>,
    person: SignedIn,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::read(&body);
    let expected = &person.session.csrf;
    if !csrf::is_ours(&headers, &house.base_url, expected, form.get("csrf")) {
        return page::stale_form();
    }
    if let Err(error) = house.storage.sessions().close(&person.cookie).await {
        return page::unavailable(&error);
    }
    let mut response = page::see_other(SIGN_IN_PATH);
    let cookie = session::closed(&house);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}
