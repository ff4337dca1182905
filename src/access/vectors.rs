//! Authorization vectors: decisions written down as JSON, run through the very gates that guard the
//! server.

use crate::actor::{
    Account, Actor, BreakGlass, Client, Relationship, RelationshipKind, RelationshipStatus,
    ShareLink, Staff, Ticket,
};
use crate::decide::{Scene, decide_traced};
use crate::facts::{Confidentiality, ConsentFact, ConsentKind, HoldKind};
use crate::pack::PackError;
use crate::standing::Agent;
use crate::{Action, Facet, Pack, PatientFacts, ResourceFacts, Standing};
use fhir::ResourceType;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use smart::scope::Scopes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The pool a vector's message is routed to; who is `in_pool` is in this one.
const POOL: &str = "pool";

/// What the gates said to one vector. `ok` only where the vector says what it expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VectorResult {
    pub id: String,
    pub effect: &'static str,
    pub reason: &'static str,
    pub http: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
}

/// A file of vectors that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VectorError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("vectors: {0}")]
    Form(String),
}

fn form(text: impl std::fmt::Display) -> VectorError {
    VectorError::Form(text.to_string())
}

/// Runs a JSON array of vectors (or one vector). `packs` is a collection in the form of
/// `profiles/policy/packs.json`;
/// `pack` is for vectors that name none.
///
/// # Errors
/// A text that is no JSON, a vector without what it needs, an unknown pack.
pub fn run(vectors: &str, packs: &str, pack: &str) -> Result<Vec<VectorResult>, VectorError> {
    let parsed: Value = serde_json::from_str(vectors).map_err(form)?;
    let list = match parsed {
        Value::Array(list) => list,
        Value::Object(mut object) => match object.remove("vectors") {
            Some(Value::Array(list)) => list,
            _ => vec![Value::Object(object)],
        },
        _ => return Err(form("not an array of vectors")),
    };
    let mut known: BTreeMap<String, Arc<Pack>> = BTreeMap::new();
    let mut results = Vec::with_capacity(list.len());
    for vector in &list {
        let name = text(vector, "pack").unwrap_or(pack);
        let pack = match known.get(name) {
            Some(pack) => Arc::clone(pack),
            None => {
                let read = Arc::new(Pack::from_json(packs, name)?);
                known.insert(name.to_owned(), Arc::clone(&read));
                read
            }
        };
        results.push(run_one(vector, pack)?);
    }
    Ok(results)
}

fn run_one(vector: &Value, pack: Arc<Pack>) -> Result<VectorResult, VectorError> {
    let id = text(vector, "id").unwrap_or("?").to_owned();
    let now = time(vector, "now").ok_or_else(|| form(format_args!("{id}: now")))?;
    let request = vector
        .get("request")
        .ok_or_else(|| form(format_args!("{id}: request")))?;
    let standing = standing(vector, request, &pack);
    let name = text(request, "type").unwrap_or_default();
    let (effect, reason, http) = match ResourceType::from_name(name) {
        Some(resource_type) => {
            let scene = Scene::new(Arc::new(standing), pack, now);
            let facet = facet(resource_type, request);
            let facts = ResourceFacts {
                facet: &facet,
                id: resource_id(request),
                owner: owner(resource_type, request),
                hold_until: request
                    .get("hold")
                    .and_then(|hold| time(hold, "until").map(Timestamp::as_microsecond)),
                pool: routed_to(vector, request),
                content: crate::Content::Unknown,
            };
            let decision = decide_traced(&scene, action(request), &facts);
            (decision.effect.name(), decision.reason.0, decision.http)
        }
        // A type nobody knows is a type nobody may have.
        None => ("deny", "DENY_TYPE", 404),
    };
    let ok = vector.get("expect").map(|expect| {
        text(expect, "effect").is_none_or(|wanted| wanted == effect)
            && text(expect, "reason").is_none_or(|wanted| wanted == reason)
            && expect
                .get("http")
                .and_then(Value::as_u64)
                .is_none_or(|wanted| wanted == u64::from(http))
    });
    Ok(VectorResult {
        id,
        effect,
        reason,
        http,
        ok,
    })
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}
fn owned(value: &Value, key: &str) -> Option<String> {
    text(value, key)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}
