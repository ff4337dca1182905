//! A caller's standing: every fact about who asks, loaded once per token and kept until one of them
//! changes.

use crate::actor::{RelationshipKind, RelationshipStatus};
use crate::consent::{ConsentKind, kind_of};
pub use crate::consent::{consent_fact, consent_facts, is_frame};
use crate::time::{end_instant, start_instant};
use crate::vocabulary::{FLAG, PROXY_LEVEL, PROXY_RELATIONSHIP, RESTRICTS};
use crate::{Actor, Client, ConsentFact, PatientFacts, Relationship};
use fhir::Element;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who asks, through what, for whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub actor: Actor,
    pub client: Option<Client>,
    /// The patient in context (self, or the one a proxy acts for); `None` for staff and systems.
    pub patient: Option<PatientFacts>,
    pub relationship: Option<Relationship>,
    /// Consents of the patient in context.
    pub consents: Vec<ConsentFact>,
    /// For staff, systems and organizations: patients whose facts or consents change the answer.
    pub others: BTreeMap<String, (PatientFacts, Vec<ConsentFact>)>,
    /// The same person in the charts of others they act for, where the token lets them change from
    /// one to another: each with its own client, relationship and consents.
    pub charts: Vec<Arc<Standing>>,
    pub agent: Agent,
}

impl Standing {
    /// Somebody without a patient in context.
    pub fn bare(actor: Actor, client: Option<Client>, agent: Agent) -> Self {
        Self {
            actor,
            client,
            patient: None,
            relationship: None,
            consents: Vec::new(),
            others: BTreeMap::new(),
            charts: Vec::new(),
            agent,
        }
    }
}

/// How the caller is named in AuditEvent and Provenance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Agent {
    /// `Patient/1`, `RelatedPerson/2`, `Practitioner/3`, `Device/…`
    pub who: String,
    pub display: String,
    pub on_behalf_of: Option<String>,
    pub account: Option<String>,
    pub client_id: Option<String>,
    pub grant: Option<String>,
    pub purpose_of_use: Option<String>,
    /// Of a member of staff: the role, and the department in words, as they are now.
    pub role: Option<String>,
    pub department: Option<String>,
}

pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

pub(crate) fn owned(element: Element<'_>, path: &str) -> Option<String> {
    element
        .text_at(path)
        .map(std::borrow::Cow::into_owned)
        .filter(|text| !text.is_empty())
}

/// The id at the end of a reference, if it is to that type.
pub(crate) fn id_of<'t>(reference: &'t str, type_name: &str) -> Option<&'t str> {
    let mut parts = reference.rsplit('/');
    let id = parts.next()?;
    (parts.next()? == type_name).then_some(id)
}

/// The house code of an active Flag.
fn active_flag(flag: Element<'_>) -> Option<String> {
    if flag.text_at("status").as_deref() != Some("active") {
        return None;
    }
    flag.all("code.coding")
        .into_iter()
        .find(|coding| coding.text_at("system").as_deref() == Some(FLAG))
        .and_then(|coding| owned(coding, "code"))
}

/// Patient resource (+ its Flags) → facts.
pub fn patient_facts(patient: Element<'_>, flags: &[Element<'_>]) -> PatientFacts {
    let deceased = patient
        .first("deceasedBoolean")
        .and_then(Element::bool)
        .unwrap_or(false)
        || patient.get("deceasedDateTime").is_some();
    let has = |code: &str| {
        flags
            .iter()
            .any(|&flag| active_flag(flag).as_deref() == Some(code))
    };
    PatientFacts {
        id: owned(patient, "id").unwrap_or_default(),
        birth_date: owned(patient, "birthDate"),
        deceased,
        emancipated: has("emancipated"),
        proxies_terminated: has("proxies-terminated"),
    }
}

/// Start and end of a Period, half-open.
pub(crate) fn period(
    element: Option<Element<'_>>,
    zone: &TimeZone,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let Some(period) = element else {
        return (None, None);
    };
    // A start or end that cannot be read closes the period: deny is the safe side.
    let start = period
        .text_at("start")
        .map(|text| start_instant(&text, zone).unwrap_or(Timestamp::MAX));
    let end = period
        .text_at("end")
        .map(|text| end_instant(&text, zone).unwrap_or(Timestamp::MIN));
    (start, end)
}

