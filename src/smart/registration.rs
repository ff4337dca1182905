//! What a client may be registered as (RFC 7591), and what it may do from then on.

use serde_json::{Map, Value};

use crate::scope::{Context, Scopes};

mod keys;
mod members;
mod redirect;
mod state;

pub use keys::KEY_SET_BYTES_MAX;
pub use members::Fault;
use members::Members;
pub use redirect::{ADDRESS_BYTES_MAX, fault as redirect_fault, page_fault};
pub use state::{State, is_read_only_patient, waiting};

/// Redirect URIs of one client at most.
pub const REDIRECT_URIS_MAX: usize = 20;
/// Characters of a name, and of everything else that is a word.
pub const NAME_CHARACTERS_MAX: usize = 80;
const WORD_CHARACTERS_MAX: usize = 200;
const CONTACTS_MAX: usize = 5;
/// Characters of all scopes together.
pub const SCOPE_CHARACTERS_MAX: usize = 8_000;
/// What an app asks for that does not say: to read what a person lets it read.
pub const SCOPES_DEFAULT: &str = "launch/patient openid fhirUser offline_access patient/*.rs";

/// `token_endpoint_auth_method` (RFC 7591 section 2, OpenID Connect Core section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    None,
    SecretBasic,
    SecretPost,
    PrivateKeyJwt,
}

const AUTH_METHODS: [(&str, AuthMethod); 4] = [
    ("none", AuthMethod::None),
    ("client_secret_basic", AuthMethod::SecretBasic),
    ("client_secret_post", AuthMethod::SecretPost),
    ("private_key_jwt", AuthMethod::PrivateKeyJwt),
];

impl AuthMethod {
    pub fn as_str(self) -> &'static str {
        let found = AUTH_METHODS.iter().find(|(_, method)| *method == self);
        found.map_or("none", |(word, _)| word)
    }
    pub fn parse(text: &str) -> Option<Self> {
        let found = AUTH_METHODS.iter().find(|(word, _)| *word == text);
        found.map(|(_, method)| *method)
    }
    /// Whether the client is given a secret.
    pub fn has_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost)
    }
}

/// A registration that may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    pub name: String,
    pub auth_method: AuthMethod,
    /// A backend service: client credentials, and nobody signs in.
    pub backend: bool,
    pub redirect_uris: Vec<String>,
    pub scopes: Scopes,
    /// A JWK Set, public keys only.
    pub jwks: Option<String>,
    pub jwks_uri: Option<String>,
    pub launch_uri: Option<String>,
    pub contacts: Vec<String>,
    pub client_uri: Option<String>,
    pub logo_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub software_id: Option<String>,
    pub software_version: Option<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub dpop_bound_access_tokens: bool,
    /// To begin in the sandbox (`environment`).
    pub sandbox: bool,
}

impl Metadata {
    /// Reads a registration request (RFC 7591 section 2). Members nobody knows here, and software
    /// statements, are passed over as the standard says.
    ///
    /// # Errors
    /// The first member that breaks a rule.
    pub fn read(members: &Map<String, Value>) -> Result<Self, Fault> {
        let mut read = Self::certified(members)?;
        let members = Members(members);
        (read.jwks, read.jwks_uri) = keys(&members, read.auth_method)?;
        check_algorithms(&members)?;
        Ok(read)
    }
    /// Reads what is said of a client that proves itself by a certificate, so that it needs no keys here.
    ///
    /// # Errors
    /// The first member that breaks a rule.
    pub(crate) fn certified(members: &Map<String, Value>) -> Result<Self, Fault> {
        let members = Members(members);
        let backend = backend(&members)?;
        let auth_method = members.word(
            "token_endpoint_auth_method",
            &AUTH_METHODS,
            AuthMethod::SecretBasic,
        )?;
        if backend && auth_method != AuthMethod::PrivateKeyJwt {
            let rule = "a client with client_credentials proves itself by private_key_jwt";
            return Err(Fault::new("token_endpoint_auth_method", rule));
        }
        let launch_uri = match members.page("launch_uri")? {
            None => members.page("initiate_login_uri")?,
            found => found,
        };
        Ok(Self {
            name: name(&members)?,
            auth_method,
            backend,
            redirect_uris: redirect_uris(&members, backend)?,
            scopes: scopes(&members, backend)?,
            jwks: None,
            jwks_uri: None,
            launch_uri,
            contacts: contacts(&members)?,
            client_uri: members.page("client_uri")?,
            logo_uri: members.page("logo_uri")?,
            policy_uri: members.page("policy_uri")?,
            tos_uri: members.page("tos_uri")?,
            software_id: members.text("software_id", WORD_CHARACTERS_MAX)?,
            software_version: members.text("software_version", WORD_CHARACTERS_MAX)?,
            post_logout_redirect_uris: addresses(&members, "post_logout_redirect_uris")?,
            dpop_bound_access_tokens: members.flag("dpop_bound_access_tokens")?,
            sandbox: members.word("environment", &[("sandbox", true), ("live", false)], false)?,
        })
    }
}

fn name(members: &Members<'_>) -> Result<String, Fault> {
    let missing = "people are shown it when they decide; give the app a name";
    let name = members.text("client_name", NAME_CHARACTERS_MAX)?;
    name.ok_or_else(|| Fault::new("client_name", missing))
}

