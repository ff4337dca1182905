//! The checker: a resource against the profiles it claims, those it is asked for, and the
//! definitions of its extensions.
//!
//! Base validation comes first and is not repeated: what R4 itself forbids (too few, too many, a
//! wrong target) is left to it, so that one fault is told once.

mod advice;
mod binding;
mod choice;
mod context;
mod element;
mod extension;
mod finding;
mod invariant;
mod reference;
mod slice;
mod value;
mod world;

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Node, Profile};
use crate::json::{Document, Kind};
use crate::registry::Registry;
use crate::validate::place::Place;
use crate::{Element, Issue, IssueCode, Severity, definitions};
use finding::Findings;
use value::Value;
use world::World;

/// How much work one resource may cause: elements looked at, slices tried.
pub const STEPS_MAX: u64 = 2_000_000;
/// How deep profiles lead to profiles: types, extensions, targets of references.
pub const PROFILES_DEEP_MAX: usize = 24;

/// What a resource is checked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    pub registry: &'r Registry,
    /// Canonicals of profiles besides those in `meta.profile`.
    pub profiles: &'r [String],
    /// The resource must conform to one of these; empty is none.
    pub required: &'r [String],
    pub now: Timestamp,
    /// Tell of warnings too, and of what could not be checked.
    pub thorough: bool,
    /// How bad a claim of a profile is that is not known here; below a warning it is passed over.
    pub unknown: Severity,
    /// Stored resources that references lead to.
    pub targets: Option<&'r Targets>,
}

/// Resources by the references to them, as those are written.
pub type Targets = HashMap<String, Document>;

impl<'r> Request<'r> {
    /// What `meta.profile` and extensions ask, and faults alone: as on a write.
    pub fn of(registry: &'r Registry, now: Timestamp) -> Self {
        Self {
            registry,
            profiles: &[],
            required: &[],
            now,
            thorough: false,
            unknown: Severity::Information,
            targets: None,
        }
    }
}

/// Checks a resource. Each fault is one issue at its FHIRPath, with the profile and rule named.
pub fn check(document: &Document, request: &Request<'_>) -> Vec<Issue> {
    let root = document.root();
    let steps = Cell::new(STEPS_MAX);
    let world = World::new(request, root, &steps);
    let mut checker = Checker::new(&world, root, root);
    let name = root.resource_type_name().unwrap_or_default();
    let place = Place::root(&name);
    for canonical in request.profiles {
        checker.claimed(root, canonical, &place, None);
    }
    checker.required(root, request.required, &place);
    checker.resource(root, &place, 0);
    if request.thorough {
        checker.advise(root, &place);
    }
    if steps.get() == 0 {
        let why = format!("checking stopped after {STEPS_MAX} steps: the profiles ask too much");
        checker.fault(IssueCode::TooCostly, &place, "steps", why);
    }
    checker.findings.into_issues()
}

/// One check in progress.
pub(super) struct Checker<'c> {
    world: &'c World<'c>,
    findings: Findings,
    /// The profile whose rules are applied now, `url|version`.
    profile: Arc<str>,
    /// `%resource`
    resource: Element<'c>,
    /// `%rootResource`, which contained resources are looked up in.
    container: Element<'c>,
    deep: usize,
    /// Faults are told as warnings for now.
    lenient: bool,
    /// Places whose codes a profile had something to say of, where all is told.
    bound: HashSet<String>,
    /// What conforms to what, as far as it was asked; asked again on the way it is taken for granted.
    known: HashMap<(usize, String), bool>,
    /// The first fault of what does not conform.
    reasons: HashMap<(usize, String), String>,
}

impl<'c> Checker<'c> {
    fn new(world: &'c World<'c>, resource: Element<'c>, container: Element<'c>) -> Self {
        Self {
            world,
            findings: Findings::default(),
            profile: Arc::from(""),
            resource,
            container,
            deep: 0,
            lenient: false,
            bound: HashSet::new(),
            known: HashMap::new(),
            reasons: HashMap::new(),
        }
    }

    /// Takes a step; false when there are none left.
    fn step(&self) -> bool {
        let left = self.world.steps.get();
        self.world.steps.set(left.saturating_sub(1));
        left > 0
    }

