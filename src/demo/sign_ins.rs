//! The accounts of the demo: patients, relatives, staff.

use crate::Error;
use crate::member::Member;
use crate::people::{RELATIVES, person_id};
use crate::places::WORKERS;
use storage::accounts::{Account, Kind};

/// Every demo account's password. It protects invented data only.
pub const PASSWORD: &str = "Riverbend-2026-demo";

/// An account with its key in the manifest.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub key: String,
    pub account: Account,
}

/// The demo password hashed once, with the same costs as any other (argon2id).
///
/// # Errors
/// When the system gives no randomness.
pub fn password_hash() -> Result<String, Error> {
    workflows::passwords::accept(PASSWORD, &[], None).map_err(|_| Error::Keys)
}

/// All accounts; `members` are the patients who sign in themselves.
pub fn accounts(members: &[&Member], hash: &str) -> Vec<SignIn> {
    let blank = |key: &str, username: String, kind, display: String| Account {
        username,
        password_hash: hash.to_owned(),
        display,
        ..Account::open(format!("account-{key}"), kind)
    };
    let mut made = Vec::new();
    for member in members {
        let username = format!("{}.{}", member.id, member.family.to_lowercase());
        let mut account = blank(member.id, username, Kind::Patient, member.full_name());
        account.email = member.email.map(str::to_owned);
        account.person = Some(person_id(member.id));
        account.patient = Some(member.id.to_owned());
        made.push(SignIn {
            key: member.id.to_owned(),
            account,
        });
    }
    for relative in RELATIVES {
        let username = format!("{}.{}", relative.key, relative.family.to_lowercase());
        let display = format!("{} {}", relative.given, relative.family);
        let mut account = blank(relative.key, username.clone(), Kind::Proxy, display);
        account.email = Some(format!("{username}@mail.example"));
        account.person = Some(person_id(relative.key));
        made.push(SignIn {
            key: relative.key.to_owned(),
            account,
        });
    }
    for worker in WORKERS {
        let Some((key, role)) = worker.role else {
            continue;
        };
        let mut account = blank(key, worker.username(), Kind::Staff, worker.display());
        account.role = Some(role.to_owned());
        account.email = Some(worker.email());
        account.practitioner = Some(worker.id.to_owned());
        account.pools = worker.pools.iter().map(|&pool| pool.to_owned()).collect();
        made.push(SignIn {
            key: key.to_owned(),
            account,
        });
    }
    made
}
