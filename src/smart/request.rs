//! The authorization request (SMART App Launch 2.2 section 2.0.9): read, checked, or refused on the
//! right channel.

use crate::client::{RedirectUri, Registered};
use crate::params::Params;
use crate::pkce::Challenge;
use crate::prompt::Prompt;
use crate::scope::Scopes;
use crate::{Error, ErrorCode};

/// A request that may be shown to a person.
#[derive(Debug, Clone)]
pub struct Checked {
    pub client_id: String,
    pub redirect_uri: RedirectUri,
    pub state: String,
    /// What can be granted at most: asked, within what the client is registered for.
    pub scopes: Scopes,
    /// Absent only where the client has that leeway.
    pub challenge: Option<Challenge>,
    pub nonce: Option<String>,
    /// How the person is to be asked.
    pub prompt: Prompt,
    /// Thumbprint of the key the code will be bound to (RFC 9449 section 10).
    pub dpop_jkt: Option<String>,
    /// The launch it comes from: there is one exactly where the scope `launch` is.
    pub launch: Option<String>,
}

/// Why a request goes no further. A redirect exists only where the redirect URI matched.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// Nobody to send the browser back to: tell the person.
    Page(Error),
    Redirect(Redirect),
}

/// An error on its way back to the client.
#[derive(Debug, Clone)]
pub struct Redirect {
    uri: RedirectUri,
    state: Option<String>,
    error: Error,
}

impl Redirect {
    /// An error for a request that was checked before (`access_denied`, `login_required`, …).
    pub fn refuse(uri: RedirectUri, state: &str, error: Error) -> Self {
        Self {
            uri,
            state: Some(state.to_owned()),
            error,
        }
    }
    pub fn error(&self) -> &Error {
        &self.error
    }
    /// The address to send the browser to; `iss` as RFC 9207 says, and the id of the request that was
    /// refused.
    pub fn to_uri(&self, issuer: &str, request_id: &str) -> String {
        let error_uri = self.error.code.uri(issuer);
        let mut params = vec![
            ("error", self.error.code.as_str()),
            ("error_description", self.error.description.as_str()),
            ("error_uri", error_uri.as_str()),
            ("request_id", request_id),
        ];
        if let Some(state) = &self.state {
            params.push(("state", state));
        }
        params.push(("iss", issuer));
        self.uri.with(&params)
    }
}

/// The scope of an app that is opened in the context of a chart.
const LAUNCH: &str = "launch";

/// Each may be given once.
const NAMES: &[&str] = &[
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "launch",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "dpop_jkt",
    "response_mode",
    "request",
    "request_uri",
];

/// Checks a request of a client (`None`: no such client) against our FHIR base (no trailing slash).
pub fn check(
    params: &Params,
    client: Option<&Registered>,
    fhir_base: &str,
) -> Result<Checked, Refusal> {
    let (client, redirect_uri) = known(params, client).map_err(Refusal::Page)?;
    let state = (params.count("state") == 1)
        .then(|| params.get("state").map(str::to_owned))
        .flatten();
    check_rest(params, client, &redirect_uri, fhir_base).map_err(|error| {
        Refusal::Redirect(Redirect {
            uri: redirect_uri,
            state,
            error,
        })
    })
}

/// The client and where its browser may be sent: nothing is redirected before both are certain.
fn known<'a>(
    params: &Params,
    client: Option<&'a Registered>,
) -> Result<(&'a Registered, RedirectUri), Error> {
    let invalid = |text: &str| Error::new(ErrorCode::InvalidRequest, text);
    params.once(&["client_id", "redirect_uri"])?;
    params.require("client_id")?;
    let client = client.filter(|c| c.active).ok_or_else(|| {
        Error::new(
            ErrorCode::InvalidClient,
            "no app is registered here under this client_id",
        )
    })?;
    let redirect_uri = params.require("redirect_uri")?;
    let redirect_uri = client.redirect(redirect_uri).ok_or_else(|| {
        invalid(
            "the redirect_uri is not one of those registered for this app; it must match exactly",
        )
    })?;
    Ok((client, redirect_uri))
}

fn check_rest(
    params: &Params,
    client: &Registered,
    redirect_uri: &RedirectUri,
    fhir_base: &str,
) -> Result<Checked, Error> {
    params.once(NAMES)?;
    let state = params.require("state")?;
    check_kind(params)?;
    match params.get("aud") {
        None if client.leeway.audience => {}
        _ => check_audience(params.require("aud")?, fhir_base)?,
    }
    let challenge = match params.get("code_challenge") {
        None if client.leeway.challenge => None,
        _ => Some(check_challenge(params)?),
    };
    let (scopes, launch) = check_scopes(params, client)?;
    let prompt = Prompt::of(params)?;
    Ok(Checked {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.clone(),
        state: state.to_owned(),
        scopes,
        challenge,
        nonce: params.get("nonce").map(str::to_owned),
        prompt,
        dpop_jkt: check_key(params)?,
        launch,
    })
}

