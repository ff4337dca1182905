//! Operations: one table from which the router, the CapabilityStatement and the
//! OperationDefinitions are made (R4 3.2).

mod definition;
mod inputs;
mod table;

use crate::{ResourceType, definitions::Primitive};

pub use definition::definition;
pub use inputs::{Body, Given, Inputs, read, shapes_the_answer};
pub use table::OPERATIONS;

/// Where an operation is invoked (R4 3.2.0.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `[base]/$code`
    System,
    /// `[base]/Type/$code`
    Type,
    /// `[base]/Type/id/$code`
    Instance,
}

/// One parameter of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub min: u32,
    /// `None` is any number.
    pub max: Option<u32>,
    /// A datatype, a resource type, `Resource`, `Any`; empty for one that has parts.
    pub type_name: &'static str,
    /// What it is for, in one sentence.
    pub meaning: &'static str,
    pub parts: &'static [Parameter],
}

/// One operation this server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Id of its OperationDefinition here.
    pub id: &'static str,
    /// Its name in addresses, without `$`.
    pub code: &'static str,
    /// Types it is for, by name; empty is all.
    pub types: &'static [&'static str],
    pub levels: &'static [Level],
    /// Changes something, so that it is only posted.
    pub affects_state: bool,
    /// Canonical URL of the definition in the standard or an implementation guide; `None` for our
    /// own.
    pub standard: Option<&'static str>,
    /// What it does, in one sentence.
    pub meaning: &'static str,
    /// Search parameters of the type are inputs too.
    pub searches: bool,
    pub inputs: &'static [Parameter],
    pub outputs: &'static [Parameter],
}

impl Operation {
    pub fn is_for(&self, resource_type: ResourceType) -> bool {
        self.types.is_empty() || self.types.contains(&resource_type.name())
    }
    /// The input that a bare resource in the body stands for (R4 3.2.0.3).
    pub fn bare(&self) -> Option<&'static Parameter> {
        let mut resources = self.inputs.iter().filter(|input| input.is_resource());
        match (resources.next(), resources.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }
    pub fn input(&self, name: &str) -> Option<&'static Parameter> {
        self.inputs.iter().find(|input| input.name == name)
    }
    /// The URL it is known by: the standard's, or below `base` for our own.
    pub fn canonical(&self, base: &str) -> String {
        match self.standard {
            Some(url) => url.to_owned(),
            None => format!("{base}/OperationDefinition/{}", self.id),
        }
    }
}

impl Parameter {
    pub fn primitive(&self) -> Option<Primitive> {
        Primitive::from_name(self.type_name)
    }
    pub fn is_resource(&self) -> bool {
        matches!(self.type_name, "Resource" | "Any")
            || ResourceType::from_name(self.type_name).is_some()
    }
}

/// The operation invoked by that name (without `$`) on a type, or on the whole system.
pub fn find(
    code: &str,
    level: Level,
    resource_type: Option<ResourceType>,
) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| {
        operation.code == code
            && operation.levels.contains(&level)
            && resource_type.is_none_or(|of| operation.is_for(of))
    })
}

/// The operation whose OperationDefinition has that id.
pub fn of_id(id: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.id == id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_row_is_well_formed_and_stands_once() {
        let mut ids = HashSet::new();
        let mut addresses = HashSet::new();
        for operation in OPERATIONS {
            assert!(crate::reference::is_id(operation.id), "{}", operation.id);
            assert!(ids.insert(operation.id), "{}", operation.id);
            assert!(!operation.levels.is_empty(), "{}", operation.id);
            for name in operation.types {
                assert!(ResourceType::from_name(name).is_some(), "{name}");
            }
            for level in operation.levels {
                for of in ResourceType::all().filter(|of| operation.is_for(*of)) {
                    let of = (*level != Level::System).then_some(of);
                    let found = find(operation.code, *level, of).unwrap();
                    assert_eq!(found.id, operation.id);
                    addresses.insert((operation.code, format!("{level:?}"), of));
                }
            }
            let mut names = HashSet::new();
            for input in operation.inputs {
                assert!(names.insert(input.name), "{} {}", operation.id, input.name);
                assert!(
                    input.max.is_none_or(|max| max >= input.min),
                    "{}",
                    input.name
                );
            }
        }
        assert!(!addresses.is_empty());
    }

    #[test]
    fn the_types_of_parameters_exist() {
        for operation in OPERATIONS {
            for parameter in operation.inputs.iter().chain(operation.outputs) {
                let name = parameter.type_name;
                let known = parameter.primitive().is_some()
                    || parameter.is_resource()
                    || crate::definitions::r4().named(name).is_some()
                    || (name.is_empty() && !parameter.parts.is_empty());
                assert!(known, "{} {} {name}", operation.id, parameter.name);
            }
        }
    }

    #[test]
    fn an_operation_is_found_only_where_it_is_invoked() {
        let patient = Some(ResourceType::PATIENT);
        assert!(find("validate", Level::Type, patient).is_some());
        assert!(find("validate", Level::System, None).is_none());
        assert!(find("nope", Level::Type, patient).is_none());
    }
}
