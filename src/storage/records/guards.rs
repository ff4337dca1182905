//! What a resource takes over from others before it is written: labels of its codes, of the visit or
//! order it belongs to, of its parts, of what it tells about.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use access::sensitivity::{self, Rules};
use access::{Facet, Pack, facts, inherit, inherit::Flow, marks};
use fhir::index::{Entry, ParamId, Value};
use fhir::{Element, ResourceType};

use super::{
    Records,
    stored::{COLUMNS, Stored, document},
    write::{Content, Prepared},
};
use crate::{Inner, Result, sql::Statement};

/// How far guards pass from resource to resource within one list of changes.
const STEPS_MAX: usize = 16;

pub(crate) type Name = (ResourceType, Arc<str>);

/// Where a resource's guards come from and go to.
#[derive(Debug, Clone)]
pub(crate) struct Guards {
    /// By itself, before it takes anything over.
    pub(crate) own: Facet,
    pub(crate) own_hold_until: Option<i64>,
    pub(crate) sources: Vec<(Flow, Name)>,
    pub(crate) gives: Vec<Name>,
    /// The rows looked at, with facet number and version: these must be the same when it is stored.
    pub(crate) seen: Vec<(Name, Option<(i64, i64)>)>,
}

impl Guards {
    /// Read off a resource whose references to this house are relative.
    pub(crate) fn of(
        resource_type: ResourceType,
        (resource, about): (Element<'_>, Element<'_>),
        entries: &[Entry],
        (rules, pack): (&Rules, &Pack),
    ) -> Self {
        let named = |(of, id): (ResourceType, String)| (of, Arc::from(id));
        let sources = inherit::sources(resource_type, about).into_iter();
        let gives = inherit::gives(resource_type, about).into_iter();
        let binary = ParamId::of(resource_type, "_binary");
        let contents = entries.iter().filter(|entry| entry.param == binary);
        let contents = contents.filter_map(|entry| match &entry.value {
            Value::Reference {
                resource_type: Some(of),
                id,
            } => Some((*of, Arc::from(id.as_str()))),
            _ => None,
        });
        Self {
            own: sensitivity::facet(resource_type, resource, rules, pack),
            own_hold_until: facts::hold_until(resource),
            sources: sources
                .map(|(flow, of, id)| (flow, named((of, id))))
                .collect(),
            gives: gives.map(named).chain(contents).collect(),
            seen: Vec::new(),
        }
    }

    /// The facet with all that is taken over, and the end of its hold.
    pub(crate) fn combined(&self, sources: &[(Flow, Source)]) -> (Facet, Option<i64>) {
        let flows = sources.iter().map(|(flow, one)| (*flow, &*one.facet));
        let facet = inherit::combined(&self.own, flows);
        let held = sources
            .iter()
            .filter(|(flow, one)| *flow != Flow::Context && one.facet.hold.is_some());
        let until = held.fold(self.own_hold_until, |until, (_, one)| {
            until.max(one.hold_until)
        });
        (facet, until)
    }
}

/// What a row passes on.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) facet: Arc<Facet>,
    pub(crate) hold_until: Option<i64>,
}

impl Source {
    pub(crate) fn of(row: &Stored, rules: &Rules) -> Self {
        if !inherit::is_place(row.resource_type) {
            return Self {
                facet: row.facet.clone(),
                hold_until: row.hold_until,
            };
        }
        let facet = match document(&row.body) {
            Ok(document) if !row.deleted => {
                sensitivity::facet_of_directory(row.resource_type, document.root(), rules)
            }
            _ => Facet::plain(row.resource_type),
        };
        Self {
            facet: Arc::new(facet),
            hold_until: None,
        }
    }
}

