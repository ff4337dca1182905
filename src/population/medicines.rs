//! Medicines as they are prescribed: what, how much, how often, how long.

use crate::words::Code;

/// A medicine for an ailment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Medicine {
    pub slug: &'static str,
    pub code: Code,
    pub text: &'static str,
    /// Amount per dose with its unit.
    pub dose: (f64, &'static str),
    pub per_day: i64,
    pub as_needed: bool,
    /// What one filling holds.
    pub quantity: i64,
    pub refills: i64,
    /// Months after the diagnosis that it is started.
    pub after_months: i64,
}

/// A tablet taken so many times a day, started some months after the diagnosis.
pub const fn daily(
    slug: &'static str,
    code: Code,
    text: &'static str,
    per_day: i64,
    after_months: i64,
) -> Medicine {
    Medicine {
        slug,
        code,
        text,
        dose: (1.0, "tablet"),
        per_day,
        as_needed: false,
        quantity: 90,
        refills: 3,
        after_months,
    }
}

/// A spray of two puffs, twice a day or as needed.
pub const fn inhaled(
    slug: &'static str,
    code: Code,
    text: &'static str,
    as_needed: bool,
) -> Medicine {
    Medicine {
        slug,
        code,
        text,
        dose: (2.0, "puff"),
        per_day: if as_needed { 4 } else { 2 },
        as_needed,
        quantity: 1,
        refills: 5,
        after_months: 0,
    }
}