/// Whether the grant types are those of a backend service.
fn backend(members: &Members<'_>) -> Result<bool, Fault> {
    let known = ["authorization_code", "refresh_token", "client_credentials"];
    let types = members.list("grant_types", 10, WORD_CHARACTERS_MAX)?;
    let types = types.unwrap_or_else(|| vec!["authorization_code".to_owned()]);
    let has = |name: &str| types.iter().any(|t| t == name);
    if types.is_empty() || types.iter().any(|t| !known.contains(&t.as_str())) {
        return Err(Fault::new(
            "grant_types",
            format!("are of {}", known.join(", ")),
        ));
    }
    if has("client_credentials") && types.len() > 1 {
        let rule =
            "client_credentials stands alone: register a backend service as a client of its own";
        return Err(Fault::new("grant_types", rule));
    }
    if has("refresh_token") && !has("authorization_code") {
        return Err(Fault::new(
            "grant_types",
            "refresh_token goes with authorization_code",
        ));
    }
    let backend = has("client_credentials");
    let responses = members.list("response_types", 10, WORD_CHARACTERS_MAX)?;
    match responses.unwrap_or_default().as_slice() {
        [] => Ok(backend),
        [one] if one == "code" && !backend => Ok(backend),
        _ if backend => Err(Fault::new("response_types", "a backend service has none")),
        _ => Err(Fault::new("response_types", "is code and nothing else")),
    }
}

fn redirect_uris(members: &Members<'_>, backend: bool) -> Result<Vec<String>, Fault> {
    let uris = addresses(members, "redirect_uris")?;
    match (backend, uris.is_empty()) {
        (false, true) => Err(Fault::new(
            "redirect_uris",
            "name at least one address to which people come back",
        )),
        (true, false) => Err(Fault::new("redirect_uris", "a backend service has none")),
        _ => Ok(uris),
    }
}

fn addresses(members: &Members<'_>, member: &'static str) -> Result<Vec<String>, Fault> {
    let uris = members.list(member, REDIRECT_URIS_MAX, ADDRESS_BYTES_MAX)?;
    let uris = uris.unwrap_or_default();
    match uris.iter().find_map(|uri| redirect::fault(uri)) {
        Some(why) => Err(Fault::new(member, why)),
        None => Ok(uris),
    }
}

fn scopes(members: &Members<'_>, backend: bool) -> Result<Scopes, Fault> {
    let fault = |rule: String| Err(Fault::new("scope", rule));
    let text = match members.text("scope", SCOPE_CHARACTERS_MAX)? {
        Some(text) => text,
        None if backend => return fault("say what it may reach, such as system/*.rs".to_owned()),
        None => SCOPES_DEFAULT.to_owned(),
    };
    let scopes = Scopes::parse(&text);
    if let Some(refused) = scopes.refused.first() {
        return fault(format!(
            "{refused} is no scope of this server; see scopes_supported"
        ));
    }
    let odd = scopes
        .resources
        .iter()
        .find(|scope| (scope.context == Context::System) != backend);
    match odd {
        Some(scope) if backend => fault(format!(
            "a backend service has system/ scopes, not {}",
            scope.text
        )),
        Some(scope) => fault(format!(
            "{} is for backend services (client_credentials) only",
            scope.text
        )),
        None if backend && !scopes.others.is_empty() => {
            fault("a backend service has system/ scopes only: nobody signs in".to_owned())
        }
        None => Ok(scopes),
    }
}

/// `jwks` or `jwks_uri`, where keys are needed.
fn keys(
    members: &Members<'_>,
    method: AuthMethod,
) -> Result<(Option<String>, Option<String>), Fault> {
    let uri = members.page("jwks_uri")?;
    let set = members.get("jwks");
    match (set, &uri) {
        (Some(_), Some(_)) => Err(Fault::new("jwks", "give jwks or jwks_uri, not both")),
        (None, None) if method == AuthMethod::PrivateKeyJwt => {
            let rule = "private_key_jwt needs the public keys: give jwks_uri or jwks";
            Err(Fault::new("jwks_uri", rule))
        }
        (Some(set), None) => Ok((Some(keys::checked("jwks", set)?), None)),
        (None, _) => Ok((None, uri)),
    }
}

fn check_algorithms(members: &Members<'_>) -> Result<(), Fault> {
    let signing = [("RS384", ()), ("ES384", ())];
    members.word("token_endpoint_auth_signing_alg", &signing, ())?;
    members.word("id_token_signed_response_alg", &[("RS256", ())], ())?;
    members.word("application_type", &[("web", ()), ("native", ())], ())
}

fn contacts(members: &Members<'_>) -> Result<Vec<String>, Fault> {
    let contacts = members.list("contacts", CONTACTS_MAX, WORD_CHARACTERS_MAX)?;
    let mut addresses = Vec::new();
    for contact in contacts.unwrap_or_default() {
        let address = contact.strip_prefix("mailto:").unwrap_or(&contact);
        if !is_mail_address(address) {
            return Err(Fault::new(
                "contacts",
                format!("{contact} is no mail address"),
            ));
        }
        addresses.push(address.to_owned());
    }
    Ok(addresses)
}

/// Whether it looks like a mail address: one `@`, a dot behind it, nothing that ends a header.
pub fn is_mail_address(text: &str) -> bool {
    let plain = text.len() <= 254
        && text
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b',' | b';' | b':'));
    let parts: Vec<&str> = text.split('@').collect();
    match parts.as_slice() {
        [local, domain] => {
            let dotted = domain.split('.').all(|label| !label.is_empty());
            plain && !local.is_empty() && domain.contains('.') && dotted
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
