//! The form of a text that string search compares.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Case- and accent-folded form used for string search: NFKD, combining marks dropped, lower case,
/// white space trimmed and made single. `Müller` and `MULLER ` fold alike.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    if text.is_ascii() {
        text.bytes()
            .for_each(|b| push(&mut out, b.to_ascii_lowercase() as char));
    } else {
        let base = text.nfkd().filter(|c| !is_combining_mark(*c));
        for letter in base.flat_map(char::to_lowercase) {
            match letter {
                'ß' => out.push_str("ss"),
                'æ' => out.push_str("ae"),
                'œ' => out.push_str("oe"),
                'ø' => out.push('o'),
                'ł' => out.push('l'),
                'đ' | 'ð' => out.push('d'),
                'þ' => out.push_str("th"),
                'ı' => out.push('i'),
                // Lower-casing may bring marks of its own (İ).
                other if is_combining_mark(other) => {}
                other => push(&mut out, other),
            }
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

fn push(out: &mut String, letter: char) {
    // Databases cannot hold NUL in a text.
    if letter.is_whitespace() || letter == '\0' {
        if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    } else {
        out.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::fold;
    use proptest::prelude::*;

    #[test]
    fn accents_case_and_spaces_do_not_matter() {
        for (written, folded) in [
            ("Müller", "muller"),
            ("  Van   der\tBerg ", "van der berg"),
            ("Straße", "strasse"),
            ("ŁÓDŹ", "lodz"),
            ("Ångström", "angstrom"),
            ("İstanbul", "istanbul"),
            ("", ""),
        ] {
            assert_eq!(fold(written), folded);
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC*") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }
    }
}
