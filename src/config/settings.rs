//! What the person running the server decides: flags over environment over file over defaults.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use fhir::ResourceType;
use serde::Deserialize;

use crate::brand::Brand;
use crate::cds::CdsClient;
use crate::encryption::{EncryptionFlags, Secrets};
use crate::mail::MailServer;
use crate::sign_in::SignIn;
use crate::udap::Udap;

/// The JSON Schema a settings file is checked against.
const SCHEMA: &str = include_str!("settings.schema.json");

/// What a command line or the environment may say; each is also a key of the settings file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Settings file (TOML); its keys are the names of these flags
    #[arg(long, env = "KINCHART_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes any free one [default: 127.0.0.1:8080]
    #[arg(long, env = "KINCHART_LISTEN", value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// Address people and apps use to reach this server [default: from --listen]
    #[arg(long, env = "KINCHART_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    #[command(flatten)]
    pub database: Database,
    /// A shipped policy pack's name, or a file [default: middlesex]
    #[arg(long, env = "KINCHART_POLICY", value_name = "NAME|FILE")]
    pub policy: Option<String>,
    /// Public key (PEM) of who may sign policy packs; the settings file takes a list, policy-keys
    #[arg(long, env = "KINCHART_POLICY_KEY", value_name = "FILE")]
    pub policy_key: Option<PathBuf>,
    /// Certificate chain (PEM); with --tls-key the server speaks HTTPS
    #[arg(long, env = "KINCHART_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// Private key (PEM) of --tls-cert
    #[arg(long, env = "KINCHART_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Mail server, such as smtps://user:password@mail.example.org; without one mail stays
    /// in the outbox
    #[arg(
        long,
        env = "KINCHART_SMTP_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub smtp_url: Option<String>,
}

/// Where the database is and what decrypts its secrets, for commands that need nothing else.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Database {
    /// sqlite:FILE or postgres://… [default: sqlite:kinchart.db]
    #[arg(
        long = "database",
        env = "KINCHART_DATABASE",
        value_name = "URL",
        hide_env_values = true
    )]
    pub url: Option<String>,
    #[command(flatten)]
    pub encryption: EncryptionFlags,
}

/// The keys of a settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    listen: Option<String>,
    base_url: Option<String>,
    database: Option<String>,
    policy: Option<String>,
    #[serde(default)]
    policy_keys: Vec<PathBuf>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    smtp_url: Option<String>,
    #[serde(flatten)]
    encryption: EncryptionFlags,
    #[serde(default)]
    mail: crate::mail::MailFile,
    #[serde(default)]
    outside: OutsideFile,
    #[serde(default)]
    conditional_delete: HashMap<String, bool>,
    #[serde(default)]
    validation: ValidationFile,
    #[serde(default)]
    brand: crate::brand::BrandFile,
    #[serde(default)]
    sign_in: crate::sign_in::SignInFile,
    #[serde(default)]
    udap: crate::udap::UdapFile,
    #[serde(default)]
    dpop: HashMap<String, bool>,
    #[serde(default)]
    cds_client: Vec<crate::cds::CdsClientFile>,
    #[serde(default)]
    identity_provider: Vec<crate::identity_provider::ProviderFile>,
}

/// The `[outside]` part of a settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct OutsideFile {
    private_hosts: Vec<String>,
}

/// The `[validation]` part of a settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct ValidationFile {
    required: HashMap<String, Vec<String>>,
    refuse_unknown_profiles: bool,
}

/// What is asked of every write beyond what a resource claims of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validation {
    /// A resource of that type conforms to one of these profiles (canonicals).
    pub required: HashMap<ResourceType, Vec<String>>,
    /// Refuse a resource that claims a profile not known here.
    pub refuse_unknown: bool,
}

/// A certificate and its key, both PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// Checked settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `host:port`.
    pub listen: String,
    /// Without trailing slash; `None` means: derived from the socket.
    pub base_url: Option<String>,
    pub database: String,
    pub policy: String,
    /// Public keys (PEM files) whose signature under a policy pack is believed.
    pub policy_keys: Vec<PathBuf>,
    pub tls: Option<Tls>,
    /// Without one, mail stays in the outbox.
    pub mail: Option<MailServer>,
    /// Hosts whose private addresses this server may ask for keys and documents.
    pub private_hosts: Vec<String>,
    /// The first encrypts, all decrypt.
    pub encryption_keys: Secrets,
    /// A conditional delete may delete all that fit, instead of the one.
    pub deletes_several: bool,
    pub validation: Validation,
    pub brand: Brand,
    pub sign_in: SignIn,
    pub udap: Udap,
    /// Proofs of a key hold a nonce of ours (RFC 9449 section 8).
    pub dpop_nonces: bool,
    /// Systems that may call decision support in their own name.
    pub cds_clients: Vec<CdsClient>,
}

/// What is wrong with the settings, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

fn fault<T>(text: impl Into<String>) -> Result<T, SettingsError> {
    Err(SettingsError(text.into()))
}

