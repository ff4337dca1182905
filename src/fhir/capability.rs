//! The CapabilityStatement: what this server does, read off the same tables that do it (R4 2.42).

use serde_json::{Value, json};

use crate::ResourceType;
use crate::operation::{Level, OPERATIONS};
use crate::search::{Param, ParamType, params};

const US_CORE: &str = "http://hl7.org/fhir/us/core/";
/// Type and name of each US Core 7 profile that records here may follow.
const PROFILES: &str = include_str!("../../profiles/us-core/supported.txt");
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
const SMART_CAPABILITIES: &str =
    "http://fhir-registry.smarthealthit.org/StructureDefinition/capabilities";
const SECURITY_SERVICE: &str = "http://terminology.hl7.org/CodeSystem/restful-security-service";

/// What the statement cannot know by itself.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// FHIR base, without trailing slash.
    pub base: &'a str,
    /// Version of the software, such as `0.1.0`.
    pub software_version: &'a str,
    /// When this statement last changed, as a FHIR dateTime.
    pub date: &'a str,
    /// OAuth endpoints by their `oauth-uris` name: `authorize`, `token`, `introspect`, `revoke`, …
    pub oauth_uris: &'a [(&'a str, String)],
    /// SMART capabilities, as in `.well-known/smart-configuration`.
    pub smart_capabilities: &'a [&'a str],
    /// Types that the server itself writes and clients only read.
    pub read_only: &'a [&'a str],
    /// `If-None-Exist` and `PUT Type?…` are understood.
    pub conditional_create: bool,
    pub conditional_update: bool,
    pub conditional_delete: bool,
    /// `PATCH` is understood.
    pub patch: bool,
}

/// The CapabilityStatement as JSON text.
pub fn statement(settings: &Settings<'_>) -> String {
    let resources: Vec<Value> = ResourceType::all().map(|t| resource(t, settings)).collect();
    let mut rest = json!({
        "mode": "server",
        "security": security(settings),
        "resource": resources,
        "interaction": codes(&["transaction", "batch", "history-system", "search-system"]),
    });
    set(&mut rest, "operation", operations(None, settings));
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": settings.date,
        "publisher": "Kinchart",
        "kind": "instance",
        "instantiates": [format!("{US_CORE}CapabilityStatement/us-core-server")],
        "software": { "name": "Kinchart", "version": settings.software_version },
        "implementation": { "description": "Kinchart patient access", "url": settings.base },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml", "json", "xml"],
    "patchFormat": ["application/json-patch+json", "application/fhir+json", "application/fhir+xml"],
        "implementationGuide": [format!("{US_CORE}ImplementationGuide/hl7.fhir.us.core")],
        "rest": [rest],
    })
    .to_string()
}

fn security(settings: &Settings<'_>) -> Value {
    let uris = settings
        .oauth_uris
        .iter()
        .map(|(name, url)| json!({ "url": name, "valueUri": url }));
    let uris: Vec<Value> = uris.collect();
    let mut extensions = vec![json!({ "url": OAUTH_URIS, "extension": uris })];
    let capabilities = settings.smart_capabilities.iter();
    extensions
        .extend(capabilities.map(|code| json!({ "url": SMART_CAPABILITIES, "valueCode": code })));
    json!({
        "extension": extensions,
        "cors": true,
        "service": [{
            "coding": [{ "system": SECURITY_SERVICE, "code": "SMART-on-FHIR" }],
            "text": "OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)",
        }],
    })
}

fn resource(resource_type: ResourceType, settings: &Settings<'_>) -> Value {
    let name = resource_type.name();
    let writable = !settings.read_only.contains(&name);
    let mut interactions = vec![
        "read",
        "vread",
        "history-instance",
        "history-type",
        "search-type",
    ];
    if writable {
        interactions.extend(["create", "update", "delete"]);
        interactions.extend(settings.patch.then_some("patch"));
    }
    let mut out = json!({
        "type": name,
        "profile": format!("http://hl7.org/fhir/StructureDefinition/{name}"),
        "interaction": codes(&interactions),
        "versioning": "versioned",
        "readHistory": true,
        "updateCreate": writable,
        "conditionalCreate": writable && settings.conditional_create,
        "conditionalUpdate": writable && settings.conditional_update,
        "conditionalDelete": match writable && settings.conditional_delete {
            true => "single",
            false => "not-supported",
        },
        "referencePolicy": ["literal", "enforced"],
    });
    let searchable: Vec<&Param> = params(resource_type)
        .iter()
        .filter(|p| p.kind != ParamType::Special)
        .collect();
    set(&mut out, "supportedProfile", profiles(name));
    set(&mut out, "searchInclude", includes(&searchable));
    set(&mut out, "searchRevInclude", reverse(resource_type));
    set(&mut out, "searchParam", search_params(&searchable));
    set(
        &mut out,
        "operation",
        operations(Some(resource_type), settings),
    );
    out
}

