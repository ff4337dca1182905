//! transaction: all entries or none (R4 3.1.0.11.2).
//!
//! Conditions are looked up and ids given first, then references are rewritten, everything is
//! validated, and one write applies it all: DELETE, POST, PUT and PATCH. GET entries read what came
//! of it.

mod intent;
mod references;

use std::collections::HashMap;

use fhir::{
    Document, Issue,
    bundle::{Entry, Method},
};
use storage::{Change, Condition, WriteFaultKind, Written};
use web::{Answer, negotiate::Returning};

use crate::{
    across, batch,
    call::{Call, checked},
    conditional,
    create::{found_answer, written_answer},
    delete::deleted_answer,
    error::{Error, in_entry},
    parameter, update,
};
use intent::{Intent, Looks};
pub(crate) use references::settled;

/// Runs a transaction; the answers stand in the order of the entries.
pub(crate) async fn run(call: &Call, entries: Vec<Entry>) -> Result<Vec<Answer>, Error> {
    let _turn = conditional::turn(entries.iter().filter_map(intent::condition)).await;
    if !entries.iter().any(intent::may_be_overtaken) {
        return attempt(call, &entries).await;
    }
    for _ in 0..conditional::TRIES_MAX {
        match attempt(call, &entries).await {
            Err(error) if error.is_overtaken() => {}
            ended => return ended,
        }
    }
    Err(Error::Overtaken)
}

async fn attempt(call: &Call, entries: &[Entry]) -> Result<Vec<Answer>, Error> {
    let mut looks = Looks::default();
    let mut intents = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        let intent = intent::of(call, (number, entry), &mut looks).await;
        intents.push(intent.map_err(|error| error.in_entry(number))?);
    }
    let mut targets = references::targets(entries, &intents);
    references::resolve_conditional(call, entries, &intents, &mut targets).await?;
    let planned = plan(entries, &intents, &targets)?;
    let order: Vec<usize> = planned.iter().map(|(number, _)| *number).collect();
    let changes = planned.into_iter().map(|(_, change)| change).collect();
    let written = write(call, entries, changes, &order, looks.conditions).await?;
    let by_entry: HashMap<usize, Written> = order.into_iter().zip(written).collect();
    let mut answers = Vec::with_capacity(intents.len());
    for (number, (intent, entry)) in intents.iter().zip(entries).enumerate() {
        answers.push(answer(call, intent, entry, number, &by_entry).await);
    }
    Ok(answers)
}

async fn answer(
    call: &Call,
    intent: &Intent,
    entry: &Entry,
    number: usize,
    by_entry: &HashMap<usize, Written>,
) -> Answer {
    let fetched = match (intent, by_entry.get(&number)) {
        (Intent::Delete { .. }, Some(written)) => return deleted_answer(written),
        (Intent::DeleteAll { ids, .. }, Some(written)) if ids.len() == 1 => {
            return deleted_answer(written);
        }
        (Intent::DeleteAll { .. }, _) => return Answer::empty(http::StatusCode::NO_CONTENT),
        (_, Some(written)) => return written_answer(call, written, Returning::Minimal),
        (Intent::Exists(seen), None) => return found_answer(call, seen),
        (Intent::Twin { of, .. }, None) => match by_entry.get(of) {
            Some(written) => {
                let found = Written {
                    created: false,
                    ..written.clone()
                };
                return written_answer(call, &found, Returning::Minimal);
            }
            None => Err(Error::House("an entry lost what it stands for")),
        },
        (Intent::Get(target), None) => batch::get(call, target).await,
        (Intent::GetAcross(target), None) => across::get(call, target).await,
        (Intent::Operate(address), None) => batch::operate(call, address, entry).await,
        (_, None) => return Answer::empty(http::StatusCode::NO_CONTENT),
    };
    match fetched {
        Ok(answer) => batch::as_asked(answer, entry),
        Err(error) => {
            call.note_refused(number, &error);
            error.into_answer()
        }
    }
}

