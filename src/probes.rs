//! `/healthz`, `/readyz` and `/metrics`.

use axum::http::{StatusCode, header};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use web::House;

/// Alive: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Ready: the database answers too (its migrations were done before the socket opened).
pub async fn readyz(State(house): State<House>) -> Response {
    match house.storage.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
                .into_response()
        }
    }
}

/// Prometheus text.
pub async fn metrics(State(house): State<House>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], house.metrics.to_text()).into_response()
}
