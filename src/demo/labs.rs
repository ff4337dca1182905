//! Laboratory results: panels, specimens, orders and reports, with reference ranges and trends.

use crate::chart::Chart;
use crate::story::{Draw, Visit};
use crate::visits::Seen;
use crate::words::{
    Code, OBSERVATION_CATEGORY, SNOMED, coded, icd10, loinc, named, number, quantity,
    snomed, tho, to, us_core, wobble,
};
use serde_json::{Value, json};

/// One measured quantity with its usual value and reference range.
#[derive(Debug, Clone, Copy)]
pub struct Analyte {
    pub code: Code,
    pub unit: &'static str,
    pub ucum: &'static str,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub decimals: u32,
    pub usual: f64,
    pub spread: f64,
}

/// Analytes reported together.
#[derive(Debug)]
pub struct Panel {
    pub slug: &'static str,
    pub code: Code,
    pub specimen: Code,
    pub analytes: &'static [Analyte],
}

const fn analyte(
    code: &'static str,
    display: &'static str,
    unit: (&'static str, &'static str),
    range: (Option<f64>, Option<f64>),
    decimals: u32,
    usual: (f64, f64),
) -> Analyte {
    Analyte {
        code: loinc(code, display),
        unit: unit.0,
        ucum: unit.1,
        low: range.0,
        high: range.1,
        decimals,
        usual: usual.0,
        spread: usual.1,
    }
}

const BLOOD: Code = snomed("119297000", "Blood specimen");
const URINE: Code = snomed("122575003", "Urine specimen");
const MG_DL: (&str, &str) = ("mg/dL", "mg/dL");
const MMOL_L: (&str, &str) = ("mmol/L", "mmol/L");

pub const CBC: Panel = Panel {
    slug: "cbc",
    code: loinc("58410-2", "CBC panel - Blood by Automated count"),
    specimen: BLOOD,
    analytes: &[
        analyte("6690-2", "Leukocytes", ("10*3/uL", "10*3/uL"), (Some(4.0), Some(11.0)), 1, (6.8, 1.2)),
        analyte("789-8", "Erythrocytes", ("10*6/uL", "10*6/uL"), (Some(3.9), Some(5.7)), 2, (4.6, 0.2)),
        analyte("718-7", "Hemoglobin", ("g/dL", "g/dL"), (Some(11.5), Some(17.0)), 1, (13.6, 0.5)),
        analyte("4544-3", "Hematocrit", ("%", "%"), (Some(34.0), Some(50.0)), 1, (40.8, 1.5)),
        analyte("787-2", "MCV", ("fL", "fL"), (Some(76.0), Some(100.0)), 0, (88.0, 2.0)),
        analyte("777-3", "Platelets", ("10*3/uL", "10*3/uL"), (Some(150.0), Some(400.0)), 0, (255.0, 30.0)),
    ],
};

pub const METABOLIC: Panel = Panel {
    slug: "bmp",
    code: loinc("51990-0", "Basic metabolic panel - Blood"),
    specimen: BLOOD,
    analytes: &[
        analyte("2345-7", "Glucose", MG_DL, (Some(70.0), Some(99.0)), 0, (90.0, 6.0)),
        analyte("3094-0", "Urea nitrogen", MG_DL, (Some(7.0), Some(20.0)), 0, (13.0, 3.0)),
        analyte("2160-0", "Creatinine", MG_DL, (Some(0.5), Some(1.2)), 2, (0.82, 0.06)),
        analyte("2951-2", "Sodium", MMOL_L, (Some(135.0), Some(145.0)), 0, (140.0, 2.0)),
        analyte("2823-3", "Potassium", MMOL_L, (Some(3.5), Some(5.1)), 1, (4.2, 0.2)),
        analyte("2075-0", "Chloride", MMOL_L, (Some(98.0), Some(107.0)), 0, (102.0, 2.0)),
        analyte("2028-9", "Carbon dioxide", MMOL_L, (Some(22.0), Some(29.0)), 0, (25.0, 1.0)),
        analyte("17861-6", "Calcium", MG_DL, (Some(8.6), Some(10.3)), 1, (9.4, 0.2)),
    ],
};

pub const LIPIDS: Panel = Panel {
    slug: "lipids",
    code: loinc("57698-3", "Lipid panel with direct LDL - Serum or Plasma"),
    specimen: BLOOD,
    analytes: &[
        analyte("2093-3", "Cholesterol", MG_DL, (None, Some(200.0)), 0, (172.0, 12.0)),
        analyte("2571-8", "Triglyceride", MG_DL, (None, Some(150.0)), 0, (98.0, 18.0)),
        analyte("2085-9", "Cholesterol in HDL", MG_DL, (Some(40.0), None), 0, (54.0, 4.0)),
        analyte("18262-6", "Cholesterol in LDL (direct)", MG_DL, (None, Some(130.0)), 0, (98.0, 10.0)),
    ],
};

pub const A1C: Panel = Panel {
    slug: "a1c",
    code: loinc("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"),
    specimen: BLOOD,
    analytes: &[analyte("4548-4", "Hemoglobin A1c", ("%", "%"), (Some(4.0), Some(5.6)), 1, (5.2, 0.2))],
};

