//! First steps: what an account is for, for who has one and for who wants one.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use web::page::{self, Frame};
use web::{House, SignedIn};

#[derive(Template)]
#[template(path = "welcome.html")]
struct Page {
    frame: Frame,
    name: String,
    /// A mail address waits for its proof.
    waiting: bool,
}

/// `GET /account/welcome`: after an account was opened.
pub async fn page(State(house): State<House>, person: SignedIn) -> Response {
    let links = house.storage.mail_links();
    let waiting = links
        .is_waiting(&person.account.id, house.clock.now())
        .await;
    let waiting = match waiting {
        Ok(waiting) => waiting,
        Err(error) => return page::unavailable(&error),
    };
    let page = Page {
        frame: Frame::of(&person, "home"),
        name: person.account.display.clone(),
        waiting,
    };
    page::html(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "quick_start.html")]
struct QuickStart {
    frame: Frame,
    practice: String,
    account_years: u8,
    proxy_years: u8,
    days: u16,
    message_days: u16,
    online: bool,
}

/// `GET /account/quick-start`: for everybody, to be printed too.
pub async fn quick_start(State(house): State<House>) -> Response {
    let name = house.brand.name.clone();
    let page = QuickStart {
        frame: Frame::of_nobody(),
        practice: name.unwrap_or_else(|| "your practice".to_owned()),
        account_years: house.pack.self_min_age(),
        proxy_years: house.pack.proxy_min_age,
        days: house.pack.activation.visit_days,
        message_days: house.pack.sla.message_business_days,
        online: house.pack.activation.online_requests,
    };
    page::html(StatusCode::OK, &page)
}
