//! Closing an account: what that means is told first; then it is done at once, for every way in.

use access::actor::{Account as State, RelationshipKind, RelationshipStatus};
use jiff::Timestamp;
use storage::accounts::{Account, Kind};
use storage::audit::{Action, Event};
use storage::endings::{Ending, What};
use uuid::Uuid;

use super::{Owner, noted, own, request, reviewer, settling};
use crate::proxies::{Desk, Error, Relation};

/// How much is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The account.
    Whole,
    /// The own record only: whoever acts for others goes on doing so with the same sign-in.
    OwnRecord,
}

/// What closing an account would mean, for its owner to read first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequences {
    /// Apps connected to it.
    pub apps: usize,
    /// Who acts for the owner, and would no more.
    pub proxies: Vec<String>,
    /// For whom the owner acts, and could no more.
    pub people: Vec<String>,
    /// The own record alone may be closed.
    pub may_keep_acting: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// It is closed.
    Done,
    /// The practice does it: the Task, and by when.
    Handed { task: String, due: Timestamp },
}

/// What closing the account of whoever is at the desk means now.
///
/// # Errors
/// `Refused` for who has no account of their own here.
pub async fn consequences(desk: &Desk<'_>) -> Result<Consequences, Error> {
    let account = owner(desk).await?;
    let people = desk.storage.accounts().people(&account, desk.now).await?;
    let open = people.into_iter().filter(|one| !one.is_self);
    let open = open.filter(|one| {
        let relationship = one.standing.relationship.as_ref();
        relationship.is_some_and(|it| {
            it.status == RelationshipStatus::Active && it.end.is_none_or(|end| end > desk.now)
        })
    });
    let people: Vec<String> = open.map(|one| one.name).collect();
    let mut proxies = Vec::new();
    if let Some(patient) = &account.patient {
        for relation in suspended_with(desk, patient).await? {
            proxies.push(relation.name());
        }
    }
    let grants = desk.storage.grants();
    let apps = grants.of_account(&account.id, desk.now).await?;
    let apps = apps.iter().filter(|grant| grant.consent.is_some()).count();
    Ok(Consequences {
        apps,
        proxies,
        may_keep_acting: may_keep_acting(&account) && !people.is_empty(),
        people,
    })
}

fn may_keep_acting(account: &Account) -> bool {
    account.patient.is_some() && account.person.is_some() && account.kind == Kind::Patient
}

/// Who acts for an adult by that adult's own account: they pause with it. Parents of a minor do not, nor does who
/// settles an estate.
pub(super) async fn suspended_with(desk: &Desk<'_>, patient: &str) -> Result<Vec<Relation>, Error> {
    let all = Relation::of_patient(desk, patient).await?;
    let concerned = all.into_iter().filter(|relation| {
        !relation.is_parental()
            && relation.facts.kind != RelationshipKind::EstateRepresentative
            && matches!(
                relation.facts.status,
                RelationshipStatus::Active | RelationshipStatus::Pending
            )
    });
    Ok(concerned.collect())
}

async fn owner(desk: &Desk<'_>) -> Result<Account, Error> {
    let account = own(desk).await?;
    match account.kind {
        Kind::Patient | Kind::Proxy => Ok(account),
        Kind::Staff | Kind::Developer => Err(Error::Refused(
            "Accounts of staff and of developers are ended by an administrator.",
        )),
    }
}

/// Closes the account of whoever is at the desk, who has just proved again who they are. Where it is held for an
/// investigation the practice is asked to do it, as when somebody writes a message: nothing shows why.
///
/// # Errors
/// `Refused` for who has no account of their own here, `Rule` for a scope that is not theirs to choose.
pub async fn close(desk: &Desk<'_>, scope: Scope) -> Result<Closed, Error> {
    let account = owner(desk).await?;
    if scope == Scope::OwnRecord && !may_keep_acting(&account) {
        return Err(Error::rule(
            "keep",
            "you act for nobody: close the whole account",
        ));
    }
    let what = match scope {
        Scope::Whole => What::Closed,
        Scope::OwnRecord => What::Left,
    };
    if end(desk, &account, what, "own-wish", "").await? {
        return Ok(Closed::Done);
    }
    if desk.storage.endings().held(&account.id).await?.is_none() {
        // Somebody closed it a moment ago: another window, or the practice.
        return Ok(Closed::Done);
    }
    let asked = request::ask(desk, "").await?;
    Ok(Closed::Handed {
        task: asked.task,
        due: asked.due,
    })
}

/// Staff close an account for its owner, who asked by message, by telephone or at the desk. `ground`: how it was
/// seen that it is them.
///
/// # Errors
/// `Refused` for others than staff who decide on consents, `Absent` where there is no account, `Rule` without a
/// ground and for one that is held for an investigation, `Overtaken` for one that is closed.
pub async fn close_for(desk: &Desk<'_>, of: Owner<'_>, ground: &str) -> Result<(), Error> {
    reviewer(desk)?;
    let account = of.account(desk.storage).await?;
    close_account(desk, &account, ground).await
}

pub(super) async fn close_account(
    desk: &Desk<'_>,
    account: &Account,
    ground: &str,
) -> Result<(), Error> {
    let ground = noted(ground);
    may_close(desk, account, &ground).await?;
    match end(desk, account, What::Closed, "asked-for", &ground).await? {
        true => Ok(()),
        false => Err(Error::Overtaken),
    }
}

/// Whether staff may close an account now, with that ground.
pub(super) async fn may_close(
    desk: &Desk<'_>,
    account: &Account,
    ground: &str,
) -> Result<(), Error> {
    if matches!(account.kind, Kind::Staff | Kind::Developer) {
        return Err(Error::Absent);
    }
    if ground.is_empty() {
        return Err(Error::rule(
            "ground",
            "say how it was seen that the owner asks for it; the note stays inside",
        ));
    }
    match desk.storage.endings().held(&account.id).await? {
        Some(_) => Err(Error::rule(
            "account",
            "it is held for an investigation: lift the hold first",
        )),
        None => Ok(()),
    }
}

/// The end itself, with what follows from it. False when it was so before or may not be.
pub(super) async fn end(
    desk: &Desk<'_>,
    account: &Account,
    what: What,
    reason: &str,
    note: &str,
) -> Result<bool, Error> {
    let ending = Ending {
        id: Uuid::new_v4().to_string(),
        account: account.id.clone(),
        patient: account.patient.clone(),
        what,
        reason: reason.to_owned(),
        note: note.to_owned(),
        said_by: desk.agent.who.clone(),
        at: desk.now,
    };
    if !desk.storage.endings().end(&ending).await? {
        return Ok(false);
    }
    note_down(desk, account, &ending);
    settling::settle(desk, &ending).await?;
    Ok(true)
}

/// Into the audit trail. What the organization does to an account is not in its owner's log: it is no look at their
/// record, and nothing of it is announced.
fn note_down(desk: &Desk<'_>, account: &Account, ending: &Ending) {
    let (action, patient) = match ending.what {
        What::Closed | What::Left => (Action::AccountClosed, ending.patient.clone()),
        What::Revoked => (Action::AccountRevoked, None),
        What::Restored => (Action::AccountRestored, None),
    };
    desk.storage.audit(Event {
        at: desk.now,
        action,
        permitted: true,
        reason: format!("{}: account {}", ending.reason, account.id),
        agent: desk.agent.clone(),
        entity: patient.as_ref().map(|id| format!("Patient/{id}")),
        patient,
        query: None,
        request_id: None,
    });
}

/// Whether an account can be opened by signing in.
pub(super) fn is_open(account: &Account) -> bool {
    account.state == State::Active
}
