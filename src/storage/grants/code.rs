//! Authorization codes: stored with the grant they stand for, exchanged once.
use super::{Grant, Grants, Issued, Pair, REVOKE, grant_of, hand_out, insert, later};
use crate::secret;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;
use smart::jwk::hash_of_secret;
use smart::pkce::Challenge;

/// What a code is bound to besides its client.
#[derive(Clone, Copy)]
pub struct Binding<'a> {
    pub redirect_uri: &'a str,
    /// PKCE challenge, S256; empty for a client that needs none.
    pub challenge: &'a str,
    /// Thumbprint of the key the client must prove (`dpop_jkt`).
    pub jkt: Option<&'a str>,
}

/// What a client shows to exchange a code.
#[derive(Clone, Copy)]
pub struct Redemption<'a> {
    pub code: &'a str,
    pub client: &'a str,
    pub redirect_uri: &'a str,
    pub code_verifier: &'a str,
    pub lifetime_seconds: i64,
    /// The key the client proved (RFC 9449).
    pub jkt: Option<&'a str>,
    /// Whether the refresh token is bound to that key too: it is all a public client can show.
    pub binds_refresh: bool,
}

/// Why a code was not exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFault {
    /// Never was, was for another client, or is long gone.
    Unknown,
    Expired,
    OtherRedirectUri,
    WrongVerifier,
    /// Was asked for with another key (`dpop_jkt`).
    OtherKey,
    /// The grant was ended meanwhile.
    Revoked,
}

/// What became of a code.
#[derive(Debug, Clone)]
pub enum Redeemed {
    Issued(Grant, Issued),
    /// Exchanged before: everything the first exchange gave is now revoked.
    Reused(Grant),
    Fault(CodeFault),
}

impl Grants<'_> {
    /// Stores what a person approved and returns the authorization code for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn authorize(
        &self,
        grant: &Grant,
        binding: Binding<'_>,
        lifetime_seconds: i64,
        now: Timestamp,
    ) -> Result<String> {
        let code = secret::random()?;
        let mut tx = self.storage.inner.db.begin().await?;
        insert(&mut tx, grant).await?;
        let statement = Statement::new(
            "INSERT INTO code (hash, app_grant, client, redirect_uri, challenge, expires, jkt) \
             VALUES ($1,$2,$3,$4,$5,$6,$7)",
        )
        .bind(hash_of_secret(&code))
        .bind(&grant.id)
        .bind(&grant.client)
        .bind(binding.redirect_uri)
        .bind(binding.challenge)
        .bind(later(now, lifetime_seconds))
        .bind(binding.jkt);
        tx.execute(statement).await?;
        tx.commit().await?;
        Ok(code)
    }

    /// Exchanges a code for tokens. A fault leaves the code as it was; a second exchange ends the
    /// grant.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn redeem(&self, shown: Redemption<'_>, now: Timestamp) -> Result<Redeemed> {
        let db = &self.storage.inner.db;
        let hash = hash_of_secret(shown.code);
        let mut tx = db.begin().await?;
        let select = Statement::made(format!(
            "SELECT app_grant, client, redirect_uri, challenge, expires, used, jkt FROM code WHERE hash = $1{}",
            db.for_update()
        ));
        let Some(row) = tx.fetch_optional(select.bind(&hash)).await? else {
            return Ok(Redeemed::Fault(CodeFault::Unknown));
        };
        if row.str(1)? != shown.client {
            return Ok(Redeemed::Fault(CodeFault::Unknown));
        }
        let select = Statement::made(format!(
            "SELECT {} FROM app_grant g WHERE g.id = $1",
            super::COLUMNS
        ));
        let Some(found) = tx.fetch_optional(select.bind(row.text(0)?)).await? else {
            return Ok(Redeemed::Fault(CodeFault::Unknown));
        };
        let grant = grant_of(&found)?;
        if row.opt_int(5)?.is_some() {
            tx.execute(Statement::new(REVOKE).bind(&grant.id).bind(now))
                .await?;
            tx.commit().await?;
            self.forget(&grant.id).await?;
            return Ok(Redeemed::Reused(grant));
        }
        // Who brought no challenge must not bring a verifier either (RFC 9700 section 4.8.2).
        let verified = match row.str(3)? {
            "" => shown.code_verifier.is_empty(),
            text => Challenge::parse(text).is_some_and(|c| c.accepts(shown.code_verifier)),
        };
        if grant.revoked.is_some() {
            return Ok(Redeemed::Fault(CodeFault::Revoked));
        } else if row.time(4)? <= now {
            return Ok(Redeemed::Fault(CodeFault::Expired));
        } else if row.str(2)? != shown.redirect_uri {
            return Ok(Redeemed::Fault(CodeFault::OtherRedirectUri));
        } else if !verified {
            return Ok(Redeemed::Fault(CodeFault::WrongVerifier));
        } else if row.opt_text(6)?.is_some_and(|jkt| Some(&*jkt) != shown.jkt) {
            return Ok(Redeemed::Fault(CodeFault::OtherKey));
        }
        let used = Statement::new("UPDATE code SET used = $2 WHERE hash = $1");
        tx.execute(used.bind(&hash).bind(now)).await?;
        let scopes = smart::scope::Scopes::parse(&grant.scopes);
        let pair = Pair {
            grant: &grant.id,
            scopes: &grant.scopes,
            lifetime_seconds: shown.lifetime_seconds,
            refresh: scopes.has("offline_access") || scopes.has("online_access"),
            jkt: shown.jkt,
            refresh_jkt: shown.jkt.filter(|_| shown.binds_refresh),
        };
        let issued = hand_out(&mut tx, pair, now).await?;
        tx.commit().await?;
        Ok(Redeemed::Issued(grant, issued))
    }
}

impl Storage {
    /// Clears away codes and tokens that ended more than a day ago, and refusals nobody needs now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sweep_grants(&self, now: Timestamp) -> Result<u64> {
        let refusals = self.refusals().sweep(now).await?;
        Ok(self.grants().sweep(now).await? + refusals)
    }
}
