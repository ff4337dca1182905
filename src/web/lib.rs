//! What the edges share: the caller behind a bearer token, sessions, replies, headers,
//! addresses. No rules.

pub mod body;
pub mod bundles;
pub mod caller;
pub mod csrf;
pub mod format;
pub mod front;
pub mod headers;
pub mod keys;
pub mod leaflet;
pub mod maintenance;
pub mod metrics;
pub mod negotiate;
pub mod outside;
pub mod pace;
pub mod page;
pub mod pretty;
pub mod proof;
pub mod qr;
pub mod refused;
pub mod reply;
pub mod request_id;
pub mod served;
pub mod session;
pub mod udap;
pub mod upload;
pub mod urls;
pub mod visit;
pub mod words;

use std::sync::Arc;

pub use body::FhirBody;
pub use caller::Caller;
pub use negotiate::Wanted;
pub use outside::Outside;
pub use reply::Answer;
pub use session::SignedIn;
pub use visit::Visit;

/// What every handler is given.
#[derive(Clone)]
pub struct House {
    pub storage: storage::Storage,
    pub clock: config::Clock,
    pub pack: Arc<access::Pack>,
    /// `http://127.0.0.1:8080`, without trailing slash.
    pub base_url: Arc<str>,
    /// `{base_url}/fhir`
    pub fhir_base: Arc<str>,
    /// By what name and looks apps show this organization.
    pub brand: Arc<config::Brand>,
    /// What signing in asks of people.
    pub sign_in: Arc<config::SignIn>,
    pub metrics: Arc<metrics::Metrics>,
    /// The client for requests to addresses that others gave us.
    pub outside: Outside,
    /// What the router serves; filled in where it is made.
    pub served: Arc<served::Served>,
    /// Proofs of a key hold a nonce of ours (RFC 9449 section 8).
    pub dpop_nonces: bool,
    /// Systems that call decision support; none: whoever holds an access token.
    pub cds_clients: Arc<Vec<config::CdsClient>>,
    /// The trust communities this server is a member of.
    pub udap: udap::Udap,
    /// A conditional delete may delete all that fit.
    pub deletes_several: bool,
}
