//! The members of a registration, read one by one; a fault names the member and the rule.

use serde_json::{Map, Value};

use crate::{Error, ErrorCode};

/// What is wrong with one member of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub member: &'static str,
    /// What the member must be, in words that follow its name.
    pub rule: String,
}

impl Fault {
    pub(super) fn new(member: &'static str, rule: impl Into<String>) -> Self {
        Self {
            member,
            rule: rule.into(),
        }
    }
    /// As RFC 7591 section 3.2.2 answers it.
    pub fn error(&self) -> Error {
        let code = match self.member {
            "redirect_uris" => ErrorCode::InvalidRedirectUri,
            _ => ErrorCode::InvalidClientMetadata,
        };
        Error::new(code, format!("{}: {}", self.member, self.rule))
    }
}

/// Members by name. One that is null is as good as none (RFC 7592 section 2.2).
pub(super) struct Members<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Members<'a> {
    pub(super) fn get(&self, member: &str) -> Option<&'a Value> {
        self.0.get(member).filter(|value| !value.is_null())
    }
    /// A text of at most so many characters, without control characters; empty is none.
    pub(super) fn text(&self, member: &'static str, most: usize) -> Result<Option<String>, Fault> {
        let Some(value) = self.get(member) else {
            return Ok(None);
        };
        let text = value
            .as_str()
            .ok_or_else(|| Fault::new(member, "is a text"))?;
        checked(member, text, most).map(|text| Some(text).filter(|text| !text.is_empty()))
    }
    /// A list of at most so many texts of at most so many characters; `None` when it is not there.
    pub(super) fn list(
        &self,
        member: &'static str,
        items: usize,
        most: usize,
    ) -> Result<Option<Vec<String>>, Fault> {
        let Some(value) = self.get(member) else {
            return Ok(None);
        };
        let fault = || Fault::new(member, format!("is a list of at most {items} texts"));
        let list = value.as_array().filter(|list| list.len() <= items);
        let mut read = Vec::new();
        for item in list.ok_or_else(fault)? {
            let text = checked(member, item.as_str().ok_or_else(fault)?, most)?;
            if !read.contains(&text) {
                read.push(text);
            }
        }
        Ok(Some(read))
    }
    pub(super) fn flag(&self, member: &'static str) -> Result<bool, Fault> {
        match self.get(member) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Fault::new(member, "is true or false")),
        }
    }
    /// The address of a page or document.
    pub(super) fn page(&self, member: &'static str) -> Result<Option<String>, Fault> {
        let text = self.text(member, super::redirect::ADDRESS_BYTES_MAX)?;
        match text.as_deref().and_then(super::redirect::page_fault) {
            Some(why) => Err(Fault::new(member, why)),
            None => Ok(text),
        }
    }
    /// One of a few words, or the default.
    pub(super) fn word<T: Copy>(
        &self,
        member: &'static str,
        words: &[(&str, T)],
        default: T,
    ) -> Result<T, Fault> {
        let Some(text) = self.text(member, 100)? else {
            return Ok(default);
        };
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            Fault::new(member, format!("is one of {}", known.join(", ")))
        })
    }
}

fn checked(member: &'static str, text: &str, most: usize) -> Result<String, Fault> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Fault::new(member, format!("has at most {most} characters")));
    }
    // Nothing that turns the direction of text either: a name must not pretend to be another.
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(odd) {
        return Err(Fault::new(member, "has no control characters"));
    }
    Ok(text.to_owned())
}
