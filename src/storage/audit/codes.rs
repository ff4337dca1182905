//! What an AuditEvent says an event was: one row for each action, and none for whatever else there may be.

use super::Action;

/// How an action is told: the code system of its code, the code, how it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// An interaction of the FHIR API, and what it does: C, R, U, D or E.
    Rest(&'static str, char),
    /// Coming in and going out, by DICOM's code.
    SignIn(&'static str, &'static str),
    /// A change of who may do what, by the house's own code.
    Role(&'static str, &'static str),
    /// Something else of the house's own.
    Own(&'static str, &'static str),
    /// Many resources taken along.
    Export,
    /// A chart opened in an emergency.
    Emergency,
    /// Something that left the system, by the house's own code.
    Left(&'static str, &'static str),
}

/// There is no row for the rest: an action that nobody put here does not compile.
pub(super) fn of(action: Action) -> Told {
    use Told::{Emergency, Export, Left, Own, Rest, Role, SignIn};
    match action {
        Action::Create => Rest("create", 'C'),
        Action::Read => Rest("read", 'R'),
        Action::Update => Rest("update", 'U'),
        Action::Delete => Rest("delete", 'D'),
        Action::Search => Rest("search-type", 'E'),
        Action::History => Rest("history-instance", 'R'),
        Action::SignIn => SignIn("110122", "Login"),
        Action::SignOut => SignIn("110123", "Logout"),
        Action::ProxyTier => Role("proxy-tier-change", "Parents see less from this age on"),
        Action::ProxyGranted => Role("proxy-granted", "Proxy access given"),
        Action::ProxyChanged => Role("proxy-changed", "Proxy access changed"),
        Action::ProxyEnded => Role("proxy-ended", "Proxy access ended"),
        Action::ProxyAsked => Role("proxy-asked", "A step on the way to proxy access"),
        Action::Export => Export,
        Action::BreakGlass => Emergency,
        Action::Disclosure => Left("disclosure", "Disclosure outside the system"),
        Action::LinkOpened => Left("link-opened", "Share link opened"),
        Action::Token => Own("token", "Token issued"),
        Action::Refresh => Own("refresh", "Token refreshed"),
        Action::Revoke => Own("revoke", "Authorization revoked"),
        Action::Consent => Own("consent", "App authorized"),
        Action::Introspect => Own("introspect", "Token introspected"),
        Action::Narrow => Own("narrow", "App access narrowed"),
        Action::AccountOpened => Own("account-opened", "Account opened"),
        Action::OpenTicket => Own("open-ticket", "Account opened for a support ticket"),
        Action::ViewAs => Own("view-as", "What another would see was looked at"),
        Action::SecondFactor => Own("second-factor", "Second factor changed"),
        Action::DecideApp => Own("decide-app", "Decision about an app"),
        Action::AccountClosed => Own("account-closed", "Account closed"),
        Action::AccountRevoked => Own("account-revoked", "Account taken away"),
        Action::AccountRestored => Own("account-restored", "Account opened again"),
        Action::AccountHeld => Own("account-held", "Investigation hold"),
        Action::AccountKept => Own("account-kept", "Account left open"),
        Action::AccountSecured => Own("account-secured", "Everybody signed out"),
        Action::BillCode => Own("bill-code", "Code of a confidential bill made"),
        Action::AddressApart => Own("address-apart", "Shared mail address taken away"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_actions_are_told_alike() {
        let told: BTreeSet<String> = Action::ALL
            .iter()
            .map(|action| format!("{:?}", of(*action)))
            .collect();
        assert_eq!(told.len(), Action::ALL.len());
    }
}
