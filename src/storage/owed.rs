//! What a write leaves for people to do, noted with the write itself: nothing is forgotten, whatever happens next.

use std::sync::Arc;

use access::vocabulary::RELEASE_HOLD;
use access::{Access, Action, Pack, Task, facts::ConsentKind, standing::consent_fact};
use access::{messages, shape, waiting};
use fhir::{Element, ResourceType};
use jiff::Timestamp;

use crate::records::stored::COLUMNS;
use crate::sql::{Column, Statement, Table};
use crate::{Result, Seen, Storage};

pub(crate) static OWED: Table = Table {
    name: "owed",
    columns: &[("kind", Column::Text), ("rid", Column::Int)],
    tail: "ON CONFLICT DO NOTHING",
};

/// What kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The patient waits to hear a result.
    Discuss,
    /// Care that may have to be reported to child protection.
    Report,
    /// A patient waits no longer: what was held for that is let go.
    Release,
    /// Somebody sent a message that waits for an answer.
    Answer,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Discuss, Self::Report, Self::Release, Self::Answer];
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Discuss => "discuss",
            Self::Report => "report",
            Self::Release => "release",
            Self::Answer => "answer",
        }
    }
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What storing a resource leaves to do.
pub(crate) fn left_by(
    access: &Access,
    resource_type: ResourceType,
    resource: Element<'_>,
    pack: &Pack,
) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let hold = resource.extension(RELEASE_HOLD);
    let standing = hold.and_then(|hold| hold.extension(waiting::STANDING));
    if standing.is_some() && access.task() != Some(Task::Release) {
        kinds.push(Kind::Discuss);
    }
    if waiting::report_age(resource, pack).is_some() {
        kinds.push(Kind::Report);
    }
    if resource_type == ResourceType::CONSENT {
        let fact = consent_fact(resource, "UTC");
        if fact.is_some_and(|fact| fact.kind == ConsentKind::Wait && !fact.active) {
            kinds.push(Kind::Release);
        }
    }
    let of_person = shape::applies(access) && resource_type == ResourceType::COMMUNICATION;
    if of_person && messages::is_sent(resource) && messages::is_from_person(resource) {
        kinds.push(Kind::Answer);
    }
    kinds
}

/// One piece of work.
#[derive(Debug, Clone)]
pub struct Owed {
    pub kind: Kind,
    /// Its number, for [`Storage::settle_owed`].
    pub rid: i64,
    pub patient: String,
    /// What it is about, as the house sees it.
    pub seen: Seen,
}

impl Storage {
    /// The first pieces of work nobody has been told of; those about what is gone by now are settled by that.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn owed(&self, pack: &Arc<Pack>, now: Timestamp, most: i64) -> Result<Vec<Owed>> {
        let inner = &self.inner;
        let statement = Statement::made(format!(
            "SELECT {COLUMNS}, o.kind FROM owed o JOIN resource r ON r.rid = o.rid \
             WHERE r.deleted = 0 AND r.owner IS NOT NULL ORDER BY o.rid LIMIT $1"
        ));
        let rows = inner.db.fetch_all(statement.bind(most)).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let access = Access::for_task(Task::Standing, pack.clone(), now);
        let last = COLUMNS.split(',').count();
        let mut owed = Vec::new();
        for row in &rows {
            let kind = Kind::from_code(row.str(last)?);
            let stored = inner.stored(std::slice::from_ref(row)).await?;
            let (Some(kind), Some(stored)) = (kind, stored.into_iter().next()) else {
                continue;
            };
            let (_, seen) = inner.seen(&access, Action::Read, &Arc::new(stored.clone()))?;
            if let (Some(seen), Some(patient)) = (seen, &stored.owner) {
                owed.push(Owed {
                    kind,
                    rid: stored.rid,
                    patient: patient.to_string(),
                    seen,
                });
            }
        }
        Ok(owed)
    }

    /// Notes that somebody was told.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn settle_owed(&self, kind: Kind, rid: i64) -> Result<()> {
        let statement = Statement::new("DELETE FROM owed WHERE kind = $1 AND rid = $2")
            .bind(kind.code())
            .bind(rid);
        self.inner.db.execute(statement).await?;
        Ok(())
    }
}
