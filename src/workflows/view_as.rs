//! Seeing a chart as somebody else would: what the rules leave of it for a person or an app, at any
//! instant, and when that changes by itself.

use std::collections::BTreeMap;

use access::offer::type_title;
use access::{Access, Action, Actor, Facet, ResourceFacts};
use fhir::ResourceType;
use jiff::Timestamp;
use storage::audit::{self, Event};
use storage::records::Counted;
use storage::standing::{Grantee, GranteeKind};
use storage::{Error, Storage};

use crate::access_log::spaced;

/// Changes told at most.
const CHANGES_MAX: usize = 8;
/// Instants looked at in search of them.
const INSTANTS_MAX: usize = 64;

/// Whether the caller may see a patient's chart as others do: the patient, the house's own people
/// who may read the patient's consents, and whoever acts for the patient as themself.
pub fn may_view(access: &Access, patient: &str, grantee: Option<&Grantee>) -> bool {
    if let Actor::Proxy { related_person, .. } = &access.standing().actor {
        let own = |one: &Grantee| one.kind == GranteeKind::Person && one.id == *related_person;
        return grantee.is_some_and(own);
    }
    let facet = Facet::plain(ResourceType::CONSENT);
    let facts = ResourceFacts::some(&facet, patient);
    access.decide(Action::Search, &facts).permits()
}

/// How much of one type is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub resource_type: ResourceType,
    pub title: String,
    /// Resources seen, and how many there are for the eyes of whoever asks.
    pub seen: i64,
    pub of: i64,
    /// Only parts of each are seen.
    pub redacted: bool,
}

/// What `grantee` sees of a chart; nothing where there is none, for it is not let in.
pub fn sight(census: &[Counted], grantee: Option<&Access>, patient: &str) -> Vec<Share> {
    let mut shares: BTreeMap<String, Share> = BTreeMap::new();
    for counted in census {
        let name = counted.resource_type.name();
        let title = type_title(name).map_or_else(|| spaced(name), str::to_owned);
        let share = shares.entry(title.clone()).or_insert(Share {
            resource_type: counted.resource_type,
            title,
            seen: 0,
            of: 0,
            redacted: false,
        });
        share.of += counted.count;
        let decision = grantee.map(|grantee| counted.decide(grantee, patient));
        if let Some(decision) = decision.filter(access::Decision::permits) {
            share.seen += counted.count;
            share.redacted |= decision.redaction.is_some();
        }
    }
    shares.into_values().collect()
}

/// An instant at which somebody begins to see more or less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub at: Timestamp,
    /// Resources seen from then on that were not, and the other way round.
    pub more: i64,
    pub less: i64,
}

/// What changes by itself after `from`, as far as it can be foreseen. `open`: the grantee at an
/// instant.
pub fn changes(
    census: &[Counted],
    patient: &str,
    from: Timestamp,
    open: &dyn Fn(Timestamp) -> Option<Access>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut now = from;
    let mut before = sight(census, open(now).as_ref(), patient);
    for _ in 0..INSTANTS_MAX {
        let Some(next) = next_instant(census, open(now).as_ref(), now) else {
            break;
        };
        let after = sight(census, open(next).as_ref(), patient);
        let pairs = before.iter().zip(&after);
        let moved = pairs.clone().map(|(was, is)| is.seen - was.seen);
        let more: i64 = moved.clone().filter(|by| *by > 0).sum();
        let less: i64 = moved.filter(|by| *by < 0).map(|by| -by).sum();
        let redacted = before
            .iter()
            .zip(&after)
            .any(|(was, is)| was.redacted != is.redacted);
        if more > 0 || less > 0 || redacted {
            changes.push(Change {
                at: next,
                more,
                less,
            });
        }
        if changes.len() == CHANGES_MAX {
            break;
        }
        (now, before) = (next, after);
    }
    changes
}

/// The next instant at which an answer may be another.
fn next_instant(census: &[Counted], grantee: Option<&Access>, now: Timestamp) -> Option<Timestamp> {
    let holds = census.iter().filter_map(Counted::held_until);
    let holds = holds.filter_map(|at| Timestamp::from_microsecond(at).ok());
    let holds = holds.filter(|at| *at > now);
    let own = grantee.and_then(Access::valid_until);
    own.into_iter().chain(holds).min()
}

/// Records that somebody looked.
pub fn record(storage: &Storage, access: &Access, patient: &str, grantee: &Grantee) {
    let kind = match grantee.kind {
        GranteeKind::Person => "RelatedPerson",
        GranteeKind::App => "Consent",
    };
    storage.audit(Event {
        at: access.now(),
        action: audit::Action::ViewAs,
        permitted: true,
        reason: "VIEW_AS".to_owned(),
        agent: access.agent(Some(patient)).clone(),
        patient: Some(patient.to_owned()),
        entity: Some(kind.to_owned()),
        query: None,
        request_id: None,
    });
}

/// A chart as one of its grantees sees it.
#[derive(Debug, Clone)]
pub struct View {
    /// They are let in at all.
    pub open: bool,
    pub shares: Vec<Share>,
    pub changes: Vec<Change>,
}

/// What `grantee` sees at `at`, of what the caller may see, and what changes after that.
///
/// # Errors
/// When the database cannot be asked.
pub async fn view(
    storage: &Storage,
    access: &Access,
    patient: &str,
    at: Timestamp,
    open: &(dyn Fn(Timestamp) -> Option<Access> + Sync),
) -> Result<View, Error> {
    let census = storage.records(access).census(patient).await?;
    let then = open(at);
    Ok(View {
        open: then.is_some(),
        shares: sight(&census, then.as_ref(), patient),
        changes: changes(&census, patient, at, &|at| open(at)),
    })
}
