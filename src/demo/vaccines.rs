//! Immunizations by the usual US schedule at the patient's age, influenza yearly and COVID-19
//! included.

use crate::chart::Chart;
use crate::places::PEDIATRICS;
use crate::visits::Seen;
use crate::words::{CVX, coded, named, to, us_core, wobble};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};

struct Vaccine {
    cvx: &'static str,
    display: &'static str,
    maker: &'static str,
    /// Ages of the doses in months.
    months: &'static [i64],
}

const SCHEDULE: &[Vaccine] = &[
    Vaccine {
        cvx: "08",
        display: "Hep B, adolescent or pediatric",
        maker: "Merck",
        months: &[0, 1, 6],
    },
    Vaccine {
        cvx: "116",
        display: "rotavirus, pentavalent",
        maker: "Merck",
        months: &[2, 4, 6],
    },
    Vaccine {
        cvx: "20",
        display: "DTaP",
        maker: "Sanofi Pasteur",
        months: &[2, 4, 6, 15, 50],
    },
    Vaccine {
        cvx: "49",
        display: "Hib (PRP-OMP)",
        maker: "Merck",
        months: &[2, 4, 12],
    },
    Vaccine {
        cvx: "133",
        display: "Pneumococcal conjugate PCV 13",
        maker: "Pfizer",
        months: &[2, 4, 6, 12],
    },
    Vaccine {
        cvx: "10",
        display: "IPV",
        maker: "Sanofi Pasteur",
        months: &[2, 4, 6, 50],
    },
    Vaccine {
        cvx: "03",
        display: "MMR",
        maker: "Merck",
        months: &[12, 50],
    },
    Vaccine {
        cvx: "21",
        display: "varicella",
        maker: "Merck",
        months: &[12, 50],
    },
    Vaccine {
        cvx: "83",
        display: "Hep A, ped/adol, 2 dose",
        maker: "Merck",
        months: &[12, 18],
    },
    Vaccine {
        cvx: "115",
        display: "Tdap",
        maker: "Sanofi Pasteur",
        months: &[133, 253, 373, 493, 613, 733, 853],
    },
    Vaccine {
        cvx: "165",
        display: "HPV9",
        maker: "Merck",
        months: &[134, 140],
    },
    Vaccine {
        cvx: "203",
        display: "meningococcal conjugate (groups A, C, Y and W), MenACYW-TT",
        maker: "Sanofi Pasteur",
        months: &[135, 193],
    },
    Vaccine {
        cvx: "187",
        display: "zoster recombinant",
        maker: "GlaxoSmithKline",
        months: &[603, 606],
    },
    Vaccine {
        cvx: "216",
        display: "Pneumococcal conjugate PCV20, polysaccharide CRM197 conjugate",
        maker: "Pfizer",
        months: &[783],
    },
];

/// COVID-19 campaigns: date, youngest and oldest age in years, CVX, display.
const COVID: &[(&str, f64, f64, &str, &str)] = &[
    (
        "2021-04-20",
        18.0,
        200.0,
        "208",
        "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose",
    ),
    (
        "2021-05-18",
        18.0,
        200.0,
        "208",
        "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose",
    ),
    (
        "2021-06-08",
        12.0,
        18.0,
        "208",
        "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose",
    ),
    (
        "2021-06-29",
        12.0,
        18.0,
        "208",
        "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose",
    ),
    (
        "2021-11-16",
        5.0,
        12.0,
        "218",
        "COVID-19, mRNA, LNP-S, PF, 10 mcg/0.2 mL dose, tris-sucrose",
    ),
    (
        "2021-12-07",
        5.0,
        12.0,
        "218",
        "COVID-19, mRNA, LNP-S, PF, 10 mcg/0.2 mL dose, tris-sucrose",
    ),
    (
        "2021-12-14",
        18.0,
        200.0,
        "208",
        "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose",
    ),
    (
        "2022-10-11",
        12.0,
        200.0,
        "300",
        "COVID-19, mRNA, LNP-S, bivalent, PF, 30 mcg/0.3 mL dose",
    ),
    (
        "2023-10-10",
        12.0,
        200.0,
        "309",
        "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 30 mcg/0.3 mL",
    ),
    (
        "2023-10-10",
        5.0,
        12.0,
        "310",
        "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 10 mcg/0.3 mL",
    ),
    (
        "2024-10-08",
        12.0,
        200.0,
        "309",
        "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 30 mcg/0.3 mL",
    ),
    (
        "2024-10-08",
        5.0,
        12.0,
        "310",
        "COVID-19, mRNA, LNP-S, PF, tris-sucrose, 10 mcg/0.3 mL",
    ),
];

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

