//! FHIR dates: partial dates as half-open intervals of instants.

use jiff::Timestamp;

/// `[low, high)` in microseconds since 1970 UTC; open ends are `i64::MIN` and `i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub low: i64,
    pub high: i64,
}

/// The interval a FHIR `date`, `dateTime` or `instant` covers; a value without offset counts as UTC.
pub fn interval(_text: &str) -> Option<Interval> {
    todo!()
}

/// Checks the R4 regular expression and the calendar of each primitive.
pub fn is_date(_text: &str) -> bool {
    todo!()
}
pub fn is_date_time(_text: &str) -> bool {
    todo!()
}
pub fn is_instant(_text: &str) -> bool {
    todo!()
}
pub fn is_time(_text: &str) -> bool {
    todo!()
}

/// An instant as FHIR writes it, milliseconds and `Z`: `2026-06-15T16:00:00.000Z`.
pub fn instant(_at: Timestamp) -> String {
    todo!()
}
