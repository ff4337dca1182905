//! Mail about new information: that there is some, and nothing else. What was written is matched with who may read
//! it, told of in one mail for a while, and decided on again when the mail is made and when it leaves.

use std::collections::HashMap;
use std::sync::Arc;

use access::actor::Account as State;
use access::{Access, Pack};
use jiff::{SignedDuration, Timestamp};
use storage::accounts::{Account, Kind as AccountKind};
use storage::contacts::Contact;
use storage::mail::Message;
use storage::notices::{Fresh, Item, Kind, Sight, Stretch};
use storage::standing::Reader;
use storage::{Error, Storage};

use super::letters;

/// The chore's name among those one node does for all.
const CHORE: &str = "notices";
/// Writes looked at in one step.
const WRITES_MAX: i64 = 500;
/// Steps of one round.
const STEPS_MAX: usize = 20;
/// Accounts told in one round; the others are told in the next.
const ACCOUNTS_MAX: i64 = 200;
/// How often it is looked whether something held back was let go early, in minutes.
const HELD_MINUTES: i64 = 10;
/// What happened longer ago is no news: nobody is flooded after a long standstill. In days.
const OLD_DAYS: i64 = 7;

/// Where and when this happens.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub pack: &'a Arc<Pack>,
    pub base_url: &'a str,
    pub now: Timestamp,
}

/// Whether mail about news may go to an account at all.
pub fn is_told(account: &Account, contact: &Contact) -> bool {
    matches!(account.kind, AccountKind::Patient | AccountKind::Proxy)
        && account.state == State::Active
        && account.email.is_some()
        && contact.verified.is_some()
        && contact.bounced.is_none()
        && contact.notify
}

/// Looks through what was written since the last time. How many things were found that somebody is to be told of;
/// `None`: another node is at it.
///
/// # Errors
/// When the database cannot be asked or written; what is not done is done in the next round.
pub async fn gather(desk: Desk<'_>) -> Result<Option<usize>, Error> {
    let notices = desk.storage.notices();
    let Some(stretch) = notices.next(WRITES_MAX).await? else {
        return Ok(Some(0));
    };
    let turns = desk.storage.turns();
    turns.take(CHORE, desk.now, keep(desk, stretch)).await
}

/// Keeps what is to be told of a stretch and of those that follow it: how many things.
async fn keep(desk: Desk<'_>, mut stretch: Stretch) -> Result<usize, Error> {
    let notices = desk.storage.notices();
    let mut found = 0;
    for _ in 0..STEPS_MAX {
        let items = match_readers(desk, &stretch.fresh).await?;
        if !notices.keep(&stretch, &items).await? {
            break;
        }
        found += items.len();
        match notices.next(WRITES_MAX).await? {
            Some(next) => stretch = next,
            None => break,
        }
    }
    Ok(found)
}

/// Who is to be told of what.
async fn match_readers(desk: Desk<'_>, fresh: &[Fresh]) -> Result<Vec<Item>, Error> {
    let mut items = Vec::new();
    let mut readers: HashMap<&str, Vec<(Reader, Access)>> = HashMap::new();
    let old = shifted(desk.now, SignedDuration::from_hours(-24 * OLD_DAYS));
    for one in fresh.iter().filter(|one| one.at > old) {
        if !readers.contains_key(one.patient.as_str()) {
            readers.insert(&one.patient, told_readers(desk, &one.patient).await?);
        }
        let of_patient = readers.get(one.patient.as_str());
        for (reader, access) in of_patient.into_iter().flatten() {
            if one.by.as_deref() != Some(&reader.account.id) {
                items.extend(items_for(desk, one, reader, access).await?);
            }
        }
    }
    Ok(items)
}

async fn told_readers(desk: Desk<'_>, patient: &str) -> Result<Vec<(Reader, Access)>, Error> {
    let mut told = Vec::new();
    for reader in desk.storage.readers(patient, desk.now).await? {
        let contact = desk.storage.contacts().of(&reader.account.id).await?;
        if !is_told(&reader.account, &contact) {
            continue;
        }
        let access = Access::open(reader.standing.clone(), desk.pack.clone(), desk.now);
        told.extend(access.ok().map(|access| (reader, access)));
    }
    Ok(told)
}