fn flag(value: &Value, key: &str) -> bool {
    flag_or(value, key, false)
}
fn flag_or(value: &Value, key: &str, default: bool) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(default)
}
fn texts(value: &Value, key: &str) -> Vec<String> {
    match value.get(key) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}
/// An instant, or a whole day's start in UTC where only a date is given.
fn time(value: &Value, key: &str) -> Option<Timestamp> {
    crate::time::start_instant(text(value, key)?, &jiff::tz::TimeZone::UTC)
}

fn action(request: &Value) -> Action {
    match text(request, "op") {
        Some("c" | "create") => Action::Create,
        Some("u" | "update") => Action::Update,
        Some("d" | "delete") => Action::Delete,
        Some("s" | "search") => Action::Search,
        _ => Action::Read,
    }
}

fn resource_id(request: &Value) -> &str {
    if flag(request, "self_relationship") {
        return "own";
    }
    text(request, "id").unwrap_or("other")
}

/// Nobody owns a directory entry, whatever the vector says of a subject.
fn owner(resource_type: ResourceType, request: &Value) -> Option<&str> {
    let directory = crate::class::treatment(resource_type)
        .is_some_and(|treatment| treatment.class == crate::class::DataClass::Directory);
    text(request, "subject").filter(|_| !directory)
}

fn routed_to<'v>(vector: &'v Value, request: &'v Value) -> Option<&'v str> {
    let actor = vector.get("actor")?;
    text(request, "pool").or_else(|| {
        let routed = matches!(
            text(request, "type"),
            Some("Communication" | "CommunicationRequest" | "Task")
        );
        (routed && text(actor, "role").is_some()).then_some(POOL)
    })
}

fn facet(resource_type: ResourceType, request: &Value) -> Facet {
    let mut facet = Facet::plain(resource_type);
    facet.categories = texts(request, "category")
        .into_iter()
        .map(|code| with_system(resource_type, code))
        .collect();
    facet.labels = texts(request, "labels");
    facet.labels.sort_unstable();
    facet.confidentiality = text(request, "conf")
        .and_then(Confidentiality::from_code)
        .unwrap_or_default();
    facet.minor_consented = flag(request, "minor_consented");
    facet.minor_released = flag(request, "minor_release_consent");
    facet.hold = request
        .get("hold")
        .filter(|hold| hold.is_object())
        .map(|hold| HoldKind {
            reason: owned(hold, "reason").unwrap_or_default(),
            harm: owned(hold, "harm"),
            signed: text(hold, "by").is_some_and(crate::facts::is_professional),
            standing: flag(hold, "standing"),
        });
    facet
}

/// Vectors write categories by code alone: the system is the one R4 binds the element to.
fn with_system(resource_type: ResourceType, code: String) -> String {
    if code.contains('|') {
        return code;
    }
    let system = match (resource_type.name(), code.as_str()) {
        ("Observation", _) => "http://terminology.hl7.org/CodeSystem/observation-category",
        ("Condition", "health-concern") => {
            "http://hl7.org/fhir/us/core/CodeSystem/condition-category"
        }
        ("Condition", _) => "http://terminology.hl7.org/CodeSystem/condition-category",
        ("DocumentReference", "clinical-note") => {
            "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"
        }
        ("DiagnosticReport", _) => "http://terminology.hl7.org/CodeSystem/v2-0074",
        _ => "",
    };
    format!("{system}|{code}")
}

fn standing(vector: &Value, request: &Value, pack: &Pack) -> Standing {
    let patient = vector.get("patient").map(patient);
    let nothing = Value::Null;
    let actor = vector.get("actor").unwrap_or(&nothing);
    let kind = text(actor, "kind").unwrap_or("anonymous");
    let consents: Vec<ConsentFact> = vector
        .get("consents")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(consent)
        .collect();
    Standing {
        actor: self::actor(kind, actor, vector, request, pack),
        client: vector
            .get("client")
            .filter(|client| client.is_object())
            .map(client),
        patient,
        relationship: vector
            .get("relationship")
            .filter(|value| value.is_object())
            .map(relationship),
        consents,
        others: BTreeMap::new(),
        charts: Vec::new(),
        agent: Agent::default(),
    }
}

