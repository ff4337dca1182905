//! UCUM: units parsed, compared, converted, and brought to their canonical form.
//!
//! The units are data (`profiles/ucum/units.txt`). Factors are kept exact as far as 38 digits go.

mod atoms;
mod known;
mod number;
mod parse;
mod special;

use std::fmt::Write as _;

use rust_decimal::Decimal;

pub(crate) use known::Known;
pub use number::Number;
use special::Special;

/// The code system of UCUM.
pub const SYSTEM: &str = "http://unitsofmeasure.org";
/// Longest code taken, in bytes.
pub const LENGTH_MAX: usize = 200;
/// Deepest nesting of parentheses taken.
pub const DEPTH_MAX: usize = 16;
/// Greatest exponent taken, either way.
pub const EXPONENT_MAX: i32 = 40;

/// Why a text is no UCUM code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} at character {}", at + 1)]
pub struct Fault {
    /// The byte where reading stopped.
    pub at: usize,
    pub why: &'static str,
}

/// Exponents of base units, by number, in ascending order and without zeros.
type Dimension = Vec<(u16, i32)>;

/// A unit: what one of it is in base units.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    factor: Number,
    dimension: Dimension,
    special: Option<Scale>,
}

/// A special unit's scale, and what its prefix multiplies values on it by.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    function: Special,
    by: Number,
}

impl Unit {
    /// Parses a case sensitive UCUM code such as `mg/dL`. Errors: not of the grammar, an atom or
    /// prefix that is not there, or beyond the bounds above.
    pub fn parse(code: &str) -> Result<Self, Fault> {
        parse::unit(code)
    }
    /// Whether both measure the same kind of thing.
    pub fn comparable(&self, other: &Self) -> bool {
        self.dimension == other.dimension
    }
    /// The canonical unit: base units in alphabetical order, such as `g.m-3`; `1` for none.
    pub fn canonical(&self) -> String {
        let mut names: Vec<(&str, i32)> = self
            .dimension
            .iter()
            .map(|(base, exponent)| (atoms::base(*base), *exponent))
            .collect();
        names.sort_unstable();
        let mut out = String::new();
        for (name, exponent) in names {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(name);
            if exponent != 1 {
                let _ = write!(out, "{exponent}");
            }
        }
        if out.is_empty() { "1".to_owned() } else { out }
    }
    /// A value of this unit in the canonical one. `None` beyond what numbers can hold.
    pub fn to_canonical(&self, value: Decimal) -> Option<Number> {
        self.raised(Number::from(value))
    }
    fn raised(&self, value: Number) -> Option<Number> {
        match self.special {
            Some(scale) => {
                let value = value.times(scale.by)?;
                scale.function.to_canonical(value, self.factor)
            }
            None => value.times(self.factor),
        }
    }
    /// Whether values keep their order and their distances in the canonical unit.
    pub fn is_straight(&self) -> bool {
        self.special.is_none_or(|scale| scale.function.is_linear())
    }
    /// As [`Unit::to_canonical`] for a float, taken for the digits it is written with; open ends
    /// stay open.
    pub fn to_canonical_float(&self, value: f64) -> Option<f64> {
        if value.is_infinite() {
            return Some(value);
        }
        let value = self.raised(Number::from_float(value)?)?;
        Some(value.to_float())
    }
    /// A canonical value in this unit.
    fn out_of_canonical(&self, value: Number) -> Option<Number> {
        match self.special {
            Some(scale) => {
                let value = scale.function.out_of_canonical(value, self.factor)?;
                value.over(scale.by)
            }
            None => value.over(self.factor),
        }
    }
    /// A value of this unit in another one. `None` where they measure different things.
    pub fn convert(&self, value: Decimal, to: &Self) -> Option<Decimal> {
        if !self.comparable(to) {
            return None;
        }
        if self == to {
            return Some(value);
        }
        to.out_of_canonical(self.to_canonical(value)?)?.to_decimal()
    }
    /// This unit times (or, with `-1`, per) another. `None` for units that cannot be multiplied.
    pub fn product(&self, other: &Self, exponent: i32) -> Option<Self> {
        parse::product(self, other, exponent)
    }
}

/// A value and its unit in canonical form: `(2000, "mg")` is `(2, "g")`. `None` where the code is
/// not UCUM.
pub fn canonical(value: Decimal, code: &str) -> Option<(Number, String)> {
    let unit = Unit::parse(code).ok()?;
    Some((unit.to_canonical(value)?, unit.canonical()))
}

#[cfg(test)]
mod tests;
