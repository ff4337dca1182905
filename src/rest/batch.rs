//! batch: each entry on its own (R4 3.1.0.11.1); and the door that tells batch from transaction.

use axum::response::Response;
use config::limits::BUNDLE_ENTRIES_MAX;
use fhir::{
    Issue, IssueCode,
    bundle::{self, Entry, Kind, Method},
};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use web::{Answer, FhirBody, Wanted, bundles, maintenance, negotiate::Returning, reply};

use crate::{
    across,
    call::{Call, parse_etag},
    create, delete,
    error::Error,
    history, metadata, operation,
    patch::{self, Patch},
    read, search,
    target::{self, Place, Target},
    transaction, update,
};

/// How many entries of a batch run at the same time.
const ENTRIES_AT_ONCE: usize = 8;

/// `POST /`
pub async fn bundle(whole: Call, FhirBody(document): FhirBody) -> Result<Response, Error> {
    let bundle = bundle::parse(&document).map_err(Error::Invalid)?;
    drop(document);
    if bundle.entries.len() > BUNDLE_ENTRIES_MAX {
        let text = format!("a Bundle may hold at most {BUNDLE_ENTRIES_MAX} entries");
        let issue = Issue::error(IssueCode::TooCostly, text).at("Bundle.entry");
        return Err(Error::Invalid(vec![issue]));
    }
    if let Some(refusal) =
        maintenance::of_bundle(&whole.house, &bundle.entries, whole.base()).await?
    {
        return Ok(refusal);
    }
    // Inside a Bundle the resources come back only when asked for.
    let call = whole.wanting(Wanted {
        returning: whole.wanted.returning.or(Some(Returning::Minimal)),
        ..whole.wanted.clone()
    });
    let (kind, answers) = match bundle.kind {
        Kind::Batch => ("batch-response", run(&call, bundle.entries).await),
        Kind::Transaction => (
            "transaction-response",
            transaction::run(&call, bundle.entries).await?,
        ),
        _ => {
            let text = "only a batch or a transaction can be posted here";
            return Err(Error::value(text, "Bundle.type"));
        }
    };
    let text = bundles::response_bundle(kind, call.access.now(), &answers);
    Ok(whole.respond(Answer::text(StatusCode::OK, text)))
}

async fn run(call: &Call, entries: Vec<Entry>) -> Vec<Answer> {
    stream::iter(entries.into_iter().enumerate())
        .map(|(number, entry)| async move {
            match answer(call, entry).await {
                Ok(answer) => answer,
                Err(error) => {
                    call.note_refused(number, &error);
                    error.into_answer()
                }
            }
        })
        .buffered(ENTRIES_AT_ONCE)
        .collect()
        .await
}

async fn answer(call: &Call, entry: Entry) -> Result<Answer, Error> {
    if !entry.faults.is_empty() {
        return Err(Error::Invalid(entry.faults));
    }
    if let Some(fetched) = fetch(call, &entry).await? {
        return Ok(as_asked(fetched, &entry));
    }
    let target = target::parse(&entry.url, call.base())?;
    let if_match = entry.if_match.as_deref().map(parse_etag).transpose()?;
    let resource_type = target.resource_type;
    match (entry.method, &target.place, entry.resource) {
        (Some(Method::Post), Place::Type, Some(body)) => {
            let condition = entry.if_none_exist.as_deref();
            create::answer(call, resource_type, body, condition).await
        }
        (Some(Method::Put), Place::Instance(id), Some(body)) => {
            update::answer(call, resource_type, id, body, if_match).await
        }
        (Some(Method::Put), Place::Type, Some(body)) => {
            update::matching(call, resource_type, &target.query, body, if_match).await
        }
        (Some(Method::Patch), Place::Instance(id), Some(body)) => {
            let patch = Patch::of_entry(body)?;
            patch::answer(call, resource_type, id, &patch, if_match).await
        }
        (Some(Method::Patch), Place::Type, Some(body)) => {
            let patch = Patch::of_entry(body)?;
            patch::matching(call, resource_type, &target.query, &patch, if_match).await
        }
        (Some(Method::Delete), Place::Instance(id), _) => {
            delete::answer(call, resource_type, id, if_match).await
        }
        (Some(Method::Delete), Place::Type, _) => {
            delete::matching(call, resource_type, &target.query, if_match).await
        }
        _ => Err(impossible(&entry.url)),
    }
}

