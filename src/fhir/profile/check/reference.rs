//! References: the types and profiles of their targets, and how they may be aggregated.

use super::Checker;
use super::value::Value;
use crate::profile::TypeRule;
use crate::validate::place::Place;
use crate::{Element, IssueCode, ResourceType, definitions, reference};

impl<'c> Checker<'c> {
    /// A Reference against the types that fit it.
    pub(super) fn reference(&mut self, value: Value<'c>, rules: &[&TypeRule], place: &Place<'_>) {
        let Some(json) = value.json else {
            return;
        };
        let text = json.get("reference").and_then(Element::str);
        let here = match text {
            Some(_) => place.member("reference"),
            None => *place,
        };
        if let Some(text) = text.as_deref() {
            self.aggregation(text, rules, &here);
        }
        if rules.iter().any(|rule| rule.targets.is_empty()) {
            return;
        }
        let targets: Vec<&String> = rules.iter().flat_map(|rule| &rule.targets).collect();
        let at_hand = self.resolve(value);
        let stored = text.as_deref().and_then(|text| self.world.stored(text));
        let target = at_hand.or_else(|| Value::resource(stored?));
        let named = match target {
            Some(target) => ResourceType::from_name(target.type_name()),
            None => {
                let stated = json.get("type").and_then(Element::str);
                let stated = stated.and_then(|name| ResourceType::from_name(&name));
                text.as_deref().and_then(reference::type_named).or(stated)
            }
        };
        let Some(named) = named.filter(|named| base_allows(value, *named)) else {
            return;
        };
        let registry = self.world.registry;
        let types: Vec<Option<String>> = targets.iter().map(|one| registry.type_of(one)).collect();
        if types.iter().any(Option::is_none) {
            for one in &targets {
                self.unknown_profile(one, &here);
            }
            return;
        }
        let fits =
            |name: &str| matches!(name, "Resource" | "DomainResource") || name == named.name();
        if !types.iter().flatten().any(|name| fits(name)) {
            let mut allowed: Vec<&str> = types.iter().flatten().map(String::as_str).collect();
            allowed.dedup();
            let why = format!("may refer to {}, not to {named}", allowed.join(", "));
            return self.fault(IssueCode::Value, &here, "targetProfile", why);
        }
        let Some(target) = target else {
            return;
        };
        if !targets
            .iter()
            .any(|one| self.conforms(target, one) != Some(false))
        {
            let names: Vec<&str> = targets.iter().map(|one| one.as_str()).collect();
            let reasons = targets.iter().filter_map(|one| self.reason(target, one));
            let reason = reasons.into_iter().next().unwrap_or_default();
            let why = format!(
                "the {named} it refers to conforms to none of {}{reason}",
                names.join(", ")
            );
            match at_hand {
                Some(_) => self.fault(IssueCode::Value, &here, "targetProfile", why),
                // What is stored apart may change: this resource is as good as it was.
                None => self.warn(IssueCode::Value, &here, "targetProfile", why),
            }
        }
    }

    /// Whether the target lies where the profile wants it: contained, in the Bundle, elsewhere.
    fn aggregation(&mut self, text: &str, rules: &[&TypeRule], here: &Place<'_>) {
        if rules.iter().any(|rule| rule.aggregation.is_empty()) {
            return;
        }
        let mut allowed: Vec<&str> = rules
            .iter()
            .flat_map(|rule| rule.aggregation.iter().map(String::as_str))
            .collect();
        let is = match text.starts_with('#') {
            true => "contained",
            false if self.world.is_bundle() && self.world.entry(text).is_some() => "bundled",
            false => "referenced",
        };
        // What is in the Bundle is referred to as well.
        let fits = allowed.contains(&is) || (is == "bundled" && allowed.contains(&"referenced"));
        if !fits {
            allowed.sort_unstable();
            allowed.dedup();
            let why = format!("is {is}, where only {} is allowed", allowed.join(" or "));
            self.fault(IssueCode::Value, here, "aggregation", why);
        }
    }
}

/// Whether R4 itself lets the reference lead to that type; where not, base validation said so.
fn base_allows(value: Value<'_>, named: ResourceType) -> bool {
    let targets = value.slot.and_then(|slot| definitions::r4().targets(slot));
    targets.is_none_or(|targets| targets.has(named))
}
