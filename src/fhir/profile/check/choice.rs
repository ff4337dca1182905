//! Comparing values of a resource with those a profile gives.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use crate::json::Kind;
use crate::{Element, datetime};

/// Whether two values are the same, whatever the order of members and the writing of numbers.
pub(super) fn equals(value: Element<'_>, fixed: Element<'_>) -> bool {
    match (value.kind(), fixed.kind()) {
        (Kind::Object, Kind::Object) => {
            value.count() == fixed.count()
                && fixed
                    .members()
                    .all(|(name, fixed)| value.get(&name).is_some_and(|value| equals(value, fixed)))
        }
        (Kind::Array, Kind::Array) => {
            value.count() == fixed.count()
                && value
                    .items()
                    .zip(fixed.items())
                    .all(|(value, fixed)| equals(value, fixed))
        }
        _ => same(value, fixed),
    }
}

/// Whether a value has everything a pattern has: its members, and for each item of its arrays one
/// that fits.
pub(super) fn fits(value: Element<'_>, pattern: Element<'_>) -> bool {
    match (value.kind(), pattern.kind()) {
        (Kind::Object, Kind::Object) => pattern
            .members()
            .all(|(name, pattern)| value.get(&name).is_some_and(|value| fits(value, pattern))),
        (Kind::Array, Kind::Array) => pattern
            .items()
            .all(|pattern| value.items().any(|value| fits(value, pattern))),
        _ => same(value, pattern),
    }
}

fn same(value: Element<'_>, other: Element<'_>) -> bool {
    match (value.kind(), other.kind()) {
        (Kind::String, Kind::String) => value.str() == other.str(),
        (Kind::Number, Kind::Number) => {
            let number =
                |one: Element<'_>| Decimal::from_scientific(one.raw()).or(one.raw().parse());
            value.raw() == other.raw()
                || matches!((number(value), number(other)), (Ok(a), Ok(b)) if a == b)
        }
        (a, b) => a == b && value.raw() == other.raw(),
    }
}

/// Numbers, dates and quantities of one unit in order; `None` where they cannot be compared.
pub(super) fn compare(value: Element<'_>, limit: Element<'_>) -> Option<Ordering> {
    match (value.kind(), limit.kind()) {
        (Kind::Number, Kind::Number) => {
            let number = |one: Element<'_>| one.raw().parse::<Decimal>().ok();
            Some(number(value)?.cmp(&number(limit)?))
        }
        (Kind::String, Kind::String) => {
            let (value, limit) = (
                datetime::interval(&value.str()?)?,
                datetime::interval(&limit.str()?)?,
            );
            if value.high <= limit.low {
                Some(Ordering::Less)
            } else if value.low >= limit.high {
                Some(Ordering::Greater)
            } else {
                Some(Ordering::Equal)
            }
        }
        (Kind::Object, Kind::Object) => {
            let unit = |one: Element<'_>| {
                let code = one.text_at("code").or_else(|| one.text_at("unit"));
                code.map(std::borrow::Cow::into_owned)
            };
            if unit(value) != unit(limit) {
                return None;
            }
            compare(value.get("value")?, limit.get("value")?)
        }
        _ => None,
    }
}
