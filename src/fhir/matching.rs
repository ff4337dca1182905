//! How likely two Patient resources are about one person: weighed evidence, as a master patient
//! index does it.
//!
//! Each field that both sides have speaks for or against, in bits; what one side lacks says nothing.
//! The sum, less what any two people have in common, is a probability.

use crate::{Document, Element, search::fold};

/// Bits against any two records being of one person, before anything is compared.
const PRIOR_BITS: f64 = 7.0;
/// A score below this is no match at all.
const POSSIBLE_MIN: f64 = 0.2;
const PROBABLE_MIN: f64 = 0.8;
/// What is not certain never looks as if it were.
const UNCERTAIN_MAX: f64 = 0.95;
/// Two texts that are alike at least this much are taken for one with a slip in it.
const ALIKE_MIN: f64 = 0.9;

/// `match-grade` of the standard, but for `certainly-not`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    Possible,
    Probable,
    Certain,
}

impl Grade {
    pub fn code(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Probable => "probable",
            Self::Certain => "certain",
        }
    }
}

/// What a patient is compared by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traits {
    /// `system|value`
    pub identifiers: Vec<String>,
    pub families: Vec<String>,
    pub givens: Vec<String>,
    pub birth_date: Option<String>,
    pub gender: Option<String>,
    pub postal_codes: Vec<String>,
    pub streets: Vec<String>,
    /// Digits of telephone numbers, folded e-mail addresses.
    pub telecoms: Vec<String>,
}

impl Traits {
    pub fn of(patient: &Document) -> Self {
        let root = patient.root();
        let texts = |path: &str| folded(root, path);
        let identifiers = root.all("identifier");
        let identifiers = identifiers.iter().filter_map(|identifier| {
            let value = identifier.text_at("value")?;
            let system = identifier.text_at("system")?;
            Some(format!("{system}|{}", value.trim()))
        });
        Self {
            identifiers: identifiers.collect(),
            families: texts("name.family"),
            givens: texts("name.given"),
            birth_date: root.text_at("birthDate").map(|text| text.into_owned()),
            gender: root.text_at("gender").map(|text| text.into_owned()),
            postal_codes: texts("address.postalCode"),
            streets: texts("address.line"),
            telecoms: texts("telecom.value")
                .iter()
                .map(|text| telecom(text))
                .collect(),
        }
    }

    /// Whether there is anything to look for somebody by.
    pub fn is_empty(&self) -> bool {
        self.identifiers.is_empty()
            && self.families.is_empty()
            && self.givens.is_empty()
            && self.birth_date.is_none()
            && self.telecoms.is_empty()
    }

    /// How likely it is the same person, from 0 to 1; `None` where it is not.
    pub fn compare(&self, other: &Self) -> Option<(f64, Grade)> {
        let evidence = [
            identifiers(self, other),
            names(&self.families, &other.families, [6.0, 4.0, -4.0]),
            names(&self.givens, &other.givens, [4.0, 2.0, -3.0]),
            birth_dates(self, other),
            genders(self, other),
            same(&self.postal_codes, &other.postal_codes, [3.0, -0.5]),
            same(&self.streets, &other.streets, [3.0, -0.5]),
            same(&self.telecoms, &other.telecoms, [5.0, -0.5]),
        ];
        let bits: f64 = evidence.iter().sum();
        let score = 1.0 / (1.0 + (PRIOR_BITS - bits).exp2());
        let [
            identifier,
            family,
            given,
            birth,
            gender,
            postal,
            street,
            telecom,
        ] = evidence;
        let contradicted = [identifier, family, birth, gender].iter().any(|e| *e < 0.0);
        let named = family >= 6.0 && given >= 4.0 && birth >= 8.0;
        let placed = postal > 0.0 || street > 0.0 || telecom > 0.0;
        let certain = !contradicted && (identifier > 0.0 || (named && placed));
        if certain {
            Some((score.max(PROBABLE_MIN), Grade::Certain))
        } else if score >= PROBABLE_MIN {
            Some((score.min(UNCERTAIN_MAX), Grade::Probable))
        } else {
            (score >= POSSIBLE_MIN).then_some((score, Grade::Possible))
        }
    }
}

fn folded(root: Element<'_>, path: &str) -> Vec<String> {
    let found = root.all(path);
    let texts = found.iter().filter_map(|element| element.str());
    texts
        .map(|text| fold(&text))
        .filter(|text| !text.is_empty())
        .collect()
}

/// A number without its spelling, an address as it is.
fn telecom(text: &str) -> String {
    if text.contains('@') {
        return text.to_owned();
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        text.to_owned()
    } else {
        digits
    }
}

/// The same number in one system speaks for, two of one system against.
fn identifiers(one: &Traits, other: &Traits) -> f64 {
    if one
        .identifiers
        .iter()
        .any(|id| other.identifiers.contains(id))
    {
        return 12.0;
    }
    let system = |id: &String| id.rsplit_once('|').map(|(system, _)| system.to_owned());
    let shared = one.identifiers.iter().any(|id| {
        let mut others = other.identifiers.iter();
        others.any(|other| system(other) == system(id))
    });
    if shared { -3.0 } else { 0.0 }
}

fn names(ones: &[String], others: &[String], [equal, alike, apart]: [f64; 3]) -> f64 {
    if ones.is_empty() || others.is_empty() {
        return 0.0;
    }
    if ones.iter().any(|one| others.contains(one)) {
        return equal;
    }
    let pairs = ones
        .iter()
        .flat_map(|one| others.iter().map(move |other| (one, other)));
    let near = pairs.into_iter().any(|(one, other)| {
        let initial = one.chars().count() == 1 || other.chars().count() == 1;
        (initial && one.chars().next() == other.chars().next())
            || alikeness(one, other) >= ALIKE_MIN
    });
    if near { alike } else { apart }
}

