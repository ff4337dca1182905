//! Through which server mail goes, and whom it comes from.

use std::path::PathBuf;

use serde::Deserialize;

/// The `[mail]` part of a settings file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct MailFile {
    from: Option<String>,
    ca: Option<PathBuf>,
}

/// A mail server and how it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// `smtps://…`, or `smtp://…`, with `?tls=required` for STARTTLS.
    pub url: String,
    /// `Name <address>`; else `no-reply@` the host people use.
    pub from: Option<String>,
    /// Certificates (PEM) trusted besides those of the system, for a server of one's own.
    pub ca: Option<PathBuf>,
}

impl MailServer {
    /// Errors: what is wrong, and what to do about it.
    pub(crate) fn of(url: Option<String>, file: MailFile) -> Result<Option<Self>, String> {
        let Some(url) = url else {
            return Ok(None);
        };
        let scheme = url.split(':').next().unwrap_or_default();
        if !matches!(scheme, "smtp" | "smtps") || url::Url::parse(&url).is_err() {
            return Err("--smtp-url must be smtp://HOST:PORT or smtps://USER:PASSWORD@HOST".into());
        }
        if let Some(ca) = file.ca.as_ref().filter(|ca| !ca.is_file()) {
            return Err(format!("mail.ca: {} is not a file", ca.display()));
        }
        Ok(Some(Self {
            url,
            from: file.from,
            ca: file.ca,
        }))
    }

    /// Whether what is sent can be read on the way: no TLS is asked for, and the server is not this machine.
    pub fn is_open(&self) -> bool {
        let Ok(url) = url::Url::parse(&self.url) else {
            return true;
        };
        let mut wishes = url.query_pairs();
        let safe = url.scheme() == "smtps"
            || self.ca.is_some()
            || wishes.any(|(name, wish)| name == "tls" && wish == "required");
        let here = ["127.0.0.1", "[::1]", "localhost"];
        !safe && !here.contains(&url.host_str().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn mail_that_others_can_read_on_the_way_is_known() {
        let open = |url: &str| {
            let server = MailServer::of(Some(url.to_owned()), MailFile::default());
            server.unwrap().unwrap().is_open()
        };
        assert!(open("smtp://mail.example.org"));
        assert!(open("smtp://mail.example.org?tls=opportunistic"));
        assert!(!open("smtp://mail.example.org?tls=required"));
        assert!(!open("smtps://user:secret@mail.example.org"));
        assert!(!open("smtp://127.0.0.1:2525"));
    }
}
