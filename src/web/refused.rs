//! Refused requests of apps: where they are explained, and the log for the app's developer.

use std::sync::Arc;

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use smart::ErrorCode;
use storage::refusals::Refusal;

use crate::caller::token_hash;
use crate::request_id::RequestId;

/// Marks an answer as the refusal of an app's request. The front writes it to the app's log.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The client as the request names it; `None`: the one behind its access token.
    pub client: Option<String>,
    pub code: ErrorCode,
    /// What to change, for the developer: no secret, nothing of a patient.
    pub description: String,
}

impl Refused {
    /// The answer with this mark.
    pub fn mark(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

/// Where refusals go.
#[derive(Clone)]
pub struct Log {
    pub storage: storage::Storage,
    pub clock: config::Clock,
    /// Without trailing slash.
    pub base_url: Arc<str>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Log(…)")
    }
}

/// What the log needs of the request, kept while it is answered.
#[derive(Debug)]
pub(crate) struct Asked {
    authorization: Option<HeaderValue>,
}

impl Asked {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self {
            authorization: headers.get(header::AUTHORIZATION).cloned(),
        }
    }
    fn token(&self) -> Option<&str> {
        let text = self.authorization.as_ref()?.to_str().ok()?;
        let (scheme, token) = text.split_once(' ')?;
        let known = ["bearer", "dpop"];
        let known = known.iter().any(|name| scheme.eq_ignore_ascii_case(name));
        known.then(|| token.trim())
    }
}

impl Log {
    /// Explains a marked answer in its challenge and notes it under its client.
    pub(crate) async fn keep(
        &self,
        response: &mut Response,
        asked: &Asked,
        id: &RequestId,
        endpoint: impl FnOnce() -> String,
    ) {
        let Some(refused) = response.extensions_mut().remove::<Refused>() else {
            return;
        };
        self.explain(response.headers_mut(), refused.code);
        let now = self.clock.now();
        let client = match (refused.client, asked.token()) {
            (Some(client), _) => client,
            (None, Some(token)) => {
                let hash = token_hash(token);
                let standing = self.storage.standing_of_token(&hash, now).await;
                let standing = standing.ok().flatten();
                match standing.and_then(|s| s.client.as_ref().map(|c| c.id.clone())) {
                    Some(client) => client,
                    None => return,
                }
            }
            (None, None) => return,
        };
        self.storage.refusals().note(Refusal {
            client,
            at: now,
            request_id: id.as_str().to_owned(),
            endpoint: endpoint(),
            status: response.status().as_u16(),
            code: refused.code.as_str().to_owned(),
            description: refused.description,
        });
    }

    /// RFC 6750 section 3: the address of the explanation beside the error.
    fn explain(&self, headers: &mut HeaderMap, code: ErrorCode) {
        let Some(challenge) = headers.get(header::WWW_AUTHENTICATE) else {
            return;
        };
        let Some(text) = challenge.to_str().ok().filter(|t| t.contains("error=")) else {
            return;
        };
        let text = format!("{text}, error_uri=\"{}\"", code.uri(&self.base_url));
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
    }
}
