//! XML in and out, negotiated; and packed bodies both ways.

use std::io::Read;

use serde_json::json;

use crate::support::House;

const PATIENT: &str = r#"<?xml version="1.0"?>
<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/><div
 xmlns="http://www.w3.org/1999/xhtml"><b>A</b> &amp; B</div></text>
 <name><family value="Wire"/><given value="Xe &lt;"/></name><gender value="female"/>
 <birthDate value="1980-01-01"/></Patient>"#;

#[tokio::test]
async fn a_resource_sent_as_xml_is_the_same_resource_as_json() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let xml = backend.with("content-type", "application/fhir+xml; charset=UTF-8");
    let made = xml.post("/fhir/Patient", PATIENT).await.expect(201);
    assert_eq!(
        made.header("content-type"),
        "application/fhir+json;charset=utf-8"
    );
    let id = made.id();
    assert_eq!(made.json()["name"][0]["given"][0], "Xe <");
    let path = format!("/fhir/Patient/{id}");
    for (accept, query) in [
        ("application/fhir+xml", ""),
        ("text/xml, application/fhir+json;q=0.5", ""),
        ("application/fhir+json", "?_format=application/fhir%2Bxml"),
        ("text/turtle", "?_format=xml"),
    ] {
        let read = backend
            .with("accept", accept)
            .get(&format!("{path}{query}"))
            .await;
        let read = read.expect(200);
        assert_eq!(
            read.header("content-type"),
            "application/fhir+xml;charset=utf-8"
        );
        assert_eq!(read.header("etag"), "W/\"1\"");
        assert!(
            read.text().contains("<given value=\"Xe &lt;\"/>"),
            "{}",
            read.text()
        );
        assert!(read.text().contains("<b>A</b> &amp; B</div>"));
    }
    // What was read can be written back.
    let asked = xml.with("accept", "application/fhir+xml");
    let read = asked.get(&format!("{path}?_pretty=true")).await;
    assert!(read.text().contains("\n  <gender value=\"female\"/>\n"));
    let again = read.text().replace("female", "other");
    let put = asked.put(&path, again).await.expect(200);
    assert!(
        put.text().contains("<versionId value=\"2\"/>"),
        "{}",
        put.text()
    );
    let read = backend.get(&path).await.json();
    assert_eq!(read["gender"], "other");
}

#[tokio::test]
async fn bundles_operations_and_faults_come_in_the_form_asked_for() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let xml = backend
        .with("content-type", "application/fhir+xml")
        .with("accept", "application/fhir+xml");
    let inner = PATIENT.split_once("?>").unwrap().1;
    let bundle = format!(
        "<Bundle xmlns='http://hl7.org/fhir'><type value='transaction'/><entry><fullUrl value='urn:uuid:{}'/>\
         <resource>{inner}</resource><request><method value='POST'/><url value='Patient'/></request></entry></Bundle>",
        uuid::Uuid::new_v4()
    );
    let reply = xml.post("/fhir", bundle).await.expect(200);
    assert!(
        reply
            .text()
            .contains("<type value=\"transaction-response\"/>"),
        "{}",
        reply.text()
    );
    let found = xml.get("/fhir/Patient?family=Wire").await.expect(200);
    assert!(
        found
            .text()
            .contains("<search><mode value=\"match\"/></search>")
    );
    let valid = xml
        .post("/fhir/Patient/$validate", PATIENT)
        .await
        .expect(200);
    assert!(valid.text().starts_with("<?xml"));
    let metadata = xml.get("/fhir/metadata").await.expect(200);
    assert!(
        metadata
            .text()
            .contains("<format value=\"application/fhir+xml\"/>")
    );
    for (status, path) in [
        (404, "/fhir/Patient/nope"),
        (404, "/fhir/Nope/1"),
        (404, "/fhir/a/b/c/d/e"),
        (400, "/fhir/Patient?nosuch=1"),
    ] {
        let reply = xml.get(path).await.expect(status);
        assert!(
            reply.text().contains("<OperationOutcome"),
            "{path} {}",
            reply.text()
        );
    }
    let nobody = house.anonymous().with("accept", "application/fhir+xml");
    assert!(
        nobody
            .get("/fhir/Patient")
            .await
            .expect(401)
            .text()
            .contains("<OperationOutcome")
    );
    let form = backend
        .post_form("/fhir/Patient/_search", "nosuch=1&_format=xml")
        .await;
    assert!(form.expect(400).text().contains("<OperationOutcome"));
    let form = backend
        .post_form("/fhir/Patient/_search", "family=Wire&_format=xml")
        .await;
    assert!(form.expect(200).text().contains("<Bundle"));
}

