//! Vital signs of a visit as US Core observations.

use crate::chart::Chart;
use crate::growth::{bmi_percentile, body, head_percentile, resting};
use crate::seen::Seen;
use crate::words::{
    Code, LOINC, OBSERVATION_CATEGORY, coded, loinc, quantity, to, us_core, wobble,
};
use jiff::civil::Date;
use serde_json::{Value, json};

/// What a nurse measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    pub age: f64,
    pub height_cm: f64,
    pub weight_kg: f64,
    pub head_cm: f64,
    pub heart: f64,
    pub breath: f64,
    pub celsius: f64,
    pub oxygen: f64,
    /// Systolic and diastolic in mmHg, from three years on.
    pub pressure: Option<(f64, f64)>,
}

struct Sign {
    slug: &'static str,
    profile: &'static str,
    code: Code,
    value: f64,
    decimals: u32,
    unit: (&'static str, &'static str),
}

/// What is found in somebody well on a date: on the growth curves, with a little change from visit to visit.
/// `raised` is what the pressure has above the usual for the age.
pub fn usual(chart: &Chart<'_>, slug: &str, date: Date, raised: (f64, f64)) -> Measures {
    let whose = chart.whose;
    let age = chart.age_on(date);
    let jitter = |name: &str| wobble(&format!("{}{slug}{name}", whose.id));
    let body = body(age, whose.female, whose.tall, whose.heavy);
    let (systolic, diastolic, heart, breath) = resting(age);
    Measures {
        age,
        height_cm: body.height_cm,
        weight_kg: body.weight_kg * (1.0 + 0.006 * jitter("weight")),
        head_cm: body.head_cm,
        heart: heart + 5.0 * jitter("heart"),
        breath: breath + jitter("breath"),
        celsius: 36.7 + 0.2 * jitter("temperature"),
        oxygen: 98.0 + jitter("oxygen"),
        pressure: (age >= 3.0).then(|| {
            (
                systolic + raised.0 + 4.0 * jitter("systolic"),
                diastolic + raised.1 + 3.0 * jitter("diastolic"),
            )
        }),
    }
}

/// The observations of one visit.
pub fn record(chart: &mut Chart<'_>, slug: &str, seen: &Seen, measures: &Measures) {
    for sign in signs(chart, measures) {
        let resource = observation(chart, slug, seen, &sign);
        chart.add(resource, &seen.practitioner, &seen.start);
    }
    if let Some(pressure) = measures.pressure {
        let resource = blood_pressure(chart, slug, seen, pressure);
        chart.add(resource, &seen.practitioner, &seen.start);
    }
}

const PERCENT: (&str, &str) = ("%", "%");
const RATE: (&str, &str) = ("/min", "/min");

fn signs(chart: &Chart<'_>, measures: &Measures) -> Vec<Sign> {
    let Measures { age, .. } = *measures;
    let female = chart.whose.female;
    let bmi = measures.weight_kg / (measures.height_cm / 100.0).powi(2);
    let mut signs = always(measures);
    if age >= 2.0 {
        signs.push(Sign {
            slug: "bmi",
            profile: "us-core-bmi",
            code: loinc("39156-5", "Body mass index (BMI) [Ratio]"),
            value: bmi,
            decimals: 1,
            unit: ("kg/m2", "kg/m2"),
        });
    }
    if (2.0..20.0).contains(&age) {
        signs.push(Sign {
            slug: "bmi-percentile",
            profile: "pediatric-bmi-for-age",
            code: loinc(
                "59576-9",
                "Body mass index (BMI) [Percentile] Per age and sex",
            ),
            value: bmi_percentile(age, female, bmi),
            decimals: 0,
            unit: PERCENT,
        });
    }
    if age < 3.0 {
        signs.push(Sign {
            slug: "head",
            profile: "us-core-head-circumference",
            code: loinc("9843-4", "Head Occipital-frontal circumference"),
            value: measures.head_cm,
            decimals: 1,
            unit: ("cm", "cm"),
        });
        signs.push(Sign {
            slug: "head-percentile",
            profile: "head-occipital-frontal-circumference-percentile",
            code: loinc("8289-1", "Head Occipital-frontal circumference Percentile"),
            value: head_percentile(age, female, measures.head_cm),
            decimals: 0,
            unit: PERCENT,
        });
        signs.push(Sign {
            slug: "weight-for-length",
            profile: "pediatric-weight-for-height",
            code: loinc("77606-2", "Weight-for-length Per age and sex"),
            value: bmi_percentile(age, female, bmi),
            decimals: 0,
            unit: PERCENT,
        });
    }
    signs
}

