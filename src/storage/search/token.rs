//! Token filters: code, system or both (R4 3.1.1.4.10).

use fhir::index::cut;
use fhir::search::System;

use crate::sql::Statement;

/// Writes the condition on `x` (`ix_token`).
pub(super) fn condition(s: &mut Statement, system: &System, code: Option<&str>) {
    let mut written = false;
    if let Some(code) = code {
        s.push("x.code = ").push_bind(cut(code));
        written = true;
    }
    let system = match system {
        System::Any => None,
        System::None => Some(""),
        System::Is(system) => Some(cut(system)),
    };
    match (system, written) {
        (Some(system), _) => {
            s.push(if written { " AND " } else { "" });
            s.push("x.system = ").push_bind(system);
        }
        (None, true) => {}
        (None, false) => {
            s.push("1 = 1");
        }
    }
}
