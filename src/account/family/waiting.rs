//! Somebody asks to act for oneself, or did so when one was a child: yes or no.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use web::csrf::FreshForm;
use web::page::{self, Frame, Query};
use web::session::Fresh;
use web::{House, SignedIn};
use workflows::proxies::{self, Extent};

use super::words::{Choices, absent, day, desk, done, extent, told};

#[derive(Template)]
#[template(path = "family_waiting.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    problem: String,
    task: &'a str,
    name: String,
    label: String,
    /// A parent of before.
    again: bool,
    /// They acted for the patient until the patient's account was closed.
    paused: bool,
    /// The day it may be signed from, while that lies ahead.
    from: String,
    choices: Choices,
}

async fn show(
    house: &House,
    person: &SignedIn,
    task: &str,
    chosen: Option<&Extent>,
    problem: String,
) -> Response {
    let waiting = match proxies::waiting_for_me(&desk(house, person)).await {
        Ok(waiting) => waiting,
        Err(error) => return told(error).map_or_else(|page| page, |_| absent()),
    };
    let Some((kept, relation)) = waiting.into_iter().find(|(kept, _)| kept.id() == task) else {
        return absent();
    };
    let text = |pointer: &str| {
        kept.json
            .pointer(pointer)
            .and_then(|it| it.as_str())
            .unwrap_or_default()
    };
    let again = text("/code/coding/0/code") == "proxy-reestablish";
    let from = text("/restriction/period/start");
    let ahead = access::time::start_instant(from, house.pack.zone())
        .is_some_and(|from| again && house.clock.now() < from);
    let asked = Extent {
        level: kept
            .json
            .get("input")
            .and_then(|it| it.as_array())
            .into_iter()
            .flatten()
            .find_map(|it| {
                it.get("valueCode")
                    .and_then(|it| it.as_str())
                    .filter(|code| {
                        house
                            .pack
                            .adult_proxy_levels
                            .iter()
                            .any(|level| level == code)
                    })
            })
            .unwrap_or_default()
            .to_owned(),
        ..Extent::default()
    };
    let page = Page {
        frame: Frame::of(person, "family"),
        csrf: &person.session.csrf,
        task,
        name: relation.name(),
        label: relation.label().to_owned(),
        again,
        paused: text("/reasonCode/coding/0/code") == "account-closed",
        from: if ahead {
            day(house, from)
        } else {
            String::new()
        },
        choices: Choices::of(house, chosen.unwrap_or(&asked)),
        problem,
    };
    page::html(page::status(page.problem.is_empty()), &page)
}

/// `GET /account/family/waiting?task=…`
pub async fn form(
    State(house): State<House>,
    Fresh(person): Fresh,
    Query(query): Query,
) -> Response {
    show(&house, &person, query.get("task"), None, String::new()).await
}

/// `POST /account/family/waiting`
pub async fn submit(State(house): State<House>, FreshForm { person, form }: FreshForm) -> Response {
    let (desk, task) = (desk(&house, &person), form.get("task"));
    let extent = extent(&form);
    let answered = match form.get("decision") {
        "accept" => proxies::agree(&desk, task, &extent)
            .await
            .map(|()| "agreed"),
        _ => proxies::refuse(&desk, task).await.map(|()| "refused"),
    };
    match answered {
        Ok(word) => done(word),
        Err(error) => match told(error) {
            Ok(problem) => show(&house, &person, task, Some(&extent), problem).await,
            Err(page) => page,
        },
    }
}
