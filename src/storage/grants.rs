//! Authorizations, codes and tokens. Secrets are stored as SHA-256 only.
use crate::db::{Row, Tx};
use crate::invalidate::Changed;
use crate::secret;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;
use smart::scope::Scopes;

mod again;
mod b2b;
mod charts;
mod code;
mod narrow;
mod proof;
mod refresh;
mod session;
mod under;

pub use again::Occasion;
pub use charts::Chart;
pub use code::{Binding, CodeFault, Redeemed, Redemption};
pub use narrow::Managed;
pub use refresh::Renewal;

/// How long a refresh token lives from its last use, in seconds: half a year (the law asks for
/// three months).
const REFRESH_SECONDS: i64 = 180 * 24 * 3_600;

/// What a person (or administrator, or a backend's assertion) granted a client.
#[derive(Debug, Clone)]
pub struct Grant {
    pub id: String,
    pub client: String,
    pub account: Option<String>,
    pub patient: Option<String>,
    pub encounter: Option<String>,
    /// Granted scopes, verbatim: those given at first, or what the person left of them since.
    pub scopes: String,
    /// `Patient/…`, `RelatedPerson/…`, `Practitioner/…`, `Person/…`
    pub fhir_user: Option<String>,
    pub nonce: Option<String>,
    pub auth_time: Option<Timestamp>,
    pub created: Timestamp,
    pub revoked: Option<Timestamp>,
    pub last_used: Option<Timestamp>,
    /// The app Consent resource written when it was given.
    pub consent: Option<String>,
}

/// A fresh pair; the only moment the secrets exist in clear.
#[derive(Clone)]
pub struct Issued {
    pub access_token: String,
    pub expires_in_seconds: i64,
    pub refresh_token: Option<String>,
    /// Of the access token, verbatim.
    pub scopes: String,
    /// The key the access token is bound to.
    pub jkt: Option<String>,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Issued(…)")
    }
}

/// What a refresh token turned out to be.
#[derive(Debug, Clone)]
pub enum Refreshed {
    Issued(Grant, Issued),
    /// Used before: the whole family is now revoked.
    Reused(Grant),
    /// Asked for more than was granted; nothing changed.
    TooBroad,
    /// Bound to a key that the client did not prove; nothing changed.
    OtherKey,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Access,
    Refresh,
}

impl TokenKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// A stored token and the grant it belongs to.
#[derive(Debug, Clone)]
pub struct Token {
    pub kind: TokenKind,
    /// Scopes of this token: the grant's or fewer.
    pub scopes: String,
    pub created: Timestamp,
    pub expires: Timestamp,
    /// A refresh token that was exchanged.
    pub used: Option<Timestamp>,
    pub revoked: Option<Timestamp>,
    /// Thumbprint of the key it is bound to (RFC 9449).
    pub jkt: Option<String>,
    pub grant: Grant,
}

impl Token {
    /// Good at `now`: neither expired, used, nor revoked by itself or with its grant.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires
            && self.used.is_none()
            && self.revoked.is_none()
            && self.grant.revoked.is_none()
    }
}

pub struct Grants<'a> {
    pub(crate) storage: &'a Storage,
}

const COLUMNS: &str = "g.id, g.client, g.account, g.patient, g.encounter, COALESCE(g.narrowed, g.scopes), g.fhir_user, g.nonce, \
    g.auth_time, g.created, g.revoked, g.last_used, g.consent";

/// A token after the columns of its grant.
const TOKEN: &str = "t.kind, t.scopes, t.created, t.expires, t.used, t.revoked, t.jkt \
    FROM token t JOIN app_grant g ON g.id = t.app_grant WHERE t.hash = $1";

