//! Terminology over a [`Registry`]: what codes mean, which belong to a value set, how they relate.
//!
//! Every question has three answers ([`Membership`]): where the content of a code system is not
//! here, nothing is guessed. Nothing recurses deeper than [`IMPORTS_DEEP_MAX`] imports, and a
//! question costs at most [`STEPS_MAX`] steps.

pub mod answer;
mod code_system;
mod coding;
pub mod compile;
mod concept_map;
mod expand;
mod filter;
mod hierarchy;
mod lookup;
mod member;
mod membership;
mod rule;
mod subsumes;
mod translate;
mod validate_code;
mod value_set;

use std::sync::Arc;

use crate::ResourceType;
use crate::registry::{self, Registry};

pub use code_system::{CodeSystem, Concept, Content, Designation, Property};
pub use coding::Coding;
pub use concept_map::{ConceptMap, Translation, Wish};
pub use expand::{Entry, Expansion, Options};
pub use lookup::Found;
pub use membership::Membership;
pub use rule::Rule;
pub use subsumes::Subsumption;
pub use validate_code::{Request, Verdict};
pub use value_set::ValueSet;

/// How many value sets may import one another in a row.
pub const IMPORTS_DEEP_MAX: usize = 16;
/// How much looking one question may cost, in parts of value sets visited.
pub const STEPS_MAX: u32 = 500_000;
/// Codes an expansion may gather, in all its pages.
pub const EXPANSION_CODES_MAX: usize = 100_000;
/// Words of a filter, languages, systems and versions an expansion is asked with, each.
pub const EXPANSION_WISHES_MAX: usize = 32;
/// Codes on a page of an expansion; a larger one must be asked for in pages.
pub const EXPANSION_PAGE_MAX: usize = 10_000;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the value set {0} is not known here")]
    ValueSet(String),
    #[error("the code system {0} is not known here, or without its codes")]
    System(String),
    #[error("the code {code} is not in {system}")]
    Code { system: String, code: String },
    #[error("the concept map {0} is not known here")]
    ConceptMap(String),
    #[error(
        "{0} includes itself, or value sets include one another more than {IMPORTS_DEEP_MAX} deep"
    )]
    Cycle(String),
    #[error("{0}")]
    Rule(String),
    #[error("too costly: {0}")]
    TooCostly(String),
}

/// Whose versions of code systems are used where a value set names none.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    /// `system-version`: system and version, where none is named.
    pub default: Vec<(String, String)>,
    /// `force-system-version`: whatever is named.
    pub force: Vec<(String, String)>,
    /// `check-system-version`: another one is a fault.
    pub check: Vec<(String, String)>,
}

impl Versions {
    fn of<'a>(list: &'a [(String, String)], system: &str) -> Option<&'a str> {
        let found = list.iter().find(|(url, _)| url == system);
        found.map(|(_, version)| version.as_str())
    }
    /// The version to use of a system that a value set asks for in `named`.
    fn choose<'a>(&'a self, system: &str, named: Option<&'a str>) -> Option<&'a str> {
        let force = Self::of(&self.force, system);
        force
            .or(named)
            .or(Self::of(&self.check, system))
            .or(Self::of(&self.default, system))
    }
    /// Whether a version may be used of a system that only one is allowed of.
    fn allows(&self, system: &str, version: Option<&str>) -> bool {
        match (Self::of(&self.check, system), version) {
            (Some(wanted), Some(version)) => version == wanted || is_more_exact(version, wanted),
            _ => true,
        }
    }
}

fn is_more_exact(version: &str, wanted: &str) -> bool {
    let rest = version.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.starts_with('.'))
}

/// What is known of a code system.
#[derive(Debug, Clone)]
pub enum System {
    /// Its codes, or some of them.
    Listed(Arc<CodeSystem>),
    Ruled(Rule),
    /// Nothing, or that it exists.
    Absent,
}

/// The terminology of a snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Terminology<'r> {
    registry: &'r Registry,
}

impl Registry {
    /// The terminology of this snapshot.
    pub fn terminology(&self) -> Terminology<'_> {
        Terminology { registry: self }
    }
}

impl Terminology<'_> {
    /// A value set by its canonical, implicit ones (`[system]?fhir_vs`) included.
    pub fn value_set(&self, canonical: &str) -> Option<Arc<ValueSet>> {
        if let Some(found) = self.registry.find(ResourceType::VALUE_SET, canonical) {
            return found.value_set();
        }
        let (url, version) = registry::parts(canonical);
        if let Some((system, query)) = url.split_once("?fhir_vs") {
            return implicit(url, system, version, query).map(Arc::new);
        }
        if url == "http://loinc.org/vs" {
            return Some(Arc::new(ValueSet::of_all(url, "http://loinc.org", version)));
        }
        let of = self.registry.with_all_codes(url)?;
        let version = version.or(of.version());
        Some(Arc::new(ValueSet::of_all(url, of.url(), version)))
    }

    /// What is known of a code system, by its address and version.
    pub fn system(&self, url: &str, version: Option<&str>) -> System {
        let canonical = match version {
            Some(version) => format!("{url}|{version}"),
            None => url.to_owned(),
        };
        let found = self.registry.find(ResourceType::CODE_SYSTEM, &canonical);
        let listed = found.and_then(|found| found.code_system());
        match listed {
            Some(listed) if matches!(listed.content, Content::Complete | Content::Part) => {
                System::Listed(listed)
            }
            _ => Rule::of(url).map_or(System::Absent, System::Ruled),
        }
    }

    /// What supplements add to a code: their concepts of the same code.
    fn additions(&self, system: &str) -> Vec<Arc<CodeSystem>> {
        let all = self.registry.supplementing(system);
        all.iter().filter_map(|one| one.code_system()).collect()
    }
}

/// `[system]?fhir_vs` is every code, `?fhir_vs=isa/[code]` a code and what is below it.
fn implicit(url: &str, system: &str, version: Option<&str>, query: &str) -> Option<ValueSet> {
    let mut all = ValueSet::of_all(url, system, version);
    if query.is_empty() {
        return Some(all);
    }
    let code = query
        .strip_prefix("=isa/")
        .filter(|code| !code.is_empty())?;
    let part = all.include.first_mut()?;
    part.filters.push(value_set::Filter {
        property: "concept".into(),
        operator: Some(value_set::Operator::IsA),
        value: code.into(),
        pattern: Default::default(),
    });
    Some(all)
}

#[cfg(test)]
mod tests;
