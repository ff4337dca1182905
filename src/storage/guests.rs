//! Guests who pay one bill: which statement a number is of, and the token of whoever proved to know it.

use fhir::index::ParamId;
use fhir::{Document, ResourceType};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

use crate::secret;
use crate::sql::Statement;
use crate::standing::parsed;
use crate::{Result, Storage, records::stored::COLUMNS};

/// Bills of one number looked at: numbers are one organization's, and a server may hold several.
const SAME_NUMBER_MAX: i64 = 5;

/// A bill that has the number on a statement, and the patient it is of: for the house to compare with.
pub struct Billed {
    pub invoice: String,
    pub patient: String,
    pub patient_document: Document,
}

/// What a guest was let in for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    pub invoice: String,
    pub patient: String,
    pub expires: Timestamp,
    /// The code of a confidential bill was shown.
    pub coded: bool,
}

pub struct Guests<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Guests who pay a bill.
    pub fn guests(&self) -> Guests<'_> {
        Guests { storage: self }
    }
}

impl Guests<'_> {
    /// The bills of that number, oldest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn statements(&self, number: &str) -> Result<Vec<Billed>> {
        if secret::is_impossible(number) {
            return Ok(Vec::new());
        }
        let inner = &self.storage.inner;
        let param = ParamId::of(ResourceType::INVOICE, "identifier");
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM ix_token x JOIN resource r ON r.rid = x.rid \
             WHERE x.param = $1 AND x.code = $2 AND r.deleted = 0 AND r.type = 'Invoice' \
             ORDER BY r.rid LIMIT $3"
        ));
        let statement = statement
            .bind(i64::from(param.0))
            .bind(number)
            .bind(SAME_NUMBER_MAX);
        let rows = inner.db.fetch_all(statement).await?;
        let mut billed = Vec::new();
        for row in inner.stored(&rows).await? {
            let Some(owner) = &row.owner else { continue };
            let patient = inner.current(ResourceType::PATIENT, owner).await?;
            let Some(patient) = patient.filter(|patient| !patient.deleted) else {
                continue;
            };
            billed.push(Billed {
                invoice: row.id.to_string(),
                patient: owner.to_string(),
                patient_document: parsed(&patient.body)?,
            });
        }
        Ok(billed)
    }

    /// Lets a guest in to one bill for a while; returns the token (only its hash is kept).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn admit(
        &self,
        (invoice, patient): (&str, &str),
        coded: bool,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> Result<String> {
        let token = secret::random()?;
        let expires = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO guest_visit (hash, invoice, patient, created, expires, coded) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(hash_of_secret(&token))
        .bind(invoice)
        .bind(patient)
        .bind(now)
        .bind(expires)
        .bind(coded);
        self.storage.inner.db.execute(statement).await?;
        Ok(token)
    }

    /// Keeps the code of a bill by its hash, in place of any before it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn give_code(&self, invoice: &str, hash: &str, expires: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO guest_code (invoice, hash, expires) VALUES ($1, $2, $3) \
             ON CONFLICT (invoice) DO UPDATE SET hash = excluded.hash, expires = excluded.expires",
        )
        .bind(invoice)
        .bind(hash)
        .bind(expires);
        self.storage.inner.db.execute(statement).await.map(drop)
    }

    /// Whether a code of that hash opens a bill now.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_code(&self, invoice: &str, hash: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "SELECT 1 FROM guest_code WHERE invoice = $1 AND hash = $2 AND expires > $3",
        )
        .bind(invoice)
        .bind(hash)
        .bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        Ok(row.is_some())
    }

    /// What a token lets its guest see, by the token's hash; expired ones say so themselves.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, token_hash: &str) -> Result<Option<Visit>> {
        let statement = Statement::new(
            "SELECT invoice, patient, expires, coded FROM guest_visit WHERE hash = $1",
        );
        let statement = statement.bind(token_hash);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            Ok(Visit {
                invoice: row.text(0)?,
                patient: row.text(1)?,
                expires: row.time(2)?,
                coded: row.flag(3)?,
            })
        })
        .transpose()
    }
}
