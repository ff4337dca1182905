//! The values of one parameter: alternatives, escapes, prefixes, precision.

use super::number::number;
use super::parse::{shown, unsupported, wrong};
use super::{
    ALTERNATIVES_MAX, Match, Modifier, Param, ParamType, Prefix, Subject, System, kin, table, terms,
};
use crate::index::{CANONICAL, in_canonical_unit, typed};
use crate::reference::{Reference, is_id};
use crate::{Issue, IssueCode, ResourceType, datetime};

/// What a value is read for.
pub(super) struct Context<'a> {
    /// As the client wrote it, modifier included.
    pub name: &'a str,
    pub param: &'static Param,
    pub base: &'a str,
}

/// The modifier and the alternatives of `name:modifier=text`.
pub(super) fn values(
    context: &Context<'_>,
    subject: &Subject,
    modifier_text: Option<&str>,
    text: &str,
) -> Result<(Modifier, Vec<Match>), Issue> {
    let modifier = match (modifier_text, subject) {
        (None, _) => Modifier::None,
        (Some(text), Subject::Param(_)) => modifier(context, text)?,
        (Some(text), _) => {
            let reason = format!("modifier :{text} is not supported");
            return Err(unsupported(context.name, &reason));
        }
    };
    let target = match modifier {
        Modifier::None => modifier_text.and_then(ResourceType::from_name),
        _ => None,
    };
    let alternatives = alternatives(context.name, text)?;
    let mut matches = Vec::with_capacity(alternatives.len());
    for alternative in alternatives {
        matches.push(one(context, subject, &modifier, target, alternative)?);
    }
    Ok((modifier, matches))
}

/// The values separated by commas. Errors: none, or more than may be given.
pub(super) fn alternatives<'t>(name: &str, text: &'t str) -> Result<Vec<&'t str>, Issue> {
    let alternatives: Vec<&str> = split(text, ',')
        .into_iter()
        .filter(|a| !a.trim().is_empty())
        .collect();
    if alternatives.is_empty() {
        return Err(wrong(name, "has no value"));
    }
    if alternatives.len() > ALTERNATIVES_MAX {
        let rule = format!("more than {ALTERNATIVES_MAX} alternatives");
        return Err(Issue {
            code: IssueCode::TooCostly,
            ..wrong(name, &rule)
        });
    }
    Ok(alternatives)
}

/// One value without modifier.
pub(super) fn plain(context: &Context<'_>, text: &str) -> Result<Match, Issue> {
    one(
        context,
        &Subject::Param(context.param),
        &Modifier::None,
        None,
        text,
    )
}

/// The modifier a filter carries out (R4 3.1.1.4.4), or why there is none.
fn modifier(context: &Context<'_>, text: &str) -> Result<Modifier, Issue> {
    let kind = context.param.kind;
    Ok(match (text, kind) {
        ("missing", _) => Modifier::Missing,
        ("exact", ParamType::String) => Modifier::Exact,
        ("contains", ParamType::String) => Modifier::Contains,
        ("not", ParamType::Token) => Modifier::Not,
        ("text", ParamType::Token) => Modifier::Text,
        ("code-text", ParamType::Token) => Modifier::CodeText,
        ("of-type", ParamType::Token) if table::holds_identifiers(context.param) => {
            Modifier::OfType
        }
        ("identifier", ParamType::Reference) => Modifier::Identifier,
        ("above", ParamType::Uri | ParamType::Token) => Modifier::Above,
        ("below", ParamType::Uri | ParamType::Token) => Modifier::Below,
        ("in", ParamType::Token) => Modifier::In,
        ("not-in", ParamType::Token) => Modifier::NotIn,
        ("above", ParamType::Reference) if kin::applies(context.param) => Modifier::Above,
        ("below", ParamType::Reference) if kin::applies(context.param) => Modifier::Below,
        (name, ParamType::Reference) if ResourceType::from_name(name).is_some() => Modifier::None,
        (other, _) => {
            let reason = format!("modifier :{} is not supported", shown(other));
            return Err(unsupported(context.name, &reason));
        }
    })
}

