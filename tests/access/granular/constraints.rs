//! Scopes limited by other search parameters than the category hold at every door, and what could not be held
//! is not granted.

use serde_json::Value;

use super::{app, house, observation};
use crate::support::{House, Launch, code_form, query_of};

const HEIGHT: &str = "patient/Observation.rs?code=http://loinc.org|8302-2";

#[tokio::test]
async fn a_code_opens_what_has_it_and_nothing_else() {
    let house = house().await;
    let caller = app(
        &house,
        &format!("{HEIGHT} patient/Patient.rs patient/List.rs"),
    )
    .await;
    let mut found = caller.get("/fhir/Observation").await.expect(200).ids(None);
    found.sort();
    assert_eq!(found, ["ada-both", "ada-none", "ada-tall"]);
    for (id, status) in [("ada-tall", 200), ("ada-glucose", 404), ("ada-weight", 404)] {
        let path = format!("/fhir/Observation/{id}");
        let shown = |status: u16| if status == 200 { 200 } else { 403 };
        assert_eq!(caller.get(&path).await.status, shown(status), "{path}");
        let history = caller.get(&format!("{path}/_history")).await;
        assert_eq!(history.status.is_success(), status == 200, "{path}");
    }
    // Nothing leads there: no total, no filter, no sort, no include, no chain, no operation.
    let total = async |query: &str| {
        let found = caller.get(&format!("/fhir/{query}")).await.expect(200);
        found.json()["total"].as_u64().unwrap_or(0)
    };
    assert_eq!(total("Observation?_summary=count").await, 3);
    assert_eq!(total("Observation?code=2345-7&_total=accurate").await, 0);
    assert_eq!(
        total("List?item:Observation.code=2345-7&_total=accurate").await,
        0
    );
    assert_eq!(
        total("Patient?_has:Observation:patient:code=2345-7&_total=accurate").await,
        0
    );
    assert_eq!(
        total("Patient?_has:Observation:patient:code=8302-2&_total=accurate").await,
        1
    );
    for path in [
        "List?_include=List:item",
        "Patient?_revinclude=Observation:patient",
        "Patient/ada/$everything",
        "Observation/$lastn?patient=ada&max=9",
        "Observation/_history",
        "?_type=Observation",
    ] {
        let text = caller.get(&format!("/fhir/{path}")).await.text();
        for hidden in ["ada-glucose\"", "ada-weight\""] {
            assert!(
                !text.contains(&format!("\"id\":\"{hidden}")),
                "{path}: {text}"
            );
            assert!(
                !text.contains(&format!("\"id\": \"{hidden}")),
                "{path}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn several_limits_must_all_hold_and_several_scopes_add_up() {
    let house = house().await;
    let mut other = observation("ada-amended", &["vital-signs"]);
    other["status"] = "amended".into();
    let backend = house.backend().await;
    backend
        .put("/fhir/Observation/ada-amended", &other)
        .await
        .expect(201);
    let found = async |scopes: &str| {
        let caller = app(&house, scopes).await;
        let mut found = caller.get("/fhir/Observation").await.expect(200).ids(None);
        found.sort();
        found
    };
    assert_eq!(
        found(&format!("{HEIGHT}&status=amended")).await,
        ["ada-amended"]
    );
    let vital = "patient/Observation.rs?category=vital-signs&status=amended";
    assert_eq!(found(vital).await, ["ada-amended"]);
    let both = format!("{vital} patient/Observation.rs?code=2345-7");
    assert_eq!(found(&both).await, ["ada-amended", "ada-glucose"]);
    let whole = format!("{vital} patient/Observation.rs");
    assert!(found(&whole).await.len() > 5);
    // What nobody can hold against a resource opens nothing.
    let caller = app(&house, "patient/Observation.rs?date=gt2020").await;
    caller.get("/fhir/Observation").await.expect(403);
    caller.get("/fhir/Observation/ada-tall").await.expect(403);
}

#[tokio::test]
async fn nothing_is_written_outside_the_limit_or_turned_out_of_it() {
    let house = house().await;
    let scope = "system/Observation.cruds?code=http://loinc.org|8302-2";
    let caller = house.backend_with(scope).await;
    let inside = observation("x", &["vital-signs"]);
    let mut outside = inside.clone();
    outside["code"]["coding"][0]["code"] = "29463-7".into();
    caller
        .put("/fhir/Observation/x", &outside)
        .await
        .expect(403);
    caller.post("/fhir/Observation", &outside).await.expect(403);
    caller.put("/fhir/Observation/x", &inside).await.expect(201);
    caller
        .put("/fhir/Observation/x", &outside)
        .await
        .expect(403);
    let weight = caller.delete("/fhir/Observation/ada-weight").await;
    assert!(weight.status.is_client_error(), "{}", weight.status);
    house
        .backend()
        .await
        .get("/fhir/Observation/ada-weight")
        .await
        .expect(200);
    caller.delete("/fhir/Observation/x").await.expect(204);
}

/// What an app is granted of what it asks for.
async fn granted(house: &House, asked: &str, ticked: &str) -> Value {
    let back = house
        .agree(&Launch::of("public-app", asked), "ada", "ada", ticked)
        .await;
    let code = query_of(&back)["code"].clone();
    let answer = house.exchange("public-app", None, &code_form(&code)).await;
    answer.expect(200).json()
}

#[tokio::test]
async fn what_is_enforced_is_granted_word_for_word_and_what_is_not_is_left_out() {
    let house = House::with_apps().await;
    let asked = format!(
        "launch/patient patient/Patient.rs {HEIGHT} patient/Observation.rs?date=gt2020 patient/*.rs?code=1"
    );
    let expected = format!("launch/patient patient/Patient.rs {HEIGHT}");
    let answer = granted(&house, &asked, &expected).await;
    let words = |text: &str| {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    assert_eq!(words(answer["scope"].as_str().unwrap()), words(&expected));
    // With nothing left the app is told so.
    let launch = Launch::of("public-app", "patient/Observation.rs?date=gt2020");
    let path = format!("/oauth2/authorize?{}", launch.query());
    let back = house.anonymous().get(&path).await.expect(303);
    assert_eq!(query_of(back.header("location"))["error"], "invalid_scope");
}
