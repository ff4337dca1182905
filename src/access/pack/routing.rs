//! Where a message goes that a patient sends: to which pool, by what it is about and whom it is addressed to.

use serde::Deserialize;

/// The routing of a pack. One that says nothing leaves a message with whom it is addressed to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Routing {
    /// HealthcareService id for what no rule names and nobody is addressed with.
    pub default: Option<String>,
    pub rules: Vec<Route>,
}

/// What one kind of message becomes. Of several that fit the one that says most is followed: a rule about an address
/// before all others, then one about a topic, then one about a category.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Route {
    /// Code of a category of messages.
    pub category: Option<String>,
    /// Code of a topic.
    pub topic: Option<String>,
    /// HealthcareService id the message is addressed to. A rule without one is only for messages addressed to none.
    pub addressed: Option<String>,
    /// HealthcareService id of the pool; nobody's, where it is absent: something else is done with such a message.
    pub pool: Option<String>,
}

impl Route {
    /// What it is about, in words; two rules about the same have the same words.
    pub(super) fn name(&self) -> String {
        let said = [&self.category, &self.topic].into_iter().flatten();
        let said: Vec<&str> = said.map(String::as_str).collect();
        let about = match said.is_empty() {
            true => "any message".to_owned(),
            false => said.join(", "),
        };
        match &self.addressed {
            Some(addressed) => format!("{about} to {addressed}"),
            None => about,
        }
    }
    /// Whether it says nothing that would tell one message from another.
    pub(super) fn is_bare(&self) -> bool {
        self.category.is_none() && self.topic.is_none() && self.addressed.is_none()
    }
    fn fits(&self, category: &str, topic: &str, addressed: Option<&str>) -> bool {
        let is = |rule: &Option<String>, said: &str| rule.as_deref().is_none_or(|it| it == said);
        is(&self.category, category)
            && is(&self.topic, topic)
            && self.addressed.as_deref() == addressed
    }
    fn weight(&self) -> (bool, bool) {
        (self.topic.is_some(), self.category.is_some())
    }
}

impl Routing {
    /// The pool of a message; `category` and `topic` are empty where it has none.
    pub fn pool<'r>(
        &'r self,
        category: &str,
        topic: &str,
        addressed: Option<&'r str>,
    ) -> Option<&'r str> {
        let fitting = self.rules.iter();
        let fitting = fitting.filter(|rule| rule.fits(category, topic, addressed));
        match fitting.max_by_key(|rule| rule.weight()) {
            Some(rule) => rule.pool.as_deref(),
            None => addressed.or(self.default.as_deref()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Pack;

    #[test]
    fn the_rule_that_says_most_decides_and_an_address_stands_where_none_speaks_of_it() {
        let routing = Pack::shipped("middlesex").unwrap().routing;
        let to = |category: &str, topic: &str, addressed| {
            routing.pool(category, topic, addressed).map(str::to_owned)
        };
        let some = |pool: &str| Some(pool.to_owned());
        assert_eq!(to("medical-question", "", None), some("family-medicine"));
        assert_eq!(to("", "", None), some("family-medicine"));
        assert_eq!(
            to("medical-question", "", Some("pediatrics")),
            some("pediatrics")
        );
        assert_eq!(to("billing-question", "", None), some("billing-office"));
        let service = "customer-service-question";
        assert_eq!(to(service, "login-help", None), some("customer-service"));
        assert_eq!(to(service, "account-deactivation-request", None), None);
        let moved = Routing {
            default: Some("front".to_owned()),
            rules: vec![Route {
                addressed: Some("old-clinic".to_owned()),
                pool: Some("new-clinic".to_owned()),
                ..Route::default()
            }],
        };
        assert_eq!(moved.pool("x", "", Some("old-clinic")), Some("new-clinic"));
        assert_eq!(moved.pool("x", "", None), Some("front"));
    }

    #[test]
    fn a_pack_that_says_nothing_of_routing_leaves_messages_where_they_are_addressed() {
        let routing = Routing::default();
        assert_eq!(routing.pool("x", "", Some("front")), Some("front"));
        assert_eq!(routing.pool("x", "", None), None);
    }

    #[test]
    fn rules_that_say_the_same_or_nothing_are_faults_of_their_lines() {
        let shipped = "{\"category\":\"billing-question\",\"pool\":\"billing-office\"}";
        assert!(Pack::shipped_json().contains(shipped));
        let twice = Pack::shipped_json().replace(shipped, &format!("{shipped},{shipped}"));
        let error = Pack::from_json(&twice, "uconn").unwrap_err().to_string();
        assert!(error.contains("/middlesex/routing/rules/1"), "{error}");
        assert!(error.contains("said twice"), "{error}");
        let bare = Pack::shipped_json().replace(shipped, "{\"pool\":\"billing-office\"}");
        let error = Pack::from_json(&bare, "uconn").unwrap_err().to_string();
        assert!(error.contains("/middlesex/routing/rules/0"), "{error}");
        let odd = Pack::shipped_json().replace(shipped, "{\"catgory\":\"x\"}");
        assert!(Pack::from_json(&odd, "uconn").is_err());
    }
}
