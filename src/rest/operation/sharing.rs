//! `$share`, `$shared-links` and `$end-share`: sharing a record by link.

use fhir::ResourceType;
use jiff::Timestamp;
use serde_json::Value;
use storage::links::ShareLink;
use web::Answer;
use workflows::links::{self, Desk, Wish};

use super::{Asked, parameters};
use crate::{error::Error, read};

/// The desk of the patient in the address, who must be the one in context.
async fn desk<'a>(asked: &'a Asked<'_>) -> Result<Desk<'a>, Error> {
    let id = asked.id.ok_or(Error::Absent)?;
    read::find(asked.call, ResourceType::PATIENT, id).await?;
    let context = asked.call.access.standing().patient.as_ref();
    if context.is_none_or(|patient| patient.id != id) {
        return Err(Error::Absent);
    }
    Ok(Desk {
        storage: &asked.call.house.storage,
        access: &asked.call.access,
        base_url: &asked.call.house.base_url,
    })
}

/// Makes a link.
pub(super) async fn share(asked: &Asked<'_>) -> Result<Answer, Error> {
    let inputs = &asked.inputs;
    let texts = |name: &str| inputs.texts(name).map(str::to_owned).collect();
    let said = |name: &str| inputs.text(name).unwrap_or_default().to_owned();
    let flag = |name: &str| inputs.flag(name).unwrap_or(false);
    let wish = Wish {
        categories: texts("category"),
        labels: texts("sensitive"),
        label: said("label"),
        recipient: said("recipient"),
        passcode: inputs.text("passcode").map(str::to_owned),
        expires: inputs.instant("expires"),
        long_term: flag("long-term"),
        direct: flag("direct"),
        live: flag("live"),
    };
    let made = links::share(&desk(asked).await?, &wish).await?;
    Ok(parameters::answer(&[
        parameters::id("link", &made.link.id),
        parameters::text("shlink", &made.text),
        parameters::at("expires", made.link.expires),
        parameters::id("consent", &made.link.consent),
    ]))
}

/// The links of a record.
pub(super) async fn list(asked: &Asked<'_>) -> Result<Answer, Error> {
    let now = asked.call.access.now();
    let links = links::list(&desk(asked).await?).await?;
    let shown = links.iter().map(|link| shared(link, now));
    Ok(parameters::answer(&shown.collect::<Vec<_>>()))
}

fn shared(link: &ShareLink, now: Timestamp) -> Value {
    let mut parts = vec![
        parameters::id("link", &link.id),
        parameters::text("label", &link.label),
    ];
    if !link.recipient.is_empty() {
        parts.push(parameters::text("recipient", &link.recipient));
    }
    parts.extend(
        link.categories
            .iter()
            .map(|one| parameters::code("category", one)),
    );
    parts.extend(
        link.labels
            .iter()
            .map(|one| parameters::code("sensitive", one)),
    );
    if !link.flags.is_empty() {
        parts.push(parameters::text("flag", &link.flags));
    }
    parts.push(parameters::at("created", link.created));
    parts.push(parameters::at("expires", link.expires));
    parts.push(parameters::flag("open", link.is_live(now)));
    parts.extend(link.ended.map(|ended| parameters::at("ended", ended)));
    parts.push(parameters::count("opened", link.opened));
    parts.extend(
        link.last_opened
            .map(|opened| parameters::at("last-opened", opened)),
    );
    if link.passcode.is_some() {
        parts.push(parameters::count("tries-left", link.tries_left));
    }
    parts.push(parameters::id("consent", &link.consent));
    parameters::part("shared", &parts)
}

/// Ends a link.
pub(super) async fn end(asked: &Asked<'_>) -> Result<Answer, Error> {
    let link = asked.inputs.text("link").unwrap_or_default();
    let ended = links::end(&desk(asked).await?, link).await?;
    Ok(parameters::answer(&[parameters::flag("ended", ended)]))
}
