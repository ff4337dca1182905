//! Number and quantity filters: equal within the digits given, or compared exactly (R4 3.1.1.4.6,
//! 3.1.1.4.12).

use fhir::index::{CANONICAL, cut};
use fhir::search::Prefix;

use crate::sql::Statement;

/// A number with the range its digits imply, and a unit.
pub(super) struct Amount<'a> {
    pub prefix: Prefix,
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub system: Option<&'a str>,
    pub code: Option<&'a str>,
}

/// Writes the condition on `x` (`ix_quantity`).
pub(super) fn condition(s: &mut Statement, amount: &Amount<'_>) {
    match amount.system {
        Some(system) => s.push("x.system = ").push_bind(cut(system)),
        // What is asked for without a unit is compared as it was written.
        None => s.push("x.system <> ").push_bind(CANONICAL),
    };
    s.push(" AND ");
    if let Some(code) = amount.code {
        s.push("x.code = ").push_bind(cut(code)).push(" AND ");
    }
    let value = s.number(amount.value);
    let mut compare = |text: &str| {
        s.push(text).push_number(value);
    };
    match amount.prefix {
        Prefix::Gt => compare("x.high > "),
        Prefix::Lt => compare("x.low < "),
        Prefix::Ge => compare("x.high >= "),
        Prefix::Le => compare("x.low <= "),
        Prefix::Sa => compare("x.low > "),
        Prefix::Eb => compare("x.high < "),
        Prefix::Ap => {
            s.push("x.low <= ").push_bind(amount.high);
            s.push(" AND x.high >= ").push_bind(amount.low);
        }
        Prefix::Eq | Prefix::Ne => {
            if amount.prefix == Prefix::Ne {
                s.push("NOT ");
            }
            s.push("((x.low >= ").push_bind(amount.low);
            s.push(" AND x.high < ").push_bind(amount.high);
            s.push(") OR (x.low = ").push_number(value);
            s.push(" AND x.high = ").push_number(value).push("))");
        }
    }
}
