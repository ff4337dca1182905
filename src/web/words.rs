//! Times and ages as people say them, in the organization's zone.

use access::Pack;
use access::calendar::Office;
use access::time::{BirthDate, attained};
use jiff::Timestamp;
use jiff::civil::Weekday;

/// Oldest age counted, in years.
const YEARS_MAX: u8 = 130;

/// `November 21, 2026`
pub fn day(at: Timestamp, pack: &Pack) -> String {
    at.to_zoned(pack.zone().clone())
        .strftime("%B %-d, %Y")
        .to_string()
}

/// `Nov 21, 2026, 2:05 PM`
pub fn moment(at: Timestamp, pack: &Pack) -> String {
    at.to_zoned(pack.zone().clone())
        .strftime("%b %-d, %Y, %-I:%M %p")
        .to_string()
}

/// `2:05 PM`
pub fn clock(at: Timestamp, pack: &Pack) -> String {
    at.to_zoned(pack.zone().clone())
        .strftime("%-I:%M %p")
        .to_string()
}

/// Years attained at `now`, by the earliest day a birth date allows; `None` without one.
pub fn years(birth_date: Option<&str>, pack: &Pack, now: Timestamp) -> Option<u8> {
    let birth = birth_date.and_then(BirthDate::parse)?;
    let born = birth.earliest.year();
    let this_year = now.to_zoned(pack.zone().clone()).year();
    let most = u8::try_from(i32::from(this_year) - i32::from(born)).ok()?;
    let most = most.min(YEARS_MAX);
    let reached = attained(birth.earliest, most, pack.leap_day, pack.zone(), now);
    Some(if reached {
        most
    } else {
        most.saturating_sub(1)
    })
}

/// `age 11`, or nothing without a birth date.
pub fn age(birth_date: Option<&str>, pack: &Pack, now: Timestamp) -> String {
    match years(birth_date, pack, now) {
        Some(0) => "under one year".to_owned(),
        Some(years) => format!("age {years}"),
        None => String::new(),
    }
}

/// `Monday to Friday, 8:00 AM to 4:00 PM`: when an office answers, but on holidays.
pub fn hours(office: Office, pack: &Pack) -> String {
    let week = pack.calendar.week();
    let name = |day: &Weekday| match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    };
    let in_a_row = week.windows(2).all(|pair| match pair {
        [one, next] => one.next() == *next,
        _ => true,
    });
    let days = match (week.as_slice(), in_a_row) {
        ([first, _, .., last], true) => format!("{} to {}", name(first), name(last)),
        (days, _) => days.iter().map(name).collect::<Vec<_>>().join(", "),
    };
    let hours = pack.calendar.hours(office);
    let at = |time: jiff::civil::Time| time.strftime("%-I:%M %p").to_string();
    format!("{days}, {} to {}", at(hours.open), at(hours.close))
}

/// A rule as a sentence: with a capital at its start and a full stop at its end.
pub fn sentence(rule: &str) -> String {
    let mut letters = rule.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_birthday_counts_from_local_midnight() {
        let pack = Pack::shipped("middlesex").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let age = |now| age(Some("2013-11-21"), &pack, at(now));
        assert_eq!(age("2026-11-21T04:59:59Z"), "age 12");
        assert_eq!(age("2026-11-21T05:00:00Z"), "age 13");
        assert_eq!(age("2014-01-01T05:00:00Z"), "under one year");
        assert_eq!(
            hours(Office::Him, &pack),
            "Monday to Friday, 8:00 AM to 4:00 PM"
        );
        assert_eq!(super::age(None, &pack, at("2026-11-21T05:00:00Z")), "");
        assert_eq!(day(at("2026-11-21T04:59:59Z"), &pack), "November 20, 2026");
        assert_eq!(
            moment(at("2026-11-21T19:05:00Z"), &pack),
            "Nov 21, 2026, 2:05 PM"
        );
    }
}
