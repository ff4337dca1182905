//! `Observation/$stats`: figures over what the caller may see, in one unit.

use serde_json::{Value, json};

use crate::support::{Caller, House};

const UCUM: &str = "http://unitsofmeasure.org";

async fn observe(backend: &Caller, id: &str, value: Value, day: &str) {
    let mut resource = json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "G"}]},
        "subject": {"reference": "Patient/p"}, "effectiveDateTime": day});
    for (name, member) in value.as_object().unwrap() {
        resource[name] = member.clone();
    }
    backend
        .put(&format!("/fhir/Observation/{id}"), &resource)
        .await
        .expect(201);
}

fn quantity(value: f64, unit: &str) -> Value {
    json!({"valueQuantity": {"value": value, "system": UCUM, "code": unit}})
}

async fn house() -> (House, Caller) {
    let house = House::empty().await;
    let backend = house.backend().await;
    backend
        .put(
            "/fhir/Patient/p",
            json!({"resourceType": "Patient", "id": "p"}),
        )
        .await
        .expect(201);
    observe(&backend, "a", quantity(2.0, "g/L"), "2026-06-01T00:00:00Z").await;
    observe(
        &backend,
        "b",
        quantity(4000.0, "mg/L"),
        "2026-06-10T00:00:00Z",
    )
    .await;
    observe(&backend, "c", quantity(6.0, "g/L"), "2026-06-15T15:00:00Z").await;
    observe(&backend, "odd", quantity(9.0, "cm"), "2026-06-11T00:00:00Z").await;
    observe(
        &backend,
        "text",
        json!({"valueString": "high"}),
        "2026-06-12T00:00:00Z",
    )
    .await;
    let mut void = quantity(1000.0, "g/L");
    void["status"] = json!("entered-in-error");
    observe(&backend, "void", void, "2026-06-13T00:00:00Z").await;
    (house, backend)
}

/// Code and value of each component of the first result.
fn figures(json: &Value) -> Vec<(String, f64)> {
    let result = &json["parameter"][0]["resource"];
    let components = result["component"].as_array().unwrap();
    components
        .iter()
        .map(|one| {
            let code = one["code"]["coding"][0]["code"]
                .as_str()
                .unwrap()
                .to_owned();
            (
                code,
                one["valueQuantity"]["value"].as_f64().unwrap_or(f64::NAN),
            )
        })
        .collect()
}

#[tokio::test]
async fn figures_are_in_the_unit_of_the_latest_and_leave_out_what_counts_for_nothing() {
    let (_house, backend) = house().await;
    let path = "/fhir/Observation/$stats?subject=Patient/p&code=G&system=http://loinc.org\
                &statistic=average&statistic=count,total-count&statistic=maximum";
    let reply = backend.get(path).await.expect(200).json();
    let expected = [
        ("average", 4.0),
        ("count", 3.0),
        ("total-count", 5.0),
        ("maximum", 6.0),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(c, v)| ((*c).to_owned(), *v))
        .collect();
    assert_eq!(figures(&reply), expected);
    let result = &reply["parameter"][0]["resource"];
    assert_eq!(result["component"][0]["valueQuantity"]["code"], "g/L");
    let checked = backend
        .post("/fhir/Observation/$validate", result)
        .await
        .expect(200);
    assert!(!checked.text().contains("\"error\""), "{}", checked.text());
}

