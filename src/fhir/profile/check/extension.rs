//! Extensions by their own definitions, wherever they stand, and whether they may stand there.

use super::Checker;
use super::context::Frame;
use super::value::Value;
use crate::path::Expression;
use crate::profile::{Context, Profile};
use crate::validate::place::Place;
use crate::{Element, IssueCode, ResourceType, definitions, reference};

impl<'c> Checker<'c> {
    /// Every extension of a resource, those of the resources inside it included.
    pub(super) fn extensions(&mut self, resource: Element<'c>, place: &Place<'_>) {
        if let Some(value) = Value::resource(resource) {
            let outer = (self.resource, self.container, self.lenient);
            self.lenient = is_defining(value);
            if self.world.thorough || !self.lenient {
                self.below(value, &Frame::root(value), place, 0);
            }
            (self.resource, self.container, self.lenient) = outer;
        }
    }

    fn below(&mut self, value: Value<'c>, frame: &Frame<'_, 'c>, place: &Place<'_>, deep: usize) {
        let Some(of) = value.of().filter(|_| deep <= crate::json::DEPTH_MAX) else {
            return;
        };
        let Some(holder) = value.holder() else {
            return;
        };
        if !self.step() || !holder.raw().contains("xtension\"") {
            return;
        }
        let mut done = "";
        for (name, _) in holder.members() {
            let bare = name.strip_prefix('_').unwrap_or(&name);
            let Some(slot) = of.slot(bare).filter(|slot| slot.name != done) else {
                continue;
            };
            done = slot.name;
            let definition = of.definition(slot);
            let here = place.member(definition.name);
            let is_extension = matches!(slot.name, "extension" | "modifierExtension");
            for (inner, index) in value.children(definition.name) {
                // Another type of the choice has a member of its own.
                if inner.slot.is_some_and(|own| own.name != slot.name) {
                    continue;
                }
                let at = super::element::at(here, index);
                if is_extension {
                    self.extension(inner, slot.name, frame, &at);
                }
                let outer = (self.resource, self.container, self.lenient);
                if let Some(resource) = inner.whole_resource() {
                    self.resource = resource;
                    self.lenient = is_defining(inner);
                    if slot.name != "contained" {
                        self.container = resource;
                    }
                }
                self.below(inner, &frame.member(definition.name, inner), &at, deep + 1);
                (self.resource, self.container, self.lenient) = outer;
            }
        }
    }

    /// One extension: its definition and its context. Parts of extensions are their parent's.
    fn extension(
        &mut self,
        value: Value<'c>,
        member: &str,
        frame: &Frame<'_, 'c>,
        place: &Place<'_>,
    ) {
        let url = value.json.and_then(|json| json.text_at("url"));
        let Some(url) = url.filter(|url| reference::is_absolute(url)) else {
            return;
        };
        let profile = match self.world.registry.try_profile(&url) {
            Some(Ok(profile)) if profile.type_name == "Extension" => profile,
            Some(Ok(_)) => {
                let why = format!("{url} is not the address of an extension");
                return self.fault(IssueCode::Extension, place, "extension url", why);
            }
            _ if member == "modifierExtension" => {
                let why = format!("the modifier extension {url} is not known here: not checked");
                return self.warn(IssueCode::Extension, place, "extension url", why);
            }
            _ => return,
        };
        self.by_profile(value, &profile, place);
        self.may_stand(&profile, frame, place);
    }

    /// Context of use (R4 StructureDefinition.context and contextInvariant).
    fn may_stand(&mut self, profile: &Profile, frame: &Frame<'_, 'c>, place: &Place<'_>) {
        let mut unknown = false;
        let mut fits = profile.contexts.is_empty();
        for context in &profile.contexts {
            match self.fits(context, frame) {
                Some(true) => fits = true,
                Some(false) => {}
                None => unknown = true,
            }
        }
        if !fits && !unknown {
            let places: Vec<&str> = profile.contexts.iter().map(Context::expression).collect();
            let places = places.join(", ");
            let why = format!(
                "the extension {} is for {places}, not for {}",
                profile.url,
                frame.describe()
            );
            let why: String = why.chars().take(1000).collect();
            return self.fault(IssueCode::Extension, place, "extension context", why);
        }
        for text in &profile.context_invariants {
            let holds = Expression::parse(text).ok();
            let holds = holds.and_then(|expression| self.holds(frame.value(), &expression).ok());
            if holds == Some(false) {
                let why = format!("the extension {} needs {text}", profile.url);
                self.fault(IssueCode::Extension, place, "contextInvariant", why);
            }
        }
    }

    fn fits(&self, context: &Context, frame: &Frame<'_, 'c>) -> Option<bool> {
        match context {
            Context::Element(path) => Some(frame.is(path)),
            Context::Extension(url) => {
                let url = url.split('#').next().unwrap_or(url);
                let own = frame.value().json.and_then(|json| json.get("url"));
                let is_extension = frame.value().type_name() == "Extension";
                Some(is_extension && own.is_some_and(|own| own.is(url)))
            }
            Context::FhirPath(text) => {
                let expression = Expression::parse(text).ok()?;
                let value = frame.value();
                let scene = crate::path::Scene::of(self.resource).at(self.world.now);
                let focus = [crate::path::Item::resource(self.resource)];
                let found = expression.evaluate(&focus, &scene).ok()?;
                let own = value.json.or(value.sibling).map(Element::span);
                let mut nodes = found.iter().filter_map(crate::path::Item::node);
                Some(nodes.any(|node| node.element().map(Element::span) == own))
            }
        }
    }
}

impl Context {
    fn expression(&self) -> &str {
        match self {
            Self::Element(text) | Self::Extension(text) | Self::FhirPath(text) => text,
        }
    }
}

/// Types that define things for others. Published ones use the extensions of later packages at
/// addresses whose R4 definitions are long overtaken: there, faults of extensions are warnings.
const DEFINING: [ResourceType; 21] = [
    ResourceType::ACTIVITY_DEFINITION,
    ResourceType::CAPABILITY_STATEMENT,
    ResourceType::CODE_SYSTEM,
    ResourceType::COMPARTMENT_DEFINITION,
    ResourceType::CONCEPT_MAP,
    ResourceType::EVENT_DEFINITION,
    ResourceType::EXAMPLE_SCENARIO,
    ResourceType::GRAPH_DEFINITION,
    ResourceType::IMPLEMENTATION_GUIDE,
    ResourceType::LIBRARY,
    ResourceType::MEASURE,
    ResourceType::MESSAGE_DEFINITION,
    ResourceType::NAMING_SYSTEM,
    ResourceType::OBSERVATION_DEFINITION,
    ResourceType::OPERATION_DEFINITION,
    ResourceType::PLAN_DEFINITION,
    ResourceType::QUESTIONNAIRE,
    ResourceType::SEARCH_PARAMETER,
    ResourceType::STRUCTURE_DEFINITION,
    ResourceType::STRUCTURE_MAP,
    ResourceType::VALUE_SET,
];

fn is_defining(value: Value<'_>) -> bool {
    DEFINING.iter().any(|one| one.name() == value.type_name())
}

/// The types a type builds on, as contexts name them.
pub(super) fn builds_on(value: Value<'_>, name: &str) -> bool {
    if name == "Element" || name == value.type_name() {
        return true;
    }
    match name {
        "Resource" | "DomainResource" | "BackboneElement" => value.is_a(name),
        "Quantity" => value.is_a(name),
        _ => {
            // A part goes by its own path: `Patient.contact`.
            let definitions::Content::Complex(id) = value.content else {
                return false;
            };
            definitions::r4().of(id).name == name
        }
    }
}
