//! A population under a seed: its families one by one, so that any number of hands can tell them.

use crate::calendar::Calendar;
use crate::household::{Family, family};
use crate::{kin, telling};
use serde_json::Value;

/// What to invent.
#[derive(Debug, Clone)]
pub struct Invention {
    pub patients: u64,
    pub seed: u64,
    /// Everything is told as of this moment.
    pub calendar: Calendar,
}

impl Invention {
    /// The families in order; the last one loses members where the number of patients wants it.
    pub fn families(&self) -> impl Iterator<Item = Family> + '_ {
        let mut left = self.patients;
        (0..).map_while(move |number| {
            if left == 0 {
                return None;
            }
            let mut family = family(self.seed, number, self.calendar.today());
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            if family.people.len() > most {
                family.people.truncate(most);
                family
                    .ties
                    .retain(|tie| tie.actor < most && tie.patient < most);
            }
            left -= u64::try_from(family.people.len()).unwrap_or(left);
            Some(family)
        })
    }

    /// Every resource of a family: chart by chart, then who may act for whom.
    pub fn tell(&self, family: &Family) -> Vec<Value> {
        let mut made = Vec::new();
        for place in 0..family.people.len() {
            made.extend(telling::record(self.seed, family, place, &self.calendar));
        }
        made.extend(kin::resources(family, &self.calendar));
        made
    }
}
