//! An expansion holds exactly the codes that membership says yes to.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{ANIMALS, registry, set, value_set};
use crate::terminology::{Membership, Options};

const CODES: [&str; 7] = [
    "animal", "mammal", "dog", "whale", "bird", "dodo", "unicorn",
];

fn filter() -> impl Strategy<Value = String> {
    let relation = (
        prop::sample::select(vec![
            "is-a",
            "descendent-of",
            "is-not-a",
            "generalizes",
            "=",
            "in",
        ]),
        prop::sample::select(CODES.to_vec()),
    );
    let relation = relation.prop_map(|(op, code)| ("concept".to_owned(), op, code.to_owned()));
    let legs = (
        prop::sample::select(vec!["=", "not-in", "exists"]),
        prop::sample::select(vec!["2", "4", "true", "false"]),
    );
    let legs = legs.prop_map(|(op, value)| ("legs".to_owned(), op, value.to_owned()));
    let pattern = prop::sample::select(vec!["d.*", "[a-m]+", ".*l"]);
    let pattern = pattern.prop_map(|p| ("code".to_owned(), "regex", p.to_owned()));
    prop_oneof![relation, legs, pattern].prop_map(|(property, op, value)| {
        format!(r#"{{"property":"{property}","op":"{op}","value":"{value}"}}"#)
    })
}

fn part() -> impl Strategy<Value = String> {
    let filters = prop::collection::vec(filter(), 0..3);
    let filters = filters.prop_map(|all| match all.is_empty() {
        true => String::new(),
        false => format!(r#","filter":[{}]"#, all.join(",")),
    });
    let listed = prop::collection::vec(prop::sample::select(CODES.to_vec()), 1..4);
    let listed = listed.prop_map(|codes| {
        let codes = codes.iter().map(|code| format!(r#"{{"code":"{code}"}}"#));
        format!(r#","concept":[{}]"#, codes.collect::<Vec<_>>().join(","))
    });
    let imports = prop::sample::select(vec![
        "",
        r#","valueSet":["http://x/mammals"]"#,
        r#","valueSet":["http://x/mammals","http://x/all-animals"]"#,
    ]);
    let of_system = (prop_oneof![filters, listed], imports)
        .prop_map(|(rest, imports)| format!(r#"{{"system":"http://x/animals"{rest}{imports}}}"#));
    let imported = Just(r#"{"valueSet":["http://x/mammals"]}"#.to_owned());
    prop_oneof![4 => of_system, 1 => imported]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_code_is_in_the_expansion_exactly_if_it_is_a_member(
        include in prop::collection::vec(part(), 1..3),
        exclude in prop::collection::vec(part(), 0..2),
        inactive in prop::sample::select(vec!["", r#""inactive":false,"#, r#""inactive":true,"#]),
    ) {
        let mammals = value_set(
            "http://x/mammals",
            r#"{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"is-a","value":"mammal"}]}]}"#,
        );
        let registry = registry(&[ANIMALS, &mammals]);
        let terminology = registry.terminology();
        let exclude = match exclude.is_empty() {
            true => String::new(),
            false => format!(r#","exclude":[{}]"#, exclude.join(",")),
        };
        let include = include.join(",");
        let set = set(&format!(r#"{{{inactive}"include":[{include}]{exclude}}}"#));
        let expansion = terminology.expand(&set, &Options::default()).unwrap();
        let expanded: BTreeSet<&str> = expansion.entries.iter().map(|one| &*one.code).collect();
        prop_assert_eq!(expanded.len(), expansion.entries.len());
        for code in CODES {
            let member = terminology.is_in(&set, Some("http://x/animals"), code);
            prop_assert_eq!(member, Membership::from(expanded.contains(code)), "{}", code);
            prop_assert_eq!(terminology.is_in(&set, None, code), member);
        }
    }
}
