//! Client authentication by a JWT with a certificate (UDAP Security section 5.3): who asks, and under what
//! extensions.

use jiff::Timestamp;
use serde_json::Value;

use super::Community;
use super::jws::Signed;
use crate::assertion::Proved;

/// What an authentication token proved, and what it says besides.
#[derive(Debug, Clone)]
pub struct Authenticated {
    pub proved: Proved,
    /// `extensions`, not judged yet.
    pub extensions: Option<Value>,
}

/// Verifies the authentication token of a client that is registered as `uri` in a community. The key may be
/// another than at registration: certificates are renewed, the URI in them stays.
///
/// # Errors
/// What is wrong with it, in words.
pub fn authenticate(
    jwt: &str,
    uri: &str,
    community: &Community,
    audiences: &[&str],
    now: Timestamp,
) -> Result<Authenticated, String> {
    let signed = Signed::read(jwt).map_err(|why| format!("client_assertion: {why}"))?;
    let issuer = signed.issuer();
    let client_id = issuer.map_err(|why| format!("client_assertion: {why} (the client_id)"))?;
    if !signed.chain.names(uri) {
        return Err(format!(
            "the certificate in x5c must have {uri} as subject alternative name: under this the client \
             is registered"
        ));
    }
    community.vouches_for(&signed.chain, now)?;
    let once = signed.once(audiences, now);
    let (jti, expires) = once.map_err(|why| format!("client_assertion: {why}"))?;
    Ok(Authenticated {
        proved: Proved {
            client_id: client_id.to_owned(),
            jti,
            expires,
        },
        extensions: signed.claims.get("extensions").cloned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testing::{Authority, URI, claims, now};
    use super::*;
    use serde_json::json;

    const TOKEN: &str = "https://h/oauth2/token";

    fn token(jti: &str) -> Value {
        let mut all = claims(TOKEN, jti);
        all["iss"] = json!("client-1");
        all["sub"] = json!("client-1");
        all["extensions"] = json!({"hl7-b2b": {"version": "1"}});
        all
    }

    #[test]
    fn a_member_proves_itself_with_any_certificate_of_its_uri() {
        let authority = Authority::new();
        let community = Community::new("urn:c", authority.pem().as_bytes(), None).unwrap();
        let prove = |jwt: &str, uri: &str| authenticate(jwt, uri, &community, &[TOKEN], now());
        for leaf in [authority.leaf(URI), authority.leaf_for(URI, "RS256")] {
            let proved = prove(&leaf.sign(&token("a")), URI).unwrap();
            assert_eq!(proved.proved.client_id, "client-1");
            assert_eq!(proved.extensions.unwrap()["hl7-b2b"]["version"], "1");
        }
        let leaf = authority.leaf(URI);
        assert!(prove(&leaf.sign(&token("a")), "https://client.example/other").is_err());
        let stranger = Authority::new().leaf(URI);
        assert!(
            prove(&stranger.sign(&token("a")), URI)
                .unwrap_err()
                .contains("no anchor")
        );
        let mut odd = token("a");
        odd["sub"] = json!("client-2");
        assert!(
            prove(&leaf.sign(&odd), URI)
                .unwrap_err()
                .contains("iss and sub")
        );
        let mut late = token("a");
        late["aud"] = json!("https://elsewhere/token");
        assert!(prove(&leaf.sign(&late), URI).unwrap_err().contains("aud"));
    }
}
