//! The keys a client registers with: public ones only, of the kinds an assertion may be signed with.

use serde_json::Value;

use super::members::Fault;

/// Keys of one set at most.
const KEYS_MAX: usize = 10;
/// Longest set, in bytes.
pub const KEY_SET_BYTES_MAX: usize = 16 * 1024;
/// Members of private and of shared keys (RFC 7518 section 6).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// Characters of the modulus of an RSA key of 2048 bits, base64url.
const MODULUS_CHARACTERS_MIN: usize = 342;

/// The set as it is stored, if it is one of public keys with at least one that can be used.
pub(super) fn checked(member: &'static str, set: &Value) -> Result<String, Fault> {
    let fault = |rule: &str| Fault::new(member, rule);
    let text = set.to_string();
    if text.len() > KEY_SET_BYTES_MAX {
        return Err(fault("is a JWK Set of at most 16 KiB"));
    }
    let keys = set
        .get("keys")
        .and_then(Value::as_array)
        .filter(|keys| (1..=KEYS_MAX).contains(&keys.len()))
        .ok_or_else(|| fault("is a JWK Set: an object with an array keys of 1 to 10 keys"))?;
    if keys
        .iter()
        .any(|key| PRIVATE.iter().any(|name| key.get(name).is_some()))
    {
        return Err(fault(
            "must hold public keys only: take out d, p, q, dp, dq, qi and k, and make a new key, since \
             this one was sent over the network",
        ));
    }
    let parsed = crate::jwk::client_set(&text).map_err(|e| fault(&e.0))?;
    if parsed.is_empty() || !keys.iter().any(is_usable) {
        return Err(fault(
            "needs at least one RSA key of 2048 bits or more (RS384) or an EC key on P-384 (ES384)",
        ));
    }
    Ok(text)
}

fn is_usable(key: &Value) -> bool {
    let text = |name: &str| key.get(name).and_then(Value::as_str).unwrap_or_default();
    match text("kty") {
        "RSA" => text("n").len() >= MODULUS_CHARACTERS_MIN,
        "EC" => text("crv") == "P-384",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn private_weak_and_unknown_keys_are_refused() {
        let good =
            json!({"keys": [{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "kid": "1"}]});
        assert!(checked("jwks", &good).is_ok());
        for (bad, word) in [
            (json!({}), "keys"),
            (json!({"keys": []}), "keys"),
            (
                json!({"keys": [{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "d": "AA"}]}),
                "public",
            ),
            (json!({"keys": [{"kty": "oct", "k": "AA"}]}), "public"),
            (
                json!({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}),
                "P-384",
            ),
            (
                json!({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}),
                "2048",
            ),
        ] {
            let fault = checked("jwks", &bad).unwrap_err();
            assert!(fault.rule.contains(word), "{bad}: {}", fault.rule);
        }
    }
}
