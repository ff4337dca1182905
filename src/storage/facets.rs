//! Facets by number: the few distinct combinations of decisive facts that rows of this database
//! carry.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use access::Facet;
use fhir::ResourceType;

use crate::{Result, db::Db, sql::Statement};

/// Numbers of one type with what they stand for.
pub(crate) type Numbered = Arc<Vec<(i64, Arc<Facet>)>>;

/// Every facet this process knows. Numbers are given once and never change their meaning.
#[derive(Default)]
pub(crate) struct Facets {
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    by_number: HashMap<i64, Arc<Facet>>,
    numbers: HashMap<Arc<Facet>, i64>,
    by_type: HashMap<ResourceType, Numbered>,
}

impl Facets {
    /// Reads the facets other processes may have added.
    pub(crate) async fn load(&self, db: &Db) -> Result<()> {
        let rows = db
            .fetch_all(Statement::new("SELECT id, key FROM facet ORDER BY id"))
            .await?;
        for row in rows {
            match Facet::from_key(row.str(1)?) {
                Some(facet) => self.remember(row.int(0)?, Arc::new(facet)),
                // Written by a later version of this program: rows that carry it stay hidden.
                None => tracing::warn!(facet = row.int(0)?, "a facet cannot be read"),
            }
        }
        Ok(())
    }

    fn remember(&self, number: i64, facet: Arc<Facet>) {
        let Ok(mut known) = self.known.write() else {
            return;
        };
        if known.by_number.contains_key(&number) {
            return;
        }
        known.by_number.insert(number, facet.clone());
        known.numbers.insert(facet.clone(), number);
        let list = known.by_type.entry(facet.resource_type).or_default();
        Arc::make_mut(list).push((number, facet));
    }

    /// The facets rows of a type may carry.
    pub(crate) fn of_type(&self, resource_type: ResourceType) -> Numbered {
        self.known
            .read()
            .ok()
            .and_then(|known| known.by_type.get(&resource_type).cloned())
            .unwrap_or_default()
    }

    pub(crate) fn count(&self) -> usize {
        let known = self.known.read();
        known.map_or(0, |known| known.by_number.len())
    }

    pub(crate) fn get(&self, number: i64) -> Option<Arc<Facet>> {
        self.known.read().ok()?.by_number.get(&number).cloned()
    }

    /// Its number, if it has one.
    pub(crate) fn number(&self, facet: &Facet) -> Option<(i64, Arc<Facet>)> {
        let known = self.known.read().ok()?;
        let (facet, number) = known.numbers.get_key_value(facet)?;
        Some((*number, facet.clone()))
    }

    /// The number of a facet, given now if it is new, with whether it is. Committed before this
    /// returns, so that no row ever carries a number nobody knows.
    pub(crate) async fn intern(&self, db: &Db, facet: Facet) -> Result<(i64, Arc<Facet>, bool)> {
        if let Some((number, facet)) = self.number(&facet) {
            return Ok((number, facet, false));
        }
        let key = facet.to_key();
        let insert = Statement::new(
            "INSERT INTO facet (type, key) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        );
        db.execute(insert.bind(facet.resource_type.name()).bind(&key))
            .await?;
        let select = Statement::new("SELECT id FROM facet WHERE key = $1").bind(&key);
        let row = db.fetch_optional(select).await?;
        let number = row
            .ok_or(crate::Error::Corrupt {
                table: "facet",
                what: "a facet just written is not there".to_owned(),
            })?
            .int(0)?;
        let facet = Arc::new(facet);
        self.remember(number, facet.clone());
        Ok((number, facet, true))
    }
}
