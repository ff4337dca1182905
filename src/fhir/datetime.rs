//! FHIR dates: partial dates as half-open intervals of instants.

use jiff::Timestamp;

/// `[low, high)` in microseconds since 1970 UTC; open ends are `i64::MIN` and `i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub low: i64,
    pub high: i64,
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

/// The interval a FHIR `date`, `dateTime` or `instant` covers; a value without offset counts as
/// UTC.
///
/// Searches may leave the seconds or the offset out, so this takes them too (R4 3.1.1.5.5).
/// `None` where the text is no date.
pub fn interval(text: &str) -> Option<Interval> {
    let parts = Parts::read(text)?;
    let month = parts.month.unwrap_or(1);
    let first = days(parts.year, month, parts.day.unwrap_or(1)) * DAY;
    let Some(clock) = parts.clock else {
        let high = match (parts.month, parts.day) {
            (_, Some(_)) => first + DAY,
            (Some(12), None) | (None, None) => days(parts.year + 1, 1, 1) * DAY,
            (Some(month), None) => days(parts.year, month + 1, 1) * DAY,
        };
        return Some(Interval { low: first, high });
    };
    let low = first + clock.since_midnight - i64::from(parts.offset.unwrap_or(0)) * MINUTE;
    Some(Interval {
        low,
        high: low + clock.width,
    })
}

/// Whether a text is an R4 `date`: its regular expression and the calendar.
pub fn is_date(text: &str) -> bool {
    Parts::read(text).is_some_and(|parts| parts.clock.is_none())
}

/// Whether a text is an R4 `dateTime`: a partial date, or a date, seconds and an offset.
pub fn is_date_time(text: &str) -> bool {
    Parts::read(text).is_some_and(|parts| parts.clock.is_none() || parts.is_whole())
}

/// Whether a text is an R4 `instant`: a date, seconds and an offset.
pub fn is_instant(text: &str) -> bool {
    Parts::read(text).is_some_and(|parts| parts.is_whole())
}

/// Whether a text is an R4 `time`: `hh:mm:ss` with an optional fraction.
pub fn is_time(text: &str) -> bool {
    let mut rest = text.as_bytes();
    Clock::read(&mut rest).is_some_and(|clock| clock.seconds) && rest.is_empty()
}

/// An instant as FHIR writes it, milliseconds and `Z`: `2026-06-15T16:00:00.000Z`.
pub fn instant(at: Timestamp) -> String {
    let micros = at.as_microsecond();
    let (day, of_day) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (year, month, date) = civil(day);
    let milli = of_day / 1000;
    format!(
        "{year:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}.{:03}Z",
        milli / 3_600_000,
        milli / 60_000 % 60,
        milli / 1000 % 60,
        milli % 1000
    )
}

/// A date or dateTime taken apart; `clock` needs a day.
struct Parts {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    clock: Option<Clock>,
    /// Minutes east of UTC.
    offset: Option<i16>,
}

impl Parts {
    fn read(text: &str) -> Option<Self> {
        let mut rest = text.as_bytes();
        let year = digits(&mut rest, 4).filter(|&year| year > 0)?;
        let mut parts = Self {
            year,
            month: None,
            day: None,
            clock: None,
            offset: None,
        };
        if rest.is_empty() {
            return Some(parts);
        }
        skip(&mut rest, b'-')?;
        let month = digits(&mut rest, 2).filter(|month| (1..=12).contains(month))?;
        parts.month = Some(month);
        if rest.is_empty() {
            return Some(parts);
        }
        skip(&mut rest, b'-')?;
        let last = days_in_month(year, month);
        parts.day = Some(digits(&mut rest, 2).filter(|day| (1..=last).contains(day))?);
        if rest.is_empty() {
            return Some(parts);
        }
        skip(&mut rest, b'T')?;
        parts.clock = Some(Clock::read(&mut rest)?);
        if !rest.is_empty() {
            parts.offset = Some(offset(&mut rest)?);
        }
        rest.is_empty().then_some(parts)
    }
    fn is_whole(&self) -> bool {
        self.offset.is_some() && self.clock.as_ref().is_some_and(|clock| clock.seconds)
    }
}

/// A time of day, in microseconds, and how wide a moment its precision means.
struct Clock {
    since_midnight: i64,
    width: i64,
    seconds: bool,
}

impl Clock {
    fn read(rest: &mut &[u8]) -> Option<Self> {
        let hour = digits(rest, 2).filter(|&hour| hour < 24)?;
        skip(rest, b':')?;
        let minute = digits(rest, 2).filter(|&minute| minute < 60)?;
        let mut clock = Self {
            since_midnight: (hour * 60 + minute) * MINUTE,
            width: MINUTE,
            seconds: false,
        };
        if rest.first() != Some(&b':') {
            return Some(clock);
        }
        skip(rest, b':')?;
        let second = digits(rest, 2).filter(|&second| second <= 60)?;
        clock.since_midnight += second * SECOND;
        clock.width = SECOND;
        clock.seconds = true;
        if rest.first() == Some(&b'.') {
            skip(rest, b'.')?;
            let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let (fraction, tail) = rest.split_at_checked(count).filter(|_| count > 0)?;
            // Digits beyond the microsecond are dropped.
            for digit in fraction.iter().take(6) {
                clock.width /= 10;
                clock.since_midnight += i64::from(digit - b'0') * clock.width;
            }
            *rest = tail;
        }
        Some(clock)
    }
}

