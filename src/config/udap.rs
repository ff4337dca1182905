//! The `[udap]` part of the settings: our certificate, and the communities we are a member of.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use smart::udap::{Community, Identity, Membership};

/// The keys as they stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct UdapFile {
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    community: Vec<CommunityFile>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct CommunityFile {
    uri: String,
    anchors: PathBuf,
    #[serde(default)]
    revocation_lists: Vec<PathBuf>,
    scopes: Option<String>,
    require_pkce: Option<bool>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
}

/// A certificate chain and its key, PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    cert: PathBuf,
    key: PathBuf,
}

/// One community.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    uri: String,
    anchors: PathBuf,
    revocation_lists: Vec<PathBuf>,
    scopes: Option<String>,
    requires_pkce: bool,
    own: Option<Pair>,
}

/// Where certificates, anchors and revocation lists are; none: UDAP is not served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Udap {
    own: Option<Pair>,
    communities: Vec<Place>,
}

impl Udap {
    /// Checks what the file says; the files it names are read by [`Self::membership`].
    pub(crate) fn of(file: UdapFile) -> Result<Self, String> {
        let own = pair(file.cert, file.key, "udap")?;
        if own.is_none() && !file.community.is_empty() {
            return Err("udap: a community needs udap.cert and udap.key beside it".to_owned());
        }
        if own.is_some() && file.community.is_empty() {
            return Err("udap: name at least one [[udap.community]] with its anchors".to_owned());
        }
        let mut communities: Vec<Place> = Vec::new();
        for one in file.community {
            if !one.uri.contains(':') || communities.iter().any(|other| other.uri == one.uri) {
                return Err(format!(
                    "udap.community {}: each has a URI of its own",
                    one.uri
                ));
            }
            communities.push(Place {
                own: pair(one.cert, one.key, &format!("udap.community {}", one.uri))?,
                uri: one.uri,
                anchors: one.anchors,
                revocation_lists: one.revocation_lists,
                scopes: one.scopes,
                requires_pkce: one.require_pkce.unwrap_or(true),
            });
        }
        Ok(Self { own, communities })
    }

    /// Whether this server is a member of nothing.
    pub fn is_off(&self) -> bool {
        self.own.is_none()
    }

    /// Reads the files. `fhir_base` is what our certificates must name. `None` where UDAP is not served.
    ///
    /// # Errors
    /// Which file is wrong, and what it must be.
    pub fn membership(&self, fhir_base: &str) -> Result<Option<Membership>, String> {
        let Some(own) = &self.own else {
            return Ok(None);
        };
        let identity = own.read(fhir_base).map_err(|why| format!("udap: {why}"))?;
        let mut communities = Vec::new();
        for place in &self.communities {
            let community = place.read(fhir_base);
            communities
                .push(community.map_err(|why| format!("udap.community {}: {why}", place.uri))?);
        }
        Ok(Some(Membership::new(identity, communities)))
    }
}

fn pair(cert: Option<PathBuf>, key: Option<PathBuf>, at: &str) -> Result<Option<Pair>, String> {
    match (cert, key) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => Ok(Some(Pair { cert, key })),
        _ => Err(format!("{at}: cert and key go together")),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

impl Pair {
    fn read(&self, fhir_base: &str) -> Result<Identity, String> {
        let (cert, key) = (bytes(&self.cert)?, bytes(&self.key)?);
        Identity::of_pem(&cert, &key, fhir_base)
            .map_err(|why| format!("{}, {}: {why}", self.cert.display(), self.key.display()))
    }
}

impl Place {
    fn read(&self, fhir_base: &str) -> Result<Community, String> {
        let anchors = bytes(&self.anchors)?;
        let mut community = Community::new(&self.uri, &anchors, self.scopes.as_deref())
            .map_err(|why| format!("{} {why}", self.anchors.display()))?;
        community.requires_pkce = self.requires_pkce;
        for path in &self.revocation_lists {
            let list = bytes(path)?;
            community
                .revoke_by(&list)
                .map_err(|why| format!("{} {why}", path.display()))?;
        }
        if let Some(own) = &self.own {
            community.identify_as(own.read(fhir_base)?);
        }
        Ok(community)
    }
}
