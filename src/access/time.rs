//! Ages and periods in the organization's own zone: half-open intervals, whole local days (domain
//! rules of time).

use crate::pack::LeapDay;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A birth date as recorded: an interval of days when only the year or the month is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BirthDate {
    pub earliest: Date,
    pub latest: Date,
}

impl BirthDate {
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |part: &str, len: usize| -> Option<i16> {
            (part.len() == len && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse().ok())
                .flatten()
        };
        let mut parts = text.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = parts.next().map(|p| digits(p, 2));
        let day = parts.next().map(|p| digits(p, 2));
        if parts.next().is_some() {
            return None;
        }
        match (month, day) {
            (None, _) => Some(Self {
                earliest: Date::new(year, 1, 1).ok()?,
                latest: Date::new(year, 12, 31).ok()?,
            }),
            (Some(month), None) => {
                let earliest = Date::new(year, i8::try_from(month?).ok()?, 1).ok()?;
                Some(Self {
                    earliest,
                    latest: earliest.last_of_month(),
                })
            }
            (Some(month), Some(day)) => {
                let date =
                    Date::new(year, i8::try_from(month?).ok()?, i8::try_from(day?).ok()?).ok()?;
                Some(Self {
                    earliest: date,
                    latest: date,
                })
            }
        }
    }
}

/// The day someone born on `birth` attains `years`. Born on 29 February, in a common year: 1 March
/// or 28 February.
pub fn anniversary(birth: Date, years: u8, leap_day: LeapDay) -> Option<Date> {
    let year = birth.year().checked_add(i16::from(years))?;
    match Date::new(year, birth.month(), birth.day()) {
        Ok(date) => Some(date),
        // Only 29 February has no counterpart in another year.
        Err(_) => match leap_day {
            LeapDay::Mar1 => Date::new(year, 3, 1).ok(),
            LeapDay::Feb28 => Date::new(year, 2, 28).ok(),
        },
    }
}

/// The first instant of a local day, also where midnight does not exist or comes twice.
pub fn start_of_day(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    let noon = zone
        .to_ambiguous_zoned(date.at(12, 0, 0, 0))
        .compatible()
        .ok()?;
    Some(noon.start_of_day().ok()?.timestamp())
}

/// The instant someone born on `birth` attains `years`.
pub fn attained_at(
    birth: Date,
    years: u8,
    leap_day: LeapDay,
    zone: &TimeZone,
) -> Option<Timestamp> {
    start_of_day(anniversary(birth, years, leap_day)?, zone)
}

/// Whether someone born on `birth` has attained `years` at `now`: from the first instant of the
/// birthday on.
pub fn attained(
    birth: Date,
    years: u8,
    leap_day: LeapDay,
    zone: &TimeZone,
    now: Timestamp,
) -> bool {
    attained_at(birth, years, leap_day, zone).is_some_and(|at| now >= at)
}

/// Whether `now` is in the half-open `[start, end)`; open ends are open.
pub fn within(start: Option<Timestamp>, end: Option<Timestamp>, now: Timestamp) -> bool {
    start.is_none_or(|start| start <= now) && end.is_none_or(|end| now < end)
}

/// The first instant a FHIR `dateTime` covers; a date is a local day, a time without offset is
/// local.
pub fn start_instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Some(day) = BirthDate::parse(text) {
        return start_of_day(day.earliest, zone);
    }
    exact_instant(text, zone)
}

/// The first instant after what a FHIR `dateTime` covers when it ends a period: a date includes its
/// whole
/// day (R4 Period.end); a time is itself the end.
pub fn end_instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Some(day) = BirthDate::parse(text) {
        return start_of_day(day.latest.tomorrow().ok()?, zone);
    }
    exact_instant(text, zone)
}

fn exact_instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    zone.to_ambiguous_timestamp(civil).compatible().ok()
}

