//! Reference filters: a resource of ours by type and id, or a URL of somewhere else (R4
//! 3.1.1.4.13).

use fhir::ResourceType;
use fhir::index::cut;

use crate::sql::Statement;

/// Writes the condition on `x` (`ix_reference`) for an id and the types it may have; none means
/// any.
pub(super) fn local(s: &mut Statement, resource_types: &[ResourceType], id: &str) {
    s.push("x.target = ").push_bind(id);
    match resource_types {
        [] => {
            s.push(" AND x.type <> ''");
        }
        [one] => {
            s.push(" AND x.type = ").push_bind(one.name());
        }
        several => {
            for (at, one) in several.iter().enumerate() {
                s.push(if at == 0 { " AND x.type IN (" } else { ", " });
                s.push_bind(one.name());
            }
            s.push(")");
        }
    }
}

/// Writes the condition on `x` (`ix_reference`) for a URL.
pub(super) fn elsewhere(s: &mut Statement, url: &str) {
    s.push("x.target = ").push_bind(cut(url));
    s.push(" AND x.type = ''");
}
