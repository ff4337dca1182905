//! A part of a type is all that is shown, counted, found by or brought along.

use super::{
    CATEGORY, LABORATORY, NOTE, OUTSIDE, REST, app, house, laboratory, observation, observations,
    of_laboratory, vital_signs,
};

#[tokio::test]
async fn a_read_and_a_vread_show_the_part_only() {
    let house = house().await;
    let app = of_laboratory(&house).await;
    for id in LABORATORY {
        app.get(&format!("/fhir/Observation/{id}"))
            .await
            .expect(200);
    }
    for id in ["ada-weight", "ada-none", "ada-tall"] {
        for path in [
            format!("/fhir/Observation/{id}"),
            format!("/fhir/Observation/{id}/_history/1"),
            format!("/fhir/Observation/{id}/$meta"),
        ] {
            let reply = app.get(&path).await;
            assert!(
                [403, 404].contains(&reply.status.as_u16()),
                "{path}: {}",
                reply.status
            );
            for word in OUTSIDE {
                assert!(!reply.text().contains(word), "{path} tells {word}");
            }
        }
    }
}

#[tokio::test]
async fn what_moves_out_of_the_part_is_gone_and_its_older_versions_stay() {
    let house = house().await;
    let app = of_laboratory(&house).await;
    let backend = house.backend().await;
    let moved = observation("ada-both", &["vital-signs"]);
    backend
        .put("/fhir/Observation/ada-both", moved)
        .await
        .expect(200);
    app.get("/fhir/Observation/ada-both").await.expect(403);
    app.get("/fhir/Observation/ada-both/_history/1")
        .await
        .expect(200);
    app.get("/fhir/Observation/ada-both/_history/2")
        .await
        .expect(403);
    let versions = app
        .get("/fhir/Observation/ada-both/_history")
        .await
        .expect(200);
    assert_eq!(versions.json()["total"], 1);
    assert_eq!(
        versions.json()["entry"][0]["resource"]["meta"]["versionId"],
        "1"
    );
    backend
        .delete("/fhir/Observation/ada-tall")
        .await
        .expect(204);
    app.get("/fhir/Observation/ada-tall").await.expect(404);
    let listed = app.get("/fhir/Observation/_history").await.expect(200);
    assert!(!listed.text().contains("ada-tall"), "{}", listed.text());
}

#[tokio::test]
async fn no_search_finds_counts_or_brings_along_what_is_outside() {
    let house = house().await;
    let app = of_laboratory(&house).await;
    for query in [
        "Observation",
        "Observation?patient=ada",
        "Observation?_id=ada-weight,ada-glucose,ada-both,ada-sodium",
        "Observation?_sort=-date",
        "Observation?_sort=category",
        "Observation?_filter=status eq final",
        "Observation?_elements=code",
        "Observation?_summary=true",
        "Observation?_lastUpdated=ge2000-01-01",
        "Observation?_has:Provenance:target:recorded=ge2000",
        "Observation?encounter=ada-visit",
        "Observation?encounter.status=finished",
        "Observation?_list=ada-list",
        "Observation?_text=secretive",
        "Observation?_content=secretive",
        "Observation?category:not=laboratory",
        "Observation?code:missing=false",
        "Observation?_total=accurate",
        "Patient/ada/Observation",
        "Patient/ada/*",
        "Encounter/ada-visit/Observation",
        "Encounter/ada-visit/*",
        "?_type=Observation,DiagnosticReport",
        "Patient?_revinclude=Observation:subject",
        "Patient?_revinclude=*",
        "DiagnosticReport?_include=DiagnosticReport:result",
        "DiagnosticReport?_include=*",
        "DiagnosticReport?_include=DiagnosticReport:result&_include:iterate=*",
        "Encounter?_revinclude=Observation:encounter",
        "Provenance?_include=Provenance:target",
        "List?_include=List:item",
        "Composition?_include=Composition:entry",
        "Patient/ada/$everything",
        "Encounter/ada-visit/$everything",
        "Observation/$lastn?patient=Patient/ada",
        "Composition/ada-summary/$document",
        "Observation/_history",
        "_history",
    ] {
        let path = format!("/fhir/{}", query.replace(' ', "%20"));
        let reply = app.get(&path).await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
        for id in observations(&reply) {
            assert!(LABORATORY.contains(&id.as_str()), "{query} shows {id}");
        }
        for word in ["29463-7", "\"8302-2\",\"text\":\"Tall", "ada-tall\""] {
            let inside = reply.text().contains("\"id\":\"ada-both\"");
            assert!(
                inside || !reply.text().contains(word),
                "{query} tells {word}"
            );
        }
    }
    for query in [
        "Observation?_summary=count",
        "Observation?_count=0&_total=accurate",
    ] {
        let counted = app.get(&format!("/fhir/{query}")).await.expect(200);
        assert_eq!(counted.json()["total"], 3, "{query}");
    }
    let none = app
        .get("/fhir/Observation?code=29463-7&_summary=count")
        .await
        .expect(200);
    assert_eq!(none.json()["total"], 0);
}

