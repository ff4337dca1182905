//! Refresh: each token is exchanged once; a second use ends the whole family (RFC 9700 section
//! 4.14.2).
use super::{COLUMNS, Grants, REVOKE, Refreshed, TokenKind, hand_out, token_of};
use crate::Result;
use crate::sql::Statement;
use jiff::Timestamp;
use smart::jwk::hash_of_secret;
use smart::scope::Scopes;

impl Grants<'_> {
    /// Exchanges a refresh token of that client, rotating it. `scopes`: fewer than were granted,
    /// for the new
    /// access token only.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn refresh(
        &self,
        refresh_token: &str,
        client: &str,
        scopes: Option<&str>,
        lifetime_seconds: i64,
        now: Timestamp,
    ) -> Result<Refreshed> {
        let db = &self.storage.inner.db;
        let hash = hash_of_secret(refresh_token);
        let mut tx = db.begin().await?;
        let select = Statement::made(format!(
            "SELECT {COLUMNS}, t.kind, t.scopes, t.created, t.expires, t.used, t.revoked \
             FROM token t JOIN app_grant g ON g.id = t.app_grant WHERE t.hash = $1{}",
            db.for_update()
        ));
        let Some(row) = tx.fetch_optional(select.bind(&hash)).await? else {
            return Ok(Refreshed::Unknown);
        };
        let token = token_of(&row)?;
        if token.kind != TokenKind::Refresh || token.grant.client != client {
            return Ok(Refreshed::Unknown);
        }
        if token.used.is_some() && token.grant.revoked.is_none() {
            tx.execute(Statement::new(REVOKE).bind(&token.grant.id).bind(now))
                .await?;
            tx.commit().await?;
            self.forget(&token.grant.id).await?;
            return Ok(Refreshed::Reused(token.grant));
        }
        if !token.is_live(now) {
            return Ok(Refreshed::Unknown);
        }
        let granted = Scopes::parse(&token.grant.scopes);
        let narrowed = match scopes.map(Scopes::parse) {
            None => granted,
            Some(asked) if !asked.is_empty() && granted.covers_all(&asked) => asked,
            Some(_) => return Ok(Refreshed::TooBroad),
        };
        let used = Statement::new("UPDATE token SET used = $2 WHERE hash = $1");
        tx.execute(used.bind(&hash).bind(now)).await?;
        let issued = hand_out(
            &mut tx,
            &token.grant.id,
            &narrowed.to_text(),
            lifetime_seconds,
            true,
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(Refreshed::Issued(token.grant, issued))
    }
}