fn always(measures: &Measures) -> Vec<Sign> {
    let sign = |slug, profile, code, value, decimals, unit| Sign {
        slug,
        profile,
        code,
        value,
        decimals,
        unit,
    };
    vec![
        sign(
            "height",
            "us-core-body-height",
            loinc("8302-2", "Body height"),
            measures.height_cm,
            1,
            ("cm", "cm"),
        ),
        sign(
            "weight",
            "us-core-body-weight",
            loinc("29463-7", "Body weight"),
            measures.weight_kg,
            if measures.age < 2.0 { 2 } else { 1 },
            ("kg", "kg"),
        ),
        sign(
            "heart-rate",
            "us-core-heart-rate",
            loinc("8867-4", "Heart rate"),
            measures.heart,
            0,
            RATE,
        ),
        sign(
            "breathing",
            "us-core-respiratory-rate",
            loinc("9279-1", "Respiratory rate"),
            measures.breath,
            0,
            RATE,
        ),
        sign(
            "temperature",
            "us-core-body-temperature",
            loinc("8310-5", "Body temperature"),
            measures.celsius,
            1,
            ("Cel", "Cel"),
        ),
        sign(
            "oxygen",
            "us-core-pulse-oximetry",
            loinc(
                "59408-5",
                "Oxygen saturation in Arterial blood by Pulse oximetry",
            ),
            measures.oxygen,
            0,
            PERCENT,
        ),
    ]
}

fn base(chart: &Chart<'_>, visit: &str, seen: &Seen, slug: &str, profile: &str) -> Value {
    json!({
        "resourceType": "Observation", "id": chart.id(&format!("{slug}-{visit}")),
        "meta": {"profile": [us_core(profile)]},
        "status": "final",
        "category": [coded(OBSERVATION_CATEGORY, "vital-signs", "Vital Signs")],
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start,
        "performer": [seen.by()]
    })
}

fn observation(chart: &Chart<'_>, visit: &str, seen: &Seen, sign: &Sign) -> Value {
    let mut made = base(chart, visit, seen, sign.slug, sign.profile);
    if let Some(map) = made.as_object_mut() {
        let mut code = sign.code.concept();
        if sign.slug == "oxygen" {
            code = json!({"coding": [sign.code.coding(), {"system": LOINC, "code": "2708-6",
                "display": "Oxygen saturation in Arterial blood"}], "text": "Oxygen saturation"});
        }
        map.insert("code".into(), code);
        let value = quantity(sign.value, sign.decimals, sign.unit.0, sign.unit.1);
        map.insert("valueQuantity".into(), value);
    }
    made
}

/// The blood pressure panel.
pub const PRESSURE: Code = loinc("85354-9", "Blood pressure panel with all children optional");
pub const SYSTOLIC: Code = loinc("8480-6", "Systolic blood pressure");
pub const DIASTOLIC: Code = loinc("8462-4", "Diastolic blood pressure");

fn blood_pressure(chart: &Chart<'_>, visit: &str, seen: &Seen, pressure: (f64, f64)) -> Value {
    let mut made = base(chart, visit, seen, "pressure", "us-core-blood-pressure");
    if let Some(map) = made.as_object_mut() {
        map.insert("code".into(), PRESSURE.concept());
        let part = |code: Code, value: f64| {
            json!({"code": code.concept(),
                "valueQuantity": quantity(value, 0, "mmHg", "mm[Hg]")})
        };
        map.insert(
            "component".into(),
            json!([part(SYSTOLIC, pressure.0), part(DIASTOLIC, pressure.1)]),
        );
    }
    made
}