async fn items_for(
    desk: Desk<'_>,
    fresh: &Fresh,
    reader: &Reader,
    access: &Access,
) -> Result<Vec<Item>, Error> {
    let sight = desk
        .storage
        .notices()
        .sight(access, &fresh.resource)
        .await?;
    let due = match sight {
        Sight::Seen { .. } => desk.now,
        Sight::Later(until) => looked_at_again(desk.now, until),
        Sight::Hidden => return Ok(Vec::new()),
    };
    let item = |kind, due| Item {
        account: reader.account.id.clone(),
        patient: fresh.patient.clone(),
        resource: fresh.resource.clone(),
        kind,
        at: fresh.at,
        due,
    };
    let mut items = vec![item(Kind::News, due)];
    let days = desk.pack.notify.reminder_days;
    if fresh.unread && days > 0 {
        let span = SignedDuration::from_hours(24 * i64::from(days));
        items.push(item(Kind::Unread, shifted(fresh.at, span)));
    }
    Ok(items)
}

/// Something held back is looked at when the hold ends, and now and then before: it may be let go early.
fn looked_at_again(now: Timestamp, until: Option<Timestamp>) -> Timestamp {
    let soon = shifted(now, SignedDuration::from_mins(HELD_MINUTES));
    until.map_or(soon, |until| until.min(soon).max(now))
}

fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    let end = match by.is_negative() {
        true => Timestamp::MIN,
        false => Timestamp::MAX,
    };
    at.checked_add(by).unwrap_or(end)
}

/// Queues a mail for everybody who is to be told of something by now. How many.
///
/// # Errors
/// When the database cannot be asked or written.
pub async fn tell(desk: Desk<'_>) -> Result<usize, Error> {
    let notices = desk.storage.notices();
    let minutes = desk.pack.notify.digest_minutes;
    let mut told = 0;
    for id in notices.due(minutes, desk.now, ACCOUNTS_MAX).await? {
        let items = notices.of(&id, desk.now).await?;
        let account = desk.storage.accounts().find(&id).await?;
        let contact = desk.storage.contacts().of(&id).await?;
        let account = account.filter(|account| is_told(account, &contact));
        let Some((account, to)) = account.and_then(|one| one.email.clone().map(|to| (one, to)))
        else {
            notices.settle(&items, &[]).await?;
            continue;
        };
        let sorted = sort(desk, &account, items).await?;
        notices.settle(&sorted.hidden, &sorted.later).await?;
        if sorted.seen.is_empty() {
            continue;
        }
        let reminder = sorted.seen.iter().all(|item| item.kind == Kind::Unread);
        let letter = letters::new_information(&to, desk.base_url, reminder);
        let turn = (minutes, desk.now);
        if notices
            .tell(&account.id, &sorted.seen, letter.as_queued(), turn)
            .await?
        {
            told += 1;
        }
    }
    Ok(told)
}

#[derive(Default)]
struct Sorted {
    seen: Vec<Item>,
    later: Vec<Item>,
    hidden: Vec<Item>,
}

/// What of these things an account may read now.
async fn sort(desk: Desk<'_>, account: &Account, items: Vec<Item>) -> Result<Sorted, Error> {
    let mut sorted = Sorted::default();
    let mut charts: HashMap<String, Option<Access>> = HashMap::new();
    for mut item in items {
        if !charts.contains_key(&item.patient) {
            let access = chart(desk, account, &item.patient).await?;
            charts.insert(item.patient.clone(), access);
        }
        let sight = match charts.get(&item.patient) {
            Some(Some(access)) => desk.storage.notices().sight(access, &item.resource).await?,
            _ => Sight::Hidden,
        };
        match (sight, item.kind) {
            (Sight::Seen { unread: false }, Kind::Unread) | (Sight::Hidden, _) => {
                sorted.hidden.push(item);
            }
            (Sight::Seen { .. }, _) => sorted.seen.push(item),
            (Sight::Later(until), _) => {
                item.due = looked_at_again(desk.now, until);
                sorted.later.push(item);
            }
        }
    }
    Ok(sorted)
}

async fn chart(desk: Desk<'_>, account: &Account, patient: &str) -> Result<Option<Access>, Error> {
    let standing = desk
        .storage
        .standing_of_account(&account.id, patient, desk.now)
        .await?;
    Ok(standing.and_then(|standing| Access::open(standing, desk.pack.clone(), desk.now).ok()))
}

/// Whether a mail that is about to leave may: one about new information only while its recipient still wants it and
/// may read something it is about.
///
/// # Errors
/// When the database cannot be asked.
pub async fn may_leave(desk: Desk<'_>, mail: &Message) -> Result<bool, Error> {
    let Some(id) = &mail.account else {
        return Ok(true);
    };
    let Some(account) = desk.storage.accounts().find(id).await? else {
        return Ok(false);
    };
    let contact = desk.storage.contacts().of(id).await?;
    if !is_told(&account, &contact) || account.email.as_deref() != Some(&mail.to) {
        return Ok(false);
    }
    let items = desk.storage.notices().of_mail(&mail.id).await?;
    let sorted = sort(desk, &account, items).await?;
    Ok(!sorted.seen.is_empty())
}
