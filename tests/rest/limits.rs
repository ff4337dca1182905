//! Every maximum a client can run into: answered with a 4xx that names it.

use axum::http::Method;
use config::limits;
use serde_json::{Value, json};

use super::{patient, patient_with};
use crate::support::{Caller, House, Reply};

/// Checks that an answer is a refusal that names a limit.
fn names(reply: &Reply, status: u16, limit: impl ToString, what: &str) {
    let shown: String = reply.text().chars().take(500).collect();
    assert_eq!(reply.status.as_u16(), status, "{what}: {shown}");
    let text = reply.json()["issue"][0]["diagnostics"].to_string();
    assert!(text.contains(&limit.to_string()), "{what}: {shown}");
}

async fn patch(caller: &Caller, path: &str, kind: &str, body: Value) -> Reply {
    let typed = caller.with("content-type", kind);
    typed.send(Method::PATCH, path, Some(body)).await
}

#[tokio::test]
async fn bodies_beyond_a_limit_are_refused_by_name() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let mib = limits::BODY_BYTES_MAX / 1024 / 1024;
    let large = "a".repeat(limits::BODY_BYTES_MAX + 1);
    let reply = backend.post("/fhir/Patient", large.clone()).await;
    names(&reply, 413, format!("{mib} MiB"), "bytes");
    let packed = zstd::encode_all(large.as_bytes(), 1).unwrap();
    let reply = backend
        .with("content-encoding", "zstd")
        .post("/fhir/Patient", packed)
        .await;
    names(&reply, 413, format!("{mib} MiB"), "bytes unpacked");

    let deep = limits::JSON_DEPTH_MAX;
    let text = format!("{}{}", "[".repeat(deep + 1), "]".repeat(deep + 1));
    names(
        &backend.post("/fhir/Patient", text).await,
        400,
        deep,
        "JSON nesting",
    );
    let xml = backend.with("content-type", "application/fhir+xml");
    let inner = "<extension url='urn:x'>".repeat(limits::XML_DEPTH_MAX + 1);
    let text = format!("<Patient xmlns='http://hl7.org/fhir'>{inner}");
    let reply = xml.post("/fhir/Patient", text).await;
    names(&reply, 400, limits::XML_DEPTH_MAX, "XML nesting");
    let spaces: String = (0..=limits::XML_ATTRIBUTES_MAX)
        .map(|n| format!(" xmlns:a{n}='urn:{n}'"))
        .collect();
    let text = format!("<Patient xmlns='http://hl7.org/fhir'{spaces}/>");
    let reply = xml.post("/fhir/Patient", text).await;
    names(&reply, 400, limits::XML_ATTRIBUTES_MAX, "XML attributes");

    let long = "a".repeat(limits::STRING_CHARACTERS_MAX + 1);
    let reply = backend
        .post(
            "/fhir/Patient",
            patient_with("name", json!([{ "family": long }])),
        )
        .await;
    names(&reply, 400, limits::STRING_CHARACTERS_MAX, "string");

    let entry = json!({ "request": { "method": "GET", "url": "Patient/1" } });
    for kind in ["batch", "transaction"] {
        let entries = vec![entry.clone(); limits::BUNDLE_ENTRIES_MAX + 1];
        let bundle = json!({ "resourceType": "Bundle", "type": kind, "entry": entries });
        let reply = backend.post("/fhir", bundle).await;
        names(&reply, 400, limits::BUNDLE_ENTRIES_MAX, "entries");
    }
}

