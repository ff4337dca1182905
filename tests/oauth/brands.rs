//! The user-access brands bundle, as apps and their tests read it.

use serde_json::Value;

use crate::support::House;

#[tokio::test]
async fn the_bundle_names_the_organization_and_its_endpoint() {
    let house = House::empty().await;
    let anyone = house.anonymous();
    let answer = anyone.get("/brands.json").await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(
        answer
            .header("content-type")
            .starts_with("application/fhir+json")
    );
    assert!(answer.header("cache-control").contains("public"));
    let tag = answer.header("etag").to_owned();
    let bundle = answer.json();
    assert_eq!(
        (&bundle["resourceType"], &bundle["type"]),
        (&"Bundle".into(), &"collection".into())
    );
    assert!(bundle["timestamp"].as_str().unwrap().ends_with('Z'));
    let of = |kind: &str| -> Value {
        let entries = bundle["entry"].as_array().unwrap().iter();
        let mut found = entries.filter(|entry| entry["resource"]["resourceType"] == kind);
        let one = found.next().unwrap().clone();
        assert!(
            one["fullUrl"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/{kind}/brand"))
        );
        one["resource"].clone()
    };
    let (organization, endpoint) = (of("Organization"), of("Endpoint"));
    assert_eq!(organization["endpoint"][0]["reference"], "Endpoint/brand");
    assert_eq!(endpoint["address"], house.web.fhir_base.as_ref());
    assert_eq!(endpoint["connectionType"]["code"], "hl7-fhir-rest");
    // Every portal's endpoint is one of the organization's.
    let portal = organization["extension"]
        .as_array()
        .unwrap()
        .iter()
        .find(|extension| {
            extension["url"]
                .as_str()
                .unwrap()
                .ends_with("/organization-portal")
        });
    let parts = portal.unwrap()["extension"].as_array().unwrap();
    let reference = parts.iter().find(|part| part["url"] == "portalEndpoint");
    assert_eq!(
        reference.unwrap()["valueReference"]["reference"],
        "Endpoint/brand"
    );
    // The endpoint is where it says: its CapabilityStatement is there.
    anyone.get("/fhir/metadata").await.expect(200);
    // Nothing changed: nothing is sent, however long one waits.
    house.clock.advance_seconds(7_200);
    let again = anyone.with("if-none-match", &tag).get("/brands.json").await;
    assert_eq!(again.expect(304).text(), "");
    let other = anyone
        .with("if-none-match", "\"other\"")
        .get("/brands.json")
        .await;
    assert_eq!(other.expect(200).header("etag"), tag);
}

#[tokio::test]
async fn both_resources_are_valid_and_the_configuration_names_the_bundle() {
    let house = House::empty().await;
    let bundle = house
        .anonymous()
        .get("/brands.json")
        .await
        .expect(200)
        .json();
    for entry in bundle["entry"].as_array().unwrap() {
        let document = fhir::Document::parse(entry["resource"].to_string()).unwrap();
        fhir::validate::validate(document).unwrap();
    }
    let document = fhir::Document::parse(bundle.to_string()).unwrap();
    fhir::validate::validate(document).unwrap();
    let path = "/fhir/.well-known/smart-configuration";
    let smart = house.anonymous().get(path).await.expect(200).json();
    let base = &*house.web.base_url;
    assert_eq!(
        smart["user_access_brand_bundle"],
        format!("{base}/brands.json")
    );
    let identifier = &bundle["entry"][0]["resource"]["identifier"][0];
    assert_eq!(&smart["user_access_brand_identifier"], identifier);
}