/// An instant so much later; the last there is where it would be past that.
pub fn later(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn a_leap_day_child_comes_of_age_on_the_day_the_pack_says() {
        let birth = date(2012, 2, 29);
        assert_eq!(
            anniversary(birth, 13, LeapDay::Mar1),
            Some(date(2025, 3, 1))
        );
        assert_eq!(
            anniversary(birth, 13, LeapDay::Feb28),
            Some(date(2025, 2, 28))
        );
        assert_eq!(
            anniversary(birth, 16, LeapDay::Mar1),
            Some(date(2028, 2, 29))
        );
    }

    #[test]
    fn partial_birth_dates_are_intervals() {
        let year = BirthDate::parse("2013").unwrap();
        assert_eq!(
            (year.earliest, year.latest),
            (date(2013, 1, 1), date(2013, 12, 31))
        );
        let month = BirthDate::parse("2012-02").unwrap();
        assert_eq!(
            (month.earliest, month.latest),
            (date(2012, 2, 1), date(2012, 2, 29))
        );
        for wrong in [
            "",
            "13",
            "2013-1",
            "2013-13",
            "2013-02-30",
            "2013-01-01T00:00",
            "+013",
        ] {
            assert_eq!(BirthDate::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_starts_where_midnight_is_missing_or_comes_twice() {
        // Midnight did not exist in São Paulo on 2018-11-04, and came twice in Havana on
        // 2023-11-05.
        let gap = start_of_day(date(2018, 11, 4), &zone("America/Sao_Paulo")).unwrap();
        assert_eq!(gap, "2018-11-04T03:00:00Z".parse().unwrap());
        let fold = start_of_day(date(2023, 11, 5), &zone("America/Havana")).unwrap();
        assert_eq!(fold, "2023-11-05T04:00:00Z".parse().unwrap());
        let plain = start_of_day(date(2026, 11, 1), &zone("America/New_York")).unwrap();
        assert_eq!(plain, "2026-11-01T04:00:00Z".parse().unwrap());
    }

    #[test]
    fn a_period_ending_on_a_date_includes_that_day() {
        let zone = zone("America/New_York");
        assert_eq!(
            end_instant("2026-06-15", &zone),
            Some("2026-06-16T04:00:00Z".parse().unwrap())
        );
        assert_eq!(
            end_instant("2026-06", &zone),
            Some("2026-07-01T04:00:00Z".parse().unwrap())
        );
        assert_eq!(
            end_instant("2026-06-15T12:00:00-04:00", &zone),
            Some("2026-06-15T16:00:00Z".parse().unwrap())
        );
        assert_eq!(
            start_instant("2026-06-15", &zone),
            Some("2026-06-15T04:00:00Z".parse().unwrap())
        );
    }

    /// A second implementation: counts whole years between two calendar days by comparing digits.
    fn years_old(birth: Date, today: Date, leap_day: LeapDay) -> i32 {
        let key = |d: Date| i32::from(d.month()) * 100 + i32::from(d.day());
        let mut birthday = key(birth);
        if birthday == 229 && !today.in_leap_year() {
            birthday = match leap_day {
                LeapDay::Mar1 => 301,
                LeapDay::Feb28 => 228,
            };
        }
        i32::from(today.year()) - i32::from(birth.year()) - i32::from(key(today) < birthday)
    }

    proptest! {
        #[test]
        fn ages_agree_with_a_second_implementation(
            year in 1900i16..2030, day in 0i32..366, age in 0u8..100,
            at in -2_208_988_800i64..4_102_444_800, feb28: bool,
            zone_name in prop::sample::select(vec!["America/New_York", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]),
        ) {
            let leap_day = if feb28 { LeapDay::Feb28 } else { LeapDay::Mar1 };
            let birth = date(year, 1, 1).checked_add(day.days()).unwrap();
            let zone = zone(zone_name);
            let now = Timestamp::from_second(at).unwrap();
            let today = zone.to_datetime(now).date();
            prop_assert_eq!(
                attained(birth, age, leap_day, &zone, now),
                years_old(birth, today, leap_day) >= i32::from(age)
            );
        }

        #[test]
        fn the_first_instant_of_a_day_is_in_it_and_the_one_before_is_not(
            day in 0i32..40_000,
            zone_name in prop::sample::select(vec!["America/New_York", "America/Sao_Paulo", "America/Havana", "Africa/Cairo", "Asia/Beirut"]),
        ) {
            let zone = zone(zone_name);
            let date = date(1930, 1, 1).checked_add(day.days()).unwrap();
            let start = start_of_day(date, &zone).unwrap();
            prop_assert_eq!(zone.to_datetime(start).date(), date);
            let before = Timestamp::from_second(start.as_second() - 1).unwrap();
            prop_assert!(zone.to_datetime(before).date() < date);
        }
    }
}
