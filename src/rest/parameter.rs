//! What keeps a SearchParameter from being searched by where others are needed for it: the components
//! of a composite one.

use fhir::{Issue, ResourceType, search::posted};
use storage::Change;

use crate::{call::Call, error::Error};

/// The faults of each change that stores a composite SearchParameter whose components are neither
/// the standard's, nor stored, nor among the changes; with the number of the change.
///
/// # Errors
/// When the parameters there are cannot be read.
pub(crate) async fn unresolved(
    call: &Call,
    changes: &[Change],
) -> Result<Vec<(usize, Vec<Issue>)>, Error> {
    let stored = changes.iter().enumerate();
    let stored: Vec<(usize, fhir::Valid)> = stored
        .filter_map(|(number, change)| Some((number, of(change)?)))
        .collect();
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = posted::PostedParams::clone(&*call.house.storage.posted().await?);
    for (_, valid) in &stored {
        known.add(valid.document().root());
    }
    let faults = stored.iter().map(|(number, valid)| {
        let root = valid.document().root();
        (*number, posted::resolve(root, &known))
    });
    Ok(faults.filter(|(_, faults)| !faults.is_empty()).collect())
}

fn of(change: &Change) -> Option<fhir::Valid> {
    match change {
        Change::Create { valid, .. } | Change::Update { valid, .. }
            if valid.resource_type() == ResourceType::SEARCH_PARAMETER =>
        {
            Some(valid.clone())
        }
        _ => None,
    }
}
