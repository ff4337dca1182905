//! How an account is written to, and what it is asked when its owner has lost the way in.
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;

/// What is known about reaching the owner of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// When the mail address of the account was proven by a link; `None`: never.
    pub verified: Option<Timestamp>,
    /// Mail about new information is wanted.
    pub notify: bool,
    pub question: Option<String>,
    /// A PHC string of the folded answer.
    pub answer_hash: Option<String>,
}

pub struct Contacts<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// How accounts are written to.
    pub fn contacts(&self) -> Contacts<'_> {
        Contacts { storage: self }
    }
}

impl Contacts<'_> {
    /// Of an account; nothing is known of one that never said anything.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of(&self, account: &str) -> Result<Contact> {
        let statement = Statement::new(
            "SELECT verified, notify, question, answer_hash FROM contact WHERE account = $1",
        );
        let row = self
            .storage
            .inner
            .db
            .fetch_optional(statement.bind(account));
        let Some(row) = row.await? else {
            return Ok(Contact::default());
        };
        Ok(Contact {
            verified: row.opt_time(0)?,
            notify: row.flag(1)?,
            question: row.opt_text(2)?,
            answer_hash: row.opt_text(3)?,
        })
    }
    /// Writes down what an account says of itself, in place of what it said before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn save(&self, account: &str, contact: &Contact, now: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO contact (account, verified, notify, question, answer_hash, updated) \
             VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (account) DO UPDATE SET \
             verified = excluded.verified, notify = excluded.notify, question = excluded.question, \
             answer_hash = excluded.answer_hash, updated = excluded.updated",
        )
        .bind(account)
        .bind(contact.verified)
        .bind(contact.notify)
        .bind(contact.question.clone())
        .bind(contact.answer_hash.clone())
        .bind(now);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// Whether mail about new information is wanted, changed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_notify(&self, account: &str, notify: bool, now: Timestamp) -> Result<()> {
        let contact = self.of(account).await?;
        let contact = Contact { notify, ..contact };
        self.save(account, &contact, now).await
    }
    /// Makes a proven address the one of an account.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn prove_email(&self, account: &str, email: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.storage.inner.db.begin().await?;
        let address = Statement::new("UPDATE account SET email = $2 WHERE id = $1");
        tx.execute(address.bind(account).bind(email)).await?;
        let statement = Statement::new(
            "INSERT INTO contact (account, verified, notify, updated) VALUES ($1,$2,0,$2) \
             ON CONFLICT (account) DO UPDATE SET verified = excluded.verified, \
             updated = excluded.updated",
        );
        tx.execute(statement.bind(account).bind(now)).await?;
        tx.commit().await?;
        let changed = Changed::Account(account.to_owned());
        self.storage.inner.forget(&[changed]).await
    }
}