#[tokio::test]
async fn patches_beyond_a_limit_are_refused_by_name() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let id = backend.post("/fhir/Patient", patient()).await.id();
    let path = format!("/fhir/Patient/{id}");
    let (json_patch, fhir) = ("application/json-patch+json", "application/fhir+json");
    let most = limits::PATCH_OPERATIONS_MAX;
    let test = json!({ "op": "test", "path": "/gender", "value": "female" });
    let reply = patch(&backend, &path, json_patch, json!(vec![test; most + 1])).await;
    names(&reply, 400, most, "operations");
    let operation = |path: &str| {
        json!({ "name": "operation", "part": [
            { "name": "type", "valueCode": "delete" }, { "name": "path", "valueString": path },
        ] })
    };
    let all = |operations: Value| json!({ "resourceType": "Parameters", "parameter": operations });
    let many = all(json!(vec![operation("Patient.photo"); most + 1]));
    names(
        &patch(&backend, &path, fhir, many).await,
        400,
        most,
        "operations",
    );

    let steps = "/a".repeat(limits::JSON_DEPTH_MAX + 1);
    let deep = json!([{ "op": "remove", "path": steps }]);
    let reply = patch(&backend, &path, json_patch, deep).await;
    names(&reply, 400, limits::JSON_DEPTH_MAX, "pointer");
    let part = "x".repeat(1024 * 1024);
    let mut growing = vec![json!({ "op": "add", "path": "/a", "value": [part] })];
    growing.resize(30, json!({ "op": "copy", "from": "/a/0", "path": "/a/-" }));
    let reply = patch(&backend, &path, json_patch, json!(growing)).await;
    names(&reply, 422, limits::BODY_BYTES_MAX, "growth");

    let long = format!("Patient.name{}", " ".repeat(limits::PATH_BYTES_MAX));
    let reply = patch(&backend, &path, fhir, all(json!([operation(&long)]))).await;
    names(&reply, 400, limits::PATH_BYTES_MAX, "path length");
    let nested = format!(
        "{}1{}",
        "(".repeat(limits::PATH_DEPTH_MAX + 1),
        ")".repeat(limits::PATH_DEPTH_MAX + 1)
    );
    let reply = patch(&backend, &path, fhir, all(json!([operation(&nested)]))).await;
    names(&reply, 400, limits::PATH_DEPTH_MAX, "path nesting");
    let endless =
        "(1|2|3|4|5|6|7|8|9).select($this.repeat((1|2|3|4|5|6|7|8|9).combine($this)).count())";
    let endless = format!("Patient.name.where({})", vec![endless; 200].join(" = "));
    let reply = patch(&backend, &path, fhir, all(json!([operation(&endless)]))).await;
    assert!(reply.status.is_client_error(), "{}", reply.text());
}

#[tokio::test]
async fn searches_beyond_a_limit_are_refused_by_name() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let many = vec!["gender=female"; limits::SEARCH_CLAUSES_MAX + 1].join("&");
    let codes = vec!["a"; limits::SEARCH_ALTERNATIVES_MAX + 1].join(",");
    let has = "_has:Organization:partof:".repeat(limits::SEARCH_HAS_STEPS_MAX + 1);
    let chain = "partof:Organization.".repeat(limits::SEARCH_CHAIN_STEPS_MAX + 1);
    let levels = limits::SEARCH_FILTER_DEPTH_MAX + 1;
    let nested = format!("{}gender eq male{}", "(".repeat(levels), ")".repeat(levels));
    let tests = vec!["gender eq male"; limits::SEARCH_FILTER_TESTS_MAX + 1].join(" or ");
    for (query, limit) in [
        (format!("Patient?{many}"), limits::SEARCH_CLAUSES_MAX),
        (
            format!("Patient?identifier={codes}"),
            limits::SEARCH_ALTERNATIVES_MAX,
        ),
        (
            format!("Organization?{has}name=x"),
            limits::SEARCH_HAS_STEPS_MAX,
        ),
        (
            format!("Organization?{chain}name=x"),
            limits::SEARCH_CHAIN_STEPS_MAX,
        ),
        (
            format!("Patient?_filter={}", nested.replace(' ', "%20")),
            limits::SEARCH_FILTER_DEPTH_MAX,
        ),
        (
            format!("Patient?_filter={}", tests.replace(' ', "%20")),
            limits::SEARCH_FILTER_TESTS_MAX,
        ),
    ] {
        let reply = backend.get(&format!("/fhir/{query}")).await;
        names(&reply, 400, limit, &query);
    }
    // A page larger than there can be is no fault: it is as large as can be.
    let reply = backend
        .get(&format!(
            "/fhir/Patient?_count={}",
            limits::PAGE_RESOURCES_MAX + 1
        ))
        .await;
    reply.expect(200);
}

