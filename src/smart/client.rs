//! A registered client as the protocol sees it, and the redirect URI that may be trusted.

use crate::scope::Scopes;

/// How a client proves who it is at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Public: names itself, PKCE does the rest.
    None,
    /// A shared secret, by Basic or in the body.
    Secret,
    /// `private_key_jwt`.
    Key,
}

/// What checking a request needs to know of a client.
#[derive(Debug, Clone)]
pub struct Registered {
    pub id: String,
    pub proof: Proof,
    pub redirect_uris: Vec<String>,
    /// What it may ask for at most.
    pub scopes: Scopes,
    pub active: bool,
    pub leeway: Leeway,
}

/// What a client may leave out of an authorization request: apps of UDAP know no `aud`, and by version 1.0
/// of its guide no PKCE.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leeway {
    pub audience: bool,
    pub challenge: bool,
}

/// A redirect URI that matched the client's registration. Only [`Registered::redirect`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The URI with parameters added to its query (RFC 6749 section 3.1.2: its own query is kept).
    pub fn with(&self, params: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in params {
            query.append_pair(name, value);
        }
        let join = if !self.0.contains('?') {
            "?"
        } else if self.0.ends_with(['?', '&']) {
            ""
        } else {
            "&"
        };
        format!("{}{join}{}", self.0, query.finish())
    }
}

impl Registered {
    /// The asked URI if it is registered: exactly, or for a public client on a loopback host with
    /// any port
    /// (RFC 8252 section 7.3).
    pub fn redirect(&self, asked: &str) -> Option<RedirectUri> {
        let matches = |registered: &String| {
            registered == asked
                || (self.proof == Proof::None
                    && loopback(registered).is_some_and(|r| loopback(asked) == Some(r)))
        };
        let sound = !asked.contains('#') && asked.bytes().all(|b| b.is_ascii_graphic());
        (sound && self.redirect_uris.iter().any(matches)).then(|| RedirectUri(asked.to_owned()))
    }
}

/// Host and the text behind the port of an http loopback URI; compared as text, so nothing is
/// normalised away.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]", "localhost"]
        .into_iter()
        .find(|host| rest.starts_with(host))?;
    let rest = rest.get(host.len()..)?;
    let tail = match rest.strip_prefix(':') {
        None => rest,
        Some(port) => {
            let digits = port.bytes().take_while(u8::is_ascii_digit).count();
            port.get(..digits)?.parse::<u16>().ok()?;
            port.get(digits..)?
        }
    };
    (tail.is_empty() || tail.starts_with(['/', '?'])).then_some((host, tail))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn client(proof: Proof, uri: &str) -> Registered {
        Registered {
            id: "app".to_owned(),
            proof,
            redirect_uris: vec![uri.to_owned()],
            scopes: Scopes::parse("openid"),
            active: true,
            leeway: Leeway::default(),
        }
    }

    #[test]
    fn a_public_client_may_use_any_loopback_port() {
        let app = client(Proof::None, "http://127.0.0.1:8765/callback");
        for good in [
            "http://127.0.0.1:8765/callback",
            "http://127.0.0.1:1/callback",
            "http://127.0.0.1/callback",
        ] {
            assert!(app.redirect(good).is_some(), "{good}");
        }
        for bad in [
            "http://127.0.0.1:99999/callback",
            "http://127.0.0.1:8765/callback/more",
            "http://127.0.0.1:8765/callback?x=1",
            "http://127.0.0.1:8765/callback#x",
            "https://127.0.0.1:8765/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://localhost:8765/callback",
            "http://127.0.0.1:8765/../callback",
            "",
        ] {
            assert!(app.redirect(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn others_match_letter_by_letter() {
        let app = client(Proof::Secret, "http://127.0.0.1:8765/callback");
        assert!(app.redirect("http://127.0.0.1:8766/callback").is_none());
        assert!(app.redirect("http://127.0.0.1:8765/callback").is_some());
        let web = client(Proof::None, "https://app.example/cb");
        assert!(web.redirect("https://app.example:444/cb").is_none());
        assert!(web.redirect("https://app.example/CB").is_none());
    }

    #[test]
    fn a_scheme_of_its_own_matches_letter_by_letter() {
        let app = client(Proof::None, "org.example.app:/callback");
        let uri = app.redirect("org.example.app:/callback").unwrap();
        assert_eq!(
            uri.with(&[("code", "x")]),
            "org.example.app:/callback?code=x"
        );
        for bad in [
            "org.example.app:/callback/",
            "org.example.app://callback",
            "org.example.app:/callback?x=1",
            "org.example.other:/callback",
            "ORG.example.app:/callback",
        ] {
            assert!(app.redirect(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_loopback_address_over_ipv6_may_take_any_port_too() {
        let app = client(Proof::None, "http://[::1]/callback");
        assert!(app.redirect("http://[::1]:51004/callback").is_some());
        assert!(app.redirect("http://127.0.0.1:51004/callback").is_none());
    }

    #[test]
    fn parameters_join_an_existing_query() {
        let app = client(Proof::None, "https://app.example/cb?a=1");
        let uri = app.redirect("https://app.example/cb?a=1").unwrap();
        assert_eq!(
            uri.with(&[("code", "x y"), ("state", "&")]),
            "https://app.example/cb?a=1&code=x+y&state=%26"
        );
    }
}
