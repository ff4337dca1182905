//! The browser apps, embedded in the binary as their builds left them.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

/// Path below the app and content of each file.
type Files = &'static [(&'static str, &'static [u8])];

include!(concat!(env!("OUT_DIR"), "/static_apps.rs"));

/// What an app's pages may load: its own files and this server, nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; manifest-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// `/apps/portal` → `/apps/portal/`
pub async fn slash(Path(app): Path<String>) -> Response {
    match files(&app) {
        Some(_) => Redirect::permanent(&format!("/apps/{app}/")).into_response(),
        None => crate::fallbacks::no_page(),
    }
}

/// The first page of an app.
pub async fn index(Path(app): Path<String>) -> Response {
    serve(&app, "index.html")
}

/// A file of an app, or a place inside it.
pub async fn below(Path((app, path)): Path<(String, String)>) -> Response {
    serve(&app, &path)
}

/// The files of an app of this house.
fn files(app: &str) -> Option<Files> {
    let found = APPS.iter().find(|(name, _)| *name == app)?;
    Some(found.1)
}

fn serve(app: &str, path: &str) -> Response {
    match files(app) {
        Some(files) => file(files, path),
        None => crate::fallbacks::no_page(),
    }
}

fn file(files: Files, path: &str) -> Response {
    if files.is_empty() {
        return web::page::sorry(
            StatusCode::SERVICE_UNAVAILABLE,
            "This app is not in this build",
            "“make demo” builds the apps together with the server.",
        );
    }
    // A path without a file is a place inside the app, which its own script knows.
    let is_asset = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'));
    let found = files
        .iter()
        .find(|(name, _)| *name == path)
        .or_else(|| files.iter().find(|f| !is_asset && f.0 == "index.html"));
    let Some((name, content)) = found else {
        return crate::fallbacks::no_page();
    };
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    (
        [
            (header::CONTENT_TYPE, media_type(name)),
            (header::CACHE_CONTROL, cache),
            (header::CONTENT_SECURITY_POLICY, POLICY),
        ],
        *content,
    )
        .into_response()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
