//! An Access as a predicate over rows: the visible set, before paging.

use crate::actor::{BreakGlass, Ticket};
use crate::constraint::{self, Content, Pair};
use crate::decide::{Scene, decide};
use crate::{Action, Actor, Facet, Redaction, ResourceFacts};
use fhir::ResourceType;
use fhir::search::Filter;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows visible to a caller: those that satisfy any clause. No clause, no rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    pub clauses: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// Whoever's, and nobody's.
    Any,
    /// No owner (`owner IS NULL`).
    Nobody,
    Is(String),
    In(Vec<String>),
    /// Somebody's, but none of these (rows without owner are not meant; the list may be empty).
    NotIn(Vec<String>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub owner: Owner,
    /// Facet numbers visible whatever their hold.
    pub facets: Vec<i64>,
    /// Facet numbers visible only while no hold is in force (`hold_until` null or past).
    pub facets_unless_held: Vec<i64>,
    /// Only these resource ids (a proxy's own RelatedPerson), if given.
    pub ids: Option<Vec<String>>,
    /// Only rows routed to these pools, if given.
    pub pools: Option<Vec<String>>,
    /// The redaction rows of this clause carry: a filter or sort on another parameter must not
    /// match them.
    pub redaction: Option<&'static crate::Redaction>,
    /// Only rows that pass these, as a search by them finds: what a granular scope is limited by.
    pub only: Vec<Filter>,
    /// The same as the scope has it.
    pub constraints: Vec<Pair>,
}

impl Rows {
    /// Whether one row is among those meant, `now_us` being the instant of the request in
    /// microseconds.
    pub fn contains(&self, facet: i64, facts: &ResourceFacts<'_>, now_us: i64) -> bool {
        self.clauses
            .iter()
            .any(|clause| clause.contains(facet, facts, now_us))
    }
}

impl Clause {
    /// Whether one row satisfies this clause.
    pub fn contains(&self, facet: i64, facts: &ResourceFacts<'_>, now_us: i64) -> bool {
        let owned = match (&self.owner, facts.owner) {
            (Owner::Any, _) | (Owner::Nobody, None) => true,
            (Owner::Is(id), Some(owner)) => id == owner,
            (Owner::In(ids), Some(owner)) => ids.iter().any(|id| id == owner),
            (Owner::NotIn(ids), Some(owner)) => !ids.iter().any(|id| id == owner),
            _ => false,
        };
        let held = facts.hold_until.is_some_and(|until| until > now_us);
        owned
            && (self.facets.contains(&facet) || (!held && self.facets_unless_held.contains(&facet)))
            && self
                .ids
                .as_ref()
                .is_none_or(|ids| ids.iter().any(|id| id == facts.id))
            && self
                .constraints
                .iter()
                .all(|pair| facts.content.meets(facts.facet.resource_type, pair))
            && self.pools.as_ref().is_none_or(|pools| {
                facts
                    .pool
                    .is_some_and(|pool| pools.iter().any(|p| p == pool))
            })
    }
}

/// An id no resource has: what stands for every resource but the caller's own.
const NO_ID: &str = "";
/// An owner nobody names, and a pool nobody is in.
const STRANGER: &str = "";

/// A redaction and the facet numbers seen with it: those always, those unless held.
type Seen = Vec<(Option<&'static Redaction>, Vec<i64>, Vec<i64>)>;

struct Probe<'a> {
    scene: &'a Scene,
    action: Action,
    facets: &'a [(i64, Arc<Facet>)],
    content: Content<'a>,
}

impl Probe<'_> {
    /// What decide says to each facet for one kind of row.
    fn see(&self, owner: Option<&str>, id: &str, pool: Option<&str>) -> Seen {
        let mut seen: Seen = Vec::new();
        for (number, facet) in self.facets {
            let facts = |hold_until| ResourceFacts {
                facet,
                id,
                owner,
                hold_until,
                pool,
                content: self.content,
            };
            let decision = decide(self.scene, self.action, &facts(None));
            if !decision.permits() {
                continue;
            }
            let always = facet.hold.is_none()
                || decide(self.scene, self.action, &facts(Some(i64::MAX))).permits();
            let at = seen
                .iter()
                .position(|(redaction, ..)| *redaction == decision.redaction)
                .unwrap_or_else(|| {
                    seen.push((decision.redaction, Vec::new(), Vec::new()));
                    seen.len() - 1
                });
            if let Some((_, free, unless_held)) = seen.get_mut(at) {
                if always { free } else { unless_held }.push(*number);
            }
        }
        seen
    }
}

