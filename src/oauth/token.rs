//! The token endpoint: codes, refresh tokens and client credentials become access tokens.

use access::standing::Agent;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;
use smart::params::Params;
use smart::scope::{Context, Scopes};
use smart::token::Request;
use smart::udap::B2b;
use smart::{Error, ErrorCode};
use storage::audit::{Action, Event};
use storage::clients::{Client, Kind, Origin};
use storage::grants::{CodeFault, Grant, Issued, Redeemed, Redemption, Refreshed, Renewal};
use web::House;
use web::proof;
use workflows::{apps, proxies};

use crate::client_auth::{self, failed};
use crate::client_form::ClientForm;
use crate::error::{Failure, json};
use crate::issue;

/// `POST /oauth2/token`: tokens, or an error of RFC 6749 section 5.2.
pub async fn exchange(
    State(house): State<House>,
    ClientForm {
        headers,
        params,
        attempt,
    }: ClientForm,
) -> Response {
    attempt.conclude(answer(&house, &headers, &params).await)
}

async fn answer(house: &House, headers: &HeaderMap, params: &Params) -> Result<Response, Failure> {
    let request = Request::parse(params)?;
    let client_auth::Proven { client, extensions } =
        client_auth::proven_client(house, headers, params).await?;
    let key = proven(house, &client, headers).await?;
    let jkt = key.as_deref();
    // A public client has nothing but the key; the others prove themselves each time anyway.
    let binds_refresh = client.kind == Kind::Public;
    let now = house.clock.now();
    let (grant, issued, action) = match &request {
        Request::Code {
            code,
            redirect_uri,
            code_verifier,
        } => {
            let shown = Redemption {
                code,
                client: &client.id,
                redirect_uri,
                code_verifier: code_verifier.as_deref().unwrap_or_default(),
                lifetime_seconds: limits::ACCESS_TOKEN_SECONDS,
                jkt,
                binds_refresh,
            };
            let (grant, issued) = redeem(house, &client, shown, now).await?;
            (grant, issued, Action::Token)
        }
        Request::Refresh {
            refresh_token,
            scope,
        } => {
            let shown = Renewal {
                refresh_token,
                client: &client.id,
                scopes: scope.as_deref(),
                lifetime_seconds: limits::ACCESS_TOKEN_SECONDS,
                jkt,
                binds_refresh,
            };
            let (grant, issued) = refresh(house, &client, shown, now).await?;
            (grant, issued, Action::Refresh)
        }
        Request::ClientCredentials { scope } => {
            let asked = Asked {
                scope: scope.as_deref(),
                extensions: extensions.as_ref(),
                jkt,
            };
            let (grant, issued) = credentials(house, &client, asked, now).await?;
            (grant, issued, Action::Token)
        }
    };
    record(house, action, &grant, None, now);
    let response = issue::response(house, &grant, issued, action == Action::Token, now).await?;
    let text = serde_json::to_string(&response).map_err(|e| Failure::House(e.to_string()))?;
    Ok(json(StatusCode::OK, text))
}

/// The key the request proves, if it does (RFC 9449 section 5).
async fn proven(
    house: &House,
    client: &Client,
    headers: &HeaderMap,
) -> Result<Option<String>, Failure> {
    match proof::check(house, headers, &Method::POST, "/oauth2/token", None).await {
        Ok(None) if client.dpop_bound_access_tokens => Err(Failure::new(
            ErrorCode::InvalidDpopProof,
            "this client is registered for tokens bound to a key: send a DPoP header",
        )),
        Ok(key) => Ok(key),
        Err(proof::Fault::Refused(error)) => Err(failed(house, &client.id, error).await),
        Err(proof::Fault::Storage(fault)) => Err(fault.into()),
    }
}

async fn redeem(
    house: &House,
    client: &Client,
    shown: Redemption<'_>,
    now: Timestamp,
) -> Result<(Grant, Issued), Failure> {
    let text = match house.storage.grants().redeem(shown, now).await? {
        Redeemed::Issued(grant, issued) => {
            check_still_active(house, &grant, now).await?;
            return Ok((grant, issued));
        }
        Redeemed::Reused(grant) => {
            record(house, Action::Revoke, &grant, Some("code used twice"), now);
            issue::withdraw(house, &grant, now).await?;
            "this code was used before; what it gave is revoked. Begin again at the authorize page"
        }
        Redeemed::Fault(CodeFault::Unknown) => {
            "this code is not one of ours, or is not for this client"
        }
        Redeemed::Fault(CodeFault::Expired) => "the code has expired: exchange it within a minute",
        Redeemed::Fault(CodeFault::OtherRedirectUri) => {
            "redirect_uri must be the one the code was sent to"
        }
        Redeemed::Fault(CodeFault::WrongVerifier) => {
            "code_verifier is missing or does not belong to the code_challenge"
        }
        Redeemed::Fault(CodeFault::OtherKey) => {
            "the code was asked for with another key (dpop_jkt): send a DPoP proof made with it"
        }
        Redeemed::Fault(CodeFault::Revoked) => "the authorization was ended",
    };
    let error = Error::new(ErrorCode::InvalidGrant, text);
    Err(failed(house, &client.id, error).await)
}

