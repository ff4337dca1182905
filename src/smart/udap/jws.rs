//! JWTs that carry the certificate of their signer (RFC 7515; UDAP Security section 7.1).

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ALGORITHMS, Chain, LIFETIME_SECONDS_MAX, SKEW_SECONDS};

/// Longest JWT looked at, in bytes.
const BYTES_MAX: usize = 64 * 1024;

/// Claims, and the certificate whose key signed them. Whether anybody trusts it is another question.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub(super) chain: Chain,
    pub(super) claims: Map<String, Value>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    x5c: Vec<String>,
    crit: Option<Value>,
}

fn algorithm(name: &str) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match name {
        "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
        "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
        "ES256" => &signature::ECDSA_P256_SHA256_FIXED,
        "ES384" => &signature::ECDSA_P384_SHA384_FIXED,
        _ => return None,
    })
}

impl Signed {
    /// Reads a JWT and verifies its signature with the key of the first certificate in `x5c`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn read(jwt: &str) -> Result<Self, String> {
        let malformed = || "it is no JWT in compact serialization".to_owned();
        if jwt.len() > BYTES_MAX {
            return Err("it is longer than 64 KiB".to_owned());
        }
        let (input, mark) = jwt.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = input.split_once('.').ok_or_else(malformed)?;
        let header: Header = part(header).ok_or_else(malformed)?;
        if header.crit.is_some() {
            return Err("its header has crit, of which nothing is understood here".to_owned());
        }
        let algorithm = algorithm(&header.alg)
            .ok_or_else(|| format!("alg must be one of {}", ALGORITHMS.join(", ")))?;
        let chain = Chain::of_x5c(&header.x5c)?;
        let key = chain.signing_key()?;
        let mark = URL_SAFE_NO_PAD.decode(mark).map_err(|_| malformed())?;
        UnparsedPublicKey::new(algorithm, &key)
            .verify(input.as_bytes(), &mark)
            .map_err(|_| {
                "the key of the first certificate in x5c does not verify the signature".to_owned()
            })?;
        let claims = part(payload).ok_or_else(|| "its claims are no JSON object".to_owned())?;
        Ok(Self { chain, claims })
    }
    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }
    fn number(&self, claim: &str) -> Option<i64> {
        let value = self.claims.get(claim)?;
        let whole = |number: f64| (number.abs() < 1e15).then_some(number as i64);
        value.as_i64().or_else(|| value.as_f64().and_then(whole))
    }
    /// `iss` and `sub`, which are the same.
    ///
    /// # Errors
    /// Otherwise, in words.
    pub(super) fn issuer(&self) -> Result<&str, String> {
        let issuer = self.text("iss").filter(|text| !text.is_empty());
        let same = |issuer: &&str| self.text("sub") == Some(issuer);
        issuer
            .filter(same)
            .ok_or_else(|| "iss and sub must both be there and be the same".to_owned())
    }
    /// Checks `aud`, `iat`, `exp` and `jti`; gives the id, and the instant it must not be used again before.
    ///
    /// # Errors
    /// The first that breaks a rule, in words.
    pub(super) fn once(
        &self,
        audiences: &[&str],
        now: Timestamp,
    ) -> Result<(String, Timestamp), String> {
        let ours = |value: &Value| value.as_str().is_some_and(|aud| audiences.contains(&aud));
        let named = match self.claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(ours),
            Some(one) => ours(one),
            None => false,
        };
        if !named {
            let endpoint = audiences.first().unwrap_or(&"this endpoint");
            return Err(format!("aud must be {endpoint}"));
        }
        let time = |claim: &str| {
            self.number(claim)
                .ok_or_else(|| format!("{claim} must be a number of seconds since 1970"))
        };
        let (issued, expires) = (time("iat")?, time("exp")?);
        let now = now.as_second();
        if expires <= now - SKEW_SECONDS {
            return Err("it has expired: sign a new one (compare the clocks)".to_owned());
        }
        if expires > issued.saturating_add(LIFETIME_SECONDS_MAX) {
            return Err("exp must be at most five minutes after iat".to_owned());
        }
        if issued > now + SKEW_SECONDS {
            return Err("iat is in the future (compare the clocks)".to_owned());
        }
        let id = self.text("jti").filter(|id| (1..=256).contains(&id.len()));
        let id = id.ok_or_else(|| "jti must be a text of 1 to 256 characters".to_owned())?;
        let expires = Timestamp::from_second(expires).map_err(|_| "exp is no time".to_owned())?;
        Ok((id.to_owned(), expires))
    }
}

fn part<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testing::{Authority, NOW, URI, claims, now};
    use super::*;
    use serde_json::json;

    #[test]
    fn a_jwt_is_read_with_the_key_of_its_own_certificate() {
        let authority = Authority::new();
        for algorithm in ALGORITHMS {
            let leaf = authority.leaf_for(URI, algorithm);
            let jwt = leaf.sign(&claims("https://h/register", "a"));
            let signed = Signed::read(&jwt).unwrap();
            assert_eq!(signed.issuer().unwrap(), URI, "{algorithm}");
            assert!(signed.chain.names(URI));
            assert!(!signed.chain.names("https://client.example/other"));
            let (id, _) = signed.once(&["https://h/register"], now()).unwrap();
            assert_eq!(id, "a");
        }
    }

    #[test]
    fn another_key_a_changed_claim_and_nonsense_are_refused() {
        let authority = Authority::new();
        let leaf = authority.leaf(URI);
        let other = authority.leaf(URI);
        let jwt = leaf.sign(&claims("https://h/register", "a"));
        assert!(Signed::read(&other.sign_as(&leaf, &claims("https://h/register", "a"))).is_err());
        let (head, rest) = jwt.split_once('.').unwrap();
        let (_, mark) = rest.split_once('.').unwrap();
        let changed = URL_SAFE_NO_PAD.encode(claims("https://h/register", "b").to_string());
        assert!(Signed::read(&format!("{head}.{changed}.{mark}")).is_err());
        for bad in ["", "a.b.c", "..", "e30.e30.", &jwt[..40]] {
            assert!(Signed::read(bad).is_err(), "{bad}");
        }
        let none = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "x5c": leaf.x5c()}).to_string());
        assert!(Signed::read(&format!("{none}.{changed}.")).is_err());
    }

    #[test]
    fn each_claim_of_time_and_place_is_checked() {
        let authority = Authority::new();
        let leaf = authority.leaf(URI);
        let bad = [
            ("aud", json!("https://elsewhere/register"), "aud"),
            ("exp", json!(NOW - 61), "expired"),
            ("exp", json!(NOW + 301), "five minutes"),
            ("exp", json!("soon"), "exp"),
            ("iat", json!(NOW + 120), "iat"),
            ("iat", json!(null), "iat"),
            ("jti", json!(""), "jti"),
            ("jti", json!(7), "jti"),
        ];
        for (name, value, word) in bad {
            let mut all = claims("https://h/register", "a");
            all[name] = value.clone();
            if name == "iat" && value != json!(null) {
                all["exp"] = json!(NOW + 400);
            }
            let signed = Signed::read(&leaf.sign(&all)).unwrap();
            let why = signed.once(&["https://h/register"], now()).unwrap_err();
            assert!(why.contains(word), "{name}={value}: {why}");
        }
    }
}
