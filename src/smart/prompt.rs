//! What an app asks of the pages for people: `prompt`, `max_age` and whom it expects (OpenID Connect Core
//! section 3.1.2.1).

use crate::params::Params;
use crate::{Error, ErrorCode};

/// How the person is to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Show no page (`none`).
    pub silent: bool,
    /// Sign in anew (`login`, or `max_age=0`).
    pub sign_in_again: bool,
    /// Say which account is meant (`select_account`).
    pub choose_account: bool,
    /// Seconds a sign-in may be old at most.
    pub max_age: Option<i64>,
    /// The username or address the app expects.
    pub login_hint: Option<String>,
    /// An id_token of whom it expects.
    pub id_token_hint: Option<String>,
}

/// Longest hint kept, in bytes.
const HINT_BYTES_MAX: usize = 320;

impl Prompt {
    /// The names of its parameters; each may be given once.
    pub const NAMES: &'static [&'static str] =
        &["prompt", "max_age", "login_hint", "id_token_hint"];

    /// Reads a request.
    pub fn of(params: &Params) -> Result<Self, Error> {
        let invalid = |text: &str| Error::new(ErrorCode::InvalidRequest, text);
        params.once(Self::NAMES)?;
        let mut prompt = Self {
            max_age: match params.get("max_age").map(str::parse::<i64>) {
                Some(Ok(seconds)) if seconds >= 0 => Some(seconds),
                None => None,
                Some(_) => return Err(invalid("max_age is a number of seconds")),
            },
            login_hint: params
                .get("login_hint")
                .filter(|hint| hint.len() <= HINT_BYTES_MAX)
                .map(str::to_owned),
            id_token_hint: params.get("id_token_hint").map(str::to_owned),
            ..Self::default()
        };
        prompt.sign_in_again = prompt.max_age == Some(0);
        let words: Vec<&str> = params
            .get("prompt")
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        for word in &words {
            match *word {
                "none" if words.len() > 1 => {
                    return Err(invalid(
                        "prompt=none cannot be combined with another prompt",
                    ));
                }
                "none" => prompt.silent = true,
                "login" => prompt.sign_in_again = true,
                "select_account" => prompt.choose_account = true,
                // The question is asked every time anyway; what is not known asks for nothing.
                _ => {}
            }
        }
        Ok(prompt)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(text: &str) -> Result<Prompt, Error> {
        Prompt::of(&Params::parse(text))
    }

    #[test]
    fn each_word_asks_for_its_page() {
        assert_eq!(of("").unwrap(), Prompt::default());
        assert!(of("prompt=none").unwrap().silent);
        let both = of("prompt=login+select_account&max_age=60").unwrap();
        assert!(both.sign_in_again && both.choose_account && !both.silent);
        assert_eq!(both.max_age, Some(60));
        assert!(of("max_age=0").unwrap().sign_in_again);
        assert_eq!(of("prompt=consent").unwrap(), Prompt::default());
        let hinted = of("login_hint=ada").unwrap();
        assert_eq!(hinted.login_hint.as_deref(), Some("ada"));
    }

    #[test]
    fn what_contradicts_itself_or_is_no_number_is_refused() {
        for wrong in [
            "prompt=none+login",
            "max_age=soon",
            "max_age=-1",
            "prompt=login&prompt=none",
            "login_hint=a&login_hint=b",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        let long = format!("login_hint={}", "x".repeat(321));
        assert_eq!(of(&long).unwrap().login_hint, None);
    }
}
