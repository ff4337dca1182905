//! Slices: which slice each value belongs to, how often each occurs, and what is left over.

use std::borrow::Cow;

use super::Checker;
use super::element::{at, least};
use super::value::{Child, Value};
use crate::json::Kind;
use crate::profile::{Discriminator, DiscriminatorKind, Max, Node, Rules, Slicing, Step};
use crate::validate::place::Place;
use crate::{Element, IssueCode};

/// Which slice a value belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    To(usize),
    Nowhere,
    /// It hangs on something that is not at hand.
    Unsure,
}

impl<'c> Checker<'c> {
    /// The slices of an element (or the reslices of a slice) over its values. Returns how many
    /// values slices were found to lack.
    pub(super) fn slices(
        &mut self,
        values: &[Child<'c>],
        node: &Node,
        root: Option<&Node>,
        here: &Place<'_>,
    ) -> usize {
        let slicing = &*slicing_of(node);
        let found: Vec<Belongs> = values
            .iter()
            .map(|(value, _)| self.slice_of(*value, node, slicing))
            .collect();
        let mut unsure = found.iter().filter(|one| **one == Belongs::Unsure).count();
        if unsure > 0 {
            let why = "what is referred to is not at hand, so that slices are not told apart";
            self.warn(IssueCode::NotSupported, here, "discriminator", why);
        }
        let mut missing = 0;
        for (number, slice) in node.slices.iter().enumerate() {
            let mine = values.iter().zip(&found);
            let mine = mine.filter(|(_, found)| **found == Belongs::To(number));
            let mine: Vec<Child<'c>> = mine.map(|(child, _)| *child).collect();
            let lacks = (slice.min.unwrap_or(0) as usize).saturating_sub(mine.len());
            let may = lacks.min(unsure);
            unsure -= may;
            missing += lacks;
            let near = match lacks > may {
                true => Some(self.nearest(values, slice, slicing)),
                false => None,
            };
            self.slice(&mine, slice, near, root, here);
        }
        self.left_over(values, &found, node, slicing, here);
        missing
    }

    /// Whether a value is of the slice of that name of its element's node; `None` where there is no
    /// such slice, or what tells slices apart is not at hand.
    pub(super) fn is_of(&mut self, value: Value<'c>, node: &Node, name: &str) -> Option<bool> {
        let mut slices = node.slices.iter();
        let wanted = slices.position(|slice| slice.slice.as_deref() == Some(name))?;
        match self.slice_of(value, node, &slicing_of(node)) {
            Belongs::To(number) => Some(number == wanted),
            Belongs::Nowhere => Some(false),
            Belongs::Unsure => None,
        }
    }

    /// Why a value that might have been meant is not of the slice, where a profile tells the
    /// slices apart; empty otherwise.
    fn nearest(&mut self, values: &[Child<'c>], slice: &Node, slicing: &Slicing) -> String {
        for by in &slicing.discriminators {
            let steps = by.steps.as_deref().unwrap_or_default();
            if by.kind != DiscriminatorKind::Profile {
                continue;
            }
            let mut profiles = Vec::new();
            self.expect(slice, steps, &mut |node, _| {
                profiles.extend(node.types.iter().flat_map(|rule| rule.profiles.clone()));
            });
            for (value, _) in values {
                let (selected, _) = self.select(*value, steps);
                let mut pairs = selected
                    .iter()
                    .flat_map(|one| profiles.iter().map(move |profile| (*one, profile)));
                if let Some(reason) = pairs.find_map(|(one, profile)| self.reason(one, profile)) {
                    return reason;
                }
            }
        }
        String::new()
    }

    /// How often a slice occurs, and each of its values. `near`: too seldom, and why perhaps.
    fn slice(
        &mut self,
        mine: &[Child<'c>],
        slice: &Node,
        near: Option<String>,
        root: Option<&Node>,
        here: &Place<'_>,
    ) {
        let name = slice.slice.as_deref().unwrap_or_default();
        let count = mine.len();
        if let (Some(min), Some(near)) = (slice.min, near) {
            let least = least(min);
            let why = format!("the slice {name} is needed {least}, found {count}{near}");
            let rule = format!("slice {name} min {min}");
            self.fault(IssueCode::Required, here, &rule, why);
        }
        if let Some(max) = slice.max
            && max.exceeded(count)
        {
            let extra = match max {
                Max::Times(max) => mine.get(max as usize),
                Max::Unbounded => None,
            };
            let place = at(*here, extra.and_then(|(_, index)| *index));
            let why = format!("the slice {name} occurs {count} times, at most {max} are allowed");
            let rule = format!("slice {name} max {max}");
            self.fault(IssueCode::Structure, &place, &rule, why);
        }
        for (value, index) in mine {
            self.node(*value, slice, root, &at(*here, *index));
        }
        if !slice.slices.is_empty() {
            self.slices(mine, slice, root, here);
        }
    }

    /// Closed slicings, openAtEnd, and the order of slices.
    fn left_over(
        &mut self,
        values: &[Child<'c>],
        found: &[Belongs],
        node: &Node,
        slicing: &Slicing,
        here: &Place<'_>,
    ) {
        let last = found.iter().rposition(|one| *one != Belongs::Nowhere);
        let mut before = 0;
        for (number, ((_, index), slice)) in values.iter().zip(found).enumerate() {
            let place = at(*here, *index);
            let slice = match slice {
                Belongs::To(slice) => *slice,
                Belongs::Unsure => continue,
                Belongs::Nowhere => usize::MAX,
            };
            if slice == usize::MAX {
                let why = match slicing.rules {
                    Rules::Closed => "belongs to none of the slices, and no others are allowed",
                    Rules::OpenAtEnd if last.is_some_and(|last| number < last) => {
                        "belongs to none of the slices, and others are allowed at the end only"
                    }
                    _ => continue,
                };
                let why = format!("{} {why}", node.name);
                let rule = format!("slicing {}", slicing.rules.code());
                self.fault(IssueCode::Structure, &place, &rule, why);
                continue;
            }
            if slicing.ordered && slice < before {
                let why = format!("{} is out of the order of its slices", node.name);
                self.fault(IssueCode::Structure, &place, "slicing ordered", why);
            }
            before = before.max(slice);
        }
    }

    /// The first slice whose discriminators a value meets.
    fn slice_of(&mut self, value: Value<'c>, node: &Node, slicing: &Slicing) -> Belongs {
        let mut unsure = false;
        for (number, slice) in node.slices.iter().enumerate() {
            if !self.step() {
                return Belongs::Unsure;
            }
            let mut meets = match slicing.discriminators.is_empty() {
                true => Some(self.alike(value, slice) == Some(true)),
                false => Some(true),
            };
            for one in &slicing.discriminators {
                match self.discriminates(value, slice, one) {
                    Some(true) => {}
                    Some(false) => {
                        meets = Some(false);
                        break;
                    }
                    None => meets = None,
                }
            }
            match meets {
                Some(true) => return Belongs::To(number),
                Some(false) => {}
                None => unsure = true,
            }
        }
        match unsure {
            true => Belongs::Unsure,
            false => Belongs::Nowhere,
        }
    }

    /// Whether a value meets a discriminator of a slice; `None` where what it refers to is not at
    /// hand, or the path is one that cannot be followed.
    fn discriminates(
        &mut self,
        value: Value<'c>,
        slice: &Node,
        by: &Discriminator,
    ) -> Option<bool> {
        let steps = by.steps.as_ref()?;
        let (selected, is_whole) = self.select(value, steps);
        let mut expected = Vec::new();
        self.expect(slice, steps, &mut |node, checker| {
            expected.push(checker.meets(&selected, node, by.kind));
        });
        let mut told = expected.into_iter().flatten().peekable();
        let meets = told.peek().is_some() && told.all(|meets| meets);
        (meets || is_whole).then_some(meets)
    }

    /// Whether the selected values are as a node of the slice says; `None` where it says nothing.
    fn meets(
        &mut self,
        selected: &[Value<'c>],
        node: &Node,
        by: DiscriminatorKind,
    ) -> Option<bool> {
        match by {
            DiscriminatorKind::Value | DiscriminatorKind::Pattern => {
                let alike: Vec<Option<bool>> = selected
                    .iter()
                    .map(|value| self.alike(*value, node))
                    .collect();
                match alike.is_empty() {
                    true => says_value(node).then_some(false),
                    false if alike.iter().all(Option::is_none) => None,
                    false => Some(alike.contains(&Some(true))),
                }
            }
            DiscriminatorKind::Exists => match (node.min, node.max) {
                (_, Some(Max::Times(0))) => Some(selected.is_empty()),
                (Some(min), _) if min > 0 => Some(!selected.is_empty()),
                _ => None,
            },
            DiscriminatorKind::Type => {
                let mut types = node.types.iter().peekable();
                types.peek()?;
                let is_a = |code: &str| selected.iter().any(|value| value.is_a(code));
                Some(types.any(|rule| is_a(&rule.code)))
            }
            DiscriminatorKind::Profile => {
                let profiles: Vec<&String> =
                    node.types.iter().flat_map(|rule| &rule.profiles).collect();
                if profiles.is_empty() {
                    return None;
                }
                let conforms = |value: &Value<'c>, checker: &mut Self| {
                    let mut profiles = profiles.iter();
                    profiles.any(|one| checker.conforms(*value, one) == Some(true))
                };
                Some(selected.iter().any(|value| conforms(value, self)))
            }
        }
    }

    /// Whether a value has what a node fixes, at it or below; `None` where it fixes nothing.
    fn alike(&mut self, value: Value<'c>, node: &Node) -> Option<bool> {
        use super::choice::{equals, fits};
        if !self.step() {
            return None;
        }
        let json = value.json;
        if let Some(fixed) = node.fixed.as_deref() {
            return Some(json.is_some_and(|json| equals(json, fixed.document.root())));
        }
        if let Some(pattern) = node.pattern.as_deref() {
            return Some(json.is_some_and(|json| fits(json, pattern.document.root())));
        }
        let mut told = None;
        for child in &node.children {
            let values = value.children(&child.name);
            let mut alike = values
                .iter()
                .map(|(inner, _)| self.alike(*inner, child))
                .peekable();
            let one = match alike.peek() {
                None => says_value(child).then_some(false),
                Some(_) => alike.fold(None, |any, one| match (any, one) {
                    (Some(a), Some(b)) => Some(a || b),
                    (any, one) => any.or(one),
                }),
            };
            match one {
                Some(false) => return Some(false),
                one => told = told.or(one),
            }
        }
        let required = node.binding.as_ref().filter(|binding| {
            told.is_none() && binding.strength == crate::profile::Strength::Required
        });
        match required {
            Some(binding) => Some(self.is_bound(value, binding)),
            None => told,
        }
    }

    /// The values at a discriminator's path, and whether all of them were at hand.
    fn select(&mut self, value: Value<'c>, steps: &[Step]) -> (Vec<Value<'c>>, bool) {
        let mut at = vec![value];
        let mut is_whole = true;
        for step in steps {
            let mut next = Vec::new();
            for value in at {
                if !self.step() {
                    return (Vec::new(), false);
                }
                match step {
                    Step::Child(name) => {
                        next.extend(value.children(name).into_iter().map(|(inner, _)| inner));
                    }
                    Step::Extension(url) => {
                        let all = value.children("extension").into_iter().map(|(one, _)| one);
                        next.extend(all.filter(|one| has_url(*one, url)));
                    }
                    Step::OfType(code) => next.extend(value.is_a(code).then_some(value)),
                    Step::Resolve => match self.resolve(value) {
                        Some(target) => next.push(target),
                        None => is_whole = false,
                    },
                }
            }
            at = next;
        }
        (at, is_whole)
    }

    /// Calls `tell` with each node of the slice at a discriminator's path, those of the profiles
    /// of types and of the targets of references included.
    fn expect(&mut self, node: &Node, steps: &[Step], tell: &mut dyn FnMut(&Node, &mut Self)) {
        let Some((step, rest)) = steps.split_first() else {
            tell(node, self);
            if !says_value(node) {
                self.expect_of_profiles(node, &[], tell);
            }
            return;
        };
        match step {
            Step::OfType(_) => self.expect(node, rest, tell),
            Step::Child(name) => {
                if let Some(child) = node.child(name) {
                    self.expect(child, rest, tell);
                    for slice in &child.slices {
                        self.expect(slice, rest, tell);
                    }
                } else {
                    self.expect_of_profiles(node, steps, tell);
                }
            }
            Step::Extension(url) => {
                let extensions = node.child("extension").into_iter();
                for slice in extensions.flat_map(|child| &child.slices) {
                    let is = slice.types.iter().flat_map(|rule| &rule.profiles);
                    if is
                        .into_iter()
                        .any(|one| crate::registry::parts(one).0 == url)
                    {
                        self.expect(slice, rest, tell);
                    }
                }
            }
            Step::Resolve => {
                let targets = node.types.iter().flat_map(|rule| &rule.targets);
                let types = targets.map(|target| {
                    let code = self.world.registry.type_of(target).unwrap_or_default();
                    crate::profile::TypeRule {
                        profiles: vec![target.clone()],
                        ..crate::profile::TypeRule::of(&code)
                    }
                });
                let resolved = Node {
                    types: types.collect(),
                    ..Node::default()
                };
                if !resolved.types.is_empty() {
                    self.expect(&resolved, rest, tell);
                }
            }
        }
    }

    fn expect_of_profiles(
        &mut self,
        node: &Node,
        steps: &[Step],
        tell: &mut dyn FnMut(&Node, &mut Self),
    ) {
        if self.deep >= super::PROFILES_DEEP_MAX {
            return;
        }
        self.deep += 1;
        for canonical in node.types.iter().flat_map(|rule| &rule.profiles) {
            if let Some(profile) = self.world.registry.profile(canonical) {
                self.expect(&profile.root, steps, tell);
            }
        }
        self.deep -= 1;
    }

    /// What a reference leads to, where that is at hand.
    pub(super) fn resolve(&self, value: Value<'c>) -> Option<Value<'c>> {
        let json = value.json?;
        let text = match json.kind() {
            Kind::String => json.str()?,
            _ => json.get("reference").and_then(Element::str)?,
        };
        Value::resource(self.world.resolve_in(self.container, &text)?)
    }
}

/// How the slices of an element are told apart.
fn slicing_of(node: &Node) -> Cow<'_, Slicing> {
    match (&node.slicing, node.name.as_str()) {
        (Some(slicing), _) => Cow::Borrowed(slicing),
        (None, "extension" | "modifierExtension") => Cow::Owned(Slicing::by_url()),
        (None, _) => Cow::Owned(Slicing::by_type()),
    }
}

fn has_url(extension: Value<'_>, url: &str) -> bool {
    let own = extension.json.and_then(|json| json.get("url"));
    own.is_some_and(|own| own.is(url))
}

/// Whether a node says which value it wants.
fn says_value(node: &Node) -> bool {
    node.fixed.is_some() || node.pattern.is_some() || node.children.iter().any(says_value)
}
