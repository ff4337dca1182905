//! Whom somebody acts for, whom not any more and why, and what changes when.

use access::offer::Outlook;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use storage::standing::Person;
use web::page::{self, Frame};
use web::words::{age, day};
use web::{House, SignedIn};

/// One person as the pages show them.
pub(crate) struct Member {
    pub name: String,
    pub initial: String,
    pub note: String,
    pub is_self: bool,
    pub open: bool,
    pub why_not: &'static str,
    pub demographics_only: bool,
    pub sees: Vec<&'static str>,
    pub hidden: Vec<&'static str>,
    /// What changes by itself, in one sentence.
    pub next: String,
}

impl Member {
    pub fn of(house: &House, person: &Person, now: Timestamp) -> Self {
        let outlook = Outlook::of(&person.standing, &house.pack, now);
        let age = age(person.birth_date.as_deref(), &house.pack, now);
        let label = relation(person);
        let parts = [age.as_str(), &label];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Self {
            name: person.name.clone(),
            initial: person.name.chars().next().unwrap_or('?').to_string(),
            note: parts.join(" · "),
            is_self: person.is_self,
            open: outlook.open(),
            why_not: outlook.why_not.unwrap_or_default(),
            demographics_only: outlook.demographics_only,
            next: next(house, &outlook),
            sees: outlook.sees,
            hidden: outlook.hidden,
        }
    }
}

/// What the one signed in is to the patient.
fn relation(person: &Person) -> String {
    match (person.is_self, &person.relationship_label) {
        (true, _) => "you".to_owned(),
        (false, Some(label)) => format!("you are their {}", label.to_lowercase()),
        (false, None) => String::new(),
    }
}

fn next(house: &House, outlook: &Outlook) -> String {
    let Some((at, then)) = &outlook.next else {
        return String::new();
    };
    let day = day(*at, &house.pack);
    match (outlook.open(), then.open(), then.demographics_only) {
        (true, false, _) => format!("From {day} your access ends."),
        (true, true, true) => {
            format!("From {day} you will see only name, address and contact details.")
        }
        (true, true, false) => format!("From {day} what you see changes."),
        (false, true, _) => format!("From {day} your access starts."),
        (false, false, _) => String::new(),
    }
}

#[derive(Template)]
#[template(path = "family.html")]
struct Page {
    frame: Frame,
    open: Vec<Member>,
    closed: Vec<Member>,
    staff: bool,
}

/// `GET /account/family`
pub async fn page(State(house): State<House>, person: SignedIn) -> Response {
    let now = house.clock.now();
    let people = match house.storage.accounts().people(&person.account, now).await {
        Ok(people) => people,
        Err(error) => return page::unavailable(&error),
    };
    let members = people.iter().map(|one| Member::of(&house, one, now));
    let (open, closed) = members.partition(|member| member.open);
    let page = Page {
        frame: Frame::of(&person, "family"),
        open,
        closed,
        staff: person.account.kind == storage::accounts::Kind::Staff,
    };
    page::html(StatusCode::OK, &page)
}
