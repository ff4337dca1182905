//! Denials as they are stored: whom each is about, and what is left of one when somebody is named in it no more.

use access::facts::{ConsentFact, ConsentKind};
use access::standing::{consent_facts, is_frame};
use access::vocabulary::{CLIENT, CLIENT_ID};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use storage::Change;

use super::{Limit, Whom};
use crate::privacy::{self, Desk, Kept};
use crate::proxies::{Error, text};

/// What a provision says besides the provisions it holds and for how long.
const OWN: &[&str] = &[
    "type",
    "actor",
    "action",
    "securityLabel",
    "purpose",
    "class",
    "code",
    "dataPeriod",
    "data",
];

/// A Consent that denies, and what it says of each it is about.
struct Denial {
    kept: Kept,
    facts: Vec<ConsentFact>,
}

/// All that a patient denies somebody at the moment, or from some day on.
pub struct Denials {
    all: Vec<Denial>,
    /// Apps that get no sensitive care by what their connection says.
    shielded: Vec<String>,
    zone: TimeZone,
    /// New results wait for a clinician.
    pub(super) waits: bool,
}

impl Denials {
    /// Of the patient in context, as far as the caller sees them.
    ///
    /// # Errors
    /// `Absent` without a patient in context.
    pub async fn of(desk: &Desk<'_>) -> Result<Self, Error> {
        let zone = desk.access.pack().zone().clone();
        let name = zone.iana_name().unwrap_or("UTC").to_owned();
        let now = desk.access.now();
        let consents = desk.consents().await?;
        let shielded = privacy::read(&consents).shielded;
        let waits = consents
            .iter()
            .any(|kept| privacy::kind(&kept.json) == "wait");
        let mut all = Vec::new();
        for kept in consents {
            let document = fhir::Document::parse(kept.json.to_string());
            let document = document.map_err(|e| Error::Invalid(format!("{e:?}")))?;
            let mut facts = consent_facts(document.root(), &name);
            facts.retain(|fact| {
                let over = fact.end.is_some_and(|end| end <= now);
                fact.kind.denies() && !fact.permit && fact.active && !over
            });
            if !facts.is_empty() {
                all.push(Denial { kept, facts });
            }
        }
        Ok(Self {
            all,
            shielded,
            zone,
            waits,
        })
    }

    fn facts(&self) -> impl Iterator<Item = &ConsentFact> {
        self.all.iter().flat_map(|one| &one.facts)
    }

    /// What is kept from somebody by name, or from everybody as such.
    pub fn limit(&self, whom: &Whom) -> Limit {
        let mut limit = Limit::default();
        for fact in self.facts().filter(|fact| whom.is_named(fact)) {
            limit.add(fact, &self.zone);
        }
        limit.sensitive |= matches!(whom, Whom::App(id) if self.shielded.contains(id));
        limit.parts.sort_unstable();
        limit.parts.dedup();
        limit
    }

    /// Everybody something is kept from, each once.
    pub fn named(&self) -> Vec<Whom> {
        let mut named: Vec<Whom> = Vec::new();
        for whom in self.facts().flat_map(about) {
            if !named.contains(&whom) {
                named.push(whom);
            }
        }
        named
    }

    /// The changes by which nothing more is said of somebody: a Consent about them alone ends, one about others too
    /// goes on without them.
    pub(super) fn without(&self, whom: &Whom) -> Result<Vec<Change>, Error> {
        let about_them = |one: &&Denial| one.facts.iter().any(|fact| whom.is_named(fact));
        let changes = self.all.iter().filter(about_them);
        changes
            .map(|one| match rest(&one.kept.json, whom) {
                None => privacy::ended(&one.kept),
                Some(rest) => one.kept.update(&rest),
            })
            .collect()
    }
}

/// Whom one denial is about.
fn about(fact: &ConsentFact) -> Vec<Whom> {
    let whom = match fact.kind {
        ConsentKind::AppDeny => Whom::AllApps,
        ConsentKind::PersonDeny => Whom::AllPeople,
        _ => Whom::AllOrganizations,
    };
    let mut named: Vec<Whom> = match whom {
        Whom::AllApps => fact.client.iter().cloned().map(Whom::App).collect(),
        Whom::AllPeople => fact.people.iter().filter_map(|one| person(one)).collect(),
        _ => fact
            .organizations
            .iter()
            .cloned()
            .map(Whom::Organization)
            .collect(),
    };
    if named.is_empty() {
        named.push(whom);
    }
    named
}

fn person(reference: &str) -> Option<Whom> {
    let (of, id) = reference.split_once('/')?;
    match of {
        "RelatedPerson" => Some(Whom::Person(id.to_owned())),
        "Practitioner" => Some(Whom::Clinician(id.to_owned())),
        _ => None,
    }
}

