//! Forms come from our own pages only: a token the page carried, and the browser's word on its
//! origin.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header};

use crate::page::{self, Form};
use crate::session::{self, Fresh};
use crate::{House, SignedIn};

/// Random bytes of a form token of somebody not signed in.
const TOKEN_BYTES: usize = 24;

/// A fresh token for a form of somebody who is not signed in yet (double-submit cookie).
/// `None` when the system has no randomness.
pub fn fresh() -> Option<String> {
    let mut bytes = [0u8; TOKEN_BYTES];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// A form that a signed-in person sent from a page of ours: a handler that takes one cannot forget to check.
#[derive(Debug)]
pub struct SignedForm {
    pub person: SignedIn,
    pub form: Form,
}

impl FromRequest<House> for SignedForm {
    type Rejection = Response;
    /// Sends whoever is not signed in to the sign-in page, and refuses forms that are not ours.
    async fn from_request(request: Request, house: &House) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let person = SignedIn::from_request_parts(&mut parts, house).await?;
        let (headers, form) = read(Request::from_parts(parts, body), house).await?;
        let expected = &person.session.csrf;
        if !is_ours(&headers, &house.base_url, expected, form.get("csrf")) {
            return Err(page::stale_form());
        }
        Ok(Self { person, form })
    }
}

/// A form that somebody not signed in sent from a page of ours: it carries the token their browser keeps as a
/// cookie.
#[derive(Debug)]
pub struct OpenForm {
    pub headers: HeaderMap,
    pub form: Form,
    pub token: String,
}

impl FromRequest<House> for OpenForm {
    type Rejection = Response;
    /// Refuses forms that are not ours.
    async fn from_request(request: Request, house: &House) -> Result<Self, Response> {
        let (headers, form) = read(request, house).await?;
        let Some(token) = session::form_cookie(&headers, house) else {
            return Err(page::no_cookies());
        };
        if !is_ours(&headers, &house.base_url, &token, form.get("csrf")) {
            return Err(page::stale_form());
        }
        Ok(Self {
            headers,
            form,
            token,
        })
    }
}

async fn read(request: Request, house: &House) -> Result<(HeaderMap, Form), Response> {
    let headers = request.headers().clone();
    let body = Bytes::from_request(request, house)
        .await
        .map_err(IntoResponse::into_response)?;
    Ok((headers, Form::read(&body)))
}

/// A form of a person who proved who they are within the last minutes.
#[derive(Debug)]
pub struct FreshForm {
    pub person: SignedIn,
    pub form: Form,
}

impl FromRequest<House> for FreshForm {
    type Rejection = Response;
    async fn from_request(request: Request, house: &House) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        Fresh::from_request_parts(&mut parts, house).await?;
        let request = Request::from_parts(parts, body);
        let SignedForm { person, form } = SignedForm::from_request(request, house).await?;
        Ok(Self { person, form })
    }
}

/// Whether a form came from a page of ours: it carries the token expected, and the browser, where
/// it says
/// where a form came from, says here.
pub fn is_ours(headers: &HeaderMap, base_url: &str, expected: &str, submitted: &str) -> bool {
    let same = aws_lc_rs::constant_time::verify_slices_are_equal(
        expected.as_bytes(),
        submitted.as_bytes(),
    );
    !expected.is_empty() && same.is_ok() && is_same_origin(headers, base_url)
}

fn is_same_origin(headers: &HeaderMap, base_url: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return false;
    }
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => origin
            .to_str()
            .is_ok_and(|origin| origin == origin_of(base_url)),
    }
}

/// Scheme, host and port of an address.
fn origin_of(url: &str) -> &str {
    let host_at = url.find("://").map_or(0, |at| at + 3);
    let end = url
        .get(host_at..)
        .and_then(|rest| rest.find('/'))
        .map_or(url.len(), |at| host_at + at);
    url.get(..end).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const BASE: &str = "http://127.0.0.1:8080";

    fn from(origin: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        headers
    }

    #[test]
    fn a_form_needs_the_token_and_our_origin() {
        assert!(is_ours(&from(None), BASE, "t", "t"));
        assert!(is_ours(&from(Some(BASE)), BASE, "t", "t"));
        assert!(!is_ours(&from(Some(BASE)), BASE, "t", "u"));
        assert!(!is_ours(&from(Some(BASE)), BASE, "", ""));
        for foreign in ["null", "http://127.0.0.1:8081", "https://evil.example"] {
            assert!(!is_ours(&from(Some(foreign)), BASE, "t", "t"), "{foreign}");
        }
        assert_eq!(origin_of("https://a.example/kinchart"), "https://a.example");
    }

    #[test]
    fn a_browser_that_says_cross_site_is_believed() {
        let mut headers = from(None);
        headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
        assert!(!is_ours(&headers, BASE, "t", "t"));
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(fresh(), fresh());
        assert!(fresh().is_some_and(|token| token.len() == 32));
    }
}
