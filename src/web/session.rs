//! The signed-in person behind a session cookie, and the cookies themselves.

use std::sync::Arc;

use access::{Access, Standing};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, header};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use storage::accounts::{Account, Kind};
use storage::sessions::Session;

use crate::{House, page};

/// Where people sign in.
pub const SIGN_IN_PATH: &str = "/account/sign-in";
const SESSION: &str = "kinchart";
const FORM: &str = "kinchart-form";
const DEVICE: &str = "kinchart-device";
const STEP: &str = "kinchart-step";
const OUTSIDE: &str = "kinchart-outside";
const OPENING: &str = "kinchart-opening";
const SHARED: &str = "kinchart-shared";
const GUEST: &str = "kinchart-guest";
/// How long somebody may be away at an outside provider and then prove whose account it is.
const OUTSIDE_SECONDS: i64 = 30 * 60;
/// How long somebody may take over opening an account, in seconds.
const OPENING_SECONDS: i64 = 30 * 60;
/// How long a browser is remembered, in seconds: browsers keep nothing longer than 400 days.
const DEVICE_SECONDS: i64 = 400 * 24 * 3_600;
/// How long the second step of a sign-in may take, in seconds.
const STEP_SECONDS: i64 = 10 * 60;

/// Where somebody signed in proves who they are once more.
pub const PROVE_PATH: &str = "/account/security/prove";
/// Where people agree to the terms, before anything else of their account.
pub const TERMS_PATH: &str = "/account/terms";
/// What is open to who has not agreed: the terms, the way out, protecting the account, ending it.
const OPEN_WITHOUT_TERMS: &[&str] = &[
    TERMS_PATH,
    "/account/sign-out",
    "/account/leave",
    "/account/security",
    "/account/email",
    "/account/link",
    "/account/sign-up",
    "/account/close",
    "/account/secure",
    "/account/record-copy",
];

/// How long such a proof holds, in seconds.
pub const FRESH_SECONDS: i64 = 10 * 60;

/// A signed-in person who proved who they are within the last minutes: for acts that whoever finds a
/// browser open must not be able to do.
#[derive(Debug, Clone)]
pub struct Fresh(pub SignedIn);

impl FromRequestParts<House> for Fresh {
    type Rejection = Response;
    /// Sends whoever proved nothing lately to do so, and from there back.
    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Response> {
        let person =
            <SignedIn as FromRequestParts<House>>::from_request_parts(parts, house).await?;
        if person.is_fresh(house.clock.now()) {
            return Ok(Self(person));
        }
        let back = if parts.method == Method::GET {
            parts.uri.path_and_query().map(|p| p.as_str().to_owned())
        } else {
            form_page(&parts.headers, house)
        };
        let back = back.as_deref().and_then(local_path).unwrap_or("/account");
        Err(page::see_other(&format!(
            "{PROVE_PATH}?next={}",
            utf8_percent_encode(back, NON_ALPHANUMERIC)
        )))
    }
}

/// The page of ours a form was on.
fn form_page(headers: &HeaderMap, house: &House) -> Option<String> {
    let from = headers.get(header::REFERER)?.to_str().ok()?;
    from.strip_prefix(&*house.base_url).map(str::to_owned)
}

/// A person with a live session and an account that is open.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub account: Account,
    pub session: Session,
    /// The cookie's value, to close the session by.
    pub cookie: String,
}

impl SignedIn {
    /// Whether the terms come before what is asked for.
    fn must_agree(&self, parts: &Parts) -> bool {
        let path = parts.uri.path();
        let is_open = |open: &&str| {
            let rest = path.strip_prefix(*open);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        !self.account.terms_accepted && !OPEN_WITHOUT_TERMS.iter().any(is_open)
    }
    /// Whether they proved who they are within the last minutes.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.as_second() - self.session.proved_at.as_second();
        (0..FRESH_SECONDS).contains(&age)
    }
}

impl FromRequestParts<House> for SignedIn {
    type Rejection = Response;
    /// Sends whoever is not signed in to the sign-in page, and from there back.
    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Response> {
        match find(&parts.headers, house).await {
            Ok(Some(person)) if person.must_agree(parts) => {
                let back = parts.uri.path_and_query().map_or("", |p| p.as_str());
                let back = if parts.method == Method::GET {
                    back
                } else {
                    ""
                };
                Err(page::see_other(&terms_address(back)))
            }
            Ok(Some(person)) => Ok(person),
            Ok(None) => {
                // A form that comes too late leads back to its page, not to its answer.
                let back = if parts.method == Method::GET {
                    parts
                        .uri
                        .path_and_query()
                        .map_or("/account", |p| p.as_str())
                } else {
                    parts.uri.path()
                };
                Err(page::see_other(&sign_in_address(back)))
            }
            Err(error) => Err(page::unavailable(&error)),
        }
    }
}

