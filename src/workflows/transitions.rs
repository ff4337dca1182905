//! What time does to families: notice before a birthday or the end of a grant, and the ends themselves. Access
//! is computed at each request, so nothing leaks when this comes late; it writes down what is so, tells people
//! and closes what apps still hold. Doing it twice, late, or after the clock went back does it once.

mod due;
mod reestablish;

use std::collections::HashSet;
use std::sync::Arc;

use access::Pack;
use access::actor::{RelationshipKind, RelationshipStatus};
use access::time::{attained_at, start_of_day};
use access::vocabulary::CONSENT_KIND;
use fhir::ResourceType;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use storage::Storage;
use storage::audit::Action;

use crate::proxies::{self, Desk, Ending, Error, Relation, text};
use due::Notice;
pub(crate) use reestablish::lay_open;

/// The chore's name among those one node does for all.
const CHORE: &str = "transitions";
/// Birth dates are looked for this many days to either side of the day meant: leap days, zones.
const MARGIN_DAYS: i64 = 2;

/// What one round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    pub notices: usize,
    /// Children who came of an age at which parents see less.
    pub tiers: usize,
    pub ended: usize,
}

/// Does what is due at `now` in every family. `None`: another node is at it.
///
/// # Errors
/// When the database cannot be asked or written; what is not done is done in the next round.
pub async fn run(
    storage: &Storage,
    pack: &Arc<Pack>,
    now: Timestamp,
) -> Result<Option<Round>, Error> {
    let desk = Desk::of_house(storage, pack, now);
    storage.turns().take(CHORE, now, rounds(&desk)).await
}

async fn rounds(desk: &Desk<'_>) -> Result<Round, Error> {
    let mut done = Round::default();
    let round = &mut done;
    // Ends first: nobody is told of what is over.
    of_age(desk, round).await?;
    after_death(desk, round).await?;
    grants(desk, round).await?;
    for age in narrowing_ages(&desk.pack) {
        birthday_notices(desk, age, round).await?;
        narrowed(desk, age, round).await?;
    }
    birthday_notices(desk, desk.pack.parent_auto_remove_age, round).await?;
    Ok(done)
}

/// Ages below majority at which what parents see changes.
fn narrowing_ages(pack: &Pack) -> Vec<u8> {
    let levels = pack.parent_tiers.windows(2);
    let changes = levels.filter_map(|pair| match pair {
        [before, after] if before.level != after.level => Some(after.from),
        _ => None,
    });
    changes
        .filter(|age| *age < pack.parent_auto_remove_age)
        .collect()
}

fn today(desk: &Desk<'_>) -> Date {
    desk.pack.zone().to_datetime(desk.now).date()
}

fn days(date: Date, days: i64) -> Date {
    date.saturating_add(days.days())
}

/// The birthday of that age of somebody born so many years before a day.
fn born(day: Date, age: u8) -> Date {
    day.saturating_sub(i64::from(age).years())
}

/// Parents and guardians whose relationship is active, but those done with, of patients born in `[from, to]`.
async fn parents(
    desk: &Desk<'_>,
    from: Option<Date>,
    to: Date,
    done: &HashSet<String>,
) -> Result<Vec<Relation>, Error> {
    let from = from.map(|day| format!("ge{day}"));
    let to = format!("le{to}");
    let mut pairs = vec![("active", "true"), ("patient.birthdate", &*to)];
    pairs.extend(from.as_deref().map(|from| ("patient.birthdate", from)));
    let found = desk
        .book()
        .search(ResourceType::RELATED_PERSON, &pairs)
        .await?;
    let mut relations = Vec::new();
    for related in found {
        // Most who act for adults are no parents of theirs: nothing more is looked up for them.
        if proxies::stands_as_parent(&related)? && !done.contains(related.id()) {
            relations.extend(Relation::of(desk, related).await?);
        }
    }
    Ok(relations)
}

/// The instant of a birthday, by the earliest day of birth possible: for restricting parents.
fn birthday(desk: &Desk<'_>, relation: &Relation, age: u8) -> Option<Timestamp> {
    let pack = &desk.pack;
    let birth = relation.birth_date()?;
    attained_at(birth.earliest, age, pack.leap_day, pack.zone())
}

/// Whether a parent sees anything at all just now.
fn is_open_parent(relation: &Relation) -> bool {
    relation.is_parental()
        && relation.facts.status == RelationshipStatus::Active
        && !relation.facts.court_restricted
        && !relation.terminated
        && !relation.deceased()
}

/// The eighteenth birthday: parents' access ends, and the new adult finds the way back ready to be signed.
async fn of_age(desk: &Desk<'_>, round: &mut Round) -> Result<(), Error> {
    let age = desk.pack.parent_auto_remove_age;
    let until = days(born(today(desk), age), MARGIN_DAYS);
    for relation in parents(desk, None, until, &HashSet::new()).await? {
        let at = birthday(desk, &relation, age).filter(|at| *at <= desk.now);
        let Some(at) = at.filter(|_| relation.is_parental()) else {
            continue;
        };
        if proxies::close(desk, &relation, Ending::AgedOut, at, "").await? {
            round.ended += 1;
            if !relation.deceased() && !relation.facts.court_restricted {
                reestablish::open(desk, &relation, at).await?;
            }
        }
    }
    Ok(())
}

