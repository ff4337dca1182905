//! Writing, the house's half: one task takes what is waiting, decides and stores it in one
//! transaction.
//!
//! Many callers share a commit, none shares another's fault: a list of changes is stored whole or
//! not at all, and when the transaction itself fails each caller is tried alone.

use access::shape::Refusal;
use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use access::{Access, Facet};
use fhir::ResourceType;
use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::{
    Condition, WriteFault, WriteFaultKind, condition,
    judge::{Judge, Known},
    propagate::{self, Propagation, Seeds},
    stage::Stage,
    stored::{COLUMNS, FACTS, Stored},
    write::{Kind, Prepared},
};
use crate::{
    Error, Inner, Result, Storage,
    audit::{self, Record, chain::Numbered},
    db::Tx,
    definitions::is_definition,
    invalidate::Changed,
    sql::Statement,
};

/// Changes that share one commit, at most (a single longer list still goes in whole).
const CHANGES_MAX: usize = 256;
/// How long a batch waits for callers that shared the last one, in milliseconds.
const WAIT_MS: u64 = 1;
/// Lists of changes that may wait; a caller beyond that waits to hand its list in.
pub(crate) const WAITING_MAX: usize = 1_024;
/// How often a list is tried again when another node was in the way.
const TRIES_MAX: usize = 5;
/// How often new facets are given numbers for one batch.
const FACET_ROUNDS_MAX: usize = 32;
/// Row numbers taken from the database at a time.
const BLOCK: i64 = 4_096;

/// One caller's list of changes.
pub(crate) struct Job {
    pub(crate) access: Access,
    /// The caller's number in the audit trail.
    pub(crate) agent: Numbered,
    pub(crate) changes: Vec<Prepared>,
    pub(crate) conditions: Vec<Condition>,
    /// Numbers of rows whose labels are to be worked out anew.
    pub(crate) relabel: Vec<i64>,
    pub(crate) reply: oneshot::Sender<Result<Outcome>>,
}

/// What became of a list.
pub(crate) type Outcome = std::result::Result<Vec<Done>, Box<Refused>>;

/// A change that was made.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) row: Arc<Stored>,
    pub(crate) created: bool,
}

/// The change a list was refused for.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) fault: WriteFault,
    pub(crate) record: Record,
    /// What its labels were taken over from changed in between: it may be made ready again.
    pub(crate) overtaken: bool,
}

impl Refused {
    pub(crate) fn new(
        job: &Job,
        change: usize,
        kind: WriteFaultKind,
        row: Option<&Stored>,
    ) -> Box<Self> {
        let prepared = job.changes.get(change);
        let reason = match &kind {
            WriteFaultKind::Denied(decision) => decision.reason.0,
            WriteFaultKind::Misshapen(_) => Refusal::REASON.0,
            WriteFaultKind::VersionConflict { .. } => "VERSION_CONFLICT",
            WriteFaultKind::NotFound => "NOT_FOUND",
            WriteFaultKind::IdTaken => "ID_TAKEN",
            WriteFaultKind::DanglingReference { .. } => "DANGLING_REFERENCE",
            WriteFaultKind::NamedTwice => "NAMED_TWICE",
            WriteFaultKind::Profile(_) => "PROFILE",
            WriteFaultKind::ConditionChanged => "CONDITION_CHANGED",
        };
        Box::new(Self {
            record: Record {
                at: job.access.now().as_microsecond(),
                action: prepared.map_or(audit::Action::Update, |p| action(p.kind)),
                permitted: false,
                reason: reason.into(),
                patient: row.and_then(|row| row.owner.clone()),
                entity: prepared.map(|p| format!("{}/{}", p.resource_type, p.id)),
                query: None,
                request_id: None,
                suspended_until: None,
            },
            fault: WriteFault { change, kind },
            overtaken: false,
        })
    }
}

fn action(kind: Kind) -> audit::Action {
    match kind {
        Kind::Create => audit::Action::Create,
        Kind::Update => audit::Action::Update,
        Kind::Delete => audit::Action::Delete,
    }
}

