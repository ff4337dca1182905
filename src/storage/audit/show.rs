//! Compact rows as AuditEvent resources (R4 6.4, shaped after IHE BALP), made when somebody asks
//! for them.
//!
//! An event's resource has an id of its own number, so that making it twice makes it once.

use std::sync::Arc;

use access::{
    Access, Task,
    vocabulary::{BASE, CONSENT_BASIS},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use fhir::{Document, ResourceType, datetime::instant, json::quote, validate::validate};
use jiff::Timestamp;

use super::Action;
use super::codes::{self, Told};
use super::log::TICKET;
use crate::{
    Change, Error, Inner, Result, Storage, WriteFaultKind,
    db::{Row, timestamp},
    sql::Statement,
};

/// Events shown at one asking, at most; who asks again sees more.
const EVENTS_MAX: i64 = 2_000;
/// Events written in one list.
const EVENTS_PER_LIST: usize = 200;
/// How often a list is begun again because another node made the same resources.
const TRIES_MAX: usize = 3;

/// Ids of the resources: this and the number of the event.
const ID_PREFIX: &str = "audit-";

impl Storage {
    /// Makes AuditEvent resources of the newest events that have none yet. To be called before
    /// AuditEvents are searched or read.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn show_audit(&self, access: &Access, which: Which<'_>) -> Result<()> {
        let inner = &self.inner;
        inner.audit.flush(&inner.db).await?;
        // One at a time here; other nodes meet at the ids.
        let _turn = inner.showing.lock().await;
        let events = inner.pending_events(which, access.now()).await?;
        for list in events.chunks(EVENTS_PER_LIST) {
            self.make_resources(access, list).await?;
            let shown = list.iter().map(|event| event.seq).collect::<Vec<_>>();
            let sql = format!(
                "UPDATE audit SET shown = 1 WHERE {}",
                inner.db.in_list("seq", 1)
            );
            inner.db.execute(Statement::made(sql).bind(shown)).await?;
        }
        Ok(())
    }

    async fn make_resources(&self, access: &Access, events: &[Pending]) -> Result<()> {
        let pack = access.pack().clone();
        let chore = Access::for_task(Task::Audit, pack, access.now());
        for _ in 0..TRIES_MAX {
            let names: Vec<(ResourceType, Arc<str>)> = events
                .iter()
                .map(|event| (ResourceType::AUDIT_EVENT, event.id().into()))
                .collect();
            let there = self.inner.load(&names).await?;
            let mut changes = Vec::with_capacity(events.len());
            for event in events {
                let id = event.id();
                if there.iter().any(|row| *row.id == *id) {
                    continue;
                }
                match event.change(id) {
                    Ok(change) => changes.push(change),
                    // One event that cannot be shown must not hide all the others.
                    Err(error) => tracing::error!(%error, event = event.seq, "not shown"),
                }
            }
            match self.records(&chore).write(changes).await {
                Err(Error::Write(fault)) if matches!(fault.kind, WriteFaultKind::IdTaken) => {}
                other => return other.map(drop),
            }
        }
        Err(Error::Busy)
    }
}

/// Which events are to be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Which<'a> {
    Any,
    /// Of a patient's chart.
    OfPatient(&'a str),
    One(i64),
}

/// The id of the AuditEvent of an event.
pub(super) fn id(number: i64) -> String {
    format!("{ID_PREFIX}{number}")
}

/// The number of the event an AuditEvent made here is of.
pub(crate) fn number(resource_type: ResourceType, id: &str) -> Option<i64> {
    if resource_type != ResourceType::AUDIT_EVENT {
        return None;
    }
    id.strip_prefix(ID_PREFIX)?.parse().ok()
}

/// An event to be shown.
struct Pending {
    seq: i64,
    at: i64,
    action: Action,
    permitted: bool,
    reason: String,
    patient: Option<String>,
    entity: Option<String>,
    query: Option<String>,
    request_id: Option<String>,
    who: String,
    display: String,
    on_behalf_of: Option<String>,
    account: Option<String>,
    client_id: Option<String>,
    client_name: Option<String>,
    grant: Option<String>,
    purpose: Option<String>,
    ticket: Option<String>,
}

