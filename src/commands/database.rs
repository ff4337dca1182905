//! The flags of commands that work on a database without serving it, and how they open it.

use std::path::PathBuf;
use std::sync::Arc;

use access::Pack;
use config::{Flags, Settings};
use storage::Storage;

use crate::encryption::Encryption;
use crate::policy::{Signing, load};

/// Readers a command needs.
const READ_CONNECTIONS: u32 = 4;

/// Like those of `serve`, without the ones about serving.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DatabaseFlags {
    /// Settings file (TOML)
    #[arg(long, env = "KINCHART_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    database: config::Database,
    /// Address people and apps use to reach the server; references below its /fhir are its own
    #[arg(long, env = "KINCHART_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// A shipped policy pack's name, or a file [default: middlesex]
    #[arg(long, env = "KINCHART_POLICY", value_name = "NAME|FILE")]
    policy: Option<String>,
    /// Public key (PEM) of who may sign policy packs
    #[arg(long, env = "KINCHART_POLICY_KEY", value_name = "FILE")]
    policy_key: Option<PathBuf>,
}

/// An open database with what is needed to act on it.
pub struct Opened {
    pub storage: Storage,
    pub pack: Arc<Pack>,
    /// Without trailing slash.
    pub fhir_base: String,
}

impl DatabaseFlags {
    /// Where the database is. Errors: what is wrong with the flags.
    pub fn url(&self) -> Result<String, String> {
        let settings = self.clone().settings();
        Ok(settings?.database)
    }

    fn settings(self) -> Result<Settings, String> {
        Settings::read(Flags {
            config: self.config,
            database: self.database,
            base_url: self.base_url,
            policy: self.policy,
            policy_key: self.policy_key,
            ..Flags::default()
        })
        .map_err(|error| error.to_string())
    }

    /// Opens the database. Errors: what is wrong with the flags or the database, and what to do.
    pub async fn open(self) -> Result<Opened, String> {
        let settings = self.settings()?;
        let policy = load(&settings.policy, &settings.policy_keys, Signing::Required);
        let pack = Arc::new(policy.map_err(|error| error.to_string())?.pack);
        let base_url = settings.base_url.clone();
        let base_url = base_url.unwrap_or_else(|| format!("http://{}", settings.listen));
        let fhir_base = format!("{base_url}/fhir");
        let encryption = Encryption::of(&settings, &base_url).map_err(|error| error.to_string())?;
        let storage = Storage::open(storage::Settings {
            url: settings.database,
            base: fhir_base.clone(),
            pack: pack.clone(),
            read_connections: READ_CONNECTIONS,
            check_references: false,
            validation: crate::server::validation(&settings.validation),
            sealing: encryption.sealing.clone(),
        })
        .await
        .map_err(|error| format!("database: {error}; see --database"))?;
        let settled = encryption.settle(&storage).await;
        settled.map_err(|error| error.to_string())?;
        Ok(Opened {
            storage,
            pack,
            fhir_base,
        })
    }
}