/// Runs until the last handle to the database is gone.
pub(crate) async fn run(inner: Weak<Inner>, mut jobs: mpsc::Receiver<Job>) {
    let mut writer = Writer {
        next: 0,
        end: 0,
        missing: Vec::new(),
    };
    let mut expected = 1;
    while let Some(first) = jobs.recv().await {
        let batch = gather(first, &mut jobs, expected).await;
        expected = batch.len();
        let Some(inner) = inner.upgrade() else { return };
        let storage = Storage { inner };
        // A fault of ours in deciding one batch must not end all writing: its callers are told, the
        // transaction is undone.
        let commit = AssertUnwindSafe(writer.commit(&storage, batch)).catch_unwind();
        if commit.await.is_err() {
            tracing::error!("a batch of changes was given up");
        }
    }
}

/// What is waiting. Callers who shared the last commit were answered together and are likely to be
/// back together: they are given a moment. A caller alone never waits.
async fn gather(first: Job, jobs: &mut mpsc::Receiver<Job>, expected: usize) -> Vec<Job> {
    let until = tokio::time::Instant::now() + Duration::from_millis(WAIT_MS);
    let mut size = first.changes.len();
    let mut batch = vec![first];
    while size < CHANGES_MAX {
        let next = match jobs.try_recv() {
            Ok(job) => Some(job),
            Err(_) if batch.len() < expected => {
                let next = tokio::time::timeout_at(until, jobs.recv()).await;
                next.unwrap_or_default()
            }
            Err(_) => None,
        };
        let Some(job) = next else { break };
        size += job.changes.len();
        batch.push(job);
    }
    batch
}

struct Writer {
    /// Row numbers in hand: `next..end`.
    next: i64,
    end: i64,
    /// Facets the last attempt found no numbers for.
    missing: Vec<Facet>,
}

/// What one transaction did.
struct Committed {
    outcomes: Vec<Outcome>,
    changed: Vec<Changed>,
    /// Rows nobody wrote whose labels changed with those written.
    relabelled: Vec<Arc<Stored>>,
}

impl Writer {
    async fn commit(&mut self, storage: &Storage, batch: Vec<Job>) {
        match self.attempt(storage, &batch).await {
            Ok(committed) => answer(&storage.inner, batch, committed),
            Err(error) => {
                tracing::debug!(%error, "a commit failed; each list is tried alone");
                let mut only = (batch.len() == 1).then_some(error);
                for job in batch {
                    self.alone(storage, job, only.take()).await;
                }
            }
        }
    }

    /// One list by itself, again while another node is in the way.
    async fn alone(&mut self, storage: &Storage, job: Job, mut last: Option<Error>) {
        let batch = vec![job];
        for _ in 0..TRIES_MAX {
            if let Some(error) = &last
                && !matches!(error, Error::Duplicate | Error::Busy)
            {
                break;
            }
            match self.attempt(storage, &batch).await {
                Ok(committed) => return answer(&storage.inner, batch, committed),
                Err(error) => last = Some(error),
            }
        }
        let error = last.unwrap_or(Error::Busy);
        for job in batch {
            // A caller that no longer listens misses nothing: nothing was stored.
            let _gone = job.reply.send(Err(copy(&error)));
        }
    }

    /// One attempt, again when facets had to be given numbers first: those are given outside of any
    /// transaction, so that no row carries one that nobody knows.
    async fn attempt(&mut self, storage: &Storage, batch: &[Job]) -> Result<Committed> {
        for _ in 0..FACET_ROUNDS_MAX {
            self.missing.clear();
            match self.once(storage, batch).await {
                Err(Error::Busy) if !self.missing.is_empty() => {
                    for facet in std::mem::take(&mut self.missing) {
                        storage.inner.intern(facet).await?;
                    }
                }
                other => return other,
            }
        }
        Err(Error::Busy)
    }

