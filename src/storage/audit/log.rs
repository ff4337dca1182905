//! The access log of a chart, as whoever may read it reads it.

use std::collections::HashMap;
use std::sync::Arc;

use access::{Access, Actor, Facet, ResourceFacts};
use fhir::ResourceType;
use fhir::reference::Reference;
use jiff::Timestamp;

use super::{Action, Record, show};
use crate::clients::Kind as ClientKind;
use crate::{Error, Records, Result, db::Row, records::stored::Stored, sql::Statement};

/// Lines in one answer, at most.
const LINES_MAX: i64 = 500;
/// How many times more rows are looked at when some of them are not for the reader.
const ROUNDS_MAX: usize = 20;

/// Whose deeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The patient, without an app of somebody else's.
    Patient,
    /// Whoever acts for the patient.
    Proxies,
    Staff,
    /// Apps that do not belong to the organization, whoever uses them.
    Apps,
    Organizations,
    /// Whoever opened a share link, and guests who paid a bill.
    Links,
    /// The house itself and its services.
    System,
}

/// What is asked of a log.
#[derive(Debug, Clone, Default)]
pub struct Asked<'a> {
    pub patient: &'a str,
    pub group: Option<Group>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// The position of the last line already shown.
    pub before: Option<i64>,
    /// Lines, at most 500.
    pub count: i64,
}

/// Some lines of a log, newest first.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub lines: Vec<Line>,
    /// To be given as `before` for the lines that follow, if there may be any.
    pub next: Option<i64>,
}

/// One line of a chart's access log, in plain facts.
#[derive(Debug, Clone)]
pub struct Line {
    pub position: i64,
    pub at: Timestamp,
    pub action: Action,
    pub permitted: bool,
    /// Why it was permitted or refused.
    pub reason: String,
    pub who: String,
    pub display: String,
    /// Of a member of staff, as it was then.
    pub role: Option<String>,
    pub department: Option<String>,
    pub client: Option<String>,
    pub client_name: Option<String>,
    /// The client belongs to the organization.
    pub is_house_client: bool,
    /// The client is a service that nobody sits in front of.
    pub is_service: bool,
    pub purpose: Option<String>,
    /// The number of the ticket for which support had the account open.
    pub ticket: Option<String>,
    pub entity: Option<String>,
    pub query: Option<String>,
    /// Not shown to the patient before.
    pub suspended_until: Option<Timestamp>,
}

impl Line {
    /// The id of the AuditEvent that says the same.
    pub fn event(&self) -> String {
        show::id(self.position)
    }
}

impl Records<'_> {
    /// Who looked at a patient's chart, newest first: the lines whose AuditEvents the caller may
    /// see.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn access_log(&self, asked: &Asked<'_>) -> Result<Log> {
        let inner = &self.storage.inner;
        inner.audit.flush(&inner.db).await?;
        let log = self.lines(asked).await?;
        let record = Record {
            at: self.access.now().as_microsecond(),
            action: Action::Search,
            permitted: true,
            reason: "ACCESS_LOG".into(),
            patient: Some(asked.patient.into()),
            entity: Some(ResourceType::AUDIT_EVENT.name().to_owned()),
            query: None,
            request_id: None,
            suspended_until: None,
        };
        inner.record(self.access, record).await;
        Ok(log)
    }

    async fn lines(&self, asked: &Asked<'_>) -> Result<Log> {
        let inner = &self.storage.inner;
        let count = asked.count.clamp(1, LINES_MAX);
        let wanted = usize::try_from(count).unwrap_or(1);
        let mut log = Log::default();
        let mut before = asked.before.unwrap_or(i64::MAX);
        for _ in 0..ROUNDS_MAX {
            let statement = statement(asked, before, count);
            let rows = inner.db.fetch_all(statement).await?;
            let lines: Vec<Line> = rows.iter().map(line).collect::<Result<_>>()?;
            let full = lines.len() >= wanted;
            let guards = self.guards(&lines).await?;
            for line in lines {
                before = line.position;
                if may_see(self.access, asked.patient, &line, &guards) {
                    log.lines.push(line);
                }
                if log.lines.len() == wanted {
                    log.next = Some(before);
                    return Ok(log);
                }
            }
            if !full {
                return Ok(log);
            }
        }
        log.next = Some(before);
        Ok(log)
    }

    /// One line, if the caller may see it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn access_log_line(&self, patient: &str, position: i64) -> Result<Option<Line>> {
        let asked = Asked {
            patient,
            before: position.checked_add(1),
            count: 1,
            ..Asked::default()
        };
        let log = self.lines(&asked).await?;
        let mut lines = log.lines.into_iter();
        Ok(lines.next().filter(|line| line.position == position))
    }

    /// What the lines are about, as it is stored.
    async fn guards(&self, lines: &[Line]) -> Result<HashMap<String, Arc<Stored>>> {
        let mut names: Vec<(ResourceType, Arc<str>)> = Vec::new();
        for line in lines {
            if let Some((resource_type, id)) = instance(line)
                && !names.contains(&(resource_type, id.as_str().into()))
            {
                names.push((resource_type, id.into()));
            }
        }
        let rows = self.storage.inner.load(&names).await?;
        let named = rows.into_iter().map(|row| (row.reference(), row));
        Ok(named.collect())
    }
}

/// The resource a line is about.
fn instance(line: &Line) -> Option<(ResourceType, String)> {
    match Reference::parse(line.entity.as_deref()?, None) {
        Reference::Local {
            resource_type, id, ..
        } => Some((resource_type, id)),
        _ => None,
    }
}

