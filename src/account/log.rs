//! Who looked at a chart: the patient's own view of the audit trail.

use access::time::{end_instant, start_instant};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use storage::audit;
use web::page::{self, Form, Frame, Query};
use web::words::{clock, day};
use web::{House, SignedIn};
use workflows::access_log::{self, Entry, Reader};

use crate::charts::{self, Chart, Tab};

pub mod report;
pub mod roots;

/// Lines of one page.
const LINES: i64 = 60;

/// Lines of one day.
struct Day {
    title: String,
    items: Vec<Item>,
}

/// What one did in one minute.
struct Item {
    at: String,
    who: String,
    verb: &'static str,
    /// What it was done to, and how often.
    what: Vec<(String, usize)>,
    app: String,
    emergency: bool,
    refused: bool,
    /// The first line folded into it.
    event: i64,
}

/// A choice of the filter.
struct Choice {
    code: &'static str,
    title: &'static str,
    here: bool,
}

#[derive(Template)]
#[template(path = "log.html")]
struct Page {
    frame: Frame,
    charts: Vec<Tab>,
    patient: String,
    name: String,
    is_self: bool,
    choices: Vec<Choice>,
    group: String,
    from: String,
    until: String,
    /// A date that is none.
    problem: bool,
    days: Vec<Day>,
    /// Position to go on from, if there are more.
    before: Option<i64>,
}

/// The charts whose logs a signed-in person may read.
async fn charts(house: &House, person: &SignedIn) -> storage::Result<Vec<Chart>> {
    let may = |chart: &Chart| access_log::may_read(&chart.access, &chart.person.patient).permits();
    charts::open(house, person, may).await
}

/// `GET /account/access-log?patient=…`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    match load(&house, person, &query).await {
        Ok(page) => page::html(StatusCode::OK, &page),
        Err(error) => page::unavailable(&error),
    }
}

async fn load(house: &House, person: SignedIn, query: &Form) -> Result<Page, storage::Error> {
    let charts = charts(house, &person).await?;
    let chosen = charts::find(&charts, query.get("patient")).or(charts.first());
    let group = access_log::group_of(query.get("who"));
    let zone = house.pack.zone();
    let (from, until) = (query.get("from"), query.get("until"));
    let since = start_instant(from, zone);
    let before = end_instant(until, zone);
    let problem = (!from.is_empty() && since.is_none()) || (!until.is_empty() && before.is_none());
    let (mut log, mut days) = (audit::Log::default(), Vec::new());
    if let Some(Chart { person, access }) = chosen {
        let asked = audit::Asked {
            patient: &person.patient,
            group,
            from: since,
            until: before,
            before: query.get("before").parse().ok(),
            count: LINES,
        };
        log = house.storage.records(access).access_log(&asked).await?;
        let reader = Reader::of(access, &person.patient);
        let entries = log
            .lines
            .iter()
            .map(|line| access_log::entry(line, &reader));
        days = by_day(house, entries);
    }
    let patient = chosen.map_or_else(String::new, |one| one.person.patient.clone());
    Ok(Page {
        frame: Frame::of(&person, "log"),
        name: chosen.map_or_else(String::new, |one| one.person.name.clone()),
        is_self: chosen.is_some_and(|one| one.person.is_self),
        choices: choices(
            query.get("who"),
            chosen.is_some_and(|one| one.person.is_self),
        ),
        group: query.get("who").to_owned(),
        from: from.to_owned(),
        until: until.to_owned(),
        problem,
        charts: charts::tabs(&charts, &patient),
        before: log.next,
        days,
        patient,
    })
}

fn choices(wanted: &str, is_self: bool) -> Vec<Choice> {
    let groups = access_log::GROUPS.map(|(_, code, title)| Choice {
        code,
        title: if code == "patient" && is_self {
            "You"
        } else {
            title
        },
        here: code == wanted,
    });
    groups.into_iter().collect()
}

/// The entries by local day, those of one in the same minute folded into one.
fn by_day(house: &House, entries: impl Iterator<Item = Entry>) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for entry in entries {
        let title = day(entry.at, &house.pack);
        if days.last().is_none_or(|last| last.title != title) {
            let items = Vec::new();
            days.push(Day { title, items });
        }
        let Some(today) = days.last_mut() else {
            continue;
        };
        let next = item(house, entry);
        match today.items.last_mut() {
            Some(last) if last.takes(&next) => last.fold(next),
            _ => today.items.push(next),
        }
    }
    days
}

fn item(house: &House, entry: Entry) -> Item {
    Item {
        at: clock(entry.at, &house.pack),
        who: entry.who,
        verb: entry.verb,
        what: Vec::from_iter((!entry.what.is_empty()).then_some((entry.what, 1))),
        app: entry.app.unwrap_or_default(),
        emergency: entry.emergency,
        refused: !entry.permitted,
        event: entry.position,
    }
}

impl Item {
    /// Whether another one says the same of other things.
    fn takes(&self, other: &Self) -> bool {
        let words = |item: &Self| {
            (
                item.at.clone(),
                item.who.clone(),
                item.verb,
                item.app.clone(),
            )
        };
        words(self) == words(other)
            && self.refused == other.refused
            && self.emergency == other.emergency
    }
    fn fold(&mut self, other: Self) {
        for (name, times) in other.what {
            match self.what.iter_mut().find(|(known, _)| *known == name) {
                Some((_, count)) => *count += times,
                None => self.what.push((name, times)),
            }
        }
    }
}
