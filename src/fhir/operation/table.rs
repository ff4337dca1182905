//! The table of operations.

mod billing;
mod bulk;
mod emergency;
mod ending;
mod family;
mod launch;
mod notices;
mod opening;
mod privacy;
mod release;
mod seeing;
mod sharing;
mod terminology;
mod tickets;
mod work;

use super::{
    Level::{self, Instance, System, Type},
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
const SOME: (u32, Option<u32>) = (1, None);

const TYPE_AND_INSTANCE: &[Level] = &[Type, Instance];

const SINCE: Parameter = takes(
    "_since",
    "instant",
    OPTIONAL,
    "Only what changed at or after this instant.",
);
const TYPES: Parameter = takes(
    "_type",
    "string",
    MANY,
    "Only these resource types, several separated by commas.",
);
const COUNT: Parameter = takes(
    "_count",
    "integer",
    OPTIONAL,
    "How many resources a page holds.",
);
const CURSOR: Parameter = takes(
    "_cursor",
    "string",
    OPTIONAL,
    "Where a page begins, from the link to it.",
);
const SEARCHSET: Parameter = takes("return", "Bundle", ONE, "A searchset.");
const META: Parameter = takes("return", "Meta", ONE, "Profiles, tags and security labels.");

/// Every operation there is; a row here is routed, declared and defined.
pub const OPERATIONS: &[Operation] = &[
    Operation {
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
    },
    Operation {
        id: "Resource-graphql",
        code: "graphql",
        types: &[],
        levels: &[System, Instance],
        affects_state: false,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Resource-graphql"),
        meaning: "Answers a query in GraphQL: of the whole system, or of one resource.",
        searches: false,
        inputs: &[
            takes("query", "string", ONE, "The query."),
            takes(
                "operationName",
                "string",
                OPTIONAL,
                "Which operation of the query is meant.",
            ),
            takes(
                "variables",
                "string",
                OPTIONAL,
                "What its variables stand for: a JSON object.",
            ),
        ],
        outputs: &[takes("result", "Binary", ONE, "JSON, as GraphQL has it.")],
    },
    Operation {
        id: "Patient-everything",
        code: "everything",
        types: &["Patient"],
        levels: TYPE_AND_INSTANCE,
        affects_state: false,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Patient-everything"),
        meaning: "The whole record of a patient, or of every patient, as far as the caller may \
                  see it.",
        searches: false,
        inputs: &[
            takes("start", "date", OPTIONAL, "Only care on or after this day."),
            takes("end", "date", OPTIONAL, "Only care on or before this day."),
            SINCE,
            TYPES,
            COUNT,
            CURSOR,
        ],
        outputs: &[SEARCHSET],
    },
    Operation {
        id: "SearchParameter-index-status",
        code: "index-status",
        types: &["SearchParameter"],
        levels: &[Type],
        affects_state: false,
        standard: None,
        meaning: "How far the search index has come for each search parameter that was stored here.",
        searches: false,
        inputs: &[],
        outputs: &[Parameter {
            parts: &[
                takes("base", "code", ONE, "The type it is for."),
                takes("code", "code", ONE, "Its name in a search."),
                takes("url", "uri", ONE, "The canonical of the SearchParameter."),
                takes("ready", "boolean", ONE, "Whether it can be searched by."),
                takes("indexed", "integer", ONE, "Resources indexed by it."),
                takes(
                    "total",
                    "integer",
                    ONE,
                    "Resources there were when it began.",
                ),
            ],
            ..takes("parameter", "", MANY, "A search parameter of a type.")
        }],
    },
    Operation {
        id: "Encounter-everything",
        code: "everything",
        types: &["Encounter"],
        levels: &[Instance],
        affects_state: false,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Encounter-everything"),
        meaning: "All that belongs to an encounter, as far as the caller may see it.",
        searches: false,
        inputs: &[SINCE, TYPES, COUNT, CURSOR],
        outputs: &[SEARCHSET],
    },
    Operation {
        id: "DocumentReference-docref",
        code: "docref",
        types: &["DocumentReference"],
        levels: &[Type],
        affects_state: false,
        standard: Some("http://hl7.org/fhir/us/core/OperationDefinition/docref"),
        meaning: "References to a patient's documents: of a range of care dates, or the latest of \
                  each type.",
        searches: false,
        inputs: &[
            takes("patient", "id", ONE, "Whose documents."),
            takes(
                "start",
                "dateTime",
                OPTIONAL,
                "Care at or after this moment.",
            ),
            takes(
                "end",
                "dateTime",
                OPTIONAL,
                "Care at or before this moment.",
            ),
            takes("type", "Coding", MANY, "Documents of any of these types."),
            takes(
                "on-demand",
                "boolean",
                OPTIONAL,
                "Only documents made on demand, of which this server has none.",
            ),
            takes(
                "profile",
                "canonical",
                MANY,
                "Documents of any of these profiles.",
            ),
        ],
        outputs: &[SEARCHSET],
    },
    Operation {
        id: "Observation-lastn",
        code: "lastn",
        types: &["Observation"],
        levels: &[Type],
        affects_state: false,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Observation-lastn"),
        meaning: "The latest observations of each code; patient or subject, and category or a \
                  code, must be given.",
        searches: true,
        inputs: &[takes(
            "max",
            "positiveInt",
            OPTIONAL,
            "How many of each code; one when nothing is said, more where the last ones tie.",
        )],
        outputs: &[SEARCHSET],
    },
    Operation {
        id: "Observation-stats",
        code: "stats",
        types: &["Observation"],
        levels: &[Type],
        affects_state: false,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Observation-stats"),
        meaning: "Statistics over a subject's measurements, in one unit.",
        searches: false,
        inputs: &[
            takes(
                "subject",
                "uri",
                ONE,
                "Whose measurements, such as Patient/123.",
            ),
            takes(
                "code",
                "string",
                MANY,
                "What was measured, several separated by commas.",
            ),
            takes("system", "uri", OPTIONAL, "The system of the codes."),
            takes("coding", "Coding", MANY, "What was measured."),
            takes("duration", "decimal", OPTIONAL, "The last so many hours."),
            takes("period", "Period", OPTIONAL, "From when to when."),
            takes(
                "statistic",
                "string",
                SOME,
                "Which figures, several separated by commas.",
            ),
            takes(
                "include",
                "boolean",
                OPTIONAL,
                "Sends the observations along.",
            ),
            takes(
                "limit",
                "positiveInt",
                OPTIONAL,
                "How many of them at most.",
            ),
        ],
        outputs: &[
            takes(
                "statistics",
                "Observation",
                SOME,
                "The figures, for each code.",
            ),
            takes("source", "Observation", MANY, "What they stand on."),
        ],
    },
    Operation {
        id: "expunge",
        code: "expunge",
        types: &[],
        levels: &[System, Type, Instance],
        affects_state: true,
        standard: None,
        meaning: "Erases deleted resources and earlier versions for good; for administrators. The \
                  audit trail stays.",
        searches: false,
        inputs: &[
            takes(
                "expungeDeletedResources",
                "boolean",
                OPTIONAL,
                "Erases deleted resources with all their versions.",
            ),
            takes(
                "expungePreviousVersions",
                "boolean",
                OPTIONAL,
                "Erases the versions of resources that are no longer current.",
            ),
            takes(
                "limit",
                "positiveInt",
                OPTIONAL,
                "How many at most; 1000 when nothing is said.",
            ),
        ],
        outputs: &[takes(
            "count",
            "integer",
            ONE,
            "How many versions were erased.",
        )],
    },
    Operation {
        id: "Composition-document",
        code: "document",
        types: &["Composition"],
        levels: TYPE_AND_INSTANCE,
        affects_state: false,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Composition-document"),
        meaning: "A document: a composition and all it refers to.",
        searches: false,
        inputs: &[
            takes(
                "id",
                "uri",
                OPTIONAL,
                "Which composition, where the address names none.",
            ),
            takes(
                "persist",
                "boolean",
                OPTIONAL,
                "Stores the document as a Bundle; to be posted.",
            ),
            takes("graph", "uri", OPTIONAL, "Not supported."),
        ],
        outputs: &[takes("return", "Bundle", ONE, "The document.")],
    },
    Operation {
        id: "Patient-match",
        code: "match",
        types: &["Patient"],
        levels: &[Type],
        affects_state: false,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Patient-match"),
        meaning: "Patients that may be the one described, the likeliest first.",
        searches: false,
        inputs: &[
            takes("resource", "Patient", ONE, "The patient as far as known."),
            takes(
                "onlyCertainMatches",
                "boolean",
                OPTIONAL,
                "Nothing unless one patient is certain.",
            ),
            takes("count", "integer", OPTIONAL, "How many at most."),
        ],
        outputs: &[SEARCHSET],
    },
    Operation {
        id: "Resource-meta",
        code: "meta",
        types: &[],
        levels: &[System, Type, Instance],
        affects_state: false,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Resource-meta"),
        meaning: "Profiles, tags and security labels of a resource, or in use on a type or all \
                  types, as far as the caller may see them.",
        searches: false,
        inputs: &[],
        outputs: &[META],
    },
    Operation {
        id: "Resource-meta-add",
        code: "meta-add",
        types: &[],
        levels: &[Instance],
        affects_state: true,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Resource-meta-add"),
        meaning: "Adds profiles, tags and security labels to a resource, in a new version.",
        searches: false,
        inputs: &[takes("meta", "Meta", ONE, "What is added.")],
        outputs: &[META],
    },
    Operation {
        id: "Resource-meta-delete",
        code: "meta-delete",
        types: &[],
        levels: &[Instance],
        affects_state: true,
        standard: Some("http://hl7.org/fhir/OperationDefinition/Resource-meta-delete"),
        meaning: "Takes profiles, tags and security labels off a resource, in a new version.",
        searches: false,
        inputs: &[takes("meta", "Meta", ONE, "What is taken off.")],
        outputs: &[META],
    },
    work::QUEUES,
    work::CLAIM,
    work::RELEASE,
    work::ASSIGN,
    work::ASK,
    work::RESUME,
    work::COMPLETE,
    notices::SETTINGS,
    notices::CHOICE,
    family::INVITE,
    family::ACCEPT,
    family::REQUEST,
    family::REGISTER,
    family::PREVIEW,
    family::REQUESTS,
    family::PAPERS,
    family::ANSWER,
    family::DECIDE,
    family::CHANGE,
    family::RESTRICT,
    family::EMANCIPATION,
    family::TERMINATE,
    family::END,
    bulk::OF_ALL,
    bulk::OF_PATIENTS,
    bulk::OF_GROUP,
    launch::LAUNCH,
    launch::LAUNCHABLE,
    opening::ACTIVATION_CODE,
    opening::IDENTITY_DECIDE,
    ending::CLOSE,
    ending::DECIDE,
    ending::REVOKE,
    ending::RESTORE,
    ending::HOLD,
    ending::STATUS,
    ending::SECURE,
    ending::RECORD,
    release::HOLD,
    release::RELEASE,
    release::PREVIEW,
    privacy::RECEIPT,
    privacy::WAIT,
    privacy::WAITS,
    privacy::STATUS,
    privacy::MINOR_RELEASE,
    seeing::ACCESS_LOG,
    seeing::REPORT_ACCESS,
    seeing::AUDIT_ROOTS,
    seeing::EXPLAIN_ACCESS,
    seeing::VIEW_AS,
    emergency::OPEN,
    emergency::END,
    emergency::STATUS,
    emergency::UNTOLD,
    emergency::DISCLOSURE,
    tickets::ASK,
    tickets::MINE,
    tickets::ADD,
    tickets::OPEN,
    tickets::CLOSE,
    tickets::STATUS,
    tickets::ANSWER,
    billing::GUEST_CODE,
    sharing::SHARE,
    sharing::LIST,
    sharing::END,
    terminology::EXPAND,
    terminology::VALUE_SET_VALIDATE_CODE,
    terminology::CODE_SYSTEM_VALIDATE_CODE,
    terminology::LOOKUP,
    terminology::SUBSUMES,
    terminology::TRANSLATE,
];
