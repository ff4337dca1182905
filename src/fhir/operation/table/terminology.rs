//! The operations of terminology (R4 ValueSet, CodeSystem and ConceptMap).

use super::{MANY, ONE, OPTIONAL, TYPE_AND_INSTANCE, Type, takes};
use crate::operation::{Operation, Parameter};

const SYSTEM_CODE: Parameter = takes("code", "code", OPTIONAL, "The code.");
const SYSTEM: Parameter = takes("system", "uri", OPTIONAL, "The code system of the code.");
const VERSION: Parameter = takes(
    "version",
    "string",
    OPTIONAL,
    "The version of the code system.",
);
const CODING: Parameter = takes("coding", "Coding", OPTIONAL, "The code as a Coding.");
const CONCEPT: Parameter = takes(
    "codeableConcept",
    "CodeableConcept",
    OPTIONAL,
    "Codings of which one is enough.",
);
const DISPLAY: Parameter = takes("display", "string", OPTIONAL, "What the code is called.");
const DATE: Parameter = takes(
    "date",
    "dateTime",
    OPTIONAL,
    "Only today or later: what held in the past is not kept.",
);
const CONTEXT: Parameter = takes(
    "context",
    "uri",
    OPTIONAL,
    "The element whose value set is meant, as profile#path.",
);
const CONTEXT_DIRECTION: Parameter = takes(
    "contextDirection",
    "code",
    OPTIONAL,
    "incoming or outgoing: the same here.",
);
const LANGUAGE: Parameter = takes(
    "displayLanguage",
    "code",
    OPTIONAL,
    "The language of names in the answer.",
);
const ABSTRACT: Parameter = takes(
    "abstract",
    "boolean",
    OPTIONAL,
    "Whether codes that only group others are good; without it they are.",
);

const CHECKED: &[Parameter] = &[
    takes("result", "boolean", ONE, "Whether the code is good."),
    takes("message", "string", OPTIONAL, "Why it is not."),
    takes(
        "display",
        "string",
        OPTIONAL,
        "What the code is called here.",
    ),
];

pub(super) const EXPAND: Operation = Operation {
    id: "ValueSet-expand",
    code: "expand",
    types: &["ValueSet"],
    levels: TYPE_AND_INSTANCE,
    affects_state: false,
    standard: Some("http://hl7.org/fhir/OperationDefinition/ValueSet-expand"),
    meaning: "Lists the codes of a value set.",
    searches: false,
    inputs: &[
        takes("url", "uri", OPTIONAL, "The canonical of the value set."),
        takes("valueSet", "ValueSet", OPTIONAL, "The value set itself."),
        takes("valueSetVersion", "string", OPTIONAL, "Its version."),
        CONTEXT,
        CONTEXT_DIRECTION,
        takes(
            "filter",
            "string",
            OPTIONAL,
            "Words that each code or a name of it must hold.",
        ),
        DATE,
        takes(
            "offset",
            "integer",
            OPTIONAL,
            "How many codes to pass over.",
        ),
        takes(
            "count",
            "integer",
            OPTIONAL,
            "How many codes to list at most.",
        ),
        takes(
            "includeDesignations",
            "boolean",
            OPTIONAL,
            "List other names too.",
        ),
        takes(
            "designation",
            "string",
            MANY,
            "Languages or uses of the names to list.",
        ),
        takes(
            "includeDefinition",
            "boolean",
            OPTIONAL,
            "Give the rules of the value set too.",
        ),
        takes(
            "activeOnly",
            "boolean",
            OPTIONAL,
            "Leave inactive codes out.",
        ),
        takes(
            "excludeNested",
            "boolean",
            OPTIONAL,
            "Codes are never nested here.",
        ),
        takes(
            "excludeNotForUI",
            "boolean",
            OPTIONAL,
            "Leave out codes that only group others.",
        ),
        takes(
            "excludePostCoordinated",
            "boolean",
            OPTIONAL,
            "None are listed here.",
        ),
        LANGUAGE,
        takes(
            "exclude-system",
            "canonical",
            MANY,
            "Code systems to leave out.",
        ),
        takes(
            "system-version",
            "canonical",
            MANY,
            "Versions to use where none is named.",
        ),
        takes(
            "check-system-version",
            "canonical",
            MANY,
            "Versions that must be used.",
        ),
        takes(
            "force-system-version",
            "canonical",
            MANY,
            "Versions to use whatever is named.",
        ),
    ],
    outputs: &[takes(
        "return",
        "ValueSet",
        ONE,
        "The value set with its expansion.",
    )],
};

pub(super) const VALUE_SET_VALIDATE_CODE: Operation = Operation {
    id: "ValueSet-validate-code",
    code: "validate-code",
    types: &["ValueSet"],
    levels: TYPE_AND_INSTANCE,
    affects_state: false,
    standard: Some("http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code"),
    meaning: "Tells whether a code is in a value set.",
    searches: false,
    inputs: &[
        takes("url", "uri", OPTIONAL, "The canonical of the value set."),
        takes("valueSet", "ValueSet", OPTIONAL, "The value set itself."),
        takes("valueSetVersion", "string", OPTIONAL, "Its version."),
        CONTEXT,
        CONTEXT_DIRECTION,
        SYSTEM_CODE,
        SYSTEM,
        takes(
            "systemVersion",
            "string",
            OPTIONAL,
            "The version of the code system.",
        ),
        DISPLAY,
        CODING,
        CONCEPT,
        DATE,
        ABSTRACT,
        LANGUAGE,
        takes(
            "inferSystem",
            "boolean",
            OPTIONAL,
            "Take the system that the value set has the code of, where none is given.",
        ),
    ],
    outputs: CHECKED,
};

