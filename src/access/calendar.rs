//! Business days and office hours in the organization's zone: when an answer that was promised is due.

use crate::time::start_of_day;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Days looked at before a calendar without any business day is given up.
const DAYS_MAX: u32 = 4000;

/// Whose hours count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Office {
    /// The practices that answer messages.
    Practice,
    /// The support centre.
    Support,
    /// Health information management: records, amendments, identity.
    Him,
    /// Who gives copies of the record; health information management where the pack does not say.
    Records,
}

impl Office {
    fn name(self) -> &'static str {
        match self {
            Self::Practice => "practice",
            Self::Support => "support",
            Self::Him => "him",
            Self::Records => "records",
        }
    }
}

/// Local opening and closing time of a business day; open from `open` until just before `close`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    pub open: Time,
    pub close: Time,
}

const HOURS: Hours = Hours {
    open: Time::constant(8, 0, 0, 0),
    close: Time::constant(17, 0, 0, 0),
};

fn time_of_day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|e| serde::de::Error::custom(format_args!("{text}: {e}")))
}

/// A day the offices are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holiday {
    /// `2026-12-24`
    Once(Date),
    /// `12-25`: every year; on a Saturday the Friday before, on a Sunday the Monday after is free.
    Yearly { month: i8, day: i8 },
    /// `11-thu-4`, `05-mon-last` (-1): a weekday of a month.
    Weekday {
        month: i8,
        weekday: Weekday,
        nth: i8,
    },
}

impl Holiday {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(date) = text.parse::<Date>() {
            return Some(Self::Once(date));
        }
        let parts: Vec<&str> = text.split('-').collect();
        match parts.as_slice() {
            [month, day] => {
                let (month, day) = (month.parse().ok()?, day.parse().ok()?);
                // Of a leap year, so that 29 February may be named.
                Date::new(2024, month, day).ok()?;
                Some(Self::Yearly { month, day })
            }
            [month, weekday, nth] => {
                let month = month
                    .parse()
                    .ok()
                    .filter(|month| (1..=12).contains(month))?;
                let nth = match *nth {
                    "last" => -1,
                    nth => nth.parse().ok().filter(|nth| (1..=4).contains(nth))?,
                };
                Some(Self::Weekday {
                    month,
                    weekday: weekday_of(weekday)?,
                    nth,
                })
            }
            _ => None,
        }
    }

    /// Whether the offices are closed on `date` because of it.
    fn falls_on(self, date: Date) -> bool {
        match self {
            Self::Once(day) => day == date,
            Self::Yearly { month, day } => [-1, 0, 1].into_iter().any(|year| {
                Date::new(date.year().saturating_add(year), month, day)
                    .ok()
                    .and_then(observed)
                    == Some(date)
            }),
            Self::Weekday {
                month,
                weekday,
                nth,
            } => {
                date.month() == month && date.nth_weekday_of_month(nth, weekday).ok() == Some(date)
            }
        }
    }
}

fn observed(date: Date) -> Option<Date> {
    match date.weekday() {
        Weekday::Saturday => date.yesterday().ok(),
        Weekday::Sunday => date.tomorrow().ok(),
        _ => Some(date),
    }
}

fn weekday_of(name: &str) -> Option<Weekday> {
    Some(match name {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// The form of a calendar in a pack.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalendarForm {
    weekend: Option<Vec<String>>,
    #[serde(default)]
    holidays: Vec<String>,
    #[serde(default)]
    offices: BTreeMap<String, OfficeForm>,
}

/// Hours of an office, and the number to call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficeForm {
    #[serde(deserialize_with = "time_of_day")]
    open: Time,
    #[serde(deserialize_with = "time_of_day")]
    close: Time,
    phone: Option<String>,
}

/// Which days are business days, and the hours of the offices.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    weekend: Vec<Weekday>,
    holidays: Vec<Holiday>,
    offices: BTreeMap<String, OfficeForm>,
}