fn check_kind(params: &Params) -> Result<(), Error> {
    if params.require("response_type")? != "code" {
        return Err(Error::new(
            ErrorCode::UnsupportedResponseType,
            "response_type must be 'code'",
        ));
    }
    if params.get("response_mode").is_some_and(|m| m != "query") {
        return Err(Error::new(
            ErrorCode::InvalidRequest,
            "response_mode must be 'query' or left out",
        ));
    }
    if params.get("request").is_some() {
        return Err(Error::new(
            ErrorCode::RequestNotSupported,
            "send the parameters themselves, not a request object",
        ));
    }
    if params.get("request_uri").is_some() {
        return Err(Error::new(
            ErrorCode::RequestUriNotSupported,
            "send the parameters themselves, not a request_uri",
        ));
    }
    Ok(())
}

/// `dpop_jkt`: a SHA-256 thumbprint, which is 43 characters of base64url.
fn check_key(params: &Params) -> Result<Option<String>, Error> {
    let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    match params.get("dpop_jkt") {
        Some(text) if text.len() != 43 || !text.bytes().all(base64url) => Err(Error::new(
            ErrorCode::InvalidRequest,
            "dpop_jkt must be the base64url SHA-256 thumbprint of the key",
        )),
        text => Ok(text.map(str::to_owned)),
    }
}

fn check_audience(aud: &str, fhir_base: &str) -> Result<(), Error> {
    if aud.strip_suffix('/').unwrap_or(aud) == fhir_base {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::InvalidRequest,
        format!("aud must be the address of this FHIR server: {fhir_base}"),
    ))
}

fn check_challenge(params: &Params) -> Result<Challenge, Error> {
    let invalid = |text: &str| Error::new(ErrorCode::InvalidRequest, text);
    let challenge = params.require("code_challenge").map_err(|_| {
        invalid("PKCE is required: send code_challenge and code_challenge_method=S256")
    })?;
    if params.get("code_challenge_method") != Some("S256") {
        return Err(invalid("code_challenge_method must be S256"));
    }
    Challenge::parse(challenge)
        .ok_or_else(|| invalid("code_challenge must be the base64url SHA-256 of the code_verifier"))
}

