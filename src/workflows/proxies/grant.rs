//! A grant coming into force: all of its resources or none, and once.

use access::terms::Document;
use access::vocabulary::BASE;
use serde_json::{Value, json};
use storage::Change;
use storage::audit::Action;

use super::book::{Kept, create};
use super::{Desk, Error, Relation, accounts, build, end, letters};
use crate::opening;

/// What a grant is made of, each with what it was before.
pub(crate) struct Plan {
    pub related: (Value, Option<Kept>),
    pub consent: (Value, Option<Kept>),
    pub task: (Value, Kept),
    pub person: Option<(Value, Kept)>,
    /// A parent of before is let back in by who came of age.
    pub again: bool,
}

fn change((after, before): &(Value, Option<Kept>)) -> Result<Change, Error> {
    match before {
        Some(before) => before.update(after),
        None => create(after),
    }
}

/// Brings a grant into force. Of two who do so at once the second is `Overtaken`, and nothing of theirs is kept.
pub(crate) async fn establish(desk: &Desk<'_>, plan: &Plan, tell: Tell) -> Result<(), Error> {
    let mut changes = vec![
        plan.task.1.update(&plan.task.0)?,
        change(&plan.related)?,
        change(&plan.consent)?,
    ];
    if let Some((after, before)) = &plan.person {
        changes.push(before.update(after)?);
    }
    if desk.book().write(changes).await?.is_none() {
        return Err(Error::Overtaken);
    }
    let id = super::text(&plan.related.0, "/id");
    if let Some(relation) = Relation::find(desk, id).await? {
        terms_kept(desk, &relation).await?;
        end::note(desk, &relation, Action::ProxyGranted, "");
        tell_apart(desk, &relation, plan.again).await?;
        letters::granted(desk, &relation, tell).await?;
    }
    Ok(())
}

/// A teenager and who acts for them have each their own mail address, from the first day on.
async fn tell_apart(desk: &Desk<'_>, relation: &Relation, again: bool) -> Result<(), Error> {
    let at = opening::Desk {
        storage: desk.storage,
        pack: &desk.pack,
        base_url: "",
        now: desk.now,
    };
    let told = opening::contact::tell_apart(at, relation.patient_id(), again).await;
    told.map_err(|fault| match fault {
        opening::Error::Storage(fault) => Error::Storage(fault),
        opening::Error::Invalid(text) => Error::Invalid(text),
    })
}

/// Whoever agreed to the terms of acting for others before did so for this chart too: a Consent says it there.
async fn terms_kept(desk: &Desk<'_>, relation: &Relation) -> Result<(), Error> {
    let (terms, version) = (desk.storage.terms(), &desk.pack.terms.proxy);
    for account in accounts::of_proxy(desk, relation.id()).await? {
        if terms.has_accepted(&account.id, Document::Proxy).await? {
            let performer = format!("RelatedPerson/{}", relation.id());
            let uri = format!("{BASE}/terms/proxy/{version}");
            let patient = relation.patient_id();
            let document = Document::Proxy;
            let mut made = opening::acceptance(document, patient, &performer, &uri, desk.now);
            made["id"] = json!(build::new_id());
            desk.book().write(vec![create(&made)?]).await?;
        }
    }
    Ok(())
}

/// Who hears of a grant that came into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tell {
    Both,
    /// The patient gave it just now.
    Proxy,
}