pub const THYROID: Panel = Panel {
    slug: "tsh",
    code: loinc("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma"),
    specimen: BLOOD,
    analytes: &[analyte("3016-3", "TSH", ("m[IU]/L", "m[IU]/L"), (Some(0.4), Some(4.5)), 2, (2.1, 0.5))],
};

pub const KIDNEY: Panel = Panel {
    slug: "uacr",
    code: loinc("14959-1", "Microalbumin/Creatinine [Mass Ratio] in Urine"),
    specimen: URINE,
    analytes: &[analyte("14959-1", "Albumin/Creatinine ratio", ("mg/g", "mg/g"), (None, Some(30.0)), 0, (12.0, 4.0))],
};

pub const IRON: Panel = Panel {
    slug: "ferritin",
    code: loinc("2276-4", "Ferritin [Mass/volume] in Serum or Plasma"),
    specimen: BLOOD,
    analytes: &[analyte("2276-4", "Ferritin", ("ng/mL", "ng/mL"), (Some(15.0), Some(150.0)), 0, (48.0, 12.0))],
};

pub const LEAD: Panel = Panel {
    slug: "lead",
    code: loinc("77307-7", "Lead [Mass/volume] in Venous blood"),
    specimen: BLOOD,
    analytes: &[analyte("77307-7", "Lead", ("ug/dL", "ug/dL"), (None, Some(3.5)), 1, (1.1, 0.4))],
};

pub const VITAMIN_D: Panel = Panel {
    slug: "vitd",
    code: loinc("1989-3", "25-hydroxyvitamin D3 [Mass/volume] in Serum or Plasma"),
    specimen: BLOOD,
    analytes: &[analyte("1989-3", "25-hydroxyvitamin D3", ("ng/mL", "ng/mL"), (Some(30.0), Some(100.0)), 0, (36.0, 5.0))],
};

/// The order, specimen, results and report of one draw at a visit.
pub fn record(chart: &mut Chart<'_>, visit: &Visit, seen: &Seen, draw: &Draw) {
    let panel = draw.panel;
    let stem = format!("{}-{}", panel.slug, visit.slug);
    let order = order(chart, visit, seen, panel, &stem);
    let specimen = specimen(chart, seen, panel, &stem);
    let mut results = Vec::new();
    for analyte in panel.analytes {
        let name = format!("{stem}-{}", analyte.code.code);
        let given = draw
            .values
            .iter()
            .find(|(code, _)| *code == analyte.code.code)
            .map(|(_, value)| *value);
        // A person's own level, and a little change from draw to draw.
        let own = wobble(&format!("{}{}", chart.member.id, analyte.code.code));
        let drift = wobble(&name);
        let value = given
            .unwrap_or_else(|| analyte.usual + analyte.spread * (0.6 * own + 0.4 * drift));
        results.push(result(chart, seen, analyte, value, &name, &specimen));
    }
    report(chart, seen, panel, &stem, &order, &specimen, &results);
}

fn order(chart: &mut Chart<'_>, visit: &Visit, seen: &Seen, panel: &Panel, stem: &str) -> String {
    let reason = visit
        .diagnoses
        .first()
        .copied()
        .unwrap_or(icd10("Z00.00", "General adult medical examination"));
    let resource = json!({
        "resourceType": "ServiceRequest", "id": chart.id(&format!("order-{stem}")),
        "meta": {"profile": [us_core("us-core-servicerequest")]},
        "status": "completed", "intent": "order",
        "category": [coded(SNOMED, "108252007", "Laboratory procedure")],
        "code": panel.code.concept(), "subject": chart.subject(),
        "encounter": to(&seen.encounter),
        "occurrencePeriod": {"start": seen.start, "end": seen.end},
        "authoredOn": seen.start, "requester": named(&seen.practitioner, &seen.practitioner_name),
        "reasonCode": [reason.concept()]
    });
    chart.add(resource, &seen.practitioner, &seen.start)
}

fn specimen(chart: &mut Chart<'_>, seen: &Seen, panel: &Panel, stem: &str) -> String {
    let id = chart.id(&format!("specimen-{stem}"));
    let accession = format!("A{}", id.to_uppercase());
    let mut collection = json!({"collectedDateTime": seen.start});
    if let (true, Some(map)) = (panel.specimen == BLOOD, collection.as_object_mut()) {
        let site = coded(SNOMED, "53120007", "Upper extremity structure");
        map.insert("bodySite".into(), site);
    }
    let resource = json!({
        "resourceType": "Specimen", "id": id,
        "meta": {"profile": [us_core("us-core-specimen")]},
        "identifier": [{"system": "https://riverbend.example/specimens", "value": id}],
        "accessionIdentifier": {"system": "https://riverbend.example/lab", "value": accession},
        "status": "available", "type": panel.specimen.concept(), "subject": chart.subject(),
        "receivedTime": seen.end, "collection": collection,
        "condition": [tho("v2-0493", "COOL", "Cool")]
    });
    chart.add(resource, &seen.practitioner, &seen.end)
}

