//! The page at `/`: where people and developers start.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use web::House;
use web::page::{self, Frame};

#[derive(Template)]
#[template(path = "landing.html")]
struct Page {
    frame: Frame,
    fhir_base: String,
    /// Maintenance there is or will be.
    notice: Option<String>,
}

/// `GET /`
pub async fn page(State(house): State<House>) -> Response {
    let page = Page {
        frame: Frame::of_nobody(),
        fhir_base: house.fhir_base.to_string(),
        notice: web::maintenance::notice(&house).await.ok().flatten(),
    };
    page::html(StatusCode::OK, &page)
}