impl Grants<'_> {
    /// Stores a grant and a first token pair (`kinchart admin token mint`).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn issue(
        &self,
        grant: &Grant,
        lifetime_seconds: i64,
        refresh: bool,
        now: Timestamp,
    ) -> Result<Issued> {
        let pair = Pair {
            grant: &grant.id,
            scopes: &grant.scopes,
            lifetime_seconds,
            refresh,
            jkt: None,
            refresh_jkt: None,
        };
        self.issue_pair(grant, pair, now).await
    }
    /// Stores a grant and an access token for it, bound to a key if one was proven
    /// (client_credentials).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn issue_access(
        &self,
        grant: &Grant,
        lifetime_seconds: i64,
        jkt: Option<&str>,
        now: Timestamp,
    ) -> Result<Issued> {
        let pair = Pair {
            grant: &grant.id,
            scopes: &grant.scopes,
            lifetime_seconds,
            refresh: false,
            jkt,
            refresh_jkt: None,
        };
        self.issue_pair(grant, pair, now).await
    }
    async fn issue_pair(&self, grant: &Grant, pair: Pair<'_>, now: Timestamp) -> Result<Issued> {
        let mut tx = self.storage.inner.db.begin().await?;
        insert(&mut tx, grant).await?;
        let issued = hand_out(&mut tx, pair, now).await?;
        tx.commit().await?;
        Ok(issued)
    }
    /// Ends a grant with all its tokens at once. False when there is no such grant or it had ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn revoke(&self, grant: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(REVOKE).bind(grant).bind(now);
        let touched = self.storage.inner.db.execute(statement).await?;
        self.forget(grant).await?;
        Ok(touched > 0)
    }
    /// Ends every grant an account gave (deactivation, “secure my account”).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn revoke_all(&self, account: &str, now: Timestamp) -> Result<u64> {
        let statement = Statement::new(
            "UPDATE app_grant SET revoked = $2 WHERE account = $1 AND revoked IS NULL",
        )
        .bind(account)
        .bind(now);
        let touched = self.storage.inner.db.execute(statement).await?;
        let changed = Changed::Account(account.to_owned());
        self.storage.inner.forget(&[changed]).await?;
        Ok(touched)
    }
    /// Revocation by a client (RFC 7009): a refresh token takes its whole grant along, an access
    /// token only
    /// itself. Tokens of other clients and unknown ones are left alone; `None` then.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn revoke_token(
        &self,
        token: &str,
        client: &str,
        now: Timestamp,
    ) -> Result<Option<Grant>> {
        let hash = hash_of_secret(token);
        let Some(found) = self
            .token(&hash)
            .await?
            .filter(|t| t.grant.client == client)
        else {
            return Ok(None);
        };
        match found.kind {
            TokenKind::Refresh => {
                self.revoke(&found.grant.id, now).await?;
            }
            TokenKind::Access => {
                let statement = Statement::new(
                    "UPDATE token SET revoked = $2 WHERE hash = $1 AND revoked IS NULL",
                )
                .bind(hash)
                .bind(now);
                self.storage.inner.db.execute(statement).await?;
                self.forget(&found.grant.id).await?;
            }
        }
        Ok(Some(found.grant))
    }
    /// A token by its SHA-256 (base64url), whatever became of it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn token(&self, hash: &str) -> Result<Option<Token>> {
        let statement = Statement::made(format!("SELECT {COLUMNS}, {TOKEN}")).bind(hash);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.as_ref().map(token_of).transpose()
    }
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, grant: &str) -> Result<Option<Grant>> {
        let statement =
            Statement::made(format!("SELECT {COLUMNS} FROM app_grant g WHERE g.id = $1"));
        let row = self
            .storage
            .inner
            .db
            .fetch_optional(statement.bind(grant))
            .await?;
        row.as_ref().map(grant_of).transpose()
    }
    /// Live grants of an account, newest first (connected apps): those some token of which may
    /// still be used at `now`.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_account(&self, account: &str, now: Timestamp) -> Result<Vec<Grant>> {
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM app_grant g WHERE g.account = $1 AND g.revoked IS NULL AND EXISTS \
             (SELECT 1 FROM token t WHERE t.app_grant = g.id AND t.expires > $2 AND t.used IS NULL \
              AND t.revoked IS NULL) ORDER BY g.created DESC, g.id"
        ))
        .bind(account)
        .bind(now);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(grant_of).collect()
    }
    /// Forgets codes and tokens that ended more than a day before `now`; used refresh tokens stay
    /// with their
    /// grant until they expire, so that a second use is noticed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64> {
        let past = now.as_microsecond().saturating_sub(24 * 3_600 * 1_000_000);
        let db = &self.storage.inner.db;
        let codes = db
            .execute(Statement::new("DELETE FROM code WHERE expires < $1").bind(past))
            .await?;
        let tokens = db
            .execute(Statement::new("DELETE FROM token WHERE expires < $1").bind(past))
            .await?;
        let proofs = db
            .execute(Statement::new("DELETE FROM proof WHERE expires < $1").bind(past))
            .await?;
        Ok(codes + tokens + proofs)
    }
    pub(super) async fn forget(&self, grant: &str) -> Result<()> {
        let changed = Changed::Grant(grant.to_owned());
        self.storage.inner.forget(&[changed]).await
    }
}