/// The kind of relationship: our extension, else the v3-RoleCode.
fn kind(related_person: Element<'_>) -> RelationshipKind {
    let stated = related_person
        .extension(PROXY_RELATIONSHIP)
        .and_then(|extension| owned(extension, "valueCode"));
    if let Some(kind) = stated.as_deref().and_then(RelationshipKind::from_code) {
        return kind;
    }
    let codes = related_person.all("relationship.coding.code");
    let has = |wanted: &[&str]| {
        codes
            .iter()
            .any(|code| code.str().is_some_and(|code| wanted.contains(&&*code)))
    };
    const PARENTS: &[&str] = &[
        "PRN", "MTH", "FTH", "NMTH", "NFTH", "ADOPTP", "ADOPTM", "ADOPTF", "STPPRN", "STPMTH",
        "STPFTH", "NPRN", "PRNFOST", "MTHFOST", "FTHFOST", "GESTM",
    ];
    if has(&["EXEC", "ADMINEST", "EXCEST"]) {
        RelationshipKind::EstateRepresentative
    } else if has(&["POWATT", "DPOWATT", "HPOWATT", "SPOWATT"]) {
        RelationshipKind::PersonalRepresentative
    } else if has(PARENTS) {
        RelationshipKind::Parent
    } else if has(&["GUARD"]) {
        RelationshipKind::Guardian
    } else {
        RelationshipKind::Adult
    }
}

/// Whether a proxy Consent names this RelatedPerson.
fn names(consent: Element<'_>, related_person: &str) -> bool {
    kind_of(consent) == Some(ConsentKind::Proxy)
        && consent
            .all("provision.actor.reference.reference")
            .into_iter()
            .filter_map(Element::str)
            .any(|text| id_of(&text, "RelatedPerson") == Some(related_person))
}

/// Of several Consents the one that counts: an active one before one proposed before one ended,
/// then the latest.
fn weight<'d>(consent: Element<'d>) -> (u8, Option<std::borrow::Cow<'d, str>>) {
    let rank = match consent.text_at("status").as_deref() {
        Some("active") => 2,
        Some("draft" | "proposed") => 1,
        _ => 0,
    };
    (rank, consent.text_at("dateTime"))
}

