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
    let mut text = house.metrics.to_text();
    if let Ok(works) = house.storage.reindex().progress().await {
        text.push_str(&indexing(&works));
    }
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// How far the work on the search index has come, all of it together.
fn indexing(works: &[storage::reindex::Progress]) -> String {
    let open = works.iter().filter(|work| !work.finished);
    let (mut count, mut done, mut total) = (0, 0, 0);
    for work in open {
        count += 1;
        done += work.done;
        total += work.total;
    }
    format!(
        "# HELP search_index_works Rebuildings of the search index under way.\n\
         # TYPE search_index_works gauge\nsearch_index_works {count}\n\
         # HELP search_index_resources Resources to be indexed by them, and those done.\n\
         # TYPE search_index_resources gauge\n\
         search_index_resources{{state=\"total\"}} {total}\n\
         search_index_resources{{state=\"done\"}} {done}\n"
    )
}
