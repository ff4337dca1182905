//! Quantities: a decimal with a UCUM unit or a calendar duration.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use rust_decimal::Decimal;

use super::syntax::Operator;

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
    /// Orders two quantities; `None` where their units have nothing in common.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        (self.unit == other.unit || self.ucum()? == other.ucum()?)
            .then(|| self.value.cmp(&other.value))
    }
    /// Whether both are the same; years and months are no definite times (FHIRPath 6.1.1).
    pub(super) fn equal(&self, other: &Self) -> Option<bool> {
        let vague = |q: &Self| matches!(q.unit, QuantityUnit::Calendar(c) if c < Calendar::Week);
        if vague(self) != vague(other) {
            return None;
        }
        self.compare(other).map(Ordering::is_eq)
    }
    pub(super) fn equivalent(&self, other: &Self) -> bool {
        self.compare(other) == Some(Ordering::Equal)
    }
    /// This in another unit.
    pub(super) fn to(&self, unit: &str) -> Option<Self> {
        (self.ucum()? == unit).then(|| self.clone())
    }
    /// Sum, difference, product or quotient.
    pub(super) fn reckon(&self, operator: Operator, other: &Self) -> Option<Self> {
        let same = self.unit == other.unit;
        match operator {
            Operator::Add if same => Some(self.of(self.value.checked_add(other.value)?)),
            Operator::Subtract if same => Some(self.of(self.value.checked_sub(other.value)?)),
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