fn one(
    context: &Context<'_>,
    subject: &Subject,
    modifier: &Modifier,
    target: Option<ResourceType>,
    text: &str,
) -> Result<Match, Issue> {
    match (modifier, subject) {
        (Modifier::Missing, _) => match text {
            "true" => return Ok(Match::Missing(true)),
            "false" => return Ok(Match::Missing(false)),
            _ => return Err(wrong(context.name, "must be true or false")),
        },
        (Modifier::Text | Modifier::CodeText, _) => return Ok(Match::String(unescape(text))),
        (Modifier::OfType, _) => return of_type(context, text),
        (Modifier::Identifier, _) => return token(context, text),
        (Modifier::In | Modifier::NotIn | Modifier::Above | Modifier::Below, _)
            if context.param.kind == ParamType::Token =>
        {
            return terms::read(context, modifier, text);
        }
        (Modifier::Above | Modifier::Below, _) if context.param.kind == ParamType::Reference => {
            return kin::read(context, modifier, reference(context, target, text)?);
        }
        (_, Subject::Id) => return Ok(Match::String(unescape(text))),
        _ => {}
    }
    match context.param.kind {
        ParamType::String => Ok(Match::String(unescape(text))),
        ParamType::Token => token(context, text),
        ParamType::Reference => reference(context, target, text),
        ParamType::Date => date(context, text),
        ParamType::Number | ParamType::Quantity => quantity(context, text),
        ParamType::Uri => Ok(Match::Uri(unescape(text))),
        ParamType::Composite | ParamType::Special => {
            Err(wrong(context.name, "cannot be searched by"))
        }
    }
}

/// Splits at separators that no backslash escapes; the pieces keep their escapes.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut out, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == separator => {
                out.push(&text[start..at]);
                start = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out
}

/// Resolves `\,` `\|` `\$` and `\\`; any other backslash stands for itself.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(next @ (',' | '|' | '$' | '\\'))) => {
                out.push(*next);
                letters.next();
            }
            // Databases cannot hold NUL in a text; nothing stored has one.
            ('\0', _) => out.push(' '),
            _ => out.push(letter),
        }
    }
    out
}

fn token(context: &Context<'_>, text: &str) -> Result<Match, Issue> {
    let parts = split(text, '|');
    let (system, code) = match parts.as_slice() {
        [code] => (System::Any, Some(unescape(code))),
        ["", code] => (System::None, Some(unescape(code))),
        [system, ""] => (System::Is(unescape(system)), None),
        [system, code] => (System::Is(unescape(system)), Some(unescape(code))),
        _ => return Err(wrong(context.name, "must be code, system|code or |code")),
    };
    if code.as_deref() == Some("") {
        return Err(wrong(context.name, "has neither system nor code"));
    }
    let implied = context.param.kind == ParamType::Token && table::system_is_implied(context.param);
    let system = match implied && code.is_some() {
        true => System::Any,
        false => system,
    };
    Ok(Match::Token { system, code })
}

/// `system|code|value`, system and code being those of `Identifier.type`.
fn of_type(context: &Context<'_>, text: &str) -> Result<Match, Issue> {
    match split(text, '|').as_slice() {
        [system, code, value] if !code.is_empty() && !value.is_empty() => Ok(Match::Token {
            system: System::Is(typed(&unescape(system), &unescape(code))),
            code: Some(unescape(value)),
        }),
        _ => Err(wrong(context.name, "must be system|code|value")),
    }
}

fn reference(
    context: &Context<'_>,
    target: Option<ResourceType>,
    text: &str,
) -> Result<Match, Issue> {
    let text = unescape(text);
    if is_id(&text) {
        let resource_types = match target {
            Some(target) => vec![target],
            None => context.param.targets.clone(),
        };
        return Ok(Match::Reference {
            resource_types,
            id: text,
        });
    }
    match Reference::parse(&text, Some(context.base)) {
        Reference::Local {
            resource_type, id, ..
        } if target.is_none_or(|t| t == resource_type) => Ok(Match::Reference {
            resource_types: vec![resource_type],
            id,
        }),
        Reference::Local { .. } => Err(wrong(
            context.name,
            "the type in the name and the type in the value differ",
        )),
        Reference::Urn(url) | Reference::Absolute(url) => Ok(Match::Url(url)),
        _ => Err(wrong(context.name, "must be an id, Type/id or a URL")),
    }
}

