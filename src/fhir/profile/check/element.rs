//! One value against one node: type, fixed and pattern values, limits, and what is inside.

use std::cmp::Ordering;

use super::value::{Child, Value};
use super::{Checker, choice};
use crate::definitions::Definition;
use crate::json::Kind;
use crate::profile::{Node, Sample, TypeRule};
use crate::validate::place::Place;
use crate::{Element, IssueCode};

impl<'c> Checker<'c> {
    /// Everything a node asks of a value. `root` is the profile's root where content references
    /// bring rules along.
    pub(super) fn node(
        &mut self,
        value: Value<'c>,
        node: &Node,
        root: Option<&Node>,
        place: &Place<'_>,
    ) {
        if !self.step() || !self.types(value, &node.types, place) {
            return;
        }
        self.samples(value, node, place);
        if let Some(binding) = &node.binding {
            self.binding(value, binding, place);
        }
        self.limits(value, node, place);
        for constraint in &node.constraints {
            self.constraint(value, constraint, place);
        }
        self.inside(value, node, root, place);
    }

    /// The elements of a value that the profile says something of.
    fn inside(&mut self, value: Value<'c>, node: &Node, root: Option<&Node>, place: &Place<'_>) {
        let Some(of) = value.of() else {
            return;
        };
        for child in &node.children {
            let name = child.name.as_str();
            let base = of.elements.iter().find(|element| element.name == name);
            // What the type does not have, the type's own rules speak of.
            let Some(base) = base else {
                continue;
            };
            let values = value.children(name);
            self.element(&values, child, base, root, &place.member(name));
        }
        if root.is_some() {
            self.by_content_reference(value, node, root, place);
        }
    }

    /// Elements that take their content from an element of the profile, such as items of items.
    fn by_content_reference(
        &mut self,
        value: Value<'c>,
        node: &Node,
        root: Option<&Node>,
        place: &Place<'_>,
    ) {
        let Some(of) = value.of() else {
            return;
        };
        for element in &of.elements {
            if element.choice || node.child(element.name).is_some() {
                continue;
            }
            let own = format!("{}.{}", of.name, element.name);
            let refers = of.slot(element.name).is_some_and(|slot| {
                let content = Value {
                    json: None,
                    sibling: None,
                    content: slot.content,
                    slot: Some(slot),
                };
                let name = content.of().map_or("", |of| of.name);
                name.contains('.') && name != own
            });
            if !refers {
                continue;
            }
            let here = place.member(element.name);
            for (inner, index) in value.children(element.name) {
                if let Some(referred) = Self::referred(root, inner) {
                    self.inside(inner, referred, root, &at(here, index));
                }
            }
        }
    }

