//! delete, also conditional (R4 3.1.0.7).

use access::Action;
use axum::response::Response;
use fhir::{ResourceType, reference::is_id};
use http::StatusCode;
use storage::{Change, Written};
use web::Answer;

use crate::{
    call::{At, Call, named_type},
    conditional,
    error::Error,
};

/// `DELETE /Type/id`
pub async fn delete(call: Call, At((name, id)): At<(String, String)>) -> Result<Response, Error> {
    let resource_type = named_type(&name)?;
    let answer = answer(&call, resource_type, &id, call.if_match()?).await?;
    Ok(call.respond(answer))
}

/// `DELETE /Type?query`: deletes the one match; several are refused.
pub async fn delete_matching(call: Call, At(name): At<String>) -> Result<Response, Error> {
    let resource_type = named_type(&name)?;
    let answer = matching(&call, resource_type, &call.query, call.if_match()?).await?;
    Ok(call.respond(answer))
}

/// Deletes the resource of that id.
pub(crate) async fn answer(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
    if_match: Option<i64>,
) -> Result<Answer, Error> {
    call.may(Action::Delete, resource_type)?;
    if !is_id(id) {
        return Err(Error::Absent);
    }
    let written = call
        .write(Change::Delete {
            resource_type,
            id: id.to_owned(),
            if_match,
        })
        .await?;
    Ok(deleted_answer(&written))
}

/// Deletes the one match; none is no fault.
pub(crate) async fn matching(
    call: &Call,
    resource_type: ResourceType,
    query: &str,
    if_match: Option<i64>,
) -> Result<Answer, Error> {
    call.may(Action::Delete, resource_type)?;
    for _ in 0..conditional::TRIES_MAX {
        let looked = conditional::look(call, resource_type, query).await?;
        let Some(seen) = looked.seen else {
            return Ok(Answer::empty(StatusCode::NO_CONTENT));
        };
        let change = Change::Delete {
            resource_type,
            id: seen.id().to_owned(),
            if_match,
        };
        match call.write_if(change, vec![looked.condition]).await {
            Ok(written) => return Ok(deleted_answer(&written)),
            Err(error) if error.is_overtaken() => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Overtaken)
}

/// What a delete came to.
pub(crate) fn deleted_answer(written: &Written) -> Answer {
    Answer::empty(StatusCode::NO_CONTENT).of_version(written.version, written.updated)
}
