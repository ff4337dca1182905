//! A grant coming into force: all of its resources or none, and once.

use storage::Change;
use storage::audit::Action;

use super::book::{Kept, create};
use super::{Desk, Error, Relation, end, letters};
use serde_json::Value;

/// What a grant is made of, each with what it was before.
pub(crate) struct Plan {
    pub related: (Value, Option<Kept>),
    pub consent: (Value, Option<Kept>),
    pub task: (Value, Kept),
    pub person: Option<(Value, Kept)>,
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
        end::note(desk, &relation, Action::ProxyGranted, "");
        letters::granted(desk, &relation, tell).await?;
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
