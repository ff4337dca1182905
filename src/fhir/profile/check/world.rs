//! What surrounds a check: the registry, the clock, the Bundle around it; and FHIRPath's outside.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::OnceLock;

use jiff::Timestamp;

use super::value::Value;
use super::{Checker, Request, Targets};
use crate::path::Outside;
use crate::registry::Registry;
use crate::terminology::{Membership, Subsumption};
use crate::{Element, Severity, reference};

/// How deep expressions may ask for conformance in turn.
const CONFORMS_DEEP_MAX: usize = 4;

pub(super) struct World<'c> {
    pub(super) registry: &'c Registry,
    pub(super) now: Timestamp,
    pub(super) thorough: bool,
    pub(super) unknown: Severity,
    /// What is checked, as a whole.
    pub(super) root: Element<'c>,
    pub(super) steps: &'c Cell<u64>,
    pub(super) has_extensions: bool,
    /// Resources of the Bundle by their full address and by `Type/id`.
    entries: OnceLock<HashMap<String, Element<'c>>>,
    asked: Cell<usize>,
    targets: Option<&'c Targets>,
}

impl<'c> World<'c> {
    pub(super) fn new(request: &Request<'c>, root: Element<'c>, steps: &'c Cell<u64>) -> Self {
        Self {
            registry: request.registry,
            now: request.now,
            thorough: request.thorough,
            unknown: request.unknown,
            root,
            steps,
            has_extensions: root.raw().contains("xtension\""),
            entries: OnceLock::new(),
            asked: Cell::new(0),
            targets: request.targets,
        }
    }

    /// Whether references may lead to other entries of a Bundle.
    pub(super) fn is_bundle(&self) -> bool {
        self.root.resource_type_name().as_deref() == Some("Bundle")
    }

    /// The entry of the Bundle around that a reference leads to.
    pub(super) fn entry(&self, text: &str) -> Option<Element<'c>> {
        let entries = self.entries.get_or_init(|| entries(self.root));
        let found = entries.get(text).copied();
        found.or_else(|| {
            let (resource_type, id, _) = reference::split(text)?;
            entries.get(&format!("{resource_type}/{id}")).copied()
        })
    }

    /// The stored resource a reference leads to, where such were handed in.
    pub(super) fn stored(&self, text: &str) -> Option<Element<'c>> {
        Some(self.targets?.get(text)?.root())
    }

    /// The resource a reference in `container` leads to, as far as it is at hand.
    pub(super) fn resolve_in(&self, container: Element<'c>, text: &str) -> Option<Element<'c>> {
        let Some(id) = text.strip_prefix('#') else {
            return self.entry(text);
        };
        if id.is_empty() {
            return Some(container);
        }
        let contained = container.get("contained")?;
        contained
            .items()
            .find(|one| one.get("id").is_some_and(|own| own.is(id)))
    }
}

fn entries(root: Element<'_>) -> HashMap<String, Element<'_>> {
    let mut found = HashMap::new();
    for entry in root.get("entry").iter().flat_map(|all| all.items()) {
        let Some(resource) = entry.get("resource") else {
            continue;
        };
        if let Some(url) = entry.text_at("fullUrl") {
            found.entry(url.into_owned()).or_insert(resource);
        }
        let id = resource.text_at("id");
        if let (Some(name), Some(id)) = (resource.resource_type_name(), id) {
            found.entry(format!("{name}/{id}")).or_insert(resource);
        }
    }
    found
}

impl Outside for World<'_> {
    fn resolve<'d>(&'d self, reference: &str) -> Option<Element<'d>> {
        self.resolve_in(self.root, reference)
    }
    fn member_of(&self, value_set: &str, system: Option<&str>, code: &str) -> Option<bool> {
        match self
            .registry
            .terminology()
            .member_of(value_set, system, code)
        {
            Membership::Yes => Some(true),
            Membership::No => Some(false),
            Membership::Unknown => None,
        }
    }
    fn conforms_to(&self, element: Element<'_>, profile: &str) -> Option<bool> {
        if self.asked.get() >= CONFORMS_DEEP_MAX {
            return None;
        }
        self.asked.set(self.asked.get() + 1);
        let request = Request::of(self.registry, self.now);
        let world = World::new(&request, element.root(), self.steps);
        world.asked.set(self.asked.get());
        let mut checker = Checker::new(&world, element, element);
        let value = Value::resource(element);
        let conforms = value.and_then(|value| checker.conforms(value, profile));
        self.asked.set(self.asked.get() - 1);
        conforms
    }
    fn in_slice(&self, element: Element<'_>, structure: &str, name: &str) -> Option<bool> {
        let profile = self.registry.profile(structure)?;
        let root = element.root();
        let start = Value::resource(root)?;
        let way = start.way_to(element);
        let (_, value) = *way.last()?;
        // From the nearest value around it that is of the structure's type.
        let around = |steps: &usize| match steps.checked_sub(1) {
            None => start.is_a(&profile.type_name),
            Some(at) => way
                .get(at)
                .is_some_and(|(_, one)| one.is_a(&profile.type_name)),
        };
        let from = (0..way.len()).rev().find(around)?;
        let mut steps = way.get(from..)?.iter();
        let node = steps.try_fold(&profile.root, |node, (name, _)| node.child(name))?;
        let request = Request::of(self.registry, self.now);
        let world = World::new(&request, root, self.steps);
        Checker::new(&world, root, root).is_of(value, node, name)
    }
    fn subsumes(&self, system: &str, a: &str, b: &str) -> Option<bool> {
        match self
            .registry
            .terminology()
            .subsumes(system, None, a, b)
            .ok()?
        {
            Subsumption::Equivalent | Subsumption::Subsumes => Some(true),
            _ => Some(false),
        }
    }
}
