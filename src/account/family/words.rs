//! What the family pages share: the desk, levels as choices, days, and faults as pages.

use access::offer::{self, Level};
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use storage::standing::Person;
use web::page::{self, Form};
use web::{House, SignedIn};
use workflows::proxies::{Desk, Error, Extent, Relation};

/// The desk in one's own name.
pub(super) fn desk<'h>(house: &'h House, person: &SignedIn) -> Desk<'h> {
    Desk::of_account(
        &house.storage,
        &house.pack,
        &person.account,
        house.clock.now(),
    )
}

/// Whom the one signed in acts for, or did.
pub(super) async fn people(house: &House, person: &SignedIn) -> storage::Result<Vec<Person>> {
    let accounts = house.storage.accounts();
    accounts.people(&person.account, house.clock.now()).await
}

/// What a form says of how much and how long.
pub(super) fn extent(form: &Form) -> Extent {
    Extent {
        level: form.get("level").to_owned(),
        start: String::new(),
        end: form.get("end").to_owned(),
        read_only: form.get("read_only") == "yes",
        without_sensitive: form.get("without_sensitive") == "yes",
    }
}

/// The levels to choose from, the chosen one marked.
pub(super) struct Choices {
    pub levels: Vec<(Level, bool)>,
    pub end: String,
    pub read_only: bool,
    pub without_sensitive: bool,
}

impl Choices {
    pub fn of(house: &House, extent: &Extent) -> Self {
        let levels = offer::levels(&house.pack).into_iter();
        Self {
            levels: levels
                .map(|level| {
                    let chosen = level.name == extent.level;
                    (level, chosen)
                })
                .collect(),
            end: extent.end.get(..10).unwrap_or(&extent.end).to_owned(),
            read_only: extent.read_only,
            without_sensitive: extent.without_sensitive,
        }
    }
}

/// A level in the words of people.
pub(super) fn level_title(house: &House, name: &str) -> String {
    let mut levels = offer::levels(&house.pack).into_iter();
    let found = levels.find(|level| level.name == name);
    found.map_or_else(|| "What age allows".to_owned(), |level| level.title)
}

/// The day a FHIR date or instant falls on, as people say it.
pub(super) fn day(house: &House, text: &str) -> String {
    let at = access::time::start_instant(text, house.pack.zone());
    at.map_or_else(String::new, |at| web::words::day(at, &house.pack))
}

/// The last day of a relationship, as people say it; empty where there is none.
pub(super) fn last_day(house: &House, relation: &Relation) -> String {
    let Some(end) = relation.facts.end else {
        return String::new();
    };
    // The end is the first instant after it.
    let last = Timestamp::from_microsecond(end.as_microsecond() - 1).unwrap_or(end);
    web::words::day(last, &house.pack)
}

/// A fault that a form can show, as a sentence; the page for it otherwise.
#[expect(
    clippy::result_large_err,
    reason = "the page is the answer, and made once"
)]
pub(super) fn told(error: Error) -> Result<String, Response> {
    match error {
        Error::Rule { rule, .. } => {
            let mut letters = rule.chars();
            let first = letters
                .next()
                .map(|it| it.to_uppercase().collect::<String>());
            Ok(format!(
                "{}{}.",
                first.unwrap_or_default(),
                letters.as_str()
            ))
        }
        Error::Refused(text) => Ok(text.to_owned()),
        Error::Overtaken => {
            Ok("Somebody else did this a moment ago. Look at what is there now.".to_owned())
        }
        Error::Absent => Err(absent()),
        Error::Storage(error) => Err(page::unavailable(&error)),
        Error::Invalid(text) => Err(page::unavailable(&storage::Error::Other(text))),
    }
}

/// The one page for what is not there and for what is not the person's.
pub(super) fn absent() -> Response {
    page::sorry(
        StatusCode::NOT_FOUND,
        "There is nothing here",
        "It is over, was answered before, or is not for this account. Open “Family” to see what is there.",
    )
}

/// Back to the family page with a word on what was done.
pub(super) fn done(word: &str) -> Response {
    page::see_other(&format!("/account/family?done={word}"))
}
