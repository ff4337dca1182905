//! Signing in through an outside identity provider: there, back, and on as the account it stands for.
//!
//! An outside sign-in is known by its issuer and subject alone. The first time, its owner proves whose
//! account it is with the account's own password (`link`); nothing else the provider says ever does.

mod link;
mod provider;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use config::IdentityProvider;
use config::limits::{OUTSIDE_SIGN_INS_MAX, SIGN_IN_LOCK_SECONDS};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use smart::params::Params;
use smart::pkce::Challenge;
use smart::provider::{Expected, Identity, Metadata, Question};
use storage::accounts::{Account, Kind};
use storage::identities::{Arrival, Departure};
use web::page::{self, Query};
use web::reply::Fault;
use web::{House, SignedIn, Visit, session};

pub use link::{LINK_PATH, confirm, form};

use crate::sign_in::Entry;
use provider::Trouble;

/// Where browsers are sent away from; the provider's id follows, and `/back` is where they return.
const PATH: &str = "/account/sign-in/outside";

/// Where a provider sends browsers back to: an address of its own, so that no provider can answer for
/// another.
pub fn redirect_uri(house: &House, provider: &IdentityProvider) -> String {
    format!("{}{PATH}/{}/back", house.base_url, provider.id)
}

/// Buttons of the sign-in page: name and address of each provider.
pub(crate) fn buttons(house: &House, next: &str, again: bool) -> Vec<(String, String)> {
    // Who proves an account's own password cannot do it with somebody else's word.
    if next.starts_with(LINK_PATH) {
        return Vec::new();
    }
    let again = if again { "1" } else { "" };
    let query = [("next", next), ("again", again)];
    let query = query.into_iter().filter(|(_, value)| !value.is_empty());
    let providers = house.sign_in.providers.iter();
    providers
        .map(|one| {
            let address = format!("{PATH}/{}", one.id);
            let address = web::urls::with_query(&address, query.clone());
            (one.name.clone(), address)
        })
        .collect()
}

/// Whether a provider is there for somebody.
fn serves(provider: &IdentityProvider, account: &Account) -> bool {
    match account.kind {
        Kind::Staff => provider.staff,
        Kind::Patient | Kind::Proxy => provider.patients,
        Kind::Developer => false,
    }
}

fn find<'a>(house: &'a House, id: &str) -> Option<&'a IdentityProvider> {
    house.sign_in.providers.iter().find(|one| one.id == id)
}

/// `GET /account/sign-in/outside/{provider}?next=…`: sends the browser to the provider. With `link=1` the
/// person signed in wants to add a way of signing in.
pub async fn depart(
    State(house): State<House>,
    Path(id): Path<String>,
    Query(query): Query,
    person: Option<SignedIn>,
    visit: Visit,
    headers: HeaderMap,
) -> Response {
    let Some(provider) = find(&house, &id) else {
        return unknown();
    };
    let next = session::local_path(query.get("next")).unwrap_or("");
    let linking = query.get("link") == "1";
    let departure = Departing {
        next,
        again: linking || query.get("again") == "1",
        account: person.filter(|_| linking).map(|person| person.account.id),
    };
    match send(&house, provider, departure, &visit, &headers).await {
        Ok(response) => response,
        Err(trouble) => refuse(provider, trouble),
    }
}

/// What somebody is sent away with.
struct Departing<'a> {
    next: &'a str,
    again: bool,
    account: Option<String>,
}

