//! Somebody who was given a share link: reads its payload, asks for its manifest, opens its files with its key.

use std::io::Read as _;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{BASE, Caller, House, Reply};

/// A link as its receiver has it.
pub struct Receiver {
    pub payload: Value,
    nobody: Caller,
}

/// A file, decrypted.
pub struct Opened {
    pub header: Value,
    pub json: Value,
}

impl Receiver {
    pub fn of(house: &House, text: &str) -> Self {
        let payload = text.strip_prefix("shlink:/").unwrap();
        let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
        Self {
            payload: serde_json::from_slice(&payload).unwrap(),
            nobody: house.anonymous(),
        }
    }
    /// The path of its manifest or file.
    pub fn path(&self) -> String {
        let url = self.payload["url"].as_str().unwrap();
        url.strip_prefix(BASE).unwrap().to_owned()
    }
    pub async fn ask(&self, request: Value) -> Reply {
        self.nobody.post(&self.path(), request).await
    }
    /// Asks for the manifest as somebody of that name.
    pub async fn asks(&self) -> Reply {
        self.ask(json!({"recipient": "Dr. Gray"})).await
    }
    pub async fn get(&self, path: &str) -> Reply {
        self.nobody.get(path).await
    }
    /// The files of a manifest, decrypted, by content type.
    pub async fn files(&self, manifest: &Value) -> Vec<(String, Opened)> {
        let mut files = Vec::new();
        for file in manifest["files"].as_array().unwrap() {
            let jwe = match file["embedded"].as_str() {
                Some(jwe) => jwe.to_owned(),
                None => {
                    let location = file["location"].as_str().unwrap();
                    let path = location.strip_prefix(BASE).unwrap();
                    let reply = self.get(path).await.expect(200);
                    assert_eq!(reply.header("content-type"), "application/jose");
                    reply.text()
                }
            };
            let kind = file["contentType"].as_str().unwrap().to_owned();
            files.push((kind, self.open(&jwe)));
        }
        files
    }
    /// The shared record, if the manifest is given out to this request.
    pub async fn record(&self, request: Value) -> Value {
        let manifest = self.ask(request).await.expect(200).json();
        let files = self.files(&manifest).await;
        let record = files
            .into_iter()
            .find(|(kind, _)| kind == "application/fhir+json");
        record.unwrap().1.json
    }
    /// A compact JWE, opened with the link's key (RFC 7516, by hand).
    pub fn open(&self, jwe: &str) -> Opened {
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let parts: Vec<&str> = jwe.split('.').collect();
        assert_eq!((parts.len(), parts[1]), (5, ""), "{jwe}");
        let key = bytes(self.payload["key"].as_str().unwrap());
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&bytes(parts[2])).unwrap();
        let mut sealed = [bytes(parts[3]), bytes(parts[4])].concat();
        let aad = Aad::from(parts[0].as_bytes());
        let packed = key.open_in_place(nonce, aad, &mut sealed).unwrap();
        let mut plain = String::new();
        let mut inflate = flate2::read::DeflateDecoder::new(&*packed);
        inflate.read_to_string(&mut plain).unwrap();
        Opened {
            header: serde_json::from_slice(&bytes(parts[0])).unwrap(),
            json: serde_json::from_str(&plain).unwrap(),
        }
    }
}

/// `Type/id` of everything in a Bundle.
pub fn names(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().unwrap();
    let name = |entry: &Value| {
        let resource = &entry["resource"];
        let id = resource["id"].as_str().unwrap_or_default();
        format!("{}/{id}", resource["resourceType"].as_str().unwrap())
    };
    entries.iter().map(name).collect()
}

/// Parameters of `$share`.
pub fn wish(pairs: &[(&str, Value)]) -> Value {
    let parameters: Vec<Value> = pairs
        .iter()
        .map(|(name, value)| {
            let kind = match (value, *name) {
                (Value::Bool(_), _) => "valueBoolean",
                (_, "category" | "sensitive") => "valueCode",
                (_, "expires") => "valueInstant",
                _ => "valueString",
            };
            json!({"name": name, kind: value})
        })
        .collect();
    json!({"resourceType": "Parameters", "parameter": parameters})
}

/// A named output of an operation.
pub fn output(reply: &Value, name: &str) -> String {
    let parameters = reply["parameter"].as_array().unwrap();
    let found = parameters.iter().find(|one| one["name"] == name).unwrap();
    let value = found
        .as_object()
        .unwrap()
        .iter()
        .find(|(key, _)| *key != "name");
    match value.unwrap().1 {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
