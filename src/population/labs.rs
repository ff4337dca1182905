//! Laboratory results: panels, specimens, orders and reports, with reference ranges and trends.

use crate::chart::Chart;
use crate::panels::{Analyte, BLOOD, Panel};
use crate::seen::Seen;
use crate::words::{
    Code, OBSERVATION_CATEGORY, SNOMED, coded, loinc, number, quantity, snomed, tho, to, us_core,
    wobble,
};
use serde_json::{Value, json};

/// Blood or urine taken at a visit.
#[derive(Debug, Clone)]
pub struct Drawn<'d> {
    /// The visit's part of the ids.
    pub slug: &'d str,
    pub panel: &'d Panel,
    /// Why it was ordered.
    pub reason: Code,
    /// The values that matter (LOINC → value); the others are the person's usual.
    pub values: &'d [(&'static str, f64)],
}

/// The order, specimen, results and report of one draw at a visit.
pub fn record(chart: &mut Chart<'_>, seen: &Seen, drawn: &Drawn<'_>) {
    let panel = drawn.panel;
    let stem = format!("{}-{}", panel.slug, drawn.slug);
    let order = order(chart, drawn, seen, &stem);
    let specimen = specimen(chart, seen, panel, &stem);
    let mut results = Vec::new();
    for analyte in panel.analytes {
        let name = format!("{stem}-{}", analyte.code.code);
        let given = drawn
            .values
            .iter()
            .find(|(code, _)| *code == analyte.code.code)
            .map(|(_, value)| *value);
        // A person's own level, and a little change from draw to draw.
        let own = wobble(&format!("{}{}", chart.whose.id, analyte.code.code));
        let drift = wobble(&name);
        let value = given.unwrap_or(analyte.usual + analyte.spread * (0.6 * own + 0.4 * drift));
        results.push(result(chart, seen, analyte, value, &name, &specimen));
    }
    report(chart, seen, panel, &stem, &order, &specimen, &results);
}

fn order(chart: &mut Chart<'_>, drawn: &Drawn<'_>, seen: &Seen, stem: &str) -> String {
    let resource = json!({
        "resourceType": "ServiceRequest", "id": chart.id(&format!("order-{stem}")),
        "meta": {"profile": [us_core("us-core-servicerequest")]},
        "status": "completed", "intent": "order",
        "category": [coded(SNOMED, "108252007", "Laboratory procedure")],
        "code": drawn.panel.code.concept(), "subject": chart.subject(),
        "encounter": to(&seen.encounter),
        "occurrencePeriod": {"start": seen.start, "end": seen.end},
        "authoredOn": seen.start, "requester": seen.by(),
        "reasonCode": [drawn.reason.concept()]
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
        "identifier": [{"system": format!("{}/specimens", chart.home.site), "value": id}],
        "accessionIdentifier": {"system": format!("{}/lab", chart.home.site), "value": accession},
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
        "performer": [seen.by()],
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
        "performer": [seen.by()],
        "resultsInterpreter": [seen.by()],
        "specimen": [to(specimen)],
        "result": results.iter().map(|result| to(result)).collect::<Vec<_>>()
    });
    chart.add(resource, &seen.practitioner, &seen.reported);
}

/// A test whose answer is a finding: COVID-19, strep, and the like. Returns the Observation's reference.
pub fn finding(
    chart: &mut Chart<'_>,
    seen: &Seen,
    slug: &str,
    code: Code,
    sample: Code,
    positive: bool,
) -> String {
    let answer = if positive {
        snomed("260373001", "Detected")
    } else {
        snomed("260415000", "Not detected")
    };
    let flag = if positive {
        ("A", "Abnormal")
    } else {
        ("N", "Normal")
    };
    let id = chart.id(&format!("specimen-{slug}"));
    let specimen = json!({
        "resourceType": "Specimen", "id": id, "meta": {"profile": [us_core("us-core-specimen")]},
        "identifier": [{"system": format!("{}/specimens", chart.home.site), "value": id}],
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
        "performer": [seen.by()],
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
        "performer": [seen.by()],
        "specimen": [to(&specimen)], "result": [to(&observation)]
    });
    chart.add(report, &seen.practitioner, &seen.reported);
    observation
}

/// SARS-CoV-2 RNA by PCR in a nasal swab.
pub const COVID_PCR: Code = loinc(
    "94500-6",
    "SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory system specimen by NAA with probe detection",
);
pub const NASAL_SWAB: Code = snomed("258500001", "Nasopharyngeal swab");