    /// How often an element occurs, each of its values, then its slices.
    fn element(
        &mut self,
        values: &[Child<'c>],
        node: &Node,
        base: &Definition,
        root: Option<&Node>,
        here: &Place<'_>,
    ) {
        let count = values.len();
        for (value, index) in values {
            self.node(*value, node, root, &at(*here, *index));
        }
        let missing = match node.slices.is_empty() {
            true => 0,
            false => self.slices(values, node, root, here),
        };
        // Below the base's own minimum, base validation has said so; so have slices of theirs.
        if let Some(min) = node.min
            && count + missing < min as usize
            && count >= base.min as usize
        {
            let why = format!("{} is needed {}, found {count}", node.name, least(min));
            self.fault(IssueCode::Required, here, &format!("min {min}"), why);
        }
        if let Some(max) = node.max
            && max.exceeded(count)
            && base.max.is_none_or(|max| count <= max as usize)
        {
            let why = match max {
                crate::profile::Max::Times(0) => format!("{} is not allowed here", node.name),
                _ => format!(
                    "{} occurs {count} times, at most {max} are allowed",
                    node.name
                ),
            };
            self.fault(IssueCode::Structure, here, &format!("max {max}"), why);
        }
    }

    /// Whether the value is of a type that is allowed, and conforms to its profiles. False: of
    /// none, so that nothing else need be asked.
    fn types(&mut self, value: Value<'c>, types: &[TypeRule], place: &Place<'_>) -> bool {
        if types.is_empty() {
            return true;
        }
        let fitting = types.iter().filter(|rule| value.is_a(&rule.code));
        let fitting: Vec<&TypeRule> = fitting.collect();
        let Some(first) = fitting.first() else {
            let names: Vec<&str> = types.iter().map(|rule| rule.code.as_str()).collect();
            let why = format!("may be {}, not {}", names.join(", "), value.type_name());
            self.fault(IssueCode::Structure, place, "type", why);
            return false;
        };
        if first.code == "Reference" {
            self.reference(value, &fitting, place);
        }
        if fitting.iter().all(|rule| !rule.profiles.is_empty()) {
            let profiles: Vec<&String> = fitting.iter().flat_map(|rule| &rule.profiles).collect();
            self.one_of(value, &profiles, place);
        }
        true
    }

    /// A value that conforms to one of these profiles. With a single one its faults are told one
    /// by one.
    fn one_of(&mut self, value: Value<'c>, profiles: &[&String], place: &Place<'_>) {
        if let [one] = profiles {
            match self.world.registry.profile(one) {
                Some(profile) if value.is_a(&profile.type_name) => {
                    let outer = (self.resource, self.container);
                    if let Some(resource) = value.whole_resource() {
                        (self.resource, self.container) = (resource, resource);
                    }
                    self.by_profile(value, &profile, place);
                    (self.resource, self.container) = outer;
                }
                Some(profile) => {
                    let why = format!("{one} is a profile of {}", profile.type_name);
                    self.fault(IssueCode::Structure, place, "type profile", why);
                }
                None => self.unknown_profile(one, place),
            }
            return;
        }
        let mut unknown = None;
        for profile in profiles {
            match self.conforms(value, profile) {
                Some(true) => return,
                Some(false) => {}
                None => unknown = Some(profile),
            }
        }
        match unknown {
            Some(profile) => self.unknown_profile(profile, place),
            None => {
                let names: Vec<&str> = profiles.iter().map(|one| one.as_str()).collect();
                let reasons = profiles.iter().filter_map(|one| self.reason(value, one));
                let reason = reasons.into_iter().next().unwrap_or_default();
                let why = format!("conforms to none of {}{reason}", names.join(", "));
                self.fault(IssueCode::Invariant, place, "type profile", why);
            }
        }
    }

    pub(super) fn unknown_profile(&mut self, canonical: &str, place: &Place<'_>) {
        if self.world.registry.type_of(canonical).is_none() {
            let why = format!("the profile {canonical} is not known here: not checked");
            let rule = format!("profile {canonical}");
            self.warn(IssueCode::NotSupported, place, &rule, why);
        }
    }

    /// `fixed[x]` and `pattern[x]`.
    fn samples(&mut self, value: Value<'c>, node: &Node, place: &Place<'_>) {
        if let Some(fixed) = node.fixed.as_deref()
            && !value
                .json
                .is_some_and(|json| choice::equals(json, fixed.document.root()))
        {
            let why = format!("must be exactly {}", shown(fixed));
            self.fault(
                IssueCode::Value,
                place,
                &format!("fixed{}", fixed.type_name),
                why,
            );
        }
        if let Some(pattern) = node.pattern.as_deref()
            && !value
                .json
                .is_some_and(|json| choice::fits(json, pattern.document.root()))
        {
            let why = format!("must have what {} has", shown(pattern));
            let rule = format!("pattern{}", pattern.type_name);
            self.fault(IssueCode::Value, place, &rule, why);
        }
    }

    /// Length and size.
    fn limits(&mut self, value: Value<'c>, node: &Node, place: &Place<'_>) {
        let Some(json) = value.json else {
            return;
        };
        if let Some(max) = node.max_length
            && let Some(text) = json.str()
            && text.chars().count() > max as usize
        {
            let why = format!("is longer than {max} characters");
            self.fault(IssueCode::Value, place, &format!("maxLength {max}"), why);
        }
        let limits = [
            (&node.min_value, Ordering::Less, "minValue", "below"),
            (&node.max_value, Ordering::Greater, "maxValue", "above"),
        ];
        for (limit, wrong, rule, word) in limits {
            if let Some(limit) = limit.as_deref()
                && choice::compare(json, limit.document.root()) == Some(wrong)
            {
                let why = format!("is {word} {}", shown(limit));
                self.fault(IssueCode::Value, place, rule, why);
            }
        }
    }
}

/// The place of one of the values of an element.
pub(super) fn at<'p>(here: Place<'p>, index: Option<usize>) -> Place<'p> {
    match index {
        Some(index) => here.item(index),
        None => here,
    }
}

pub(super) fn least(min: u32) -> String {
    match min {
        1 => "once at least".to_owned(),
        min => format!("{min} times at least"),
    }
}

/// A value of the profile for people, cut where it is long.
fn shown(sample: &Sample) -> String {
    let root: Element<'_> = sample.document.root();
    let text = match root.kind() {
        Kind::String => root.str().unwrap_or_default().into_owned(),
        _ => root.raw().split_whitespace().collect(),
    };
    text.chars().take(200).collect()
}
