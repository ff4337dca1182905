//! Time per operation of the pure engine: `cargo bench --bench engine`. Prints nanoseconds, best of five rounds.

use std::hint::black_box;
use std::time::Instant;

use fhir::{Document, ResourceType};

const ROUNDS: usize = 5;
const TIMES: u32 = 20_000;

/// A laboratory result of about 1.5 KB, as US Core asks for it.
fn observation() -> String {
    let coding = |system: &str, code: &str, display: &str| {
        format!(
            r#"{{"coding":[{{"system":"{system}","code":"{code}","display":"{display}"}}],"text":"{display}"}}"#
        )
    };
    let category = coding(
        "http://terminology.hl7.org/CodeSystem/observation-category",
        "laboratory",
        "Laboratory",
    );
    let code = coding(
        "http://loinc.org",
        "4548-4",
        "Hemoglobin A1c/Hemoglobin.total in Blood",
    );
    let high = coding(
        "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
        "H",
        "High",
    );
    let quantity = |value: &str| {
        format!(r#"{{"value":{value},"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}"#)
    };
    format!(
        r#"{{"resourceType":"Observation","id":"a1","meta":{{"versionId":"1","lastUpdated":"2026-06-15T16:00:00.000Z","profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"]}},"text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Hemoglobin A1c 6.50 %</div>"}},"identifier":[{{"system":"urn:lab","value":"7781-22"}}],"status":"final","category":[{category}],"code":{code},"subject":{{"reference":"Patient/p1","display":"Ana"}},"encounter":{{"reference":"Encounter/e1"}},"effectiveDateTime":"2026-06-01T09:12:00-04:00","issued":"2026-06-01T12:00:00.000-04:00","performer":[{{"reference":"Practitioner/d1"}}],"valueQuantity":{},"interpretation":[{high}],"referenceRange":[{{"low":{},"high":{},"text":"4.0 to 5.6"}}]}}"#,
        quantity("6.50"),
        quantity("4.0"),
        quantity("5.6"),
    )
}

/// Nanoseconds per call, the best round of several.
fn measure(name: &str, mut work: impl FnMut()) {
    let best = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            for _ in 0..TIMES {
                work();
            }
            began.elapsed().as_nanos() / u128::from(TIMES)
        })
        .min()
        .unwrap_or_default();
    println!("{name:<34} {best:>7} ns");
}

fn main() {
    let text = observation();
    let Ok(document) = Document::parse(text.clone()) else {
        println!("the sample does not parse");
        return;
    };
    let Some(kind) = ResourceType::from_name("Observation") else {
        return;
    };
    println!("one Observation of {} bytes", text.len());
    measure("copy the text", || {
        black_box(text.clone());
    });
    measure("copy and parse", || {
        let _ = black_box(Document::parse(text.clone()));
    });
    measure("parse and validate", || {
        if let Ok(document) = Document::parse(text.clone()) {
            let _ = black_box(fhir::validate::validate(document));
        }
    });
    let registry = fhir::registry::Registry::shipped();
    let request = fhir::profile::Request::of(&registry, jiff::Timestamp::UNIX_EPOCH);
    let found = fhir::profile::check(&document, &request).len();
    measure(&format!("check its profile ({found} faults)"), || {
        black_box(fhir::profile::check(&document, &request));
    });
    measure("index entries", || {
        black_box(fhir::index::entries(
            kind,
            document.root(),
            "https://kinchart.test/fhir",
        ));
    });
    measure("stamp id and meta", || {
        black_box(fhir::json::stamp(
            &document,
            "a1",
            2,
            jiff::Timestamp::UNIX_EPOCH,
        ));
    });
    measure("facet", || {
        black_box(access::Facet::of(kind, document.root()));
    });
}
