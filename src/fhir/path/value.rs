//! System values: what literals, functions and primitive elements come to.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{Moment, Quantity};

/// A value of one of the System types.
#[derive(Debug, Clone)]
pub enum Value<'d> {
    Boolean(bool),
    Integer(i32),
    /// With the digits it was given: 1.50 keeps its zero.
    Decimal(Decimal),
    String(Cow<'d, str>),
    Date(Moment),
    DateTime(Moment),
    Time(Moment),
    Quantity(Quantity<'d>),
    /// What `type()` tells; its members are `namespace` and `name`.
    Type {
        namespace: &'static str,
        name: &'static str,
    },
}

impl<'d> Value<'d> {
    /// The name of the type in the namespace System.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "Boolean",
            Self::Integer(_) => "Integer",
            Self::Decimal(_) => "Decimal",
            Self::String(_) => "String",
            Self::Date(_) => "Date",
            Self::DateTime(_) => "DateTime",
            Self::Time(_) => "Time",
            Self::Quantity(_) => "Quantity",
            Self::Type { .. } => "TypeInfo",
        }
    }
    /// The same value, its texts borrowed.
    pub(super) fn lend(&'d self) -> Value<'d> {
        match self {
            Self::String(text) => Value::String(Cow::Borrowed(text)),
            Self::Quantity(quantity) => Value::Quantity(quantity.lend()),
            Self::Boolean(value) => Value::Boolean(*value),
            Self::Integer(value) => Value::Integer(*value),
            Self::Decimal(value) => Value::Decimal(*value),
            Self::Date(value) => Value::Date(*value),
            Self::DateTime(value) => Value::DateTime(*value),
            Self::Time(value) => Value::Time(*value),
            Self::Type { namespace, name } => Value::Type { namespace, name },
        }
    }
    /// As `toString()` writes it.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::String(text) => Cow::Borrowed(text),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Integer(value) => Cow::Owned(value.to_string()),
            Self::Decimal(value) => Cow::Owned(value.to_string()),
            Self::Date(value) | Self::DateTime(value) | Self::Time(value) => {
                Cow::Owned(value.to_string())
            }
            Self::Quantity(value) => Cow::Owned(value.to_string()),
            Self::Type { namespace, name } => Cow::Owned(format!("{namespace}.{name}")),
        }
    }
}

/// A decimal as JSON or FHIRPath writes it, exponents included; `None` beyond 28 digits.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    if text.bytes().any(|b| b == b'e' || b == b'E') {
        return Decimal::from_scientific(text).ok();
    }
    Decimal::from_str_exact(text).ok()
}
