//! The rules that label by code: the shipped ones and the value sets a site marks with a label.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use access::sensitivity::{CodeSet, Rules};
use access::{labels, vocabulary::LABEL_OF_CODES};
use fhir::{Document, Element, ResourceType};

use crate::{Result, Storage};

/// The rules of one snapshot of definitions.
#[derive(Default)]
pub(crate) struct Current {
    of: RwLock<Option<(u64, Arc<Rules>)>>,
}

impl Storage {
    /// The rules in force.
    ///
    /// # Errors
    /// When the database cannot be asked for the site's own.
    pub async fn label_rules(&self) -> Result<Arc<Rules>> {
        let registry = self.registry().await?;
        let revision = registry.revision();
        let current = &self.inner.rules.of;
        let known = current.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, rules)) = &*known
            && *of == revision
        {
            return Ok(rules.clone());
        }
        drop(known);
        let sets = registry.stored(ResourceType::VALUE_SET);
        let mut sets: Vec<CodeSet> = sets
            .filter_map(|set| code_set(&set.canonical(), &set.document()?))
            .collect();
        sets.sort_by(|a, b| a.id.cmp(&b.id));
        let rules = match sets.is_empty() {
            true => Rules::shipped().clone(),
            false => Arc::new(Rules::shipped().with(&sets)),
        };
        let mut known = current.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some((revision, rules.clone()));
        Ok(rules)
    }
}

/// The codes a ValueSet lists, with the labels it is marked with; `None` where it has no mark.
fn code_set(canonical: &str, set: &Document) -> Option<CodeSet> {
    let root = set.root();
    if root.text_at("status").as_deref() != Some("active") {
        return None;
    }
    let marks = root.all("extension").into_iter();
    let marks = marks.filter(|one| one.text_at("url").as_deref() == Some(LABEL_OF_CODES));
    let named: Vec<String> = marks
        .filter_map(|one| {
            let system = one.text_at("valueCoding.system");
            labels::sensitivity(system.as_deref(), &one.text_at("valueCoding.code")?)
        })
        .collect();
    if named.is_empty() {
        return None;
    }
    let mut codes = BTreeSet::new();
    for include in root.all("compose.include") {
        let system = include.text_at("system").unwrap_or_default();
        for concept in include.all("concept") {
            add(&mut codes, &system, concept);
        }
    }
    for entry in root.all("expansion.contains") {
        add(
            &mut codes,
            &entry.text_at("system").unwrap_or_default(),
            entry,
        );
    }
    Some(CodeSet {
        // Told apart by how much it says, where its version was forgotten.
        id: format!("{canonical}#{}", codes.len()),
        labels: named,
        codes: codes.into_iter().collect(),
    })
}

fn add(codes: &mut BTreeSet<(String, String)>, system: &str, concept: Element<'_>) {
    if let Some(code) = concept.text_at("code") {
        codes.insert((system.to_owned(), code.into_owned()));
    }
}
