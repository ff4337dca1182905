//! Token filters: code, system or both (R4 3.1.1.4.10).

use fhir::index::cut;
use fhir::search::{System, Terms};

use crate::{db::Db, sql::Statement};

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

/// Writes the condition on `x` (`ix_token`) that its code, a column of it, is one of those
/// terminology gave.
pub(super) fn listed(s: &mut Statement, db: &Db, terms: &Terms, code: &str) {
    s.push("(");
    for (at, one) in terms.found().iter().enumerate() {
        s.push(if at == 0 { "(" } else { " OR (" });
        let codes: Vec<String> = one.codes.iter().map(|code| cut(code).to_owned()).collect();
        let number = s.number(codes);
        s.push(&db.in_list(code, number));
        match &one.system {
            System::Any => {}
            System::None => {
                s.push(" AND x.system = ").push_bind("");
            }
            System::Is(system) => {
                s.push(" AND x.system = ").push_bind(cut(system));
            }
        }
        s.push(")");
    }
    s.push(if terms.found().is_empty() {
        "1 = 0)"
    } else {
        ")"
    });
}