/// Acting for somebody ends with their life, but for those who settle the estate.
async fn after_death(desk: &Desk<'_>, round: &mut Round) -> Result<(), Error> {
    let pairs = [("active", "true"), ("patient.deceased", "true")];
    let found = desk
        .book()
        .search(ResourceType::RELATED_PERSON, &pairs)
        .await?;
    for related in found {
        let Some(relation) = Relation::of(desk, related).await? else {
            continue;
        };
        if relation.facts.kind != RelationshipKind::EstateRepresentative
            && proxies::close(desk, &relation, Ending::Deceased, desk.now, "").await?
        {
            round.ended += 1;
        }
    }
    Ok(())
}

/// Grants whose last day is near or past.
async fn grants(desk: &Desk<'_>, round: &mut Round) -> Result<(), Error> {
    let ahead = desk.pack.proxy.notice_days.iter().copied().max();
    let horizon = days(today(desk), i64::from(ahead.unwrap_or(0)) + MARGIN_DAYS);
    let (kind, ends) = (format!("{CONSENT_KIND}|proxy"), format!("eb{horizon}"));
    let pairs = [("status", "active"), ("category", &kind), ("period", &ends)];
    for consent in desk.book().search(ResourceType::CONSENT, &pairs).await? {
        let actor = text(&consent.json, "/provision/actor/0/reference/reference");
        let Some(id) = actor.strip_prefix("RelatedPerson/") else {
            continue;
        };
        let Some(relation) = Relation::find(desk, id).await? else {
            continue;
        };
        let Some(end) = relation.facts.end else {
            continue;
        };
        if end <= desk.now {
            if proxies::close(desk, &relation, Ending::Expired, end, "").await? {
                round.ended += 1;
            }
            continue;
        }
        // Who was given less than the notice is long knows it from the beginning.
        let since = relation.facts.consented_at.max(relation.facts.start);
        let notice = Notice::due(
            &desk.pack.proxy.notice_days,
            end,
            desk.pack.zone(),
            desk.now,
        );
        let notice = notice.filter(|notice| since.is_none_or(|since| since < notice.from));
        if let Some(notice) = notice
            && relation.facts.status == RelationshipStatus::Active
            && !relation.facts.court_restricted
        {
            if notify(desk, &relation, "end", end, notice, true).await? {
                round.notices += 1;
            }
            if relation.facts.kind == RelationshipKind::DiminishedCapacity {
                reestablish::ask_for_review(desk, &relation, end).await?;
            }
        }
    }
    Ok(())
}

/// Notices before a birthday after which parents see less, or nothing.
async fn birthday_notices(desk: &Desk<'_>, age: u8, round: &mut Round) -> Result<(), Error> {
    let notice_days = &desk.pack.proxy.notice_days;
    let Some(ahead) = notice_days.iter().copied().max() else {
        return Ok(());
    };
    let first = days(born(today(desk), age), -MARGIN_DAYS);
    let last = days(born(today(desk), age), i64::from(ahead) + MARGIN_DAYS);
    let ends = age == desk.pack.parent_auto_remove_age;
    for relation in parents(desk, Some(first), last, &HashSet::new()).await? {
        if !is_open_parent(&relation) {
            continue;
        }
        let Some(at) = birthday(desk, &relation, age) else {
            continue;
        };
        let Some(notice) = Notice::due(notice_days, at, desk.pack.zone(), desk.now) else {
            continue;
        };
        if ends {
            reestablish::prepare(desk, &relation, at).await?;
        }
        if notify(desk, &relation, &format!("age-{age}"), at, notice, ends).await? {
            round.notices += 1;
        }
    }
    Ok(())
}

/// The birthday from which parents see less: nothing to write but the note that it came.
async fn narrowed(desk: &Desk<'_>, age: u8, round: &mut Round) -> Result<(), Error> {
    let until = days(born(today(desk), age), MARGIN_DAYS);
    let from = days(
        born(today(desk), desk.pack.parent_auto_remove_age),
        -MARGIN_DAYS,
    );
    let kind = format!("tier-{age}");
    let turns = desk.storage.turns();
    let done = turns.noted(&kind).await?;
    for relation in parents(desk, Some(from), until, &done).await? {
        let at = birthday(desk, &relation, age).filter(|at| *at <= desk.now);
        let Some(at) = at.filter(|_| is_open_parent(&relation)) else {
            continue;
        };
        if turns.first(relation.id(), &kind, at, desk.now).await? {
            proxies::note(desk, &relation, Action::ProxyTier, &kind);
            round.tiers += 1;
        }
    }
    Ok(())
}

/// Says something once. False when it was said before.
async fn notify(
    desk: &Desk<'_>,
    relation: &Relation,
    what: &str,
    at: Timestamp,
    notice: Notice,
    ends: bool,
) -> Result<bool, Error> {
    let kind = format!("notice-{what}-{}", notice.days);
    let turns = desk.storage.turns();
    if !turns.first(relation.id(), &kind, at, desk.now).await? {
        return Ok(false);
    }
    let left = start_of_day(today(desk), desk.pack.zone()).map_or(0, |midnight| {
        (at.as_second() - midnight.as_second() + 43_200) / 86_400
    });
    let told = proxies::tell_of_change(desk, relation, left, ends).await?;
    Ok(told > 0)
}
