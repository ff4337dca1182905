//! The formats of the R4 primitive datatypes (R4 2.24.0.1).

use crate::definitions::Primitive;
use crate::{datetime, reference};

/// The longest string, in characters (R4 2.24.0.1: 1 MB).
pub const STRING_MAX: usize = 1024 * 1024;

/// Why a text is not a value of that primitive, or `None` where it is one.
pub(super) fn fault(of: Primitive, text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("a value may not be empty");
    }
    let (good, why) = match of {
        Primitive::Boolean => (true, ""),
        Primitive::String | Primitive::Markdown => return string(text),
        Primitive::Xhtml => (true, ""),
        Primitive::Code => (
            is_code(text),
            "a code has no spaces at its ends and single spaces within",
        ),
        Primitive::Id => (
            reference::is_id(text),
            "an id is 1 to 64 letters, digits, '-' and '.'",
        ),
        Primitive::Uri | Primitive::Url | Primitive::Canonical => {
            (is_uri(text), "a URI holds no whitespace")
        }
        Primitive::Oid => (is_oid(text), "an oid is written urn:oid:1.2.3"),
        Primitive::Uuid => (
            is_uuid(text),
            "a uuid is written urn:uuid: and 36 lower-case characters",
        ),
        Primitive::Date => (
            datetime::is_date(text),
            "not a date (YYYY, YYYY-MM or YYYY-MM-DD)",
        ),
        Primitive::DateTime => (
            datetime::is_date_time(text),
            "not a dateTime (a date, or YYYY-MM-DDThh:mm:ss with a time zone)",
        ),
        Primitive::Instant => (
            datetime::is_instant(text),
            "not an instant (YYYY-MM-DDThh:mm:ss with a time zone)",
        ),
        Primitive::Time => (datetime::is_time(text), "not a time (hh:mm:ss)"),
        Primitive::Base64Binary => (is_base64(text), "not base64"),
        Primitive::Decimal => (true, ""),
        Primitive::Integer => (integer(text).is_some(), "not a whole number of 32 bits"),
        Primitive::PositiveInt => (
            integer(text).is_some_and(|n| n > 0),
            "not a whole number above 0",
        ),
        Primitive::UnsignedInt => (
            integer(text).is_some_and(|n| n >= 0),
            "not a whole number from 0",
        ),
    };
    (!good).then_some(why)
}

fn string(text: &str) -> Option<&'static str> {
    let odd = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
    if text.bytes().any(odd) {
        return Some("a string holds no control characters but tab and line ends");
    }
    if text.len() > STRING_MAX && text.chars().count() > STRING_MAX {
        return Some("a string has at most 1048576 characters");
    }
    None
}

/// No whitespace or control character; most are ASCII and need no decoding.
fn is_uri(text: &str) -> bool {
    if text.is_ascii() {
        return text.bytes().all(|b| b > b' ' && b != 0x7f);
    }
    !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn is_code(text: &str) -> bool {
    if text.bytes().all(|b| b > b' ' && b < 0x7f) {
        return true;
    }
    let mut spaced = true;
    for c in text.chars() {
        let space = c.is_whitespace();
        if (space && spaced) || c.is_control() {
            return false;
        }
        spaced = space;
    }
    !spaced
}

fn integer(text: &str) -> Option<i32> {
    if text == "-0" {
        return None;
    }
    text.parse().ok()
}

fn is_oid(text: &str) -> bool {
    let Some(arcs) = text.strip_prefix("urn:oid:") else {
        return false;
    };
    let mut arcs = arcs.split('.');
    let root = arcs
        .next()
        .is_some_and(|root| matches!(root, "0" | "1" | "2"));
    let mut count = 0;
    let rest = arcs.all(|arc| {
        count += 1;
        !arc.is_empty()
            && arc.bytes().all(|b| b.is_ascii_digit())
            && (arc == "0" || !arc.starts_with('0'))
    });
    root && rest && count > 0
}

fn is_uuid(text: &str) -> bool {
    text.strip_prefix("urn:uuid:").is_some_and(|uuid| {
        uuid.len() == 36
            && uuid.bytes().enumerate().all(|(at, b)| match at {
                8 | 13 | 18 | 23 => b == b'-',
                _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
            })
    })
}

/// RFC 4648 base64, with whitespace allowed anywhere.
fn is_base64(text: &str) -> bool {
    let (mut count, mut padding) = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => count += 1,
            b'=' => padding += 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => return false,
        }
    }
    count > 0 && padding <= 2 && (count + padding) % 4 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(of: Primitive, texts: &[&str]) {
        for text in texts {
            assert_eq!(fault(of, text), None, "{of:?} {text}");
        }
    }
    fn bad(of: Primitive, texts: &[&str]) {
        for text in texts {
            assert!(fault(of, text).is_some(), "{of:?} {text}");
        }
    }

    #[test]
    fn codes_have_no_loose_spaces() {
        good(Primitive::Code, &["a", "a b", "text/cql", "{score}", "é"]);
        bad(Primitive::Code, &["", " a", "a ", "a  b", "a\t\tb", " "]);
    }

    #[test]
    fn whole_numbers_have_no_fraction_exponent_or_overflow() {
        good(
            Primitive::Integer,
            &["0", "-5", "2147483647", "-2147483648"],
        );
        bad(Primitive::Integer, &["1.0", "1e3", "2147483648", "-0"]);
        bad(Primitive::PositiveInt, &["0", "-1", "1.5"]);
        good(Primitive::PositiveInt, &["1"]);
        good(Primitive::UnsignedInt, &["0", "7"]);
        bad(Primitive::UnsignedInt, &["-1"]);
    }

    #[test]
    fn identifiers_of_three_kinds() {
        good(Primitive::Oid, &["urn:oid:1.2.840.0", "urn:oid:2.16"]);
        bad(
            Primitive::Oid,
            &[
                "1.2.3",
                "urn:oid:3.1",
                "urn:oid:1",
                "urn:oid:1.02",
                "urn:oid:1..2",
            ],
        );
        good(
            Primitive::Uuid,
            &["urn:uuid:c757873d-ec9a-4326-a141-556f43239520"],
        );
        bad(
            Primitive::Uuid,
            &[
                "c757873d-ec9a-4326-a141-556f43239520",
                "urn:uuid:C757873D-EC9A-4326-A141-556F43239520",
                "urn:uuid:1",
            ],
        );
        good(Primitive::Id, &["a", "A-1.b"]);
        bad(Primitive::Id, &["a_b", "a b", "é", &"a".repeat(65)]);
        good(Primitive::Uri, &["http://x", "urn:x", "ombCategory", "#a"]);
        bad(Primitive::Uri, &["http://x y", "a\n"]);
    }

    #[test]
    fn base64_is_padded() {
        good(
            Primitive::Base64Binary,
            &["AAAA", "AA==", "AAA=", "AAAA\nAAAA", "ab+/"],
        );
        bad(
            Primitive::Base64Binary,
            &["A", "AAAAA", "A===", "AA=A", "====", "AA-_", "%%%%"],
        );
    }

    #[test]
    fn strings_hold_no_control_characters() {
        good(Primitive::String, &["a\tb\r\n", " ", "é"]);
        bad(
            Primitive::String,
            &["", "a\u{1}", &"a".repeat(STRING_MAX + 1)],
        );
        good(Primitive::Markdown, &["# x\n\n- y"]);
    }
}