#[tokio::test]
async fn operations_beyond_a_limit_are_refused_by_name() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let parameters = |all: Value| json!({ "resourceType": "Parameters", "parameter": all });

    let most = limits::EXPUNGED_RESOURCES_MAX;
    let erase = parameters(json!([
        { "name": "expungeDeletedResources", "valueBoolean": true },
        { "name": "limit", "valueInteger": most + 1 },
    ]));
    let reply = backend.post("/fhir/$expunge", erase).await;
    names(&reply, 400, most, "erased");

    let most = limits::TERMINOLOGY_CODINGS_MAX;
    let codings = vec![json!({ "system": "urn:s", "code": "a" }); most + 1];
    let asked = parameters(json!([
        { "name": "url", "valueUri": "http://hl7.org/fhir/ValueSet/administrative-gender" },
        { "name": "codeableConcept", "valueCodeableConcept": { "coding": codings } },
    ]));
    let reply = backend.post("/fhir/ValueSet/$validate-code", asked).await;
    names(&reply, 400, most, "codings");

    // A page of an expansion is as large as can be; all of it at once is refused by name.
    let concepts = |count: usize| -> Vec<Value> {
        (0..count)
            .map(|n| json!({ "code": format!("c{n}") }))
            .collect()
    };
    let most = limits::EXPANSION_PAGE_MAX;
    let large = json!({ "resourceType": "ValueSet", "id": "large", "url": "urn:large",
        "status": "active",
        "compose": { "include": [{ "system": "urn:s", "concept": concepts(most + 1) }] } });
    backend.put("/fhir/ValueSet/large", large).await.expect(201);
    let reply = backend.get("/fhir/ValueSet/large/$expand").await;
    assert!(reply.status.is_client_error(), "{}", reply.text());
    assert!(reply.text().contains(&most.to_string()), "{}", reply.text());
    let page = backend
        .get("/fhir/ValueSet/large/$expand?count=999999")
        .await;
    let page = page.expect(200).json();
    let shown = page["expansion"]["contains"].as_array().unwrap().len();
    assert_eq!(shown, most);

    // No more patients are compared and answered with than the limits say, and no fault is made of
    // asking for more.
    let wanted = parameters(json!([
        { "name": "resource", "resource": { "resourceType": "Patient",
            "name": [{ "family": "Many" }] } },
        { "name": "count", "valueInteger": limits::MATCHES_MAX + 1 },
    ]));
    let reply = backend
        .post("/fhir/Patient/$match", wanted)
        .await
        .expect(200);
    assert!(reply.ids(None).len() <= limits::MATCHES_MAX);
}

#[tokio::test]
async fn words_and_queries_beyond_a_limit_are_refused_by_name() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let words = vec!["a"; limits::SEARCH_TEXT_WORDS_MAX + 1].join("%20");
    let reply = backend
        .get(&format!("/fhir/Patient?_content={words}"))
        .await;
    names(&reply, 400, limits::SEARCH_TEXT_WORDS_MAX, "words");
    let levels = limits::SEARCH_TEXT_DEPTH_MAX + 1;
    let nested = format!("{}a{}", "(".repeat(levels), ")".repeat(levels));
    let reply = backend
        .get(&format!("/fhir/Patient?_content={nested}"))
        .await;
    names(&reply, 400, limits::SEARCH_TEXT_DEPTH_MAX, "parentheses");

    let most = limits::PATCH_OPERATIONS_MAX;
    let id = backend.post("/fhir/Patient", patient()).await.id();
    let many = r#"<remove sel="Patient/photo"/>"#.repeat(most + 1);
    let typed = backend.with("content-type", "application/xml-patch+xml");
    let path = format!("/fhir/Patient/{id}");
    let diff = format!("<diff>{many}</diff>");
    let reply = typed.send(Method::PATCH, &path, Some(diff)).await;
    names(&reply, 400, most, "operations");

    let ask = async |query: String| {
        let typed = backend.with("content-type", "application/graphql");
        typed
            .send(Method::POST, "/fhir/$graphql", Some(query))
            .await
    };
    let levels = limits::GRAPHQL_DEPTH_MAX + 2;
    let deep = "{ PatientList ".to_owned() + &"{ extension ".repeat(levels);
    let fields = "id ".repeat(limits::GRAPHQL_FIELDS_MAX + 1);
    for (query, limit) in [
        (deep, limits::GRAPHQL_DEPTH_MAX),
        (
            format!("{{ PatientList {{ {fields} }} }}"),
            limits::GRAPHQL_FIELDS_MAX,
        ),
        (
            "#".repeat(limits::GRAPHQL_BYTES_MAX + 1),
            limits::GRAPHQL_BYTES_MAX,
        ),
    ] {
        let reply = ask(query).await;
        assert_eq!(reply.status.as_u16(), 400, "{}", reply.text());
        let told = reply.json().to_string();
        assert!(told.contains(&limit.to_string()), "{limit} {told}");
    }
}

