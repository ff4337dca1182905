//! Which of two business versions is newer.

use std::cmp::Ordering;

/// Compares number by number where both have one, letter by letter elsewhere: `4.0.10` is newer
/// than `4.0.9`, `1.0.0` newer than `1.0.0-ballot`.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a_core, a_label) = split(a);
    let (b_core, b_label) = split(b);
    let mut a_parts = a_core.split('.');
    let mut b_parts = b_core.split('.');
    loop {
        let order = match (a_parts.next(), b_parts.next()) {
            (None, None) => break,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                _ => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    match (a_label, b_label) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => a.cmp(b),
    }
}

/// The numbers and the label after them. A date (`2018-08-12`) has no label.
fn split(version: &str) -> (&str, Option<&str>) {
    match version.split_once('-') {
        Some((core, label)) if core.contains('.') => (core, Some(label)),
        _ => (version, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_versions_compare_greater() {
        for (older, newer) in [
            ("4.0.9", "4.0.10"),
            ("4.0", "4.0.1"),
            ("1.0.0-ballot", "1.0.0"),
            ("1.0.0-a", "1.0.0-b"),
            ("2018-08-12", "2019-01-01"),
            ("a", "b"),
        ] {
            assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
            assert_eq!(compare(newer, older), Ordering::Greater);
            assert_eq!(compare(newer, newer), Ordering::Equal);
        }
    }
}
