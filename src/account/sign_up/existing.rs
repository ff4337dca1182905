//! For whoever has an account already and proved who they are: its username, and a new password if that is
//! what they came for.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use storage::accounts::Account;
use storage::openings::Opening;
use web::csrf::{self, OpenForm};
use web::page::{self, Frame};
use web::{House, session};
use workflows::opening::account;
use workflows::passwords;

use super::{desk, opening, over};
use crate::secrets;

/// Where it is shown.
pub const PATH: &str = "/account/sign-up/existing";

#[derive(Template)]
#[template(path = "existing.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    username: &'a str,
    problem: &'a str,
    characters: usize,
}

/// Who proved in this browser that an account is theirs.
async fn found(
    house: &House,
    headers: &HeaderMap,
) -> Result<Option<(String, Opening, Account)>, storage::Error> {
    let Some((cookie, opening)) = opening(house, headers).await? else {
        return Ok(None);
    };
    let accounts = house.storage.accounts();
    let account = accounts.find_by_patient(&opening.patient).await?;
    let account = account.filter(|one| one.state == access::actor::Account::Active);
    Ok(account.map(|account| (cookie, opening, account)))
}

/// `GET /account/sign-up/existing`
pub async fn form(State(house): State<House>, headers: HeaderMap) -> Response {
    match found(&house, &headers).await {
        Ok(Some((_, _, account))) => show(&house, &headers, &account, ""),
        Ok(None) => over(),
        Err(error) => page::unavailable(&error),
    }
}

fn show(house: &House, headers: &HeaderMap, account: &Account, problem: &str) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        username: &account.username,
        problem,
        characters: passwords::CHARACTERS_MIN,
    };
    let status = page::status(problem.is_empty());
    session::with_form_token(house, &token, page::html(status, &page))
}

/// `POST /account/sign-up/existing`: another password, the code being the proof.
pub async fn submit(State(house): State<House>, sent: OpenForm) -> Response {
    answer(&house, &sent)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(house: &House, sent: &OpenForm) -> Result<Response, storage::Error> {
    let Some((cookie, opening, account)) = found(house, &sent.headers).await? else {
        return Ok(over());
    };
    let again = |problem: &str| show(house, &sent.headers, &account, problem);
    let password = sent.form.get("password");
    if password != sent.form.get("password_repeat") {
        return Ok(again(
            "The two passwords are not the same. Type them once more.",
        ));
    }
    let mail = account.email.as_deref().unwrap_or_default();
    let about = [account.username.as_str(), &account.display, mail];
    let hash = match secrets::password(house, password, &about).await {
        Ok(hash) => hash,
        Err(refusal) => return Ok(again(&refusal)),
    };
    if !account::renew(desk(house), &opening, &account, &hash).await? {
        return Ok(over());
    }
    house.storage.openings().end(&cookie).await?;
    Ok(page::see_other("/account/sign-in?done=password"))
}