#[tokio::test]
async fn hours_and_periods_bound_it_and_sources_come_when_asked_for() {
    let (_house, backend) = house().await;
    let base =
        "/fhir/Observation/$stats?subject=Patient/p&coding=http://loinc.org|G&statistic=count";
    let count = async |more: &str| {
        let reply = backend
            .get(&format!("{base}{more}"))
            .await
            .expect(200)
            .json();
        figures(&reply)[0].1
    };
    assert_eq!(count("").await, 3.0);
    assert_eq!(count("&duration=2").await, 1.0);
    assert_eq!(count("&duration=0.5").await, 0.0);
    let posted = backend
        .post(
            "/fhir/Observation/$stats",
            json!({"resourceType": "Parameters", "parameter": [
                {"name": "subject", "valueUri": "Patient/p"},
                {"name": "coding", "valueCoding": {"system": "http://loinc.org", "code": "G"}},
                {"name": "period", "valuePeriod": {"start": "2026-06-01", "end": "2026-06-10"}},
                {"name": "statistic", "valueCode": "count"},
                {"name": "include", "valueBoolean": true},
                {"name": "limit", "valuePositiveInt": 1}]}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(figures(&posted)[0].1, 2.0);
    let sources = posted["parameter"].as_array().unwrap().iter();
    assert_eq!(sources.filter(|p| p["name"] == "source").count(), 1);
}

#[tokio::test]
async fn panels_give_figures_for_each_part() {
    let (_house, backend) = house().await;
    let part = |code: &str, value: f64| {
        json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]},
               "valueQuantity": {"value": value, "system": UCUM, "code": "mm[Hg]"}})
    };
    for (id, high, low) in [("bp1", 120.0, 80.0), ("bp2", 130.0, 90.0)] {
        let made = json!({"resourceType": "Observation", "id": id, "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "BP"}]},
            "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-06-01",
            "component": [part("SYS", high), part("DIA", low)]});
        backend
            .put(&format!("/fhir/Observation/{id}"), &made)
            .await
            .expect(201);
    }
    let path = "/fhir/Observation/$stats?subject=Patient/p&code=BP&statistic=average";
    let reply = backend.get(path).await.expect(200).json();
    let results = reply["parameter"].as_array().unwrap();
    let mut found: Vec<(String, f64)> = results
        .iter()
        .map(|p| {
            let result = &p["resource"];
            let code = result["code"]["coding"][0]["code"]
                .as_str()
                .unwrap()
                .to_owned();
            (
                code,
                result["component"][0]["valueQuantity"]["value"]
                    .as_f64()
                    .unwrap(),
            )
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(found, [("DIA".to_owned(), 85.0), ("SYS".to_owned(), 125.0)]);
}

#[tokio::test]
async fn faults_are_named() {
    let (_house, backend) = house().await;
    for (query, named) in [
        ("code=G&statistic=count", "subject"),
        (
            "subject=http://else/Patient/1&code=G&statistic=count",
            "subject",
        ),
        ("subject=Patient/p&statistic=count", "code"),
        ("subject=Patient/p&code=G", "statistic"),
        ("subject=Patient/p&code=G&statistic=guess", "statistic"),
        (
            "subject=Patient/p&code=G&statistic=count&duration=0",
            "duration",
        ),
        (
            "subject=Patient/p&code=G&statistic=count&duration=1e300",
            "duration",
        ),
        (
            "subject=Patient/p&code=G&statistic=count&duration=x",
            "duration",
        ),
        (
            "subject=Patient/p&code=G&statistic=count&period=2026",
            "period",
        ),
        ("subject=Patient/p&code=G&statistic=count&limit=0", "limit"),
    ] {
        let reply = backend
            .get(&format!("/fhir/Observation/$stats?{query}"))
            .await
            .expect(400);
        assert!(reply.text().contains(named), "{query} {}", reply.text());
    }
}

#[tokio::test]
async fn nothing_is_counted_that_cannot_be_read() {
    let (house, _backend) = house().await;
    let bundle = include_str!("../../fixtures/people.json");
    house
        .backend()
        .await
        .post("/fhir", bundle)
        .await
        .expect(200);
    let dan = house.patient("dan").await;
    for subject in ["ada", "p", "never"] {
        let path =
            format!("/fhir/Observation/$stats?subject=Patient/{subject}&code=G&statistic=count");
        let reply = dan.get(&path).await.expect(200).json();
        assert_eq!(figures(&reply)[0].1, 0.0);
    }
}
