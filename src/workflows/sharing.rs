//! What a patient keeps from one app, one person or one organization: parts of the record, sensitive care, all of it,
//! for as long as they say. Each is a Consent that denies, which anybody permitted can write over FHIR; these verbs
//! write the same.

mod denials;
mod reminder;

use std::sync::Arc;

use access::facts::{ALL_SENSITIVE, ConsentFact, ConsentKind};
use access::sharing;
use access::time::end_instant;
use access::vocabulary::CLIENT;
use access::{Access, Action, Actor, Facet, ResourceFacts, Task, labels};
use fhir::ResourceType;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use storage::Change;

use crate::privacy::{self, Desk};
use crate::proxies::{Error, coded};

pub use denials::Denials;
pub use reminder::{Reminder, reminder};

/// How often a choice is tried again when somebody else was faster.
const TRIES: usize = 5;
/// The code system of resource types, as `Consent.provision.class` wants it.
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";

/// From whom something is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// An app, by its client id.
    App(String),
    /// Every app of somebody else's.
    AllApps,
    /// Somebody who acts for the patient, by the id of their RelatedPerson.
    Person(String),
    /// Somebody who works here, by the id of their Practitioner.
    Clinician(String),
    /// Everybody who acts for the patient.
    AllPeople,
    /// An organization of the directory, by id.
    Organization(String),
    /// Every other organization.
    AllOrganizations,
}

