//! Trust communities: whose certificates count, and what their members may have here.

use jiff::Timestamp;
use pki_types::TrustAnchor;
use webpki::CertRevocationList;

use super::{Chain, Identity, certificate};
use crate::scope::Scopes;

/// What a member may ask for where the settings say nothing: to read.
const SCOPES_DEFAULT: &str = "openid fhirUser profile launch launch/patient launch/encounter \
    offline_access online_access patient/*.rs user/*.rs system/*.rs";

/// A community this server is a member of.
#[derive(Debug)]
pub struct Community {
    /// By which clients name it (`?community=`) and registrations are kept.
    pub uri: String,
    /// The most its members are registered for; nobody here looks at each of them.
    pub scopes: Scopes,
    /// Apps for people bring a PKCE challenge (UDAP Security 2.0 section 7.2.2; 1.0 knew of none).
    pub requires_pkce: bool,
    anchors: Vec<TrustAnchor<'static>>,
    crls: Vec<CertRevocationList<'static>>,
    /// Our certificate there, where it is another than the default.
    identity: Option<Identity>,
}

impl Community {
    /// A community of those that these anchors (PEM) vouch for. `scopes`: `None` to read everything.
    ///
    /// # Errors
    /// Why the anchors cannot be read, in words.
    pub fn new(uri: &str, anchors: &[u8], scopes: Option<&str>) -> Result<Self, String> {
        let scopes = Scopes::parse(scopes.unwrap_or(SCOPES_DEFAULT));
        match scopes.refused.first() {
            Some(odd) => Err(format!("scopes: {odd} is no scope of this server")),
            None => Ok(Self {
                uri: uri.to_owned(),
                scopes,
                requires_pkce: true,
                anchors: certificate::anchors(anchors)?,
                crls: Vec::new(),
                identity: None,
            }),
        }
    }
    /// Adds a revocation list (PEM or DER). From then on a certificate whose issuer has none is not trusted.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub fn revoke_by(&mut self, list: &[u8]) -> Result<(), String> {
        self.crls.extend(certificate::revocation_lists(list)?);
        Ok(())
    }
    /// Takes a certificate of our own for this community.
    pub fn identify_as(&mut self, identity: Identity) {
        self.identity = Some(identity);
    }
    /// Whether the certificate is a member's at `now`.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn vouches_for(&self, chain: &Chain, now: Timestamp) -> Result<(), String> {
        chain.verify(&self.anchors, &self.crls, now)
    }
}

/// What this server is in UDAP: its certificate, and the communities it is a member of.
#[derive(Debug)]
pub struct Membership {
    identity: Identity,
    communities: Vec<Community>,
}

