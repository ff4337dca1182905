//! Counters for rate limits, shared by all nodes.
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::{SignedDuration, Timestamp};

pub struct Throttle<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Clears away what signing in left behind and is over by now: counters, half-done sign-ins,
    /// challenges, sessions, what visitors were given. How many rows went.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sweep_sign_ins(&self, now: Timestamp) -> Result<u64> {
        let mut gone = 0;
        for delete in [
            "DELETE FROM throttle WHERE expires < $1",
            "DELETE FROM second_step WHERE expires < $1",
            "DELETE FROM ceremony WHERE expires < $1",
            "DELETE FROM session WHERE expires < $1",
            "DELETE FROM opening WHERE expires < $1",
            "DELETE FROM mail_link WHERE expires < $1",
            "DELETE FROM entrance WHERE expires < $1",
            "DELETE FROM guest_visit WHERE expires < $1",
            "DELETE FROM guest_code WHERE expires < $1",
            "DELETE FROM share_ticket WHERE expires < $1",
        ] {
            let statement = Statement::new(delete).bind(now);
            gone += self.inner.db.execute(statement).await?;
        }
        Ok(gone)
    }
}

impl Throttle<'_> {
    /// Counts one try under `key` in a window; false once more than `max` were counted.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn allow(
        &self,
        key: &str,
        max: i64,
        window_seconds: i64,
        now: Timestamp,
    ) -> Result<bool> {
        let expires = now
            .checked_add(SignedDuration::from_secs(window_seconds))
            .unwrap_or(Timestamp::MAX);
        // A window that began in the future (the clock was set back) is over too.
        let statement = Statement::new(
            "INSERT INTO throttle (key, tries, started, expires) VALUES ($1, 1, $2, $3) \
             ON CONFLICT (key) DO UPDATE SET \
             tries = CASE WHEN throttle.expires <= $2 OR throttle.started > $2 THEN 1 \
                          ELSE throttle.tries + 1 END, \
             started = CASE WHEN throttle.expires <= $2 OR throttle.started > $2 \
             THEN excluded.started \
                            ELSE throttle.started END, \
             expires = CASE WHEN throttle.expires <= $2 OR throttle.started > $2 \
             THEN excluded.expires \
                            ELSE throttle.expires END \
             RETURNING tries",
        )
        .bind(key)
        .bind(now)
        .bind(expires);
        let rows = self.storage.inner.db.execute_returning(statement).await?;
        let tries = rows.first().map_or(Ok(1), |row| row.int(0))?;
        Ok(tries <= max)
    }
    /// Takes one try back: it was no wrong one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn forgive(&self, key: &str) -> Result<()> {
        let statement =
            Statement::new("UPDATE throttle SET tries = tries - 1 WHERE key = $1 AND tries > 0")
                .bind(key);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// Forgets what was counted under `key`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn clear(&self, key: &str) -> Result<()> {
        let statement = Statement::new("DELETE FROM throttle WHERE key = $1").bind(key);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
}
