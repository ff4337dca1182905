//! Vital signs of a visit, plausible for the age and the person.

use crate::chart::Chart;
use crate::growth::{body, resting};
use crate::story::Visit;
use crate::visits::Seen;
use crate::words::{
    Code, LOINC, OBSERVATION_CATEGORY, coded, loinc, named, quantity, to, us_core, wobble,
};
use serde_json::{Value, json};

struct Sign {
    slug: &'static str,
    profile: &'static str,
    code: Code,
    value: f64,
    decimals: u32,
    unit: (&'static str, &'static str),
}

/// Everything a nurse measures at a visit.
pub fn record(chart: &mut Chart<'_>, visit: &Visit, seen: &Seen, pressure: (f64, f64)) {
    let age = chart.age_on(chart.calendar.workday(visit.days_ago));
    for sign in signs(chart, visit, age) {
        let resource = observation(chart, visit, seen, &sign);
        chart.add(resource, &seen.practitioner, &seen.start);
    }
    if age >= 3.0 {
        let resource = blood_pressure(chart, visit, seen, age, pressure);
        chart.add(resource, &seen.practitioner, &seen.start);
    }
}

fn signs(chart: &Chart<'_>, visit: &Visit, age: f64) -> Vec<Sign> {
    let member = chart.member;
    let jitter = |name: &str| wobble(&format!("{}{}{name}", member.id, visit.slug));
    let body = body(age, member.female(), member.tall, member.heavy);
    let weight = body.weight_kg * (1.0 + 0.006 * jitter("weight"));
    let height = body.height_cm;
    let (_, _, heart, breath) = resting(age);
    let temperature = 36.7 + 0.2 * jitter("temperature");
    let rate = ("/min", "/min");
    let percentile = |z: f64| (100.0 / (1.0 + (-1.702 * z).exp())).clamp(1.0, 99.0);
    let bmi = weight / (height / 100.0).powi(2);
    let mut signs = vec![
        sign(
            "height",
            "us-core-body-height",
            loinc("8302-2", "Body height"),
            height,
            1,
            ("cm", "cm"),
        ),
        sign(
            "weight",
            "us-core-body-weight",
            loinc("29463-7", "Body weight"),
            weight,
            1,
            ("kg", "kg"),
        ),
        sign(
            "heart-rate",
            "us-core-heart-rate",
            loinc("8867-4", "Heart rate"),
            heart + 5.0 * jitter("heart"),
            0,
            rate,
        ),
        sign(
            "breathing",
            "us-core-respiratory-rate",
            loinc("9279-1", "Respiratory rate"),
            breath + jitter("breath"),
            0,
            rate,
        ),
        sign(
            "temperature",
            "us-core-body-temperature",
            loinc("8310-5", "Body temperature"),
            temperature,
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
            98.0 + jitter("oxygen"),
            0,
            ("%", "%"),
        ),
    ];
    if age >= 2.0 {
        signs.push(sign(
            "bmi",
            "us-core-bmi",
            loinc("39156-5", "Body mass index (BMI) [Ratio]"),
            bmi,
            1,
            ("kg/m2", "kg/m2"),
        ));
    }
    if (2.0..20.0).contains(&age) {
        signs.push(sign(
            "bmi-percentile",
            "pediatric-bmi-for-age",
            loinc(
                "59576-9",
                "Body mass index (BMI) [Percentile] Per age and sex",
            ),
            percentile(member.heavy / 10.0),
            0,
            ("%", "%"),
        ));
    }
    if age < 3.0 {
        signs.push(sign(
            "head",
            "us-core-head-circumference",
            loinc("9843-4", "Head Occipital-frontal circumference"),
            body.head_cm,
            1,
            ("cm", "cm"),
        ));
        signs.push(sign(
            "head-percentile",
            "head-occipital-frontal-circumference-percentile",
            loinc("8289-1", "Head Occipital-frontal circumference Percentile"),
            percentile(member.tall / 10.0),
            0,
            ("%", "%"),
        ));
        signs.push(sign(
            "weight-for-length",
            "pediatric-weight-for-height",
            loinc("77606-2", "Weight-for-length Per age and sex"),
            percentile(member.heavy / 10.0),
            0,
            ("%", "%"),
        ));
    }
    signs
}

fn sign(
    slug: &'static str,
    profile: &'static str,
    code: Code,
    value: f64,
    decimals: u32,
    unit: (&'static str, &'static str),
) -> Sign {
    Sign {
        slug,
        profile,
        code,
        value,
        decimals,
        unit,
    }
}

fn base(chart: &Chart<'_>, visit: &Visit, seen: &Seen, slug: &str, profile: &str) -> Value {
    json!({
        "resourceType": "Observation", "id": chart.id(&format!("{slug}-{}", visit.slug)),
        "meta": {"profile": [us_core(profile)]},
        "status": "final",
        "category": [coded(OBSERVATION_CATEGORY, "vital-signs", "Vital Signs")],
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start,
        "performer": [named(&seen.practitioner, &seen.practitioner_name)]
    })
}

fn observation(chart: &Chart<'_>, visit: &Visit, seen: &Seen, sign: &Sign) -> Value {
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

fn blood_pressure(
    chart: &Chart<'_>,
    visit: &Visit,
    seen: &Seen,
    age: f64,
    pressure: (f64, f64),
) -> Value {
    let (systolic, diastolic, ..) = resting(age);
    let jitter = |name: &str| wobble(&format!("{}{}{name}", chart.member.id, visit.slug));
    // Raised pressure comes down over the years under treatment.
    let fading = 0.4 + 0.6 * (visit.days_ago as f64 / 730.0).min(1.0);
    let mut made = base(chart, visit, seen, "pressure", "us-core-blood-pressure");
    if let Some(map) = made.as_object_mut() {
        map.insert(
            "code".into(),
            loinc("85354-9", "Blood pressure panel with all children optional").concept(),
        );
        let part = |code: Code, value: f64| {
            json!({"code": code.concept(),
                "valueQuantity": quantity(value, 0, "mmHg", "mm[Hg]")})
        };
        let high = systolic + pressure.0 * fading + 4.0 * jitter("systolic");
        let low = diastolic + pressure.1 * fading + 3.0 * jitter("diastolic");
        map.insert(
            "component".into(),
            json!([
                part(loinc("8480-6", "Systolic blood pressure"), high),
                part(loinc("8462-4", "Diastolic blood pressure"), low)
            ]),
        );
    }
    made
}
