//! Authorization requests on their way through sign-in, patient choice and consent.
use crate::secret;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::{SignedDuration, Timestamp};

/// How long a person may take over the pages.
pub(crate) const PENDING_SECONDS: i64 = 30 * 60;

/// A checked request, waiting for a person.
#[derive(Debug, Clone)]
pub struct Pending {
    pub id: String,
    pub client: String,
    /// Matched the client's registration when it was stored.
    pub redirect_uri: String,
    pub state: String,
    /// What may be granted at most.
    pub scopes: String,
    /// PKCE challenge, S256; empty for a client that needs none.
    pub challenge: String,
    pub nonce: Option<String>,
    /// A sign-in made before this instant is too old for the request.
    pub sign_in_after: Option<Timestamp>,
    /// SHA-256 of the launch it comes from.
    pub launch: Option<String>,
    /// Thumbprint of the key the code will be bound to.
    pub jkt: Option<String>,
    /// The username or address of whom the app expects.
    pub login_hint: Option<String>,
    /// The person is to say which account is meant.
    pub choose_account: bool,
}

pub struct Pendings<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Authorization requests under way.
    pub fn pending(&self) -> Pendings<'_> {
        Pendings { storage: self }
    }
}

impl Pendings<'_> {
    /// Stores a request under a fresh id (the one in `pending.id` is not looked at) and returns the
    /// id.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open(&self, pending: &Pending, now: Timestamp) -> Result<String> {
        let db = &self.storage.inner.db;
        db.execute(Statement::new("DELETE FROM pending WHERE expires < $1").bind(now))
            .await?;
        let id = secret::random()?;
        let expires = now
            .checked_add(SignedDuration::from_secs(PENDING_SECONDS))
            .unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO pending (id, client, redirect_uri, state, scopes, challenge, nonce, sign_in_after, \
             created, expires, launch, jkt, login_hint, choose_account) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)",
        )
        .bind(&id)
        .bind(&pending.client)
        .bind(&pending.redirect_uri)
        .bind(&pending.state)
        .bind(&pending.scopes)
        .bind(&pending.challenge)
        .bind(pending.nonce.clone())
        .bind(pending.sign_in_after)
        .bind(now)
        .bind(expires)
        .bind(pending.launch.clone())
        .bind(pending.jkt.clone())
        .bind(pending.login_hint.clone())
        .bind(pending.choose_account);
        db.execute(statement).await?;
        Ok(id)
    }
    /// The request, unless it is gone or too old.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, id: &str, now: Timestamp) -> Result<Option<Pending>> {
        if secret::is_impossible(id) {
            return Ok(None);
        }
        let statement = Statement::new(
            "SELECT id, client, redirect_uri, state, scopes, challenge, nonce, sign_in_after, \
             launch, jkt, login_hint, choose_account FROM pending WHERE id = $1 AND expires > $2",
        )
        .bind(id)
        .bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            Ok(Pending {
                id: row.text(0)?,
                client: row.text(1)?,
                redirect_uri: row.text(2)?,
                state: row.text(3)?,
                scopes: row.text(4)?,
                challenge: row.text(5)?,
                nonce: row.opt_text(6)?,
                sign_in_after: row.opt_time(7)?,
                launch: row.opt_text(8)?,
                jkt: row.opt_text(9)?,
                login_hint: row.opt_text(10)?,
                choose_account: row.flag(11)?,
            })
        })
        .transpose()
    }
    /// The person said which account is meant: one of their own choice, whomever the app expects, or
    /// (`as_signed_in` false) whoever signs in next.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn chosen(&self, id: &str, as_signed_in: bool) -> Result<()> {
        if secret::is_impossible(id) {
            return Ok(());
        }
        let statement = Statement::new(if as_signed_in {
            "UPDATE pending SET choose_account = 0, login_hint = NULL WHERE id = $1"
        } else {
            "UPDATE pending SET choose_account = 0 WHERE id = $1"
        });
        self.storage.inner.db.execute(statement.bind(id)).await?;
        Ok(())
    }
    /// Ends it; false when somebody else just did (a form sent twice).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn close(&self, id: &str) -> Result<bool> {
        let statement = Statement::new("DELETE FROM pending WHERE id = $1").bind(id);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}
