//! Operations (R4 3.2): from a request, or an entry of a Bundle, to the one that runs it.

mod access_log;
mod address;
mod audit_roots;
mod billing;
mod definition;
mod dispatch;
mod docref;
mod document;
mod emergency;
mod ending;
mod everything;
mod expand;
mod explain;
mod expunge;
mod family;
mod found;
mod graphql;
mod index_status;
mod lastn;
mod launch;
mod lookup;
mod matching;
mod meta;
mod notices;
mod opening;
mod parameters;
mod privacy;
mod release;
mod sharing;
mod stats;
mod subsumes;
mod terms;
mod tickets;
mod translate;
mod validate;
mod validate_code;
mod view_as;
mod work;

use axum::{
    body::HttpBody as _,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use fhir::{
    Document, Issue, IssueCode, ResourceType,
    operation::{self, Body, Inputs, Operation},
    search::Handling,
};
use http::{Method, StatusCode};
use storage::{SearchPage, Seen};
use web::{
    Answer, FhirBody,
    bundles::{Searchset, searchset},
    urls,
};

use crate::{call::Call, error::Error, search::pairs};

pub(crate) use address::Address;
pub(crate) use definition::{CHANGED, shipped};

/// One invocation, its inputs read and checked.
pub(crate) struct Asked<'a> {
    pub call: &'a Call,
    pub operation: &'static Operation,
    /// The type it was invoked on; `None` for the whole system.
    pub resource_type: Option<ResourceType>,
    /// The resource it was invoked on. It need not exist, nor be visible.
    pub id: Option<&'a str>,
    pub inputs: Inputs,
    /// Parameters that lenient handling passed over, in words.
    pub ignored: Vec<String>,
    /// Nothing may be stored.
    pub by_get: bool,
}

impl Asked<'_> {
    /// A text that was said, or nothing.
    fn said(&self, input: &str) -> &str {
        self.inputs.text(input).unwrap_or_default()
    }

    /// The address it was invoked at, without query.
    pub fn address(&self) -> String {
        let mut out = self.call.base().to_owned();
        for part in [self.resource_type.map(ResourceType::name), self.id] {
            out.extend(part.iter().flat_map(|part| ["/", part]));
        }
        format!("{out}/${}", self.operation.code)
    }

    /// What was found as a searchset, all of it on this page.
    pub fn searchset(&self, matches: &[Seen]) -> Answer {
        let page = SearchPage {
            matches: matches.to_vec(),
            total: Some(matches.len() as u64),
            ..SearchPage::default()
        };
        self.page(&page, &[])
    }

    /// A page as a searchset, with what is to be said of it; the link to the next one repeats the inputs.
    pub fn page(&self, page: &SearchPage, notes: &[Issue]) -> Answer {
        let address = self.address();
        let pairs: Vec<(&str, &str)> = self.inputs.pairs().collect();
        let next_link = page.next.as_deref().map(|cursor| {
            let others = pairs.iter().copied().filter(|(name, _)| *name != "_cursor");
            urls::with_query(&address, others.chain([("_cursor", cursor)]))
        });
        let wanted = &self.call.wanted;
        let text = searchset(&Searchset {
            base: self.call.base(),
            now: self.call.access.now(),
            matches: &page.matches,
            included: &page.included,
            scores: &page.scores,
            parts: &[],
            shipped: &[],
            total: page.total,
            self_link: urls::with_query(&address, pairs.iter().copied()),
            next_link,
            ignored: notes,
            summary: wanted.summary,
            elements: &wanted.elements,
        });
        Answer::text(StatusCode::OK, text)
    }

    /// Parameters with one value named `return`, such as `valueMeta` and its JSON.
    pub fn returned(&self, member: &str, json: &str) -> Answer {
        let text = format!(
            "{{\"resourceType\":\"Parameters\",\"parameter\":[{{\"name\":\"return\",\"{member}\":{json}}}]}}"
        );
        Answer::text(StatusCode::OK, text)
    }
}

/// `GET` or `POST` on an address that ends with `$name`.
pub async fn operate(call: Call, method: Method, request: Request) -> Result<Response, Response> {
    let uri = request.uri().clone();
    if uri.path().ends_with("/$graphql") || uri.path().ends_with("/%24graphql") {
        return ask(&call, &method, request).await;
    }
    let body = match method {
        Method::GET | Method::HEAD => None,
        _ if request.body().is_end_stream() => None,
        _ => Some(FhirBody::from_request(request, &()).await?.0),
    };
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let path = path.strip_prefix("/fhir").unwrap_or(path);
    let answer = async {
        let address = Address::parse(path, call.base())?.ok_or(Error::Absent)?;
        run(&call, &address, &method, body).await
    };
    match answer.await {
        Ok(answer) => Ok(call.respond(answer)),
        Err(error) => Err(error.into_response()),
    }
}

/// A query in GraphQL: its body and its answer are no resources.
async fn ask(call: &Call, method: &Method, request: Request) -> Result<Response, Response> {
    let uri = request.uri().clone();
    let body = match *method == Method::POST && !request.body().is_end_stream() {
        true => Some(graphql::body(request).await?),
        false => None,
    };
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let path = path.strip_prefix("/fhir").unwrap_or(path);
    let answer = async {
        let address = Address::parse(path, call.base())?.ok_or(Error::Absent)?;
        address.operation()?;
        graphql::answer(call, &address, method, body).await
    };
    answer.await.map_err(IntoResponse::into_response)
}

/// Runs an operation, also as an entry of a Bundle. Errors: 404 for one we do not have, 405 for one
/// that must be posted, 400 for inputs at fault.
pub(crate) async fn run(
    call: &Call,
    address: &Address,
    method: &Method,
    body: Option<Document>,
) -> Result<Answer, Error> {
    let operation = address.operation()?;
    if operation.affects_state && method != Method::POST {
        let text = format!("${} changes something: it must be posted", operation.code);
        return Err(Error::WrongMethod(text));
    }
    dispatch::may(call, operation, address.resource_type)?;
    let body = match body {
        Some(document) => Body::of(document, operation, address.resource_type),
        None => Body::Nothing,
    };
    let mut query = pairs(&address.query)?;
    let ignored = pass_over(call, operation, &mut query);
    let inputs = operation::read(operation, &query, body).map_err(Error::Invalid)?;
    let asked = Asked {
        call,
        operation,
        resource_type: address.resource_type,
        id: address.id.as_deref(),
        inputs,
        ignored,
        by_get: method != Method::POST,
    };
    dispatch::run(&asked).await
}

/// Takes parameters out that an export does not know, where its client would rather have it without
/// them than not at all. Other operations refuse them.
fn pass_over(call: &Call, operation: &Operation, query: &mut Vec<(String, String)>) -> Vec<String> {
    let mut ignored = Vec::new();
    if call.wanted.handling == Handling::Lenient && operation.code == "export" {
        query.retain(|(name, _)| {
            let known = operation.input(name).is_some() || operation::shapes_the_answer(name);
            if !known {
                let shown: String = name.chars().take(64).collect();
                ignored.push(format!("{shown} is not a parameter of $export; ignored"));
            }
            known
        });
    }
    ignored
}

/// An input that is needed here though the standard leaves it open.
pub(crate) fn missing(input: &str, why: &str) -> Error {
    let text = format!("{input} is missing: {why}");
    Error::Invalid(vec![Issue::error(IssueCode::Required, text).at(input)])
}
