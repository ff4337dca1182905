//! The table of operations.

use super::{
    Level::{self, Instance, Type},
    Operation, Parameter,
};

const fn takes(
    name: &'static str,
    type_name: &'static str,
    (min, max): (u32, Option<u32>),
    meaning: &'static str,
) -> Parameter {
    Parameter {
        name,
        min,
        max,
        type_name,
        meaning,
        parts: &[],
    }
}

const OPTIONAL: (u32, Option<u32>) = (0, Some(1));
const ONE: (u32, Option<u32>) = (1, Some(1));
const MANY: (u32, Option<u32>) = (0, None);

const TYPE_AND_INSTANCE: &[Level] = &[Type, Instance];

/// Every operation there is; a row here is routed, declared and defined.
pub const OPERATIONS: &[Operation] = &[Operation {
    id: "Resource-validate",
    code: "validate",
    types: &[],
    levels: TYPE_AND_INSTANCE,
    affects_state: false,
    standard: Some("http://hl7.org/fhir/OperationDefinition/Resource-validate"),
    meaning: "Checks a resource and stores nothing.",
    searches: false,
    inputs: &[
        takes("resource", "Resource", OPTIONAL, "What is checked."),
        takes(
            "mode",
            "code",
            OPTIONAL,
            "What is going to be done with it: create, update, delete or profile.",
        ),
        takes(
            "profile",
            "canonical",
            MANY,
            "Profiles it is checked against.",
        ),
    ],
    outputs: &[takes("return", "OperationOutcome", ONE, "What was found.")],
}];
