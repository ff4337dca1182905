//! Search in contained resources (`_contained`, `_containedType`; R4 3.1.1.5.5).

use std::collections::BTreeSet;

use access::Action;
use fhir::{
    Issue, IssueCode, ResourceType,
    search::{self, Condition, Contained, Query, Subject, Summary, Total},
};
use http::StatusCode;
use storage::{SearchPage, Seen};
use web::{
    Answer,
    bundles::{Searchset, searchset},
    urls,
};

use crate::{call::Call, error::Error, search::parse};

/// What is asked of contained resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Resources that stand for themselves are searched too.
    both: bool,
    /// The contained resources are answered with, not their containers.
    parts: bool,
}

type Pairs = Vec<(String, String)>;

/// Takes `_contained` and `_containedType` out of a query; `None` where contained resources are not
/// searched. Errors: values there are not.
pub(crate) fn wish(pairs: &[(String, String)]) -> Result<Option<(Wish, Pairs, Pairs)>, Error> {
    let ours = |(name, _): &&(String, String)| name.starts_with("_contained");
    let (mut asked, mut parts) = (None, false);
    for (name, value) in pairs.iter().filter(ours) {
        match (name.as_str(), value.as_str()) {
            ("_contained", "false") => asked = None,
            ("_contained", "true") => asked = Some(false),
            ("_contained", "both") => asked = Some(true),
            ("_contained", _) => return Err(Error::value("must be true, false or both", name)),
            ("_containedType", "container") => parts = false,
            ("_containedType", "contained") => parts = true,
            ("_containedType", _) => {
                return Err(Error::value("must be container or contained", name));
            }
            _ => {
                let text = format!("search parameter {name} is unknown");
                let issue = Issue::error(IssueCode::NotSupported, text);
                return Err(Error::Invalid(vec![issue]));
            }
        }
    }
    let Some(both) = asked else { return Ok(None) };
    let (own, rest) = pairs.iter().cloned().partition(|pair| ours(&pair));
    Ok(Some((Wish { both, parts }, own, rest)))
}

/// One page of resources of any type that contain what is asked for, or of what they contain.
pub(crate) async fn answer(
    call: &Call,
    of: ResourceType,
    (wish, own, rest): (Wish, Pairs, Pairs),
) -> Result<Answer, Error> {
    call.may(Action::Search, of)?;
    let mut query = parse(call, of, &rest).await?;
    check(&query, wish)?;
    query.applied.splice(0..0, own);
    let asked = Contained {
        resource_type: of,
        condition: Box::new(Condition::All(query.filters.clone())),
    };
    let mut types = call.records().holder_types(of).await?;
    types.retain(|one| call.access.may(Action::Search, *one).is_ok());
    let queries = queries(&query, &asked, &types, wish);
    let page = call.records().search_types(&queries).await?;
    let parts = match (wish.parts, queries.first()) {
        (true, Some(_)) => parts(call, (&query, wish), &asked, &page, &rest).await?,
        _ => Vec::new(),
    };
    let address = format!("{}/{}", call.base(), of.name());
    Ok(Answer::text(
        StatusCode::OK,
        bundle(call, &address, &query, &page, &parts),
    ))
}

/// Errors: what cannot be asked of contained resources.
fn check(query: &Query, wish: Wish) -> Result<(), Error> {
    let refuse = |name: &str, why: &str| {
        let text = format!("search parameter {name}: {why}");
        let issue = Issue::error(IssueCode::NotSupported, text);
        Err(Error::Invalid(vec![issue.at(name)]))
    };
    if !query.filters.iter().all(is_own) {
        let why = "contained resources are searched by parameters of their own only, not by chains, \
                   words, lists, _lastUpdated or parameters that were posted";
        return refuse("_contained", why);
    }
    let timed = |by: &Subject| matches!(by, Subject::LastUpdated | Subject::Id);
    if !query.sort.iter().all(|sort| timed(&sort.by)) {
        return refuse(
            "_sort",
            "with _contained the order is by _lastUpdated or _id",
        );
    }
    if !query.includes.is_empty() {
        return refuse("_include", "nothing is included with _contained");
    }
    let shortened = query.summary != Summary::False || !query.elements.is_empty();
    if wish.parts && shortened && query.summary != Summary::Count {
        return refuse("_summary", "contained resources are answered with whole");
    }
    Ok(())
}

