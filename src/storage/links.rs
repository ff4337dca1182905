//! Share links (SMART Health Links): who made which, what it shows, how often it was opened and whether it is
//! over. An address is known by its hash; address and key are had again only unsealed, for whoever made them.

use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

use crate::db::Row;
use crate::invalidate::Changed;
use crate::sealed::Place;
use crate::secret;
use crate::sql::Statement;
use crate::{Error, Result, Storage};

/// Links shown at once.
const LISTED_MAX: i64 = 200;

/// A link as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareLink {
    pub id: String,
    pub patient: String,
    /// Who made it.
    pub account: String,
    /// `RelatedPerson/…` of a proxy who made it; `None`: the patient.
    pub acting_as: Option<String>,
    /// Id of the Consent it rests on.
    pub consent: String,
    pub label: String,
    /// Whom it is meant for, in the maker's words.
    pub recipient: String,
    /// Codes of [`access::links::CATEGORIES`].
    pub categories: Vec<String>,
    /// Sensitivity labels included.
    pub labels: Vec<String>,
    /// The `flag` of the payload.
    pub flags: String,
    /// Gives out a token for the FHIR API too.
    pub live: bool,
    /// PHC string of the passcode, if it asks for one.
    pub passcode: Option<String>,
    /// Wrong passcodes it still bears.
    pub tries_left: i64,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub ended: Option<Timestamp>,
    /// How often it was opened, and when last.
    pub opened: i64,
    pub last_opened: Option<Timestamp>,
}

impl ShareLink {
    /// The id of the RelatedPerson of a proxy who made it.
    pub fn related_person(&self) -> Option<&str> {
        self.acting_as.as_deref()?.strip_prefix("RelatedPerson/")
    }
    /// Whether it can still be opened, as far as its own row says.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let exhausted = self.passcode.is_some() && self.tries_left <= 0;
        self.ended.is_none() && now < self.expires && !exhausted
    }
}

/// What only the link itself says, each 43 base64url characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The last part of its address.
    pub address: String,
    /// What its files are encrypted with.
    pub key: String,
}

/// What a link gives out for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticket {
    /// The address of the shared record.
    Record,
    /// The address of the file with the token.
    Access,
    /// A token for the FHIR API.
    Token,
}

impl Ticket {
    fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Access => "access",
            Self::Token => "token",
        }
    }
    fn parse(text: &str) -> Option<Self> {
        let all = [Self::Record, Self::Access, Self::Token];
        all.into_iter().find(|one| one.as_str() == text)
    }
}

/// One that was given out.
#[derive(Debug, Clone)]
pub struct GivenOut {
    pub link: ShareLink,
    pub kind: Ticket,
    pub recipient: String,
    pub expires: Timestamp,
}

/// Whose links.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Of this record, whoever made them.
    Patient(&'a str),
    /// Made with this account.
    Account(&'a str),
    /// Made with this account, of this record.
    Made { account: &'a str, patient: &'a str },
}

pub struct Links<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Share links.
    pub fn links(&self) -> Links<'_> {
        Links { storage: self }
    }
}

const COLUMNS: &str = "l.id, l.patient, l.account, l.acting_as, l.consent, l.label, l.recipient, \
     l.categories, l.labels, l.flags, l.live, l.passcode, l.tries_left, l.created, l.expires, l.ended, \
     l.opened, l.last_opened";

fn place(id: &str) -> Place<'_> {
    Place {
        table: "share_link",
        column: "sealed",
        row: id,
    }
}

