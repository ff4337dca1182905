//! The keys secrets in the database are encrypted with, as the person running the server gives them.

use std::path::{Path, PathBuf};

use crate::SettingsError;

/// Where encryption keys come from.
#[derive(Debug, Clone, Default, clap::Args, serde::Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct EncryptionFlags {
    /// Key (32 bytes, hexadecimal or base64) that secrets in the database are encrypted with; several,
    /// separated by commas: the first encrypts, all decrypt [default: a file beside a SQLite database]
    #[arg(
        long,
        env = "KINCHART_ENCRYPTION_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    pub encryption_key: Option<String>,
    /// File with such keys, one a line
    #[arg(
        long,
        env = "KINCHART_ENCRYPTION_KEY_FILE",
        value_name = "FILE",
        conflicts_with = "encryption_key"
    )]
    pub encryption_key_file: Option<PathBuf>,
}

/// Texts nobody may see: their `Debug` only counts them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(pub Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl EncryptionFlags {
    /// These, or those of the settings file where nothing was said. Errors: a file that cannot be read.
    pub(crate) fn read(self, file: Self) -> Result<Secrets, SettingsError> {
        let said = if self.encryption_key.is_some() || self.encryption_key_file.is_some() {
            self
        } else {
            file
        };
        match (said.encryption_key, said.encryption_key_file) {
            (Some(keys), _) => split(&keys, "--encryption-key"),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(&path).map_err(|fault| {
                    SettingsError(format!("--encryption-key-file {}: {fault}", path.display()))
                })?;
                split(&text, &format!("--encryption-key-file {}", path.display()))
            }
            (None, None) => Ok(Secrets::default()),
        }
    }
}

/// The keys of a text. Errors: there is none, said without repeating the text.
fn split(text: &str, source: &str) -> Result<Secrets, SettingsError> {
    let keys: Vec<String> = text
        .split([',', '\n', '\r'])
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect();
    if keys.is_empty() {
        return Err(SettingsError(format!(
            "{source} holds no key; `kinchart admin keys encryption` prints one"
        )));
    }
    Ok(Secrets(keys))
}

/// The file an encryption key is kept in where none is given: beside the file of a SQLite database.
/// `None` for other databases.
pub fn default_key_file(database: &str) -> Option<PathBuf> {
    let path = database.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path == ":memory:" {
        return None;
    }
    let mut name = Path::new(path).as_os_str().to_owned();
    name.push(".key");
    Some(PathBuf::from(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn several_keys_are_read_in_order_and_never_shown() {
        let flags = EncryptionFlags {
            encryption_key: Some("new, old\n".into()),
            ..EncryptionFlags::default()
        };
        let secrets = flags.read(EncryptionFlags::default()).unwrap();
        assert_eq!(secrets.0, ["new", "old"]);
        assert_eq!(format!("{secrets:?}"), "Secrets(2)");
        assert!(split(" \n", "--encryption-key").is_err());
    }

    #[test]
    fn a_file_beside_the_database_is_the_default_for_sqlite_alone() {
        let file = |url| default_key_file(url).map(|path| path.display().to_string());
        assert_eq!(file("sqlite:a/k.db").as_deref(), Some("a/k.db.key"));
        assert_eq!(file("sqlite:///a/k.db").as_deref(), Some("/a/k.db.key"));
        assert_eq!(file("sqlite::memory:"), None);
        assert_eq!(file("postgres://h/d"), None);
    }
}