fn patient(value: &Value) -> PatientFacts {
    let said = |key: &str| match value.get(key) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => !text.is_empty() && text != "claimed" && text != "no",
        _ => false,
    };
    PatientFacts {
        id: owned(value, "id").unwrap_or_default(),
        birth_date: owned(value, "birthDate"),
        deceased: said("deceased"),
        emancipated: said("emancipated"),
        proxies_terminated: said("proxy_terminated") || said("proxies_terminated"),
    }
}

fn client(value: &Value) -> Client {
    let scopes = match value.get("scopes") {
        Some(Value::String(text)) => text.clone(),
        _ => texts(value, "scopes").join(" "),
    };
    Client {
        id: owned(value, "id").unwrap_or_default(),
        scopes: Scopes::parse(&scopes),
        patient: owned(value, "patient"),
        expires: time(value, "exp"),
        revoked: flag(value, "revoked"),
        active: !flag(value, "inactive") && flag_or(value, "active", true),
        bound_to: None,
        third_party: flag(value, "third_party"),
    }
}

fn relationship(value: &Value) -> Relationship {
    let status = match text(value, "status") {
        None | Some("active") => RelationshipStatus::Active,
        Some("pending" | "requested" | "proposed") => RelationshipStatus::Pending,
        Some("ended" | "expired" | "inactive") => RelationshipStatus::Ended,
        // Revoked by the patient or the organization, resigned, status lost, or a word nobody
        // knows.
        Some(_) => RelationshipStatus::Revoked,
    };
    Relationship {
        kind: text(value, "type")
            .and_then(RelationshipKind::from_code)
            .unwrap_or(RelationshipKind::Adult),
        status,
        level: owned(value, "level"),
        consented_at: time(value, "consented_at"),
        start: time(value, "start"),
        end: time(value, "end"),
        court_restricted: flag(value, "court_restricted"),
        exclude_sensitive: flag(value, "exclude_sensitive"),
        read_only: flag(value, "read_only"),
    }
}

fn consent(value: &Value) -> Option<ConsentFact> {
    let kind = ConsentKind::from_code(text(value, "kind")?)?;
    let permit = match text(value, "type") {
        Some(stated) => stated == "permit",
        None => !kind.denies(),
    };
    let organization = owned(value, "org").or_else(|| owned(value, "organization"));
    Some(ConsentFact {
        active: text(value, "status").is_none_or(|status| status == "active"),
        client: owned(value, "client"),
        organizations: organization.into_iter().collect(),
        people: owned(value, "person").into_iter().collect(),
        start: time(value, "start"),
        end: time(value, "end"),
        only_types: texts(value, "only_types"),
        except_types: texts(value, "except_types"),
        except_labels: texts(value, "except_labels"),
        ..ConsentFact::new(kind, permit)
    })
}

fn account(actor: &Value) -> Account {
    match text(actor, "account") {
        None | Some("active") => Account::Active,
        Some("locked") => Account::Locked,
        Some("suspended") => Account::Suspended,
        Some("revoked-by-org") => Account::RevokedByOrg,
        Some(_) => Account::Deactivated,
    }
}

fn actor(kind: &str, actor: &Value, vector: &Value, request: &Value, pack: &Pack) -> Actor {
    let terms = flag_or(actor, "terms", true);
    match kind {
        "self" | "patient" => Actor::SelfPatient {
            account: account(actor),
            terms_accepted: terms,
        },
        "proxy" => Actor::Proxy {
            account: account(actor),
            terms_accepted: terms
                && (flag_or(actor, "proxy_terms", true) || !pack.proxy_terms_required),
            adult: flag_or(actor, "age_ok", true),
            related_person: "own".to_owned(),
        },
        "staff" => Actor::Staff(staff(actor, vector)),
        "org" | "organization" => Actor::Organization {
            id: owned(actor, "org").unwrap_or_default(),
            purpose_of_use: owned(actor, "pou").unwrap_or_default(),
            trusted: flag_or(actor, "trusted", true),
            break_glass_reason: owned(actor, "btg_reason").or_else(|| owned(actor, "reason")),
        },
        "app" | "backend" | "system" => Actor::Backend,
        "guest" => Actor::Guest {
            matched: flag(actor, "match"),
            locked: flag(actor, "locked")
                || failures(actor) >= u64::from(pack.guest_pay_max_failures),
            detail: text(request, "view").is_some_and(|view| view != "balance"),
            coded: flag(actor, "code"),
        },
        "shl" | "share-link" => share_link(actor),
        _ => Actor::Anonymous,
    }
}

