//! Conformance resources by their canonical address: the shipped ones and those stored here, as one
//! snapshot that never changes.
//!
//! Where several resources bear the address asked for, a version in it (`url|version`) decides.
//! Without one the first of these wins: one that is not retired, one stored here over a shipped
//! one, an active one over a draft, the newest version. A shipped resource can so be replaced for
//! a whole house by storing another at its address, while `url|version` still names the shipped one.

mod resource;
mod shipped;
mod version;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use crate::{Document, ResourceType};

pub use resource::{Resource, Status};
pub use version::compare as compare_versions;

/// How much JSON of stored conformance resources is kept, in bytes; what does not fit is readable
/// as a resource and unknown as a definition.
pub const STORED_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The types that are kept here.
pub const TYPES: [ResourceType; 6] = [
    ResourceType::CODE_SYSTEM,
    ResourceType::CONCEPT_MAP,
    ResourceType::NAMING_SYSTEM,
    ResourceType::SEARCH_PARAMETER,
    ResourceType::STRUCTURE_DEFINITION,
    ResourceType::VALUE_SET,
];

type Key = (ResourceType, Arc<str>);
/// Best first.
type ByUrl = HashMap<Key, Vec<Arc<Resource>>>;

/// A snapshot of every conformance resource. Cheap to replace: what did not change is shared.
#[derive(Debug, Default, Clone)]
pub struct Registry {
    /// By type and id.
    stored: BTreeMap<Key, Arc<Resource>>,
    /// By type and canonical address, best first.
    by_url: ByUrl,
    /// Code systems by the value set of all their codes, and supplements by what they add to.
    all_codes: ByUrl,
    supplements: ByUrl,
    /// JSON kept, in bytes.
    bytes: usize,
    /// Counts the changes since this process began.
    revision: u64,
    /// Profiles compiled so far, shared by snapshots with the same StructureDefinitions.
    profiles: Arc<crate::profile::Library>,
}

/// What became of a stored conformance resource.
#[derive(Debug)]
pub enum Change {
    /// Written: the version number of its row, and its content.
    Put {
        row_version: i64,
        document: Document,
    },
    Gone,
}

impl Registry {
    /// A snapshot of what ships alone.
    pub fn shipped() -> Self {
        Self::shipped_alone().clone()
    }

