//! The visible resources of one type that satisfy conditions, as `FROM … WHERE …`.

use access::{Clause, Owner, Rows};
use fhir::ResourceType;
use fhir::search::{Condition, Subject};

use super::driver::{self, Driver};
use super::{Scope, chain, condition, contained, filter, text, within};
use crate::{records::visible, sql::Statement};

/// One type on the way of a search.
pub(crate) struct Level<'q> {
    pub(super) scope: Scope<'q>,
    pub(super) resource_type: ResourceType,
    /// All of them hold.
    conditions: Vec<&'q Condition>,
    /// Already without the clauses the conditions may not look into.
    pub(super) rows: Rows,
}

impl<'q> Level<'q> {
    pub(crate) fn new(
        scope: Scope<'q>,
        resource_type: ResourceType,
        conditions: impl IntoIterator<Item = &'q Condition>,
        rows: Rows,
    ) -> Self {
        let mut all = Vec::new();
        conditions
            .into_iter()
            .for_each(|condition| flatten(condition, &mut all));
        Self {
            scope,
            resource_type,
            conditions: all,
            rows,
        }
    }

    /// Whether anything can be found at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.clauses.is_empty()
    }

    /// Writes `FROM … WHERE …`: candidates `r` after a place in the order of `rid`, visible, that
    /// pass every condition.
    pub(super) fn write(&self, s: &mut Statement, after: Option<i64>) {
        let owner = driver::implied_owner(self.conditions.iter().copied());
        let owned = owner.is_some() || visible::one_owner(&self.rows).is_some();
        let driver = driver::choose(&self.conditions, owned);
        s.push(" FROM resource r WHERE ");
        self.drive(s, driver, after);
        if let Some((_, owner)) = owner {
            s.push(" AND r.owner = ").push_bind(owner);
        }
        s.push(" AND r.deleted = 0 AND ");
        visible::write(s, self.scope.db, &self.rows, self.scope.now);
        for (at, one) in self.conditions.iter().enumerate() {
            let driven = matches!(driver, Driver::Condition(driven) if driven == at);
            if (driven && driver::is_exact(one)) || owner.is_some_and(|(named, _)| named == at) {
                continue;
            }
            s.push(" AND ");
            condition::probe(s, self.scope, self.resource_type, one);
        }
    }

    /// After [`Level::write`]: where nothing narrows the rows of the type down, neither what is asked
    /// nor whose may be seen, lets them be read in the order of their date. Few rows are rather sorted.
    pub(super) fn in_order(&self, s: &mut Statement) {
        let owner = driver::implied_owner(self.conditions.iter().copied());
        let owned = owner.is_some() || visible::one_owner(&self.rows).is_some();
        let by_id = |c: &&&Condition| c.as_filter().is_some_and(|f| f.param == Subject::Id);
        let named = self.conditions.iter().any(|c| by_id(&c));
        let wide = |clause: &Clause| {
            clause.ids.is_none() && matches!(clause.owner, Owner::Any | Owner::NotIn(_))
        };
        let wide = self.rows.clauses.iter().any(wide);
        if wide && !owned && !named && driver::choose(&self.conditions, owned) == Driver::Resource {
            s.push(" AND r.type <> ''");
        }
    }

    /// Writes where the candidates come from.
    fn drive(&self, s: &mut Statement, driver: Driver, after: Option<i64>) {
        let condition = match driver {
            Driver::Condition(at) => self.conditions.get(at),
            Driver::Resource => None,
        };
        match condition {
            Some(Condition::Filter(filter)) => {
                // SQLite walks such a list in the order of rid, and stops when the page is full.
                s.push("r.rid IN (");
                filter::drive(s, self.scope.db, filter, after);
                s.push(")");
            }
            Some(condition) => {
                s.push(self.scope.db.among("r.rid"));
                self.set(s, condition, after);
                s.push(self.scope.db.among_end());
                // Not every part of a set begins after the place.
                if let Some(after) = after {
                    s.push(" AND r.rid > ").push_bind(after);
                }
            }
            None => {
                s.push("r.type = ").push_bind(self.resource_type.name());
                if let Some(after) = after {
                    s.push(" AND r.rid > ").push_bind(after);
                }
            }
        }
    }

    /// Writes the SELECT of the rids that a condition finds, and perhaps more.
    fn set(&self, s: &mut Statement, condition: &Condition, after: Option<i64>) {
        match condition {
            Condition::Filter(filter) if filter.param == Subject::Id => {
                s.push("SELECT r.rid FROM resource r WHERE r.type = ");
                s.push_bind(self.resource_type.name()).push(" AND ");
                filter::probe(s, self.scope.db, filter);
            }
            Condition::Filter(filter) => filter::drive(s, self.scope.db, filter, after),
            Condition::Chain(chain) => chain::from_targets(s, self.scope, chain, after),
            Condition::Has(has) => chain::from_sources(s, self.scope, self.resource_type, has),
            Condition::All(parts) => match driver::best(parts) {
                Some(part) => self.set(s, part, after),
                None => nothing(s),
            },
            Condition::Any(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    s.push(if at == 0 { "" } else { " UNION " });
                    self.set(s, part, after);
                }
            }
            Condition::Text(asked) => match text::start(asked) {
                Some(part) => {
                    let start = (asked, part);
                    text::drive(s, self.scope.db, start, self.resource_type, after);
                }
                None => nothing(s),
            },
            Condition::Within(inside) => within::drive(s, inside, after),
            Condition::Listed(ids) => {
                s.push("SELECT r.rid FROM resource r WHERE ");
                within::listed(s, self.scope, self.resource_type, ids);
            }
            Condition::Contained(asked) => contained::holders(s, self.scope, asked),
            Condition::Not(_) => nothing(s),
        }
    }
}

fn nothing(s: &mut Statement) {
    s.push("SELECT 0 WHERE 1 = 0");
}

fn flatten<'q>(condition: &'q Condition, out: &mut Vec<&'q Condition>) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| flatten(part, out)),
        other => out.push(other),
    }
}
