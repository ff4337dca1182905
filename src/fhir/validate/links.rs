//! References and contained resources: forms, target types, and that `#id` leads somewhere.

use std::collections::HashSet;

use super::place::Place;
use super::structure::{Contained, Scope, Walk};
use crate::definitions::TypeSet;
use crate::json::Kind;
use crate::reference::Reference;
use crate::{Element, IssueCode, ResourceType, reference};

impl Walk {
    /// A Reference: its text, and that the type it names is one of `targets` (`None`: any).
    pub(super) fn reference(
        &mut self,
        value: Element<'_>,
        targets: Option<&TypeSet>,
        place: &Place<'_>,
        scope: Scope<'_>,
    ) {
        let mut named = None;
        let at = place.member("reference");
        if let Some(text) = value.get("reference").and_then(Element::str) {
            if let Some(id) = text.strip_prefix('#') {
                let found = find(scope, id);
                if found.is_none() {
                    let why = "ref-1: no contained resource has this id";
                    self.fault(IssueCode::Invariant, &at, why);
                }
                named = found.and_then(|found| {
                    let name = found.resource_type_name()?;
                    ResourceType::from_name(&name)
                });
            } else {
                named = reference::type_named(&text);
                if named.is_none()
                    && matches!(Reference::parse(&text, None), Reference::Malformed(_))
                {
                    let why = "a reference is Type/id, an absolute URL, a urn or #id";
                    self.fault(IssueCode::Value, &at, why);
                }
            }
            self.target(named, targets, &at);
        }
        let Some(stated) = value.get("type").and_then(Element::str) else {
            return;
        };
        let stated = stated.rsplit('/').next().and_then(ResourceType::from_name);
        let at = place.member("type");
        match (named, stated) {
            (None, stated) => self.target(stated, targets, &at),
            (Some(named), Some(stated)) if named != stated => {
                let why = format!("type says {stated} but the reference is to a {named}");
                self.fault(IssueCode::Value, &at, why);
            }
            _ => {}
        }
    }

    fn target(&mut self, named: Option<ResourceType>, targets: Option<&TypeSet>, at: &Place<'_>) {
        let (Some(named), Some(targets)) = (named, targets) else {
            return;
        };
        if !targets.has(named) {
            let allowed: Vec<&str> = targets.members().map(ResourceType::name).collect();
            let why = format!("may refer to {}, not to {named}", allowed.join(", "));
            self.fault(IssueCode::Value, at, why);
        }
    }

    /// What a contained resource may not have (dom-4, dom-5).
    pub(super) fn contained(&mut self, element: Element<'_>, place: &Place<'_>) {
        let Some(meta) = element.get("meta") else {
            return;
        };
        let here = place.member("meta");
        let forbidden = [
            ("versionId", "dom-4: a contained resource has no version"),
            (
                "lastUpdated",
                "dom-4: a contained resource has no lastUpdated",
            ),
            (
                "security",
                "dom-5: a contained resource has no security labels",
            ),
        ];
        for (name, why) in forbidden {
            if meta.get(name).is_some() {
                self.fault(IssueCode::Invariant, &here.member(name), why);
            }
        }
    }

    /// dom-3: every contained resource is referred to, or refers to its container.
    pub(super) fn reachable(
        &mut self,
        resource: Element<'_>,
        contained: Element<'_>,
        place: &Place<'_>,
    ) {
        let here = place.member("contained");
        let local = |text: Element<'_>| {
            let text = text.str();
            text.and_then(|text| Some(text.strip_prefix('#')?.to_owned()))
        };
        let used: HashSet<String> = resource.descendants().filter_map(local).collect();
        for (index, item) in contained.items().enumerate() {
            if item.kind() != Kind::Object {
                continue;
            }
            let id = item.get("id").and_then(Element::str).unwrap_or_default();
            let refers_back = || item.descendants().any(|e| e.is("#"));
            if (id.is_empty() || !used.contains(id.as_ref())) && !refers_back() {
                let why = "dom-3: nothing refers to this contained resource";
                self.fault(IssueCode::Invariant, &here.item(index), why);
            }
        }
    }
}

/// Contained resources by their id, the first of each.
pub(super) fn by_id(contained: Element<'_>) -> Contained<'_> {
    let mut found = Contained::new();
    for item in contained.items() {
        if let Some(id) = item.get("id").and_then(Element::str) {
            found.entry(id).or_insert(item);
        }
    }
    found
}

/// The resource `#id` means: the container itself where the id is empty.
fn find<'s>(scope: Scope<'s>, id: &str) -> Option<Element<'s>> {
    if id.is_empty() {
        return Some(scope.container);
    }
    scope.by_id?.get(id).copied()
}
