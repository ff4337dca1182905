//! Which notice of a change is due.

use access::time::start_of_day;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A notice whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// How many days before the change it is meant for.
    pub days: u16,
    /// The instant it was due from: the first of that day.
    pub from: Timestamp,
}

impl Notice {
    /// The latest notice due at `now` for a change at `at`: of those given `days` before, the nearest to the
    /// change whose day has come. Who comes late gets that one and not those it makes needless. `None` before
    /// the first, and once the change is there.
    pub fn due(days: &[u16], at: Timestamp, zone: &TimeZone, now: Timestamp) -> Option<Self> {
        if now >= at {
            return None;
        }
        let day = zone.to_datetime(at).date();
        let due = days.iter().filter_map(|&days| {
            let from = start_of_day(day.saturating_sub(i64::from(days).days()), zone)?;
            (from <= now).then_some(Self { days, from })
        });
        due.min_by_key(|notice| notice.days)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const DAYS: &[u16] = &[90, 30, 7];

    fn due(now: &str) -> Option<u16> {
        let zone = TimeZone::get("America/New_York").unwrap();
        let at = "2026-11-21T05:00:00Z".parse().unwrap();
        Notice::due(DAYS, at, &zone, now.parse().unwrap()).map(|notice| notice.days)
    }

    #[test]
    fn each_notice_is_due_from_midnight_of_its_day() {
        assert_eq!(due("2026-08-23T03:59:59Z"), None);
        assert_eq!(due("2026-08-23T04:00:00Z"), Some(90));
        assert_eq!(due("2026-10-22T03:59:59Z"), Some(90));
        assert_eq!(due("2026-10-22T04:00:00Z"), Some(30));
        assert_eq!(due("2026-11-14T05:00:00Z"), Some(7));
        assert_eq!(due("2026-11-21T04:59:59Z"), Some(7));
        assert_eq!(due("2026-11-21T05:00:00Z"), None);
    }

    #[test]
    fn who_is_late_gets_the_nearest_notice_only() {
        assert_eq!(due("2026-11-18T12:00:00Z"), Some(7));
    }
}
