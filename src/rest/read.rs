//! read and vread (R4 3.1.0.2, 3.1.0.3).

use access::Action;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use fhir::ResourceType;
use http::{HeaderMap, StatusCode};
use storage::{Found, Seen};
use web::request_id::RequestId;
use web::{Answer, Caller, House, Wanted};

use crate::{
    binary,
    call::{At, Call, named_type},
    error::Error,
    operation, shipped,
};

/// `GET /Type/id`
pub async fn read(
    State(house): State<House>,
    Caller(access): Caller,
    At((name, id)): At<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let resource_type = named_type(&name)?;
    if id.starts_with('$') {
        return Err(Error::UnknownOperation(id));
    }
    let raw = resource_type == ResourceType::BINARY && binary::is_wanted_raw(&headers, &query);
    let wanted = if raw {
        Wanted::default()
    } else {
        Wanted::read(&headers, query.as_deref())?
    };
    let call = Call {
        house,
        access,
        wanted,
        request_id: RequestId::of(&headers),
        headers,
        query: query.unwrap_or_default(),
    };
    if raw {
        return binary::raw(&find(&call, resource_type, &id).await?);
    }
    let answer = answer(&call, resource_type, &id).await?;
    Ok(call.respond(answer))
}

/// `GET /Type/id/_history/version`
pub async fn vread(
    call: Call,
    At((name, id, version)): At<(String, String, String)>,
) -> Result<Response, Error> {
    let resource_type = named_type(&name)?;
    let version = version.parse().map_err(|_| Error::Absent)?;
    let answer = version_answer(&call, resource_type, &id, version).await?;
    Ok(call.respond(answer))
}

/// A vread, also as an entry of a batch.
pub(crate) async fn version_answer(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
    version: i64,
) -> Result<Answer, Error> {
    call.may(Action::Read, resource_type)?;
    if !fhir::reference::is_id(id) {
        return Err(Error::Absent);
    }
    let seen = found(call.records().vread(resource_type, id, version).await?)?;
    Ok(Answer::seen(StatusCode::OK, &seen, &call.wanted))
}

/// A read, also as an entry of a batch.
pub(crate) async fn answer(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
) -> Result<Answer, Error> {
    if let Some(answer) = operation::shipped(call, resource_type, id) {
        call.may(Action::Read, resource_type)?;
        return Ok(answer);
    }
    let seen = match find(call, resource_type, id).await {
        Err(Error::Absent) => match shipped::read(resource_type, id) {
            Some(answer) => return Ok(answer),
            None => return Err(Error::Absent),
        },
        found => found?,
    };
    Ok(Answer::seen(StatusCode::OK, &seen, &call.wanted))
}

/// What the caller may see of a resource. Errors: 404, 410, 403.
pub(crate) async fn find(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
) -> Result<Seen, Error> {
    names(call, resource_type, id)?;
    found(call.records().read(resource_type, id).await?)
}

/// The same as a part of what the request asks for, whose own event tells of it.
pub(crate) async fn find_part(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
) -> Result<Seen, Error> {
    names(call, resource_type, id)?;
    found(call.records().read_as_part(resource_type, id).await?)
}

/// Whether what is asked for can be there, and be for the caller. Errors: 403, 404.
fn names(call: &Call, resource_type: ResourceType, id: &str) -> Result<(), Error> {
    call.may(Action::Read, resource_type)?;
    match fhir::reference::is_id(id) {
        true => Ok(()),
        false => Err(Error::Absent),
    }
}

fn found(found: Found) -> Result<Seen, Error> {
    match found {
        Found::Seen(seen) => Ok(seen),
        Found::Deleted => Err(Error::Deleted),
        Found::Refused(decision) => Err(Error::Denied(access::Denial {
            http: decision.http,
            reason: decision.reason,
            message: "this is not yours to read, or not yet".to_owned(),
        })),
        Found::Nothing => Err(Error::Absent),
    }
}
