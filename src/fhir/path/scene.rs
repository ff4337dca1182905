//! What surrounds an evaluation: resources, the moment, named constants, a budget, the outside.

use jiff::Timestamp;

use super::{Item, STEPS_MAX};
use crate::Element;

/// What an expression may ask of the world beyond its document; `None` is "unknown".
pub trait Outside {
    /// The resource a reference leads to; contained resources and Bundle entries are found without.
    fn resolve<'d>(&'d self, reference: &str) -> Option<Element<'d>> {
        let _ = reference;
        None
    }
    /// Whether a value set has a code; `system` is `None` for a bare code.
    fn member_of(&self, value_set: &str, system: Option<&str>, code: &str) -> Option<bool> {
        let _ = (value_set, system, code);
        None
    }
    /// Whether a resource or element conforms to a profile.
    fn conforms_to(&self, element: Element<'_>, profile: &str) -> Option<bool> {
        let _ = (element, profile);
        None
    }
    /// Whether an element of a resource is of that slice of a structure; `None` also where there is no
    /// such slice.
    fn in_slice(&self, element: Element<'_>, structure: &str, name: &str) -> Option<bool> {
        let _ = (element, structure, name);
        None
    }
    /// Whether code `a` is `b` or an ancestor of it in that code system.
    fn subsumes(&self, system: &str, a: &str, b: &str) -> Option<bool> {
        let _ = (system, a, b);
        None
    }
}

/// An outside that knows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nowhere;

impl Outside for Nowhere {}

static NOWHERE: Nowhere = Nowhere;

/// The surroundings of one evaluation.
#[derive(Clone)]
pub struct Scene<'d> {
    pub(super) resource: Option<Item<'d>>,
    pub(super) root_resource: Option<Item<'d>>,
    pub(super) now: Option<Timestamp>,
    pub(super) constants: Vec<(&'d str, Vec<Item<'d>>)>,
    pub(super) steps: u64,
    pub(super) outside: &'d dyn Outside,
}

impl Default for Scene<'_> {
    fn default() -> Self {
        Self {
            resource: None,
            root_resource: None,
            now: None,
            constants: Vec::new(),
            steps: STEPS_MAX,
            outside: &NOWHERE,
        }
    }
}

impl<'d> Scene<'d> {
    /// `%resource` is this resource, and `%rootResource` too until said otherwise.
    pub fn of(resource: Element<'d>) -> Self {
        let item = Item::resource(resource);
        Self {
            resource: Some(item.clone()),
            root_resource: Some(item),
            ..Self::default()
        }
    }
    /// `%rootResource`: the container of a contained resource.
    pub fn within(mut self, container: Element<'d>) -> Self {
        self.root_resource = Some(Item::resource(container));
        self
    }
    /// The moment `now()`, `today()` and `timeOfDay()` tell; without it they are faults.
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }
    /// A constant, asked for as `%name`; goes before the standard's own.
    pub fn with(mut self, name: &'d str, items: Vec<Item<'d>>) -> Self {
        self.constants.push((name, items));
        self
    }
    /// How many steps the evaluation may take.
    pub fn steps(mut self, most: u64) -> Self {
        self.steps = most;
        self
    }
    /// Who answers `resolve`, `memberOf`, `conformsTo` and `subsumes`.
    pub fn outside(mut self, outside: &'d dyn Outside) -> Self {
        self.outside = outside;
        self
    }
}
