//! Searching tokens by what terminology says: `:in`, `:not-in`, `:above`, `:below` (R4 3.1.1.4.4).
//!
//! A query is read without terminology; before it runs, what it asks is looked up and becomes lists
//! of codes.

use std::fmt;

use super::parse::wrong;
use super::value::{Context, split, unescape};
use super::{Condition, Match, Modifier, Query, System, system_is_implied};
use crate::reference::Reference;
use crate::registry::Registry;
use crate::terminology::{Fault, Options, ValueSet};
use crate::{Issue, ResourceType};

/// Codes one search may compare with, in all its parameters.
pub const CODES_MAX: usize = 10_000;

/// What is asked of terminology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The codes of a value set, by its canonical.
    ValueSet(String),
    /// The codes of a value set stored here, by its id.
    Stored(String),
    /// A code and those that subsume it, or (`below`) that it subsumes.
    Around {
        system: String,
        code: String,
        below: bool,
    },
}

/// Codes of one system, or of any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    pub system: System,
    pub codes: Vec<String>,
}

/// A question to terminology, with its answer once it was asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Terms {
    asked: Asked,
    found: Vec<Codes>,
}

/// Only what is asked: what is found today does not make it another search.
impl fmt::Debug for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.asked.fmt(f)
    }
}

impl Terms {
    fn new(asked: Asked) -> Self {
        Self {
            asked,
            found: Vec::new(),
        }
    }
    /// The codes to look for; none before the query was [`Query::resolved`].
    pub fn found(&self) -> &[Codes] {
        &self.found
    }
    /// How many codes there are to look for.
    pub fn count(&self) -> usize {
        self.found.iter().map(|one| one.codes.len()).sum()
    }
}

/// Reads one value of a token parameter with one of the modifiers.
pub(super) fn read(context: &Context<'_>, modifier: &Modifier, text: &str) -> Result<Match, Issue> {
    if matches!(modifier, Modifier::In | Modifier::NotIn) {
        let text = unescape(text);
        let asked = match Reference::parse(&text, Some(context.base)) {
            Reference::Local {
                resource_type: ResourceType::VALUE_SET,
                id,
                ..
            } => Asked::Stored(id),
            Reference::Local { .. } => return Err(wrong(context.name, "must name a value set")),
            _ => Asked::ValueSet(text),
        };
        return Ok(Match::Terms(Terms::new(asked)));
    }
    match split(text, '|').as_slice() {
        [system, code] if !system.is_empty() && !code.is_empty() => {
            Ok(Match::Terms(Terms::new(Asked::Around {
                system: unescape(system),
                code: unescape(code),
                below: *modifier == Modifier::Below,
            })))
        }
        _ => Err(wrong(context.name, "must be system|code")),
    }
}

impl Query {
    /// Whether it asks anything of terminology.
    pub fn asks_terminology(&self) -> bool {
        self.filters.iter().any(|condition| {
            let mut asks = false;
            condition.each_value(&mut |value| asks |= matches!(value, Match::Terms(_)));
            asks
        })
    }

    /// The query with the codes that terminology has for what it asks.
    ///
    /// # Errors
    /// When a value set or code system is not here, or there are more than [`CODES_MAX`] codes.
    pub fn resolved(&self, registry: &Registry) -> Result<Self, Fault> {
        let mut query = self.clone();
        let mut left = CODES_MAX;
        let mut fault = None;
        for condition in &mut query.filters {
            condition.each_value_mut(&mut |implied, value| {
                let Match::Terms(terms) = value else { return };
                match look_up(registry, &terms.asked, implied, left) {
                    Ok(found) => {
                        terms.found = found;
                        left = left.saturating_sub(terms.count());
                    }
                    Err(why) => fault = fault.take().or(Some(why)),
                }
            });
        }
        fault.map_or(Ok(query), Err)
    }
}

fn look_up(
    registry: &Registry,
    asked: &Asked,
    implied: bool,
    left: usize,
) -> Result<Vec<Codes>, Fault> {
    let terminology = registry.terminology();
    let mut found: Vec<Codes> = match asked {
        Asked::Around {
            system,
            code,
            below,
        } => {
            let codes = terminology.relatives(system, code, *below)?;
            vec![Codes {
                system: System::Is(system.clone()),
                codes,
            }]
        }
        Asked::ValueSet(canonical) => {
            let set = terminology.value_set(canonical);
            let set = set.ok_or_else(|| Fault::ValueSet(canonical.clone()))?;
            expanded(registry, &set, left)?
        }
        Asked::Stored(id) => {
            let stored = registry.get(ResourceType::VALUE_SET, id);
            let set = stored.and_then(|stored| stored.value_set());
            let set = set.ok_or_else(|| Fault::ValueSet(format!("ValueSet/{id}")))?;
            expanded(registry, &set, left)?
        }
    };
    let count: usize = found.iter().map(|one| one.codes.len()).sum();
    if count > left {
        return Err(too_many());
    }
    if implied {
        // Codes whose system the element implies are indexed without it.
        for one in &mut found {
            one.system = System::Any;
        }
    }
    Ok(found)
}

