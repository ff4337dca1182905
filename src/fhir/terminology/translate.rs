//! Translation by concept maps (R4 `ConceptMap/$translate`).

use std::sync::Arc;

use super::{Coding, ConceptMap, Fault, Terminology, Translation, Wish, registry};
use crate::ResourceType;

/// How many maps may hand a code on to one another.
const HANDED_ON_MAX: usize = 8;

impl Terminology<'_> {
    /// A concept map by its canonical.
    pub fn concept_map(&self, canonical: &str) -> Option<Arc<ConceptMap>> {
        let found = self.registry.find(ResourceType::CONCEPT_MAP, canonical)?;
        found.concept_map()
    }

    /// Every concept map from one value set to another; either may be left open.
    pub fn concept_maps(&self, source: Option<&str>, target: Option<&str>) -> Vec<Arc<ConceptMap>> {
        let fits = |asked: Option<&str>, has: Option<&str>| match asked {
            None => true,
            Some(asked) => {
                has.is_some_and(|has| registry::parts(has).0 == registry::parts(asked).0)
            }
        };
        let all = self.registry.each(ResourceType::CONCEPT_MAP);
        let mut found: Vec<Arc<ConceptMap>> = all
            .filter_map(|one| one.concept_map())
            .filter(|map| {
                fits(source, map.source.as_deref()) && fits(target, map.target.as_deref())
            })
            .collect();
        found.sort_by(|a, b| a.canonical.cmp(&b.canonical));
        found
    }

    /// What these maps say about a code, each mapping once.
    ///
    /// # Errors
    /// When a map hands codes on to one that is not here.
    pub fn translate(
        &self,
        maps: &[Arc<ConceptMap>],
        coding: &Coding,
        wish: &Wish,
    ) -> Result<Vec<Translation>, Fault> {
        let mut found: Vec<Translation> = Vec::new();
        for map in maps {
            let mut map = map.clone();
            for _ in 0..HANDED_ON_MAX {
                let (some, elsewhere) = map.translate(coding, wish);
                for one in some {
                    if !found.contains(&one) {
                        found.push(one);
                    }
                }
                let Some(url) = elsewhere else { break };
                let next = self.concept_map(&url);
                map = next.ok_or_else(|| Fault::ConceptMap(url.to_string()))?;
            }
        }
        Ok(found)
    }
}
