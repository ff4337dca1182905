//! Rebuilding the search index beside everything else: in small steps, by one node at a time, going
//! on where it stopped, while reads see the old rows of a resource or the new ones, never neither.

mod batch;

use std::sync::atomic::Ordering;

use fhir::index::ParamId;
use jiff::Timestamp;

use batch::Scope;

use crate::{
    Result, Storage,
    db::{Db, Tx},
    sql::Statement,
};

/// The rebuilding of everything.
pub(crate) const WHOLE: &str = "whole";
/// The same, because this program's definitions are newer than the rows there are.
pub(crate) const UPGRADE: &str = "upgrade";
/// The labels of everything, because the rules that give them changed.
const LABELS: &str = "labels";
/// Rows labelled anew at a time.
const ROWS_MAX: i64 = 128;
/// What the work of indexing by one new parameter is called, before its number.
const PARAMETER: &str = "parameter:";
/// For how long a node that works is left alone by the others, in microseconds.
const LEASE_US: i64 = 15_000_000;

/// The name of the work of indexing by a new parameter.
pub(crate) fn name_of(param: ParamId) -> String {
    format!("{PARAMETER}{}", param.0)
}

/// The parameter that work of such a name is for.
pub(crate) fn param_of(name: &str) -> Option<ParamId> {
    let number = name.strip_prefix(PARAMETER)?;
    number.parse().ok().map(ParamId)
}

/// Work on the search index, seen from outside.
pub struct Reindex<'a> {
    pub(crate) storage: &'a Storage,
}

/// How far a piece of work has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub name: String,
    /// Resources indexed anew.
    pub done: u64,
    /// Resources there were when it began; 0 until they are counted.
    pub total: u64,
    pub finished: bool,
}

/// What one call of [`Reindex::step`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing is left to do.
    Idle,
    /// Another node, or another process, is at it.
    Elsewhere,
    /// So many resources were indexed anew.
    Worked(usize),
}

/// A row of `index_work`.
#[derive(Debug, Clone)]
struct Work {
    name: String,
    next: i64,
    until: i64,
    total: i64,
}

