//! Scopes, states and endpoints in plain words.

use access::offer::type_title;
use smart::scope::{Action, Context, ResourceScope, Scopes};
use storage::clients::{Client, Kind, State};

/// A scope as the pages explain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub scope: String,
    pub words: String,
    /// Changes something, or reaches beyond what one patient chose.
    pub writes: bool,
    /// Waits for an administrator.
    pub waits: bool,
}

/// Each scope of a client, in the order registered.
pub fn scopes_of(client: &Client) -> Vec<Explained> {
    let scopes = Scopes::parse(&client.scopes);
    let approved = Scopes::parse(&client.approved_scopes);
    let waiting = smart::registration::waiting(&scopes, &approved);
    let in_review = client.state == State::Review;
    let explain = |text: &String| Explained {
        words: scope(text),
        writes: scopes
            .resources
            .iter()
            .any(|r| r.text == *text && !smart::registration::is_read_only_patient(r)),
        waits: in_review && waiting.texts().contains(text),
        scope: text.clone(),
    };
    scopes.texts().iter().map(explain).collect()
}

/// One scope in words.
pub fn scope(text: &str) -> String {
    let other = match text {
        "openid" => "Know that it is the same person each time (an ID token)",
        "fhirUser" => "Know who the person is in the record",
        "profile" => "Know the person’s name",
        "launch" => "Be opened from a chart by the clinic’s own software",
        "launch/patient" => "Have the person choose whose record it is about",
        "launch/encounter" => "Know which visit it is about",
        "offline_access" => "Come back without the person, for at least three months",
        "online_access" => "Keep going while the person stays signed in",
        _ => "",
    };
    if !other.is_empty() {
        return other.to_owned();
    }
    match ResourceScope::parse(text) {
        Some(scope) => resource(&scope),
        None => "Not a scope of this server".to_owned(),
    }
}

fn resource(scope: &ResourceScope) -> String {
    let what = match scope.resource_type.as_deref() {
        None => "everything in the record".to_owned(),
        Some(name) => lower_first(type_title(name).unwrap_or(name)),
    };
    let part = if scope.constraints.is_empty() {
        ""
    } else {
        ", but only the part the scope names"
    };
    let whose = match scope.context {
        Context::Patient => "of the patient the person chose",
        Context::User => "of everybody the signed-in person may see",
        Context::System => "of every patient, with nobody signed in",
    };
    format!("{} {what} {whose}{part}", verbs(&scope.actions))
}

fn verbs(actions: &[Action]) -> String {
    let has = |action| actions.contains(&action);
    let mut words = Vec::new();
    if has(Action::Read) || has(Action::Search) {
        words.push(match (has(Action::Read), has(Action::Search)) {
            (true, true) => "see",
            (true, false) => "open by id",
            _ => "search",
        });
    }
    for (action, word) in [
        (Action::Create, "add"),
        (Action::Update, "change"),
        (Action::Delete, "delete"),
    ] {
        if has(action) {
            words.push(word);
        }
    }
    let text = match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    };
    upper_first(&text)
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().collect::<String>() + letters.as_str()
    })
}

/// A state's short name, what it means, and the class of its tag.
pub fn state(state: State) -> (&'static str, &'static str, &'static str) {
    match state {
        State::Sandbox => (
            "Sandbox",
            "Every scope works at once, with test people only: patients tagged HTEST, or anybody on a \
             demonstration server. Real people cannot be connected.",
            "",
        ),
        State::Live => ("Live", "Works with everybody who agrees to it.", "tag-good"),
        State::Review => (
            "Live in part",
            "What only reads for a patient is live. The rest waits for an administrator of this \
             organization; you will get a mail.",
            "tag-write",
        ),
        State::Disabled => (
            "Disabled",
            "Does not work: its tokens are dead and nobody can connect it.",
            "tag-stop",
        ),
    }
}

/// What kind of app it is.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Public => "Browser or phone app, without a secret (PKCE)",
        Kind::ConfidentialSymmetric => "Web app with a server that keeps a secret",
        Kind::ConfidentialAsymmetric => "Web app with a server that signs with its own key",
        Kind::Backend => "Backend service, with nobody signed in",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_on_offer_is_said_in_words() {
        for text in smart::discovery::scopes_supported() {
            let words = scope(&text);
            assert!(
                words.len() > 10 && words != "Not a scope of this server",
                "{text}"
            );
        }
        assert_eq!(
            scope("patient/Immunization.crs"),
            "See and add vaccinations of the patient the person chose"
        );
        assert_eq!(
            scope("system/*.cruds"),
            "See, add, change and delete everything in the record of every patient, with nobody signed in"
        );
        assert_eq!(scope("patient/*.x"), "Not a scope of this server");
    }
}