fn expanded(registry: &Registry, set: &ValueSet, left: usize) -> Result<Vec<Codes>, Fault> {
    let options = Options {
        count: Some(left.saturating_add(1)),
        ..Options::default()
    };
    let expansion = registry.terminology().expand(set, &options)?;
    if expansion.total > left {
        return Err(too_many());
    }
    let mut found: Vec<Codes> = Vec::new();
    for entry in expansion.entries {
        let is = |one: &&mut Codes| matches!(&one.system, System::Is(s) if **s == *entry.system);
        match found.iter_mut().find(is) {
            Some(of) => of.codes.push(entry.code.into()),
            None => found.push(Codes {
                system: System::Is(entry.system.to_string()),
                codes: vec![entry.code.into()],
            }),
        }
    }
    Ok(found)
}

fn too_many() -> Fault {
    Fault::TooCostly(format!("a search compares with at most {CODES_MAX} codes"))
}

impl Condition {
    /// Calls with every value, over all steps.
    pub(super) fn each_value<'c>(&'c self, call: &mut dyn FnMut(&'c Match)) {
        match self {
            Self::Filter(filter) => filter.values.iter().for_each(call),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.each_value(call));
            }
            Self::Not(inner) => inner.each_value(call),
            Self::Chain(chain) => chain.to.iter().for_each(|(_, to)| to.each_value(call)),
            Self::Has(has) => has.condition.each_value(call),
            Self::Contained(inside) => inside.condition.each_value(call),
            Self::Within(_) | Self::Listed(_) | Self::Text(_) => {}
        }
    }

    /// Calls with every value, over all steps, and whether its parameter implies the system.
    pub(super) fn each_value_mut(&mut self, call: &mut dyn FnMut(bool, &mut Match)) {
        match self {
            Self::Filter(filter) => {
                let implied = match filter.param {
                    super::Subject::Param(param) => system_is_implied(param),
                    _ => false,
                };
                filter
                    .values
                    .iter_mut()
                    .for_each(|value| call(implied, value));
            }
            Self::All(parts) | Self::Any(parts) => {
                parts.iter_mut().for_each(|part| part.each_value_mut(call));
            }
            Self::Not(inner) => inner.each_value_mut(call),
            Self::Chain(chain) => {
                chain
                    .to
                    .iter_mut()
                    .for_each(|(_, to)| to.each_value_mut(call));
            }
            Self::Has(has) => has.condition.each_value_mut(call),
            Self::Contained(inside) => inside.condition.each_value_mut(call),
            Self::Within(_) | Self::Listed(_) | Self::Text(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::search::{Handling, Settings, parse};

    fn query(name: &str, value: &str) -> Result<Query, Vec<Issue>> {
        let settings = Settings {
            base: "http://h/fhir",
            handling: Handling::Strict,
            count_default: 10,
            count_max: 10,
            clauses_max: 10,
            posted: None,
            include_rounds_max: 1,
            included_max: 10,
        };
        let pairs = [(name.to_owned(), value.to_owned())];
        parse(ResourceType::OBSERVATION, &pairs, &settings)
    }

    fn found(name: &str, value: &str) -> Result<Vec<Codes>, Fault> {
        let query = query(name, value).unwrap().resolved(&Registry::shipped())?;
        let mut found = Vec::new();
        query.filters[0].each_value(&mut |value| {
            if let Match::Terms(terms) = value {
                found.extend(terms.found().iter().cloned());
            }
        });
        Ok(found)
    }

    #[test]
    fn a_value_set_becomes_its_codes() {
        let set = "http://hl7.org/fhir/ValueSet/observation-status";
        let statuses = found("status:in", set).unwrap();
        assert_eq!(statuses.len(), 1);
        assert_eq!(statuses[0].system, System::Any);
        assert!(statuses[0].codes.contains(&"final".to_owned()));
        let categories = "http://hl7.org/fhir/ValueSet/observation-category";
        let found = found("category:not-in", categories).unwrap();
        assert!(
            matches!(&found[0].system, System::Is(url) if url.ends_with("observation-category"))
        );
    }

    #[test]
    fn a_code_becomes_itself_and_those_around_it() {
        let role = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
        let below = found("code:below", &format!("{role}|PRN")).unwrap();
        assert!(below[0].codes.contains(&"MTH".to_owned()));
        let above = found("code:above", &format!("{role}|MTH")).unwrap();
        assert!(above[0].codes.contains(&"PRN".to_owned()));
        assert!(!above[0].codes.contains(&"FTH".to_owned()));
    }

    #[test]
    fn what_terminology_cannot_tell_is_a_fault() {
        for (name, value) in [
            ("code:in", "http://x/none"),
            ("code:in", "ValueSet/none"),
            ("code:below", "http://snomed.info/sct|1"),
            ("code:below", "http://hl7.org/fhir/administrative-gender|x"),
            ("code:in", "http://hl7.org/fhir/ValueSet/all-languages"),
        ] {
            assert!(found(name, value).is_err(), "{name} {value}");
        }
        for (name, value) in [
            ("code:below", "x"),
            ("code:above", "|x"),
            ("code:in", "Patient/1"),
            ("subject:in", "http://x"),
        ] {
            assert!(query(name, value).is_err(), "{name} {value}");
        }
    }
}
