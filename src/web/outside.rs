//! The one way out: requests to addresses that others gave us, so that they reach nothing of ours.
//!
//! HTTPS only; the name is resolved once, every address it has is judged, and the connection goes to
//! one of those; redirects are not followed; size, time and number of fetches are bounded.

mod address;
mod kept;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use config::limits;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

pub use kept::Want;

/// An address given by others is not longer than this, in bytes.
const URL_BYTES_MAX: usize = 2_048;
/// Header lines of an answer, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What the person running the server allows beyond the public internet.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Plain HTTP to this machine's loopback addresses: in the demonstration and in tests.
    pub loopback: bool,
    /// Host names that may resolve to private addresses.
    pub private_hosts: Vec<String>,
}

/// What came back, whatever its status.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why nothing came back. The text may be shown to whoever registered the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The address is not one this server asks.
    #[error("{0}")]
    Refused(String),
    #[error("{0} cannot be reached")]
    Unreachable(String),
    /// Another answer than a document.
    #[error("{0} answered with status {1}")]
    Status(String, u16),
    #[error("the answer took longer than {} seconds", limits::OUTSIDE_SECONDS_MAX)]
    TooSlow,
    #[error("the answer is larger than {} bytes", limits::OUTSIDE_BYTES_MAX)]
    TooLarge,
    #[error("too many requests to the outside are under way; try again in a moment")]
    Busy,
}

/// The client for requests to the outside. Cheap to clone.
#[derive(Clone, Default)]
pub struct Outside {
    inner: Arc<Inner>,
}

struct Inner {
    rules: Rules,
    turns: Semaphore,
    documents: kept::Documents,
    tls: OnceLock<Option<TlsConnector>>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            turns: Semaphore::new(limits::OUTSIDE_FETCHES_MAX),
            documents: kept::Documents::default(),
            tls: OnceLock::new(),
        }
    }
}

impl Outside {
    pub fn new(rules: Rules) -> Self {
        let inner = Inner {
            rules,
            ..Inner::default()
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Asks for a JSON document.
    ///
    /// # Errors
    /// See [`Fault`]; an answer of any status is no error.
    pub async fn get_json(&self, url: &str) -> Result<Fetched, Fault> {
        self.send(Method::GET, url, HeaderMap::new(), Bytes::new())
            .await
    }

    /// Posts a form and asks for JSON.
    ///
    /// # Errors
    /// See [`Fault`]; an answer of any status is no error.
    pub async fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Result<Fetched, Fault> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let mut headers = HeaderMap::new();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form);
        let body = Bytes::from(body.finish());
        self.send(Method::POST, url, headers, body).await
    }

