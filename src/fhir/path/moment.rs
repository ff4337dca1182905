//! Dates, times and date-times of partial precision: reading, comparing, adding durations.

mod arithmetic;

use std::cmp::Ordering;
use std::fmt;

use jiff::Timestamp;

use crate::datetime;

/// How far a moment is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

/// A date, a time of day, or both, as far as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// 0 for a time of day.
    pub(super) year: i32,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) nano: u32,
    /// Digits of the fraction of a second that were written.
    pub(super) digits: u8,
    pub(super) precision: Precision,
    /// Minutes east of UTC.
    pub(super) offset: Option<i16>,
}

const START: Moment = Moment {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nano: 0,
    digits: 0,
    precision: Precision::Year,
    offset: None,
};

/// Reads digits and punctuation off the front of a text.
struct Reader<'t>(&'t str);

impl Reader<'_> {
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (head, rest) = self.0.split_at_checked(count)?;
        if !head.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        head.parse().ok()
    }
    fn skip(&mut self, mark: char) -> bool {
        match self.0.strip_prefix(mark) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }
}

impl Moment {
    /// A date or dateTime: `2024`, `2024-03`, `2024-03-01`, `2024-03-01T10:30:00.5+02:00`; a bare
    /// `T` may end a date. `None` where the text is none or the calendar has no such day.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = Reader(text);
        let mut moment = START;
        moment.year = rest.digits(4).filter(|year| *year > 0)? as i32;
        if rest.skip('-') {
            moment.precision = Precision::Month;
            moment.month = rest.digits(2).filter(|m| (1..=12).contains(m))? as u8;
            if rest.skip('-') {
                moment.precision = Precision::Day;
                let last = datetime::days_in_month(moment.year.into(), moment.month.into());
                let day = rest.digits(2)?;
                moment.day = (day >= 1 && i64::from(day) <= last).then_some(day as u8)?;
            }
        }
        if rest.skip('T') && !rest.0.is_empty() {
            if moment.precision != Precision::Day {
                return None;
            }
            moment.clock(&mut rest)?;
            moment.offset = match rest.0.chars().next() {
                None => None,
                Some('Z') => {
                    rest.skip('Z');
                    Some(0)
                }
                Some(sign) => {
                    let east = if sign == '-' { -1 } else { 1 };
                    if !rest.skip('+') && !rest.skip('-') {
                        return None;
                    }
                    let hours = rest.digits(2).filter(|h| *h <= 14)?;
                    let minutes = rest.skip(':').then(|| rest.digits(2))??;
                    (minutes < 60).then_some(east * (hours * 60 + minutes) as i16)
                }
            };
        }
        rest.0.is_empty().then_some(moment)
    }

    /// A time of day: `10`, `10:30`, `10:30:00`, `10:30:00.5`.
    pub fn time(text: &str) -> Option<Self> {
        let mut rest = Reader(text.strip_prefix('T').unwrap_or(text));
        let mut moment = START;
        moment.clock(&mut rest)?;
        rest.0.is_empty().then_some(moment)
    }

    fn clock(&mut self, rest: &mut Reader<'_>) -> Option<()> {
        self.precision = Precision::Hour;
        self.hour = rest.digits(2).filter(|h| *h < 24)? as u8;
        if !rest.skip(':') {
            return Some(());
        }
        self.precision = Precision::Minute;
        self.minute = rest.digits(2).filter(|m| *m < 60)? as u8;
        if !rest.skip(':') {
            return Some(());
        }
        self.precision = Precision::Second;
        self.second = rest.digits(2).filter(|s| *s <= 60)? as u8;
        if !rest.skip('.') {
            return Some(());
        }
        self.precision = Precision::Millisecond;
        let count = rest.0.bytes().take_while(u8::is_ascii_digit).count();
        let (fraction, tail) = rest.0.split_at_checked(count).filter(|_| count > 0)?;
        rest.0 = tail;
        // Digits beyond the nanosecond are dropped.
        let mut unit = 100_000_000;
        for digit in fraction.bytes().take(9) {
            self.nano += u32::from(digit - b'0') * unit;
            unit /= 10;
        }
        self.digits = count.min(9) as u8;
        Some(())
    }

    /// That instant in UTC, to the millisecond.
    pub fn instant(at: Timestamp) -> Option<Self> {
        Self::parse(&datetime::instant(at))
    }
    /// The day alone.
    pub fn date(self) -> Self {
        Self {
            hour: 0,
            minute: 0,
            second: 0,
            nano: 0,
            digits: 0,
            offset: None,
            precision: self.precision.min(Precision::Day),
            ..self
        }
    }
    /// The time of day alone.
    pub fn time_of_day(self) -> Self {
        Self {
            year: 0,
            month: 1,
            day: 1,
            offset: None,
            ..self
        }
    }
    pub fn precision(&self) -> Precision {
        self.precision
    }
    /// Whether this tells a time of day.
    pub fn has_time(&self) -> bool {
        self.precision >= Precision::Hour
    }
    fn is_time(&self) -> bool {
        self.year == 0
    }

    /// The same instant in UTC; a moment without an offset counts as UTC, one without a time stays.
    fn in_utc(self) -> Self {
        match self.offset {
            Some(offset) if offset != 0 && self.has_time() => {
                let moved = self.add_minutes(-i64::from(offset));
                Self {
                    offset: Some(0),
                    ..moved.unwrap_or(self)
                }
            }
            _ => self,
        }
    }

    /// Compares as far as both are told; `None` where one ends before a difference shows.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        let (a, b) = (self.in_utc(), other.in_utc());
        let fields = |m: &Self| {
            [
                i64::from(m.year),
                i64::from(m.month),
                i64::from(m.day),
                i64::from(m.hour),
                i64::from(m.minute),
                i64::from(m.second) * 1_000_000_000 + i64::from(m.nano),
            ]
        };
        // Seconds and their fractions are one precision (FHIRPath 6.2).
        let depth = |m: &Self| m.precision.min(Precision::Second) as usize;
        let (deep, shallow) = (depth(&a).max(depth(&b)), depth(&a).min(depth(&b)));
        let (left, right) = (fields(&a), fields(&b));
        let order = left.iter().zip(&right).take(shallow + 1);
        match order.map(|(l, r)| l.cmp(r)).find(|order| order.is_ne()) {
            Some(order) => Some(order),
            None if deep == shallow => Some(Ordering::Equal),
            None => None,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_time() {
            write!(f, "{:04}", self.year)?;
            if self.precision >= Precision::Month {
                write!(f, "-{:02}", self.month)?;
            }
            if self.precision >= Precision::Day {
                write!(f, "-{:02}", self.day)?;
            }
            if !self.has_time() {
                return Ok(());
            }
            f.write_str("T")?;
        }
        write!(f, "{:02}", self.hour)?;
        if self.precision >= Precision::Minute {
            write!(f, ":{:02}", self.minute)?;
        }
        if self.precision >= Precision::Second {
            write!(f, ":{:02}", self.second)?;
        }
        if self.precision >= Precision::Millisecond {
            let digits = format!("{:09}", self.nano);
            let shown = digits.get(..usize::from(self.digits.max(1)));
            write!(f, ".{}", shown.unwrap_or_default())?;
        }
        match self.offset {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                let offset = offset.abs();
                write!(f, "{sign}{:02}:{:02}", offset / 60, offset % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn moments_are_written_as_they_were_read() {
        for text in [
            "2024",
            "2024-02",
            "2024-02-29",
            "2024-02-29T10",
            "2024-02-29T10:30",
            "2024-02-29T10:30:05",
            "2024-02-29T10:30:05.25",
            "2024-02-29T10:30:05.250Z",
            "2024-02-29T10:30:05-05:30",
        ] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), text);
        }
        for text in ["10", "10:30", "10:30:59", "10:30:59.001"] {
            assert_eq!(Moment::time(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_the_calendar_does_not_have_is_no_moment() {
        for text in [
            "",
            "0000",
            "2023-02-29",
            "2024-13",
            "2024-1",
            "2024-01-01T24:00",
            "2024-01T10:00",
            "2024-01-01T10:00:00+15:00",
            "2024-01-01T10:00:00x",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        assert_eq!(Moment::time("25:00"), None);
    }

    #[test]
    fn comparing_ends_where_one_is_not_told() {
        let compare = |a: &str, b: &str| Moment::parse(a)?.compare(&Moment::parse(b)?);
        assert_eq!(compare("2024", "2023-05"), Some(Ordering::Greater));
        assert_eq!(compare("2024", "2024-05"), None);
        assert_eq!(
            compare("2024-01-01T00:00:00.0", "2024-01-01T00:00:00"),
            Some(Ordering::Equal)
        );
        assert_eq!(
            compare("2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00Z"),
            Some(Ordering::Equal)
        );
    }
}
