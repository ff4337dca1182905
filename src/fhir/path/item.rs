//! Items: elements of a document with their FHIR type, and system values.

use std::borrow::Cow;

use super::quantity::{Calendar, Quantity, QuantityUnit};
use super::value::{Value, decimal};
use super::{Moment, moment};
use crate::definitions::{self, Content, Primitive, Type, TypeId, TypeKind};
use crate::json::Kind;
use crate::{Element, ResourceType};

/// One item of a collection.
#[derive(Debug, Clone)]
pub enum Item<'d> {
    Element(Node<'d>),
    Value(Value<'d>),
}

/// The FHIR type of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FhirType {
    Complex(TypeId),
    Primitive(Primitive),
    /// Not in the definitions: members are found by their JSON names alone.
    Unknown,
}

/// An element of a document: its value, its `_name` sibling if it is primitive, and its type.
#[derive(Debug, Clone, Copy)]
pub struct Node<'d> {
    value: Option<Element<'d>>,
    sibling: Option<Element<'d>>,
    of: FhirType,
}

impl<'d> Item<'d> {
    /// A whole resource, typed by its `resourceType`.
    pub fn resource(element: Element<'d>) -> Self {
        Self::Element(Node::resource(element))
    }
    /// An element of a known type.
    pub fn typed(element: Element<'d>, of: FhirType) -> Self {
        Self::Element(Node {
            value: Some(element),
            sibling: None,
            of,
        })
    }
    /// The element, where this is one.
    pub fn node(&self) -> Option<Node<'d>> {
        match self {
            Self::Element(node) => Some(*node),
            Self::Value(_) => None,
        }
    }
    /// The system value: of the item itself, of a primitive element, or of a FHIR Quantity.
    pub fn value(&self) -> Option<Value<'d>> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::Element(node) => node.to_value(),
        }
    }
    /// A string's text, be it a value or an element.
    pub fn text(&self) -> Option<Cow<'d, str>> {
        match self {
            Self::Value(Value::String(text)) => Some(text.clone()),
            Self::Value(_) => None,
            Self::Element(node) => match node.to_value()? {
                Value::String(text) => Some(text),
                _ => None,
            },
        }
    }
    /// The name of the type, such as `Patient`, `string` or `Integer`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Element(node) => node.type_name(),
            Self::Value(value) => value.type_name(),
        }
    }
    /// Where the element is, such as `Patient.name[0].given[1]`; `None` for a value.
    pub fn location(&self) -> Option<String> {
        self.node().map(Node::location)
    }
}

impl From<bool> for Item<'_> {
    fn from(value: bool) -> Self {
        Self::Value(Value::Boolean(value))
    }
}

impl<'d> From<Value<'d>> for Item<'d> {
    fn from(value: Value<'d>) -> Self {
        Self::Value(value)
    }
}

/// The FHIR type of a resource.
fn type_of(resource: Element<'_>) -> FhirType {
    let name = resource.resource_type_name();
    let found = name.and_then(|name| ResourceType::from_name(&name));
    found.map_or(FhirType::Unknown, |found| {
        FhirType::Complex(definitions::resource(found).id)
    })
}

