//! The policy pack a server runs under: a shipped one, or a file that somebody it trusts has signed.

use std::path::{Path, PathBuf};

use access::Pack;
use access::pack::{Signature, verify};

/// What is wrong with the pack that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("policy {name}: {why}; --policy takes middlesex, uconn, ct-exemplar or a signed JSON file")]
pub struct Error {
    name: String,
    why: String,
}

/// A pack with who stands for it.
#[derive(Debug)]
pub struct Loaded {
    pub pack: Pack,
    /// `None` for a shipped pack, which is part of this program, and in the demonstration.
    pub signature: Option<Signature>,
}

/// Whether a file must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    Required,
    /// In the demonstration, and where a pack is only looked at.
    Waived,
}

/// A shipped pack by name, or `FILE` or `FILE#id` in the JSON form of the shipped ones, signed in
/// `FILE.sig` by one of the keys (PEM files).
///
/// # Errors
/// A file that cannot be read, with each fault on its line; one that nobody signed whose key is named.
pub fn load(name: &str, keys: &[PathBuf], signing: Signing) -> Result<Loaded, Error> {
    if let Some(pack) = Pack::shipped(name) {
        return Ok(Loaded {
            pack,
            signature: None,
        });
    }
    let fault = |why: String| Error {
        name: name.to_owned(),
        why,
    };
    let (path, id) = place(name);
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    let pack = Pack::from_json(&text, id).map_err(|error| fault(error.to_string()))?;
    let signature = match signing {
        Signing::Waived => None,
        Signing::Required => Some(signer(path, &text, keys).map_err(fault)?),
    };
    Ok(Loaded { pack, signature })
}

/// The file of a pack, and the pack's name in it: the one after `#`, else the file's own.
pub fn place(name: &str) -> (&Path, &str) {
    match name.split_once('#') {
        Some((path, id)) => (Path::new(path), id),
        None => {
            let path = Path::new(name);
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            (path, stem.unwrap_or_default())
        }
    }
}

/// Where the signature of a file lies.
pub fn signature_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

fn signer(path: &Path, text: &str, keys: &[PathBuf]) -> Result<Signature, String> {
    let beside = signature_path(path);
    let signature = std::fs::read_to_string(&beside).map_err(|_| {
        format!(
            "nobody signed it ({} is not there), and an unsigned pack runs only in the demonstration; \
             see kinchart policy sign",
            beside.display()
        )
    })?;
    if keys.is_empty() {
        return Err("it is signed, but no key is trusted; see --policy-key".to_owned());
    }
    let pems = keys.iter().map(|key| {
        std::fs::read(key).map_err(|error| format!("cannot read {}: {error}", key.display()))
    });
    let pems = pems.collect::<Result<Vec<_>, _>>()?;
    verify(text, &signature, &pems).map_err(|error| format!("{}: {error}", beside.display()))
}
