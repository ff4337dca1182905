//! Storing many rows with few statements. No row comes twice in a stage.

use std::{collections::HashSet, sync::Arc};

use fhir::ResourceType;

use super::{
    guards,
    index::{self, IndexRows},
    judge::{Judged, sort_key},
    propagate::{self, SourceRows},
};
use crate::{
    Inner, Result,
    db::Tx,
    owed::OWED,
    sql::{Bind, Column, Rows, Statement, Table},
};

static RESOURCE: Table = Table {
    name: "resource",
    columns: &[
        ("rid", Column::Int),
        ("type", Column::Text),
        ("id", Column::Text),
        ("version", Column::Int),
        ("updated", Column::Int),
        ("method", Column::Int),
        ("deleted", Column::Int),
        ("owner", Column::Text),
        ("facet", Column::Int),
        ("hold_until", Column::Int),
        ("pool", Column::Text),
        ("sort_key", Column::Int),
        ("body", Column::Bytes),
    ],
    tail: "ON CONFLICT (rid) DO UPDATE SET version = excluded.version, \
           updated = excluded.updated, method = excluded.method, deleted = excluded.deleted, \
           owner = excluded.owner, facet = excluded.facet, hold_until = excluded.hold_until, \
           pool = excluded.pool, sort_key = excluded.sort_key, body = excluded.body",
};

/// Rows to be stored together.
#[derive(Default)]
pub(crate) struct Stage {
    rows: Vec<Judged>,
    keys: HashSet<(ResourceType, Arc<str>)>,
}

impl Stage {
    /// Whether that row is in the stage already.
    pub(crate) fn touches(&self, resource_type: ResourceType, id: &Arc<str>) -> bool {
        self.keys.contains(&(resource_type, id.clone()))
    }

    pub(crate) fn add(&mut self, judged: Judged) {
        if judged.unchanged {
            return;
        }
        self.keys
            .insert((judged.row.resource_type, judged.row.id.clone()));
        self.rows.push(judged);
    }

    /// Moves the versions replaced to the history, then writes rows and index.
    pub(crate) async fn store(self, inner: &Inner, tx: &mut Tx) -> Result<()> {
        let db = &inner.db;
        let replaced: Vec<i64> = self
            .rows
            .iter()
            .filter(|judged| judged.replaces)
            .map(|judged| judged.row.rid)
            .collect();
        if !replaced.is_empty() {
            let in_rids = db.in_list("rid", 1);
            let keep = format!(
                "INSERT INTO history (rid, version, updated, method, deleted, owner, facet, \
                 hold_until, pool, body, type) SELECT rid, version, updated, method, deleted, \
                 owner, facet, hold_until, pool, body, type FROM resource WHERE {in_rids}"
            );
            tx.execute(Statement::made(keep).bind(replaced.clone()))
                .await?;
            index::delete(db, tx, &replaced).await?;
            propagate::forget(inner, tx, &replaced).await?;
        }
        let mut resources = Rows::default();
        let mut entries = IndexRows::default();
        let mut sources = SourceRows::default();
        let mut owed = Rows::default();
        for judged in self.rows {
            let sort_key = sort_key(&judged);
            let row = &judged.row;
            let body = if row.deleted {
                Bind::Null
            } else {
                row.body.clone().into()
            };
            resources
                .push(row.rid)
                .push(row.resource_type.name())
                .push(&*row.id)
                .push(row.version)
                .push(row.updated)
                .push(row.method.number())
                .push(row.deleted)
                .push(row.owner.as_deref())
                .push(row.facet_number)
                .push(row.hold_until)
                .push(row.pool.as_deref())
                .push(sort_key);
            resources.push(body);
            if let Some(content) = judged.content {
                entries.add(row.rid, sort_key, content.entries.clone());
                entries.add(row.rid, sort_key, guards::tokens(&row.facet));
                sources.add(row.rid, &content.guards);
                for kind in &content.owed {
                    owed.push(kind.code()).push(row.rid);
                }
                entries.add_words(row.rid, content.words.clone());
                entries.add_contained((row.rid, row.resource_type), content.contained.clone());
            }
        }
        tx.insert(&RESOURCE, resources).await?;
        sources.insert(tx).await?;
        tx.insert(&OWED, owed).await?;
        entries.insert(db, tx).await
    }
}
