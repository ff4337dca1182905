//! What another policy pack would change for the people in the database: who gains, who loses, in
//! numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::actor::RelationshipKind;
use access::class::treatment;
use access::{Access, Actor, Effect, Pack, Standing};
use jiff::Timestamp;
use serde::Serialize;
use storage::Storage;
use storage::records::Counted;
use storage::standing::WayIn;

/// Two packs and the instant they are compared at.
#[derive(Debug, Clone)]
pub struct Trial {
    pub before: Arc<Pack>,
    pub after: Arc<Pack>,
    pub now: Timestamp,
}

/// What changes for one kind of people in one data class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Ways into a chart that would show more.
    pub gain: u64,
    /// Ways into a chart that would show less.
    pub lose: u64,
    /// Resources that would be shown (more of), summed over those ways.
    pub resources_gained: u64,
    pub resources_lost: u64,
}

/// The outcome of a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Ways into a chart looked at, by kind of people.
    pub looked_at: BTreeMap<&'static str, u64>,
    /// By kind of people and data class; only what changes.
    pub changes: BTreeMap<(&'static str, &'static str), Count>,
}

/// Tries both packs on every patient and everybody who acts for one. `seen` is told how many ways
/// into charts have been looked at.
///
/// # Errors
/// When the database cannot be asked.
pub async fn simulate(
    storage: &Storage,
    trial: &Trial,
    mut seen: impl FnMut(u64),
) -> Result<Report, storage::Error> {
    let population = storage.population();
    let mut report = Report::default();
    let mut after = i64::MIN;
    while let Some((ways, last)) = population.patients(after).await? {
        look(storage, trial, &ways, &mut report).await?;
        seen(report.looked_at.values().sum());
        after = last;
    }
    after = i64::MIN;
    while let Some((ways, last)) = population.proxies(after, trial.now).await? {
        look(storage, trial, &ways, &mut report).await?;
        seen(report.looked_at.values().sum());
        after = last;
    }
    Ok(report)
}

async fn look(
    storage: &Storage,
    trial: &Trial,
    ways: &[WayIn],
    report: &mut Report,
) -> Result<(), storage::Error> {
    for way in ways {
        let counted = storage.population().counted(&way.patient).await?;
        weigh(trial, way, &counted, report);
    }
    Ok(())
}

/// One way into one chart under both packs.
fn weigh(trial: &Trial, way: &WayIn, counted: &[Counted], report: &mut Report) {
    let kind = kind(&way.standing);
    *report.looked_at.entry(kind).or_default() += 1;
    let open = |pack: &Arc<Pack>| Access::open(way.standing.clone(), pack.clone(), trial.now).ok();
    let (before, after) = (open(&trial.before), open(&trial.after));
    let mut of_class: BTreeMap<&'static str, Count> = BTreeMap::new();
    for one in counted {
        let (was, is) = (
            shown(before.as_ref(), one, &way.patient),
            shown(after.as_ref(), one, &way.patient),
        );
        let Some(treatment) = treatment(one.resource_type) else {
            continue;
        };
        let rows = u64::try_from(one.count).unwrap_or_default();
        let count = of_class.entry(treatment.class.name()).or_default();
        if is > was {
            count.resources_gained += rows;
        } else if is < was {
            count.resources_lost += rows;
        }
    }
    for (class, count) in of_class {
        if count == Count::default() {
            continue;
        }
        let total = report.changes.entry((kind, class)).or_default();
        total.gain += u64::from(count.resources_gained > 0);
        total.lose += u64::from(count.resources_lost > 0);
        total.resources_gained += count.resources_gained;
        total.resources_lost += count.resources_lost;
    }
}

/// Nothing, a part, all.
fn shown(access: Option<&Access>, counted: &Counted, patient: &str) -> u8 {
    let decided = access.map(|access| counted.decide(access, patient).effect);
    match decided {
        None | Some(Effect::Deny) => 0,
        Some(Effect::PermitRedacted) => 1,
        Some(Effect::Permit) => 2,
    }
}

fn kind(standing: &Standing) -> &'static str {
    match (&standing.actor, &standing.relationship) {
        (Actor::SelfPatient { .. }, _) => "patient",
        (_, None) => "somebody else",
        (_, Some(relationship)) => match relationship.kind {
            RelationshipKind::Parent => "parent",
            RelationshipKind::Guardian => "guardian",
            RelationshipKind::Adult => "adult proxy",
            RelationshipKind::PersonalRepresentative => "personal representative",
            RelationshipKind::EstateRepresentative => "estate representative",
            RelationshipKind::DiminishedCapacity => "caregiver",
        },
    }
}
