//! The parser: one pass over the text that fills the arena (RFC 8259, strict).

use std::borrow::Cow;
use std::collections::HashSet;

use super::{DEPTH_MAX, Fault, Kind, Node};

/// Objects with more members than this have their names checked once at the end, by hashing.
const MEMBERS_BY_WALK: usize = 64;

/// Why and at which byte parsing stopped.
struct Stop {
    at: usize,
    why: Cow<'static, str>,
}

type Parsed<T> = Result<T, Stop>;

fn stop<T>(at: usize, why: &'static str) -> Parsed<T> {
    Err(Stop {
        at,
        why: Cow::Borrowed(why),
    })
}

/// A string as it lies in the text, without its quotes.
#[derive(Clone, Copy, Default)]
struct Span {
    start: u32,
    len: u32,
    escaped: bool,
}

/// Parses a whole text into nodes in document order.
pub(super) fn nodes(text: &str) -> Result<Vec<Node>, Fault> {
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        nodes: Vec::with_capacity(text.len() / 20 + 1),
    };
    match parser.document() {
        Ok(()) => Ok(parser.nodes),
        Err(stop) => Err(fault(text, stop)),
    }
}

fn fault(text: &str, stop: Stop) -> Fault {
    let mut at = stop.at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or_default();
    let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    Fault {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
        message: stop.why.into_owned(),
    }
}

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    nodes: Vec<Node>,
}

impl Parser<'_> {
    fn document(&mut self) -> Parsed<()> {
        if u32::try_from(self.bytes.len()).is_err() {
            return stop(0, "the text is longer than 4 GiB");
        }
        self.space();
        self.value(0, Span::default())?;
        self.space();
        match self.peek() {
            None => Ok(()),
            Some(_) => stop(self.at, "unexpected text after the JSON value"),
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize, key: Span) -> Parsed<()> {
        match self.peek() {
            Some(b'"') => {
                let from = self.at;
                let span = self.string()?;
                self.push(Kind::String, from, span.escaped, key);
                Ok(())
            }
            Some(b'{') => self.object(depth, key),
            Some(b'[') => self.array(depth, key),
            Some(b'-' | b'0'..=b'9') => self.number(key),
            Some(b't') => self.word(b"true", Kind::Bool, key),
            Some(b'f') => self.word(b"false", Kind::Bool, key),
            Some(b'n') => self.word(b"null", Kind::Null, key),
            Some(_) => stop(self.at, "expected a JSON value"),
            None => stop(self.at, "the text ends where a JSON value should be"),
        }
    }

    /// Adds a node that starts at `from` and ends here.
    fn push(&mut self, kind: Kind, from: usize, escaped: bool, key: Span) -> usize {
        let at = self.nodes.len();
        self.nodes.push(Node {
            start: from as u32,
            end: self.at as u32,
            next: at as u32 + 1,
            key: key.start,
            key_len: key.len,
            kind,
            escaped,
            key_escaped: key.escaped,
        });
        at
    }

    /// Ends a container here.
    fn close(&mut self, node: usize) {
        let next = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(node) {
            node.end = self.at as u32;
            node.next = next;
        }
    }

    fn word(&mut self, word: &'static [u8], kind: Kind, key: Span) -> Parsed<()> {
        let from = self.at;
        let rest = self.bytes.get(from..).unwrap_or_default();
        if !rest.starts_with(word) {
            return stop(from, "expected a JSON value");
        }
        self.at += word.len();
        self.push(kind, from, false, key);
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self, key: Span) -> Parsed<()> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek();
        match self.digits() {
            0 => return stop(self.at, "expected a digit"),
            1 => {}
            _ if first == Some(b'0') => return stop(from, "a number may not start with 0"),
            _ => {}
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return stop(self.at, "expected a digit after the decimal point");
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return stop(self.at, "expected a digit in the exponent");
            }
        }
        self.push(Kind::Number, from, false, key);
        Ok(())
    }

    fn string(&mut self) -> Parsed<Span> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at = plain(self.bytes, at);
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at = self.escape(at)?;
                }
                Some(_) => return stop(at, "a control character must be escaped in a string"),
                None => return stop(at, "the text ends inside a string"),
            }
        }
        self.at = at + 1;
        Ok(Span {
            start: start as u32,
            len: (at - start) as u32,
            escaped,
        })
    }

    /// Checks the escape whose backslash is at `at`; returns the byte after it.
    fn escape(&self, at: usize) -> Parsed<usize> {
        match self.bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => match self.unit(at) {
                None => stop(at, "expected four hexadecimal digits after \\u"),
                Some(0) => stop(at, "U+0000 is not allowed"),
                Some(0xd800..=0xdbff) => match self.unit(at + 6) {
                    Some(0xdc00..=0xdfff) => Ok(at + 12),
                    _ => stop(at, "a surrogate stands alone"),
                },
                Some(0xdc00..=0xdfff) => stop(at, "a surrogate stands alone"),
                Some(_) => Ok(at + 6),
            },
            Some(_) => stop(at, "unknown escape in a string"),
            None => stop(at, "the text ends inside a string"),
        }
    }

    /// The number of a `\uXXXX` at `at`.
    fn unit(&self, at: usize) -> Option<u16> {
        hex(self.bytes.get(at..at + 6)?.strip_prefix(b"\\u")?)
    }

    fn array(&mut self, depth: usize, key: Span) -> Parsed<()> {
        if depth >= DEPTH_MAX {
            return stop(self.at, "nested more than 64 levels deep");
        }
        let node = self.push(Kind::Array, self.at, false, key);
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            self.close(node);
            return Ok(());
        }
        loop {
            self.value(depth + 1, Span::default())?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                Some(_) => return stop(self.at, "expected ',' or ']' after an array item"),
                None => return stop(self.at, "the text ends inside an array"),
            }
            self.space();
        }
        self.at += 1;
        self.close(node);
        Ok(())
    }

    fn object(&mut self, depth: usize, key: Span) -> Parsed<()> {
        if depth >= DEPTH_MAX {
            return stop(self.at, "nested more than 64 levels deep");
        }
        let node = self.push(Kind::Object, self.at, false, key);
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.close(node);
            return Ok(());
        }
        let (mut seen, mut count, mut escaped) = (0u64, 0usize, false);
        loop {
            if self.peek() != Some(b'"') {
                return stop(self.at, "expected a member name in double quotes");
            }
            let name = self.string()?;
            let bit = self.bit(name);
            if seen & bit != 0 && count <= MEMBERS_BY_WALK && self.has(node, name) {
                return Err(self.duplicate(name));
            }
            (seen, count, escaped) = (seen | bit, count + 1, escaped | name.escaped);
            self.space();
            if self.peek() != Some(b':') {
                return stop(self.at, "expected ':' after a member name");
            }
            self.at += 1;
            self.space();
            self.value(depth + 1, name)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                Some(_) => return stop(self.at, "expected ',' or '}' after a member"),
                None => return stop(self.at, "the text ends inside an object"),
            }
            self.space();
        }
        self.at += 1;
        self.close(node);
        if escaped || count > MEMBERS_BY_WALK {
            self.all_differ(node)?;
        }
        Ok(())
    }

    fn raw(&self, span: Span) -> &str {
        let start = span.start as usize;
        self.text
            .get(start..start + span.len as usize)
            .unwrap_or_default()
    }

    /// One of 64 bits chosen by a name: names with different bits surely differ.
    fn bit(&self, name: Span) -> u64 {
        let raw = self.raw(name).as_bytes();
        let byte = |at: usize| raw.get(at).map_or(0, |&b| usize::from(b));
        let mix = raw.len() * 31
            + byte(0) * 7
            + byte(raw.len() / 2) * 3
            + byte(raw.len().saturating_sub(1));
        1 << (mix & 63)
    }

    /// Whether the object at `node`, still open, already has this name.
    fn has(&self, node: usize, name: Span) -> bool {
        let name = self.raw(name);
        let mut at = node + 1;
        while let Some(child) = self.nodes.get(at) {
            let key = Span {
                start: child.key,
                len: child.key_len,
                escaped: false,
            };
            if self.raw(key) == name {
                return true;
            }
            at = child.next as usize;
        }
        false
    }

    fn all_differ(&self, node: usize) -> Parsed<()> {
        let mut seen = HashSet::new();
        let end = self.nodes.len();
        let mut at = node + 1;
        while let Some(child) = self.nodes.get(at).filter(|_| at < end) {
            let key = Span {
                start: child.key,
                len: child.key_len,
                escaped: child.key_escaped,
            };
            if !seen.insert(unescape(self.raw(key))) {
                return Err(self.duplicate(key));
            }
            at = child.next as usize;
        }
        Ok(())
    }

    fn duplicate(&self, name: Span) -> Stop {
        let shown: String = self.raw(name).chars().take(64).collect();
        Stop {
            at: (name.start as usize).saturating_sub(1),
            why: Cow::Owned(format!("the member \"{shown}\" appears twice")),
        }
    }
}

