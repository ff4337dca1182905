//! Documentation for developers, open to everybody: how to begin, scopes, registration, errors.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use smart::ErrorCode;
use smart::discovery::scopes_supported;
use smart::registration::is_read_only_patient;
use smart::scope::ResourceScope;
use web::page::{self, Frame};
use web::{House, SignedIn};

use crate::words;

/// The frame of whoever is there.
fn frame(person: Option<&SignedIn>) -> Frame {
    person.map_or_else(Frame::of_nobody, |person| Frame::of(person, "developer"))
}

#[derive(Template)]
#[template(path = "hub.html")]
struct Hub {
    frame: Frame,
    signed_in: bool,
    base_url: String,
    fhir_base: String,
    here: &'static str,
}

/// `GET /developer`
pub async fn hub(State(house): State<House>, person: Option<SignedIn>) -> Response {
    let page = Hub {
        signed_in: person.is_some(),
        frame: frame(person.as_ref()),
        base_url: house.base_url.to_string(),
        fhir_base: house.fhir_base.to_string(),
        here: "hub",
    };
    page::html(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "quickstart.html")]
struct Quickstart {
    frame: Frame,
    base_url: String,
    fhir_base: String,
    here: &'static str,
}

/// `GET /developer/docs/quickstart`
pub async fn quickstart(State(house): State<House>, person: Option<SignedIn>) -> Response {
    let page = Quickstart {
        frame: frame(person.as_ref()),
        base_url: house.base_url.to_string(),
        fhir_base: house.fhir_base.to_string(),
        here: "quickstart",
    };
    page::html(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "registration.html")]
struct Registration {
    frame: Frame,
    base_url: String,
    here: &'static str,
}

/// `GET /developer/docs/registration`
pub async fn registration(State(house): State<House>, person: Option<SignedIn>) -> Response {
    let page = Registration {
        frame: frame(person.as_ref()),
        base_url: house.base_url.to_string(),
        here: "registration",
    };
    page::html(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "udap.html")]
struct Udap {
    frame: Frame,
    base_url: String,
    fhir_base: String,
    communities: Vec<Community>,
    here: &'static str,
}

struct Community {
    uri: String,
    scopes: String,
    requires_pkce: bool,
}

/// `GET /developer/docs/udap`
pub async fn udap(State(house): State<House>, person: Option<SignedIn>) -> Response {
    let membership = house.udap.membership();
    let all = membership.iter().flat_map(|one| one.communities());
    let page = Udap {
        frame: frame(person.as_ref()),
        base_url: house.base_url.to_string(),
        fhir_base: house.fhir_base.to_string(),
        communities: all
            .map(|one| Community {
                uri: one.uri.clone(),
                scopes: one.scopes.to_text(),
                requires_pkce: one.requires_pkce,
            })
            .collect(),
        here: "udap",
    };
    page::html(StatusCode::OK, &page)
}

struct Scope {
    scope: String,
    words: String,
    /// Works without an administrator's approval.
    free: bool,
}

#[derive(Template)]
#[template(path = "scopes.html")]
struct Scopes {
    frame: Frame,
    groups: Vec<(&'static str, &'static str, Vec<Scope>)>,
    here: &'static str,
}

/// `GET /developer/docs/scopes`: off the table that discovery is made from.
pub async fn scopes(person: Option<SignedIn>) -> Response {
    let page = Scopes {
        frame: frame(person.as_ref()),
        groups: groups(),
        here: "scopes",
    };
    page::html(StatusCode::OK, &page)
}

/// A group's title and note, and whether a scope belongs to it.
type Group = (&'static str, &'static str, fn(&str) -> bool);

fn groups() -> Vec<(&'static str, &'static str, Vec<Scope>)> {
    let kinds: [Group; 4] = [
        (
            "Who, when and whose",
            "Say who signed in, whose record it is about, and whether the app may come back.",
            |scope| ResourceScope::parse(scope).is_none(),
        ),
        (
            "One patient’s record",
            "The person chooses the patient and may untick any of them, or give a part instead of the whole.",
            |scope| scope.starts_with("patient/"),
        ),
        (
            "Everybody the signed-in person may see",
            "For people who look after others, and for staff. Limited by who they are, whatever the scope says.",
            |scope| scope.starts_with("user/"),
        ),
        (
            "All patients, with nobody signed in",
            "For backend services with a key of their own.",
            |scope| scope.starts_with("system/"),
        ),
    ];
    let all = scopes_supported();
    let group = |(title, note, belongs): Group| {
        let of = all
            .iter()
            .filter(|scope| belongs(scope))
            .map(|scope| Scope {
                words: words::scope(scope),
                free: ResourceScope::parse(scope)
                    .map_or(scope != "launch", |scope| is_read_only_patient(&scope)),
                scope: scope.clone(),
            });
        (title, note, of.collect())
    };
    kinds.into_iter().map(group).collect()
}

#[derive(Template)]
#[template(path = "errors.html")]
struct Errors {
    frame: Frame,
    errors: Vec<(&'static str, &'static str)>,
    here: &'static str,
}

/// `GET /developer/errors`: where every `error_uri` leads.
pub async fn errors(person: Option<SignedIn>) -> Response {
    let errors = ErrorCode::ALL.iter();
    let page = Errors {
        frame: frame(person.as_ref()),
        errors: errors.map(|code| (code.as_str(), code.advice())).collect(),
        here: "errors",
    };
    page::html(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_on_offer_is_in_one_group() {
        let count: usize = groups().iter().map(|(_, _, scopes)| scopes.len()).sum();
        assert_eq!(count, scopes_supported().len());
    }
}
