//! Which queues somebody has, and who shares them.

use access::Pack;
use serde_json::Value;
use storage::accounts::{Account, Kind as AccountKind};

use super::kinds::{Kind, code_of, kind_of};
use super::{Desk, Error, Worker};
use crate::proxies::text;

/// A queue of somebody's, with who else works on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub code: String,
    /// Nothing where the pack names work the house does not know.
    pub kind: Option<&'static Kind>,
    pub colleagues: Vec<Worker>,
}

/// One's own queues, in the order of the pack.
///
/// # Errors
/// `Denied` for who has none.
pub async fn queues(desk: &Desk<'_>) -> Result<Vec<Queue>, Error> {
    let (_, role) = desk.worker()?;
    let pack = desk.access.pack();
    let staff = staff(desk).await?;
    let queue = |code: &String| Queue {
        code: code.clone(),
        kind: kind_of(code),
        colleagues: staff
            .iter()
            .filter(|account| works_on(pack, account, code))
            .filter_map(worker)
            .collect(),
    };
    Ok(pack.queues.of(role).iter().map(queue).collect())
}

/// Whoever is meant, where the work is in their queues too.
pub(super) async fn colleague(
    desk: &Desk<'_>,
    task: &Value,
    meant: &Worker,
) -> Result<Worker, Error> {
    let (pack, code) = (desk.access.pack(), code_of(task));
    let pool = super::step::pool(task).map(|it| text(it, "/reference"));
    let pool = pool.and_then(|it| it.strip_prefix("HealthcareService/"));
    let staff = staff(desk).await?;
    let mut fit = staff.iter().filter(|account| {
        let in_pool = pool.is_none_or(|pool| account.pools.iter().any(|own| own == pool));
        // A pool's messages are for who is in it; other work is for the role.
        let role = account.role.as_deref().unwrap_or_default();
        let of_pools = role == "pool-agent" || code == "message-handling" && role != "clinician";
        works_on(pack, account, code) && (in_pool || !of_pools)
    });
    fit.find_map(|account| worker(account).filter(|it| it.who == meant.who))
        .ok_or_else(|| Error::rule("to", "nobody of the staff who has this work in a queue"))
}

async fn staff(desk: &Desk<'_>) -> Result<Vec<Account>, Error> {
    let mut all = desk.storage.accounts().list().await?;
    all.retain(|account| {
        account.kind == AccountKind::Staff && account.state == access::actor::Account::Active
    });
    all.sort_by(|one, other| one.display.cmp(&other.display));
    Ok(all)
}

fn works_on(pack: &Pack, account: &Account, code: &str) -> bool {
    let role = account.role.as_deref();
    role.is_some_and(|role| pack.queues.holds(role, code))
}

fn worker(account: &Account) -> Option<Worker> {
    let practitioner = account.practitioner.as_ref()?;
    Some(Worker {
        who: format!("Practitioner/{practitioner}"),
        display: account.display.clone(),
    })
}
