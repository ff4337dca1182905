//! The search parameters that are stored as SearchParameter resources, as one snapshot that is
//! renewed when one of them changes, and the work of indexing by them.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use fhir::{
    ResourceType,
    index::ParamId,
    search::{
        ELEMENTS_MAX,
        posted::{COMPONENTS_MAX, PostedParams},
    },
};
use jiff::Timestamp;

use crate::{
    Inner, Result, Storage, definitions, invalidate::Changed, records::stored, reindex,
    sql::Statement,
};

/// How long a new parameter rests before rows are indexed by it, in microseconds: by then every
/// node has heard of it and indexes what it writes.
const REST_US: i64 = 2_000_000;
/// Index rows of a parameter that is gone that are removed at a time.
const REMOVED_MAX: i64 = 2_000;

/// The current snapshot.
pub(crate) struct Parameters {
    current: RwLock<Arc<PostedParams>>,
    is_stale: AtomicBool,
    /// Some are not ready, so that it is looked how far they are.
    is_waiting: AtomicBool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            current: RwLock::default(),
            is_stale: AtomicBool::new(true),
            is_waiting: AtomicBool::new(true),
        }
    }
}

impl Parameters {
    pub(crate) fn forget(&self, changed: &[Changed]) {
        let tells = |one: &Changed| match one {
            Changed::Definition(name) => name.starts_with("SearchParameter/"),
            Changed::Everything => true,
            _ => false,
        };
        if changed.iter().any(tells) {
            self.is_stale.store(true, Ordering::Release);
        }
    }

    fn current(&self) -> Arc<PostedParams> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, next: Arc<PostedParams>) {
        let waiting = next.all().any(|posted| !posted.ready);
        self.is_waiting.store(waiting, Ordering::Release);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
    }
}

impl Storage {
    /// The search parameters that were posted, with how far each has come.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn posted(&self) -> Result<Arc<PostedParams>> {
        let parameters = &self.inner.parameters;
        let current = self.inner.posted().await?;
        if !parameters.is_waiting.load(Ordering::Acquire) {
            return Ok(current);
        }
        let mut next = PostedParams::clone(&current);
        next.settle(&self.inner.told().await?);
        let next = Arc::new(next);
        if !parameters.is_stale.load(Ordering::Acquire) {
            parameters.keep(next.clone());
        }
        Ok(next)
    }
}

impl Inner {
    /// The same for who writes: what is ready does not matter there.
    pub(crate) async fn posted(&self) -> Result<Arc<PostedParams>> {
        let parameters = &self.parameters;
        if !parameters.is_stale.swap(false, Ordering::AcqRel) {
            return Ok(parameters.current());
        }
        match self.read_posted().await {
            Ok(next) => {
                let next = Arc::new(next);
                parameters.keep(next.clone());
                Ok(next)
            }
            Err(error) => {
                parameters.is_stale.store(true, Ordering::Release);
                Err(error)
            }
        }
    }

    async fn read_posted(&self) -> Result<PostedParams> {
        let sql = "SELECT body FROM resource WHERE type = $1 AND deleted = 0 ORDER BY rid";
        let statement = Statement::new(sql).bind(ResourceType::SEARCH_PARAMETER.name());
        let mut posted = PostedParams::default();
        for row in self.db.fetch_all(statement).await? {
            let document = stored::document(&row.opt_bytes(0)?.unwrap_or_default())?;
            if definitions::is_open(&document) {
                posted.add(document.root());
            }
        }
        posted.compose();
        posted.settle(&self.told().await?);
        Ok(posted)
    }

    /// How far the work for each parameter has come: whether it is finished, and of how many
    /// resources how many are indexed.
    async fn told(&self) -> Result<HashMap<ParamId, (bool, u64, u64)>> {
        let sql = "SELECT name, finished, done, total FROM index_work WHERE name <> $1";
        let statement = Statement::new(sql).bind(reindex::WHOLE);
        let mut told = HashMap::new();
        for row in self.db.fetch_all(statement).await? {
            if let Some(id) = reindex::param_of(row.str(0)?) {
                let number = |n: i64| u64::try_from(n).unwrap_or_default();
                let counts = (row.flag(1)?, number(row.int(2)?), number(row.int(3)?));
                told.insert(id, counts);
            }
        }
        Ok(told)
    }

    /// Notes work for parameters that are new, and takes away what is left of those that are gone.
    pub(crate) async fn plan_parameters(&self, now: Timestamp) -> Result<()> {
        let posted = self.posted().await?;
        let told = self.told().await?;
        let now = now.as_microsecond();
        for one in posted.all() {
            if told.contains_key(&one.param.id) {
                continue;
            }
            let plan = Statement::new(
                "INSERT INTO index_work \
                 (name, form, next, until, done, total, finished, holder, lease) \
                 VALUES ($1, 0, 0, 0, 0, -1, 0, '', $2) ON CONFLICT (name) DO NOTHING",
            );
            let name = reindex::name_of(one.param.id);
            self.db.execute(plan.bind(name).bind(now + REST_US)).await?;
            self.parameters.is_waiting.store(true, Ordering::Release);
        }
        for gone in told.keys() {
            if !posted.all().any(|one| one.param.id == *gone) {
                self.remove_parameter(*gone).await?;
            }
        }
        Ok(())
    }

    /// The work's row goes last, so that removal that was cut off is taken up again. What it was is
    /// no longer known by then: it may have been a composite one.
    async fn remove_parameter(&self, id: ParamId) -> Result<()> {
        let alone = [id, id.text(), id.identifier(), id.of_type()].into_iter();
        let components = (0..COMPONENTS_MAX).map(|number| id.component(number));
        let alone = alone.chain(components).map(|id| (id.0, id.0));
        let parts = (0..COMPONENTS_MAX).map(|number| id.part(number).0);
        let parts = parts.map(|first| (first, first + (ELEMENTS_MAX - 1)));
        for (from, to) in alone.chain(parts) {
            self.remove_rows(from, to).await?;
        }
        let forget = Statement::new("DELETE FROM index_work WHERE name = $1");
        self.db.execute(forget.bind(reindex::name_of(id))).await?;
        Ok(())
    }

    /// Removes the index rows under some numbers, a few at a time.
    async fn remove_rows(&self, from: i32, to: i32) -> Result<()> {
        for table in [
            "ix_string",
            "ix_token",
            "ix_reference",
            "ix_date",
            "ix_quantity",
            "ix_uri",
        ] {
            let sql = format!(
                "DELETE FROM {table} WHERE param BETWEEN $1 AND $2 AND rid IN \
                 (SELECT x.rid FROM {table} x WHERE x.param BETWEEN $1 AND $2 LIMIT $3)"
            );
            let remove = || {
                Statement::made(sql.clone())
                    .bind(from)
                    .bind(to)
                    .bind(REMOVED_MAX)
            };
            while self.db.execute(remove()).await? > 0 {}
        }
        Ok(())
    }
}
