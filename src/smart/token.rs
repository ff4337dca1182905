//! Token requests and responses (RFC 6749 sections 4.1.3, 4.4, 5 and 6, with SMART's launch
//! context).

use crate::params::Params;
use crate::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a token request asks for. The secrets in it are never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum Request {
    Code {
        code: String,
        redirect_uri: String,
        /// Absent or empty is a fault of the proof, not of the form: it is judged with the code.
        code_verifier: Option<String>,
    },
    Refresh {
        refresh_token: String,
        scope: Option<String>,
    },
    ClientCredentials {
        scope: Option<String>,
    },
}

impl Request {
    /// Reads the form; the grant type is judged before everything else, client authentication
    /// included.
    pub fn parse(params: &Params) -> Result<Self, Error> {
        params.once(&[
            "grant_type",
            "code",
            "redirect_uri",
            "code_verifier",
            "refresh_token",
            "scope",
            "client_id",
            "client_secret",
            "client_assertion",
            "client_assertion_type",
            "udap",
        ])?;
        match params.require("grant_type")? {
            "authorization_code" => Ok(Self::Code {
                code: params.require("code")?.to_owned(),
                redirect_uri: params.require("redirect_uri")?.to_owned(),
                code_verifier: params.get("code_verifier").map(str::to_owned),
            }),
            "refresh_token" => Ok(Self::Refresh {
                refresh_token: params.require("refresh_token")?.to_owned(),
                scope: params.get("scope").map(str::to_owned),
            }),
            "client_credentials" => Ok(Self::ClientCredentials {
                scope: params.get("scope").map(str::to_owned),
            }),
            _ => Err(Error::new(
                ErrorCode::UnsupportedGrantType,
                "grant_type must be authorization_code, refresh_token or client_credentials",
            )),
        }
    }
}

/// A successful answer (RFC 6749 section 5.1; SMART App Launch 2.2 section 2.0.13).
#[derive(Clone, Serialize)]
pub struct Response {
    pub access_token: String,
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    pub scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// Other resources in context: for a proxy, the RelatedPerson it acts as.
    #[serde(rename = "fhirContext", skip_serializing_if = "Vec::is_empty")]
    pub fhir_context: Vec<ContextItem>,
    /// What the app was opened for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// After an EHR launch: whether the app must show whose chart it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_patient_banner: Option<bool>,
    /// After an EHR launch: where our colours and sizes are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smart_style_url: Option<String>,
}

/// One entry of `fhirContext` (SMART App Launch 2.2 section 4.0.4): at least one of `reference`,
/// `canonical` and `identifier`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextItem {
    /// Relative reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// A FHIR Identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Value>,
    /// The resource type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `launch` when nothing is said; others are absolute URIs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

impl ContextItem {
    /// An entry that refers to a resource here.
    pub fn to(reference: &str) -> Self {
        Self {
            reference: Some(reference.to_owned()),
            ..Self::default()
        }
    }
    /// Adds an identifier, given as JSON.
    ///
    /// # Errors
    /// When it is no JSON object, or there is one already.
    pub fn identify(&mut self, json: &str) -> Result<(), String> {
        let value: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
        if !value.is_object() || self.identifier.is_some() {
            return Err("identifier is one FHIR Identifier".to_owned());
        }
        self.identifier = Some(value);
        Ok(())
    }
    /// What is wrong with it, in words.
    pub fn fault(&self) -> Option<String> {
        let role = self.role.as_deref().unwrap_or("launch");
        if role != "launch" && !role.contains(':') {
            return Some("role is 'launch' or an absolute URI".to_owned());
        }
        if self.kind.as_deref().is_some_and(|kind| !is_type(kind)) {
            return Some("type is a resource type".to_owned());
        }
        let Some(reference) = &self.reference else {
            let other = self.canonical.is_some() || self.identifier.is_some();
            let text = "an entry needs a reference, a canonical or an identifier";
            return (!other).then(|| text.to_owned());
        };
        match reference.split_once('/') {
            Some(("Patient" | "Encounter", _)) if role == "launch" => Some(
                "patient and encounter are given by parameters of their own, or with a role"
                    .to_owned(),
            ),
            Some((name, id)) if is_type(name) && is_id(id) => None,
            _ => Some("reference is relative, such as ImagingStudy/123".to_owned()),
        }
    }
}

fn is_type(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// What introspection says of a live token (RFC 7662 section 2.2; SMART App Launch 2.2 section 6).
#[derive(Debug, Clone, Serialize)]
pub struct Introspection {
    pub active: bool,
    pub client_id: String,
    pub scope: String,
    /// Seconds since 1970.
    pub exp: i64,
    pub token_type: &'static str,
    /// The key the token is bound to (RFC 9449 section 6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
    #[serde(rename = "fhirContext", skip_serializing_if = "Vec::is_empty")]
    pub fhir_context: Vec<ContextItem>,
}

/// What must be proven to use a token (RFC 7800 section 3).
#[derive(Debug, Clone, Serialize)]
pub struct Confirmation {
    /// SHA-256 thumbprint of the key, base64url.
    pub jkt: String,
}

/// All that may be said of any other token.
pub const INACTIVE: &str = r#"{"active":false}"#;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn code(text: &str) -> ErrorCode {
        Request::parse(&Params::parse(text)).err().unwrap().code
    }

    #[test]
    fn the_grant_type_is_judged_first() {
        assert_eq!(
            code("grant_type=not_a_grant_type&client_id=nobody"),
            ErrorCode::UnsupportedGrantType
        );
        assert_eq!(code("code=x"), ErrorCode::InvalidRequest);
        assert_eq!(code("grant_type=refresh_token"), ErrorCode::InvalidRequest);
        assert_eq!(
            code("grant_type=refresh_token&refresh_token=a&refresh_token=b"),
            ErrorCode::InvalidRequest
        );
    }

    #[test]
    fn a_code_without_verifier_is_read() {
        let read = Request::parse(&Params::parse(
            "grant_type=authorization_code&code=c&redirect_uri=http%3A%2F%2Fa%2F&code_verifier=",
        ));
        assert!(matches!(
            read,
            Ok(Request::Code {
                code_verifier: None,
                ..
            })
        ));
    }

    #[test]
    fn absent_context_is_left_out_of_the_answer() {
        let response = Response {
            access_token: "a".to_owned(),
            token_type: "Bearer",
            expires_in: 3600,
            scope: "openid".to_owned(),
            refresh_token: None,
            id_token: None,
            patient: None,
            encounter: None,
            fhir_context: Vec::new(),
            intent: None,
            need_patient_banner: None,
            smart_style_url: None,
        };
        assert_eq!(
            serde_json::to_string(&response).unwrap(),
            r#"{"access_token":"a","token_type":"Bearer","expires_in":3600,"scope":"openid"}"#
        );
    }
}