fn push(rows: &mut Rows, owner: &Owner, seen: Seen, ids: Option<&str>, pools: Option<&[String]>) {
    for (redaction, facets, facets_unless_held) in seen {
        rows.clauses.push(Clause {
            owner: owner.clone(),
            facets,
            facets_unless_held,
            ids: ids.map(|id| vec![id.to_owned()]),
            pools: pools.map(<[String]>::to_vec),
            redaction,
            only: Vec::new(),
            constraints: Vec::new(),
        });
    }
}

/// The visible rows of a type among the facets given: exactly those for which `decide` permits.
pub(crate) fn rows(
    scene: &Scene,
    action: Action,
    resource_type: ResourceType,
    facets: &[(i64, Arc<Facet>)],
) -> Rows {
    let mut all = rows_of(scene, action, resource_type, facets, Content::Unknown);
    // What each scope limited by more than a category adds, to rows that are so.
    for constraints in limits(scene, action, resource_type) {
        let filters = constraints
            .iter()
            .map(|pair| constraint::filter(resource_type, pair));
        let Some(only) = filters.collect::<Option<Vec<Filter>>>() else {
            continue;
        };
        let content = Content::Assumed(&constraints);
        for clause in rows_of(scene, action, resource_type, facets, content).clauses {
            if all.clauses.contains(&clause) {
                continue;
            }
            all.clauses.push(Clause {
                only: only.clone(),
                constraints: constraints.clone(),
                ..clause
            });
        }
    }
    all
}

/// What the scopes for an act on a type are limited by beyond the category, each once.
fn limits(scene: &Scene, action: Action, resource_type: ResourceType) -> Vec<Vec<Pair>> {
    let mut all: Vec<Vec<Pair>> = Vec::new();
    let scopes = scene.standing.client.iter();
    for scope in scopes.flat_map(|client| &client.scopes.resources) {
        let pairs: Vec<Pair> = constraint::of_content(scope).cloned().collect();
        let speaks = scope.allows(action, resource_type.name());
        if speaks && !pairs.is_empty() && !all.contains(&pairs) {
            all.push(pairs);
        }
    }
    all
}

fn rows_of(
    scene: &Scene,
    action: Action,
    resource_type: ResourceType,
    facets: &[(i64, Arc<Facet>)],
    content: Content<'_>,
) -> Rows {
    let probe = Probe {
        scene,
        action,
        facets,
        content,
    };
    match &scene.standing.actor {
        Actor::Staff(staff) => staff_rows(&probe, &staff.pools),
        Actor::Backend => {
            let mut rows = Rows::default();
            push(
                &mut rows,
                &Owner::Any,
                probe.see(None, NO_ID, None),
                None,
                None,
            );
            rows
        }
        Actor::Organization { .. } => by_owner(&probe, None),
        Actor::Anonymous => Rows::default(),
        Actor::SelfPatient { .. }
        | Actor::Proxy { .. }
        | Actor::Guest { .. }
        | Actor::ShareLink(_) => personal_rows(&probe, resource_type),
    }
}

/// Rows of the one patient in context, of nobody, and the proxy's own relationship.
fn personal_rows(probe: &Probe<'_>, resource_type: ResourceType) -> Rows {
    let mut rows = Rows::default();
    let scene = probe.scene;
    if let Some(patient) = scene.patient() {
        let owner = Owner::Is(patient.id.clone());
        push(
            &mut rows,
            &owner,
            probe.see(Some(&patient.id), NO_ID, None),
            None,
            None,
        );
        if let Actor::Proxy { related_person, .. } = &scene.standing.actor
            && resource_type == ResourceType::RELATED_PERSON
        {
            let seen = probe.see(Some(&patient.id), related_person, None);
            push(&mut rows, &owner, seen, Some(related_person), None);
        }
    }
    if crate::class::treatment(resource_type).is_some_and(|t| t.readable_unowned) {
        push(
            &mut rows,
            &Owner::Nobody,
            probe.see(None, NO_ID, None),
            None,
            None,
        );
    }
    rows
}

