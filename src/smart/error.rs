//! OAuth errors: the codes of RFC 6749 (and OpenID Connect) with a description that says what to
//! change.

/// `error` of RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6, RFC 6750, RFC 7591, RFC
/// 9101 and RFC 9449.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    InvalidScope,
    AccessDenied,
    LoginRequired,
    ConsentRequired,
    InteractionRequired,
    AccountSelectionRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    InvalidRequestUri,
    InvalidDpopProof,
    UseDpopNonce,
    InvalidToken,
    InsufficientScope,
    InvalidRedirectUri,
    InvalidClientMetadata,
    InvalidSoftwareStatement,
    UnapprovedSoftwareStatement,
    TemporarilyUnavailable,
    ServerError,
}

impl ErrorCode {
    /// Every code there is, in the order the documentation tells of them.
    pub const ALL: &'static [Self] = &[
        Self::InvalidRequest,
        Self::InvalidClient,
        Self::InvalidGrant,
        Self::UnauthorizedClient,
        Self::UnsupportedGrantType,
        Self::UnsupportedResponseType,
        Self::InvalidScope,
        Self::AccessDenied,
        Self::LoginRequired,
        Self::ConsentRequired,
        Self::InteractionRequired,
        Self::AccountSelectionRequired,
        Self::RequestNotSupported,
        Self::RequestUriNotSupported,
        Self::InvalidRequestUri,
        Self::InvalidDpopProof,
        Self::UseDpopNonce,
        Self::InvalidToken,
        Self::InsufficientScope,
        Self::InvalidRedirectUri,
        Self::InvalidClientMetadata,
        Self::InvalidSoftwareStatement,
        Self::UnapprovedSoftwareStatement,
        Self::TemporarilyUnavailable,
        Self::ServerError,
    ];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
    /// The code of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
    /// What it means and what to change, in general: the text behind `error_uri`.
    pub fn advice(self) -> &'static str {
        match self {
            Self::InvalidRequest => {
                "The request is not well formed: a parameter is missing, given twice, or has a \
                 value that cannot be used. The description names it."
            }
            Self::InvalidClient => {
                "The app did not prove who it is. Check the client_id, the way of proof the app \
                 is registered for (none, a secret, or a signed assertion), and the secret or \
                 key itself."
            }
            Self::InvalidGrant => {
                "The code or refresh token is not good (any more): it has expired, was used \
                 before, was ended by the person, or belongs to another app, redirect URI or \
                 key. Begin again at the authorize page."
            }
            Self::UnauthorizedClient => {
                "This app may not use this way of getting tokens, or is not approved for it \
                 yet."
            }
            Self::UnsupportedGrantType => {
                "grant_type is authorization_code, refresh_token or client_credentials."
            }
            Self::UnsupportedResponseType => "response_type is code; nothing else is served.",
            Self::InvalidScope => {
                "None of the scopes asked for exists and is open to this app, or a refresh \
                 asked for more than was granted. Compare with scopes_supported and with the \
                 app's registration."
            }
            Self::AccessDenied => {
                "The person, or a rule of the organization, said no. Nothing was shared."
            }
            Self::LoginRequired => {
                "The request said prompt=none, but nobody is signed in. Ask again without it."
            }
            Self::ConsentRequired => {
                "The request said prompt=none, but the person has not agreed to all of it \
                 before. Ask again without it."
            }
            Self::InteractionRequired => {
                "The request said prompt=none, but a page must be shown, for instance to choose \
                 a patient. Ask again without it."
            }
            Self::AccountSelectionRequired => {
                "The request said prompt=none, but the person must say which account is meant. \
                 Ask again without it."
            }
            Self::RequestNotSupported => {
                "Request objects (the parameter request) are not read. Send the parameters \
                 themselves or push them first."
            }
            Self::RequestUriNotSupported => {
                "Only a request_uri that this server gave at its pushed authorization endpoint \
                 is read."
            }
            Self::InvalidRequestUri => {
                "The request_uri is unknown, was used before, has expired, or belongs to \
                 another app. Push the request again."
            }
            Self::InvalidDpopProof => {
                "The DPoP header does not hold one good proof for this request: check its \
                 signature, htm, htu, iat, jti and, with an access token, ath."
            }
            Self::UseDpopNonce => {
                "The DPoP proof lacks the nonce this server asks for, or has an old one. Make a new \
                 proof with the nonce of the DPoP-Nonce header and send the request again."
            }
            Self::InvalidToken => {
                "The access token is unknown, has expired, was ended, or is bound to a key that \
                 this request does not prove. Refresh it or begin again."
            }
            Self::InsufficientScope => {
                "The token is good, but its scopes or the rules for this person do not cover \
                 the request. Ask for the scope the description names."
            }
            Self::InvalidRedirectUri => {
                "A redirect URI to be registered is not allowed: https, a loopback address over \
                 http, or a private-use scheme with a dot in it, without a fragment."
            }
            Self::InvalidClientMetadata => {
                "Something in the registration cannot be accepted. The description names the \
                 member and the rule."
            }
            Self::InvalidSoftwareStatement => {
                "The software statement is not a signed JWT that verifies and is still good."
            }
            Self::UnapprovedSoftwareStatement => {
                "The software statement is signed by nobody this server trusts."
            }
            Self::TemporarilyUnavailable => {
                "The server is busy, or this app failed too often lately. Wait as long as \
                 Retry-After says and try again."
            }
            Self::ServerError => "Something went wrong on our side. Tell us the request id.",
        }
    }
    /// Where the documentation explains it (RFC 6749 section 5.2); `base_url` without trailing slash.
    pub fn uri(self, base_url: &str) -> String {
        format!("{base_url}/developer/errors#{}", self.as_str())
    }
}

/// What went wrong, for the developer of the app: never a secret, never patient data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", code.as_str())]
pub struct Error {
    pub code: ErrorCode,
    pub description: String,
}

impl Error {
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        Self {
            code,
            description: printable(&description.into()),
        }
    }
    /// The JSON body of RFC 6749 section 5.2, and the id under which the request is in the log of
    /// the app's developer.
    pub fn to_json(&self, base_url: &str, request_id: &str) -> String {
        serde_json::json!({
            "error": self.code.as_str(),
            "error_description": self.description,
            "error_uri": self.code.uri(base_url),
            "request_id": request_id,
        })
        .to_string()
    }
}

/// RFC 6749 allows only printable ASCII without `"` and `\` in a description.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' | '\\' => '\'',
            ' '..='~' => c,
            _ => '?',
        })
        .take(400)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_hold_only_what_rfc_6749_allows() {
        let error = Error::new(ErrorCode::InvalidScope, "a \"b\" \\ \u{e9}\n");
        assert_eq!(error.description, "a 'b' ' ??");
        let json = error.to_json("http://h", "r-1");
        assert!(
            json.starts_with(r#"{"error":"invalid_scope","error_description":"a 'b' ' ??","#),
            "{json}"
        );
        let more = r#""error_uri":"http://h/developer/errors#invalid_scope","request_id":"r-1"}"#;
        assert!(json.ends_with(more), "{json}");
    }

    #[test]
    fn every_code_is_found_by_its_name_and_has_advice() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
            assert!(code.advice().ends_with('.'));
        }
    }
}