fn result(
    chart: &mut Chart<'_>,
    seen: &Seen,
    analyte: &Analyte,
    value: f64,
    name: &str,
    specimen: &str,
) -> String {
    let below = analyte.low.is_some_and(|low| value < low);
    let above = analyte.high.is_some_and(|high| value > high);
    let (flag, display) = match (below, above) {
        (true, _) => ("L", "Low"),
        (_, true) => ("H", "High"),
        _ => ("N", "Normal"),
    };
    let bound = |value| quantity(value, analyte.decimals, analyte.unit, analyte.ucum);
    let mut range = json!({});
    if let Some(map) = range.as_object_mut() {
        let shown = |value: f64| number(value, analyte.decimals).to_string();
        let text = match (analyte.low, analyte.high) {
            (Some(low), Some(high)) => format!("{}-{}", shown(low), shown(high)),
            (None, Some(high)) => format!("≤ {}", shown(high)),
            (Some(low), None) => format!("≥ {}", shown(low)),
            (None, None) => String::from("none"),
        };
        if let Some(low) = analyte.low {
            map.insert("low".into(), bound(low));
        }
        if let Some(high) = analyte.high {
            map.insert("high".into(), bound(high));
        }
        map.insert("text".into(), json!(format!("{text} {}", analyte.unit)));
    }
    let resource = json!({
        "resourceType": "Observation", "id": chart.id(name),
        "meta": {"profile": [us_core("us-core-observation-lab")]},
        "status": "final", "category": [laboratory()],
        "code": analyte.code.concept(), "subject": chart.subject(),
        "encounter": to(&seen.encounter), "effectiveDateTime": seen.start, "issued": seen.reported,
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "valueQuantity": bound(value),
        "interpretation": [tho("v3-ObservationInterpretation", flag, display)],
        "specimen": to(specimen), "referenceRange": [range]
    });
    chart.add(resource, &seen.practitioner, &seen.reported)
}

/// The laboratory category.
pub fn laboratory() -> Value {
    coded(OBSERVATION_CATEGORY, "laboratory", "Laboratory")
}

fn report(
    chart: &mut Chart<'_>,
    seen: &Seen,
    panel: &Panel,
    stem: &str,
    order: &str,
    specimen: &str,
    results: &[String],
) {
    let resource = json!({
        "resourceType": "DiagnosticReport", "id": chart.id(&format!("report-{stem}")),
        "meta": {"profile": [us_core("us-core-diagnosticreport-lab")]},
        "basedOn": [to(order)], "status": "final",
        "category": [tho("v2-0074", "LAB", "Laboratory")],
        "code": panel.code.concept(), "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start, "issued": seen.reported,
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "resultsInterpreter": [named(&seen.practitioner, &seen.practitioner_name)],
        "specimen": [to(specimen)],
        "result": results.iter().map(|result| to(result)).collect::<Vec<_>>()
    });
    chart.add(resource, &seen.practitioner, &seen.reported);
}

/// A test whose answer is a finding: COVID-19, strep, and the like.
pub fn finding(
    chart: &mut Chart<'_>,
    seen: &Seen,
    slug: &str,
    code: Code,
    sample: Code,
    positive: bool,
) {
    let answer = if positive {
        snomed("260373001", "Detected")
    } else {
        snomed("260415000", "Not detected")
    };
    let flag = if positive { ("A", "Abnormal") } else { ("N", "Normal") };
    let id = chart.id(&format!("specimen-{slug}"));
    let specimen = json!({
        "resourceType": "Specimen", "id": id, "meta": {"profile": [us_core("us-core-specimen")]},
        "identifier": [{"system": "https://riverbend.example/specimens", "value": id}],
        "type": sample.concept(), "subject": chart.subject(),
        "collection": {"collectedDateTime": seen.start}
    });
    let specimen = chart.add(specimen, &seen.practitioner, &seen.start);
    let observation = json!({
        "resourceType": "Observation", "id": chart.id(slug),
        "meta": {"profile": [us_core("us-core-observation-lab")]},
        "status": "final", "category": [laboratory()], "code": code.concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start, "issued": seen.reported,
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "valueCodeableConcept": answer.concept(),
        "interpretation": [tho("v3-ObservationInterpretation", flag.0, flag.1)],
        "specimen": to(&specimen), "referenceRange": [{"text": "Not detected"}]
    });
    let observation = chart.add(observation, &seen.practitioner, &seen.reported);
    let report = json!({
        "resourceType": "DiagnosticReport", "id": chart.id(&format!("report-{slug}")),
        "meta": {"profile": [us_core("us-core-diagnosticreport-lab")]},
        "status": "final", "category": [tho("v2-0074", "LAB", "Laboratory")],
        "code": code.concept(), "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start, "issued": seen.reported,
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "specimen": [to(&specimen)], "result": [to(&observation)]
    });
    chart.add(report, &seen.practitioner, &seen.reported);
}

/// SARS-CoV-2 RNA by PCR in a nasal swab.
pub const COVID_PCR: Code = loinc(
    "94500-6",
    "SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory system specimen by NAA with probe detection",
);
pub const NASAL_SWAB: Code = snomed("258500001", "Nasopharyngeal swab");