/// Staff: the same by owner for what is routed to no pool of theirs, then what is routed to one.
fn staff_rows(probe: &Probe<'_>, pools: &[String]) -> Rows {
    let mut rows = by_owner(probe, None);
    if let Some(own) = pools.first() {
        let mut routed = by_owner(probe, Some(own));
        routed
            .clauses
            .retain(|clause| !rows.clauses.contains(clause));
        for clause in &mut routed.clauses {
            clause.pools = Some(pools.to_vec());
        }
        rows.clauses.append(&mut routed.clauses);
    }
    rows
}

/// What makes one owner's rows decide like another's: the same care team and chart, and no facts of
/// its own.
fn by_owner(probe: &Probe<'_>, pool: Option<&str>) -> Rows {
    let standing = &probe.scene.standing;
    let chart = standing
        .client
        .as_ref()
        .and_then(|client| client.patient.as_deref());
    let on_team = |owner: &str| match &standing.actor {
        Actor::Staff(staff) => staff.care_team_of.iter().any(|patient| patient == owner),
        _ => false,
    };
    // Owners that may differ from a stranger, sorted into those that cannot differ from each other.
    let mut named: BTreeMap<(bool, bool, Option<&str>), Vec<&str>> = BTreeMap::new();
    let (team, broken, tickets): (&[String], &[BreakGlass], &[Ticket]) = match &standing.actor {
        Actor::Staff(staff) => (&staff.care_team_of, &staff.break_glass, &staff.tickets),
        _ => (&[], &[], &[]),
    };
    let broken = broken.iter().filter_map(|glass| glass.patient.as_deref());
    let tickets = tickets.iter().filter_map(|one| one.patient.as_deref());
    let opened: Vec<&str> = broken.chain(tickets).collect();
    let own = standing.patient.as_ref().map(|patient| patient.id.as_str());
    let mut owners: Vec<&str> = team.iter().map(String::as_str).collect();
    owners.extend(standing.others.keys().map(String::as_str));
    owners.extend(&opened);
    owners.extend(chart);
    owners.extend(own);
    owners.sort_unstable();
    owners.dedup();
    for owner in &owners {
        let is_alone =
            standing.others.contains_key(*owner) || own == Some(owner) || opened.contains(owner);
        let alone = is_alone.then_some(*owner);
        named
            .entry((on_team(owner), chart == Some(owner), alone))
            .or_default()
            .push(owner);
    }
    let mut rows = Rows::default();
    let mut merged: Vec<(Seen, Vec<String>)> = Vec::new();
    for members in named.values() {
        let Some(first) = members.first() else {
            continue;
        };
        let seen = probe.see(Some(first), NO_ID, pool);
        let ids = members.iter().map(|&id| id.to_owned());
        match merged.iter_mut().find(|(other, _)| *other == seen) {
            Some((_, list)) => list.extend(ids),
            None => merged.push((seen, ids.collect())),
        }
    }
    let stranger = probe.see(Some(STRANGER), NO_ID, pool);
    let nobody = probe.see(None, NO_ID, pool);
    // Owners whose rows decide like a stranger's need not be named.
    merged.retain(|(seen, _)| *seen != stranger);
    if merged.is_empty() && stranger == nobody {
        push(&mut rows, &Owner::Any, stranger, None, None);
        return rows;
    }
    let mut different: Vec<String> = merged.iter().flat_map(|(_, ids)| ids.clone()).collect();
    different.sort_unstable();
    for (seen, ids) in merged {
        push(&mut rows, &Owner::In(ids), seen, None, None);
    }
    push(&mut rows, &Owner::NotIn(different), stranger, None, None);
    push(&mut rows, &Owner::Nobody, nobody, None, None);
    rows
}

/// Every row of the facets given: for the house's own chores.
pub(crate) fn everything(facets: &[(i64, Arc<Facet>)]) -> Rows {
    Rows {
        clauses: vec![Clause {
            owner: Owner::Any,
            facets: facets.iter().map(|(number, _)| *number).collect(),
            facets_unless_held: Vec::new(),
            ids: None,
            pools: None,
            redaction: None,
            only: Vec::new(),
            constraints: Vec::new(),
        }],
    }
}
