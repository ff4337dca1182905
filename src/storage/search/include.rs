//! `_include` and `_revinclude`: the resources that matches point to, and those that point to
//! matches.

use access::Rows;
use fhir::ResourceType;

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

/// How some resources are pointed to.
pub(crate) struct By {
    pub(crate) source: ResourceType,
    pub(crate) params: Vec<i64>,
    pub(crate) target: ResourceType,
    pub(crate) ids: Vec<String>,
}

/// Visible resources of a type that point to any of some resources of one type.
pub(crate) fn pointing(db: &Db, by: By, rows: &Rows, now: i64, limit: usize) -> Statement {
    let mut s = Statement::new("SELECT ");
    s.push(COLUMNS);
    s.push(" FROM (SELECT DISTINCT x.rid FROM ix_reference x WHERE ");
    match by.params.as_slice() {
        [one] => {
            s.push("x.param = ").push_bind(*one);
        }
        _ => {
            let params = s.number(by.params);
            s.push(&db.in_list("x.param", params));
        }
    }
    s.push(" AND ");
    let ids = s.number(by.ids);
    s.push(&db.in_list("x.target", ids));
    s.push(" AND x.type = ").push_bind(by.target.name());
    s.push(") d CROSS JOIN resource r WHERE r.rid = d.rid AND r.type = ");
    s.push_bind(by.source.name());
    s.push(" AND r.deleted = 0 AND ");
    visible::write(&mut s, db, rows, now);
    s.push(" ORDER BY r.rid LIMIT ");
    s.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    s
}
