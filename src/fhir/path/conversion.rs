//! From one System type to another (FHIRPath 5.5); `None` where there is no way.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::quantity::{Calendar, QuantityUnit};
use super::value::decimal;
use super::{Moment, Quantity, Value};

pub(super) fn to_boolean<'d>(value: &Value<'d>) -> Option<Value<'d>> {
    let found = match value {
        Value::Boolean(value) => *value,
        Value::Integer(1) => true,
        Value::Integer(0) => false,
        Value::Decimal(value) if *value == Decimal::ONE => true,
        Value::Decimal(value) if value.is_zero() => false,
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => true,
            "false" | "f" | "no" | "n" | "0" | "0.0" => false,
            _ => return None,
        },
        _ => return None,
    };
    Some(Value::Boolean(found))
}

pub(super) fn to_integer<'d>(value: &Value<'d>) -> Option<Value<'d>> {
    let found = match value {
        Value::Boolean(value) => i32::from(*value),
        Value::Integer(value) => *value,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    Some(Value::Integer(found))
}

/// `(+|-)?digits(.digits)?`.
fn plain_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (all(whole) && all(fraction)).then(|| decimal(text))?
}

pub(super) fn to_decimal<'d>(value: &Value<'d>) -> Option<Value<'d>> {
    let found = match value {
        Value::Boolean(value) => Decimal::from(u8::from(*value)),
        Value::Integer(value) => Decimal::from(*value),
        Value::Decimal(value) => *value,
        Value::String(text) => plain_decimal(text)?,
        _ => return None,
    };
    Some(Value::Decimal(found))
}

pub(super) fn to_date<'d>(value: &Value<'d>) -> Option<Value<'d>> {
    let found = match value {
        Value::Date(value) => *value,
        Value::DateTime(value) => value.date(),
        Value::String(text) => Moment::parse(text)?.date(),
        _ => return None,
    };
    Some(Value::Date(found))
}

pub(super) fn to_date_time<'d>(value: &Value<'d>) -> Option<Value<'d>> {
    let found = match value {
        Value::Date(value) | Value::DateTime(value) => *value,
        Value::String(text) => Moment::parse(text)?,
        _ => return None,
    };
    Some(Value::DateTime(found))
}

pub(super) fn to_time<'d>(value: &Value<'d>) -> Option<Value<'d>> {
    let found = match value {
        Value::Time(value) => *value,
        Value::String(text) => Moment::time(text)?,
        _ => return None,
    };
    Some(Value::Time(found))
}

pub(super) fn to_text<'d>(value: &Value<'d>) -> Option<Value<'d>> {
    let text = match value {
        Value::Type { .. } => return None,
        Value::String(text) => text.clone(),
        other => Cow::Owned(other.to_text().into_owned()),
    };
    Some(Value::String(text))
}

/// A quantity, converted to `unit` where one is asked for.
pub(super) fn to_quantity<'d>(value: &Value<'d>, unit: Option<&str>) -> Option<Value<'d>> {
    let found = match value {
        Value::Boolean(value) => Quantity::plain(Decimal::from(u8::from(*value))),
        Value::Integer(value) => Quantity::plain(Decimal::from(*value)),
        Value::Decimal(value) => Quantity::plain(*value),
        Value::Quantity(value) => value.clone(),
        Value::String(text) => parsed(text)?,
        _ => return None,
    };
    let Some(unit) = unit else {
        return Some(Value::Quantity(found));
    };
    found.to(unit).map(Value::Quantity)
}

/// `4.5 'mg'`, `4 days`, `4.5`.
fn parsed<'d>(text: &str) -> Option<Quantity<'d>> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')));
    let (digits, rest) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let value = plain_decimal(digits)?;
    let unit = rest.trim();
    if unit.is_empty() {
        return Some(Quantity::plain(value));
    }
    if let Some(code) = unit.strip_prefix('\'').and_then(|u| u.strip_suffix('\'')) {
        let code = Cow::Owned(code.to_owned());
        let unit = QuantityUnit::Ucum(code);
        return Some(Quantity { value, unit });
    }
    if !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let unit = QuantityUnit::Calendar(Calendar::from_name(unit)?);
    Some(Quantity { value, unit })
}
