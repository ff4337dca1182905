//! What a write changes for others: when a visit turns confidential, so does all that came of it, its earlier
//! versions included, in the same transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use access::sensitivity::Rules;
use access::{Access, Facet, Pack, Task, inherit, inherit::Flow, sensitivity};
use fhir::{Document, ResourceType, index};
use tokio::sync::oneshot;

use super::{
    guards::{self, Guards, Name, Source},
    index::{IndexRows, NO_SORT_KEY},
    stored::{COLUMNS, Stored, document},
    write::relative_to,
    writer::Job,
};
use crate::{
    Error, Inner, Result, Storage,
    db::Tx,
    reindex,
    sql::{Column, Rows, Statement, Table},
};

/// How far a change is followed from resource to resource; cycles end here.
const STEPS_MAX: usize = 64;

static SOURCE: Table = Table {
    name: "guard_source",
    columns: &[
        ("rid", Column::Int),
        ("target", Column::Text),
        ("gives", Column::Int),
    ],
    tail: "ON CONFLICT DO NOTHING",
};

/// The rows that say where resources take over from.
#[derive(Default)]
pub(super) struct SourceRows {
    rows: Rows,
}

impl SourceRows {
    pub(super) fn add(&mut self, rid: i64, guards: &Guards) {
        let sources = guards.sources.iter().map(|(_, name)| (name, 0_i64));
        let gives = guards.gives.iter().map(|name| (name, 1_i64));
        for ((of, id), gives) in sources.chain(gives) {
            let rows = self.rows.push(rid).push(format!("{of}/{id}"));
            rows.push(gives);
        }
    }
    pub(super) async fn insert(self, tx: &mut Tx) -> Result<()> {
        tx.insert(&SOURCE, self.rows).await
    }
}

/// Removes the rows of some resources.
pub(super) async fn forget(inner: &Inner, tx: &mut Tx, rids: &[i64]) -> Result<()> {
    let sql = format!(
        "DELETE FROM guard_source WHERE {}",
        inner.db.in_list("rid", 1)
    );
    tx.execute(Statement::made(sql).bind(rids.to_vec())).await?;
    Ok(())
}

/// Where a change starts.
#[derive(Default)]
pub(super) struct Seeds {
    /// What takes over from these is worked out anew.
    pub(super) changed: Vec<String>,
    /// These are.
    pub(super) given: Vec<String>,
    /// Earlier versions of these are to be as guarded.
    pub(super) replaced: BTreeMap<i64, Arc<Facet>>,
    /// A place says something else of all that was made there.
    pub(super) place: bool,
    /// These are, whatever changed, with their notes of where they take over from.
    pub(super) rids: Vec<i64>,
    /// These say less of themselves than before: what takes over from them begins anew, for in a circle each
    /// would keep what it has of the other.
    pub(super) shrunk: Vec<String>,
}

impl Seeds {
    /// Notes what a stored change means for others. `guards`: where it takes over from and gives to now.
    pub(super) fn note(
        &mut self,
        row: &Stored,
        old: Option<&Stored>,
        guards: Option<&Guards>,
        (rules, pack): (&Rules, &Pack),
    ) {
        if inherit::is_place(row.resource_type) {
            let of = |row: &Stored| Source::of(row, rules).facet;
            self.place |= match old {
                Some(old) => !inherit::passes_alike(&of(old), &of(row)),
                None => false,
            };
            return;
        }
        if let (Some(old), Some(guards)) = (old, guards)
            && says_less(old, &guards.own, &row.facet, (rules, pack))
        {
            self.shrunk.push(row.reference());
        }
        let gives = guards.map(|guards| &*guards.gives).unwrap_or_default();
        let plain = Facet::plain(row.resource_type);
        let before = old.map_or(&plain, |old| &*old.facet);
        let alike = inherit::passes_alike(before, &row.facet);
        if alike && !row.facet.guards() {
            return;
        }
        self.given
            .extend(gives.iter().map(|(of, id)| format!("{of}/{id}")));
        if !alike {
            if old.is_some() {
                self.replaced.insert(row.rid, row.facet.clone());
            }
            self.changed.push(row.reference());
        }
    }
    fn is_empty(&self) -> bool {
        self.changed.is_empty()
            && self.given.is_empty()
            && self.replaced.is_empty()
            && self.rids.is_empty()
            && self.shrunk.is_empty()
    }
}

