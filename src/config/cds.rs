//! The `[[cds-client]]` parts of the settings: systems that may call decision support in their own name.

use std::path::PathBuf;

use serde::Deserialize;

/// The keys as they stand in the file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct CdsClientFile {
    issuer: String,
    jwks_uri: Option<String>,
    jwks: Option<PathBuf>,
}

/// Where the public keys of a system are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// A JWK Set at an address.
    At(String),
    /// A JWK Set.
    Are(String),
}

/// A system that calls decision support (CDS Hooks 2.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CdsClient {
    /// `iss` of its JWTs, letter by letter.
    pub issuer: String,
    pub keys: Keys,
}

impl CdsClient {
    /// Checks what the file says of each, and reads the key sets it names.
    pub(crate) fn all(file: Vec<CdsClientFile>) -> Result<Vec<Self>, String> {
        file.into_iter().map(Self::of).collect()
    }
    fn of(file: CdsClientFile) -> Result<Self, String> {
        let fault = |why: &str| Err(format!("cds-client {}: {why}", file.issuer));
        let keys = match (file.jwks_uri, file.jwks) {
            (Some(uri), None) if smart::registration::page_fault(&uri).is_none() => Keys::At(uri),
            (Some(_), None) => return fault("jwks-uri is an https:// address"),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) if smart::jwk::client_set(&text).is_ok() => Keys::Are(text),
                Ok(_) => return fault(&format!("{} is no JWK Set", path.display())),
                Err(error) => return fault(&format!("cannot read {}: {error}", path.display())),
            },
            _ => return fault("give jwks-uri or jwks (a file)"),
        };
        Ok(Self {
            issuer: file.issuer,
            keys,
        })
    }
}
