//! transaction: all entries or none (R4 3.1.0.11.2).
//!
//! Conditions are looked up and ids given first, then references are rewritten, everything is
//! validated, and one
//! write applies it all: DELETE, POST, PUT. GET entries read what came of it.

mod intent;
mod references;

use std::collections::HashMap;

use fhir::{Document, Issue, bundle::Entry};
use storage::{Change, Written};
use web::{Answer, negotiate::Returning};

use crate::{
    across, batch,
    call::{Call, checked},
    conditional,
    create::{found_answer, written_answer},
    error::{Error, in_entry},
    update,
};
use intent::Intent;

/// Runs a transaction; the answers stand in the order of the entries.
pub(crate) async fn run(call: &Call, entries: Vec<Entry>) -> Result<Vec<Answer>, Error> {
    let _turn = conditional::turn(entries.iter().filter_map(intent::condition)).await;
    let mut intents = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        let intent = intent::of(call, entry).await;
        intents.push(intent.map_err(|error| error.in_entry(number))?);
    }
    let mut targets = references::targets(&entries, &intents);
    references::resolve_conditional(call, &entries, &intents, &mut targets).await?;
    let planned = plan(entries, &intents, &targets)?;
    let order: Vec<usize> = planned.iter().map(|(number, _)| *number).collect();
    let changes = planned.into_iter().map(|(_, change)| change).collect();
    let written = write(call, changes, &order).await?;
    let mut by_entry: HashMap<usize, Written> = order.into_iter().zip(written).collect();
    let mut answers = Vec::with_capacity(intents.len());
    for (number, intent) in intents.iter().enumerate() {
        answers.push(match (intent, by_entry.remove(&number)) {
            (Intent::Delete { .. }, Some(written)) => Answer::empty(http::StatusCode::NO_CONTENT)
                .of_version(written.version, written.updated),
            (_, Some(written)) => written_answer(call, &written, Returning::Minimal),
            (Intent::Exists(seen), None) => found_answer(call, seen),
            (Intent::Get(target), None) => match batch::get(call, target).await {
                Ok(answer) => answer,
                Err(error) => error.into_answer(),
            },
            (Intent::GetAcross(target), None) => match across::get(call, target).await {
                Ok(answer) => answer,
                Err(error) => error.into_answer(),
            },
            (Intent::Operate(asked), None) => {
                let (address, entry) = &**asked;
                match batch::operate(call, address, entry.clone()).await {
                    Ok(answer) => answer,
                    Err(error) => error.into_answer(),
                }
            }
            (_, None) => Answer::empty(http::StatusCode::NO_CONTENT),
        });
    }
    Ok(answers)
}

async fn write(call: &Call, changes: Vec<Change>, order: &[usize]) -> Result<Vec<Written>, Error> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let count = changes.len();
    let written = call.records().write(changes).await.map_err(|error| {
        let number = match &error {
            storage::Error::Write(fault) => order.get(fault.change).copied(),
            _ => None,
        };
        match number {
            Some(number) => Error::from(error).in_entry(number),
            None => error.into(),
        }
    })?;
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
    entries: Vec<Entry>,
    intents: &[Intent],
    targets: &HashMap<String, String>,
) -> Result<Vec<(usize, Change)>, Error> {
    let mut planned = Vec::with_capacity(entries.len());
    let mut faults: Vec<Issue> = Vec::new();
    for (number, (entry, intent)) in entries.into_iter().zip(intents).enumerate() {
        match change(entry.resource, intent, targets) {
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
        Change::Update { .. } => 2,
    });
    Ok(planned)
}

fn change(
    resource: Option<Document>,
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
        } => update::change(*resource_type, id, body()?, *if_match)?,
        Intent::Update {
            resource_type,
            id,
            if_match,
            own_id: false,
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
        | Intent::Nothing
        | Intent::Get(_)
        | Intent::GetAcross(_)
        | Intent::Operate(_) => {
            return Ok(None);
        }
    }))
}
