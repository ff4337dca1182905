//! `$graphql` (R4 GraphQL): a query read, answered and written in GraphQL's own form.

mod object;
mod output;
mod run;
mod values;

use axum::response::Response;
use fhir::graphql::{self, Fault};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use web::{
    Answer,
    body::{self, QueryBody},
};

use self::run::Run;
use super::{Address, missing};
use crate::{call::Call, error::Error, search::pairs};

/// A query as it came.
struct Asked {
    query: String,
    name: Option<String>,
    variables: Value,
}

/// Answers a query: of the whole system, or of one resource. What is wrong with it is told as
/// GraphQL tells it.
pub(super) async fn answer(
    call: &Call,
    address: &Address,
    method: &Method,
    body: Option<QueryBody>,
) -> Result<Response, Error> {
    let place = address.resource_type.zip(address.id.as_deref());
    // Who may not read the type hears so first, whatever the query is worth.
    if let Some((of, _)) = place {
        call.may(access::Action::Read, of)?;
    }
    let asked = read(address, method, body)?;
    let request = match graphql::parse(&asked.query) {
        Ok(request) => request,
        Err(fault) => return Ok(refusal(&fault)),
    };
    let operation = match request.operation(asked.name.as_deref()) {
        Ok(operation) => operation,
        Err(why) => return Ok(refusal_for(&why)),
    };
    if let Err(fault) = graphql::check(&request, operation, address.resource_type) {
        return Ok(refusal(&fault));
    }
    let variables = match values::variables(operation, &asked.variables) {
        Ok(variables) => variables,
        Err(why) => return Ok(refusal_for(&why)),
    };
    let mut run = Run::new(call, &request, variables);
    let text = match place {
        None => run.system(&operation.selections).await,
        Some((of, id)) => {
            let found = crate::read::find(call, of, id).await?;
            run.know(&found);
            run.resource(&found, &operation.selections).await
        }
    };
    Ok(respond(StatusCode::OK, text))
}

/// Not an entry of a Bundle: what it is answered with is no resource.
pub(super) async fn in_a_bundle(_: &super::Asked<'_>) -> Result<Answer, Error> {
    let text = "$graphql is asked by itself, not as an entry of a Bundle";
    Err(Error::value(text, "request.url"))
}

/// The query of a request. Errors: 400 for what holds none.
fn read(address: &Address, method: &Method, body: Option<QueryBody>) -> Result<Asked, Error> {
    let mut asked = Asked {
        query: String::new(),
        name: None,
        variables: Value::Null,
    };
    for (name, value) in pairs(&address.query)? {
        match name.as_str() {
            "query" => asked.query = value,
            "operationName" => asked.name = Some(value).filter(|name| !name.is_empty()),
            "variables" => {
                asked.variables = serde_json::from_str(&value)
                    .map_err(|_| Error::value("variables are a JSON object", "variables"))?;
            }
            _ => {}
        }
    }
    match body.filter(|_| *method == Method::POST) {
        None => {}
        Some(QueryBody::Query(text)) => asked.query = text,
        Some(QueryBody::Json(text)) => {
            let json: Value = serde_json::from_str(&text)
                .map_err(|fault| Error::value(format!("not JSON: {fault}"), "body"))?;
            if json["resourceType"] == "Parameters" {
                let parameters = json["parameter"].as_array().into_iter().flatten();
                let given = parameters.filter(|one| one["name"] == "query");
                let texts = given.filter_map(|one| one["valueString"].as_str());
                asked.query = texts.collect();
            } else {
                let text = |name: &str| json[name].as_str().map(str::to_owned);
                asked.query = text("query").unwrap_or_default();
                asked.name = text("operationName").filter(|name| !name.is_empty());
                asked.variables = json["variables"].clone();
            }
        }
    }
    match asked.query.trim().is_empty() {
        true => Err(missing("query", "what is asked for, in GraphQL")),
        false => Ok(asked),
    }
}

/// Reads the body of a posted query.
pub(super) async fn body(request: axum::extract::Request) -> Result<QueryBody, Response> {
    body::query(request).await
}

fn refusal(fault: &Fault) -> Response {
    let place = json!([{ "line": fault.line, "column": fault.column }]);
    let told = json!({ "errors": [{ "message": fault.message, "locations": place }] });
    respond(StatusCode::BAD_REQUEST, told.to_string())
}

fn refusal_for(why: &str) -> Response {
    let told = json!({ "errors": [{ "message": why }] });
    respond(StatusCode::BAD_REQUEST, told.to_string())
}

fn respond(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
