//! The part of CBOR (RFC 8949) that authenticators write: definite lengths, no tags, no fractions
//! (CTAP2 canonical form).

/// Levels of nesting that are followed.
const DEPTH_MAX: usize = 8;

/// A value, as far as anybody here asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    /// True, false, null.
    Simple(u8),
}

impl<'a> Value<'a> {
    /// The member of a map with a name or a number.
    pub fn get(&self, key: &Value<'_>) -> Option<&Self> {
        let Self::Map(members) = self else {
            return None;
        };
        members.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }
    pub fn named(&self, name: &str) -> Option<&Self> {
        self.get(&Value::Text(name))
    }
    pub fn numbered(&self, number: i64) -> Option<&Self> {
        self.get(&Value::Int(number))
    }
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }
    pub fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
    pub fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The first value of some bytes, and what comes after it. `None` when it is cut short or not of the
/// form above.
pub(super) fn read(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    value(bytes, 0)
}

fn value(bytes: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (kind, short) = (first >> 5, first & 31);
    if depth > DEPTH_MAX {
        return None;
    }
    if kind == 7 {
        return (20..=22)
            .contains(&short)
            .then_some((Value::Simple(short), rest));
    }
    let (number, rest) = number(short, rest)?;
    match kind {
        0 => Some((Value::Int(i64::try_from(number).ok()?), rest)),
        1 => Some((Value::Int(-1 - i64::try_from(number).ok()?), rest)),
        2 | 3 => {
            let (taken, rest) = rest.split_at_checked(usize::try_from(number).ok()?)?;
            let value = match kind {
                2 => Value::Bytes(taken),
                _ => Value::Text(std::str::from_utf8(taken).ok()?),
            };
            Some((value, rest))
        }
        4 => list(number, rest, depth),
        5 => map(number, rest, depth),
        _ => None,
    }
}

/// Lengths and numbers: in the first byte, or in the one, two, four or eight that follow.
fn number(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let width = match short {
        0..=23 => return Some((u64::from(short), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (taken, rest) = rest.split_at_checked(width)?;
    let number = taken
        .iter()
        .fold(0, |n: u64, byte| n << 8 | u64::from(*byte));
    Some((number, rest))
}

/// Each value takes a byte at least: a length beyond what is left is a lie.
fn count(number: u64, rest: &[u8]) -> Option<usize> {
    usize::try_from(number).ok().filter(|n| *n <= rest.len())
}

fn list(number: u64, rest: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
    let mut rest = rest;
    let mut items = Vec::new();
    for _ in 0..count(number, rest)? {
        let (item, after) = value(rest, depth + 1)?;
        items.push(item);
        rest = after;
    }
    Some((Value::List(items), rest))
}

fn map(number: u64, rest: &[u8], depth: usize) -> Option<(Value<'_>, &[u8])> {
    let mut rest = rest;
    let mut members = Vec::new();
    for _ in 0..count(number, rest)? {
        let (key, after) = value(rest, depth + 1)?;
        let (member, after) = value(after, depth + 1)?;
        if members.iter().any(|(k, _)| *k == key) {
            return None;
        }
        members.push((key, member));
        rest = after;
    }
    Some((Value::Map(members), rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_of_the_standards_examples_are_read() {
        let whole = |bytes: &[u8]| {
            let (value, rest) = read(bytes)?;
            rest.is_empty().then(|| format!("{value:?}"))
        };
        let shown = |bytes: &[u8]| whole(bytes).unwrap();
        assert_eq!(shown(&[0x18, 0x64]), "Int(100)");
        assert_eq!(shown(&[0x39, 0x03, 0xe7]), "Int(-1000)");
        assert_eq!(shown(&[0x44, 1, 2, 3, 4]), "Bytes([1, 2, 3, 4])");
        assert_eq!(shown(&[0x64, b'I', b'E', b'T', b'F']), "Text(\"IETF\")");
        assert_eq!(shown(&[0x82, 1, 0xf5]), "List([Int(1), Simple(21)])");
        let map = [0xa2, 1, 2, 0x61, b'a', 3];
        let (map, _) = read(&map).unwrap();
        assert_eq!(map.numbered(1).and_then(Value::int), Some(2));
        assert_eq!(map.named("a").and_then(Value::int), Some(3));
    }

    #[test]
    fn what_is_cut_short_twice_there_or_too_deep_is_no_value() {
        for odd in [
            &[][..],
            &[0x18],
            &[0x44, 1],
            &[0x5f, 0x41, 1, 0xff],
            &[0xa2, 1, 2, 1, 3],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0xc0, 0x00],
            &[0x61, 0xff],
            &[0x81; 64],
        ] {
            assert_eq!(read(odd), None, "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
