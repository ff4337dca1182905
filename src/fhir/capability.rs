//! The CapabilityStatement: what this server does, read off the same tables that do it (R4 2.42).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::operation::{Level, OPERATIONS};
use crate::registry::Registry;
use crate::search::posted::PostedParams;
use crate::search::{Param, ParamType, param, params};
use crate::{ResourceType, compartment};

const US_CORE: &str = "http://hl7.org/fhir/us/core/";
const IPA: &str = "http://hl7.org/fhir/uv/ipa/";
const BULK: &str = "http://hl7.org/fhir/uv/bulkdata/";
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
const SMART_CAPABILITIES: &str =
    "http://fhir-registry.smarthealthit.org/StructureDefinition/capabilities";
/// The codes that the extension's value set has: later ones are told in the SMART configuration.
const SMART_CODES: &[&str] = &[
    "launch-ehr",
    "launch-standalone",
    "client-public",
    "client-confidential-symmetric",
    "sso-openid-connect",
    "context-passthrough-banner",
    "context-passthrough-style",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "context-standalone-encounter",
    "permission-offline",
    "permission-patient",
    "permission-user",
];
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
    /// Interactions with a type and with the system that are routed, by their codes.
    pub interactions: &'a [&'a str],
    pub system_interactions: &'a [&'a str],
    /// `If-None-Exist`, `PUT Type?…` and `DELETE Type?…` are understood.
    pub conditional_create: bool,
    pub conditional_update: bool,
    pub conditional_delete: bool,
    /// A condition may delete several.
    pub deletes_several: bool,
    /// `Patient/1/Observation` and its like are routed.
    pub compartments: bool,
    /// Profiles that were installed.
    pub registry: &'a Registry,
    /// Parameters that came as resources.
    pub posted: &'a PostedParams,
    /// What people are told of maintenance; empty for none.
    pub notice: &'a str,
}

/// What changes nothing, so that types the server writes itself have it too.
const READING: &[&str] = &[
    "read",
    "vread",
    "history-instance",
    "history-type",
    "search-type",
];

/// Parameters of every search that no type defines: name, type, definition.
pub const GENERAL: &[(&str, &str, &str)] = &[
    (
        "_content",
        "special",
        "http://hl7.org/fhir/SearchParameter/Resource-content",
    ),
    (
        "_filter",
        "special",
        "http://hl7.org/fhir/SearchParameter/filter",
    ),
    (
        "_list",
        "special",
        "http://hl7.org/fhir/SearchParameter/Resource-list",
    ),
    (
        "_text",
        "special",
        "http://hl7.org/fhir/SearchParameter/DomainResource-text",
    ),
    (
        "_text",
        "string",
        "http://hl7.org/fhir/SearchParameter/DomainResource-text",
    ),
    (
        "_content",
        "string",
        "http://hl7.org/fhir/SearchParameter/Resource-content",
    ),
];

