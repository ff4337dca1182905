//! `$hold-release`, `$end-hold`, `$preview-release`: when results reach the patient, and what a parent will see.

use access::Actor;
use serde_json::Value;
use storage::records::Previewed;
use web::Answer;
use workflows::holds::{self, Desk, Hold};

use super::{Asked, missing, parameters};
use crate::error::Error;

/// `{type}/{id}/$hold-release`
pub(super) async fn hold(asked: &Asked<'_>) -> Result<Answer, Error> {
    let (Some(resource_type), Some(id)) = (asked.resource_type, asked.id) else {
        return Err(Error::House("a hold is on a resource"));
    };
    let until = asked.inputs.text("until");
    let until = until.ok_or_else(|| missing("until", "a hold has an end"))?;
    let zone = asked.call.access.pack().zone();
    let until = access::time::end_instant(until, zone);
    let until = until.ok_or_else(|| Error::value("this is no dateTime", "until"))?;
    let hold = Hold {
        reason: asked.inputs.text("reason").unwrap_or_default(),
        harm: asked.inputs.text("harm"),
        until,
        note: asked.inputs.text("note").unwrap_or_default(),
    };
    let desk = desk(asked);
    let held = holds::hold(&desk, (resource_type, id), &hold).await?;
    Ok(parameters::answer(&[parameters::count("held", held)]))
}

/// `{type}/{id}/$end-hold`
pub(super) async fn end(asked: &Asked<'_>) -> Result<Answer, Error> {
    let (Some(resource_type), Some(id)) = (asked.resource_type, asked.id) else {
        return Err(Error::House("a hold is on a resource"));
    };
    let released = holds::release(&desk(asked), (resource_type, id)).await?;
    Ok(parameters::answer(&[parameters::flag(
        "released", released,
    )]))
}

fn desk<'a>(asked: &'a Asked<'_>) -> Desk<'a> {
    Desk {
        storage: &asked.call.house.storage,
        access: &asked.call.access,
    }
}

/// `{type}/{id}/$preview-release`
pub(super) async fn preview(asked: &Asked<'_>) -> Result<Answer, Error> {
    let (Some(resource_type), Some(id)) = (asked.resource_type, asked.id) else {
        return Err(Error::House("a preview is of a resource"));
    };
    let call = asked.call;
    let records = call.records();
    let asks = match &call.access.standing().actor {
        Actor::SelfPatient { .. } => true,
        Actor::Staff(staff) => staff.care_team_of.iter().any(|one| records.treats(one)),
        _ => false,
    };
    if !asks {
        return Err(Error::not_your_role(
            "only the patient, or a clinician who treats them, may look ahead",
        ));
    }
    let found = records.preview(resource_type, id).await?;
    let found = found.ok_or(Error::Absent)?;
    let mut parameters: Vec<Value> = found.iter().map(item).collect();
    let notice = found.iter().any(|one| one.visible);
    parameters.push(parameters::flag("notice", notice));
    Ok(parameters::answer(&parameters))
}

fn item(one: &Previewed) -> Value {
    let reference = format!("{}/{}", one.resource_type, one.id);
    let mut parts = vec![
        parameters::to("reference", reference),
        parameters::flag("visible", one.visible),
        parameters::code("reason", one.reason),
    ];
    if one.gives_away {
        let text = "A parent would see this. It is about care a minor may consent to alone, and is not marked as \
                    such: neither it nor the visit or order it belongs to says whose consent it rests on.";
        parts.push(parameters::text("leak", text));
    }
    parameters::part("item", &parts)
}
