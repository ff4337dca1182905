//! Seeing one's record as somebody else sees it, today and on any other day.

use std::sync::Arc;

use access::time::start_instant;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use storage::standing::{Grantee, GranteeKind, Person};
use web::page::{self, Form, Frame, Query};
use web::words::{day, moment};
use web::{House, SignedIn, session};
use workflows::view_as::{self, Change, Share, View};

/// One who may see the record, as a choice.
struct Choice {
    /// `person:…` or `app:…`
    code: String,
    name: String,
    label: String,
    here: bool,
}

/// How much of a kind of thing is seen.
struct Row {
    title: String,
    seen: i64,
    of: i64,
    redacted: bool,
}

/// What changes by itself.
struct Step {
    at: String,
    /// For the date field.
    date: String,
    text: String,
}

/// What somebody sees.
struct Sight {
    name: String,
    open: bool,
    day: String,
    seen: Vec<Row>,
    unseen: Vec<Row>,
    steps: Vec<Step>,
}

#[derive(Template)]
#[template(path = "view_as.html")]
struct Page {
    frame: Frame,
    patient: String,
    choices: Vec<Choice>,
    at: String,
    /// The date could not be read.
    problem: bool,
    sight: Option<Sight>,
}

/// `GET /account/view-as?as=person:…&at=2026-11-21`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    match load(&house, person, &query).await {
        Ok(page) => page::html(StatusCode::OK, &page),
        Err(error) => page::unavailable(&error),
    }
}

fn code(grantee: &Grantee) -> String {
    match grantee.kind {
        GranteeKind::Person => format!("person:{}", grantee.id),
        GranteeKind::App => format!("app:{}", grantee.id),
    }
}

fn label(grantee: &Grantee) -> String {
    match (grantee.kind, grantee.label.is_empty()) {
        (_, true) => String::new(),
        (GranteeKind::Person, false) => grantee.label.to_lowercase(),
        (GranteeKind::App, false) => format!("app, connected by {}", grantee.label),
    }
}

async fn load(house: &House, person: SignedIn, query: &Form) -> Result<Page, storage::Error> {
    let now = house.clock.now();
    let people = house
        .storage
        .accounts()
        .people(&person.account, now)
        .await?;
    let own = people.into_iter().find(|one| one.is_self);
    let mut page = Page {
        frame: Frame::of(&person, "family"),
        patient: String::new(),
        choices: Vec::new(),
        at: query.get("at").to_owned(),
        problem: false,
        sight: None,
    };
    let Some(own) = own else { return Ok(page) };
    page.patient.clone_from(&own.patient);
    let grantees = house.storage.grantees(&own.patient, now).await?;
    let wanted = query.get("as");
    page.choices = grantees
        .iter()
        .map(|one| Choice {
            code: code(one),
            name: one.name.clone(),
            label: label(one),
            here: code(one) == wanted,
        })
        .collect();
    let at = match page.at.as_str() {
        "" => Some(now),
        text => start_instant(text, house.pack.zone()),
    };
    page.problem = at.is_none();
    let chosen = grantees.iter().find(|one| code(one) == wanted);
    if let (Some(chosen), Some(at)) = (chosen, at) {
        page.sight = sight(house, &own, chosen, at, now).await?;
    }
    Ok(page)
}

async fn sight(
    house: &House,
    own: &Person,
    chosen: &Grantee,
    at: Timestamp,
    now: Timestamp,
) -> Result<Option<Sight>, storage::Error> {
    let Some(access) = session::access(house, &own.standing, now) else {
        return Ok(None);
    };
    if !view_as::may_view(&access, &own.patient, Some(chosen)) {
        return Ok(None);
    }
    let standing = Arc::clone(&chosen.standing);
    let open = |at| session::access(house, &standing, at);
    let view = view_as::view(&house.storage, &access, &own.patient, at, &open).await?;
    view_as::record(&house.storage, &access, &own.patient, chosen);
    Ok(Some(shown(house, chosen, at, view)))
}

fn shown(house: &House, chosen: &Grantee, at: Timestamp, view: View) -> Sight {
    let (seen, unseen) = view.shares.into_iter().partition(|share| share.seen > 0);
    let rows = |shares: Vec<Share>| shares.into_iter().map(row).collect();
    Sight {
        name: chosen.name.clone(),
        open: view.open,
        day: day(at, &house.pack),
        seen: rows(seen),
        unseen: rows(unseen),
        steps: view
            .changes
            .iter()
            .map(|change| step(house, change))
            .collect(),
    }
}

fn row(share: Share) -> Row {
    Row {
        title: share.title,
        seen: share.seen,
        of: share.of,
        redacted: share.redacted,
    }
}

fn step(house: &House, change: &Change) -> Step {
    let text = match (change.more, change.less) {
        (0, 0) => "less detail".to_owned(),
        (0, less) => format!("{less} fewer entries"),
        (more, 0) => format!("{more} more entries"),
        (more, less) => format!("{more} more and {less} fewer entries"),
    };
    Step {
        at: moment(change.at, &house.pack),
        date: change
            .at
            .to_zoned(house.pack.zone().clone())
            .date()
            .to_string(),
        text,
    }
}
