//! Software statements: a member of a community registers an app, changes its registration or cancels it
//! (UDAP Security section 3).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::jws::Signed;
use super::{Community, Membership};
use crate::registration::{self, Metadata};
use crate::scope::{Context, Scopes};
use crate::{Error, ErrorCode};

/// Addresses of whom to turn to, at most.
const CONTACTS_MAX: usize = 10;

/// A statement that verifies, of a client that a community vouches for.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The URI in the certificate by which the client is known in its community.
    pub uri: String,
    /// URI of the community.
    pub community: String,
    /// Must not be used again before `expires`.
    pub id: String,
    pub expires: Timestamp,
    pub asks: Asks,
}

/// What a statement is sent for.
#[derive(Debug, Clone)]
pub enum Asks {
    /// To be registered like this, or like this from now on.
    Registration {
        metadata: Box<Metadata>,
        /// As asked: RFC 7591 section 3.2.1 wants them told.
        grant_types: Vec<String>,
        contacts: Vec<String>,
    },
    /// To be registered no longer (no grant types).
    Cancellation,
}

/// Why a statement is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is no good whoever signed it.
    Invalid(String),
    /// Nobody this server trusts vouches for who signed it.
    Unapproved(String),
    /// A claim about the app that cannot be accepted.
    Member(registration::Fault),
}

impl Fault {
    /// As RFC 7591 section 3.2.2 answers it.
    pub fn error(&self) -> Error {
        match self {
            Self::Invalid(why) => {
                let text = format!("software_statement: {why}");
                Error::new(ErrorCode::InvalidSoftwareStatement, text)
            }
            Self::Unapproved(why) => {
                let text = format!("software_statement: {why}");
                Error::new(ErrorCode::UnapprovedSoftwareStatement, text)
            }
            // UDAP knows no code of its own for redirect URIs.
            Self::Member(fault) => Error::new(
                ErrorCode::InvalidClientMetadata,
                format!("{}: {}", fault.member, fault.rule),
            ),
        }
    }
}

impl Statement {
    /// Reads the statement of a registration request sent to `endpoint`.
    ///
    /// # Errors
    /// The first rule it breaks: the signature, who signed it, when and for whom, then what it says of the
    /// app.
    pub fn read(
        jwt: &str,
        endpoint: &str,
        membership: &Membership,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let signed = Signed::read(jwt).map_err(Fault::Invalid)?;
        let uri = signed.issuer().map_err(Fault::Invalid)?.to_owned();
        if !signed.chain.names(&uri) {
            return Err(Fault::Invalid(format!(
                "iss must be a URI in the subject alternative name of the certificate, letter by \
                 letter; the certificate has {:?}",
                signed.chain.uris()
            )));
        }
        let community = membership.vouching(&signed.chain, now);
        let community = community.map_err(Fault::Unapproved)?;
        let (id, expires) = signed.once(&[endpoint], now).map_err(Fault::Invalid)?;
        Ok(Self {
            uri,
            community: community.uri.clone(),
            id,
            expires,
            asks: asks(&signed.claims, community).map_err(Fault::Member)?,
        })
    }
}

fn fault<T>(member: &'static str, rule: impl Into<String>) -> Result<T, registration::Fault> {
    let rule = rule.into();
    Err(registration::Fault { member, rule })
}