async fn send(
    house: &House,
    provider: &IdentityProvider,
    departing: Departing<'_>,
    visit: &Visit,
    headers: &HeaderMap,
) -> Result<Response, Trouble> {
    let now = house.clock.now();
    let key = format!("outside:{}", visit.counted);
    let throttle = house.storage.throttle();
    let may = throttle.allow(&key, OUTSIDE_SIGN_INS_MAX, SIGN_IN_LOCK_SECONDS, now);
    if !may.await? {
        return Err(Trouble::TooMany);
    }
    let metadata = provider::metadata(house, provider, now).await?;
    let identities = house.storage.identities();
    let browser = match session::outside_cookie(headers, house) {
        Some(browser) => browser,
        None => identities.random()?,
    };
    let departure = Departure {
        browser,
        issuer: provider.issuer.clone(),
        nonce: identities.random()?,
        verifier: identities.random()?,
        next: departing.next.to_owned(),
        account: departing.account,
        again: departing.again,
        created: now,
    };
    let state = identities.depart(&departure).await?;
    let address = question(house, provider, &metadata, &departure, &state)?;
    let mut response = page::see_other(&address);
    let cookie = session::outside(house, &departure.browser);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn question(
    house: &House,
    provider: &IdentityProvider,
    metadata: &Metadata,
    departure: &Departure,
    state: &str,
) -> Result<String, Trouble> {
    let broken = || Trouble::Wrong("its authorization endpoint cannot be used".to_owned());
    let challenge = Challenge::of_verifier(&departure.verifier).ok_or_else(broken)?;
    let question = Question {
        client_id: &provider.client_id,
        redirect_uri: &redirect_uri(house, provider),
        scope: &provider.scopes.join(" "),
        state,
        nonce: &departure.nonce,
        challenge: &challenge,
        acr_values: &provider.acr_values.join(" "),
        again: departure.again,
    };
    let more = provider.parameters.iter();
    let more = more.map(|(name, value)| (name.as_str(), value.as_str()));
    question.address(metadata, more).ok_or_else(broken)
}

/// `GET /account/sign-in/outside/{provider}/back`: the browser returns with a code.
pub async fn come_back(
    State(house): State<House>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    visit: Visit,
    headers: HeaderMap,
) -> Response {
    let Some(provider) = find(&house, &id) else {
        return unknown();
    };
    let params = Params::parse(&query.unwrap_or_default());
    let now = house.clock.now();
    match recognise(&house, provider, &params, &headers, now).await {
        Ok((departure, identity)) => {
            let entry = Entry {
                house: &house,
                headers: &headers,
                visit: &visit,
                next: &departure.next,
                now,
                shared: session::is_shared(&headers, &house),
            };
            let let_in = let_in(entry, provider, &departure, identity).await;
            let_in.unwrap_or_else(|trouble| refuse(provider, trouble))
        }
        Err(trouble) => refuse(provider, trouble),
    }
}

/// Who came back: only what this browser was sent away with counts, once, and from this provider.
async fn recognise(
    house: &House,
    provider: &IdentityProvider,
    params: &Params,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<(Departure, Identity), Trouble> {
    let wrong = |text: &str| Trouble::Wrong(text.to_owned());
    let browser = session::outside_cookie(headers, house).ok_or(Trouble::Over)?;
    let state = params.get("state").ok_or(Trouble::Over)?;
    let identities = house.storage.identities();
    let departure = identities.come_back(state, &browser, now).await?;
    let departure = departure.ok_or(Trouble::Over)?;
    if departure.issuer != provider.issuer {
        return Err(wrong("the sign-in began at another provider"));
    }
    params
        .once(&["state", "code", "iss", "error"])
        .map_err(|_| wrong("it answered twice at once"))?;
    let metadata = provider::metadata(house, provider, now).await?;
    // RFC 9207: an answer that another provider gave is not taken.
    let issuer = params.get("iss");
    let silent = issuer.is_none() && !metadata.authorization_response_iss_parameter_supported;
    if !silent && issuer != Some(&provider.issuer) {
        return Err(wrong("iss of its answer is another issuer"));
    }
    if let Some(error) = params.get("error") {
        return Err(Trouble::Refused(error == "access_denied"));
    }
    let code = params.get("code").ok_or_else(|| wrong("it sent no code"))?;
    let exchange = provider::Exchange {
        code,
        redirect_uri: &redirect_uri(house, provider),
        verifier: &departure.verifier,
    };
    let token = provider::id_token(house, provider, &metadata, exchange).await?;
    let expected = Expected {
        issuer: &provider.issuer,
        client_id: &provider.client_id,
        nonce: &departure.nonce,
        acr_values: &provider.acr_values,
        hosted_domain: provider.hosted_domain.as_deref(),
        signed_in_after: departure
            .again
            .then(|| house.clock.outside(departure.created)),
        now: house.clock.outside(now),
    };
    let identity = provider::verify(house, &metadata, &token, &expected, now).await?;
    Ok((departure, identity))
}

/// On as the account the outside sign-in stands for, or to the page that asks whose it is.
async fn let_in(
    entry: Entry<'_>,
    provider: &IdentityProvider,
    departure: &Departure,
    identity: Identity,
) -> Result<Response, Trouble> {
    let storage = &entry.house.storage;
    let identities = storage.identities();
    if departure.account.is_none() {
        let known = identities.account_of(&provider.issuer, &identity.subject, entry.now);
        if let Some(id) = known.await? {
            let account = storage.accounts().find(&id).await?;
            let open = |account: &Account| {
                account.state == access::actor::Account::Active && serves(provider, account)
            };
            let account = account.filter(open).ok_or(Trouble::Closed)?;
            let amr = if identity.has_second_factor && provider.trust_second_factor {
                "fed mfa"
            } else {
                "fed"
            };
            return Ok(entry.enter(&account, amr, false).await?);
        }
    }
    let arrival = Arrival {
        issuer: provider.issuer.clone(),
        subject: identity.subject,
        shown: identity.shown,
        next: departure.next.clone(),
        account: departure.account.clone(),
        created: entry.now,
    };
    let name = identities.arrive(&arrival, &departure.browser).await?;
    Ok(page::see_other(&link::address(&name)))
}

fn unknown() -> Response {
    page::sorry(
        StatusCode::NOT_FOUND,
        "There is no such way to sign in",
        "Go to the sign-in page and choose one of those shown there.",
    )
}

/// The page for whoever was not recognised; the reason goes to the log.
fn refuse(provider: &IdentityProvider, trouble: Trouble) -> Response {
    let name = &provider.name;
    let instead = "You can sign in with your username and password instead.";
    let (status, text, log) = match trouble {
        Trouble::Storage(fault) => return page::unavailable(&fault),
        Trouble::TooMany => (
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many sign-ins were begun. Wait a quarter of an hour. {instead}"),
            None,
        ),
        Trouble::Over => (
            StatusCode::BAD_REQUEST,
            format!(
                "This sign-in through {name} is over: it took too long, was used already, or began in \
                 another browser. Go to the sign-in page and start again."
            ),
            None,
        ),
        Trouble::Refused(true) => (
            StatusCode::UNAUTHORIZED,
            format!("You did not sign in at {name}. {instead}"),
            None,
        ),
        Trouble::Closed => (
            StatusCode::FORBIDDEN,
            format!("{name} cannot be used for this account. {instead}"),
            None,
        ),
        Trouble::Refused(false) => (
            StatusCode::BAD_GATEWAY,
            format!("{name} could not sign you in. {instead}"),
            Some("it answered with an error".to_owned()),
        ),
        Trouble::Wrong(why) => (
            StatusCode::BAD_GATEWAY,
            format!("{name} could not sign you in. {instead}"),
            Some(why),
        ),
    };
    let mut response = page::sorry(status, "You are not signed in", &text);
    if let Some(why) = log {
        let fault = Fault(format!("identity provider {}: {why}", provider.id));
        response.extensions_mut().insert(fault);
    }
    response
}
