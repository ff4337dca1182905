//! What is in a compartment, and what is in a list.

use fhir::ResourceType;
use fhir::search::Within;

use super::Scope;
use crate::{db::Db, sql::Statement};

/// Writes the condition that the row `r` is in a compartment.
pub(super) fn probe(s: &mut Statement, db: &Db, within: &Within) {
    s.push("(");
    if within.itself {
        s.push("r.id = ").push_bind(&within.id);
    }
    let mut written = within.itself;
    for param in &within.params {
        s.push(if written { " OR " } else { "" });
        written = true;
        let param = s.number(param.id.0);
        s.push("EXISTS (SELECT 1 ")
            .push(&db.of_row("ix_reference", param));
        s.push(" AND x.target = ").push_bind(&within.id);
        s.push(" AND x.type = ")
            .push_bind(within.resource_type.name());
        s.push(" LIMIT 1 OFFSET 0)");
    }
    s.push(if written { ")" } else { "1 = 0)" });
}

/// Writes the SELECT of the rids of a compartment, those after a place only.
pub(super) fn drive(s: &mut Statement, within: &Within, after: Option<i64>) {
    let mut written = false;
    if within.itself {
        s.push("SELECT m.rid FROM resource m WHERE m.type = ");
        s.push_bind(within.resource_type.name());
        s.push(" AND m.id = ").push_bind(&within.id);
        written = true;
    }
    for param in &within.params {
        s.push(if written { " UNION SELECT" } else { "SELECT" });
        written = true;
        s.push(" x.rid FROM ix_reference x WHERE x.param = ");
        s.push_bind(param.id.0);
        s.push(" AND x.target = ").push_bind(&within.id);
        s.push(" AND x.type = ")
            .push_bind(within.resource_type.name());
        if let Some(after) = after {
            s.push(" AND x.rid > ").push_bind(after);
        }
    }
    s.push(if written { "" } else { "SELECT 0 WHERE 1 = 0" });
}

/// Writes the condition that the row `r` of a type is an item of one of some lists, of those the
/// caller may see.
pub(super) fn listed(
    s: &mut Statement,
    scope: Scope<'_>,
    resource_type: ResourceType,
    lists: &[String],
) {
    let mut ids: Vec<String> = Vec::new();
    for list in lists {
        if let Some(items) = scope.sights.lists.get(list) {
            let of_type = items.iter().filter(|(t, _)| *t == resource_type);
            ids.extend(of_type.map(|(_, id)| id.clone()));
        }
    }
    let number = s.number(ids);
    s.push("r.type = ").push_bind(resource_type.name());
    s.push(" AND ").push(&scope.db.in_list("r.id", number));
}
