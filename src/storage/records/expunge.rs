//! Erasing for good what was deleted or replaced (`$expunge`). The audit trail stays.

use std::sync::Arc;

use fhir::ResourceType;

use super::{Records, WriteFault, WriteFaultKind};
use crate::{
    Error, Result,
    audit::{self, Record},
    db::Tx,
    sql::Statement,
};

/// What is erased: of one resource, of a type, or of everything.
#[derive(Debug, Clone)]
pub struct Expunge {
    pub resource_type: Option<ResourceType>,
    pub id: Option<String>,
    /// Deleted resources with all their versions.
    pub deleted: bool,
    /// Versions that are no longer current.
    pub earlier: bool,
    /// How many resources, and how many versions, at most.
    pub limit: usize,
}

/// A deleted resource that was erased.
struct Erased {
    rid: i64,
    name: String,
    owner: Option<Arc<str>>,
}

impl Records<'_> {
    /// Erases in one transaction; how many versions. A resource erased whole is as if it had never
    /// been, but for the audit trail.
    ///
    /// # Errors
    /// `Denied` for anybody but an administrator, and what the database reports.
    pub async fn expunge(&self, asked: &Expunge) -> Result<u64> {
        if let Err(denial) = self.access.may_erase() {
            let kind = WriteFaultKind::Denied(Box::new(denial.to_decision()));
            return Err(WriteFault { change: 0, kind }.into());
        }
        let inner = &self.storage.inner;
        let mut tx = inner.db.begin().await?;
        let mut count = 0;
        let mut erased = Vec::new();
        if asked.deleted {
            erased = deleted(&mut tx, inner.db.for_update(), asked).await?;
            let rids: Vec<i64> = erased.iter().map(|one| one.rid).collect();
            count += erased.len() as u64;
            for table in ["guard_source", "history", "resource"] {
                let mut s = Statement::made(format!("DELETE FROM {table} WHERE "));
                let number = s.number(rids.clone());
                s.push(&inner.db.in_list("rid", number));
                let gone = tx.execute(s).await?;
                if table == "history" {
                    count += gone;
                }
            }
        }
        if asked.earlier {
            count += tx.execute(earlier(asked)).await?;
        }
        tx.commit().await?;
        inner.rows.clear();
        self.audit_expunge(asked, erased, count).await;
        Ok(count)
    }

    /// One line for what was asked, and one for each resource that is gone.
    async fn audit_expunge(&self, asked: &Expunge, erased: Vec<Erased>, count: u64) {
        let named = asked.resource_type.map(|of| match &asked.id {
            Some(id) => format!("{of}/{id}"),
            None => of.name().to_owned(),
        });
        let record = |entity, patient| Record {
            at: self.access.now().as_microsecond(),
            action: audit::Action::Delete,
            permitted: true,
            reason: "EXPUNGED".into(),
            patient,
            entity,
            query: Some(format!("$expunge ({count})")),
            request_id: None,
            suspended_until: None,
        };
        let inner = &self.storage.inner;
        inner.record(self.access, record(named, None)).await;
        for one in erased {
            inner
                .record(self.access, record(Some(one.name), one.owner))
                .await;
        }
    }
}

/// The deleted resources meant, held until the transaction ends.
async fn deleted(tx: &mut Tx, for_update: &str, asked: &Expunge) -> Result<Vec<Erased>> {
    let mut s =
        Statement::new("SELECT r.rid, r.type, r.id, r.owner FROM resource r WHERE r.deleted = 1");
    narrow(&mut s, asked);
    s.push(" ORDER BY r.rid LIMIT ").push_bind(limit(asked));
    s.push(for_update);
    let rows = tx.fetch_all(s).await?;
    rows.iter()
        .map(|row| {
            Ok::<_, Error>(Erased {
                rid: row.int(0)?,
                name: format!("{}/{}", row.str(1)?, row.str(2)?),
                owner: row.opt_text(3)?.map(Into::into),
            })
        })
        .collect()
}

fn earlier(asked: &Expunge) -> Statement {
    let mut s = Statement::new(
        "DELETE FROM history WHERE (rid, version) IN (SELECT h.rid, h.version \
         FROM history h JOIN resource r ON r.rid = h.rid WHERE 1 = 1",
    );
    narrow(&mut s, asked);
    s.push(" ORDER BY h.rid, h.version LIMIT ")
        .push_bind(limit(asked));
    s.push(")");
    s
}

fn narrow(s: &mut Statement, asked: &Expunge) {
    // What an investigation may look into is kept until it is over.
    s.push(
        " AND NOT EXISTS (SELECT 1 FROM account_hold k WHERE k.patient = r.owner AND k.lifted IS NULL)",
    );
    if let Some(resource_type) = asked.resource_type {
        s.push(" AND r.type = ").push_bind(resource_type.name());
    }
    if let Some(id) = &asked.id {
        s.push(" AND r.id = ").push_bind(id);
    }
}

fn limit(asked: &Expunge) -> i64 {
    i64::try_from(asked.limit).unwrap_or(i64::MAX)
}
