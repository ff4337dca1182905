//! The `[sign-in]` part of the settings: what signing in asks of people.

use std::path::PathBuf;

use serde::Deserialize;

use crate::identity_provider::{IdentityProvider, ProviderFile};
use crate::network::Network;

/// The keys as they stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct SignInFile {
    staff_second_factor: Option<bool>,
    trusted_proxies: Vec<String>,
    breached_passwords: Option<PathBuf>,
}

/// What signing in asks of people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Staff sign in with a second factor, and set one up at their first sign-in.
    pub staff_second_factor: bool,
    /// Where our own proxies are: only they are believed about whom they speak for
    /// (`X-Forwarded-For`).
    pub trusted_proxies: Vec<Network>,
    /// A file of SHA-1 hashes (hexadecimal, one a line) of passwords that are known to have leaked.
    pub breached_passwords: Option<PathBuf>,
    /// Where else people may sign in.
    pub providers: Vec<IdentityProvider>,
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            staff_second_factor: true,
            trusted_proxies: Vec::new(),
            breached_passwords: None,
            providers: Vec::new(),
        }
    }
}

impl SignIn {
    /// Checks what the file says.
    pub(crate) fn of(file: SignInFile, providers: Vec<ProviderFile>) -> Result<Self, String> {
        let proxies = file.trusted_proxies.iter().map(|text| {
            text.parse()
                .map_err(|why| format!("sign-in.trusted-proxies: {why}"))
        });
        if let Some(path) = &file.breached_passwords
            && !path.is_file()
        {
            return Err(format!(
                "sign-in.breached-passwords: {} is not a file",
                path.display()
            ));
        }
        Ok(Self {
            staff_second_factor: file.staff_second_factor.unwrap_or(true),
            trusted_proxies: proxies.collect::<Result<_, String>>()?,
            breached_passwords: file.breached_passwords,
            providers: IdentityProvider::all(providers)?,
        })
    }
}
