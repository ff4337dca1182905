//! Who looked at a chart: the patient's own view of the audit trail.

use access::offer::type_title;
use access::{Action, Facet, ResourceFacts};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use fhir::ResourceType;
use http::StatusCode;
use jiff::Timestamp;
use storage::audit::{self, Line};
use storage::standing::Person;
use web::page::{self, Form, Frame};
use web::words::moment;
use web::{House, SignedIn, session};

/// Lines of one page.
const LINES: i64 = 50;

struct Entry {
    at: String,
    who: String,
    through: String,
    what: String,
    refused: bool,
    /// The same again, in the same minute.
    times: usize,
}

struct Chart {
    patient: String,
    name: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "log.html")]
struct Page {
    frame: Frame,
    charts: Vec<Chart>,
    patient: String,
    name: String,
    entries: Vec<Entry>,
    /// Position to go on from, if there are more.
    before: Option<i64>,
}

/// `GET /account/access-log?patient=…`
pub async fn page(
    State(house): State<House>,
    person: SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Form::read(query.unwrap_or_default().as_bytes());
    let now = house.clock.now();
    let people = match house.storage.accounts().people(&person.account, now).await {
        Ok(people) => people,
        Err(error) => return page::unavailable(&error),
    };
    let readable: Vec<&Person> = people
        .iter()
        .filter(|one| may_read_log(&house, one, now))
        .collect();
    let wanted = query.get("patient");
    let chosen = readable
        .iter()
        .find(|one| one.patient == wanted)
        .or(readable.first());
    let lines = match chosen {
        Some(one) => {
            let before = query.get("before").parse().ok();
            house.storage.access_log(&one.patient, LINES, before).await
        }
        None => Ok(Vec::new()),
    };
    let lines = match lines {
        Ok(lines) => lines,
        Err(error) => return page::unavailable(&error),
    };
    let patient = chosen.map_or_else(String::new, |one| one.patient.clone());
    let full = i64::try_from(lines.len()).unwrap_or(0) >= LINES;
    let page = Page {
        frame: Frame::of(&person, "log"),
        name: chosen.map_or_else(String::new, |one| one.name.clone()),
        charts: readable
            .iter()
            .map(|one| Chart {
                patient: one.patient.clone(),
                name: one.name.clone(),
                here: one.patient == patient,
            })
            .collect(),
        before: lines.last().filter(|_| full).map(|line| line.position),
        entries: entries(&house, &lines, chosen.copied()),
        patient,
    };
    page::html(StatusCode::OK, &page)
}

/// The log is part of the record, and shown to whom the record's audit entries are.
fn may_read_log(house: &House, person: &Person, now: Timestamp) -> bool {
    let Some(access) = session::access(house, &person.standing, now) else {
        return false;
    };
    let facet = Facet::plain(ResourceType::AUDIT_EVENT);
    let facts = ResourceFacts {
        facet: &facet,
        id: "",
        owner: Some(&person.patient),
        hold_until: None,
        pool: None,
    };
    access.decide(Action::Search, &facts).permits()
}

/// The lines, those that say the same as the one above folded into it.
fn entries(house: &House, lines: &[Line], chart: Option<&Person>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in lines {
        let next = entry(house, line, chart);
        match entries.last_mut() {
            Some(last) if last.is_like(&next) => last.times += 1,
            _ => entries.push(next),
        }
    }
    entries
}

impl Entry {
    fn is_like(&self, other: &Self) -> bool {
        let words =
            |entry: &Self| [&entry.at, &entry.who, &entry.through, &entry.what].map(String::clone);
        words(self) == words(other) && self.refused == other.refused
    }
}

fn entry(house: &House, line: &Line, chart: Option<&Person>) -> Entry {
    Entry {
        times: 1,
        at: moment(line.at, &house.pack),
        who: who(line, chart),
        through: line.client_name.clone().unwrap_or_default(),
        what: what(line),
        refused: !line.permitted,
    }
}

/// Staff are named by what they are; their names are given on request.
fn who(line: &Line, chart: Option<&Person>) -> String {
    let own = chart.filter(|one| line.who == format!("Patient/{}", one.patient));
    match (line.who.split('/').next(), own) {
        (_, Some(one)) => one.name.clone(),
        (Some("Practitioner" | "PractitionerRole"), _) => "Staff of the practice".to_owned(),
        (Some("Device" | "") | None, _) => "The system".to_owned(),
        _ if line.display.is_empty() => "Somebody acting for the patient".to_owned(),
        _ => line.display.clone(),
    }
}

fn what(line: &Line) -> String {
    let verb = match line.action {
        audit::Action::Create => "added",
        audit::Action::Read => "looked at",
        audit::Action::Update => "changed",
        audit::Action::Delete => "removed",
        audit::Action::Search => "looked through",
        audit::Action::Export => "took a copy of",
        audit::Action::History => "looked at earlier versions of",
        audit::Action::SignIn => return "signed in".to_owned(),
        audit::Action::SignOut => return "signed out".to_owned(),
        audit::Action::Token | audit::Action::Refresh => return "connected".to_owned(),
        audit::Action::Revoke => return "ended an app’s access".to_owned(),
        audit::Action::Consent => return "allowed an app".to_owned(),
        audit::Action::Narrow => return "changed what an app may see".to_owned(),
        audit::Action::ProxyTier => {
            return "narrowed what parents see, because of a birthday".to_owned();
        }
        audit::Action::ProxyGranted => return "let somebody act for the patient".to_owned(),
        audit::Action::ProxyChanged => {
            return "changed what somebody may do for the patient".to_owned();
        }
        audit::Action::ProxyEnded => {
            return "ended somebody’s access to the record".to_owned();
        }
        audit::Action::Introspect => return "checked a token".to_owned(),
    };
    let name = line
        .entity
        .as_deref()
        .and_then(|entity| entity.split(['/', '?']).next())
        .filter(|name| !name.is_empty());
    match name {
        Some(name) => {
            let title = type_title(name).map_or_else(|| name.to_owned(), str::to_lowercase);
            format!("{verb} {title}")
        }
        None => format!("{verb} the record"),
    }
}