    /// What ships, read on the first call.
    pub fn shipped_alone() -> &'static Self {
        static SHIPPED: LazyLock<Registry> = LazyLock::new(|| {
            let mut registry = Registry::default();
            for resource in shipped::all() {
                registry.index(resource.clone());
            }
            registry
        });
        &SHIPPED
    }

    /// A shipped resource by its id here.
    pub fn shipped_by_id(resource_type: ResourceType, id: &str) -> Option<&'static Resource> {
        shipped::by_id(resource_type, id)
    }

    /// The snapshot after these changes, and how many of them found no room
    /// ([`STORED_BYTES_MAX`]).
    pub fn with(
        &self,
        changes: impl IntoIterator<Item = (ResourceType, String, Change)>,
    ) -> (Self, usize) {
        let mut next = self.clone();
        next.revision += 1;
        let mut left_out = 0;
        for (resource_type, id, change) in changes {
            if resource_type == ResourceType::STRUCTURE_DEFINITION {
                next.profiles = Arc::default();
            }
            next.remove(resource_type, &id);
            let Change::Put {
                row_version,
                document,
            } = change
            else {
                continue;
            };
            if next.bytes + document.text().len() > STORED_BYTES_MAX {
                left_out += 1;
                continue;
            }
            next.insert(Resource::stored(resource_type, &id, row_version, &document));
        }
        (next, left_out)
    }

    fn insert(&mut self, resource: Resource) {
        let resource = Arc::new(resource);
        self.bytes += resource.size();
        let id = (resource.resource_type(), Arc::from(resource.id()));
        self.stored.insert(id, resource.clone());
        self.index(resource);
    }

    fn index(&mut self, resource: Arc<Resource>) {
        let named = |url: &str| (resource.resource_type(), Arc::from(url));
        let put = |index: &mut ByUrl, url: Option<&str>| {
            if let Some(url) = url.filter(|url| !url.is_empty()) {
                let same = index.entry(named(url)).or_default();
                same.push(resource.clone());
                same.sort_by(|a, b| a.rank(b));
            }
        };
        put(&mut self.by_url, Some(resource.url()));
        put(&mut self.all_codes, resource.all_codes());
        put(&mut self.supplements, resource.supplements());
    }

    fn remove(&mut self, resource_type: ResourceType, id: &str) {
        let Some(old) = self.stored.remove(&(resource_type, Arc::from(id))) else {
            return;
        };
        self.bytes = self.bytes.saturating_sub(old.size());
        let take = |index: &mut ByUrl, url: Option<&str>| {
            let key = (resource_type, Arc::from(url.unwrap_or_default()));
            if let Some(same) = index.get_mut(&key) {
                same.retain(|other| !Arc::ptr_eq(other, &old));
                if same.is_empty() {
                    index.remove(&key);
                }
            }
        };
        take(&mut self.by_url, Some(old.url()));
        take(&mut self.all_codes, old.all_codes());
        take(&mut self.supplements, old.supplements());
    }

    /// The code system whose codes all make up this value set.
    pub fn with_all_codes(&self, value_set: &str) -> Option<&Arc<Resource>> {
        let key = (ResourceType::CODE_SYSTEM, Arc::from(value_set));
        self.all_codes.get(&key)?.first()
    }

    /// The code systems that supplement this one (its address, with a version or without).
    pub fn supplementing(&self, system: &str) -> Vec<Arc<Resource>> {
        let (url, _) = parts(system);
        let key = (ResourceType::CODE_SYSTEM, Arc::from(url));
        self.supplements.get(&key).cloned().unwrap_or_default()
    }

    /// Every resource of a type that bears this canonical address, best first.
    pub fn bearing(&self, resource_type: ResourceType, url: &str) -> Vec<Arc<Resource>> {
        let key = (resource_type, Arc::from(url));
        self.by_url.get(&key).cloned().unwrap_or_default()
    }

    /// The resource a canonical means: `url` or `url|version`, a fragment left aside.
    ///
    /// A version may be cut short: `4.0` means the newest `4.0.x`.
    pub fn find(&self, resource_type: ResourceType, canonical: &str) -> Option<Arc<Resource>> {
        let (url, version) = parts(canonical);
        let mut all = self.bearing(resource_type, url).into_iter();
        match version {
            None => all.next(),
            Some(version) => {
                let all: Vec<Arc<Resource>> = all.collect();
                let is = |one: &&Arc<Resource>| one.version() == Some(version);
                let begins = |one: &&Arc<Resource>| {
                    let rest = one.version().and_then(|v| v.strip_prefix(version));
                    rest.is_some_and(|rest| rest.starts_with('.'))
                };
                let exact = all.iter().find(is);
                exact.or_else(|| all.iter().find(begins)).cloned()
            }
        }
    }

    /// A stored resource by its id.
    pub fn get(&self, resource_type: ResourceType, id: &str) -> Option<&Arc<Resource>> {
        self.stored.get(&(resource_type, Arc::from(id)))
    }

    /// Every stored resource of a type, by id.
    pub fn stored(&self, resource_type: ResourceType) -> impl Iterator<Item = &Arc<Resource>> {
        let from = (resource_type, Arc::from(""));
        self.stored
            .range(from..)
            .take_while(move |((of, _), _)| *of == resource_type)
            .map(|(_, resource)| resource)
    }

    /// Every resource of a type that bears an address, shipped or stored.
    pub fn each(&self, resource_type: ResourceType) -> impl Iterator<Item = &Arc<Resource>> {
        let of = self
            .by_url
            .iter()
            .filter(move |((of, _), _)| *of == resource_type);
        of.flat_map(|(_, same)| same)
    }

    /// Every stored resource there is.
    pub fn all_stored(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.stored.values()
    }

    pub(crate) fn library(&self) -> &crate::profile::Library {
        &self.profiles
    }

    /// Grows with every change this process saw: what was concluded from a snapshot holds while
    /// its revision is the current one.
    pub fn revision(&self) -> u64 {
        self.revision
    }
}

/// A canonical's address and version, the fragment left aside.
pub fn parts(canonical: &str) -> (&str, Option<&str>) {
    let whole = canonical.split('#').next().unwrap_or(canonical);
    match whole.split_once('|') {
        Some((url, version)) => (url, Some(version).filter(|v| !v.is_empty())),
        None => (whole, None),
    }
}

#[cfg(test)]
mod tests;
