//! Whose chart a member of staff opens an app in, found by name, birth date or record number.

use askama::Template;
use config::limits;
use fhir::search::{self, Handling, Settings};
use fhir::{Document, ResourceType};
use jiff::civil::Date;
use storage::Found;
use web::words::{age, years};
use web::{House, SignedIn};

use crate::encounter::chart;
use crate::error::Failure;

/// Words looked at, of what somebody typed.
const WORDS_MAX: usize = 8;

/// A patient to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match {
    pub patient: String,
    pub name: String,
    /// Age, birth date and record number: what tells two people of one name apart.
    pub note: String,
}

/// What was looked for, and who fits.
#[derive(Debug, Clone, Template)]
#[template(path = "patient_search.html")]
pub(crate) struct Search<'a> {
    pub request: &'a str,
    pub find: &'a str,
    pub matches: Vec<Match>,
    /// More fit than are shown.
    pub more: bool,
}

/// Who fits what a member of staff typed, as far as they may see them.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn look<'a>(
    house: &House,
    person: &SignedIn,
    request: &'a str,
    find: &'a str,
) -> Result<Search<'a>, Failure> {
    let mut found = Search {
        request,
        find: find.trim(),
        matches: Vec::new(),
        more: false,
    };
    let criteria = criteria(find);
    let Some(access) = chart(house, person, "").await? else {
        return Ok(found);
    };
    if criteria.is_empty() {
        return Ok(found);
    }
    let most = limits::PATIENTS_OFFERED_MAX;
    let mut pairs = criteria;
    for (name, value) in [("_sort", "family"), ("_total", "none")] {
        pairs.push((name.to_owned(), value.to_owned()));
    }
    pairs.push(("_count".to_owned(), (most + 1).to_string()));
    let settings = Settings {
        base: &house.fhir_base,
        handling: Handling::Strict,
        count_default: most + 1,
        count_max: most + 1,
        clauses_max: limits::SEARCH_CLAUSES_MAX,
        posted: None,
        include_rounds_max: 0,
        included_max: 0,
    };
    let query = search::parse(ResourceType::PATIENT, &pairs, &settings)
        .map_err(|issues| Failure::House(format!("the search for patients: {issues:?}")))?;
    let page = house.storage.records(&access).search(&query).await?;
    found.more = page.matches.len() > most;
    let seen = page.matches.iter().take(most);
    found.matches = seen.filter_map(|seen| shown(house, seen.body())).collect();
    Ok(found)
}

/// Whether a member of staff may see this patient at all.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn is_there(
    house: &House,
    person: &SignedIn,
    patient: &str,
) -> Result<bool, Failure> {
    if !fhir::reference::is_id(patient) {
        return Ok(false);
    }
    let Some(access) = chart(house, person, patient).await? else {
        return Ok(false);
    };
    let records = house.storage.records(&access);
    let found = records.read(ResourceType::PATIENT, patient).await?;
    Ok(matches!(found, Found::Seen(_)))
}

/// Each word as a criterion: a date is the birth date, what holds a digit a record number, all else a name.
fn criteria(find: &str) -> Vec<(String, String)> {
    let word = |word: &str| {
        let name = match date(word) {
            Some(date) => return ("birthdate".to_owned(), date.to_string()),
            None if word.contains(|c: char| c.is_ascii_digit()) => "identifier",
            None => "name",
        };
        let escaped = word.replace('\\', "\\\\").replace('|', "\\|");
        let value = escaped.replace(',', "\\,").replace('$', "\\$");
        (name.to_owned(), value)
    };
    let words = find
        .split([' ', ',', ';', '\t'])
        .filter(|it| !it.is_empty());
    words.take(WORDS_MAX).map(word).collect()
}

/// `2015-03-09`, or `3/9/2015` as forms here have it.
fn date(word: &str) -> Option<Date> {
    let date = word.parse().ok();
    date.or_else(|| Date::strptime("%m/%d/%Y", word).ok())
}

fn shown(house: &House, body: &[u8]) -> Option<Match> {
    let document = Document::parse(std::str::from_utf8(body).ok()?).ok()?;
    let patient = document.root();
    let birth_date = patient.text_at("birthDate");
    let birth_date = birth_date.as_deref();
    let now = house.clock.now();
    let mut notes = Vec::new();
    if years(birth_date, &house.pack, now).is_some() {
        notes.push(age(birth_date, &house.pack, now));
    }
    notes.extend(birth_date.map(|date| format!("born {date}")));
    let number = patient.text_at("identifier.value");
    notes.extend(number.map(|number| format!("record number {number}")));
    Some(Match {
        patient: patient.text_at("id")?.into_owned(),
        name: storage::standing::name_of(patient).unwrap_or_else(|| "Without a name".to_owned()),
        note: notes.join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(find: &str) -> String {
        let pairs = criteria(find);
        let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("&")
    }

    #[test]
    fn each_word_is_taken_for_what_it_looks_like() {
        assert_eq!(read("  Lee, Ana "), "name=Lee&name=Ana");
        assert_eq!(read("lee 3/9/2015"), "name=lee&birthdate=2015-03-09");
        assert_eq!(read("2015-03-09"), "birthdate=2015-03-09");
        assert_eq!(
            read("MRN-1007 2/30/2015"),
            "identifier=MRN-1007&identifier=2/30/2015"
        );
        assert_eq!(read(" , "), "");
    }

    #[test]
    fn no_word_becomes_a_system_or_an_alternative() {
        assert_eq!(read("http://x|1"), "identifier=http://x\\|1");
        assert_eq!(read("a$b\\"), "name=a\\$b\\\\");
    }
}
