//! What a patient keeps from one app, one person or one organization: parts of the record, sensitive care, all of it,
//! for as long as they say. Each is a Consent that denies, which anybody permitted can write over FHIR; these verbs
//! write the same.

use std::sync::Arc;

use access::facts::{ALL_SENSITIVE, ConsentFact, ConsentKind};
use access::sharing;
use access::standing::consent_fact;
use access::time::end_instant;
use access::vocabulary::CLIENT;
use access::{Access, Action, Actor, Facet, ResourceFacts, Task, labels};
use fhir::ResourceType;
use serde_json::{Value, json};
use storage::Change;

use crate::privacy::{self, Desk, Kept};
use crate::proxies::{Error, coded, text};

/// The code system of resource types, as `Consent.provision.class` wants it.
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";

/// From whom something is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// An app, by its client id.
    App(String),
    /// Somebody who acts for the patient, by the id of their RelatedPerson.
    Person(String),
    /// An organization of the directory, by id.
    Organization(String),
}

impl Whom {
    fn kind(&self) -> (&'static str, ConsentKind) {
        match self {
            Self::App(_) => ("app-deny", ConsentKind::AppDeny),
            Self::Person(_) => ("person-deny", ConsentKind::PersonDeny),
            Self::Organization(_) => ("org-deny", ConsentKind::OrganizationDeny),
        }
    }
    /// As the actor of a provision.
    fn actor(&self) -> Value {
        let reference = match self {
            Self::App(id) => json!({"identifier": {"system": CLIENT, "value": id}}),
            Self::Person(id) => json!({"reference": format!("RelatedPerson/{id}")}),
            Self::Organization(id) => json!({"reference": format!("Organization/{id}")}),
        };
        let role = coded(
            "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
            "IRCP",
            "information recipient",
        );
        json!({"role": role, "reference": reference})
    }
    /// Whether a denial names this one: by itself, or among others.
    fn is_named(&self, fact: &ConsentFact) -> bool {
        match self {
            Self::App(id) => fact.client.as_ref() == Some(id),
            Self::Person(id) => fact.people.contains(&format!("RelatedPerson/{id}")),
            Self::Organization(id) => fact.organizations.contains(id),
        }
    }
}

/// What is kept from somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limit {
    /// All of the record.
    pub all: bool,
    /// Whatever is sensitive.
    pub sensitive: bool,
    /// Parts of the record, by the code of [`sharing::CATEGORIES`].
    pub parts: Vec<String>,
    /// What else is kept, in words: some other app said so by type.
    pub more: Vec<String>,
    /// The last day, if there is one.
    pub until: String,
}

impl Limit {
    pub fn is_none(&self) -> bool {
        !self.all && !self.sensitive && self.parts.is_empty() && self.more.is_empty()
    }
    fn add(&mut self, fact: &ConsentFact, consent: &Value) {
        if fact.only_types.is_empty() && fact.only_labels.is_empty() {
            self.all = true;
        } else if fact.only_types.is_empty() {
            self.sensitive |= fact.only_labels.iter().any(|label| label == ALL_SENSITIVE);
        } else {
            let parts = sharing::categories(&fact.only_types);
            self.parts
                .extend(parts.iter().map(|part| (*part).to_owned()));
            let whole: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            let told = sharing::types(&whole);
            let rest: Vec<String> = fact
                .only_types
                .iter()
                .filter(|name| !told.contains(&name.as_str()))
                .cloned()
                .collect();
            self.more.extend(sharing::titles(&rest));
        }
        let end = text(consent, "/provision/period/end");
        self.until = end.get(..10).unwrap_or(end).to_owned();
    }
}

/// A denial as it is stored.
struct Denial {
    kept: Kept,
    fact: ConsentFact,
}

impl Denial {
    /// Whether it names nobody else.
    fn is_alone(&self) -> bool {
        let actors = self.kept.json.pointer("/provision/actor");
        actors
            .and_then(Value::as_array)
            .is_some_and(|all| all.len() == 1)
    }
}

async fn denials(desk: &Desk<'_>) -> Result<Vec<Denial>, Error> {
    let pack = desk.access.pack();
    let zone = pack.zone().iana_name().unwrap_or("UTC");
    let now = desk.access.now();
    let mut found = Vec::new();
    for kept in desk.consents().await? {
        let document = fhir::Document::parse(kept.json.to_string());
        let document = document.map_err(|e| Error::Invalid(format!("{e:?}")))?;
        let Some(fact) = consent_fact(document.root(), zone) else {
            continue;
        };
        let over = fact.end.is_some_and(|end| end <= now);
        if fact.kind.denies() && !fact.permit && fact.active && !over {
            found.push(Denial { kept, fact });
        }
    }
    Ok(found)
}

