//! A caller: sends requests into the router as somebody, and looks at what comes back.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Somebody with or without a token, and headers to send along.
#[derive(Clone)]
pub struct Caller {
    router: Router,
    token: Option<String>,
    headers: Vec<(String, String)>,
    address: SocketAddr,
}

impl Caller {
    pub fn new(router: Router, token: Option<String>) -> Self {
        Self {
            router,
            token,
            headers: Vec::new(),
            address: SocketAddr::from(([127, 0, 0, 1], 50_000)),
        }
    }
    /// The same caller at another address.
    pub fn from(&self, address: &str) -> Self {
        let mut caller = self.clone();
        caller.address.set_ip(address.parse().unwrap());
        caller
    }
    /// The same caller with one header more.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut caller = self.clone();
        caller.headers.push((name.to_owned(), value.to_owned()));
        caller
    }
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None::<&str>).await
    }
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None::<&str>).await
    }
    pub async fn post(&self, path: &str, body: impl Into<Sent>) -> Reply {
        self.send(Method::POST, path, Some(body)).await
    }
    pub async fn put(&self, path: &str, body: impl Into<Sent>) -> Reply {
        self.send(Method::PUT, path, Some(body)).await
    }
    /// Posts a form.
    pub async fn post_form(&self, path: &str, form: &str) -> Reply {
        self.with("content-type", "application/x-www-form-urlencoded")
            .send(Method::POST, path, Some(form))
            .await
    }
    pub async fn send(&self, method: Method, path: &str, body: Option<impl Into<Sent>>) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let typed = self
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let body = match body {
            Some(body) => {
                if !typed {
                    request = request.header(header::CONTENT_TYPE, "application/fhir+json");
                }
                Body::from(body.into().0)
            }
            None => Body::empty(),
        };
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        Reply::whole(response).await
    }
    /// A GET whose answer is read by the test, piece by piece.
    pub async fn open(&self, path: &str) -> Body {
        let token = self.token.as_deref().unwrap_or_default();
        let request = Request::get(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .extension(ConnectInfo(self.address));
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body()
    }
}

impl Reply {
    async fn whole(response: axum::response::Response) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }
}

/// A body: text, bytes or JSON.
pub struct Sent(Vec<u8>);

impl From<&str> for Sent {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}
impl From<String> for Sent {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}
impl From<Vec<u8>> for Sent {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}
impl From<&Value> for Sent {
    fn from(json: &Value) -> Self {
        Self(json.to_string().into_bytes())
    }
}
impl From<Value> for Sent {
    fn from(json: Value) -> Self {
        Self::from(&json)
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
    /// The id of the resource in the body.
    pub fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_default().to_owned()
    }
    /// The first issue's code of an OperationOutcome.
    pub fn issue(&self) -> String {
        let json = self.json();
        assert_eq!(json["resourceType"], "OperationOutcome", "{json}");
        json["issue"][0]["code"].as_str().unwrap().to_owned()
    }
    /// Ids of a Bundle's resources, those of the given search mode if one is given.
    pub fn ids(&self, mode: Option<&str>) -> Vec<String> {
        let json = self.json();
        let entries = json["entry"].as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .filter(|entry| mode.is_none_or(|mode| entry["search"]["mode"] == mode))
            .filter_map(|entry| Some(entry["resource"]["id"].as_str()?.to_owned()))
            .collect()
    }
    /// The address of a Bundle's link, as a path.
    pub fn link(&self, relation: &str) -> Option<String> {
        let json = self.json();
        let links = json["link"].as_array()?;
        let link = links.iter().find(|link| link["relation"] == relation)?;
        let url = link["url"].as_str()?;
        Some(url.strip_prefix(super::BASE).unwrap_or(url).to_owned())
    }
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}
