//! `$notice-settings` and `$notice-choice`: whether a person is told of news by mail.

use access::Action;
use fhir::ResourceType;
use storage::accounts::Account;
use web::Answer;
use workflows::notices::preferences;

use super::{Asked, parameters};
use crate::error::Error;

/// The account of whoever asks. Errors: 403 for those who are told no news.
async fn account(asked: &Asked<'_>) -> Result<Account, Error> {
    let house = &asked.call.house;
    let account = match &asked.call.access.standing().agent.account {
        Some(id) => house.storage.accounts().find(id).await?,
        None => None,
    };
    account
        .filter(preferences::concern)
        .ok_or_else(|| Error::not_your_role("news are told to patients and those who act for them"))
}

async fn told(asked: &Asked<'_>, account: &Account) -> Result<Answer, Error> {
    let house = &asked.call.house;
    let said = preferences::of(&house.storage, &house.pack, account).await?;
    let mut parameters = vec![
        parameters::flag("notify", said.notify),
        parameters::code("address", said.address.code()),
    ];
    if !said.shown.is_empty() {
        parameters.push(parameters::text("shown", said.shown));
    }
    parameters.push(parameters::count("pause", said.minutes));
    let page = format!("{}/account/notices", house.base_url);
    parameters.push(parameters::url("settings", page));
    Ok(parameters::answer(&parameters))
}

/// How it stands with one's own notices.
pub(super) async fn settings(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Read, ResourceType::PATIENT)?;
    let account = account(asked).await?;
    told(asked, &account).await
}

/// Says whether news are told.
pub(super) async fn choose(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Create, ResourceType::CONSENT)?;
    let account = account(asked).await?;
    let Some(notify) = asked.inputs.flag("notify") else {
        return Err(super::missing("notify", "true or false"));
    };
    let house = &asked.call.house;
    preferences::choose(&house.storage, &account, notify, asked.call.access.now()).await?;
    told(asked, &account).await
}
