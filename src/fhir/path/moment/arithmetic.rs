//! Adding durations to moments (FHIRPath 6.6): calendar units by the calendar, the rest exactly.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{Moment, Precision};
use crate::datetime;
use crate::path::Calendar;

const NANOS_A_MINUTE: i128 = 60_000_000_000;
const NANOS_A_DAY: i128 = 24 * 60 * NANOS_A_MINUTE;

impl Moment {
    /// This moment and that much later (earlier where negative). A duration finer than the moment
    /// is told counts in whole units of what is told. `None` outside the years 1 to 9999.
    pub(in crate::path) fn add(self, amount: Decimal, unit: Calendar) -> Option<Self> {
        if self.is_time() {
            return self.add_to_time(amount, unit);
        }
        let (amount, unit) = self.coarsened(amount, unit)?;
        match unit {
            Calendar::Year => self.add_months(whole(amount)?.checked_mul(12)?),
            Calendar::Month => self.add_months(whole(amount)?),
            Calendar::Week => self.add_days(whole(amount)?.checked_mul(7)?),
            Calendar::Day => self.add_days(whole(amount)?),
            Calendar::Hour => self.add_nanos(i128::from(whole(amount)?) * 60 * NANOS_A_MINUTE),
            Calendar::Minute => self.add_nanos(i128::from(whole(amount)?) * NANOS_A_MINUTE),
            Calendar::Second | Calendar::Millisecond => self.add_nanos(nanos(amount, unit)?),
        }
    }

    /// The duration in the unit this moment is told in, where it is finer than that.
    fn coarsened(&self, amount: Decimal, unit: Calendar) -> Option<(Decimal, Calendar)> {
        use Calendar::{Day, Hour, Millisecond, Minute, Month, Second, Week, Year};
        let target = match self.precision {
            Precision::Year => Year,
            Precision::Month => Month,
            Precision::Day => Day,
            Precision::Hour => Hour,
            Precision::Minute => Minute,
            Precision::Second | Precision::Millisecond => return Some((amount, unit)),
        };
        if unit <= target || (unit == Week && target == Day) {
            return Some((amount, unit));
        }
        // Twelve months a year, 365 days a year, 30 days a month (FHIRPath 6.6.1).
        let seconds: i64 = match unit {
            Year | Month => 0,
            Week => 604_800,
            Day => 86_400,
            Hour => 3600,
            Minute => 60,
            Second | Millisecond => 1,
        };
        let divisor: i64 = match (target, unit) {
            (Year, Month) => {
                return Some((amount.checked_div(Decimal::from(12))?.trunc(), Year));
            }
            (Year, _) => 365 * 86_400,
            (Month, _) => 30 * 86_400,
            (Day, _) => 86_400,
            (Hour, _) => 3600,
            _ => 60,
        };
        let mut total = amount.trunc().checked_mul(Decimal::from(seconds))?;
        if unit == Millisecond {
            total = total.checked_div(Decimal::from(1000))?;
        }
        Some((total.checked_div(Decimal::from(divisor))?.trunc(), target))
    }

    fn add_months(self, months: i64) -> Option<Self> {
        let total = i64::from(self.year) * 12 + i64::from(self.month) - 1;
        let total = total.checked_add(months)?;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        if !(1..=9999).contains(&year) {
            return None;
        }
        let last = datetime::days_in_month(year, month);
        Some(Self {
            year: year as i32,
            month: month as u8,
            day: i64::from(self.day).min(last) as u8,
            ..self
        })
    }

    fn add_days(self, days: i64) -> Option<Self> {
        let day = datetime::days(self.year.into(), self.month.into(), self.day.into());
        let day = day.checked_add(days)?;
        if !(-719_162..=2_932_896).contains(&day) {
            return None;
        }
        let (year, month, day) = datetime::civil(day);
        Some(Self {
            year: year as i32,
            month: month as u8,
            day: day as u8,
            ..self
        })
    }

    pub(super) fn add_minutes(self, minutes: i64) -> Option<Self> {
        self.add_nanos(i128::from(minutes) * NANOS_A_MINUTE)
    }

    fn add_nanos(self, nanos: i128) -> Option<Self> {
        let total = self.nanos_of_day().checked_add(nanos)?;
        let days = i64::try_from(total.div_euclid(NANOS_A_DAY)).ok()?;
        let moved = self.with_nanos(total.rem_euclid(NANOS_A_DAY))?;
        moved.add_days(days)
    }

    fn nanos_of_day(&self) -> i128 {
        let minutes = i128::from(self.hour) * 60 + i128::from(self.minute);
        minutes * NANOS_A_MINUTE + i128::from(self.second) * 1_000_000_000 + i128::from(self.nano)
    }

    fn with_nanos(self, of_day: i128) -> Option<Self> {
        let nano = (of_day % 1_000_000_000).to_u32()?;
        let told = self.precision == Precision::Millisecond;
        let fraction = self.precision == Precision::Second && nano != 0;
        Some(Self {
            hour: (of_day / NANOS_A_MINUTE / 60).to_u8()?,
            minute: (of_day / NANOS_A_MINUTE % 60).to_u8()?,
            second: (of_day / 1_000_000_000 % 60).to_u8()?,
            nano,
            digits: if told || fraction {
                self.digits.max(3)
            } else {
                0
            },
            precision: match fraction {
                true => Precision::Millisecond,
                false => self.precision,
            },
            ..self
        })
    }

    /// A time of day goes round the clock.
    fn add_to_time(self, amount: Decimal, unit: Calendar) -> Option<Self> {
        let (amount, unit) = match (self.precision, unit) {
            (_, Calendar::Year | Calendar::Month | Calendar::Week | Calendar::Day) => return None,
            _ => self.coarsened(amount, unit)?,
        };
        let added = match unit {
            Calendar::Hour => i128::from(whole(amount)?) * 60 * NANOS_A_MINUTE,
            Calendar::Minute => i128::from(whole(amount)?) * NANOS_A_MINUTE,
            _ => nanos(amount, unit)?,
        };
        self.with_nanos((self.nanos_of_day() + added).rem_euclid(NANOS_A_DAY))
    }
}

/// Above seconds, decimals are cut off (FHIRPath 6.6.1).
fn whole(amount: Decimal) -> Option<i64> {
    amount.trunc().to_i64()
}

fn nanos(amount: Decimal, unit: Calendar) -> Option<i128> {
    let scale = if unit == Calendar::Second {
        1_000_000_000
    } else {
        1_000_000
    };
    let total = amount.checked_mul(Decimal::from(scale))?;
    let total = total.round_dp_with_strategy(0, RoundingStrategy::ToZero);
    total.to_i128()
}
