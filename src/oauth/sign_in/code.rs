//! The second step: a code of an authenticator app, a recovery code, a passkey, or a mailed code.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use smart::jwk::hash_of_secret;
use smart::webauthn::Party;
use storage::accounts::Account;
use storage::second_steps::{SecondStep, Wants};
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame, PASSKEY_SCRIPT, Query};
use web::{House, Visit, caller, session};
use workflows::notices;
use workflows::second_factor::{self, Purpose};

use super::entry::{Entry, note};

/// Where the code is typed.
pub const PATH: &str = "/account/sign-in/code";
/// Wrong codes within the time a lock lasts, for one account from one browser or network.
const TRIES_MAX: i64 = 10;
/// Wrong codes for one account from anywhere but its own browsers, and within how many seconds.
const TRIES_ALL_MAX: i64 = 50;
const TRIES_ALL_SECONDS: i64 = 24 * 3_600;

#[derive(Template)]
#[template(path = "second_step.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    next: &'a str,
    failed: bool,
    /// The address a code was mailed to, in part.
    mailed: Option<String>,
    totp: bool,
    /// What the browser asks a passkey.
    passkey: Option<String>,
    script: &'static str,
}

/// Somebody whose first proof was right.
pub(super) struct Waiting {
    pub cookie: String,
    pub step: SecondStep,
    pub account: Account,
}

/// Who waits for a second step, if anybody does.
pub(super) async fn waiting(
    house: &House,
    headers: &HeaderMap,
) -> Result<Option<Waiting>, storage::Error> {
    let Some(cookie) = session::step_cookie(headers, house) else {
        return Ok(None);
    };
    let steps = house.storage.second_steps();
    let Some(step) = steps.find(&cookie, house.clock.now()).await? else {
        return Ok(None);
    };
    let account = house.storage.accounts().find(&step.account).await?;
    let account = account.filter(|account| account.state == access::actor::Account::Active);
    Ok(account.map(|account| Waiting {
        cookie,
        step,
        account,
    }))
}

/// `GET /account/sign-in/code`
pub async fn form(State(house): State<House>, headers: HeaderMap, Query(query): Query) -> Response {
    let next = session::local_path(query.get("next")).unwrap_or("");
    match waiting(&house, &headers).await {
        Ok(Some(waiting)) if waiting.step.wants != Wants::Enrolment => {
            show(&house, &headers, &waiting, next, false).await
        }
        Ok(_) => page::see_other(&super::with_next(session::SIGN_IN_PATH, next)),
        Err(error) => page::unavailable(&error),
    }
}

async fn show(
    house: &House,
    headers: &HeaderMap,
    waiting: &Waiting,
    next: &str,
    failed: bool,
) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let (totp, passkey) = match offered(house, waiting).await {
        Ok(offered) => offered,
        Err(error) => return page::unavailable(&error),
    };
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        next,
        failed,
        mailed: (waiting.step.wants == Wants::Mail)
            .then(|| masked(waiting.account.email.as_deref().unwrap_or_default())),
        totp,
        passkey,
        script: PASSKEY_SCRIPT,
    };
    let status = super::status(failed);
    let shown = page::html_with_script(status, &page);
    session::with_form_token(house, &token, shown)
}

/// Whether there is an app to show codes, and what the account's passkeys would be asked.
async fn offered(
    house: &House,
    waiting: &Waiting,
) -> Result<(bool, Option<String>), storage::Error> {
    if waiting.step.wants == Wants::Mail {
        return Ok((false, None));
    }
    let held = house.storage.factors().of(&waiting.account.id).await?;
    let party = Party::of(&house.base_url).filter(|_| !held.passkeys.is_empty());
    let Some(party) = party else {
        return Ok((held.totp.is_some(), None));
    };
    let bearer = caller::token_hash(&waiting.cookie);
    let now = house.clock.now();
    let purpose = Purpose::SecondStep;
    let challenge = second_factor::challenge(&house.storage, purpose, &bearer, now).await?;
    let options = second_factor::request_options(&party, &challenge, &held.passkeys);
    Ok((held.totp.is_some(), Some(options)))
}

/// `a…@mail.example`: enough for its owner.
fn masked(address: &str) -> String {
    let (name, host) = address.split_once('@').unwrap_or((address, ""));
    let first: String = name.chars().take(1).collect();
    format!("{first}…@{host}")
}

