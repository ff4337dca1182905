//! Math (FHIRPath 5.7): exact where decimals are, to fifteen digits where they cannot be.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::super::bag::Bag;
use super::super::evaluate::{Machine, Result};
use super::super::operator::{self, number};
use super::super::syntax::Function as F;
use super::super::{Fault, Item, Value};
use super::Call;

impl<'d> Machine<'_, 'd> {
    pub(super) fn math(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let Some(item) = operator::single(call.input)? else {
            return Ok(Bag::Empty);
        };
        let value = match item.value() {
            Some(value) => value,
            None if item.node().is_some_and(|node| node.json().is_none()) => {
                return Ok(Bag::Empty);
            }
            None => return Err(wrong(item.type_name())),
        };
        if let Value::Quantity(quantity) = &value {
            let found = match call.function {
                F::Abs => quantity.value.abs(),
                F::Ceiling => quantity.value.ceil(),
                F::Floor => quantity.value.floor(),
                F::Truncate => quantity.value.trunc(),
                F::Round => {
                    let digits = self.precision(call)?;
                    rounded(quantity.value, digits)
                }
                _ => return Err(wrong("Quantity")),
            };
            return Ok(Item::Value(Value::Quantity(quantity.of(found))).into());
        }
        let Some(decimal) = number(&value) else {
            return Err(wrong(value.type_name()));
        };
        let whole = |found: Decimal| found.to_i32().map(Value::Integer);
        let found = match call.function {
            F::Abs => match value {
                Value::Integer(value) => value.checked_abs().map(Value::Integer),
                _ => Some(Value::Decimal(decimal.abs())),
            },
            F::Ceiling => whole(decimal.ceil()),
            F::Floor => whole(decimal.floor()),
            F::Truncate => whole(decimal.trunc()),
            F::Round => {
                let digits = self.precision(call)?;
                Some(Value::Decimal(rounded(decimal, digits)))
            }
            F::Sqrt => root(decimal).map(Value::Decimal),
            F::Exp => float(decimal).map(f64::exp).and_then(finite),
            F::Ln => positive(decimal).map(f64::ln).and_then(finite),
            F::Log => {
                let base = self.argument_number(call)?;
                let base = base.as_ref().and_then(number).and_then(positive);
                let found = positive(decimal).zip(base).map(|(n, base)| match base {
                    2.0 => n.log2(),
                    10.0 => n.log10(),
                    _ => n.ln() / base.ln(),
                });
                found.and_then(finite)
            }
            _ => {
                let exponent = self.argument_number(call)?;
                exponent.and_then(|exponent| power(&value, &exponent))
            }
        };
        Ok(found.map(Item::Value).into())
    }

    fn argument_number(&mut self, call: Call<'_, 'd>) -> Result<Option<Value<'d>>> {
        let found = self.term(call.argument(0)?, call.frame)?;
        match operator::single(found.items())? {
            None => Ok(None),
            Some(item) => match item.value().filter(|value| number(value).is_some()) {
                Some(value) => Ok(Some(value)),
                None => Err(Fault::wrong("an argument must be a number")),
            },
        }
    }

    fn precision(&mut self, call: Call<'_, 'd>) -> Result<u32> {
        let Some(argument) = call.arguments.first() else {
            return Ok(0);
        };
        match self.integer(*argument, call.frame)? {
            None => Ok(0),
            Some(digits) => {
                u32::try_from(digits).map_err(|_| Fault::wrong("a precision is not negative"))
            }
        }
    }
}

fn wrong(found: &str) -> Fault {
    Fault::wrong(format!("this function takes a number, not {found}"))
}

/// Halves go away from zero.
fn rounded(value: Decimal, digits: u32) -> Decimal {
    value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

fn float(value: Decimal) -> Option<f64> {
    value.to_f64()
}

fn positive(value: Decimal) -> Option<f64> {
    float(value).filter(|value| *value > 0.0)
}

fn finite<'d>(value: f64) -> Option<Value<'d>> {
    Decimal::try_from(value).ok().map(Value::Decimal)
}

/// The square root: Newton's steps from the nearest float, so that perfect squares come out whole.
fn root(value: Decimal) -> Option<Decimal> {
    if value.is_sign_negative() && !value.is_zero() {
        return None;
    }
    let mut root = Decimal::try_from(float(value)?.sqrt()).ok()?;
    if root.is_zero() {
        return Some(root);
    }
    for _ in 0..3 {
        let next = value.checked_div(root)?.checked_add(root)?;
        root = next.checked_div(Decimal::TWO)?;
    }
    let rounded = root.round_dp(14).normalize();
    match rounded.checked_mul(rounded) {
        Some(square) if square == value => Some(rounded),
        _ => Some(root),
    }
}

/// A power: exact for whole exponents, an integer where both are and it is one.
fn power<'d>(value: &Value<'d>, exponent: &Value<'d>) -> Option<Value<'d>> {
    let base = number(value)?;
    let exponent_decimal = number(exponent)?;
    if exponent_decimal.fract().is_zero() {
        let whole = exponent_decimal.to_i64()?;
        let mut found = Decimal::ONE;
        for _ in 0..whole.unsigned_abs().min(100_000) {
            found = found.checked_mul(base)?;
            if found.is_zero() || found == Decimal::ONE && base == Decimal::ONE {
                break;
            }
        }
        let ints = matches!((value, exponent), (Value::Integer(_), Value::Integer(_)));
        if whole < 0 {
            let found = Decimal::ONE.checked_div(found)?;
            return Some(Value::Decimal(found.normalize()));
        }
        return match ints {
            true => found.to_i32().map(Value::Integer),
            false => Some(Value::Decimal(found)),
        };
    }
    let found = float(base)?.powf(float(exponent_decimal)?);
    found.is_finite().then(|| finite(found))?
}
