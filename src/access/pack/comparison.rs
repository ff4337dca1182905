//! What changes when one pack follows another: who may do more, who may do less, and which other rules
//! are not the same.

use super::{Matrix, Pack};
use crate::class::DataClass;
use serde_json::Value;
use smart::scope::Action;
use std::collections::{BTreeMap, BTreeSet};

/// Ages looked at, in years.
const AGES: u8 = 131;
/// Rules told by what they let people do, not by their letters.
const TOLD_BY_EFFECT: &[&str] = &[
    "parent_tiers",
    "parent_auto_remove_age",
    "teen_self_min_age",
    "account_min_age",
    "adult_proxy_levels",
    "queues",
    "routing",
];

/// One difference. Of a rule that is not about access, neither `gains` nor `loses` is set.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Whom it is about (`parent of a child of 13 to 17`), or the rule's name.
    pub who: String,
    /// The data class; empty for a rule.
    pub what: String,
    pub before: String,
    pub after: String,
    /// Somebody may do what they could not.
    pub gains: bool,
    /// Somebody may no longer do what they could.
    pub loses: bool,
}

/// Every difference: of access first, by whom it concerns, then of the other rules by name.
pub fn compare(before: &Pack, after: &Pack) -> Vec<Change> {
    let mut changes = Vec::new();
    by_age(&mut changes, "parent of a child", |age| {
        (parent(before, age), parent(after, age))
    });
    by_age(&mut changes, "patient", |age| {
        (patient(before, age), patient(after, age))
    });
    let adult = |pack: &Pack| -> BTreeMap<String, Matrix> {
        let levels = pack.adult_proxy_levels.iter();
        levels
            .filter_map(|name| Some((name.clone(), pack.level(name)?)))
            .collect()
    };
    by_name(
        &mut changes,
        "adult proxy at level",
        &adult(before),
        &adult(after),
    );
    let roles = "staff in the role";
    by_name(&mut changes, roles, &before.staff_roles, &after.staff_roles);
    queues(&mut changes, before, after);
    routing(&mut changes, before, after);
    rules(&mut changes, before, after);
    changes
}

fn parent(pack: &Pack, age: u8) -> Matrix {
    let tier = pack
        .parent_tiers
        .iter()
        .find(|tier| (tier.from..tier.to).contains(&age) && age < pack.parent_auto_remove_age);
    tier.and_then(|tier| pack.level(&tier.level))
        .unwrap_or_default()
}

fn patient(pack: &Pack, age: u8) -> Matrix {
    if age < pack.self_min_age() {
        return Matrix::default();
    }
    pack.level("self").unwrap_or_default()
}

/// Ages with the same two matrices are told together.
fn by_age(changes: &mut Vec<Change>, whom: &str, at: impl Fn(u8) -> (Matrix, Matrix)) {
    let mut from = 0;
    for age in 1..=AGES {
        let same = age < AGES && at(age) == at(from);
        if same {
            continue;
        }
        let last = age - 1;
        let who = match (from, last) {
            (from, last) if from == last => format!("{whom} of {from}"),
            (from, last) if last == AGES - 1 => format!("{whom} of {from} and older"),
            (from, last) => format!("{whom} of {from} to {last}"),
        };
        let (before, after) = at(from);
        matrices(changes, &who, before, after);
        from = age;
    }
}

fn by_name(
    changes: &mut Vec<Change>,
    whom: &str,
    before: &BTreeMap<String, Matrix>,
    after: &BTreeMap<String, Matrix>,
) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let of = |named: &BTreeMap<String, Matrix>| named.get(name).copied().unwrap_or_default();
        matrices(changes, &format!("{whom} {name}"), of(before), of(after));
    }
}

fn matrices(changes: &mut Vec<Change>, who: &str, before: Matrix, after: Matrix) {
    const ACTIONS: [Action; 5] = [
        Action::Read,
        Action::Search,
        Action::Create,
        Action::Update,
        Action::Delete,
    ];
    for class in DataClass::ALL {
        let may = |matrix: Matrix| ACTIONS.map(|action| matrix.allows(class, action));
        let (could, can) = (may(before), may(after));
        if could == can {
            continue;
        }
        let pairs = || could.iter().zip(can);
        changes.push(Change {
            who: who.to_owned(),
            what: class.name().to_owned(),
            before: words(could),
            after: words(can),
            gains: pairs().any(|(could, can)| !could && can),
            loses: pairs().any(|(could, can)| *could && !can),
        });
    }
}

/// What the five answers are in words.
fn words(may: [bool; 5]) -> String {
    let names = ["read", "search", "add", "change", "remove"];
    let said: Vec<&str> = names
        .into_iter()
        .zip(may)
        .filter_map(|(name, may)| may.then_some(name))
        .collect();
    match said.is_empty() {
        true => "nothing".to_owned(),
        false => said.join(", "),
    }
}

