//! Which vaccines the families of the demo have had: by schedule, in the campaigns, in last autumn's clinic.

use crate::chart::Chart;
use crate::places::PEDIATRICS;
use crate::seen::Seen;
use jiff::{ToSpan, civil::Date};
use population::vaccines::{COVID, Dose, SCHEDULE, Source, given};

/// The doses given in last autumn's clinic.
const AUTUMN: &[(f64, f64, &str, &str)] = &[
    (
        0.5,
        5.0,
        "308",
        "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 3 mcg/0.3 mL",
    ),
    (
        5.0,
        12.0,
        "310",
        "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 10 mcg/0.3 mL",
    ),
    (
        12.0,
        200.0,
        "309",
        "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 30 mcg/0.3 mL",
    ),
];

const FLU: (&str, &str) = ("150", "Influenza, split virus, quadrivalent, PF");

/// The whole immunization history; `clinic` is last autumn's vaccine visit.
pub fn record(chart: &mut Chart<'_>, clinic: &Seen, clinic_days_ago: i64) {
    let end = chart.whose.died.unwrap_or(chart.calendar.today());
    for vaccine in SCHEDULE {
        // Older adults have no childhood records here; boosters are kept for fifteen years.
        let oldest = if chart.age_on(end) >= 26.0 { 15 } else { 30 };
        for (index, months) in vaccine.months.iter().enumerate() {
            let due = chart
                .birth
                .saturating_add(months.months())
                .saturating_add(5.days());
            if due < end && due > end.saturating_sub(i64::from(oldest).years()) {
                let dose = Dose::of(vaccine.cvx, vaccine.display, vaccine.maker, index + 1);
                earlier(chart, &dose, due);
            }
        }
    }
    let mut dose_number = 0;
    for (date, youngest, oldest, cvx, display) in COVID {
        let Ok(date) = date.parse::<Date>() else {
            continue;
        };
        let age = chart.age_on(date);
        if date < end && age >= *youngest && age < *oldest {
            dose_number += 1;
            let dose = Dose::of(cvx, display, "Pfizer-BioNTech", dose_number);
            earlier(chart, &dose, date);
        }
    }
    let clinic_day = chart.calendar.workday(clinic_days_ago);
    for (index, years) in (1..4).enumerate() {
        let date = clinic_day.saturating_sub(i64::from(years).years());
        if chart.age_on(date) >= 0.5 {
            let dose = Dose::of(FLU.0, FLU.1, "Sanofi Pasteur", 4 - index);
            earlier(chart, &dose, date);
        }
    }
    let age = chart.age_on(clinic_day);
    if age >= 0.5 {
        let dose = Dose::of(FLU.0, FLU.1, "Sanofi Pasteur", 5);
        given(chart, &dose, clinic_day, Source::Visit(clinic));
    }
    for (youngest, oldest, cvx, display) in AUTUMN {
        if age >= *youngest && age < *oldest {
            let dose = Dose::of(cvx, display, "Pfizer-BioNTech", dose_number + 1);
            given(chart, &dose, clinic_day, Source::Visit(clinic));
        }
    }
}

/// A dose of former years; before the practice kept electronic records the parents' booklet is the source.
fn earlier(chart: &mut Chart<'_>, dose: &Dose<'_>, date: Date) {
    let author = "Practitioner/samuel-osei";
    let source = if date < chart.calendar.day(4_000) {
        Source::Booklet { author }
    } else {
        Source::Place {
            location: PEDIATRICS,
            author,
        }
    };
    given(chart, dose, date, source);
}