    async fn once(&mut self, storage: &Storage, batch: &[Job]) -> Result<Committed> {
        let inner = &*storage.inner;
        let rules = storage.label_rules().await?;
        let changes: usize = batch.iter().map(|job| job.changes.len()).sum();
        self.reserve(inner, changes).await?;
        let mut tx = inner.db.begin().await?;
        inner.notice_foreign_commits(tx.data_version().await?);
        condition::lock(inner, &mut tx, batch).await?;
        let mut known = look_up(inner, &mut tx, batch).await?;
        let mut stage = Stage::default();
        let mut records = Vec::with_capacity(changes);
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut changed = Vec::new();
        let mut seeds = Seeds::default();
        for job in batch {
            seeds.rids.extend(&job.relabel);
            let again = |change: &Prepared| stage.touches(change.resource_type, &change.id);
            if !job.conditions.is_empty() || job.changes.iter().any(again) {
                let full = std::mem::take(&mut stage);
                full.store(inner, &mut tx).await?;
            }
            if !condition::hold(storage, &mut tx, job).await? {
                let changed = WriteFaultKind::ConditionChanged;
                outcomes.push(Err(Refused::new(job, 0, changed, None)));
                continue;
            }
            let judge = Judge {
                inner,
                job,
                known: &known,
            };
            let judged = match judge.judge(&mut self.next) {
                Ok(judged) => judged,
                Err(refused) => {
                    outcomes.push(Err(refused));
                    continue;
                }
            };
            let agent = &job.access.standing().agent;
            inner
                .audit
                .note_use(agent, job.access.now().as_microsecond());
            let mut done = Vec::with_capacity(judged.len());
            for (judged, change) in judged.into_iter().zip(&job.changes) {
                let old = known.get(judged.row.resource_type, &judged.row.id);
                facts_changed(&judged.row, old, &mut changed);
                if audit::is_audited(&job.access) {
                    records.push((job.agent, judged.record(job, action(change.kind))));
                }
                let guards = judged.content.as_ref().map(|content| &content.guards);
                if propagate::may_pass_on(judged.row.resource_type) && !judged.row.deleted {
                    seeds.note(
                        &judged.row,
                        old.map(|o| &**o),
                        guards,
                        (&rules, &inner.settings.pack),
                    );
                }
                known.insert(judged.row.clone());
                done.push(judged.done());
                stage.add(judged);
            }
            outcomes.push(Ok(done));
        }
        stage.store(inner, &mut tx).await?;
        let propagation = Propagation {
            inner,
            tx: &mut tx,
            rules: &rules,
            missing: &mut self.missing,
        };
        let relabelled = propagation.run(seeds).await?;
        inner.notify(&mut tx, &changed).await?;
        audit::insert(&mut tx, records).await?;
        tx.commit().await?;
        Ok(Committed {
            outcomes,
            changed,
            relabelled,
        })
    }

    /// Makes sure that `count` row numbers are in hand. Numbers are never given out twice; some are
    /// never used.
    async fn reserve(&mut self, inner: &Inner, count: usize) -> Result<()> {
        let count = i64::try_from(count).unwrap_or(BLOCK);
        if self.end - self.next >= count {
            return Ok(());
        }
        let block = count.max(BLOCK);
        let statement =
            Statement::new("UPDATE block SET next = next + $1 WHERE name = 'rid' RETURNING next");
        let rows = inner.db.execute_returning(statement.bind(block)).await?;
        let end = rows.first().map_or(Ok(0), |row| row.int(0))?;
        (self.next, self.end) = (end - block, end);
        Ok(())
    }
}

/// After the commit: caches first, so that a caller who was answered sees what it wrote.
fn answer(inner: &Inner, batch: Vec<Job>, committed: Committed) {
    inner.rows.committed();
    for done in committed.outcomes.iter().flatten().flatten() {
        inner.rows.put(done.row.clone());
    }
    for row in &committed.relabelled {
        inner.rows.put(row.clone());
    }
    inner.hooks.tell(&committed.changed);
    for (job, outcome) in batch.into_iter().zip(committed.outcomes) {
        // Whoever no longer listens still has it stored, as HTTP allows.
        let _gone = job.reply.send(Ok(outcome));
    }
}

/// The same fault for each of several callers.
fn copy(error: &Error) -> Error {
    match error {
        Error::Unavailable(what) => Error::Unavailable(what.clone()),
        Error::Timeout => Error::Timeout,
        Error::Duplicate | Error::Busy => Error::Busy,
        other => Error::Other(other.to_string()),
    }
}