    /// Sends any request; `Host`, `Accept` and `Connection` are set here. A redirect is an answer
    /// like any other: it is not followed.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Fetched, Fault> {
        let target = self.target(url)?;
        let Ok(_turn) = self.inner.turns.try_acquire() else {
            return Err(Fault::Busy);
        };
        let request = request(&target, method, headers, body)?;
        let limit = Duration::from_secs(limits::OUTSIDE_SECONDS_MAX);
        match tokio::time::timeout(limit, self.fetch(&target, request)).await {
            Ok(answered) => answered,
            Err(_) => Err(Fault::TooSlow),
        }
    }

    /// Whether an address may be asked at all, as far as its text tells: for checks at registration.
    ///
    /// # Errors
    /// `Refused`, saying what an address must look like.
    pub fn check(&self, url: &str) -> Result<(), Fault> {
        self.target(url).map(|_| ())
    }

    fn target(&self, text: &str) -> Result<Url, Fault> {
        let refused = |why: &str| Err(Fault::Refused(format!("the address {why}")));
        if text.len() > URL_BYTES_MAX {
            return refused("is too long");
        }
        let Ok(url) = Url::parse(text) else {
            return refused("is not a URL");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refused("must not hold a user name or password");
        }
        if url.fragment().is_some() {
            return refused("must not have a fragment");
        }
        let Some(host) = url.host() else {
            return refused("names no host");
        };
        match url.scheme() {
            "https" => {}
            "http" if self.inner.rules.loopback && is_loopback(&host) => {}
            _ => return refused("must begin with https://"),
        }
        if let Some(literal) = literal(&host)
            && !self.allows(&url, literal)
        {
            return refused("is not on the public internet");
        }
        Ok(url)
    }

    fn allows(&self, url: &Url, address: IpAddr) -> bool {
        let rules = &self.inner.rules;
        let named = |host: &String| url.host_str().is_some_and(|h| h.eq_ignore_ascii_case(host));
        address::is_public(address)
            || (rules.loopback && address.is_loopback())
            || rules.private_hosts.iter().any(named)
    }

    async fn fetch(&self, url: &Url, request: Request<Full<Bytes>>) -> Result<Fetched, Fault> {
        let stream = self.connect(url).await?;
        if url.scheme() == "http" {
            return exchange(url, stream, request).await;
        }
        let unreachable = || Fault::Unreachable(origin(url));
        let name = url.host_str().unwrap_or_default();
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(name.to_owned()).map_err(|_| unreachable())?;
        let tls = self.tls().ok_or_else(unreachable)?;
        let stream = tls.connect(name, stream).await;
        let stream = stream.map_err(|_| unreachable())?;
        exchange(url, stream, request).await
    }

    /// Connects to an address that was judged: the name is not resolved a second time.
    async fn connect(&self, url: &Url) -> Result<TcpStream, Fault> {
        let unreachable = || Fault::Unreachable(origin(url));
        let port = url.port_or_known_default().unwrap_or(443);
        let addresses: Vec<SocketAddr> = match url.host().as_ref().and_then(literal) {
            Some(address) => vec![SocketAddr::new(address, port)],
            None => {
                let name = url.host_str().unwrap_or_default();
                let found = tokio::net::lookup_host((name, port)).await;
                found.map_err(|_| unreachable())?.collect()
            }
        };
        if !addresses.iter().all(|a| self.allows(url, a.ip())) {
            let text = "the address does not lead to the public internet";
            return Err(Fault::Refused(text.to_owned()));
        }
        for address in addresses {
            if let Ok(stream) = TcpStream::connect(address).await {
                return Ok(stream);
            }
        }
        Err(unreachable())
    }

    /// Certificates are judged by the roots this machine trusts.
    fn tls(&self) -> Option<TlsConnector> {
        let trusted = || {
            let mut roots = rustls::RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            connector(roots)
        };
        self.inner.tls.get_or_init(trusted).clone()
    }
}

fn connector(roots: rustls::RootCertStore) -> Option<TlsConnector> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Some(TlsConnector::from(Arc::new(config)))
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn literal(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
        Host::Domain(_) => None,
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        host => literal(host).is_some_and(|address| address.is_loopback()),
    }
}

fn request(
    url: &Url,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, Fault> {
    let malformed = || Fault::Refused("the address cannot be asked for".to_owned());
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().map_err(|_| malformed())?;
    *request.headers_mut() = headers;
    let fixed = request.headers_mut();
    fixed.insert(
        header::HOST,
        HeaderValue::from_str(&host).map_err(|_| malformed())?,
    );
    fixed.insert(
        header::ACCEPT,
        HeaderValue::from_static("application/json, */*;q=0.1"),
    );
    fixed.insert(header::CONNECTION, HeaderValue::from_static("close"));
    fixed.insert(header::USER_AGENT, HeaderValue::from_static("kinchart"));
    Ok(request)
}

async fn exchange<S>(url: &Url, stream: S, request: Request<Full<Bytes>>) -> Result<Fetched, Fault>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let unreachable = || Fault::Unreachable(origin(url));
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| unreachable())?;
    let connection = tokio::spawn(connection);
    let _ended = Ended(connection.abort_handle());
    let answer = sender
        .send_request(request)
        .await
        .map_err(|_| unreachable())?;
    let (parts, body) = answer.into_parts();
    let body = Limited::new(body, limits::OUTSIDE_BYTES_MAX)
        .collect()
        .await;
    let body =
        body.map_err(
            |fault| match fault.downcast_ref::<http_body_util::LengthLimitError>() {
                Some(_) => Fault::TooLarge,
                None => unreachable(),
            },
        )?;
    Ok(Fetched {
        status: parts.status,
        headers: parts.headers,
        body: body.to_bytes(),
    })
}

/// Ends the connection's task when the answer is read or given up.
struct Ended(tokio::task::AbortHandle);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
