//! The id_token's claims (OpenID Connect Core section 2, with SMART's `fhirUser`).

use serde::Serialize;

/// Claims of an id_token; times in seconds since 1970.
#[derive(Debug, Clone, Serialize)]
pub struct Claims {
    pub iss: String,
    /// Stable for one person at this server, and no name.
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Absolute URL of the person's resource.
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
}
