//! Everything about a patient or an encounter: its compartment as this caller may see it, page by
//! page, with what the resources on a page point to (R4 Patient and Encounter `$everything`).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use access::{Action, Rows};
use fhir::{ResourceType, compartment, index, search as definitions};
use jiff::Timestamp;

use super::{Records, SearchPage, search::Placed, stored::COLUMNS, visible};
use crate::{Error, Result, audit, db::Db, search::include, sql::Statement};

/// How far from a resource of the compartment what it points to is brought along (a role's
/// practitioner, a location's organization).
const SUPPORT_ROUNDS: usize = 2;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Everything {
    /// Patient or Encounter.
    pub compartment: ResourceType,
    /// One of them, or every patient there is.
    pub id: Option<String>,
    /// Only these types; empty is all.
    pub types: Vec<ResourceType>,
    /// Changed at or after this instant.
    pub since: Option<Timestamp>,
    /// Care at or after, and before, these instants. What has no date of care is always meant.
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    /// Resources of the compartment on a page.
    pub count: usize,
    /// How many resources a page may bring along.
    pub included_max: usize,
    /// From the `next` of an earlier page.
    pub cursor: Option<String>,
    /// The invocation as the audit trail shows it; empty where it says all by itself.
    pub shown: String,
    /// What the audit trail calls it.
    pub action: audit::Action,
}

impl Everything {
    fn wants(&self, resource_type: ResourceType) -> bool {
        self.types.is_empty() || self.types.contains(&resource_type)
    }

    /// The types of the compartment in the order of the pages: its own first.
    fn members(&self) -> Vec<ResourceType> {
        let members = compartment::members(self.compartment).unwrap_or(&[]);
        let others = members.iter().map(|(member, _)| *member);
        let owned = ResourceType::all().filter(|_| self.compartment == ResourceType::PATIENT);
        let mut all: Vec<ResourceType> = others.chain(owned).collect();
        all.sort_unstable();
        all.dedup();
        all.retain(|member| *member != self.compartment && *member != ResourceType::AUDIT_EVENT);
        all.insert(0, self.compartment);
        all
    }
}

/// A place in the listing: `Type.rid`, the last resource that was listed.
fn read_cursor(text: &str) -> Result<(ResourceType, i64)> {
    let (name, rid) = text.split_once('.').ok_or(Error::BadCursor)?;
    let resource_type = ResourceType::from_name(name).ok_or(Error::BadCursor)?;
    let rid = rid.parse().map_err(|_| Error::BadCursor)?;
    Ok((resource_type, rid))
}

