//! The whole URL space as one table: method, path, guard, handler.

mod ending;
mod family;
mod opening;
mod privacy;
mod security;
mod support;
mod visitors;

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    http::Method,
    middleware,
    routing::{self, MethodRouter},
};
use fhir::operation::{Level, OPERATIONS};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
};
use web::{
    House, format,
    front::{self, Front},
    served::Served,
};

use crate::{
    demo_doors,
    fallbacks::{nothing_here, wrong_method},
    probes, static_apps,
};

/// Who may pass; each handler's parameters hold the proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// Everybody: discovery, health, landing, static files, and pages that ask who you are.
    Anyone,
    /// A bearer token that is good at this instant (`web::Caller`).
    Bearer,
    /// A signed-in person with a session cookie.
    Session,
    /// A client that proves itself, or a code or token that does (`/oauth2/token` and its like).
    Client,
    /// Everybody, but only in the demonstration; elsewhere the route does not exist.
    Demo,
}

/// One row of the table.
#[derive(Debug)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub guard: Guard,
    handler: MethodRouter<House>,
}

fn row<H, T>(
    method: Method,
    path: &'static str,
    guard: Guard,
    on: fn(H) -> MethodRouter<House>,
    handler: H,
) -> Route
where
    H: Handler<T, House>,
    T: 'static,
{
    Route {
        method,
        path,
        guard,
        handler: on(handler),
    }
}

fn get<H: Handler<T, House>, T: 'static>(path: &'static str, guard: Guard, handler: H) -> Route {
    row(Method::GET, path, guard, routing::get, handler)
}
fn post<H: Handler<T, House>, T: 'static>(path: &'static str, guard: Guard, handler: H) -> Route {
    row(Method::POST, path, guard, routing::post, handler)
}
fn put<H: Handler<T, House>, T: 'static>(path: &'static str, guard: Guard, handler: H) -> Route {
    row(Method::PUT, path, guard, routing::put, handler)
}
fn patch<H: Handler<T, House>, T: 'static>(path: &'static str, guard: Guard, handler: H) -> Route {
    row(Method::PATCH, path, guard, routing::patch, handler)
}
fn delete<H: Handler<T, House>, T: 'static>(path: &'static str, guard: Guard, handler: H) -> Route {
    row(Method::DELETE, path, guard, routing::delete, handler)
}

/// Every route there is.
pub fn table() -> Vec<Route> {
    let mut all = Vec::new();
    all.extend(house_routes());
    all.extend(authorization_routes());
    all.extend(fhir_routes());
    all.extend(hook_routes());
    all.extend(account_routes());
    all.extend(opening::routes());
    all.extend(ending::routes());
    all.extend(security::routes());
    all.extend(support::routes());
    all.extend(family::routes());
    all.extend(visitors::routes());
    all.extend(privacy::routes());
    all.extend(developer_routes());
    all.extend(demo_routes());
    all
}

fn house_routes() -> Vec<Route> {
    use Guard::Anyone;
    vec![
        get("/", Anyone, account::landing::page),
        get("/healthz", Anyone, probes::healthz),
        get("/readyz", Anyone, probes::readyz),
        get("/metrics", Anyone, probes::metrics),
        get("/apps/{app}", Anyone, static_apps::slash),
        get("/apps/{app}/", Anyone, static_apps::index),
        get("/apps/{app}/{*path}", Anyone, static_apps::below),
    ]
}