impl Inner {
    async fn pending_events(&self, which: Which<'_>, now: Timestamp) -> Result<Vec<Pending>> {
        let mut statement = Statement::new(
            "SELECT e.seq, e.at, e.action, e.permitted, e.reason, e.patient, e.entity, e.query, \
             e.request_id, a.who, a.display, a.on_behalf_of, a.account, a.client_id, c.name, \
             a.grant_id, a.purpose, ",
        );
        statement.push(TICKET).push(
            " FROM audit e JOIN audit_agent a ON a.id = e.agent \
             LEFT JOIN client c ON c.id = a.client_id WHERE e.shown = 0 \
             AND (e.suspended_until IS NULL OR e.suspended_until <= ",
        );
        statement.push_bind(now).push(")");
        match which {
            Which::Any => {}
            Which::OfPatient(patient) => {
                statement.push(" AND e.patient = ").push_bind(patient);
            }
            Which::One(number) => {
                statement.push(" AND e.seq = ").push_bind(number);
            }
        }
        statement
            .push(" ORDER BY e.seq DESC LIMIT ")
            .push_bind(EVENTS_MAX);
        let rows = self.db.fetch_all(statement).await?;
        rows.iter().rev().map(pending).collect()
    }
}

fn pending(row: &Row) -> Result<Pending> {
    Ok(Pending {
        seq: row.int(0)?,
        at: row.int(1)?,
        action: Action::from_number(row.int(2)?).ok_or_else(|| corrupt("an unknown action"))?,
        permitted: row.flag(3)?,
        reason: row.text(4)?,
        patient: row.opt_text(5)?,
        entity: row.opt_text(6)?,
        query: row.opt_text(7)?,
        request_id: row.opt_text(8)?,
        who: row.text(9)?,
        display: row.text(10)?,
        on_behalf_of: row.opt_text(11)?,
        account: row.opt_text(12)?,
        client_id: row.opt_text(13)?,
        client_name: row.opt_text(14)?,
        grant: row.opt_text(15)?,
        purpose: row.opt_text(16)?,
        ticket: row.opt_text(17)?,
    })
}

fn corrupt(what: &str) -> Error {
    Error::Corrupt {
        table: "audit",
        what: what.to_owned(),
    }
}

const RESTFUL: &str = "http://hl7.org/fhir/restful-interaction";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const SOURCE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

/// Search parameters that say whose rows and how to show them, not what is in them.
const WHOSE_OR_HOW: [&str; 14] = [
    "patient",
    "subject",
    "beneficiary",
    "_count",
    "_sort",
    "_total",
    "_summary",
    "_elements",
    "_format",
    "_pretty",
    "_include",
    "_revinclude",
    "_lastUpdated",
    "_cursor",
];

/// Emergency access begun (DICOM CID 403).
fn emergency() -> (String, String, char) {
    let kind = coding(DICOM, "110113", "Security Alert");
    let subtype = coding(DICOM, "110127", "Emergency Override Started");
    (kind, subtype, 'E')
}

/// A Coding.
fn coding(system: &str, code: &str, display: &str) -> String {
    format!(
        r#"{{"system":{},"code":{},"display":{}}}"#,
        quote(system),
        quote(code),
        quote(display)
    )
}

impl Pending {
    fn id(&self) -> String {
        id(self.seq)
    }

    fn change(&self, id: String) -> Result<Change> {
        let document =
            Document::parse(self.json()?).map_err(|fault| corrupt(&fault.to_string()))?;
        let valid = validate(document).map_err(|issues| {
            let first = issues.into_iter().next().map(|issue| issue.diagnostics);
            corrupt(&first.unwrap_or_default())
        })?;
        Ok(Change::Create {
            valid,
            id: Some(id),
        })
    }

