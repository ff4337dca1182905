//! The one layer before every handler: request id, sharing, strict headers, time limit,
//! panics, counting.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use fhir::{Issue, IssueCode};
use futures_util::FutureExt;
use http::{HeaderValue, Method, StatusCode};

use crate::{
    headers, maintenance,
    metrics::Metrics,
    proof,
    refused::{Asked, Log},
    reply::{self, Fault},
    request_id::{HEADER, RequestId},
};

/// Longest a request may take, in seconds.
const REQUEST_SECONDS_MAX: u64 = 60;

/// What the layer needs.
#[derive(Debug)]
pub struct Front {
    pub metrics: Arc<Metrics>,
    /// Whether people reach us over HTTPS.
    pub secure: bool,
    /// Whether who proves a key is given a nonce for the next proof.
    pub dpop_nonces: bool,
    /// Where refused requests of apps are kept.
    pub log: Log,
}

impl Front {
    /// The answer in a time of maintenance, where it is not the handler's. Where nobody knows whether it is one,
    /// the handlers say what they can.
    async fn turn_away(&self, method: &Method, path: &str) -> Option<Response> {
        let now = self.log.clock.now();
        let windows = self.log.storage.maintenance().windows(now).await;
        let windows = windows.ok()?.into_iter();
        let mut in_force = windows.filter(|window| window.is_in_force(now));
        in_force.find_map(|window| maintenance::answer(&window, method, path, now))
    }

    /// RFC 9449 section 8.2: the next proof holds this. Without one the next proof is refused once and is told.
    async fn give_nonce(&self, response: &mut Response) {
        let now = self.log.clock.now();
        if let Ok(nonce) = self.log.storage.nonces().current(now).await
            && let Ok(value) = HeaderValue::from_str(&nonce)
        {
            response.headers_mut().insert("dpop-nonce", value);
        }
    }
}

/// Answers a request through the handlers behind it; every answer leaves through here.
pub async fn layer(State(front): State<Arc<Front>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let asked = Asked::of(request.headers());
    let address = request.uri().path().to_owned();
    let shared = headers::is_shared(&address);
    let proves = front.dpop_nonces && request.headers().contains_key(proof::HEADER);
    let mut response = if shared && headers::is_preflight(&method, request.headers()) {
        let mut response = StatusCode::NO_CONTENT.into_response();
        headers::allow_preflight(response.headers_mut());
        response
    } else {
        request.extensions_mut().insert(id.clone());
        match front.turn_away(&method, &address).await {
            Some(response) => response,
            None => answer(request, next).await,
        }
    };
    if proves {
        front.give_nonce(&mut response).await;
    }
    let status = response.status();
    let path = matched.as_ref().map(MatchedPath::as_str);
    let endpoint = || format!("{method} {}", path.unwrap_or("-"));
    front.log.keep(&mut response, &asked, &id, endpoint).await;
    front
        .metrics
        .record(&method, path, status.as_u16(), began.elapsed());
    log(&id, &method, path, &mut response);
    let headers = response.headers_mut();
    headers.insert(HEADER, id.0);
    headers::harden(headers, &address, front.secure);
    if shared {
        headers::share(headers);
    }
    response
}

async fn answer(request: Request, next: Next) -> Response {
    let running = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(Duration::from_secs(REQUEST_SECONDS_MAX), running).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            let mut response = reply::fault(
                StatusCode::INTERNAL_SERVER_ERROR,
                Issue::error(IssueCode::Exception, "something went wrong on our side"),
            );
            let fault = Fault(format!("a handler panicked: {text}"));
            response.extensions_mut().insert(fault);
            response
        }
        Err(_) => reply::fault(
            StatusCode::GATEWAY_TIMEOUT,
            Issue::error(IssueCode::Timeout, "this took too long and was given up"),
        ),
    }
}

/// The route's template is logged, never the address: ids and queries are patient data.
fn log(id: &RequestId, method: &Method, path: Option<&str>, response: &mut Response) {
    let status = response.status().as_u16();
    let route = path.unwrap_or("-");
    let request = id.as_str();
    match response.extensions_mut().remove::<Fault>() {
        Some(Fault(fault)) => {
            tracing::error!(request, %method, route, status, fault, "failed");
        }
        None => tracing::debug!(request, %method, route, status, "answered"),
    }
}