#[tokio::test]
async fn a_chain_does_not_look_through_what_is_outside() {
    let house = house().await;
    let narrow = of_laboratory(&house).await;
    let wide = app(&house, &format!("patient/Observation.rs {REST}")).await;
    for query in [
        "DiagnosticReport?result.code=29463-7",
        "DiagnosticReport?result.value-quantity=ge0&result.category=vital-signs",
        "Provenance?target:Observation.code=29463-7",
        "List?item:Observation.code=29463-7",
        "Patient?_has:Observation:patient:code=29463-7",
        "Encounter?_has:Observation:encounter:category=vital-signs&_has:Observation:encounter:_id=ada-tall",
        "Composition?entry:Observation.code=29463-7",
        "DiagnosticReport?_filter=result.code%20eq%2029463-7",
    ] {
        let seen = wide.get(&format!("/fhir/{query}")).await.expect(200);
        assert_eq!(seen.ids(None).len(), 1, "{query}: the test has no teeth");
        let hidden = narrow.get(&format!("/fhir/{query}")).await.expect(200);
        assert!(hidden.ids(None).is_empty(), "{query}");
    }
}

#[tokio::test]
async fn statistics_and_the_latest_are_of_the_part() {
    let house = house().await;
    let app = of_laboratory(&house).await;
    let path = "/fhir/Observation/$stats?subject=Patient/ada&system=http://loinc.org&code=29463-7&statistic=count";
    let reply = app.get(path).await;
    assert!(!reply.text().contains("5.4"), "{}", reply.text());
    let path = "/fhir/Observation/$lastn?patient=Patient/ada&code=29463-7";
    assert!(app.get(path).await.expect(200).ids(None).is_empty());
    let verdict = app
        .get("/fhir/Observation/ada-weight/$validate?mode=delete")
        .await;
    assert!(
        !verdict.text().contains("could be deleted"),
        "{}",
        verdict.text()
    );
}

#[tokio::test]
async fn a_note_comes_with_its_text_and_another_without() {
    let house = house().await;
    let notes = format!("patient/DocumentReference.rs?category={NOTE}|clinical-note");
    let caller = app(
        &house,
        &format!("{notes} patient/Binary.rs patient/Patient.rs"),
    )
    .await;
    caller
        .get("/fhir/DocumentReference/ada-note")
        .await
        .expect(200);
    caller
        .get("/fhir/DocumentReference/ada-letter")
        .await
        .expect(403);
    caller.get("/fhir/Binary/ada-note-text").await.expect(200);
    let hidden = caller.get("/fhir/Binary/ada-letter-text").await;
    assert!(hidden.status.is_client_error(), "{}", hidden.text());
    let found = caller
        .get("/fhir/DocumentReference/$docref?patient=ada")
        .await
        .expect(200);
    assert_eq!(found.ids(None), ["ada-note"]);
    let found = caller.get("/fhir/Binary").await;
    assert!(!found.text().contains("bGV0dGVy"), "{}", found.text());
}

