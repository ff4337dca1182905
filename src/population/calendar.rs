//! Dates of the demo, all counted from one reference instant in the practice's zone.

use jiff::{Timestamp, ToSpan, Zoned, civil::Date, civil::Weekday, tz::TimeZone};

/// The instant the demo's movable clock starts at: the ages of all families hold then.
pub const START: &str = "2026-06-15T12:00:00-04:00";

/// When somebody was born, seen from the reference instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Birth {
    /// That many years and days ago; negative days: the birthday is still ahead.
    Ago { years: i64, days: i64 },
    /// On the last 29 February at least that many years ago.
    LeapDay { years: i64 },
}

/// The reference instant and what is counted from it.
#[derive(Debug, Clone)]
pub struct Calendar {
    now: Zoned,
}

impl Calendar {
    pub fn new(now: Timestamp, zone: &TimeZone) -> Self {
        Self {
            now: now.to_zoned(zone.clone()),
        }
    }
    pub fn now(&self) -> Timestamp {
        self.now.timestamp()
    }
    pub fn today(&self) -> Date {
        self.now.date()
    }
    /// The date that many days ago (negative: ahead).
    pub fn day(&self, days_ago: i64) -> Date {
        self.today().saturating_sub(days_ago.days())
    }
    /// Like [`Self::day`], moved back to a Friday when it falls on a weekend.
    pub fn workday(&self, days_ago: i64) -> Date {
        let date = self.day(days_ago);
        match date.weekday() {
            Weekday::Saturday => date.saturating_sub(1.days()),
            Weekday::Sunday => date.saturating_sub(2.days()),
            _ => date,
        }
    }
    /// A wall-clock time of a date as FHIR dateTime with the zone's offset.
    pub fn at(&self, date: Date, hour: i8, minute: i8) -> String {
        date.at(hour, minute, 0, 0)
            .to_zoned(self.now.time_zone().clone())
            .map_or_else(
                |_| format!("{date}T{hour:02}:{minute:02}:00Z"),
                |zoned| zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            )
    }
    /// Now as FHIR dateTime.
    pub fn now_text(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
    /// A wall-clock time so many days ago.
    pub fn ago(&self, days: i64, hour: i8, minute: i8) -> String {
        self.at(self.day(days), hour, minute)
    }
    pub fn birth_date(&self, birth: Birth) -> Date {
        match birth {
            Birth::Ago { years, days } => self
                .today()
                .saturating_sub(days.days())
                .saturating_sub(years.years()),
            Birth::LeapDay { years } => (0..8)
                .filter_map(|back| {
                    let year = i64::from(self.today().year()) - years - back;
                    Date::new(i16::try_from(year).ok()?, 2, 29).ok()
                })
                .find(|date| *date <= self.today().saturating_sub(years.years()))
                .unwrap_or_else(|| self.today()),
        }
    }
    /// Age in whole years today.
    pub fn age(&self, birth: Birth) -> i64 {
        whole_years(self.birth_date(birth), self.today())
    }
}

/// Whole years between two dates; a 29 February counts from 1 March in other years.
pub fn whole_years(birth: Date, on: Date) -> i64 {
    let years = i64::from(on.year()) - i64::from(birth.year());
    if (on.month(), on.day()) < (birth.month(), birth.day()) {
        years - 1
    } else {
        years
    }
}

/// Age in years with a fraction, for growth.
pub fn years_between(birth: Date, on: Date) -> f64 {
    let days = on.duration_since(birth).as_hours() / 24;
    days as f64 / 365.25
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn calendar() -> Calendar {
        let zone = TimeZone::get("America/New_York").unwrap();
        Calendar::new(START.parse().unwrap(), &zone)
    }

    #[test]
    fn birthdays_are_counted_from_the_reference_instant() {
        let calendar = calendar();
        let soon = Birth::Ago {
            years: 13,
            days: -4,
        };
        assert_eq!(calendar.birth_date(soon).to_string(), "2013-06-19");
        assert_eq!(calendar.age(soon), 12);
        let leap = calendar.birth_date(Birth::LeapDay { years: 10 });
        assert_eq!(leap.to_string(), "2016-02-29");
    }

    #[test]
    fn weekends_move_back_to_friday() {
        let calendar = calendar();
        assert_eq!(calendar.workday(1).to_string(), "2026-06-12");
        assert_eq!(
            calendar.at(calendar.workday(1), 9, 5),
            "2026-06-12T09:05:00-04:00"
        );
    }
}
