//! Headers every answer carries: strict defaults, and sharing with browser apps of any origin
//! where bearer tokens rule.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// Paths whose protection is a bearer token or nothing at all, never a cookie: any origin may
/// call them.
/// (`/oauth2/authorize` is a page and stays closed.)
pub fn is_shared(path: &str) -> bool {
    path == "/fhir"
        || path.starts_with("/fhir/")
        || path.starts_with("/.well-known/")
        || path == "/brands.json"
        || path.starts_with("/shl/")
        || path.starts_with("/guest-pay/")
        || path.starts_with("/smart-style-")
        || path == "/cds-services"
        || path.starts_with("/cds-services/")
        || path.starts_with("/oauth2/register/")
        || matches!(
            path,
            "/oauth2/token"
                | "/oauth2/introspect"
                | "/oauth2/revoke"
                | "/oauth2/userinfo"
                | "/oauth2/register"
                | "/oauth2/par"
        )
}

/// What a browser app may read besides the plain headers.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Last-Modified, Location, Content-Location, WWW-Authenticate, DPoP-Nonce, Retry-After, \
     X-Progress, X-Request-Id, Kinchart-Watermark",
);
const ALLOWED_METHODS: HeaderValue =
    HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "Accept, Authorization, Content-Type, DPoP, If-Match, If-None-Match, If-Modified-Since, \
     If-None-Exist, Prefer, X-Request-Id, X-Requested-With",
);
const CROSS_ORIGIN_OPENER_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
/// What no page of ours needs of a device.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
const ANY: HeaderValue = HeaderValue::from_static("*");

/// Whether a request is a CORS preflight.
pub fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight, kept by browsers for an hour.
pub fn allow_preflight(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("3600"),
    );
}

/// Opens an answer to scripts of any origin. Credentials are never shared, so `*` is safe.
pub fn share(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}

/// Pages an app may have opened in a window of its own, to hear from it afterwards: on them the window
/// must stay the app's (everywhere else no other site keeps a hand on ours).
const LED_TO: &[&str] = &[
    "/oauth2/",
    "/account/sign-in",
    "/account/consent",
    "/account/terms",
    "/apps/",
];

/// Strict defaults; a header the handler set itself stays. `path`: what was asked for.
pub fn harden(headers: &mut HeaderMap, path: &str, secure: bool) {
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(header::CACHE_CONTROL, "no-store");
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "no-referrer");
    default(header::X_FRAME_OPTIONS, "DENY");
    default(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    default(PERMISSIONS_POLICY, PERMISSIONS);
    if !is_shared(path) {
        default(CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    }
    if !is_shared(path) && !LED_TO.iter().any(|led_to| path.starts_with(led_to)) {
        default(CROSS_ORIGIN_OPENER_POLICY, "same-origin");
    }
    if secure {
        default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authorize_page_is_not_shared_and_the_token_endpoint_is() {
        assert!(!is_shared("/oauth2/authorize"));
        assert!(!is_shared("/account/family"));
        assert!(!is_shared("/fhirx"));
        assert!(is_shared("/oauth2/token"));
        assert!(is_shared("/fhir/Patient/1"));
    }

    #[test]
    fn no_other_site_keeps_a_hand_on_our_windows_but_the_app_that_asks() {
        for (path, alone) in [
            ("/account/family", true),
            ("/account/security", true),
            ("/", true),
            ("/account/sign-in?next=x", false),
            ("/account/consent", false),
            ("/oauth2/authorize", false),
            ("/fhir/Patient", false),
        ] {
            let mut headers = HeaderMap::new();
            harden(&mut headers, path, false);
            assert_eq!(
                headers.contains_key(CROSS_ORIGIN_OPENER_POLICY),
                alone,
                "{path}"
            );
        }
    }

    #[test]
    fn a_handlers_own_policy_stays() {
        let mut headers = HeaderMap::new();
        let own = HeaderValue::from_static("default-src 'self'");
        headers.insert(header::CONTENT_SECURITY_POLICY, own.clone());
        harden(&mut headers, "/account", true);
        assert_eq!(headers.get(header::CONTENT_SECURITY_POLICY), Some(&own));
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
