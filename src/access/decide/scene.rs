//! Everything about a caller and an instant that does not depend on the resource asked for, worked
//! out once.

use super::{Refusal, grant::Acting};
use crate::actor::Actor;
use crate::pack::Emancipation;
use crate::time::{BirthDate, attained_at};
use crate::{ConsentFact, Pack, PatientFacts, ResourceFacts, Standing};
use jiff::Timestamp;
use std::sync::Arc;

/// A caller at one instant under one pack.
#[derive(Debug)]
pub(crate) struct Scene {
    pub standing: Arc<Standing>,
    pub pack: Arc<Pack>,
    pub now: Timestamp,
    pub ages: Ages,
    pub acting: Acting,
    next: Option<Timestamp>,
}

/// Which of the ages a pack names the patient in context has attained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ages {
    /// A birth date is on record.
    pub known: bool,
    /// Index of the parent tier in force, by the earliest day of birth possible.
    pub tier: Option<usize>,
    /// Old enough for parents to see nothing, by the earliest day.
    pub aged_out: bool,
    /// Old enough for an account, by the latest day.
    pub may_have_account: bool,
    /// Of age, by the latest day.
    pub surely_adult: bool,
    next: Option<Timestamp>,
}

/// Keeps the earlier of two instants, counting only those after `now`.
fn sooner(next: &mut Option<Timestamp>, at: Option<Timestamp>, now: Timestamp) {
    if let Some(at) = at
        && at > now
    {
        *next = Some(next.map_or(at, |next| next.min(at)));
    }
}

impl Ages {
    fn of(patient: &PatientFacts, pack: &Pack, now: Timestamp) -> Self {
        let Some(birth) = patient.birth_date.as_deref().and_then(BirthDate::parse) else {
            return Self::default();
        };
        if is_past_all(&birth, pack, now) {
            return Self {
                known: true,
                tier: None,
                aged_out: true,
                may_have_account: true,
                surely_adult: true,
                next: None,
            };
        }
        Self::counted(&birth, pack, now)
    }
    /// By the calendar.
    fn counted(birth: &BirthDate, pack: &Pack, now: Timestamp) -> Self {
        let mut ages = Self {
            known: true,
            ..Self::default()
        };
        let mut next = None;
        let mut has = |day, years| {
            let at = attained_at(day, years, pack.leap_day, pack.zone());
            sooner(&mut next, at, now);
            at.is_some_and(|at| now >= at)
        };
        for (index, tier) in pack.parent_tiers.iter().enumerate() {
            // The first tier starts at birth; a birth date in the future is a newborn's.
            let begun = tier.from == 0 || has(birth.earliest, tier.from);
            if begun && !has(birth.earliest, tier.to) {
                ages.tier = Some(index);
            }
        }
        ages.aged_out = has(birth.earliest, pack.parent_auto_remove_age);
        ages.surely_adult = has(birth.latest, pack.parent_auto_remove_age);
        ages.may_have_account = has(birth.latest, pack.self_min_age());
        ages.next = next;
        ages
    }
}

/// Whether somebody has surely attained every age a pack names, without a look at calendar and zone: most
/// patients have.
fn is_past_all(birth: &BirthDate, pack: &Pack, now: Timestamp) -> bool {
    const SECONDS_PER_YEAR: i64 = 31_556_952;
    let tiers = pack.parent_tiers.iter().map(|tier| tier.to);
    let last = tiers
        .chain([pack.parent_auto_remove_age, pack.self_min_age()])
        .max()
        .unwrap_or(u8::MAX);
    let this_year = 1970 + now.as_second().div_euclid(SECONDS_PER_YEAR);
    // Two years more than needed make up for the rounding and for the part of a year.
    this_year - i64::from(birth.latest.year()) > i64::from(last) + 2
}

impl Scene {
    pub fn new(standing: Arc<Standing>, pack: Arc<Pack>, now: Timestamp) -> Self {
        let personal = matches!(
            standing.actor,
            Actor::SelfPatient { .. } | Actor::Proxy { .. } | Actor::ShareLink(_)
        );
        let ages = match &standing.patient {
            Some(patient) if personal => Ages::of(patient, &pack, now),
            _ => Ages::default(),
        };
        let mut next = ages.next;
        if let Some(client) = &standing.client {
            sooner(&mut next, client.expires, now);
        }
        if let Some(relationship) = &standing.relationship {
            sooner(&mut next, relationship.start, now);
            sooner(&mut next, relationship.end, now);
        }
        if let Actor::ShareLink(link) = &standing.actor {
            sooner(&mut next, link.expires, now);
        }
        if let Actor::Staff(staff) = &standing.actor {
            for glass in &staff.break_glass {
                sooner(&mut next, glass.until, now);
            }
            for ticket in &staff.tickets {
                sooner(&mut next, ticket.until, now);
            }
        }
        for consent in &standing.consents {
            sooner(&mut next, consent.start, now);
            sooner(&mut next, consent.end, now);
        }
        let acting = Acting::of(&standing, &pack, ages, now);
        Self {
            standing,
            pack,
            now,
            ages,
            acting,
            next,
        }
    }
    /// The patient in context.
    pub fn patient(&self) -> Option<&PatientFacts> {
        self.standing.patient.as_ref()
    }
    /// Whether the emancipated minor's parents have lost what they had.
    pub fn parents_terminated(pack: &Pack, patient: &PatientFacts) -> bool {
        patient.emancipated
            && (patient.proxies_terminated || pack.emancipation == Emancipation::Terminates)
    }
    /// The consents of whoever owns a resource.
    pub fn consents_of(&self, owner: Option<&str>) -> &[ConsentFact] {
        let Some(owner) = owner else { return &[] };
        match &self.standing.patient {
            Some(patient) if patient.id == owner => &self.standing.consents,
            _ => self
                .standing
                .others
                .get(owner)
                .map_or(&[], |(_, consents)| consents),
        }
    }
    /// The next instant after now at which something this decision rests on may change.
    pub fn next_flip(&self, facts: &ResourceFacts<'_>) -> Option<Timestamp> {
        let mut next = self.next;
        if facts.facet.hold.is_some() {
            let until = facts
                .hold_until
                .and_then(|us| Timestamp::from_microsecond(us).ok());
            sooner(&mut next, until, self.now);
        }
        if let Some((_, consents)) = facts.owner.and_then(|o| self.standing.others.get(o)) {
            for consent in consents {
                sooner(&mut next, consent.start, self.now);
                sooner(&mut next, consent.end, self.now);
            }
        }
        next
    }
    /// The next instant after now at which something any decision rests on may change, holds left
    /// aside.
    pub fn next(&self) -> Option<Timestamp> {
        self.next
    }
    /// Why nothing at all can be permitted to this caller (gates G0 and G2).
    pub fn barred(&self) -> Option<Refusal> {
        super::token::barred(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static PACK: LazyLock<Pack> = LazyLock::new(|| Pack::shipped("ct-exemplar").unwrap());

    proptest! {
        #[test]
        fn the_short_way_to_an_age_ends_where_the_long_one_does(
            year in 1900i16..2030, at in 0i64..4_102_444_800,
        ) {
            let pack = &*PACK;
            let now = Timestamp::from_second(at).unwrap();
            let birth_date = Some(format!("{year}"));
            let patient = PatientFacts { birth_date, ..PatientFacts::default() };
            let birth = BirthDate::parse(&format!("{year}")).unwrap();
            prop_assert_eq!(Ages::of(&patient, pack, now), Ages::counted(&birth, pack, now));
        }
    }
}
