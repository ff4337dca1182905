//! What somebody writes to support: a technical question, a question about health that belongs with their
//! practice, or an emergency, by word lists kept as data.
//!
//! The lists err towards what is safe and can be taken back: who says that it is no emergency is believed,
//! and who was sent to their practice may ask again in other words.

use serde::Deserialize;
use std::sync::LazyLock;

const SHIPPED: &str = include_str!("../../profiles/support/words.json");

/// Words that `..` in a phrase stands for, at most.
const GAP_MAX: usize = 3;
/// Words before a phrase, and after it, in which another one takes it back.
const BEFORE: usize = 2;
const AFTER: usize = 4;

/// What a text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Triage {
    /// Somebody may be in danger: 911 comes first.
    Emergency,
    /// About health alone: for the practice.
    Medical,
    /// For support.
    Technical {
        /// It says something about health too, which support cannot answer.
        touches_health: bool,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    version: String,
    emergency: Vec<String>,
    medical: Vec<String>,
    technical: Vec<String>,
    /// Takes back what comes next: `no chest pain`.
    before: Vec<String>,
    /// Takes back what was said: `two years ago`.
    after: Vec<String>,
    /// Makes a name of what stands right before: `the chest pain handout`.
    next: Vec<String>,
}

/// One word of a phrase.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Word(String),
    /// `suicid*`
    Stem(String),
    /// `..`: a few words, or none.
    Gap,
}

type Phrase = Vec<Part>;

/// The word lists.
#[derive(Debug, Default)]
pub struct Words {
    version: String,
    emergency: Vec<Phrase>,
    medical: Vec<Phrase>,
    technical: Vec<Phrase>,
    before: Vec<Phrase>,
    after: Vec<Phrase>,
    next: Vec<Phrase>,
}

impl Words {
    /// The shipped lists.
    pub fn shipped() -> &'static Self {
        static WORDS: LazyLock<Words> = LazyLock::new(|| Words::read(SHIPPED).unwrap_or_default());
        &WORDS
    }

    /// Reads lists of the form of `profiles/support/words.json`.
    ///
    /// # Errors
    /// Says what is not of the form.
    pub fn read(text: &str) -> Result<Self, String> {
        let form: Form = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let phrases = |list: &[String]| -> Result<Vec<Phrase>, String> {
            list.iter().map(|text| phrase(text)).collect()
        };
        Ok(Self {
            version: form.version,
            emergency: phrases(&form.emergency)?,
            medical: phrases(&form.medical)?,
            technical: phrases(&form.technical)?,
            before: phrases(&form.before)?,
            after: phrases(&form.after)?,
            next: phrases(&form.next)?,
        })
    }

    /// Which edition of the lists this is.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What a text is about.
    pub fn triage(&self, text: &str) -> Triage {
        let words = words(text);
        if self.is_urgent(&words) {
            return Triage::Emergency;
        }
        self.without_alarm(&words)
    }

    /// The same of a text whose writer said that it is no emergency.
    pub fn triage_calm(&self, text: &str) -> Triage {
        self.without_alarm(&words(text))
    }

    fn without_alarm(&self, words: &[String]) -> Triage {
        let says = |phrases: &[Phrase]| phrases.iter().any(|phrase| found(phrase, words));
        let touches_health = says(&self.medical) || self.is_urgent(words);
        match touches_health && !says(&self.technical) {
            true => Triage::Medical,
            false => Triage::Technical { touches_health },
        }
    }

    /// Whether a phrase of danger stands there, and nothing near it that takes it back (`no`, `years ago`).
    fn is_urgent(&self, words: &[String]) -> bool {
        self.emergency.iter().any(|phrase| {
            (0..words.len()).any(|from| {
                let ends = end_of(phrase, words, from);
                ends.is_some_and(|to| !self.is_taken_back(words, from, to))
            })
        })
    }

    fn is_taken_back(&self, words: &[String], from: usize, to: usize) -> bool {
        let before = words.get(from.saturating_sub(BEFORE)..from);
        let after = words.get(to..words.len().min(to + AFTER));
        let says = |phrases: &[Phrase], near: Option<&[String]>| {
            near.is_some_and(|near| phrases.iter().any(|phrase| found(phrase, near)))
        };
        let named = self.next.iter().any(|one| end_of(one, words, to).is_some());
        named || says(&self.before, before) || says(&self.after, after)
    }
}

/// Small letters and digits; apostrophes count for nothing, accents neither.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in text.chars().flat_map(char::to_lowercase) {
        if matches!(letter, '\'' | '\u{2019}' | '\u{2018}' | '`') {
            continue;
        }
        match (letter.is_alphanumeric(), words.last_mut()) {
            (true, Some(last)) => last.push(plain(letter)),
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn plain(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ã' => 'a',
        'é' | 'è' | 'ê' => 'e',
        'í' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    }
}

