//! Guests who pay a bill, as an API: three things off a statement for a token, the token for the balance.

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use web::pace::Pace;
use web::{House, Visit};
use workflows::guest_pay::{self, Asked};
use workflows::visitors::Desk;

use crate::answer::{answer, refused, unavailable};

/// Largest body of a lookup, in bytes.
const BODY_BYTES_MAX: usize = 4 * 1024;

#[derive(Deserialize)]
struct Lookup {
    statement_number: String,
    last_name: String,
    birth_date: String,
    /// What a confidential bill needs besides.
    #[serde(default)]
    code: String,
}

fn desk(house: &House) -> Desk<'_> {
    Desk {
        storage: &house.storage,
        pack: &house.pack,
        now: house.clock.now(),
    }
}

/// The one answer to whatever does not open a bill.
fn nothing() -> Response {
    let text = "no bill can be shown for this";
    refused(StatusCode::NOT_FOUND, "not_found", text)
}

/// `POST /guest-pay/lookup`: JSON with `statement_number`, `last_name` and `birth_date`, and with the `code` of a
/// confidential bill.
pub async fn lookup(State(house): State<House>, visit: Visit, body: Bytes) -> Response {
    let read = |body: &[u8]| serde_json::from_slice::<Lookup>(body).ok();
    let Some(lookup) = read(&body).filter(|_| body.len() <= BODY_BYTES_MAX) else {
        let text = "send JSON with statement_number, last_name and birth_date";
        return refused(StatusCode::BAD_REQUEST, "invalid_request", text);
    };
    let pace = Pace::begin();
    let asked = Asked {
        statement_number: &lookup.statement_number,
        last_name: &lookup.last_name,
        birth_date: &lookup.birth_date,
        code: &lookup.code,
        network: &visit.counted,
    };
    let admitted = guest_pay::admit(&desk(&house), &asked).await;
    pace.keep().await;
    match admitted {
        Ok(Some(admitted)) => {
            let body = json!({"access_token": admitted.token, "token_type": "Bearer",
                "expires_in": admitted.seconds});
            answer(StatusCode::OK, &body)
        }
        Ok(None) => nothing(),
        Err(error) => unavailable(&error),
    }
}

/// `GET /guest-pay/statement`: what is owed, for whoever shows a token of [`lookup`].
pub async fn statement(State(house): State<House>, headers: HeaderMap) -> Response {
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()?.split_once(' '));
    let token = match shown {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    };
    match guest_pay::balance(&desk(&house), token).await {
        Ok(Some(balance)) => {
            let body = json!({
                "statement_number": balance.statement_number,
                "balance": {"value": balance.amount(), "currency": "USD"},
                "due_date": balance.due,
                "organization": balance.organization,
                "phone": balance.phone,
                "name": balance.name,
                "payment_page": house.brand.payment_page,
            });
            answer(StatusCode::OK, &body)
        }
        Ok(None) => {
            let text = "the token is none of ours, or is over";
            let response = refused(StatusCode::UNAUTHORIZED, "invalid_token", text);
            let challenge = "Bearer realm=\"kinchart\", error=\"invalid_token\"";
            web::reply::with_header(response, header::WWW_AUTHENTICATE, challenge)
        }
        Err(error) => unavailable(&error),
    }
}
