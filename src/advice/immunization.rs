//! Vaccines that are overdue by the usual schedules.

use crate::card::{Indicator, Source, listed};
use crate::record::{has_code, months_between, written};
use crate::vaccines::{
    INFLUENZA, INFLUENZA_FROM, INTERVAL_DAYS, SERIES, TETANUS, TETANUS_FROM, TETANUS_MONTHS,
    Vaccine,
};
use crate::{Card, Record, Rule, Setting};
use fhir::Element;
use jiff::civil::Date;

/// One vaccine that should have been given.
struct Overdue {
    name: &'static str,
    why: String,
}

/// The doses given, by day, once each.
fn given(immunizations: &[Element<'_>], cvx: &[&str], setting: &Setting) -> Vec<Date> {
    let mut days: Vec<Date> = immunizations
        .iter()
        .filter(|it| it.text_at("status").as_deref() == Some("completed"))
        .filter(|it| has_code(**it, "vaccineCode", cvx))
        .filter_map(|it| setting.day(&it.text_at("occurrenceDateTime")?))
        .collect();
    days.sort();
    days.dedup();
    days
}

/// The last day one of these was offered and declined.
fn declined(immunizations: &[Element<'_>], cvx: &[&str], setting: &Setting) -> Option<Date> {
    immunizations
        .iter()
        .filter(|it| it.text_at("status").as_deref() == Some("not-done"))
        .filter(|it| has_code(**it, "vaccineCode", cvx))
        .filter_map(|it| setting.day(&it.text_at("occurrenceDateTime")?))
        .max()
}

fn of_series(
    vaccine: &'static Vaccine,
    doses: &[Date],
    birth: Date,
    today: Date,
) -> Option<Overdue> {
    let age = months_between(birth, today);
    let asked = vaccine.overdue_from.iter().filter(|from| **from <= age);
    let asked = asked.count();
    if age >= vaccine.until || doses.len() >= asked {
        return None;
    }
    let completes = |from: i64| doses.iter().any(|day| months_between(birth, *day) >= from);
    if vaccine.completed_by_dose_from.is_some_and(completes) {
        return None;
    }
    let last = doses.last();
    let fresh = last.is_some_and(|day| today.duration_since(*day).as_hours() < 24 * INTERVAL_DAYS);
    let why = match (doses.len(), asked) {
        (0, 1) => "none on record".to_owned(),
        (had, asked) => format!("{had} of {asked} doses on record"),
    };
    (!fresh).then_some(Overdue {
        name: vaccine.name,
        why,
    })
}

fn tetanus(doses: &[Date], birth: Date, today: Date) -> Option<Overdue> {
    if months_between(birth, today) < TETANUS_FROM {
        return None;
    }
    let why = match doses.last() {
        None => "none on record".to_owned(),
        Some(last) if months_between(*last, today) < TETANUS_MONTHS => return None,
        Some(last) => format!("last on {}, more than ten years ago", written(*last)),
    };
    Some(Overdue {
        name: "Td or Tdap booster",
        why,
    })
}

/// From September to March, of the season that began in July.
fn influenza(doses: &[Date], birth: Date, today: Date) -> Option<Overdue> {
    if months_between(birth, today) < INFLUENZA_FROM || (4..=8).contains(&today.month()) {
        return None;
    }
    let began = today.year() - i16::from(today.month() < 7);
    let season = Date::new(began, 7, 1).ok()?;
    let had = doses.iter().any(|day| *day >= season);
    (!had).then(|| Overdue {
        name: "influenza",
        why: format!("none on record for the season {began}–{}", began + 1),
    })
}

/// One card for all vaccines that are overdue.
pub(crate) fn overdue(record: &Record<'_>, setting: &Setting) -> Vec<Card> {
    let (Some(list), Some(birth)) = (record.list("immunizations"), record.birth()) else {
        return Vec::new();
    };
    let today = setting.today();
    let mut found: Vec<(Overdue, &[&str])> = Vec::new();
    for vaccine in SERIES {
        let doses = given(list, vaccine.cvx, setting);
        let one = of_series(vaccine, &doses, birth, today);
        found.extend(one.map(|one| (one, vaccine.cvx)));
    }
    let booster = tetanus(&given(list, TETANUS, setting), birth, today);
    found.extend(booster.map(|one| (one, TETANUS)));
    let flu = influenza(&given(list, INFLUENZA, setting), birth, today);
    found.extend(flu.map(|one| (one, INFLUENZA)));
    if found.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = found.iter().map(|(one, _)| one.name.to_owned()).collect();
    let mut refused = 0;
    let lines = found.iter().map(|(one, cvx)| {
        let said_no = declined(list, cvx, setting);
        refused += usize::from(said_no.is_some());
        let note = said_no.map_or(String::new(), |day| {
            format!("; declined on {}", written(day))
        });
        format!("- **{}**: {}{note}", one.name, one.why)
    });
    let lines: Vec<String> = lines.collect();
    let all_declined = refused == found.len();
    let indicator = if all_declined {
        Indicator::Info
    } else {
        Indicator::Warning
    };
    let summary = match names.len() {
        1 => format!("Vaccine overdue: {}", listed(&names)),
        count => format!("{count} vaccines overdue: {}", listed(&names)),
    };
    let detail = format!(
        "By age and by what is on record here; doses given elsewhere may be missing.\n\n{}",
        lines.join("\n")
    );
    vec![
        Card::new(
            Rule::OverdueVaccines,
            indicator,
            Source::Immunization,
            &summary,
        )
        .with_detail(detail),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    fn series(name: &str) -> &'static Vaccine {
        SERIES.iter().find(|it| it.name == name).unwrap()
    }

    #[test]
    fn a_dose_is_overdue_only_after_its_time_has_passed() {
        let (mmr, birth) = (series("MMR"), date(2025, 1, 10));
        assert!(of_series(mmr, &[], birth, date(2026, 6, 9)).is_none());
        let late = of_series(mmr, &[], birth, date(2026, 6, 10)).unwrap();
        assert_eq!(late.why, "none on record");
        assert!(of_series(mmr, &[date(2026, 1, 20)], birth, date(2026, 6, 15)).is_none());
        let second = of_series(mmr, &[date(2026, 1, 20)], birth, date(2031, 6, 15)).unwrap();
        assert_eq!(second.why, "1 of 2 doses on record");
    }

    #[test]
    fn a_series_ends_at_its_age_or_with_a_late_dose() {
        let birth = date(2022, 1, 1);
        assert!(of_series(series("rotavirus"), &[], birth, date(2026, 1, 1)).is_none());
        let (hib, late) = (series("Hib"), date(2023, 5, 1));
        assert!(of_series(hib, &[late], birth, date(2024, 1, 1)).is_none());
        assert!(of_series(hib, &[date(2022, 3, 1)], birth, date(2024, 1, 1)).is_some());
    }

    #[test]
    fn a_dose_just_given_is_not_followed_by_a_reminder() {
        let (hpv, birth) = (series("HPV"), date(2010, 1, 1));
        let just = [date(2026, 6, 1)];
        assert!(of_series(hpv, &just, birth, date(2026, 6, 15)).is_none());
        assert!(of_series(hpv, &just, birth, date(2026, 9, 15)).is_some());
    }

    #[test]
    fn tetanus_comes_back_every_ten_years_and_influenza_every_autumn() {
        let birth = date(1980, 1, 1);
        assert!(tetanus(&[date(2016, 7, 1)], birth, date(2026, 6, 15)).is_none());
        assert!(tetanus(&[date(2016, 6, 1)], birth, date(2026, 6, 15)).is_some());
        assert!(tetanus(&[], date(2010, 1, 1), date(2026, 6, 15)).is_none());
        assert!(influenza(&[], birth, date(2026, 6, 15)).is_none());
        assert!(influenza(&[date(2025, 10, 1)], birth, date(2026, 2, 1)).is_none());
        assert!(influenza(&[date(2025, 10, 1)], birth, date(2026, 10, 1)).is_some());
    }
}
