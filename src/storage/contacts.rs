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
    /// Mail about new information is wanted: said, or taken for said by the policy pack.
    pub notify: bool,
    pub question: Option<String>,
    /// A PHC string of the folded answer.
    pub answer_hash: Option<String>,
    /// When mail to the address came back; another address is to be given. Set by [`Contacts::bounce`].
    pub bounced: Option<Timestamp>,
    /// When the address was taken from the account, as somebody who acts for its owner reads mail there too. Set by
    /// [`Contacts::set_apart`], until an address is proven.
    pub apart: Option<Timestamp>,
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
    /// Of an account; of one that never said anything, only what the policy pack takes for said.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of(&self, account: &str) -> Result<Contact> {
        let statement = Statement::new(
            "SELECT verified, notify, question, answer_hash, bounced, apart FROM contact WHERE account = $1",
        );
        let row = self
            .storage
            .inner
            .db
            .fetch_optional(statement.bind(account));
        let Some(row) = row.await? else {
            return Ok(Contact {
                notify: self.by_default(),
                ..Contact::default()
            });
        };
        Ok(Contact {
            verified: row.opt_time(0)?,
            notify: row.flag(1)?,
            question: row.opt_text(2)?,
            answer_hash: row.opt_text(3)?,
            bounced: row.opt_time(4)?,
            apart: row.opt_time(5)?,
        })
    }

    fn by_default(&self) -> bool {
        self.storage.inner.settings.pack.notify.opt_in_default
    }

    /// Whether mail about new information is wanted, changed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_notify(&self, account: &str, notify: bool, now: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO contact (account, notify, updated) VALUES ($1,$2,$3) \
             ON CONFLICT (account) DO UPDATE SET notify = excluded.notify, updated = excluded.updated",
        );
        let statement = statement.bind(account).bind(notify).bind(now);
        let mut tx = self.storage.inner.db.begin().await?;
        tx.execute(statement).await?;
        if !notify {
            let items =
                Statement::new("DELETE FROM notice_item WHERE account = $1 AND mail IS NULL");
            tx.execute(items.bind(account)).await?;
        }
        tx.commit().await
    }

    /// Mail to an address came back: until it is proven anew, or another is, nobody is told of news there. How many
    /// accounts have that address.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn bounce(&self, email: &str, now: Timestamp) -> Result<usize> {
        let accounts = self.storage.accounts().list_by_email(email).await?;
        for account in &accounts {
            let statement = Statement::new(
                "INSERT INTO contact (account, notify, bounced, updated) VALUES ($1,$2,$3,$3) \
                 ON CONFLICT (account) DO UPDATE SET bounced = excluded.bounced",
            );
            let statement = statement
                .bind(&account.id)
                .bind(self.by_default())
                .bind(now);
            self.storage.inner.db.execute(statement).await?;
        }
        Ok(accounts.len())
    }
    /// Takes an address from an account, as somebody else reads mail there: nothing is sent there any more, and a
    /// link to a new password that was is good no more. False when the account has another address by now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_apart(&self, account: &str, email: &str, now: Timestamp) -> Result<bool> {
        let mut tx = self.storage.inner.db.begin().await?;
        let address =
            Statement::new("UPDATE account SET email = NULL WHERE id = $1 AND email = $2");
        if tx.execute(address.bind(account).bind(email)).await? == 0 {
            tx.commit().await?;
            return Ok(false);
        }
        let statement = Statement::new(
            "INSERT INTO contact (account, notify, apart, updated) VALUES ($1,$2,$3,$3) \
             ON CONFLICT (account) DO UPDATE SET verified = NULL, apart = excluded.apart, \
             updated = excluded.updated",
        );
        let statement = statement.bind(account).bind(self.by_default()).bind(now);
        tx.execute(statement).await?;
        let links = Statement::new("DELETE FROM mail_link WHERE account = $1 AND email = $2");
        tx.execute(links.bind(account).bind(email)).await?;
        tx.commit().await?;
        let changed = Changed::Account(account.to_owned());
        self.storage.inner.forget(&[changed]).await?;
        Ok(true)
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
    /// Makes a proven address the one of an account.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn prove_email(&self, account: &str, email: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.storage.inner.db.begin().await?;
        let address = Statement::new("UPDATE account SET email = $2 WHERE id = $1");
        tx.execute(address.bind(account).bind(email)).await?;
        let statement = Statement::new(
            "INSERT INTO contact (account, verified, notify, updated) VALUES ($1,$2,$3,$2) \
             ON CONFLICT (account) DO UPDATE SET verified = excluded.verified, bounced = NULL, \
             apart = NULL, updated = excluded.updated",
        );
        let statement = statement.bind(account).bind(now).bind(self.by_default());
        tx.execute(statement).await?;
        tx.commit().await?;
        let changed = Changed::Account(account.to_owned());
        self.storage.inner.forget(&[changed]).await
    }
}
