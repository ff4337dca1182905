//! The discovery documents: SMART configuration, OpenID Provider metadata, and the scopes on offer.

use serde::Serialize;

/// Capabilities this server really has (SMART App Launch 2.2 section 8.1).
pub const CAPABILITIES: &[&str] = &[
    "launch-ehr",
    "launch-standalone",
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-style",
    "context-ehr-patient",
    "context-ehr-encounter",
    "context-standalone-patient",
    "context-standalone-encounter",
    "permission-offline",
    "permission-online",
    "permission-patient",
    "permission-user",
    "permission-v1",
    "permission-v2",
];

/// Resource types named one by one in `scopes_supported`.
pub const PATIENT_TYPES: &[&str] = &[
    "Account",
    "AllergyIntolerance",
    "Appointment",
    "AuditEvent",
    "CarePlan",
    "CareTeam",
    "Communication",
    "Condition",
    "Consent",
    "Coverage",
    "Device",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "Goal",
    "Immunization",
    "Invoice",
    "Location",
    "Media",
    "Medication",
    "MedicationDispense",
    "MedicationRequest",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "QuestionnaireResponse",
    "RelatedPerson",
    "ServiceRequest",
    "Specimen",
    "Task",
];

const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const CONDITION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/condition-category";
const US_CORE_CATEGORY: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category";
const US_CORE_CONDITION_CATEGORY: &str =
    "http://hl7.org/fhir/us/core/CodeSystem/condition-category";
const CLINICAL_NOTE_CATEGORY: &str =
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";

/// Parts of a type a person may grant instead of the whole: type, category system, code, plain
/// words.
/// All but the last are those US Core and HTI-1 want offered for Condition and Observation.
pub const CATEGORIES: &[(&str, &str, &str, &str)] = &[
    (
        "Condition",
        CONDITION_CATEGORY,
        "encounter-diagnosis",
        "Diagnoses made at a visit",
    ),
    (
        "Condition",
        CONDITION_CATEGORY,
        "problem-list-item",
        "Problems on your problem list",
    ),
    (
        "Condition",
        US_CORE_CONDITION_CATEGORY,
        "health-concern",
        "Health concerns",
    ),
    (
        "Observation",
        OBSERVATION_CATEGORY,
        "procedure",
        "Measurements made during procedures",
    ),
    (
        "Observation",
        OBSERVATION_CATEGORY,
        "laboratory",
        "Laboratory results",
    ),
    (
        "Observation",
        OBSERVATION_CATEGORY,
        "social-history",
        "Social history",
    ),
    ("Observation", US_CORE_CATEGORY, "sdoh", "Social needs"),
    (
        "Observation",
        OBSERVATION_CATEGORY,
        "survey",
        "Questionnaires and surveys",
    ),
    (
        "Observation",
        OBSERVATION_CATEGORY,
        "vital-signs",
        "Vital signs",
    ),
    (
        "Observation",
        US_CORE_CATEGORY,
        "clinical-test",
        "Clinical tests",
    ),
    (
        "DocumentReference",
        CLINICAL_NOTE_CATEGORY,
        "clinical-note",
        "Clinical notes",
    ),
];

/// Everything that may be asked for, most general first.
pub fn scopes_supported() -> Vec<String> {
    let mut scopes: Vec<String> = [
        "openid",
        "fhirUser",
        "profile",
        "launch",
        "launch/patient",
        "launch/encounter",
        "offline_access",
        "online_access",
        "patient/*.rs",
        "patient/*.cruds",
        "patient/*.read",
        "patient/*.write",
        "user/*.rs",
        "user/*.cruds",
        "user/*.read",
        "system/*.rs",
        "system/*.cruds",
        "system/*.read",
    ]
    .map(str::to_owned)
    .to_vec();
    for context in ["patient", "user"] {
        scopes.extend(PATIENT_TYPES.iter().map(|t| format!("{context}/{t}.rs")));
    }
    scopes.extend(PATIENT_TYPES.iter().map(|t| format!("patient/{t}.read")));
    for context in ["patient", "user"] {
        scopes.extend(
            CATEGORIES
                .iter()
                .map(|(t, system, code, _)| format!("{context}/{t}.rs?category={system}|{code}")),
        );
    }
    scopes
}

const GRANT_TYPES: &[&str] = &["authorization_code", "refresh_token", "client_credentials"];
const AUTH_METHODS: &[&str] = &[
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "none",
];
const ASSERTION_ALGORITHMS: &[&str] = &["RS384", "ES384"];

