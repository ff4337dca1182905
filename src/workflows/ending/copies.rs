//! A copy of the record, asked for by whoever has an account and by whoever has none (any more): the right to it does
//! not end with the account.

use access::opening::calendar_day;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::noted;
use super::tasks::{Work, input};
use crate::proxies::{Desk, Error, create, text};

/// The Task's code: `system|code`.
pub const TASK: &str = "https://kinchart.org/fhir/CodeSystem/task-code|record-request";

/// Characters of one field of a request.
pub const FIELD_MAX: usize = 200;

/// How a copy is given: code and words.
pub const WAYS: [(&str, &str); 4] = [
    ("download", "Download from a page of ours"),
    ("paper-mail", "On paper, by mail"),
    ("pick-up", "Picked up at the practice"),
    ("other-provider", "Sent to another practice"),
];

/// What is asked for, and by whom. Who is signed in for a patient need not say who that is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Petition {
    pub given: String,
    pub family: String,
    pub birth_date: String,
    pub postal_code: String,
    /// Telephone or mail address to be reached at.
    pub contact: String,
    /// Code of [`WAYS`].
    pub way: String,
    /// Which part, or which years; the whole record where nothing is said.
    pub what: String,
}

/// A request that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The Task's id.
    pub task: String,
    /// By when the copy is given.
    pub due: Timestamp,
}

fn check(petition: &Petition, known: bool) -> Result<(), Error> {
    let fields = [
        ("given_name", &petition.given),
        ("family_name", &petition.family),
        ("postal_code", &petition.postal_code),
    ];
    for (element, value) in fields {
        if !known && value.trim().is_empty() {
            return Err(Error::rule(element, "fill in this field"));
        }
    }
    let texts = fields.iter().map(|(element, value)| (*element, *value));
    let texts = texts.chain([("contact", &petition.contact), ("what", &petition.what)]);
    for (element, value) in texts {
        if value.chars().count() > FIELD_MAX {
            return Err(Error::rule(
                element,
                format!("at most {FIELD_MAX} characters"),
            ));
        }
    }
    if !known && calendar_day(&petition.birth_date).is_none() {
        return Err(Error::rule(
            "birth_date",
            "write the date of birth as month, day and year: 12/31/1990",
        ));
    }
    if petition.contact.trim().chars().count() < 5 {
        return Err(Error::rule(
            "contact",
            "a telephone number or an e-mail address we can reach you at",
        ));
    }
    match WAYS.iter().any(|(code, _)| *code == petition.way) {
        true => Ok(()),
        false => Err(Error::rule("way", "choose how you want to have the copy")),
    }
}

/// Takes a request: a Task for medical records, due as the law says (45 CFR 164.524). `patient`: whose record, where
/// whoever asks opens it here; otherwise staff see who it is.
///
/// # Errors
/// `Rule` for what is missing or too long.
pub async fn ask(
    desk: &Desk<'_>,
    patient: Option<&str>,
    petition: &Petition,
) -> Result<Taken, Error> {
    check(petition, patient.is_some())?;
    let due = due(desk);
    let said = |code: &str, display: &str, value: &str| {
        let value = noted(value);
        (!value.is_empty()).then(|| input(code, display, ("valueString", json!(value))))
    };
    let mut inputs: Vec<Value> = Vec::new();
    if patient.is_none() {
        inputs.extend(said("given-name", "First name", &petition.given));
        inputs.extend(said("family-name", "Last name", &petition.family));
        if let Some(day) = calendar_day(&petition.birth_date) {
            let value = ("valueDate", json!(day.to_string()));
            inputs.push(input("birth-date", "Date of birth", value));
        }
        inputs.extend(said("postal-code", "ZIP code", &petition.postal_code));
    }
    inputs.extend(said("contact", "To be reached at", &petition.contact));
    let way = ("valueCode", json!(petition.way));
    inputs.push(input("way", "How the copy is given", way));
    inputs.extend(said("comment", "What is wanted", &petition.what));
    let work = Work {
        code: ("record-request", "Request for a copy of the record"),
        patient,
        description: match patient {
            Some(_) => "A copy of the record is asked for.",
            None => {
                "A copy of a record is asked for by somebody not signed in: see who it is first."
            }
        },
        role: ("him", "Medical records"),
        due,
        inputs,
    };
    let task = work.task(desk);
    let id = text(&task, "/id").to_owned();
    desk.book()
        .write(vec![create(&task)?])
        .await?
        .ok_or(Error::Overtaken)?;
    Ok(Taken { task: id, due })
}

/// By when a copy would be given, once it is seen that nothing lacks.
///
/// # Errors
/// As [`ask`].
pub fn check_and_date(
    desk: &Desk<'_>,
    patient: Option<&str>,
    petition: &Petition,
) -> Result<Timestamp, Error> {
    check(petition, patient.is_some())?;
    Ok(due(desk))
}

/// The end of the last day.
fn due(desk: &Desk<'_>) -> Timestamp {
    let zone = desk.pack.zone();
    let days = i64::from(desk.pack.sla.access_days) + 1;
    let day = zone
        .to_datetime(desk.now)
        .date()
        .saturating_add(days.days());
    access::time::start_of_day(day, zone)
        .and_then(|midnight| midnight.checked_sub(1.seconds()).ok())
        .unwrap_or(desk.now)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn petition() -> Petition {
        Petition {
            given: "Ivy".to_owned(),
            family: "Green".to_owned(),
            birth_date: "1990-05-17".to_owned(),
            postal_code: "06457".to_owned(),
            contact: "860-555-0199".to_owned(),
            way: "pick-up".to_owned(),
            what: String::new(),
        }
    }

    #[test]
    fn a_request_names_what_it_lacks() {
        assert!(check(&petition(), false).is_ok());
        let lacking = |change: fn(&mut Petition), known: bool| {
            let mut one = petition();
            change(&mut one);
            match check(&one, known) {
                Err(Error::Rule { element, .. }) => element,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(lacking(|it| it.family.clear(), false), "family_name");
        assert_eq!(
            lacking(|it| it.birth_date = "soon".into(), false),
            "birth_date"
        );
        assert_eq!(lacking(|it| it.contact.clear(), true), "contact");
        assert_eq!(lacking(|it| it.way = "fax".into(), true), "way");
        assert_eq!(lacking(|it| it.what = "x".repeat(201), true), "what");
        let mut known = petition();
        known.family.clear();
        known.birth_date.clear();
        assert!(check(&known, true).is_ok());
    }
}
