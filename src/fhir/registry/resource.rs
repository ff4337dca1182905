//! One conformance resource: what it is found by, and its content, unpacked when first needed.

use std::cmp::Ordering;
use std::io::{Read, Write};
use std::sync::{Arc, OnceLock};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};

use super::{shipped, version};
use crate::terminology::{CodeSystem, ConceptMap, ValueSet};
use crate::{Document, ResourceType};

/// Publication status (R4 `PublicationStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Active,
    Draft,
    Unknown,
    Retired,
}

impl Status {
    pub(super) fn read(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "draft" => Self::Draft,
            "retired" => Self::Retired,
            _ => Self::Unknown,
        }
    }
}

/// A conformance resource of a snapshot.
pub struct Resource {
    resource_type: ResourceType,
    id: Box<str>,
    url: Box<str>,
    version: Option<Box<str>>,
    status: Status,
    row_version: Option<i64>,
    source: Source,
    /// Of a CodeSystem: the code system it supplements, and the value set of all its codes.
    supplements: Option<Box<str>>,
    all_codes: Option<Box<str>>,
    lookups: Lookups,
}

/// Where its JSON is.
enum Source {
    /// Here, deflated, and its length before that.
    Packed {
        bytes: Box<[u8]>,
        size: usize,
    },
    Shipped(shipped::Place),
}

/// The content read into lookups, each when first needed.
#[derive(Default)]
struct Lookups {
    code_system: OnceLock<Option<Arc<CodeSystem>>>,
    value_set: OnceLock<Option<Arc<ValueSet>>>,
    concept_map: OnceLock<Option<Arc<ConceptMap>>>,
}

impl std::fmt::Debug for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let version = self.version.as_deref().unwrap_or_default();
        write!(
            f,
            "{}/{} {}|{version}",
            self.resource_type, self.id, self.url
        )
    }
}

impl Resource {
    /// A resource of the record.
    pub(super) fn stored(
        resource_type: ResourceType,
        id: &str,
        row_version: i64,
        document: &Document,
    ) -> Self {
        let root = document.root();
        let text = |name: &str| root.get(name).and_then(|value| value.str());
        Self {
            resource_type,
            id: id.into(),
            url: text("url").unwrap_or_default().into(),
            version: text("version").map(Into::into),
            status: Status::read(&text("status").unwrap_or_default()),
            row_version: Some(row_version),
            source: Source::Packed {
                bytes: pack(document.text()),
                size: document.text().len(),
            },
            supplements: text("supplements").map(|url| super::parts(&url).0.into()),
            all_codes: text("valueSet").map(Into::into),
            lookups: Lookups::default(),
        }
    }
    /// A resource that ships: its address and version, and of a CodeSystem the value set of all
    /// its codes and the code system it supplements.
    pub(super) fn shipped(
        (resource_type, id): (ResourceType, &str),
        (url, version): (Box<str>, Option<Box<str>>),
        status: Status,
        (all_codes, supplements): (Option<Box<str>>, Option<Box<str>>),
        place: shipped::Place,
    ) -> Self {
        Self {
            resource_type,
            id: id.into(),
            url,
            version,
            status,
            row_version: None,
            source: Source::Shipped(place),
            supplements,
            all_codes,
            lookups: Lookups::default(),
        }
    }
    pub fn resource_type(&self) -> ResourceType {
        self.resource_type
    }
    pub fn id(&self) -> &str {
        &self.id
    }
    /// The canonical address, empty where it has none.
    pub fn url(&self) -> &str {
        &self.url
    }
    /// The business version.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
    pub fn status(&self) -> Status {
        self.status
    }
    /// The version of the stored row; `None` for a shipped resource.
    pub fn row_version(&self) -> Option<i64> {
        self.row_version
    }
    /// `url|version`, as far as it has them.
    pub fn canonical(&self) -> String {
        match &self.version {
            Some(version) => format!("{}|{version}", self.url),
            None => self.url.to_string(),
        }
    }
    /// The code system this one supplements.
    pub fn supplements(&self) -> Option<&str> {
        self.supplements.as_deref()
    }
    /// The value set of all codes of this code system.
    pub fn all_codes(&self) -> Option<&str> {
        self.all_codes.as_deref()
    }
    /// As a code system, if it is one; read once.
    pub fn code_system(&self) -> Option<Arc<CodeSystem>> {
        let read = || {
            Some(Arc::new(CodeSystem::read(
                &self.of(ResourceType::CODE_SYSTEM)?,
            )))
        };
        self.lookups.code_system.get_or_init(read).clone()
    }
    /// As a value set, if it is one; read once.
    pub fn value_set(&self) -> Option<Arc<ValueSet>> {
        let read = || Some(Arc::new(ValueSet::read(&self.of(ResourceType::VALUE_SET)?)));
        self.lookups.value_set.get_or_init(read).clone()
    }
    /// As a concept map, if it is one; read once.
    pub fn concept_map(&self) -> Option<Arc<ConceptMap>> {
        let read = || {
            Some(Arc::new(ConceptMap::read(
                &self.of(ResourceType::CONCEPT_MAP)?,
            )))
        };
        self.lookups.concept_map.get_or_init(read).clone()
    }
    fn of(&self, resource_type: ResourceType) -> Option<Document> {
        let is = self.resource_type == resource_type;
        is.then(|| self.document()).flatten()
    }
    /// Its JSON in bytes.
    pub(super) fn size(&self) -> usize {
        match self.source {
            Source::Packed { size, .. } => size,
            Source::Shipped(_) => 0,
        }
    }
    /// Its content, unpacked and parsed anew at each call.
    pub fn document(&self) -> Option<Document> {
        let text = match &self.source {
            Source::Shipped(place) => shipped::text(*place)?,
            Source::Packed { bytes, size } => {
                let mut text = String::with_capacity(*size);
                let mut decoder = DeflateDecoder::new(&**bytes);
                decoder.read_to_string(&mut text).ok()?;
                text
            }
        };
        Document::parse(text).ok()
    }
    /// Which of two with one address is taken when no version is asked for: the lesser.
    pub(super) fn rank(&self, other: &Self) -> Ordering {
        let retired = |one: &Self| one.status == Status::Retired;
        let version = |one: &Self| one.version.as_deref().unwrap_or_default().to_owned();
        retired(self)
            .cmp(&retired(other))
            .then(self.row_version.is_none().cmp(&other.row_version.is_none()))
            .then(self.status.cmp(&other.status))
            .then_with(|| is_default(other).cmp(&is_default(self)))
            .then_with(|| version::compare(&version(other), &version(self)))
            .then_with(|| self.id.cmp(&other.id))
    }
}

/// Whether a shipped resource is of the edition of its guide that is meant where none is named.
fn is_default(one: &Resource) -> bool {
    let version = one.version.as_deref().unwrap_or_default();
    one.row_version.is_none() && crate::profile::DEFAULT_EDITIONS.contains(&version)
}

fn pack(text: &str) -> Box<[u8]> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let written = encoder.write_all(text.as_bytes());
    let finished = written.and_then(|()| encoder.finish());
    finished.unwrap_or_default().into_boxed_slice()
}
