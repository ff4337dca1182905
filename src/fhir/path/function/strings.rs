//! Strings (FHIRPath 5.6). Positions count characters; patterns are matched in linear time.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use regex::{Regex, RegexBuilder};

use super::super::bag::Bag;
use super::super::evaluate::{Machine, Result};
use super::super::syntax::{Function as F, Id};
use super::super::{Fault, Item, TEXT_MAX, Value, operator};
use super::Call;

/// Largest compiled pattern, in bytes.
const PATTERN_MAX: usize = 1 << 20;

fn text<'d>(text: impl Into<Cow<'d, str>>) -> Result<Bag<'d>> {
    let text = text.into();
    if text.len() > TEXT_MAX {
        return Err(Fault::wrong(format!(
            "a string has at most {TEXT_MAX} bytes"
        )));
    }
    Ok(Item::Value(Value::String(text)).into())
}

fn position<'d>(found: Option<usize>) -> Result<Bag<'d>> {
    let at = found.and_then(|at| i32::try_from(at).ok()).unwrap_or(-1);
    Ok(Item::Value(Value::Integer(at)).into())
}

impl<'d> Machine<'_, 'd> {
    pub(super) fn strings(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let Some(item) = operator::single(call.input)? else {
            return Ok(Bag::Empty);
        };
        let Some(subject) = item.text() else {
            if item.node().is_some_and(|node| node.json().is_none()) {
                return Ok(Bag::Empty);
            }
            return Err(Fault::wrong(format!(
                "this function takes a string, not {}",
                item.type_name()
            )));
        };
        self.spend(subject.len() as u64 / 16)?;
        match call.function {
            F::Upper => text(subject.to_uppercase()),
            F::Lower => text(subject.to_lowercase()),
            F::Trim => text(subject.trim().to_owned()),
            F::Length => position(Some(subject.chars().count())),
            F::ToChars => {
                self.spend(subject.len() as u64)?;
                let letters = subject.chars().map(|c| Value::String(c.to_string().into()));
                Ok(letters.map(Item::Value).collect())
            }
            F::Substring => self.substring(call, &subject),
            F::Replace | F::ReplaceMatches => self.replace(call, &subject),
            F::Matches | F::MatchesFull => {
                let Some(pattern) = self.string(call.argument(0)?, call.frame)? else {
                    return Ok(Bag::Empty);
                };
                let whole = call.function == F::MatchesFull;
                let regex = self.pattern(call.argument(0)?, &pattern, whole)?;
                Ok(regex.is_match(&subject).into())
            }
            _ => {
                let Some(argument) = self.string(call.argument(0)?, call.frame)? else {
                    return Ok(Bag::Empty);
                };
                self.with_argument(call.function, subject, &argument)
            }
        }
    }

    fn with_argument(
        &mut self,
        function: F,
        subject: Cow<'d, str>,
        argument: &str,
    ) -> Result<Bag<'d>> {
        let characters = |at: usize| subject.get(..at).map(|before| before.chars().count());
        match function {
            F::IndexOf => position(subject.find(argument).and_then(characters)),
            F::LastIndexOf => position(subject.rfind(argument).and_then(characters)),
            F::StartsWith => Ok(subject.starts_with(argument).into()),
            F::EndsWith => Ok(subject.ends_with(argument).into()),
            F::Contains => Ok(subject.contains(argument).into()),
            F::Split => {
                self.spend(subject.len() as u64)?;
                let parts = subject
                    .split(argument)
                    .filter(|part| !argument.is_empty() || !part.is_empty());
                let parts = parts.map(|part| Value::String(part.to_owned().into()));
                Ok(parts.map(Item::Value).collect())
            }
            F::Encode => match encoded(&subject, argument) {
                Some(found) => text(found),
                None => Ok(Bag::Empty),
            },
            F::Decode => match decoded(&subject, argument) {
                Some(found) => text(found),
                None => Ok(Bag::Empty),
            },
            F::Escape => match argument {
                "html" => text(escaped_html(&subject)),
                "json" => {
                    let quoted = crate::json::quote(&subject);
                    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
                    text(inner.to_owned())
                }
                _ => Ok(Bag::Empty),
            },
            F::Unescape => match argument {
                "html" => text(unescaped_html(&subject)),
                "json" => match crate::Document::parse(format!("\"{subject}\"")) {
                    Ok(document) => text(document.root().str().unwrap_or_default().into_owned()),
                    Err(_) => Ok(Bag::Empty),
                },
                _ => Ok(Bag::Empty),
            },
            _ => Ok(Bag::Empty),
        }
    }

    fn substring(&mut self, call: Call<'_, 'd>, subject: &str) -> Result<Bag<'d>> {
        let Some(start) = self.integer(call.argument(0)?, call.frame)? else {
            return Ok(Bag::Empty);
        };
        let length = match call.arguments.get(1) {
            Some(length) => self.integer(*length, call.frame)?,
            None => None,
        };
        let Ok(start) = usize::try_from(start) else {
            return Ok(Bag::Empty);
        };
        if start >= subject.chars().count() {
            return Ok(Bag::Empty);
        }
        let rest = subject.chars().skip(start);
        match length {
            Some(length) => text(
                rest.take(usize::try_from(length).unwrap_or(0))
                    .collect::<String>(),
            ),
            None => text(rest.collect::<String>()),
        }
    }

    fn replace(&mut self, call: Call<'_, 'd>, subject: &str) -> Result<Bag<'d>> {
        let pattern = self.string(call.argument(0)?, call.frame)?;
        let by = self.string(call.argument(1)?, call.frame)?;
        let (Some(pattern), Some(by)) = (pattern, by) else {
            return Ok(Bag::Empty);
        };
        // What could become too long is refused before it is made.
        let places = match call.function {
            F::Replace if pattern.is_empty() => subject.chars().count() + 1,
            F::Replace => subject.matches(&*pattern).count(),
            _ => 0,
        };
        if subject.len() + places.saturating_mul(by.len()) > TEXT_MAX {
            return Err(Fault::wrong(format!(
                "a string has at most {TEXT_MAX} bytes"
            )));
        }
        self.spend((subject.len() + places * by.len()) as u64 / 16)?;
        if call.function == F::Replace {
            return text(subject.replace(&*pattern, &by));
        }
        if pattern.is_empty() {
            return text(subject.to_owned());
        }
        let regex = self.pattern(call.argument(0)?, &pattern, false)?;
        let mut out = String::new();
        let mut last = 0;
        for found in regex.captures_iter(subject) {
            let Some(whole) = found.get(0) else { continue };
            out.push_str(subject.get(last..whole.start()).unwrap_or_default());
            found.expand(&by, &mut out);
            last = whole.end();
            if out.len() > TEXT_MAX {
                break;
            }
        }
        out.push_str(subject.get(last..).unwrap_or_default());
        text(out)
    }

    /// A compiled pattern; those written in the expression were compiled when it was parsed.
    fn pattern(&mut self, argument: Id, pattern: &str, whole: bool) -> Result<Cow<'d, Regex>> {
        let expression = self.expression;
        let known = expression.patterns.iter().find(|(id, _)| *id == argument);
        if let Some((_, regex)) = known {
            return Ok(Cow::Borrowed(regex));
        }
        self.spend(1000 + pattern.len() as u64)?;
        compiled(pattern, whole).map(Cow::Owned)
    }

    /// All strings in one, parted by a separator.
    pub(super) fn join(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let separator = match call.arguments.first() {
            Some(separator) => self.string(*separator, call.frame)?,
            None => None,
        };
        let mut out = String::new();
        for (at, item) in call.input.iter().enumerate() {
            let Some(part) = item.text() else {
                return Err(Fault::wrong("join takes strings"));
            };
            if at > 0 {
                out.push_str(separator.as_deref().unwrap_or_default());
            }
            out.push_str(&part);
            if out.len() > TEXT_MAX {
                break;
            }
        }
        match call.input.is_empty() {
            true => Ok(Bag::Empty),
            false => text(out),
        }
    }
}

