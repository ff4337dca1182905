//! What scopes are limited by beyond the category (SMART App Launch 2.2, 3.0.2.3): any token parameter of a
//! type, such as `code` or `status`, asked of a resource as a search asks its index.

use fhir::index::{self, Value, cut};
use fhir::search::{
    self, Condition, Filter, Handling, Match, Modifier, ParamType, Subject, System,
};
use fhir::{Document, ResourceType};
use smart::scope::ResourceScope;

/// The parameter that facets answer.
pub(crate) const CATEGORY: &str = "category";
/// Parameters that say whose or what kind of row it is, not what is in it.
const NOT_OF_CONTENT: [&str; 2] = ["_id", "_type"];

/// A constraint's name and value.
pub type Pair = (String, String);

/// What is known of a resource's content when a decision asks for more than its category.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Content<'a> {
    /// Nothing: whatever is asked of it is not so.
    #[default]
    Unknown,
    /// Just these are so: rows are about to be picked by them.
    Assumed(&'a [Pair]),
    /// The resource as JSON.
    Text(&'a [u8]),
}

impl Content<'_> {
    /// Whether a resource of that type satisfies a constraint.
    pub(crate) fn meets(&self, resource_type: ResourceType, pair: &Pair) -> bool {
        match self {
            Self::Unknown => false,
            Self::Assumed(pairs) => pairs.contains(pair),
            Self::Text(text) => filter(resource_type, pair)
                .is_some_and(|filter| passes(resource_type, text, &filter)),
        }
    }
}

/// The constraint as a filter on the search index; `None` for what is not enforced, and so grants nothing.
pub(crate) fn filter(resource_type: ResourceType, (name, value): &Pair) -> Option<Filter> {
    if NOT_OF_CONTENT.contains(&name.as_str()) || name.contains([':', '.']) {
        return None;
    }
    let param = search::param(resource_type, name)?;
    if param.kind != ParamType::Token {
        return None;
    }
    let settings = search::Settings {
        base: "",
        handling: Handling::Strict,
        count_default: 1,
        count_max: 1,
        clauses_max: 1,
        posted: None,
        include_rounds_max: 0,
        included_max: 0,
    };
    let pairs = [(name.clone(), value.clone())];
    let query = search::parse(resource_type, &pairs, &settings).ok()?;
    let mut conditions = query.filters.into_iter();
    let (Some(Condition::Filter(filter)), None) = (conditions.next(), conditions.next()) else {
        return None;
    };
    let plain = |value: &Match| matches!(value, Match::Token { .. });
    let is_plain = filter.modifier == Modifier::None && filter.values.iter().all(plain);
    (is_plain && filter.param == Subject::Param(param)).then_some(filter)
}

/// Whether a resource says what the filter looks for.
fn passes(resource_type: ResourceType, text: &[u8], filter: &Filter) -> bool {
    let Subject::Param(param) = filter.param else {
        return false;
    };
    let document = std::str::from_utf8(text).ok().map(Document::parse);
    let Some(Ok(document)) = document else {
        return false;
    };
    let entries = index::entries(resource_type, document.root(), "");
    entries.iter().any(|entry| {
        entry.param == param.id && filter.values.iter().any(|wanted| is(&entry.value, wanted))
    })
}

fn is(found: &Value, wanted: &Match) -> bool {
    let (Value::Token { system, code }, Match::Token { system: s, code: c }) = (found, wanted)
    else {
        return false;
    };
    let same_system = match s {
        System::Any => true,
        System::None => system.is_empty(),
        System::Is(wanted) => cut(wanted) == system,
    };
    same_system && c.as_ref().is_none_or(|wanted| cut(wanted) == code)
}

/// What of a scope facets do not answer.
pub(crate) fn of_content(scope: &ResourceScope) -> impl Iterator<Item = &Pair> {
    scope
        .constraints
        .iter()
        .filter(|(name, _)| name != CATEGORY)
}

/// Whether everything a scope is limited by can be held against a resource. One that is not enforced is
/// neither granted nor told.
pub fn enforces(scope: &ResourceScope) -> bool {
    let mut pairs = of_content(scope).peekable();
    if pairs.peek().is_none() {
        return true;
    }
    let named = scope.resource_type.as_deref();
    let Some(resource_type) = named.and_then(ResourceType::from_name) else {
        return false;
    };
    pairs.all(|pair| filter(resource_type, pair).is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const GLUCOSE: &str = r#"{"resourceType":"Observation","status":"final",
        "category":[{"coding":[{"system":"c","code":"laboratory"}]}],
        "code":{"coding":[{"system":"http://loinc.org","code":"2339-0"}]}}"#;

    fn meets(name: &str, value: &str) -> bool {
        let pair = (name.to_owned(), value.to_owned());
        Content::Text(GLUCOSE.as_bytes()).meets(ResourceType::OBSERVATION, &pair)
    }

    #[test]
    fn a_resource_is_held_against_code_and_status_as_a_search_would() {
        for value in [
            "2339-0",
            "http://loinc.org|2339-0",
            "http://loinc.org|",
            "1,2339-0",
        ] {
            assert!(meets("code", value), "{value}");
        }
        for value in ["2339", "|2339-0", "http://snomed.info/sct|2339-0", "1,2"] {
            assert!(!meets("code", value), "{value}");
        }
        assert!(meets("status", "final") && !meets("status", "amended"));
    }

    #[test]
    fn what_is_not_known_is_not_so() {
        let pair = ("status".to_owned(), "final".to_owned());
        let of = ResourceType::OBSERVATION;
        assert!(!Content::Unknown.meets(of, &pair));
        assert!(!Content::Text(b"{").meets(of, &pair));
        assert!(Content::Assumed(std::slice::from_ref(&pair)).meets(of, &pair));
        assert!(!Content::Assumed(&[]).meets(of, &pair));
    }

    #[test]
    fn only_token_parameters_of_a_named_type_are_enforced() {
        let enforced = |text: &str| enforces(&ResourceScope::parse(text).unwrap());
        for good in [
            "patient/Observation.rs",
            "patient/*.rs?category=laboratory",
            "patient/Observation.rs?code=http://loinc.org|2339-0",
            "user/Condition.rs?clinical-status=active&category=problem-list-item",
            "system/MedicationRequest.rs?intent=order",
        ] {
            assert!(enforced(good), "{good}");
        }
        for bad in [
            "patient/*.rs?code=2339-0",
            "patient/Observation.rs?date=gt2020",
            "patient/Observation.rs?code:not=2339-0",
            "patient/Observation.rs?code:in=http://x",
            "patient/Observation.rs?subject.name=x",
            "patient/Observation.rs?_id=x",
            "patient/Observation.rs?nonsense=x",
            "patient/Observation.rs?value-quantity=5",
        ] {
            assert!(!enforced(bad), "{bad}");
        }
    }
}
