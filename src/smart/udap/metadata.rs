//! The discovery document of UDAP (UDAP Security section 2), with what is signed of it.

use jiff::Timestamp;
use serde_json::json;

use super::{ALGORITHMS, Identity};

/// How long signed metadata may be believed, seconds. A year is the most the guide allows; keys and
/// endpoints of ours change sooner.
const BELIEVED_SECONDS: i64 = 30 * 24 * 3_600;

/// `[FHIR base]/.well-known/udap`. `now` is the time as others tell it, `id` is of this document alone.
///
/// # Errors
/// When the key cannot sign.
pub fn metadata(
    base_url: &str,
    identity: &Identity,
    id: &str,
    now: Timestamp,
) -> Result<String, String> {
    let fhir_base = format!("{base_url}/fhir");
    let authorize = format!("{base_url}/oauth2/authorize");
    let token = format!("{base_url}/oauth2/token");
    let register = format!("{base_url}/oauth2/register");
    let signed = identity.sign(&json!({
        "iss": fhir_base,
        "sub": fhir_base,
        "iat": now.as_second(),
        "exp": now.as_second().saturating_add(BELIEVED_SECONDS),
        "jti": id,
        "authorization_endpoint": authorize,
        "token_endpoint": token,
        "registration_endpoint": register,
    }))?;
    let document = json!({
        "udap_versions_supported": ["1"],
        "udap_profiles_supported": ["udap_dcr", "udap_authn", "udap_authz"],
        "udap_authorization_extensions_supported": [super::b2b::NAME, super::b2b::EMERGENCY],
        // Of client_credentials; a person who signs in says more than an extension could.
        "udap_authorization_extensions_required": ["hl7-b2b"],
        "udap_certifications_supported": [],
        "udap_certifications_required": [],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "scopes_supported": crate::discovery::scopes_supported(),
        "authorization_endpoint": authorize,
        "token_endpoint": token,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "registration_endpoint": register,
        "registration_endpoint_jwt_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "signed_metadata": signed,
    });
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::jws::Signed;
    use super::super::testing::{Authority, BASE, now};
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_is_signed_is_what_is_said_and_is_about_this_server() {
        let identity = Authority::new().identity(BASE);
        let base_url = BASE.strip_suffix("/fhir").unwrap();
        let text = metadata(base_url, &identity, "m-1", now()).unwrap();
        let said: Value = serde_json::from_str(&text).unwrap();
        let signed = Signed::read(said["signed_metadata"].as_str().unwrap()).unwrap();
        assert_eq!(signed.issuer().unwrap(), BASE);
        assert!(signed.chain.names(BASE));
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "registration_endpoint",
        ] {
            assert_eq!(signed.claims[name], said[name]);
        }
        let (iat, exp) = (signed.claims["iat"].as_i64(), signed.claims["exp"].as_i64());
        assert_eq!(exp.unwrap() - iat.unwrap(), BELIEVED_SECONDS);
        assert_eq!(signed.claims["jti"], "m-1");
    }
}