/// Compiles a pattern; a dot matches line ends too. Errors: no pattern, or one too large.
pub(in super::super) fn compiled(pattern: &str, whole: bool) -> Result<Regex> {
    let text = match whole {
        true => Cow::Owned(format!("^(?:{pattern})$")),
        false => Cow::Borrowed(pattern),
    };
    let mut builder = RegexBuilder::new(&text);
    let builder = builder.dot_matches_new_line(true).nest_limit(50);
    let regex = builder
        .size_limit(PATTERN_MAX)
        .dfa_size_limit(PATTERN_MAX)
        .build();
    regex.map_err(|_| Fault::wrong("not a pattern, or too large a one"))
}

fn encoded(text: &str, format: &str) -> Option<String> {
    Some(match format {
        "hex" => text.bytes().map(|b| format!("{b:02x}")).collect(),
        "base64" => STANDARD.encode(text),
        "urlbase64" => URL_SAFE.encode(text),
        _ => return None,
    })
}

fn decoded(text: &str, format: &str) -> Option<String> {
    let bytes = match format {
        "hex" => {
            let pair = |pair: &[u8]| {
                let pair = std::str::from_utf8(pair).ok()?;
                u8::from_str_radix(pair, 16)
                    .ok()
                    .filter(|_| pair.len() == 2)
            };
            text.as_bytes().chunks(2).map(pair).collect::<Option<_>>()?
        }
        "base64" => STANDARD.decode(text).ok()?,
        "urlbase64" => URL_SAFE.decode(text).ok()?,
        _ => return None,
    };
    String::from_utf8(bytes).ok()
}

const ENTITIES: [(&str, char); 5] = [
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&#39;", '\''),
    ("&amp;", '&'),
];

fn escaped_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match ENTITIES.iter().find(|(_, plain)| *plain == letter) {
            Some((entity, _)) => out.push_str(entity),
            None => out.push(letter),
        }
    }
    out
}

fn unescaped_html(text: &str) -> String {
    ENTITIES
        .iter()
        .fold(text.to_owned(), |text, (entity, plain)| {
            text.replace(entity, plain.encode_utf8(&mut [0; 4]))
        })
}