impl OptionalFromRequestParts<House> for SignedIn {
    type Rejection = Response;
    async fn from_request_parts(
        parts: &mut Parts,
        house: &House,
    ) -> Result<Option<Self>, Response> {
        find(&parts.headers, house)
            .await
            .map_err(|error| page::unavailable(&error))
    }
}

/// The sign-in page that leads back to a path of ours.
pub fn sign_in_address(back: &str) -> String {
    format!(
        "{SIGN_IN_PATH}?next={}",
        utf8_percent_encode(back, NON_ALPHANUMERIC)
    )
}

/// The page of the terms, which leads back to a path of ours.
pub fn terms_address(back: &str) -> String {
    format!(
        "{TERMS_PATH}?next={}",
        utf8_percent_encode(back, NON_ALPHANUMERIC)
    )
}

/// A place to return to after signing in: a path on this server and nothing else.
pub fn local_path(next: &str) -> Option<&str> {
    let inside = next.starts_with("/apps/")
        || next
            .strip_prefix("/account")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let plain = next
        .bytes()
        .all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'"' && b != b'<' && b != b'>');
    (inside && plain && !next.contains("//")).then_some(next)
}

async fn find(headers: &HeaderMap, house: &House) -> Result<Option<SignedIn>, storage::Error> {
    let Some(cookie) = cookie(headers, &name(house, SESSION)) else {
        return Ok(None);
    };
    let now = house.clock.now();
    let Some(session) = house.storage.sessions().find(&cookie, now).await? else {
        return Ok(None);
    };
    let account = house.storage.accounts().find(&session.account).await?;
    // Staff with a password alone are not in, whichever door they came through.
    let half = |account: &Account| {
        house.sign_in.staff_second_factor
            && account.kind == Kind::Staff
            && !session.has_second_factor()
    };
    Ok(account
        .filter(|account| account.state == access::actor::Account::Active && !half(account))
        .map(|account| SignedIn {
            account,
            session,
            cookie,
        }))
}

/// What a signed-in person may do for one of the patients they act for, without an app between.
/// `None` when they may not be let in for that patient now.
pub fn access(house: &House, standing: &Arc<Standing>, now: Timestamp) -> Option<Access> {
    Access::open(Arc::clone(standing), Arc::clone(&house.pack), now).ok()
}

/// The value of the session cookie, whatever it is worth.
pub fn session_cookie(headers: &HeaderMap, house: &House) -> Option<String> {
    cookie(headers, &name(house, SESSION))
}

/// The token of the sign-in form as the browser holds it.
pub fn form_cookie(headers: &HeaderMap, house: &House) -> Option<String> {
    cookie(headers, &name(house, FORM)).filter(|token| !token.is_empty())
}

/// The value of the cookie a browser is known again by.
pub fn device_cookie(headers: &HeaderMap, house: &House) -> Option<String> {
    cookie(headers, &name(house, DEVICE)).filter(|value| !value.is_empty())
}

/// The value of the cookie of a sign-in that waits for its second step.
pub fn step_cookie(headers: &HeaderMap, house: &House) -> Option<String> {
    cookie(headers, &name(house, STEP)).filter(|value| !value.is_empty())
}

/// The value of the cookie that binds an outside sign-in to its browser.
pub fn outside_cookie(headers: &HeaderMap, house: &House) -> Option<String> {
    cookie(headers, &name(house, OUTSIDE)).filter(|value| !value.is_empty())
}

/// The value of the cookie of whoever opens an account.
pub fn opening_cookie(headers: &HeaderMap, house: &House) -> Option<String> {
    cookie(headers, &name(house, OPENING)).filter(|value| !value.is_empty())
}

/// `Set-Cookie` for whoever opens an account.
pub fn opening(house: &House, value: &str) -> HeaderValue {
    set(house, OPENING, value, OPENING_SECONDS)
}