pub(super) const CODE_SYSTEM_VALIDATE_CODE: Operation = Operation {
    id: "CodeSystem-validate-code",
    code: "validate-code",
    types: &["CodeSystem"],
    levels: TYPE_AND_INSTANCE,
    affects_state: false,
    standard: Some("http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code"),
    meaning: "Tells whether a code is in a code system.",
    searches: false,
    inputs: &[
        takes("url", "uri", OPTIONAL, "The canonical of the code system."),
        takes(
            "codeSystem",
            "CodeSystem",
            OPTIONAL,
            "The code system itself.",
        ),
        SYSTEM_CODE,
        VERSION,
        DISPLAY,
        CODING,
        CONCEPT,
        DATE,
        ABSTRACT,
        LANGUAGE,
    ],
    outputs: CHECKED,
};

pub(super) const LOOKUP: Operation = Operation {
    id: "CodeSystem-lookup",
    code: "lookup",
    types: &["CodeSystem"],
    levels: &[Type],
    affects_state: false,
    standard: Some("http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup"),
    meaning: "Tells what a code system says of a code.",
    searches: false,
    inputs: &[
        SYSTEM_CODE,
        SYSTEM,
        VERSION,
        CODING,
        DATE,
        LANGUAGE,
        takes(
            "property",
            "code",
            MANY,
            "The properties to tell; all without it.",
        ),
    ],
    outputs: &[
        takes("name", "string", ONE, "The name of the code system."),
        takes("version", "string", OPTIONAL, "Its version."),
        takes("display", "string", ONE, "What the code is called."),
        Parameter {
            parts: &[
                takes("language", "code", OPTIONAL, "The language of the name."),
                takes("use", "Coding", OPTIONAL, "What the name is for."),
                takes("value", "string", ONE, "The name."),
            ],
            ..takes("designation", "", MANY, "Another name.")
        },
        Parameter {
            parts: &[
                takes("code", "code", ONE, "Which property."),
                takes(
                    "value",
                    "Element",
                    OPTIONAL,
                    "Its value, a primitive or a Coding.",
                ),
            ],
            ..takes("property", "", MANY, "A property of the code.")
        },
    ],
};

pub(super) const SUBSUMES: Operation = Operation {
    id: "CodeSystem-subsumes",
    code: "subsumes",
    types: &["CodeSystem"],
    levels: TYPE_AND_INSTANCE,
    affects_state: false,
    standard: Some("http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes"),
    meaning: "Tells how two codes of a code system relate.",
    searches: false,
    inputs: &[
        takes("codeA", "code", OPTIONAL, "The one code."),
        takes("codeB", "code", OPTIONAL, "The other code."),
        SYSTEM,
        VERSION,
        takes("codingA", "Coding", OPTIONAL, "The one code as a Coding."),
        takes("codingB", "Coding", OPTIONAL, "The other code as a Coding."),
    ],
    outputs: &[takes(
        "outcome",
        "code",
        ONE,
        "equivalent, subsumes, subsumed-by or not-subsumed.",
    )],
};

pub(super) const TRANSLATE: Operation = Operation {
    id: "ConceptMap-translate",
    code: "translate",
    types: &["ConceptMap"],
    levels: TYPE_AND_INSTANCE,
    affects_state: false,
    standard: Some("http://hl7.org/fhir/OperationDefinition/ConceptMap-translate"),
    meaning: "Tells what a code is in another code system or value set.",
    searches: false,
    inputs: &[
        takes("url", "uri", OPTIONAL, "The canonical of the concept map."),
        takes(
            "conceptMap",
            "ConceptMap",
            OPTIONAL,
            "The concept map itself.",
        ),
        takes("conceptMapVersion", "string", OPTIONAL, "Its version."),
        SYSTEM_CODE,
        SYSTEM,
        VERSION,
        takes(
            "source",
            "uri",
            OPTIONAL,
            "The value set the code is used in.",
        ),
        CODING,
        CONCEPT,
        takes("target", "uri", OPTIONAL, "The value set to translate to."),
        takes(
            "targetsystem",
            "uri",
            OPTIONAL,
            "The code system to translate to.",
        ),
        Parameter {
            parts: &[
                takes("element", "uri", OPTIONAL, "The element."),
                takes("concept", "CodeableConcept", OPTIONAL, "Its value."),
            ],
            ..takes("dependency", "", MANY, "An element the mapping depends on.")
        },
        takes(
            "reverse",
            "boolean",
            OPTIONAL,
            "Translate from target to source.",
        ),
    ],
    outputs: &[
        takes("result", "boolean", ONE, "Whether there is a match."),
        takes("message", "string", OPTIONAL, "Why there is none."),
        Parameter {
            parts: &[
                takes("equivalence", "code", OPTIONAL, "How good the match is."),
                takes("concept", "Coding", OPTIONAL, "The code it is."),
                Parameter {
                    parts: &[
                        takes("element", "uri", OPTIONAL, "The element."),
                        takes("concept", "Coding", OPTIONAL, "Its value."),
                    ],
                    ..takes("product", "", MANY, "What it means for another element.")
                },
                takes("source", "uri", OPTIONAL, "The concept map that says so."),
            ],
            ..takes("match", "", MANY, "A match.")
        },
    ],
};
