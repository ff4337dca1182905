//! `$expunge`: erases deleted resources and earlier versions, for administrators.

use config::limits;
use fhir::{Issue, IssueCode};
use http::StatusCode;
use storage::Expunge;
use web::Answer;

use super::Asked;
use crate::error::Error;

/// How many versions are gone.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.access.may_erase()?;
    let flag = |name: &str| asked.inputs.flag(name) == Some(true);
    let deleted = flag("expungeDeletedResources");
    let earlier = flag("expungePreviousVersions");
    if !deleted && !earlier {
        let text = "expungeDeletedResources or expungePreviousVersions must be true";
        let issue = Issue::error(IssueCode::Required, text).at("expungeDeletedResources");
        return Err(Error::Invalid(vec![issue]));
    }
    let most = limits::EXPUNGED_RESOURCES_MAX;
    let limit = match asked.inputs.whole("limit").map(usize::try_from) {
        None => most,
        Some(Ok(limit)) if limit <= most => limit,
        Some(_) => {
            let text = format!("limit may be at most {most}; ask again for the rest");
            let issue = Issue::error(IssueCode::TooCostly, text).at("limit");
            return Err(Error::Invalid(vec![issue]));
        }
    };
    let expunge = Expunge {
        resource_type: asked.resource_type,
        id: asked.id.map(str::to_owned),
        deleted,
        earlier,
        limit,
    };
    let count = asked.call.records().expunge(&expunge).await?;
    let text = format!(
        "{{\"resourceType\":\"Parameters\",\"parameter\":[{{\"name\":\"count\",\"valueInteger\":{count}}}]}}"
    );
    Ok(Answer::text(StatusCode::OK, text))
}
