//! All that a search finds, up to a limit: what operations that look at many resources start from.

use access::Action;
use config::limits::PAGE_RESOURCES_MAX;
use fhir::{Issue, IssueCode, ResourceType, search::Total};
use storage::{Seen, records::Pages};

use crate::{call::Call, error::Error, search};

/// Every match of a search, newest first where `sort` says so. Errors: the faults of the query; 400
/// when there are more than `limit`.
pub(super) async fn all(
    call: &Call,
    resource_type: ResourceType,
    pairs: &[(String, String)],
    limit: usize,
) -> Result<Vec<Seen>, Error> {
    call.may(Action::Search, resource_type)?;
    call.may(Action::Read, resource_type)?;
    let mut query = search::parse(call, resource_type, pairs).await?;
    query.count = PAGE_RESOURCES_MAX;
    query.total = Some(Total::None);
    let records = call.records();
    let found = records.search_all(&[query], Pages::All, limit).await?;
    found.ok_or_else(|| {
        let text = format!("this looks at more than {limit} resources; ask for fewer");
        Error::Invalid(vec![Issue::error(IssueCode::TooCostly, text)])
    })
}

/// A pair of a query.
pub(super) fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}
