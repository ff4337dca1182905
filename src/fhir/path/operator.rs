//! Operators: three-valued logic, arithmetic, comparison, membership.

use std::borrow::Cow;
use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::bag::Bag;
use super::evaluate::{Frame, Machine, Result};
use super::quantity::{Calendar, QuantityUnit};
use super::syntax::{Id, Operator};
use super::{Fault, Item, Quantity, TEXT_MAX, Value};

/// The only item, or none. Errors: several items.
pub(super) fn single<'i, 'd>(items: &'i [Item<'d>]) -> Result<Option<&'i Item<'d>>> {
    match items {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(Fault::wrong("one item is expected here, not several")),
    }
}

/// Singleton evaluation as a condition (FHIRPath 4.5): one item that is no Boolean counts as true.
pub(super) fn truth(items: &[Item<'_>]) -> Result<Option<bool>> {
    let Some(item) = single(items)? else {
        return Ok(None);
    };
    Ok(match item {
        Item::Value(Value::Boolean(value)) => Some(*value),
        Item::Value(_) => Some(true),
        Item::Element(_) => match item.value() {
            Some(Value::Boolean(value)) => Some(value),
            _ => Some(true),
        },
    })
}

pub(super) fn negate<'d>(items: &[Item<'d>]) -> Result<Bag<'d>> {
    let Some(item) = single(items)? else {
        return Ok(Bag::Empty);
    };
    let least = Decimal::from(i64::from(i32::MAX) + 1);
    let negated = match item.value() {
        Some(Value::Integer(value)) => value.checked_neg().map(Value::Integer),
        Some(Value::Decimal(value)) if value == least && value.scale() == 0 => {
            Some(Value::Integer(i32::MIN))
        }
        Some(Value::Decimal(value)) => Some(Value::Decimal(-value)),
        Some(Value::Quantity(value)) => Some(Value::Quantity(value.of(-value.value))),
        _ => return Err(Fault::wrong("- takes a number or a quantity")),
    };
    Ok(negated.map(Item::Value).into())
}

impl<'d> Machine<'_, 'd> {
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: Id,
        right: Id,
        frame: Frame<'_, 'd>,
    ) -> Result<Bag<'d>> {
        use Operator as O;
        match operator {
            O::And | O::Or | O::Xor | O::Implies => self.logic(operator, left, right, frame),
            O::Equal | O::NotEqual | O::Equivalent | O::NotEquivalent => {
                let (left, right) = (self.term(left, frame)?, self.term(right, frame)?);
                let (left, right) = (left.items(), right.items());
                let found = match operator {
                    O::Equal | O::NotEqual => self.equal(left, right)?,
                    _ => Some(self.equivalent(left, right)?),
                };
                let negative = matches!(operator, O::NotEqual | O::NotEquivalent);
                Ok(found.map(|found| found != negative).into())
            }
            O::Less | O::Greater | O::LessOrEqual | O::GreaterOrEqual => {
                let (left, right) = (self.term(left, frame)?, self.term(right, frame)?);
                let order = compared(left.items(), right.items())?;
                let found = order.map(|order| match operator {
                    O::Less => order.is_lt(),
                    O::Greater => order.is_gt(),
                    O::LessOrEqual => order.is_le(),
                    _ => order.is_ge(),
                });
                Ok(found.into())
            }
            O::In | O::Contains => {
                let (left, right) = (self.term(left, frame)?, self.term(right, frame)?);
                let (one, many) = match operator {
                    O::In => (left.items(), right.items()),
                    _ => (right.items(), left.items()),
                };
                match single(one)? {
                    Some(item) => Ok(self.has(many, item)?.into()),
                    None => Ok(Bag::Empty),
                }
            }
            O::Union => {
                let (left, right) = (self.term(left, frame)?, self.term(right, frame)?);
                self.union(left.items(), right.items())
            }
            _ => {
                let (left, right) = (self.term(left, frame)?, self.term(right, frame)?);
                arithmetic(operator, left.items(), right.items())
            }
        }
    }

    /// Three-valued logic (FHIRPath 6.5); the right side is left alone where the left decides.
    fn logic(
        &mut self,
        operator: Operator,
        left: Id,
        right: Id,
        frame: Frame<'_, 'd>,
    ) -> Result<Bag<'d>> {
        let left = self.term(left, frame)?;
        let left = truth(left.items())?;
        match (operator, left) {
            (Operator::And, Some(false)) => return Ok(false.into()),
            (Operator::Or, Some(true)) | (Operator::Implies, Some(false)) => {
                return Ok(true.into());
            }
            (Operator::Xor, None) => return Ok(Bag::Empty),
            _ => {}
        }
        let right = self.term(right, frame)?;
        let right = truth(right.items())?;
        let found = match (operator, left, right) {
            (Operator::And, Some(true), right) => right,
            (Operator::And, None, Some(false)) => Some(false),
            (Operator::Or, Some(false), right) => right,
            (Operator::Or, None, Some(true)) => Some(true),
            (Operator::Xor, Some(left), Some(right)) => Some(left != right),
            (Operator::Implies, Some(true), right) => right,
            (Operator::Implies, None, Some(true)) => Some(true),
            _ => None,
        };
        Ok(found.into())
    }
}

