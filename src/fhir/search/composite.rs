//! Composite parameters: values that must be found together, in one element (R4 3.1.1.4.18).

use std::sync::LazyLock;

use super::table::{TABLES, Term, terms};
use super::{Param, param, params};
use crate::{ResourceType, index::ParamId};

/// How many elements of one resource are told apart; what is beyond them is not indexed.
pub const ELEMENTS_MAX: i32 = 256;

/// One composite parameter.
#[derive(Debug)]
pub(crate) struct Composite {
    pub param: &'static Param,
    pub components: Vec<&'static Param>,
    pub foci: Vec<Focus>,
}

/// Where the components of a composite are compared together.
#[derive(Debug)]
pub(crate) enum Focus {
    /// In the resource as a whole: by these parameters of it.
    Resource(Vec<&'static Param>),
    /// In each element at a path.
    Element(Vec<&'static str>, Vec<Part>),
}

/// One component of an element.
#[derive(Debug)]
pub(crate) enum Part {
    /// Read from the element: indexed under a number for each element, beginning here.
    Within(ParamId, Vec<Term>),
    /// Read from the resource around it, by the component's own parameter.
    Around,
}

static COMPOSITES: LazyLock<Vec<Vec<Composite>>> =
    LazyLock::new(|| ResourceType::all().map(decode).collect());

/// The composite parameters of a type.
pub(crate) fn composites(resource_type: ResourceType) -> &'static [Composite] {
    let all: &'static Vec<Vec<Composite>> = &COMPOSITES;
    all.get(resource_type.ordinal()).map_or(&[], Vec::as_slice)
}

fn decode(resource_type: ResourceType) -> Vec<Composite> {
    let rows = TABLES.composites.get(resource_type.ordinal());
    let rows = rows.into_iter().flatten();
    rows.filter_map(|(code, text)| one(resource_type, code, text))
        .collect()
}

fn one(resource_type: ResourceType, code: &str, text: &'static str) -> Option<Composite> {
    let mut words = text.split(' ');
    let components: Option<Vec<&Param>> = words
        .next()?
        .split('$')
        .map(|code| param(resource_type, code))
        .collect();
    let components = components?;
    let paths: Vec<&str> = words.filter_map(|word| word.strip_prefix('@')).collect();
    let foci: Option<Vec<Focus>> = paths
        .iter()
        .map(|path| focus(&components, path, &paths))
        .collect();
    Some(Composite {
        param: param(resource_type, code)?,
        components,
        foci: foci?,
    })
}

fn focus(
    components: &[&'static Param],
    path: &'static str,
    paths: &[&'static str],
) -> Option<Focus> {
    if path.is_empty() {
        let own = components.iter().map(|c| on_resource(c, paths));
        return own.collect::<Option<_>>().map(Focus::Resource);
    }
    let parts: Option<Vec<Part>> = components.iter().map(|c| part(c, path)).collect();
    Some(Focus::Element(path.split('.').collect(), parts?))
}

/// The parameter that reads what a component reads outside the other elements.
fn on_resource(component: &'static Param, paths: &[&str]) -> Option<&'static Param> {
    let own: Vec<&Term> = terms(component)?
        .iter()
        .filter(|term| !paths.iter().any(|path| below(term.text, path).is_some()))
        .collect();
    let same = |p: &&Param| {
        let read = terms(p).unwrap_or_default();
        p.kind == component.kind && read.len() == own.len() && read.iter().all(|t| own.contains(&t))
    };
    params(component.resource_type).iter().find(same)
}

fn part(component: &'static Param, path: &str) -> Option<Part> {
    let depth = path.split('.').count();
    let within: Vec<Term> = terms(component)?
        .iter()
        .filter_map(|term| {
            Some(Term {
                text: below(term.text, path)?,
                steps: term.steps.get(depth..)?.to_vec(),
                ..term.clone()
            })
        })
        .collect();
    if within.is_empty() {
        return Some(Part::Around);
    }
    // The same part of the same element is indexed once, whichever parameters use it.
    let texts: Vec<&str> = within.iter().map(|t| t.text).collect();
    let name = format!("{path} {:?} {}", component.kind, texts.join(" "));
    let id = ParamId::of_part(component.resource_type, &name);
    Some(Part::Within(id, within))
}

/// What is left of a term below a path.
fn below(text: &'static str, path: &str) -> Option<&'static str> {
    match path.is_empty() {
        true => None,
        false => text.strip_prefix(path)?.strip_prefix('.'),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::search::ParamType;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_composite_of_the_table_is_understood() {
        let mut count = 0;
        for resource_type in ResourceType::all() {
            let rows = TABLES.composites.get(resource_type.ordinal()).unwrap();
            assert_eq!(
                composites(resource_type).len(),
                rows.len(),
                "{resource_type}"
            );
            for composite in composites(resource_type) {
                assert_eq!(composite.param.kind, ParamType::Composite);
                let simple = |p: &&Param| p.kind != ParamType::Composite;
                assert!(composite.components.iter().all(simple));
                count += 1;
            }
        }
        assert!(count > 60, "{count}");
    }

    #[test]
    fn numbers_of_parts_do_not_collide() {
        let mut names: BTreeMap<ParamId, BTreeSet<String>> = BTreeMap::new();
        for composite in ResourceType::all().flat_map(composites) {
            for focus in &composite.foci {
                let Focus::Element(path, parts) = focus else {
                    continue;
                };
                for part in parts {
                    let Part::Within(id, terms) = part else {
                        continue;
                    };
                    assert!(id.0 < 0 && id.0 % ELEMENTS_MAX == 0, "{id:?}");
                    let texts: Vec<&str> = terms.iter().map(|t| t.text).collect();
                    let of = composite.param.resource_type;
                    let name = format!("{of}.{path:?} {texts:?}");
                    names.entry(*id).or_default().insert(name);
                }
            }
        }
        assert!(names.len() > 40);
        assert!(names.values().all(|n| n.len() == 1), "{names:?}");
    }

    #[test]
    fn components_of_the_resource_are_plain_parameters() {
        let observation = ResourceType::from_name("Observation").unwrap();
        let of = |code: &str| {
            let all = composites(observation).iter();
            all.clone().find(|c| c.param.code == code).unwrap()
        };
        let combo = of("combo-code-value-quantity");
        let [Focus::Resource(own), Focus::Element(path, parts)] = combo.foci.as_slice() else {
            panic!("{combo:?}");
        };
        let own: Vec<&str> = own.iter().map(|p| p.code).collect();
        assert_eq!(own, ["code", "value-quantity"]);
        assert_eq!(path, &["component"]);
        let Focus::Element(_, same) = &of("component-code-value-quantity").foci[0] else {
            panic!();
        };
        for (one, other) in parts.iter().zip(same) {
            let (Part::Within(one, _), Part::Within(other, _)) = (one, other) else {
                panic!();
            };
            assert_eq!(one, other);
        }
    }
}