impl Records<'_> {
    /// One page of a compartment, the patient or encounter itself first. Only what the caller may
    /// both find and read is on it.
    ///
    /// # Errors
    /// `BadCursor` for a position that is none of ours, `TooCostly` when a page brings along more
    /// than it may, and what the database reports.
    pub async fn everything(&self, asked: &Everything) -> Result<SearchPage> {
        let from = asked.cursor.as_deref().map(read_cursor).transpose()?;
        let members = asked.members();
        let first = match from {
            None => 0,
            Some((at, _)) => {
                let place = members.iter().position(|member| *member == at);
                place.ok_or(Error::BadCursor)?
            }
        };
        let mut matches: Vec<Placed> = Vec::new();
        let mut next = None;
        for (place, member) in members.iter().enumerate().skip(first) {
            if !asked.wants(*member) {
                continue;
            }
            let after = from.filter(|_| place == first).map_or(0, |(_, rid)| rid);
            let left = asked.count.saturating_sub(matches.len());
            let mut found = self.of_type(asked, *member, after, left + 1).await?;
            let more = found.len() > left;
            found.truncate(left);
            matches.extend(found);
            if more {
                let last = matches.last();
                next = last.map(|p| format!("{}.{}", p.stored.resource_type, p.stored.rid));
                break;
            }
        }
        let included = self.support(asked, &members, &matches).await?;
        self.audit_everything(asked, &matches).await;
        let total = matches.len() as u64;
        Ok(SearchPage {
            matches: matches.into_iter().map(|placed| placed.seen).collect(),
            included: included.into_iter().map(|placed| placed.seen).collect(),
            total: (next.is_none() && from.is_none()).then_some(total),
            next,
            ..SearchPage::default()
        })
    }

    /// Those of one type, in the order they were made, after a row.
    async fn of_type(
        &self,
        asked: &Everything,
        member: ResourceType,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Placed>> {
        let mut rows = self.visible(Action::Search, member);
        let date = date_of_care(member).filter(|_| asked.start.is_some() || asked.end.is_some());
        // A date that is hidden must not decide what is listed.
        rows.clauses
            .retain(|clause| clause.redaction.is_none() || date.is_none());
        if rows.clauses.is_empty() {
            return Ok(Vec::new());
        }
        let inner = &self.storage.inner;
        let Some(mut statement) = candidates(&inner.db, asked, member) else {
            return Ok(Vec::new());
        };
        let s = &mut statement;
        s.push(" AND r.rid > ").push_bind(after);
        s.push(" AND r.deleted = 0 AND ");
        visible::write(s, &inner.db, &rows, self.access.now().as_microsecond());
        if let Some(since) = asked.since {
            s.push(" AND r.updated >= ").push_bind(since);
        }
        if let Some(param) = date {
            in_dates(s, param, asked);
        }
        s.push(" ORDER BY r.rid LIMIT ");
        s.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let found = inner.db.fetch_all(statement).await?;
        let placed = self.place(Action::Search, inner.stored(&found).await?)?;
        Ok(self.to_be_read(placed))
    }

    /// Whoever may find but not read something does not get it here.
    fn to_be_read(&self, mut placed: Vec<Placed>) -> Vec<Placed> {
        let access = self.access;
        placed.retain(|p| access.decide(Action::Read, &p.stored.facts()).permits());
        placed
    }

    /// What resources on a page point to that is in no compartment of that kind: the people,
    /// places and substances that a record rests on.
    async fn support(
        &self,
        asked: &Everything,
        members: &[ResourceType],
        matches: &[Placed],
    ) -> Result<Vec<Placed>> {
        let listed: BTreeSet<ResourceType> = match asked.compartment {
            ResourceType::PATIENT => compartment_types(asked.compartment),
            _ => members.iter().copied().collect(),
        };
        let mut known: HashSet<i64> = matches.iter().map(|m| m.stored.rid).collect();
        let mut included: Vec<Placed> = Vec::new();
        let mut from = 0;
        for round in 0..SUPPORT_ROUNDS {
            let sources: Vec<&Placed> = match round {
                0 => matches.iter().collect(),
                _ => included.iter().skip(from).collect(),
            };
            let wanted = self.pointed_to(asked, &listed, &sources).await?;
            from = included.len();
            let found = self
                .placed_by_id(wanted, asked.included_max + known.len() + 1)
                .await?;
            included.extend(found.into_iter().filter(|f| known.insert(f.stored.rid)));
            if included.len() > asked.included_max {
                return Err(Error::TooCostly(format!(
                    "a page brings along more than {} resources; ask for a smaller _count",
                    asked.included_max
                )));
            }
        }
        Ok(included)
    }

    async fn pointed_to(
        &self,
        asked: &Everything,
        listed: &BTreeSet<ResourceType>,
        sources: &[&Placed],
    ) -> Result<BTreeMap<ResourceType, HashSet<String>>> {
        let mut wanted: BTreeMap<ResourceType, HashSet<String>> = BTreeMap::new();
        // What is redacted may point to what its reader is not told of.
        let whole = sources.iter().filter(|p| p.redaction.is_none());
        let rids: Vec<i64> = whole.map(|p| p.stored.rid).collect();
        if rids.is_empty() {
            return Ok(wanted);
        }
        let db = &self.storage.inner.db;
        for row in db.fetch_all(include::any_targets(db, rids)).await? {
            let Some(target) = ResourceType::from_name(row.str(0)?) else {
                continue;
            };
            let supports = !listed.contains(&target) && target != ResourceType::BINARY;
            if supports && asked.wants(target) {
                wanted.entry(target).or_default().insert(row.text(1)?);
            }
        }
        Ok(wanted)
    }

    async fn placed_by_id(
        &self,
        wanted: BTreeMap<ResourceType, HashSet<String>>,
        limit: usize,
    ) -> Result<Vec<Placed>> {
        let wanted: Vec<(ResourceType, Vec<String>, Rows)> = wanted
            .into_iter()
            .map(|(t, ids)| (t, ids.into_iter().collect(), self.visible(Action::Read, t)))
            .filter(|(_, _, rows)| !rows.clauses.is_empty())
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let inner = &self.storage.inner;
        let now = self.access.now().as_microsecond();
        let found = inner
            .db
            .fetch_all(include::by_id(&inner.db, &wanted, now, limit));
        self.place(Action::Read, inner.stored(&found.await?).await?)
    }

    async fn audit_everything(&self, asked: &Everything, matches: &[Placed]) {
        let named = match asked.compartment {
            ResourceType::PATIENT => asked.id.as_deref(),
            _ => None,
        };
        let mut patients: BTreeSet<_> = matches
            .iter()
            .filter_map(|m| m.stored.owner.clone())
            .collect();
        if let Some(named) = named {
            patients = BTreeSet::from([named.into()]);
        }
        let record = audit::Record {
            at: self.access.now().as_microsecond(),
            action: asked.action,
            permitted: !matches.is_empty(),
            reason: if matches.is_empty() {
                "NOTHING_VISIBLE"
            } else {
                "SEARCH"
            }
            .into(),
            patient: None,
            entity: Some(match &asked.id {
                Some(id) => format!("{}/{id}", asked.compartment),
                None => asked.compartment.name().to_owned(),
            }),
            query: Some(asked.shown.clone()).filter(|shown| !shown.is_empty()),
            request_id: None,
            suspended_until: None,
        };
        let whose = patients.into_iter().map(Some);
        let whose: Vec<_> = match whose.len() {
            0 => vec![None],
            _ => whose.collect(),
        };
        for patient in whose {
            let record = audit::Record {
                patient,
                ..record.clone()
            };
            self.storage.inner.record(self.access, record).await;
        }
    }
}

