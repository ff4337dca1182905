//! Who a guest says a bill is of, compared with whom it is of.

use crate::opening::calendar_day;
use fhir::Element;
use fhir::search::fold;

/// How a guest is named in the trail.
pub const AGENT: &str = "Device/guest";
/// Longest number, name or date looked at, in characters.
const CHARACTERS_MAX: usize = 100;

/// The number of a statement as it is kept: without spaces, in capitals. `None`: no number could look so.
pub fn statement_number(typed: &str) -> Option<String> {
    let number: String = typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/');
    let fits = !number.is_empty() && number.len() <= CHARACTERS_MAX && number.chars().all(plain);
    fits.then_some(number)
}

/// Whether a patient has that last name and that date of birth. Capitals, accents, spaces and dashes of a name
/// do not matter; a birth date that is known only in part fits nothing.
pub fn is_patient(patient: Element<'_>, last_name: &str, birth_date: &str) -> bool {
    let wanted = letters(last_name);
    let named = patient.all("name.family");
    let mut names = named.iter().filter_map(|name| name.str());
    let known = patient.text_at("birthDate");
    let born = known.as_deref().and_then(calendar_day);
    let named = names.any(|name| !wanted.is_empty() && letters(&name) == wanted);
    let same_day = born.is_some() && calendar_day(birth_date) == born;
    named & same_day
}

fn letters(name: &str) -> String {
    let some: String = name.chars().take(CHARACTERS_MAX).collect();
    fold(&some)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// A name that whoever pays recognises and nobody else can use: `A••• M•••`, always as many dots.
pub fn masked(name: &str) -> String {
    let mask = |word: &str| word.chars().next().map(|first| format!("{first}•••"));
    let words: Vec<String> = name.split_whitespace().filter_map(mask).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;

    fn patient() -> Document {
        let text = r#"{"resourceType":"Patient","birthDate":"1985-04-04",
            "name":[{"family":"Núñez-O'Hara","given":["Ana"]},{"use":"maiden","family":"Lee"}]}"#;
        Document::parse(text).unwrap()
    }

    #[test]
    fn a_name_is_compared_by_its_letters_and_a_day_by_the_calendar() {
        let patient = patient();
        let is = |name, day| is_patient(patient.root(), name, day);
        assert!(is("Núñez-O'Hara", "1985-04-04"));
        assert!(is(" nunez ohara ", "04/04/1985"));
        assert!(is("Lee", "1985-04-04"));
        for (name, day) in [
            ("Nunez", "1985-04-04"),
            ("Lee", "1985-04-05"),
            ("Lee", "1985-04"),
            ("Lee", ""),
            ("", "1985-04-04"),
            ("-", "1985-04-04"),
        ] {
            assert!(!is(name, day), "{name} {day}");
        }
        let partly = Document::parse(patient.text().replace("1985-04-04", "1985-04")).unwrap();
        assert!(!is_patient(partly.root(), "Lee", "1985-04"));
    }

    #[test]
    fn a_number_is_written_in_many_ways() {
        assert_eq!(
            statement_number(" s1234 5678 ").as_deref(),
            Some("S12345678")
        );
        assert_eq!(statement_number("A-1/2.3").as_deref(), Some("A-1/2.3"));
        let long = "1".repeat(101);
        for odd in ["", "  ", "a|b", "a\0b", "é", long.as_str()] {
            assert_eq!(statement_number(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn a_masked_name_tells_no_length() {
        assert_eq!(masked("Ana Morales"), "A••• M•••");
        assert_eq!(masked("Bo Li"), "B••• L•••");
        assert_eq!(masked(""), "");
    }
}