impl Calendar {
    /// # Errors
    /// Names what cannot be read, or that no business day would be left.
    pub(crate) fn new(form: CalendarForm, zone: TimeZone) -> Result<Self, String> {
        let weekend = match form.weekend {
            None => vec![Weekday::Saturday, Weekday::Sunday],
            Some(names) => names
                .iter()
                .map(|name| weekday_of(name).ok_or_else(|| format!("weekend: no day {name}")))
                .collect::<Result<_, _>>()?,
        };
        if (0..7).all(|day| {
            Weekday::from_sunday_zero_offset(day).is_ok_and(|day| weekend.contains(&day))
        }) {
            return Err("weekend: no business day is left".to_owned());
        }
        let holidays = form
            .holidays
            .iter()
            .map(|text| Holiday::parse(text).ok_or_else(|| format!("holidays: {text} is no day")))
            .collect::<Result<_, _>>()?;
        if let Some((name, _)) = form
            .offices
            .iter()
            .find(|(_, hours)| hours.open >= hours.close)
        {
            return Err(format!("offices/{name}: closes before it opens"));
        }
        Ok(Self {
            zone,
            weekend,
            holidays,
            offices: form.offices,
        })
    }

    /// What the pack says of an office.
    fn said(&self, office: Office) -> Option<&OfficeForm> {
        let own = self.offices.get(office.name());
        match office {
            Office::Records => own.or_else(|| self.offices.get(Office::Him.name())),
            _ => own,
        }
    }

    /// Opening hours of an office; 8 to 17 where the pack does not say.
    pub fn hours(&self, office: Office) -> Hours {
        self.said(office).map_or(HOURS, |one| Hours {
            open: one.open,
            close: one.close,
        })
    }

    /// The number to call an office at, where the pack says one.
    pub fn phone(&self, office: Office) -> Option<&str> {
        self.said(office)?.phone.as_deref()
    }

    /// The weekdays that are business days where no holiday falls on them, from Monday on.
    pub fn week(&self) -> Vec<Weekday> {
        let days = (1..=7).filter_map(|day| Weekday::from_monday_one_offset(day).ok());
        days.filter(|day| !self.weekend.contains(day)).collect()
    }

    pub fn is_business_day(&self, date: Date) -> bool {
        !self.weekend.contains(&date.weekday())
            && !self.holidays.iter().any(|holiday| holiday.falls_on(date))
    }

    /// Whether the office is open at this instant.
    pub fn is_open(&self, office: Office, now: Timestamp) -> bool {
        let local = self.zone.to_datetime(now);
        let hours = self.hours(office);
        self.is_business_day(local.date())
            && hours.open <= local.time()
            && local.time() < hours.close
    }

    /// The close of the `days`-th business day after the one on which work can start: the day of
    /// `received`, or the next business day when the office was already closed.
    pub fn due(&self, office: Office, received: Timestamp, days: u16) -> Timestamp {
        let hours = self.hours(office);
        let local = self.zone.to_datetime(received);
        let mut date = local.date();
        if local.time() >= hours.close || !self.is_business_day(date) {
            date = self.business_day_after(date);
        }
        for _ in 0..days {
            date = self.business_day_after(date);
        }
        self.instant(date, hours.close)
    }

    /// When something is due whose clock stood still from `paused` to `resumed`: as many business days are left
    /// as there were. What was overdue already stays so.
    pub fn due_after_pause(
        &self,
        office: Office,
        due: Timestamp,
        paused: Timestamp,
        resumed: Timestamp,
    ) -> Timestamp {
        if paused >= due || resumed <= paused {
            return due;
        }
        let last = self.zone.to_datetime(due).date();
        let mut day = self.zone.to_datetime(paused).date();
        let mut left = 0;
        while day < last && left < u16::MAX {
            day = self.business_day_after(day);
            left += u16::from(day <= last);
        }
        self.due(office, resumed, left).max(due)
    }