fn compartment_types(of: ResourceType) -> BTreeSet<ResourceType> {
    let members = compartment::members(of).unwrap_or(&[]);
    let mut types: BTreeSet<_> = members.iter().map(|(member, _)| *member).collect();
    types.insert(of);
    types
}

/// Writes `SELECT … FROM resource r WHERE` the row is of the type and in the compartment; `None`
/// where no resource of the type can be.
fn candidates(db: &Db, asked: &Everything, member: ResourceType) -> Option<Statement> {
    let mut s = Statement::new("SELECT ");
    s.push(COLUMNS).push(" FROM resource r WHERE r.type = ");
    s.push_bind(member.name());
    let of_patient = asked.compartment == ResourceType::PATIENT;
    let Some(id) = &asked.id else {
        s.push(" AND r.owner IS NOT NULL");
        return of_patient.then_some(s);
    };
    if member == asked.compartment {
        s.push(" AND r.id = ").push_bind(id);
        return Some(s);
    }
    let codes = compartment::params(asked.compartment, member).unwrap_or(&[]);
    let params = codes
        .iter()
        .filter_map(|code| definitions::param(member, code));
    let params: Vec<i64> = params.map(|param| i64::from(param.id.0)).collect();
    if params.is_empty() && !of_patient {
        return None;
    }
    s.push(" AND r.rid IN (");
    if of_patient {
        s.push("SELECT o.rid FROM resource o WHERE o.owner = ")
            .push_bind(id);
        s.push(" AND o.type = ").push_bind(member.name());
    }
    if !params.is_empty() {
        s.push(if of_patient { " UNION " } else { "" });
        s.push("SELECT x.rid FROM ix_reference x WHERE x.target = ")
            .push_bind(id);
        s.push(" AND x.type = ").push_bind(asked.compartment.name());
        let params = s.number(params);
        s.push(" AND ").push(&db.in_list("x.param", params));
    }
    s.push(")");
    Some(s)
}

/// The parameter whose dates say when care was; a birthday says nothing of the kind.
fn date_of_care(resource_type: ResourceType) -> Option<i64> {
    let code = index::sort_key_param(resource_type).filter(|code| *code != "birthdate")?;
    let param = definitions::param(resource_type, code)?;
    Some(i64::from(param.id.0))
}

/// Writes that a row's dates of care meet the range, or that it has none.
fn in_dates(s: &mut Statement, param: i64, asked: &Everything) {
    let end = asked.end.map_or(i64::MAX, Timestamp::as_microsecond);
    let start = asked.start.map_or(i64::MIN, Timestamp::as_microsecond);
    let param = s.number(param);
    s.push(" AND (EXISTS (SELECT 1 FROM ix_date x WHERE x.rid = r.rid AND x.param = ");
    s.push_number(param).push(" AND x.low < ").push_bind(end);
    s.push(" AND x.high > ").push_bind(start);
    s.push(") OR NOT EXISTS (SELECT 1 FROM ix_date x WHERE x.rid = r.rid AND x.param = ");
    s.push_number(param).push("))");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_position_is_a_type_and_a_row() {
        let (resource_type, rid) = read_cursor("Patient.17").unwrap();
        assert_eq!((resource_type, rid), (ResourceType::PATIENT, 17));
        for odd in ["", "Patient", "Nope.1", "Patient.x", ".1"] {
            assert!(read_cursor(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_birthday_is_no_date_of_care() {
        assert_eq!(date_of_care(ResourceType::PATIENT), None);
        assert!(date_of_care(ResourceType::OBSERVATION).is_some());
    }
}
