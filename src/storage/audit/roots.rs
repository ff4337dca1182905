//! Daily roots: where the chain ended, signed by the house, for anybody to keep.

use jiff::Timestamp;

use super::chain::{Link, link_of};
use crate::db::Row;
use crate::sql::Statement;
use crate::{Result, Storage};

/// Where the chain of the audit trail ends just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry.
    pub seq: i64,
    pub link: Link,
}

/// A signed root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The last day that was over, such as `2026-06-14`.
    pub day: String,
    /// The number of the last entry it vouches for.
    pub seq: i64,
    pub link: Link,
    pub at: Timestamp,
    /// The same, as a JWS of the house.
    pub signed: String,
}

const SELECT: &str = "SELECT day, seq, link, at, signed FROM audit_root";

impl Storage {
    /// Where the chain ends, everything that waits written out.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn audit_head(&self) -> Result<Head> {
        self.inner.audit.flush(&self.inner.db).await?;
        let statement = Statement::new("SELECT seq, link FROM audit_head");
        let row = self.inner.db.fetch_optional(statement).await?;
        match row {
            Some(row) => Ok(Head {
                seq: row.int(0)?,
                link: link_of(&row, 1)?,
            }),
            None => Ok(Head {
                seq: 0,
                link: [0; 32],
            }),
        }
    }

    /// The signed roots, newest first, those before a day only if one is given.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn audit_roots(&self, before: Option<&str>, count: i64) -> Result<Vec<Root>> {
        let mut s = Statement::new(SELECT);
        if let Some(day) = before {
            s.push(" WHERE day < ").push_bind(day);
        }
        s.push(" ORDER BY day DESC LIMIT ").push_bind(count);
        let rows = self.inner.db.fetch_all(s).await?;
        rows.iter().map(root).collect()
    }

    /// The root of one day.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn audit_root(&self, day: &str) -> Result<Option<Root>> {
        let mut s = Statement::new(SELECT);
        s.push(" WHERE day = ").push_bind(day);
        let row = self.inner.db.fetch_optional(s).await?;
        row.as_ref().map(root).transpose()
    }

    /// Keeps a root. False when there is one of that day already: another node was quicker.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn keep_audit_root(&self, root: &Root) -> Result<bool> {
        let statement = Statement::new(
            "INSERT INTO audit_root (day, seq, link, at, signed) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (day) DO NOTHING",
        )
        .bind(&root.day)
        .bind(root.seq)
        .bind(root.link.to_vec())
        .bind(root.at)
        .bind(&root.signed);
        Ok(self.inner.db.execute(statement).await? > 0)
    }
}

fn root(row: &Row) -> Result<Root> {
    Ok(Root {
        day: row.text(0)?,
        seq: row.int(1)?,
        link: link_of(row, 2)?,
        at: row.time(3)?,
        signed: row.text(4)?,
    })
}
