//! What every answer carries, whatever was asked by whom; and what is in no address and no log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use kinchart::routes::{Guard, Route, table};
use storage::accounts::Kind;
use storage::sessions::Opening;

use crate::support::{Caller, House, Launch, Reply, SAFE_BASE, code_form, query_of};

/// Answers without anything of anybody, which browsers and programs may keep.
const KEPT: &[&str] = &[
    "/.well-known/",
    "/fhir/.well-known/",
    "/smart-style-",
    "/cds-services",
    "/apps/",
    "/account/assets/",
    "/brands.json",
    "/developer",
];

fn address(route: &Route) -> String {
    route
        .path
        .replace("{type}", "Patient")
        .replace("{id}", "ada")
        .replace("{version}", "1")
        .replace("{member}", "Observation")
        .replace("{*path}", "index.html")
}

async fn call(caller: &Caller, route: &Route) -> Reply {
    let body = (route.method != Method::GET).then_some("{}");
    caller
        .send(route.method.clone(), &address(route), body)
        .await
}

/// The faults of one answer.
fn faults(reply: &Reply, route: &Route) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |name: &str, good: &dyn Fn(&str) -> bool| {
        let value = reply.header(name);
        if !good(value) {
            faults.push(format!(
                "{} {}: {name}: {value:?}",
                route.method, route.path
            ));
        }
    };
    expect("x-content-type-options", &|v| v == "nosniff");
    expect("x-frame-options", &|v| v == "DENY" || v == "SAMEORIGIN");
    expect("referrer-policy", &|v| {
        matches!(v, "no-referrer" | "same-origin")
    });
    expect("permissions-policy", &|v| v.contains("geolocation=()"));
    expect("strict-transport-security", &|v| {
        v.starts_with("max-age=31536000")
    });
    expect("x-request-id", &|v| !v.is_empty());
    expect("content-security-policy", &|v| {
        (v.starts_with("default-src 'none'") || v.starts_with("default-src 'self'"))
            && v.contains("frame-ancestors '")
            && v.contains("base-uri 'none'")
            && !v.contains("unsafe-eval")
            && !v.contains("script-src 'unsafe")
            && !v.contains(" *")
    });
    let path = address(route);
    if !KEPT.iter().any(|kept| path.starts_with(kept)) {
        expect("cache-control", &|v| {
            v.contains("no-store") || v.contains("private")
        });
    }
    if path.starts_with("/account/security") {
        expect("cross-origin-opener-policy", &|v| v == "same-origin");
    }
    if path.starts_with("/account") || path == "/oauth2/authorize" {
        expect("access-control-allow-origin", &str::is_empty);
    }
    expect("access-control-allow-credentials", &str::is_empty);
    for cookie in reply.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        let strict = ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"];
        let host = cookie.starts_with("__Host-") && !cookie.contains("Domain");
        if !host || !strict.iter().all(|part| cookie.contains(part)) {
            faults.push(format!("{} {}: {cookie}", route.method, route.path));
        }
    }
    faults
}

