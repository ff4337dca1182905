//! Quantities: a decimal with a UCUM unit or a calendar duration.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

use rust_decimal::Decimal;

use super::syntax::Operator;
use crate::ucum::{Known, Unit};

/// A value with its unit.
#[derive(Debug, Clone)]
pub struct Quantity<'d> {
    pub value: Decimal,
    pub unit: QuantityUnit<'d>,
}

/// What a quantity is measured in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuantityUnit<'d> {
    /// A UCUM code; `1` where there is no unit.
    Ucum(Cow<'d, str>),
    /// A calendar duration (FHIRPath 2.3.2).
    Calendar(Calendar),
    /// A unit that no system stands for, as written.
    Other(Cow<'d, str>),
}

/// The calendar durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Calendar {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl Calendar {
    /// The duration of that name, singular or plural.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.strip_suffix('s').unwrap_or(name) {
            "year" => Self::Year,
            "month" => Self::Month,
            "week" => Self::Week,
            "day" => Self::Day,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            "second" => Self::Second,
            "millisecond" => Self::Millisecond,
            _ => return None,
        })
    }
    /// The singular name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Millisecond => "millisecond",
        }
    }
    /// The UCUM unit nearest to it: equal from weeks down to milliseconds, equivalent above.
    pub fn ucum(self) -> &'static str {
        match self {
            Self::Year => "a",
            Self::Month => "mo",
            Self::Week => "wk",
            Self::Day => "d",
            Self::Hour => "h",
            Self::Minute => "min",
            Self::Second => "s",
            Self::Millisecond => "ms",
        }
    }
    /// The duration a UCUM unit of time stands for.
    pub fn from_ucum(code: &str) -> Option<Self> {
        Some(match code {
            "a" => Self::Year,
            "mo" => Self::Month,
            "wk" => Self::Week,
            "d" => Self::Day,
            "h" => Self::Hour,
            "min" => Self::Minute,
            "s" => Self::Second,
            "ms" => Self::Millisecond,
            _ => return None,
        })
    }
}

