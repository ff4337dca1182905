//! Links by which somebody without a chart opens an account to act for others; one account comes of each.
use crate::accounts::{Account, insert};
use crate::activation::Redeemed;
use crate::sql::Statement;
use crate::{Error, Result, Storage};
use jiff::Timestamp;

pub struct Entrances<'a> {
    pub(crate) storage: &'a Storage,
}

/// What a link that is still good stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// Where the link was sent: whoever has it reads mail there.
    pub email: String,
    /// Id of the account that came of it.
    pub account: Option<String>,
}

impl Entrances<'_> {
    /// Keeps a link under the hash of its secret.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn add(
        &self,
        secret_hash: &str,
        email: &str,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO entrance (secret_hash, email, created, expires) VALUES ($1,$2,$3,$4)",
        )
        .bind(secret_hash)
        .bind(email)
        .bind(now)
        .bind(expires);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// A link that is not over.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, secret_hash: &str, now: Timestamp) -> Result<Option<Entrance>> {
        let statement = Statement::new(
            "SELECT email, account FROM entrance WHERE secret_hash = $1 AND expires > $2",
        );
        let statement = statement.bind(secret_hash).bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        let read = |row: crate::db::Row| {
            Ok(Entrance {
                email: row.text(0)?,
                account: row.opt_text(1)?,
            })
        };
        row.map(read).transpose()
    }
    /// Opens the account of whoever has the link: of two who do so at once one finds it gone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open_account(
        &self,
        secret_hash: &str,
        account: &Account,
        now: Timestamp,
    ) -> Result<Redeemed> {
        let mut tx = self.storage.inner.db.begin().await?;
        let taken = Statement::new(
            "UPDATE entrance SET account = $2 \
             WHERE secret_hash = $1 AND account IS NULL AND expires > $3",
        );
        let taken = taken.bind(secret_hash).bind(&account.id).bind(now);
        if tx.execute(taken).await? == 0 {
            return Ok(Redeemed::Gone);
        }
        match tx.execute(insert(account, now)).await {
            Ok(_) => tx.commit().await.map(|()| Redeemed::Done),
            Err(Error::Duplicate) => Ok(Redeemed::UsernameTaken),
            Err(fault) => Err(fault),
        }
    }
}