#[tokio::test]
async fn several_parts_add_up_and_each_keeps_its_acts() {
    let house = house().await;
    let scopes = format!("{} {}", laboratory("rs"), vital_signs("r"));
    let caller = app(&house, &scopes).await;
    caller.get("/fhir/Observation/ada-weight").await.expect(200);
    caller.get("/fhir/Observation/ada-none").await.expect(403);
    let found = caller.get("/fhir/Observation").await.expect(200);
    assert_eq!(observations(&found), LABORATORY);
    // A constraint of several values, and one of no value known.
    let either =
        format!("patient/Observation.rs?category={CATEGORY}|laboratory,{CATEGORY}|vital-signs");
    let caller = app(&house, &either).await;
    let found = caller.get("/fhir/Observation").await.expect(200);
    assert_eq!(observations(&found).len(), 5);
    for odd in [
        "patient/Observation.rs?nosuch=x",
        "patient/Observation.rs?category=nosuch|x",
    ] {
        let caller = app(&house, odd).await;
        let found = caller.get("/fhir/Observation").await;
        assert!(
            found.status == 403 || observations(&found).is_empty(),
            "{odd}"
        );
        caller
            .get("/fhir/Observation/ada-glucose")
            .await
            .expect(403);
    }
}

#[tokio::test]
async fn a_systems_part_is_a_part_of_everybodys() {
    let house = house().await;
    let scope = format!("system/Observation.rs?category={CATEGORY}|laboratory system/Patient.rs");
    let backend = house.backend_with(&scope).await;
    backend
        .get("/fhir/Observation/dan-glucose")
        .await
        .expect(200);
    backend
        .get("/fhir/Observation/dan-weight")
        .await
        .expect(403);
    for query in [
        "Observation?_count=200",
        "Patient?_revinclude=Observation:subject",
        "_history?_count=200",
    ] {
        let found = backend.get(&format!("/fhir/{query}")).await.expect(200);
        let ids = observations(&found);
        assert!(ids.contains(&"ben-glucose".to_owned()), "{query}");
        assert!(
            !ids.iter().any(|id| id.ends_with("-weight")),
            "{query}: {ids:?}"
        );
    }
    let everything = backend
        .get("/fhir/Patient/dan/$everything")
        .await
        .expect(200);
    assert_eq!(observations(&everything), ["dan-glucose", "dan-sodium"]);
}

#[tokio::test]
async fn what_is_said_of_a_resource_elsewhere_does_not_show_it() {
    let house = house().await;
    house
        .patient("ada")
        .await
        .get("/fhir/Observation/ada-weight")
        .await
        .expect(200);
    let scopes = format!(
        "{} patient/AuditEvent.rs patient/Provenance.rs",
        laboratory("rs")
    );
    let app = app(&house, &scopes).await;
    for query in [
        "AuditEvent?_include=AuditEvent:entity",
        "Provenance?_include=Provenance:target",
        "AuditEvent?entity:Observation.code=29463-7",
        "Provenance?target:Observation.code=29463-7",
    ] {
        let found = app.get(&format!("/fhir/{query}")).await.expect(200);
        let shown = observations(&found);
        assert!(!shown.contains(&"ada-weight".to_owned()), "{query}");
        if query.contains("code=") {
            assert!(found.ids(None).is_empty(), "{query}");
        }
    }
}

#[tokio::test]
async fn a_graph_query_reaches_no_further_than_a_search() {
    let house = house().await;
    let narrow = of_laboratory(&house).await;
    let graph = narrow.with("content-type", "application/graphql");
    for query in [
        "{ ObservationList { id valueString } }",
        "{ weight: Observation(id: \"ada-weight\") { id code { coding { code } } } }",
        "{ Patient(id: \"ada\") { id ObservationList(_reference: subject) { id valueString } } }",
        "{ DiagnosticReport(id: \"ada-report\") { result { resource { ... on Observation { id code { coding { code } } } } } } }",
        "{ List(id: \"ada-list\") { entry { item { resource { ... on Observation { id code { coding { code } } } } } } } }",
    ] {
        let reply = graph.post("/fhir/$graphql", query).await;
        for word in OUTSIDE.iter().filter(|word| **word != "secretive") {
            assert!(
                !reply.text().contains(word),
                "{query} tells {word}: {}",
                reply.text()
            );
        }
    }
    let listed = graph
        .post("/fhir/$graphql", "{ ObservationList { id } }")
        .await
        .expect(200);
    assert_eq!(
        listed.json()["data"]["ObservationList"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}
