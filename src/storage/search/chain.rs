//! Chains and `_has`: conditions on the far end of a reference, which the caller must be able to
//! see.

use fhir::ResourceType;
use fhir::search::{Chain, Condition, Has};

use super::{Level, Scope, condition};
use crate::{records::visible, sql::Statement};

/// Keeps a planner from turning the probe into a join and choosing its own order.
const ONE: &str = " LIMIT 1 OFFSET 0)";

/// Writes the condition that a reference of the row `r` leads to a visible row that satisfies more.
pub(super) fn leads(s: &mut Statement, scope: Scope<'_>, chain: &Chain) {
    let param = s.number(chain.param.id.0);
    s.push("EXISTS (SELECT 1 ");
    s.push(&scope.db.of_row("ix_reference", param));
    s.push(" AND (");
    let mut written = false;
    for (resource_type, inner) in &chain.to {
        let rows = scope.sights.of(*resource_type, &[inner], None);
        if rows.clauses.is_empty() {
            continue;
        }
        s.push(if written { " OR (" } else { "(" });
        written = true;
        s.push("x.type = ").push_bind(resource_type.name());
        s.push(" AND EXISTS (SELECT 1 FROM resource r WHERE r.type = ");
        s.push_bind(resource_type.name());
        s.push(" AND r.id = x.target AND r.deleted = 0 AND ");
        visible::write(s, scope.db, &rows, scope.now);
        s.push(" AND ");
        condition::probe(s, scope, *resource_type, inner);
        s.push(ONE).push(")");
    }
    s.push(if written { ")" } else { "1 = 0)" });
    s.push(ONE);
}

/// Writes the condition that a visible row that satisfies more points to the row `r`.
pub(super) fn is_pointed_to(
    s: &mut Statement,
    scope: Scope<'_>,
    resource_type: ResourceType,
    has: &Has,
) {
    let rows = scope
        .sights
        .of(has.source, &[&has.condition], Some(has.param));
    if rows.clauses.is_empty() {
        s.push("1 = 0");
        return;
    }
    let (param, name) = (s.number(has.param.id.0), s.number(resource_type.name()));
    s.push("EXISTS (SELECT 1 ");
    s.push(&scope.db.pointing_at_row(param, name));
    s.push(" AND EXISTS (SELECT 1 FROM resource r WHERE r.rid = x.rid AND r.type = ");
    s.push_bind(has.source.name());
    s.push(" AND r.deleted = 0 AND ");
    visible::write(s, scope.db, &rows, scope.now);
    s.push(" AND ");
    condition::probe(s, scope, has.source, &has.condition);
    s.push(ONE).push(ONE);
}

/// Writes the SELECT of the rids whose references lead to what satisfies more: starts from there.
pub(super) fn from_targets(s: &mut Statement, scope: Scope<'_>, chain: &Chain, after: Option<i64>) {
    let mut written = false;
    for (resource_type, inner) in &chain.to {
        let Some(level) = far(scope, *resource_type, inner, None) else {
            continue;
        };
        s.push(if written { " UNION SELECT" } else { "SELECT" });
        written = true;
        s.push(" x.rid FROM (SELECT r.id AS id");
        level.write(s, None);
        s.push(scope.db.fence());
        s.push(") t CROSS JOIN ix_reference x WHERE x.param = ");
        s.push_bind(chain.param.id.0);
        s.push(" AND x.target = t.id AND x.type = ");
        s.push_bind(resource_type.name());
        if let Some(after) = after {
            s.push(" AND x.rid > ").push_bind(after);
        }
    }
    s.push(if written { "" } else { "SELECT 0 WHERE 1 = 0" });
}

/// Writes the SELECT of the rids of a type that what satisfies more points to: starts from there.
pub(super) fn from_sources(
    s: &mut Statement,
    scope: Scope<'_>,
    resource_type: ResourceType,
    has: &Has,
) {
    let Some(level) = far(scope, has.source, &has.condition, Some(has)) else {
        s.push("SELECT 0 WHERE 1 = 0");
        return;
    };
    s.push("SELECT r.rid FROM resource r WHERE r.type = ");
    s.push_bind(resource_type.name()).push(" AND ");
    s.push(scope.db.among("r.id"));
    s.push("SELECT x.target FROM (SELECT r.rid AS rid");
    level.write(s, None);
    s.push(scope.db.fence());
    s.push(") t CROSS JOIN ix_reference x WHERE x.rid = t.rid AND x.param = ");
    s.push_bind(has.param.id.0);
    s.push(" AND x.type = ").push_bind(resource_type.name());
    s.push(scope.db.among_end());
}

/// What satisfies a condition at the far end of a reference, if the caller may see any such type.
fn far<'q>(
    scope: Scope<'q>,
    resource_type: ResourceType,
    inner: &'q Condition,
    has: Option<&Has>,
) -> Option<Level<'q>> {
    let rows = scope
        .sights
        .of(resource_type, &[inner], has.map(|has| has.param));
    let level = Level::new(scope, resource_type, [inner], rows);
    (!level.rows.clauses.is_empty()).then_some(level)
}
