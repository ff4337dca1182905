//! An export of many resources at once, as this caller may see them: counted and cut into files first,
//! read from the record when a file is fetched, both through the same decisions as a search.
//!
//! What is delivered is the record as it was at one instant, less what has been deleted or hidden since.

mod delivery;
mod rows;
mod support;

use std::collections::BTreeMap;

use access::{Access, Action};
use fhir::{ResourceType, compartment, search::Query};
use jiff::Timestamp;

use super::{Records, Seen, stored::Stored};
use crate::exports::{Export, FileKind};
use crate::{Result, audit};

/// Rows looked at in one step of counting.
const STEP_ROWS: usize = 2_000;
/// Patients whose rows are looked at together.
const PATIENTS_AT_ONCE: i64 = 50;
/// How far from a resource what it points to is brought along (a role's practitioner, a location's
/// organization).
const SUPPORT_ROUNDS: i64 = 2;

/// Whose resources an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's and nobody's.
    All,
    /// Of all patients, with what they point to.
    Patients,
    /// Of the patients listed with the export, with what they point to.
    Members,
}

/// Which Provenances go along though their type was not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Of each resource the last one recorded.
    Latest,
    All,
}

/// What an export holds.
#[derive(Debug, Clone)]
pub struct Exported {
    pub whose: Whose,
    /// The types wanted; empty is all.
    pub types: Vec<ResourceType>,
    /// Changed after this instant.
    pub since: Option<Timestamp>,
    /// For each type, queries of which a resource must satisfy one.
    pub filters: BTreeMap<ResourceType, Vec<Query>>,
    pub provenance: Option<Provenance>,
    /// With what it was asked: a row must be open to that too, besides whoever fetches it.
    pub asked_with: Option<Access>,
    /// After how many resources a file ends.
    pub file_resources: u64,
}

/// A stretch of work: the rows of one type that belong to an export for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Matching rows.
    Rows(ResourceType),
    /// Looks only at where what was brought along points to.
    Follow(ResourceType),
    /// What is brought along.
    Support(ResourceType),
    /// What was deleted.
    Deleted(ResourceType),
}

/// A place in the work: part, patients and row last looked at.
pub(crate) type Spot = (i64, i64, i64);

/// Rows counted, as part of a file.
#[derive(Debug)]
pub(crate) struct FileRow {
    pub(crate) kind: FileKind,
    pub(crate) resource_type: ResourceType,
    pub(crate) from: (i64, i64),
    pub(crate) to: (i64, i64),
    pub(crate) count: u64,
    /// A file with as many is full.
    pub(crate) most: u64,
}

/// What a step of counting came to.
#[derive(Debug)]
pub struct Stepped {
    /// Where it goes on; `None` at the end.
    pub(crate) next: Option<Spot>,
    pub(crate) counted: u64,
    pub(crate) files: Vec<FileRow>,
    pub(crate) support: Vec<(ResourceType, i64)>,
}

/// Some of a file.
#[derive(Debug, Default)]
pub struct Delivered {
    pub seen: Vec<Seen>,
    /// `Type/id` of what was deleted.
    pub deleted: Vec<String>,
    /// Where to go on, to be handed back as it is; `None` at the end of the file.
    pub next: Option<(i64, i64)>,
}

impl Exported {
    fn wants(&self, resource_type: ResourceType) -> bool {
        resource_type != ResourceType::AUDIT_EVENT
            && (self.types.is_empty() || self.types.contains(&resource_type))
    }

    /// Whether a type is brought along where patients' resources point to it.
    fn supports(&self, resource_type: ResourceType) -> bool {
        let members = compartment::members(ResourceType::PATIENT).unwrap_or(&[]);
        let listed = members.iter().any(|(member, _)| *member == resource_type);
        self.whose != Whose::All
            && !listed
            && !matches!(resource_type, ResourceType::PATIENT | ResourceType::BINARY)
    }

    fn brings_provenance(&self) -> bool {
        self.provenance.is_some() && !self.wants(PROVENANCE)
    }