impl Links<'_> {
    /// Fresh secrets for a link.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn secrets() -> Result<Secrets> {
        Ok(Secrets {
            address: secret::random()?,
            key: secret::random()?,
        })
    }

    /// Keeps a new link.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn create(&self, link: &ShareLink, secrets: &Secrets) -> Result<()> {
        let both = format!("{}.{}", secrets.address, secrets.key);
        let sealed = self
            .storage
            .sealing()
            .seal(place(&link.id), both.as_bytes())?;
        let statement = Statement::new(
            "INSERT INTO share_link (id, hash, sealed, patient, account, acting_as, consent, label, \
             recipient, categories, labels, flags, live, passcode, tries_left, created, expires, opened) \
             VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,0)",
        )
        .bind(&link.id)
        .bind(hash_of_secret(&secrets.address))
        .bind(sealed)
        .bind(&link.patient)
        .bind(&link.account)
        .bind(link.acting_as.as_deref())
        .bind(&link.consent)
        .bind(&link.label)
        .bind(&link.recipient)
        .bind(link.categories.join(" "))
        .bind(link.labels.join(" "))
        .bind(&link.flags)
        .bind(link.live)
        .bind(link.passcode.as_deref())
        .bind(link.tries_left)
        .bind(link.created)
        .bind(link.expires);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }

    /// Newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self, whose: Whose<'_>) -> Result<Vec<ShareLink>> {
        let (column, id) = named(whose);
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM share_link l WHERE {column} = $1 \
             ORDER BY l.created DESC, l.id LIMIT $2"
        ));
        let statement = statement.bind(id).bind(LISTED_MAX);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(read).collect()
    }

    /// How many of them can still be opened.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn count_live(&self, whose: Whose<'_>, now: Timestamp) -> Result<i64> {
        let (column, id) = named(whose);
        let statement = Statement::made(format!(
            "SELECT COUNT(*) FROM share_link WHERE {column} = $1 AND ended IS NULL AND expires > $2"
        ));
        let statement = statement.bind(id).bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, id: &str) -> Result<Option<ShareLink>> {
        self.one("l.id", id).await
    }

    /// The link at an address.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn at(&self, address: &str) -> Result<Option<ShareLink>> {
        self.one("l.hash", &hash_of_secret(address)).await
    }

    async fn one(&self, column: &str, key: &str) -> Result<Option<ShareLink>> {
        if secret::is_impossible(key) {
            return Ok(None);
        }
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM share_link l WHERE {column} = $1"
        ));
        let row = self
            .storage
            .inner
            .db
            .fetch_optional(statement.bind(key))
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// What a link's payload says, unsealed.
    ///
    /// # Errors
    /// When the database cannot be asked, or was sealed with a key that is gone.
    pub async fn unseal(&self, id: &str) -> Result<Option<Secrets>> {
        let statement = Statement::new("SELECT sealed FROM share_link WHERE id = $1").bind(id);
        let Some(row) = self.storage.inner.db.fetch_optional(statement).await? else {
            return Ok(None);
        };
        let both = self.storage.sealing().open(place(id), row.str(0)?)?;
        let both = String::from_utf8(both).unwrap_or_default();
        Ok(both.split_once('.').map(|(address, key)| Secrets {
            address: address.to_owned(),
            key: key.to_owned(),
        }))
    }

    /// Counts a passcode before it is looked at: how many wrong ones the link bears after this one. `None`: it
    /// bore no more, and nothing is looked at.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn count(&self, id: &str) -> Result<Option<i64>> {
        let statement = Statement::new(
            "UPDATE share_link SET tries_left = tries_left - 1 \
             WHERE id = $1 AND tries_left > 0 AND ended IS NULL RETURNING tries_left",
        );
        let inner = &self.storage.inner;
        let rows = inner.db.execute_returning(statement.bind(id)).await?;
        let left = rows.first().map(|row| row.int(0)).transpose()?;
        if left == Some(0) {
            self.forget(id).await?;
        }
        Ok(left)
    }

    /// Takes a counted passcode back: it was right.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn forgive(&self, id: &str) -> Result<()> {
        let statement =
            Statement::new("UPDATE share_link SET tries_left = tries_left + 1 WHERE id = $1");
        self.storage.inner.db.execute(statement.bind(id)).await?;
        self.forget(id).await
    }

    /// Notes that it was opened.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn note_opening(&self, id: &str, now: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "UPDATE share_link SET opened = opened + 1, last_opened = $2 WHERE id = $1",
        );
        let statement = statement.bind(id).bind(now);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }

    /// Ends a link, on every node when this returns, with the tokens it gave out. False when it was over.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn end(&self, id: &str, now: Timestamp) -> Result<bool> {
        let statement =
            Statement::new("UPDATE share_link SET ended = $2 WHERE id = $1 AND ended IS NULL");
        let statement = statement.bind(id).bind(now);
        let ended = self.storage.inner.db.execute(statement).await? > 0;
        self.forget(id).await?;
        Ok(ended)
    }

    /// Ends all of somebody's links, as [`Self::end`] does: which ones were not over before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn end_all(&self, whose: Whose<'_>, now: Timestamp) -> Result<Vec<String>> {
        let (column, key) = named(whose);
        let statement = Statement::made(format!(
            "UPDATE share_link SET ended = $2 WHERE {column} = $1 AND ended IS NULL RETURNING id"
        ));
        let statement = statement.bind(key).bind(now);
        let rows = self.storage.inner.db.execute_returning(statement).await?;
        let ids: Vec<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_>>()?;
        let changed: Vec<_> = ids.iter().cloned().map(Changed::Grant).collect();
        self.storage.inner.forget(&changed).await?;
        Ok(ids)
    }

    /// Gives something out for a while; returns its secret (only the hash is kept).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn give_out(
        &self,
        (link, kind): (&str, Ticket),
        recipient: &str,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> Result<String> {
        let made = secret::random()?;
        let expires = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO share_ticket (hash, link, kind, recipient, created, expires) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(hash_of_secret(&made))
        .bind(link)
        .bind(kind.as_str())
        .bind(recipient)
        .bind(now)
        .bind(expires);
        self.storage.inner.db.execute(statement).await?;
        Ok(made)
    }

    /// What was given out, by the hash of its secret, with the link it is of; expired ones too.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn given_out(&self, hash: &str) -> Result<Option<GivenOut>> {
        let statement = Statement::made(format!(
            "SELECT {COLUMNS}, t.kind, t.recipient, t.expires FROM share_ticket t \
             JOIN share_link l ON l.id = t.link WHERE t.hash = $1"
        ));
        let row = self
            .storage
            .inner
            .db
            .fetch_optional(statement.bind(hash))
            .await?;
        row.map(|row| {
            Ok(GivenOut {
                link: read(&row)?,
                kind: Ticket::parse(row.str(18)?).ok_or_else(|| Error::Corrupt {
                    table: "share_ticket",
                    what: "an unknown kind".to_owned(),
                })?,
                recipient: row.text(19)?,
                expires: row.time(20)?,
            })
        })
        .transpose()
    }

    async fn forget(&self, id: &str) -> Result<()> {
        let changed = Changed::Grant(id.to_owned());
        self.storage.inner.forget(&[changed]).await
    }
}

/// What is compared with what.
fn named(whose: Whose<'_>) -> (&'static str, String) {
    match whose {
        Whose::Patient(id) => ("patient", id.to_owned()),
        Whose::Account(id) => ("account", id.to_owned()),
        Whose::Made { account, patient } => {
            ("account || ' ' || patient", format!("{account} {patient}"))
        }
    }
}

fn read(row: &Row) -> Result<ShareLink> {
    let words = |at: usize| -> Result<Vec<String>> {
        let text = row.text(at)?;
        Ok(text.split_whitespace().map(str::to_owned).collect())
    };
    Ok(ShareLink {
        id: row.text(0)?,
        patient: row.text(1)?,
        account: row.text(2)?,
        acting_as: row.opt_text(3)?,
        consent: row.text(4)?,
        label: row.text(5)?,
        recipient: row.text(6)?,
        categories: words(7)?,
        labels: words(8)?,
        flags: row.text(9)?,
        live: row.flag(10)?,
        passcode: row.opt_text(11)?,
        tries_left: row.int(12)?,
        created: row.time(13)?,
        expires: row.time(14)?,
        ended: row.opt_time(15)?,
        opened: row.int(16)?,
        last_opened: row.opt_time(17)?,
    })
}