/// Work that comes to a role, or no longer does.
fn queues(changes: &mut Vec<Change>, before: &Pack, after: &Pack) {
    let roles = before.queues.iter().chain(after.queues.iter());
    let roles: BTreeSet<&String> = roles.map(|(role, _)| role).collect();
    for role in roles {
        let sorted = |pack: &Pack| -> BTreeSet<String> {
            let codes = pack.queues.of(role).iter().cloned();
            codes.collect()
        };
        let (had, has) = (sorted(before), sorted(after));
        if had == has {
            continue;
        }
        let words = |codes: &BTreeSet<String>| match codes.is_empty() {
            true => "nothing".to_owned(),
            false => codes.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        changes.push(Change {
            who: format!("staff in the role {role}"),
            what: "queue".to_owned(),
            before: words(&had),
            after: words(&has),
            gains: !has.is_subset(&had),
            loses: !had.is_subset(&has),
        });
    }
}

/// Messages that go to another pool. Whoever is in it reads them: that is told as such, not as a gain of a role.
fn routing(changes: &mut Vec<Change>, before: &Pack, after: &Pack) {
    let named = |pack: &Pack| -> BTreeMap<String, String> {
        let pool = |pool: &Option<String>| pool.clone().unwrap_or_else(|| "nobody".to_owned());
        let rules = pack.routing.rules.iter();
        let rules = rules.map(|rule| (rule.name(), pool(&rule.pool)));
        let default = pack.routing.default.iter();
        rules
            .chain(default.map(|pool| ("all others".to_owned(), pool.clone())))
            .collect()
    };
    let (was, is) = (named(before), named(after));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for name in names {
        let (was, is) = (was.get(name), is.get(name));
        if was == is {
            continue;
        }
        let say = |pool: Option<&String>| pool.map_or("not said", String::as_str).to_owned();
        changes.push(Change {
            who: format!("messages: {name}"),
            what: "pool".to_owned(),
            before: say(was),
            after: say(is),
            gains: false,
            loses: false,
        });
    }
}

/// All other rules, leaf by leaf.
fn rules(changes: &mut Vec<Change>, before: &Pack, after: &Pack) {
    let (was, is) = (leaves(before), leaves(after));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for name in names {
        let (was, is) = (was.get(name), is.get(name));
        if was == is {
            continue;
        }
        let say = |value: Option<&String>| value.map_or("not said", String::as_str).to_owned();
        changes.push(Change {
            who: name.clone(),
            what: String::new(),
            before: say(was),
            after: say(is),
            gains: false,
            loses: false,
        });
    }
}

fn leaves(pack: &Pack) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    for (key, value) in pack.rules() {
        if !TOLD_BY_EFFECT.contains(&key.as_str()) {
            gather(key, value, &mut leaves);
        }
    }
    leaves
}

fn gather(path: &str, value: &Value, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                gather(&format!("{path}/{key}"), value, leaves);
            }
        }
        // Lists of objects that have a name of their own are told by it.
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.iter().enumerate() {
                let name = item.get("basis").and_then(Value::as_str);
                let name = name.map_or_else(|| index.to_string(), str::to_owned);
                gather(&format!("{path}/{name}"), item, leaves);
            }
        }
        leaf => {
            leaves.insert(path.to_owned(), leaf.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn between(before: &str, after: &str) -> Vec<Change> {
        compare(
            &Pack::shipped(before).unwrap(),
            &Pack::shipped(after).unwrap(),
        )
    }

    #[test]
    fn a_pack_is_no_different_from_itself() {
        assert_eq!(between("middlesex", "middlesex"), []);
    }

    #[test]
    fn what_teenagers_and_their_parents_gain_is_told_by_age() {
        let changes = between("middlesex", "ct-exemplar");
        let of = |who: &str, what: &str| {
            changes
                .iter()
                .find(|change| change.who == who && change.what == what)
                .map(|change| (change.before.as_str(), change.after.as_str(), change.gains))
        };
        let parent = of("parent of a child of 13 to 17", "immunization");
        assert_eq!(parent, Some(("nothing", "read, search", true)));
        let teen = of("patient of 13 to 17", "clinical");
        assert_eq!(teen, Some(("nothing", "read, search, add", true)));
        assert!(changes.iter().all(|change| !change.loses));
    }

    #[test]
    fn work_that_moves_from_one_role_to_another_is_told_of_both() {
        let before = Pack::shipped("middlesex").unwrap();
        let moved = Pack::shipped_json()
            .replace("\"support\":[\"support-ticket\",", "\"support\":[")
            .replace(
                "\"billing\":[\"payment\"",
                "\"billing\":[\"support-ticket\",\"payment\"",
            );
        let after = Pack::from_json(&moved, "middlesex").unwrap();
        let changes = compare(&before, &after);
        let told = |change: &Change| (change.who.clone(), change.gains, change.loses);
        let told: Vec<_> = changes.iter().map(told).collect();
        assert_eq!(
            told,
            [
                ("staff in the role billing".to_owned(), true, false),
                ("staff in the role support".to_owned(), false, true),
            ]
        );
    }

    #[test]
    fn rules_that_are_not_of_access_are_told_by_name() {
        let changes = between("middlesex", "middlesex-feb28");
        assert_eq!(changes.len(), 1);
        let change = &changes[0];
        assert_eq!((change.who.as_str(), change.gains), ("leap_day", false));
        let changes = between("middlesex", "uconn");
        let mails = changes
            .iter()
            .find(|change| change.who == "notify/opt_in_default")
            .unwrap();
        assert_eq!(
            (mails.before.as_str(), mails.after.as_str()),
            ("false", "true")
        );
    }
}