/// Wrong answers so far, under whichever name.
fn failures(actor: &Value) -> u64 {
    [
        "failures",
        "failed",
        "fails",
        "failed_attempts",
        "prior_failures",
        "attempts",
    ]
    .iter()
    .filter_map(|key| actor.get(key).and_then(Value::as_u64))
    .max()
    .unwrap_or(0)
}

fn staff(actor: &Value, vector: &Value) -> Staff {
    let patient = vector.get("patient").and_then(|it| owned(it, "id"));
    let patient = patient.unwrap_or_default();
    Staff {
        account: account(actor),
        role: owned(actor, "role").unwrap_or_default(),
        practitioner: "own".to_owned(),
        care_team_of: if flag(actor, "care_team") {
            vec![patient]
        } else {
            Vec::new()
        },
        pools: if flag(actor, "in_pool") {
            vec![POOL.to_owned()]
        } else {
            texts(actor, "pools")
        },
        tickets: Vec::from_iter(owned(actor, "ticket").map(Ticket::of)),
        break_glass: Vec::from_iter(flag(actor, "btg").then(|| BreakGlass {
            reason: owned(actor, "btg_reason"),
            patient: None,
            until: None,
        })),
    }
}

fn share_link(actor: &Value) -> Actor {
    let nothing = Value::Null;
    let link = actor.get("shl").unwrap_or(&nothing);
    let exhausted = ["attempts_left", "remaining_attempts", "remaining"]
        .iter()
        .filter_map(|key| link.get(key).or_else(|| actor.get(key)))
        .any(|left| left.as_i64() == Some(0));
    let by_proxy = text(link, "created_by").is_some_and(|by| !matches!(by, "self" | "patient"));
    Actor::ShareLink(ShareLink {
        passcode_required: flag(link, "passcode"),
        passcode_ok: flag(actor, "passcode_ok") || flag(link, "passcode_ok"),
        expires: time(link, "exp"),
        revoked: flag(link, "revoked") || exhausted,
        created_by_proxy: by_proxy,
        related_person: by_proxy.then(|| "own".to_owned()),
        included_labels: texts(link, "labels"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    const OWN: &str = include_str!("../../profiles/policy/vectors.json");

    fn all_ok(vectors: &str, packs: &str) {
        let results = run(vectors, packs, "middlesex").unwrap();
        assert!(!results.is_empty());
        let wrong: Vec<String> = results
            .iter()
            .filter(|result| result.ok != Some(true))
            .map(|result| serde_json::to_string(result).unwrap())
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn our_own_vectors_hold() {
        all_ok(OWN, Pack::shipped_json());
    }

    #[test]
    fn the_agreed_vectors_hold_where_they_are_at_hand() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let shared = root.ancestors().map(|up| up.join("shared/access"));
        let Some(shared) = shared
            .into_iter()
            .find(|dir| dir.join("vectors.json").exists())
        else {
            return;
        };
        let read = |name: &str| std::fs::read_to_string(shared.join(name)).unwrap();
        let vectors = read("vectors.json");
        all_ok(&vectors, &read("packs.json"));
        all_ok(&vectors, Pack::shipped_json());
    }

    #[test]
    fn a_vector_without_expectation_is_answered_and_not_judged() {
        let one = r#"{"id":"x","now":"2026-06-15T12:00:00Z","actor":{"kind":"anonymous"},"request":{"op":"r","type":"Observation"}}"#;
        let results = run(one, Pack::shipped_json(), "middlesex").unwrap();
        assert_eq!(
            serde_json::to_string(&results).unwrap(),
            r#"[{"id":"x","effect":"deny","reason":"DENY_TOKEN_MISSING","http":401}]"#
        );
        assert!(run("[{}]", Pack::shipped_json(), "middlesex").is_err());
        assert!(run(one, Pack::shipped_json(), "nowhere").is_err());
    }
}
