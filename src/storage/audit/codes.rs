//! Events of the house’s own, by code and in words.

use super::Action;

/// The code of the house’s code system, and how it reads.
pub(super) fn of_house(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Token => ("token", "Token issued"),
        Action::Refresh => ("refresh", "Token refreshed"),
        Action::Revoke => ("revoke", "Authorization revoked"),
        Action::Consent => ("consent", "App authorized"),
        Action::Introspect => ("introspect", "Token introspected"),
        Action::Narrow => ("narrow", "App access narrowed"),
        Action::AccountOpened => ("account-opened", "Account opened"),
        Action::OpenTicket => ("open-ticket", "Account opened for a support ticket"),
        Action::ViewAs => ("view-as", "What another would see was looked at"),
        Action::SecondFactor => ("second-factor", "Second factor changed"),
        Action::DecideApp => ("decide-app", "Decision about an app"),
        Action::AccountClosed => ("account-closed", "Account closed"),
        Action::AccountRevoked => ("account-revoked", "Account taken away"),
        Action::AccountRestored => ("account-restored", "Account opened again"),
        Action::AccountHeld => ("account-held", "Investigation hold"),
        Action::AccountKept => ("account-kept", "Account left open"),
        Action::AccountSecured => ("account-secured", "Everybody signed out"),
        _ => ("other", "Other event"),
    }
}
