//! Opening an account: codes given out, who shows one, and the account made of it.

pub mod account;
pub mod codes;
pub mod contact;
pub mod identity;
mod letters;
pub mod proxy;
pub mod question;
mod resources;

pub(crate) use resources::acceptance;

use std::sync::Arc;

use access::standing::Agent;
use access::{Access, Pack, Task};
use fhir::search::{Handling, Query, Settings, parse};
use fhir::{Document, ResourceType, Valid};
use jiff::Timestamp;
use serde_json::Value;
use storage::{Change, Found, Seen, Storage};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A resource we made ourselves is not valid.
    #[error("a resource of opening an account is not valid: {0}")]
    Invalid(String),
}

impl From<crate::proxies::Error> for Error {
    fn from(error: crate::proxies::Error) -> Self {
        match error {
            crate::proxies::Error::Storage(fault) => Self::Storage(fault),
            other => Self::Invalid(other.to_string()),
        }
    }
}

impl From<Error> for storage::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Storage(fault) => fault,
            Error::Invalid(_) => Self::Other(error.to_string()),
        }
    }
}

/// Where, under which pack and at what address an account is opened, and when.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub pack: &'a Arc<Pack>,
    /// Without trailing slash.
    pub base_url: &'a str,
    pub now: Timestamp,
}

/// The house itself, where nobody in particular brought a step about.
fn house() -> Agent {
    Agent {
        who: "Device/kinchart".to_owned(),
        display: "Kinchart (accounts)".to_owned(),
        ..Agent::default()
    }
}

/// Most resources looked at for one question.
const FOUND_MAX: usize = 50;

impl Desk<'_> {
    fn access(&self) -> Access {
        Access::for_task(Task::Opening, self.pack.clone(), self.now)
    }
    /// A resource as it stands; `None` when there is none.
    pub(crate) async fn read(&self, of: ResourceType, id: &str) -> Result<Option<Document>, Error> {
        let access = self.access();
        match self.storage.records(&access).read(of, id).await? {
            Found::Seen(seen) => Ok(Some(document(&seen)?)),
            _ => Ok(None),
        }
    }
    /// Those that fit, at most [`FOUND_MAX`].
    pub(crate) async fn find(
        &self,
        of: ResourceType,
        pairs: &[(&str, &str)],
    ) -> Result<Vec<Document>, Error> {
        let base = format!("{}/fhir", self.base_url);
        let settings = Settings {
            base: &base,
            handling: Handling::Strict,
            count_default: FOUND_MAX,
            count_max: FOUND_MAX,
            clauses_max: FOUND_MAX,
            posted: None,
            include_rounds_max: 0,
            included_max: 0,
        };
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let query: Query =
            parse(of, &pairs, &settings).map_err(|issues| Error::Invalid(format!("{issues:?}")))?;
        let access = self.access();
        let page = self.storage.records(&access).search(&query).await?;
        page.matches.iter().map(document).collect()
    }
    /// Writes resources that are nobody's, or that no Provenance tells of: all or none; new ones have no id.
    pub(crate) async fn write(&self, resources: &[Value]) -> Result<Vec<String>, Error> {
        let changes = resources.iter().map(change).collect::<Result<_, _>>()?;
        self.store(changes).await
    }
    /// Writes resources of one patient with the Provenance that says who brought it about: all or none.
    pub(crate) async fn write_by(
        &self,
        agent: &Agent,
        resources: &[Value],
    ) -> Result<Vec<String>, Error> {
        self.store(self.step(agent, resources)?).await
    }
    /// What a step writes of one patient, and its Provenance.
    pub(crate) fn step(&self, agent: &Agent, resources: &[Value]) -> Result<Vec<Change>, Error> {
        let changes: Result<Vec<_>, _> = resources.iter().map(change).collect();
        let mut changes = changes?;
        if let Some(told) = crate::provenance::of(agent, self.now, &changes) {
            changes.push(change(&told)?);
        }
        Ok(changes)
    }
    /// Writes changes, all or none; their ids.
    pub(crate) async fn store(&self, changes: Vec<Change>) -> Result<Vec<String>, Error> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let access = self.access();
        let written = self.storage.records(&access).write(changes).await?;
        Ok(written.into_iter().map(|one| one.id).collect())
    }
}

fn document(seen: &Seen) -> Result<Document, Error> {
    let text = String::from_utf8_lossy(seen.body()).into_owned();
    Document::parse(text).map_err(|fault| Error::Invalid(fault.to_string()))
}

fn change(resource: &Value) -> Result<Change, Error> {
    let valid = checked(resource)?;
    Ok(match resource["id"].as_str() {
        // Known before it is written: the Provenance names it.
        None => Change::Create {
            valid,
            id: Some(uuid::Uuid::new_v4().to_string()),
        },
        Some(id) => Change::Update {
            valid,
            id: id.to_owned(),
            if_match: None,
        },
    })
}

fn checked(resource: &Value) -> Result<Valid, Error> {
    let document =
        Document::parse(resource.to_string()).map_err(|fault| Error::Invalid(fault.to_string()))?;
    fhir::validate::validate(document).map_err(|issues| Error::Invalid(format!("{issues:?}")))
}

/// A resource as JSON that can be changed.
fn value(document: &Document) -> Result<Value, Error> {
    serde_json::from_str(document.text()).map_err(|fault| Error::Invalid(fault.to_string()))
}

/// The id of a resource that is stored.
fn id_of(document: &Document) -> String {
    document
        .root()
        .text_at("id")
        .unwrap_or_default()
        .into_owned()
}
