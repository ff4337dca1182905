//! delete, also conditional (R4 3.1.0.7).

use access::Action;
use axum::response::Response;
use config::limits::CONDITIONAL_DELETES_MAX;
use fhir::{Issue, Outcome, ResourceType, reference::is_id};
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

/// `DELETE /Type?query`: deletes the one match; several are refused, unless the settings allow it.
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

/// Deletes the one match, or all; none is no fault.
pub(crate) async fn matching(
    call: &Call,
    resource_type: ResourceType,
    query: &str,
    if_match: Option<i64>,
) -> Result<Answer, Error> {
    call.may(Action::Delete, resource_type)?;
    for _ in 0..conditional::TRIES_MAX {
        let most = most_at_once(call, if_match);
        let looked = conditional::look_for(call, resource_type, query, most).await?;
        let changes: Vec<Change> = looked
            .condition
            .found
            .iter()
            .map(|id| Change::Delete {
                resource_type,
                id: id.clone(),
                if_match,
            })
            .collect();
        if changes.is_empty() {
            return Ok(Answer::empty(StatusCode::NO_CONTENT));
        }
        let records = call.records();
        match records.write_if(changes, vec![looked.condition]).await {
            Ok(written) => return Ok(all_deleted_answer(&written)),
            Err(error) => match Error::from(error) {
                error if error.is_overtaken() => {}
                error => return Err(error),
            },
        }
    }
    Err(Error::Overtaken)
}

/// How many matches a conditional delete may delete: one, unless the settings allow several. A
/// version is always of one.
pub(crate) fn most_at_once(call: &Call, if_match: Option<i64>) -> usize {
    match call.house.deletes_several && if_match.is_none() {
        true => CONDITIONAL_DELETES_MAX,
        false => 1,
    }
}

/// What a delete of one or several came to.
pub(crate) fn all_deleted_answer(written: &[Written]) -> Answer {
    match written {
        [one] => deleted_answer(one),
        several => {
            let text = format!("{} resources were deleted", several.len());
            let issues = vec![Issue::note(text)];
            Answer::outcome(StatusCode::OK, &Outcome { issues })
        }
    }
}

/// What a delete came to.
pub(crate) fn deleted_answer(written: &Written) -> Answer {
    Answer::empty(StatusCode::NO_CONTENT).of_version(written.version, written.updated)
}
