//! Writing, the caller's half: everything that needs no look at the database is made ready here, in
//! parallel; the writer then decides and stores.

use access::shape::Refusal;
use std::{collections::HashSet, sync::Arc};

use access::sensitivity::Rules;
use access::{Access, Action, Facet, Task, facts, facts::OwnerHint, marks, shape, vocabulary};
use bytes::Bytes;
use fhir::{
    Document, Element, ResourceType, Valid,
    index::{self, Contained, Entry, Words},
    json,
    reference::{self, Reference},
    validate,
};
use tokio::sync::oneshot;

use super::{
    Change, Condition, Records, WriteFault, WriteFaultKind, Written,
    guards::Guards,
    index::NO_SORT_KEY,
    stored::Stored,
    writer::{Done, Job, Outcome},
};
use crate::{Error, Inner, Result, db::timestamp, owed};

/// After so many changes made ready in a row, other tasks get their turn.
const CHANGES_PER_TURN: usize = 32;

/// How often a list is made ready anew when what it takes labels over from changed meanwhile.
const OVERTAKEN_MAX: usize = 8;

/// What is to happen to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Create,
    Update,
    Delete,
}

/// A change with everything worked out that does not depend on what is stored.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) kind: Kind,
    pub(crate) resource_type: ResourceType,
    pub(crate) id: Arc<str>,
    /// The id was made here just now, so nothing can have it.
    pub(crate) fresh: bool,
    pub(crate) if_match: Option<i64>,
    /// Its author may not write it like this, even where the author may write.
    pub(crate) refused: Option<Refusal>,
    /// `None` for a delete.
    pub(crate) content: Option<Arc<Content>>,
}

/// What a resource is to hold.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    pub(crate) valid: Valid,
    pub(crate) facet_number: i64,
    pub(crate) facet: Arc<Facet>,
    pub(crate) owner: OwnerHint,
    pub(crate) hold_until: Option<i64>,
    pub(crate) pool: Option<Arc<str>>,
    pub(crate) sort_key: i64,
    pub(crate) entries: Vec<Entry>,
    pub(crate) words: Words,
    pub(crate) contained: Vec<Contained>,
    pub(crate) guards: Guards,
    /// What storing it leaves for people to do.
    pub(crate) owed: Vec<owed::Kind>,
    /// Local references that must name something, once each.
    pub(crate) references: Vec<(ResourceType, Arc<str>)>,
    /// The body as it will be if the version turns out to be this one.
    pub(crate) version: i64,
    pub(crate) body: Bytes,
}

impl Content {
    /// The body with its id, version and time in it.
    pub(crate) fn stamp(&self, id: &str, version: i64, updated: i64) -> Result<Bytes> {
        if version == self.version {
            return Ok(self.body.clone());
        }
        let updated = timestamp(updated)?;
        Ok(json::stamp(self.valid.document(), id, version, updated).into())
    }
}

