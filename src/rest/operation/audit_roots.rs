//! `$audit-roots`: what the house signed of its audit trail, for anybody to keep.

use serde_json::{Value, json};
use web::Answer;
use workflows::audit_roots::link_text;

use super::access_log::count;
use super::{Asked, parameters};
use crate::error::Error;

/// Some roots, newest first.
pub(super) async fn list(asked: &Asked<'_>) -> Result<Answer, Error> {
    let before = asked.inputs.text("before");
    let count = count(asked.inputs.whole("_count"))?;
    let roots = asked.call.house.storage.audit_roots(before, count).await?;
    let listed: Vec<Value> = roots
        .iter()
        .map(|root| {
            parameters::part(
                "root",
                &[
                    json!({"name": "day", "valueDate": root.day}),
                    parameters::at("signed-at", root.at),
                    json!({"name": "entries", "valueDecimal": root.seq}),
                    parameters::text("link", link_text(&root.link)),
                    parameters::text("root", &root.signed),
                ],
            )
        })
        .collect();
    Ok(parameters::answer(&listed))
}
