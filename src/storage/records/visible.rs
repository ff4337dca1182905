//! The visible set as SQL: which rows of a type this caller may see, before anything else is asked.

use std::collections::BTreeMap;

use access::{Clause, Owner, Rows};
use fhir::ResourceType;
use fhir::search::{Condition, Param, Subject};

use crate::{
    db::Db,
    search::filter,
    sql::{Bind, Statement},
};

/// Up to this many numbers are bound one by one, so that their count is all that varies in the
/// text.
const LISTED_MAX: usize = 16;

/// The one patient whose rows these are, if all clauses say the same.
pub(crate) fn one_owner(rows: &Rows) -> Option<&str> {
    let mut owners = rows.clauses.iter().map(|c| match &c.owner {
        Owner::Is(owner) => Some(owner.as_str()),
        Owner::In(owners) => match owners.as_slice() {
            [owner] => Some(owner.as_str()),
            _ => None,
        },
        _ => None,
    });
    let first = owners.next()??;
    owners.all(|o| o == Some(first)).then_some(first)
}

/// What a caller may see at the far ends of the references a search follows.
#[derive(Debug, Default)]
pub(crate) struct Sights {
    /// Every type that a condition passes through.
    pub(crate) rows: BTreeMap<ResourceType, Rows>,
    /// The items of each list named, none of a list this caller may not see.
    pub(crate) lists: BTreeMap<String, Vec<(ResourceType, String)>>,
    /// Labels are taken off what this caller reads.
    pub(crate) hides_labels: bool,
}

impl Sights {
    /// The rows of a type that conditions (and a reference that leads here) may look into.
    pub(crate) fn of(
        &self,
        resource_type: ResourceType,
        conditions: &[&Condition],
        by: Option<&'static Param>,
    ) -> Rows {
        let rows = self.rows.get(&resource_type).cloned().unwrap_or_default();
        let mut subjects: Vec<Subject> = by.into_iter().map(Subject::Param).collect();
        for condition in conditions {
            condition.each_subject(&mut |subject| subjects.push(subject));
        }
        searchable(rows, &subjects, self.hides_labels)
    }
}

/// The clauses left when some things are looked at: rows that carry a redaction cannot be found or
/// ordered by what it hides, and nothing by labels where those are hidden.
pub(crate) fn searchable(mut rows: Rows, subjects: &[Subject], hides_labels: bool) -> Rows {
    let labels =
        |subject: &Subject| matches!(subject, Subject::Param(param) if param.code == "_security");
    if hides_labels && subjects.iter().any(labels) {
        rows.clauses.clear();
    }
    rows.clauses
        .retain(|clause| subjects.iter().all(|subject| shown(clause, subject)));
    rows
}

/// Whether a clause's rows show what a parameter looks at.
fn shown(clause: &Clause, subject: &Subject) -> bool {
    let Some(redaction) = clause.redaction else {
        return true;
    };
    match subject {
        Subject::Id | Subject::LastUpdated => true,
        // Words tell all of a resource.
        Subject::Text => false,
        Subject::Param(param) => redaction.params.contains(&param.code),
    }
}

/// Writes the condition that the row `r` is visible at `now` (microseconds). No clause, no rows.
pub(crate) fn write(s: &mut Statement, db: &Db, rows: &Rows, now: i64) {
    let owner = one_owner(rows);
    if let Some(owner) = owner {
        s.push("r.owner = ").push_bind(owner).push(" AND ");
    }
    s.push("(");
    for (at, one) in rows.clauses.iter().enumerate() {
        s.push(if at == 0 { "(" } else { " OR (" });
        clause(s, db, one, owner.is_some(), now);
        s.push(")");
    }
    s.push(if rows.clauses.is_empty() {
        "1 = 0)"
    } else {
        ")"
    });
}

fn clause(s: &mut Statement, db: &Db, clause: &Clause, owner_written: bool, now: i64) {
    if !owner_written {
        owner(s, db, &clause.owner);
    }
    if let Some(ids) = &clause.ids {
        texts(s, db, "r.id", ids);
        s.push(" AND ");
    }
    if let Some(pools) = &clause.pools {
        texts(s, db, "r.pool", pools);
        s.push(" AND ");
    }
    s.push("(");
    numbers(s, db, "r.facet", &clause.facets);
    if !clause.facets_unless_held.is_empty() {
        s.push(" OR (");
        numbers(s, db, "r.facet", &clause.facets_unless_held);
        s.push(" AND (r.hold_until IS NULL OR r.hold_until <= ");
        s.push_bind(now).push("))");
    }
    s.push(")");
    for only in &clause.only {
        s.push(" AND ");
        filter::probe(s, db, only);
    }
}

/// Writes `… AND `, or nothing for any owner.
fn owner(s: &mut Statement, db: &Db, owner: &Owner) {
    match owner {
        Owner::Any => return,
        Owner::Nobody => {
            s.push("r.owner IS NULL");
        }
        Owner::Is(owner) => {
            s.push("r.owner = ").push_bind(owner);
        }
        Owner::In(owners) => texts(s, db, "r.owner", owners),
        Owner::NotIn(owners) => {
            s.push("r.owner IS NOT NULL");
            if !owners.is_empty() {
                s.push(" AND NOT ");
                texts(s, db, "r.owner", owners);
            }
        }
    }
    s.push(" AND ");
}

fn texts(s: &mut Statement, db: &Db, column: &str, values: &[String]) {
    list(s, db, column, values.to_vec(), Bind::Texts);
}

fn numbers(s: &mut Statement, db: &Db, column: &str, values: &[i64]) {
    list(s, db, column, values.to_vec(), Bind::Ints);
}

/// `column IN (…)`. A short list is padded to a power of two, so that few texts are ever prepared.
fn list<T>(
    s: &mut Statement,
    db: &Db,
    column: &str,
    values: Vec<T>,
    whole: impl FnOnce(Vec<T>) -> Bind,
) where
    T: Clone + Into<Bind>,
{
    if values.len() > LISTED_MAX {
        let number = s.number(whole(values));
        s.push(&db.in_list(column, number));
        return;
    }
    let Some(last) = values.last().cloned() else {
        s.push("1 = 0");
        return;
    };
    let padding = values.len().next_power_of_two() - values.len();
    s.push(column).push(" IN (");
    let padded = values.into_iter().chain(std::iter::repeat_n(last, padding));
    for (at, value) in padded.enumerate() {
        s.push(if at == 0 { "" } else { ", " });
        s.push_bind(value);
    }
    s.push(")");
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::Redaction;

    static NAMED_ONLY: Redaction = Redaction {
        keep: &["name"],
        params: &["name"],
    };

    #[test]
    fn a_row_that_is_shown_in_part_is_not_found_by_its_words() {
        let clause = |redaction| Clause {
            owner: Owner::Any,
            facets: vec![1],
            facets_unless_held: Vec::new(),
            ids: None,
            pools: None,
            redaction,
            only: Vec::new(),
            constraints: Vec::new(),
        };
        let rows = Rows {
            clauses: vec![clause(None), clause(Some(&NAMED_ONLY))],
        };
        assert_eq!(searchable(rows.clone(), &[Subject::Id], false), rows);
        let left = searchable(rows, &[Subject::Text], false);
        assert_eq!(left.clauses, [clause(None)]);
    }
}
