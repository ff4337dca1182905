//! search-type, by GET and by POST (R4 3.1.1).

use access::{Access, Action};
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use config::limits;
use fhir::{
    Issue, IssueCode, ResourceType, Severity,
    search::{self, Query, Settings},
};
use http::{HeaderMap, StatusCode};
use storage::SearchPage;
use web::request_id::RequestId;
use web::{
    Answer, Caller, House, Wanted,
    body::FormBody,
    bundles::{Searchset, searchset},
    format::Dress,
    urls,
};

use crate::{
    call::{At, Call, named_type},
    contained,
    error::Error,
    shipped::{self, Shipped},
};

/// `GET /Type?…`
pub async fn search(call: Call, At(name): At<String>) -> Result<Response, Error> {
    let pairs = pairs(&call.query)?;
    let answer = answer(&call, named_type(&name)?, &pairs).await?;
    Ok(call.respond(answer))
}

/// `POST /Type/_search`, parameters in the form, the address, or both.
pub async fn search_by_post(
    State(house): State<House>,
    Caller(access): Caller,
    At(name): At<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Error> {
    let call = posted(house, access, headers, query, form)?;
    let found = by_form(&call, &name).await;
    Ok(respond(&call, found).await)
}

/// A call whose parameters are in a form, the address, or both. Errors: 406.
pub(crate) fn posted(
    house: House,
    access: Access,
    headers: HeaderMap,
    query: Option<String>,
    form: String,
) -> Result<Call, Error> {
    let all = match query.as_deref() {
        None | Some("") => form,
        Some(query) if form.is_empty() => query.to_owned(),
        Some(query) => format!("{query}&{form}"),
    };
    let wanted = Wanted::read(&headers, Some(&all))?;
    Ok(Call {
        house,
        access,
        wanted,
        request_id: RequestId::of(&headers),
        headers,
        query: all,
    })
}

/// The answer to a posted search, or why there is none, in the form wanted.
pub(crate) async fn respond(call: &Call, found: Result<Answer, Error>) -> Response {
    match found {
        Ok(answer) => call.respond(answer),
        Err(error) => {
            // The form may name the format, which no layer looks into.
            let (format, indented) = (call.wanted.format, call.wanted.pretty);
            let dress = Dress { format, indented };
            dress.on(error.into_response()).await
        }
    }
}

async fn by_form(call: &Call, name: &str) -> Result<Answer, Error> {
    answer(call, named_type(name)?, &pairs(&call.query)?).await
}

/// Decodes a query. Errors: 400 naming the parameter that holds a NUL.
pub(crate) fn pairs(query: &str) -> Result<Vec<(String, String)>, Error> {
    urls::pairs(query).map_err(|name| Error::value("a value may not hold a NUL character", &name))
}

/// Parses and checks a query. Errors: one issue per parameter at fault.
pub(crate) async fn parse(
    call: &Call,
    resource_type: ResourceType,
    pairs: &[(String, String)],
) -> Result<Query, Error> {
    let posted = call.house.storage.posted().await?;
    let settings = Settings {
        base: call.base(),
        handling: call.wanted.handling,
        count_default: limits::PAGE_RESOURCES_DEFAULT,
        count_max: limits::PAGE_RESOURCES_MAX,
        clauses_max: limits::SEARCH_CLAUSES_MAX,
        posted: Some(&posted),
        include_rounds_max: limits::INCLUDE_ROUNDS_MAX,
        included_max: limits::INCLUDED_RESOURCES_MAX,
    };
    search::parse(resource_type, pairs, &settings).map_err(Error::Invalid)
}

/// One page of a search as a searchset Bundle.
pub(crate) async fn answer(
    call: &Call,
    resource_type: ResourceType,
    pairs: &[(String, String)],
) -> Result<Answer, Error> {
    if let Some(asked) = contained::wish(pairs)? {
        return contained::answer(call, resource_type, asked).await;
    }
    call.may(Action::Search, resource_type)?;
    let query = parse(call, resource_type, pairs).await?;
    let page = call.records().search(&query).await?;
    let address = format!("{}/{}", call.base(), resource_type.name());
    let also = shipped::found(call, &query, pairs);
    let text = bundle(call, &address, &query, &page, &also);
    Ok(Answer::text(StatusCode::OK, text))
}

/// The Bundle of a page of a search at an address.
pub(crate) fn bundle(
    call: &Call,
    address: &str,
    query: &Query,
    page: &SearchPage,
    also: &[Shipped],
) -> bytes::Bytes {
    let applied = query.applied.iter();
    let pairs = applied.map(|(name, value)| (name.as_str(), value.as_str()));
    let self_link = urls::with_query(address, pairs.clone());
    let next_link = page.next.as_deref().map(|cursor| {
        let others = pairs.filter(|(name, _)| *name != "_cursor");
        urls::with_query(address, others.chain([("_cursor", cursor)]))
    });
    let mut notes = query.ignored.clone();
    if page.estimated {
        notes.push(Issue {
            severity: Severity::Information,
            ..Issue::error(IssueCode::Informational, "Bundle.total is an estimate")
        });
    }
    searchset(&Searchset {
        base: call.base(),
        now: call.access.now(),
        matches: &page.matches,
        included: &page.included,
        scores: &page.scores,
        parts: &[],
        shipped: also,
        total: page.total.map(|total| total + also.len() as u64),
        self_link,
        next_link,
        ignored: &notes,
        summary: query.summary,
        elements: &query.elements,
    })
}

/// An issue for a query that names nothing to search by, where one is needed.
pub(crate) fn no_criteria(at: &str) -> Error {
    Error::Invalid(vec![
        Issue::error(
            IssueCode::Required,
            "at least one search parameter is needed here",
        )
        .at(at),
    ])
}
