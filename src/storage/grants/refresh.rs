//! Refresh: each token is exchanged once; a second use ends the whole family (RFC 9700 section
//! 4.14.2).
use super::{COLUMNS, Grants, Pair, REVOKE, Refreshed, TOKEN, TokenKind, hand_out, token_of};
use crate::Result;
use crate::sql::Statement;
use jiff::Timestamp;
use smart::jwk::hash_of_secret;
use smart::scope::Scopes;

/// What a client shows to renew its tokens.
#[derive(Clone, Copy)]
pub struct Renewal<'a> {
    pub refresh_token: &'a str,
    pub client: &'a str,
    /// Fewer scopes than were granted, for the new access token only.
    pub scopes: Option<&'a str>,
    pub lifetime_seconds: i64,
    /// The key the client proved (RFC 9449).
    pub jkt: Option<&'a str>,
    /// Whether the new refresh token is bound to that key too.
    pub binds_refresh: bool,
}

impl Grants<'_> {
    /// Exchanges a refresh token, rotating it. Of two exchanges at once one is the second use.
    ///
    /// There is no time of grace in which a used token works again: who copied a token could use it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn refresh(&self, shown: Renewal<'_>, now: Timestamp) -> Result<Refreshed> {
        let db = &self.storage.inner.db;
        let hash = hash_of_secret(shown.refresh_token);
        let mut tx = db.begin().await?;
        let select = Statement::made(format!("SELECT {COLUMNS}, {TOKEN}{}", db.for_update()));
        let Some(row) = tx.fetch_optional(select.bind(&hash)).await? else {
            return Ok(Refreshed::Unknown);
        };
        let token = token_of(&row)?;
        if token.kind != TokenKind::Refresh || token.grant.client != shown.client {
            return Ok(Refreshed::Unknown);
        }
        if token.jkt.is_some() && token.jkt.as_deref() != shown.jkt {
            return Ok(Refreshed::OtherKey);
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
        let narrowed = match shown.scopes.map(Scopes::parse) {
            None => granted,
            Some(asked) if !asked.is_empty() && granted.covers_all(&asked) => asked,
            Some(_) => return Ok(Refreshed::TooBroad),
        };
        let used = Statement::new("UPDATE token SET used = $2 WHERE hash = $1");
        tx.execute(used.bind(&hash).bind(now)).await?;
        let scopes = narrowed.to_text();
        let pair = Pair {
            grant: &token.grant.id,
            scopes: &scopes,
            lifetime_seconds: shown.lifetime_seconds,
            refresh: true,
            jkt: shown.jkt,
            refresh_jkt: shown.jkt.filter(|_| shown.binds_refresh),
        };
        let issued = hand_out(&mut tx, pair, now).await?;
        tx.commit().await?;
        Ok(Refreshed::Issued(token.grant, issued))
    }
}
