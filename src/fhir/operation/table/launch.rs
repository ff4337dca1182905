//! The operations that open apps in the context of a chart (our own, for SMART's EHR launch).

use super::{Instance, MANY, ONE, OPTIONAL, System, takes};
use crate::operation::{Operation, Parameter};

/// Makes a launch handle.
pub const LAUNCH: Operation = Operation {
    id: "Patient-launch",
    code: "launch",
    types: &["Patient"],
    levels: &[System, Instance],
    affects_state: true,
    standard: None,
    meaning: "Prepares the opening of an app in the context of a chart (SMART App Launch 2.2, EHR \
              launch) for whoever is signed in, who must be able to read the patient and the \
              encounter. The handle is good once, for that app, that person and five minutes.",
    searches: false,
    inputs: &[
        takes("client", "string", ONE, "The client_id of the app."),
        takes(
            "patient",
            "id",
            OPTIONAL,
            "Whose chart, where the address names nobody; left out, the app is opened without one.",
        ),
        takes("encounter", "id", OPTIONAL, "The visit it is opened in."),
        takes(
            "intent",
            "string",
            OPTIONAL,
            "What the app is opened for, such as reconcile-medications.",
        ),
        Parameter {
            parts: &[
                takes(
                    "reference",
                    "string",
                    OPTIONAL,
                    "A relative reference, such as ImagingStudy/123.",
                ),
                takes("canonical", "canonical", OPTIONAL, "A canonical URL."),
                takes("identifier", "Identifier", OPTIONAL, "An identifier."),
                takes("type", "code", OPTIONAL, "The type of the resource."),
                takes("role", "uri", OPTIONAL, "What it is in the context for."),
            ],
            ..takes("fhirContext", "", MANY, "Another resource in context.")
        },
        takes(
            "need-patient-banner",
            "boolean",
            OPTIONAL,
            "Whether the app must show whose chart it is; it must when nothing is said.",
        ),
    ],
    outputs: &[
        takes("launch", "string", ONE, "The handle."),
        takes("iss", "url", ONE, "The FHIR base to tell the app."),
        takes(
            "url",
            "url",
            OPTIONAL,
            "The address that opens the app, with both; left out for an app without launch address.",
        ),
        takes("expires", "instant", ONE, "When the handle is over."),
    ],
};

/// Lists the apps that can be opened so.
pub const LAUNCHABLE: Operation = Operation {
    id: "launchable-apps",
    code: "launchable-apps",
    types: &[],
    levels: &[System],
    affects_state: false,
    standard: None,
    meaning: "The apps registered here that can be opened in the context of a chart, by name.",
    searches: false,
    inputs: &[],
    outputs: &[Parameter {
        parts: &[
            takes("client", "string", ONE, "Its client_id."),
            takes("name", "string", ONE, "Its name."),
            takes("url", "url", ONE, "Where it is opened."),
        ],
        ..takes("app", "", MANY, "An app.")
    }],
};
