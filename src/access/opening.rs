//! Opening an account: codes, what a person must know of themself, and who is old enough.

use crate::pack::Factor;
use crate::time::{BirthDate, attained_at};
use crate::{Pack, PatientFacts};
use fhir::Element;
use jiff::Timestamp;
use jiff::civil::Date;

/// Letters of a code: 32, none of which is easily mistaken for another on paper.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Random bytes of a code: five bits of each are used, eighty in all.
pub const CODE_BYTES: usize = 16;
/// Letters of a group.
const GROUP: usize = 4;
/// Tries of codes for one patient within a day, whoever makes them.
pub const TRIES_OF_PATIENT_MAX: i64 = 20;
pub const TRIES_OF_PATIENT_SECONDS: i64 = 24 * 3_600;
/// Shortest and longest username, in characters.
pub const USERNAME_CHARACTERS: std::ops::RangeInclusive<usize> = 4..=64;
/// Longest security question and answer, in characters; and the shortest answer.
pub const QUESTION_CHARACTERS_MAX: usize = 200;
pub const ANSWER_CHARACTERS_MIN: usize = 3;

/// A code as it is printed: `K7QX-2M9P-…`.
pub fn code_of(random: [u8; CODE_BYTES]) -> String {
    let letters = random.iter().map(|byte| {
        let letter = LETTERS.get(usize::from(byte % 32));
        char::from(letter.copied().unwrap_or(b'2'))
    });
    let mut code = String::with_capacity(CODE_BYTES + CODE_BYTES / GROUP);
    for (index, letter) in letters.enumerate() {
        if index > 0 && index % GROUP == 0 {
            code.push('-');
        }
        code.push(letter);
    }
    code
}

/// What a typed code is known by: whatever its case, spaces and dashes, and with a one or an I typed for
/// an L. `None` for what cannot be a code.
pub fn hash_of_code(typed: &str) -> Option<String> {
    let mut plain = String::with_capacity(CODE_BYTES);
    for letter in typed.chars().filter(|c| c.is_alphanumeric()) {
        plain.push(match letter.to_ascii_uppercase() {
            '1' | 'I' => 'L',
            other => other,
        });
        if plain.len() > CODE_BYTES {
            return None;
        }
    }
    (plain.len() == CODE_BYTES).then(|| smart::jwk::hash_of_secret(&plain))
}

/// What somebody says of themself besides the code.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stated<'a> {
    /// `2001-12-31`, or as it is written in the country: `12/31/2001`.
    pub birth_date: &'a str,
    pub postal_code: &'a str,
}

impl Stated<'_> {
    /// Whether everything the pack asks for is what the record says. A birth date that is known in part
    /// only is nobody's: such a person is told apart at the desk. Takes as long whichever part is wrong.
    pub fn fits(&self, patient: Element<'_>, pack: &Pack) -> bool {
        let mut fits = !pack.activation.factors.is_empty();
        for factor in &pack.activation.factors {
            fits &= match factor {
                Factor::BirthDate => {
                    let recorded = patient.text_at("birthDate").unwrap_or_default();
                    let stated = calendar_day(self.birth_date);
                    let stated = stated.map_or_else(String::new, |day| day.to_string());
                    is_same(&stated, &recorded)
                }
                Factor::PostalCode => {
                    let stated = zone(self.postal_code);
                    let recorded = patient.all("address.postalCode");
                    let mut found = false;
                    for code in recorded.iter().filter_map(|code| code.str()) {
                        found |= is_same(&stated, &zone(&code));
                    }
                    found
                }
            };
        }
        fits
    }
}

/// The day somebody typed: year first, or month first with slashes.
pub fn calendar_day(typed: &str) -> Option<Date> {
    let typed = typed.trim();
    let day = match typed.split('/').collect::<Vec<_>>().as_slice() {
        [month, day, year] if year.len() == 4 => {
            format!("{year}-{month:0>2}-{day:0>2}")
        }
        _ => typed.to_owned(),
    };
    let day = BirthDate::parse(&day)?;
    (day.earliest == day.latest && typed.len() > 7).then_some(day.earliest)
}

