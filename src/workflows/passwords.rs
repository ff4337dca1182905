//! Which passwords are taken, and how one is kept. Whoever sets a password does it through here.

mod leaked;

use std::collections::HashSet;
use std::path::Path;
use std::sync::LazyLock;

use argon2::{Argon2, PasswordHasher};
use aws_lc_rs::digest::{SHA256, digest};

/// Shortest password taken, in characters (NIST SP 800-63B, 3.1.1.2: at least eight; twelve here).
pub const CHARACTERS_MIN: usize = 12;
/// Longest, in bytes: hashing is to stay cheap for us.
pub const BYTES_MAX: usize = 1_024;
/// What must be left of a password besides the words about its owner, in characters.
const OWN_CHARACTERS_MIN: usize = 8;
/// Different characters there must be.
const DISTINCT_MIN: usize = 5;

/// The commonest passwords and the words they are made from: SHA-256, the first ten digits of each.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("passwords/common.txt").lines().collect());

/// Why a password is not taken, in words for whoever chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "a password has at least {CHARACTERS_MIN} characters; a few words in a row are easy to remember"
    )]
    Short,
    #[error("a password has at most {BYTES_MAX} bytes")]
    Long,
    #[error("that is one of the passwords people use most, or made from one; choose another")]
    Common,
    #[error("that repeats a few characters or runs along the keyboard; choose another")]
    Pattern,
    #[error("that is mostly your own name or username; choose another")]
    About,
    #[error("that password is known to have leaked from some other site; choose another")]
    Leaked,
    #[error("the password cannot be looked up or kept just now; try again")]
    Failed,
}

/// The PHC string of a password that is good enough. `about`: words about its owner (username, name,
/// mail address); `leaked`: a file of hashes of leaked passwords. Takes a while: not for a thread that
/// others wait on.
///
/// # Errors
/// What about the password is not good enough.
pub fn accept(password: &str, about: &[&str], leaked: Option<&Path>) -> Result<String, Refusal> {
    check(password, about)?;
    if let Some(path) = leaked
        && leaked::knows(path, password).map_err(|_| Refusal::Failed)?
    {
        return Err(Refusal::Leaked);
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|_| Refusal::Failed)
}

/// The checks that need nothing but the password and its owner.
fn check(password: &str, about: &[&str]) -> Result<(), Refusal> {
    if password.chars().count() < CHARACTERS_MIN {
        return Err(Refusal::Short);
    }
    if password.len() > BYTES_MAX {
        return Err(Refusal::Long);
    }
    let folded = password.to_lowercase();
    if is_common(&folded) {
        return Err(Refusal::Common);
    }
    if is_pattern(&folded) {
        return Err(Refusal::Pattern);
    }
    let mut rest = folded;
    for word in about.iter().flat_map(|text| words(text)) {
        rest = rest.replace(&word, "");
    }
    if rest.chars().count() < OWN_CHARACTERS_MIN {
        return Err(Refusal::About);
    }
    Ok(())
}

/// The parts of a name or an address that say something.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 2)
        .map(str::to_owned)
        .collect()
}

/// Common as it stands, or once the ornaments are off: digits and signs at the ends, signs for
/// letters, the same word twice.
fn is_common(folded: &str) -> bool {
    let bare = |text: &str| {
        let letters = text.trim_matches(|c: char| !c.is_alphabetic());
        letters.to_owned()
    };
    let spelled = |text: &str| text.chars().map(letter).collect::<String>();
    [
        folded.to_owned(),
        bare(folded),
        bare(&spelled(folded)),
        spelled(&bare(folded)),
    ]
    .iter()
    .any(|text| is_listed(text) || is_listed(half(text)))
}

fn is_listed(text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let hash = digest(&SHA256, text.as_bytes());
    let first: String = hash
        .as_ref()
        .iter()
        .take(5)
        .map(|b| format!("{b:02x}"))
        .collect();
    COMMON.contains(first.as_str())
}

/// The half that a text repeats; nothing when it does not.
fn half(text: &str) -> &str {
    match text.split_at_checked(text.len() / 2) {
        Some((first, second)) if first == second => first,
        _ => "",
    }
}

/// Signs and digits people write for letters.
fn letter(sign: char) -> char {
    match sign {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Few characters, or each the neighbour of the one before it.
fn is_pattern(folded: &str) -> bool {
    const ROWS: &[&str] = &[
        "01234567890",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
    ];
    let characters: Vec<char> = folded.chars().collect();
    let distinct: HashSet<&char> = characters.iter().collect();
    if distinct.len() < DISTINCT_MIN {
        return true;
    }
    let next_to = |pair: &[char]| match pair {
        [a, b] if a == b => true,
        [a, b] => {
            let (there, back) = (format!("{a}{b}"), format!("{b}{a}"));
            ROWS.iter()
                .any(|row| row.contains(&there) || row.contains(&back))
        }
        _ => false,
    };
    let runs = characters.windows(2).filter(|pair| next_to(pair)).count();
    runs * 4 >= (characters.len() - 1) * 3
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ABOUT: &[&str] = &["ana.berg", "Ana Berg", "ana.berg@mail.example"];

    #[test]
    fn passwords_everybody_uses_are_refused_in_every_costume() {
        for (password, why) in [
            ("short-one", Refusal::Short),
            ("Password2026!", Refusal::Common),
            ("P@ssw0rd!!!!", Refusal::Common),
            ("passwordpassword", Refusal::Common),
            ("123iloveyou123", Refusal::Common),
            ("aaaaaaaaaaaab", Refusal::Pattern),
            ("abababababab", Refusal::Pattern),
            ("qwertyuiopasdf", Refusal::Pattern),
            ("mnbvcxzlkjhgf", Refusal::Pattern),
            ("Ana.Berg-2026", Refusal::About),
            ("anabergmail99", Refusal::About),
        ] {
            assert_eq!(check(password, ABOUT), Err(why), "{password}");
        }
        assert_eq!(check(&"long".repeat(300), &[]), Err(Refusal::Long));
    }

    #[test]
    fn ordinary_good_ones_are_taken_and_kept_as_a_hash() {
        for password in [
            "correct horse battery",
            "Riverbend-2026-demo",
            "møøse løøse aboot",
            "sieben Zwerge, drei Äpfel",
            "T8rq-mm2Z-0kqa",
        ] {
            assert_eq!(check(password, ABOUT), Ok(()), "{password}");
        }
        let hash = accept("correct horse battery", ABOUT, None).unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(!hash.contains("horse"));
    }

    #[test]
    fn a_leaked_password_is_refused() {
        let file = leaked::tests::file(&["correct horse battery", "another one here"]);
        let path = Some(file.as_path());
        let refused = accept("correct horse battery", &[], path);
        assert_eq!(refused, Err(Refusal::Leaked));
        assert!(accept("correct horse batteries", &[], path).is_ok());
        let gone = Path::new("/nonexistent/leaked.txt");
        let unsure = accept("correct horse battery", &[], Some(gone));
        assert_eq!(unsure, Err(Refusal::Failed));
    }
}
