//! Registration by the software statement of a trust community's member (UDAP Security section 3): new, changed
//! or cancelled.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};
use smart::udap::{Asks, Statement};
use smart::{Error, ErrorCode};
use storage::clients::{Client, Kind};
use storage::enrolments::Enrolment;
use web::House;
use workflows::community::{self, Change};

use super::failure;
use crate::error::{Failure, json as answer};

/// Answers a request that has the member `udap`.
pub(super) async fn made(house: &House, members: &Map<String, Value>) -> Result<Response, Failure> {
    let text = software_statement(members)?;
    let statement = read(house, text)?;
    let now = house.clock.now();
    let used = format!("statement:{}", statement.uri);
    let clients = house.storage.clients();
    let fresh = clients.use_assertion(&used, &statement.id, statement.expires, now);
    if !fresh.await? {
        let text = "software_statement: it was used before; sign a new one with a new jti";
        return Err(Failure::new(ErrorCode::InvalidSoftwareStatement, text));
    }
    let enrolment = Enrolment {
        community: statement.community,
        uri: statement.uri,
    };
    let (metadata, grant_types, contacts) = match statement.asks {
        Asks::Cancellation => {
            let ended = community::cancel(&house.storage, &enrolment).await;
            return match ended.map_err(failure)? {
                Some(client) => Ok(told(StatusCode::OK, cancelled(&client, text))),
                None => {
                    let text = "grant_types: nothing is registered here that could be cancelled";
                    Err(Failure::new(ErrorCode::InvalidClientMetadata, text))
                }
            };
        }
        Asks::Registration {
            metadata,
            grant_types,
            contacts,
        } => (metadata, grant_types, contacts),
    };
    let made = community::register(&house.storage, &enrolment, *metadata, now).await;
    let (client, status) = match made.map_err(failure)? {
        Change::New(client) => (client, StatusCode::CREATED),
        Change::Modified(client) => (client, StatusCode::OK),
        Change::Barred => {
            let text = "software_statement: this organization has disabled the app; ask its administrators";
            return Err(Failure::new(ErrorCode::UnapprovedSoftwareStatement, text));
        }
    };
    Ok(told(
        status,
        described(&client, text, &grant_types, &contacts),
    ))
}

fn told(status: StatusCode, members: Value) -> Response {
    answer(status, members.to_string())
}

/// The statement of a request that says it is of this version of UDAP. Certifications are passed over:
/// none is supported (section 3.3).
fn software_statement(members: &Map<String, Value>) -> Result<&str, Error> {
    let invalid = |text: &str| Error::new(ErrorCode::InvalidClientMetadata, text);
    if members.get("udap").and_then(Value::as_str) != Some("1") {
        return Err(invalid("udap: is the text 1"));
    }
    let unsound = |all: &Value| {
        all.as_array()
            .is_none_or(|all| all.iter().any(|one| !one.is_string()))
    };
    if members.get("certifications").is_some_and(unsound) {
        return Err(invalid("certifications: is a list of JWTs"));
    }
    let statement = members.get("software_statement").and_then(Value::as_str);
    statement.ok_or_else(|| {
        let text = "software_statement: send the signed JWT with all that is asked for in it";
        Error::new(ErrorCode::InvalidSoftwareStatement, text)
    })
}

fn read(house: &House, text: &str) -> Result<Statement, Error> {
    let Some(membership) = house.udap.membership() else {
        let text = "software_statement: this server is a member of no UDAP trust community";
        return Err(Error::new(ErrorCode::UnapprovedSoftwareStatement, text));
    };
    let endpoint = format!("{}/oauth2/register", house.base_url);
    let now = house.clock.now();
    // A client signs by its own clock; one that knows of a moved clock may follow ours.
    let theirs = house.clock.outside(now);
    Statement::read(text, &endpoint, &membership, theirs)
        .or_else(|first| Statement::read(text, &endpoint, &membership, now).map_err(|_| first))
        .map_err(|fault| fault.error())
}

/// RFC 7591 section 3.2.1, with the statement as it came.
fn described(client: &Client, statement: &str, grants: &[String], contacts: &[String]) -> Value {
    let mut members = json!({
        "client_id": client.id,
        "client_id_issued_at": client.created.as_second(),
        "software_statement": statement,
        "client_name": client.name,
        "grant_types": grants,
        "token_endpoint_auth_method": "private_key_jwt",
        "contacts": contacts,
        "scope": client.scopes,
    });
    if let (Some(members), false) = (members.as_object_mut(), client.kind == Kind::Backend) {
        members.insert("redirect_uris".to_owned(), json!(client.redirect_uris));
        members.insert("response_types".to_owned(), json!(["code"]));
        let pages = [
            ("logo_uri", &client.logo_uri),
            ("client_uri", &client.client_uri),
            ("policy_uri", &client.policy_uri),
            ("tos_uri", &client.tos_uri),
        ];
        for (name, page) in pages {
            if let Some(page) = page {
                members.insert(name.to_owned(), json!(page));
            }
        }
    }
    members
}

/// Without grant types: the client knows by this that it is registered no longer.
fn cancelled(client: &Client, statement: &str) -> Value {
    json!({
        "client_id": client.id,
        "software_statement": statement,
        "client_name": client.name,
        "grant_types": [],
        "token_endpoint_auth_method": "private_key_jwt",
    })
}
