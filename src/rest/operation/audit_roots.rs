//! `$audit-roots`: what the house signed of its audit trail, for anybody to keep.

use fhir::{datetime::instant, json::quote};
use web::Answer;
use workflows::audit_roots::link_text;

use super::Asked;
use super::access_log::{answer, count};
use crate::error::Error;

/// Some roots, newest first.
pub(super) async fn list(asked: &Asked<'_>) -> Result<Answer, Error> {
    let before = asked.inputs.text("before");
    let count = count(asked.inputs.whole("_count"))?;
    let roots = asked.call.house.storage.audit_roots(before, count).await?;
    let parameters: Vec<String> = roots
        .iter()
        .map(|root| {
            let parts = [
                format!(r#"{{"name":"day","valueDate":{}}}"#, quote(&root.day)),
                format!(
                    r#"{{"name":"signed-at","valueInstant":"{}"}}"#,
                    instant(root.at)
                ),
                format!(r#"{{"name":"entries","valueDecimal":{}}}"#, root.seq),
                format!(
                    r#"{{"name":"link","valueString":"{}"}}"#,
                    link_text(&root.link)
                ),
                format!(r#"{{"name":"root","valueString":{}}}"#, quote(&root.signed)),
            ];
            format!(r#"{{"name":"root","part":[{}]}}"#, parts.join(","))
        })
        .collect();
    Ok(answer(&parameters))
}
