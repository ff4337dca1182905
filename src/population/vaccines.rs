//! The usual US vaccine schedule, COVID-19 campaigns, and doses as Immunization resources.

use crate::chart::Chart;
use crate::seen::Seen;
use crate::words::{CVX, coded, to, us_core, wobble};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};

/// A vaccine of the schedule.
#[derive(Debug, Clone, Copy)]
pub struct Vaccine {
    pub cvx: &'static str,
    pub display: &'static str,
    pub maker: &'static str,
    /// Ages of the doses in months.
    pub months: &'static [i64],
    /// The year it came into use.
    pub since: i16,
    /// No dose is begun at this age in months.
    pub until_months: i64,
}

/// Childhood, adolescent and adult vaccines by age.
pub const SCHEDULE: &[Vaccine] = &[
    Vaccine {
        cvx: "08",
        display: "Hep B, adolescent or pediatric",
        maker: "Merck",
        months: &[0, 1, 6],
        since: 1991,
        until_months: 216,
    },
    Vaccine {
        cvx: "116",
        display: "rotavirus, pentavalent",
        maker: "Merck",
        months: &[2, 4, 6],
        since: 2006,
        until_months: 8,
    },
    Vaccine {
        cvx: "20",
        display: "DTaP",
        maker: "Sanofi Pasteur",
        months: &[2, 4, 6, 15, 50],
        since: 1997,
        until_months: 84,
    },
    Vaccine {
        cvx: "49",
        display: "Hib (PRP-OMP)",
        maker: "Merck",
        months: &[2, 4, 12],
        since: 1990,
        until_months: 60,
    },
    Vaccine {
        cvx: "133",
        display: "Pneumococcal conjugate PCV 13",
        maker: "Pfizer",
        months: &[2, 4, 6, 12],
        since: 2010,
        until_months: 60,
    },
    Vaccine {
        cvx: "10",
        display: "IPV",
        maker: "Sanofi Pasteur",
        months: &[2, 4, 6, 50],
        since: 2000,
        until_months: 216,
    },
    Vaccine {
        cvx: "03",
        display: "MMR",
        maker: "Merck",
        months: &[12, 50],
        since: 1980,
        until_months: 1400,
    },
    Vaccine {
        cvx: "21",
        display: "varicella",
        maker: "Merck",
        months: &[12, 50],
        since: 1995,
        until_months: 1400,
    },
    Vaccine {
        cvx: "83",
        display: "Hep A, ped/adol, 2 dose",
        maker: "Merck",
        months: &[12, 18],
        since: 2006,
        until_months: 1400,
    },
    Vaccine {
        cvx: "115",
        display: "Tdap",
        maker: "Sanofi Pasteur",
        months: &[133, 253, 373, 493, 613, 733, 853],
        since: 2005,
        until_months: 1400,
    },
    Vaccine {
        cvx: "165",
        display: "HPV9",
        maker: "Merck",
        months: &[134, 140],
        since: 2015,
        until_months: 324,
    },
    Vaccine {
        cvx: "203",
        display: "meningococcal conjugate quadrivalent, MenACWY-TT (MCV4)",
        maker: "Sanofi Pasteur",
        months: &[135, 193],
        since: 2006,
        until_months: 264,
    },
    Vaccine {
        cvx: "187",
        display: "zoster recombinant",
        maker: "GlaxoSmithKline",
        months: &[603, 606],
        since: 2018,
        until_months: 1400,
    },
    Vaccine {
        cvx: "216",
        display: "Pneumococcal conjugate PCV20, polysaccharide CRM197 conjugate, adjuvant, PF",
        maker: "Pfizer",
        months: &[783],
        since: 2021,
        until_months: 1400,
    },
];

/// COVID-19 campaigns: date, youngest and oldest age in years, CVX, display.
pub const COVID: &[(&str, f64, f64, &str, &str)] = &[
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

/// One dose.
#[derive(Debug, Clone, Copy)]
pub struct Dose<'d> {
    pub cvx: &'d str,
    pub display: &'d str,
    pub maker: &'d str,
    /// Which dose of its series.
    pub number: usize,
}

impl<'d> Dose<'d> {
    pub fn of(cvx: &'d str, display: &'d str, maker: &'d str, number: usize) -> Self {
        Self {
            cvx,
            display,
            maker,
            number,
        }
    }
}

/// Where and by whom a dose was given.
#[derive(Debug, Clone, Copy)]
pub enum Source<'s> {
    /// At a visit.
    Visit(&'s Seen),
    /// By the practice, at a place, without a visit on record.
    Place {
        location: &'static str,
        author: &'static str,
    },
    /// Elsewhere: only the parents' booklet tells of it.
    Booklet { author: &'static str },
}

/// The Immunization of a dose given on a date.
pub fn given(chart: &mut Chart<'_>, dose: &Dose<'_>, date: Date, source: Source<'_>) {
    let id = chart.id(&format!("imm-{}-{}", dose.cvx, dose.number));
    let at = match source {
        Source::Visit(seen) => seen.start.clone(),
        _ => chart.calendar.at(date, 10, 20),
    };
    let lot = ((wobble(&id) + 1.0) * 4_000.0) as u32 + 1_000;
    let expires = date.saturating_add(9.months()).to_string();
    let mut resource = json!({
        "resourceType": "Immunization", "id": id,
        "meta": {"profile": [us_core("us-core-immunization")]},
        "status": "completed", "vaccineCode": coded(CVX, dose.cvx, dose.display),
        "patient": chart.subject(), "occurrenceDateTime": at, "recorded": at,
        "primarySource": !matches!(source, Source::Booklet { .. }),
        "manufacturer": {"display": dose.maker},
        "lotNumber": format!("R{lot}"), "expirationDate": expires,
        "site": coded("http://terminology.hl7.org/CodeSystem/v3-ActSite", "LA", "left arm"),
        "protocolApplied": [{"doseNumberPositiveInt": dose.number}]
    });
    let mut put = |name: &str, value: Value| {
        if let Some(map) = resource.as_object_mut() {
            map.insert(name.into(), value);
        }
    };
    let author = match source {
        Source::Visit(seen) => {
            put("encounter", to(&seen.encounter));
            put("location", to(seen.location));
            put("performer", json!([{"actor": seen.by()}]));
            seen.practitioner.as_str()
        }
        Source::Place { location, author } => {
            put("location", to(location));
            author
        }
        Source::Booklet { author } => {
            put("reportOrigin", json!({"text": "Immunization booklet"}));
            author
        }
    };
    chart.add(resource, author, &at);
}

/// A dose that was offered and declined.
pub fn declined(chart: &mut Chart<'_>, seen: &Seen, cvx: &str, display: &str) {
    let resource = json!({
        "resourceType": "Immunization", "id": chart.id(&format!("imm-declined-{cvx}")),
        "meta": {"profile": [us_core("us-core-immunization")]},
        "status": "not-done",
        "statusReason": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "code": "PATOBJ", "display": "patient objection"}]},
        "vaccineCode": coded(CVX, cvx, display),
        "patient": chart.subject(), "encounter": to(&seen.encounter),
        "occurrenceDateTime": seen.start, "primarySource": true, "location": to(seen.location)
    });
    chart.add(resource, &seen.practitioner, &seen.start);
}
