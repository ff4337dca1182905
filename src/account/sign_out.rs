//! Signing out: the session ends on the server, then the cookie goes.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, header};
use web::csrf::SignedForm;
use web::page;
use web::session::SIGN_IN_PATH;
use web::{House, session};

/// `POST /account/sign-out`
pub async fn submit(State(house): State<House>, SignedForm { person, .. }: SignedForm) -> Response {
    if let Err(error) = house.storage.sessions().close(&person.cookie).await {
        return page::unavailable(&error);
    }
    let mut response = page::see_other(SIGN_IN_PATH);
    let cookie = session::closed(&house);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    if person.session.shared {
        // Whatever the browser kept of us goes as well.
        const ALL: HeaderValue = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
        response.headers_mut().insert("clear-site-data", ALL);
    }
    response
}
