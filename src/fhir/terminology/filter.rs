//! Filters of a value set on the concepts of a code system (R4 4.9.5.1).

use super::code_system::CodeSystem;
use super::hierarchy::Hierarchy;
use super::membership::Membership::{self, Unknown};
use super::rule::Rule;
use super::value_set::{Filter, Operator};

/// Properties that mean the code itself.
fn is_code(property: &str) -> bool {
    matches!(property, "code" | "concept")
}

/// Whether the concept at a position passes a filter.
pub(super) fn passes(system: &CodeSystem, at: u32, filter: &Filter) -> Membership {
    let Some(operator) = filter.operator else {
        return Unknown;
    };
    let property = &*filter.property;
    if !system.knows_property(property) {
        return Unknown;
    }
    let values = || values(system, at, property);
    match operator {
        Operator::IsA => related(system, filter, |of| {
            at == of || system.hierarchy.is_below(at, of)
        }),
        Operator::DescendentOf => related(system, filter, |of| system.hierarchy.is_below(at, of)),
        Operator::IsNotA => !related(system, filter, |of| {
            at == of || system.hierarchy.is_below(at, of)
        }),
        Operator::Generalizes => related(system, filter, |of| {
            at == of || system.hierarchy.is_below(of, at)
        }),
        Operator::Equal => is_one_of(system, &values(), std::slice::from_ref(&&*filter.value)),
        Operator::In | Operator::NotIn => {
            let wanted: Vec<&str> = filter.value.split(',').map(str::trim).collect();
            let found = is_one_of(system, &values(), &wanted);
            if operator == Operator::In {
                found
            } else {
                !found
            }
        }
        Operator::Regex => match filter.pattern() {
            None => Unknown,
            Some(pattern) => values().iter().any(|value| pattern.is_match(value)).into(),
        },
        Operator::Exists => {
            let exists = !values().is_empty();
            (exists == (&*filter.value == "true")).into()
        }
    }
}

/// The concepts that stand in the relation a filter asks for, looked up once for all; nothing for
/// filters on other things.
pub(super) fn relatives(system: &CodeSystem, filter: &Filter) -> Option<Vec<u32>> {
    let operator = filter.operator?;
    if !is_code(&filter.property) {
        return None;
    }
    let of = |walk: fn(&Hierarchy, u32) -> Vec<u32>, itself: bool| {
        let Some(of) = system.position(&filter.value) else {
            return Vec::new();
        };
        let mut found = walk(&system.hierarchy, of);
        found.retain(|one| *one != of);
        found.extend(itself.then_some(of));
        found.sort_unstable();
        found
    };
    match operator {
        Operator::IsA | Operator::IsNotA => Some(of(Hierarchy::descendants, true)),
        Operator::DescendentOf => Some(of(Hierarchy::descendants, false)),
        Operator::Generalizes => Some(of(Hierarchy::ancestors, true)),
        _ => None,
    }
}

/// Whether the concept at a position passes a filter whose [`relatives`] were looked up.
pub(super) fn passes_among(
    system: &CodeSystem,
    at: u32,
    (filter, relatives): (&Filter, Option<&[u32]>),
) -> Membership {
    match relatives {
        None => passes(system, at, filter),
        Some(relatives) => {
            let found = relatives.binary_search(&at).is_ok();
            (found != (filter.operator == Some(Operator::IsNotA))).into()
        }
    }
}

/// Asks about the concept a filter names. One that is not in a whole code system is no relation of
/// any.
fn related(system: &CodeSystem, filter: &Filter, is: impl Fn(u32) -> bool) -> Membership {
    if !is_code(&filter.property) {
        return Unknown;
    }
    match system.position(&filter.value) {
        Some(of) => is(of).into(),
        None => Membership::No,
    }
}

fn is_one_of(system: &CodeSystem, values: &[String], wanted: &[&str]) -> Membership {
    let same =
        |a: &str, b: &str| a == b || !system.case_sensitive && a.to_lowercase() == b.to_lowercase();
    let found = values
        .iter()
        .any(|value| wanted.iter().any(|one| same(value, one)));
    found.into()
}

/// The values of a concept's property.
fn values(system: &CodeSystem, at: u32, property: &str) -> Vec<String> {
    let Some(concept) = system.at(at) else {
        return Vec::new();
    };
    let codes = |positions: &[u32]| {
        let found = positions.iter().filter_map(|one| system.at(*one));
        found.map(|one| one.code.to_string()).collect()
    };
    match property {
        "code" | "concept" => vec![concept.code.to_string()],
        "display" => concept.display.iter().map(|d| d.to_string()).collect(),
        "parent" => codes(system.hierarchy.parents(at)),
        "child" => codes(system.hierarchy.children(at)),
        "inactive" => vec![concept.is_inactive().to_string()],
        "notSelectable" => vec![concept.is_abstract().to_string()],
        _ => {
            let of = concept
                .properties
                .iter()
                .filter(|one| &*one.code == property);
            of.map(|one| one.text.to_string()).collect()
        }
    }
}

/// Whether a code of a system that is a grammar passes a filter.
pub(super) fn passes_rule(rule: Rule, code: &str, filter: &Filter) -> Membership {
    match filter.operator {
        Some(Operator::Exists) => {
            let exists = rule.exists(code, &filter.property);
            match &*filter.value {
                "true" => exists,
                _ => !exists,
            }
        }
        Some(Operator::Equal) if is_code(&filter.property) => (code == &*filter.value).into(),
        Some(Operator::In) if is_code(&filter.property) => {
            filter.value.split(',').any(|one| one.trim() == code).into()
        }
        Some(Operator::Regex) if is_code(&filter.property) => {
            let pattern = filter.pattern();
            pattern.map_or(Unknown, |pattern| pattern.is_match(code).into())
        }
        _ => Unknown,
    }
}
