//! Search across types: of the whole system, and of a compartment (R4 3.1.1.2, 3.1.1.3).

use access::Action;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use fhir::{
    Issue, IssueCode, ResourceType, compartment,
    reference::is_id,
    search::{self, Condition, Query, Within},
};
use http::{HeaderMap, StatusCode};
use web::{Answer, Caller, House, Wanted, body::FormBody, urls};

use crate::{
    call::{At, Call, named_type},
    error::Error,
    history,
    search::{bundle, pairs, parse, posted, respond},
};

/// Every type of a compartment, in an address.
const ALL: &str = "*";

/// What is searched, beyond one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    System,
    /// Of a resource; one type of member, or all.
    Compartment(ResourceType, String, Option<ResourceType>),
    /// What was, of a type or of all.
    History(Option<ResourceType>),
}

/// A place and what is asked there, still encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    place: Place,
    query: String,
}

/// `GET /?…`
pub async fn search_system(call: Call) -> Result<Response, Error> {
    let answer = answer(&call, &Place::System, &pairs(&call.query)?).await?;
    Ok(call.respond(answer))
}

/// `POST /_search`
pub async fn search_system_by_post(
    State(house): State<House>,
    Caller(access): Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Error> {
    let call = posted(house, access, headers, query, form)?;
    let found = asked(&call, Ok(Place::System)).await;
    Ok(respond(&call, found).await)
}

/// `GET /Type/id/Member?…` and `GET /Type/id/*?…`
pub async fn search_compartment(
    call: Call,
    At((name, id, member)): At<(String, String, String)>,
) -> Result<Response, Error> {
    let answer = asked(&call, compartment(&name, &id, &member)).await?;
    Ok(call.respond(answer))
}

/// `POST /Type/id/Member/_search` and `POST /Type/id/*/_search`
pub async fn search_compartment_by_post(
    State(house): State<House>,
    Caller(access): Caller,
    At((name, id, member)): At<(String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    FormBody(form): FormBody,
) -> Result<Response, Error> {
    let call = posted(house, access, headers, query, form)?;
    let found = asked(&call, compartment(&name, &id, &member)).await;
    Ok(respond(&call, found).await)
}

async fn asked(call: &Call, place: Result<Place, Error>) -> Result<Answer, Error> {
    answer(call, &place?, &pairs(&call.query)?).await
}

/// A GET of an entry of a Bundle that reaches beyond one type; `None` for any other address. One
/// that starts with `base` counts as relative.
pub(crate) fn target(url: &str, base: &str) -> Result<Option<Target>, Error> {
    let relative = url.strip_prefix(base).unwrap_or(url);
    let (path, query) = relative.split_once('?').unwrap_or((relative, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let place = match parts.as_slice() {
        [""] if !query.is_empty() => Place::System,
        ["_history"] => Place::History(None),
        [name, "_history"] => Place::History(Some(named_type(name)?)),
        [name, id, member] if *member != "_history" && !member.starts_with('$') => {
            compartment(name, id, member)?
        }
        _ => return Ok(None),
    };
    let query = query.to_owned();
    Ok(Some(Target { place, query }))
}

/// The answer to such a GET; its own query says how much is wanted.
pub(crate) async fn get(call: &Call, target: &Target) -> Result<Answer, Error> {
    let wanted = Wanted::read(&HeaderMap::new(), Some(&target.query))?;
    answer(&call.wanting(wanted), &target.place, &pairs(&target.query)?).await
}

/// The compartment an address names, and the member.
fn compartment(name: &str, id: &str, member: &str) -> Result<Place, Error> {
    let of = named_type(name)?;
    let member = match member {
        ALL => None,
        member => Some(named_type(member)?),
    };
    let known = match member {
        None => compartment::members(of).is_some(),
        Some(member) => Within::of(of, id, member).is_some(),
    };
    if !known {
        let text = match member {
            Some(member) => format!("{member} is not in the compartment of a {of}"),
            None => format!("there is no compartment of a {of}"),
        };
        let issue = Issue::error(IssueCode::NotSupported, text);
        return Err(Error::Invalid(vec![issue]));
    }
    if !is_id(id) {
        return Err(Error::Absent);
    }
    Ok(Place::Compartment(of, id.to_owned(), member))
}

/// One page of a search as a searchset Bundle.
pub(crate) async fn answer(
    call: &Call,
    place: &Place,
    pairs: &[(String, String)],
) -> Result<Answer, Error> {
    let base = call.base();
    let (address, types, compartment) = match place {
        Place::History(of) => {
            let of = of.map_or(history::Of::Everything, history::Of::Type);
            return history::answer(call, of, pairs).await;
        }
        Place::System => (format!("{base}/"), searchable(call, pairs, None)?, None),
        Place::Compartment(of, id, member) => {
            call.may(Action::Read, *of)?;
            let types = match member {
                Some(one) => {
                    call.may(Action::Search, *one)?;
                    vec![*one]
                }
                None => searchable(call, pairs, Some(*of))?,
            };
            // Whoever may not see the middle may not see that there is one.
            if !call.records().can_read(*of, id).await? {
                return Err(Error::Absent);
            }
            let last = member.map_or(ALL, ResourceType::name);
            let address = format!("{}/{last}", urls::instance(base, *of, id));
            (address, types, Some((*of, id.as_str())))
        }
    };
    let one = matches!(place, Place::Compartment(_, _, Some(_)));
    let queries = queries(call, &types, pairs, one).await?;
    let queries: Vec<Query> = match compartment {
        None => queries,
        Some((of, id)) => queries
            .into_iter()
            .filter_map(|query| within(query, of, id))
            .collect(),
    };
    let page = call.records().search_types(&queries).await?;
    let Some(mut first) = queries.into_iter().next() else {
        return Err(Error::Absent);
    };
    if !first.applied.iter().any(|(name, _)| name == "_type") && !one {
        first
            .ignored
            .extend(call.left_out(among(compartment.map(|(of, _)| of))));
    }
    let text = bundle(call, &address, &first, &page, &[]);
    Ok(Answer::text(StatusCode::OK, text))
}

fn within(mut query: Query, of: ResourceType, id: &str) -> Option<Query> {
    let within = Within::of(of, id, query.resource_type)?;
    query.filters.push(Condition::Within(within));
    Some(query)
}

/// The types `_type` names, all of which must be open to the caller; or else all that are, of the
/// system or of a compartment. The trail of who looked at what is searched by name only: each look
/// at it makes it longer.
fn searchable(
    call: &Call,
    pairs: &[(String, String)],
    of: Option<ResourceType>,
) -> Result<Vec<ResourceType>, Error> {
    let named = search::types(pairs).map_err(|issue| Error::Invalid(vec![issue]))?;
    for one in &named {
        call.may(Action::Search, *one)?;
        if of.is_some_and(|of| Within::of(of, "", *one).is_none()) {
            let text = format!("{one} is not in the compartment");
            return Err(Error::value(text, "_type"));
        }
    }
    if !named.is_empty() {
        return Ok(named);
    }
    let open = |t: &ResourceType| call.access.may(Action::Search, *t).is_ok();
    let types: Vec<ResourceType> = among(of).filter(open).collect();
    match types.first() {
        Some(_) => Ok(types),
        // No scope opens any type: the refusal of one is as good as another's.
        None => {
            call.may(Action::Search, ResourceType::PATIENT)?;
            Err(Error::Absent)
        }
    }
}

/// What a search that names no type goes through.
fn among(of: Option<ResourceType>) -> impl Iterator<Item = ResourceType> {
    let inside = move |t: ResourceType| of.is_none_or(|of| Within::of(of, "", t).is_some());
    ResourceType::all().filter(move |t| *t != ResourceType::AUDIT_EVENT && inside(*t))
}

/// The query in the form each type gives it: what is asked must mean something to all of them.
async fn queries(
    call: &Call,
    types: &[ResourceType],
    pairs: &[(String, String)],
    one: bool,
) -> Result<Vec<Query>, Error> {
    let (named, rest): (Vec<_>, Vec<_>) = pairs
        .iter()
        .cloned()
        .partition(|(name, _)| name == "_type" && !one);
    let mut queries: Vec<Query> = Vec::with_capacity(types.len());
    for one in types {
        let mut query = parse(call, *one, &rest).await?;
        query.applied.splice(0..0, named.iter().cloned());
        let alike = |first: &Query| first.filters.len() == query.filters.len();
        if !queries.first().is_none_or(alike) {
            // Lenient handling left out for one type what it kept for another.
            return Err(Error::value(
                "only parameters common to all types can be searched by; name types with _type",
                "_type",
            ));
        }
        queries.push(query);
    }
    Ok(queries)
}