/// The part of a postal code people know by heart: five characters.
fn zone(text: &str) -> String {
    let plain = text.chars().filter(|c| c.is_alphanumeric());
    plain.take(5).flat_map(char::to_uppercase).collect()
}

/// Whether two texts are the same and say something, in a time that does not tell where they differ.
fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut differs = one.len() ^ other.len();
    for (a, b) in one.iter().zip(other) {
        differs |= usize::from(a ^ b);
    }
    differs == 0 && !one.is_empty()
}

/// Whether somebody may have an account of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Open,
    /// Too young, perhaps only until this instant.
    TooYoung(Option<Timestamp>),
    Deceased,
}

impl Gate {
    /// By the latest day a birth date known in part allows; an emancipation that was verified counts as
    /// age.
    pub fn of(patient: &PatientFacts, pack: &Pack, now: Timestamp) -> Self {
        if patient.deceased {
            return Self::Deceased;
        }
        if patient.emancipated {
            return Self::Open;
        }
        let birth = patient.birth_date.as_deref().and_then(BirthDate::parse);
        let years = pack.self_min_age();
        let from =
            birth.and_then(|birth| attained_at(birth.latest, years, pack.leap_day, pack.zone()));
        match from {
            Some(at) if now >= at => Self::Open,
            from => Self::TooYoung(from),
        }
    }
}

/// Whether somebody is still a minor for their contacts: an address they share with a parent is no
/// address of theirs. Who is emancipated is none; who has no birth date is one.
pub fn is_minor(patient: &PatientFacts, pack: &Pack, now: Timestamp) -> bool {
    if patient.emancipated {
        return false;
    }
    let birth = patient.birth_date.as_deref().and_then(BirthDate::parse);
    let years = pack.parent_auto_remove_age;
    let at = birth.and_then(|birth| attained_at(birth.latest, years, pack.leap_day, pack.zone()));
    at.is_none_or(|at| now < at)
}

/// What two mail addresses have in common when they lead to one mailbox: case and what follows a plus do
/// not matter.
pub fn mailbox(address: &str) -> String {
    let folded = address.trim().to_lowercase();
    let Some((name, host)) = folded.rsplit_once('@') else {
        return folded;
    };
    let name = name.split('+').next().unwrap_or(name);
    format!("{name}@{host}")
}

/// Why a username is not taken, in words; `None` when it may be.
pub fn username_fault(username: &str) -> Option<&'static str> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    if !USERNAME_CHARACTERS.contains(&username.chars().count()) {
        Some("A username has 4 to 64 characters.")
    } else if !username.chars().all(allowed) {
        Some("A username is made of letters, digits, dots, dashes and underscores.")
    } else if !username.contains(char::is_alphabetic) {
        Some("A username has at least one letter.")
    } else {
        None
    }
}