/// Whether a resource said more of itself before, while it still takes something over.
fn says_less(old: &Stored, own: &Facet, now: &Facet, (rules, pack): (&Rules, &Pack)) -> bool {
    if old.deleted || !old.facet.guards() || inherit::passes_alike(own, now) {
        return false;
    }
    document(&old.body).is_ok_and(|document| {
        let before = sensitivity::facet(old.resource_type, document.root(), rules, pack);
        !inherit::passes_alike(&before, own)
    })
}

/// Works out anew what takes over from what changed, step by step.
pub(super) struct Propagation<'a> {
    pub(super) inner: &'a Inner,
    pub(super) tx: &'a mut Tx,
    pub(super) rules: &'a Rules,
    /// Facets that have no number yet: nothing is stored until they have.
    pub(super) missing: &'a mut Vec<Facet>,
}

impl Propagation<'_> {
    /// The rows that changed, as they are now.
    ///
    /// # Errors
    /// `Busy` when facets are missing: once they have numbers, the same is tried again.
    pub(super) async fn run(mut self, seeds: Seeds) -> Result<Vec<Arc<Stored>>> {
        if seeds.place {
            reindex::relabel(self.tx).await?;
        }
        if seeds.is_empty() {
            return Ok(Vec::new());
        }
        let mut changed: HashMap<i64, Stored> = HashMap::new();
        let mut raised = seeds.replaced;
        let mut next = self.rows(seeds.changed, seeds.given).await?;
        if !seeds.rids.is_empty() {
            let rows = self.by_number(&seeds.rids).await?;
            self.note_sources(&rows).await?;
            next.extend(rows);
        }
        let anew = self.begin_anew(seeds.shrunk).await?;
        let must_settle = !anew.is_empty();
        for row in anew {
            changed.insert(row.rid, row.clone());
            next.push(row);
        }
        for _ in 0..STEPS_MAX {
            if next.is_empty() {
                break;
            }
            let moved = self.work_out(std::mem::take(&mut next)).await?;
            if moved.is_empty() {
                break;
            }
            let names = moved.iter().map(|(row, _)| row.reference()).collect();
            let given = moved
                .iter()
                .flat_map(|(_, guards)| guards.gives.iter())
                .map(|(of, id)| format!("{of}/{id}"))
                .collect();
            for (row, _) in moved {
                raised.insert(row.rid, row.facet.clone());
                changed.insert(row.rid, row);
            }
            next = self.rows(names, given).await?;
        }
        if must_settle && !next.is_empty() {
            // Nothing is shown that may have more to take over.
            let what = "what takes over from it goes on for too long to be worked out";
            return Err(Error::TooCostly(what.to_owned()));
        }
        self.raise_history(raised).await?;
        if self.missing.is_empty() {
            Ok(changed.into_values().map(Arc::new).collect())
        } else {
            Err(Error::Busy)
        }
    }

    /// Sets everything that takes over from these, step by step, to what it is by itself, all within this
    /// transaction; what it takes over is worked out next.
    async fn begin_anew(&mut self, shrunk: Vec<String>) -> Result<Vec<Stored>> {
        if shrunk.is_empty() {
            return Ok(Vec::new());
        }
        let mut reached: BTreeMap<i64, (Stored, Guards)> = BTreeMap::new();
        let mut next = self.named(shrunk).await?;
        for _ in 0..STEPS_MAX {
            let (mut names, mut given) = (Vec::new(), Vec::new());
            for row in next {
                let known = reached.contains_key(&row.rid) || inherit::is_place(row.resource_type);
                let (false, false, Ok((_, guards))) = (known, row.deleted, self.guards(&row))
                else {
                    continue;
                };
                names.push(row.reference());
                given.extend(guards.gives.iter().map(|(of, id)| format!("{of}/{id}")));
                reached.insert(row.rid, (row, guards));
            }
            if names.is_empty() {
                break;
            }
            next = self.rows(names, given).await?;
        }
        let mut begun = Vec::with_capacity(reached.len());
        for (row, guards) in reached.into_values() {
            let own = (guards.own, guards.own_hold_until);
            let mut unused = HashMap::new();
            let kept = row.clone();
            let set = self.store(&mut unused, row, own.0, own.1).await?;
            begun.push(set.unwrap_or(kept));
        }
        Ok(begun)
    }

    async fn rows(&mut self, changed: Vec<String>, given: Vec<String>) -> Result<Vec<Stored>> {
        let mut rows = Vec::new();
        if !changed.is_empty() {
            let found = self.tx.fetch_all(self.inner.taking(changed)).await?;
            rows = self.inner.stored(&found).await?;
        }
        if !given.is_empty() {
            rows.extend(
                self.named(given)
                    .await?
                    .into_iter()
                    .filter(|row| !row.deleted),
            );
        }
        Ok(rows)
    }

    async fn by_number(&mut self, rids: &[i64]) -> Result<Vec<Stored>> {
        let of = self.inner.db.in_list("r.rid", 1);
        let lock = self.inner.db.for_update();
        let sql = format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.deleted = 0 AND {of} ORDER BY r.rid{lock}"
        );
        let statement = Statement::made(sql).bind(rids.to_vec());
        let found = self.tx.fetch_all(statement).await?;
        self.inner.stored(&found).await
    }

    async fn named(&mut self, names: Vec<String>) -> Result<Vec<Stored>> {
        let sql = format!("SELECT {COLUMNS} {}", self.inner.db.naming(1));
        let found = self.tx.fetch_all(Statement::made(sql).bind(names)).await?;
        self.inner.stored(&found).await
    }

    fn guards(&self, row: &Stored) -> Result<(Document, Guards)> {
        let inner = self.inner;
        let document = document(&row.body)?;
        let relative = relative_to(&inner.settings.base, &document);
        let about = relative.as_ref().map_or(document.root(), Document::root);
        let root = document.root();
        let mut binaries = Vec::new();
        if root.raw().contains("Binary") {
            binaries = index::entries(row.resource_type, root, &inner.settings.base);
        }
        let by = (self.rules, &*inner.settings.pack);
        let guards = Guards::of(row.resource_type, (root, about), &binaries, by);
        Ok((document, guards))
    }

    /// Where rows take over from, written down again.
    async fn note_sources(&mut self, rows: &[Stored]) -> Result<()> {
        let rids: Vec<i64> = rows.iter().map(|row| row.rid).collect();
        forget(self.inner, self.tx, &rids).await?;
        let mut sources = SourceRows::default();
        for row in rows {
            if let Ok((_, guards)) = self.guards(row) {
                sources.add(row.rid, &guards);
            }
        }
        sources.insert(self.tx).await
    }

    /// Stores the new facets of rows; those that pass on something else than before.
    async fn work_out(&mut self, rows: Vec<Stored>) -> Result<Vec<(Stored, Guards)>> {
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            match self.guards(&row) {
                Ok((_, guards)) => read.push((row, guards)),
                // It cannot be shown either.
                Err(error) => tracing::warn!(rid = row.rid, %error, "a resource keeps its labels"),
            }
        }
        let given = read
            .iter()
            .filter(|(row, _)| inherit::may_be_given(row.resource_type));
        let given: Vec<String> = given.map(|(row, _)| row.reference()).collect();
        let mut givers: Vec<(Name, Name)> = Vec::new();
        if !given.is_empty() {
            for row in self.tx.fetch_all(self.inner.giving(given)).await? {
                givers.extend(guards::giver(&row)?);
            }
        }
        let sources = read.iter().flat_map(|(_, guards)| guards.sources.iter());
        let names = sources
            .map(|(_, name)| name)
            .chain(givers.iter().map(|(_, by)| by));
        let mut names: Vec<String> = names.map(|(of, id)| format!("{of}/{id}")).collect();
        names.sort_unstable();
        names.dedup();
        let mut known: HashMap<Name, Source> = HashMap::new();
        for row in self.named(names).await? {
            let source = Source::of(&row, self.rules);
            known.insert((row.resource_type, row.id.clone()), source);
        }
        let mut moved = Vec::new();
        for (row, guards) in read {
            let name = (row.resource_type, row.id.clone());
            let by = givers.iter().filter(|(to, _)| *to == name);
            let all = guards.sources.iter().map(|(flow, from)| (*flow, from));
            let all = all.chain(by.map(|(_, by)| (Flow::Part, by)));
            let from: Vec<(Flow, Source)> = all
                .filter_map(|(flow, from)| Some((flow, known.get(from)?.clone())))
                .collect();
            let (facet, hold_until) = guards.combined(&from);
            if let Some(row) = self.store(&mut known, row, facet, hold_until).await? {
                moved.push((row, guards));
            }
        }
        Ok(moved)
    }

    /// Gives a row its facet; the row, if it had another.
    async fn store(
        &mut self,
        known: &mut HashMap<Name, Source>,
        mut row: Stored,
        facet: Facet,
        hold_until: Option<i64>,
    ) -> Result<Option<Stored>> {
        if facet == *row.facet && hold_until == row.hold_until {
            return Ok(None);
        }
        let Some((number, facet)) = self.inner.facets.number(&facet) else {
            self.missing.push(facet);
            return Ok(None);
        };
        let statement =
            Statement::new("UPDATE resource SET facet = $1, hold_until = $2 WHERE rid = $3");
        let statement = statement.bind(number).bind(hold_until).bind(row.rid);
        self.tx.execute(statement).await?;
        row.facet = facet.clone();
        row.facet_number = number;
        row.hold_until = hold_until;
        known.insert(
            (row.resource_type, row.id.clone()),
            Source { facet, hold_until },
        );
        self.index_labels(&row).await?;
        Ok(Some(row))
    }

    /// The row is found by the labels it has now.
    async fn index_labels(&mut self, row: &Stored) -> Result<()> {
        let param = index::ParamId::of(row.resource_type, "_security");
        let forget = Statement::new("DELETE FROM ix_token WHERE rid = $1 AND param = $2");
        let forget = forget.bind(row.rid).bind(i64::from(param.0));
        self.tx.execute(forget).await?;
        let document = document(&row.body)?;
        let base = &self.inner.settings.base;
        let mut entries = index::entries(row.resource_type, document.root(), base);
        entries.retain(|entry| entry.param == param);
        entries.extend(guards::tokens(&row.facet));
        let sort_key = index::sort_key(row.resource_type, document.root());
        let mut rows = IndexRows::default();
        rows.add(row.rid, sort_key.unwrap_or(NO_SORT_KEY), entries);
        rows.insert(&self.inner.db, self.tx).await
    }

    /// Earlier versions become as guarded as the current one, never less.
    async fn raise_history(&mut self, raised: BTreeMap<i64, Arc<Facet>>) -> Result<()> {
        if raised.is_empty() {
            return Ok(());
        }
        let rids: Vec<i64> = raised.keys().copied().collect();
        let sql = format!(
            "SELECT DISTINCT rid, facet FROM history WHERE {}",
            self.inner.db.in_list("rid", 1)
        );
        let versions = self.tx.fetch_all(Statement::made(sql).bind(rids)).await?;
        for version in versions {
            let (rid, number) = (version.int(0)?, version.int(1)?);
            let (Some(now), Some(was)) = (raised.get(&rid), self.inner.facets.get(number)) else {
                continue;
            };
            let facet = inherit::combined(&was, std::iter::once((Flow::Context, &**now)));
            if facet == *was {
                continue;
            }
            let Some((next, _)) = self.inner.facets.number(&facet) else {
                self.missing.push(facet);
                continue;
            };
            let statement =
                Statement::new("UPDATE history SET facet = $1 WHERE rid = $2 AND facet = $3");
            let statement = statement.bind(next).bind(rid).bind(number);
            self.tx.execute(statement).await?;
        }
        Ok(())
    }
}

impl Storage {
    /// Works out the labels of rows anew, by the rules and for the reasons there are now.
    pub(crate) async fn label_anew(&self, rids: Vec<i64>, now: jiff::Timestamp) -> Result<()> {
        let inner = &self.inner;
        let access = Access::for_task(Task::Reindex, inner.settings.pack.clone(), now);
        let (reply, answer) = oneshot::channel();
        let job = Job {
            agent: inner
                .audit
                .agent(&inner.db, &access.standing().agent)
                .await?,
            access,
            changes: Vec::new(),
            conditions: Vec::new(),
            relabel: rids,
            reply,
        };
        let closed = || Error::Unavailable("the writer has stopped".to_owned());
        inner.writer.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?.map(drop)
    }
}

/// Whether something may depend on a row: logs and provenance pass nothing on.
pub(super) fn may_pass_on(resource_type: ResourceType) -> bool {
    resource_type != ResourceType::AUDIT_EVENT && resource_type != ResourceType::PROVENANCE
}