fn authorization_routes() -> Vec<Route> {
    use Guard::{Anyone, Client};
    const REGISTRATION: &str = "/oauth2/register/{client}";
    let smart = "/fhir/.well-known/smart-configuration";
    vec![
        get(smart, Anyone, oauth::smart_configuration),
        get(
            "/.well-known/openid-configuration",
            Anyone,
            oauth::openid_configuration,
        ),
        get("/.well-known/jwks.json", Anyone, oauth::jwks),
        get("/.well-known/udap", Anyone, oauth::udap::discovery),
        get("/fhir/.well-known/udap", Anyone, oauth::udap::discovery),
        get(oauth::style::STYLE_PATH, Anyone, oauth::style::style),
        get("/oauth2/authorize", Anyone, oauth::authorize::get),
        post("/oauth2/authorize", Anyone, oauth::authorize::post),
        post("/oauth2/par", Client, oauth::par::push),
        post("/oauth2/token", Client, oauth::token::exchange),
        post("/oauth2/introspect", Client, oauth::introspect::introspect),
        post("/oauth2/revoke", Client, oauth::revoke::revoke),
        get("/oauth2/userinfo", Client, oauth::userinfo::userinfo),
        post("/oauth2/userinfo", Client, oauth::userinfo::userinfo),
        get("/oauth2/logout", Anyone, oauth::logout::get),
        post("/oauth2/logout", Anyone, oauth::logout::post),
        post("/oauth2/register", Anyone, oauth::register::create),
        get(REGISTRATION, Client, oauth::register::read),
        put(REGISTRATION, Client, oauth::register::replace),
        delete(REGISTRATION, Client, oauth::register::delete),
    ]
}

fn fhir_routes() -> Vec<Route> {
    use Guard::{Anyone, Bearer};
    const INSTANCE: &str = "/fhir/{type}/{id}";
    const COMPARTMENT: &str = "/fhir/{type}/{id}/{member}";
    let mut routes = vec![
        get("/fhir/metadata", Anyone, rest::metadata),
        post("/fhir", Bearer, rest::bundle),
        post("/fhir/", Bearer, rest::bundle),
        get("/fhir", Bearer, rest::search_system),
        get("/fhir/", Bearer, rest::search_system),
        post("/fhir/_search", Bearer, rest::search_system_by_post),
        get("/fhir/_history", Bearer, rest::system_history),
        get("/fhir/{type}/_history", Bearer, rest::type_history),
        get("/fhir/{type}", Bearer, rest::search),
        post("/fhir/{type}", Bearer, rest::create),
        put("/fhir/{type}", Bearer, rest::update_matching),
        patch("/fhir/{type}", Bearer, rest::patch_matching),
        delete("/fhir/{type}", Bearer, rest::delete_matching),
        post("/fhir/{type}/_search", Bearer, rest::search_by_post),
        get(INSTANCE, Bearer, rest::read),
        post(INSTANCE, Bearer, rest::operate),
        put(INSTANCE, Bearer, rest::update),
        patch(INSTANCE, Bearer, rest::patch),
        delete(INSTANCE, Bearer, rest::delete),
        get("/fhir/{type}/{id}/_history", Bearer, rest::history),
        get("/fhir/{type}/{id}/_history/{version}", Bearer, rest::vread),
        get(COMPARTMENT, Bearer, rest::search_compartment),
        post(
            "/fhir/{type}/{id}/{member}/_search",
            Bearer,
            rest::search_compartment_by_post,
        ),
    ];
    const EXPORT: &str = "/fhir/bulk/{export}";
    routes.push(get(EXPORT, Bearer, rest::bulk::status));
    routes.push(delete(EXPORT, Bearer, rest::bulk::cancel));
    let file = "/fhir/bulk/{export}/{file}";
    routes.push(get(file, Bearer, rest::bulk::fetch));
    for (path, affects_state) in OPERATION_PATHS.iter() {
        routes.push(post(path, Bearer, rest::operate));
        if !affects_state {
            routes.push(get(path, Bearer, rest::operate));
        }
    }
    routes
}

/// Decision support. The token may also be in the body.
fn hook_routes() -> Vec<Route> {
    use Guard::{Anyone, Bearer};
    vec![
        get("/cds-services", Anyone, hooks::discovery),
        post("/cds-services/{id}", Bearer, hooks::call),
        post("/cds-services/{id}/feedback", Bearer, hooks::take_feedback),
    ]
}