/// Orders two single values; `None` where either is empty or it cannot be told.
fn compared(left: &[Item<'_>], right: &[Item<'_>]) -> Result<Option<Ordering>> {
    let (Some(left), Some(right)) = (single(left)?, single(right)?) else {
        return Ok(None);
    };
    match (left.value(), right.value()) {
        (Some(left), Some(right)) => order(&left, &right),
        // A primitive with extensions alone has no value to compare.
        _ if is_silent(left) || is_silent(right) => Ok(None),
        _ => Err(incomparable(left.type_name(), right.type_name())),
    }
}

fn is_silent(item: &Item<'_>) -> bool {
    item.node().is_some_and(|node| node.json().is_none())
}

fn incomparable(left: &str, right: &str) -> Fault {
    Fault::wrong(format!("{left} and {right} cannot be compared"))
}

/// Orders two values of comparable types. Errors: types that have no order in common.
pub(super) fn order(left: &Value<'_>, right: &Value<'_>) -> Result<Option<Ordering>> {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Ok(Some(left.cmp(&right)));
    }
    match (left, right) {
        (Value::String(left), Value::String(right)) => Ok(Some(left.cmp(right))),
        (
            Value::Date(left) | Value::DateTime(left),
            Value::Date(right) | Value::DateTime(right),
        )
        | (Value::Time(left), Value::Time(right)) => Ok(left.compare(right)),
        (Value::Quantity(left), Value::Quantity(right)) => Ok(left.compare(right)),
        (Value::Quantity(left), right) if number(right).is_some() => {
            let right = number(right).map(Quantity::plain);
            Ok(right.and_then(|right| left.compare(&right)))
        }
        (left, Value::Quantity(right)) if number(left).is_some() => {
            let left = number(left).map(Quantity::plain);
            Ok(left.and_then(|left| left.compare(right)))
        }
        _ => Err(incomparable(left.type_name(), right.type_name())),
    }
}

/// An integer or decimal as a decimal.
pub(super) fn number(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Integer(value) => Some(Decimal::from(*value)),
        Value::Decimal(value) => Some(*value),
        _ => None,
    }
}

fn arithmetic<'d>(operator: Operator, left: &[Item<'d>], right: &[Item<'d>]) -> Result<Bag<'d>> {
    let (left, right) = (single(left)?, single(right)?);
    if operator == Operator::Concatenate {
        let part = |item: Option<&Item<'d>>| match item.map(Item::text) {
            None => Ok(Cow::Borrowed("")),
            Some(Some(text)) => Ok(text),
            Some(None) => Err(Fault::wrong("& takes strings")),
        };
        return Ok(Item::Value(Value::String(joined(&part(left)?, &part(right)?)?)).into());
    }
    let (Some(left), Some(right)) = (left, right) else {
        return Ok(Bag::Empty);
    };
    let (Some(a), Some(b)) = (left.value(), right.value()) else {
        if is_silent(left) || is_silent(right) {
            return Ok(Bag::Empty);
        }
        return Err(mismatch(left.type_name(), right.type_name()));
    };
    Ok(computed(operator, &a, &b)?.map(Item::Value).into())
}

