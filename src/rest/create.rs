//! create, also conditional (R4 3.1.0.8).

use access::Action;
use axum::response::{IntoResponse, Response};
use fhir::{Document, Issue, IssueCode, Outcome, ResourceType, Severity};
use http::StatusCode;
use storage::{Change, Seen, Written};
use web::{Answer, body::ContentBody, negotiate::Returning, urls};

use crate::{
    binary,
    call::{At, Call, checked, named_type},
    conditional,
    error::Error,
    transaction::settled,
};

/// `POST /Type`
pub async fn create(
    call: Call,
    At(name): At<String>,
    body: ContentBody,
) -> Result<Response, Response> {
    let document = binary::taken(&call, &name, None, body)?;
    let condition = call.header("if-none-exist");
    let answer = async { answer(&call, named_type(&name)?, document, condition.as_deref()).await };
    match answer.await {
        Ok(answer) => Ok(call.respond(answer)),
        Err(error) => Err(error.into_response()),
    }
}

/// Creates, unless `condition` finds one that exists.
pub(crate) async fn answer(
    call: &Call,
    resource_type: ResourceType,
    document: Document,
    condition: Option<&str>,
) -> Result<Answer, Error> {
    call.may(Action::Create, resource_type)?;
    let document = settled(call, document).await?;
    let valid = checked(document, resource_type)?;
    let Some(query) = condition else {
        let written = call.write(Change::Create { valid, id: None }).await?;
        return Ok(written_answer(call, &written, Returning::Representation));
    };
    let _turn = conditional::turn([(resource_type, query)]).await;
    for _ in 0..conditional::TRIES_MAX {
        let looked = conditional::look(call, resource_type, query).await?;
        if let Some(seen) = looked.seen {
            return Ok(found_answer(call, &seen));
        }
        let valid = valid.clone();
        let change = Change::Create { valid, id: None };
        match call.write_if(change, vec![looked.condition]).await {
            Ok(written) => return Ok(written_answer(call, &written, Returning::Representation)),
            Err(error) if error.is_overtaken() => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Overtaken)
}

/// What a conditional create found instead of creating.
pub(crate) fn found_answer(call: &Call, seen: &Seen) -> Answer {
    let place = urls::version(call.base(), seen.resource_type(), seen.id(), seen.version());
    let answer = Answer::seen(StatusCode::OK, seen, &call.wanted).at(place);
    match call.wanted.returning {
        Some(Returning::Minimal) => answer.without_body(),
        _ => answer,
    }
}

/// What a write came to, with as much of the resource as was wanted (`otherwise`: when nothing
/// was said).
pub(crate) fn written_answer(call: &Call, written: &Written, otherwise: Returning) -> Answer {
    let status = if written.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let resource_type = written.resource_type;
    let returning = call.wanted.returning.unwrap_or(otherwise);
    let answer = match (returning, &written.seen) {
        (Returning::Representation, Some(seen)) => Answer::seen(status, seen, &call.wanted),
        (Returning::Outcome, _) => Answer::note(
            status,
            &Outcome::one(Issue {
                severity: Severity::Information,
                ..Issue::error(IssueCode::Informational, "stored")
            }),
        ),
        (Returning::Minimal | Returning::Representation, _) => Answer::empty(status),
    };
    answer
        .of_version(written.version, written.updated)
        .at(urls::version(
            call.base(),
            resource_type,
            &written.id,
            written.version,
        ))
}
