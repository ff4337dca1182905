//! From text to tokens (FHIRPath, grammar).

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::value::decimal;
use super::{Fault, Moment, Value};

/// One token; words are identifiers and keywords alike.
#[derive(Debug, Clone)]
pub(super) enum Token {
    Word(String),
    /// An identifier between backticks: never a keyword.
    Quoted(String),
    Literal(Value<'static>),
    /// `$this`, `$index`, `$total`.
    Variable(String),
    /// `%name`.
    Constant(String),
    Symbol(&'static str),
    End,
}

/// Symbols, longer ones first.
const SYMBOLS: &[&str] = &[
    "<=", ">=", "!=", "!~", ".", "(", ")", "[", "]", "{", "}", ",", "+", "-", "*", "/", "&", "|",
    "<", ">", "=", "~",
];

/// All tokens with the byte they begin at; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Vec::new();
    loop {
        lexer.space()?;
        let start = lexer.at;
        let token = lexer.token()?;
        let is_end = matches!(token, Token::End);
        found.push((start, token));
        if is_end {
            return Ok(found);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }
    fn fault<T>(&self, why: impl Into<Cow<'static, str>>) -> Result<T, Fault> {
        Err(Fault::Syntax {
            at: self.at,
            why: why.into(),
        })
    }

    /// Skips white space and comments.
    fn space(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            let bare = rest.trim_start();
            self.at += rest.len() - bare.len();
            if bare.starts_with("//") {
                self.at += bare.find('\n').unwrap_or(bare.len());
            } else if bare.starts_with("/*") {
                match bare.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return self.fault("a comment is not closed"),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token, Fault> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Token::End);
        };
        match first {
            '\'' => Ok(Token::Literal(Value::String(self.string('\'')?.into()))),
            '`' => Ok(Token::Quoted(self.string('`')?)),
            // The older way to write a delimited identifier.
            '"' => Ok(Token::Quoted(self.string('"')?)),
            '@' => self.moment(),
            '$' => {
                self.at += 1;
                Ok(Token::Variable(self.word().to_owned()))
            }
            '%' => {
                self.at += 1;
                match self.rest().chars().next() {
                    Some(quote @ ('\'' | '`' | '"')) => Ok(Token::Constant(self.string(quote)?)),
                    _ => match self.constant() {
                        "" => self.fault("a constant needs its name after %"),
                        name => Ok(Token::Constant(name.to_owned())),
                    },
                }
            }
            '0'..='9' => self.number(),
            'A'..='Z' | 'a'..='z' | '_' => Ok(Token::Word(self.word().to_owned())),
            _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => {
                    self.at += symbol.len();
                    Ok(Token::Symbol(symbol))
                }
                None => self.fault("this character has no meaning here"),
            },
        }
    }

    fn taken(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }
    fn word(&mut self) -> &'t str {
        self.taken(|c| c.is_ascii_alphanumeric() || c == '_')
    }
    /// Constants may have hyphens: `%vs-name`, `%ext-name`.
    fn constant(&mut self) -> &'t str {
        if !self.rest().starts_with("vs-") && !self.rest().starts_with("ext-") {
            return self.word();
        }
        self.taken(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        self.taken(|c| c.is_ascii_digit());
        let rest = self.rest().as_bytes();
        let fraction = rest.first() == Some(&b'.') && rest.get(1).is_some_and(u8::is_ascii_digit);
        if fraction {
            self.at += 1;
            self.taken(|c| c.is_ascii_digit());
        }
        let digits = self.text.get(start..self.at).unwrap_or_default();
        if fraction {
            return match decimal(digits) {
                Some(value) => Ok(Token::Literal(Value::Decimal(value))),
                None => self.fault("a decimal has at most 28 digits"),
            };
        }
        match digits.parse::<i64>() {
            // One more than the greatest integer, so that the least can be written with a minus.
            Ok(value) if value <= i64::from(i32::MAX) => {
                Ok(Token::Literal(Value::Integer(value as i32)))
            }
            Ok(value) if value == i64::from(i32::MAX) + 1 => {
                Ok(Token::Literal(Value::Decimal(Decimal::from(value))))
            }
            _ => self.fault("an integer is at most 2147483647"),
        }
    }

    /// `@2024-03-01`, `@2024-03-01T10:30Z`, `@T10:30`.
    fn moment(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        self.at += 1;
        let is_time = self.rest().starts_with('T');
        let text = self.moment_text(is_time);
        let found = match (is_time, text.contains('T')) {
            (true, _) => Moment::time(text).map(Value::Time),
            (false, true) => Moment::parse(text).map(Value::DateTime),
            (false, false) => Moment::parse(text).map(Value::Date),
        };
        match found {
            Some(value) => Ok(Token::Literal(value)),
            None => {
                self.at = start;
                self.fault("not a date or time")
            }
        }
    }

    /// As much as a date or time can be: `-` and `+` belong to it only where digits follow.
    fn moment_text(&mut self, is_time: bool) -> &'t str {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let (mut end, mut dashes, mut clock) = (0, 0, false);
        while let Some(byte) = bytes.get(end) {
            let part = match byte {
                b'0'..=b'9' => true,
                b'T' if !clock => {
                    clock = true;
                    true
                }
                b'-' if !clock && dashes < 2 => {
                    dashes += 1;
                    digit(end + 1)
                }
                b':' | b'.' => clock && digit(end + 1),
                b'Z' => clock && !is_time,
                b'+' | b'-' => {
                    let zone = clock && !is_time && bytes.get(end + 3) == Some(&b':');
                    zone && digit(end + 1) && digit(end + 2)
                }
                _ => false,
            };
            if !part {
                break;
            }
            end += 1;
            if *byte == b'Z' {
                break;
            }
        }
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// A text between quotes, escapes resolved.
    fn string(&mut self, quote: char) -> Result<String, Fault> {
        let start = self.at;
        self.at += quote.len_utf8();
        let mut out = String::new();
        let mut letters = self.rest().char_indices();
        let base = self.at;
        while let Some((at, letter)) = letters.next() {
            if letter == quote {
                self.at = base + at + letter.len_utf8();
                return Ok(out);
            }
            if letter != '\\' {
                out.push(letter);
                continue;
            }
            let escaped = letters.next().map(|(_, escaped)| escaped);
            let letter = match escaped {
                Some(plain @ ('\'' | '"' | '`' | '\\' | '/')) => plain,
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('u') => {
                    let digits: String = letters.by_ref().take(4).map(|(_, c)| c).collect();
                    let code = u32::from_str_radix(&digits, 16).ok();
                    match code.filter(|_| digits.len() == 4).and_then(char::from_u32) {
                        Some(letter) => letter,
                        None => return self.fault("\\u needs four hexadecimal digits"),
                    }
                }
                // Patterns are often written with single backslashes: they stand for themselves.
                Some(other) => {
                    out.push('\\');
                    other
                }
                None => break,
            };
            out.push(letter);
        }
        self.at = start;
        self.fault("a quote is not closed")
    }
}
