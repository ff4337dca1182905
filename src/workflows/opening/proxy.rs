//! An account for somebody without a chart here, who acts or asks to act for others: by a link that came by
//! mail, and with nobody's record open.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use smart::jwk::hash_of_secret;
use storage::accounts::{Account, Kind};
use storage::activation::Redeemed;
use storage::proxies::Entrance;

use super::account::Chosen;
use super::{Desk, Error, contact, letters};
use crate::proxies;

/// How many days a link is good that somebody asked for.
pub const LINK_DAYS: i64 = 3;

/// Who comes, as they say themselves.
#[derive(Debug, Clone)]
pub struct Newcomer {
    pub given: String,
    pub family: String,
    /// `1980-05-17`.
    pub birth_date: String,
}

/// What came of it.
#[derive(Debug)]
pub enum Entered {
    Account(Box<Account>),
    UsernameTaken,
    /// Not of the age at which somebody acts for others.
    TooYoung,
    /// The birth date is not the one that was noted of the one invited.
    SomebodyElse,
    /// The link is used, over or never was; or it was tried too often.
    Gone,
}

/// Sends the way to an account of one's own to a mail address. What is said on the page is the same whether
/// there is an account with it or not.
///
/// # Errors
/// When it cannot be written.
pub async fn ask_for_link(desk: Desk<'_>, email: &str) -> Result<(), Error> {
    let secret = storage::random_secret()?;
    let expires = desk
        .now
        .checked_add(SignedDuration::from_hours(24 * LINK_DAYS))
        .unwrap_or(Timestamp::MAX);
    let entrances = desk.storage.proxies().entrances();
    entrances
        .add(&hash_of_secret(&secret), email, expires, desk.now)
        .await?;
    let known = desk.storage.accounts().list_by_email(email).await?;
    let base = desk.base_url;
    let link = format!("{base}/account/sign-up/proxy/open?code={secret}");
    let told = (&*link, base, LINK_DAYS);
    letters::entrance(desk.storage, email, told, !known.is_empty(), desk.now).await?;
    Ok(())
}

/// What a link stands for while it is good.
///
/// # Errors
/// When the database cannot be asked.
pub async fn entrance(desk: Desk<'_>, secret: &str) -> Result<Option<Entrance>, Error> {
    let entrances = desk.storage.proxies().entrances();
    Ok(entrances.find(&hash_of_secret(secret), desk.now).await?)
}

/// Whether a link came with an invitation, which is then to be answered.
///
/// # Errors
/// When the database cannot be asked.
pub async fn is_invited(desk: Desk<'_>, secret: &str) -> Result<bool, Error> {
    let kept = desk.storage.proxies();
    let found = kept.invitation(&hash_of_secret(secret), desk.now).await?;
    Ok(found.is_some())
}

/// Opens the account of whoever has the link; of two at once one is told that it is gone.
///
/// # Errors
/// When it cannot be written.
pub async fn open(
    desk: Desk<'_>,
    secret: &str,
    newcomer: &Newcomer,
    chosen: &Chosen,
) -> Result<Entered, Error> {
    let entrance = entrance(desk, secret).await?;
    let Some(entrance) = entrance.filter(|it| it.account.is_none()) else {
        return Ok(Entered::Gone);
    };
    let asked = proxies::Desk::of_house(desk.storage, desk.pack, desk.now);
    match proxies::welcome(&asked, secret, &newcomer.birth_date).await? {
        proxies::Welcome::Come => {}
        proxies::Welcome::TooYoung => return Ok(Entered::TooYoung),
        proxies::Welcome::SomebodyElse => return Ok(Entered::SomebodyElse),
        proxies::Welcome::TooOften => return Ok(Entered::Gone),
    }
    let account = Account {
        username: chosen.username.clone(),
        password_hash: chosen.password_hash.clone(),
        display: format!("{} {}", newcomer.given, newcomer.family),
        person: Some(uuid::Uuid::new_v4().to_string()),
        terms_accepted: false,
        ..Account::open(uuid::Uuid::new_v4().to_string(), Kind::Proxy)
    };
    let entrances = desk.storage.proxies().entrances();
    let hash = hash_of_secret(secret);
    match entrances.open_account(&hash, &account, desk.now).await? {
        Redeemed::Done => {}
        Redeemed::UsernameTaken => return Ok(Entered::UsernameTaken),
        Redeemed::Gone | Redeemed::HasAccount => return Ok(Entered::Gone),
    }
    let person = account.person.as_deref().unwrap_or_default();
    write_person(desk, person, newcomer, chosen).await?;
    keep_contact(desk, &account, &entrance, chosen).await?;
    super::account::note(desk, &account, "proxy");
    let found = desk.storage.accounts().find(&account.id).await?;
    Ok(found.map_or(Entered::Gone, |account| Entered::Account(Box::new(account))))
}

/// The login of somebody who is nobody's patient: what they said of themselves, linked to nobody yet.
async fn write_person(
    desk: Desk<'_>,
    id: &str,
    newcomer: &Newcomer,
    chosen: &Chosen,
) -> Result<(), Error> {
    let mut person = json!({
        "resourceType": "Person", "id": id, "active": true, "birthDate": newcomer.birth_date,
        "name": [{"family": newcomer.family, "given": [newcomer.given]}]
    });
    if !chosen.email.is_empty() {
        person["telecom"] = json!([{"system": "email", "value": chosen.email}]);
    }
    desk.write(&[person]).await.map(drop)
}

/// The address the link came to is proven by it; another one has to be.
async fn keep_contact(
    desk: Desk<'_>,
    account: &Account,
    entrance: &Entrance,
    chosen: &Chosen,
) -> Result<(), Error> {
    let contacts = desk.storage.contacts();
    contacts
        .save(&account.id, &chosen.contact(), desk.now)
        .await?;
    if chosen.email.eq_ignore_ascii_case(&entrance.email) {
        contacts
            .prove_email(&account.id, &entrance.email, desk.now)
            .await?;
        letters::welcome(desk.storage, &entrance.email, desk.base_url, desk.now).await?;
    } else if !chosen.email.is_empty() {
        contact::ask_to_prove(desk, account, &chosen.email).await?;
    }
    Ok(())
}
