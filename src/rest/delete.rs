//! delete, also conditional (R4 3.1.0.7).

use access::Action;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use fhir::{ResourceType, reference::is_id};
use http::{HeaderMap, StatusCode};
use storage::Change;
use web::{Answer, Caller, House, Wanted};

use crate::{
    call::{At, Call, if_match, named_type},
    conditional,
    error::Error,
};

/// `DELETE /Type/id`
pub async fn delete(
    State(house): State<House>,
    Caller(access): Caller,
    wanted: Wanted,
    At((name, id)): At<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let call = Call {
        house: &house,
        access: &access,
        wanted: &wanted,
    };
    let resource_type = named_type(&name)?;
    let answer = answer(&call, resource_type, &id, if_match(&headers)?).await?;
    Ok(answer.respond(&headers, &wanted))
}

/// `DELETE /Type?query`: deletes the one match; several are refused.
pub async fn delete_matching(
    State(house): State<House>,
    Caller(access): Caller,
    wanted: Wanted,
    At(name): At<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let call = Call {
        house: &house,
        access: &access,
        wanted: &wanted,
    };
    let resource_type = named_type(&name)?;
    let query = query.unwrap_or_default();
    let answer = matching(&call, resource_type, &query, if_match(&headers)?).await?;
    Ok(answer.respond(&headers, &wanted))
}

/// Deletes the resource of that id.
pub(crate) async fn answer(
    call: &Call<'_>,
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
    Ok(Answer::empty(StatusCode::NO_CONTENT).of_version(written.version, written.updated))
}

/// Deletes the one match; none is no fault.
pub(crate) async fn matching(
    call: &Call<'_>,
    resource_type: ResourceType,
    query: &str,
    if_match: Option<i64>,
) -> Result<Answer, Error> {
    call.may(Action::Delete, resource_type)?;
    match conditional::find_one(call, resource_type, query).await? {
        Some(seen) => answer(call, resource_type, seen.id(), if_match).await,
        None => Ok(Answer::empty(StatusCode::NO_CONTENT)),
    }
}
