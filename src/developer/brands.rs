//! The user-access brands bundle (SMART App Launch 2.2): what an app needs to show this organization to
//! people and to connect them.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use config::Brand;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use smart::jwk::hash_of_secret;
use web::House;
use web::page;

const PROFILE: &str = "http://hl7.org/fhir/smart-app-launch/StructureDefinition";
const CORE: &str = "http://hl7.org/fhir/StructureDefinition";
const TERMS: &str = "http://terminology.hl7.org/CodeSystem";
/// What the database remembers of the bundle: the hash of what it says, and since when it says so.
const MARK: &str = "brands";

/// `GET /brands.json`
pub async fn bundle(State(house): State<House>, headers: HeaderMap) -> Response {
    let entries = entries(&house.brand, &house.base_url, &house.fhir_base);
    let since = match since(&house, &entries).await {
        Ok(since) => since,
        Err(error) => return page::unavailable(&error),
    };
    let bundle = json!({
        "resourceType": "Bundle",
        "id": "brands",
        "meta": {"profile": [format!("{PROFILE}/user-access-brands-bundle")]},
        "type": "collection",
        "timestamp": since,
        "entry": entries,
    });
    answer(&bundle.to_string(), &headers)
}

fn answer(text: &str, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hash_of_secret(text));
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok());
    let fresh = known
        .flat_map(|line| line.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == "*" || one == tag);
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        text.to_owned().into_response()
    };
    let headers = response.headers_mut();
    const JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");
    const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=3600");
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, KEEP);
    response
}

/// Since when the bundle says what it says: on every node, and after every start, the same.
async fn since(house: &House, entries: &Value) -> Result<String, storage::Error> {
    let hash = hash_of_secret(&entries.to_string());
    let kept = house.storage.marked(MARK).await?.unwrap_or_default();
    if let Some((known, since)) = kept.split_once(' ')
        && known == hash
    {
        return Ok(since.to_owned());
    }
    let now = house.clock.now();
    let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let since = second.to_string();
    let text = format!("{hash} {since}");
    house.storage.mark(MARK, &text).await?;
    Ok(since)
}

fn entries(brand: &Brand, base_url: &str, fhir_base: &str) -> Value {
    let host = base_url.split("://").nth(1).unwrap_or(base_url);
    let name = brand.name.clone();
    let name = name.unwrap_or_else(|| format!("Health record at {host}"));
    let organization = format!("{fhir_base}/Organization/brand");
    let endpoint = format!("{fhir_base}/Endpoint/brand");
    json!([
        {"fullUrl": organization, "resource": organization_of(brand, base_url, &name)},
        {"fullUrl": endpoint, "resource": endpoint_of(brand, base_url, fhir_base, &name)},
    ])
}

fn organization_of(brand: &Brand, base_url: &str, name: &str) -> Value {
    let website = brand.website.as_deref().unwrap_or(base_url);
    let portal = format!("{base_url}/apps/portal/");
    let portal_url = brand.portal_url.as_deref().unwrap_or(&portal);
    let portal_name = brand.portal_name.clone();
    let portal_name = portal_name.unwrap_or_else(|| format!("{name} patient portal"));
    let endpoint = json!({"reference": "Endpoint/brand"});
    let mut portal = vec![
        json!({"url": "portalName", "valueString": portal_name}),
        json!({"url": "portalUrl", "valueUrl": portal_url}),
    ];
    if let Some(text) = &brand.description {
        portal.push(json!({"url": "portalDescription", "valueMarkdown": text}));
    }
    let mut extensions = Vec::new();
    if let Some(logo) = &brand.logo {
        portal.push(json!({"url": "portalLogo", "valueUrl": logo}));
        extensions.push(json!({
            "url": format!("{CORE}/organization-brand"),
            "extension": [{"url": "brandLogo", "valueUrl": logo}],
        }));
    } else {
        extensions.push(json!({
            "url": format!("{CORE}/organization-brand"),
            "extension": [{"url": "brandBundle", "valueUrl": format!("{base_url}/brands.json")}],
        }));
    }
    portal.push(json!({"url": "portalEndpoint", "valueReference": endpoint}));
    extensions.push(json!({"url": format!("{CORE}/organization-portal"), "extension": portal}));
    let mut organization = json!({
        "resourceType": "Organization",
        "id": "brand",
        "meta": {"profile": [format!("{PROFILE}/user-access-brand")]},
        "extension": extensions,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": website}],
        "active": true,
        "type": [{"coding": [{
            "system": format!("{TERMS}/organization-type"),
            "code": "prov",
            "display": "Healthcare Provider",
        }]}],
        "name": name,
        "telecom": [{"system": "url", "value": website}],
    });
    if let Some(members) = organization.as_object_mut() {
        if !brand.aliases.is_empty() {
            members.insert("alias".to_owned(), json!(brand.aliases));
        }
        if let Some(address) = address_of(brand) {
            members.insert("address".to_owned(), json!([address]));
        }
        members.insert("endpoint".to_owned(), json!([endpoint]));
    }
    organization
}

fn address_of(brand: &Brand) -> Option<Value> {
    let address = brand.address.as_ref()?;
    let mut members = Map::new();
    if let Some(line) = &address.line {
        members.insert("line".to_owned(), json!([line]));
    }
    for (name, part) in [
        ("city", &address.city),
        ("state", &address.state),
        ("postalCode", &address.postal_code),
        ("country", &address.country),
    ] {
        if let Some(part) = part {
            members.insert(name.to_owned(), json!(part));
        }
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

fn endpoint_of(brand: &Brand, base_url: &str, fhir_base: &str, name: &str) -> Value {
    let page = format!("{base_url}/developer");
    let contact = brand.developer_contact.as_deref().unwrap_or(&page);
    let contact = match contact.strip_prefix("mailto:") {
        Some(address) => json!({"system": "email", "value": address}),
        None => json!({"system": "url", "value": contact}),
    };
    json!({
        "resourceType": "Endpoint",
        "id": "brand",
        "meta": {"profile": [format!("{PROFILE}/user-access-endpoint")]},
        "extension": [{"url": format!("{CORE}/endpoint-fhir-version"), "valueCode": "4.0.1"}],
        "status": "active",
        "connectionType": {
            "system": format!("{TERMS}/endpoint-connection-type"),
            "code": "hl7-fhir-rest",
        },
        "name": format!("FHIR R4 endpoint of {name}"),
        "managingOrganization": {"reference": "Organization/brand"},
        "contact": [contact],
        "payloadType": [{"coding": [{
            "system": format!("{TERMS}/endpoint-payload-type"),
            "code": "none",
        }]}],
        "address": fhir_base,
    })
}
