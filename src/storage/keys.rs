//! Signing keys.
use crate::{Result, Storage};
use jiff::Timestamp;

#[derive(Debug, Clone)]
pub struct Key {
    pub kid: String,
    pub algorithm: String,
    /** PKCS#8 DER */
    pub private: Vec<u8>,
    pub created: Timestamp,
    pub retired: Option<Timestamp>,
}

pub struct Keys<'a> {
    pub(crate) storage: &'a Storage,
}

impl Keys<'_> {
    pub async fn list(&self) -> Result<Vec<Key>> {
        let _ = self.storage;
        todo!()
    }
    pub async fn add(&self, _key: &Key) -> Result<()> {
        todo!()
    }
    pub async fn retire(&self, _kid: &str, _now: Timestamp) -> Result<bool> {
        todo!()
    }
}
