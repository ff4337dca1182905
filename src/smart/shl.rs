//! SMART Health Links 1.0: the payload of a link, its text, what a receiver sends, and how files are encrypted.

use crate::error::{Error, ErrorCode};
use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, write::DeflateEncoder};
use serde::Deserialize;
use serde_json::json;
use std::io::Write as _;

/// Longest `url` of a payload, and longest `label`, in characters.
pub const URL_MAX: usize = 128;
pub const LABEL_MAX: usize = 80;
/// Longest name a receiver may give itself, in characters.
pub const RECIPIENT_MAX: usize = 200;
/// Content types of files.
pub const RECORD: &str = "application/fhir+json";
pub const API_ACCESS: &str = "application/smart-api-access";

/// Bytes of the tag of AES-GCM.
const TAG_BYTES: usize = 16;
/// `alg` and `enc` a file is encrypted by.
const HEADER: [(&str, &str); 3] = [("alg", "dir"), ("enc", "A256GCM"), ("zip", "DEF")];

/// What a link says.
#[derive(Debug, Clone, Copy)]
pub struct Payload<'a> {
    /// Where the manifest is; of a direct link, the file.
    pub url: &'a str,
    /// 32 bytes, base64url.
    pub key: &'a str,
    /// Seconds since 1970 UTC.
    pub expires: i64,
    pub flags: &'a str,
    pub label: &'a str,
}

impl Payload<'_> {
    /// The link as it is shown and scanned.
    pub fn text(&self) -> String {
        let mut payload = json!({
            "url": self.url, "key": self.key, "exp": self.expires, "label": self.label, "v": 1,
        });
        if !self.flags.is_empty() {
            payload["flag"] = json!(self.flags);
        }
        format!("shlink:/{}", URL_SAFE_NO_PAD.encode(payload.to_string()))
    }
}

/// The `flag` of a payload: long-term, passcode, direct file, in that order.
pub fn flags(long_term: bool, passcode: bool, direct: bool) -> String {
    let all = [(long_term, 'L'), (passcode, 'P'), (direct, 'U')];
    all.iter()
        .filter(|(on, _)| *on)
        .map(|(_, flag)| flag)
        .collect()
}

/// What a receiver asks a manifest with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestRequest {
    pub recipient: String,
    #[serde(default)]
    pub passcode: Option<String>,
    /// Longest file that may come within the manifest, in characters.
    #[serde(default)]
    pub embedded_length_max: Option<u64>,
}

impl ManifestRequest {
    /// Reads the JSON of a request. Members nobody knows do not matter.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        let wrong = |text: String| Error::new(ErrorCode::InvalidRequest, text);
        let request: Self =
            serde_json::from_slice(body).map_err(|fault| wrong(fault.to_string()))?;
        let recipient = recipient(&request.recipient);
        let recipient = recipient.ok_or_else(|| {
            wrong(format!(
                "recipient is a name of at most {RECIPIENT_MAX} characters"
            ))
        })?;
        Ok(Self {
            recipient,
            ..request
        })
    }
}

/// A receiver's name as it is kept and shown: one line of plain text. `None`: empty, or too long.
pub fn recipient(stated: &str) -> Option<String> {
    let words: Vec<&str> = stated
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let name = words.join(" ");
    (!name.is_empty() && name.chars().count() <= RECIPIENT_MAX).then_some(name)
}

