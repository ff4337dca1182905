//! Date filters: how the interval searched for lies to the interval stored (R4 3.1.1.4.5,
//! 3.1.1.4.7).

use fhir::search::Prefix;

use crate::sql::Statement;

/// Writes the condition on `x` (`ix_date`); `low..high` is the half-open interval of the value
/// given.
pub(super) fn condition(s: &mut Statement, prefix: Prefix, low: i64, high: i64) {
    let (low, high) = (s.number(low), s.number(high));
    let mut push = |parts: [&str; 2], at: usize| {
        s.push(parts[0]).push_number(at).push(parts[1]);
    };
    match prefix {
        // The value contains what is stored.
        Prefix::Eq => {
            push(["x.low >= ", ""], low);
            push([" AND x.high <= ", ""], high);
        }
        Prefix::Ne => {
            push(["(x.low < ", ""], low);
            push([" OR x.high > ", ")"], high);
        }
        // What is stored reaches beyond the value; or, with e, lies within it.
        Prefix::Gt => push(["x.high > ", ""], high),
        Prefix::Lt => push(["x.low < ", ""], low),
        Prefix::Ge => {
            push(["(x.low >= ", ""], low);
            push([" OR x.high > ", ")"], high);
        }
        Prefix::Le => {
            push(["(x.low < ", ""], low);
            push([" OR x.high <= ", ")"], high);
        }
        Prefix::Sa => push(["x.low >= ", ""], high),
        Prefix::Eb => push(["x.high <= ", ""], low),
        // They overlap; the value was widened when it was read.
        Prefix::Ap => {
            push(["x.low < ", ""], high);
            push([" AND x.high > ", ""], low);
        }
    }
}

/// Writes the condition on `r.updated`, an instant, for `_lastUpdated`.
pub(super) fn updated(s: &mut Statement, prefix: Prefix, low: i64, high: i64) {
    let (low, high) = (s.number(low), s.number(high));
    let mut push = |text: &str, at: usize| {
        s.push(text).push_number(at);
    };
    match prefix {
        Prefix::Eq | Prefix::Ap => {
            push("r.updated >= ", low);
            push(" AND r.updated < ", high);
        }
        Prefix::Ne => {
            push("(r.updated < ", low);
            push(" OR r.updated >= ", high);
            s.push(")");
        }
        Prefix::Gt | Prefix::Sa => push("r.updated >= ", high),
        Prefix::Ge => push("r.updated >= ", low),
        Prefix::Lt | Prefix::Eb => push("r.updated < ", low),
        Prefix::Le => push("r.updated < ", high),
    }
}
