//! String filters: a folded prefix, a folded part, or the very text (R4 3.1.1.4.8).

use fhir::index::cut;
use fhir::search::{Modifier, fold};

use crate::sql::Statement;

/// Greater than every letter, so that `prefix..prefix + LAST` holds what begins with the prefix.
const LAST: char = '\u{10FFFF}';

/// Writes the condition on `x` (`ix_string`).
pub(super) fn condition(s: &mut Statement, modifier: &Modifier, text: &str) {
    let folded = cut(&fold(text)).to_owned();
    match modifier {
        Modifier::Exact => {
            s.push("x.folded = ").push_bind(folded);
            s.push(" AND x.exact = ").push_bind(cut(text.trim()));
        }
        Modifier::Contains => {
            s.push("x.folded LIKE ").push_bind(like("%", &folded, "%"));
            s.push(" ESCAPE '\\'");
        }
        Modifier::Equals => {
            s.push("x.folded = ").push_bind(folded);
        }
        Modifier::Ends => {
            s.push("x.folded LIKE ").push_bind(like("%", &folded, ""));
            s.push(" ESCAPE '\\'");
        }
        // A display text is found by the beginning of any of its words.
        Modifier::Text => {
            s.push("(");
            prefix(s, folded.clone());
            s.push(" OR x.folded LIKE ")
                .push_bind(like("% ", &folded, "%"));
            s.push(" ESCAPE '\\')");
        }
        _ => prefix(s, folded),
    }
}

/// Writes the condition that a column contains a text, begins or ends with it, letter by letter.
pub(super) fn letters(s: &mut Statement, column: &str, modifier: &Modifier, text: &str) {
    let text = s.number(cut(text));
    // LIKE looks at case in one database only.
    match modifier {
        Modifier::Begins => {
            s.push("substr(").push(column).push(", 1, length(");
            s.push_number(text).push(")) = ").push_number(text);
        }
        Modifier::Ends => {
            s.push("length(").push(column).push(") >= length(");
            s.push_number(text).push(") AND substr(").push(column);
            s.push(", length(").push(column).push(") - length(");
            s.push_number(text).push(") + 1) = ").push_number(text);
        }
        _ => {
            s.push("replace(").push(column).push(", ");
            s.push_number(text).push(", '') <> ").push(column);
        }
    }
}

fn prefix(s: &mut Statement, folded: String) {
    let end = format!("{folded}{LAST}");
    s.push("x.folded >= ").push_bind(folded);
    s.push(" AND x.folded < ").push_bind(end);
}

fn like(before: &str, text: &str, after: &str) -> String {
    let mut pattern = before.to_owned();
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push_str(after);
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_value_are_letters() {
        assert_eq!(like("%", "50%_\\", "%"), "%50\\%\\_\\\\%");
    }

    #[test]
    fn a_prefix_ends_where_the_next_begins() {
        let mut s = Statement::default();
        condition(&mut s, &Modifier::None, "Mü");
        assert_eq!(s.sql, "x.folded >= $1 AND x.folded < $2");
        assert_eq!(s.binds, ["mu".into(), "mu\u{10FFFF}".into()]);
    }
}