impl Reindex<'_> {
    /// Asks for everything to be indexed anew. Work that is under way goes on where it is.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn rebuild(&self) -> Result<()> {
        let statement = Statement::new(
            "UPDATE index_work SET finished = 0, next = 0, done = 0, total = -1 \
             WHERE name = $1 AND finished = 1",
        );
        let db = &self.storage.inner.db;
        db.execute(statement.bind(WHOLE)).await?;
        Ok(())
    }

    /// Every piece of work there is or was.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn progress(&self) -> Result<Vec<Progress>> {
        let statement =
            Statement::new("SELECT name, done, total, finished FROM index_work ORDER BY name");
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        let one = |row: &crate::db::Row| {
            Ok(Progress {
                name: row.text(0)?,
                done: u64::try_from(row.int(1)?).unwrap_or_default(),
                total: u64::try_from(row.int(2)?).unwrap_or_default(),
                finished: row.flag(3)?,
            })
        };
        rows.iter().map(one).collect()
    }

    /// Does a little of what is left: at most a few hundred resources.
    ///
    /// # Errors
    /// `Busy` when somebody else was in the way: the same step may be tried again.
    pub async fn step(&self, now: Timestamp) -> Result<Step> {
        let inner = &self.storage.inner;
        inner.plan_parameters(now).await?;
        self.plan_labels().await?;
        let Some(mut work) = self.unfinished(now).await? else {
            return Ok(Step::Idle);
        };
        if !self.hold(&work, now).await? {
            return Ok(Step::Elsewhere);
        }
        if work.name == LABELS {
            return self.relabel(work, now).await;
        }
        let posted = inner.posted().await?;
        let scope = match param_of(&work.name) {
            None => Scope::Whole(posted),
            Some(id) => match posted.all().find(|one| one.param.id == id) {
                Some(one) => Scope::Parameter(Box::new(one.clone())),
                None => return Ok(Step::Worked(0)),
            },
        };
        if work.total < 0 {
            self.count(&mut work, &scope).await?;
        }
        let Some(batch) = batch::read(inner, &scope, (work.next, work.until)).await? else {
            self.finish(&work).await?;
            return Ok(Step::Worked(0));
        };
        let indexed = batch.index(scope, inner.settings.base.clone()).await?;
        Ok(Step::Worked(indexed.store(inner, &work.name).await?))
    }

    /// Has everything labelled anew when the rules are no longer those it was labelled by.
    async fn plan_labels(&self) -> Result<()> {
        let inner = &self.storage.inner;
        let rules = rules_in_force(
            self.storage.label_rules().await?.version(),
            &inner.settings.pack,
        );
        if labelled_by(&inner.db).await?.as_deref() == Some(&rules) {
            return Ok(());
        }
        let mut tx = inner.db.begin().await?;
        relabel(&mut tx).await?;
        tx.execute(note_rules(&rules)).await?;
        tx.commit().await
    }

    async fn relabel(&self, mut work: Work, now: Timestamp) -> Result<Step> {
        let inner = &self.storage.inner;
        if work.total < 0 {
            self.count(&mut work, &Scope::Whole(inner.posted().await?))
                .await?;
        }
        let rows = Statement::new(
            "SELECT rid FROM resource WHERE rid >= $1 AND rid < $2 AND deleted = 0 \
             ORDER BY rid LIMIT $3",
        );
        let rows = rows.bind(work.next).bind(work.until).bind(ROWS_MAX);
        let rows = inner.db.fetch_all(rows).await?;
        let rids: Vec<i64> = rows.iter().map(|row| row.int(0)).collect::<Result<_>>()?;
        let Some(last) = rids.last().copied() else {
            self.finish(&work).await?;
            return Ok(Step::Worked(0));
        };
        let count = rids.len();
        self.storage.label_anew(rids, now).await?;
        let note = Statement::new(
            "UPDATE index_work SET next = $1, done = done + $2 \
             WHERE name = $3 AND holder = $4 AND next = $5",
        );
        let note = note
            .bind(last + 1)
            .bind(i64::try_from(count).unwrap_or_default())
            .bind(LABELS)
            .bind(&inner.node)
            .bind(work.next);
        // Begun again from the start meanwhile: what was done is done twice.
        inner.db.execute(note).await?;
        Ok(Step::Worked(count))
    }

    /// What may be worked on comes first.
    async fn unfinished(&self, now: Timestamp) -> Result<Option<Work>> {
        let statement = Statement::new(
            "SELECT name, next, until, total FROM index_work WHERE finished = 0 \
             ORDER BY CASE WHEN lease <= $1 OR holder = $2 THEN 0 ELSE 1 END, name LIMIT 1",
        );
        let statement = statement
            .bind(now.as_microsecond())
            .bind(&self.storage.inner.node);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        let read = |row: crate::db::Row| {
            Ok(Work {
                name: row.text(0)?,
                next: row.int(1)?,
                until: row.int(2)?,
                total: row.int(3)?,
            })
        };
        row.map(read).transpose()
    }

    /// Takes the work on, or keeps it, unless another has it.
    async fn hold(&self, work: &Work, now: Timestamp) -> Result<bool> {
        let inner = &self.storage.inner;
        let statement = Statement::new(
            "UPDATE index_work SET holder = $1, lease = $2 WHERE name = $3 AND finished = 0 \
             AND (holder IS NULL OR holder = $1 OR lease <= $4)",
        );
        let now = now.as_microsecond();
        let statement = statement
            .bind(&inner.node)
            .bind(now + LEASE_US)
            .bind(&work.name)
            .bind(now);
        Ok(inner.db.execute(statement).await? == 1)
    }

    /// Settles which rows are meant: those whose numbers were given out until now. Later ones are
    /// indexed right as they are written.
    async fn count(&self, work: &mut Work, scope: &Scope) -> Result<()> {
        let db = &self.storage.inner.db;
        let next = Statement::new("SELECT next FROM block WHERE name = 'rid'");
        let row = db.fetch_optional(next).await?;
        work.until = row.map_or(Ok(0), |row| row.int(0))?;
        let count = match scope.resource_type() {
            None => Statement::new("SELECT COUNT(*) FROM resource WHERE deleted = 0"),
            Some(one) => {
                let sql = "SELECT COUNT(*) FROM resource WHERE deleted = 0 AND type = $1";
                Statement::new(sql).bind(one.name())
            }
        };
        let row = db.fetch_optional(count).await?;
        work.total = row.map_or(Ok(0), |row| row.int(0))?;
        let write = Statement::new("UPDATE index_work SET until = $1, total = $2 WHERE name = $3")
            .bind(work.until)
            .bind(work.total)
            .bind(&work.name);
        db.execute(write).await?;
        Ok(())
    }

    async fn finish(&self, work: &Work) -> Result<()> {
        let inner = &self.storage.inner;
        let statement = Statement::new(
            "UPDATE index_work SET finished = 1, holder = NULL, lease = 0 \
             WHERE name = $1 AND holder = $2",
        );
        let statement = statement.bind(&work.name).bind(&inner.node);
        inner.db.execute(statement).await?;
        tracing::info!(work = work.name, "the search index is complete");
        Ok(())
    }
}

