//! Type names and which types are of which others (FHIRPath 6.3, R4 datatypes).

use super::{FhirType, Item};

/// A type as an expression names it: `Patient`, `FHIR.string`, `System.Integer`.
#[derive(Debug, Clone)]
pub(super) struct TypeName {
    pub(super) namespace: Option<Box<str>>,
    pub(super) name: Box<str>,
}

/// Datatypes with their parents, as far as both can occur.
const PARENTS: &[(&str, &str)] = &[
    ("code", "string"),
    ("id", "string"),
    ("markdown", "string"),
    ("canonical", "uri"),
    ("url", "uri"),
    ("oid", "uri"),
    ("uuid", "uri"),
    ("unsignedInt", "integer"),
    ("positiveInt", "integer"),
    ("Age", "Quantity"),
    ("Count", "Quantity"),
    ("Distance", "Quantity"),
    ("Duration", "Quantity"),
    ("Dosage", "BackboneElement"),
    ("ElementDefinition", "BackboneElement"),
    ("Timing", "BackboneElement"),
    ("Bundle", "Resource"),
    ("Binary", "Resource"),
    ("Parameters", "Resource"),
    ("BackboneElement", "Element"),
    ("DomainResource", "Resource"),
];

const SYSTEM: [&str; 8] = [
    "Boolean", "Integer", "Decimal", "String", "Date", "DateTime", "Time", "Quantity",
];

impl TypeName {
    /// Whether there is such a type at all, in R4 or in System.
    pub(super) fn is_known(&self) -> bool {
        let system = SYSTEM.contains(&&*self.name) || &*self.name == "Any";
        match self.namespace.as_deref() {
            Some("System") => system,
            Some("FHIR") => self.is_fhir(),
            Some(_) => false,
            None => system || self.is_fhir(),
        }
    }
    fn is_fhir(&self) -> bool {
        let name = &*self.name;
        let listed = PARENTS
            .iter()
            .any(|(child, parent)| *child == name || *parent == name);
        listed
            || crate::ResourceType::from_name(name).is_some()
            || crate::definitions::Primitive::from_name(name).is_some()
            || crate::definitions::r4().named(name).is_some()
    }
    /// Whether an item is of this type or of one below it.
    pub(super) fn covers(&self, item: &Item<'_>) -> bool {
        match item {
            Item::Value(value) => {
                self.namespace.as_deref().is_none_or(|n| n == "System")
                    && (*self.name == *value.type_name() || &*self.name == "Any")
            }
            Item::Element(node) => {
                if self.namespace.as_deref().is_some_and(|n| n != "FHIR") {
                    return false;
                }
                let mut name = node.type_name();
                if node.fhir_type() == FhirType::Unknown {
                    return &*self.name == "Element";
                }
                loop {
                    if name == &*self.name {
                        return true;
                    }
                    match parent(name) {
                        Some(parent) => name = parent,
                        None => return false,
                    }
                }
            }
        }
    }
}

/// The type a FHIR type specialises.
pub(super) fn parent(name: &str) -> Option<&'static str> {
    if let Some((_, parent)) = PARENTS.iter().find(|(child, _)| *child == name) {
        return Some(parent);
    }
    match name {
        "Element" | "Resource" => None,
        _ if crate::ResourceType::from_name(name).is_some() => Some("DomainResource"),
        _ => Some("Element"),
    }
}
