//! Numbers in searches: the value and the range its digits imply (R4 3.1.1.4.6).

/// A decimal and the half-open range of everything that rounds to it at the precision written:
/// `100` is 99.5 to 100.5, `5.40` is 5.395 to 5.405, `1e2` is 50 to 150.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Reads `[+-]digits[.digits][e[+-]digits]`; `None` for anything else or out of range.
pub(crate) fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || text.len() > 64 {
        return None;
    }
    let value: f64 = text.parse().ok().filter(|v: &f64| v.is_finite())?;
    let places = match mantissa.contains('.') {
        true => i32::try_from(fraction.len()).ok()?,
        false => 0,
    };
    let half: f64 = format!("5e{}", exponent.checked_sub(places)?.checked_sub(1)?)
        .parse()
        .ok()?;
    Some(Number {
        value,
        low: value - half,
        high: value + half,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn digits_written_set_the_range() {
        for (text, low, high) in [
            ("100", 99.5, 100.5),
            ("100.00", 99.995, 100.005),
            ("1e2", 50.0, 150.0),
            ("-5", -5.5, -4.5),
            ("0.5", 0.45, 0.55),
        ] {
            let n = number(text).unwrap();
            assert!((n.low - low).abs() < 1e-9, "{text} {n:?}");
            assert!((n.high - high).abs() < 1e-9, "{text} {n:?}");
        }
    }

    #[test]
    fn other_texts_are_not_numbers() {
        for text in [
            "", "-", ".5", "5.", "1e", "NaN", "inf", "0x1", "1e999", "--1", "1 ",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_none(text in "\\PC*") {
            if let Some(n) = number(&text) {
                prop_assert!(n.low <= n.value && n.value <= n.high);
            }
        }
        #[test]
        fn numbers_with_exponents_do_not_overflow(e in any::<i32>()) {
            let _ = number(&format!("1.5e{e}"));
        }
    }
}