/// By which rules and for which laws things are labelled.
fn rules_in_force(version: &str, pack: &access::Pack) -> String {
    let laws = pack.minor_consents.iter();
    let laws = laws.map(|one| {
        let (labels, level) = (one.labels.join(","), &one.confidentiality);
        format!("{}={labels}/{level}", one.basis)
    });
    format!("{version} {}", laws.collect::<Vec<_>>().join(" "))
}

/// Has everything labelled anew from the start, in small steps.
pub(crate) async fn relabel(tx: &mut Tx) -> Result<()> {
    let statement = Statement::new(
        "INSERT INTO index_work (name, form, next, until, done, total, finished, lease) \
         VALUES ($1, 0, 0, 0, 0, -1, 0, 0) ON CONFLICT (name) DO UPDATE SET \
         next = 0, done = 0, total = -1, finished = 0",
    );
    tx.execute(statement.bind(LABELS)).await?;
    Ok(())
}

/// Notes that an empty database is labelled as this program does: there is nothing to do.
pub(crate) async fn settle_labels(storage: &Storage) -> Result<()> {
    let db = &storage.inner.db;
    if labelled_by(db).await?.is_some() || !storage.is_empty().await? {
        return Ok(());
    }
    let shipped = access::sensitivity::Rules::shipped().version();
    let rules = rules_in_force(shipped, &storage.inner.settings.pack);
    db.execute(note_rules(&rules)).await.map(drop)
}

fn note_rules(rules: &str) -> Statement {
    let statement = Statement::new(
        "INSERT INTO label_rules (name, version) VALUES ('all', $1) \
         ON CONFLICT (name) DO UPDATE SET version = excluded.version",
    );
    statement.bind(rules)
}

async fn labelled_by(db: &Db) -> Result<Option<String>> {
    let statement = Statement::new("SELECT version FROM label_rules WHERE name = 'all'");
    let row = db.fetch_optional(statement).await?;
    row.map(|row| row.text(0)).transpose()
}

/// Notes at the opening of a database which form its index has, and that it is to be rebuilt where
/// this program's definitions are newer.
pub(crate) async fn settle(db: &Db) -> Result<()> {
    let form = fhir::index::FORM;
    let known = Statement::new("SELECT form FROM index_work WHERE name = $1").bind(WHOLE);
    let known = db.fetch_optional(known).await?;
    let known = known.map(|row| row.int(0)).transpose()?;
    if known.is_some_and(|known| known >= form) {
        return Ok(());
    }
    let any = Statement::new("SELECT 1 FROM resource LIMIT 1");
    let old = db.fetch_optional(any).await?.is_some();
    if old {
        let upgrade = Statement::new(
            "INSERT INTO index_work (name, form, next, until, done, total, finished, lease) \
             VALUES ($1, $2, 0, 0, 0, -1, 0, 0) ON CONFLICT (name) DO UPDATE SET \
             form = excluded.form, next = 0, done = 0, total = -1, finished = 0 \
             WHERE index_work.form < excluded.form",
        );
        db.execute(upgrade.bind(UPGRADE).bind(form)).await?;
    }
    // Last, so that an opening that is cut off before is made up for.
    let note = Statement::new(
        "INSERT INTO index_work (name, form, next, until, done, total, finished, lease) \
         VALUES ($1, $2, 0, 0, 0, -1, 1, 0) ON CONFLICT (name) DO UPDATE SET form = excluded.form \
         WHERE index_work.form < excluded.form",
    );
    db.execute(note.bind(WHOLE).bind(form)).await?;
    Ok(())
}

impl Storage {
    /// That every resource has the index rows of this release.
    ///
    /// # Errors
    /// `Indexing` until it has.
    pub(crate) async fn has_upgraded(&self) -> Result<()> {
        let upgraded = &self.inner.upgraded;
        if upgraded.load(Ordering::Acquire) {
            return Ok(());
        }
        let sql = "SELECT done, total FROM index_work WHERE name = $1 AND finished = 0";
        let row = self
            .inner
            .db
            .fetch_optional(Statement::new(sql).bind(UPGRADE));
        let Some(row) = row.await? else {
            upgraded.store(true, Ordering::Release);
            return Ok(());
        };
        let number = |at| Ok::<_, crate::Error>(u64::try_from(row.int(at)?).unwrap_or_default());
        Err(crate::Error::Indexing {
            done: number(0)?,
            total: number(1)?,
        })
    }
}