async fn refresh(
    house: &House,
    client: &Client,
    shown: Renewal<'_>,
    now: Timestamp,
) -> Result<(Grant, Issued), Failure> {
    let refreshed = house.storage.grants().refresh(shown, now).await?;
    let (code, text) = match refreshed {
        Refreshed::Issued(grant, issued) => {
            check_still_active(house, &grant, now).await?;
            return Ok((grant, issued));
        }
        Refreshed::Reused(grant) => {
            record(
                house,
                Action::Revoke,
                &grant,
                Some("refresh token used twice"),
                now,
            );
            issue::withdraw(house, &grant, now).await?;
            apps::warn(&house.storage, &grant, client, now).await?;
            (
                ErrorCode::InvalidGrant,
                "this refresh token was used before; for safety the whole authorization is revoked",
            )
        }
        Refreshed::TooBroad => (
            ErrorCode::InvalidScope,
            "scope may only repeat or narrow what was granted",
        ),
        Refreshed::OtherKey => (
            ErrorCode::InvalidGrant,
            "this refresh token is bound to a key: send a DPoP proof made with it",
        ),
        Refreshed::Unknown => (
            ErrorCode::InvalidGrant,
            "this refresh token is not valid (any more) for this client",
        ),
    };
    Err(failed(house, &client.id, Error::new(code, text)).await)
}

/// A person whose account was closed meanwhile gets nothing more, nor an app that was let in for as
/// long as the person stays signed in and comes after that.
async fn check_still_active(house: &House, grant: &Grant, now: Timestamp) -> Result<(), Failure> {
    if issue::is_online(&Scopes::parse(&grant.scopes))
        && !house.storage.online().is_open(&grant.id, now).await?
    {
        house.storage.grants().revoke(&grant.id, now).await?;
        return Err(Failure::new(
            ErrorCode::InvalidGrant,
            "the person has signed out, and online_access ends with that; launch the app again",
        ));
    }
    let Some(id) = &grant.account else {
        return Ok(());
    };
    let account = house.storage.accounts().find(id).await?;
    let text = if account.is_none_or(|a| a.state != access::actor::Account::Active) {
        "the account behind this authorization is not active"
    } else if proxies::is_over(&house.storage, grant, now).await? {
        "the person acts for this patient no longer"
    } else {
        return Ok(());
    };
    house.storage.grants().revoke(&grant.id, now).await?;
    Err(Failure::new(ErrorCode::InvalidGrant, text))
}

/// What a backend asks for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    scope: Option<&'a str>,
    extensions: Option<&'a Value>,
    jkt: Option<&'a str>,
}

async fn credentials(
    house: &House,
    client: &Client,
    asked: Asked<'_>,
    now: Timestamp,
) -> Result<(Grant, Issued), Failure> {
    if client.kind != Kind::Backend {
        return Err(Failure::new(
            ErrorCode::UnauthorizedClient,
            "client_credentials is for backend services; use authorization_code",
        ));
    }
    let b2b = match client.origin {
        Origin::Udap => Some(purpose(house, client, asked.extensions).await?),
        _ => None,
    };
    let allowed = Scopes::parse(&client.scopes);
    // Version 1.0 of UDAP Security knew requests without: they are for all that is registered.
    let scope = match (asked.scope, &b2b) {
        (Some(scope), _) => scope,
        (None, Some(_)) => &client.scopes,
        (None, None) => {
            let text = "the parameter 'scope' is missing or empty";
            return Err(Failure::new(ErrorCode::InvalidRequest, text));
        }
    };
    let scopes = Scopes::parse(scope)
        .narrow(&allowed)
        .filter(|scope| scope.context == Context::System && access::enforces(scope));
    if scopes.resources.is_empty() {
        return Err(Failure::new(
            ErrorCode::InvalidScope,
            "ask for system/ scopes this client is registered for",
        ));
    }
    let grant = Grant {
        id: uuid::Uuid::new_v4().to_string(),
        client: client.id.clone(),
        account: None,
        patient: None,
        encounter: None,
        scopes: scopes.to_text(),
        fhir_user: None,
        nonce: None,
        auth_time: None,
        created: now,
        revoked: None,
        last_used: Some(now),
        consent: None,
    };
    let grants = house.storage.grants();
    let (seconds, jkt) = (limits::BACKEND_TOKEN_SECONDS, asked.jkt);
    let issued = match &b2b {
        Some(b2b) => grants.issue_b2b(&grant, b2b, seconds, jkt, now).await?,
        None => grants.issue_access(&grant, seconds, jkt, now).await?,
    };
    Ok((grant, issued))
}

/// For whom and what for a client of UDAP asks.
async fn purpose(
    house: &House,
    client: &Client,
    extensions: Option<&Value>,
) -> Result<B2b, Failure> {
    match B2b::read(extensions) {
        Ok(b2b) => Ok(b2b),
        Err(why) => {
            let error = Error::new(ErrorCode::InvalidGrant, why);
            Err(failed(house, &client.id, error).await)
        }
    }
}

/// Writes an event of the authorization server itself. `fault`: why something was refused or ended.
pub(crate) fn record(
    house: &House,
    action: Action,
    grant: &Grant,
    fault: Option<&str>,
    now: Timestamp,
) {
    let who = grant
        .fhir_user
        .clone()
        .unwrap_or_else(|| format!("Device/{}", grant.client));
    let on_behalf_of = grant.patient.as_ref().map(|id| format!("Patient/{id}"));
    house.storage.audit(Event {
        at: now,
        action,
        permitted: fault.is_none(),
        reason: fault.unwrap_or("").to_owned(),
        agent: Agent {
            who: who.clone(),
            on_behalf_of: on_behalf_of.filter(|patient| *patient != who),
            account: grant.account.clone(),
            client_id: Some(grant.client.clone()),
            grant: Some(grant.id.clone()),
            ..Agent::default()
        },
        patient: grant.patient.clone(),
        entity: None,
        query: None,
        request_id: None,
    });
}