/// The first byte at or after `at` that is a quote, a backslash or a control character.
fn plain(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    while let Some(chunk) = bytes.get(at..at + 8) {
        let Ok(chunk) = <[u8; 8]>::try_from(chunk) else {
            break;
        };
        let word = u64::from_le_bytes(chunk);
        let quote = word ^ (ONES * 0x22);
        let slash = word ^ (ONES * 0x5c);
        let hit = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let hit = hit & HIGH;
        if hit != 0 {
            return at + hit.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            break;
        }
        at += 1;
    }
    at
}

/// Four hexadecimal digits as a number.
fn hex(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0u16, |sum, &b| {
        let digit = char::from(b).to_digit(16)?;
        Some(sum << 4 | digit as u16)
    })
}

/// Resolves the escapes of a string already checked by the parser.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let used = unescape_one(rest.get(at..).unwrap_or_default(), &mut out);
        rest = rest.get(at + used..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Resolves the escape at the start of `text`; returns how many bytes it took.
fn unescape_one(text: &str, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let unit = |from: usize| hex(bytes.get(from..from + 4)?);
    let plain = match bytes.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let high = unit(2).unwrap_or_default();
            let paired = (0xd800..0xdc00).contains(&high);
            let low = if paired { unit(8) } else { None };
            let units = [high, low.unwrap_or_default()];
            let units = units.iter().copied().take(1 + usize::from(paired));
            out.extend(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')));
            return if paired { 12 } else { 6 };
        }
        Some(&byte) => char::from(byte),
        None => return 1,
    };
    out.push(plain);
    2
}
