//! `:above` and `:below` on references: what a resource is part of, and what is part of it
//! (R4 3.1.1.4.4).

use super::parse::wrong;
use super::value::Context;
use super::{Match, Modifier, Param, ParamType, Query, param};
use crate::{Issue, ResourceType};

/// How many levels of a hierarchy a search follows.
pub const KIN_LEVELS_MAX: usize = 16;
/// How many resources of a hierarchy a search compares with.
pub const KIN_RESOURCES_MAX: usize = 10_000;

/// A resource with all that lies above or below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Kin {
    pub of: (ResourceType, String),
    pub below: bool,
    /// Its own id and those found; until they are looked up, its own.
    pub ids: Vec<String>,
}

/// The parameter by which resources of a type are part of each other, if they are.
pub fn part_of(resource_type: ResourceType) -> Option<&'static Param> {
    let named = ["partof", "part-of"].into_iter();
    let mut found = named.filter_map(|code| param(resource_type, code));
    found.find(|p| p.kind == ParamType::Reference && p.targets.contains(&resource_type))
}

/// Whether any type a reference leads to has a hierarchy.
pub(super) fn applies(param: &Param) -> bool {
    param.targets.iter().any(|t| part_of(*t).is_some())
}

/// Reads `id`, `Type/id` or our URL of one.
pub(super) fn read(
    context: &Context<'_>,
    modifier: &Modifier,
    found: Match,
) -> Result<Match, Issue> {
    let Match::Reference { resource_types, id } = found else {
        return Err(wrong(context.name, "must be a resource of this server"));
    };
    let mut parted = resource_types.into_iter().filter(|t| part_of(*t).is_some());
    match (parted.next(), parted.next()) {
        (Some(of), None) => Ok(Match::Kin(Kin {
            of: (of, id.clone()),
            below: *modifier == Modifier::Below,
            ids: vec![id],
        })),
        (Some(_), Some(_)) => Err(wrong(context.name, "must name its type: Type/id")),
        (None, _) => Err(wrong(context.name, "must be of a type with a hierarchy")),
    }
}

impl Query {
    /// What it asks of hierarchies.
    pub fn kin(&self) -> Vec<&Kin> {
        let mut out = Vec::new();
        for condition in &self.filters {
            condition.each_value(&mut |value| {
                if let Match::Kin(kin) = value {
                    out.push(kin);
                }
            });
        }
        out
    }

    /// Calls with each of these, to fill in what was found.
    pub fn each_kin_mut(&mut self, call: &mut dyn FnMut(&mut Kin)) {
        for condition in &mut self.filters {
            condition.each_value_mut(&mut |_, value| {
                if let Match::Kin(kin) = value {
                    call(kin);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn places_and_organizations_are_part_of_each_other() {
        let of = |name: &str| part_of(ResourceType::from_name(name).unwrap());
        assert_eq!(of("Location").unwrap().code, "partof");
        assert_eq!(of("Encounter").unwrap().code, "part-of");
        assert!(of("Patient").is_none() && of("Observation").is_none());
    }
}