#[tokio::test]
async fn bad_xml_is_refused_with_its_place() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let xml = backend.with("content-type", "application/fhir+xml");
    let bad = "<Patient xmlns='http://hl7.org/fhir'><name><foo value='x'/></name></Patient>";
    let reply = xml.post("/fhir/Patient", bad).await.expect(400);
    assert_eq!(
        reply.json()["issue"][0]["expression"][0],
        "Patient.name[0].foo"
    );
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><Patient xmlns='http://hl7.org/fhir'/>";
    assert!(
        xml.post("/fhir/Patient", bomb)
            .await
            .expect(400)
            .text()
            .contains("DOCTYPE")
    );
    let code = "<Patient xmlns='http://hl7.org/fhir'><gender value='banana'/></Patient>";
    xml.post("/fhir/Patient", code).await.expect(400);
    xml.post("/fhir/Patient", json!({})).await.expect(400);
}

#[tokio::test]
async fn bodies_may_be_packed_both_ways() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let patient = json!({"resourceType": "Patient", "name": [{"family": "Packed ".repeat(200)}]});
    let packed = zstd::encode_all(patient.to_string().as_bytes(), 3).unwrap();
    let zipped = backend.with("content-encoding", "zstd");
    let id = zipped.post("/fhir/Patient", packed).await.expect(201).id();
    zipped.post("/fhir/Patient", "no zstd").await.expect(400);
    let bomb = zstd::encode_all(&vec![b'a'; 64 << 20][..], 3).unwrap();
    assert!(bomb.len() < 100_000);
    let reply = zipped.post("/fhir/Patient", bomb).await.expect(413);
    assert_eq!(reply.issue(), "too-long");
    for odd in ["br", "gzip, zstd", "compress"] {
        let odd = backend.with("content-encoding", odd);
        assert_eq!(
            odd.post("/fhir/Patient", "x").await.expect(415).issue(),
            "not-supported"
        );
    }
    let path = format!("/fhir/Patient/{id}");
    let plain = backend.get(&path).await.body;
    let reply = backend
        .with("accept-encoding", "zstd")
        .get(&path)
        .await
        .expect(200);
    assert_eq!(reply.header("content-encoding"), "zstd");
    assert_eq!(zstd::decode_all(&reply.body[..]).unwrap(), plain);
    let reply = backend
        .with("accept-encoding", "gzip")
        .get(&path)
        .await
        .expect(200);
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&reply.body[..])
        .read_to_end(&mut text)
        .unwrap();
    assert_eq!(text, plain);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let made = backend
        .post("/fhir/Patient", json!({"resourceType": "Patient"}))
        .await;
    let id = made.expect(201).id();
    for path in [
        format!("/fhir/Patient/{id}"),
        format!("/fhir/Patient/{id}/_history/1"),
        format!("/fhir/Patient/{id}/_history"),
        "/fhir/Patient".to_owned(),
        "/fhir/metadata".to_owned(),
        "/fhir/Patient/nope".to_owned(),
    ] {
        let get = backend.get(&path).await;
        let head = backend
            .send(axum::http::Method::HEAD, &path, None::<&str>)
            .await;
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"));
        assert_eq!(head.header("etag"), get.header("etag"));
        assert!(head.body.is_empty(), "{path}");
    }
    let known = backend.with("if-none-match", "W/\"1\"");
    let path = format!("/fhir/Patient/{id}");
    let reply = known.get(&path).await.expect(304);
    assert!(reply.body.is_empty() && reply.header("content-type").is_empty());
    let since = backend.with("if-modified-since", made_at(&backend, &path).await.as_str());
    since.get(&path).await.expect(304);
    // A version named is stronger than a time.
    since
        .with("if-none-match", "W/\"9\"")
        .get(&path)
        .await
        .expect(200);
}

async fn made_at(backend: &crate::support::Caller, path: &str) -> String {
    backend.get(path).await.header("last-modified").to_owned()
}
