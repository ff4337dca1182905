//! Token requests and responses (RFC 6749 sections 4.1.3, 4.4, 5 and 6, with SMART's launch
//! context).

use crate::params::Params;
use crate::{Error, ErrorCode};
use serde::Serialize;

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
        scope: String,
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
                scope: params.require("scope")?.to_owned(),
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
}

/// One entry of `fhirContext`.
#[derive(Debug, Clone, Serialize)]
pub struct ContextItem {
    /// Relative reference.
    pub reference: String,
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
        };
        assert_eq!(
            serde_json::to_string(&response).unwrap(),
            r#"{"access_token":"a","token_type":"Bearer","expires_in":3600,"scope":"openid"}"#
        );
    }
}