    fn json(&self) -> Result<String> {
        let (kind, subtype, action) = self.codes();
        let recorded = instant(timestamp(self.at)?);
        let says = !self.permitted || self.action.tells_why();
        let description = match says {
            true => format!(r#","outcomeDesc":{}"#, quote(&self.reason)),
            false => String::new(),
        };
        let outcome = if self.permitted { "0" } else { "4" };
        let purpose = self.purpose.as_deref().map_or(String::new(), |purpose| {
            format!(
                r#","purposeOfEvent":[{{"coding":[{{"system":{},"code":{}}}]}}]"#,
                quote(ACT_REASON),
                quote(purpose)
            )
        });
        let entities = self.entities();
        let entities = if entities.is_empty() {
            String::new()
        } else {
            format!(r#","entity":[{}]"#, entities.join(","))
        };
        let guard =
            if self.patient.is_some() && searches_for_something(&self.who, self.query.as_deref()) {
                format!(
                    r#","extension":[{{"url":{},"valueCode":"minor:unknown"}}]"#,
                    quote(CONSENT_BASIS)
                )
            } else {
                String::new()
            };
        let head = format!(
            r#""resourceType":"AuditEvent"{guard},"type":{kind},"subtype":[{subtype}],"action":"{action}""#
        );
        let outcome = format!(r#""outcome":"{outcome}"{description}{purpose}"#);
        let agents = self.agents().join(",");
        let source = format!(
            r#""source":{{"observer":{{"display":"Kinchart"}},"type":[{}]}}"#,
            coding(SOURCE_TYPE, "4", "Application Server"),
        );
        let recorded = format!(r#""recorded":"{recorded}""#);
        Ok(format!(
            r#"{{{head},{recorded},{outcome},"agent":[{agents}],{source}{entities}}}"#
        ))
    }

    /// Type, subtype and action.
    fn codes(&self) -> (String, String, char) {
        let of_dicom = |code: &str, display: &str| coding(DICOM, code, display);
        let own = |code: &str, display: &str| {
            let system = format!("{BASE}/CodeSystem/audit-subtype");
            coding(&system, code, display)
        };
        let user = || of_dicom("110114", "User Authentication");
        let export = || of_dicom("110106", "Export");
        match codes::of(self.action) {
            Told::Rest(code, action) => {
                let kind = coding(EVENT_TYPE, "rest", "RESTful Operation");
                (kind, coding(RESTFUL, code, code), action)
            }
            Told::SignIn(code, display) => (user(), of_dicom(code, display), 'E'),
            Told::Own(code, display) => (user(), own(code, display), 'E'),
            Told::Role(code, display) => {
                let kind = of_dicom("110113", "Security Alert");
                (kind, own(code, display), 'E')
            }
            Told::Export => (export(), coding(RESTFUL, "operation", "operation"), 'E'),
            Told::Emergency => emergency(),
            Told::Left(code, display) => (export(), own(code, display), 'R'),
        }
    }

    fn agents(&self) -> Vec<String> {
        let policy = self.grant.as_deref().map_or(String::new(), |grant| {
            format!(r#","policy":[{}]"#, quote(&format!("{BASE}/grant/{grant}")))
        });
        let account = optional("altId", self.account.as_deref());
        let name = optional(
            "name",
            Some(self.display.as_str()).filter(|d| !d.is_empty()),
        );
        let who = reference(&self.who, &self.display);
        let kind = coding(PARTICIPATION, "IRCP", "information recipient");
        let mut agents = vec![format!(
            r#"{{"type":{{"coding":[{kind}]}}{who}{account}{name},"requestor":true{policy}}}"#
        )];
        if let Some(patient) = &self.on_behalf_of {
            agents.push(format!(
                r#"{{"type":{{"text":"on behalf of"}}{},"requestor":false}}"#,
                reference(patient, "")
            ));
        }
        if let Some(client) = &self.client_id {
            let kind = coding(DICOM, "110150", "Application");
            let who = format!(r#""who":{{"identifier":{{"value":{}}}}}"#, quote(client));
            let name = optional("name", self.client_name.as_deref());
            agents.push(format!(
                r#"{{"type":{{"coding":[{kind}]}},{who}{name},"requestor":false}}"#
            ));
        }
        agents
    }

    fn entities(&self) -> Vec<String> {
        let entity = |what: &str, kind: (&str, &str), role: (&str, &str), rest: &str| {
            format!(
                r#"{{{what}"type":{},"role":{}{rest}}}"#,
                coding(ENTITY_TYPE, kind.0, kind.1),
                coding(OBJECT_ROLE, role.0, role.1)
            )
        };
        let object = ("2", "System Object");
        let mut entities = Vec::new();
        let patient = self.patient.as_ref().map(|id| format!("Patient/{id}"));
        if let Some(patient) = &patient {
            let what = format!(r#""what":{{"reference":{}}},"#, quote(patient));
            entities.push(entity(&what, ("1", "Person"), ("1", "Patient"), ""));
        }
        let is_instance =
            |entity: &&String| entity.contains('/') && Some(*entity) != patient.as_ref();
        if let Some(target) = self.entity.as_ref().filter(is_instance) {
            let what = format!(r#""what":{{"reference":{}}},"#, quote(target));
            entities.push(entity(&what, object, ("4", "Domain Resource"), ""));
        }
        if let Some(query) = &self.query {
            let text = match &self.entity {
                Some(kind) if !kind.contains('/') => format!("{kind}?{query}"),
                _ => query.clone(),
            };
            let rest = format!(r#","query":"{}""#, STANDARD.encode(text));
            entities.push(entity("", object, ("24", "Query"), &rest));
        }
        if let Some(number) = &self.ticket {
            let system = format!("{BASE}/NamingSystem/ticket");
            let (system, number) = (quote(&system), quote(number));
            let what =
                format!(r#""what":{{"identifier":{{"system":{system},"value":{number}}}}},"#);
            entities.push(entity(&what, object, ("20", "Job"), ""));
        }
        if let Some(request) = &self.request_id {
            let what = format!(r#""what":{{"identifier":{{"value":{}}}}},"#, quote(request));
            let transaction = ("26", "Processing Element");
            entities.push(entity(&what, object, transaction, ""));
        }
        entities
    }
}

/// Whether somebody of the house searched a chart for something in it. What the search was for may be
/// care that a minor consented to alone, so parents are not to see it.
pub(super) fn searches_for_something(who: &str, query: Option<&str>) -> bool {
    let own = ["Patient/", "RelatedPerson/", "Person/"];
    if own.iter().any(|own| who.starts_with(own)) {
        return false;
    }
    let pairs = query.unwrap_or_default().split('&');
    pairs
        .filter_map(|pair| pair.split('=').next())
        .any(|name| !name.is_empty() && !WHOSE_OR_HOW.contains(&name))
}

fn optional(name: &str, value: Option<&str>) -> String {
    value
        .filter(|value| !value.is_empty())
        .map_or(String::new(), |value| {
            format!(r#","{name}":{}"#, quote(value))
        })
}

/// What R4 lets `AuditEvent.agent.who` refer to; a Person (the login of a proxy) can only be named.
const AGENTS: [&str; 6] = [
    "Device",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "RelatedPerson",
];

/// A `who`: a reference where there is something to refer to, a name otherwise.
fn reference(to: &str, display: &str) -> String {
    let mut members = Vec::new();
    match to.split_once('/') {
        Some((kind, _)) if AGENTS.contains(&kind) => {
            members.push(format!(r#""reference":{}"#, quote(to)));
        }
        Some(_) => members.push(format!(r#""identifier":{{"value":{}}}"#, quote(to))),
        None => {}
    }
    if !display.is_empty() {
        members.push(format!(r#""display":{}"#, quote(display)));
    }
    if members.is_empty() {
        return String::new();
    }
    format!(r#","who":{{{}}}"#, members.join(","))
}
