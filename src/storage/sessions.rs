//! Browser sessions of the server's own pages, and the browsers they are had in.
use crate::db::Row;
use crate::secret;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

/// A session's last use is written down at most this often, in seconds.
const SEEN_SECONDS: i64 = 60;

/// Somebody signed in, in one browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// Names the session to others (`sid` of an id_token); no secret.
    pub id: String,
    pub account: String,
    pub csrf: String,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub authenticated_at: Timestamp,
    /// When the person last proved who they are, as strongly as their account asks.
    pub proved_at: Timestamp,
    /// How they did, in the words of RFC 8176, one space apart (`pwd otp mfa`).
    pub amr: String,
    /// The browser, in a few words.
    pub agent: String,
    /// The network it came from, shortened so that it names no house.
    pub source: String,
    /// The hash of the browser's own cookie.
    pub device: Option<String>,
    pub last_seen: Timestamp,
    /// On a computer that others use too.
    pub shared: bool,
}

impl Session {
    /// Whether more than one kind of proof was given.
    pub fn has_second_factor(&self) -> bool {
        self.amr.split(' ').any(|word| word == "mfa")
    }
}

/// What a new session is opened with; see the fields of [`Session`].
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    pub account: &'a str,
    pub amr: &'a str,
    pub agent: &'a str,
    pub source: &'a str,
    /// The value of the browser's own cookie; only its hash is kept.
    pub device: Option<&'a str>,
    pub lifetime_seconds: i64,
    /// On a computer that others use too.
    pub shared: bool,
}

pub struct Sessions<'a> {
    pub(crate) storage: &'a Storage,
}

const SELECT: &str = "SELECT id, account, csrf, created, expires, authenticated_at, proved_at, amr, \
    agent, source, device, last_seen, shared FROM session ";

impl Sessions<'_> {
    /// Opens a session and returns the cookie's value (only its hash is kept).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open(&self, opening: Opening<'_>, now: Timestamp) -> Result<String> {
        let db = &self.storage.inner.db;
        db.execute(Statement::new("DELETE FROM session WHERE expires < $1").bind(now))
            .await?;
        let cookie = secret::random()?;
        let lifetime = SignedDuration::from_secs(opening.lifetime_seconds);
        let expires = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO session (hash, id, account, csrf, created, expires, authenticated_at, \
             proved_at, last_seen, amr, agent, source, device, shared) \
             VALUES ($1,$2,$3,$4,$5,$6,$5,$5,$5,$7,$8,$9,$10,$11)",
        )
        .bind(hash_of_secret(&cookie))
        .bind(secret::random()?)
        .bind(opening.account)
        .bind(secret::random()?)
        .bind(now)
        .bind(expires)
        .bind(opening.amr)
        .bind(opening.agent)
        .bind(opening.source)
        .bind(opening.device.map(hash_of_secret))
        .bind(opening.shared);
        db.execute(statement).await?;
        Ok(cookie)
    }
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, cookie: &str, now: Timestamp) -> Result<Option<Session>> {
        let hash = hash_of_secret(cookie);
        let statement = Statement::made(format!("{SELECT} WHERE hash = $1 AND expires > $2"))
            .bind(hash.as_str())
            .bind(now);
        let db = &self.storage.inner.db;
        let Some(row) = db.fetch_optional(statement).await? else {
            return Ok(None);
        };
        let found = session(&row)?;
        if (now.as_second() - found.last_seen.as_second()).abs() >= SEEN_SECONDS {
            let seen = Statement::new("UPDATE session SET last_seen = $2 WHERE hash = $1");
            db.execute(seen.bind(hash).bind(now)).await?;
        }
        Ok(Some(found))
    }
    /// The live sessions of an account, the one used last first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_account(&self, account: &str, now: Timestamp) -> Result<Vec<Session>> {
        let statement = Statement::made(format!(
            "{SELECT} WHERE account = $1 AND expires > $2 ORDER BY last_seen DESC, id"
        ))
        .bind(account)
        .bind(now);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(session).collect()
    }
    /// Whether the session of that id is on a computer that others use too; false where it is over.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_shared(&self, id: &str) -> Result<bool> {
        let statement = Statement::new("SELECT shared FROM session WHERE id = $1").bind(id);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map_or(Ok(false), |row| row.flag(0))
    }
    /// Writes down that the person proved who they are once more, and how.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn prove(&self, cookie: &str, amr: &str, now: Timestamp) -> Result<()> {
        let statement =
            Statement::new("UPDATE session SET proved_at = $2, amr = $3 WHERE hash = $1")
                .bind(hash_of_secret(cookie))
                .bind(now)
                .bind(amr);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// # Errors
    /// When it cannot be written.
    pub async fn close(&self, cookie: &str) -> Result<()> {
        let statement = Statement::new("DELETE FROM session WHERE hash = $1 RETURNING account")
            .bind(hash_of_secret(cookie));
        let rows = self.storage.inner.db.execute_returning(statement).await?;
        for row in rows {
            self.storage.online().end(row.str(0)?).await?;
        }
        Ok(())
    }
    /// Ends one session of an account by its id. False when it had none of that id.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn close_one(&self, account: &str, id: &str) -> Result<bool> {
        let statement = Statement::new("DELETE FROM session WHERE account = $1 AND id = $2")
            .bind(account)
            .bind(id);
        let ended = self.storage.inner.db.execute(statement).await?;
        self.storage.online().end(account).await?;
        Ok(ended > 0)
    }
    /// Ends every session of an account but the one with this id; how many ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn close_others(&self, account: &str, keep: &str) -> Result<u64> {
        let statement = Statement::new("DELETE FROM session WHERE account = $1 AND id <> $2")
            .bind(account)
            .bind(keep);
        let ended = self.storage.inner.db.execute(statement).await?;
        self.storage.online().end(account).await?;
        Ok(ended)
    }
    /// # Errors
    /// When it cannot be written.
    pub async fn close_all(&self, account: &str) -> Result<()> {
        let statement = Statement::new("DELETE FROM session WHERE account = $1").bind(account);
        self.storage.inner.db.execute(statement).await?;
        self.storage.online().end(account).await
    }
}

fn session(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.text(0)?,
        account: row.text(1)?,
        csrf: row.text(2)?,
        created: row.time(3)?,
        expires: row.time(4)?,
        authenticated_at: row.time(5)?,
        proved_at: row.time(6)?,
        amr: row.text(7)?,
        agent: row.text(8)?,
        source: row.text(9)?,
        device: row.opt_text(10)?,
        last_seen: row.time(11)?,
        shared: row.flag(12)?,
    })
}
