//! The signed roots of the audit trail, for people to keep.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use web::page::{self, Frame, Query};
use web::reply::with_header;
use web::words::moment;
use web::{House, SignedIn};
use workflows::audit_roots::link_text;

/// Roots of one page.
const ROOTS: i64 = 31;

struct Row {
    day: String,
    at: String,
    seq: i64,
    link: String,
}

#[derive(Template)]
#[template(path = "log_roots.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    before: String,
}

/// `GET /account/access-log/roots`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let before = Some(query.get("before")).filter(|day| !day.is_empty());
    let roots = match house.storage.audit_roots(before, ROOTS).await {
        Ok(roots) => roots,
        Err(error) => return page::unavailable(&error),
    };
    let full = i64::try_from(roots.len()).unwrap_or(0) >= ROOTS;
    let last = roots.last().filter(|_| full);
    let page = Page {
        frame: Frame::of(&person, "log"),
        before: last.map_or_else(String::new, |root| root.day.clone()),
        rows: roots
            .iter()
            .map(|root| Row {
                day: root.day.clone(),
                at: moment(root.at, &house.pack),
                seq: root.seq,
                link: link_text(&root.link),
            })
            .collect(),
    };
    page::html(StatusCode::OK, &page)
}

/// `GET /account/access-log/roots/{day}`: the root itself, as a file.
pub async fn download(
    State(house): State<House>,
    person: SignedIn,
    Path(day): Path<String>,
) -> Response {
    if person.session.shared {
        return page::no_download();
    }
    let root = match house.storage.audit_root(&day).await {
        Ok(root) => root,
        Err(error) => return page::unavailable(&error),
    };
    let Some(root) = root else {
        return page::sorry(
            StatusCode::NOT_FOUND,
            "Nothing was signed for that day",
            "Go back to the access log and choose a day from the list.",
        );
    };
    let name = format!("attachment; filename=\"access-log-root-{}.jws\"", root.day);
    let mut response = root.signed.into_response();
    let kind = HeaderValue::from_static("application/jose");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    with_header(response, header::CONTENT_DISPOSITION, &name)
}