impl Settings {
    /// Puts flags (and the environment, already in them) over the file over the defaults,
    /// and checks the result.
    pub fn read(flags: Flags) -> Result<Self, SettingsError> {
        let file = match &flags.config {
            Some(path) => read_file(path)?,
            None => File::default(),
        };
        let settings = Self {
            listen: flags
                .listen
                .or(file.listen)
                .unwrap_or_else(|| "127.0.0.1:8080".into()),
            base_url: match flags.base_url.or(file.base_url) {
                Some(url) => Some(check_base_url(&url)?),
                None => None,
            },
            database: flags
                .database
                .url
                .or(file.database)
                .unwrap_or_else(|| "sqlite:kinchart.db".into()),
            policy: flags
                .policy
                .or(file.policy)
                .unwrap_or_else(|| "middlesex".into()),
            policy_keys: match flags.policy_key {
                Some(key) => vec![key],
                None => file.policy_keys,
            },
            tls: check_tls(
                flags.tls_cert.or(file.tls_cert),
                flags.tls_key.or(file.tls_key),
            )?,
            mail: MailServer::of(flags.smtp_url.or(file.smtp_url), file.mail)
                .map_err(SettingsError)?,
            private_hosts: file.outside.private_hosts,
            encryption_keys: flags.database.encryption.read(file.encryption)?,
            deletes_several: file.conditional_delete.get("multiple") == Some(&true),
            validation: check_validation(file.validation)?,
            brand: Brand::of(file.brand).map_err(SettingsError)?,
            sign_in: SignIn::of(file.sign_in, file.identity_provider).map_err(SettingsError)?,
            udap: Udap::of(file.udap).map_err(SettingsError)?,
            dpop_nonces: file.dpop.get("require-nonce") == Some(&true),
            cds_clients: CdsClient::all(file.cds_client).map_err(SettingsError)?,
        };
        check_listen(&settings.listen)?;
        check_database(&settings.database)?;
        Ok(settings)
    }
}

fn read_file(path: &Path) -> Result<File, SettingsError> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        SettingsError(format!(
            "cannot read the settings file {shown}: {error}; check --config"
        ))
    })?;
    let table: toml::Table = toml::from_str(&text)
        .map_err(|error| SettingsError(format!("{shown} is not valid TOML: {error}")))?;
    // `base_url` is as good as `base-url`.
    let table: toml::Table = table
        .into_iter()
        .map(|(key, value)| (key.replace('_', "-"), value))
        .collect();
    let json =
        serde_json::to_value(&table).map_err(|error| SettingsError(format!("{shown}: {error}")))?;
    let schema: serde_json::Value = serde_json::from_str(SCHEMA)
        .map_err(|error| SettingsError(format!("settings schema: {error}")))?;
    let validator = jsonschema::validator_for(&schema)
        .map_err(|error| SettingsError(format!("settings schema: {error}")))?;
    let faults: Vec<String> = validator
        .iter_errors(&json)
        .map(|error| {
            let at = error.instance_path().to_string();
            let at = at.trim_start_matches('/');
            if at.is_empty() {
                error.to_string()
            } else {
                format!("{at}: {error}")
            }
        })
        .collect();
    if !faults.is_empty() {
        return fault(format!("{shown}: {}", faults.join("; ")));
    }
    serde_json::from_value(json).map_err(|error| SettingsError(format!("{shown}: {error}")))
}

fn check_listen(listen: &str) -> Result<(), SettingsError> {
    let port = listen.rsplit_once(':').map(|(host, port)| {
        (
            !host.is_empty() && (!host.contains(':') || host.ends_with(']')),
            port.parse::<u16>().is_ok(),
        )
    });
    if port == Some((true, true)) {
        return Ok(());
    }
    fault(format!(
        "--listen {listen} is not HOST:PORT; write for example --listen 127.0.0.1:8080"
    ))
}

fn check_base_url(text: &str) -> Result<String, SettingsError> {
    let url = url::Url::parse(text)
        .map_err(|error| SettingsError(format!("--base-url {text} is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return fault(format!(
            "--base-url {text} must start with http:// or https:// and name a host"
        ));
    }
    if url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return fault(format!(
            "--base-url {text} must be an origin without path, query or fragment; \
             the FHIR base is this with /fhir added"
        ));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn check_database(url: &str) -> Result<(), SettingsError> {
    if url.starts_with("sqlite:")
        || url.starts_with("postgres://")
        || url.starts_with("postgresql://")
    {
        return Ok(());
    }
    let scheme = url.split(':').next().unwrap_or_default();
    fault(format!(
        "--database {scheme}:… is not a database this server knows; \
         write sqlite:FILE or postgres://USER@HOST/NAME"
    ))
}

fn check_tls(cert: Option<PathBuf>, key: Option<PathBuf>) -> Result<Option<Tls>, SettingsError> {
    let (cert, key) = match (cert, key) {
        (None, None) => return Ok(None),
        (Some(cert), Some(key)) => (cert, key),
        (Some(_), None) => return fault("--tls-cert needs --tls-key beside it"),
        (None, Some(_)) => return fault("--tls-key needs --tls-cert beside it"),
    };
    for path in [&cert, &key] {
        if !path.is_file() {
            return fault(format!(
                "{} is not a file; --tls-cert and --tls-key name PEM files",
                path.display()
            ));
        }
    }
    Ok(Some(Tls { cert, key }))
}

fn check_validation(file: ValidationFile) -> Result<Validation, SettingsError> {
    let mut required = HashMap::new();
    for (name, profiles) in file.required {
        let Some(resource_type) = ResourceType::from_name(&name) else {
            return fault(format!(
                "validation.required names {name}, which is no resource type of FHIR R4"
            ));
        };
        required.insert(resource_type, profiles);
    }
    Ok(Validation {
        required,
        refuse_unknown: file.refuse_unknown_profiles,
    })
}

#[cfg(test)]
mod tests;
