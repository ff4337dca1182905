//! Invariants: the kinds of rule the table is written in, and the predicates that need code.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use super::rules::RULES;
use crate::definitions::{self, TypeId};
use crate::{Element, datetime};

/// One invariant of a type.
#[derive(Debug)]
pub(super) struct Rule {
    /// The standard's key, such as `pat-1`.
    pub(super) key: &'static str,
    /// What it asks, in our words.
    pub(super) says: &'static str,
    pub(super) check: Check,
}

/// What a rule asks of an element. Names end in `[x]` for choices.
#[derive(Debug)]
pub(super) enum Check {
    /// At least one of these is there.
    Any(&'static [&'static str]),
    /// At most one of these is there.
    AtMostOne(&'static [&'static str]),
    /// Exactly one of these is there.
    One(&'static [&'static str]),
    /// Where the first is, one of the others is too.
    Needs(&'static str, &'static [&'static str]),
    /// Code decides.
    Test(fn(Element<'_>) -> bool),
}

impl Rule {
    pub(super) fn holds(&self, element: Element<'_>) -> bool {
        let count = |names: &[&str]| names.iter().filter(|name| has(element, name)).count();
        match self.check {
            Check::Any(names) => names.iter().any(|name| has(element, name)),
            Check::AtMostOne(names) => count(names) <= 1,
            Check::One(names) => count(names) == 1,
            Check::Needs(name, others) => !has(element, name) || count(others) > 0,
            Check::Test(test) => test(element),
        }
    }
}

/// Rules by type number.
static BY_TYPE: LazyLock<Vec<&'static [Rule]>> = LazyLock::new(|| {
    let rules = |name| {
        RULES
            .iter()
            .find(|(of, _)| *of == name)
            .map_or(&[][..], |(_, rules)| *rules)
    };
    let types = &definitions::r4().types;
    types.iter().map(|one| rules(one.name)).collect()
});

/// The rules of a type.
pub(super) fn of(id: TypeId) -> &'static [Rule] {
    BY_TYPE.get(id.number()).copied().unwrap_or_default()
}

/// Whether an element is there, be it only by its extensions; `value[x]` is any type of the choice.
pub(super) fn has(element: Element<'_>, name: &str) -> bool {
    let Some(choice) = name.strip_suffix("[x]") else {
        let mut members = element.members();
        return members.any(|(member, _)| match member.strip_prefix('_') {
            Some(bare) => bare == name,
            None => member == name,
        });
    };
    element.members().any(|(member, _)| {
        let bare = member.strip_prefix('_').unwrap_or(&member);
        let rest = bare
            .strip_prefix(choice)
            .and_then(|rest| rest.bytes().next());
        rest.is_some_and(|first| first.is_ascii_uppercase())
    })
}

/// Whether the string at a path is one of these.
pub(super) fn one_of(element: Element<'_>, path: &str, codes: &[&str]) -> bool {
    element
        .text_at(path)
        .is_some_and(|text| codes.contains(&text.as_ref()))
}

/// Whether a concept has a coding of that system with one of these codes.
pub(super) fn coded(element: Element<'_>, path: &str, system: &str, codes: &[&str]) -> bool {
    let concepts = element.all(path);
    let mut codings = concepts.iter().flat_map(|concept| concept.all("coding"));
    codings.any(|coding| {
        coding.get("system").is_some_and(|s| s.is(system)) && one_of(coding, "code", codes)
    })
}

/// Whether no two strings at a path are the same.
pub(super) fn distinct(element: Element<'_>, path: &str) -> bool {
    let all = element.all(path);
    let mut texts: Vec<_> = all.into_iter().filter_map(Element::str).collect();
    let count = texts.len();
    texts.sort();
    texts.dedup();
    texts.len() == count
}

/// Whether the date at `first` is not surely after the one at `last`; partial dates may overlap.
pub(super) fn in_order(element: Element<'_>, first: &str, last: &str) -> bool {
    let at = |path: &str| datetime::interval(&element.text_at(path)?);
    match (at(first), at(last)) {
        (Some(first), Some(last)) => first.low < last.high,
        _ => true,
    }
}

/// A number at a path. Comparing may round: no invariant hangs on the last digit.
pub(super) fn number(element: Element<'_>, path: &str) -> Option<f64> {
    element.first(path)?.number()?.parse().ok()
}

/// rng-2: low is not above high, where both are in the same unit.
pub(super) fn range(element: Element<'_>) -> bool {
    let unit = |end: &str| {
        let code = element.text_at(&format!("{end}.code"));
        code.or_else(|| element.text_at(&format!("{end}.unit")))
    };
    match (number(element, "low.value"), number(element, "high.value")) {
        (Some(low), Some(high)) if unit("low") == unit("high") => low <= high,
        _ => true,
    }
}

/// obs-7: no component repeats the code of an Observation that has a value.
pub(super) fn component_codes(element: Element<'_>) -> bool {
    let Some(components) = element
        .get("component")
        .filter(|_| has(element, "value[x]"))
    else {
        return true;
    };
    let own: HashSet<_> = element.all("code.coding").into_iter().map(coding).collect();
    !components.items().any(|component| {
        let theirs = component.all("code.coding");
        theirs
            .into_iter()
            .any(|theirs| own.contains(&coding(theirs)))
    })
}

/// What makes two codings the same: every member they have.
fn coding(coding: Element<'_>) -> [Option<String>; 5] {
    ["system", "version", "code", "display", "userSelected"].map(|name| {
        let member = coding.get(name)?;
        Some(
            member
                .str()
                .map_or_else(|| member.raw().into(), Cow::into_owned),
        )
    })
}

/// bdl-3, bdl-4: entries have `part` in exactly the Bundles of those types.
pub(super) fn entries_have(element: Element<'_>, part: &str, types: &[&str]) -> bool {
    let wanted = one_of(element, "type", types);
    element
        .all("entry")
        .iter()
        .all(|entry| has(*entry, part) == wanted)
}

/// bdl-7: the same fullUrl may come twice only with different versions.
pub(super) fn full_urls(element: Element<'_>) -> bool {
    if one_of(element, "type", &["history"]) {
        return true;
    }
    let mut seen = HashSet::new();
    element.all("entry").iter().all(|entry| {
        let Some(url) = entry.text_at("fullUrl") else {
            return true;
        };
        seen.insert((url, entry.text_at("resource.meta.versionId")))
    })
}

/// bdl-11, bdl-12: a Bundle of that type begins with that resource.
pub(super) fn begins_with(element: Element<'_>, bundle_type: &str, resource_type: &str) -> bool {
    !one_of(element, "type", &[bundle_type])
        || element
            .first("entry")
            .and_then(|entry| entry.text_at("resource.resourceType"))
            .is_some_and(|found| found == resource_type)
}

/// que-2: no two items of a Questionnaire share a linkId, at whatever depth.
pub(super) fn link_ids(element: Element<'_>) -> bool {
    let mut seen = HashSet::new();
    let mut open = element.all("item");
    while let Some(item) = open.pop() {
        if item.text_at("linkId").is_some_and(|id| !seen.insert(id)) {
            return false;
        }
        open.extend(item.all("item"));
    }
    true
}
