//! What answers where no route does. Below `/fhir` even that is told only to a caller who was
//! let in.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use fhir::{Issue, IssueCode};
use web::{Caller, House, format::Dress, page, reply};

/// No such address: 404.
pub async fn nothing_here(State(house): State<House>, request: Request) -> Response {
    let dress = Dress::of(request.headers(), request.uri().query());
    let issue = Issue::error(
        IssueCode::NotFound,
        "there is nothing at this address; GET /fhir/metadata says what there is",
    );
    let response = match refused(&house, request).await {
        Some(response) => response,
        None => reply::fault(StatusCode::NOT_FOUND, issue),
    };
    dressed(dress, response).await
}

async fn dressed(dress: Option<Dress>, response: Response) -> Response {
    match dress {
        Some(dress) => dress.on(response).await,
        None => response,
    }
}

/// The address is there, but not for this method: 405 (the router adds `Allow`).
pub async fn wrong_method(State(house): State<House>, request: Request) -> Response {
    let text = format!("{} is not possible here", request.method());
    let issue = Issue::error(IssueCode::NotSupported, text);
    if !is_fhir(request.uri().path()) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let dress = Dress::of(request.headers(), request.uri().query());
    let response = match refused(&house, request).await {
        Some(response) => response,
        None => reply::fault(StatusCode::METHOD_NOT_ALLOWED, issue),
    };
    dressed(dress, response).await
}

fn is_fhir(path: &str) -> bool {
    path == "/fhir" || path.starts_with("/fhir/")
}

/// The answer for those who are not FHIR callers; `None` for those who are.
async fn refused(house: &House, request: Request) -> Option<Response> {
    if !is_fhir(request.uri().path()) {
        return Some(no_page());
    }
    let (mut parts, _) = request.into_parts();
    Caller::from_request_parts(&mut parts, house).await.err()
}

/// A page for people who followed a link that leads nowhere.
pub fn no_page() -> Response {
    page::sorry(
        StatusCode::NOT_FOUND,
        "There is no such page",
        "The address may have been mistyped, or the page may have moved.",
    )
}
