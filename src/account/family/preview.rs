//! What changes by itself, and when: what is seen today and after each birthday, until it ends.

use access::offer::Outlook;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use web::page::{self, Frame, Query};
use web::words::{day, years};
use web::{House, SignedIn};

use super::words::{absent, people};

/// Changes shown, at most.
const STEPS_MAX: usize = 6;

struct Step {
    when: String,
    age: String,
    open: bool,
    demographics_only: bool,
    sees: Vec<&'static str>,
    hidden: Vec<&'static str>,
    why_not: &'static str,
}

#[derive(Template)]
#[template(path = "family_preview.html")]
struct Page {
    frame: Frame,
    name: String,
    days: String,
    steps: Vec<Step>,
}

/// `GET /account/family/preview?patient=…`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let people = match people(&house, &person).await {
        Ok(people) => people,
        Err(error) => return page::unavailable(&error),
    };
    let wanted = query.get("patient");
    let Some(one) = people
        .iter()
        .find(|one| one.patient == wanted && !one.is_self)
    else {
        return absent();
    };
    let now = house.clock.now();
    let all = workflows::proxies::steps(&one.standing, &house.pack, now, STEPS_MAX);
    let step = |(from, outlook): (jiff::Timestamp, Outlook)| {
        let age = years(one.birth_date.as_deref(), &house.pack, from);
        Step {
            when: match from == now {
                true => "Today".to_owned(),
                false => format!("From {}", day(from, &house.pack)),
            },
            age: age.map_or_else(String::new, |age| format!("at {age}")),
            open: outlook.open(),
            demographics_only: outlook.demographics_only,
            why_not: outlook.why_not.unwrap_or_default(),
            sees: outlook.sees,
            hidden: outlook.hidden,
        }
    };
    let steps = all.into_iter().map(step).collect();
    let days: Vec<String> = house
        .pack
        .proxy
        .notice_days
        .iter()
        .map(u16::to_string)
        .collect();
    let page = Page {
        frame: Frame::of(&person, "family"),
        name: one.name.clone(),
        days: match days.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => days.concat(),
        },
        steps,
    };
    page::html(StatusCode::OK, &page)
}
