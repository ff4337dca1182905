//! Requests of known clients that were refused, kept for the developers of those clients.
//!
//! Taken in at memory speed and written a moment later: a flood of bad requests costs little, and
//! what does not fit is left out.
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::db::{Db, Row};
use crate::sql::Statement;
use crate::{Result, Storage};

/// Refusals kept of one client; older ones go.
pub const OF_CLIENT_MAX: i64 = 200;
/// How long a refusal is kept, in days.
pub const DAYS_MAX: i64 = 30;
/// Refusals that wait to be written; more are left out.
const WAITING_MAX: usize = 2_000;
/// How long a refusal waits for others, in milliseconds.
const WAIT_MS: u64 = 100;

/// A request that was refused. Holds no secret, and of patients nothing at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub client: String,
    pub at: Timestamp,
    /// The `X-Request-Id` of the answer.
    pub request_id: String,
    /// Method and route, such as `POST /oauth2/token` or `GET /fhir/{type}/{id}`.
    pub endpoint: String,
    /// HTTP status of the answer; 302 where the browser took the error back to the app.
    pub status: u16,
    /// `error` of RFC 6749, RFC 6750 or RFC 9449.
    pub code: String,
    /// What was wrong and what to change.
    pub description: String,
}

pub struct Refusals<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Refused requests, by client.
    pub fn refusals(&self) -> Refusals<'_> {
        Refusals { storage: self }
    }
}

impl Refusals<'_> {
    /// Takes a refusal in. It is written a moment later, if the client exists.
    pub fn note(&self, refusal: Refusal) {
        self.storage.inner.refusals.push(refusal);
    }
    /// Those of a client, newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_client(&self, client: &str, limit: i64) -> Result<Vec<Refusal>> {
        if crate::secret::is_impossible(client) {
            return Ok(Vec::new());
        }
        let inner = &self.storage.inner;
        inner.refusals.write_out(&inner.db).await?;
        let statement = Statement::new(
            "SELECT client, at, request_id, endpoint, status, code, description FROM refusal \
             WHERE client = $1 ORDER BY seq DESC LIMIT $2",
        );
        let rows = inner.db.fetch_all(statement.bind(client).bind(limit));
        rows.await?.iter().map(refusal).collect()
    }
    /// Forgets those that are too old.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sweep(&self, now: Timestamp) -> Result<u64> {
        let past = now
            .checked_sub(SignedDuration::from_hours(24 * DAYS_MAX))
            .unwrap_or(Timestamp::MIN);
        let statement = Statement::new("DELETE FROM refusal WHERE at < $1").bind(past);
        self.storage.inner.db.execute(statement).await
    }
}

fn refusal(row: &Row) -> Result<Refusal> {
    Ok(Refusal {
        client: row.text(0)?,
        at: row.time(1)?,
        request_id: row.text(2)?,
        endpoint: row.text(3)?,
        status: u16::try_from(row.int(4)?).unwrap_or_default(),
        code: row.text(5)?,
        description: row.text(6)?,
    })
}

/// Refusals on their way to the table.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Vec<Refusal>>,
    work: Notify,
    /// One batch at a time, so that refusals keep their order.
    writing: tokio::sync::Mutex<()>,
    closed: AtomicBool,
}

impl Queue {
    fn push(&self, refusal: Refusal) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING_MAX {
            return;
        }
        waiting.push(refusal);
        drop(waiting);
        self.work.notify_one();
    }

    /// Writes what waits. What the database refuses is lost: it is a convenience, not evidence.
    pub(crate) async fn write_out(&self, db: &Db) -> Result<()> {
        let _turn = self.writing.lock().await;
        let batch = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        if batch.is_empty() {
            return Ok(());
        }
        let mut clients: Vec<String> = batch.iter().map(|r| r.client.clone()).collect();
        clients.sort();
        clients.dedup();
        let mut tx = db.begin().await?;
        for refusal in batch {
            let insert = Statement::new(
                "INSERT INTO refusal (client, at, request_id, endpoint, status, code, description) \
                 SELECT id, $2, $3, $4, $5, $6, $7 FROM client WHERE id = $1",
            )
            .bind(refusal.client)
            .bind(refusal.at)
            .bind(refusal.request_id)
            .bind(refusal.endpoint)
            .bind(i64::from(refusal.status))
            .bind(refusal.code)
            .bind(refusal.description);
            tx.execute(insert).await?;
        }
        for client in clients {
            let cut = Statement::new(
                "DELETE FROM refusal WHERE client = $1 AND seq <= (SELECT seq FROM refusal \
                 WHERE client = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2)",
            );
            tx.execute(cut.bind(client).bind(OF_CLIENT_MAX)).await?;
        }
        tx.commit().await
    }

    /// Ends [`run`].
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.work.notify_one();
    }
}

/// Writes refusals until the queue is closed.
pub(crate) async fn run(queue: Arc<Queue>, db: Db) {
    while !queue.closed.load(Ordering::Acquire) {
        queue.work.notified().await;
        tokio::time::sleep(Duration::from_millis(WAIT_MS)).await;
        if let Err(error) = queue.write_out(&db).await {
            tracing::debug!(%error, "some refusals are not in the log of their clients");
        }
    }
}
