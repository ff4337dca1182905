//! The sign-ins behind a relationship.

use fhir::ResourceType;
use storage::accounts::Account;

use super::book::Kept;
use super::{Desk, Error};

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
