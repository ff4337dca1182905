//! The first use of an outside sign-in: whose account is it?
//!
//! Its owner signs in once with the account's own password and says yes. A session that was there before
//! does not count, nor one that was itself opened by an outside sign-in.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::IdentityProvider;
use config::limits::RECENT_SIGN_IN_SECONDS;
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use storage::identities::{Arrival, Linked};
use web::csrf::SignedForm;
use web::page::{self, Frame, Query};
use web::{House, SignedIn, session};

use super::serves;
use crate::sign_in::landing;

/// Where one says whose account an outside sign-in stands for.
pub const LINK_PATH: &str = "/account/link";

/// The page of one arrival.
pub(super) fn address(name: &str) -> String {
    format!("{LINK_PATH}?arrival={name}")
}

#[derive(Template)]
#[template(path = "link.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    arrival: &'a str,
    provider: &'a str,
    /// Who one is there.
    shown: &'a str,
    /// Whose account it would stand for; nothing while that is to be proved.
    account: &'a str,
    sign_in: String,
    sign_up: String,
}

/// An arrival of this browser, and where from.
async fn arrived<'a>(
    house: &'a House,
    headers: &HeaderMap,
    name: &str,
) -> Result<Option<(Arrival, &'a IdentityProvider)>, storage::Error> {
    let Some(browser) = session::outside_cookie(headers, house) else {
        return Ok(None);
    };
    let identities = house.storage.identities();
    let found = identities
        .arrived(name, &browser, house.clock.now())
        .await?;
    let provider = |arrival: &Arrival| {
        let mut providers = house.sign_in.providers.iter();
        providers.find(|one| one.issuer == arrival.issuer)
    };
    Ok(found.and_then(|arrival| provider(&arrival).map(|one| (arrival, one))))
}

/// Whether somebody proved who they are for this: with their own password, after they came back. Who was
/// signed in and went out to add a way of signing in did it a short while before.
fn has_proved(person: &SignedIn, arrival: &Arrival) -> bool {
    let own = person.session.amr.split(' ').all(|way| way != "fed");
    let began_here = arrival.account.as_ref() == Some(&person.account.id);
    let grace = if began_here {
        RECENT_SIGN_IN_SECONDS
    } else {
        0
    };
    let after = arrival
        .created
        .checked_sub(SignedDuration::from_secs(grace));
    own && after.is_ok_and(|after| person.session.authenticated_at >= after)
}

/// `GET /account/link?arrival=…`
pub async fn form(
    State(house): State<House>,
    person: Option<SignedIn>,
    headers: HeaderMap,
    Query(query): Query,
) -> Response {
    let name = query.get("arrival");
    let (arrival, provider) = match arrived(&house, &headers, name).await {
        Ok(Some(found)) => found,
        Ok(None) => return over(),
        Err(fault) => return page::unavailable(&fault),
    };
    let proved = person.filter(|person| has_proved(person, &arrival));
    if let Some(person) = &proved
        && !serves(provider, &person.account)
    {
        return not_served(provider);
    }
    let here = address(name);
    let page = Page {
        frame: proved
            .as_ref()
            .map_or_else(Frame::of_nobody, |person| Frame::of(person, "")),
        csrf: proved.as_ref().map_or("", |person| &person.session.csrf),
        arrival: name,
        provider: &provider.name,
        shown: &arrival.shown,
        account: proved.as_ref().map_or("", |person| &person.account.display),
        sign_up: web::urls::with_query("/account/sign-up", [("next", here.as_str())]),
        sign_in: format!("{}&again=1", session::sign_in_address(&here)),
    };
    page::html(StatusCode::OK, &page)
}

/// `POST /account/link`
pub async fn confirm(
    State(house): State<House>,
    headers: HeaderMap,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let name = form.get("arrival");
    let (arrival, provider) = match arrived(&house, &headers, name).await {
        Ok(Some(found)) => found,
        Ok(None) => return over(),
        Err(fault) => return page::unavailable(&fault),
    };
    let account = &person.account;
    if !has_proved(&person, &arrival) {
        return page::see_other(&address(name));
    }
    if !serves(provider, account) {
        return not_served(provider);
    }
    if form.get("decision") == "link" {
        let now = house.clock.now();
        let identities = house.storage.identities();
        match identities.link(name, &arrival, &account.id, now).await {
            Ok(Linked::Done) => {}
            Ok(Linked::Gone) => return over(),
            Ok(Linked::Taken) => return taken(provider),
            Err(fault) => return page::unavailable(&fault),
        }
        let told =
            workflows::outside_sign_ins::tell_linked(&house.storage, account, &provider.name, now);
        if let Err(fault) = told.await {
            return page::unavailable(&fault);
        }
    }
    page::see_other(landing(account, &arrival.next))
}

fn over() -> Response {
    page::sorry(
        StatusCode::GONE,
        "This sign-in is over",
        "It took too long, was used already, or began in another browser. Go to the sign-in page and start again.",
    )
}

fn taken(provider: &IdentityProvider) -> Response {
    let text = format!(
        "That sign-in of {} belongs to another account here. Whoever owns that account can unlink it.",
        provider.name
    );
    page::sorry(StatusCode::CONFLICT, "This cannot be linked", &text)
}

fn not_served(provider: &IdentityProvider) -> Response {
    let text = format!("{} cannot be used for your account.", provider.name);
    page::sorry(StatusCode::FORBIDDEN, "This cannot be linked", &text)
}