const FLU: (&str, &str) = (
    "150",
    "influenza, injectable, quadrivalent, preservative free",
);

/// The whole immunization history; `clinic` is last autumn's vaccine visit.
pub fn record(chart: &mut Chart<'_>, clinic: &Seen, clinic_days_ago: i64) {
    let end = match chart.member.died_days_ago {
        Some(days) => chart.calendar.day(days),
        None => chart.calendar.today(),
    };
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
                given(chart, &dose, due, None);
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
            given(
                chart,
                &Dose::of(cvx, display, "Pfizer-BioNTech", dose_number),
                date,
                None,
            );
        }
    }
    let clinic_day = chart.calendar.workday(clinic_days_ago);
    for (index, years) in (1..4).enumerate() {
        let date = clinic_day.saturating_sub(i64::from(years).years());
        if chart.age_on(date) >= 0.5 {
            given(
                chart,
                &Dose::of(FLU.0, FLU.1, "Sanofi Pasteur", 4 - index),
                date,
                None,
            );
        }
    }
    let age = chart.age_on(clinic_day);
    if age >= 0.5 {
        given(
            chart,
            &Dose::of(FLU.0, FLU.1, "Sanofi Pasteur", 5),
            clinic_day,
            Some(clinic),
        );
    }
    for (youngest, oldest, cvx, display) in AUTUMN {
        if age >= *youngest && age < *oldest {
            let dose = Dose::of(cvx, display, "Pfizer-BioNTech", dose_number + 1);
            given(chart, &dose, clinic_day, Some(clinic));
        }
    }
}

struct Dose<'d> {
    cvx: &'d str,
    display: &'d str,
    maker: &'d str,
    number: usize,
}

impl<'d> Dose<'d> {
    fn of(cvx: &'d str, display: &'d str, maker: &'d str, number: usize) -> Self {
        Self {
            cvx,
            display,
            maker,
            number,
        }
    }
}

fn given(chart: &mut Chart<'_>, dose: &Dose<'_>, date: Date, clinic: Option<&Seen>) {
    let id = chart.id(&format!("imm-{}-{}", dose.cvx, dose.number));
    let at = clinic.map_or_else(
        || chart.calendar.at(date, 10, 20),
        |seen| seen.start.clone(),
    );
    let lot = ((wobble(&id) + 1.0) * 4_000.0) as u32 + 1_000;
    let expires = date.saturating_add(9.months()).to_string();
    let mut resource = json!({
        "resourceType": "Immunization", "id": id,
        "meta": {"profile": [us_core("us-core-immunization")]},
        "status": "completed", "vaccineCode": coded(CVX, dose.cvx, dose.display),
        "patient": chart.subject(), "occurrenceDateTime": at, "recorded": at,
        "primarySource": true,
        "location": to(clinic.map_or(PEDIATRICS, |seen| seen.location)),
        "manufacturer": {"display": dose.maker},
        "lotNumber": format!("R{lot}"), "expirationDate": expires,
        "site": coded("http://terminology.hl7.org/CodeSystem/v3-ActSite", "LA", "left arm"),
        "protocolApplied": [{"doseNumberPositiveInt": dose.number}]
    });
    let author = clinic.map_or("Practitioner/samuel-osei", |seen| {
        seen.practitioner.as_str()
    });
    if let (Some(seen), Some(map)) = (clinic, resource.as_object_mut()) {
        map.insert("encounter".into(), to(&seen.encounter));
        let actor = named(&seen.practitioner, &seen.practitioner_name);
        map.insert("performer".into(), json!([{"actor": actor}]));
    }
    if let (true, Some(map)) = (date < chart.calendar.day(4_000), resource.as_object_mut()) {
        // Before the practice kept electronic records: the parents' booklet is the source.
        map.insert("primarySource".into(), Value::Bool(false));
        map.insert(
            "reportOrigin".into(),
            json!({"text": "Immunization booklet"}),
        );
        map.remove("location");
    }
    chart.add(resource, author, &at);
}

/// A dose that was offered and declined.
pub fn declined(chart: &mut Chart<'_>, seen: &Seen) {
    let resource = json!({
        "resourceType": "Immunization", "id": chart.id("imm-declined"),
        "meta": {"profile": [us_core("us-core-immunization")]},
        "status": "not-done",
        "statusReason": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "code": "PATOBJ", "display": "patient objection"}]},
        "vaccineCode": coded(CVX, "133", "Pneumococcal conjugate PCV 13"),
        "patient": chart.subject(), "encounter": to(&seen.encounter),
        "occurrenceDateTime": seen.start, "primarySource": true, "location": to(seen.location)
    });
    chart.add(resource, &seen.practitioner, &seen.start);
}