#[tokio::test]
async fn every_answer_of_every_route_carries_the_strict_headers() {
    let house = House::signing_in(config::SignIn {
        staff_second_factor: false,
        ..config::SignIn::default()
    })
    .await;
    house.fill().await;
    let account = house.account("ada", Kind::Patient).await;
    let opening = Opening {
        account: &account,
        amr: "pwd",
        agent: "",
        source: "",
        device: None,
        lifetime_seconds: 3_600,
        shared: false,
    };
    let cookie = house.storage.sessions().open(opening, house.now()).await;
    let cookie = format!("__Host-kinchart={}", cookie.unwrap());
    let signed_in = house.anonymous().with("cookie", &cookie);
    let app = house.patient_with("ada", "patient/*.rs").await;
    let mut found = Vec::new();
    for route in table() {
        for caller in [&house.anonymous(), &app, &signed_in] {
            // Signing out would end the walk.
            if route.path == "/account/sign-out" && route.guard == Guard::Session {
                continue;
            }
            found.extend(faults(&call(caller, &route).await, &route));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn no_address_on_the_way_leads_to_another_site() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let hostile = [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/account//evil.example",
        "/account/../..//evil.example",
        "/account@evil.example",
        "/accountevil.example",
        "/account\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "/apps/\t//evil.example",
        "/fhir/Patient",
    ];
    for next in hostile {
        let encoded: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        for page in ["", "/code", "/enrol", "/passkey"] {
            let path = format!("/account/sign-in{page}?next={encoded}");
            let reply = house.anonymous().get(&path).await;
            assert!(!reply.text().contains("evil"), "{path}");
            let location = reply.header("location");
            assert!(
                location.is_empty() || location.starts_with("/account/sign-in"),
                "{path}"
            );
            assert!(!location.contains("evil"), "{path}: {location}");
        }
        let path = format!("/account/security/prove?next={encoded}");
        let browser = crate::pages::browser::Browser::of(&house);
        browser
            .sign_in("ada", crate::pages::browser::PASSWORD, &encoded)
            .await;
        let page = browser.get(&path).await;
        assert!(!page.html.contains("evil"), "{path}");
        let fields = [
            ("csrf", &*page.field("csrf")),
            ("next", next),
            ("password", crate::pages::browser::PASSWORD),
        ];
        let sent = browser.post("/account/security/prove", &fields).await;
        assert_eq!(sent.location(), "/account", "{next}");
    }
}

/// A place logs go to.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_is_in_a_log_or_an_address() {
    // With two listeners each place that logs asks both; with one it asks that of the thread which came
    // by first, and other tests' threads have none.
    let deaf = tracing_subscriber::fmt().with_writer(std::io::sink);
    let _deaf = tracing::Dispatch::new(deaf.finish());
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);

    let house = House::with_apps().await;
    house.with_password("ada").await;
    let browser = crate::pages::browser::Browser::of(&house);
    let password = crate::pages::browser::PASSWORD;
    let opened = browser.sign_in("ada", password, "").await;
    let mut secrets = vec![password.to_owned()];
    for cookie in opened.reply.headers.get_all("set-cookie") {
        let value = cookie.to_str().unwrap().split(['=', ';']).nth(1).unwrap();
        secrets.push(value.to_owned());
    }
    let launch = Launch::of(
        "confidential-app",
        "launch/patient offline_access patient/*.rs",
    );
    let uri = house.agree(&launch, "ada", "ada", &launch.scope).await;
    let query = query_of(&uri);
    let names: Vec<&str> = query.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["code", "iss", "state"],
        "nothing else in the address"
    );
    let secret = crate::support::SECRET;
    let form = code_form(&query["code"]);
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, &**v)).collect();
    let tokens = house
        .exchange("confidential-app", Some(secret), &form)
        .await;
    let tokens = tokens.expect(200).json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    secrets.extend([query["code"].clone(), secret.to_owned()]);
    secrets.extend([text("access_token"), text("refresh_token")]);
    let app = house.bearer(&text("access_token"));
    app.get("/fhir/Patient/ada").await.expect(200);
    app.get("/fhir/Patient?name=Berg").await.expect(200);
    let form = [("token", &*text("refresh_token"))];
    let asked = house
        .client_post(
            "/oauth2/introspect",
            "confidential-app",
            Some(secret),
            &form,
        )
        .await;
    asked.expect(200);
    // A token in an address counts for nothing, and is not written down either.
    let path = format!("/fhir/Patient/ada?access_token={}", text("access_token"));
    assert_eq!(house.anonymous().get(&path).await.status, 401);
    let used = [
        ("grant_type", "authorization_code"),
        ("code", &*query["code"]),
    ];
    house
        .exchange("confidential-app", Some(secret), &used)
        .await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("answered"), "the log was listened to");
    secrets.retain(|secret| !secret.is_empty());
    assert!(secrets.len() > 6);
    for secret in secrets
        .iter()
        .map(String::as_str)
        .chain(["Berg", "Patient/ada"])
    {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}

#[tokio::test]
async fn cookies_of_a_house_with_tls_are_bound_to_it() {
    let house = House::signing_in(config::SignIn::default()).await;
    let page = house.anonymous().get("/account/sign-in").await;
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-kinchart-form="), "{cookie}");
    assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly"));
    assert!(house.web.base_url.starts_with(SAFE_BASE));
}
