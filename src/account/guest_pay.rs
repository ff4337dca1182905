//! Paying a bill without an account: what stands on the statement, then what is owed and how to pay it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use web::csrf::{self, OpenForm};
use web::pace::Pace;
use web::page::{self, Frame, Query};
use web::{House, Visit, session};
use workflows::guest_pay::{self, Asked, Balance};
use workflows::visitors::Desk;

/// Where a guest begins, and where the balance is shown.
pub const PATH: &str = "/account/guest-pay";
pub const STATEMENT_PATH: &str = "/account/guest-pay/statement";

#[derive(Template)]
#[template(path = "guest_pay.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    failed: bool,
    over: bool,
    minutes: u16,
    tries: u32,
}

#[derive(Template)]
#[template(path = "guest_statement.html")]
struct Statement {
    frame: Frame,
    csrf: String,
    balance: Balance,
    due: String,
    paid: bool,
    payment_page: Option<String>,
    /// Where the payment page is.
    payment_host: String,
}

fn desk(house: &House) -> Desk<'_> {
    Desk {
        storage: &house.storage,
        pack: &house.pack,
        now: house.clock.now(),
    }
}

/// `GET /account/guest-pay`
pub async fn form(State(house): State<House>, headers: HeaderMap, Query(query): Query) -> Response {
    show(&house, &headers, false, query.get("over") == "yes")
}

fn show(house: &House, headers: &HeaderMap, failed: bool, over: bool) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        failed,
        over,
        minutes: house.pack.guest_pay.visit_minutes,
        tries: house.pack.guest_pay_max_failures,
    };
    let status = match failed {
        true => StatusCode::NOT_FOUND,
        false => StatusCode::OK,
    };
    session::with_form_token(house, &token, page::html(status, &page))
}

/// `POST /account/guest-pay`
pub async fn submit(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    let pace = Pace::begin();
    let form = &sent.form;
    let asked = Asked {
        statement_number: form.get("statement_number"),
        last_name: form.get("last_name"),
        birth_date: form.get("birth_date"),
        code: form.get("code"),
        network: &visit.counted,
    };
    let admitted = guest_pay::admit(&desk(&house), &asked).await;
    pace.keep().await;
    match admitted {
        Ok(Some(admitted)) => {
            let cookie = session::guest(&house, &admitted.token, admitted.seconds);
            let mut response = page::see_other(STATEMENT_PATH);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response
        }
        Ok(None) => show(&house, &sent.headers, true, false),
        Err(error) => page::unavailable(&error),
    }
}

/// `GET /account/guest-pay/statement`
pub async fn statement(State(house): State<House>, headers: HeaderMap) -> Response {
    let token = session::guest_cookie(&headers, &house).unwrap_or_default();
    let balance = match guest_pay::balance(&desk(&house), &token).await {
        Ok(Some(balance)) => balance,
        Ok(None) => return page::see_other(&format!("{PATH}?over=yes")),
        Err(error) => return page::unavailable(&error),
    };
    let Some(csrf) = session::form_cookie(&headers, &house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let payment_page = house.brand.payment_page.clone();
    let host = payment_page.as_deref().and_then(host);
    let page = Statement {
        frame: Frame::of_nobody(),
        csrf: csrf.clone(),
        due: balance.due.as_deref().and_then(day).unwrap_or_default(),
        paid: balance.cents == 0,
        payment_host: host.unwrap_or_default().to_owned(),
        payment_page,
        balance,
    };
    session::with_form_token(&house, &csrf, page::html(StatusCode::OK, &page))
}

/// `POST /account/guest-pay/leave`: nobody else at this computer sees the bill.
pub async fn leave(State(house): State<House>, _sent: OpenForm) -> Response {
    let mut response = page::see_other(PATH);
    let cookie = session::guest(&house, "", 0);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// The host of an address.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    rest.split(['/', '?', '#']).next()
}

/// A day as people write it: `July 15, 2026`.
fn day(date: &str) -> Option<String> {
    let date: jiff::civil::Date = date.parse().ok()?;
    Some(date.strftime("%B %-d, %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_hosts_are_written_for_people() {
        assert_eq!(day("2026-07-05").as_deref(), Some("July 5, 2026"));
        assert_eq!(day("soon"), None);
        let address = "https://pay.example.org/a?b";
        assert_eq!(host(address), Some("pay.example.org"));
    }
}
