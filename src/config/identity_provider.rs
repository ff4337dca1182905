//! The `[[identity-provider]]` parts of the settings: where else people may sign in (OpenID Connect).

use std::collections::BTreeMap;

use serde::Deserialize;
use url::{Host, Url};

use crate::encryption::Secrets;

/// Parameters of an authorization request that this server decides itself.
const OURS: &[&str] = &[
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "request",
    "request_uri",
];

/// The keys as they stand in the file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ProviderFile {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(rename = "for", default)]
    people: Vec<String>,
    #[serde(default)]
    acr_values: Vec<String>,
    hosted_domain: Option<String>,
    #[serde(default)]
    trust_second_factor: bool,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// Somebody else who says who people are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Part of the address it sends browsers back to.
    pub id: String,
    /// As the button names it.
    pub name: String,
    /// Exactly as its id_tokens say it.
    pub issuer: String,
    pub client_id: String,
    /// None or one; without one this server is a public client there.
    pub client_secret: Secrets,
    /// With `openid` among them.
    pub scopes: Vec<String>,
    pub staff: bool,
    pub patients: bool,
    /// One of these must be how the person signed in there (`acr`); empty: any way will do.
    pub acr_values: Vec<String>,
    /// The organization the person must belong to there (`hd`).
    pub hosted_domain: Option<String>,
    /// A second factor given there (`amr` with `mfa`) counts as one given here.
    pub trust_second_factor: bool,
    /// What else is sent along with a sign-in.
    pub parameters: BTreeMap<String, String>,
}

impl IdentityProvider {
    /// What this server proves itself with there.
    pub fn client_secret(&self) -> Option<&str> {
        self.client_secret.0.first().map(String::as_str)
    }

    /// Checks what the file says of each.
    pub(crate) fn all(file: Vec<ProviderFile>) -> Result<Vec<Self>, String> {
        let all: Vec<Self> = file.into_iter().map(Self::of).collect::<Result<_, _>>()?;
        for (at, one) in all.iter().enumerate() {
            let same = |other: &&Self| other.id == one.id || other.issuer == one.issuer;
            if let Some(other) = all.iter().take(at).find(same) {
                return Err(format!(
                    "identity-provider {} and {}: each needs an id and an issuer of its own",
                    other.id, one.id
                ));
            }
        }
        Ok(all)
    }

    fn of(file: ProviderFile) -> Result<Self, String> {
        let fault = |text: &str| Err(format!("identity-provider {}: {text}", file.id));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if file.id.is_empty() || file.id.len() > 32 || !file.id.chars().all(plain) {
            return fault("id is up to 32 small letters, digits and hyphens");
        }
        if file.name.trim().is_empty() || file.client_id.is_empty() {
            return fault("name and client-id must not be empty");
        }
        if !is_issuer(&file.issuer) {
            return fault("issuer is an https:// address without query or fragment");
        }
        if let Some(name) = file
            .parameters
            .keys()
            .find(|name| OURS.contains(&name.as_str()))
        {
            return fault(&format!("parameters: {name} is set by this server itself"));
        }
        let names = |group: &str| file.people.is_empty() || file.people.iter().any(|p| p == group);
        let (staff, patients) = (names("staff"), names("patients"));
        let mut scopes = file.scopes;
        if scopes.is_empty() {
            scopes = ["profile", "email"].map(str::to_owned).to_vec();
        }
        if !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        Ok(Self {
            id: file.id,
            name: file.name,
            issuer: file.issuer,
            client_id: file.client_id,
            client_secret: Secrets(file.client_secret.into_iter().collect()),
            scopes,
            staff,
            patients,
            acr_values: file.acr_values,
            hosted_domain: file.hosted_domain,
            trust_second_factor: file.trust_second_factor,
            parameters: file.parameters,
        })
    }
}

/// OpenID Connect Discovery 1.0 section 3; plain HTTP only for a provider on this machine.
fn is_issuer(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    (url.scheme() == "https" || (url.scheme() == "http" && here))
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Vec<IdentityProvider>, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct File {
            identity_provider: Vec<ProviderFile>,
        }
        let file: File = toml::from_str(text).unwrap();
        IdentityProvider::all(file.identity_provider)
    }

    fn one(more: &str) -> String {
        format!(
            "[[identity-provider]]\nid = \"hospital\"\nname = \"Hospital\"\n\
             issuer = \"https://login.example.org\"\nclient-id = \"kinchart\"\n{more}\n"
        )
    }

    #[test]
    fn what_is_not_said_has_safe_defaults() {
        let provider = read(&one("client-secret = \"hush\"")).unwrap().remove(0);
        assert_eq!(provider.scopes, ["openid", "profile", "email"]);
        assert!(provider.staff && provider.patients && !provider.trust_second_factor);
        assert_eq!(provider.client_secret(), Some("hush"));
        assert!(!format!("{provider:?}").contains("hush"));
    }

    #[test]
    fn a_provider_may_be_for_staff_alone() {
        let provider = read(&one("for = [\"staff\"]\nscopes = [\"email\"]")).unwrap();
        assert!(provider[0].staff && !provider[0].patients);
        assert_eq!(provider[0].scopes, ["openid", "email"]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_id() {
        for (good, wrong) in [
            ("id = \"hospital\"", "id = \"The Hospital\""),
            ("https://login", "http://login"),
            ("login.example.org", "login.example.org?x=1"),
            ("client-id = \"kinchart\"", "client-id = \"\""),
        ] {
            let fault = read(&one("").replace(good, wrong)).unwrap_err();
            assert!(fault.starts_with("identity-provider "), "{fault}");
        }
        assert!(read(&one("parameters = { state = \"x\" }")).is_err());
        assert!(read(&one("parameters = { aud = \"x\" }")).is_ok());
        assert!(read(&(one("") + &one(""))).is_err());
        assert!(is_issuer("http://127.0.0.1:9/x") && !is_issuer("ftp://a"));
    }
}
