//! The form an app is registered and changed with: read, judged by the rules of registration, and shown
//! again with what was typed and what is wrong with it.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};
use smart::registration::{AuthMethod, Fault, Metadata};
use smart::scope::Scopes;
use storage::clients::{Client, Kind, State};
use web::SignedIn;
use web::page::{self, Form, Frame};

use crate::words;

/// Scopes that are ticked on the form; any other is written below them.
const TICKED: &[(&str, &[&str])] = &[
    (
        "Reading, live at once",
        &[
            "offline_access",
            "launch/encounter",
            "patient/*.rs",
            "patient/Patient.rs",
            "patient/AllergyIntolerance.rs",
            "patient/Condition.rs",
            "patient/MedicationRequest.rs",
            "patient/Observation.rs",
            "patient/DiagnosticReport.rs",
            "patient/DocumentReference.rs",
            "patient/Immunization.rs",
            "patient/Encounter.rs",
            "patient/Appointment.rs",
        ],
    ),
    (
        "More, after a review",
        &[
            "patient/*.cruds",
            "patient/Appointment.cruds",
            "patient/Communication.crs",
            "patient/QuestionnaireResponse.cruds",
            "user/*.rs",
            "launch",
        ],
    ),
    (
        "Backend services only, after a review",
        &["system/*.rs", "system/*.cruds"],
    ),
];
/// What every app that people sign in to gets, without a question.
const ALWAYS: &[&str] = &["openid", "fhirUser", "launch/patient"];

const KINDS: &[(&str, &str, &str)] = &[
    (
        "public",
        "Browser or phone app",
        "No server of its own to keep a secret; PKCE protects it. May still come back for months.",
    ),
    (
        "secret",
        "Web app with a server",
        "Your server keeps a secret, which you see once, after registering.",
    ),
    (
        "key",
        "Web app with a server and its own key",
        "Your server signs with a private key; you give us the public one. The strongest way.",
    ),
    (
        "backend",
        "Backend service",
        "Works with nobody signed in, over all patients it was approved for. Needs a key.",
    ),
];

/// What the form holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    pub client_name: String,
    pub kind: String,
    pub redirect_uris: String,
    pub launch_uri: String,
    pub scopes: Vec<String>,
    pub other_scopes: String,
    pub jwks_uri: String,
    pub jwks: String,
    pub client_uri: String,
    pub policy_uri: String,
    pub logo_uri: String,
    pub contacts: String,
    pub live: bool,
    pub dpop: bool,
}

