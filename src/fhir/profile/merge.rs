//! From a list of ElementDefinitions to the tree: each laid over what the base profile says there.

use super::node::{Node, TypeRule};
use super::slicing::Slicing;
use crate::definitions::{self, Content, Slot, Type};
use crate::{Element, ResourceType};

/// One step of an element's id.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    name: String,
    slice: Option<String>,
}

/// Lays the elements of a differential (or a snapshot) over the tree of the base profile.
pub(super) fn merge(
    root: &mut Node,
    type_name: &str,
    elements: &[Element<'_>],
    pin: &dyn Fn(&str) -> String,
) {
    let mut open: Vec<Segment> = Vec::new();
    for element in elements {
        let Some(segments) = segments(*element, &mut open) else {
            continue;
        };
        let inner = segments.get(1..).unwrap_or_default();
        let mut change = |node: &mut Node| node.apply(*element, pin);
        reach(root, type_named(type_name), inner, false, &mut change);
    }
}

/// The steps from the root to an element: from its id where that agrees with its path, else from
/// its path, in the slices that the elements before it opened.
fn segments(element: Element<'_>, open: &mut Vec<Segment>) -> Option<Vec<Segment>> {
    let path = element.text_at("path")?;
    let names: Vec<&str> = path.split('.').collect();
    let own_slice = element.text_at("sliceName").map(|name| name.into_owned());
    let id = element.text_at("id");
    let from_id: Option<Vec<Segment>> = id.map(|id| id.split('.').map(Segment::read).collect());
    let agrees = |segments: &Vec<Segment>| {
        segments.len() == names.len()
            && segments.first().map(|s| s.name.as_str()) == names.first().copied()
            && segments.last().is_some_and(|last| last.slice == own_slice)
    };
    let segments = from_id.filter(agrees).unwrap_or_else(|| {
        let last = names.len() - 1;
        let before = open.iter().map(Some).chain(std::iter::repeat(None));
        let mut same = true;
        let steps = names.iter().zip(before).enumerate();
        let steps = steps.map(|(at, (name, before))| {
            let before = before.filter(|before| before.name == *name && same);
            same = before.is_some();
            Segment {
                name: (*name).to_owned(),
                slice: match at == last {
                    true => own_slice.clone(),
                    false => before.and_then(|before| before.slice.clone()),
                },
            }
        });
        steps.collect()
    });
    open.clone_from(&segments);
    Some(segments)
}

impl Segment {
    fn read(text: &str) -> Self {
        let (name, slice) = match text.split_once(':') {
            Some((name, slice)) => (name, Some(slice.to_owned())),
            None => (text, None),
        };
        Self {
            name: name.to_owned(),
            slice,
        }
    }
}

/// Walks to the node of these steps, making what is missing, and calls `change` with it.
fn reach(
    node: &mut Node,
    of: Option<&'static Type>,
    segments: &[Segment],
    in_slice: bool,
    change: &mut dyn FnMut(&mut Node),
) {
    let Some((segment, rest)) = segments.split_first() else {
        return change(node);
    };
    let choice = of.and_then(|of| choice(of, &segment.name));
    // `valueQuantity` is short for `value[x]:valueQuantity`.
    let (name, shortcut) = match choice {
        Some((name, slot)) => (name, slot),
        None => (segment.name.trim_end_matches("[x]"), None),
    };
    let is_choice = choice.is_some();
    // In a slice the short form narrows the choice; elsewhere it is one slice beside others.
    let narrows = in_slice && segment.slice.is_none();
    let slot = shortcut.filter(|_| narrows);
    let slice = segment.slice.as_deref();
    let slice = slice.or(shortcut.filter(|_| !narrows).map(|slot| slot.name));
    node.with_child(name, &mut |child| {
        if let Some(slot) = slot {
            child.types = vec![TypeRule::of(code_of(slot, name))];
        }
        let Some(slice) = slice else {
            let inner = inner_type(of, child, name);
            return reach(child, inner, rest, in_slice, change);
        };
        if child.slicing.is_none() && is_choice {
            child.slicing = Some(Slicing::by_type());
        }
        let general = child.types.clone();
        let typed = of.and_then(|of| of.slot(slice)).filter(|_| is_choice);
        child.with_slice(slice, &mut |node| {
            if node.types.is_empty()
                && let Some(slot) = typed
            {
                node.types = vec![TypeRule::of(code_of(slot, name))];
            }
            let mut narrowed = Node::default();
            narrowed.types.clone_from(match node.types.is_empty() {
                true => &general,
                false => &node.types,
            });
            let inner = match typed {
                Some(slot) => content_type(slot.content, &narrowed),
                None => inner_type(of, &narrowed, name),
            };
            reach(node, inner, rest, true, change);
        });
    });
}

/// Whether a name is a choice of the type: its plain name, and the member where the name is the
/// choice's short form.
fn choice<'n>(of: &'static Type, name: &'n str) -> Option<(&'n str, Option<&'static Slot>)>
where
    'static: 'n,
{
    if let Some(plain) = name.strip_suffix("[x]") {
        return Some((plain, None));
    }
    let slot = of.slot(name)?;
    let definition = of.definition(slot);
    definition.choice.then_some((definition.name, Some(slot)))
}

/// `dateTime` of `effectiveDateTime`.
pub(super) fn code_of(slot: &Slot, choice: &str) -> &'static str {
    if let Content::Complex(id) = slot.content {
        return definitions::r4().of(id).name;
    }
    let tail = slot.name.get(choice.len()..).unwrap_or_default();
    let is = |name: &&str| name.eq_ignore_ascii_case(tail);
    PRIMITIVES.iter().copied().find(is).unwrap_or_default()
}

/// The names of the primitive datatypes.
pub(super) const PRIMITIVES: [&str; 20] = [
    "base64Binary",
    "boolean",
    "canonical",
    "code",
    "date",
    "dateTime",
    "decimal",
    "id",
    "instant",
    "integer",
    "markdown",
    "oid",
    "positiveInt",
    "string",
    "time",
    "unsignedInt",
    "uri",
    "url",
    "uuid",
    "xhtml",
];

/// A resource type or datatype by name.
pub(super) fn type_named(name: &str) -> Option<&'static Type> {
    match ResourceType::from_name(name) {
        Some(resource_type) => Some(definitions::resource(resource_type)),
        None => definitions::r4().named(name),
    }
}

/// What lies inside a member, as far as that is one type.
fn inner_type(of: Option<&'static Type>, node: &Node, name: &str) -> Option<&'static Type> {
    let narrowed = || match node.types.as_slice() {
        [one] => type_named(&one.code),
        _ => None,
    };
    let Some(slot) = of.and_then(|of| of.slot(name)) else {
        return narrowed();
    };
    content_type(slot.content, node)
}

pub(super) fn content_type(content: Content, node: &Node) -> Option<&'static Type> {
    match (content, node.types.as_slice()) {
        (Content::Complex(id), _) => Some(definitions::r4().of(id)),
        (Content::Primitive(_), _) => Some(definitions::r4().element()),
        (Content::Resource, [one]) => type_named(&one.code),
        (Content::Resource, _) => None,
    }
}
