//! UDAP from end to end: discovery, registration by software statement, tokens by certificate, and what another
//! organization may see by its purpose and by what patients have said.

use super::community::{Member, REGISTER, community, house_in, registered};
use crate::support::{BASE, House, REDIRECT, query_of};
use serde_json::{Value, json};
use smart::udap::{Chain, Community, Identity, Membership};

#[tokio::test]
async fn discovery_is_found_at_both_addresses_and_signed() {
    let (house, _) = house_in().await;
    for path in ["/.well-known/udap", "/fhir/.well-known/udap"] {
        let said = house.anonymous().get(path).await.expect(200).json();
        assert_eq!(said["udap_versions_supported"], json!(["1"]));
        assert_eq!(said["registration_endpoint"], REGISTER);
        let signed = said["signed_metadata"].as_str().unwrap();
        let header = jsonwebtoken::decode_header(signed).unwrap();
        let chain = Chain::of_x5c(&header.x5c.unwrap()).unwrap();
        assert!(chain.names(&format!("{BASE}/fhir")));
    }
    let of = |community: &str| format!("/fhir/.well-known/udap?community={community}");
    let known = of(demo::authority::COMMUNITY);
    house.anonymous().get(&known).await.expect(200);
    house.anonymous().get(&of("urn:other")).await.expect(204);
}

#[tokio::test]
async fn a_house_in_no_community_says_so() {
    let house = House::empty().await;
    house.anonymous().get("/.well-known/udap").await.expect(404);
    house
        .anonymous()
        .get("/fhir/.well-known/udap")
        .await
        .expect(404);
    let member = Member::of(&community(), "https://client.example/app");
    let refused = member
        .register(&house, &member.backend(&house))
        .await
        .expect(400);
    assert_eq!(refused.json()["error"], "unapproved_software_statement");
}