impl Fields {
    /// Of somebody who begins.
    pub fn fresh(person: &SignedIn) -> Self {
        let scopes = ["offline_access", "patient/*.rs"];
        Self {
            kind: "public".to_owned(),
            scopes: scopes.map(str::to_owned).to_vec(),
            contacts: person.account.email.clone().unwrap_or_default(),
            ..Self::default()
        }
    }
    /// As sent.
    pub fn read(form: &Form) -> Self {
        let text = |name: &str| form.get(name).trim().to_owned();
        Self {
            client_name: text("client_name"),
            kind: text("kind"),
            redirect_uris: text("redirect_uris"),
            launch_uri: text("launch_uri"),
            scopes: form.all("scope").map(str::to_owned).collect(),
            other_scopes: text("other_scopes"),
            jwks_uri: text("jwks_uri"),
            jwks: text("jwks"),
            client_uri: text("client_uri"),
            policy_uri: text("policy_uri"),
            logo_uri: text("logo_uri"),
            contacts: text("contacts"),
            live: form.get("environment") == "live",
            dpop: form.get("dpop") == "yes",
        }
    }
    /// As registered.
    pub fn of(client: &Client) -> Self {
        let all = Scopes::parse(&client.scopes);
        let ticked = |text: &String| TICKED.iter().any(|(_, list)| list.contains(&text.as_str()));
        let always = |text: &String| ALWAYS.contains(&text.as_str());
        let (scopes, others): (Vec<String>, Vec<String>) = all
            .texts()
            .iter()
            .filter(|text| !always(text))
            .cloned()
            .partition(ticked);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            client_name: client.name.clone(),
            kind: match client.kind {
                Kind::Public => "public",
                Kind::ConfidentialSymmetric => "secret",
                Kind::ConfidentialAsymmetric => "key",
                Kind::Backend => "backend",
            }
            .to_owned(),
            redirect_uris: client.redirect_uris.join("\n"),
            launch_uri: text(&client.launch_uri),
            scopes,
            other_scopes: others.join("\n"),
            jwks_uri: text(&client.jwks_uri),
            jwks: text(&client.jwks),
            client_uri: text(&client.client_uri),
            policy_uri: text(&client.policy_uri),
            logo_uri: text(&client.logo_uri),
            contacts: client.contacts.join(", "),
            live: client.state != State::Sandbox,
            dpop: client.dpop_bound_access_tokens,
        }
    }
    /// As a registration.
    ///
    /// # Errors
    /// The member at fault.
    pub fn metadata(&self, before: Option<&Client>) -> Result<Metadata, Fault> {
        let mut members = Map::new();
        let mut put = |name: &str, text: &str| {
            if !text.is_empty() {
                members.insert(name.to_owned(), json!(text));
            }
        };
        put("client_name", &self.client_name);
        put("launch_uri", &self.launch_uri);
        put("client_uri", &self.client_uri);
        put("policy_uri", &self.policy_uri);
        put("logo_uri", &self.logo_uri);
        let backend = self.kind == "backend";
        let keyed = backend || self.kind == "key";
        put("token_endpoint_auth_method", self.method(before).as_str());
        put("scope", &self.scope_text(backend));
        if keyed {
            put("jwks_uri", &self.jwks_uri);
        }
        // Members the form does not show stay as they are.
        if let Some(before) = before {
            put("tos_uri", before.tos_uri.as_deref().unwrap_or_default());
            put(
                "software_id",
                before.software_id.as_deref().unwrap_or_default(),
            );
            let version = before.software_version.as_deref();
            put("software_version", version.unwrap_or_default());
            let after = json!(before.post_logout_redirect_uris);
            members.insert("post_logout_redirect_uris".to_owned(), after);
        }
        if keyed && !self.jwks.is_empty() {
            let set = serde_json::from_str(&self.jwks).unwrap_or(Value::String(String::new()));
            members.insert("jwks".to_owned(), set);
        }
        let grants = if backend {
            "client_credentials"
        } else {
            "authorization_code"
        };
        members.insert("grant_types".to_owned(), json!([grants]));
        let lines = |text: &str| -> Vec<String> {
            let parts = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
            parts
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        if !backend {
            members.insert(
                "redirect_uris".to_owned(),
                json!(lines(&self.redirect_uris)),
            );
        }
        members.insert("contacts".to_owned(), json!(lines(&self.contacts)));
        members.insert("dpop_bound_access_tokens".to_owned(), json!(self.dpop));
        let environment = if self.live { "live" } else { "sandbox" };
        members.insert("environment".to_owned(), json!(environment));
        Metadata::read(&members)
    }

    fn method(&self, before: Option<&Client>) -> AuthMethod {
        let kept = before.and_then(|client| client.auth_method.as_deref());
        match self.kind.as_str() {
            "secret" => kept
                .and_then(AuthMethod::parse)
                .filter(|method| method.has_secret())
                .unwrap_or(AuthMethod::SecretBasic),
            "key" | "backend" => AuthMethod::PrivateKeyJwt,
            _ => AuthMethod::None,
        }
    }

    fn scope_text(&self, backend: bool) -> String {
        let always = if backend { &[] } else { ALWAYS };
        let system = |scope: &&str| scope.starts_with("system/") == backend;
        let ticked = self.scopes.iter().map(String::as_str).filter(|scope| {
            // Ticks of the other kind of app were left over when the kind was changed.
            system(scope) && !(backend && *scope == "offline_access")
        });
        let all = always.iter().copied().chain(ticked);
        let all = all.chain(self.other_scopes.split_ascii_whitespace());
        all.collect::<Vec<_>>().join(" ")
    }
}

struct Tick {
    scope: &'static str,
    words: String,
    checked: bool,
}

struct Choice {
    value: &'static str,
    title: &'static str,
    note: &'static str,
    checked: bool,
}

