//! The FHIR API, file for file as in `src/rest`.

mod across;
mod bad_input;
mod batch;
mod binary;
mod bulk;
mod bundle;
mod capabilities;
mod contained;
mod create;
mod delete;
mod history;
mod limits;
mod opening;
mod operations;
mod parameter;
mod patch;
mod profiles;
mod read;
mod search;
mod shape;
mod terminology;
mod transaction;
mod update;
mod xml;

use serde_json::{Value, json};

/// A small valid patient.
fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "name": [{ "family": "Bad", "given": ["In"] }],
        "gender": "female",
        "birthDate": "1980-01-01",
    })
}

/// [`patient`] with one member more, or another.
fn patient_with(name: &str, value: Value) -> Value {
    let mut patient = patient();
    patient[name] = value;
    patient
}

/// A small valid observation of nobody in particular.
fn observation() -> Value {
    json!({ "resourceType": "Observation", "status": "final", "code": { "text": "x" } })
}
