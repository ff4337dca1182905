//! search by GET and POST.

use crate::support::House;

#[tokio::test]
async fn a_patient_finds_their_own_and_no_one_elses() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let reply = ada.get("/fhir/Observation").await.expect(200);
    let mut ids = reply.ids(Some("match"));
    ids.sort();
    assert_eq!(ids, ["ada-glucose", "ada-sodium", "ada-weight"]);
    assert_eq!(reply.json()["total"], 3);
    let reply = ada.get("/fhir/Observation?patient=dan").await.expect(200);
    assert_eq!(reply.ids(None), Vec::<String>::new());
    assert_eq!(reply.json()["total"], 0);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let mut seen = Vec::new();
    let mut next = Some("/fhir/Observation?_count=5&_sort=date".to_owned());
    while let Some(page) = next {
        let reply = backend.get(&page).await.expect(200);
        seen.extend(reply.ids(Some("match")));
        next = reply.link("next");
        assert!(reply.link("self").is_some());
    }
    assert_eq!(seen.len(), 12);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 12);
}

#[tokio::test]
async fn post_takes_parameters_from_the_form_and_the_address() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let reply = backend
        .post_form("/fhir/Observation/_search?patient=dan", "code=2345-7")
        .await
        .expect(200);
    assert_eq!(reply.ids(None), ["dan-glucose"]);
    let reply = backend.post("/fhir/Observation/_search", "{}").await;
    assert_eq!(reply.status, 415);
}

#[tokio::test]
async fn an_unknown_parameter_is_named_or_reported() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let strict = ada.get("/fhir/Patient?nosuch=1").await.expect(400);
    assert_eq!(strict.issue(), "not-supported");
    assert!(strict.text().contains("nosuch"));
    let lenient = ada
        .with("prefer", "handling=lenient")
        .get("/fhir/Patient?nosuch=1")
        .await
        .expect(200);
    let json = lenient.json();
    let entries = json["entry"].as_array().unwrap();
    let outcome = entries.last().unwrap();
    assert_eq!(outcome["search"]["mode"], "outcome");
    assert!(outcome.to_string().contains("nosuch"));
}

#[tokio::test]
async fn includes_come_marked() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let reply = ada
        .get("/fhir/Observation?_id=ada-glucose&_include=Observation:subject")
        .await
        .expect(200);
    assert_eq!(reply.ids(Some("match")), ["ada-glucose"]);
    assert_eq!(reply.ids(Some("include")), ["ada"]);
}

#[tokio::test]
async fn a_count_alone_has_no_entries() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let json = ada
        .get("/fhir/Observation?_summary=count")
        .await
        .expect(200)
        .json();
    assert_eq!(json["total"], 3);
    assert!(json.get("entry").is_none());
}

#[tokio::test]
async fn a_foreign_cursor_is_refused() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    ada.get("/fhir/Observation?_cursor=zzz").await.expect(400);
}

#[tokio::test]
async fn references_are_followed_forward_and_backward() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for (path, wanted) in [
        (
            "/fhir/Observation?subject:Patient._id=dan&code=2345-7",
            &["dan-glucose"][..],
        ),
        (
            "/fhir/Observation?_filter=subject._id%20eq%20dan%20and%20code%20eq%202345-7",
            &["dan-glucose"],
        ),
        (
            "/fhir/Patient?_has:Observation:patient:_id=dan-glucose",
            &["dan"],
        ),
        ("/fhir/Patient?_filter=not%20(_id%20pr%20true)", &[]),
    ] {
        let reply = backend.get(path).await.expect(200);
        assert_eq!(reply.ids(Some("match")), wanted, "{path}");
    }
    let ada = house.patient("ada").await;
    for path in [
        "/fhir/Observation?subject:Patient._id=dan",
        "/fhir/Patient?_has:Observation:patient:_id=dan-glucose",
        "/fhir/Patient?_filter=_has:Observation:patient:_id%20eq%20dan-glucose",
    ] {
        let reply = ada.get(path).await.expect(200);
        assert_eq!(reply.ids(None), Vec::<String>::new(), "{path}");
        assert_eq!(reply.json()["total"], 0, "{path}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_parameter_and_the_limit() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let long = format!("/fhir/Provenance?{}_id=1", "target:Provenance.".repeat(8));
    for (path, said) in [
        (
            "/fhir/Observation?subject:Patient.shoe=1",
            "subject:Patient.shoe",
        ),
        (
            "/fhir/Patient?_has:Observation:shoe:code=1",
            "_has:Observation:shoe:code",
        ),
        ("/fhir/Patient?_filter=family%20is%20x", "_filter"),
        (
            "/fhir/Observation?code-value-quantity=1",
            "code$value-quantity",
        ),
        ("/fhir/Patient?family:above=x", "family:above"),
        (&long, "more than 6 references"),
    ] {
        let text = ada.get(path).await.expect(400).text();
        assert!(text.contains(said), "{path}: {text}");
    }
}