impl<'d> Quantity<'d> {
    /// A quantity without a unit.
    pub(super) fn plain(value: Decimal) -> Self {
        Self {
            value,
            unit: QuantityUnit::Ucum(Cow::Borrowed("1")),
        }
    }
    pub(super) fn lend(&'d self) -> Quantity<'d> {
        Quantity {
            value: self.value,
            unit: match &self.unit {
                QuantityUnit::Ucum(code) => QuantityUnit::Ucum(Cow::Borrowed(code)),
                QuantityUnit::Calendar(calendar) => QuantityUnit::Calendar(*calendar),
                QuantityUnit::Other(unit) => QuantityUnit::Other(Cow::Borrowed(unit)),
            },
        }
    }
    /// The same unit with another value.
    pub(super) fn of(&self, value: Decimal) -> Self {
        Self {
            value,
            unit: self.unit.clone(),
        }
    }
}

impl<'d> Quantity<'d> {
    /// The UCUM code of the unit; `None` where it has none.
    pub fn ucum(&self) -> Option<&str> {
        match &self.unit {
            QuantityUnit::Ucum(code) => Some(code),
            QuantityUnit::Calendar(calendar) => Some(calendar.ucum()),
            QuantityUnit::Other(_) => None,
        }
    }
    fn parsed_unit(&self) -> Option<Rc<Known>> {
        Known::of(self.ucum()?)
    }
    /// Orders two quantities; `None` where their units have nothing in common.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.unit == other.unit {
            return Some(self.value.cmp(&other.value));
        }
        let (a, b) = (self.parsed_unit()?, other.parsed_unit()?);
        if !a.comparable(&b) {
            return None;
        }
        let (a, b) = (a.to_canonical(self.value)?, b.to_canonical(other.value)?);
        a.partial_cmp(&b)
    }
    /// Whether this is measured in calendar years or months, which are no definite times.
    fn is_vague(&self) -> bool {
        matches!(self.unit, QuantityUnit::Calendar(c) if c < Calendar::Week)
    }
    /// Whether both are the same; `None` where units have nothing in common (FHIRPath 6.1.1).
    pub(super) fn equal(&self, other: &Self) -> Option<bool> {
        if self.is_vague() && other.is_vague() {
            let months = |q: &Self| {
                let year = matches!(q.unit, QuantityUnit::Calendar(Calendar::Year));
                let by = if year {
                    Decimal::from(12)
                } else {
                    Decimal::ONE
                };
                q.value.checked_mul(by)
            };
            return Some(months(self)? == months(other)?);
        }
        if self.is_vague() != other.is_vague() {
            return None;
        }
        self.compare(other).map(Ordering::is_eq)
    }
    /// Whether both are about the same: years are as long as UCUM's, values are rounded to the
    /// less precise.
    pub(super) fn equivalent(&self, other: &Self) -> bool {
        let same = || {
            let (a, b) = (self.parsed_unit()?, other.parsed_unit()?);
            let converted = b.convert(other.value, &a)?;
            let digits = |value: Decimal| value.normalize().scale();
            let digits = digits(self.value).min(digits(converted).min(digits(other.value)));
            Some(self.value.round_dp(digits) == converted.round_dp(digits))
        };
        match self.unit == other.unit {
            true => {
                let digits = self
                    .value
                    .normalize()
                    .scale()
                    .min(other.value.normalize().scale());
                self.value.round_dp(digits) == other.value.round_dp(digits)
            }
            false => same().unwrap_or(false),
        }
    }
    /// This in another unit: a UCUM code or the name of a calendar duration.
    pub(super) fn to(&self, unit: &str) -> Option<Self> {
        let wanted = match Calendar::from_name(unit) {
            Some(calendar) => QuantityUnit::Calendar(calendar),
            None => QuantityUnit::Ucum(Cow::Owned(unit.to_owned())),
        };
        let mut found = Quantity {
            value: self.value,
            unit: wanted,
        };
        if found.unit != self.unit {
            let (from, to) = (self.parsed_unit()?, found.parsed_unit()?);
            found.value = from.convert(self.value, &to)?;
        }
        Some(found)
    }
    /// Sum and difference (in the unit of the left), product and quotient.
    pub(super) fn reckon(&self, operator: Operator, other: &Self) -> Option<Self> {
        match operator {
            Operator::Add | Operator::Subtract => {
                let value = match self.unit == other.unit {
                    true => other.value,
                    false => {
                        let (a, b) = (self.parsed_unit()?, other.parsed_unit()?);
                        b.convert(other.value, &a)?
                    }
                };
                let value = match operator {
                    Operator::Add => self.value.checked_add(value)?,
                    _ => self.value.checked_sub(value)?,
                };
                Some(self.of(value))
            }
            Operator::Times | Operator::Divide => {
                let value = match operator {
                    Operator::Times => self.value.checked_mul(other.value)?,
                    _ => self.value.checked_div(other.value)?,
                };
                let mark = if operator == Operator::Times {
                    '.'
                } else {
                    '/'
                };
                let (a, b) = (self.ucum()?, other.ucum()?);
                let code = match (a, b) {
                    (a, "1") => a.to_owned(),
                    ("1", b) if mark == '.' => b.to_owned(),
                    (a, b) if a == b && mark == '/' => "1".to_owned(),
                    (a, b) if b.contains(['.', '/']) => format!("{a}{mark}({b})"),
                    (a, b) => format!("{a}{mark}{b}"),
                };
                Unit::parse(&code).ok()?;
                let unit = QuantityUnit::Ucum(Cow::Owned(code));
                Some(Quantity { value, unit })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Quantity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unit {
            QuantityUnit::Ucum(code) => write!(f, "{} '{code}'", self.value),
            QuantityUnit::Other(unit) => write!(f, "{} '{unit}'", self.value),
            QuantityUnit::Calendar(calendar) => {
                let plural = if self.value == Decimal::ONE { "" } else { "s" };
                write!(f, "{} {}{plural}", self.value, calendar.name())
            }
        }
    }
}
