//! Finding profiles by canonical, and compiling each once.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::node::Node;
use super::{BASES_MAX, Context, Fault, Profile, merge, shipped};
use crate::json::Document;
use crate::registry::{self, Registry};
use crate::{Element, ResourceType};

/// Where the core types live.
pub(super) const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// The profiles of a registry that were asked for, compiled, by `url|version`.
#[derive(Debug, Default)]
pub(crate) struct Library {
    compiled: RwLock<HashMap<String, Arc<Profile>>>,
}

/// A StructureDefinition that bears an address, not compiled yet.
struct Candidate {
    version: Option<String>,
    shipped: bool,
    source: Source,
}

enum Source {
    Stored(Arc<registry::Resource>),
    Shipped(&'static str),
}

impl Candidate {
    fn document(&self) -> Option<Document> {
        match &self.source {
            Source::Stored(resource) => resource.document(),
            Source::Shipped(line) => Document::parse(*line).ok(),
        }
    }
}

impl Registry {
    /// The profile a canonical means: `url` or `url|version`. `None`: not known here, or of no use.
    ///
    /// Without a version a stored one comes first, then the version that ships as the default.
    pub fn profile(&self, canonical: &str) -> Option<Arc<Profile>> {
        self.compiled(canonical, BASES_MAX)?.ok()
    }

    /// As [`Self::profile`], with the reason where one is known that cannot be compiled.
    pub fn try_profile(&self, canonical: &str) -> Option<Result<Arc<Profile>, Fault>> {
        self.compiled(canonical, BASES_MAX)
    }

    /// The resource type (or datatype) that what conforms to a canonical has.
    pub fn type_of(&self, canonical: &str) -> Option<String> {
        let (url, _) = registry::parts(canonical);
        if let Some(name) = url.strip_prefix(CORE)
            && merge::type_named(name).is_some()
            && self.candidates(url).is_empty()
        {
            return Some(name.to_owned());
        }
        Some(self.profile(canonical)?.type_name.clone())
    }

    fn compiled(&self, canonical: &str, bases: usize) -> Option<Result<Arc<Profile>, Fault>> {
        let (url, version) = registry::parts(canonical);
        let known = |key: &str| {
            let compiled = self.library().compiled.read();
            let compiled = compiled.unwrap_or_else(PoisonError::into_inner);
            compiled.get(key).cloned()
        };
        if let Some(profile) = known(canonical) {
            return Some(Ok(profile));
        }
        let candidate = chosen(self.candidates(url), version)?;
        let whole = match &candidate.version {
            Some(version) => format!("{url}|{version}"),
            None => url.to_owned(),
        };
        if let Some(profile) = known(&whole).filter(|_| version.is_some()) {
            return Some(Ok(profile));
        }
        let document = candidate.document()?;
        let profile = match self.compile(&document, candidate.shipped, bases) {
            Ok(profile) => Arc::new(profile),
            Err(fault) => return Some(Err(fault)),
        };
        let compiled = self.library().compiled.write();
        let mut compiled = compiled.unwrap_or_else(PoisonError::into_inner);
        // Whole names only: what somebody else writes behind the bar is without number.
        if version.is_none() {
            compiled.insert(url.to_owned(), profile.clone());
        }
        compiled.insert(whole, profile.clone());
        Some(Ok(profile))
    }

    fn candidates(&self, url: &str) -> Vec<Candidate> {
        let stored = self.bearing(ResourceType::STRUCTURE_DEFINITION, url);
        let stored = stored.into_iter().map(|resource| Candidate {
            version: resource.version().map(ToOwned::to_owned),
            shipped: false,
            source: Source::Stored(resource),
        });
        let shipped = shipped::bearing(url).map(|(version, line)| Candidate {
            version: Some(version.to_owned()),
            shipped: true,
            source: Source::Shipped(line),
        });
        stored.chain(shipped).collect()
    }

    /// Compiles a StructureDefinition, stored or not.
    ///
    /// Errors: what it is missing.
    pub fn compile_profile(&self, document: &Document) -> Result<Profile, Fault> {
        self.compile(document, false, BASES_MAX)
    }

