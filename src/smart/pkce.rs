//! Proof Key for Code Exchange (RFC 7636), S256 only.

use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A `code_challenge` of method S256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// 43 base64url characters of a SHA-256, or `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let decoded = URL_SAFE_NO_PAD.decode(text).ok()?;
        (decoded.len() == digest::SHA256_OUTPUT_LEN).then(|| Self(text.to_owned()))
    }
    /// The challenge a verifier belongs to; `None` unless it is 43 to 128 unreserved characters.
    pub fn of_verifier(verifier: &str) -> Option<Self> {
        let unreserved =
            |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
        if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
            return None;
        }
        let sum = digest::digest(&digest::SHA256, verifier.as_bytes());
        Some(Self(URL_SAFE_NO_PAD.encode(sum)))
    }
    /// Whether this verifier is the one the challenge was made from.
    pub fn accepts(&self, verifier: &str) -> bool {
        Self::of_verifier(verifier).is_some_and(|made| {
            constant_time::verify_slices_are_equal(made.0.as_bytes(), self.0.as_bytes()).is_ok()
        })
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The example of RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_holds() {
        assert_eq!(
            Challenge::of_verifier(VERIFIER).unwrap().as_str(),
            CHALLENGE
        );
        assert!(Challenge::parse(CHALLENGE).unwrap().accepts(VERIFIER));
    }

    #[test]
    fn a_challenge_is_not_its_own_verifier() {
        let challenge = Challenge::parse(CHALLENGE).unwrap();
        assert!(!challenge.accepts(CHALLENGE));
        assert!(!challenge.accepts(""));
        assert!(!challenge.accepts("0"));
        assert!(!challenge.accepts(&"a".repeat(129)));
    }

    #[test]
    fn two_uuids_joined_are_a_verifier_and_bad_shapes_are_not() {
        let two = "6f5c1e3e-7f8b-4b0c-9a0f-0d1e2f3a4b5c-6f5c1e3e-7f8b-4b0c-9a0f-0d1e2f3a4b5c";
        assert!(Challenge::of_verifier(two).is_some());
        assert!(Challenge::of_verifier(&" ".repeat(50)).is_none());
        assert!(Challenge::parse("short").is_none());
        assert!(Challenge::parse(&"!".repeat(43)).is_none());
    }
}