    /// The work in order: patients first, then their resources, then what these point to.
    fn parts(&self) -> Vec<Part> {
        let wanted = ResourceType::all().filter(|t| self.wants(*t));
        let mut wanted: Vec<ResourceType> = wanted.collect();
        wanted.sort_by_key(|t| *t != ResourceType::PATIENT);
        let mut parts: Vec<Part> = wanted.iter().copied().map(Part::Rows).collect();
        let followed = ResourceType::all().filter(|t| self.supports(*t));
        let followed: Vec<ResourceType> = followed.collect();
        let supporting = followed.iter().copied().filter(|t| self.wants(*t));
        let supporting: Vec<ResourceType> = supporting.collect();
        if !supporting.is_empty() {
            for _ in 1..SUPPORT_ROUNDS {
                parts.extend(followed.iter().copied().map(Part::Follow));
            }
        }
        parts.extend(supporting.into_iter().map(Part::Support));
        if self.brings_provenance() {
            parts.push(Part::Support(PROVENANCE));
        }
        if self.since.is_some() {
            parts.extend(wanted.into_iter().map(Part::Deleted));
        }
        parts
    }
}

const PROVENANCE: ResourceType = ResourceType::PROVENANCE;

impl Records<'_> {
    /// Counts a little further: at most a few thousand rows.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn export_step(&self, of: &Export, asked: &Exported) -> Result<Stepped> {
        let parts = asked.parts();
        let mut stepped = Stepped {
            next: Some((of.part, of.place, of.rid)),
            counted: 0,
            files: Vec::new(),
            support: Vec::new(),
        };
        let mut looked = 0;
        while looked < STEP_ROWS {
            let Some((number, place, rid)) = stepped.next else {
                break;
            };
            let part = usize::try_from(number).ok().and_then(|at| parts.get(at));
            let Some(part) = part else {
                stepped.next = None;
                break;
            };
            // What is brought along is read where it is written down, after this step.
            let reads = matches!(part, Part::Follow(_) | Part::Support(_));
            if reads && !stepped.support.is_empty() {
                break;
            }
            let page = match part {
                Part::Deleted(t) => self.deleted_rows(of, asked, *t, (place, rid)).await?,
                _ => {
                    let walked = rows::Walked { of, asked, part };
                    self.export_rows(&walked, (place, rid), None, STEP_ROWS)
                        .await?
                }
            };
            looked += page.looked;
            stepped.next = Some(match page.next {
                Some((place, rid)) => (number, place, rid),
                None => (number + 1, 0, 0),
            });
            self.gather(asked, part, &page.rows, &mut stepped).await?;
            count(asked, part, (place, rid), &page, &mut stepped);
        }
        Ok(stepped)
    }

    /// Records that an export was begun or ended, or that a file of it was fetched: what is not of
    /// one patient.
    pub async fn audit_export(&self, entity: Option<String>, query: String) {
        self.tell_export(None, entity, Some(query)).await;
    }

    async fn tell_export(
        &self,
        patient: Option<String>,
        entity: Option<String>,
        query: Option<String>,
    ) {
        let record = audit::Record {
            at: self.access.now().as_microsecond(),
            action: audit::Action::Export,
            permitted: true,
            reason: "EXPORT".into(),
            patient: patient.map(Into::into),
            entity,
            query,
            request_id: None,
            suspended_until: None,
        };
        self.storage.inner.record(self.access, record).await;
    }

    /// Whether the caller, and whoever asked, may both find and read a row.
    fn may_export(&self, asked: &Exported, row: &Stored) -> bool {
        let facts = row.facts();
        let mut who = std::iter::once(self.access).chain(&asked.asked_with);
        who.all(|access| {
            let may = |action| access.decide(action, &facts).permits();
            may(Action::Search) && may(Action::Read)
        })
    }
}

/// Adds the rows of a page to the file that is being counted.
fn count(
    asked: &Exported,
    part: &Part,
    from: (i64, i64),
    page: &rows::Page,
    stepped: &mut Stepped,
) {
    let (kind, resource_type) = match part {
        Part::Rows(t) => (FileKind::Output, *t),
        Part::Support(t) => (FileKind::Support, *t),
        Part::Deleted(t) => (FileKind::Deleted, *t),
        Part::Follow(_) => return,
    };
    let Some(to) = page.last else { return };
    let count = page.rows.iter().filter(|row| row.new).count() as u64;
    stepped.counted += count;
    stepped.files.push(FileRow {
        kind,
        resource_type,
        from,
        to,
        count,
        most: asked.file_resources,
    });
}
