//! One-time codes by time (RFC 6238, upon RFC 4226), as authenticator apps show them.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

/// Bytes of a shared secret: as long as the hash (RFC 4226, 4).
pub const SECRET_BYTES: usize = 20;
/// How long a code is shown, in seconds.
pub const PERIOD_SECONDS: i64 = 30;
/// What a code is taken modulo: six digits.
const MODULUS: u32 = 1_000_000;
/// Steps a code may be early or late: clocks differ, and people type slowly (RFC 6238, 5.2).
const STEPS_AROUND: i64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of one step of time (RFC 4226, 5.3).
fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let four = tag.iter().skip(offset).take(4);
    let number = four.fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % MODULUS)
}

/// The step of time a code belongs to, if it is one of the secret's around `seconds` (since 1970, by
/// the clock of everybody). A step is to be used once (RFC 6238, 5.2): the caller keeps the last.
pub fn step_of(secret: &[u8], typed: &str, seconds: i64) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let now = seconds.div_euclid(PERIOD_SECONDS);
    let mut found = None;
    // All are looked at, so that the time taken tells nothing.
    for step in now - STEPS_AROUND..=now + STEPS_AROUND {
        let right = code(secret, step);
        if verify_slices_are_equal(right.as_bytes(), typed.as_bytes()).is_ok() {
            found = Some(step);
        }
    }
    found
}

/// The code shown at an instant: what an authenticator app does.
pub fn code_at(secret: &[u8], seconds: i64) -> String {
    code(secret, seconds.div_euclid(PERIOD_SECONDS))
}

/// The address an authenticator app reads from a QR code (`otpauth:`, the key URI format).
pub fn address(issuer: &str, account: &str, secret: &[u8]) -> String {
    let escaped = |text: &str| -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    let (issuer, account) = (escaped(issuer), escaped(account));
    let secret = base32(secret);
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
}

/// RFC 4648, 6, without padding: for people who type the secret.
pub fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let held = chunk
            .iter()
            .fold(0_u64, |held, byte| held << 8 | u64::from(*byte));
        let held = held << (8 * (5 - chunk.len()));
        for at in 0..(chunk.len() * 8).div_ceil(5) {
            let index = (held >> (35 - 5 * at)) & 31;
            let letter = ALPHABET.get(usize::try_from(index).unwrap_or(0));
            out.push(char::from(letter.copied().unwrap_or(b'A')));
        }
    }
    out
}

/// The bytes of a base32 text; `None` when it is none.
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let (mut held, mut bits, mut out) = (0_u32, 0, Vec::new());
    for letter in text.bytes().filter(|byte| *byte != b' ') {
        let value = ALPHABET
            .iter()
            .position(|one| *one == letter.to_ascii_uppercase())?;
        held = held << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xff).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The secret of the test vectors of RFC 4226, appendix D, and RFC 6238, appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_codes_are_those_of_the_standards() {
        let counted = ["755224", "287082", "359152", "969429", "338314"];
        for (step, right) in counted.iter().enumerate() {
            assert_eq!(code(SECRET, i64::try_from(step).unwrap()), *right);
        }
        for (seconds, right) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(SECRET, seconds), right);
            assert_eq!(step_of(SECRET, right, seconds), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_good_a_step_before_and_after_and_no_longer() {
        let shown = code_at(SECRET, 3_000);
        for (seconds, good) in [(2_969, false), (2_970, true), (3_059, true), (3_060, false)] {
            assert_eq!(
                step_of(SECRET, &shown, seconds).is_some(),
                good,
                "{seconds}"
            );
        }
        let spaced = format!(" {} {} ", &shown[..3], &shown[3..]);
        assert_eq!(step_of(SECRET, &spaced, 3_000), Some(100));
        for wrong in ["", "0", "1234567", "abcdef"] {
            assert_eq!(step_of(SECRET, wrong, 3_000), None, "{wrong}");
        }
    }

    #[test]
    fn base32_is_that_of_the_standard_and_reads_back() {
        for (plain, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), text);
            assert_eq!(bytes_of(text).unwrap(), plain.as_bytes());
        }
        assert_eq!(bytes_of("mzxw 6ytb").unwrap(), b"fooba");
        assert_eq!(bytes_of("1"), None);
    }

    #[test]
    fn an_address_names_who_and_where() {
        assert_eq!(
            address("Kinchart", "ana berg", b"foobar"),
            "otpauth://totp/Kinchart:ana%20berg?secret=MZXW6YTBOI&issuer=Kinchart"
        );
    }
}