/// What the patient keeps from each of these.
///
/// # Errors
/// `Absent` without a patient in context.
pub async fn limits(desk: &Desk<'_>, of: &[Whom]) -> Result<Vec<Limit>, Error> {
    let denials = denials(desk).await?;
    let shielded = privacy::choices(desk).await?.shielded;
    let limit = |whom: &Whom| {
        let mut limit = Limit::default();
        let (_, kind) = whom.kind();
        for one in denials.iter().filter(|one| one.fact.kind == kind) {
            if whom.is_named(&one.fact) {
                limit.add(&one.fact, &one.kept.json);
            }
        }
        limit.sensitive |= matches!(whom, Whom::App(id) if shielded.contains(id));
        limit.parts.sort_unstable();
        limit.parts.dedup();
        limit
    };
    Ok(of.iter().map(limit).collect())
}

/// Whether the caller may say what is kept from somebody: the patient; whoever acts for them, of apps and
/// organizations. An app of somebody else's may not: what keeps it out is not its own to change.
fn may(desk: &Desk<'_>, whom: &Whom) -> Result<(), Error> {
    let standing = desk.access.standing();
    let outside = standing.client.as_ref().is_some_and(|it| it.third_party);
    let facet = Facet::plain(ResourceType::CONSENT);
    let facts = ResourceFacts::some(&facet, desk.patient()?);
    let writes = desk.access.decide(Action::Create, &facts).permits();
    let own = matches!(standing.actor, Actor::SelfPatient { .. });
    let proxy = matches!(standing.actor, Actor::Proxy { .. }) && !matches!(whom, Whom::Person(_));
    match !outside && writes && (own || proxy) {
        true => Ok(()),
        false => Err(Error::Refused("this is not yours to choose")),
    }
}

/// Keeps this much from somebody, and no more and no less, from the next request of anybody on.
///
/// # Errors
/// `Refused` for whoever may not choose for the patient; `Rule` for parts nobody knows or a day that is over;
/// `Overtaken` when it was changed meanwhile.
pub async fn set(desk: &Desk<'_>, whom: &Whom, wanted: &Limit) -> Result<(), Error> {
    may(desk, whom)?;
    let known = |code: &String| sharing::CATEGORIES.iter().any(|one| one.code == code);
    if !wanted.parts.iter().all(known) {
        return Err(Error::rule("part", "choose parts of the list"));
    }
    let zone = desk.access.pack().zone();
    if !wanted.until.is_empty() {
        let end = end_instant(&wanted.until, zone).filter(|_| wanted.until.len() == 10);
        let end = end.ok_or_else(|| Error::rule("until", "write the day as 2026-12-31"))?;
        if end <= desk.access.now() {
            return Err(Error::rule("until", "that day is over"));
        }
    }
    let (_, kind) = whom.kind();
    let mut changes = Vec::new();
    for one in denials(desk).await? {
        if one.fact.kind == kind && whom.is_named(&one.fact) && one.is_alone() {
            changes.push(privacy::ended(&one.kept)?);
        }
    }
    for provision in provisions(whom, wanted) {
        let valid = privacy::checked(&consent(desk, whom, &provision)?)?;
        changes.push(Change::Create { valid, id: None });
    }
    // Who acts for the patient may not change a Consent of the patient's by itself, only what it says here.
    let agent = desk.access.standing().agent.clone();
    let (pack, now) = (Arc::clone(desk.access.pack()), desk.access.now());
    let access = Access::for_task_by(Task::Consent, agent, pack, now);
    desk.write(&access, changes).await?;
    if let Whom::App(client) = whom {
        // What an earlier choice put into the connection itself is said by these now.
        privacy::unshield(desk, client).await?;
    }
    Ok(())
}

fn provisions(whom: &Whom, wanted: &Limit) -> Vec<Value> {
    let mut provisions = Vec::new();
    let mut add = |limits: Value| {
        let mut provision = json!({"type": "deny", "actor": [whom.actor()]});
        if let (Some(members), Value::Object(limits)) = (provision.as_object_mut(), limits) {
            if !wanted.until.is_empty() {
                members.insert("period".to_owned(), json!({"end": wanted.until}));
            }
            members.extend(limits);
        }
        provisions.push(provision);
    };
    if wanted.all {
        add(json!({}));
        return provisions;
    }
    if wanted.sensitive {
        add(json!({"securityLabel": [
            {"system": labels::CONFIDENTIALITY, "code": ALL_SENSITIVE}]}));
    }
    if !wanted.parts.is_empty() {
        let types = sharing::types(&wanted.parts).into_iter();
        let class: Vec<Value> = types
            .map(|name| json!({"system": RESOURCE_TYPES, "code": name}))
            .collect();
        add(json!({"class": class}));
    }
    provisions
}

fn consent(desk: &Desk<'_>, whom: &Whom, provision: &Value) -> Result<Value, Error> {
    privacy::consent(desk, whom.kind().0, "OPTOUT", provision)
}