/// Whether a condition looks at nothing but the resource's own index rows.
fn is_own(condition: &Condition) -> bool {
    match condition {
        Condition::Filter(filter) => match filter.param {
            Subject::Param(param) => search::param(param.resource_type, param.code)
                .is_some_and(|known| known.id == param.id),
            Subject::Id => true,
            Subject::LastUpdated | Subject::Text => false,
        },
        Condition::All(parts) | Condition::Any(parts) => parts.iter().all(is_own),
        Condition::Not(inner) => is_own(inner),
        _ => false,
    }
}

/// The query as each type of container has it, and the plain one where both are wanted.
fn queries(query: &Query, asked: &Contained, types: &[ResourceType], wish: Wish) -> Vec<Query> {
    let of = query.resource_type;
    let inside = || Condition::Contained(asked.clone());
    let mut queries: Vec<Query> = types
        .iter()
        .map(|one| Query {
            resource_type: *one,
            filters: match wish.both && *one == of {
                true => vec![Condition::Any(vec![
                    Condition::All(query.filters.clone()),
                    inside(),
                ])],
                false => vec![inside()],
            },
            ..query.clone()
        })
        .collect();
    if wish.both && !types.contains(&of) {
        queries.push(query.clone());
    }
    queries
}

/// For each match the ids of what it contains that fits; of one that fits itself, none and itself.
async fn parts(
    call: &Call,
    (query, wish): (&Query, Wish),
    asked: &Contained,
    page: &SearchPage,
    rest: &[(String, String)],
) -> Result<Vec<Vec<Option<String>>>, Error> {
    let inside = Query {
        filters: vec![Condition::Contained(asked.clone())],
        ..query.clone()
    };
    let found = call.records().inside(&inside, &page.matches).await?;
    let of = query.resource_type;
    let own = |seen: &Seen| wish.both && seen.resource_type() == of;
    let doubtful: Vec<&str> = (page.matches.iter().zip(&found))
        .filter(|(seen, ids)| own(seen) && !ids.is_empty())
        .map(|(seen, _)| seen.id())
        .collect();
    let mut themselves: BTreeSet<String> = BTreeSet::new();
    if !doubtful.is_empty() {
        let mut pairs: Pairs = rest.to_vec();
        pairs.retain(|(name, _)| !matches!(name.as_str(), "_cursor" | "_sort" | "_total"));
        pairs.push(("_id".to_owned(), doubtful.join(",")));
        let query = parse(call, of, &pairs).await?;
        let page = call.records().search(&query).await?;
        themselves.extend(page.matches.iter().map(|seen| seen.id().to_owned()));
    }
    let entries = page.matches.iter().zip(found).map(|(seen, ids)| {
        let itself = (own(seen) && ids.is_empty()) || themselves.contains(seen.id());
        let whole = itself.then_some(None);
        whole.into_iter().chain(ids.into_iter().map(Some)).collect()
    });
    Ok(entries.collect())
}

fn bundle(
    call: &Call,
    address: &str,
    query: &Query,
    page: &SearchPage,
    parts: &[Vec<Option<String>>],
) -> bytes::Bytes {
    let applied = query.applied.iter();
    let pairs = applied.map(|(name, value)| (name.as_str(), value.as_str()));
    let next_link = page
        .next
        .as_deref()
        .map(|cursor| urls::with_query(address, pairs.clone().chain([("_cursor", cursor)])));
    // Containers are counted, which is not how many there are inside.
    let shown: usize = parts.iter().map(Vec::len).sum();
    let whole = query.cursor.is_none() && page.next.is_none();
    let total = match (parts.is_empty(), whole && query.total != Some(Total::None)) {
        (true, _) => page.total,
        (false, true) => u64::try_from(shown).ok(),
        (false, false) => None,
    };
    searchset(&Searchset {
        base: call.base(),
        now: call.access.now(),
        matches: &page.matches,
        included: &page.included,
        scores: &page.scores,
        parts,
        shipped: &[],
        total,
        self_link: urls::with_query(address, pairs.clone()),
        next_link,
        ignored: &query.ignored,
        summary: query.summary,
        elements: &query.elements,
    })
}
