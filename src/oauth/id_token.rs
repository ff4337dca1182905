//! The id_token of a grant: who signed in, when, how, and in which session.

use config::limits;
use jiff::Timestamp;
use smart::id_token::Claims;
use smart::scope::Scopes;
use storage::grants::Grant;
use web::House;

use crate::error::Failure;
use crate::issue::fhir_user;
use crate::keys;

/// Signs who a grant is of, where `openid` was granted. `first`: the exchange of the code, the only one to
/// repeat the nonce.
///
/// # Errors
/// When there is no key to sign with.
pub(crate) async fn id_token(
    house: &House,
    grant: &Grant,
    scopes: &Scopes,
    first: bool,
    now: Timestamp,
) -> Result<Option<String>, Failure> {
    let Some(account) = grant.account.as_ref().filter(|_| scopes.has("openid")) else {
        return Ok(None);
    };
    let sid = house.storage.grants().session_of(&grant.id).await?;
    let amr = amr(house, account, sid.as_deref(), now).await?;
    let issued_at = house.clock.outside(now).as_second();
    let signed_in = grant.auth_time.map(|at| house.clock.outside(at));
    let claims = Claims {
        iss: house.base_url.to_string(),
        sub: account.clone(),
        aud: grant.client.clone(),
        exp: issued_at + limits::ACCESS_TOKEN_SECONDS,
        iat: issued_at,
        auth_time: signed_in.map(Timestamp::as_second),
        nonce: grant.nonce.clone().filter(|_| first),
        amr,
        sid,
        fhir_user: fhir_user(house, grant, scopes),
    };
    let key = keys::signing(&house.storage, now).await?;
    let signed = key.sign(&claims);
    signed.map(Some).map_err(|e| Failure::House(e.to_string()))
}

/// How the person signed in, as long as that session is open.
async fn amr(
    house: &House,
    account: &str,
    sid: Option<&str>,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let Some(sid) = sid else {
        return Ok(Vec::new());
    };
    let sessions = house.storage.sessions().of_account(account, now).await?;
    let session = sessions.into_iter().find(|session| session.id == sid);
    Ok(session
        .map(|session| session.amr.split(' ').map(str::to_owned).collect())
        .unwrap_or_default())
}
