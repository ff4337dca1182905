//! Those who come without an account or a token of an app, known by what they show: the number of a bill, a link.

use std::sync::Arc;

use access::standing::Agent;
use access::{Access, Denial, Pack, Standing, Task};
use fhir::{Document, ResourceType};
use jiff::Timestamp;
use storage::{Found, Storage};

/// Where visitors come to, under which rules, and when.
#[derive(Clone)]
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub pack: &'a Arc<Pack>,
    pub now: Timestamp,
}

impl Desk<'_> {
    /// What a visitor of that standing may do.
    ///
    /// # Errors
    /// Why they are not let in: as for whoever shows a token.
    pub(crate) fn open(&self, standing: Arc<Standing>) -> Result<Access, Denial> {
        Access::open(standing, Arc::clone(self.pack), self.now)
    }

    /// A resource the house looks at for itself; never shown as it is.
    pub(crate) async fn look(
        &self,
        of: ResourceType,
        id: &str,
    ) -> Result<Option<Document>, storage::Error> {
        let agent = Agent {
            who: "Device/kinchart".to_owned(),
            ..Agent::default()
        };
        let eyes = Access::for_task_by(Task::Standing, agent, Arc::clone(self.pack), self.now);
        let found = self.storage.records(&eyes).read(of, id).await?;
        let Found::Seen(seen) = found else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(seen.body()).into_owned();
        Ok(Document::parse(text).ok())
    }
}
