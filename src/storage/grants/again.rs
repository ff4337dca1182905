//! A further code for what was granted before: an app asks again, and no page is needed.
use super::{Binding, Grants, later};
use crate::secret;
use crate::sql::Statement;
use crate::{Error, Result};
use jiff::Timestamp;
use smart::jwk::hash_of_secret;

/// The sign-in an app is told of this time.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    pub nonce: Option<&'a str>,
    pub signed_in_at: Timestamp,
    pub session: &'a str,
}

impl Grants<'_> {
    /// A code for a grant that is still in force; its id_tokens tell of this sign-in from now on.
    ///
    /// # Errors
    /// `Other` when the grant has ended meanwhile.
    pub async fn authorize_again(
        &self,
        grant: &str,
        occasion: Occasion<'_>,
        binding: Binding<'_>,
        lifetime_seconds: i64,
        now: Timestamp,
    ) -> Result<String> {
        let code = secret::random()?;
        let mut tx = self.storage.inner.db.begin().await?;
        let told = Statement::new(
            "UPDATE app_grant SET nonce = $2, auth_time = $3, session = $4 \
             WHERE id = $1 AND revoked IS NULL",
        )
        .bind(grant)
        .bind(occasion.nonce.map(str::to_owned))
        .bind(occasion.signed_in_at)
        .bind(occasion.session);
        if tx.execute(told).await? == 0 {
            return Err(Error::Other("the grant has ended".to_owned()));
        }
        let statement = Statement::new(
            "INSERT INTO code (hash, app_grant, client, redirect_uri, challenge, expires, jkt) \
             SELECT $2, id, client, $3, $4, $5, $6 FROM app_grant WHERE id = $1",
        )
        .bind(grant)
        .bind(hash_of_secret(&code))
        .bind(binding.redirect_uri)
        .bind(binding.challenge)
        .bind(later(now, lifetime_seconds))
        .bind(binding.jkt.map(str::to_owned));
        tx.execute(statement).await?;
        tx.commit().await?;
        Ok(code)
    }
}