fn asks(claims: &Map<String, Value>, community: &Community) -> Result<Asks, registration::Fault> {
    let grant_types = texts(claims, "grant_types")?;
    let Some(grant_types) = grant_types else {
        return fault(
            "grant_types",
            "is a list of texts; an empty one cancels the registration",
        );
    };
    if grant_types.is_empty() {
        return Ok(Asks::Cancellation);
    }
    let has = |name: &str| grant_types.iter().any(|one| one == name);
    let backend = has("client_credentials");
    if claims
        .get("token_endpoint_auth_method")
        .and_then(Value::as_str)
        != Some("private_key_jwt")
    {
        return fault("token_endpoint_auth_method", "is private_key_jwt");
    }
    if !backend && texts(claims, "response_types")?.as_deref() != Some(&["code".to_owned()]) {
        return fault(
            "response_types",
            "is [code] where grant_types has authorization_code",
        );
    }
    if !backend
        && claims
            .get("logo_uri")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
    {
        return fault(
            "logo_uri",
            "people are shown it when they decide: give an https address",
        );
    }
    let contacts = contacts(claims)?;
    let scopes = scopes(claims, backend, has("refresh_token"), &community.scopes)?;
    let mut members = claims.clone();
    let mails = contacts.iter().filter(|one| one.starts_with("mailto:"));
    members.insert(
        "contacts".to_owned(),
        mails.cloned().collect::<Vec<_>>().into(),
    );
    members.insert("scope".to_owned(), scopes.to_text().into());
    let metadata = Metadata::certified(&members)?;
    let private = |uri: &&String| !uri.starts_with("https:") && !uri.starts_with("http:");
    if let Some(uri) = metadata.redirect_uris.iter().find(private) {
        return fault("redirect_uris", format!("{uri} must begin with https://"));
    }
    Ok(Asks::Registration {
        metadata: Box::new(metadata),
        grant_types,
        contacts,
    })
}

fn texts(
    claims: &Map<String, Value>,
    member: &'static str,
) -> Result<Option<Vec<String>>, registration::Fault> {
    let Some(value) = claims.get(member) else {
        return Ok(None);
    };
    let text = |one: &Value| one.as_str().map(str::to_owned);
    let all = value.as_array().filter(|all| all.len() <= CONTACTS_MAX);
    match all.and_then(|all| all.iter().map(text).collect()) {
        Some(all) => Ok(Some(all)),
        None => fault(member, format!("is a list of at most {CONTACTS_MAX} texts")),
    }
}

/// Whom to turn to: URIs, one of them at least a mail address.
fn contacts(claims: &Map<String, Value>) -> Result<Vec<String>, registration::Fault> {
    let contacts = texts(claims, "contacts")?.unwrap_or_default();
    let is_mail = |one: &String| {
        one.strip_prefix("mailto:")
            .is_some_and(registration::is_mail_address)
    };
    if !contacts.iter().any(is_mail) {
        return fault(
            "contacts",
            "holds at least one mail address, as mailto:name@example.org",
        );
    }
    if let Some(odd) = contacts
        .iter()
        .find(|one| one.starts_with("mailto:") && !is_mail(one))
    {
        return fault("contacts", format!("{odd} is no mail address"));
    }
    Ok(contacts)
}

/// What of the scopes asked for a member gets: those that exist, fit the grant type, and are within what
/// the community's members may have. The rest is left out, as section 7.3 allows.
fn scopes(
    claims: &Map<String, Value>,
    backend: bool,
    refreshes: bool,
    limit: &Scopes,
) -> Result<Scopes, registration::Fault> {
    let Some(text) = claims.get("scope").and_then(Value::as_str) else {
        return fault("scope", "is a text with the scopes the app will ask for");
    };
    if text.len() > registration::SCOPE_CHARACTERS_MAX {
        return fault("scope", "has at most 8000 characters");
    }
    let asked = Scopes::parse(text);
    let mut granted = asked
        .filter(|scope| (scope.context == Context::System) == backend)
        .narrow(limit);
    if backend {
        granted = granted.filter(|_| true).without(crate::scope::OTHERS);
    } else if !refreshes {
        granted = granted.without(&["offline_access", "online_access"]);
    }
    if granted.is_empty() || (backend && granted.resources.is_empty()) {
        let kind = if backend {
            "system/"
        } else {
            "patient/ or user/"
        };
        return fault(
            "scope",
            format!(
                "none of these scopes is given to members of this community with these grant_types; \
                 ask for {kind} scopes within: {}",
                limit.to_text()
            ),
        );
    }
    Ok(granted)
}

#[cfg(test)]
#[path = "statement/tests.rs"]
mod tests;
