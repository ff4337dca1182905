//! Resources into the database: in batches, a few at once; a resource that is refused leaves its
//! batch and the rest goes on.

use std::sync::Arc;

use access::Access;
use fhir::{Document, ResourceType, Valid, validate::validate};
use storage::{Change, Error, Storage, WriteFaultKind};
use tokio::task::JoinSet;

use super::report::Report;
use super::source::Place;

/// Resources written in one transaction.
const BATCH: usize = 250;
/// Batches on their way at once.
const BATCHES_AT_ONCE: usize = 4;

/// A valid resource and where it came from.
#[derive(Debug, Clone)]
struct Ready {
    place: Place,
    resource_type: ResourceType,
    id: String,
    valid: Valid,
}

/// Collects resources and writes them.
pub struct Writing {
    storage: Storage,
    access: Arc<Access>,
    waiting: Vec<Ready>,
    running: JoinSet<Result<Report, String>>,
}

impl Writing {
    pub fn new(storage: Storage, access: Access) -> Self {
        Self {
            storage,
            access: Arc::new(access),
            waiting: Vec::with_capacity(BATCH),
            running: JoinSet::new(),
        }
    }

    /// Takes one resource; a full batch is sent off.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add(
        &mut self,
        place: Place,
        resource_type: ResourceType,
        id: String,
        document: Document,
        report: &mut Report,
    ) -> Result<(), String> {
        match validate(document) {
            Ok(valid) => self.waiting.push(Ready {
                place,
                resource_type,
                id,
                valid,
            }),
            Err(issues) => {
                let said: Vec<String> = issues
                    .iter()
                    .map(|issue| match &issue.expression {
                        Some(at) => format!("{at}: {}", issue.diagnostics),
                        None => issue.diagnostics.clone(),
                    })
                    .collect();
                let name = format!("{}/{id}", resource_type.name());
                report.reject(place, Some(name), said.join("; "));
            }
        }
        if self.waiting.len() >= BATCH {
            self.send(report).await?;
        }
        Ok(())
    }

    async fn send(&mut self, report: &mut Report) -> Result<(), String> {
        while self.running.len() >= BATCHES_AT_ONCE {
            self.join(report).await?;
        }
        let batch = std::mem::take(&mut self.waiting);
        if !batch.is_empty() {
            let (storage, access) = (self.storage.clone(), self.access.clone());
            self.running.spawn(write(storage, access, batch));
        }
        Ok(())
    }

    async fn join(&mut self, report: &mut Report) -> Result<(), String> {
        let Some(done) = self.running.join_next().await else {
            return Ok(());
        };
        let done = done.map_err(|error| error.to_string())??;
        for (resource_type, counts) in done.counts {
            let sum = report.counts.entry(resource_type).or_default();
            sum.created += counts.created;
            sum.updated += counts.updated;
            sum.unchanged += counts.unchanged;
        }
        report.rejects.extend(done.rejects);
        Ok(())
    }

    /// Writes what is left and waits for all of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(&mut self, report: &mut Report) -> Result<(), String> {
        self.send(report).await?;
        while !self.running.is_empty() {
            self.join(report).await?;
        }
        Ok(())
    }
}

async fn write(
    storage: Storage,
    access: Arc<Access>,
    mut batch: Vec<Ready>,
) -> Result<Report, String> {
    let mut report = Report::default();
    while !batch.is_empty() {
        let changes = batch
            .iter()
            .map(|ready| Change::Update {
                valid: ready.valid.clone(),
                id: ready.id.clone(),
                if_match: None,
            })
            .collect();
        match storage.records(&access).write(changes).await {
            Ok(written) => {
                for done in written {
                    let counts = report.counts.entry(done.resource_type).or_default();
                    if done.created {
                        counts.created += 1;
                    } else if done.updated.as_millisecond() < access.now().as_millisecond() {
                        // Left as it was by an earlier write; FHIR's instants end at milliseconds.
                        counts.unchanged += 1;
                    } else {
                        counts.updated += 1;
                    }
                }
                break;
            }
            Err(Error::Write(fault)) if fault.change < batch.len() => {
                let refused = batch.remove(fault.change);
                let reason = match fault.kind {
                    WriteFaultKind::Denied(decision) => {
                        format!("refused: {}", decision.reason.0)
                    }
                    kind => kind.to_string(),
                };
                let name = format!("{}/{}", refused.resource_type.name(), refused.id);
                report.reject(refused.place, Some(name), reason);
            }
            Err(error) => return Err(format!("database: {error}")),
        }
    }
    Ok(report)
}