/// What may be granted, and the launch it comes from. The scope `launch` means nothing without a
/// launch, and a launch nothing without the scope: apps ask for the same scopes whichever way they
/// are opened.
fn check_scopes(params: &Params, client: &Registered) -> Result<(Scopes, Option<String>), Error> {
    let asked = Scopes::parse(params.require("scope")?);
    let mut granted = asked.narrow(&client.scopes);
    let launch = params.get("launch").filter(|_| granted.has(LAUNCH));
    if launch.is_none() {
        granted = granted.without(&[LAUNCH]);
    }
    if granted.is_empty() {
        return Err(Error::new(
            ErrorCode::InvalidScope,
            "none of the scopes asked for exists and is open to this app; see scopes_supported",
        ));
    }
    Ok((granted, launch.map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::client::Proof;

    const BASE: &str = "http://127.0.0.1:8080/fhir";
    const GOOD: &[(&str, &str)] = &[
        ("response_type", "code"),
        ("client_id", "app"),
        ("redirect_uri", "http://127.0.0.1:8765/callback"),
        ("scope", "openid launch/patient patient/*.rs system/*.rs"),
        ("state", "s 1"),
        ("aud", BASE),
        (
            "code_challenge",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        ),
        ("code_challenge_method", "S256"),
    ];

    fn app() -> Registered {
        Registered {
            id: "app".to_owned(),
            proof: Proof::None,
            redirect_uris: vec!["http://127.0.0.1:8765/callback".to_owned()],
            scopes: Scopes::parse("openid launch/patient patient/*.rs"),
            active: true,
            leeway: crate::client::Leeway::default(),
        }
    }

    /// The good request as a query, one parameter left out and perhaps another added.
    fn query_without(name: &str, more: Option<(&str, &str)>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (n, v) in GOOD.iter().filter(|(n, _)| *n != name).chain(&more) {
            query.append_pair(n, v);
        }
        query.finish()
    }
    /// The good request with one parameter changed (or left out, or added).
    fn with(name: &str, value: Option<&str>) -> Params {
        Params::parse(&query_without(name, value.map(|value| (name, value))))
    }

    fn redirected(params: &Params) -> Redirect {
        match check(params, Some(&app()), BASE) {
            Err(Refusal::Redirect(redirect)) => redirect,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_good_request_is_narrowed_to_the_registration() {
        let checked = check(&with("x", None), Some(&app()), BASE).unwrap();
        assert_eq!(
            checked.scopes.to_text(),
            "openid launch/patient patient/*.rs"
        );
        assert_eq!(checked.prompt, Prompt::default());
    }

    #[test]
    fn what_is_not_served_is_left_out() {
        let mut client = app();
        client.scopes = Scopes::parse("openid patient/*.rs system/*.rs");
        let asked = "launch/patient openid user/Goal.rs patient/Goal.sr";
        let params = with("scope", Some(asked));
        let checked = check(&params, Some(&client), BASE).unwrap();
        assert_eq!(checked.scopes.to_text(), "openid");
    }

    #[test]
    fn a_launch_and_its_scope_come_together_or_not_at_all() {
        let mut client = app();
        client.scopes = Scopes::parse("launch openid patient/*.rs");
        let asked = |scope, launch: Option<&str>| {
            let text = format!(
                "{}&scope={scope}",
                query_without("scope", launch.map(|l| ("launch", l)))
            );
            let checked = check(&Params::parse(&text), Some(&client), BASE).unwrap();
            (checked.scopes.to_text(), checked.launch)
        };
        let launched = asked("launch+openid", Some("x"));
        assert_eq!(launched, ("launch openid".to_owned(), Some("x".to_owned())));
        assert_eq!(asked("launch+openid", None), ("openid".to_owned(), None));
        assert_eq!(asked("openid", Some("x")), ("openid".to_owned(), None));
    }

    #[test]
    fn aud_may_end_in_a_slash_and_must_be_ours() {
        let slash = format!("{BASE}/");
        assert!(check(&with("aud", Some(&slash)), Some(&app()), BASE).is_ok());
        let wrong = redirected(&with("aud", Some("https://elsewhere.example/invalid_aud")));
        let uri = wrong.to_uri("http://127.0.0.1:8080", "r-1");
        assert!(uri.starts_with("http://127.0.0.1:8765/callback?error=invalid_request&"));
        assert!(uri.contains("state=s+1"));
        assert!(uri.contains("iss=http%3A%2F%2F127.0.0.1%3A8080"));
        assert!(!uri.contains("code="));
    }

    #[test]
    fn only_a_client_with_that_leeway_leaves_out_audience_and_challenge() {
        let leeway = |audience, challenge| Registered {
            leeway: crate::client::Leeway {
                audience,
                challenge,
            },
            ..app()
        };
        let (plain, free) = (with("aud", None), with("code_challenge", None));
        assert!(check(&plain, Some(&leeway(true, false)), BASE).is_ok());
        assert!(check(&plain, Some(&leeway(false, true)), BASE).is_err());
        let checked = check(&free, Some(&leeway(true, true)), BASE).unwrap();
        assert_eq!(checked.challenge, None);
        assert!(check(&free, Some(&leeway(true, false)), BASE).is_err());
        // What is there must be right all the same.
        let wrong = with("aud", Some("https://elsewhere.example/fhir"));
        assert!(check(&wrong, Some(&leeway(true, true)), BASE).is_err());
        let plain_method = with("code_challenge_method", Some("plain"));
        assert!(check(&plain_method, Some(&leeway(true, true)), BASE).is_err());
    }

    #[test]
    fn nothing_is_redirected_before_client_and_address_are_known() {
        for params in [
            with("client_id", None),
            with("redirect_uri", None),
            with("redirect_uri", Some("https://evil.example/")),
        ] {
            let refusal = check(&params, Some(&app()), BASE).unwrap_err();
            assert!(matches!(refusal, Refusal::Page(_)));
        }
        let unknown = check(&with("x", None), None, BASE).unwrap_err();
        assert!(matches!(unknown, Refusal::Page(_)));
        let mut disabled = app();
        disabled.active = false;
        assert!(matches!(
            check(&with("x", None), Some(&disabled), BASE),
            Err(Refusal::Page(_))
        ));
    }

    #[test]
    fn each_fault_names_its_code() {
        let faults = [
            ("response_type", None, ErrorCode::InvalidRequest),
            (
                "response_type",
                Some("token"),
                ErrorCode::UnsupportedResponseType,
            ),
            ("aud", None, ErrorCode::InvalidRequest),
            ("state", None, ErrorCode::InvalidRequest),
            ("code_challenge", None, ErrorCode::InvalidRequest),
            ("code_challenge", Some("short"), ErrorCode::InvalidRequest),
            ("code_challenge_method", None, ErrorCode::InvalidRequest),
            (
                "code_challenge_method",
                Some("plain"),
                ErrorCode::InvalidRequest,
            ),
            ("scope", None, ErrorCode::InvalidRequest),
            ("scope", Some("foo system/*.rs"), ErrorCode::InvalidScope),
            ("request", Some("x"), ErrorCode::RequestNotSupported),
            ("request_uri", Some("x"), ErrorCode::RequestUriNotSupported),
            ("response_mode", Some("fragment"), ErrorCode::InvalidRequest),
            ("max_age", Some("soon"), ErrorCode::InvalidRequest),
            ("dpop_jkt", Some("key"), ErrorCode::InvalidRequest),
        ];
        for (name, value, code) in faults {
            let redirect = redirected(&with(name, value));
            assert_eq!(redirect.error().code, code, "{name}={value:?}");
        }
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        let mut text = String::from("aud=x&");
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(GOOD);
        text.push_str(&query.finish());
        let redirect = redirected(&Params::parse(&text));
        assert!(redirect.error().description.contains("'aud'"));
    }
}