#[tokio::test]
async fn profiles_beyond_a_limit_are_refused_by_name() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let structure = |id: &str, of: &str, base: &str, elements: Value| {
        json!({ "resourceType": "StructureDefinition", "id": id, "url": format!("urn:{id}"),
            "name": "X", "status": "active", "kind": "resource", "abstract": false, "type": of,
            "baseDefinition": base, "derivation": "constraint",
            "differential": { "element": elements } })
    };
    let store = async |one: Value| {
        let path = format!("/fhir/StructureDefinition/{}", one["id"].as_str().unwrap());
        backend.put(&path, &one).await.expect(201);
    };
    let core = "http://hl7.org/fhir/StructureDefinition";
    let root = json!([{ "id": "Patient", "path": "Patient" }]);
    let most = limits::PROFILE_BASES_MAX;
    let base = |n: usize| match n {
        0 => format!("{core}/Patient"),
        n => format!("urn:p{}", n - 1),
    };
    for n in 0..=most {
        store(structure(
            &format!("p{n}"),
            "Patient",
            &base(n),
            root.clone(),
        ))
        .await;
    }
    let claim = |profile: &str| patient_with("meta", json!({ "profile": [profile] }));
    let told = backend
        .post("/fhir/Patient/$validate", claim(&format!("urn:p{most}")))
        .await;
    let rule = format!("longer than {most}");
    let told = told.expect(200).text();
    assert!(told.contains(&rule), "{told}");

    // Many slices times many values.
    let mut elements = vec![
        json!({ "id": "Patient.identifier", "path": "Patient.identifier",
        "slicing": { "discriminator": [{ "type": "value", "path": "system" }], "rules": "open" } }),
    ];
    for n in 0..2_000 {
        let id = format!("Patient.identifier:s{n}");
        elements
            .push(json!({ "id": id, "path": "Patient.identifier", "sliceName": format!("s{n}") }));
        elements.push(
            json!({ "id": format!("{id}.system"), "path": "Patient.identifier.system",
            "fixedUri": format!("urn:s{n}") }),
        );
    }
    store(structure("wide", "Patient", &base(0), json!(elements))).await;
    let mut many = claim("urn:wide");
    many["identifier"] = json!(vec![json!({ "system": "urn:other", "value": "1" }); 2_000]);
    let reply = backend.post("/fhir/Patient", many).await;
    names(&reply, 400, limits::PROFILE_STEPS_MAX, "steps of profiles");

    // A chain of resources, each of which must be as the one before. What is not looked at does not
    // pass.
    let elements = json!([{ "id": "Observation.hasMember", "path": "Observation.hasMember",
        "type": [{ "code": "Reference", "targetProfile": ["urn:chain"] }] }]);
    store(structure(
        "chain",
        "Observation",
        &format!("{core}/Observation"),
        elements,
    ))
    .await;
    let chain = |length: usize| {
        let one = |n: usize| {
            let mut one = json!({ "resourceType": "Observation", "status": "final",
                "code": { "text": "x" } });
            if n < length {
                one["hasMember"] = json!([{ "reference": format!("#c{}", n + 1) }]);
            }
            one
        };
        let contained = (1..=length).map(|n| {
            let mut one = one(n);
            one["id"] = json!(format!("c{n}"));
            one
        });
        let contained: Vec<Value> = contained.collect();
        let mut whole = one(0);
        whole["contained"] = json!(contained);
        whole["meta"] = json!({ "profile": ["urn:chain"] });
        whole
    };
    let most = limits::PROFILES_DEEP_MAX;
    backend
        .post("/fhir/Observation", chain(most / 2))
        .await
        .expect(201);
    let reply = backend.post("/fhir/Observation", chain(most + 1)).await;
    assert!(reply.status.is_client_error(), "{}", reply.text());
}

#[tokio::test]
async fn value_sets_and_deletes_beyond_a_limit_are_refused_by_name() {
    let house = House::deleting_several().await;
    let backend = house.backend().await;
    let most = limits::IMPORTS_DEEP_MAX;
    for n in 0..=most + 1 {
        let include = match n {
            0 => json!({ "system": "urn:s", "concept": [{ "code": "a" }] }),
            n => json!({ "valueSet": [format!("urn:v{}", n - 1)] }),
        };
        let set = json!({ "resourceType": "ValueSet", "id": format!("v{n}"), "url": format!("urn:v{n}"),
            "status": "active", "compose": { "include": [include] } });
        backend
            .put(&format!("/fhir/ValueSet/v{n}"), &set)
            .await
            .expect(201);
    }
    backend
        .get(&format!("/fhir/ValueSet/v{most}/$expand"))
        .await
        .expect(200);
    let reply = backend
        .get(&format!("/fhir/ValueSet/v{}/$expand", most + 1))
        .await;
    names(&reply, 422, most, "imports");

    let most = limits::CONDITIONAL_DELETES_MAX;
    let entry = json!({ "resource": { "resourceType": "Basic", "code": { "text": "x" },
        "identifier": [{ "system": "urn:many", "value": "1" }] },
        "request": { "method": "POST", "url": "Basic" } });
    let bundle = |count: usize| json!({ "resourceType": "Bundle", "type": "transaction", "entry": vec![entry.clone(); count] });
    backend.post("/fhir", bundle(most + 1)).await.expect(200);
    let at = "/fhir/Basic?identifier=urn:many|1";
    let reply = backend.delete(at).await;
    names(&reply, 412, most, "deleted at once");
    let still = backend.get(&format!("{at}&_summary=count")).await;
    assert_eq!(still.expect(200).json()["total"], most + 1);
}
