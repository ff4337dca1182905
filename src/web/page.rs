//! Pages for people: HTML answers with a strict policy, redirects, forms, and the layout they
//! share.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use url::form_urlencoded;

use crate::reply::{Fault, with_header};

/// Changes whenever the style sheet does, so that browsers may keep it for long.
pub const STYLE: &str = concat!(
    "/account/assets/account.css?v=",
    env!("CARGO_PKG_VERSION"),
    "-18"
);

/// The script of pages that ask for a passkey.
pub const PASSKEY_SCRIPT: &str = concat!(
    "/account/assets/passkey.js?v=",
    env!("CARGO_PKG_VERSION"),
    "-1"
);

/// What every page's frame shows.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    pub style: &'static str,
    /// Who is signed in.
    pub name: Option<String>,
    /// For the sign-out form.
    pub csrf: String,
    /// Path of the page in the menu, if it is in it.
    pub here: &'static str,
    /// On a computer that others use too.
    pub shared: bool,
}

impl Frame {
    /// The frame of somebody not signed in.
    pub fn of_nobody() -> Self {
        Self {
            style: STYLE,
            ..Self::default()
        }
    }
    /// The frame of a signed-in person.
    pub fn of(person: &crate::SignedIn, here: &'static str) -> Self {
        Self {
            style: STYLE,
            name: Some(person.account.display.clone()),
            csrf: person.session.csrf.clone(),
            here,
            shared: person.session.shared,
        }
    }
}

/// A page; forms on it may only be sent here.
pub fn html(status: StatusCode, template: &impl Template) -> Response {
    with_policy(status, template, "'self'", "")
}

/// 200, or 422 for a form that comes back to be mended.
pub fn status(good: bool) -> StatusCode {
    match good {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// A page that asks for a passkey, which takes a script: one of our own files, never one in the page.
pub fn html_with_script(status: StatusCode, template: &impl Template) -> Response {
    with_policy(status, template, "'self'", " script-src 'self';")
}

/// A page whose form ends in a redirect to somewhere else (browsers hold redirects to the form's
/// policy too).
pub fn html_leading_to(status: StatusCode, template: &impl Template, target: &str) -> Response {
    let scheme = target.split(':').next().unwrap_or_default();
    let is_scheme = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let action = if is_scheme {
        format!("'self' https: {scheme}:")
    } else {
        "'self' https:".to_owned()
    };
    with_policy(status, template, &action, "")
}

fn with_policy(
    status: StatusCode,
    template: &impl Template,
    form_action: &str,
    script: &str,
) -> Response {
    const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
    let body = match template.render() {
        Ok(body) => body,
        Err(error) => return broken(&error.to_string()),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HTML);
    // Browsers only say where a form came from under a policy that lets them.
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self';{script} form-action {form_action}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    with_header(response, header::CONTENT_SECURITY_POLICY, &policy)
}

/// 303: the browser gets the next page.
pub fn see_other(address: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else {
        return broken("an address that is no header");
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response
}

#[derive(Template)]
#[template(path = "sorry.html")]
struct Sorry<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
}

/// A page that says what went wrong and what to do.
pub fn sorry(status: StatusCode, title: &str, text: &str) -> Response {
    let frame = Frame::of_nobody();
    html(status, &Sorry { frame, title, text })
}

/// The page in place of a file on a computer that others use too.
pub fn no_download() -> Response {
    sorry(
        StatusCode::FORBIDDEN,
        "No downloads on this computer",
        "You said that others use this computer too, so nothing is kept on it. Sign in on a device of your own \
         to have the file.",
    )
}

/// The page for a form that did not come from us or came too late.
pub fn stale_form() -> Response {
    sorry(
        StatusCode::FORBIDDEN,
        "That form has expired",
        "For your safety we did not use it. Go back, reload the page and try once more.",
    )
}

/// The page for a browser that sent back none of our cookies.
pub fn no_cookies() -> Response {
    sorry(
        StatusCode::FORBIDDEN,
        "Your browser keeps no cookies",
        "Signing in needs one cookie of ours, which says that it is you, and nothing else. Allow cookies for \
         this site in your browser’s settings, reload the page and try once more. If cookies are allowed, \
         the page was open for too long: reload it.",
    )
}

/// The page for a system that gives no randomness.
pub fn no_randomness() -> Response {
    sorry(
        StatusCode::SERVICE_UNAVAILABLE,
        "We will be right back",
        "Please try again in a minute.",
    )
}

/// The page for a database that cannot be asked.
pub fn unavailable(error: &storage::Error) -> Response {
    let mut response = sorry(
        StatusCode::SERVICE_UNAVAILABLE,
        "We will be right back",
        "The record cannot be reached at the moment. Please try again in a minute.",
    );
    response.extensions_mut().insert(Fault(error.to_string()));
    with_header(response, header::RETRY_AFTER, "5")
}

fn broken(fault: &str) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Fault(fault.to_owned()));
    response
}

/// A form or query, in order, names as often as they occur.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// A form of fields read elsewhere.
    pub fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }
    /// Reads `application/x-www-form-urlencoded`.
    pub fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }
    /// The first value of a name; empty when it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }
    /// Adds a value.
    pub fn put(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }
    /// Every value of a name.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The query of a page's address; an empty form where there is none.
pub struct Query(pub Form);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Form::read(query.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_form_keeps_every_box_ticked() {
        let form = Form::read(b"scope=a%7Cb&scope=c+d&patient=1");
        assert_eq!(form.all("scope").collect::<Vec<_>>(), ["a|b", "c d"]);
        assert_eq!((form.get("patient"), form.get("csrf")), ("1", ""));
    }

    #[test]
    fn pages_run_no_script_and_forms_lead_where_they_must() {
        let page = Sorry {
            frame: Frame::of_nobody(),
            title: "<b>",
            text: "x",
        };
        let response = html_leading_to(StatusCode::OK, &page, "com.example.app:/callback");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(policy.starts_with("default-src 'none'"));
        assert!(policy.contains("form-action 'self' https: com.example.app:;"));
        assert!(!page.render().unwrap().contains("<b>"));
    }
}
