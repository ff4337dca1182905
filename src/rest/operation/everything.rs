//! `$everything` of patients and encounters (R4 Patient and Encounter operations).

use config::limits;
use fhir::{ResourceType, compartment};
use jiff::Timestamp;
use storage::Everything;
use web::{Answer, urls};

use super::Asked;
use crate::{error::Error, read};

/// A page of everything, what it is about first.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let compartment = asked.resource_type.ok_or(Error::Absent)?;
    if let Some(id) = asked.id {
        // Who may not see it learns the same as of one that is not there.
        read::find_part(asked.call, compartment, id).await?;
    }
    let inputs = &asked.inputs;
    let types = types(asked)?;
    let members = compartment::members(compartment).into_iter().flatten();
    let among = members.map(|(one, _)| *one);
    let left_out = match types.is_empty() {
        true => asked
            .call
            .left_out(among.filter(|one| *one != ResourceType::AUDIT_EVENT)),
        false => asked.call.left_out(types.iter().copied()),
    };
    let page = asked
        .call
        .records()
        .everything(&Everything {
            compartment,
            id: asked.id.map(str::to_owned),
            types,
            since: inputs.instant("_since"),
            start: inputs.instant("start"),
            end: end_of(inputs.text("end")),
            count: count(asked)?,
            included_max: limits::INCLUDED_RESOURCES_MAX,
            cursor: inputs.text("_cursor").map(str::to_owned),
            shown: urls::with_query("$everything", inputs.pairs()),
            action: storage::audit::Action::Search,
        })
        .await?;
    Ok(asked.page(&page, left_out.as_slice()))
}

/// The types of `_type`, each parameter holding one or several.
fn types(asked: &Asked<'_>) -> Result<Vec<ResourceType>, Error> {
    let names = asked.inputs.texts("_type").flat_map(|text| text.split(','));
    names
        .map(|name| {
            ResourceType::from_name(name.trim()).ok_or_else(|| {
                let shown: String = name.chars().take(64).collect();
                Error::value(format!("_type: {shown} is not a type of FHIR R4"), "_type")
            })
        })
        .collect()
}

fn count(asked: &Asked<'_>) -> Result<usize, Error> {
    let most = limits::PAGE_RESOURCES_MAX;
    match asked.inputs.whole("_count") {
        None => Ok(most),
        Some(count) => match usize::try_from(count) {
            Ok(count) if count > 0 => Ok(count.min(most)),
            _ => Err(Error::value(
                "_count must be a whole number above 0",
                "_count",
            )),
        },
    }
}

/// The first instant after a day (or month, or year).
fn end_of(text: Option<&str>) -> Option<Timestamp> {
    let covered = fhir::datetime::interval(text?)?;
    Timestamp::from_microsecond(covered.high).ok()
}
