//! DPoP proofs that come with requests (RFC 9449): checked, and accepted once, on every node.

use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use smart::dpop::{self, Request};
use smart::{Error, ErrorCode};

use crate::House;

/// The header a proof comes in.
pub const HEADER: &str = "dpop";

/// Why a proof is not accepted.
#[derive(Debug)]
pub enum Fault {
    Refused(Error),
    Storage(storage::Error),
}

/// The thumbprint of the key a request proves; `None` where it brings no proof. `token_hash`: of the
/// access token it must be made for.
///
/// # Errors
/// `Refused` with `invalid_dpop_proof`, also for a proof that was shown before; with `use_dpop_nonce` where
/// the house asks for a nonce and the proof has none that is fresh.
pub async fn check(
    house: &House,
    headers: &HeaderMap,
    method: &Method,
    path: &str,
    token_hash: Option<&str>,
) -> Result<Option<String>, Fault> {
    let refused = |text: &str| Fault::Refused(Error::new(ErrorCode::InvalidDpopProof, text));
    let mut shown = headers.get_all(HEADER).iter();
    let Some(proof) = shown.next() else {
        return Ok(None);
    };
    if shown.next().is_some() {
        return Err(refused("send one DPoP header"));
    }
    let proof = proof
        .to_str()
        .map_err(|_| refused("the DPoP header must hold one signed JWT"))?;
    let request = Request {
        method: method.as_str(),
        uri: &format!("{}{path}", house.base_url),
        token_hash,
    };
    let now = house.clock.now();
    // A client signs by its own clock; one that knows of a moved clock may follow ours.
    let theirs = house.clock.outside(now);
    let proven = dpop::verify(proof, &request, theirs)
        .or_else(|_| dpop::verify(proof, &request, now))
        .map_err(Fault::Refused)?;
    if house.dpop_nonces {
        let nonces = house.storage.nonces();
        let nonce = proven.nonce.as_deref().unwrap_or_default();
        if !nonces.is_fresh(nonce, now).await.map_err(Fault::Storage)? {
            let text = "make a new DPoP proof with the nonce of the DPoP-Nonce header";
            return Err(Fault::Refused(Error::new(ErrorCode::UseDpopNonce, text)));
        }
    }
    let kept = SignedDuration::from_secs(dpop::AGE_SECONDS_MAX + dpop::AHEAD_SECONDS_MAX);
    let until = now.checked_add(kept).unwrap_or(Timestamp::MAX);
    let grants = house.storage.grants();
    let fresh = grants.use_proof(&proven.jkt, &proven.jti, until);
    if !fresh.await.map_err(Fault::Storage)? {
        let text =
            "this DPoP proof was used before: make a new one, with a new jti, for each request";
        return Err(refused(text));
    }
    Ok(Some(proven.jkt))
}