const REVOKE: &str = "UPDATE app_grant SET revoked = $2 WHERE id = $1 AND revoked IS NULL";

async fn insert(tx: &mut Tx, grant: &Grant) -> Result<()> {
    let statement = Statement::new(
        "INSERT INTO app_grant (id, client, account, patient, encounter, scopes, fhir_user, nonce, auth_time, \
         created, revoked, last_used, consent) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)",
    )
    .bind(&grant.id)
    .bind(&grant.client)
    .bind(grant.account.clone())
    .bind(grant.patient.clone())
    .bind(grant.encounter.clone())
    .bind(&grant.scopes)
    .bind(grant.fhir_user.clone())
    .bind(grant.nonce.clone())
    .bind(grant.auth_time)
    .bind(grant.created)
    .bind(grant.revoked)
    .bind(grant.last_used)
    .bind(grant.consent.clone());
    tx.execute(statement).await?;
    Ok(())
}

/// What is to be handed out.
struct Pair<'a> {
    grant: &'a str,
    scopes: &'a str,
    lifetime_seconds: i64,
    refresh: bool,
    /// The keys the access token and the refresh token are bound to.
    jkt: Option<&'a str>,
    refresh_jkt: Option<&'a str>,
}

/// Makes and stores an access token, and a refresh token if asked for.
async fn hand_out(tx: &mut Tx, pair: Pair<'_>, now: Timestamp) -> Result<Issued> {
    let expires = later(now, pair.lifetime_seconds);
    let access = (TokenKind::Access, expires, pair.jkt);
    let access_token = store_token(tx, &pair, access, now).await?;
    let refresh_token = if pair.refresh {
        let expires = later(now, REFRESH_SECONDS);
        let refresh = (TokenKind::Refresh, expires, pair.refresh_jkt);
        Some(store_token(tx, &pair, refresh, now).await?)
    } else {
        None
    };
    let used = Statement::new("UPDATE app_grant SET last_used = $2 WHERE id = $1");
    tx.execute(used.bind(pair.grant).bind(now)).await?;
    Ok(Issued {
        access_token,
        expires_in_seconds: pair.lifetime_seconds,
        refresh_token,
        scopes: pair.scopes.to_owned(),
        jkt: pair.jkt.map(str::to_owned),
    })
}

/// Makes a token of that kind, good until then, bound to that key.
async fn store_token(
    tx: &mut Tx,
    pair: &Pair<'_>,
    (kind, expires, jkt): (TokenKind, Timestamp, Option<&str>),
    now: Timestamp,
) -> Result<String> {
    let secret = secret::random()?;
    let statement = Statement::new(
        "INSERT INTO token (hash, kind, app_grant, scopes, created, expires, jkt) \
         VALUES ($1,$2,$3,$4,$5,$6,$7)",
    )
    .bind(hash_of_secret(&secret))
    .bind(kind.as_str())
    .bind(pair.grant)
    .bind(pair.scopes)
    .bind(now)
    .bind(expires)
    .bind(jkt);
    tx.execute(statement).await?;
    Ok(secret)
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

fn grant_of(row: &Row) -> Result<Grant> {
    Ok(Grant {
        id: row.text(0)?,
        client: row.text(1)?,
        account: row.opt_text(2)?,
        patient: row.opt_text(3)?,
        encounter: row.opt_text(4)?,
        scopes: row.text(5)?,
        fhir_user: row.opt_text(6)?,
        nonce: row.opt_text(7)?,
        auth_time: row.opt_time(8)?,
        created: row.time(9)?,
        revoked: row.opt_time(10)?,
        last_used: row.opt_time(11)?,
        consent: row.opt_text(12)?,
    })
}

fn token_of(row: &Row) -> Result<Token> {
    let grant = grant_of(row)?;
    Ok(Token {
        kind: if row.str(13)? == TokenKind::Refresh.as_str() {
            TokenKind::Refresh
        } else {
            TokenKind::Access
        },
        scopes: in_force(row.text(14)?, &grant.scopes),
        created: row.time(15)?,
        expires: row.time(16)?,
        used: row.opt_time(17)?,
        revoked: row.opt_time(18)?,
        jkt: row.opt_text(19)?,
        grant,
    })
}

/// What a token carries of its own scopes, now that its grant may have been narrowed.
fn in_force(own: String, grant: &str) -> String {
    if own == grant {
        return own;
    }
    Scopes::parse(&own).narrow(&Scopes::parse(grant)).to_text()
}
