//! Secrets we hand out (256 random bits, shown once, kept as a hash), and what callers show as one.
use crate::{Error, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A new secret, 43 base64url characters.
///
/// # Errors
/// When the system has no randomness.
pub fn random() -> Result<String> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Other("no randomness".to_owned()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Whether a text from outside can be no key of ours: not every database can be asked for a NUL.
pub(crate) fn is_impossible(text: &str) -> bool {
    text.contains('\0')
}
