//! How a client stands with the house: what it may ask for between its registration and its approval.

use crate::scope::{Action, Context, ResourceScope, Scopes};

/// How far a client has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Works at once with all its scopes, but only for test people: patients whose resource is
    /// tagged `HTEST`, or everybody in a database that is made up.
    Sandbox,
    /// Works with all its scopes.
    Live,
    /// Wants more than an app may have unasked: what needs no approval or was approved before
    /// works, the rest waits for an administrator.
    Review,
    /// Does not work; its tokens are dead.
    Disabled,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Sandbox, Self::Live, Self::Review, Self::Disabled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Live => "live",
            Self::Review => "review",
            Self::Disabled => "disabled",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
    /// What a new client with these scopes is when it leaves the sandbox.
    pub fn beyond_sandbox(scopes: &Scopes, approved: &Scopes) -> Self {
        if waiting(scopes, approved).is_empty() {
            Self::Live
        } else {
            Self::Review
        }
    }
    /// Of the registered scopes those that work in this state.
    #[must_use]
    pub fn usable(self, scopes: &Scopes, approved: &Scopes) -> Scopes {
        match self {
            Self::Sandbox | Self::Live => scopes.clone(),
            Self::Review => {
                let waits = waiting(scopes, approved);
                scopes.select(|text| !waits.texts().iter().any(|w| w == text))
            }
            Self::Disabled => Scopes::default(),
        }
    }
}

/// Scopes not about resources that give nothing a person did not choose.
const UNASKED: &[&str] = &[
    "openid",
    "fhirUser",
    "profile",
    "launch/patient",
    "launch/encounter",
    "offline_access",
    "online_access",
];

/// Of the registered scopes those that an administrator has yet to approve.
#[must_use]
pub fn waiting(scopes: &Scopes, approved: &Scopes) -> Scopes {
    scopes.select(
        |text| match scopes.resources.iter().find(|r| r.text == text) {
            Some(resource) => !is_read_only_patient(resource) && !approved.covers(resource),
            None => !UNASKED.contains(&text) && !approved.has(text),
        },
    )
}

/// Reading, within one patient's record that a person chose: needs nobody else's approval.
pub fn is_read_only_patient(scope: &ResourceScope) -> bool {
    scope.context == Context::Patient
        && scope
            .actions
            .iter()
            .all(|action| matches!(action, Action::Read | Action::Search))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reading_for_a_patient_is_live_at_once() {
        let none = Scopes::default();
        let reads = Scopes::parse(
            "openid fhirUser launch/patient offline_access patient/*.rs patient/Observation.read",
        );
        assert_eq!(State::beyond_sandbox(&reads, &none), State::Live);
        for more in [
            "patient/Observation.cruds",
            "patient/*.write",
            "patient/*.c",
            "user/*.rs",
            "system/*.rs",
            "launch",
        ] {
            let scopes = Scopes::parse(&format!("openid patient/*.rs {more}"));
            assert_eq!(State::beyond_sandbox(&scopes, &none), State::Review);
            let usable = State::Review.usable(&scopes, &none);
            assert_eq!(usable.to_text(), "openid patient/*.rs", "{more}");
        }
    }

    #[test]
    fn what_was_approved_goes_on_working_while_more_is_asked_for() {
        let approved = Scopes::parse("launch patient/*.cruds");
        let scopes = Scopes::parse("launch patient/Observation.cruds system/*.rs");
        assert_eq!(State::beyond_sandbox(&scopes, &approved), State::Review);
        let usable = State::Review.usable(&scopes, &approved);
        assert_eq!(usable.to_text(), "launch patient/Observation.cruds");
        assert_eq!(State::Live.usable(&scopes, &approved), scopes);
        assert!(State::Disabled.usable(&scopes, &approved).is_empty());
    }

    #[test]
    fn states_are_read_as_they_are_written() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("active"), None);
    }
}