/// Whether the AuditEvent of a line would be shown: it is guarded by what it tells about.
fn may_see(
    access: &Access,
    patient: &str,
    line: &Line,
    guards: &HashMap<String, Arc<Stored>>,
) -> bool {
    let standing = access.standing();
    let is_suspended = line.suspended_until.is_some_and(|at| access.now() < at);
    if is_suspended && !matches!(standing.actor, Actor::Staff(_)) {
        return false;
    }
    let mut facet = Facet::plain(ResourceType::AUDIT_EVENT);
    let mut hold_until = None;
    match instance(line) {
        Some((ResourceType::PATIENT, _)) | None => {}
        Some((resource_type, id)) => match guards.get(&format!("{resource_type}/{id}")) {
            Some(row) => {
                facet.inherit(&row.facet);
                hold_until = row.hold_until;
            }
            // Nobody knows any more what it was guarded by.
            None => facet.minor_consented = true,
        },
    }
    if show::searches_for_something(&line.who, line.query.as_deref()) {
        facet.minor_consented = true;
    }
    let facts = ResourceFacts {
        hold_until,
        ..ResourceFacts::some(&facet, patient)
    };
    access.decide(access::Action::Search, &facts).permits()
}

const COLUMNS: &str = "e.seq, e.at, e.action, e.permitted, e.reason, e.entity, e.query, \
     e.suspended_until, a.who, a.display, a.role, a.department, a.purpose, a.client_id, c.name, \
     c.first_party, c.kind";

/// The ticket for which an account was open to whoever acted, when they did.
pub(super) const TICKET: &str = "(SELECT v.number FROM ticket_view v WHERE v.grant_id = a.grant_id \
     AND v.patient = e.patient AND v.opened <= e.at AND e.at < COALESCE(v.ended, v.expires) \
     ORDER BY v.opened DESC LIMIT 1) AS ticket";

fn statement(asked: &Asked<'_>, before: i64, count: i64) -> Statement {
    let mut s = Statement::default();
    let patient = s.number(asked.patient);
    let before = s.number(before);
    let count = s.number(count);
    let group = asked.group.map(|group| condition(group, &mut s, asked));
    let from = asked.from.map(|at| s.number(at));
    let until = asked.until.map(|at| s.number(at));
    // The index is by `shown` too: each half is read in its order, and the two are merged.
    let half = |s: &mut Statement, shown: u8| {
        s.push(&format!(
            "SELECT * FROM (SELECT {COLUMNS}, {TICKET} FROM audit e JOIN audit_agent a ON a.id = e.agent \
             LEFT JOIN client c ON c.id = a.client_id \
             WHERE e.patient = ${patient} AND e.shown = {shown} AND e.seq < ${before}"
        ));
        if let Some(group) = &group {
            s.push(" AND ").push(group);
        }
        if let Some(from) = from {
            s.push(&format!(" AND e.at >= ${from}"));
        }
        if let Some(until) = until {
            s.push(&format!(" AND e.at < ${until}"));
        }
        s.push(&format!(" ORDER BY e.seq DESC LIMIT ${count}) h{shown}"));
    };
    half(&mut s, 0);
    s.push(" UNION ALL ");
    half(&mut s, 1);
    s.push(&format!(" ORDER BY 1 DESC LIMIT ${count}"));
    s
}

/// Those who come without an account.
const VISITORS: &str = "(a.who LIKE 'Device/link-%' OR a.who = 'Device/guest')";

/// Which lines are of a group.
fn condition(group: Group, s: &mut Statement, asked: &Asked<'_>) -> String {
    const OUTSIDE: &str = "(c.id IS NOT NULL AND c.first_party = 0 AND c.kind <> 'backend')";
    match group {
        Group::Patient => {
            let own = s.number(format!("Patient/{}", asked.patient));
            format!("a.who = ${own} AND NOT COALESCE({OUTSIDE}, 1 = 0)")
        }
        Group::Proxies => {
            let own = s.number(format!("Patient/{}", asked.patient));
            format!(
                "(a.who LIKE 'RelatedPerson/%' OR a.who LIKE 'Person/%' \
                 OR (a.who LIKE 'Patient/%' AND a.who <> ${own}))"
            )
        }
        Group::Staff => "a.who LIKE 'Practitioner%'".to_owned(),
        Group::Apps => OUTSIDE.to_owned(),
        Group::Organizations => "a.who LIKE 'Organization/%'".to_owned(),
        Group::Links => VISITORS.to_owned(),
        Group::System => format!("((a.who LIKE 'Device/%' OR a.who = '') AND NOT {VISITORS})"),
    }
}

fn line(row: &Row) -> Result<Line> {
    let kind = row.opt_text(16)?.and_then(|kind| ClientKind::parse(&kind));
    Ok(Line {
        position: row.int(0)?,
        at: row.time(1)?,
        action: Action::from_number(row.int(2)?).ok_or_else(|| Error::Corrupt {
            table: "audit",
            what: "an unknown action".to_owned(),
        })?,
        permitted: row.flag(3)?,
        reason: row.text(4)?,
        entity: row.opt_text(5)?,
        query: row.opt_text(6)?,
        suspended_until: row.opt_time(7)?,
        who: row.text(8)?,
        display: row.text(9)?,
        role: row.opt_text(10)?,
        department: row.opt_text(11)?,
        purpose: row.opt_text(12)?,
        client: row.opt_text(13)?,
        client_name: row.opt_text(14)?,
        is_house_client: row.opt_int(15)? == Some(1),
        is_service: kind == Some(ClientKind::Backend),
        ticket: row.opt_text(17)?,
    })
}
