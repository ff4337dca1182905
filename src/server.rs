//! Puts the house together: settings → socket, storage, policy → router; starts and stops it.

use std::{io::Write, sync::Arc, time::Duration};

use axum_server::{Handle, tls_rustls::RustlsConfig};
use config::{Clock, Settings};
use storage::Storage;
use tokio::signal::unix::{SignalKind, signal};
use web::{House, Outside};

use crate::{
    encryption::{self, Encryption},
    jobs,
    policy::{self, Signing},
    routes,
};

/// How long running requests are waited for after a stop was asked for.
const STOP_SECONDS_MAX: u64 = 20;
/// How long a client may take to send its request line and headers.
const HEADER_SECONDS_MAX: u64 = 15;
/// Readers of the database.
const READ_CONNECTIONS: u32 = 8;

/// What keeps the server from running.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on {listen}: {why}; is another server running there? See --listen")]
    Listen { listen: String, why: std::io::Error },
    #[error(transparent)]
    Policy(#[from] policy::Error),
    #[error("database: {0}; see --database")]
    Storage(#[from] storage::Error),
    #[error("encryption: {0}")]
    Encryption(#[from] encryption::Error),
    #[error("TLS: {0}; see --tls-cert and --tls-key")]
    Tls(std::io::Error),
    /// A certificate, key or list of a trust community.
    #[error("{0}")]
    Udap(String),
    /// The organization's own texts.
    #[error("{0}")]
    Terms(String),
    #[error("mail: {0}; see --smtp-url")]
    Mail(String),
    #[error("the server stopped: {0}")]
    Io(#[from] std::io::Error),
}

/// A server whose socket is open and whose address is therefore known, but that does not
/// answer yet.
#[derive(Debug)]
pub struct Opening {
    settings: Settings,
    listener: std::net::TcpListener,
    base_url: String,
}

impl Opening {
    /// Takes the socket; connections wait in it until [`Self::serve`].
    pub async fn bind(settings: Settings) -> Result<Self, Error> {
        let fault = |why| Error::Listen {
            listen: settings.listen.clone(),
            why,
        };
        let listener = tokio::net::TcpListener::bind(&settings.listen)
            .await
            .map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        let base_url = settings.base_url.clone().unwrap_or_else(|| {
            let scheme = if settings.tls.is_some() {
                "https"
            } else {
                "http"
            };
            // A name stays a name, so that certificates fit; the port is the one we really got.
            let host = settings
                .listen
                .rsplit_once(':')
                .map_or("127.0.0.1", |h| h.0);
            match host {
                "0.0.0.0" | "[::]" => format!("{scheme}://localhost:{}", address.port()),
                host => format!("{scheme}://{host}:{}", address.port()),
            }
        });
        let listener = listener.into_std().map_err(fault)?;
        Ok(Self {
            settings,
            listener,
            base_url,
        })
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Opens the database and reads the policy.
    pub async fn open_house(&self, clock: Clock) -> Result<House, Error> {
        let signing = match clock.is_movable() {
            true => Signing::Waived,
            false => Signing::Required,
        };
        let policy = policy::load(&self.settings.policy, &self.settings.policy_keys, signing)?;
        let pack = Arc::new(policy.pack);
        let in_force = [
            pack.terms.portal.clone(),
            format!("proxy-{}", pack.terms.proxy),
        ];
        let terms = &self.settings.brand.terms;
        terms.check(&pack.id, &in_force).map_err(Error::Terms)?;
        let fhir_base = format!("{}/fhir", self.base_url);
        let encryption = Encryption::of(&self.settings, &self.base_url)?;
        let storage = Storage::open(storage::Settings {
            url: self.settings.database.clone(),
            base: fhir_base.clone(),
            pack: pack.clone(),
            read_connections: READ_CONNECTIONS,
            check_references: true,
            validation: validation(&self.settings.validation),
            sealing: encryption.sealing.clone(),
        })
        .await?;
        let outside = Outside::new(web::outside::Rules {
            loopback: clock.is_movable(),
            private_hosts: self.settings.private_hosts.clone(),
        });
        encryption.settle(&storage).await?;
        let membership = self
            .settings
            .udap
            .membership(&fhir_base)
            .map_err(Error::Udap)?;
        let udap = web::udap::Udap::new(membership);
        trust(&storage, &udap);
        Ok(House {
            storage,
            clock,
            pack,
            base_url: self.base_url.as_str().into(),
            fhir_base: fhir_base.into(),
            brand: Arc::new(self.settings.brand.clone()),
            sign_in: Arc::new(self.settings.sign_in.clone()),
            metrics: Arc::default(),
            outside,
            served: Arc::default(),
            dpop_nonces: self.settings.dpop_nonces,
            cds_clients: Arc::new(self.settings.cds_clients.clone()),
            udap,
            deletes_several: self.settings.deletes_several,
        })
    }

    /// Says ready, and serves until SIGTERM or SIGINT; then finishes what runs and closes
    /// the database.
    pub async fn serve(self, house: House) -> Result<(), Error> {
        let storage = house.storage.clone();
        let jobs = jobs::start(&house, &self.settings)?;
        let router = routes::router(house);
        let handle = Handle::new();
        tokio::spawn(stop_on_signal(handle.clone())?);
        announce(&self.base_url)?;
        let make = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
        match &self.settings.tls {
            None => {
                let mut server = axum_server::from_tcp(self.listener)?.handle(handle);
                limit(server.http_builder());
                let acceptor = axum_server::accept::NoDelayAcceptor::new();
                server.acceptor(acceptor).serve(make).await?;
            }
            Some(tls) => {
                let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
                let config = RustlsConfig::from_pem_file(&tls.cert, &tls.key)
                    .await
                    .map_err(Error::Tls)?;
                let mut server =
                    axum_server::from_tcp_rustls(self.listener, config)?.handle(handle);
                limit(server.http_builder());
                server.serve(make).await?;
            }
        }
        jobs.stop().await;
        storage.close().await?;
        Ok(())
    }
}

fn limit(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder
        .http1()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEADER_SECONDS_MAX));
    builder
        .http2()
        .timer(hyper_util::rt::TokioTimer::new())
        .max_concurrent_streams(256);
}

/// The one line on stdout that scripts wait for.
fn announce(base_url: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "kinchart ready at {base_url}")?;
    out.flush()
}

/// Waits for SIGTERM or SIGINT, then lets running requests finish.
fn stop_on_signal(
    handle: Handle<std::net::SocketAddr>,
) -> std::io::Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        handle.graceful_shutdown(Some(Duration::from_secs(STOP_SECONDS_MAX)));
    })
}

/// Lets in members of the communities the house is a member of, and of no others.
pub fn trust(storage: &Storage, udap: &web::udap::Udap) {
    let membership = udap.membership();
    let communities = membership
        .iter()
        .flat_map(|membership| membership.communities());
    storage.trust_communities(communities.map(|one| one.uri.clone()).collect());
}

/// What the settings say of profiles, for the vault.
pub(crate) fn validation(settings: &config::Validation) -> storage::Validation {
    storage::Validation {
        required: settings.required.clone(),
        refuse_unknown: settings.refuse_unknown,
    }
}
