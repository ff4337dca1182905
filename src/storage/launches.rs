//! EHR launches: a handle for one app and one person, and what was opened with it.
use crate::db::Row;
use crate::secret;
use crate::sql::Statement;
use crate::{Error, Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;
use smart::launch::Opening;

/// How long a launch waits to be used, in seconds.
pub const LAUNCH_SECONDS: i64 = 5 * 60;
/// Launches of one person that may wait at once; the oldest give way.
pub const WAITING_MAX: i64 = 100;

/// An app about to be opened in the context of a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    pub client: String,
    /// Who opened it, and the only one who may go on with it.
    pub account: String,
    pub patient: Option<String>,
    pub encounter: Option<String>,
    pub opening: Opening,
}

/// A launch just made: the only moment its handle exists in clear.
#[derive(Clone)]
pub struct Opened {
    /// The value of the parameter `launch`.
    pub handle: String,
    pub expires: Timestamp,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened(…)")
    }
}

pub struct Launches<'a> {
    pub(crate) storage: &'a Storage,
}

impl Launches<'_> {
    /// Makes a handle for a launch.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open(&self, launch: &Launch, now: Timestamp) -> Result<Opened> {
        let db = &self.storage.inner.db;
        let swept = "DELETE FROM launch WHERE expires < $1 OR hash IN (SELECT hash FROM launch \
                     WHERE account = $2 ORDER BY created DESC, hash LIMIT 100000 OFFSET $3)";
        let past = now
            .checked_sub(SignedDuration::from_secs(crate::pending::PENDING_SECONDS))
            .unwrap_or(Timestamp::MIN);
        let swept = Statement::new(swept).bind(past).bind(&launch.account);
        db.execute(swept.bind(WAITING_MAX - 1)).await?;
        let handle = secret::random()?;
        let expires = now
            .checked_add(SignedDuration::from_secs(LAUNCH_SECONDS))
            .unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO launch (hash, client, account, patient, encounter, context, created, expires) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8)",
        )
        .bind(hash_of_secret(&handle))
        .bind(&launch.client)
        .bind(&launch.account)
        .bind(launch.patient.clone())
        .bind(launch.encounter.clone())
        .bind(text_of(&launch.opening)?)
        .bind(now)
        .bind(expires);
        db.execute(statement).await?;
        Ok(Opened { handle, expires })
    }
    /// The launch a client shows the handle of: its SHA-256 (base64url) and what it says. `None` for
    /// one that never was, is over, was used, or is for another app.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_handle(
        &self,
        handle: &str,
        client: &str,
        now: Timestamp,
    ) -> Result<Option<(String, Launch)>> {
        let hash = hash_of_secret(handle);
        let found = self.row(&hash).await?;
        Ok(found
            .filter(|(launch, expires)| launch.client == client && now < *expires)
            .map(|(launch, _)| (hash, launch)))
    }
    /// The launch of that SHA-256, until it was used: an authorization request that came from it in
    /// time keeps it for as long as a person may take over the pages.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, hash: &str) -> Result<Option<Launch>> {
        Ok(self.row(hash).await?.map(|(launch, _)| launch))
    }
    async fn row(&self, hash: &str) -> Result<Option<(Launch, Timestamp)>> {
        let statement = Statement::new(
            "SELECT client, account, patient, encounter, context, expires FROM launch WHERE hash = $1",
        );
        let db = &self.storage.inner.db;
        let row = db.fetch_optional(statement.bind(hash)).await?;
        row.map(|row| Ok((launch_of(&row)?, row.time(5)?)))
            .transpose()
    }
    /// Ends a launch; false when somebody else just did.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn close(&self, hash: &str) -> Result<bool> {
        let statement = Statement::new("DELETE FROM launch WHERE hash = $1").bind(hash);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// Remembers what the tokens of a grant were opened with.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn keep(&self, grant: &str, opening: &Opening) -> Result<()> {
        let statement =
            Statement::new("INSERT INTO launch_grant (app_grant, context) VALUES ($1,$2)")
                .bind(grant)
                .bind(text_of(opening)?);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// What the tokens of a grant were opened with; `None` when it came from no launch.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_grant(&self, grant: &str) -> Result<Option<Opening>> {
        let statement =
            Statement::new("SELECT context FROM launch_grant WHERE app_grant = $1").bind(grant);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| opening_of(row.str(0)?, "launch_grant"))
            .transpose()
    }
}

fn text_of(opening: &Opening) -> Result<String> {
    serde_json::to_string(opening).map_err(|error| Error::Other(error.to_string()))
}

fn opening_of(text: &str, table: &'static str) -> Result<Opening> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt {
        table,
        what: error.to_string(),
    })
}

fn launch_of(row: &Row) -> Result<Launch> {
    Ok(Launch {
        client: row.text(0)?,
        account: row.text(1)?,
        patient: row.opt_text(2)?,
        encounter: row.opt_text(3)?,
        opening: opening_of(row.str(4)?, "launch")?,
    })
}