/// The CapabilityStatement as JSON text.
pub fn statement(settings: &Settings<'_>) -> String {
    let resources: Vec<Value> = ResourceType::all().map(|t| resource(t, settings)).collect();
    let mut rest = json!({
        "mode": "server",
        "security": security(settings),
        "resource": resources,
        "interaction": codes(settings.system_interactions),
    });
    set(&mut rest, "searchParam", general());
    set(&mut rest, "operation", operations(None, settings));
    set(&mut rest, "compartment", compartments(settings));
    let described = ["Kinchart patient access", settings.notice].join(". ");
    let described = described.trim_end_matches(". ");
    json!({
        "resourceType": "CapabilityStatement",
        "name": "Kinchart",
        "title": "Kinchart patient access",
        "status": "active",
        "date": settings.date,
        "publisher": "Kinchart",
        "kind": "instance",
        "instantiates": [
            format!("{US_CORE}CapabilityStatement/us-core-server"),
            format!("{IPA}CapabilityStatement/ipa-server"),
            format!("{BULK}CapabilityStatement/bulk-data"),
        ],
        "software": { "name": "Kinchart", "version": settings.software_version },
        "implementation": { "description": described, "url": settings.base },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml", "json", "xml"],
        "patchFormat": [
            "application/json-patch+json",
            "application/merge-patch+json",
            "application/xml-patch+xml",
            "application/fhir+json",
            "application/fhir+xml",
        ],
        "implementationGuide": guides(),
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
    let told = |code: &&&str| SMART_CODES.contains(*code);
    let capabilities = settings.smart_capabilities.iter().filter(told);
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
    let routed = settings.interactions.iter().copied();
    let interactions: Vec<&str> = routed
        .filter(|code| writable || READING.contains(code))
        .collect();
    let has = |code: &str| interactions.contains(&code);
    let mut out = json!({
        "type": name,
        "profile": format!("http://hl7.org/fhir/StructureDefinition/{name}"),
        "interaction": codes(&interactions),
        "versioning": "versioned",
        "readHistory": has("vread"),
        "updateCreate": has("update"),
        "conditionalRead": "full-support",
        "conditionalCreate": writable && settings.conditional_create,
        "conditionalUpdate": writable && settings.conditional_update,
        "conditionalDelete": match (writable && settings.conditional_delete, settings.deletes_several) {
            (true, true) => "multiple",
            (true, false) => "single",
            (false, _) => "not-supported",
        },
        "referencePolicy": ["literal", "enforced"],
    });
    let mut searchable: Vec<&Param> = params(resource_type)
        .iter()
        .filter(|p| p.kind != ParamType::Special)
        .collect();
    let posted = settings.posted.of(resource_type);
    searchable.extend(posted.filter(|one| one.ready).map(|one| one.param));
    set(
        &mut out,
        "supportedProfile",
        profiles(name, settings.registry),
    );
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

/// The profiles of the guides that ship, whatever their version and each version by itself; then
/// those that were installed.
fn profiles(type_name: &str, registry: &Registry) -> Vec<Value> {
    let shipped = crate::profile::guides().filter(|p| p.type_name == type_name);
    let mut urls: BTreeSet<String> = shipped
        .flat_map(|p| [p.url.to_owned(), format!("{}|{}", p.url, p.version)])
        .collect();
    for stored in registry.stored(ResourceType::STRUCTURE_DEFINITION) {
        let document = stored.document();
        let root = document.as_ref().map(|document| document.root());
        let text = |name: &str| root.and_then(|root| root.text_at(name));
        let is_profile = text("derivation").as_deref() == Some("constraint");
        if is_profile && text("type").as_deref() == Some(type_name) {
            urls.insert(stored.canonical());
        }
    }
    urls.into_iter().map(Value::String).collect()
}

fn guides() -> Vec<Value> {
    let us_core = format!("{US_CORE}ImplementationGuide/hl7.fhir.us.core");
    let versions: BTreeSet<&str> = crate::profile::guides().map(|p| p.version).collect();
    let versions = versions
        .into_iter()
        .map(|version| format!("{us_core}|{version}"));
    let ipa = format!("{IPA}ImplementationGuide/hl7.fhir.uv.ipa");
    let bulk = format!("{BULK}ImplementationGuide/hl7.fhir.uv.bulkdata");
    let all = versions.chain([us_core.clone(), ipa, bulk]);
    all.map(Value::String).collect()
}

fn general() -> Vec<Value> {
    let of_all = [
        "_id",
        "_lastUpdated",
        "_profile",
        "_security",
        "_source",
        "_tag",
    ];
    let of_all = of_all
        .into_iter()
        .filter_map(|code| param(ResourceType::PATIENT, code));
    let mut all: Vec<Value> = of_all.map(search_param).collect();
    let general = GENERAL.iter();
    all.extend(general.map(
        |(name, kind, definition)| json!({ "name": name, "definition": definition, "type": kind }),
    ));
    all
}

fn compartments(settings: &Settings<'_>) -> Vec<Value> {
    let of = ResourceType::all().filter(|of| compartment::members(*of).is_some());
    let routed = of.filter(|_| settings.compartments);
    routed
        .map(|of| {
            let name = of.name();
            let mut id: String = name.to_lowercase();
            if of == ResourceType::RELATED_PERSON {
                id = "relatedPerson".to_owned();
            }
            json!(format!("http://hl7.org/fhir/CompartmentDefinition/{id}"))
        })
        .collect()
}

/// The TerminologyCapabilities as JSON text: the code systems known, and what can be asked of them.
pub fn terminology(base: &str, software: &str, date: &str, registry: &Registry) -> String {
    let mut systems: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for system in registry.each(ResourceType::CODE_SYSTEM) {
        let versions = systems.entry(system.url().to_owned()).or_default();
        versions.extend(system.version().map(str::to_owned));
    }
    let systems: Vec<Value> = systems
        .into_iter()
        .map(|(uri, versions)| {
            let versions: Vec<Value> = versions
                .iter()
                .map(|code| json!({ "code": code }))
                .collect();
            let mut system = json!({ "uri": uri });
            set(&mut system, "version", versions);
            system
        })
        .collect();
    let inputs = OPERATIONS
        .iter()
        .filter(|operation| operation.id == "ValueSet-expand");
    let inputs = inputs.flat_map(|operation| operation.inputs);
    let inputs: Vec<Value> = inputs.map(|input| json!({ "name": input.name })).collect();
    let mut made = json!({
        "resourceType": "TerminologyCapabilities",
        "name": "KinchartTerminology",
        "status": "active",
        "date": date,
        "publisher": "Kinchart",
        "description": "Terminology this server knows.",
        "kind": "instance",
        "software": { "name": "Kinchart", "version": software },
        "implementation": { "description": "Kinchart patient access", "url": base },
        "expansion": { "hierarchical": false, "paging": true, "incomplete": false },
        "validateCode": { "translations": false },
        "translation": { "needsMap": true },
        "closure": { "translation": false },
    });
    set(&mut made, "codeSystem", systems);
    if let Some(expansion) = made.get_mut("expansion") {
        set(expansion, "parameter", inputs);
    }
    made.to_string()
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
    searchable.iter().copied().map(search_param).collect()
}

fn search_param(of: &Param) -> Value {
    json!({ "name": of.code, "definition": of.url, "type": search_type(of.kind) })
}

/// The code of a kind of search parameter (R4 `SearchParamType`).
pub fn search_type(kind: ParamType) -> &'static str {
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
            interactions: &[
                "read",
                "vread",
                "search-type",
                "create",
                "update",
                "delete",
                "patch",
            ],
            system_interactions: &["batch"],
            conditional_create: false,
            conditional_update: false,
            conditional_delete: false,
            deletes_several: false,
            compartments: true,
            registry: &Registry::default(),
            posted: &PostedParams::default(),
            notice: "",
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
        assert_eq!(patient["interaction"].as_array().unwrap().len(), 7);
        assert_eq!(of("AuditEvent")["interaction"].as_array().unwrap().len(), 3);
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