/// `POST /account/sign-in/code`
pub async fn submit(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    let entry = Entry::of(&house, &visit, &sent);
    answer(entry, &sent.form)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(entry: Entry<'_>, form: &Form) -> Result<Response, storage::Error> {
    let house = entry.house;
    let Some(waiting) = waiting(house, entry.headers).await? else {
        let back = super::with_next(session::SIGN_IN_PATH, entry.next);
        return Ok(page::see_other(&back));
    };
    let steps = house.storage.second_steps();
    let counters = Counters::of(entry, &waiting.account).await?;
    let may = steps.count(&waiting.cookie).await? && counters.may_try(entry).await?;
    let proved = match may {
        true => proved(entry, &waiting, form).await?,
        false => None,
    };
    let Some(how) = proved else {
        note(house, &waiting.account, false, entry.now);
        if steps.find(&waiting.cookie, entry.now).await?.is_some() {
            return Ok(show(house, entry.headers, &waiting, entry.next, true).await);
        }
        notices::wrong_codes(&house.storage, &waiting.account, entry.now).await?;
        let again = super::with_next(session::SIGN_IN_PATH, entry.next);
        return Ok(page::see_other(&again));
    };
    counters.forgive(entry).await?;
    // An answer sent twice opens one session.
    if !steps.close(&waiting.cookie).await? {
        return Ok(page::stale_form());
    }
    let amr = format!("{} {how}", waiting.step.amr);
    entry.enter(&waiting.account, &amr, false).await
}

/// How the second proof was given (RFC 8176), if it was right.
async fn proved(
    entry: Entry<'_>,
    waiting: &Waiting,
    form: &Form,
) -> Result<Option<&'static str>, storage::Error> {
    let Entry { house, now, .. } = entry;
    let account = &waiting.account;
    match (waiting.step.wants, form.get("credential")) {
        (Wants::Mail, _) => {
            let typed: String = form.get("code").split_whitespace().collect();
            let right = waiting.step.mailed.as_deref() == Some(&hash_of_secret(&typed));
            Ok(right.then_some("mca"))
        }
        (Wants::Factor, "") => {
            let seconds = house.clock.outside(now).as_second();
            let code = form.get("code");
            let right = second_factor::is_code(&house.storage, account, code, seconds, now);
            Ok(right.await?.then_some("otp mfa"))
        }
        (Wants::Factor, answer) => {
            let Some(party) = Party::of(&house.base_url) else {
                return Ok(None);
            };
            let (purpose, bearer) = (Purpose::SecondStep, caller::token_hash(&waiting.cookie));
            let storage = &house.storage;
            let owner =
                second_factor::passkey_account(storage, &party, purpose, &bearer, answer, now);
            let right = owner.await?.as_ref() == Some(&account.id);
            Ok(right.then_some("pop user mfa"))
        }
        (Wants::Enrolment, _) => Ok(None),
    }
}

/// The counters of wrong codes, beyond those of the one sign-in: whoever gets here knew the password.
struct Counters {
    near: String,
    all: Option<String>,
}

impl Counters {
    async fn of(entry: Entry<'_>, account: &Account) -> Result<Self, storage::Error> {
        let device = entry.visit.device.as_deref().unwrap_or_default();
        let devices = entry.house.storage.devices();
        let id = &account.id;
        Ok(if devices.knows(id, device, entry.now).await? {
            Self {
                near: format!("code:device:{}:{id}", caller::token_hash(device)),
                all: None,
            }
        } else {
            Self {
                near: format!("code:source:{}:{id}", entry.visit.counted),
                all: Some(format!("code:account:{id}")),
            }
        })
    }
    async fn may_try(&self, entry: Entry<'_>) -> Result<bool, storage::Error> {
        let throttle = entry.house.storage.throttle();
        let window = config::limits::SIGN_IN_LOCK_SECONDS;
        let mut may = throttle
            .allow(&self.near, TRIES_MAX, window, entry.now)
            .await?;
        if let Some(all) = &self.all {
            may &= throttle
                .allow(all, TRIES_ALL_MAX, TRIES_ALL_SECONDS, entry.now)
                .await?;
        }
        Ok(may)
    }
    async fn forgive(&self, entry: Entry<'_>) -> Result<(), storage::Error> {
        let throttle = entry.house.storage.throttle();
        throttle.clear(&self.near).await?;
        if let Some(all) = &self.all {
            throttle.forgive(all).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_to_who_knows_it_only() {
        assert_eq!(masked("ana.berg@mail.example"), "a…@mail.example");
        assert_eq!(masked(""), "…@");
    }
}
