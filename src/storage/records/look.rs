//! A search as the audit trail tells of it: one event, however many pages and searches it took.

use std::collections::BTreeSet;
use std::sync::Arc;

use access::Actor;
use fhir::search::Query;

use super::{Records, Seen};
use crate::{Result, audit};

/// How far each of several searches is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    First,
    All,
}

/// What there is to say of a search.
pub(super) struct Look {
    /// The type, where it was one.
    pub(super) entity: Option<String>,
    pub(super) permitted: bool,
    /// Whose rows were shown.
    pub(super) owners: BTreeSet<Arc<str>>,
    /// The patient it names as the one whose rows it wants.
    pub(super) named: Option<Arc<str>>,
    pub(super) shown: String,
}

impl Look {
    /// The parameters that were applied.
    pub(super) fn shown(query: &Query) -> String {
        let pairs = query.applied.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("&")
    }

    /// Both as one, which shows the first.
    fn and(mut self, other: Self) -> Self {
        self.permitted |= other.permitted;
        self.owners.extend(other.owners);
        // Of two who are named, neither is the one it was about.
        self.named = self
            .named
            .filter(|named| Some(named) == other.named.as_ref());
        self
    }
}

impl Records<'_> {
    /// All that several searches find, as one look with one event in each chart, which shows the first of them.
    /// Nothing where more than `most` are found.
    ///
    /// # Errors
    /// Those of [`Self::search`].
    pub async fn search_all(
        &self,
        queries: &[Query],
        pages: Pages,
        most: usize,
    ) -> Result<Option<Vec<Seen>>> {
        let mut found = Vec::new();
        let mut whole: Option<Look> = None;
        for query in queries {
            let mut query = query.clone();
            loop {
                let (page, look) = self.looked_for(std::slice::from_ref(&query)).await?;
                whole = match (whole, look) {
                    (Some(whole), Some(look)) => Some(whole.and(look)),
                    (one, other) => one.or(other),
                };
                found.extend(page.matches);
                let goes_on = pages == Pages::All && found.len() <= most;
                match page.next.filter(|_| goes_on) {
                    Some(next) => query.cursor = Some(next),
                    None => break,
                }
            }
        }
        if let Some(look) = whole {
            self.audit_search(look).await;
        }
        Ok((found.len() <= most).then_some(found))
    }

    /// Records that a search was made, by whom and for which patient's rows. Whoever is not bound
    /// to one patient leaves a line in the chart of each patient something was shown of; a backend,
    /// which pages through many, in that of the patient its search names.
    pub(super) async fn audit_search(&self, look: Look) {
        let standing = self.access.standing();
        let own = standing.patient.as_ref().map(|p| Arc::from(p.id.as_str()));
        let own = own.filter(|_| !self.access.spans_charts());
        let mut patients: Vec<Option<Arc<str>>> = match (own.or(look.named), &standing.actor) {
            (Some(patient), _) => vec![Some(patient)],
            (None, Actor::Backend) => Vec::new(),
            (None, _) => look.owners.into_iter().map(Some).collect(),
        };
        if patients.is_empty() {
            patients.push(None);
        }
        let record = audit::Record {
            at: self.access.now().as_microsecond(),
            action: audit::Action::Search,
            permitted: look.permitted,
            reason: match look.permitted {
                true => "SEARCH".into(),
                false => "NOTHING_VISIBLE".into(),
            },
            patient: None,
            entity: look.entity,
            query: Some(look.shown),
            request_id: None,
            suspended_until: None,
        };
        for patient in patients {
            let record = audit::Record {
                patient,
                ..record.clone()
            };
            self.storage.inner.record(self.access, record).await;
        }
    }
}