#[derive(Template)]
#[template(path = "form.html")]
struct Page {
    frame: Frame,
    csrf: String,
    /// Path the form is sent to.
    action: String,
    /// Where "never mind" leads.
    back: String,
    /// Registers a new app.
    new: bool,
    fields: Fields,
    kinds: Vec<Choice>,
    groups: Vec<(&'static str, Vec<Tick>)>,
    fault: Option<Fault>,
}

impl Page {
    fn wrong(&self, member: &str) -> bool {
        self.fault.as_ref().is_some_and(|f| f.member == member)
    }
    fn rule(&self) -> String {
        self.fault
            .as_ref()
            .map_or_else(String::new, |f| f.rule.clone())
    }
    /// The field's name as its label says it.
    fn label(&self) -> &'static str {
        match self.fault.as_ref().map_or("", |f| f.member) {
            "client_name" => "Name",
            "redirect_uris" => "Where people come back to",
            "launch_uri" => "Where it is opened from a chart",
            "scope" => "What it may do",
            "jwks" | "jwks_uri" => "Keys",
            "client_uri" => "Website",
            "policy_uri" => "Privacy policy",
            "logo_uri" => "Logo",
            "contacts" => "Contact",
            "token_endpoint_auth_method" | "grant_types" => "Kind of app",
            _ => "Registration",
        }
    }
}

/// The form; `client`: the app that is changed.
pub fn show(
    person: &SignedIn,
    client: Option<&Client>,
    fields: Fields,
    fault: Option<Fault>,
) -> Response {
    let status = if fault.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let groups = TICKED.iter().map(|(title, scopes)| {
        let ticks = scopes.iter().map(|scope| Tick {
            scope,
            words: words::scope(scope),
            checked: fields.scopes.iter().any(|s| s == scope),
        });
        (*title, ticks.collect())
    });
    let kinds = KINDS.iter().map(|(value, title, note)| Choice {
        value,
        title,
        note,
        checked: fields.kind == *value,
    });
    let base = "/account/developer/apps";
    let page = Page {
        frame: Frame::of(person, "developer"),
        csrf: person.session.csrf.clone(),
        action: client.map_or_else(
            || format!("{base}/new"),
            |c| format!("{base}/{}/edit", c.id),
        ),
        back: client.map_or_else(
            || "/account/developer".to_owned(),
            |client| format!("{base}/{}", client.id),
        ),
        new: client.is_none(),
        groups: groups.collect(),
        kinds: kinds.collect(),
        fields,
        fault,
    };
    page::html(status, &page)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fields(kind: &str) -> Fields {
        Fields {
            client_name: "Lens".to_owned(),
            kind: kind.to_owned(),
            redirect_uris: "https://a.example/cb\r\n com.example.a:/cb".to_owned(),
            scopes: vec![
                "offline_access".to_owned(),
                "patient/*.rs".to_owned(),
                "system/*.rs".to_owned(),
            ],
            other_scopes: "patient/Goal.rs".to_owned(),
            contacts: "ada@a.example".to_owned(),
            ..Fields::default()
        }
    }

    #[test]
    fn a_form_becomes_a_registration() {
        let read = fields("public").metadata(None).unwrap();
        assert_eq!(read.redirect_uris.len(), 2);
        assert_eq!(
            read.scopes.to_text(),
            "openid fhirUser launch/patient offline_access patient/*.rs patient/Goal.rs"
        );
        assert!(read.sandbox && !read.backend);
        assert_eq!(fields("key").metadata(None).unwrap_err().member, "jwks_uri");
        let backend = Fields {
            jwks_uri: "https://a.example/jwks".to_owned(),
            other_scopes: String::new(),
            live: true,
            ..fields("backend")
        };
        let read = backend.metadata(None).unwrap();
        assert_eq!(
            (read.scopes.to_text().as_str(), read.backend),
            ("system/*.rs", true)
        );
    }

    #[test]
    fn what_is_registered_comes_back_into_the_form() {
        let client = Client {
            scopes: "openid fhirUser launch/patient patient/*.rs patient/Goal.rs".to_owned(),
            redirect_uris: vec!["https://a.example/cb".to_owned()],
            ..Client::new("a", "Lens", Kind::Public)
        };
        let fields = Fields::of(&client);
        assert_eq!(fields.scopes, ["patient/*.rs"]);
        assert_eq!(fields.other_scopes, "patient/Goal.rs");
        let metadata = fields.metadata(Some(&client)).unwrap();
        assert_eq!(metadata.scopes.to_text(), client.scopes);
        assert!(!metadata.sandbox);
    }
}
