//! The snapshot of conformance resources, renewed when somebody asks for it after one has changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use access::Facet;
use fhir::{
    Document, ResourceType,
    registry::{self, Registry},
};

use crate::{Inner, Result, Storage, invalidate::Changed, records::stored, sql::Statement};

/// Resources read by one statement.
const READ_AT_ONCE: usize = 64;

/// What has changed since the snapshot was taken.
#[derive(Debug, Default)]
struct Stale {
    everything: bool,
    /// `Type/id`
    named: BTreeSet<String>,
}

/// The current snapshot and what it does not know yet.
pub(crate) struct Definitions {
    /// Nothing until somebody asks: what ships is not read before it is needed.
    current: RwLock<Option<Arc<Registry>>>,
    is_stale: AtomicBool,
    stale: Mutex<Stale>,
    /// Held while a snapshot is made, so that callers who need it wait for one another's.
    making: tokio::sync::Mutex<()>,
}

impl Default for Definitions {
    fn default() -> Self {
        let stale = Stale {
            everything: true,
            named: BTreeSet::new(),
        };
        Self {
            current: RwLock::default(),
            is_stale: AtomicBool::new(true),
            stale: Mutex::new(stale),
            making: tokio::sync::Mutex::default(),
        }
    }
}

/// Whether resources of this type are kept in the snapshot.
pub(crate) fn is_definition(resource_type: ResourceType) -> bool {
    registry::TYPES.contains(&resource_type)
}

/// Whether everybody may learn what a definition says: one with labels that keep it from some is
/// no definition for any.
pub(crate) fn is_open(document: &Document) -> bool {
    let name = document.root().resource_type_name().unwrap_or_default();
    ResourceType::from_name(&name).is_some_and(|resource_type| {
        Facet::of(resource_type, document.root()) == Facet::plain(resource_type)
    })
}

impl Definitions {
    /// Notes what changed; the next who asks for a snapshot reads it.
    pub(crate) fn forget(&self, changed: &[Changed]) {
        let tells = |one: &Changed| matches!(one, Changed::Definition(_) | Changed::Everything);
        if !changed.iter().any(tells) {
            return;
        }
        let mut stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        for one in changed {
            match one {
                Changed::Definition(name) => {
                    stale.named.insert(name.clone());
                }
                Changed::Everything => stale.everything = true,
                _ => {}
            }
        }
        self.is_stale.store(true, Ordering::Release);
    }

    fn current(&self) -> Arc<Registry> {
        let current = self.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner).clone();
        current.unwrap_or_else(|| Arc::new(Registry::shipped()))
    }

    fn keep(&self, next: Arc<Registry>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(next);
    }

    /// Takes what is stale, before the database is read: whatever changes later is noted anew.
    fn take(&self) -> Stale {
        let mut stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_stale.store(false, Ordering::Release);
        std::mem::take(&mut *stale)
    }

    fn put_back(&self, old: Stale) {
        let mut stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        stale.everything |= old.everything;
        stale.named.extend(old.named);
        self.is_stale.store(true, Ordering::Release);
    }
}

impl Storage {
    /// Every conformance resource, shipped and stored, as of now: what this process wrote is in it,
    /// and what others wrote as soon as they were heard. At once while nothing changed; otherwise
    /// the changed resources are read first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn registry(&self) -> Result<Arc<Registry>> {
        let definitions = &self.inner.definitions;
        if !definitions.is_stale.load(Ordering::Acquire) {
            return Ok(definitions.current());
        }
        let _making = definitions.making.lock().await;
        if !definitions.is_stale.load(Ordering::Acquire) {
            return Ok(definitions.current());
        }
        let stale = definitions.take();
        match self.inner.renew(&definitions.current(), &stale).await {
            Ok(next) => {
                definitions.keep(next.clone());
                Ok(next)
            }
            Err(error) => {
                definitions.put_back(stale);
                Err(error)
            }
        }
    }
}

impl Inner {
    async fn renew(&self, old: &Arc<Registry>, stale: &Stale) -> Result<Arc<Registry>> {
        let mut wanted = stale.named.clone();
        if stale.everything {
            wanted.extend(self.differing(old).await?);
        }
        if wanted.is_empty() {
            return Ok(old.clone());
        }
        let mut next = old.clone();
        let wanted: Vec<String> = wanted.into_iter().collect();
        for names in wanted.chunks(READ_AT_ONCE) {
            let changes = self.changes(names).await?;
            let (registry, left_out) = next.with(changes);
            if left_out > 0 {
                let max = registry::STORED_BYTES_MAX;
                tracing::warn!(left_out, max, "conformance resources find no room");
            }
            next = Arc::new(registry);
        }
        Ok(next)
    }

    /// The names of resources whose row is not the one the snapshot knows.
    async fn differing(&self, old: &Registry) -> Result<Vec<String>> {
        let list = self.db.in_list("type", 1);
        let sql = format!("SELECT type, id, version FROM resource WHERE {list} AND deleted = 0");
        let types: Vec<String> = registry::TYPES
            .iter()
            .map(|t| t.name().to_owned())
            .collect();
        let mut gone: BTreeMap<String, Option<i64>> = old
            .all_stored()
            .map(|one| {
                (
                    format!("{}/{}", one.resource_type(), one.id()),
                    one.row_version(),
                )
            })
            .collect();
        let mut differing = Vec::new();
        for row in self.db.fetch_all(Statement::made(sql).bind(types)).await? {
            let name = format!("{}/{}", row.str(0)?, row.str(1)?);
            if gone.remove(&name).flatten() != Some(row.int(2)?) {
                differing.push(name);
            }
        }
        differing.extend(gone.into_keys());
        Ok(differing)
    }

    async fn changes(
        &self,
        names: &[String],
    ) -> Result<Vec<(ResourceType, String, registry::Change)>> {
        let naming = self.db.naming(1);
        let sql = format!("SELECT r.type, r.id, r.version, r.body {naming} WHERE r.deleted = 0");
        let statement = Statement::made(sql).bind(names.to_vec());
        let mut found = BTreeMap::new();
        for row in self.db.fetch_all(statement).await? {
            let name = format!("{}/{}", row.str(0)?, row.str(1)?);
            let document = stored::document(&row.opt_bytes(3)?.unwrap_or_default())?;
            if is_open(&document) {
                found.insert(name, (row.int(2)?, document));
            }
        }
        let split = |name: &String| {
            let (resource_type, id) = name.split_once('/')?;
            let change = match found.remove(name) {
                Some((row_version, document)) => registry::Change::Put {
                    row_version,
                    document,
                },
                None => registry::Change::Gone,
            };
            Some((
                ResourceType::from_name(resource_type)?,
                id.to_owned(),
                change,
            ))
        };
        Ok(names.iter().filter_map(split).collect())
    }
}