async fn write(
    call: &Call,
    entries: &[Entry],
    changes: Vec<Change>,
    order: &[usize],
    conditions: Vec<Condition>,
) -> Result<Vec<Written>, Error> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let unresolved = parameter::unresolved(call, &changes).await?.into_iter();
    let unresolved: Vec<Issue> = unresolved
        .filter_map(|(change, faults)| Some((*order.get(change)?, faults)))
        .flat_map(|(number, faults)| faults.into_iter().map(move |issue| in_entry(number, issue)))
        .collect();
    if !unresolved.is_empty() {
        return Err(Error::Invalid(unresolved));
    }
    let count = changes.len();
    let written = call.records().write_if(changes, conditions).await;
    let written = written.map_err(|mut error| {
        let number = match &error {
            storage::Error::Write(fault) => order.get(fault.change).copied(),
            _ => None,
        };
        let entry = number.and_then(|number| entries.get(number));
        let patches =
            entry.is_some_and(|e| e.method == Some(Method::Patch) && e.if_match.is_none());
        if let storage::Error::Write(fault) = &mut error
            && matches!(fault.kind, WriteFaultKind::VersionConflict { .. })
            && patches
        {
            // The client named no version: the patch is applied to the one there is by now.
            fault.kind = WriteFaultKind::ConditionChanged;
        }
        match number {
            Some(number) => Error::from(error).in_entry(number),
            None => error.into(),
        }
    })?;
    call.follow(&written).await?;
    if written.len() == count {
        Ok(written)
    } else {
        Err(Error::House(
            "a write answered for fewer changes than asked",
        ))
    }
}

/// The changes in the order they are applied, each with its entry's number. Errors: every
/// fault of every resource.
fn plan(
    entries: &[Entry],
    intents: &[Intent],
    targets: &HashMap<String, String>,
) -> Result<Vec<(usize, Change)>, Error> {
    let mut planned = Vec::with_capacity(entries.len());
    let mut faults: Vec<Issue> = Vec::new();
    for (number, (entry, intent)) in entries.iter().zip(intents).enumerate() {
        if let Intent::DeleteAll {
            resource_type,
            ids,
            if_match,
        } = intent
        {
            let all = ids.iter().map(|id| Change::Delete {
                resource_type: *resource_type,
                id: id.clone(),
                if_match: *if_match,
            });
            planned.extend(all.map(|change| (number, change)));
            continue;
        }
        match change(entry.resource.as_ref(), intent, targets) {
            Ok(Some(change)) => planned.push((number, change)),
            Ok(None) => {}
            Err(Error::Invalid(issues)) => {
                faults.extend(issues.into_iter().map(|issue| in_entry(number, issue)));
            }
            Err(error) => return Err(error.in_entry(number)),
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    planned.sort_by_key(|(_, change)| match change {
        Change::Delete { .. } => 0,
        Change::Create { .. } => 1,
        Change::Update { .. } | Change::Relabel { .. } => 2,
    });
    Ok(planned)
}

fn change(
    resource: Option<&Document>,
    intent: &Intent,
    targets: &HashMap<String, String>,
) -> Result<Option<Change>, Error> {
    let body = || {
        let resource = resource.ok_or(Error::House("an entry lost its resource"))?;
        references::rewritten(resource, targets)
    };
    Ok(Some(match intent {
        Intent::Create { resource_type, id } => Change::Create {
            valid: checked(body()?, *resource_type)?,
            id: Some(id.clone()),
        },
        Intent::Update {
            resource_type,
            id,
            if_match,
            own_id: true,
            patched,
        } => {
            let body = match patched {
                Some(patched) => references::rewritten(patched, targets)?,
                None => body()?,
            };
            update::change(*resource_type, id, body, *if_match)?
        }
        Intent::Update {
            resource_type,
            id,
            if_match,
            own_id: false,
            ..
        } => Change::Update {
            valid: checked(body()?, *resource_type)?,
            id: id.clone(),
            if_match: *if_match,
        },
        Intent::Delete {
            resource_type,
            id,
            if_match,
        } => Change::Delete {
            resource_type: *resource_type,
            id: id.clone(),
            if_match: *if_match,
        },
        Intent::Exists(_)
        | Intent::Twin { .. }
        | Intent::DeleteAll { .. }
        | Intent::Get(_)
        | Intent::GetAcross(_)
        | Intent::Operate(_) => {
            return Ok(None);
        }
    }))
}