impl Records<'_> {
    /// Applies all changes or none. Acknowledged means on disk. The decision for each change is
    /// taken here, over the row as it was and as it will be.
    ///
    /// # Errors
    /// `Write` names the change at fault; anything else means that nothing is known to be wrong
    /// with the changes.
    pub async fn write(&self, changes: Vec<Change>) -> Result<Vec<Written>> {
        self.write_if(changes, Vec::new()).await
    }

    /// The same, only if every condition still holds when the changes are stored.
    ///
    /// # Errors
    /// As [`Self::write`]; `ConditionChanged` when a search by now finds something else.
    pub async fn write_if(
        &self,
        changes: Vec<Change>,
        conditions: Vec<Condition>,
    ) -> Result<Vec<Written>> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let inner = &self.storage.inner;
        let count = changes.len();
        let mut prepared = self.prepare(changes).await?;
        let mut written: Vec<Option<Written>> = Vec::new();
        written.resize_with(count, || None);
        if self.access.task() == Some(Task::Load) {
            self.leave_unchanged(&mut prepared, &mut written).await?;
        }
        let places: Vec<usize> = prepared.iter().map(|(place, _)| *place).collect();
        if !places.is_empty() {
            let done = match self.submit_settled(&mut prepared, conditions).await? {
                Ok(done) => done,
                Err(refused) => {
                    let mut fault = refused.fault;
                    // Whoever was overtaken looks again; that was no attempt yet.
                    if !matches!(fault.kind, WriteFaultKind::ConditionChanged) {
                        inner.record(self.access, refused.record).await;
                    }
                    fault.change = places.get(fault.change).copied().unwrap_or(fault.change);
                    return Err(Error::Write(fault));
                }
            };
            for (place, done) in places.into_iter().zip(done) {
                if let Some(slot) = written.get_mut(place) {
                    *slot = Some(self.written(done)?);
                }
            }
        }
        written
            .into_iter()
            .map(|written| written.ok_or_else(|| Error::Other("a change was lost".to_owned())))
            .collect()
    }

    /// Hands the list in, again when what it takes labels over from changed in between.
    async fn submit_settled(
        &self,
        prepared: &mut [(usize, Prepared)],
        conditions: Vec<Condition>,
    ) -> Result<Outcome> {
        for _ in 0..OVERTAKEN_MAX {
            let changes = prepared.iter().map(|(_, change)| change.clone()).collect();
            match self.submit(changes, conditions.clone()).await? {
                Err(refused) if refused.overtaken => {
                    let rules = self.storage.label_rules().await?;
                    self.pass_on_guards(prepared, &rules).await?;
                }
                other => return Ok(other),
            }
        }
        Err(Error::Busy)
    }

    async fn submit(&self, changes: Vec<Prepared>, conditions: Vec<Condition>) -> Result<Outcome> {
        let inner = &self.storage.inner;
        let agent = &self.access.standing().agent;
        let (reply, answer) = oneshot::channel();
        let job = Job {
            access: self.access.clone(),
            agent: inner.audit.agent(&inner.db, agent).await?,
            changes,
            conditions,
            relabel: Vec::new(),
            reply,
        };
        let closed = || Error::Unavailable("the writer has stopped".to_owned());
        inner.writer.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn prepare(&self, changes: Vec<Change>) -> Result<Vec<(usize, Prepared)>> {
        let inner = &self.storage.inner;
        let mut prepared = Vec::with_capacity(changes.len());
        let mut named = HashSet::new();
        let registry = self.storage.registry().await?;
        let rules = self.storage.label_rules().await?;
        for (place, change) in changes.into_iter().enumerate() {
            if place % CHANGES_PER_TURN == CHANGES_PER_TURN - 1 {
                tokio::task::yield_now().await;
            }
            let change = inner.prepare(self.access, change, &rules).await?;
            if let Some(content) = change.content.as_ref().filter(|_| change.refused.is_none()) {
                self.check_profiles(&registry, place, &content.valid)?;
            }
            if !named.insert((change.resource_type, change.id.clone())) {
                return Err(Error::Write(WriteFault {
                    change: place,
                    kind: WriteFaultKind::NamedTwice,
                }));
            }
            prepared.push((place, change));
        }
        self.pass_on_guards(&mut prepared, &rules).await?;
        Ok(prepared)
    }

    /// Loading the same files twice changes nothing: updates that would store what is stored are
    /// left out.
    async fn leave_unchanged(
        &self,
        prepared: &mut Vec<(usize, Prepared)>,
        written: &mut [Option<Written>],
    ) -> Result<()> {
        let updates = prepared
            .iter()
            .filter(|(_, change)| change.kind == Kind::Update);
        let wanted: Vec<(ResourceType, Arc<str>)> = updates
            .map(|(_, change)| (change.resource_type, change.id.clone()))
            .collect();
        let rows = self.storage.inner.load(&wanted).await?;
        let mut changed = Vec::with_capacity(prepared.len());
        for (place, change) in prepared.drain(..) {
            let row = rows
                .iter()
                .find(|row| row.resource_type == change.resource_type && row.id == change.id);
            match (row, &change.content) {
                (Some(row), Some(content)) if is_unchanged(row, content)? => {
                    if let Some(slot) = written.get_mut(place) {
                        *slot = Some(self.written(Done {
                            row: row.clone(),
                            created: false,
                        })?);
                    }
                }
                _ => changed.push((place, change)),
            }
        }
        *prepared = changed;
        Ok(())
    }

    fn written(&self, done: Done) -> Result<Written> {
        let row = done.row;
        let (_, seen) = self.storage.inner.seen(self.access, Action::Read, &row)?;
        Ok(Written {
            resource_type: row.resource_type,
            id: row.id.to_string(),
            version: row.version,
            updated: timestamp(row.updated)?,
            created: done.created,
            seen,
        })
    }
}