/// Where operations are invoked, each with whether it changes something: off their table.
static OPERATION_PATHS: LazyLock<Vec<(String, bool)>> = LazyLock::new(|| {
    let mut paths = Vec::new();
    for operation in OPERATIONS {
        let types = match operation.types {
            [] => &["{type}"],
            types => types,
        };
        for level in operation.levels {
            let mut add = |middle: String| {
                let path = format!("/fhir{middle}/${}", operation.code);
                paths.push((path, operation.affects_state));
            };
            match level {
                Level::System => add(String::new()),
                Level::Type => types.iter().for_each(|name| add(format!("/{name}"))),
                Level::Instance => types.iter().for_each(|name| add(format!("/{name}/{{id}}"))),
            }
        }
    }
    paths
});

/// Pages for people. Forms prove themselves by their token.
fn account_routes() -> Vec<Route> {
    const REPORT: &str = "/account/access-log/report";
    const ROOTS: &str = "/account/access-log/roots";
    const ROOT: &str = "/account/access-log/roots/{day}";
    use Guard::{Anyone, Session};
    vec![
        get(
            "/account/assets/account.css",
            Anyone,
            account::assets::style,
        ),
        get(
            "/account/assets/passkey.js",
            Anyone,
            account::assets::passkey,
        ),
        get("/account/sign-in", Anyone, oauth::sign_in::form),
        post("/account/sign-in", Anyone, oauth::sign_in::submit),
        get(
            "/account/sign-in/outside/{provider}",
            Anyone,
            oauth::outside_sign_in::depart,
        ),
        get(
            "/account/sign-in/outside/{provider}/back",
            Anyone,
            oauth::outside_sign_in::come_back,
        ),
        get("/account/link", Anyone, oauth::outside_sign_in::form),
        post("/account/link", Session, oauth::outside_sign_in::confirm),
        get("/account/sign-ins", Session, account::sign_ins::page),
        post(
            "/account/sign-ins/unlink",
            Session,
            account::sign_ins::unlink,
        ),
        post("/account/choose", Session, oauth::choose_account::submit),
        post("/account/leave", Session, oauth::logout::confirm),
        get("/account/consent", Anyone, oauth::consent::form),
        post("/account/consent", Anyone, oauth::consent::submit),
        get("/account", Session, account::home::page),
        get("/account/", Session, account::home::page),
        get("/account/family", Session, account::family::page),
        get("/account/apps", Session, account::apps::page),
        post(
            "/account/apps/disconnect",
            Session,
            account::apps::disconnect,
        ),
        post(
            "/account/apps/disconnect-all",
            Session,
            account::apps::disconnect_all,
        ),
        get("/account/apps/app", Session, account::apps::one::page),
        post("/account/apps/narrow", Session, account::apps::one::narrow),
        get(
            "/account/apps/receipt",
            Session,
            account::apps::receipt::page,
        ),
        get(
            "/account/apps/consent",
            Session,
            account::apps::receipt::download,
        ),
        get("/account/access-log", Session, account::log::page),
        get("/account/view-as", Session, account::view_as::page),
        get(REPORT, Session, account::log::report::form),
        post(REPORT, Session, account::log::report::submit),
        get(ROOTS, Session, account::log::roots::page),
        get(ROOT, Session, account::log::roots::download),
        get(account::notices::PATH, Session, account::notices::page),
        post(account::notices::PATH, Session, account::notices::submit),
        get("/account/terms", Session, account::terms::form),
        post("/account/terms", Session, account::terms::submit),
        post("/account/sign-out", Session, account::sign_out::submit),
    ]
}

