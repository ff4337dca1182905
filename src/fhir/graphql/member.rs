//! What the name of a field stands for (R4 GraphQL: field names of resources and types).

use crate::definitions::{self, Slot, Type, TypeKind};
use crate::{ResourceType, definitions::Content};

/// A field of the whole system, or a search for what refers to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `Patient(id: …)`
    Read(ResourceType),
    /// `PatientList(…)`
    List(ResourceType),
    /// `PatientConnection(…)`
    Connection(ResourceType),
}

/// What a field of an object stands for.
#[derive(Debug, Clone, Copy)]
pub enum Member {
    /// The name of the object's own type.
    TypeName,
    /// The resource a Reference leads to.
    Target,
    Slot(&'static Slot),
    /// The id and extensions beside a primitive (`_birthDate`).
    Sibling(&'static Slot),
    /// A choice by its name without a type (`value`).
    Choice(&'static str),
    /// What refers to this resource.
    Referring(Root),
}

/// What a name stands for at the system's level.
pub fn root(name: &str) -> Option<Root> {
    if let Some(one) = ResourceType::from_name(name) {
        return Some(Root::Read(one));
    }
    let of = |suffix: &str| ResourceType::from_name(name.strip_suffix(suffix)?);
    of("List")
        .map(Root::List)
        .or_else(|| of("Connection").map(Root::Connection))
}

/// What a name stands for in an object of a type.
pub fn member(of: &'static Type, name: &str) -> Option<Member> {
    match name {
        "__typename" => return Some(Member::TypeName),
        "resourceType" if of.kind == TypeKind::Resource => return Some(Member::TypeName),
        "resource" if of.name == "Reference" => return Some(Member::Target),
        _ => {}
    }
    if let Some(slot) = of.slot(name) {
        return Some(Member::Slot(slot));
    }
    if let Some(slot) = name.strip_prefix('_').and_then(|name| of.slot(name)) {
        let primitive = matches!(slot.content, Content::Primitive(_));
        return primitive.then_some(Member::Sibling(slot));
    }
    if let Some(choice) = of.elements.iter().find(|e| e.choice && e.name == name) {
        return Some(Member::Choice(choice.name));
    }
    match root(name) {
        Some(root @ (Root::List(_) | Root::Connection(_))) if of.kind == TypeKind::Resource => {
            Some(Member::Referring(root))
        }
        _ => None,
    }
}

/// The type of a resource by its name.
pub(super) fn of_resource(name: &str) -> Option<&'static Type> {
    ResourceType::from_name(name).map(definitions::resource)
}
