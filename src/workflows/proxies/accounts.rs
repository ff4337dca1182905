//! The sign-ins behind a relationship.

use fhir::ResourceType;
use serde_json::json;
use storage::accounts::Account;

use super::book::{Kept, create, text};
use super::{Desk, Error, Part, build};

/// The Persons that link to a RelatedPerson.
pub(crate) async fn persons(desk: &Desk<'_>, related: &str) -> Result<Vec<Kept>, Error> {
    let reference = format!("RelatedPerson/{related}");
    let pairs = [("relatedperson", reference.as_str())];
    desk.book().search(ResourceType::PERSON, &pairs).await
}

/// The accounts of whoever acts as a RelatedPerson.
pub(crate) async fn of_proxy(desk: &Desk<'_>, related: &str) -> Result<Vec<Account>, Error> {
    let mut accounts = Vec::new();
    for person in persons(desk, related).await? {
        accounts.extend(desk.storage.accounts().find_by_person(person.id()).await?);
    }
    Ok(accounts)
}

/// The account of whoever is at the desk.
pub(crate) async fn at_desk(desk: &Desk<'_>) -> Result<Account, Error> {
    let refused =
        Error::Refused("Sign in with an account of your own: this token has nobody behind it.");
    // Not an app of somebody else's, nor staff for themselves.
    let themself = !matches!(desk.part, Part::Reviewer | Part::Other | Part::House);
    let Some(id) = desk.agent.account.as_ref().filter(|_| themself) else {
        return Err(refused);
    };
    desk.storage.accounts().find(id).await?.ok_or(refused)
}

/// The Person of an account; made, where there is none yet.
pub(crate) async fn person_of(desk: &Desk<'_>, account: &Account) -> Result<Kept, Error> {
    let book = desk.book();
    if let Some(id) = &account.person
        && let Some(kept) = book.find(ResourceType::PERSON, id).await?
    {
        return Ok(kept);
    }
    let id = build::new_id();
    let mut person = json!({"resourceType": "Person", "id": id, "active": true,
        "name": [{"text": account.display}]});
    if let Some(patient) = &account.patient {
        let target = build::reference("Patient", patient);
        person["link"] = json!([{"target": target, "assurance": "level3"}]);
    }
    book.write(vec![create(&person)?]).await?;
    desk.storage.accounts().set_person(&account.id, &id).await?;
    let id = desk.storage.accounts().find(&account.id).await?;
    let id = id.and_then(|account| account.person).unwrap_or_default();
    book.find(ResourceType::PERSON, &id)
        .await?
        .ok_or(Error::Overtaken)
}

/// The birth date of the person behind an account, as recorded; empty where it is not known.
pub(crate) async fn birth_date(desk: &Desk<'_>, account: &Account) -> Result<String, Error> {
    let book = desk.book();
    if let Some(id) = &account.patient
        && let Some(own) = book.find(ResourceType::PATIENT, id).await?
    {
        return Ok(text(&own.json, "/birthDate").to_owned());
    }
    match &account.person {
        Some(id) => {
            let person = book.find(ResourceType::PERSON, id).await?;
            Ok(person.map_or_else(String::new, |it| text(&it.json, "/birthDate").to_owned()))
        }
        None => Ok(String::new()),
    }
}

/// Sees to it that whoever is going to act is of age. A birth date that is not on record is `stated`.
pub(crate) async fn check_adult(
    desk: &Desk<'_>,
    account: &Account,
    stated: &str,
) -> Result<(), Error> {
    let known = birth_date(desk, account).await?;
    let birth_date = if known.is_empty() { stated } else { &known };
    let age = desk.pack.proxy_min_age;
    match super::extent::has_attained(&desk.pack, birth_date, age, desk.now) {
        Some(true) => Ok(()),
        Some(false) => Err(Error::rule(
            "birth_date",
            format!("only somebody of {age} or older can act for somebody else"),
        )),
        None => Err(Error::rule(
            "birth_date",
            "your date of birth, such as 1980-05-17",
        )),
    }
}