/// What both documents say.
#[derive(Debug, Clone, Serialize)]
struct Endpoints {
    issuer: String,
    jwks_uri: String,
    authorization_endpoint: String,
    token_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    userinfo_endpoint: String,
    end_session_endpoint: String,
    registration_endpoint: String,
    management_endpoint: String,
    grant_types_supported: &'static [&'static str],
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    code_challenge_methods_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    token_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    dpop_signing_alg_values_supported: &'static [&'static str],
    pushed_authorization_request_endpoint: String,
    require_pushed_authorization_requests: bool,
    authorization_response_iss_parameter_supported: bool,
    scopes_supported: Vec<String>,
}

impl Endpoints {
    fn at(base_url: &str) -> Self {
        Self {
            issuer: base_url.to_owned(),
            jwks_uri: format!("{base_url}/.well-known/jwks.json"),
            authorization_endpoint: format!("{base_url}/oauth2/authorize"),
            token_endpoint: format!("{base_url}/oauth2/token"),
            introspection_endpoint: format!("{base_url}/oauth2/introspect"),
            revocation_endpoint: format!("{base_url}/oauth2/revoke"),
            userinfo_endpoint: format!("{base_url}/oauth2/userinfo"),
            end_session_endpoint: format!("{base_url}/oauth2/logout"),
            registration_endpoint: format!("{base_url}/oauth2/register"),
            management_endpoint: format!("{base_url}/account/apps"),
            grant_types_supported: GRANT_TYPES,
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            code_challenge_methods_supported: ["S256"],
            token_endpoint_auth_methods_supported: AUTH_METHODS,
            token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
            introspection_endpoint_auth_methods_supported: AUTH_METHODS,
            dpop_signing_alg_values_supported: crate::dpop::ALGORITHMS,
            pushed_authorization_request_endpoint: format!("{base_url}/oauth2/par"),
            require_pushed_authorization_requests: false,
            authorization_response_iss_parameter_supported: true,
            scopes_supported: scopes_supported(),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
struct Smart {
    #[serde(flatten)]
    endpoints: Endpoints,
    capabilities: &'static [&'static str],
    user_access_brand_bundle: String,
    user_access_brand_identifier: BrandIdentifier,
}

/// By what a brand is known in the bundle: the organization's own site.
#[derive(Debug, Clone, Serialize)]
struct BrandIdentifier {
    system: &'static str,
    value: String,
}

#[derive(Debug, Clone, Serialize)]
struct OpenId {
    #[serde(flatten)]
    endpoints: Endpoints,
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    claims_supported: &'static [&'static str],
    prompt_values_supported: [&'static str; 4],
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
}

/// `[FHIR base]/.well-known/smart-configuration` (`base_url` without trailing slash).
/// `website`: the site by which the organization's brand is known.
pub fn smart_configuration(base_url: &str, website: &str) -> String {
    let document = Smart {
        endpoints: Endpoints::at(base_url),
        capabilities: CAPABILITIES,
        user_access_brand_bundle: format!("{base_url}/brands.json"),
        user_access_brand_identifier: BrandIdentifier {
            system: "urn:ietf:rfc:3986",
            value: website.to_owned(),
        },
    };
    serde_json::to_string(&document).unwrap_or_default()
}

/// `[issuer]/.well-known/openid-configuration`.
pub fn openid_configuration(base_url: &str) -> String {
    let document = OpenId {
        endpoints: Endpoints::at(base_url),
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: [crate::jwk::SIGNING_ALGORITHM],
        claims_supported: &[
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "amr",
            "sid",
            "name",
            "fhirUser",
        ],
        prompt_values_supported: ["none", "login", "consent", "select_account"],
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
    };
    serde_json::to_string(&document).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scope::Scopes;
    use openidconnect::core::CoreProviderMetadata;
    use serde_json::Value;

    const BASE: &str = "http://127.0.0.1:8080";

    #[test]
    fn an_openid_library_reads_our_metadata() {
        let read: CoreProviderMetadata = serde_json::from_str(&openid_configuration(BASE)).unwrap();
        assert_eq!(read.issuer().as_str(), BASE);
        assert_eq!(
            read.token_endpoint().unwrap().as_str(),
            "http://127.0.0.1:8080/oauth2/token"
        );
    }

    #[test]
    fn smart_configuration_never_lists_plain() {
        let read: Value = serde_json::from_str(&smart_configuration(BASE, BASE)).unwrap();
        assert_eq!(
            read["code_challenge_methods_supported"],
            serde_json::json!(["S256"])
        );
        for name in [
            "issuer",
            "jwks_uri",
            "authorization_endpoint",
            "token_endpoint",
        ] {
            assert!(read[name].as_str().unwrap().starts_with(BASE), "{name}");
        }
    }

    #[test]
    fn every_scope_on_offer_is_one_we_understand() {
        let offered = scopes_supported();
        let read = Scopes::parse(&offered.join(" "));
        assert_eq!(read.refused, Vec::<String>::new());
        assert_eq!(read.texts().len(), offered.len());
    }
}