fn is_unchanged(row: &Stored, content: &Content) -> Result<bool> {
    if row.deleted {
        return Ok(false);
    }
    let updated = timestamp(row.updated)?;
    let body = json::stamp(content.valid.document(), &row.id, row.version, updated);
    Ok(body.as_bytes() == &*row.body)
}

impl Inner {
    async fn prepare(&self, access: &Access, change: Change, rules: &Rules) -> Result<Prepared> {
        match change {
            Change::Create { valid, id } => {
                let valid = again(valid, marks::as_stated);
                let (valid, refused) = shaped(access, valid);
                let fresh = id.is_none();
                let id = id.unwrap_or_else(|| new_id(access.now()));
                let valid = self.with_wait(access, valid, &id).await?;
                let valid = self.with_pool(access, valid).await?;
                let id = id.into();
                let (kind, rest) = (Kind::Create, (fresh, None));
                let prepared = self.prepare_content((access, rules), kind, valid, id, rest);
                Ok(Prepared {
                    refused,
                    ..prepared.await?
                })
            }
            Change::Update {
                valid,
                id,
                if_match,
            } => {
                let valid = self.with_labels_kept(access, valid, &id).await?;
                let valid = self.with_wait(access, valid, &id).await?;
                let (kind, rest) = (Kind::Update, (false, if_match));
                self.prepare_content((access, rules), kind, valid, id.into(), rest)
                    .await
            }
            Change::Relabel {
                valid,
                id,
                if_match,
            } => {
                let valid = again(valid, marks::as_stated);
                let (kind, rest) = (Kind::Update, (false, if_match));
                self.prepare_content((access, rules), kind, valid, id.into(), rest)
                    .await
            }
            Change::Delete {
                resource_type,
                id,
                if_match,
            } => Ok(Prepared {
                kind: Kind::Delete,
                resource_type,
                id: id.into(),
                fresh: false,
                if_match,
                refused: None,
                content: None,
            }),
        }
    }

    async fn prepare_content(
        &self,
        (access, rules): (&Access, &Rules),
        kind: Kind,
        valid: Valid,
        id: Arc<str>,
        (fresh, if_match): (bool, Option<i64>),
    ) -> Result<Prepared> {
        let resource_type = valid.resource_type();
        let base = &self.settings.base;
        let root = valid.document().root();
        let relative = relative_to(base, valid.document());
        let about = relative.as_ref().map_or(root, Document::root);
        let entries = self.entries(&valid, base).await?;
        let by = (rules, &*self.settings.pack);
        let guards = Guards::of(resource_type, (root, about), &entries, by);
        let (facet_number, facet) = self.intern(guards.own.clone()).await?;
        // Most updates follow a read: the cache knows which version comes next.
        let version = match kind {
            Kind::Create => 1,
            _ => self
                .rows
                .get(resource_type, &id)
                .map_or(1, |row| row.version + 1),
        };
        let checked = self.settings.check_references && access.task().is_none();
        let content = Content {
            facet_number,
            facet,
            owner: match resource_type.name() {
                // The id is ours to say, whatever the document says.
                "Patient" => OwnerHint::Patient(id.to_string()),
                _ => facts::owner_hint(resource_type, about),
            },
            hold_until: facts::hold_until(root),
            guards,
            owed: owed::left_by(access, resource_type, root, &self.settings.pack),
            pool: facts::pool(resource_type, about).map(Into::into),
            sort_key: index::sort_key(resource_type, root).unwrap_or(NO_SORT_KEY),
            entries,
            words: index::words(root, vocabulary::INTERNAL),
            contained: index::contained(root, base),
            references: if checked {
                local_references(root, base)
            } else {
                Vec::new()
            },
            version,
            body: json::stamp(valid.document(), &id, version, access.now()).into(),
            valid,
        };
        Ok(Prepared {
            kind,
            resource_type,
            id,
            fresh,
            if_match,
            refused: None,
            content: Some(Arc::new(content)),
        })
    }
}

