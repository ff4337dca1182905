//! Events on their way to the table: taken in at memory speed, written in batches, never dropped.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use access::{Access, Actor, standing::Agent};
use tokio::sync::Notify;

use super::chain::{Numbered, agent_hash};
use super::uses::{self, Uses};
use super::{Record, insert};
use crate::{Error, Result, db::Db, sql::Statement};

/// How long an event waits for others, in milliseconds.
const WAIT_MS: u64 = 50;
/// After a failed write, how long until the next try, in milliseconds.
const RETRY_MS: u64 = 500;
/// Events in the queue before callers have to wait.
const EVENTS_MAX: usize = 50_000;
/// Events written in one transaction, at most.
const BATCH_MAX: usize = 2_000;
/// Agents whose numbers are remembered.
const AGENTS_MAX: usize = 10_000;

/// Who acted.
pub(crate) enum Who {
    Caller(Access),
    Agent(Box<Agent>),
}

impl Who {
    /// As it is named where it is about that patient.
    fn agent(&self, patient: Option<&str>) -> &Agent {
        match self {
            Self::Caller(access) => access.agent(patient),
            Self::Agent(agent) => agent,
        }
    }
}

/// The queue. Shared by those who act and the task that writes.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Vec<(Who, Record)>>,
    /// There is something to write.
    work: Notify,
    /// There is room again.
    room: Notify,
    /// One batch at a time, so that events keep their order.
    writing: tokio::sync::Mutex<()>,
    agents: RwLock<HashMap<String, Numbered>>,
    uses: Mutex<Uses>,
    closed: AtomicBool,
}

impl Queue {
    /// Takes an event in.
    pub(crate) fn push(&self, who: Who, record: Record) {
        self.note_use(who.agent(None), record.at);
        let first = {
            let mut waiting = lock(&self.waiting);
            waiting.push((who, record));
            waiting.len() == 1
        };
        if first {
            self.work.notify_one();
        }
    }

    /// Notes that the grant somebody came through was used (instant in microseconds).
    pub(crate) fn note_use(&self, agent: &Agent, at: i64) {
        let Some(grant) = &agent.grant else { return };
        if lock(&self.uses).note(grant, at) {
            self.work.notify_one();
        }
    }

    fn is_full(&self) -> bool {
        lock(&self.waiting).len() >= EVENTS_MAX
    }

    /// Waits while the queue is full.
    pub(crate) async fn room(&self) {
        while self.is_full() {
            let room = self.room.notified();
            // Written out between the two looks? Then nobody would wake us.
            if self.is_full() {
                room.await;
            }
        }
    }

    /// Writes out everything that waits, to the end even if the caller goes away meanwhile.
    ///
    /// # Errors
    /// When the database refuses; what was not written waits again.
    pub(crate) async fn flush(self: &Arc<Self>, db: &Db) -> Result<()> {
        let (queue, db) = (self.clone(), db.clone());
        let writing = tokio::spawn(async move { queue.write_out(&db).await });
        writing
            .await
            .map_err(|error| Error::Other(format!("writing audit events: {error}")))?
    }

    async fn write_out(&self, db: &Db) -> Result<()> {
        let _turn = self.writing.lock().await;
        loop {
            let mut batch = {
                let mut waiting = lock(&self.waiting);
                let rest = if waiting.len() > BATCH_MAX {
                    waiting.split_off(BATCH_MAX)
                } else {
                    Vec::new()
                };
                std::mem::replace(&mut *waiting, rest)
            };
            if batch.is_empty() {
                let used = lock(&self.uses).take();
                return if used.is_empty() {
                    Ok(())
                } else {
                    uses::write(db, used).await
                };
            }
            let written = self.write(db, &batch).await;
            if written.is_err() {
                let mut waiting = lock(&self.waiting);
                batch.append(&mut waiting);
                *waiting = batch;
            }
            self.room.notify_waiters();
            written?;
        }
    }

