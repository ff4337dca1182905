//! Snapshots: every element of a profile with what holds for it, base type and profiles together.

use super::Profile;
use super::merge::{PRIMITIVES, content_type, type_named};
use super::node::{Binding, Max, Node, Sample, TypeRule};
use crate::definitions::{self, Content, Definition, Primitive, Slot, Type, TypeKind};

/// More elements than this are not listed.
pub const ELEMENTS_MAX: usize = 20_000;

/// One element of a snapshot (R4 ElementDefinition, its facts).
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'p> {
    /// `Observation.component:systolic.code`
    pub id: String,
    pub min: u32,
    pub max: Max,
    /// Empty where the content is told elsewhere (`content_reference`), and for a root.
    pub types: Vec<TypeRule>,
    /// The path whose content this element has.
    pub content_reference: Option<String>,
    pub fixed: Option<&'p Sample>,
    pub pattern: Option<&'p Sample>,
    /// Of the profiles; what the base type binds is not repeated.
    pub binding: Option<&'p Binding>,
    pub must_support: bool,
    /// Keys of the profiles' constraints.
    pub constraints: Vec<&'p str>,
}

/// The snapshot of a profile, in the order of its type, slices behind their element.
pub fn snapshot(profile: &Profile) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let name = profile.type_name.as_str();
    let root = &profile.root;
    rows.push(Row {
        id: name.to_owned(),
        min: root.min.unwrap_or(0),
        max: root.max.unwrap_or(Max::Unbounded),
        types: Vec::new(),
        content_reference: None,
        fixed: None,
        pattern: None,
        binding: None,
        must_support: root.must_support,
        constraints: keys(&[root]),
    });
    if let Some(of) = type_named(name) {
        inside(of, &[root], name, &mut rows);
    }
    rows
}

/// What holds for an element, the nearest first: a slice's own node, then that of all slices.
type Layers<'p> = [&'p Node];

fn inside<'p>(of: &'static Type, layers: &Layers<'p>, id: &str, rows: &mut Vec<Row<'p>>) {
    for (number, definition) in of.elements.iter().enumerate() {
        if rows.len() >= ELEMENTS_MAX {
            return;
        }
        let slots: Vec<&Slot> = of
            .slots()
            .iter()
            .filter(|s| usize::from(s.element) == number)
            .collect();
        let children = layers
            .iter()
            .filter_map(|layer| layer.child(definition.name));
        let children: Vec<&Node> = children.collect();
        let suffix = if definition.choice { "[x]" } else { "" };
        let here = format!("{id}.{}{suffix}", definition.name);
        element(of, definition, &slots, &children, None, &here, rows);
    }
}

/// An element or a slice of it, then what is inside and its slices.
fn element<'p>(
    of: &Type,
    definition: &Definition,
    slots: &[&'static Slot],
    layers: &Layers<'p>,
    slice: Option<&'p Node>,
    id: &str,
    rows: &mut Vec<Row<'p>>,
) {
    let base_max = definition.max.map_or(Max::Unbounded, Max::Times);
    let min = match slice {
        Some(slice) => slice.min.unwrap_or(0),
        None => layers.iter().find_map(|l| l.min).unwrap_or(definition.min),
    };
    // A choice that must be of one type is of that type alone: there is but one value.
    let only = layers.iter().flat_map(|layer| &layer.slices);
    let only = only.filter(|slice| slice.min.is_some_and(|min| min > 0));
    let only = only.filter(|_| definition.choice && slice.is_none() && base_max == Max::Times(1));
    let only = only
        .map(|slice| &slice.types)
        .find(|types| types.len() == 1);
    let min = if only.is_some() { min.max(1) } else { min };
    let narrowed = only
        .into_iter()
        .chain(layers.iter().map(|layer| &layer.types));
    let narrowed = narrowed.into_iter().find(|types| !types.is_empty());
    let base = base_types(of, definition, slots);
    let content = slots.first().map(|slot| slot.content);
    let part = match content {
        Some(Content::Complex(id)) => {
            Some(definitions::r4().of(id)).filter(|t| t.kind == TypeKind::Part)
        }
        _ => None,
    };
    let own_part = part.filter(|part| part.name == format!("{}.{}", of.name, definition.name));
    rows.push(Row {
        id: id.to_owned(),
        min,
        max: layers.iter().find_map(|l| l.max).unwrap_or(base_max),
        types: narrowed.cloned().unwrap_or(base),
        content_reference: match (part, own_part) {
            (Some(part), None) => Some(part.name.to_owned()),
            _ => None,
        },
        fixed: layers.iter().find_map(|l| l.fixed.as_deref()),
        pattern: layers.iter().find_map(|l| l.pattern.as_deref()),
        binding: layers.iter().find_map(|l| l.binding.as_ref()),
        must_support: layers.iter().any(|l| l.must_support),
        constraints: keys(layers),
    });
    let own = layers
        .iter()
        .take(if slice.is_some() { 1 } else { layers.len() });
    let has_children = own.into_iter().any(|layer| !layer.children.is_empty());
    let typed = Node {
        types: narrowed.cloned().unwrap_or_default(),
        ..Node::default()
    };
    let inner = match (content, typed.types.as_slice()) {
        _ if own_part.is_some() => own_part,
        _ if !has_children => None,
        (_, [one]) if definition.choice => type_named(&one.code),
        (Some(content), _) if !definition.choice => content_type(content, &typed),
        _ => None,
    };
    if let Some(inner) = inner {
        inside(inner, layers, id, rows);
    }
    // A reslice goes by its whole name, so that it takes the place of the outer one.
    let plain = slice.and_then(|slice| id.strip_suffix(slice.slice.as_deref()?)?.strip_suffix(':'));
    for inner in layers.first().iter().flat_map(|layer| &layer.slices) {
        let name = inner.slice.as_deref().unwrap_or_default();
        let mut deeper: Vec<&Node> = vec![inner];
        deeper.extend(layers);
        let id = format!("{}:{name}", plain.unwrap_or(id));
        element(of, definition, slots, &deeper, Some(inner), &id, rows);
    }
}

fn keys<'p>(layers: &Layers<'p>) -> Vec<&'p str> {
    let all = layers.iter().flat_map(|layer| &layer.constraints);
    all.map(|constraint| constraint.key.as_str()).collect()
}

/// The types a member has in the base, where the profile says nothing.
fn base_types(of: &Type, definition: &Definition, slots: &[&'static Slot]) -> Vec<TypeRule> {
    let types = slots.iter().map(|slot| {
        let code = match slot.content {
            Content::Primitive(primitive) => match definition.name {
                "id" => "string",
                _ => primitive_name(primitive),
            },
            Content::Resource => "Resource",
            Content::Complex(id) => {
                let inner = definitions::r4().of(id);
                match (inner.kind, of.kind) {
                    (TypeKind::Part, TypeKind::Datatype) => "Element",
                    (TypeKind::Part, _) => "BackboneElement",
                    _ => inner.name,
                }
            }
        };
        let targets = definitions::r4().targets(slot);
        let targets = targets.iter().flat_map(|set| set.members());
        TypeRule {
            code: code.to_owned(),
            targets: targets
                .map(|one| format!("http://hl7.org/fhir/StructureDefinition/{one}"))
                .collect(),
            ..TypeRule::default()
        }
    });
    types.collect()
}

pub(super) fn primitive_name(primitive: Primitive) -> &'static str {
    let is = |name: &&&str| Primitive::from_name(name) == Some(primitive);
    PRIMITIVES.iter().find(is).copied().unwrap_or_default()
}