fn mismatch(left: &str, right: &str) -> Fault {
    Fault::wrong(format!("{left} and {right} cannot be reckoned with so"))
}

/// Two texts put together. Errors: longer than [`TEXT_MAX`].
pub(super) fn joined<'d>(left: &str, right: &str) -> Result<Cow<'d, str>> {
    if left.len() + right.len() > TEXT_MAX {
        return Err(Fault::wrong(format!(
            "a string has at most {TEXT_MAX} bytes"
        )));
    }
    Ok(Cow::Owned(format!("{left}{right}")))
}

/// `None` where the result cannot be represented, as the standard has it.
fn computed<'d>(
    operator: Operator,
    left: &Value<'d>,
    right: &Value<'d>,
) -> Result<Option<Value<'d>>> {
    match (left, right) {
        (Value::Integer(a), Value::Integer(b)) if operator != Operator::Divide => {
            let (a, b) = (*a, *b);
            let found = match operator {
                Operator::Times => a.checked_mul(b),
                Operator::Div => a.checked_div(b),
                Operator::Mod => a.checked_rem(b),
                Operator::Add => a.checked_add(b),
                _ => a.checked_sub(b),
            };
            Ok(found.map(Value::Integer))
        }
        (Value::String(a), Value::String(b)) if operator == Operator::Add => {
            Ok(Some(Value::String(joined(a, b)?)))
        }
        (Value::Date(_) | Value::DateTime(_) | Value::Time(_), Value::Quantity(b)) => {
            shifted(operator, left, b)
        }
        (Value::Quantity(a), Value::Quantity(b)) => Ok(a.reckon(operator, b).map(Value::Quantity)),
        (Value::Quantity(a), b) | (b, Value::Quantity(a)) if number(b).is_some() => {
            let plain = Quantity::plain(number(b).unwrap_or_default());
            let found = match left {
                Value::Quantity(_) => a.reckon(operator, &plain),
                _ => plain.reckon(operator, a),
            };
            Ok(found.map(Value::Quantity))
        }
        _ => match (number(left), number(right)) {
            (Some(a), Some(b)) => Ok(decimals(operator, a, b)),
            _ => Err(mismatch(left.type_name(), right.type_name())),
        },
    }
}

fn decimals<'d>(operator: Operator, a: Decimal, b: Decimal) -> Option<Value<'d>> {
    let found = match operator {
        Operator::Times => a.checked_mul(b),
        Operator::Divide => a.checked_div(b).map(|found| found.normalize()),
        Operator::Div => return a.checked_div(b)?.trunc().to_i32().map(Value::Integer),
        Operator::Mod => a.checked_rem(b),
        Operator::Add => a.checked_add(b),
        _ => a.checked_sub(b),
    };
    found.map(Value::Decimal)
}

/// A moment plus or minus a duration. Errors: other operators, units that are no durations.
fn shifted<'d>(
    operator: Operator,
    left: &Value<'d>,
    by: &Quantity<'d>,
) -> Result<Option<Value<'d>>> {
    let amount = match operator {
        Operator::Add => by.value,
        Operator::Subtract => -by.value,
        _ => return Err(mismatch(left.type_name(), "Quantity")),
    };
    let unit = match &by.unit {
        QuantityUnit::Calendar(calendar) => *calendar,
        // Only durations of a definite length may be UCUM's (FHIRPath 6.6).
        QuantityUnit::Ucum(code) => match Calendar::from_ucum(code) {
            Some(unit) if unit >= Calendar::Week => unit,
            _ => return Err(Fault::wrong("a date moves by a duration")),
        },
        QuantityUnit::Other(_) => return Err(Fault::wrong("a date moves by a duration")),
    };
    Ok(match left {
        Value::Date(moment) => moment.add(amount, unit).map(|m| Value::Date(m.date())),
        Value::DateTime(moment) => moment.add(amount, unit).map(Value::DateTime),
        Value::Time(moment) => moment.add(amount, unit).map(Value::Time),
        _ => None,
    })
}
