//! A value of the resource with its R4 type, and the way to its children.

use crate::definitions::{self, Content, Slot, Type};
use crate::json::Kind;
use crate::path::{FhirType, Item};
use crate::{Element, ResourceType};

/// One value: what JSON has of it, and what the tables say it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'d> {
    /// Absent for a primitive that has only extensions.
    pub(super) json: Option<Element<'d>>,
    /// The id and extensions of a primitive.
    pub(super) sibling: Option<Element<'d>>,
    pub(super) content: Content,
    pub(super) slot: Option<&'static Slot>,
}

/// A child and its position, where its element repeats.
pub(super) type Child<'d> = (Value<'d>, Option<usize>);

impl<'d> Value<'d> {
    /// A whole resource of a known type.
    pub(super) fn resource(element: Element<'d>) -> Option<Self> {
        let name = element.resource_type_name()?;
        ResourceType::from_name(&name)?;
        Some(Self {
            json: Some(element),
            sibling: None,
            content: Content::Resource,
            slot: None,
        })
    }

    /// The type its members are of.
    pub(super) fn of(self) -> Option<&'static Type> {
        match self.content {
            Content::Complex(id) => Some(definitions::r4().of(id)),
            Content::Primitive(_) => Some(definitions::r4().element()),
            Content::Resource => {
                let name = self.json?.resource_type_name()?;
                ResourceType::from_name(&name).map(definitions::resource)
            }
        }
    }

    /// The object its members lie in.
    pub(super) fn holder(self) -> Option<Element<'d>> {
        match self.content {
            Content::Primitive(_) => self.sibling,
            _ => self.json,
        }
        .filter(|holder| holder.kind() == Kind::Object)
    }

    pub(super) fn whole_resource(self) -> Option<Element<'d>> {
        match self.content {
            Content::Resource => self.json,
            _ => None,
        }
    }

    /// Where it starts in the text: its name among the values of a document.
    pub(super) fn start(self) -> usize {
        let element = self.json.or(self.sibling);
        element.map_or(0, |element| element.span().start)
    }

    /// `Observation`, `Quantity`, `dateTime`, `Observation.component`.
    pub(super) fn type_name(self) -> &'static str {
        match self.content {
            Content::Primitive(primitive) => primitive.name(),
            _ => self.of().map_or("", |of| of.name),
        }
    }

    /// Whether it is of the type a profile names.
    pub(super) fn is_a(self, code: &str) -> bool {
        let own = self.type_name();
        if own == code {
            return true;
        }
        match code {
            "Quantity" => matches!(
                own,
                "SimpleQuantity" | "MoneyQuantity" | "Age" | "Count" | "Distance" | "Duration"
            ),
            "Resource" => self.content == Content::Resource,
            "DomainResource" => {
                self.content == Content::Resource
                    && !matches!(own, "Bundle" | "Binary" | "Parameters")
            }
            "BackboneElement" => own.contains('.'),
            "Element" => self.content != Content::Resource,
            // What R4 calls a string of its own kind: ids, urls of extensions.
            _ => code.starts_with("http://hl7.org/fhirpath/") || is_text_of(code, own),
        }
    }

    /// The values of an element of this one, `name` without the `[x]` of a choice.
    pub(super) fn children(self, name: &str) -> Vec<Child<'d>> {
        let mut found = Vec::new();
        let (Some(of), Some(holder)) = (self.of(), self.holder()) else {
            return found;
        };
        if let Some(slot) = of.slot(name) {
            if !of.definition(slot).choice {
                member(of, holder, slot, &mut found);
            }
            return found;
        }
        let mut done = "";
        for (member_name, _) in holder.members() {
            let bare = member_name.strip_prefix('_').unwrap_or(&member_name);
            if !bare.starts_with(name) || bare == done {
                continue;
            }
            let slot = of
                .slot(bare)
                .filter(|slot| of.definition(slot).name == name);
            if let Some(slot) = slot {
                done = slot.name;
                member(of, holder, slot, &mut found);
            }
        }
        found
    }

    /// The way from this value to an element inside it, that one last, each with the name of its
    /// element.
    pub(super) fn way_to(self, element: Element<'_>) -> Vec<(&'static str, Self)> {
        let mut way = Vec::new();
        let (mut here, at) = (self, element.span());
        while here.json.is_some_and(|json| json.span() != at) {
            let Some(of) = here.of() else { break };
            let inner = of.elements.iter().find_map(|element| {
                let children = here.children(element.name).into_iter();
                let mut values = children.map(|(value, _)| (element.name, value));
                values.find(|(_, value)| {
                    let span = value.json.map(Element::span);
                    span.is_some_and(|span| span.start <= at.start && at.end <= span.end)
                })
            });
            let Some((name, inner)) = inner else { break };
            way.push((name, inner));
            here = inner;
        }
        way
    }

    /// As an item of FHIRPath.
    pub(super) fn item(self) -> Option<Item<'d>> {
        match self.content {
            Content::Resource => self.json.map(Item::resource),
            Content::Complex(id) => self
                .json
                .map(|json| Item::typed(json, FhirType::Complex(id))),
            Content::Primitive(of) => self
                .json
                .map(|json| Item::typed(json, FhirType::Primitive(of))),
        }
    }
}

/// Types whose values are written alike and stand in for one another in old profiles.
fn is_text_of(code: &str, own: &str) -> bool {
    matches!(
        (code, own),
        ("uri", "url" | "canonical" | "oid" | "uuid" | "string")
            | ("string", "id" | "code" | "markdown" | "uri")
            | ("integer", "positiveInt" | "unsignedInt")
    )
}

/// The values of one member, with their siblings.
fn member<'d>(of: &Type, holder: Element<'d>, slot: &'static Slot, found: &mut Vec<Child<'d>>) {
    let value = |json: Option<Element<'d>>, sibling: Option<Element<'d>>| Value {
        json: json.filter(|json| json.kind() != Kind::Null),
        sibling: sibling.filter(|sibling| sibling.kind() != Kind::Null),
        content: slot.content,
        slot: Some(slot),
    };
    let (json, sibling) = match slot.content {
        Content::Primitive(_) => holder.with_sibling(slot.name),
        _ => (holder.get(slot.name), None),
    };
    if !of.definition(slot).repeats() {
        let one = value(json, sibling);
        found.extend((one.json.is_some() || one.sibling.is_some()).then_some((one, None)));
        return;
    }
    let mut values = json.into_iter().flat_map(Element::items);
    let mut siblings = sibling.into_iter().flat_map(Element::items);
    for index in 0.. {
        let (json, sibling) = (values.next(), siblings.next());
        if json.is_none() && sibling.is_none() {
            return;
        }
        found.push((value(json, sibling), Some(index)));
    }
}
