//! The public key of a passkey (COSE, RFC 9053), and what it signed.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use super::Fault;
use super::cbor::{self, Value};

/// Algorithms we ask for and take, the best first (IANA COSE algorithms): ES256, EdDSA, RS256.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// A public key of one of [`ALGORITHMS`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// The uncompressed point.
    P256(Vec<u8>),
    Ed25519(&'a [u8]),
    Rsa {
        modulus: &'a [u8],
        exponent: &'a [u8],
    },
}

impl<'a> Key<'a> {
    /// Reads a COSE key that fills all of `bytes`.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let fault = Fault("the passkey's public key is of a kind we do not know");
        let (map, rest) = cbor::read(bytes).ok_or(fault)?;
        if !rest.is_empty() {
            return Err(fault);
        }
        Self::of(&map).ok_or(fault)
    }
    /// RFC 9053, 7: kind, algorithm, curve and coordinates by number.
    fn of(map: &Value<'a>) -> Option<Self> {
        let int = |number| map.numbered(number).and_then(Value::int);
        let bytes = |number| map.numbered(number).and_then(Value::bytes);
        let coordinate = |number| bytes(number).filter(|bytes| bytes.len() == 32);
        match (int(1)?, int(3)?) {
            (2, -7) if int(-1) == Some(1) => {
                let (x, y) = (coordinate(-2)?, coordinate(-3)?);
                Some(Self::P256([&[4], x, y].concat()))
            }
            (1, -8) if int(-1) == Some(6) => Some(Self::Ed25519(coordinate(-2)?)),
            (3, -257) => Some(Self::Rsa {
                modulus: bytes(-1)?,
                exponent: bytes(-2)?,
            }),
            _ => None,
        }
    }
    /// Its number among [`ALGORITHMS`].
    pub fn algorithm(&self) -> i64 {
        match self {
            Self::P256(_) => -7,
            Self::Ed25519(_) => -8,
            Self::Rsa { .. } => -257,
        }
    }
    /// Whether it made this signature.
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::Rsa { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        };
        verified.is_ok()
    }
}
