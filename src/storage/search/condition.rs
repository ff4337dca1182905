//! A tree of conditions as one condition on a row of `resource`.

use fhir::ResourceType;
use fhir::search::Condition;

use super::{chain, contained, filter, text, within};
use crate::{db::Db, records::visible::Sights, sql::Statement};

/// What conditions are written with.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'q> {
    pub(crate) db: &'q Db,
    /// Microseconds since 1970 UTC.
    pub(crate) now: i64,
    /// What the caller may see at the far ends of references.
    pub(crate) sights: &'q Sights,
}

/// Writes the condition that the row `r` of a type satisfies a tree. Inner rows are called `r` and
/// `x` again: each name means the nearest one.
pub(super) fn probe(
    s: &mut Statement,
    scope: Scope<'_>,
    resource_type: ResourceType,
    condition: &Condition,
) {
    match condition {
        Condition::Filter(filter) => filter::probe(s, scope.db, filter),
        Condition::All(parts) => joined(s, scope, resource_type, parts, (" AND ", "1 = 1")),
        Condition::Any(parts) => joined(s, scope, resource_type, parts, (" OR ", "1 = 0")),
        Condition::Not(inner) => {
            s.push("NOT (");
            probe(s, scope, resource_type, inner);
            s.push(")");
        }
        Condition::Chain(chain) => chain::leads(s, scope, chain),
        Condition::Has(has) => chain::is_pointed_to(s, scope, resource_type, has),
        Condition::Text(asked) => text::probe(s, scope.db, asked),
        Condition::Within(inside) => within::probe(s, scope.db, inside),
        Condition::Contained(asked) => contained::probe(s, scope, asked),
        Condition::Listed(ids) => within::listed(s, scope, resource_type, ids),
    }
}

fn joined(
    s: &mut Statement,
    scope: Scope<'_>,
    resource_type: ResourceType,
    parts: &[Condition],
    (word, of_none): (&str, &str),
) {
    s.push("(");
    for (at, part) in parts.iter().enumerate() {
        s.push(if at == 0 { "" } else { word });
        probe(s, scope, resource_type, part);
    }
    s.push(if parts.is_empty() { of_none } else { "" });
    s.push(")");
}
