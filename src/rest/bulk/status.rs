//! The status of an export: how far it is, its manifest when it is done, and its end.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use fhir::{Issue, IssueCode, datetime};
use http::{StatusCode, header};
use serde_json::{Value, json};
use storage::exports::{Export, File, FileKind};
use web::{Caller, House, reply};

use super::{address, asked::Asked, file, own, work::NO_LEAVE};
use crate::{call::At, error::Error};

/// How long a client is asked to wait before it asks again, in seconds.
const AGAIN_SECONDS: &str = "1";

/// `GET /bulk/{export}`: 202 while it is under way, 200 with the manifest when it is done. Errors: 404
/// for one that is over, ended or another client's.
pub async fn status(
    State(house): State<House>,
    Caller(access): Caller,
    At(id): At<String>,
) -> Result<Response, Error> {
    let export = own(&house, &access, &id).await?;
    if let Some(fault) = &export.fault {
        let (status, code) = match fault.as_str() {
            NO_LEAVE => (StatusCode::FORBIDDEN, IssueCode::Forbidden),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, IssueCode::Exception),
        };
        return Ok(reply::fault(status, Issue::error(code, fault.clone())));
    }
    if export.finished.is_none() {
        let progress = match export.done {
            0 => "begun".to_owned(),
            done => format!("{done} resources found so far"),
        };
        let response = StatusCode::ACCEPTED.into_response();
        let response = reply::with_header(response, header::RETRY_AFTER, AGAIN_SECONDS);
        let name = http::HeaderName::from_static("x-progress");
        return Ok(reply::with_header(response, name, &progress));
    }
    let files = house.storage.exports().files(&export.id).await?;
    let manifest = manifest(&house.fhir_base, &export, &files)?;
    let media = "application/json";
    let response = ([(header::CONTENT_TYPE, media)], manifest.to_string()).into_response();
    let expires = reply::http_date(export.expires);
    let mut response = response;
    if let Some(expires) = expires {
        response.headers_mut().insert(header::EXPIRES, expires);
    }
    Ok(response)
}

/// `DELETE /bulk/{export}`: 202, and from then on there is nothing of it. Errors: 404 as for its status.
pub async fn cancel(
    State(house): State<House>,
    Caller(access): Caller,
    At(id): At<String>,
) -> Result<Response, Error> {
    let export = own(&house, &access, &id).await?;
    house.storage.exports().cancel(&export.id).await?;
    let records = house.storage.records(&access);
    records.audit_export(None, "$export ended".to_owned()).await;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// The manifest of a finished export (Bulk Data Access 2.0.0, "Complete Status").
fn manifest(base: &str, export: &Export, files: &[File]) -> Result<Value, Error> {
    let asked = Asked::read(&export.asked)?;
    let url = |name: String| format!("{}/{name}", address(base, &export.id));
    let of_kind = |kinds: &[FileKind]| -> Vec<Value> {
        let files = files.iter().filter(|file| file.count > 0);
        files
            .filter(|file| kinds.contains(&file.kind))
            .map(|file| {
                let held = match file.kind {
                    FileKind::Deleted => "Bundle",
                    _ => file.resource_type.name(),
                };
                json!({ "type": held, "url": url(file::name(file)), "count": file.count })
            })
            .collect()
    };
    let mut error = Vec::new();
    if !asked.ignored.is_empty() {
        let name = url(file::OUTCOMES.to_owned());
        error
            .push(json!({ "type": "OperationOutcome", "url": name, "count": asked.ignored.len() }));
    }
    let mut manifest = json!({
        "transactionTime": datetime::instant(export.as_of),
        "request": export.request,
        "requiresAccessToken": true,
        "output": of_kind(&[FileKind::Output, FileKind::Support]),
    });
    if let Some(members) = manifest.as_object_mut() {
        if asked.since.is_some() {
            members.insert("deleted".to_owned(), of_kind(&[FileKind::Deleted]).into());
        }
        members.insert("error".to_owned(), error.into());
    }
    Ok(manifest)
}
