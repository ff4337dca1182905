//! Outside sign-ins: those under way, and those that stand for an account.
use crate::sealed::Place;
use crate::secret;
use crate::sql::Statement;
use crate::{Error, Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

/// How long somebody may take at the provider, and then over proving whose account it is.
const SIGN_IN_SECONDS: i64 = 15 * 60;

/// A browser that was sent to a provider.
#[derive(Clone)]
pub struct Departure {
    /// The value of the cookie the browser must show when it comes back; only its hash is kept.
    pub browser: String,
    pub issuer: String,
    pub nonce: String,
    /// PKCE.
    pub verifier: String,
    /// A path of ours to go on to.
    pub next: String,
    /// Who was signed in and wants to add a way of signing in.
    pub account: Option<String>,
    /// The person had to sign in anew there.
    pub again: bool,
    pub created: Timestamp,
}

/// Who came back, until they have proved whose account that is.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub issuer: String,
    pub subject: String,
    pub shown: String,
    pub next: String,
    /// See [`Departure::account`].
    pub account: Option<String>,
    pub created: Timestamp,
}

/// An outside sign-in that stands for an account.
#[derive(Debug, Clone)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    pub account: String,
    /// A name for its owner to recognise.
    pub shown: String,
    pub created: Timestamp,
    pub last_used: Timestamp,
}

/// What came of a wish to link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    Done,
    /// It stands for another account already.
    Taken,
    /// The wish is over.
    Gone,
}

pub struct Identities<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Outside sign-ins.
    pub fn identities(&self) -> Identities<'_> {
        Identities { storage: self }
    }
}

fn place(state: &str) -> Place<'_> {
    Place {
        table: "outside_sign_in",
        column: "secret",
        row: state,
    }
}

