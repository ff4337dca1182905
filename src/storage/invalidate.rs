//! Who must forget what: one commit changes facts that caches here, and on other nodes, stand on.

use std::sync::{
    Arc, RwLock,
    atomic::{AtomicU64, Ordering},
};

/// A fact that changed; whatever was concluded from it must be concluded anew.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Changed {
    /// A resource that standings are made of: `Type/id`, and the patient it is or was about.
    Fact {
        resource: String,
        patient: Option<String>,
    },
    Account(String),
    Client(String),
    Grant(String),
    /// A conformance resource: `Type/id`.
    Definition(String),
    /// Another node numbered a new facet.
    Facets,
    /// Anything may have changed (another process wrote, or messages were missed).
    Everything,
}

type Hook = Arc<dyn Fn(&[Changed]) + Send + Sync>;

/// The caches that want to be told.
#[derive(Default)]
pub(crate) struct Hooks {
    hooks: RwLock<Vec<Hook>>,
    generation: AtomicU64,
}

impl Hooks {
    /// Registers a cache. The hook must not block.
    pub(crate) fn register(&self, hook: impl Fn(&[Changed]) + Send + Sync + 'static) {
        if let Ok(mut hooks) = self.hooks.write() {
            hooks.push(Arc::new(hook));
        }
    }
    /// Counts calls of [`Self::tell`]. Who loads facts reads it first, and keeps what was concluded
    /// only if it is the same afterwards.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }
    /// Tells every cache of this process, after the change was committed.
    pub(crate) fn tell(&self, changed: &[Changed]) {
        if changed.is_empty() {
            return;
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
        if let Ok(hooks) = self.hooks.read() {
            for hook in hooks.iter() {
                hook(changed);
            }
        }
    }
}
