//! Uri filters: the very text (R4 3.1.1.4.14).

use fhir::index::cut;

use crate::sql::Statement;

/// Writes the condition on `x` (`ix_uri`).
pub(super) fn condition(s: &mut Statement, value: &str) {
    s.push("x.value = ").push_bind(cut(value));
}
