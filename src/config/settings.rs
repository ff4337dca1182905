//! What the person running the server decides: flags over environment over file over defaults.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use fhir::ResourceType;
use serde::Deserialize;

use crate::brand::Brand;
use crate::encryption::{EncryptionFlags, Secrets};
use crate::sign_in::SignIn;

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
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    smtp_url: Option<String>,
    encryption_key: Option<String>,
    encryption_key_file: Option<PathBuf>,
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
    pub tls: Option<Tls>,
    pub smtp_url: Option<String>,
    /// Hosts whose private addresses this server may ask for keys and documents.
    pub private_hosts: Vec<String>,
    /// The first encrypts, all decrypt.
    pub encryption_keys: Secrets,
    /// A conditional delete may delete all that fit, instead of the one.
    pub deletes_several: bool,
    pub validation: Validation,
    pub brand: Brand,
    pub sign_in: SignIn,
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
            tls: check_tls(
                flags.tls_cert.or(file.tls_cert),
                flags.tls_key.or(file.tls_key),
            )?,
            smtp_url: flags.smtp_url.or(file.smtp_url),
            private_hosts: file.outside.private_hosts,
            encryption_keys: flags.database.encryption.read(EncryptionFlags {
                encryption_key: file.encryption_key,
                encryption_key_file: file.encryption_key_file,
            })?,
            deletes_several: file.conditional_delete.get("multiple") == Some(&true),
            validation: check_validation(file.validation)?,
            brand: Brand::of(file.brand).map_err(SettingsError)?,
            sign_in: SignIn::of(file.sign_in, file.identity_provider).map_err(SettingsError)?,
        };
        check_listen(&settings.listen)?;
        check_database(&settings.database)?;
        if let Some(url) = &settings.smtp_url {
            check_smtp_url(url)?;
        }
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

fn check_smtp_url(text: &str) -> Result<(), SettingsError> {
    let scheme = text.split(':').next().unwrap_or_default();
    if matches!(scheme, "smtp" | "smtps") && url::Url::parse(text).is_ok() {
        return Ok(());
    }
    fault("--smtp-url must be smtp://HOST:PORT or smtps://USER:PASSWORD@HOST")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write;

    fn file(text: &str, name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("kinchart-{}-{name}", std::process::id()));
        std::fs::File::create(&path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        path
    }

    #[test]
    fn nothing_said_means_the_defaults() {
        let settings = Settings::read(Flags::default()).unwrap();
        assert_eq!(settings.listen, "127.0.0.1:8080");
        assert_eq!(settings.database, "sqlite:kinchart.db");
        assert_eq!(settings.policy, "middlesex");
        assert_eq!(settings.tls, None);
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let path = file(
            "listen = \"0.0.0.0:1\"\npolicy = \"uconn\"\nbase-url = \"https://h.example/\"\n",
            "wins.toml",
        );
        let settings = Settings::read(Flags {
            config: Some(path),
            policy: Some("ct-exemplar".into()),
            ..Flags::default()
        })
        .unwrap();
        assert_eq!(settings.listen, "0.0.0.0:1");
        assert_eq!(settings.policy, "ct-exemplar");
        assert_eq!(settings.base_url.as_deref(), Some("https://h.example"));
    }

    #[test]
    fn profiles_may_be_required_of_types_that_exist() {
        let text = "[validation]\nrefuse-unknown-profiles = true\n\
                    [validation.required]\nObservation = [\"http://x/p\"]\n";
        let read = |text: &str, name: &str| {
            Settings::read(Flags {
                config: Some(file(text, name)),
                ..Flags::default()
            })
        };
        let settings = read(text, "required.toml").unwrap().validation;
        assert!(settings.refuse_unknown);
        let required = settings.required.get(&ResourceType::OBSERVATION);
        assert_eq!(required.unwrap(), &["http://x/p".to_owned()]);
        let odd = "[validation.required]\nObservatoin = [\"http://x/p\"]\n";
        let error = read(odd, "observatoin.toml").unwrap_err();
        assert!(error.to_string().contains("Observatoin"), "{error}");
        let none = Settings::read(Flags::default()).unwrap().validation;
        assert_eq!(none, Validation::default());
    }

    #[test]
    fn staff_need_a_second_factor_unless_the_file_says_otherwise() {
        let read = |text: &str, name: &str| {
            Settings::read(Flags {
                config: Some(file(text, name)),
                ..Flags::default()
            })
        };
        let asked = Settings::read(Flags::default()).unwrap().sign_in;
        assert!(asked.staff_second_factor);
        let text = "[sign-in]\nstaff-second-factor = false\ntrusted-proxies = [\"10.0.0.0/8\"]\n";
        let sign_in = read(text, "sign-in.toml").unwrap().sign_in;
        assert!(!sign_in.staff_second_factor);
        assert!(sign_in.trusted_proxies[0].contains("10.1.2.3".parse().unwrap()));
        let odd = "[sign-in]\ntrusted-proxies = [\"the proxy\"]\n";
        let error = read(odd, "proxies.toml").unwrap_err();
        assert!(error.to_string().contains("the proxy"), "{error}");
    }

    #[test]
    fn a_key_may_be_written_with_underscores() {
        let path = file("base_url = \"https://h.example\"\n", "underscore.toml");
        let settings = Settings::read(Flags {
            config: Some(path),
            ..Flags::default()
        })
        .unwrap();
        assert_eq!(settings.base_url.as_deref(), Some("https://h.example"));
    }

    #[test]
    fn an_unknown_key_is_named() {
        let path = file("lissten = \"0.0.0.0:1\"\n", "unknown.toml");
        let error = Settings::read(Flags {
            config: Some(path),
            ..Flags::default()
        })
        .unwrap_err();
        assert!(error.0.contains("lissten"), "{error}");
    }

    #[test]
    fn a_key_of_the_wrong_type_is_named() {
        let path = file("listen = 8080\n", "type.toml");
        let error = Settings::read(Flags {
            config: Some(path),
            ..Flags::default()
        })
        .unwrap_err();
        assert!(error.0.contains("listen"), "{error}");
    }

    #[test]
    fn faults_say_what_to_write() {
        for (flags, word) in [
            (
                Flags {
                    listen: Some("8080".into()),
                    ..Flags::default()
                },
                "HOST:PORT",
            ),
            (
                Flags {
                    base_url: Some("kinchart.example".into()),
                    ..Flags::default()
                },
                "--base-url",
            ),
            (
                Flags {
                    database: Database {
                        url: Some("mysql://x".into()),
                        ..Database::default()
                    },
                    ..Flags::default()
                },
                "sqlite:FILE",
            ),
            (
                Flags {
                    tls_cert: Some("c.pem".into()),
                    ..Flags::default()
                },
                "--tls-key",
            ),
            (
                Flags {
                    smtp_url: Some("mail.example".into()),
                    ..Flags::default()
                },
                "--smtp-url",
            ),
        ] {
            let error = Settings::read(flags).unwrap_err();
            assert!(error.0.contains(word), "{error}");
        }
    }

    #[test]
    fn secrets_of_a_database_url_are_not_repeated() {
        let error = check_database("mysql://root:secret@h/db").unwrap_err();
        assert!(!error.0.contains("secret"));
    }
}
