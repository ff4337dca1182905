//! Key pairs of the demo's asymmetric clients, as private and public JSON Web Keys (RFC 7517, RFC
//! 7518).

use crate::Error;
use aws_lc_rs::encoding::{AsBigEndian, AsDer, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A private key with its public half, both as JWK.
#[derive(Debug, Clone)]
pub struct Pair {
    pub private: Value,
    pub public: Value,
}

impl Pair {
    /// The public half as a JWK Set.
    pub fn public_set(&self) -> String {
        json!({"keys": [self.public]}).to_string()
    }
}

fn fault<E>(_: E) -> Error {
    Error::Keys
}

fn text(bytes: &[u8]) -> Value {
    Value::String(URL_SAFE_NO_PAD.encode(bytes))
}

/// A P-384 pair for ES384.
pub fn elliptic(kid: &str) -> Result<Pair, Error> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(fault)?;
    let secret: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().map_err(fault)?;
    // An uncompressed point: 0x04, x, y.
    let point = pair.public_key().as_ref();
    let x = point.get(1..49).ok_or(Error::Keys)?;
    let y = point.get(49..97).ok_or(Error::Keys)?;
    let public = json!({"kty": "EC", "crv": "P-384", "alg": "ES384", "use": "sig", "kid": kid,
        "key_ops": ["verify"], "x": text(x), "y": text(y)});
    let mut private = public.clone();
    if let Some(map) = private.as_object_mut() {
        map.insert("key_ops".into(), json!(["sign"]));
        map.insert("d".into(), text(secret.as_ref()));
    }
    Ok(Pair { private, public })
}

/// A 2048-bit RSA pair for RS384.
pub fn rsa(kid: &str) -> Result<Pair, Error> {
    let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).map_err(fault)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(fault)?;
    let numbers = rsa_numbers(der.as_ref()).ok_or(Error::Keys)?;
    let [n, e, d, p, q, dp, dq, qi] = numbers;
    let public = json!({"kty": "RSA", "alg": "RS384", "use": "sig", "kid": kid,
        "key_ops": ["verify"], "n": text(n), "e": text(e)});
    let mut private = public.clone();
    if let Some(map) = private.as_object_mut() {
        map.insert("key_ops".into(), json!(["sign"]));
        for (name, number) in [
            ("d", d),
            ("p", p),
            ("q", q),
            ("dp", dp),
            ("dq", dq),
            ("qi", qi),
        ] {
            map.insert(name.into(), text(number));
        }
    }
    Ok(Pair { private, public })
}

/// The numbers of an RSAPrivateKey (RFC 8017 A.1.2) inside PKCS #8, leading zeros dropped.
fn rsa_numbers(pkcs8: &[u8]) -> Option<[&[u8]; 8]> {
    let (_, info) = element(pkcs8, 0x30)?;
    let (rest, _version) = element(info, 0x02)?;
    let (rest, _algorithm) = element(rest, 0x30)?;
    let (_, octets) = element(rest, 0x04)?;
    let (_, key) = element(octets, 0x30)?;
    let (mut rest, _version) = element(key, 0x02)?;
    let mut numbers: [&[u8]; 8] = [&[]; 8];
    for number in &mut numbers {
        let (after, bytes) = element(rest, 0x02)?;
        *number = bytes.strip_prefix(&[0]).unwrap_or(bytes);
        rest = after;
    }
    Some(numbers)
}

/// One DER element of that tag: what follows it, and its content.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match *length {
        short if short < 0x80 => (usize::from(short), rest),
        long => {
            let (bytes, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let length = bytes
                .iter()
                .fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
            (length, rest)
        }
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((after, content))
}

/// Random text of that many bits of entropy or more, without look-alike letters: for secrets and
/// codes.
pub fn random_text(bits: usize) -> Result<String, Error> {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut bytes = vec![0u8; bits.div_ceil(5)];
    aws_lc_rs::rand::fill(&mut bytes).map_err(fault)?;
    Ok(bytes
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_have_all_their_numbers() {
        let elliptic = elliptic("a").unwrap();
        for name in ["x", "y", "d"] {
            let number = elliptic.private.get(name).unwrap().as_str().unwrap();
            assert_eq!(URL_SAFE_NO_PAD.decode(number).unwrap().len(), 48, "{name}");
        }
        assert_eq!(elliptic.public.get("d"), None);
        let rsa = rsa("b").unwrap();
        let modulus = rsa.public.get("n").unwrap().as_str().unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(modulus).unwrap().len(), 256);
        assert_eq!(rsa.public.get("e").unwrap(), "AQAB");
        assert!(rsa.private.get("qi").is_some());
    }

    #[test]
    fn random_text_is_as_long_as_its_entropy_wants() {
        let text = random_text(100).unwrap();
        assert_eq!(text.len(), 20);
        assert_ne!(text, random_text(100).unwrap());
    }
}