/// The value of the cookie of a guest who pays a bill.
pub fn guest_cookie(headers: &HeaderMap, house: &House) -> Option<String> {
    cookie(headers, &name(house, GUEST)).filter(|value| !value.is_empty())
}

/// `Set-Cookie` for a guest who pays a bill; no seconds remove it.
pub fn guest(house: &House, value: &str, lifetime_seconds: i64) -> HeaderValue {
    set(house, GUEST, value, lifetime_seconds)
}

/// `Set-Cookie` that removes the cookie of opening an account.
pub fn opening_over(house: &House) -> HeaderValue {
    set(house, OPENING, "", 0)
}

/// `Set-Cookie` that binds an outside sign-in to its browser.
pub fn outside(house: &House, value: &str) -> HeaderValue {
    set(house, OUTSIDE, value, OUTSIDE_SECONDS)
}

/// `Set-Cookie` by which the browser is known again.
pub fn device(house: &House, value: &str) -> HeaderValue {
    set(house, DEVICE, value, DEVICE_SECONDS)
}

/// `Set-Cookie` for a sign-in that waits for its second step.
pub fn step(house: &House, value: &str) -> HeaderValue {
    set(house, STEP, value, STEP_SECONDS)
}

/// `Set-Cookie` that removes the cookie of the second step.
pub fn step_over(house: &House) -> HeaderValue {
    set(house, STEP, "", 0)
}

/// `Set-Cookie` for a session just opened.
pub fn opened(house: &House, value: &str, lifetime_seconds: i64) -> HeaderValue {
    set(house, SESSION, value, lifetime_seconds)
}

/// `Set-Cookie` for a session on a computer that others use too: it goes with the browser's window.
pub fn opened_here(house: &House, value: &str) -> HeaderValue {
    let secure = if is_secure(house) { "; Secure" } else { "" };
    let name = name(house, SESSION);
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Whether a sign-in under way is on a computer that others use too.
pub fn is_shared(headers: &HeaderMap, house: &House) -> bool {
    cookie(headers, &name(house, SHARED)).is_some_and(|value| value == "1")
}

/// `Set-Cookie` that remembers it through the second step.
pub fn shared(house: &House) -> HeaderValue {
    set(house, SHARED, "1", STEP_SECONDS)
}

/// `Set-Cookie` that removes it.
pub fn shared_over(house: &House) -> HeaderValue {
    set(house, SHARED, "", 0)
}

/// `Set-Cookie` that removes the session's cookie.
pub fn closed(house: &House) -> HeaderValue {
    set(house, SESSION, "", 0)
}

/// A page with a form for somebody not signed in, and the form's token as a cookie too.
pub fn with_form_token(house: &House, token: &str, mut page: Response) -> Response {
    let cookie = set(house, FORM, token, 3_600);
    page.headers_mut().append(header::SET_COOKIE, cookie);
    page
}

fn is_secure(house: &House) -> bool {
    house.base_url.starts_with("https://")
}

/// Over https the name itself pins the cookie to this host (RFC 6265bis 4.1.3).
fn name(house: &House, plain: &str) -> String {
    if is_secure(house) {
        format!("__Host-{plain}")
    } else {
        plain.to_owned()
    }
}

fn set(house: &House, plain: &str, value: &str, lifetime_seconds: i64) -> HeaderValue {
    let secure = if is_secure(house) { "; Secure" } else { "" };
    let text = format!(
        "{}={value}; Path=/; Max-Age={lifetime_seconds}; HttpOnly; SameSite=Lax{secure}",
        name(house, plain)
    );
    // Values are base64url: always a header.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then(|| value.to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_returns_to_our_own_pages_only() {
        assert_eq!(
            local_path("/account/consent?request=a-b_c"),
            Some("/account/consent?request=a-b_c")
        );
        assert_eq!(local_path("/apps/portal/"), Some("/apps/portal/"));
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/account//evil",
            "/fhir/Patient",
            "",
            "/account\r\nX: y",
            "/account@evil.example",
        ] {
            assert_eq!(local_path(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn the_way_back_survives_the_address() {
        let address = sign_in_address("/account/consent?request=x&y=1");
        assert_eq!(
            address,
            "/account/sign-in?next=%2Faccount%2Fconsent%3Frequest%3Dx%26y%3D1"
        );
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=1; kinchart=abc=; b=2"),
        );
        assert_eq!(cookie(&headers, "kinchart").as_deref(), Some("abc="));
        assert_eq!(cookie(&headers, "chart"), None);
    }
}