impl<'d> Node<'d> {
    fn resource(element: Element<'d>) -> Self {
        Self {
            value: Some(element),
            sibling: None,
            of: type_of(element),
        }
    }
    /// The element in the document; of a primitive without a value, its `_name` sibling.
    pub fn element(self) -> Option<Element<'d>> {
        self.value.or(self.sibling)
    }
    /// The JSON value, where there is one: absent for a primitive that has only extensions.
    pub fn json(self) -> Option<Element<'d>> {
        self.value
    }
    /// The id and extensions beside a primitive.
    pub fn sibling(self) -> Option<Element<'d>> {
        self.sibling
    }
    pub fn fhir_type(self) -> FhirType {
        self.of
    }
    /// The definition of the type, where it is complex and known.
    pub fn definition(self) -> Option<&'static Type> {
        match self.of {
            FhirType::Complex(id) => Some(definitions::r4().of(id)),
            _ => None,
        }
    }
    /// Where the element is, such as `Patient.name[0].given[1]`.
    pub fn location(self) -> String {
        let element = self.element();
        element.map_or_else(String::new, |e| crate::expression(e.root(), e))
    }
    /// Whether this is a whole resource.
    pub fn is_resource(self) -> bool {
        self.definition()
            .is_some_and(|of| of.kind == TypeKind::Resource)
    }
    /// The name of the type, such as `Patient`, `BackboneElement` or `string`.
    pub fn type_name(self) -> &'static str {
        match self.of {
            FhirType::Primitive(of) => of.name(),
            FhirType::Unknown => "Element",
            FhirType::Complex(id) => {
                let of = definitions::r4().of(id);
                match (of.kind, of.name) {
                    (TypeKind::Part, name) => {
                        let owner = name.split('.').next().unwrap_or(name);
                        match ResourceType::from_name(owner) {
                            Some(_) => "BackboneElement",
                            None => "Element",
                        }
                    }
                    (_, "SimpleQuantity" | "MoneyQuantity") => "Quantity",
                    (_, name) => name,
                }
            }
        }
    }

    /// The children of that name; `value` finds `valueQuantity`.
    pub fn children(self, name: &str) -> Vec<Node<'d>> {
        let mut found = Vec::new();
        let _ = self.each_child::<()>(name, &mut |child| {
            found.push(child);
            Ok(false)
        });
        found
    }

    /// Calls `visit` with each child of that name until it says stop (true).
    pub(super) fn each_child<E>(
        self,
        name: &str,
        visit: &mut dyn FnMut(Node<'d>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let (of, holder) = match self.of {
            FhirType::Complex(id) => (definitions::r4().of(id), self.value),
            FhirType::Primitive(_) => (definitions::r4().element(), self.sibling),
            FhirType::Unknown => return self.each_untyped(name, visit),
        };
        let Some(holder) = holder else {
            return Ok(false);
        };
        let Some(slot) = of.slot(name) else {
            return self.each_choice(of, holder, name, visit);
        };
        if of.definition(slot).choice {
            return Ok(false);
        }
        let found = match slot.content {
            Content::Primitive(_) => holder.with_sibling(name),
            _ => (holder.get(name), None),
        };
        each_value(found, slot.content, visit)
    }

    /// The children of a choice: `value` finds `valueQuantity`.
    fn each_choice<E>(
        self,
        of: &'static Type,
        holder: Element<'d>,
        name: &str,
        visit: &mut dyn FnMut(Node<'d>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        if !of.elements.iter().any(|e| e.choice && e.name == name) {
            return Ok(false);
        }
        let mut done = "";
        for (member, _) in holder.members() {
            let bare = member.strip_prefix('_').unwrap_or(&member);
            if bare.len() <= name.len() || !bare.starts_with(name) || bare == done {
                continue;
            }
            let Some(slot) = of
                .slot(bare)
                .filter(|slot| of.definition(slot).name == name)
            else {
                continue;
            };
            done = slot.name;
            let found = match slot.content {
                Content::Primitive(_) => holder.with_sibling(bare),
                _ => (holder.get(bare), None),
            };
            if each_value(found, slot.content, visit)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn each_untyped<E>(
        self,
        name: &str,
        visit: &mut dyn FnMut(Node<'d>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let Some(holder) = self.value else {
            return Ok(false);
        };
        let found = holder.get(name).into_iter().flat_map(Element::items);
        for item in found.filter(|item| item.kind() != Kind::Null) {
            if visit(untyped(item))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Calls `visit` with every child, in document order, until it says stop (true).
    pub(super) fn each_of_all<E>(
        self,
        visit: &mut dyn FnMut(Node<'d>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let (of, holder) = match self.of {
            FhirType::Complex(id) => (Some(definitions::r4().of(id)), self.value),
            FhirType::Primitive(_) => (Some(definitions::r4().element()), self.sibling),
            FhirType::Unknown => (None, self.value),
        };
        let Some(holder) = holder else {
            return Ok(false);
        };
        for (member, child) in holder.members() {
            let bare = member.strip_prefix('_');
            let slot = of.and_then(|of| of.slot(bare.unwrap_or(&member)));
            let stop = match slot.map(|slot| slot.content) {
                // The sibling comes with its value.
                Some(_) if bare.is_some_and(|bare| holder.get(bare).is_some()) => false,
                Some(content @ Content::Primitive(_)) => {
                    let found = holder.with_sibling(bare.unwrap_or(&member));
                    each_value(found, content, visit)?
                }
                Some(content) => each_value((Some(child), None), content, visit)?,
                None if of.is_some() => false,
                None => self.each_untyped(&member, visit)?,
            };
            if stop {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The system value of a primitive or a Quantity.
    pub(super) fn to_value(self) -> Option<Value<'d>> {
        match self.of {
            FhirType::Primitive(of) => primitive(of, self.value?),
            FhirType::Complex(_) => match self.definition()?.name {
                "Quantity" | "SimpleQuantity" | "MoneyQuantity" | "Age" | "Count" | "Distance"
                | "Duration" => quantity(self.value?),
                _ => None,
            },
            FhirType::Unknown => None,
        }
    }
}

/// Values of a member, aligned with their siblings.
fn each_value<'d, E>(
    (values, siblings): (Option<Element<'d>>, Option<Element<'d>>),
    content: Content,
    visit: &mut dyn FnMut(Node<'d>) -> Result<bool, E>,
) -> Result<bool, E> {
    let of = |value: Option<Element<'d>>| match content {
        Content::Primitive(of) => FhirType::Primitive(of),
        Content::Complex(id) => FhirType::Complex(id),
        Content::Resource => value.map_or(FhirType::Unknown, type_of),
    };
    let there = |one: Option<Element<'d>>| one.filter(|one| one.kind() != Kind::Null);
    let mut values = values.into_iter().flat_map(Element::items);
    let mut siblings = siblings.into_iter().flat_map(Element::items);
    loop {
        let (value, sibling) = (values.next(), siblings.next());
        if value.is_none() && sibling.is_none() {
            return Ok(false);
        }
        let (value, sibling) = (there(value), there(sibling));
        if value.is_none() && sibling.is_none() {
            continue;
        }
        let node = Node {
            value,
            sibling,
            of: of(value),
        };
        if visit(node)? {
            return Ok(true);
        }
    }
}

/// A value of which only its JSON is known.
fn untyped(value: Element<'_>) -> Node<'_> {
    let of = match value.kind() {
        Kind::Bool => FhirType::Primitive(Primitive::Boolean),
        Kind::String => FhirType::Primitive(Primitive::String),
        Kind::Number if value.raw().parse::<i32>().is_ok() => {
            FhirType::Primitive(Primitive::Integer)
        }
        Kind::Number => FhirType::Primitive(Primitive::Decimal),
        _ => type_of(value),
    };
    Node {
        value: Some(value),
        sibling: None,
        of,
    }
}

fn primitive(of: Primitive, value: Element<'_>) -> Option<Value<'_>> {
    Some(match of {
        Primitive::Boolean => Value::Boolean(value.bool()?),
        Primitive::Integer | Primitive::PositiveInt | Primitive::UnsignedInt => {
            Value::Integer(value.number()?.parse().ok()?)
        }
        Primitive::Decimal => Value::Decimal(decimal(value.number()?)?),
        Primitive::Date => Value::Date(moment(&value.str()?)?),
        Primitive::DateTime | Primitive::Instant => Value::DateTime(moment(&value.str()?)?),
        Primitive::Time => Value::Time(Moment::time(&value.str()?)?),
        _ => Value::String(value.str()?),
    })
}

/// A FHIR Quantity as a system quantity: its UCUM code, or its unit as written.
fn quantity(element: Element<'_>) -> Option<Value<'_>> {
    const UCUM: &str = "http://unitsofmeasure.org";
    let value = decimal(element.get("value")?.number()?)?;
    let text = |name: &str| element.get(name).and_then(Element::str);
    let is_ucum = element.get("system").is_some_and(|system| system.is(UCUM));
    let unit = match (text("code").filter(|_| is_ucum), text("unit")) {
        (Some(code), _) => match Calendar::from_ucum(&code) {
            // FHIR reads UCUM's years and months as calendar durations.
            Some(calendar) => QuantityUnit::Calendar(calendar),
            None => QuantityUnit::Ucum(code),
        },
        (None, Some(unit)) => QuantityUnit::Other(unit),
        (None, None) => QuantityUnit::Ucum(Cow::Borrowed("1")),
    };
    Some(Value::Quantity(Quantity { value, unit }))
}

fn moment(text: &str) -> Option<Moment> {
    moment::Moment::parse(text)
}