impl Whom {
    fn kind(&self) -> (&'static str, ConsentKind) {
        match self {
            Self::App(_) | Self::AllApps => ("app-deny", ConsentKind::AppDeny),
            Self::Person(_) | Self::Clinician(_) | Self::AllPeople => {
                ("person-deny", ConsentKind::PersonDeny)
            }
            Self::Organization(_) | Self::AllOrganizations => {
                ("org-deny", ConsentKind::OrganizationDeny)
            }
        }
    }
    /// Everybody of the same kind.
    pub fn all(&self) -> Self {
        match self.kind().1 {
            ConsentKind::AppDeny => Self::AllApps,
            ConsentKind::PersonDeny => Self::AllPeople,
            _ => Self::AllOrganizations,
        }
    }
    pub fn is_all(&self) -> bool {
        *self == self.all()
    }
    /// As the actor of a provision; nothing for everybody.
    fn actor(&self) -> Option<Value> {
        let reference = match self {
            Self::App(id) => json!({"identifier": {"system": CLIENT, "value": id}}),
            Self::Person(id) => json!({"reference": format!("RelatedPerson/{id}")}),
            Self::Clinician(id) => json!({"reference": format!("Practitioner/{id}")}),
            Self::Organization(id) => json!({"reference": format!("Organization/{id}")}),
            Self::AllApps | Self::AllPeople | Self::AllOrganizations => return None,
        };
        let role = coded(
            "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
            "IRCP",
            "information recipient",
        );
        Some(json!({"role": role, "reference": reference}))
    }
    /// Whether a denial is about this one: by itself, or about everybody.
    fn is_named(&self, fact: &ConsentFact) -> bool {
        self.kind().1 == fact.kind
            && match self {
                Self::App(id) => fact.client.as_ref() == Some(id),
                Self::AllApps => fact.client.is_none(),
                Self::Person(id) => fact.people.contains(&format!("RelatedPerson/{id}")),
                Self::Clinician(id) => fact.people.contains(&format!("Practitioner/{id}")),
                Self::AllPeople => fact.people.is_empty(),
                Self::Organization(id) => fact.organizations.contains(id),
                Self::AllOrganizations => fact.organizations.is_empty(),
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
    /// Takes in what one denial keeps back.
    fn add(&mut self, fact: &ConsentFact, zone: &TimeZone) {
        let until = fact.end.map(|end| last_day(end, zone)).unwrap_or_default();
        // Of several the last day is told where it is the same.
        self.until = match self.is_none() || self.until == until {
            true => until,
            false => String::new(),
        };
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
    }
    /// What is kept, in words; empty where nothing is.
    pub fn in_words(&self) -> String {
        if self.all {
            return "everything".to_owned();
        }
        let chosen = sharing::CATEGORIES
            .iter()
            .filter(|one| self.parts.iter().any(|part| part == one.code));
        let mut kept: Vec<String> = chosen.map(|one| one.title.to_lowercase()).collect();
        kept.extend(self.more.iter().map(|title| title.to_lowercase()));
        if self.sensitive {
            kept.push("sensitive care".to_owned());
        }
        listed(&kept)
    }
}

/// `a, b and c`
fn listed(all: &[String]) -> String {
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// The last whole day before an instant, as 2026-12-31.
fn last_day(end: Timestamp, zone: &TimeZone) -> String {
    let last = end.checked_sub(SignedDuration::from_secs(1)).unwrap_or(end);
    last.to_zoned(zone.clone()).date().to_string()
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
    let of_people = whom.kind().1 == ConsentKind::PersonDeny;
    let proxy = matches!(standing.actor, Actor::Proxy { .. }) && !of_people;
    match !outside && writes && (own || proxy) {
        true => Ok(()),
        false => Err(Error::Refused("this is not yours to choose")),
    }
}

/// Keeps this much from somebody, and no more and no less, from the next request of anybody on. What is said of others
/// in the same Consent stays as it is.
///
/// # Errors
/// `Refused` for whoever may not choose for the patient; `Rule` for parts nobody knows or a day that is over;
/// `Overtaken` when what is kept from this one was changed meanwhile.
pub async fn set(desk: &Desk<'_>, whom: &Whom, wanted: &Limit) -> Result<(), Error> {
    may(desk, whom)?;
    is_sound(desk, wanted)?;
    // Who acts for the patient may not change a Consent of the patient's by itself, only what it says here.
    let agent = desk.access.standing().agent.clone();
    let (pack, now) = (Arc::clone(desk.access.pack()), desk.access.now());
    let access = Access::for_task_by(Task::Consent, agent, pack, now);
    let mut before: Option<Limit> = None;
    for _ in 0..TRIES {
        // Asked for before the Consents are looked at: whoever comes between is seen, or found out.
        let condition = desk.unchanged(&access, whom.kind().0).await?;
        let denials = Denials::of(desk).await?;
        let limit = denials.limit(whom);
        // Somebody else was faster: with what is said of others in the same Consent, or of this one.
        if before.is_some_and(|before| before != limit) {
            return Err(Error::Overtaken);
        }
        let mut changes = denials.without(whom)?;
        for provision in provisions(whom, wanted) {
            let valid = privacy::checked(&consent(desk, whom, &provision)?)?;
            changes.push(Change::Create { valid, id: None });
        }
        match desk.write_if(&access, changes, condition).await {
            Err(Error::Overtaken) => before = Some(limit),
            Err(error) => return Err(error),
            Ok(()) => {
                if let Whom::App(client) = whom {
                    // What an earlier choice put into the connection itself is said by these now.
                    privacy::unshield(desk, client).await?;
                }
                return Ok(());
            }
        }
    }
    Err(Error::Overtaken)
}

fn is_sound(desk: &Desk<'_>, wanted: &Limit) -> Result<(), Error> {
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
    Ok(())
}

fn provisions(whom: &Whom, wanted: &Limit) -> Vec<Value> {
    let mut provisions = Vec::new();
    let mut add = |limits: Value| {
        let mut provision = json!({"type": "deny"});
        if let (Some(members), Value::Object(limits)) = (provision.as_object_mut(), limits) {
            if let Some(actor) = whom.actor() {
                members.insert("actor".to_owned(), json!([actor]));
            }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_kept_reads_as_a_sentence_would_have_it() {
        let limit = |parts: &[&str], sensitive| Limit {
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            sensitive,
            ..Limit::default()
        };
        assert_eq!(limit(&[], false).in_words(), "");
        assert_eq!(limit(&[], true).in_words(), "sensitive care");
        assert_eq!(
            limit(&["vaccines", "money"], true).in_words(),
            "vaccines, insurance and bills and sensitive care"
        );
        let all = Limit {
            all: true,
            ..Limit::default()
        };
        assert_eq!(all.in_words(), "everything");
    }

    #[test]
    fn a_last_day_is_told_where_all_that_is_kept_has_the_same() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let kept = |end: Option<&str>, label: &str| ConsentFact {
            end: end.map(|end| end.parse().unwrap()),
            only_labels: vec![label.to_owned()],
            ..ConsentFact::new(ConsentKind::AppDeny, false)
        };
        let mut limit = Limit::default();
        limit.add(&kept(Some("2026-07-01T04:00:00Z"), ALL_SENSITIVE), &zone);
        assert_eq!(limit.until, "2026-06-30");
        limit.add(&kept(None, ALL_SENSITIVE), &zone);
        assert_eq!(limit.until, "");
    }
}