    fn business_day_after(&self, date: Date) -> Date {
        let mut next = date;
        for _ in 0..DAYS_MAX {
            next = next.saturating_add(1.day());
            if self.is_business_day(next) {
                break;
            }
        }
        next
    }

    fn instant(&self, date: Date, time: Time) -> Timestamp {
        self.zone
            .to_ambiguous_timestamp(date.to_datetime(time))
            .compatible()
            .ok()
            .or_else(|| start_of_day(date, &self.zone))
            .unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Pack;

    fn due(office: Office, received: &str, days: u16) -> String {
        let pack = Pack::shipped("middlesex").unwrap();
        let at = pack.calendar.due(office, received.parse().unwrap(), days);
        pack.zone().to_datetime(at).to_string()
    }

    #[test]
    fn two_business_days_end_at_the_close_of_the_second_day_after_the_start() {
        let practice = Office::Practice;
        let cases = [
            ("2026-11-20T16:59:00-05:00", "2026-11-24T17:00:00"),
            ("2026-11-21T12:00:00-05:00", "2026-11-25T17:00:00"),
            ("2026-11-25T10:00:00-05:00", "2026-11-30T17:00:00"),
            ("2026-11-20T17:00:00-05:00", "2026-11-25T17:00:00"),
            ("2026-11-20T03:00:00-05:00", "2026-11-24T17:00:00"),
        ];
        for (received, expected) in cases {
            assert_eq!(due(practice, received, 2), expected, "{received}");
        }
        let support = due(Office::Support, "2026-11-23T09:00:00-05:00", 3);
        assert_eq!(support, "2026-11-27T17:00:00");
    }

    #[test]
    fn a_holiday_on_a_weekend_is_kept_on_the_nearest_weekday() {
        let pack = Pack::shipped("middlesex").unwrap();
        let open = |day: &str| pack.calendar.is_business_day(day.parse().unwrap());
        // 4 July 2026 is a Saturday, 1 January 2028 another.
        assert!(!open("2026-07-03"));
        assert!(!open("2027-12-31"));
        assert!(!open("2026-11-26"));
        assert!(!open("2027-05-31"));
        assert!(open("2026-11-27"));
    }

    #[test]
    fn offices_keep_their_own_hours() {
        let pack = Pack::shipped("middlesex").unwrap();
        let at = "2026-06-15T16:30:00-04:00".parse().unwrap();
        assert!(pack.calendar.is_open(Office::Support, at));
        assert!(!pack.calendar.is_open(Office::Him, at));
    }

    #[test]
    fn offices_have_their_own_numbers() {
        let pack = Pack::shipped("uconn").unwrap();
        assert_eq!(pack.calendar.phone(Office::Support), Some("860-358-4111"));
        assert_eq!(pack.calendar.phone(Office::Him), Some("860-679-3380"));
        assert_eq!(pack.calendar.phone(Office::Records), Some("860-679-2787"));
        assert_eq!(pack.calendar.phone(Office::Practice), None);
    }

    #[test]
    fn what_is_no_calendar_is_refused_by_name() {
        let read = |json: &str| -> Result<Calendar, String> {
            let form = serde_json::from_str(json).map_err(|e| e.to_string())?;
            Calendar::new(form, TimeZone::UTC)
        };
        assert!(
            read(r#"{"holidays":["13-01"]}"#)
                .unwrap_err()
                .contains("13-01")
        );
        assert!(read(r#"{"holidays":["05-mon-9"]}"#).is_err());
        assert!(read(r#"{"weekend":["mon","tue","wed","thu","fri","sat","sun"]}"#).is_err());
        assert!(read(r#"{"offices":{"him":{"open":"17:00","close":"08:00"}}}"#).is_err());
        assert!(read(r#"{"offices":{"him":{"open":"8 o'clock","close":"17:00"}}}"#).is_err());
        assert!(read("{}").is_ok());
    }
}