    fn compile(&self, document: &Document, shipped: bool, bases: usize) -> Result<Profile, Fault> {
        let bases = bases.checked_sub(1).ok_or(Fault::BasesMax)?;
        let root = document.root();
        let text = |name: &str| root.text_at(name).map(std::borrow::Cow::into_owned);
        let version = text("version");
        let type_name = text("type").unwrap_or_default();
        let of = merge::type_named(&type_name);
        if of.is_none() && !matches!(type_name.as_str(), "Resource" | "DomainResource") {
            return Err(Fault::UnknownType);
        }
        let mut profile = Profile {
            url: text("url").unwrap_or_default(),
            root: Node::named(&type_name),
            contexts: root
                .all("context")
                .into_iter()
                .filter_map(Context::read)
                .collect(),
            context_invariants: strings(root, "contextInvariant"),
            recursive: !shipped && is_recursive(root),
            version,
            type_name,
        };
        if text("derivation").as_deref() != Some("constraint") {
            return Ok(profile);
        }
        let pin = |canonical: &str| self.pinned(canonical, profile.version.as_deref());
        let base = pin(&text("baseDefinition").unwrap_or_default());
        let differential = root.all("differential.element");
        let snapshot = root.all("snapshot.element");
        let base_tree = self.base(&base, &profile.type_name, bases)?;
        let (tree, elements) = match (base_tree, differential.is_empty()) {
            (Some(tree), false) => (tree, differential),
            _ if !snapshot.is_empty() => (Node::named(&profile.type_name), snapshot),
            (Some(_), true) => return Err(Fault::Empty),
            (None, _) => return Err(Fault::UnknownBase(base)),
        };
        let mut tree = tree;
        merge::merge(&mut tree, &profile.type_name, &elements, &pin);
        profile.root = tree;
        Ok(profile)
    }

    /// The tree a differential is laid over; `None` where the base is not known.
    fn base(&self, base: &str, type_name: &str, bases: usize) -> Result<Option<Node>, Fault> {
        let name = registry::parts(base).0.strip_prefix(CORE);
        if name.is_some_and(|name| name == type_name) {
            return Ok(Some(Node::named(type_name)));
        }
        match self.compiled(base, bases) {
            Some(Ok(base)) if base.type_name == type_name => Ok(Some(base.root.clone())),
            Some(Err(Fault::BasesMax)) => Err(Fault::BasesMax),
            _ => Ok(None),
        }
    }

    /// A canonical with the version of the definition that names it, where there is such a one.
    fn pinned(&self, canonical: &str, version: Option<&str>) -> String {
        let (url, own) = registry::parts(canonical);
        let Some(version) = version.filter(|_| own.is_none()) else {
            return canonical.to_owned();
        };
        let same = |one: &Candidate| one.version.as_deref() == Some(version);
        let pinned = format!("{url}|{version}");
        if self.candidates(url).iter().any(same)
            || self.find(ResourceType::VALUE_SET, &pinned).is_some()
        {
            return pinned;
        }
        canonical.to_owned()
    }
}

/// The one of that version; without one the first stored or the version that ships as default.
fn chosen(candidates: Vec<Candidate>, version: Option<&str>) -> Option<Candidate> {
    let Some(version) = version else {
        return candidates.into_iter().next();
    };
    let of = |one: &Candidate| one.version.clone().unwrap_or_default();
    let begins = |one: &Candidate| {
        let own = of(one);
        let rest = own.strip_prefix(version);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let exact = |one: &Candidate| of(one) == version;
    let mut fitting: Vec<Candidate> = candidates.into_iter().filter(begins).collect();
    fitting.sort_by(|a, b| match (exact(a), exact(b)) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => registry::compare_versions(&of(b), &of(a)),
    });
    fitting.into_iter().next()
}

fn strings(root: Element<'_>, path: &str) -> Vec<String> {
    let all = root.all(path).into_iter();
    all.filter_map(|one| Some(one.str()?.into_owned()))
        .collect()
}

/// A contentReference to the profile's own element brings its rules along; one to the base type
/// (an address before the `#`) does not. R4 itself writes the former.
fn is_recursive(root: Element<'_>) -> bool {
    let references = strings(root, "snapshot.element.contentReference");
    references
        .iter()
        .all(|reference| reference.starts_with('#'))
}