/// Types that standings are made of.
const FACTS_ABOUT_PEOPLE: [&str; 8] = [
    "CareTeam",
    "Consent",
    "Flag",
    "Patient",
    "Person",
    "Practitioner",
    "PractitionerRole",
    "RelatedPerson",
];

fn facts_changed(row: &Stored, old: Option<&Arc<Stored>>, changed: &mut Vec<Changed>) {
    if is_definition(row.resource_type) {
        changed.push(Changed::Definition(row.reference()));
        return;
    }
    if !FACTS_ABOUT_PEOPLE.contains(&row.resource_type.name()) {
        return;
    }
    let patient = |row: &Stored| row.owner.as_deref().map(str::to_owned);
    let now = patient(row);
    if let Some(old) = old
        && patient(old) != now
    {
        changed.push(Changed::Fact {
            resource: row.reference(),
            patient: patient(old),
        });
    }
    changed.push(Changed::Fact {
        resource: row.reference(),
        patient: now,
    });
}

type Key = (ResourceType, Arc<str>);

/// Every current row that the decisions about a batch may need, in one statement (two where rows
/// are locked).
async fn look_up(inner: &Inner, tx: &mut Tx, batch: &[Job]) -> Result<Known> {
    let mut known = Known::default();
    let mut own: Vec<Key> = Vec::new();
    let mut named: Vec<Key> = Vec::new();
    let mut sources: Vec<Key> = Vec::new();
    for job in batch {
        for change in &job.changes {
            if !change.fresh {
                own.push((change.resource_type, change.id.clone()));
            }
            named.extend(change.names());
            sources.extend(change.sources().iter().map(|(name, _)| name.clone()));
        }
    }
    if inner.db.is_sqlite() {
        own.append(&mut named);
        own.append(&mut sources);
    }
    // What people write is compared with what was there, so their rows come whole.
    let own = (own, COLUMNS, inner.db.for_update());
    // What labels are taken over from waits to change until this is stored, and is then passed on.
    let sources = (sources, FACTS, " FOR SHARE");
    for (mut keys, columns, lock) in [own, sources, (named, FACTS, "")] {
        keys.sort_unstable();
        keys.dedup();
        keys.retain(
            |(resource_type, id)| match inner.rows.get(*resource_type, id) {
                Some(row) => {
                    known.insert(row);
                    false
                }
                None => !known.has(*resource_type, id),
            },
        );
        for row in fetch(inner, tx, keys, columns, lock).await? {
            known.insert(Arc::new(row));
        }
    }
    Ok(known)
}

async fn fetch(
    inner: &Inner,
    tx: &mut Tx,
    keys: Vec<Key>,
    columns: &str,
    lock: &str,
) -> Result<Vec<Stored>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let lock = match lock {
        "" => String::new(),
        // In one order everywhere, so that nodes wait for each other instead of blocking each
        // other.
        lock => format!(" ORDER BY r.type, r.id{lock} OF r"),
    };
    let sql = format!("SELECT {columns} {}{lock}", inner.db.naming(1));
    let names: Vec<String> = keys
        .iter()
        .map(|(resource_type, id)| format!("{resource_type}/{id}"))
        .collect();
    let rows = tx.fetch_all(Statement::made(sql).bind(names)).await?;
    inner.stored(&rows).await
}

impl Inner {
    /// Another process wrote to the same SQLite file since we last looked: nothing kept in memory
    /// is certain.
    pub(crate) fn notice_foreign_commits(&self, data_version: i64) -> bool {
        self.looked.store(true, Ordering::Release);
        let foreign = self.data_version.swap(data_version, Ordering::AcqRel) != data_version;
        if foreign {
            self.presume_foreign_commits();
        }
        foreign
    }

    /// Another process may have written, as far as anybody can tell.
    pub(crate) fn presume_foreign_commits(&self) {
        self.rows.clear();
        self.hooks.tell(&[Changed::Everything]);
    }

    /// Whether anybody looked for foreign commits since this was last asked.
    pub(crate) fn looked(&self) -> bool {
        self.looked.swap(false, Ordering::AcqRel)
    }
}
