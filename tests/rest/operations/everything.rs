//! `$everything`: the whole chart and nothing but what the caller may read, page by page.

use std::collections::BTreeSet;

use access::vocabulary::CONSENT_BASIS;
use serde_json::{Value, json};

use crate::support::{Caller, House, Reply};

/// `Type/id` of every entry.
fn names(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let mut entries = json["entry"].as_array().cloned().unwrap_or_default();
    entries.retain(|entry| entry["search"]["mode"] != "outcome");
    let name = |entry: &Value| {
        let text = |name: &str| {
            entry["resource"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        format!("{}/{}", text("resourceType"), text("id"))
    };
    entries.iter().map(name).collect()
}

/// A chart of a patient and of a neighbour, with people and places.
async fn chart(backend: &Caller) {
    let subject = |id: &str| json!({"reference": format!("Patient/{id}")});
    let resources = [
        json!({"resourceType": "Organization", "id": "org", "name": "Org"}),
        json!({"resourceType": "Practitioner", "id": "doc", "name": [{"family": "Doc"}]}),
        json!({"resourceType": "PractitionerRole", "id": "role",
               "practitioner": {"reference": "Practitioner/doc"}}),
        json!({"resourceType": "Location", "id": "unused", "name": "Nowhere"}),
        json!({"resourceType": "Patient", "id": "p", "managingOrganization": {"reference": "Organization/org"}}),
        json!({"resourceType": "Patient", "id": "q"}),
        json!({"resourceType": "Encounter", "id": "enc", "status": "finished",
               "class": {"code": "AMB"}, "subject": subject("p"),
               "participant": [{"individual": {"reference": "PractitionerRole/role"}}],
               "period": {"start": "2024-03-01T09:00:00Z", "end": "2024-03-01T10:00:00Z"}}),
        observation("old", "p", "2024-01-10", None),
        observation("mid", "p", "2024-02-10T10:00:00Z", Some("enc")),
        observation("new", "p", "2024-03-10", None),
        observation("other", "q", "2024-02-11", None),
        json!({"resourceType": "Provenance", "id": "prov", "recorded": "2024-02-10T00:00:00Z",
               "target": [{"reference": "Observation/mid"}],
               "agent": [{"who": {"reference": "Practitioner/doc"}}]}),
        json!({"resourceType": "Coverage", "id": "cov", "status": "active", "beneficiary": subject("p"),
               "payor": [{"reference": "Organization/org"}]}),
    ];
    for resource in resources {
        let (name, id) = (&resource["resourceType"], &resource["id"]);
        let path = format!("/fhir/{}/{}", name.as_str().unwrap(), id.as_str().unwrap());
        backend.put(&path, &resource).await.expect(201);
    }
}

fn observation(id: &str, patient: &str, day: &str, encounter: Option<&str>) -> Value {
    let mut made = json!({"resourceType": "Observation", "id": id, "status": "final",
        "code": {"text": "x"}, "subject": {"reference": format!("Patient/{patient}")},
        "effectiveDateTime": day});
    if let Some(encounter) = encounter {
        made["encounter"] = json!({"reference": format!("Encounter/{encounter}")});
    }
    made
}

async fn house() -> (House, Caller) {
    let house = House::empty().await;
    let backend = house.backend().await;
    chart(&backend).await;
    (house, backend)
}

#[tokio::test]
async fn the_patient_comes_first_then_the_chart_and_who_it_rests_on() {
    let (_house, backend) = house().await;
    let reply = backend.get("/fhir/Patient/p/$everything").await.expect(200);
    let found = names(&reply);
    assert_eq!(found[0], "Patient/p");
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let expected = BTreeSet::from([
        "Patient/p",
        "Encounter/enc",
        "Observation/old",
        "Observation/mid",
        "Observation/new",
        "Provenance/prov",
        "Coverage/cov",
        "Organization/org",
        "Practitioner/doc",
        "PractitionerRole/role",
    ]);
    assert_eq!(found, expected);
    assert_eq!(reply.json()["total"], 7);
    let included: BTreeSet<String> = reply.ids(Some("include")).into_iter().collect();
    assert_eq!(included, ["doc", "org", "role"].map(str::to_owned).into());
    let posted = backend
        .post(
            "/fhir/Patient/p/$everything",
            json!({"resourceType": "Parameters"}),
        )
        .await
        .expect(200);
    assert_eq!(names(&posted), names(&reply));
}

#[tokio::test]
async fn dates_of_care_types_and_changes_narrow_it() {
    let (house, backend) = house().await;
    let ids = async |query: &str| -> BTreeSet<String> {
        let path = format!("/fhir/Patient/p/$everything?{query}");
        names(&backend.get(&path).await.expect(200))
            .into_iter()
            .collect()
    };
    let february = ids("start=2024-02-01&end=2024-02-28").await;
    assert!(february.contains("Observation/mid") && february.contains("Coverage/cov"));
    assert!(february.contains("Patient/p"));
    for out in ["Observation/old", "Observation/new", "Encounter/enc"] {
        assert!(!february.contains(out), "{out}");
    }
    let march = ids("start=2024-03-01").await;
    assert!(march.contains("Encounter/enc") && !march.contains("Observation/mid"));
    let of_types = ids("_type=Patient,Observation").await;
    assert_eq!(of_types.len(), 4);
    assert_eq!(ids("_type=Encounter&_type=Practitioner").await.len(), 1);
    house.clock.advance_seconds(60);
    let since = house.now().to_string();
    let changed = observation("old", "p", "2024-01-11", None);
    backend
        .put("/fhir/Observation/old", changed)
        .await
        .expect(200);
    let changed = ids(&format!("_since={since}")).await;
    assert_eq!(changed, ["Observation/old".to_owned()].into());
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip() {
    let (_house, backend) = house().await;
    let whole: BTreeSet<String> = backend
        .get("/fhir/Patient/p/$everything")
        .await
        .expect(200)
        .ids(Some("match"))
        .into_iter()
        .collect();
    let mut walked = Vec::new();
    let mut next = Some("/fhir/Patient/p/$everything?_count=2".to_owned());
    let mut pages = 0;
    while let Some(path) = next {
        let reply = backend.get(&path).await.expect(200);
        walked.extend(reply.ids(Some("match")));
        next = reply.link("next");
        pages += 1;
    }
    assert_eq!(pages, 4);
    assert_eq!(walked.len(), whole.len());
    assert_eq!(walked.into_iter().collect::<BTreeSet<_>>(), whole);
}

#[tokio::test]
async fn every_patient_and_one_encounter() {
    let (_house, backend) = house().await;
    let all = names(&backend.get("/fhir/Patient/$everything").await.expect(200));
    for name in [
        "Patient/p",
        "Patient/q",
        "Observation/other",
        "Encounter/enc",
    ] {
        assert!(all.iter().any(|found| found == name), "{name}");
    }
    assert!(all[..2].iter().all(|name| name.starts_with("Patient/")));
    let of_encounter = names(
        &backend
            .get("/fhir/Encounter/enc/$everything")
            .await
            .expect(200),
    );
    assert_eq!(of_encounter[0], "Encounter/enc");
    let of_encounter: BTreeSet<&str> = of_encounter.iter().map(String::as_str).collect();
    for name in [
        "Observation/mid",
        "Patient/p",
        "PractitionerRole/role",
        "Practitioner/doc",
    ] {
        assert!(of_encounter.contains(name), "{name} {of_encounter:?}");
    }
    assert!(!of_encounter.contains("Observation/old"));
}

#[tokio::test]
async fn faults_are_named_and_what_is_not_there_is_not_found() {
    let (_house, backend) = house().await;
    for (query, named) in [
        ("start=yesterday", "start"),
        ("_since=2024", "_since"),
        ("_type=Nope", "_type"),
        ("_count=0", "_count"),
        ("_count=x", "_count"),
        ("_count=99999999999", "_count"),
        ("nosuch=1", "nosuch"),
        ("_cursor=zzz", "_cursor"),
        ("start=2024&start=2025", "start"),
    ] {
        let path = format!("/fhir/Patient/p/$everything?{query}");
        let reply = backend.get(&path).await.expect(400);
        assert!(reply.text().contains(named), "{query} {}", reply.text());
    }
    backend
        .get("/fhir/Patient/never/$everything")
        .await
        .expect(404);
    backend
        .get("/fhir/Observation/old/$everything")
        .await
        .expect(404);
    backend.get("/fhir/Encounter/$everything").await.expect(404);
}

#[tokio::test]
async fn nobody_gets_more_than_they_may_read() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let hidden = json!({"resourceType": "Observation", "id": "labelled", "status": "final",
        "extension": [{"url": CONSENT_BASIS, "valueCode": "minor:19a-216"}],
        "code": {"text": "x"}, "subject": {"reference": "Patient/ben"}});
    backend
        .put("/fhir/Observation/labelled", &hidden)
        .await
        .expect(201);
    let callers = [
        ("ada", house.patient("ada").await),
        ("ben", house.proxy_of("ada", "ben").await),
        ("ada", house.patient("dan").await),
        ("ada", house.clinician().await),
        ("ben", house.clinician().await),
    ];
    let mut seen = 0;
    for (patient, caller) in callers {
        for path in [
            format!("/fhir/Patient/{patient}/$everything"),
            "/fhir/Patient/$everything".into(),
        ] {
            let reply = caller.get(&path).await;
            if reply.status != 200 {
                assert!([403, 404].contains(&reply.status.as_u16()), "{path}");
                continue;
            }
            for name in names(&reply) {
                let read = caller.get(&format!("/fhir/{name}")).await;
                assert_eq!(read.status, 200, "{name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "{seen}");
    let stranger = house.patient("dan").await;
    let hidden = stranger.get("/fhir/Patient/ada/$everything").await;
    let absent = stranger.get("/fhir/Patient/never/$everything").await;
    assert_eq!(
        (hidden.status, hidden.text()),
        (absent.status, absent.text())
    );
}
