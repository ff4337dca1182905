//! Conditions on contained resources: their containers are what is found.

use fhir::search::Contained;

use super::{Scope, condition};
use crate::sql::Statement;

/// Writes the SELECT of the rids of the containers of what satisfies a condition. Whether a
/// container is visible is asked of it as of any other row.
pub(super) fn holders(s: &mut Statement, scope: Scope<'_>, asked: &Contained) {
    s.push("SELECT r.holder FROM contained r WHERE ");
    fits(s, scope, asked);
}

/// Writes the condition that the row `r` contains something that satisfies a condition.
pub(super) fn probe(s: &mut Statement, scope: Scope<'_>, asked: &Contained) {
    s.push("r.rid IN (");
    holders(s, scope, asked);
    s.push(")");
}

/// Type and id of each of some containers (by their names), with the ids of what satisfies a
/// condition inside, in the order they stand there.
pub(crate) fn inside(scope: Scope<'_>, asked: &Contained, names: Vec<String>) -> Statement {
    let mut s = Statement::default();
    let number = s.number(names);
    s.push("SELECT h.type, h.id, r.id FROM contained r JOIN resource h ON h.rid = r.holder ");
    s.push("WHERE r.holder IN (SELECT r.rid ");
    s.push(&scope.db.naming(number));
    s.push(") AND ");
    fits(&mut s, scope, asked);
    s.push(" ORDER BY h.rid, r.rid DESC");
    s
}

/// The types of those that contain something of a type.
pub(crate) fn holder_types(name: &str) -> Statement {
    let mut s = Statement::new("SELECT DISTINCT r.holder_type FROM contained r WHERE r.type = ");
    s.push_bind(name);
    s
}

fn fits(s: &mut Statement, scope: Scope<'_>, asked: &Contained) {
    s.push("r.type = ").push_bind(asked.resource_type.name());
    s.push(" AND ");
    condition::probe(s, scope, asked.resource_type, &asked.condition);
}
