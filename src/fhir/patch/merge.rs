//! JSON Merge Patch (RFC 7396): not FHIR's own, but what some clients send.

use super::tree::Node;
use super::{Bounds, Fault};
use crate::json::Kind;
use crate::{Document, Element};

/// Members an object of a patch may have; no object of FHIR has as many.
const MEMBERS_MAX: usize = 256;

/// Applies a patch: its members replace those of the same name, null takes them out. Errors: what
/// is no object, or grows beyond its bounds.
pub fn merge(document: &Document, patch: &Document, bounds: Bounds) -> Result<String, Fault> {
    let brought = patch.root();
    if brought.kind() != Kind::Object {
        return Err(Fault::malformed("patch", "a JSON Merge Patch is an object"));
    }
    let large = |e: Element<'_>| e.kind() == Kind::Object && e.count() > MEMBERS_MAX;
    if brought.descendants().any(large) {
        let why = format!("an object of a patch has at most {MEMBERS_MAX} members");
        return Err(Fault::malformed("patch", why));
    }
    if document.text().len() + patch.text().len() > bounds.bytes {
        return Err(Fault::too_large(bounds.bytes));
    }
    let mut root = Node::Kept(document.root());
    put(&mut root, brought);
    let mut out = String::with_capacity(root.size());
    root.write(&mut out);
    Ok(out)
}

fn put<'d>(target: &mut Node<'d>, brought: Element<'d>) {
    if brought.kind() != Kind::Object {
        *target = Node::Kept(brought);
        return;
    }
    target.open();
    if !matches!(target, Node::Object(_)) {
        *target = Node::Object(Vec::new());
    }
    for (name, value) in brought.members() {
        if value.kind() == Kind::Null {
            // What is not there needs not be taken out.
            let _ = target.remove(&name);
            continue;
        }
        match target.member(&name) {
            Some(own) => put(own, value),
            None => {
                let mut own = Node::Null;
                put(&mut own, value);
                // An object takes any member.
                let _ = target.add(&name, own);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const BOUNDS: Bounds = Bounds {
        operations: 10,
        bytes: 1000,
    };

    fn merged(text: &str, patch: &str) -> Result<String, Fault> {
        let [text, patch] = [text, patch].map(|text| Document::parse(text).unwrap());
        merge(&text, &patch, BOUNDS)
    }

    #[test]
    fn members_replace_and_null_takes_out() {
        for (text, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (
                r#"{"a":{"b":"c"}}"#,
                r#"{"a":{"b":"d","c":null}}"#,
                r#"{"a":{"b":"d"}}"#,
            ),
            (r#"{"a":[{"b":1.0}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (
                r#"{"e":1.50}"#,
                r#"{"a":{"bb":{"ccc":null}}}"#,
                r#"{"e":1.50,"a":{"bb":{}}}"#,
            ),
        ] {
            assert_eq!(merged(text, patch).unwrap(), result);
        }
        assert!(merged("{}", "[]").is_err());
        let many: Vec<String> = (0..300).map(|n| format!("\"{n}\":0")).collect();
        assert!(merged("{}", &format!("{{{}}}", many.join(","))).is_err());
    }
}
