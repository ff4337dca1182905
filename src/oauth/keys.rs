//! The keys id_tokens are signed with: made when first needed, kept in the database, shared by all
//! nodes.

use jiff::Timestamp;
use smart::jwk::{self, SigningKey};
use storage::Storage;
use storage::keys::Key;

use crate::error::Failure;

/// Every key whose signatures may still be about, the signing one first. Makes one if there is
/// none.
pub async fn all(storage: &Storage, now: Timestamp) -> Result<Vec<SigningKey>, Failure> {
    let mut stored = storage.keys().list().await?;
    if stored.iter().all(|key| key.retired.is_some()) {
        make(storage, now).await?;
        stored = storage.keys().list().await?;
    }
    stored.sort_by_key(|key| key.retired.is_some());
    stored
        .iter()
        .map(|key| {
            SigningKey::from_pkcs8(&key.kid, &key.private)
                .map_err(|e| Failure::House(e.to_string()))
        })
        .collect()
}

/// The key that signs now.
pub async fn signing(storage: &Storage, now: Timestamp) -> Result<SigningKey, Failure> {
    let keys = all(storage, now).await?;
    let first = keys.into_iter().next();
    first.ok_or_else(|| Failure::House("there is no signing key".to_owned()))
}

/// Makes and stores a new signing key; it signs from now on. Returns its kid.
pub async fn make(storage: &Storage, now: Timestamp) -> Result<String, Failure> {
    let fault = |text: String| Failure::House(text);
    let (kid, private) = tokio::task::spawn_blocking(jwk::generate)
        .await
        .map_err(|e| fault(e.to_string()))?
        .map_err(|e| fault(e.to_string()))?;
    let key = Key {
        kid: kid.clone(),
        algorithm: jwk::SIGNING_ALGORITHM.to_owned(),
        private,
        created: now,
        retired: None,
    };
    storage.keys().add(&key).await?;
    Ok(kid)
}