    async fn write(&self, db: &Db, batch: &[(Who, Record)]) -> Result<()> {
        let mut records = Vec::with_capacity(batch.len());
        for (who, record) in batch {
            let agent = who.agent(record.patient.as_deref());
            records.push((self.agent(db, agent).await?, record.clone()));
        }
        let mut tx = db.begin().await?;
        for (grant, patient, at) in emergencies(batch) {
            let statement = Statement::new(
                "INSERT INTO organization_emergency (grant_id, patient, at) VALUES ($1, $2, $3) \
                 ON CONFLICT DO NOTHING",
            );
            tx.execute(statement.bind(grant).bind(patient).bind(at))
                .await?;
        }
        insert(&mut tx, records).await?;
        tx.commit().await
    }

    /// The number of an agent, given now if it is new (committed before this returns).
    pub(crate) async fn agent(&self, db: &Db, agent: &Agent) -> Result<Numbered> {
        let key = agent_key(agent);
        if let Ok(agents) = self.agents.read()
            && let Some(number) = agents.get(&key)
        {
            return Ok(*number);
        }
        let insert = Statement::new(
            "INSERT INTO audit_agent (key, who, display, on_behalf_of, account, client_id, \
             grant_id, purpose, role, department) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (key) DO NOTHING",
        )
        .bind(&key)
        .bind(&agent.who)
        .bind(&agent.display)
        .bind(agent.on_behalf_of.as_deref())
        .bind(agent.account.as_deref())
        .bind(agent.client_id.as_deref())
        .bind(agent.grant.as_deref())
        .bind(agent.purpose_of_use.as_deref())
        .bind(agent.role.as_deref())
        .bind(agent.department.as_deref());
        db.execute(insert).await?;
        let select = Statement::new("SELECT id FROM audit_agent WHERE key = $1").bind(&key);
        let row = db.fetch_optional(select).await?;
        let row = row.ok_or_else(|| Error::Other("an agent was not kept".to_owned()))?;
        let numbered = Numbered {
            number: row.int(0)?,
            hash: agent_hash(agent),
        };
        if let Ok(mut agents) = self.agents.write() {
            if agents.len() >= AGENTS_MAX {
                agents.clear();
            }
            agents.insert(key, numbered);
        }
        Ok(numbered)
    }

    /// Ends [`run`] once everything is written.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.work.notify_one();
    }
}

/// Charts that another organization looked at in an emergency it gave a reason for: through which
/// authorization, whose, and when (microseconds).
fn emergencies(batch: &[(Who, Record)]) -> BTreeSet<(&str, &str, i64)> {
    let mut found = BTreeMap::new();
    for (who, record) in batch.iter().filter(|(_, record)| record.permitted) {
        let (Who::Caller(access), Some(patient)) = (who, &record.patient) else {
            continue;
        };
        let standing = access.standing();
        if let (
            Actor::Organization {
                break_glass_reason, ..
            },
            Some(grant),
        ) = (&standing.actor, &standing.agent.grant)
            && break_glass_reason.is_some()
        {
            let key = (grant.as_str(), &**patient);
            found.entry(key).or_insert(record.at);
        }
    }
    let found = found.into_iter();
    found.map(|((grant, of), at)| (grant, of, at)).collect()
}

fn agent_key(agent: &Agent) -> String {
    let mut key = String::with_capacity(160);
    let optional = [
        &agent.on_behalf_of,
        &agent.account,
        &agent.client_id,
        &agent.grant,
        &agent.purpose_of_use,
        &agent.role,
        &agent.department,
    ];
    key.push_str(&agent.who);
    key.push('\u{1f}');
    key.push_str(&agent.display);
    for part in optional {
        key.push('\u{1f}');
        key.push_str(part.as_deref().unwrap_or_default());
    }
    key
}

/// A list of events is never left half changed, so one that panicked elsewhere spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Writes batches until the queue is closed.
pub(crate) async fn run(queue: Arc<Queue>, db: Db) {
    while !queue.closed.load(Ordering::Acquire) {
        queue.work.notified().await;
        tokio::time::sleep(Duration::from_millis(WAIT_MS)).await;
        while let Err(error) = queue.flush(&db).await {
            if queue.closed.load(Ordering::Acquire) {
                return;
            }
            tracing::error!(%error, "audit events wait: they could not be written");
            tokio::time::sleep(Duration::from_millis(RETRY_MS)).await;
        }
    }
}
