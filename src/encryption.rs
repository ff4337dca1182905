//! The key secrets in the database are encrypted with: as configured, or in a file beside the database.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use config::{Settings, encryption::default_key_file};
use storage::{Sealing, Storage};

/// How to seal, and the key file that was made for it just now.
#[derive(Debug)]
pub struct Encryption {
    pub sealing: Sealing,
    made: Option<PathBuf>,
}

/// What keeps secrets from being sealed, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{0}; see --encryption-key")]
pub struct Error(String);

impl Encryption {
    /// The keys of the settings. Without any: for a SQLite file a key in a file beside it, made if it
    /// is not there; elsewhere none, except that a server which people reach over HTTPS wants one.
    pub fn of(settings: &Settings, base_url: &str) -> Result<Self, Error> {
        let given = &settings.encryption_keys.0;
        if !given.is_empty() {
            return Ok(Self {
                sealing: Sealing::with(given).map_err(|fault| Error(fault.to_string()))?,
                made: None,
            });
        }
        if let Some(path) = default_key_file(&settings.database) {
            return beside(&path);
        }
        if base_url.starts_with("https://") {
            let why = "a server on this database that people reach over HTTPS needs an encryption key; \
                       `kinchart admin keys encryption` prints one, the same for every node";
            return Err(Error(why.to_owned()));
        }
        tracing::warn!(
            "secrets in the database are not encrypted: give every node the same --encryption-key"
        );
        Ok(Self {
            sealing: Sealing::default(),
            made: None,
        })
    }

    /// Seals what is not sealed with the first key yet. Errors: something was sealed with a key that is
    /// not here.
    pub async fn settle(self, storage: &Storage) -> Result<(), Error> {
        match storage.seal_all().await {
            Ok(resealed) => {
                if self.sealing.is_on() && resealed.open > 0 {
                    tracing::info!(
                        secrets = resealed.open,
                        "encrypted secrets that lay open until now; older copies of the database still hold \
                         them, `kinchart admin keys rotate` makes them worthless"
                    );
                }
                Ok(())
            }
            Err(fault) => {
                // A key made for a database that was sealed with another one would only be in the way.
                if let Some(path) = self.made {
                    let _ = std::fs::remove_file(path);
                }
                Err(Error(format!("secrets cannot be decrypted: {fault}")))
            }
        }
    }
}

/// The key in a file, made if it is not there. Only its owner may read the file.
fn beside(path: &Path) -> Result<Encryption, Error> {
    let fault = |why: std::io::Error| Error(format!("{}: {why}", path.display()));
    let (text, made) = match std::fs::read_to_string(path) {
        Ok(text) => (text, None),
        Err(why) if why.kind() == ErrorKind::NotFound => {
            let is_ours = make(path).map_err(fault)?;
            let text = std::fs::read_to_string(path).map_err(fault)?;
            (text, is_ours.then(|| path.to_owned()))
        }
        Err(why) => return Err(fault(why)),
    };
    if made.is_some() {
        tracing::warn!(
            file = %path.display(),
            "made an encryption key for secrets in the database; keep a copy of it, but not beside copies \
             of the database, or give --encryption-key"
        );
    }
    let keys: Vec<&str> = text.split_whitespace().collect();
    if keys.is_empty() {
        return Err(Error(format!("{} holds no key", path.display())));
    }
    let sealing =
        Sealing::with(&keys).map_err(|why| Error(format!("{}: {why}", path.display())))?;
    Ok(Encryption { sealing, made })
}

/// Writes a fresh key, whole or not at all. False when another process was quicker.
fn make(path: &Path) -> std::io::Result<bool> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    // Temporary files are readable by their owner alone, and stay so.
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    let key = Sealing::fresh_key().map_err(std::io::Error::other)?;
    writeln!(file, "{key}")?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(fault) if fault.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(fault) => Err(fault.error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use config::Flags;

    fn settings(database: &str, key: Option<&str>) -> Settings {
        let mut flags = Flags::default();
        flags.database.url = Some(database.to_owned());
        flags.database.encryption.encryption_key = key.map(str::to_owned);
        Settings::read(flags).unwrap()
    }

    #[test]
    fn a_key_file_is_made_once_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k.db");
        let settings = settings(&format!("sqlite:{}", path.display()), None);
        let first = Encryption::of(&settings, "http://h").unwrap();
        let again = Encryption::of(&settings, "https://h").unwrap();
        assert_eq!(
            format!("{:?}", first.sealing),
            format!("{:?}", again.sealing)
        );
        assert!(first.made.is_some() && again.made.is_none());
        let file = std::fs::metadata(folder.path().join("k.db.key")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn elsewhere_a_server_reached_over_https_wants_a_key() {
        let none = settings("postgres://h/d", None);
        assert!(Encryption::of(&none, "https://h").is_err());
        assert!(!Encryption::of(&none, "http://h").unwrap().sealing.is_on());
        let key = Sealing::fresh_key().unwrap();
        let some = settings("postgres://h/d", Some(&key));
        assert!(Encryption::of(&some, "https://h").unwrap().sealing.is_on());
        let odd = settings("postgres://h/d", Some("secret"));
        let fault = Encryption::of(&odd, "https://h").unwrap_err().to_string();
        assert!(
            !fault.contains("secret") || fault.contains("32 bytes"),
            "{fault}"
        );
    }
}
