//! Composite filters: values that stand in one element of the row.

use fhir::index::ParamId;
use fhir::search::{ELEMENTS_MAX, Match, Modifier, ParamType};

use super::filter;
use crate::{db::Db, sql::Statement};

/// Writes the condition that some element of the row `r` has all these values: the numbers of the
/// elements that have each have one in common.
pub(super) fn together(s: &mut Statement, db: &Db, parts: &[(ParamType, ParamId, Option<Match>)]) {
    s.push("EXISTS (");
    for (at, (kind, first, value)) in parts.iter().enumerate() {
        s.push(if at == 0 { "" } else { " INTERSECT " });
        let from = s.number(first.0);
        let to = s.number(first.0 + (ELEMENTS_MAX - 1));
        s.push("SELECT x.param - ").push_number(from).push(" ");
        s.push(&db.of_row_among(filter::table(*kind), from, to));
        if let Some(value) = value {
            s.push(" AND (");
            filter::condition(s, db, &Modifier::None, value);
            s.push(")");
        }
    }
    s.push(")");
}
