//! update, also as create, also conditional (R4 3.1.0.4).

use access::Action;
use axum::response::{IntoResponse, Response};
use fhir::{Document, ResourceType, reference::is_id};
use storage::{Change, Seen};
use web::{Answer, FhirBody, body::ContentBody, negotiate::Returning};

use crate::{
    binary,
    call::{At, Call, checked, named_type},
    conditional,
    create::written_answer,
    error::Error,
    transaction::settled,
};

/// `PUT /Type/id`
pub async fn update(
    call: Call,
    At((name, id)): At<(String, String)>,
    body: ContentBody,
) -> Result<Response, Response> {
    let document = binary::taken(&call, &name, Some(&id), body)?;
    let answer = async {
        let resource_type = named_type(&name)?;
        answer(&call, resource_type, &id, document, call.if_match()?).await
    };
    match answer.await {
        Ok(answer) => Ok(call.respond(answer)),
        Err(error) => Err(error.into_response()),
    }
}

/// `PUT /Type?query`
pub async fn update_matching(
    call: Call,
    At(name): At<String>,
    FhirBody(document): FhirBody,
) -> Result<Response, Error> {
    let resource_type = named_type(&name)?;
    let answer = matching(
        &call,
        resource_type,
        &call.query,
        document,
        call.if_match()?,
    )
    .await?;
    Ok(call.respond(answer))
}

/// Updates the resource of that id, or creates it under that id.
pub(crate) async fn answer(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
    document: Document,
    if_match: Option<i64>,
) -> Result<Answer, Error> {
    call.may(Action::Update, resource_type)?;
    let document = settled(call, document).await?;
    let change = change(resource_type, id, document, if_match)?;
    let written = call.write(change).await?;
    Ok(written_answer(call, &written, Returning::Representation))
}

/// The change a PUT to that id asks for. Errors: 400 unless the body carries the same id.
pub(crate) fn change(
    resource_type: ResourceType,
    id: &str,
    document: Document,
    if_match: Option<i64>,
) -> Result<Change, Error> {
    let place = format!("{}.id", resource_type.name());
    if !is_id(id) {
        let text = "an id is 1 to 64 of the characters A-Z a-z 0-9 - .";
        return Err(Error::value(text, &place));
    }
    match document.root().text_at("id").as_deref() {
        Some(own) if own == id => {}
        Some(_) => {
            let text = "the id in the body is not the id in the address";
            return Err(Error::value(text, &place));
        }
        None => {
            let text = "an update must carry its id in the body";
            return Err(Error::value(text, &place));
        }
    }
    Ok(Change::Update {
        valid: checked(document, resource_type)?,
        id: id.to_owned(),
        if_match,
    })
}

/// Updates the one match, or creates when there is none.
pub(crate) async fn matching(
    call: &Call,
    resource_type: ResourceType,
    query: &str,
    document: Document,
    if_match: Option<i64>,
) -> Result<Answer, Error> {
    call.may(Action::Update, resource_type)?;
    let document = settled(call, document).await?;
    let _turn = conditional::turn([(resource_type, query)]).await;
    for _ in 0..conditional::TRIES_MAX {
        let looked = conditional::look(call, resource_type, query).await?;
        let found = looked.seen.as_ref();
        let change = matching_change(resource_type, found, document.clone(), if_match)?;
        match call.write_if(change, vec![looked.condition]).await {
            Ok(written) => return Ok(written_answer(call, &written, Returning::Representation)),
            Err(error) if error.is_overtaken() => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Overtaken)
}

/// The change a conditional PUT comes to. The match's id is put into a body without one.
fn matching_change(
    resource_type: ResourceType,
    found: Option<&Seen>,
    document: Document,
    if_match: Option<i64>,
) -> Result<Change, Error> {
    let own = document.root().text_at("id").map(|id| id.into_owned());
    match (found, own) {
        (Some(seen), Some(own)) if own == seen.id() => {
            change(resource_type, &own, document, if_match)
        }
        (Some(_), Some(_)) => Err(Error::value(
            "the id in the body is not the id of the resource that fits",
            &format!("{}.id", resource_type.name()),
        )),
        (Some(seen), None) => Ok(Change::Update {
            valid: checked(document, resource_type)?,
            id: seen.id().to_owned(),
            if_match,
        }),
        (None, Some(own)) => change(resource_type, &own, document, if_match),
        (None, None) => Ok(Change::Create {
            valid: checked(document, resource_type)?,
            id: None,
        }),
    }
}
