//! One step up or down a hierarchy of resources.

use access::Rows;
use fhir::search::{KIN_RESOURCES_MAX, Kin, Param};

use crate::{db::Db, records::visible, sql::Statement};

/// The ids one level above or below some resources, by what visible rows say.
pub(crate) fn next(
    db: &Db,
    (param, ids): (&Param, Vec<String>),
    below: bool,
    rows: &Rows,
    now: i64,
) -> Statement {
    let mut s = Statement::default();
    let (ids, name) = (s.number(ids), s.number(param.resource_type.name()));
    if below {
        s.push("SELECT r.id FROM ix_reference x CROSS JOIN resource r WHERE ");
        s.push(&db.in_list("x.target", ids));
    } else {
        s.push("SELECT x.target FROM resource r CROSS JOIN ix_reference x WHERE ");
        s.push(&db.in_list("r.id", ids));
    }
    s.push(" AND x.param = ").push_bind(param.id.0);
    s.push(" AND x.type = ").push_number(name);
    s.push(" AND x.rid = r.rid AND r.type = ").push_number(name);
    s.push(" AND r.deleted = 0 AND ");
    visible::write(&mut s, db, rows, now);
    s.push(" LIMIT ");
    s.push_bind(i64::try_from(KIN_RESOURCES_MAX + 1).unwrap_or(i64::MAX));
    s
}

/// Writes the condition on `x` (`ix_reference`) that it points to one of a hierarchy.
pub(super) fn condition(s: &mut Statement, db: &Db, kin: &Kin) {
    s.push("x.type = ").push_bind(kin.of.0.name()).push(" AND ");
    let ids = s.number(kin.ids.clone());
    s.push(&db.in_list("x.target", ids));
}
