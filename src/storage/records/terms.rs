//! What a search asks of terminology, looked up before it runs.

use fhir::search::Query;

use super::Records;
use crate::{Error, Result};

impl Records<'_> {
    /// The queries with the codes that terminology has for what they ask, where they ask anything.
    pub(super) async fn resolved(&self, queries: &[Query]) -> Result<Option<Vec<Query>>> {
        if !queries.iter().any(Query::asks_terminology) {
            return Ok(None);
        }
        let registry = self.storage.registry().await?;
        let queries = queries.to_vec();
        // May take a while: other requests go on.
        let resolving = tokio::task::spawn_blocking(move || {
            let resolved = queries.iter().map(|query| query.resolved(&registry));
            resolved.collect::<Result<Vec<Query>, _>>()
        });
        let resolved = resolving.await;
        let resolved = resolved.map_err(|error| Error::Other(error.to_string()))?;
        Ok(Some(resolved?))
    }
}