/// FHIR has no empty lists: nothing is written for one.
fn set(out: &mut Value, name: &str, items: Vec<Value>) {
    if let (Some(members), false) = (out.as_object_mut(), items.is_empty()) {
        members.insert(name.to_owned(), Value::Array(items));
    }
}

fn profiles(type_name: &str) -> Vec<Value> {
    PROFILES
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(t, _)| *t == type_name)
        .map(|(_, profile)| json!(format!("{US_CORE}StructureDefinition/{profile}")))
        .collect()
}

fn includes(searchable: &[&Param]) -> Vec<Value> {
    searchable
        .iter()
        .filter(|p| p.kind == ParamType::Reference)
        .map(|p| json!(format!("{}:{}", p.resource_type, p.code)))
        .collect()
}

/// The parameters of other types that name this one among their targets, and Provenance of
/// anything.
fn reverse(resource_type: ResourceType) -> Vec<Value> {
    ResourceType::all()
        .flat_map(params)
        .filter(|p| p.kind == ParamType::Reference)
        .filter(|p| {
            let provenance = p.resource_type.name() == "Provenance" && p.code == "target";
            provenance || p.targets.contains(&resource_type)
        })
        .map(|p| json!(format!("{}:{}", p.resource_type, p.code)))
        .collect()
}

fn search_params(searchable: &[&Param]) -> Vec<Value> {
    searchable
        .iter()
        .map(|p| json!({ "name": p.code, "definition": p.url, "type": kind(p.kind) }))
        .collect()
}

fn kind(kind: ParamType) -> &'static str {
    match kind {
        ParamType::String => "string",
        ParamType::Token => "token",
        ParamType::Reference => "reference",
        ParamType::Date => "date",
        ParamType::Number => "number",
        ParamType::Quantity => "quantity",
        ParamType::Uri => "uri",
        ParamType::Composite => "composite",
        ParamType::Special => "special",
    }
}

fn codes(codes: &[&str]) -> Vec<Value> {
    codes.iter().map(|code| json!({ "code": code })).collect()
}

/// The operations of a type, or of the whole system.
fn operations(of: Option<ResourceType>, settings: &Settings<'_>) -> Vec<Value> {
    let invoked = OPERATIONS.iter().filter(|operation| match of {
        None => operation.levels.contains(&Level::System),
        Some(of) => operation.is_for(of) && operation.levels.iter().any(|l| *l != Level::System),
    });
    invoked
        .map(|operation| {
            let definition = operation.canonical(settings.base);
            json!({ "name": operation.code, "definition": definition })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn made() -> Value {
        let text = statement(&Settings {
            base: "https://example.org/fhir",
            software_version: "0.1.0",
            date: "2026-06-15",
            oauth_uris: &[(
                "authorize",
                "https://example.org/oauth2/authorize".to_owned(),
            )],
            smart_capabilities: &["launch-standalone"],
            read_only: &["AuditEvent"],
            conditional_create: false,
            conditional_update: false,
            conditional_delete: false,
            patch: false,
        });
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_statement_is_a_resource_of_its_own_kind() {
        let document = crate::Document::parse(made().to_string()).unwrap();
        if let Err(issues) = crate::validate::validate(document) {
            assert_eq!(issues, []);
        }
    }

    #[test]
    fn every_type_is_listed_with_what_can_be_done() {
        let made = made();
        let resources = made["rest"][0]["resource"].as_array().unwrap();
        assert_eq!(resources.len(), ResourceType::all().count());
        let of = |name: &str| resources.iter().find(|r| r["type"] == name).unwrap();
        let patient = of("Patient");
        assert_eq!(patient["interaction"].as_array().unwrap().len(), 8);
        assert_eq!(of("AuditEvent")["interaction"].as_array().unwrap().len(), 5);
        let profile = json!("http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient");
        assert!(
            patient["supportedProfile"]
                .as_array()
                .unwrap()
                .contains(&profile)
        );
        let observation = of("Observation");
        let params = observation["searchParam"].as_array().unwrap();
        assert!(params.iter().any(|p| p["name"] == "category"));
        assert!(params.iter().any(|p| p["type"] == "composite"));
        let include = json!("Observation:subject");
        assert!(
            observation["searchInclude"]
                .as_array()
                .unwrap()
                .contains(&include)
        );
        let reverse = json!("Provenance:target");
        assert!(
            observation["searchRevInclude"]
                .as_array()
                .unwrap()
                .contains(&reverse)
        );
    }

    #[test]
    fn apps_find_the_authorization_server() {
        let made = made();
        let extension = &made["rest"][0]["security"]["extension"];
        assert_eq!(extension[0]["url"], OAUTH_URIS);
        assert_eq!(extension[0]["extension"][0]["url"], "authorize");
        assert_eq!(extension[1]["valueCode"], "launch-standalone");
    }
}
