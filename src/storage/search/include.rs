//! `_include` and `_revinclude`: the resources that matches point to, and those that point to
//! matches.

use access::Rows;
use fhir::ResourceType;
use fhir::search::Include;

use crate::{
    db::Db,
    records::{stored::COLUMNS, visible},
    sql::Statement,
};

/// What of some rows points where: rows of `(rid, param, type, target)`.
pub(crate) fn targets(db: &Db, rids: Vec<i64>, params: Vec<i64>) -> Statement {
    let mut s = Statement::new(
        "SELECT x.rid, x.param, x.type, x.target FROM ix_reference x WHERE x.type <> '' AND ",
    );
    let rids = s.number(rids);
    s.push(&db.in_list("x.rid", rids)).push(" AND ");
    let params = s.number(params);
    s.push(&db.in_list("x.param", params));
    s
}

/// What some rows point to by any parameter: rows of `(type, target)`.
pub(crate) fn any_targets(db: &Db, rids: Vec<i64>) -> Statement {
    let mut s = Statement::new(
        "SELECT DISTINCT x.type, x.target FROM ix_reference x WHERE x.type <> '' AND ",
    );
    let rids = s.number(rids);
    s.push(&db.in_list("x.rid", rids));
    s
}

/// Visible resources by type and id: one SELECT of [`COLUMNS`] for each type.
pub(crate) fn by_id(
    db: &Db,
    wanted: &[(ResourceType, Vec<String>, Rows)],
    now: i64,
    limit: usize,
) -> Statement {
    let mut s = Statement::default();
    for (at, (resource_type, ids, rows)) in wanted.iter().enumerate() {
        s.push(if at == 0 {
            "SELECT "
        } else {
            " UNION ALL SELECT "
        });
        s.push(COLUMNS).push(" FROM resource r WHERE r.type = ");
        s.push_bind(resource_type.name()).push(" AND ");
        let ids = s.number(ids.clone());
        s.push(&db.in_list("r.id", ids));
        s.push(" AND r.deleted = 0 AND ");
        visible::write(&mut s, db, rows, now);
    }
    s.push(" LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    s
}

/// Visible resources that point by one parameter to any of some resources of one type.
pub(crate) fn pointing(
    db: &Db,
    include: &Include,
    to: (ResourceType, Vec<String>),
    rows: &Rows,
    now: i64,
    limit: usize,
) -> Statement {
    let mut s = Statement::new("SELECT ");
    s.push(COLUMNS);
    s.push(" FROM (SELECT DISTINCT x.rid FROM ix_reference x WHERE x.param = ");
    s.push_bind(include.param.id.0).push(" AND ");
    let ids = s.number(to.1);
    s.push(&db.in_list("x.target", ids));
    s.push(" AND x.type = ").push_bind(to.0.name());
    s.push(") d CROSS JOIN resource r WHERE r.rid = d.rid AND r.type = ");
    s.push_bind(include.source.name());
    s.push(" AND r.deleted = 0 AND ");
    visible::write(&mut s, db, rows, now);
    s.push(" ORDER BY r.rid LIMIT ");
    s.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    s
}
