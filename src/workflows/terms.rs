//! The terms people agree to: what is still to be agreed to, and agreeing.

use access::standing::Agent;
use access::terms::Document;
use storage::accounts::{Account, Kind};

use crate::opening::{Desk, Error, account as opening};

/// A document to be agreed to, in the version in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub document: Document,
    pub version: String,
    /// Where it stands, for good.
    pub uri: String,
}

/// The address of a version of a document, which the Consent names.
pub fn uri(desk: Desk<'_>, document: Document) -> String {
    let version = document.version(desk.pack);
    let (base, pack) = (desk.base_url, &desk.pack.id);
    match document {
        Document::Portal => format!("{base}/terms/{pack}/{version}"),
        Document::Proxy => format!("{base}/terms/{pack}/proxy-{version}"),
    }
}

/// What an account has still to agree to before it opens anything.
///
/// # Errors
/// When the database cannot be asked.
pub async fn due(desk: Desk<'_>, account: &Account) -> Result<Vec<Due>, Error> {
    let mut due = Vec::new();
    for document in Document::ALL {
        let accepted = match document {
            Document::Portal => account.terms_accepted,
            Document::Proxy => {
                !acts_for_others(desk, account).await?
                    || desk
                        .storage
                        .terms()
                        .has_accepted(&account.id, document)
                        .await?
            }
        };
        if !accepted {
            due.push(Due {
                document,
                version: document.version(desk.pack).to_owned(),
                uri: uri(desk, document),
            });
        }
    }
    Ok(due)
}

/// Whether somebody agreed to some version of the terms before.
///
/// # Errors
/// When the database cannot be asked.
pub async fn has_agreed_before(desk: Desk<'_>, account: &Account) -> Result<bool, Error> {
    Ok(desk.storage.terms().has_accepted_any(&account.id).await?)
}

/// Whether somebody acts for others, and agrees to the second document for that.
///
/// # Errors
/// When the database cannot be asked.
pub async fn acts_for_others(desk: Desk<'_>, account: &Account) -> Result<bool, Error> {
    if !desk.pack.proxy_terms_required || matches!(account.kind, Kind::Staff | Kind::Developer) {
        return Ok(false);
    }
    let people = desk.storage.accounts().people(account, desk.now).await?;
    Ok(account.kind == Kind::Proxy || people.iter().any(|one| !one.is_self))
}

/// Agrees to what is due: live tokens and sessions go by that at once, and a Consent says so in each
/// chart concerned.
///
/// # Errors
/// When it cannot be written.
pub async fn accept(desk: Desk<'_>, account: &Account, due: &[Due]) -> Result<(), Error> {
    let people = desk.storage.accounts().people(account, desk.now).await?;
    let mut changes = Vec::new();
    for one in due {
        let terms = desk.storage.terms();
        let fresh = terms.accept(&account.id, one.document, &one.version, desk.now);
        if !fresh.await? {
            continue;
        }
        for person in &people {
            let performer = match (one.document, &person.related_person) {
                (Document::Portal, _) if person.is_self => format!("Patient/{}", person.patient),
                (Document::Proxy, Some(id)) if !person.is_self => format!("RelatedPerson/{id}"),
                _ => continue,
            };
            let (kind, patient) = (one.document, &person.patient);
            let consent = crate::opening::acceptance(kind, patient, &performer, &one.uri, desk.now);
            changes.extend(desk.step(&signer(account, person, performer), &[consent])?);
        }
    }
    if !changes.is_empty() {
        desk.store(changes).await?;
    }
    if let Some(patient) = &account.patient {
        opening::finish(desk, account, patient).await?;
    }
    Ok(())
}

/// Who agrees, as the chart names them.
fn signer(account: &Account, whose: &storage::standing::Person, performer: String) -> Agent {
    Agent {
        who: performer,
        on_behalf_of: (!whose.is_self).then(|| format!("Patient/{}", whose.patient)),
        ..crate::trail::agent(account)
    }
}
