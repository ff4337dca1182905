//! Uri filters: the very text, or what lies above or below it in its path (R4 3.1.1.4.4).

use fhir::index::cut;
use fhir::search::Modifier;

use super::string;
use crate::sql::Statement;

/// What comes after `/` in the order of letters.
const AFTER_SLASH: char = '0';

/// Writes the condition on `x` (`ix_uri`).
pub(super) fn condition(s: &mut Statement, modifier: &Modifier, value: &str) {
    let value = cut(value);
    match modifier {
        Modifier::Below => {
            let folder = value.trim_end_matches('/');
            s.push("(x.value = ").push_bind(value);
            s.push(" OR (x.value >= ").push_bind(format!("{folder}/"));
            s.push(" AND x.value < ");
            s.push_bind(format!("{folder}{AFTER_SLASH}")).push("))");
        }
        Modifier::Above => {
            for (at, folder) in folders(value).enumerate() {
                s.push(if at == 0 { "x.value IN (" } else { ", " });
                s.push_bind(folder);
            }
            s.push(")");
        }
        Modifier::Contains | Modifier::Begins | Modifier::Ends => {
            string::letters(s, "x.value", modifier, value);
        }
        _ => {
            s.push("x.value = ").push_bind(value);
        }
    }
}

/// The URL itself, then every address it lies below, with and without a slash at the end.
fn folders(url: &str) -> impl Iterator<Item = &str> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let slashes = url
        .char_indices()
        .filter(move |(at, letter)| *letter == '/' && *at > start && *at + 1 < url.len());
    let shorter = slashes.flat_map(|(at, _)| [url.get(..at), url.get(..=at)]);
    std::iter::once(url).chain(shorter.flatten())
}

#[cfg(test)]
mod tests {
    use super::folders;

    #[test]
    fn a_url_lies_below_each_of_its_folders() {
        let found: Vec<_> = folders("http://a.org/b/c").collect();
        let wanted = [
            "http://a.org/b/c",
            "http://a.org",
            "http://a.org/",
            "http://a.org/b",
            "http://a.org/b/",
        ];
        assert_eq!(found, wanted);
        assert_eq!(folders("urn:oid:1.2").collect::<Vec<_>>(), ["urn:oid:1.2"]);
    }
}