/// Pages for those who make apps, and for those who decide about them.
fn developer_routes() -> Vec<Route> {
    use Guard::{Anyone, Session};
    use developer::{app, apps, docs, join, review, stopping};
    const APP: &str = "/account/developer/apps/{client}";
    const EDIT: &str = "/account/developer/apps/{client}/edit";
    const NEW: &str = "/account/developer/apps/new";
    const JOIN: &str = "/account/developer/join";
    vec![
        get("/brands.json", Anyone, developer::brands::bundle),
        get(
            "/developer/assets/developer.css",
            Anyone,
            developer::assets::style,
        ),
        get("/developer", Anyone, docs::hub),
        get("/developer/", Anyone, docs::hub),
        get("/developer/docs/quickstart", Anyone, docs::quickstart),
        get("/developer/docs/registration", Anyone, docs::registration),
        get("/developer/docs/scopes", Anyone, docs::scopes),
        get("/developer/docs/udap", Anyone, docs::udap),
        get("/developer/errors", Anyone, docs::errors),
        get(JOIN, Anyone, join::form),
        post(JOIN, Anyone, join::send),
        post("/account/developer/join/confirm", Anyone, join::confirm),
        get("/account/developer", Session, apps::page),
        get(NEW, Session, apps::new),
        post(NEW, Session, apps::create),
        get(APP, Session, app::page),
        get(EDIT, Session, app::edit),
        post(EDIT, Session, app::save),
        post(
            "/account/developer/apps/{client}/secret",
            Session,
            app::renew,
        ),
        post(
            "/account/developer/apps/{client}/live",
            Session,
            app::go_live,
        ),
        post(
            "/account/developer/apps/{client}/remove",
            Session,
            app::remove,
        ),
        get("/account/review/apps", Session, review::page),
        post("/account/review/apps", Session, review::decide),
        get("/account/review/apps/all", Session, stopping::page),
        post("/account/review/apps/all", Session, stopping::decide),
    ]
}

fn demo_routes() -> Vec<Route> {
    use Guard::Demo;
    vec![
        get("/demo/clock", Demo, demo_doors::clock),
        put("/demo/clock", Demo, demo_doors::set_clock),
        get("/demo/mailbox", Demo, demo_doors::mailbox),
    ]
}

/// Smaller answers gain nothing from packing, in bytes.
const PACKED_BYTES_MIN: u64 = 500;

/// Pages with secrets in them stay plain: their size must not depend on what a stranger sends along.
fn is_packed(path: &str) -> bool {
    ["/fhir", "/apps/", "/.well-known/"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
}

fn packing() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .gzip(true)
        .zstd(true)
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(PACKED_BYTES_MIN).and(NotForContentType::IMAGES))
}

fn assemble(table: Vec<Route>, demo: bool) -> Router<House> {
    let mut router = Router::new();
    for route in table {
        if route.guard == Guard::Demo && !demo {
            continue;
        }
        let mut handler = route.handler;
        if route.path.starts_with("/fhir") {
            handler = handler.layer(middleware::from_fn(format::layer));
        }
        if is_packed(route.path) {
            handler = handler.layer(packing());
        }
        router = router.route(route.path, handler);
    }
    router
}

/// The table as a router over a house.
pub fn router(house: House) -> Router {
    let demo = house.clock.is_movable();
    let table = table();
    house
        .metrics
        .register(table.iter().map(|route| (route.method.clone(), route.path)));
    let served = table.iter().map(|route| (route.method.clone(), route.path));
    let house = House {
        served: Arc::new(Served::new(served)),
        ..house
    };
    let front = Arc::new(Front {
        dpop_nonces: house.dpop_nonces,
        metrics: house.metrics.clone(),
        log: web::refused::Log {
            storage: house.storage.clone(),
            clock: house.clock.clone(),
            base_url: house.base_url.clone(),
        },
        secure: house.base_url.starts_with("https://"),
    });
    assemble(table, demo)
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(config::limits::BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(front, front::layer))
        .with_state(house)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_claim_the_same_address() {
        // The router panics on rows that collide.
        let _ = assemble(table(), true);
        let mut all: Vec<_> = table()
            .into_iter()
            .map(|route| (route.path, route.method.to_string()))
            .collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn everything_clinical_asks_for_a_token() {
        for route in table() {
            let open = [
                "/fhir/metadata",
                "/fhir/.well-known/smart-configuration",
                "/fhir/.well-known/udap",
            ];
            if route.path.starts_with("/fhir") && !open.contains(&route.path) {
                assert_eq!(route.guard, Guard::Bearer, "{}", route.path);
            }
        }
    }
}
