//! `SearchParameter/$index-status`: how far stored search parameters are indexed.

use fhir::json::quote;
use http::StatusCode;
use web::Answer;

use super::Asked;
use crate::error::Error;

/// One `parameter` for each search parameter and type, by type and code.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let posted = asked.call.house.storage.posted().await?;
    let mut all: Vec<_> = posted.all().collect();
    all.sort_by_key(|one| (one.param.resource_type.name(), one.param.code));
    let shown = all.into_iter().map(|one| {
        let (indexed, total) = one.progress;
        format!(
            r#"{{"name":"parameter","part":[{{"name":"base","valueCode":"{}"}},{{"name":"code","valueCode":{}}},{{"name":"url","valueUri":{}}},{{"name":"ready","valueBoolean":{}}},{{"name":"indexed","valueInteger":{indexed}}},{{"name":"total","valueInteger":{total}}}]}}"#,
            one.param.resource_type,
            quote(one.param.code),
            quote(one.param.url),
            one.ready,
        )
    });
    let shown: Vec<String> = shown.collect();
    let text = match shown.is_empty() {
        true => r#"{"resourceType":"Parameters"}"#.to_owned(),
        false => format!(
            r#"{{"resourceType":"Parameters","parameter":[{}]}}"#,
            shown.join(",")
        ),
    };
    Ok(Answer::text(StatusCode::OK, text))
}
