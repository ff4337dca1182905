//! What operations answer with: a `Parameters` resource (R4 3.2.0.6) and the values in it.

use fhir::datetime::instant;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use web::Answer;

/// 200, with these parameters.
pub(super) fn answer(parameters: &[Value]) -> Answer {
    let json = match parameters {
        [] => json!({"resourceType": "Parameters"}),
        all => json!({"resourceType": "Parameters", "parameter": all}),
    };
    Answer::text(StatusCode::OK, json.to_string())
}

pub(super) fn text(name: &str, value: impl AsRef<str>) -> Value {
    json!({"name": name, "valueString": value.as_ref()})
}

pub(super) fn code(name: &str, value: impl AsRef<str>) -> Value {
    json!({"name": name, "valueCode": value.as_ref()})
}

pub(super) fn id(name: &str, value: impl AsRef<str>) -> Value {
    json!({"name": name, "valueId": value.as_ref()})
}

pub(super) fn url(name: &str, value: impl AsRef<str>) -> Value {
    json!({"name": name, "valueUrl": value.as_ref()})
}

pub(super) fn flag(name: &str, value: bool) -> Value {
    json!({"name": name, "valueBoolean": value})
}

pub(super) fn count(name: &str, value: impl Into<Value>) -> Value {
    json!({"name": name, "valueInteger": value.into()})
}

pub(super) fn many(name: &str, value: i64) -> Value {
    json!({"name": name, "valueUnsignedInt": value})
}

pub(super) fn at(name: &str, value: Timestamp) -> Value {
    json!({"name": name, "valueInstant": instant(value)})
}

/// A reference such as `Task/7`.
pub(super) fn to(name: &str, reference: impl AsRef<str>) -> Value {
    json!({"name": name, "valueReference": {"reference": reference.as_ref()}})
}

/// The Task of this id.
pub(super) fn task(id: &str) -> Value {
    to("task", format!("Task/{id}"))
}

/// One that has parts instead of a value.
pub(super) fn part(name: &str, parts: &[Value]) -> Value {
    json!({"name": name, "part": parts})
}
