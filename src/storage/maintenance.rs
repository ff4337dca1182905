//! Times of maintenance: when the house changes nothing, or answers nothing. Rows, so that every node keeps to
//! them at once.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use crate::db::Row;
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Error, Result, Storage};

/// Windows kept in mind at once: those that are not over.
const WINDOWS_MAX: i64 = 100;

/// What is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing can be changed; everything can be looked at.
    ReadOnly,
    /// Nothing is answered.
    Closed,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Closed => "closed",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::ReadOnly, Self::Closed];
        all.into_iter().find(|mode| mode.as_str() == text)
    }
}

/// A time of maintenance: from `starts` until just before `ends`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub id: String,
    pub mode: Mode,
    pub starts: Timestamp,
    pub ends: Timestamp,
    /// What people are told of it; may be empty.
    pub said: String,
}

impl Window {
    /// Whether it is so at `now`.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.starts <= now && now < self.ends
    }
}

/// Windows as last read, none where something may have changed since.
#[derive(Default)]
pub(crate) struct Known(RwLock<Option<Arc<Vec<Window>>>>);

impl Known {
    pub(crate) fn forget(&self, changed: &[Changed]) {
        if changed.contains(&Changed::Everything) {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
    fn get(&self) -> Option<Arc<Vec<Window>>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }
}

pub struct Maintenance<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    pub fn maintenance(&self) -> Maintenance<'_> {
        Maintenance { storage: self }
    }
}

impl Maintenance<'_> {
    /// Plans one, known on every node when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn plan(&self, window: &Window) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO maintenance (id, mode, starts, ends, said) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&window.id)
        .bind(window.mode.as_str())
        .bind(window.starts)
        .bind(window.ends)
        .bind(&window.said);
        self.storage.inner.db.execute(statement).await?;
        self.changed().await
    }

    /// Ends what is in force, or calls off the one named: how many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn end(&self, id: Option<&str>, now: Timestamp) -> Result<u64> {
        let mut statement =
            Statement::new("UPDATE maintenance SET over = $1 WHERE over IS NULL AND ends > $1");
        statement = statement.bind(now);
        match id {
            Some(id) => statement.push(" AND id = ").push_bind(id),
            None => statement.push(" AND starts <= $1"),
        };
        let ended = self.storage.inner.db.execute(statement).await?;
        self.changed().await?;
        Ok(ended)
    }

    /// Those that are in force or to come, the earliest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn windows(&self, now: Timestamp) -> Result<Vec<Window>> {
        let inner = &self.storage.inner;
        let known = match inner.maintenance.get() {
            Some(known) => known,
            None => {
                let generation = inner.hooks.generation();
                let read = Arc::new(self.read().await?);
                let keep = &inner.maintenance.0;
                let mut keep = keep.write().unwrap_or_else(PoisonError::into_inner);
                // What changed while it was read is read again.
                if inner.hooks.generation() == generation {
                    *keep = Some(read.clone());
                }
                read
            }
        };
        let open = known.iter().filter(|window| now < window.ends);
        Ok(open.cloned().collect())
    }

    async fn read(&self) -> Result<Vec<Window>> {
        let statement = Statement::new(
            "SELECT id, mode, starts, ends, said FROM maintenance WHERE over IS NULL \
             ORDER BY ends DESC LIMIT $1",
        );
        let db = &self.storage.inner.db;
        let rows = db.fetch_all(statement.bind(WINDOWS_MAX)).await?;
        let mut windows: Vec<Window> = rows.iter().map(window).collect::<Result<_>>()?;
        // Of two that begin at once the one that closes more is told first.
        windows.sort_by_key(|window| (window.starts, window.mode != Mode::Closed));
        Ok(windows)
    }

    async fn changed(&self) -> Result<()> {
        let inner = &self.storage.inner;
        inner.forget(&[Changed::Everything]).await
    }
}

fn window(row: &Row) -> Result<Window> {
    let mode = Mode::parse(row.str(1)?).ok_or_else(|| Error::Corrupt {
        table: "maintenance",
        what: "an unknown mode".to_owned(),
    })?;
    Ok(Window {
        id: row.text(0)?,
        mode,
        starts: row.time(2)?,
        ends: row.time(3)?,
        said: row.text(4)?,
    })
}