/// An answer as it is compared: people remember words, not capitals or commas.
pub fn folded_answer(answer: &str) -> String {
    let words = fhir::search::fold(answer);
    words.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;

    fn pack() -> Pack {
        Pack::shipped("middlesex").unwrap()
    }
    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }
    fn born(birth_date: &str) -> PatientFacts {
        PatientFacts {
            id: "p".to_owned(),
            birth_date: Some(birth_date.to_owned()),
            ..PatientFacts::default()
        }
    }

    #[test]
    fn a_code_has_eighty_bits_and_is_known_however_it_is_typed() {
        let code = code_of([0, 1, 2, 3, 40, 5, 6, 7, 8, 9, 10, 11, 12, 13, 250, 19]);
        assert_eq!(code.len(), 19);
        assert_eq!(code.split('-').count(), 4);
        let hash = hash_of_code(&code).unwrap();
        let spoken = format!(" {} ", code.to_lowercase().replace('-', " "));
        assert_eq!(hash_of_code(&spoken), Some(hash.clone()));
        assert_eq!(hash_of_code(&code.replace('L', "1")), Some(hash.clone()));
        assert_ne!(hash_of_code(&code.replace('2', "3")), Some(hash));
        for wrong in ["", "ABCD", "ABCD-EFGH-JKLM-NPQR-S", "🦀"] {
            assert_eq!(hash_of_code(wrong), None, "{wrong}");
        }
        let letters: std::collections::BTreeSet<_> = LETTERS.iter().collect();
        assert_eq!(letters.len(), 32);
    }

    #[test]
    fn only_who_knows_everything_the_pack_asks_for_is_the_patient() {
        let patient = Document::parse(
            r#"{"resourceType":"Patient","birthDate":"1984-02-03",
                "address":[{"postalCode":"06457-1234"},{"postalCode":"02139"}]}"#,
        );
        let patient = patient.unwrap();
        let fits = |birth_date, postal_code| {
            let stated = Stated {
                birth_date,
                postal_code,
            };
            stated.fits(patient.root(), &pack())
        };
        assert!(fits("1984-02-03", "06457"));
        assert!(fits("2/3/1984", "06457-9999") && fits("02/03/1984", " 02139 "));
        assert!(!fits("1984-02-04", "06457") && !fits("1984-02-03", "06458"));
        assert!(!fits("1984-02", "06457") && !fits("1984", "06457") && !fits("", ""));
        assert!(!fits("1984-02-03", ""));
        let partial =
            r#"{"resourceType":"Patient","birthDate":"1984","address":[{"postalCode":"06457"}]}"#;
        let partial = Document::parse(partial).unwrap();
        let stated = Stated {
            birth_date: "1984",
            postal_code: "06457",
        };
        assert!(!stated.fits(partial.root(), &pack()));
        let none = Document::parse(r#"{"resourceType":"Patient"}"#).unwrap();
        assert!(!Stated::default().fits(none.root(), &pack()));
    }

    #[test]
    fn the_gate_opens_at_the_first_instant_of_the_birthday_or_by_a_verified_order() {
        let pack = pack();
        let birthday = at("2026-07-05T04:00:00Z");
        let young = born("2008-07-05");
        let before = at("2026-07-05T03:59:59Z");
        assert_eq!(
            Gate::of(&young, &pack, before),
            Gate::TooYoung(Some(birthday))
        );
        assert_eq!(Gate::of(&young, &pack, birthday), Gate::Open);
        let freed = PatientFacts {
            emancipated: true,
            ..young
        };
        assert_eq!(Gate::of(&freed, &pack, before), Gate::Open);
        let dead = PatientFacts {
            deceased: true,
            ..born("1950-01-01")
        };
        assert_eq!(Gate::of(&dead, &pack, before), Gate::Deceased);
        // A birth date known in part counts by its last day, an unknown one never.
        assert_eq!(
            Gate::of(&born("2008"), &pack, at("2026-12-31T04:59:59Z")),
            Gate::TooYoung(Some(at("2026-12-31T05:00:00Z")))
        );
        let unknown = PatientFacts::default();
        assert_eq!(Gate::of(&unknown, &pack, before), Gate::TooYoung(None));
    }

    #[test]
    fn teenagers_have_accounts_where_the_pack_says_so_and_stay_minors() {
        let exemplar = Pack::shipped("ct-exemplar").unwrap();
        let now = at("2026-06-15T16:00:00Z");
        let teen = born("2011-01-20");
        assert_eq!(Gate::of(&teen, &exemplar, now), Gate::Open);
        assert!(matches!(
            Gate::of(&teen, &pack(), now),
            Gate::TooYoung(Some(_))
        ));
        assert!(is_minor(&teen, &exemplar, now) && !is_minor(&born("1990-01-01"), &exemplar, now));
        assert!(is_minor(&PatientFacts::default(), &exemplar, now));
    }

    #[test]
    fn one_mailbox_is_one_mailbox_however_it_is_written() {
        assert_eq!(mailbox(" Ana+Teo@Mail.Example"), "ana@mail.example");
        assert_ne!(mailbox("ana@mail.example"), mailbox("ann@mail.example"));
        assert_eq!(
            folded_answer("  Mme. Łukasz-Bär "),
            folded_answer("mme łukasz bar")
        );
    }

    #[test]
    fn usernames_can_be_told_apart_and_typed() {
        for good in ["ana.rivera", "María-7", "ana@mail.example"] {
            assert_eq!(username_fault(good), None, "{good}");
        }
        for bad in ["ana", "a b c d", "1234", "<script>", &"x".repeat(65)] {
            assert!(username_fault(bad).is_some(), "{bad}");
        }
    }
}