/// RelatedPerson + the proxy Consents naming it + the patient's Flags → relationship.
pub fn relationship(
    related_person: Element<'_>,
    consents: &[Element<'_>],
    flags: &[Element<'_>],
    tz: &str,
) -> Relationship {
    let zone = zone(tz);
    let id = owned(related_person, "id").unwrap_or_default();
    let kind = kind(related_person);
    let consent = consents
        .iter()
        .copied()
        .filter(|&consent| names(consent, &id))
        .max_by(|&a, &b| weight(a).cmp(&weight(b)));
    let provision = consent.and_then(|c| c.get("provision"));
    let (start, end) = period(related_person.get("period"), &zone);
    let (consent_start, consent_end) = period(provision.and_then(|p| p.get("period")), &zone);
    let restricting = |code: &str| {
        flags.iter().any(|&flag| {
            active_flag(flag).as_deref() == Some(code)
                && flag.extension(RESTRICTS).is_none_or(|extension| {
                    owned(extension, "valueReference.reference")
                        .is_none_or(|text| id_of(&text, "RelatedPerson") == Some(id.as_str()))
                })
        })
    };
    let mut status = status(related_person, consent, kind);
    if restricting("safety-block") {
        // Shown as an ordinary end: the block itself must not be learned (45 CFR 164.502(g)(5)).
        status = RelationshipStatus::Revoked;
    }
    let actions = provision
        .map(|p| p.all("action.coding.code"))
        .unwrap_or_default();
    Relationship {
        kind,
        status,
        level: consent
            .and_then(|c| c.extension(PROXY_LEVEL))
            .and_then(|extension| owned(extension, "valueCode")),
        consented_at: consent
            .and_then(|c| owned(c, "dateTime"))
            .and_then(|text| start_instant(&text, &zone)),
        start: start.max(consent_start),
        end: match (end, consent_end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
        court_restricted: restricting("court-order"),
        exclude_sensitive: provision
            .into_iter()
            .flat_map(|p| p.all("provision"))
            .any(|inner| {
                inner.text_at("type").as_deref() == Some("deny")
                    && inner.get("securityLabel").is_some()
            }),
        read_only: !actions.is_empty()
            && actions
                .iter()
                .all(|code| code.str().as_deref() == Some("access")),
    }
}

fn status(
    related_person: Element<'_>,
    consent: Option<Element<'_>>,
    kind: RelationshipKind,
) -> RelationshipStatus {
    let active = related_person
        .first("active")
        .and_then(Element::bool)
        .unwrap_or(false);
    let consent = consent.and_then(|c| owned(c, "status"));
    match (active, consent.as_deref()) {
        (_, Some("inactive" | "rejected" | "entered-in-error")) => RelationshipStatus::Revoked,
        (_, Some("draft" | "proposed")) => RelationshipStatus::Pending,
        (true, Some("active")) => RelationshipStatus::Active,
        // An adult's proxy stands on that adult's own consent; the others on what the practice
        // verified.
        (true, _) if kind != RelationshipKind::Adult => RelationshipStatus::Active,
        (false, Some("active")) => RelationshipStatus::Ended,
        (false, _) if related_person.first("period.end").is_some() => RelationshipStatus::Ended,
        _ => RelationshipStatus::Pending,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;

    use crate::vocabulary::CONSENT_KIND;

    const TZ: &str = "America/New_York";

    fn document(json: &str) -> Document {
        Document::parse(json).unwrap()
    }
    fn flag(code: &str, more: &str) -> Document {
        document(&format!(
            r#"{{"resourceType":"Flag","status":"active","code":{{"coding":[{{"system":"{FLAG}","code":"{code}"}}]}}{more}}}"#
        ))
    }
    fn proxy_consent(status: &str, more: &str) -> Document {
        document(&format!(
            r#"{{"resourceType":"Consent","status":"{status}","dateTime":"2026-01-10T10:00:00-05:00",
            "category":[{{"coding":[{{"system":"{CONSENT_KIND}","code":"proxy"}}]}}],
            "extension":[{{"url":"{PROXY_LEVEL}","valueCode":"view-all"}}],
            "provision":{{"type":"permit","period":{{"start":"2026-01-10","end":"2026-12-31"}},
              "actor":[{{"reference":{{"reference":"RelatedPerson/r1"}}}}]{more}}}}}"#
        ))
    }

    #[test]
    fn a_patient_is_emancipated_by_an_active_flag_only() {
        let patient = document(r#"{"resourceType":"Patient","id":"p","birthDate":"2010-03"}"#);
        let emancipated = flag("emancipated", "");
        let facts = patient_facts(patient.root(), &[emancipated.root()]);
        assert!(facts.emancipated && !facts.proxies_terminated && !facts.deceased);
        assert_eq!(facts.birth_date.as_deref(), Some("2010-03"));
        let claimed = emancipated.text().replace("\"active\"", "\"inactive\"");
        let claimed = document(&claimed);
        assert!(!patient_facts(patient.root(), &[claimed.root()]).emancipated);
        let dead =
            document(r#"{"resourceType":"Patient","id":"p","deceasedDateTime":"2026-06-01"}"#);
        assert!(patient_facts(dead.root(), &[]).deceased);
    }

    #[test]
    fn an_active_parent_needs_no_consent_and_an_adult_proxy_does() {
        let parent = document(
            r#"{"resourceType":"RelatedPerson","id":"r1","active":true,"relationship":[{"coding":[{"code":"MTH"}]}]}"#,
        );
        let found = relationship(parent.root(), &[], &[], TZ);
        assert_eq!(
            (found.kind, found.status),
            (RelationshipKind::Parent, RelationshipStatus::Active)
        );
        let friend = document(r#"{"resourceType":"RelatedPerson","id":"r1","active":true}"#);
        let found = relationship(friend.root(), &[], &[], TZ);
        assert_eq!(
            (found.kind, found.status),
            (RelationshipKind::Adult, RelationshipStatus::Pending)
        );
    }

    #[test]
    fn an_adult_proxy_stands_on_the_consent_naming_it() {
        let friend = document(r#"{"resourceType":"RelatedPerson","id":"r1","active":true}"#);
        let consent = proxy_consent(
            "active",
            r#","provision":[{"type":"deny","securityLabel":[{"code":"HIV"}]}]"#,
        );
        let found = relationship(friend.root(), &[consent.root()], &[], TZ);
        assert_eq!(found.status, RelationshipStatus::Active);
        assert_eq!(found.level.as_deref(), Some("view-all"));
        assert!(found.exclude_sensitive);
        assert_eq!(found.end, Some("2027-01-01T05:00:00Z".parse().unwrap()));
        let ended = proxy_consent("inactive", "");
        let found = relationship(friend.root(), &[ended.root()], &[], TZ);
        assert_eq!(found.status, RelationshipStatus::Revoked);
        // A new consent counts, whatever was before.
        let found = relationship(friend.root(), &[ended.root(), consent.root()], &[], TZ);
        assert_eq!(found.status, RelationshipStatus::Active);
    }

    #[test]
    fn a_court_order_binds_the_parent_it_names() {
        let parent = document(
            r#"{"resourceType":"RelatedPerson","id":"r1","active":true,"relationship":[{"coding":[{"code":"FTH"}]}]}"#,
        );
        let order = |id: &str| {
            flag(
                "court-order",
                &format!(
                    r#","extension":[{{"url":"{RESTRICTS}","valueReference":{{"reference":"RelatedPerson/{id}"}}}}]"#
                ),
            )
        };
        let (own, other) = (order("r1"), order("r2"));
        assert!(relationship(parent.root(), &[], &[own.root()], TZ).court_restricted);
        assert!(!relationship(parent.root(), &[], &[other.root()], TZ).court_restricted);
    }
}