/// The index rows by which a resource is found by its labels, those it did not state included.
pub(crate) fn tokens(facet: &Facet) -> Vec<Entry> {
    if !facet.is_sensitive() {
        return Vec::new();
    }
    let param = ParamId::of(facet.resource_type, "_security");
    let level = (
        access::labels::CONFIDENTIALITY,
        facet.confidentiality.code(),
    );
    let labels = facet.labels.iter().map(|label| marks::coding_of(label));
    let all = labels.chain([level]);
    all.map(|(system, code)| Entry {
        param,
        value: Value::Token {
            system: system.to_owned(),
            code: code.to_owned(),
        },
    })
    .collect()
}

impl Records<'_> {
    /// Works out the facet of each change from those of all it takes over from, stored ones and those of
    /// the same list.
    pub(super) async fn pass_on_guards(
        &self,
        prepared: &mut [(usize, Prepared)],
        rules: &Rules,
    ) -> Result<()> {
        let inner = &self.storage.inner;
        let mut wanted: HashSet<Name> = HashSet::new();
        let mut given: Vec<Name> = Vec::new();
        for (_, change) in prepared.iter() {
            let Some(content) = &change.content else {
                continue;
            };
            wanted.extend(content.guards.sources.iter().map(|(_, name)| name.clone()));
            if !change.fresh && inherit::may_be_given(change.resource_type) {
                given.push((change.resource_type, change.id.clone()));
            }
        }
        let givers = inner.givers(&given).await?;
        wanted.extend(givers.iter().map(|(_, giver)| giver.clone()));
        wanted.extend(given);
        let gives = |content: &Arc<Content>| !content.guards.gives.is_empty();
        let mut contents = prepared
            .iter()
            .filter_map(|(_, change)| change.content.as_ref());
        if wanted.is_empty() && !contents.any(gives) {
            // What takes nothing over is as it is by itself.
            return Ok(());
        }
        let wanted: Vec<Name> = wanted.into_iter().collect();
        let mut rows: HashMap<Name, Arc<Stored>> = HashMap::new();
        for row in inner.load(&wanted).await? {
            rows.insert((row.resource_type, row.id.clone()), row);
        }
        let mut list = List {
            sources: rows
                .iter()
                .map(|(name, row)| (name.clone(), Source::of(row, rules)))
                .collect(),
            givers,
        };
        for (_, change) in prepared.iter_mut() {
            let name = (change.resource_type, change.id.clone());
            if let Some(content) = change.content.as_mut() {
                let looked_at = list.names(&name, &content.guards);
                Arc::make_mut(content).guards.seen = looked_at
                    .into_iter()
                    .map(|name| {
                        let row = rows.get(&name);
                        (name, row.map(|row| (row.facet_number, row.version)))
                    })
                    .collect();
                list.own(name, content, rules);
            }
        }
        list.settle(prepared);
        self.number(prepared, &list).await
    }

    async fn number(&self, prepared: &mut [(usize, Prepared)], list: &List) -> Result<()> {
        for (_, change) in prepared.iter_mut() {
            let name = (change.resource_type, change.id.clone());
            let Some(content) = change.content.as_mut() else {
                continue;
            };
            let (facet, until) = list.facet(&name, content);
            if facet == *content.facet && until == content.hold_until {
                continue;
            }
            let (number, facet) = self.storage.inner.intern(facet).await?;
            let content = Arc::make_mut(content);
            content.facet_number = number;
            content.facet = facet;
            content.hold_until = until;
        }
        Ok(())
    }
}

/// Guards by name, while a list is worked out.
struct List {
    sources: HashMap<Name, Source>,
    /// Who is given to, and who gives.
    givers: Vec<(Name, Name)>,
}

