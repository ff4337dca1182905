//! Signing the audit trail once a day, and proving it.

use std::collections::BTreeMap;

use access::Pack;
use jiff::Timestamp;
use smart::audit_root::{self, Claims};
use smart::jwk::SigningKey;
use storage::audit::{Broken, Root};
use storage::{Error, Storage};

/// Roots read at a time.
const ROOTS: i64 = 1_000;

/// The last local day that is over.
fn day(pack: &Pack, now: Timestamp) -> Option<String> {
    let today = now.to_zoned(pack.zone().clone()).date();
    Some(today.yesterday().ok()?.to_string())
}

/// Whether the root of the last day that is over is still to be signed.
///
/// # Errors
/// When the database cannot be asked.
pub async fn is_due(storage: &Storage, pack: &Pack, now: Timestamp) -> Result<bool, Error> {
    let Some(day) = day(pack, now) else {
        return Ok(false);
    };
    let last = storage.audit_roots(None, 1).await?;
    // A clock set back asks for no root of a day before the last one signed.
    Ok(last.first().is_none_or(|last| last.day < day))
}

/// Signs the trail as it is, as the root of the last day that is over. `None` when there is nothing
/// to sign, or it is signed. Nodes may do this at the same time: one root is kept.
///
/// # Errors
/// When the database cannot be asked, or the key does not sign.
pub async fn sign(
    storage: &Storage,
    key: &SigningKey,
    issuer: &str,
    pack: &Pack,
    now: Timestamp,
) -> Result<Option<Root>, Error> {
    if !is_due(storage, pack, now).await? {
        return Ok(None);
    }
    let Some(day) = day(pack, now) else {
        return Ok(None);
    };
    let last = storage.audit_roots(None, 1).await?;
    let head = storage.audit_head().await?;
    if head.seq == 0 {
        return Ok(None);
    }
    let claims = Claims {
        iss: issuer.to_owned(),
        iat: now.as_second(),
        day: day.clone(),
        seq: head.seq,
        link: link_text(&head.link),
        before: last
            .first()
            .map(|root| audit_root::fingerprint(&root.signed)),
    };
    let signed = audit_root::sign(key, &claims).map_err(|e| Error::Other(e.to_string()))?;
    let root = Root {
        day,
        seq: head.seq,
        link: head.link,
        at: now,
        signed,
    };
    let kept = storage.keep_audit_root(&root).await?;
    Ok(kept.then_some(root))
}

/// A link as people compare it: hexadecimal.
pub fn link_text(link: &[u8]) -> String {
    let digits = link.iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// A trail that was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub entries: i64,
    /// Entries from before there was a chain.
    pub before: i64,
    pub roots: usize,
    /// The number of the last entry.
    pub seq: i64,
    /// The link of the last entry, in hexadecimal.
    pub link: String,
}

/// Where a trail is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("entry {0} is not as it was written")]
    Changed(i64),
    #[error("entry {0} was taken out")]
    Missing(i64),
    #[error("entry {0} was put in behind the end")]
    Added(i64),
    #[error("the trail was cut off: entry {0} is not there any more")]
    CutOff(i64),
    /// The signature, or what was signed and what is stored, do not agree.
    #[error("the root of {0} is not as it was signed")]
    Root(String),
    #[error("the root of {0} does not follow from the one before it: one was taken out or changed")]
    RootOrder(String),
    #[error(
        "the root of {day} vouches for another trail: entry {seq} or one before it was changed, and \
         every link after it made anew"
    )]
    Rewritten { day: String, seq: i64 },
}

impl Fault {
    fn of(broken: Broken) -> Self {
        match broken {
            Broken::Changed { seq } => Self::Changed(seq),
            Broken::Missing { seq } => Self::Missing(seq),
            Broken::Added { seq } => Self::Added(seq),
            Broken::CutOff { seq } => Self::CutOff(seq),
        }
    }
}

/// Proves the whole trail: every entry's link, every stored root, and the roots somebody kept
/// outside. The fault is the first one there is.
///
/// # Errors
/// When the database cannot be asked.
pub async fn verify(storage: &Storage, kept: &[String]) -> Result<Result<Proof, Fault>, Error> {
    let roots = all(storage).await?;
    let vouched = vouched(&roots, kept);
    let at: Vec<i64> = vouched
        .iter()
        .flat_map(|said| said.keys().copied())
        .collect();
    let verified = match storage.verify_audit(&at).await? {
        Ok(verified) => verified,
        Err(broken) => return Ok(Err(Fault::of(broken))),
    };
    let vouched = match vouched {
        Ok(vouched) => vouched,
        Err(fault) => return Ok(Err(fault)),
    };
    let links: BTreeMap<i64, String> = verified
        .at
        .iter()
        .map(|(seq, link)| (*seq, link_text(link)))
        .collect();
    for (seq, (day, link)) in &vouched {
        match links.get(seq) {
            Some(found) if found == link => {}
            Some(_) => {
                let (day, seq) = (day.clone(), *seq);
                return Ok(Err(Fault::Rewritten { day, seq }));
            }
            None => return Ok(Err(Fault::CutOff(verified.seq + 1))),
        }
    }
    Ok(Ok(Proof {
        entries: verified.entries,
        before: verified.before,
        roots: roots.len(),
        seq: verified.seq,
        link: link_text(&verified.link),
    }))
}

/// Every stored root, oldest first.
async fn all(storage: &Storage) -> Result<Vec<Root>, Error> {
    let mut roots: Vec<Root> = Vec::new();
    loop {
        let before = roots.last().map(|root| root.day.as_str());
        let more = storage.audit_roots(before, ROOTS).await?;
        if more.is_empty() {
            roots.reverse();
            return Ok(roots);
        }
        roots.extend(more);
    }
}

/// What the roots say: for the number of an entry, the day it was signed for and the link it had.
fn vouched(roots: &[Root], kept: &[String]) -> Result<BTreeMap<i64, (String, String)>, Fault> {
    let mut vouched = BTreeMap::new();
    let mut before: Option<String> = None;
    for root in roots {
        let fault = || Fault::Root(root.day.clone());
        let (claims, _) = audit_root::read(&root.signed).ok_or_else(fault)?;
        let stored = (root.day.as_str(), root.seq, link_text(&root.link));
        if stored != (claims.day.as_str(), claims.seq, claims.link.clone()) {
            return Err(fault());
        }
        if claims.before != before {
            return Err(Fault::RootOrder(root.day.clone()));
        }
        before = Some(audit_root::fingerprint(&root.signed));
        vouched.insert(claims.seq, (claims.day, claims.link));
    }
    for text in kept {
        let text = text.trim();
        let (claims, _) =
            audit_root::read(text).ok_or_else(|| Fault::Root("the file given".to_owned()))?;
        if let Some((_, link)) = vouched.get(&claims.seq)
            && *link != claims.link
        {
            let (day, seq) = (claims.day, claims.seq);
            return Err(Fault::Rewritten { day, seq });
        }
        vouched.insert(claims.seq, (claims.day, claims.link));
    }
    Ok(vouched)
}