    /// A whole resource by what its own `meta.profile` claims, its extensions, and the resources
    /// inside it.
    fn resource(&mut self, resource: Element<'c>, place: &Place<'_>, deep: usize) {
        let claimed = resource.get("meta").and_then(|meta| meta.get("profile"));
        let meta = place.member("meta");
        for (index, one) in claimed.iter().flat_map(|c| c.items()).enumerate() {
            if let Some(canonical) = one.str() {
                let at = meta.member("profile").item(index);
                self.claimed(resource, &canonical, place, Some(&at));
            }
        }
        if deep == 0 && self.world.has_extensions {
            self.extensions(resource, place);
        }
        if deep >= PROFILES_DEEP_MAX {
            return self.too_deep(place);
        }
        let container = self.container;
        for (name, inner) in resource.members() {
            match name.as_ref() {
                "contained" => {
                    let here = place.member("contained");
                    for (index, one) in inner.items().enumerate() {
                        self.enter(one, container, &here.item(index), deep);
                    }
                }
                "entry" | "parameter" => {
                    let here = place.member(&name);
                    for (index, one) in inner.items().enumerate() {
                        if let Some(resource) = one.get("resource") {
                            let item = here.item(index);
                            self.enter(resource, resource, &item.member("resource"), deep);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn enter(
        &mut self,
        resource: Element<'c>,
        container: Element<'c>,
        place: &Place<'_>,
        deep: usize,
    ) {
        if resource.kind() != Kind::Object {
            return;
        }
        let outer = (self.resource, self.container);
        (self.resource, self.container) = (resource, container);
        self.resource(resource, place, deep + 1);
        (self.resource, self.container) = outer;
    }

    /// A profile that is claimed (at `claim`) or asked for.
    fn claimed(
        &mut self,
        resource: Element<'c>,
        canonical: &str,
        place: &Place<'_>,
        claim: Option<&Place<'_>>,
    ) {
        let Some(value) = Value::resource(resource) else {
            return;
        };
        let at = claim.unwrap_or(place);
        let profile = match self.world.registry.try_profile(canonical) {
            Some(Ok(profile)) => profile,
            Some(Err(fault)) => {
                let why = format!("{canonical} cannot be checked: {fault}");
                return self.warn(IssueCode::NotSupported, at, "profile", why);
            }
            None => {
                if self.world.registry.type_of(canonical).as_deref() == Some(value.type_name()) {
                    return;
                }
                let why = format!("the profile {canonical} is not known here: not checked");
                return match self.world.unknown {
                    Severity::Fatal | Severity::Error => {
                        self.fault(IssueCode::NotSupported, at, "profile", why);
                    }
                    _ => self.warn(IssueCode::NotSupported, at, "profile", why),
                };
            }
        };
        if !value.is_a(&profile.type_name) {
            let why = format!(
                "{canonical} is a profile of {}, not of {}",
                profile.type_name,
                value.type_name()
            );
            return self.fault(IssueCode::Structure, at, "profile", why);
        }
        self.by_profile(value, &profile, place);
    }

    /// Everything a profile asks of a value.
    fn by_profile(&mut self, value: Value<'c>, profile: &Arc<Profile>, place: &Place<'_>) {
        if self.deep >= PROFILES_DEEP_MAX {
            return self.too_deep(place);
        }
        self.deep += 1;
        let outer = std::mem::replace(&mut self.profile, Arc::from(profile.canonical()));
        let root = match profile.recursive {
            true => Some(&profile.root),
            false => None,
        };
        self.node(value, &profile.root, root, place);
        self.profile = outer;
        self.deep -= 1;
    }

    /// What is not looked at must not pass.
    fn too_deep(&mut self, place: &Place<'_>) {
        let why = format!("profiles and resources lie more than {PROFILES_DEEP_MAX} deep here");
        self.fault(IssueCode::TooCostly, place, "depth", why);
    }

    /// One of the profiles that are required of this type.
    fn required(&mut self, resource: Element<'c>, required: &[String], place: &Place<'_>) {
        let Some(value) = Value::resource(resource) else {
            return;
        };
        match required {
            [] => {}
            [one] => self.claimed(resource, one, place, None),
            several => {
                if !several
                    .iter()
                    .any(|one| self.conforms(value, one) == Some(true))
                {
                    let why = format!("conforms to none of {}", several.join(", "));
                    self.fault(IssueCode::Invariant, place, "required profile", why);
                }
            }
        }
    }

    /// Whether a value conforms to a profile or core type; `None` where that is not known here.
    fn conforms(&mut self, value: Value<'c>, canonical: &str) -> Option<bool> {
        let registry = self.world.registry;
        let Some(profile) = registry.profile(canonical) else {
            let name = registry.type_of(canonical)?;
            return Some(value.is_a(&name));
        };
        if !value.is_a(&profile.type_name) {
            return Some(false);
        }
        let key = (value.start(), profile.canonical());
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        // While it is being asked it holds: a circle of references breaks nobody's rules.
        self.known.insert(key.clone(), true);
        let findings = std::mem::take(&mut self.findings);
        let name = value.type_name();
        let outer = (self.resource, self.container);
        if let Some(resource) = value.whole_resource() {
            self.container = if self.is_contained(resource) {
                outer.1
            } else {
                resource
            };
            self.resource = resource;
        }
        self.by_profile(value, &profile, &Place::root(name));
        (self.resource, self.container) = outer;
        let found = std::mem::replace(&mut self.findings, findings);
        let conforms = !found.has_error();
        if let Some(first) = found.first_error() {
            self.reasons.insert(key.clone(), first);
        }
        self.known.insert(key, conforms);
        Some(conforms)
    }

    /// Why a value does not conform to a profile of its type: the first fault found, in brackets.
    fn reason(&self, value: Value<'_>, canonical: &str) -> Option<String> {
        let profile = self.world.registry.profile(canonical)?;
        let reason = self.reasons.get(&(value.start(), profile.canonical()))?;
        Some(format!(" [{reason}]"))
    }

    fn is_contained(&self, resource: Element<'_>) -> bool {
        let (outer, inner) = (self.container.span(), resource.span());
        outer.start < inner.start && inner.end <= outer.end
    }

    /// The type of a value that a child of `node` has; the rules of the profile's own element where
    /// the child takes its content from there.
    fn referred<'n>(root: Option<&'n Node>, value: Value<'_>) -> Option<&'n Node> {
        let definitions::Content::Complex(id) = value.content else {
            return None;
        };
        let of = definitions::r4().of(id);
        let (_, path) = of.name.split_once('.')?;
        path.split('.')
            .try_fold(root?, |node, name| node.child(name))
    }
}