/// What is read, searched for or worked out rather than written; `None` for an entry that writes.
async fn fetch(call: &Call, entry: &Entry) -> Result<Option<Answer>, Error> {
    if let Some(address) = operation::Address::parse(&entry.url, call.base())? {
        return operate(call, &address, entry).await.map(Some);
    }
    let relative = entry.url.strip_prefix(call.base()).unwrap_or(&entry.url);
    let (path, query) = relative.split_once('?').unwrap_or((relative, ""));
    let path = path.trim_matches('/');
    match entry.method {
        Some(Method::Get | Method::Head) if path == "metadata" => {
            return metadata::answer(&call.house, query).await.map(Some);
        }
        Some(Method::Get | Method::Head) => {}
        // The criteria of a search that is posted stand in its address.
        Some(Method::Post) if path.ends_with("/_search") => {}
        _ => return Ok(None),
    }
    if let Some(target) = across::target(&entry.url, call.base())? {
        return across::get(call, &target).await.map(Some);
    }
    let target = target::parse(&entry.url, call.base())?;
    get(call, &target).await.map(Some)
}

/// HEAD is answered without the resource, and what the client has already is not sent again.
pub(crate) fn as_asked(answer: Answer, entry: &Entry) -> Answer {
    let mut known = HeaderMap::new();
    let if_none_match = entry.if_none_match.as_deref();
    if let Some(value) = if_none_match.and_then(|text| HeaderValue::from_str(text).ok()) {
        known.insert(header::IF_NONE_MATCH, value);
    }
    let since = entry.if_modified_since.as_deref();
    let since = since.and_then(|text| text.parse().ok());
    if let Some(value) = since.and_then(reply::http_date) {
        known.insert(header::IF_MODIFIED_SINCE, value);
    }
    let answer = answer.unless_known(&known);
    match entry.method {
        Some(Method::Head) => answer.without_body(),
        _ => answer,
    }
}

/// An operation as an entry.
pub(crate) async fn operate(
    call: &Call,
    address: &operation::Address,
    entry: &Entry,
) -> Result<Answer, Error> {
    let method = match entry.method {
        Some(Method::Get | Method::Head) => http::Method::GET,
        Some(Method::Post) => http::Method::POST,
        _ => return Err(impossible(&entry.url)),
    };
    let wanted = Wanted::read(&HeaderMap::new(), Some(&address.query))?;
    operation::run(
        &call.wanting(wanted),
        address,
        &method,
        entry.resource.clone(),
    )
    .await
}

/// A method and an address that do not go together.
pub(crate) fn impossible(url: &str) -> Error {
    let shown: String = url.chars().take(100).collect();
    let text = format!("this method is not possible at {shown}");
    Error::Invalid(vec![
        Issue::error(IssueCode::NotSupported, text).at("request.method"),
    ])
}

/// A GET inside a batch or transaction; its own query says how much is wanted.
pub(crate) async fn get(call: &Call, target: &Target) -> Result<Answer, Error> {
    let wanted = Wanted::read(&HeaderMap::new(), Some(&target.query))?;
    let call = &call.wanting(wanted);
    let resource_type = target.resource_type;
    match &target.place {
        Place::Type => search::answer(call, resource_type, &search::pairs(&target.query)?).await,
        Place::Instance(id) => read::answer(call, resource_type, id).await,
        Place::Version(id, version) => {
            read::version_answer(call, resource_type, id, *version).await
        }
        Place::History(id) => {
            let of = history::Of::One(resource_type, id);
            history::answer(call, of, &search::pairs(&target.query)?).await
        }
    }
}
