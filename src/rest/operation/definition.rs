//! The OperationDefinitions of this server, readable like resources.

use fhir::{ResourceType, operation};
use http::StatusCode;
use web::Answer;

use crate::call::Call;

/// When the table of operations last changed.
pub(crate) const CHANGED: &str = "2026-11-22";

/// The definition with that id, where it is one of ours. It holds nothing clinical.
pub(crate) fn shipped(call: &Call, resource_type: ResourceType, id: &str) -> Option<Answer> {
    if resource_type != ResourceType::OPERATION_DEFINITION {
        return None;
    }
    let text = operation::definition(operation::of_id(id)?, call.base(), CHANGED);
    Some(Answer::text(StatusCode::OK, text))
}
