//! Reading and writing the resources that say who may act for whom, as the house.

use access::{Access, Task};
use fhir::search::{Handling, Query, Settings, parse};
use fhir::{Document, ResourceType, Valid};
use serde_json::{Value, json};
use storage::{Change, Found, Seen, WriteFaultKind, Written};

use super::{Desk, Error};

/// Resources of one page, and of all pages of one question.
const PAGE: usize = 500;
const FOUND_MAX: usize = 200_000;

/// A resource as it is stored.
#[derive(Debug, Clone)]
pub struct Kept {
    pub json: Value,
    pub version: i64,
}

impl Kept {
    pub(crate) fn of(seen: &Seen) -> Result<Self, Error> {
        let json =
            serde_json::from_slice(seen.body()).map_err(|e| Error::Invalid(e.to_string()))?;
        Ok(Self {
            json,
            version: seen.version(),
        })
    }
    pub fn id(&self) -> &str {
        text(&self.json, "/id")
    }
    /// The same with another content, to be stored only where nobody changed it meanwhile.
    pub(crate) fn update(&self, json: &Value) -> Result<Change, Error> {
        Ok(Change::Update {
            valid: checked(json)?,
            id: self.id().to_owned(),
            if_match: Some(self.version),
        })
    }
    pub(crate) fn document(&self) -> Result<Document, Error> {
        document(&self.json)
    }
}

/// The text at a JSON pointer; empty where there is none.
pub fn text<'v>(json: &'v Value, pointer: &str) -> &'v str {
    json.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// A CodeableConcept of one coding.
pub(crate) fn coded(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [{"system": system, "code": code, "display": display}]})
}

/// Whether a CodeableConcept at a pointer has a coding.
pub(crate) fn has_code(json: &Value, pointer: &str, system: &str, code: &str) -> bool {
    let codings = json.pointer(pointer).and_then(|it| it.get("coding"));
    codings.and_then(Value::as_array).is_some_and(|codings| {
        codings
            .iter()
            .any(|it| text(it, "/system") == system && text(it, "/code") == code)
    })
}

pub(crate) fn document(json: &Value) -> Result<Document, Error> {
    Document::parse(json.to_string()).map_err(|e| Error::Invalid(format!("{e:?}")))
}

/// Where a resource is at fault: what stands there may be somebody's to keep.
fn places(issues: &[fhir::Issue]) -> String {
    let places = issues.iter().filter_map(|issue| issue.expression.clone());
    places.collect::<Vec<_>>().join(", ")
}

pub(crate) fn checked(json: &Value) -> Result<Valid, Error> {
    fhir::validate::validate(document(json)?).map_err(|issues| Error::Invalid(places(&issues)))
}

/// A new resource under an id of the house's choice.
pub(crate) fn create(json: &Value) -> Result<Change, Error> {
    Ok(Change::Create {
        valid: checked(json)?,
        id: Some(text(json, "/id").to_owned()),
    })
}

/// The resources, read to decide and written once it is decided.
pub(crate) struct Book<'a> {
    pub desk: &'a Desk<'a>,
}

impl Book<'_> {
    /// Looking for facts to decide on is no event of its own.
    fn eyes(&self) -> Access {
        Access::for_task(Task::Standing, self.desk.pack.clone(), self.desk.now)
    }
    /// The current version of a resource.
    pub async fn find(&self, of: ResourceType, id: &str) -> Result<Option<Kept>, Error> {
        let access = self.eyes();
        match self.desk.storage.records(&access).read(of, id).await? {
            Found::Seen(seen) => Kept::of(&seen).map(Some),
            _ => Ok(None),
        }
    }
    /// Everything a search finds.
    pub async fn search(
        &self,
        of: ResourceType,
        pairs: &[(&str, &str)],
    ) -> Result<Vec<Kept>, Error> {
        let settings = Settings {
            base: "urn:kinchart",
            handling: Handling::Strict,
            count_default: PAGE,
            count_max: PAGE,
            clauses_max: 16,
            posted: None,
            include_rounds_max: 0,
            included_max: 0,
        };
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let pairs: Vec<(String, String)> = pairs.iter().map(owned).collect();
        let query = parse(of, &pairs, &settings).map_err(|issues| {
            let first = issues.into_iter().next().map(|issue| issue.diagnostics);
            Error::Invalid(first.unwrap_or_default())
        })?;
        let access = self.eyes();
        let records = self.desk.storage.records(&access);
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let query = Query {
                cursor,
                ..query.clone()
            };
            let page = records.search(&query).await?;
            for seen in &page.matches {
                found.push(Kept::of(seen)?);
            }
            cursor = page.next;
            if cursor.is_none() || found.len() >= FOUND_MAX {
                return Ok(found);
            }
        }
    }
    /// Stores all changes or none, in the name of whoever is at the desk. `None`: somebody changed one of these
    /// meanwhile.
    pub async fn write(&self, changes: Vec<Change>) -> Result<Option<Vec<Written>>, Error> {
        if changes.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let Desk {
            storage,
            pack,
            now,
            agent,
            ..
        } = self.desk;
        let access = Access::for_task_by(Task::Family, agent.clone(), pack.clone(), *now);
        let mut changes = changes;
        if let Some(told) = crate::provenance::of(agent, *now, &changes) {
            changes.push(create(&told)?);
        }
        match storage.records(&access).write(changes).await {
            Ok(written) => Ok(Some(written)),
            Err(storage::Error::Write(fault))
                if matches!(
                    fault.kind,
                    WriteFaultKind::VersionConflict { .. } | WriteFaultKind::IdTaken
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
