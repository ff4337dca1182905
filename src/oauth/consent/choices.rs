//! Whose record there is to choose: everybody a person acts for, or whom a member of staff found.

use access::offer::Outlook;
use jiff::Timestamp;
use storage::standing::Person;
use web::House;
use web::words::{age, day};

use crate::patient_search::{self, Search};

/// A patient to choose, or one who cannot be chosen just now.
pub(super) struct Choice {
    pub patient: String,
    pub name: String,
    pub note: String,
    /// Warns of what is not in it, or of why it cannot be chosen.
    pub limit: String,
    pub open: bool,
    pub checked: bool,
}

/// Whom the search found; one alone is ready to go.
pub(super) fn found(search: &Search<'_>, chosen: &str) -> Vec<Choice> {
    let alone = search.matches.len() == 1;
    let choice = |one: &patient_search::Match| Choice {
        patient: one.patient.clone(),
        name: one.name.clone(),
        note: one.note.clone(),
        limit: String::new(),
        open: true,
        checked: alone || one.patient == chosen,
    };
    search.matches.iter().map(choice).collect()
}

/// Whom the person may choose, the first ready to go; and whom not, with the reason.
pub(super) fn choices(
    house: &House,
    people: &[Person],
    chosen: &str,
    now: Timestamp,
) -> (Vec<Choice>, Vec<Choice>) {
    let mut all: Vec<Choice> = people
        .iter()
        .map(|person| {
            let outlook = Outlook::of(&person.standing, &house.pack, now);
            Choice {
                patient: person.patient.clone(),
                name: person.name.clone(),
                note: note(house, person, now),
                limit: limit(house, &outlook),
                open: outlook.open(),
                checked: person.patient == chosen,
            }
        })
        .collect();
    if !all.iter().any(|choice| choice.open && choice.checked)
        && let Some(first) = all.iter_mut().find(|choice| choice.open)
    {
        first.checked = true;
    }
    all.into_iter().partition(|choice| choice.open)
}

fn note(house: &House, person: &Person, now: Timestamp) -> String {
    let age = age(person.birth_date.as_deref(), &house.pack, now);
    match (person.is_self, &person.relationship_label) {
        (true, _) => "you".to_owned(),
        (false, Some(label)) => format!("{age}; you are their {}", label.to_lowercase()),
        (false, None) => age,
    }
}

fn limit(house: &House, outlook: &Outlook) -> String {
    if let Some(why) = outlook.why_not {
        return why.to_owned();
    }
    if outlook.demographics_only {
        return "Only name, address and contact details. The rest is between your teenager and their care team."
            .to_owned();
    }
    match &outlook.next {
        Some((at, then)) if then.demographics_only || !then.open() => {
            let day = day(*at, &house.pack);
            if then.open() {
                format!("From {day} only name, address and contact details.")
            } else {
                format!("Until {day}, when your own access ends.")
            }
        }
        _ if !outlook.hidden.is_empty() => {
            format!("Without: {}", outlook.hidden.join("; ").to_lowercase())
        }
        _ => String::new(),
    }
}
