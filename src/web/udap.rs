//! The trust communities of the house (UDAP), as the settings say now: files are read again while it runs.

use std::sync::{Arc, PoisonError, RwLock};

use smart::udap::Membership;

/// Cheap to clone; all clones tell the same.
#[derive(Debug, Clone, Default)]
pub struct Udap(Arc<RwLock<Option<Arc<Membership>>>>);

impl Udap {
    pub fn new(membership: Option<Membership>) -> Self {
        Self(Arc::new(RwLock::new(membership.map(Arc::new))))
    }
    /// What holds at this moment; `None` where the house is a member of nothing.
    pub fn membership(&self) -> Option<Arc<Membership>> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }
    /// Puts another membership in place of the one there was.
    pub fn replace(&self, membership: Option<Membership>) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *held = membership.map(Arc::new);
    }
}
