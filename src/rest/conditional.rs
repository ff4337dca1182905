//! Conditions: finding the one resource a query names (R4 3.1.0.4.1, 3.1.0.5.3, 3.1.0.7.1).

use std::hash::{DefaultHasher, Hash, Hasher};

use access::Action;
use fhir::{ResourceType, search::Summary};
use storage::{Condition, Seen};
use tokio::sync::{Mutex, MutexGuard};

use crate::{
    call::Call,
    error::Error,
    search::{no_criteria, pairs, parse},
};

/// How many conditions may be at work at once, unless two share a place.
const PLACES: usize = 64;
static PLACE: [Mutex<()>; PLACES] = [const { Mutex::const_new(()) }; PLACES];

/// What is held from looking until the write is done.
pub(crate) type Turn = Vec<MutexGuard<'static, ()>>;

/// Waits until nobody else here is between looking for one of these conditions (`Type?query`) and
/// writing: of two that look at once, both would find nothing and both would create.
pub(crate) async fn turn<'a>(
    conditions: impl IntoIterator<Item = (ResourceType, &'a str)>,
) -> Turn {
    let mut wanted: Vec<usize> = conditions
        .into_iter()
        .map(|condition| {
            let mut hasher = DefaultHasher::new();
            condition.hash(&mut hasher);
            usize::try_from(hasher.finish() % PLACES as u64).unwrap_or_default()
        })
        .collect();
    // In one order everywhere, so that nobody waits in a circle.
    wanted.sort_unstable();
    wanted.dedup();
    let mut turn = Vec::with_capacity(wanted.len());
    for place in wanted.into_iter().filter_map(|place| PLACE.get(place)) {
        turn.push(place.lock().await);
    }
    turn
}

/// How often something conditional is decided anew when others came between.
pub(crate) const TRIES_MAX: usize = 10;

/// What a condition found, and the condition for the write that follows from it.
pub(crate) struct Looked {
    pub seen: Option<Seen>,
    pub condition: Condition,
}

/// The one resource among those the caller may see that fits. Errors: 412 when several do.
pub(crate) async fn find_one(
    call: &Call,
    resource_type: ResourceType,
    query: &str,
) -> Result<Option<Seen>, Error> {
    Ok(look(call, resource_type, query).await?.seen)
}

/// The same, with what makes a write depend on it. Conditions are always strict: an unknown
/// parameter would silently widen them.
pub(crate) async fn look(
    call: &Call,
    resource_type: ResourceType,
    query: &str,
) -> Result<Looked, Error> {
    let mut looked = look_for(call, resource_type, query, 1).await?;
    Ok(Looked {
        seen: looked.seen.pop(),
        condition: looked.condition,
    })
}

/// All that fit, and the condition for the write that follows from it.
pub(crate) struct LookedForAll {
    pub seen: Vec<Seen>,
    pub condition: Condition,
}

/// The same for up to `most` resources. Errors: 412 when more fit.
pub(crate) async fn look_for(
    call: &Call,
    resource_type: ResourceType,
    query: &str,
    most: usize,
) -> Result<LookedForAll, Error> {
    let query = query.strip_prefix('?').unwrap_or(query);
    // Some clients write the type into the condition too.
    let named = query.strip_prefix(resource_type.name());
    let query = named
        .and_then(|rest| rest.strip_prefix('?'))
        .unwrap_or(query);
    call.may(Action::Search, resource_type)?;
    let call = call.wanting(web::Wanted::default());
    let mut parsed = parse(&call, resource_type, &pairs(query)?).await?;
    if parsed.filters.is_empty() {
        return Err(no_criteria(query));
    }
    parsed.count = most + 1;
    parsed.cursor = None;
    parsed.sort.clear();
    parsed.includes.clear();
    parsed.elements.clear();
    parsed.summary = Summary::False;
    parsed.total = Some(fhir::search::Total::None);
    let page = call.records().search(&parsed).await?;
    let seen = page.matches;
    if seen.len() > most {
        return Err(match most {
            1 => Error::SeveralMatches(query.to_owned()),
            _ => Error::TooManyMatches(most),
        });
    }
    let found = seen.iter().map(|seen| seen.id().to_owned()).collect();
    Ok(LookedForAll {
        seen,
        condition: Condition {
            query: parsed,
            found,
        },
    })
}