/// Takes a two-letter prefix off a value.
fn prefixed(text: &str) -> (Prefix, &str) {
    let prefix = match text.get(..2) {
        Some("eq") => Prefix::Eq,
        Some("ne") => Prefix::Ne,
        Some("gt") => Prefix::Gt,
        Some("lt") => Prefix::Lt,
        Some("ge") => Prefix::Ge,
        Some("le") => Prefix::Le,
        Some("sa") => Prefix::Sa,
        Some("eb") => Prefix::Eb,
        Some("ap") => Prefix::Ap,
        _ => return (Prefix::Eq, text),
    };
    (prefix, &text[2..])
}

fn date(context: &Context<'_>, text: &str) -> Result<Match, Issue> {
    let text = unescape(text);
    let (prefix, rest) = prefixed(text.trim());
    // A plus sign that was not escaped arrives as a space.
    let rest = rest.replace(' ', "+");
    let Some(found) = datetime::interval(&rest).or_else(|| to_the_minute(&rest)) else {
        return Err(wrong(
            context.name,
            "must be a date or time such as 2024-03-01, perhaps after eq ne gt lt ge le sa eb ap",
        ));
    };
    let (mut low, mut high) = (found.low, found.high);
    if prefix == Prefix::Ap {
        // About: as much again on both sides as the value itself is wide.
        let width = high.saturating_sub(low);
        (low, high) = (low.saturating_sub(width), high.saturating_add(width));
    }
    Ok(Match::Date { prefix, low, high })
}

/// `2024-03-01T10:30` with or without offset: searches may leave the seconds out (R4 3.1.1.4.7).
fn to_the_minute(text: &str) -> Option<datetime::Interval> {
    const MINUTE: i64 = 60_000_000;
    let (minute, offset) = text.split_at_checked(16)?;
    if minute.as_bytes().get(13) != Some(&b':') || offset.starts_with(':') {
        return None;
    }
    let offset = if offset.is_empty() { "Z" } else { offset };
    let low = datetime::interval(&format!("{minute}:00{offset}"))?.low;
    Some(datetime::Interval {
        low,
        high: low.saturating_add(MINUTE),
    })
}

fn quantity(context: &Context<'_>, text: &str) -> Result<Match, Issue> {
    let parts = split(text, '|');
    let (digits, system, code) = match (context.param.kind, parts.as_slice()) {
        (_, [digits]) => (*digits, None, None),
        (ParamType::Quantity, [digits, system, code]) => (*digits, Some(*system), Some(*code)),
        (ParamType::Quantity, _) => {
            return Err(wrong(context.name, "must be number or number|system|code"));
        }
        _ => return Err(wrong(context.name, "must be a number")),
    };
    let (prefix, digits) = prefixed(digits.trim());
    let Some(mut found) = number(digits) else {
        return Err(wrong(context.name, "must begin with a number"));
    };
    if prefix == Prefix::Ap {
        let tenth = (found.value / 10.0).abs();
        found.low = found.low.min(found.value - tenth);
        found.high = found.high.max(found.value + tenth);
    }
    let given = |t: Option<&str>| t.filter(|t| !t.is_empty()).map(unescape);
    let mut bounds = [found.value, found.low, found.high];
    let mut unit = (given(system), given(code));
    if let (Some(system), Some(code)) = &unit
        && let Some((converted, code)) = in_canonical_unit(system, code, bounds)
    {
        bounds = converted;
        unit = (Some(CANONICAL.to_owned()), Some(code));
    }
    let ([value, low, high], (system, code)) = (bounds, unit);
    Ok(Match::Quantity {
        prefix,
        value,
        low,
        high,
        system,
        code,
    })
}
