//! The operations that export many resources at once (Bulk Data Access 2.0.0).

use super::{Instance, MANY, ONE, OPTIONAL, SINCE, System, TYPES, Type, takes};
use crate::operation::{Operation, Parameter};

const FORMAT: Parameter = takes(
    "_outputFormat",
    "string",
    OPTIONAL,
    "The form of the files: application/fhir+ndjson, the only one there is.",
);
const ELEMENTS: Parameter = takes(
    "_elements",
    "string",
    MANY,
    "Only these elements, as Type.element or for every type, several separated by commas.",
);
const FILTERS: Parameter = takes(
    "_typeFilter",
    "string",
    MANY,
    "Only resources of a type that a query finds, such as Observation?status=final; several for \
     one type find what any of them does.",
);
const ASSOCIATED: Parameter = takes(
    "includeAssociatedData",
    "string",
    MANY,
    "LatestProvenanceResources or RelevantProvenanceResources, to go along with the types asked \
     for.",
);
const PATIENT: Parameter = takes(
    "patient",
    "Reference",
    MANY,
    "Only these patients; to be posted.",
);

const RETURN: Parameter = takes(
    "return",
    "Binary",
    ONE,
    "Nothing yet: the export is done in the background, and its status, named by \
     Content-Location, leads to its files.",
);

const EXPORT: Operation = Operation {
    id: "export",
    code: "export",
    types: &[],
    levels: &[System],
    affects_state: false,
    standard: Some("http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export"),
    meaning: "Exports the whole record, as far as the system that asks may see it.",
    searches: false,
    inputs: &[FORMAT, SINCE, TYPES, ELEMENTS, FILTERS, ASSOCIATED],
    outputs: &[RETURN],
};

/// The whole record.
pub const OF_ALL: Operation = EXPORT;

/// All patients, or some.
pub const OF_PATIENTS: Operation = Operation {
    id: "patient-export",
    types: &["Patient"],
    levels: &[Type],
    standard: Some("http://hl7.org/fhir/uv/bulkdata/OperationDefinition/patient-export"),
    meaning: "Exports the records of all patients, with what they point to, as far as the system \
              that asks may see them.",
    inputs: &[FORMAT, SINCE, TYPES, ELEMENTS, FILTERS, ASSOCIATED, PATIENT],
    ..EXPORT
};

/// The members of a Group.
pub const OF_GROUP: Operation = Operation {
    id: "group-export",
    types: &["Group"],
    levels: &[Instance],
    standard: Some("http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export"),
    meaning: "Exports the records of the patients in a Group, with what they point to, as far as \
              the system that asks may see them.",
    inputs: &[FORMAT, SINCE, TYPES, ELEMENTS, FILTERS, ASSOCIATED, PATIENT],
    ..EXPORT
};