/// A file as a compact JWE (RFC 7516): `dir`, A256GCM, deflated, a fresh nonce each time. `None` for a key that is
/// none, and without randomness.
pub fn encrypted(key: &str, content_type: &str, plain: &[u8]) -> Option<String> {
    let key = URL_SAFE_NO_PAD.decode(key).ok()?;
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, &key).ok()?;
    let mut header = json!({"cty": content_type});
    for (name, value) in HEADER {
        header[name] = json!(value);
    }
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let mut deflating = DeflateEncoder::new(Vec::new(), Compression::default());
    deflating.write_all(plain).ok()?;
    let mut text = deflating.finish().ok()?;
    let nonce = cipher
        .seal_in_place_append_tag(Aad::from(header.as_bytes()), &mut text)
        .ok()?;
    let (text, tag) = text.split_at_checked(text.len().checked_sub(TAG_BYTES)?)?;
    // The second part is empty: the key itself is shared.
    Some(format!(
        "{header}..{}.{}.{}",
        URL_SAFE_NO_PAD.encode(nonce.as_ref()),
        URL_SAFE_NO_PAD.encode(text),
        URL_SAFE_NO_PAD.encode(tag),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_lc_rs::aead::{LessSafeKey, Nonce, UnboundKey};
    use std::io::Read as _;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    fn opened(file: &str) -> (serde_json::Value, String) {
        let parts: Vec<&str> = file.split('.').collect();
        let [header, "", nonce, text, tag] = parts[..] else {
            unreachable!("{file}");
        };
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let key = UnboundKey::new(&AES_256_GCM, &bytes(KEY)).unwrap();
        let nonce = Nonce::try_assume_unique_for_key(&bytes(nonce)).unwrap();
        let mut sealed = [bytes(text), bytes(tag)].concat();
        let key = LessSafeKey::new(key);
        let plain = key.open_in_place(nonce, Aad::from(header.as_bytes()), &mut sealed);
        let mut text = String::new();
        let mut inflating = flate2::read::DeflateDecoder::new(&*plain.unwrap());
        inflating.read_to_string(&mut text).unwrap();
        (serde_json::from_slice(&bytes(header)).unwrap(), text)
    }

    #[test]
    fn a_link_is_its_payload_in_base64() {
        let payload = Payload {
            url: "https://a.example/shl/x",
            key: KEY,
            expires: 1_800_000_000,
            flags: "LP",
            label: "For Dr. Gray",
        };
        let text = payload.text();
        let json = URL_SAFE_NO_PAD.decode(text.strip_prefix("shlink:/").unwrap());
        let json: serde_json::Value = serde_json::from_slice(&json.unwrap()).unwrap();
        assert_eq!(json["url"], "https://a.example/shl/x");
        assert_eq!((&json["flag"], &json["v"]), (&json!("LP"), &json!(1)));
        assert_eq!(json["exp"], 1_800_000_000_i64);
        let plain = Payload {
            flags: "",
            ..payload
        };
        let json = URL_SAFE_NO_PAD.decode(&plain.text()[8..]).unwrap();
        assert!(!String::from_utf8(json).unwrap().contains("flag"));
        assert_eq!(flags(true, true, false), "LP");
        assert_eq!(flags(false, false, true), "U");
    }

    #[test]
    fn a_file_opens_with_its_key_and_no_two_have_the_same_nonce() {
        let one = encrypted(KEY, RECORD, b"{\"a\":1}").unwrap();
        let (header, text) = opened(&one);
        assert_eq!(text, "{\"a\":1}");
        assert_eq!(header["alg"], "dir");
        assert_eq!(header["enc"], "A256GCM");
        assert_eq!(header["cty"], RECORD);
        let other = encrypted(KEY, RECORD, b"{\"a\":1}").unwrap();
        assert_ne!(one.split('.').nth(2), other.split('.').nth(2));
        assert_eq!(encrypted("short", RECORD, b""), None);
    }

    #[test]
    fn a_request_names_who_asks_in_one_line() {
        let read = |body: &str| ManifestRequest::read(body.as_bytes());
        let request = read(r#"{"recipient":" Dr.\n Gray ","embeddedLengthMax":10,"x":1}"#).unwrap();
        assert_eq!(request.recipient, "Dr. Gray");
        assert_eq!(request.embedded_length_max, Some(10));
        let long = format!(r#"{{"recipient":"{}"}}"#, "x".repeat(201));
        for odd in [
            "",
            "{}",
            r#"{"recipient":" "}"#,
            r#"{"recipient":1}"#,
            &long,
        ] {
            assert!(read(odd).is_err(), "{odd}");
        }
    }
}
