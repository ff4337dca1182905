//! `/demo/clock` and `/demo/mailbox`: the demonstration's movable clock and open outbox.
//! Elsewhere they do not exist.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use web::House;

/// How many messages the mailbox shows.
const MAILS_MAX: i64 = 500;

pub async fn clock(State(house): State<House>) -> Json<Value> {
    Json(json!({ "now": house.clock.now().to_string() }))
}

/// `{"now": RFC3339}` moves the clock, `{"now": null}` follows the real one,
/// `{"advance_seconds": n}` moves it on.
pub async fn set_clock(State(house): State<House>, Json(wish): Json<Value>) -> Response {
    let moved = match (wish.get("now"), wish.get("advance_seconds")) {
        (Some(Value::Null), None) => house.clock.set(None),
        (Some(Value::String(text)), None) => match text.parse::<Timestamp>() {
            Ok(at) => house.clock.set(Some(at)),
            Err(_) => return refuse("now must be an RFC 3339 date and time, or null"),
        },
        (None, Some(seconds)) => match seconds.as_i64() {
            Some(seconds) => house.clock.advance_seconds(seconds),
            None => return refuse("advance_seconds must be a whole number"),
        },
        _ => return refuse("send {\"now\": …} or {\"advance_seconds\": …}"),
    };
    if !moved {
        return refuse("this clock cannot be moved");
    }
    clock(State(house)).await.into_response()
}

fn refuse(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response()
}

/// The e-mails sent, newest first.
pub async fn mailbox(State(house): State<House>) -> Response {
    match house.storage.mail().list(MAILS_MAX).await {
        Ok(mails) => Json(
            mails
                .iter()
                .map(|mail| {
                    json!({
                        "to": mail.to,
                        "subject": mail.subject,
                        "text": mail.text,
                        "sent_at": mail.sent_at.unwrap_or(mail.queued_at).to_string(),
                    })
                })
                .collect::<Vec<Value>>(),
        )
        .into_response(),
        Err(error) => {
            tracing::error!(%error, "the mailbox cannot be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