impl List {
    /// Every row whose facts count for one of the list.
    fn names(&self, name: &Name, guards: &Guards) -> Vec<Name> {
        let sources = guards.sources.iter().map(|(_, name)| name.clone());
        let givers = self.givers.iter().filter(|(to, _)| to == name);
        let mut all: Vec<Name> = sources.chain(givers.map(|(_, by)| by.clone())).collect();
        if inherit::may_be_given(name.0) {
            all.push(name.clone());
        }
        all
    }
    fn own(&mut self, name: Name, content: &Content, rules: &Rules) {
        let facet = match inherit::is_place(name.0) {
            true => {
                let root = content.valid.document().root();
                sensitivity::facet_of_directory(name.0, root, rules)
            }
            false => content.guards.own.clone(),
        };
        let source = Source {
            facet: Arc::new(facet),
            hold_until: content.guards.own_hold_until,
        };
        self.sources.insert(name.clone(), source);
        for given in &content.guards.gives {
            if !self
                .givers
                .iter()
                .any(|(to, by)| to == given && *by == name)
            {
                self.givers.push((given.clone(), name.clone()));
            }
        }
    }
    fn facet(&self, name: &Name, content: &Content) -> (Facet, Option<i64>) {
        let named = content.guards.sources.iter();
        let named = named.map(|(flow, from)| (*flow, from));
        let givers = self.givers.iter().filter(|(to, _)| to == name);
        let all = named.chain(givers.map(|(_, by)| (Flow::Part, by)));
        let sources: Vec<(Flow, Source)> = all
            .filter_map(|(flow, from)| Some((flow, self.sources.get(from)?.clone())))
            .collect();
        content.guards.combined(&sources)
    }
    /// Until nothing changes: a report takes over from a result that takes over from an order.
    fn settle(&mut self, prepared: &[(usize, Prepared)]) {
        for _ in 0..STEPS_MAX {
            let mut moved = false;
            for (_, change) in prepared {
                let name = (change.resource_type, change.id.clone());
                let Some(content) = change.content.as_ref() else {
                    continue;
                };
                if inherit::is_place(name.0) {
                    continue;
                }
                let (facet, hold_until) = self.facet(&name, content);
                let known = self.sources.get(&name);
                if known.is_none_or(|one| *one.facet != facet || one.hold_until != hold_until) {
                    moved = true;
                    let facet = Arc::new(facet);
                    self.sources.insert(name, Source { facet, hold_until });
                }
            }
            if !moved {
                return;
            }
        }
    }
}

impl Inner {
    /// Who gives to the resources of those names: the name given to, and the giver's.
    async fn givers(&self, names: &[Name]) -> Result<Vec<(Name, Name)>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<String> = names.iter().map(|(of, id)| format!("{of}/{id}")).collect();
        let rows = self.db.fetch_all(self.giving(list)).await?;
        let mut found = Vec::new();
        for row in &rows {
            found.extend(giver(row)?);
        }
        Ok(found)
    }

    /// `type`, `id` of each giver and the `target` it gives to.
    pub(crate) fn giving(&self, names: Vec<String>) -> Statement {
        let targets = self.db.in_list("g.target", 1);
        let sql = format!(
            "SELECT r.type, r.id, g.target FROM guard_source g \
             JOIN resource r ON r.rid = g.rid WHERE g.gives = 1 AND {targets}"
        );
        Statement::made(sql).bind(names)
    }

    /// The rows that take over from those names, whole.
    pub(crate) fn taking(&self, names: Vec<String>) -> Statement {
        let targets = self.db.in_list("g.target", 1);
        let lock = match self.db.for_update() {
            "" => "",
            _ => " ORDER BY r.type, r.id FOR UPDATE OF r",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.deleted = 0 AND r.rid IN \
             (SELECT g.rid FROM guard_source g WHERE g.gives = 0 AND {targets}){lock}"
        );
        Statement::made(sql).bind(names)
    }
}

/// A row of [`Inner::giving`]: who is given to, and who gives.
pub(crate) fn giver(row: &crate::db::Row) -> Result<Option<(Name, Name)>> {
    let by = ResourceType::from_name(row.str(0)?);
    let id: Arc<str> = row.str(1)?.into();
    let target = row.str(2)?.split_once('/');
    let to = target.and_then(|(of, id)| Some((ResourceType::from_name(of)?, Arc::from(id))));
    Ok(by.zip(to).map(|(by, to)| (to, (by, id))))
}