impl Membership {
    pub fn new(identity: Identity, communities: Vec<Community>) -> Self {
        Self {
            identity,
            communities,
        }
    }
    pub fn communities(&self) -> &[Community] {
        &self.communities
    }
    /// The community of that URI.
    pub fn community(&self, uri: &str) -> Option<&Community> {
        self.communities.iter().find(|one| one.uri == uri)
    }
    /// The certificate to show in a community (the default if none is named); `None` where it is not known.
    pub fn identity(&self, community: Option<&str>) -> Option<&Identity> {
        match community {
            None => Some(&self.identity),
            Some(uri) => {
                let community = self.community(uri)?;
                Some(community.identity.as_ref().unwrap_or(&self.identity))
            }
        }
    }
    /// The first community that vouches for a certificate.
    ///
    /// # Errors
    /// Why none does, in words: what the last one said that knows its issuer, else any.
    pub fn vouching(&self, chain: &Chain, now: Timestamp) -> Result<&Community, String> {
        let mut why = "this server is a member of no UDAP trust community".to_owned();
        for community in &self.communities {
            match community.vouches_for(chain, now) {
                Ok(()) => return Ok(community),
                Err(fault) if fault.starts_with("no anchor") && !why.starts_with("this server") => {
                }
                Err(fault) => why = fault,
            }
        }
        Err(why)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testing::{Authority, BASE, NOW, URI, now};
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn only_certificates_that_lead_to_an_anchor_are_members() {
        let (authority, stranger) = (Authority::new(), Authority::new());
        let community = Community::new("urn:c", authority.pem().as_bytes(), None).unwrap();
        let vouches = |chain: &Chain, at| community.vouches_for(chain, at);
        let leaf = authority.leaf(URI).chain();
        vouches(&leaf, now()).unwrap();
        assert!(
            vouches(&stranger.leaf(URI).chain(), now())
                .unwrap_err()
                .contains("no anchor")
        );
        assert!(
            vouches(&leaf, at(NOW + 800 * 86_400))
                .unwrap_err()
                .contains("expired")
        );
        assert!(
            vouches(&leaf, at(NOW - 800 * 86_400))
                .unwrap_err()
                .contains("not valid yet")
        );
        let own = Chain::of_pem(authority.pem().as_bytes()).unwrap();
        assert!(vouches(&own, now()).is_err());
    }

    #[test]
    fn a_chain_may_lead_over_an_authority_between() {
        let root = Authority::new();
        let between = root.subordinate();
        let community = Community::new("urn:c", root.pem().as_bytes(), None).unwrap();
        let leaf = between.leaf(URI);
        assert!(community.vouches_for(&leaf.chain(), now()).is_err());
        let mut x5c = leaf.x5c();
        x5c.extend(Chain::of_pem(between.pem().as_bytes()).unwrap().to_x5c());
        let chain = Chain::of_x5c(&x5c).unwrap();
        community.vouches_for(&chain, now()).unwrap();
    }

    #[test]
    fn a_revoked_certificate_is_no_members_any_more() {
        let authority = Authority::new();
        let (good, gone) = (authority.leaf(URI), authority.leaf(URI));
        let mut community = Community::new("urn:c", authority.pem().as_bytes(), None).unwrap();
        community
            .revoke_by(authority.revoking(&[&gone]).as_bytes())
            .unwrap();
        community.vouches_for(&good.chain(), now()).unwrap();
        let why = community.vouches_for(&gone.chain(), now()).unwrap_err();
        assert!(why.contains("revoked"), "{why}");
        // A list that is out of date says nothing: nobody is trusted by it.
        let late = at(NOW + 40 * 86_400);
        let why = community.vouches_for(&good.chain(), late).unwrap_err();
        assert!(why.contains("cannot be told"), "{why}");
        // Nor does the list of somebody else.
        let mut other = Community::new("urn:c", authority.pem().as_bytes(), None).unwrap();
        other
            .revoke_by(Authority::new().revoking(&[]).as_bytes())
            .unwrap();
        assert!(other.vouches_for(&good.chain(), now()).is_err());
    }

    #[test]
    fn nonsense_is_no_anchor_and_no_list() {
        assert!(Community::new("urn:c", b"", None).is_err());
        assert!(Community::new("urn:c", b"nonsense", None).is_err());
        let authority = Authority::new();
        assert!(Community::new("urn:c", authority.pem().as_bytes(), Some("foo")).is_err());
        let mut community = Community::new("urn:c", authority.pem().as_bytes(), None).unwrap();
        assert!(community.revoke_by(b"nonsense").is_err());
    }

    #[test]
    fn each_community_is_found_by_its_certificates_and_its_name() {
        let (first, second) = (Authority::new(), Authority::new());
        let community = |uri, authority: &Authority| {
            Community::new(uri, authority.pem().as_bytes(), None).unwrap()
        };
        let ours = first.identity(BASE);
        let all = vec![community("urn:1", &first), community("urn:2", &second)];
        let membership = Membership::new(ours, all);
        let chain = second.leaf(URI).chain();
        assert_eq!(membership.vouching(&chain, now()).unwrap().uri, "urn:2");
        assert!(
            membership
                .vouching(&Authority::new().leaf(URI).chain(), now())
                .is_err()
        );
        assert!(membership.identity(None).is_some());
        assert!(membership.identity(Some("urn:2")).is_some());
        assert!(membership.identity(Some("urn:3")).is_none());
    }
}