/// The Consent without what it says of somebody; `None` where nothing is left that it says of anybody.
fn rest(consent: &Value, whom: &Whom) -> Option<Value> {
    let extensions = consent.get("extension").and_then(Value::as_array);
    let marked = extensions.is_some_and(|all| all.iter().any(|one| one["url"] == CLIENT_ID));
    // The house marks a Consent that is about one app.
    if marked {
        return None;
    }
    let mut rest = consent.clone();
    let provision = rest.get_mut("provision")?.as_object_mut()?;
    let frame = {
        let document = fhir::Document::parse(Value::Object(provision.clone()).to_string()).ok()?;
        is_frame(document.root())
    };
    let mut inner = match provision.remove("provision") {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    };
    let is_rule = |one: &Value| {
        let stated = one.get("type").and_then(Value::as_str);
        stated.is_none_or(|stated| stated == "deny") && (frame || one.get("actor").is_some())
    };
    inner.retain_mut(|one| {
        let goes = is_rule(one) && one.as_object_mut().is_some_and(|one| leave(one, whom));
        !goes
    });
    let own_goes = !frame && leave(provision, whom);
    let others = inner.iter().any(is_rule);
    if (frame || own_goes) && !others {
        return None;
    }
    if own_goes {
        // The rules about others stay in a provision that says nothing itself.
        for name in OWN {
            provision.remove(*name);
        }
        inner.retain(is_rule);
    }
    if !inner.is_empty() {
        provision.insert("provision".to_owned(), inner.into());
    }
    Some(rest)
}

/// Takes somebody out of a rule; whether it is about nobody then.
fn leave(provision: &mut Map<String, Value>, whom: &Whom) -> bool {
    let Some(Value::Array(actors)) = provision.get_mut("actor") else {
        return whom.is_all();
    };
    let known = |actor: &Value| actor_of(actor).filter(|it| it.kind().1 == whom.kind().1);
    if whom.is_all() {
        return !actors.iter().any(|actor| known(actor).is_some());
    }
    let before = actors.len();
    actors.retain(|actor| known(actor).as_ref() != Some(whom));
    actors.len() < before && !actors.iter().any(|actor| known(actor).is_some())
}

/// Whom an actor of a provision is.
fn actor_of(actor: &Value) -> Option<Whom> {
    let reference = actor.get("reference")?;
    if text(reference, "/identifier/system") == CLIENT {
        let id = text(reference, "/identifier/value");
        return (!id.is_empty()).then(|| Whom::App(id.to_owned()));
    }
    let mut parts = text(reference, "/reference").rsplit('/');
    let (id, of) = (parts.next()?, parts.next()?);
    match of {
        "Organization" => Some(Whom::Organization(id.to_owned())),
        of => person(&format!("{of}/{id}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn of(reference: &str) -> Value {
        json!({"reference": {"reference": reference}})
    }
    fn of_app(id: &str) -> Value {
        json!({"reference": {"identifier": {"system": CLIENT, "value": id}}})
    }
    fn left(provision: Value, whom: &Whom) -> Option<Value> {
        rest(
            &json!({"resourceType": "Consent", "provision": provision}),
            whom,
        )
        .map(|rest| rest["provision"].clone())
    }
    fn person(id: &str) -> Whom {
        Whom::Person(id.to_owned())
    }

    #[test]
    fn one_of_several_is_taken_out_and_the_others_stay() {
        let both = json!({"type": "deny", "class": [{"code": "Observation"}],
            "actor": [of("RelatedPerson/a"), of("https://here/fhir/RelatedPerson/b")]});
        let rest = left(both, &person("b")).unwrap();
        assert_eq!(rest["actor"], json!([of("RelatedPerson/a")]));
        assert_eq!(rest["class"][0]["code"], "Observation");
        assert_eq!(left(rest.clone(), &person("a")), None);
        assert_eq!(left(rest.clone(), &person("x")), Some(rest));
        let apps = json!({"type": "deny", "actor": [of_app("a"), of_app("b")]});
        let rest = left(apps, &Whom::App("a".to_owned())).unwrap();
        assert_eq!(rest["actor"], json!([of_app("b")]));
    }

    #[test]
    fn of_several_rules_the_one_about_somebody_goes() {
        let one = json!({"type": "deny", "actor": [of("RelatedPerson/a")]});
        let other = json!({"type": "deny", "actor": [of("Practitioner/d")]});
        let frame = json!({"provision": [one, other]});
        let rest = left(frame.clone(), &person("a")).unwrap();
        assert_eq!(rest, json!({"provision": [other]}));
        assert_eq!(left(rest, &Whom::Clinician("d".to_owned())), None);
        // What is said of everybody stays beside what is said of one, and goes by itself.
        let whole = json!({"type": "deny", "provision": [one]});
        assert_eq!(
            left(whole.clone(), &person("a")),
            Some(json!({"type": "deny"}))
        );
        assert_eq!(
            left(whole, &Whom::AllPeople),
            Some(json!({"provision": [one]}))
        );
        let mixed = json!({"type": "deny", "actor": [of("RelatedPerson/b")], "class": [{"code": "Goal"}],
            "provision": [{"type": "permit", "securityLabel": [{"code": "MH"}]}, one]});
        assert_eq!(
            left(mixed.clone(), &person("b")),
            Some(json!({"provision": [one]}))
        );
        let rest = left(mixed, &person("a")).unwrap();
        assert_eq!(rest["provision"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_rule_is_about_nobody_when_nobody_it_can_be_about_is_left() {
        let with_group = json!({"type": "deny", "actor": [of("RelatedPerson/a"), of("Group/g")]});
        assert_eq!(left(with_group.clone(), &person("a")), None);
        assert!(left(with_group, &Whom::AllPeople).is_some());
    }
}
