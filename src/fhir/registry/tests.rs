//! Which resource a canonical means.
#![allow(clippy::unwrap_used)]

use super::*;

const VALUE_SET: ResourceType = ResourceType::VALUE_SET;

fn put(id: &str, url: &str, version: &str, status: &str) -> (ResourceType, String, Change) {
    let text = format!(
        r#"{{"resourceType":"ValueSet","url":"{url}","version":"{version}","status":"{status}"}}"#
    );
    let change = Change::Put {
        row_version: 1,
        document: Document::parse(text).unwrap(),
    };
    (VALUE_SET, id.to_owned(), change)
}

fn found(registry: &Registry, canonical: &str) -> Option<String> {
    let found = registry.find(VALUE_SET, canonical)?;
    Some(found.id().to_owned())
}

#[test]
fn a_version_decides_and_without_one_the_newest_in_use() {
    let (registry, _) = Registry::shipped().with([
        put("old", "http://x/vs", "1.9.0", "active"),
        put("new", "http://x/vs", "1.10.0", "active"),
        put("next", "http://x/vs", "2.0.0", "draft"),
        put("gone", "http://x/vs", "3.0.0", "retired"),
    ]);
    let find = |canonical: &str| found(&registry, canonical);
    assert_eq!(find("http://x/vs").unwrap(), "new");
    assert_eq!(find("http://x/vs|1.9.0").unwrap(), "old");
    assert_eq!(find("http://x/vs|1.9").unwrap(), "old");
    assert_eq!(find("http://x/vs|3.0.0").unwrap(), "gone");
    assert_eq!(find("http://x/vs|1.1"), None);
    assert_eq!(find("http://x/other"), None);
    assert_eq!(find("http://x/vs|2.0.0#part").unwrap(), "next");
}

#[test]
fn changes_make_a_new_snapshot_and_leave_the_old_one() {
    let (first, _) = Registry::shipped().with([put("a", "http://x/a", "1", "active")]);
    let (second, _) = first.with([put("a", "http://x/b", "1", "active")]);
    let (third, _) = second.with([(VALUE_SET, "a".to_owned(), Change::Gone)]);
    assert_eq!(found(&first, "http://x/a").unwrap(), "a");
    assert_eq!(found(&second, "http://x/a"), None);
    assert_eq!(found(&second, "http://x/b").unwrap(), "a");
    assert_eq!(found(&third, "http://x/b"), None);
    assert!(first.revision() < second.revision());
    assert_eq!(third.all_stored().count(), 0);
    let document = first.get(VALUE_SET, "a").unwrap().document().unwrap();
    assert_eq!(document.root().text_at("url").unwrap(), "http://x/a");
    assert_eq!(first.stored(VALUE_SET).count(), 1);
    assert_eq!(first.stored(ResourceType::CODE_SYSTEM).count(), 0);
}