#[tokio::test]
async fn a_statement_registers_changes_and_cancels() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/backend");
    let statement = member.sign(&member.backend(&house));
    let made = member.send(&house, &statement).await.expect(201).json();
    assert_eq!(made["software_statement"], statement);
    assert_eq!(made["grant_types"], json!(["client_credentials"]));
    assert_eq!(made["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(made["scope"], "system/*.rs");
    let id = made["client_id"].as_str().unwrap();
    // Once each.
    let again = member.send(&house, &statement).await.expect(400).json();
    assert_eq!(again["error"], "invalid_software_statement");
    let mut other = member.backend(&house);
    other["scope"] = json!("system/Patient.rs");
    let changed = member.register(&house, &other).await.expect(200).json();
    assert_eq!(changed["client_id"], id);
    assert_eq!(changed["scope"], "system/Patient.rs");
    // A renewed certificate of the same URI speaks for the same app.
    let renewed = Member::of(&authority, "https://client.example/backend");
    let token = renewed.token(&house, id).await.expect(200).json();
    let bearer = house.bearer(token["access_token"].as_str().unwrap());
    bearer.get("/fhir/Patient/ada").await.expect(200);
    bearer
        .get("/fhir/Observation?patient=ada")
        .await
        .expect(403);
    let mut none = renewed.backend(&house);
    none["grant_types"] = json!([]);
    let ended = renewed.register(&house, &none).await.expect(200).json();
    assert_eq!(
        (&ended["client_id"], &ended["grant_types"]),
        (&json!(id), &json!([]))
    );
    bearer.get("/fhir/Patient/ada").await.expect(401);
    renewed.token(&house, id).await.expect(401);
    renewed.register(&house, &none).await.expect(400);
    let anew = renewed
        .register(&house, &renewed.backend(&house))
        .await
        .expect(201);
    assert_ne!(anew.json()["client_id"], id);
}

#[tokio::test]
async fn each_uri_is_an_app_of_its_own_and_two_at_once_become_one() {
    let (house, authority) = house_in().await;
    let first = Member::of(&authority, "https://client.example/1");
    let second = Member::of(&authority, "https://client.example/2");
    let one = registered(&house, &first).await;
    let two = registered(&house, &second).await;
    assert_ne!(one, two);
    // The second's certificate proves nothing about the first.
    let mut claims = second.claims(&house, &one);
    claims["aud"] = json!(format!("{BASE}/oauth2/token"));
    let form = second.form(&claims, &[("grant_type", "client_credentials")]);
    house
        .anonymous()
        .post_form("/oauth2/token", &form)
        .await
        .expect(401);
    let both = Member::of(&authority, "https://client.example/3");
    let (left, right) = (both.backend(&house), both.backend(&house));
    let answers = tokio::join!(both.register(&house, &left), both.register(&house, &right));
    let mut status = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    status.sort_unstable();
    assert_eq!(status, [200, 201]);
    assert_eq!(answers.0.json()["client_id"], answers.1.json()["client_id"]);
}

#[tokio::test]
async fn what_an_administrator_disabled_no_statement_brings_back() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/backend");
    let id = registered(&house, &member).await;
    let disabled = storage::clients::State::Disabled;
    house
        .storage
        .clients()
        .set_state(&id, disabled)
        .await
        .unwrap();
    let refused = member
        .register(&house, &member.backend(&house))
        .await
        .expect(400);
    assert_eq!(refused.json()["error"], "unapproved_software_statement");
    let mut none = member.backend(&house);
    none["grant_types"] = json!([]);
    member.register(&house, &none).await.expect(200);
    member
        .register(&house, &member.backend(&house))
        .await
        .expect(400);
    member.token(&house, &id).await.expect(401);
}

#[tokio::test]
async fn the_wrong_key_a_stranger_and_nonsense_register_nothing() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/backend");
    let error = async |body: Value| {
        let reply = house
            .anonymous()
            .post("/oauth2/register", body.to_string())
            .await;
        reply.expect(400).json()["error"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let good = member.sign(&member.backend(&house));
    let mut odd = member.backend(&house);
    odd["iss"] = json!("invalid_iss");
    odd["sub"] = json!("invalid_iss");
    let invalid = "invalid_software_statement";
    let of = |statement: &str| json!({"software_statement": statement, "udap": "1"});
    assert_eq!(error(of(&member.sign(&odd))).await, invalid);
    assert_eq!(error(of("nonsense")).await, invalid);
    assert_eq!(error(json!({"udap": "1"})).await, invalid);
    let wrong = json!({"software_statement": good, "udap": "2"});
    assert_eq!(error(wrong).await, "invalid_client_metadata");
    let stranger = Member::of(&community(), "https://client.example/backend");
    let theirs = stranger.sign(&stranger.backend(&house));
    assert_eq!(error(of(&theirs)).await, "unapproved_software_statement");
    let all = house.storage.clients().list().await.unwrap();
    let by_statement =
        |client: &storage::clients::Client| client.origin == storage::clients::Origin::Udap;
    assert!(!all.iter().any(by_statement));
    // Certifications are passed over, whatever they are.
    let body = json!({"software_statement": good, "udap": "1", "certifications": ["x.y.z"]});
    let made = house
        .anonymous()
        .post("/oauth2/register", body.to_string())
        .await;
    made.expect(201);
}

#[tokio::test]
async fn a_token_needs_udap_1_a_fresh_id_and_a_purpose() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/backend");
    let id = registered(&house, &member).await;
    let post = async |form: &str| house.anonymous().post_form("/oauth2/token", form).await;
    let claims = member.claims(&house, &id);
    let grant = ("grant_type", "client_credentials");
    let form = member.form(&claims, &[grant]);
    let answer = post(&form).await.expect(200);
    assert_eq!(answer.header("pragma"), "no-cache");
    let token = answer.json();
    assert_eq!(token["token_type"], "Bearer");
    assert!(token["expires_in"].as_i64().unwrap() <= 3_600);
    post(&form).await.expect(401);
    let without = form.replace("&udap=1", "");
    assert!(post(&without).await.expect(401).text().contains("udap=1"));
    for (change, status) in [
        (json!(null), "invalid_grant"),
        (json!({"hl7-b2b": {"version": "1"}}), "invalid_grant"),
        (
            json!({"hl7-b2b": {"version": "1", "organization_id": "https://o.example",
                "purpose_of_use": ["MARKETING"]}}),
            "invalid_grant",
        ),
    ] {
        let mut claims = member.claims(&house, &id);
        claims["extensions"] = change;
        let refused = post(&member.form(&claims, &[grant])).await.expect(400);
        assert_eq!(refused.json()["error"], status);
    }
    let more = [grant, ("scope", "system/Patient.cruds system/Patient.read")];
    let narrowed = post(&member.form(&member.claims(&house, &id), &more)).await;
    assert_eq!(
        narrowed.expect(200).json()["scope"],
        "system/Patient.rs system/Patient.read"
    );
}

#[tokio::test]
async fn the_purpose_and_the_patients_word_decide_what_another_organization_sees() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/backend");
    let id = registered(&house, &member).await;
    let staff = house.backend().await;
    let organization = json!({"resourceType": "Organization", "id": "harbor", "name": "Harbor Clinic",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "https://harbor.example/org"}]});
    staff
        .put("/fhir/Organization/harbor", organization.to_string())
        .await
        .expect(201);
    let asking = async |purpose: &str| {
        let mut claims = member.claims(&house, &id);
        claims["extensions"]["hl7-b2b"]["purpose_of_use"] = json!([purpose]);
        let form = member.form(&claims, &[("grant_type", "client_credentials")]);
        let token = house.anonymous().post_form("/oauth2/token", &form).await;
        let token = token.expect(200).json();
        house.bearer(token["access_token"].as_str().unwrap())
    };
    let treating = asking("urn:oid:2.16.840.1.113883.5.8#TREAT").await;
    treating.get("/fhir/Patient/ada").await.expect(200);
    treating.delete("/fhir/Patient/ada").await.expect(403);
    // G07, G08: a purpose that opens nothing; the patient's own, without the patient's word.
    asking("SYSDEV")
        .await
        .get("/fhir/Patient/ada")
        .await
        .expect(403);
    asking("PATRQT")
        .await
        .get("/fhir/Patient/ada")
        .await
        .expect(403);
    // G12: refused by name, at the next request and for this patient alone.
    let consent = |kind: &str, of: Value| {
        json!({"resourceType": "Consent", "status": "active", "patient": {"reference": "Patient/ada"},
            "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
                "code": "patient-privacy"}]},
            "category": [{"coding": [{"system": access::vocabulary::CONSENT_KIND, "code": kind}]}],
            "policyRule": {"text": "as the patient says"}, "provision": of})
    };
    let named = json!({"type": "deny", "actor": [{"role": {"coding": [{"code": "PRCP",
        "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"}]},
        "reference": {"reference": "Organization/harbor"}}]});
    let made = staff
        .post("/fhir/Consent", consent("org-deny", named).to_string())
        .await;
    let made = made.expect(201).json();
    treating.get("/fhir/Patient/ada").await.expect(404);
    let found = treating
        .get("/fhir/Patient?_id=ada")
        .await
        .expect(200)
        .json();
    assert_eq!(found["total"], 0);
    let path = format!("/fhir/Consent/{}", made["id"].as_str().unwrap());
    staff.delete(&path).await;
    treating.get("/fhir/Patient/ada").await.expect(200);
    // G05: out of exchange altogether.
    let all = consent("exchange", json!({"type": "deny"}));
    staff
        .post("/fhir/Consent", all.to_string())
        .await
        .expect(201);
    treating.get("/fhir/Patient/ada").await.expect(404);
    // G10: its community is trusted no longer.
    let fresh = asking("TREAT").await;
    house.storage.trust_communities(Vec::new());
    fresh.get("/fhir/Patient?_id=ada").await.expect(401);
}

#[tokio::test]
async fn an_app_for_people_needs_no_pkce_where_its_community_says_so() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/app");
    let answer = member
        .register(&house, &member.app(&house))
        .await
        .expect(201)
        .json();
    assert_eq!(answer["redirect_uris"], json!([REDIRECT]));
    assert_eq!(answer["response_types"], json!(["code"]));
    let id = answer["client_id"].as_str().unwrap().to_owned();
    let scope = "launch/patient patient/*.rs";
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("response_type", "code"),
            ("client_id", &id),
            ("state", "s"),
        ])
        .extend_pairs([("redirect_uri", REDIRECT), ("scope", scope)])
        .finish();
    let back = house.agree_to(&query, "ada", "ada", scope).await;
    let code = query_of(&back)["code"].clone();
    let claims = member.claims(&house, &id);
    let grant = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", REDIRECT),
        ("code", &code),
    ];
    let form = member.form(&claims, &grant);
    let token = house
        .anonymous()
        .post_form("/oauth2/token", &form)
        .await
        .expect(200)
        .json();
    assert!(token.get("refresh_token").is_none());
    let bearer = house.bearer(token["access_token"].as_str().unwrap());
    bearer.get("/fhir/Patient/ada").await.expect(200);
}

#[tokio::test]
async fn a_revoked_certificate_gets_no_token_and_registers_nothing() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/backend");
    let id = registered(&house, &member).await;
    member.token(&house, &id).await.expect(200);
    let other = Member::of(&authority, "https://client.example/backend");
    let base = format!("{BASE}/fhir");
    let own = authority.certify("Kinchart", &base).unwrap();
    let identity = Identity::of_pem(own.pem.as_bytes(), own.key_pem.as_bytes(), &base).unwrap();
    let uri = demo::authority::COMMUNITY;
    let mut community = Community::new(uri, authority.pem().as_bytes(), None).unwrap();
    let list = authority.revoke(&[&member.certificate]).unwrap();
    community.revoke_by(list.as_bytes()).unwrap();
    let membership = Membership::new(identity, vec![community]);
    house.web.udap.replace(Some(membership));
    let refused = member.token(&house, &id).await.expect(401);
    assert!(refused.text().contains("revoked"), "{}", refused.text());
    let refused = member
        .register(&house, &member.backend(&house))
        .await
        .expect(400);
    assert_eq!(refused.json()["error"], "unapproved_software_statement");
    // The app itself goes on with its other certificate.
    other.token(&house, &id).await.expect(200);
}

#[tokio::test]
async fn what_a_patient_says_of_an_organization_holds_on_every_node_at_once() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/backend");
    let id = registered(&house, &member).await;
    let token = member.token(&house, &id).await.expect(200).json();
    let other = house.node().await;
    kinchart::server::trust(&other.storage, &other.web.udap);
    let there = other.bearer(token["access_token"].as_str().unwrap());
    there.get("/fhir/Patient/ada").await.expect(200);
    let consent = json!({"resourceType": "Consent", "status": "active",
        "patient": {"reference": "Patient/ada"},
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": access::vocabulary::CONSENT_KIND, "code": "exchange"}]}],
        "policyRule": {"text": "as the patient says"}, "provision": {"type": "deny"}});
    let staff = house.backend().await;
    staff
        .post("/fhir/Consent", consent.to_string())
        .await
        .expect(201);
    // A second process on one SQLite file hears of it within a moment; on PostgreSQL it is told.
    let mut status = 200;
    for _ in 0..100 {
        status = there.get("/fhir/Patient/ada").await.status.as_u16();
        if status == 404 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(status, 404);
    // The registration ends there, and is over here.
    let mut none = member.backend(&house);
    none["grant_types"] = json!([]);
    member.register(&other, &none).await.expect(200);
    member.token(&house, &id).await.expect(401);
}

#[tokio::test]
async fn where_pkce_is_required_an_app_of_a_community_brings_it() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/app");
    let made = member
        .register(&house, &member.app(&house))
        .await
        .expect(201)
        .json();
    let id = made["client_id"].as_str().unwrap().to_owned();
    let base = format!("{BASE}/fhir");
    let own = authority.certify("Kinchart", &base).unwrap();
    let identity = Identity::of_pem(own.pem.as_bytes(), own.key_pem.as_bytes(), &base).unwrap();
    let uri = demo::authority::COMMUNITY;
    let community = Community::new(uri, authority.pem().as_bytes(), None).unwrap();
    house
        .web
        .udap
        .replace(Some(Membership::new(identity, vec![community])));
    let asks = |more: &str| {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("response_type", "code"),
                ("client_id", &id),
                ("state", "s"),
            ])
            .extend_pairs([
                ("redirect_uri", REDIRECT),
                ("scope", "launch/patient patient/*.rs"),
            ])
            .finish();
        format!("/oauth2/authorize?{query}{more}")
    };
    let bare = house.anonymous().get(&asks("")).await.expect(303);
    assert_eq!(
        query_of(bare.header("location"))["error"],
        "invalid_request"
    );
    let challenge = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let with = format!("{challenge}&code_challenge_method=S256");
    let asked = house.anonymous().get(&asks(&with)).await.expect(303);
    assert!(query_of(asked.header("location")).contains_key("request"));
}

#[tokio::test]
async fn the_audit_names_the_organization_and_its_purpose() {
    let (house, authority) = house_in().await;
    let member = Member::of(&authority, "https://client.example/backend");
    let id = registered(&house, &member).await;
    let token = member.token(&house, &id).await.expect(200).json();
    let bearer = house.bearer(token["access_token"].as_str().unwrap());
    bearer.get("/fhir/Patient/ada").await.expect(200);
    let staff = house.backend().await;
    let found = staff.get("/fhir/AuditEvent?patient=ada&_count=100").await;
    let found = found.expect(200).text();
    assert!(found.contains("Dr. Ruth Lind, Harbor Clinic"), "{found}");
    assert!(found.contains(r#""code":"TREAT""#), "{found}");
}