/// `Z`, or `±hh:mm` up to 14:00, in minutes.
fn offset(rest: &mut &[u8]) -> Option<i16> {
    let sign = match rest.first()? {
        b'Z' => {
            skip(rest, b'Z')?;
            return Some(0);
        }
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    *rest = rest.get(1..)?;
    let hour = digits(rest, 2)?;
    skip(rest, b':')?;
    let minute = digits(rest, 2).filter(|&minute| minute < 60)?;
    let minutes = hour * 60 + minute;
    (minutes <= 14 * 60).then_some(sign * minutes as i16)
}

/// Exactly `count` decimal digits.
fn digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(count)?;
    let mut sum = 0;
    for byte in head {
        if !byte.is_ascii_digit() {
            return None;
        }
        sum = sum * 10 + i64::from(byte - b'0');
    }
    *rest = tail;
    Some(sum)
}

fn skip(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years are counted from March, so that the leap day is a year's last.
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date that many days after 1970-01-01.
pub(crate) fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn micros(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }
    fn covers(text: &str, low: &str, high: &str) {
        let found = interval(text).unwrap();
        assert_eq!(
            (found.low, found.high),
            (micros(low), micros(high)),
            "{text}"
        );
    }

    #[test]
    fn partial_dates_cover_all_they_may_mean() {
        covers("2024", "2024-01-01T00:00Z", "2025-01-01T00:00Z");
        covers("2024-02", "2024-02-01T00:00Z", "2024-03-01T00:00Z");
        covers("2024-12", "2024-12-01T00:00Z", "2025-01-01T00:00Z");
        covers("2024-02-29", "2024-02-29T00:00Z", "2024-03-01T00:00Z");
        covers("2024-02-29T10:30", "2024-02-29T10:30Z", "2024-02-29T10:31Z");
        covers(
            "2024-02-29T10:30:05+02:00",
            "2024-02-29T08:30:05Z",
            "2024-02-29T08:30:06Z",
        );
        covers(
            "2024-02-29T10:30:05.25-05:00",
            "2024-02-29T15:30:05.25Z",
            "2024-02-29T15:30:05.26Z",
        );
        covers("1900-03-01", "1900-03-01T00:00Z", "1900-03-02T00:00Z");
        covers(
            "2016-12-31T23:59:60Z",
            "2017-01-01T00:00:00Z",
            "2017-01-01T00:00:01Z",
        );
        let fine = interval("2024-01-01T00:00:00.123456789Z").unwrap();
        assert_eq!(fine.high - fine.low, 1);
    }

    #[test]
    fn only_real_days_are_dates() {
        for text in [
            "2024",
            "2024-02",
            "2024-02-29",
            "0001-01-01",
            "9999-12-31",
            "2000-02-29",
        ] {
            assert!(is_date(text), "{text}");
            assert!(is_date_time(text), "{text}");
            assert!(!is_instant(text), "{text}");
        }
        for text in [
            "",
            "0000",
            "24",
            "2024-",
            "2024-13",
            "2024-00",
            "2024-2",
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-01-00",
            "2024-01-32",
            "2024-01-01T",
            "2024-01-01 ",
            " 2024",
            "2024-01-01T10:00:00Z",
            "20240101",
            "+2024",
            "2024-01-01Z",
            "12024",
            "1980-13-45",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn date_times_need_seconds_and_an_offset_once_they_have_hours() {
        for text in [
            "2024-01-01T10:00:00Z",
            "2024-01-01T10:00:60.5+14:00",
            "2024-01-01T23:59:59.123456789-13:59",
            "2024-01-01T00:00:00-00:00",
        ] {
            assert!(is_date_time(text) && is_instant(text), "{text}");
        }
        for text in [
            "2024-01-01T10:00:00",
            "2024-01-01T10:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T10:60:00Z",
            "2024-01-01T10:00:61Z",
            "2024-01-01T10:00:00.Z",
            "2024-01-01T10:00:00+14:01",
            "2024-01-01T10:00:00+15:00",
            "2024-01-01t10:00:00Z",
            "2024-01-01T10:00:00z",
            "2024-01T10:00:00Z",
            "2024-01-01T10:00:00+0100",
            "2024-01-01T10:00:00Z ",
            "2024-01-01T1:00:00Z",
            "2024-01-01T10:00:00+01:60",
        ] {
            assert!(!is_date_time(text) && !is_instant(text), "{text}");
        }
    }

    #[test]
    fn times_are_hours_minutes_seconds() {
        for text in ["00:00:00", "23:59:60", "12:30:00.5"] {
            assert!(is_time(text), "{text}");
        }
        for text in [
            "",
            "24:00:00",
            "12:30",
            "12:30:00Z",
            "12:60:00",
            "1:00:00",
            "12:30:00.",
        ] {
            assert!(!is_time(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn instants_come_back_to_the_millisecond(
            micros in -62_135_596_800_000_000i64..253_402_207_200_000_000,
        ) {
            let at = Timestamp::from_microsecond(micros).unwrap();
            let text = instant(at);
            prop_assert!(is_instant(&text), "{text}");
            let found = interval(&text).unwrap();
            prop_assert!(found.low <= micros && micros < found.high);
            prop_assert_eq!(text.parse::<Timestamp>().unwrap().as_microsecond(), found.low);
        }

        #[test]
        fn no_text_panics(text in "[0-9TZ:.+-]{0,30}") {
            let _ = (interval(&text), is_time(&text), is_date(&text));
        }
    }
}
