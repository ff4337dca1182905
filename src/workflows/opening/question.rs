//! The security question: never enough alone, and kept as a hash like a password.

use access::opening::{ANSWER_CHARACTERS_MIN, QUESTION_CHARACTERS_MAX, folded_answer};
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

/// Questions to choose from; people may write their own.
pub const SUGGESTED: &[&str] = &[
    "What was the name of the street you lived on as a child?",
    "What was the name of your first teacher?",
    "What did you want to become when you were ten?",
    "Where did your parents meet?",
    "What was the first film you saw in a cinema?",
];

/// What is wrong with a question and its answer, in words.
pub fn fault(question: &str, answer: &str) -> Option<&'static str> {
    let plain = folded_answer(answer);
    if question.is_empty() || question.chars().count() > QUESTION_CHARACTERS_MAX {
        Some("Choose a security question.")
    } else if plain.chars().count() < ANSWER_CHARACTERS_MIN {
        Some("The answer to the security question has at least three letters.")
    } else if answer.chars().count() > QUESTION_CHARACTERS_MAX {
        Some("The answer to the security question is too long.")
    } else if folded_answer(question).contains(&plain) {
        Some("The answer stands in the question itself. Choose another.")
    } else {
        None
    }
}

/// The PHC string of an answer. Takes a while. `None` when the system has no randomness.
pub fn hash(answer: &str) -> Option<String> {
    let answer = folded_answer(answer);
    let hash = Argon2::default().hash_password(answer.as_bytes()).ok()?;
    Some(hash.to_string())
}

/// Whether an answer is the one kept. Takes a while.
pub fn is_right(answer: &str, hash: &str) -> bool {
    let answer = folded_answer(answer);
    !answer.is_empty()
        && Argon2::default()
            .verify_password(answer.as_bytes(), hash)
            .is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_answer_is_right_in_other_capitals_and_kept_as_a_hash() {
        let kept = hash("Main Street").unwrap();
        assert!(kept.starts_with("$argon2id$") && !kept.contains("main"));
        assert!(is_right("main street", &kept) && is_right(" Main-Street ", &kept));
        assert!(!is_right("", &kept) && !is_right("Main Road", &kept));
    }

    #[test]
    fn an_answer_that_gives_itself_away_is_not_taken() {
        assert_eq!(fault(SUGGESTED[0], "Mill Lane"), None);
        assert!(fault("", "Mill Lane").is_some());
        assert!(fault("Favourite colour: blue?", "blue").is_some());
        assert!(fault(SUGGESTED[0], "x").is_some());
    }
}
