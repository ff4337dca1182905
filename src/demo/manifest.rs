//! The manifest: what a script must know to use a demo server, as JSON.

use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Clone, Serialize)]
pub struct Manifest {
    pub base_url: String,
    pub fhir_base: String,
    pub now: String,
    pub policy: String,
    pub users: Vec<User>,
    pub clients: Vec<Client>,
    pub activation_codes: Vec<ActivationCode>,
    pub statements: Vec<Statement>,
    pub launches: Vec<Launch>,
    /// Groups that the backend client may export.
    pub groups: &'static [&'static str],
    /// Patients who together show everything US Core wants supported.
    pub us_core_patients: &'static [&'static str],
    /// The trust community of the demonstration; none where the settings name others.
    pub udap: Option<Udap>,
}

/// A trust community and members of it, whose keys scripts may use.
#[derive(Debug, Clone, Serialize)]
pub struct Udap {
    pub community: &'static str,
    /// Who vouches for its members, and for this server.
    pub anchor_pem: String,
    pub clients: Vec<UdapClient>,
}

/// A member that is not registered yet.
#[derive(Debug, Clone, Serialize)]
pub struct UdapClient {
    pub key: &'static str,
    /// In its certificate; `iss` and `sub` of its software statements.
    pub uri: &'static str,
    /// `organization_id` it may say in `hl7-b2b`.
    pub organization_id: &'static str,
    pub grant_types: &'static [&'static str],
    pub scopes: &'static str,
    pub x5c: Vec<String>,
    pub certificate_pem: String,
    /// PKCS #8.
    pub private_key_pem: String,
}

/// A full adult record, a child with a parent on the care team, a toddler, somebody who died.
pub const US_CORE_PATIENTS: &[&str] = &["ana", "leo", "mila", "walter"];

/// A sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct User {
    pub key: String,
    pub username: String,
    pub password: String,
    /// `patient`, `proxy` or `staff`
    pub kind: &'static str,
    pub role: Option<String>,
    pub display: String,
    /// Why this person is in the demo.
    pub about: String,
    pub patient: Option<String>,
    pub proxies: Vec<ProxyFor>,
}

/// Somebody a user acts for.
#[derive(Debug, Clone, Serialize)]
pub struct ProxyFor {
    pub patient: String,
    pub related_person: String,
    pub relationship: String,
    /// What the policy lets them see at the manifest's `now`.
    pub level: String,
    pub age: i64,
    /// A court order closes it all the same.
    pub court_order: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Client {
    pub key: String,
    pub client_id: String,
    pub name: String,
    pub redirect_uris: Vec<String>,
    pub r#type: &'static str,
    pub client_secret: Option<String>,
    pub private_jwk: Option<Value>,
    pub scopes: String,
    pub first_party: bool,
}

/// A patient without an account, and the code to make one.
#[derive(Debug, Clone, Serialize)]
pub struct ActivationCode {
    pub patient: String,
    pub code: String,
    pub birth_date: String,
    pub postal_code: String,
}

/// An open invoice, as guest pay asks for it.
#[derive(Debug, Clone, Serialize)]
pub struct Statement {
    pub invoice: String,
    pub statement_number: String,
    pub last_name: String,
    pub birth_date: String,
    /// US dollars with two places.
    pub balance: String,
}

/// A patient and visit to launch an app with from the clinic.
#[derive(Debug, Clone, Serialize)]
pub struct Launch {
    pub patient: String,
    pub encounter: String,
}