fn phrase(text: &str) -> Result<Phrase, String> {
    let parts: Phrase = text
        .split(' ')
        .map(|part| match part.strip_suffix('*') {
            _ if part == ".." => Part::Gap,
            Some(stem) => Part::Stem(stem.to_owned()),
            None => Part::Word(part.to_owned()),
        })
        .collect();
    let sound = |part: &Part| match part {
        Part::Word(word) | Part::Stem(word) => words(word) == [word.as_str()],
        Part::Gap => true,
    };
    let ends = [parts.first(), parts.last()];
    match parts.iter().all(sound) && !ends.contains(&Some(&Part::Gap)) {
        true => Ok(parts),
        false => Err(format!(
            "{text}: words in small letters, with * at the end or .. between"
        )),
    }
}

fn found(phrase: &[Part], words: &[String]) -> bool {
    (0..words.len()).any(|from| end_of(phrase, words, from).is_some())
}

/// Where a phrase that begins at `from` ends.
fn end_of(phrase: &[Part], words: &[String], from: usize) -> Option<usize> {
    let Some((part, rest)) = phrase.split_first() else {
        return Some(from);
    };
    match part {
        Part::Gap => (0..=GAP_MAX).find_map(|skipped| end_of(rest, words, from + skipped)),
        Part::Word(word) => {
            let fits = words.get(from)? == word;
            fits.then(|| end_of(rest, words, from + 1)).flatten()
        }
        Part::Stem(stem) => {
            let fits = words.get(from)?.starts_with(stem.as_str());
            fits.then(|| end_of(rest, words, from + 1)).flatten()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Triage {
        Words::shipped().triage(text)
    }
    const PLAIN: Triage = Triage::Technical {
        touches_health: false,
    };
    const MIXED: Triage = Triage::Technical {
        touches_health: true,
    };

    #[test]
    fn the_shipped_lists_read_and_say_which_they_are() {
        assert!(Words::read(SHIPPED).is_ok());
        assert_eq!(Words::shipped().version(), "2026-11");
        assert!(Words::read("{}").is_err());
        let odd = SHIPPED.replace("\"chest pain\"", "\"Chest Pain\"");
        assert!(Words::read(&odd).unwrap_err().contains("Chest Pain"));
    }

    #[test]
    fn danger_comes_first_however_it_is_written() {
        for text in [
            "I have chest pain and can't log in",
            "I have chest pain and the page is blank",
            "MY CHEST HURTS!!",
            "My husband can’t breathe",
            "i cannot breathe",
            "there is a pain in the left side of my chest",
            "I took too many pills",
            "I want to kill myself",
            "my son is not breathing",
            "The baby is choking",
            "She overdosed on her tablets",
            "Tengo dolor de pecho",
            "mi esposo se desmayó",
            "I don't want to live any more",
        ] {
            assert_eq!(of(text), Triage::Emergency, "{text}");
        }
    }

    #[test]
    fn what_only_sounds_like_danger_is_no_alarm() {
        for text in [
            "This password reset is killing me",
            "I am dying to see my results but the page is blank",
            "The app is choking on my upload",
            "My emergency contact cannot be changed, the button does nothing",
            "I cannot open the notes about my heart attack visit",
            "I had a heart attack two years ago and the page of that visit is blank",
            "No chest pain, only a question about my login",
            "The link to the suicide prevention handout gives an error",
            "The code expired before it arrived",
            "I need access to my mother's record as her proxy",
        ] {
            assert!(
                matches!(of(text), Triage::Technical { .. }),
                "{text}: {:?}",
                of(text)
            );
        }
    }

    #[test]
    fn questions_about_health_go_to_the_practice() {
        for text in [
            "Should I take my pills before the blood test?",
            "I have a fever and a rash since Monday",
            "What does my cholesterol result mean?",
            "How much ibuprofen can I take?",
            "I need a refill of my inhaler",
            "Are these results bad?",
            "Is it safe to fly with a cold?",
            "Me duele la cabeza",
        ] {
            assert_eq!(of(text), Triage::Medical, "{text}");
        }
    }

    #[test]
    fn technical_questions_with_words_of_health_are_taken() {
        for text in [
            "I can't see my blood test results",
            "My activation code does not work",
            "My daughter's vaccines do not show on the page",
            "I forgot my username",
            "The video visit link is missing",
            "Olvidé mi contraseña",
            "hello",
            "",
        ] {
            assert_eq!(of(text), PLAIN, "{text}");
        }
        let text = "The page with my rash pictures gives an error when I upload";
        assert_eq!(of(text), MIXED);
    }

    #[test]
    fn whoever_says_it_is_no_emergency_is_believed() {
        let calm = |text| Words::shipped().triage_calm(text);
        assert_eq!(calm("I have chest pain and cannot log in"), MIXED);
        assert_eq!(calm("I have chest pain"), Triage::Medical);
        assert_eq!(calm("I cannot log in"), PLAIN);
    }

    proptest! {
        #[test]
        fn any_text_is_told(text in "\\PC{0,400}") {
            prop_assert_eq!(of(&text), of(&format!("  {text}\n")));
        }
        #[test]
        fn danger_is_seen_wherever_it_stands(
            before in "[a-m]{2,8}( [a-m]{2,8}){0,20}", after in "( [a-m]{1,8}){0,20}",
        ) {
            let text = format!("{before} zz zz i cannot breathe zz zz zz zz{after}");
            prop_assert_eq!(of(&text), Triage::Emergency);
        }
    }
}
