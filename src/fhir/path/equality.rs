//! Equality and equivalence (FHIRPath 6.1): of values, of elements in depth, of collections.

use std::cmp::Ordering;

use super::bag::Bag;
use super::evaluate::{Machine, Result};
use super::operator::number;
use super::value::decimal;
use super::{Item, Value};
use crate::Element;
use crate::json::Kind;

impl<'d> Machine<'_, 'd> {
    /// `=`: `None` where either side is empty or it cannot be told.
    pub(super) fn equal(&mut self, left: &[Item<'d>], right: &[Item<'d>]) -> Result<Option<bool>> {
        if left.is_empty() || right.is_empty() {
            return Ok(None);
        }
        if left.len() != right.len() {
            return Ok(Some(false));
        }
        let mut unknown = false;
        for (left, right) in left.iter().zip(right) {
            match self.same(left, right)? {
                Some(true) => {}
                Some(false) => return Ok(Some(false)),
                None => unknown = true,
            }
        }
        Ok((!unknown).then_some(true))
    }

    /// Whether two items are equal; `None` where it cannot be told.
    pub(super) fn same(&mut self, left: &Item<'d>, right: &Item<'d>) -> Result<Option<bool>> {
        self.spend(1)?;
        match (left.value(), right.value()) {
            (Some(left), Some(right)) => Ok(equal_values(&left, &right)),
            (None, None) => match (left.node(), right.node()) {
                (Some(left), Some(right)) => match (left.element(), right.element()) {
                    (Some(left), Some(right)) if left == right => Ok(Some(true)),
                    (Some(left), Some(right)) => self.alike(left, right).map(Some),
                    _ => Ok(Some(false)),
                },
                _ => Ok(Some(false)),
            },
            _ => Ok(Some(false)),
        }
    }

    /// Whether two elements are the same in depth; members in any order.
    fn alike(&mut self, left: Element<'d>, right: Element<'d>) -> Result<bool> {
        self.spend(1)?;
        match (left.kind(), right.kind()) {
            (Kind::Object, Kind::Object) => {
                if left.count() != right.count() {
                    return Ok(false);
                }
                for (name, member) in left.members() {
                    let Some(other) = right.get(&name) else {
                        return Ok(false);
                    };
                    if !self.alike(member, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Kind::Array, Kind::Array) => {
                if left.count() != right.count() {
                    return Ok(false);
                }
                for (left, right) in left.items().zip(right.items()) {
                    if !self.alike(left, right)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Kind::String, Kind::String) => Ok(left.str() == right.str()),
            (Kind::Number, Kind::Number) => Ok(numbers(left, right) == Some(Ordering::Equal)),
            (a, b) => Ok(a == b && left.raw() == right.raw()),
        }
    }

    /// `~`: order does not matter, and nothing is unknown.
    pub(super) fn equivalent(&mut self, left: &[Item<'d>], right: &[Item<'d>]) -> Result<bool> {
        if left.len() != right.len() {
            return Ok(false);
        }
        let mut free: Vec<&Item<'d>> = right.iter().collect();
        for item in left {
            let mut found = None;
            for (at, other) in free.iter().enumerate() {
                if self.like(item, other)? {
                    found = Some(at);
                    break;
                }
            }
            match found {
                Some(at) => free.swap_remove(at),
                None => return Ok(false),
            };
        }
        Ok(true)
    }

    fn like(&mut self, left: &Item<'d>, right: &Item<'d>) -> Result<bool> {
        self.spend(1)?;
        match (left.value(), right.value()) {
            (Some(left), Some(right)) => Ok(equivalent_values(&left, &right)),
            (None, None) => match (left.node(), right.node()) {
                (Some(left), Some(right)) => match (left.element(), right.element()) {
                    (Some(left), Some(right)) => self.resembles(left, right),
                    _ => Ok(false),
                },
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    }

    /// Equivalence in depth: ids do not count, texts fold, arrays are in any order.
    fn resembles(&mut self, left: Element<'d>, right: Element<'d>) -> Result<bool> {
        self.spend(1)?;
        match (left.kind(), right.kind()) {
            (Kind::Object, Kind::Object) => {
                let count = |e: Element<'d>| e.members().filter(|(name, _)| name != "id").count();
                if count(left) != count(right) {
                    return Ok(false);
                }
                for (name, member) in left.members().filter(|(name, _)| name != "id") {
                    let Some(other) = right.get(&name) else {
                        return Ok(false);
                    };
                    if !self.resembles(member, other)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Kind::Array, Kind::Array) => {
                let mut free: Vec<Element<'d>> = right.items().collect();
                for item in left.items() {
                    let mut found = None;
                    for (at, other) in free.iter().enumerate() {
                        if self.resembles(item, *other)? {
                            found = Some(at);
                            break;
                        }
                    }
                    match found {
                        Some(at) => free.swap_remove(at),
                        None => return Ok(false),
                    };
                }
                Ok(free.is_empty())
            }
            (Kind::String, Kind::String) => {
                let text = |e: Element<'d>| folded(&e.str().unwrap_or_default());
                Ok(text(left) == text(right))
            }
            (Kind::Number, Kind::Number) => {
                let value = |e: Element<'d>| Some(Value::Decimal(decimal(e.number()?)?));
                Ok(match (value(left), value(right)) {
                    (Some(left), Some(right)) => equivalent_values(&left, &right),
                    _ => left.raw() == right.raw(),
                })
            }
            (a, b) => Ok(a == b && left.raw() == right.raw()),
        }
    }

    /// Whether a collection has an item equal to this.
    pub(super) fn has(&mut self, items: &[Item<'d>], item: &Item<'d>) -> Result<bool> {
        for other in items {
            if self.same(other, item)? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The items, each once.
    pub(super) fn distinct(&mut self, items: &[Item<'d>]) -> Result<Bag<'d>> {
        let mut found = Bag::Empty;
        for item in items {
            if !self.has(found.items(), item)? {
                found.push(item.clone());
            }
        }
        Ok(found)
    }

    /// The items of both, each once.
    pub(super) fn union(&mut self, left: &[Item<'d>], right: &[Item<'d>]) -> Result<Bag<'d>> {
        let mut found = self.distinct(left)?;
        for item in right {
            if !self.has(found.items(), item)? {
                found.push(item.clone());
            }
        }
        Ok(found)
    }
}

fn numbers(left: Element<'_>, right: Element<'_>) -> Option<Ordering> {
    if left.raw() == right.raw() {
        return Some(Ordering::Equal);
    }
    let (left, right) = (decimal(left.number()?)?, decimal(right.number()?)?);
    Some(left.cmp(&right))
}

fn equal_values(left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Some(left == right);
    }
    match (left, right) {
        (Value::Boolean(left), Value::Boolean(right)) => Some(left == right),
        (Value::String(left), Value::String(right)) => Some(left == right),
        (
            Value::Date(left) | Value::DateTime(left),
            Value::Date(right) | Value::DateTime(right),
        )
        | (Value::Time(left), Value::Time(right)) => left.compare(right).map(Ordering::is_eq),
        (Value::Quantity(left), Value::Quantity(right)) => left.equal(right),
        (Value::Quantity(quantity), other) | (other, Value::Quantity(quantity)) => {
            let other = number(other).map(super::Quantity::plain);
            other.map_or(Some(false), |other| quantity.equal(&other))
        }
        (
            Value::Type { namespace, name },
            Value::Type {
                namespace: other_namespace,
                name: other,
            },
        ) => Some(namespace == other_namespace && name == other),
        _ => Some(false),
    }
}

fn equivalent_values(left: &Value<'_>, right: &Value<'_>) -> bool {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        // To the precision of the less precise (FHIRPath 6.1.2).
        let digits = |value: rust_decimal::Decimal| value.normalize().scale();
        let digits = digits(left).min(digits(right));
        return left.round_dp(digits) == right.round_dp(digits);
    }
    match (left, right) {
        (Value::String(left), Value::String(right)) => folded(left) == folded(right),
        (
            Value::Date(left) | Value::DateTime(left),
            Value::Date(right) | Value::DateTime(right),
        )
        | (Value::Time(left), Value::Time(right)) => {
            left.compare(right).is_some_and(Ordering::is_eq)
        }
        (Value::Quantity(left), Value::Quantity(right)) => left.equivalent(right),
        _ => equal_values(left, right) == Some(true),
    }
}

/// Lower case, white space made single: what equivalence of strings ignores.
fn folded(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}