fn birth_dates(one: &Traits, other: &Traits) -> f64 {
    let (Some(one), Some(other)) = (&one.birth_date, &other.birth_date) else {
        return 0.0;
    };
    if one == other {
        // A year alone says little.
        return if one.len() == 10 { 8.0 } else { 2.0 };
    }
    if one.starts_with(other.as_str()) || other.starts_with(one.as_str()) {
        return 2.0;
    }
    let slips = one
        .chars()
        .zip(other.chars())
        .filter(|(a, b)| a != b)
        .count();
    let swapped = one.len() == 10
        && other.len() == 10
        && one.get(..4) == other.get(..4)
        && one.get(5..7) == other.get(8..10)
        && one.get(8..10) == other.get(5..7);
    if one.len() == other.len() && (slips == 1 || swapped) {
        2.0
    } else {
        -8.0
    }
}

fn genders(one: &Traits, other: &Traits) -> f64 {
    match (one.gender.as_deref(), other.gender.as_deref()) {
        (Some("unknown") | None, _) | (_, Some("unknown") | None) => 0.0,
        (Some(one), Some(other)) if one == other => 1.0,
        _ => -3.0,
    }
}

fn same(ones: &[String], others: &[String], [equal, apart]: [f64; 2]) -> f64 {
    if ones.is_empty() || others.is_empty() {
        0.0
    } else if ones.iter().any(|one| others.contains(one)) {
        equal
    } else {
        apart
    }
}

/// Longest names compared letter by letter.
const LETTERS_MAX: usize = 64;

/// Jaro-Winkler similarity, from 0 to 1.
fn alikeness(one: &str, other: &str) -> f64 {
    let one: Vec<char> = one.chars().take(LETTERS_MAX).collect();
    let other: Vec<char> = other.chars().take(LETTERS_MAX).collect();
    let window = (one.len().max(other.len()) / 2).saturating_sub(1);
    let mut taken = vec![false; other.len()];
    let mut matched = Vec::new();
    for (at, letter) in one.iter().enumerate() {
        let low = at.saturating_sub(window);
        let near = other
            .iter()
            .zip(taken.iter_mut())
            .skip(low)
            .take(at + window + 1 - low);
        for (candidate, taken) in near {
            if candidate == letter && !*taken {
                *taken = true;
                matched.push(*letter);
                break;
            }
        }
    }
    if matched.is_empty() {
        return 0.0;
    }
    let theirs = other
        .iter()
        .zip(&taken)
        .filter(|(_, taken)| **taken)
        .map(|(c, _)| *c);
    let moved = matched
        .iter()
        .zip(theirs)
        .filter(|(a, b)| **a != *b)
        .count();
    let count = matched.len() as f64;
    let jaro = (count / one.len() as f64
        + count / other.len() as f64
        + (count - moved as f64 / 2.0) / count)
        / 3.0;
    let prefix = one
        .iter()
        .zip(&other)
        .take(4)
        .take_while(|(a, b)| a == b)
        .count() as f64;
    jaro + prefix * 0.1 * (1.0 - jaro)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn traits(text: &str) -> Traits {
        Traits::of(&Document::parse(format!("{{\"resourceType\":\"Patient\",{text}}}")).unwrap())
    }
    const ADA: &str = r#""identifier":[{"system":"urn:mrn","value":"1"}],
        "name":[{"family":"Müller","given":["Ada","Maria"]}],"gender":"female",
        "birthDate":"1980-05-06","telecom":[{"value":"+1 (555) 010-1234"}],
        "address":[{"postalCode":"06457","line":["1 High St"]}]"#;

    fn grade(text: &str) -> Option<Grade> {
        traits(text).compare(&traits(ADA)).map(|(_, grade)| grade)
    }

    #[test]
    fn a_shared_number_is_certain_unless_something_speaks_against_it() {
        let number = r#""identifier":[{"system":"urn:mrn","value":"1"}]"#;
        assert_eq!(grade(number), Some(Grade::Certain));
        let other_person = format!(r#"{number},"birthDate":"2001-01-09","gender":"male""#);
        assert_ne!(grade(&other_person), Some(Grade::Certain));
    }

    #[test]
    fn name_and_birthday_are_probable_and_with_a_place_certain() {
        let named = r#""name":[{"family":"MULLER","given":["ada"]}],"birthDate":"1980-05-06""#;
        assert_eq!(grade(named), Some(Grade::Probable));
        let placed = format!(r#"{named},"telecom":[{{"value":"15550101234"}}]"#);
        assert_eq!(grade(&placed), Some(Grade::Certain));
    }

    #[test]
    fn slips_are_forgiven_and_strangers_are_not() {
        let slip = r#""name":[{"family":"Mueller","given":["A"]}],"birthDate":"1980-06-05""#;
        assert!(grade(slip).is_some());
        assert_eq!(
            grade(r#""name":[{"family":"Müller"}]"#),
            Some(Grade::Possible)
        );
        assert_eq!(
            grade(r#""name":[{"family":"Rivera","given":["Ana"]}],"birthDate":"1991-09-09""#),
            None
        );
        assert!(traits(r#""gender":"male""#).is_empty());
    }

    #[test]
    fn scores_lie_between_nothing_and_one() {
        let (score, _) = traits(ADA).compare(&traits(ADA)).unwrap();
        assert!(score > 0.99 && score <= 1.0);
        assert!(alikeness("martha", "marhta") > 0.95);
        assert!(alikeness("ada", "zoe") < 0.5);
        assert_eq!(alikeness("", "x"), 0.0);
    }
}
