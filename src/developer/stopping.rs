//! All apps of others, for the members of staff who decide: stopping one at once, letting it work again.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::StatusCode;
use jiff::Timestamp;
use storage::clients::{Client, State as Standing};
use web::csrf::FreshForm;
use web::page::{self, Frame, Query};
use web::words::{day, moment};
use web::{House, SignedIn};
use workflows::registration::{self, Ruling, can_resume, is_reviewer};

use crate::review::{failed, not_theirs, note_of};
use crate::words;

const PATH: &str = "/account/review/apps/all";

struct Row {
    id: String,
    name: String,
    kind: &'static str,
    state: &'static str,
    tag: &'static str,
    contacts: String,
    since: String,
    people: i64,
    last_used: String,
    stopped: bool,
    /// Stopped, with something left to work with.
    resumable: bool,
}

#[derive(Template)]
#[template(path = "stopping.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    find: &'a str,
    apps: Vec<Row>,
    /// There are more than are shown.
    more: bool,
    done: &'static str,
}

/// `GET /account/review/apps/all?find=…`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    if !is_reviewer(&person.account) {
        return not_theirs();
    }
    let find = query.get("find").trim();
    match rows(&house, find).await {
        Ok((apps, more)) => page::html(
            StatusCode::OK,
            &Page {
                frame: Frame::of(&person, "review"),
                csrf: &person.session.csrf,
                find,
                apps,
                more,
                done: match query.get("done") {
                    "stop" => "Stopped. Its tokens work no more. The developer gets a mail.",
                    "resume" => "It may be used again. The developer gets a mail.",
                    "late" => "Somebody did that just before you.",
                    _ => "",
                },
            },
        ),
        Err(error) => page::unavailable(&error),
    }
}

/// The apps whose name or id holds `find`, the newest first.
async fn rows(house: &House, find: &str) -> Result<(Vec<Row>, bool), storage::Error> {
    let now = house.clock.now();
    let clients = house.storage.clients();
    let mut found = clients.list().await?;
    let wanted = find.to_lowercase();
    found.retain(|client| !client.first_party && fits(client, &wanted));
    found.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.name.cmp(&b.name)));
    let more = found.len() > limits::APPS_SHOWN_MAX;
    found.truncate(limits::APPS_SHOWN_MAX);
    let mut rows = Vec::new();
    for client in found {
        let usage = clients.usage(&client.id, now).await?;
        let (state, _, tag) = words::state(client.state);
        rows.push(Row {
            kind: words::kind(client.kind),
            state,
            tag,
            contacts: client.contacts.join(", "),
            since: match client.created {
                at if at == Timestamp::UNIX_EPOCH => String::new(),
                at => day(at, &house.pack),
            },
            people: usage.people,
            last_used: usage
                .last_used
                .map(|at| moment(at, &house.pack))
                .unwrap_or_default(),
            stopped: client.state == Standing::Disabled,
            resumable: can_resume(&client),
            name: client.name,
            id: client.id,
        });
    }
    Ok((rows, more))
}

fn fits(client: &Client, wanted: &str) -> bool {
    client.name.to_lowercase().contains(wanted) || client.id.to_lowercase().contains(wanted)
}

/// `POST /account/review/apps/all`: cuts many people off, or lets an app at them again, so whoever decides
/// shows who they are.
pub async fn decide(State(house): State<House>, FreshForm { person, form }: FreshForm) -> Response {
    if !is_reviewer(&person.account) {
        return not_theirs();
    }
    let found = match house.storage.clients().find(form.get("client")).await {
        Ok(found) => found.filter(|client| !client.first_party),
        Err(error) => return page::unavailable(&error),
    };
    let Some(client) = found else {
        return page::see_other(PATH);
    };
    let note = note_of(&form);
    let ruling = Ruling {
        by: Some(&person.account),
        note: &note,
        now: house.clock.now(),
    };
    let storage = &house.storage;
    let (done, word) = match form.get("decision") {
        "stop" => (registration::stop(storage, &client, ruling).await, "stop"),
        "resume" => (
            registration::resume(storage, &client, ruling).await,
            "resume",
        ),
        _ => return page::see_other(PATH),
    };
    match done {
        Ok(true) => page::see_other(&format!("{PATH}?done={word}")),
        Ok(false) => page::see_other(&format!("{PATH}?done=late")),
        Err(fault) => failed(fault),
    }
}