impl Identities<'_> {
    /// A random text for `nonce`, PKCE or a cookie, 43 characters.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn random(&self) -> Result<String> {
        secret::random()
    }
    /// Remembers a browser sent away and returns the `state` it must bring back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn depart(&self, departure: &Departure) -> Result<String> {
        let state = secret::random()?;
        let hash = hash_of_secret(&state);
        let again = if departure.again { "again" } else { "" };
        let secrets = [&departure.nonce, &departure.verifier, again].join("\n");
        let sealed = self
            .storage
            .sealing()
            .seal(place(&hash), secrets.as_bytes())?;
        let statement = Statement::new(
            "INSERT INTO outside_sign_in (state, browser, issuer, secret, next, account, created, expires) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8)",
        )
        .bind(hash)
        .bind(hash_of_secret(&departure.browser))
        .bind(&departure.issuer)
        .bind(sealed)
        .bind(&departure.next)
        .bind(departure.account.clone())
        .bind(departure.created)
        .bind(later(departure.created));
        let db = &self.storage.inner.db;
        let old = Statement::new("DELETE FROM outside_sign_in WHERE expires < $1");
        db.execute(old.bind(departure.created)).await?;
        db.execute(statement).await?;
        Ok(state)
    }
    /// Takes out what the browser was sent away with. Good once, and only for that browser.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn come_back(
        &self,
        state: &str,
        browser: &str,
        now: Timestamp,
    ) -> Result<Option<Departure>> {
        let db = &self.storage.inner.db;
        let hash = hash_of_secret(state);
        let statement = Statement::new(
            "SELECT issuer, secret, next, account, created FROM outside_sign_in \
             WHERE state = $1 AND browser = $2 AND subject IS NULL AND expires > $3",
        )
        .bind(&hash)
        .bind(hash_of_secret(browser))
        .bind(now);
        let Some(row) = db.fetch_optional(statement).await? else {
            return Ok(None);
        };
        let taken = Statement::new("DELETE FROM outside_sign_in WHERE state = $1").bind(&hash);
        if db.execute(taken).await? == 0 {
            return Ok(None);
        }
        let secrets = self.storage.sealing().open(place(&hash), row.str(1)?)?;
        let secrets = String::from_utf8(secrets).unwrap_or_default();
        let mut secrets = secrets.split('\n').map(str::to_owned);
        let mut next = || secrets.next().unwrap_or_default();
        Ok(Some(Departure {
            browser: browser.to_owned(),
            issuer: row.text(0)?,
            nonce: next(),
            verifier: next(),
            again: next() == "again",
            next: row.text(2)?,
            account: row.opt_text(3)?,
            created: row.time(4)?,
        }))
    }
    /// Remembers who came back, and returns a name for it that only that browser can use.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn arrive(&self, arrival: &Arrival, browser: &str) -> Result<String> {
        let name = secret::random()?;
        let statement = Statement::new(
            "INSERT INTO outside_sign_in \
             (state, browser, issuer, secret, next, account, subject, shown, created, expires) \
             VALUES ($1,$2,$3,'',$4,$5,$6,$7,$8,$9)",
        )
        .bind(hash_of_secret(&name))
        .bind(hash_of_secret(browser))
        .bind(&arrival.issuer)
        .bind(&arrival.next)
        .bind(arrival.account.clone())
        .bind(&arrival.subject)
        .bind(&arrival.shown)
        .bind(arrival.created)
        .bind(later(arrival.created));
        self.storage.inner.db.execute(statement).await?;
        Ok(name)
    }
    /// Who came back under this name in this browser.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn arrived(
        &self,
        name: &str,
        browser: &str,
        now: Timestamp,
    ) -> Result<Option<Arrival>> {
        let statement = Statement::new(
            "SELECT issuer, subject, shown, next, account, created FROM outside_sign_in \
             WHERE state = $1 AND browser = $2 AND subject IS NOT NULL AND expires > $3",
        )
        .bind(hash_of_secret(name))
        .bind(hash_of_secret(browser))
        .bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            Ok(Arrival {
                issuer: row.text(0)?,
                subject: row.text(1)?,
                shown: row.opt_text(2)?.unwrap_or_default(),
                next: row.text(3)?,
                account: row.opt_text(4)?,
                created: row.time(5)?,
            })
        })
        .transpose()
    }
    /// Lets an arrival stand for an account from now on; the arrival is used up.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn link(
        &self,
        name: &str,
        arrival: &Arrival,
        account: &str,
        now: Timestamp,
    ) -> Result<Linked> {
        let mut tx = self.storage.inner.db.begin().await?;
        let used = Statement::new("DELETE FROM outside_sign_in WHERE state = $1");
        if tx.execute(used.bind(hash_of_secret(name))).await? == 0 {
            return Ok(Linked::Gone);
        }
        let statement = Statement::new(
            "INSERT INTO outside_identity (issuer, subject, account, shown, created, last_used) \
             VALUES ($1,$2,$3,$4,$5,$5)",
        )
        .bind(&arrival.issuer)
        .bind(&arrival.subject)
        .bind(account)
        .bind(&arrival.shown)
        .bind(now);
        match tx.execute(statement).await {
            Ok(_) => {}
            Err(Error::Duplicate) => return Ok(Linked::Taken),
            Err(fault) => return Err(fault),
        }
        tx.commit().await?;
        Ok(Linked::Done)
    }
    /// The account an outside sign-in stands for.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn account_of(
        &self,
        issuer: &str,
        subject: &str,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let statement = Statement::new(
            "UPDATE outside_identity SET last_used = $3 WHERE issuer = $1 AND subject = $2 \
             RETURNING account",
        )
        .bind(issuer)
        .bind(subject)
        .bind(now);
        let rows = self.storage.inner.db.execute_returning(statement).await?;
        rows.first().map(|row| row.text(0)).transpose()
    }
    /// Those of an account, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_account(&self, account: &str) -> Result<Vec<Identity>> {
        let statement = Statement::new(
            "SELECT issuer, subject, account, shown, created, last_used FROM outside_identity \
             WHERE account = $1 ORDER BY created, issuer, subject",
        )
        .bind(account);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter()
            .map(|row| {
                Ok(Identity {
                    issuer: row.text(0)?,
                    subject: row.text(1)?,
                    account: row.text(2)?,
                    shown: row.text(3)?,
                    created: row.time(4)?,
                    last_used: row.time(5)?,
                })
            })
            .collect()
    }
    /// Ends one. False when the account had none of that name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn unlink(&self, account: &str, issuer: &str, subject: &str) -> Result<bool> {
        let statement = Statement::new(
            "DELETE FROM outside_identity WHERE account = $1 AND issuer = $2 AND subject = $3",
        )
        .bind(account)
        .bind(issuer)
        .bind(subject);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}

fn later(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(SIGN_IN_SECONDS))
        .unwrap_or(Timestamp::MAX)
}
