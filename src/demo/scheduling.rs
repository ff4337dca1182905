//! Schedules with free slots two weeks ahead, and appointments past and to come.

use crate::calendar::Calendar;
use crate::chart::Chart;
use crate::places::{
    FAMILY_MEDICINE, GENERAL_PRACTITIONER_ADULT, GENERAL_PRACTITIONER_CHILD, PEDIATRICS,
    POOL_FAMILY_MEDICINE, POOL_PEDIATRICS, display_of,
};
use crate::words::{Code, named, to, wobble};
use jiff::civil::Weekday;
use population::desk::{self, Appointment};
use serde_json::{Value, json};

/// How far ahead slots are open, in days.
const DAYS_AHEAD: i64 = 14;

/// Start times of a day's slots.
const TIMES: &[(i8, i8)] = &[
    (9, 0),
    (9, 30),
    (10, 0),
    (10, 30),
    (13, 0),
    (13, 30),
    (14, 0),
    (14, 30),
];

/// Both doctors' schedules with their slots; about one in four is taken.
pub fn resources(calendar: &Calendar) -> Vec<Value> {
    let mut made = Vec::new();
    for (practitioner, pool, location) in [
        (
            GENERAL_PRACTITIONER_ADULT,
            POOL_FAMILY_MEDICINE,
            FAMILY_MEDICINE,
        ),
        (GENERAL_PRACTITIONER_CHILD, POOL_PEDIATRICS, PEDIATRICS),
    ] {
        let id = practitioner.trim_start_matches("Practitioner/");
        made.push(json!({
            "resourceType": "Schedule", "id": id, "active": true,
            "serviceType": [{"text": "Office visit"}],
            "actor": [named(practitioner, &display_of(practitioner)),
                to(&format!("HealthcareService/{pool}")), to(location)],
            "planningHorizon": {"start": calendar.day(0).to_string(),
                "end": calendar.day(-DAYS_AHEAD).to_string()},
            "comment": "Bookable in the portal"
        }));
        for ahead in 1..=DAYS_AHEAD {
            let date = calendar.day(-ahead);
            if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
                continue;
            }
            for (hour, minute) in TIMES {
                let slot = format!("{id}-{date}-{hour:02}{minute:02}");
                let busy = wobble(&slot) > 0.5;
                let (end_hour, end_minute) = if *minute == 30 {
                    (hour + 1, 0)
                } else {
                    (*hour, 30)
                };
                made.push(json!({
                    "resourceType": "Slot", "id": slot,
                    "serviceType": [{"text": "Office visit"}],
                    "schedule": to(&format!("Schedule/{id}")),
                    "status": if busy { "busy" } else { "free" },
                    "start": calendar.at(date, *hour, *minute),
                    "end": calendar.at(date, end_hour, end_minute)
                }));
            }
        }
    }
    made
}

/// An appointment to make.
#[derive(Debug, Clone, Copy)]
pub struct Booking {
    pub slug: &'static str,
    /// Negative: past.
    pub in_days: i64,
    pub hour: i8,
    pub status: &'static str,
    pub reason: Code,
}

/// One appointment with the patient's doctor; bookings ahead move off weekends.
pub fn appointment(chart: &mut Chart<'_>, booking: &Booking) {
    let calendar = chart.calendar;
    let date = calendar.workday(-booking.in_days);
    let child = chart.age_on(date) < 18.0;
    let (practitioner, location) = if child {
        (GENERAL_PRACTITIONER_CHILD, PEDIATRICS)
    } else {
        (GENERAL_PRACTITIONER_ADULT, FAMILY_MEDICINE)
    };
    let pool = if child {
        POOL_PEDIATRICS
    } else {
        POOL_FAMILY_MEDICINE
    };
    let created = calendar.ago((30 - booking.in_days).max(1), 11, 5);
    let made = Appointment {
        slug: booking.slug,
        date,
        hour: booking.hour,
        status: booking.status,
        reason: booking.reason,
        practitioner,
        practitioner_name: &display_of(practitioner),
        location,
        pool: &format!("HealthcareService/{pool}"),
        created: &created,
    };
    desk::appointment(chart, &made);
}