impl Inner {
    /// The index rows of a resource: by the standard's parameters and by those posted.
    async fn entries(&self, valid: &Valid, base: &str) -> Result<Vec<Entry>> {
        let (resource_type, root) = (valid.resource_type(), valid.document().root());
        let mut entries = index::entries(resource_type, root, base);
        let posted = self.posted().await?;
        if !posted.is_empty() {
            entries.extend(index::posted_entries(&posted, resource_type, root, base));
        }
        Ok(entries)
    }
}

/// The same with its text changed, where that leaves it valid.
pub(super) fn again(valid: Valid, change: impl Fn(&Document) -> Option<String>) -> Valid {
    let text = change(valid.document());
    let document = text.and_then(|text| Document::parse(text).ok());
    let changed = document.and_then(|document| validate::validate(document).ok());
    changed.unwrap_or(valid)
}

/// The document with references to ourselves made relative, if it has absolute ones: whose it is
/// must not depend on how its subject is spelt.
pub(super) fn relative_to(base: &str, document: &Document) -> Option<Document> {
    let absolute = format!("\"{base}/");
    let text = document.text();
    if !text.contains(&absolute) {
        return None;
    }
    Document::parse(text.replace(&absolute, "\"")).ok()
}

/// What a person creates, with what is forced on it (gate G10), or why it may not be.
fn shaped(access: &Access, valid: Valid) -> (Valid, Option<Refusal>) {
    match shape::shape(access, valid.resource_type(), None, valid.document()) {
        Ok(None) => (valid, None),
        Err(denial) => (valid, Some(denial)),
        Ok(Some(text)) => {
            let again = Document::parse(text).ok().map(validate::validate);
            match again {
                Some(Ok(shaped)) => (shaped, None),
                // What was forced on it does not fit: it is as good as something one may not write.
                _ => (valid, Some(Refusal::WHOLE)),
            }
        }
    }
}

/// A new id: in the order of time, so that index pages fill one after another.
fn new_id(now: jiff::Timestamp) -> String {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    let at = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanoseconds);
    uuid::Uuid::new_v7(at).hyphenated().to_string()
}

fn local_references(resource: Element<'_>, base: &str) -> Vec<(ResourceType, Arc<str>)> {
    let mut found: Vec<(ResourceType, Arc<str>)> = Vec::new();
    for element in reference::references(resource) {
        if let Some((resource_type, id)) = local(element, base) {
            let known = |(t, i): &(ResourceType, Arc<str>)| *t == resource_type && **i == *id;
            if !found.iter().any(known) {
                found.push((resource_type, id.into()));
            }
        }
    }
    found
}

fn local(element: Element<'_>, base: &str) -> Option<(ResourceType, String)> {
    match Reference::parse(&element.str()?, Some(base)) {
        Reference::Local {
            resource_type, id, ..
        } => Some((resource_type, id)),
        _ => None,
    }
}

/// The reference to a resource as written, and the FHIRPath of it.
pub(crate) fn locate(
    valid: &Valid,
    base: &str,
    resource_type: ResourceType,
    id: &str,
) -> (String, String) {
    let root = valid.document().root();
    let wanted = (resource_type, id.to_owned());
    let element = reference::references(root)
        .into_iter()
        .find(|element| local(*element, base).as_ref() == Some(&wanted));
    let Some(element) = element else {
        return (
            format!("{resource_type}/{id}"),
            valid.resource_type().name().to_owned(),
        );
    };
    let path = fhir::expression(root, element);
    (element.str().unwrap_or_default().into_owned(), path)
}
