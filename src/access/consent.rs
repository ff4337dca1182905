//! A Consent resource, reduced to what decides.

use crate::Facet;
use crate::standing::{id_of, owned, period, zone};
use crate::vocabulary::{CLIENT, CLIENT_ID, CONSENT_KIND};
use fhir::{Element, ResourceType};
use jiff::Timestamp;

/// What a Consent is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentKind {
    App,
    /// An app, or every app, gets none of something.
    AppDeny,
    Exchange,
    OrganizationDeny,
    /// A person by name, or everybody who acts for the patient, sees none of something.
    PersonDeny,
    Part2,
    MinorRelease,
    Terms,
    Proxy,
    /// New results wait for a clinician.
    Wait,
    /// A permit is the receipt of one share link; a denial is for all of them.
    Link,
}

impl ConsentKind {
    /// The code of [`crate::vocabulary::CONSENT_KIND`].
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "app" => Self::App,
            "app-deny" => Self::AppDeny,
            "exchange" => Self::Exchange,
            "org-deny" => Self::OrganizationDeny,
            "person-deny" => Self::PersonDeny,
            "part2-tpo" => Self::Part2,
            "minor-release" => Self::MinorRelease,
            "terms" => Self::Terms,
            "proxy" => Self::Proxy,
            "wait" => Self::Wait,
            "link" => Self::Link,
            _ => return None,
        })
    }
    /// Whether it is a denial by itself, also where its provision does not say so.
    pub fn denies(self) -> bool {
        matches!(
            self,
            Self::AppDeny | Self::OrganizationDeny | Self::PersonDeny
        )
    }
}

/// One Consent resource, reduced to what decides.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentFact {
    pub kind: ConsentKind,
    pub permit: bool,
    pub active: bool,
    pub client: Option<String>,
    /// Organizations it names; none for whichever.
    pub organizations: Vec<String>,
    /// People it names, as `RelatedPerson/…` and `Practitioner/…`; none for whoever.
    pub people: Vec<String>,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub only_types: Vec<String>,
    pub except_types: Vec<String>,
    /// The only labels it reaches, if any are named; [`ALL_SENSITIVE`] for every one.
    pub only_labels: Vec<String>,
    /// Labels it does not reach; [`ALL_SENSITIVE`] for every one.
    pub except_labels: Vec<String>,
}

/// In [`ConsentFact::except_labels`]: whatever is labelled or restricted at all.
pub const ALL_SENSITIVE: &str = "R";
/// In [`ConsentFact::only_labels`]: whatever is not.
const PLAIN: &str = "N";

impl ConsentFact {
    /// An active one, of everything and without end.
    pub fn new(kind: ConsentKind, permit: bool) -> Self {
        Self {
            kind,
            permit,
            active: true,
            client: None,
            organizations: Vec::new(),
            people: Vec::new(),
            start: None,
            end: None,
            only_types: Vec::new(),
            except_types: Vec::new(),
            only_labels: Vec::new(),
            except_labels: Vec::new(),
        }
    }
    /// Whether the consent speaks about a resource: by its type and by its labels.
    pub fn reaches(&self, facet: &Facet) -> bool {
        let carries = |label: &String| match label.as_str() {
            ALL_SENSITIVE => facet.is_sensitive(),
            PLAIN => !facet.is_sensitive(),
            label => facet.labels.iter().any(|one| one == label),
        };
        self.covers(facet.resource_type)
            && (self.only_labels.is_empty() || self.only_labels.iter().any(carries))
            && !self.except_labels.iter().any(carries)
    }
    /// Whether the consent speaks about resources of a type.
    pub fn covers(&self, resource_type: ResourceType) -> bool {
        let name = resource_type.name();
        (self.only_types.is_empty() || self.only_types.iter().any(|only| only == name))
            && !self.except_types.iter().any(|except| except == name)
    }
    /// Whether it is about that organization.
    pub fn is_about_organization(&self, id: &str) -> bool {
        self.organizations.is_empty() || self.organizations.iter().any(|named| named == id)
    }
    /// Whether it is about that person: `RelatedPerson/…` or `Practitioner/…`.
    pub fn is_about_person(&self, reference: &str) -> bool {
        self.people.is_empty() || self.people.iter().any(|named| named == reference)
    }
}

/// The kind a Consent is of, by its category.
pub(crate) fn kind_of(consent: Element<'_>) -> Option<ConsentKind> {
    consent
        .all("category.coding")
        .into_iter()
        .filter(|coding| coding.text_at("system").as_deref() == Some(CONSENT_KIND))
        .find_map(|coding| ConsentKind::from_code(&coding.text_at("code")?))
}

fn codes(of: Element<'_>, path: &str) -> Vec<String> {
    let all = of.all(path).into_iter();
    all.filter_map(|code| code.str().map(std::borrow::Cow::into_owned))
        .collect()
}

/// What limits a provision beyond whom, what type, what label and when: nothing here weighs it.
const UNWEIGHED: &[&str] = &["purpose", "code", "dataPeriod", "data"];

/// Consent resource → fact; `None` when it is of no kind we know.
pub fn consent_fact(consent: Element<'_>, tz: &str) -> Option<ConsentFact> {
    let kind = kind_of(consent)?;
    let provision = consent.get("provision");
    let (start, end) = period(provision.and_then(|p| p.get("period")), &zone(tz));
    let stated = provision.and_then(|p| owned(p, "type"));
    let permit = match stated.as_deref() {
        Some("deny") => false,
        Some(_) => true,
        None => !kind.denies(),
    };
    // A permit that is meant for less than we can tell apart permits nothing.
    let beyond = provision.is_some_and(|p| UNWEIGHED.iter().any(|name| p.get(name).is_some()));
    let active = consent.text_at("status").as_deref() == Some("active");
    let mut fact = ConsentFact {
        active: active && !(permit && beyond),
        client: client(consent),
        start,
        end,
        ..ConsentFact::new(kind, permit)
    };
    if let Some(provision) = provision {
        (fact.organizations, fact.people) = named(provision);
        fact.only_types = codes(provision, "class.code");
        fact.only_labels = codes(provision, "securityLabel.code");
        for inner in provision.all("provision") {
            except(&mut fact, inner);
        }
    }
    Some(fact)
}

/// All that a Consent says, each about whom it names: a denial of several apps, or one that holds several denials, is
/// as many.
pub fn consent_facts(consent: Element<'_>, tz: &str) -> Vec<ConsentFact> {
    let Some(whole) = consent_fact(consent, tz) else {
        return Vec::new();
    };
    let provision = consent.get("provision").filter(|_| whole.kind.denies());
    let Some(provision) = provision else {
        return vec![whole];
    };
    let marked = consent.extension(CLIENT_ID).is_some();
    let frame = is_frame(provision);
    let mut facts = match frame {
        true => Vec::new(),
        false => of_each_app(&whole, provision, marked),
    };
    for inner in provision.all("provision").into_iter().filter(denies) {
        let base = ConsentFact {
            active: consent.text_at("status").as_deref() == Some("active"),
            ..whole.clone()
        };
        // Within a rule that has whom it is about, one that names nobody denies what is denied already.
        if frame || inner.get("actor").is_some() {
            facts.extend(of_each_app(&denial(&base, inner, tz), inner, marked));
        }
    }
    facts
}

/// Whether the outer provision of a denial says nothing itself and only holds others, as R4 has it: no type, no
/// condition.
pub fn is_frame(provision: Element<'_>) -> bool {
    let mut own = ["actor", "class", "securityLabel"].iter().chain(UNWEIGHED);
    provision.text_at("type").as_deref() != Some("deny")
        && own.all(|name| provision.get(name).is_none())
        && provision.all("provision").iter().any(denies)
}

/// Whether an inner provision of a denial denies: it need not say so.
fn denies(inner: &Element<'_>) -> bool {
    inner.text_at("type").is_none_or(|stated| stated == "deny")
}

/// One of several denials in a Consent.
fn denial(of: &ConsentFact, inner: Element<'_>, tz: &str) -> ConsentFact {
    let (start, end) = period(inner.get("period"), &zone(tz));
    let (organizations, people) = named(inner);
    let mut fact = ConsentFact {
        active: of.active,
        client: of.client.clone(),
        organizations,
        people,
        start: start.or(of.start),
        end: end.or(of.end),
        only_types: codes(inner, "class.code"),
        only_labels: codes(inner, "securityLabel.code"),
        ..ConsentFact::new(of.kind, false)
    };
    for exception in inner.all("provision") {
        except(&mut fact, exception);
    }
    fact
}

/// The same of each app a provision names, unless the house marked which one it is.
fn of_each_app(fact: &ConsentFact, provision: Element<'_>, marked: bool) -> Vec<ConsentFact> {
    let apps = apps(provision);
    if marked || apps.is_empty() {
        return vec![fact.clone()];
    }
    let of = |app| ConsentFact {
        client: Some(app),
        ..fact.clone()
    };
    apps.into_iter().map(of).collect()
}

/// A nested provision is an exception to the outer one (R4 6.2.7): by type, or by label. By both, or by what
/// nothing here weighs, it takes more from a permit and nothing from a denial; nor does one that denies too.
fn except(fact: &mut ConsentFact, inner: Element<'_>) {
    let types = codes(inner, "class.code");
    let labels = codes(inner, "securityLabel.code");
    let narrower = (!types.is_empty() && !labels.is_empty())
        || ["period", "actor", "provision"]
            .iter()
            .chain(UNWEIGHED)
            .any(|name| inner.get(name).is_some());
    if !fact.permit && (narrower || inner.text_at("type").as_deref() == Some("deny")) {
        return;
    }
    if types.is_empty() {
        fact.except_labels.extend(labels);
    } else {
        fact.except_types.extend(types);
    }
}

/// The organizations and people a provision names.
fn named(provision: Element<'_>) -> (Vec<String>, Vec<String>) {
    let (mut organizations, mut people) = (Vec::new(), Vec::new());
    for reference in codes(provision, "actor.reference.reference") {
        organizations.extend(id_of(&reference, "Organization").map(str::to_owned));
        for of in ["RelatedPerson", "Practitioner"] {
            people.extend(id_of(&reference, of).map(|id| format!("{of}/{id}")));
        }
    }
    (organizations, people)
}

/// The app a Consent is about: as the house marks it, or as the actor it names.
fn client(consent: Element<'_>) -> Option<String> {
    let marked = consent.extension(CLIENT_ID);
    if let Some(id) = marked.and_then(|extension| owned(extension, "valueString")) {
        return Some(id);
    }
    apps(consent.get("provision")?).into_iter().next()
}

/// The apps a provision names as actors.
fn apps(provision: Element<'_>) -> Vec<String> {
    let named = provision.all("actor.reference.identifier").into_iter();
    let of_app = |one: &Element<'_>| one.text_at("system").as_deref() == Some(CLIENT);
    named
        .filter(of_app)
        .filter_map(|app| owned(app, "value"))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::facts::Confidentiality;
    use fhir::Document;

    const TZ: &str = "America/New_York";

    fn fact(kind: &str, provision: &str) -> ConsentFact {
        let text = format!(
            r#"{{"resourceType":"Consent","status":"active","category":[{{"coding":[{{"system":"{CONSENT_KIND}",
            "code":"{kind}"}}]}}],"provision":{provision}}}"#
        );
        consent_fact(Document::parse(text).unwrap().root(), TZ).unwrap()
    }
    fn labelled(label: &str) -> Facet {
        Facet {
            labels: vec![label.to_owned()],
            confidentiality: Confidentiality::R,
            ..Facet::plain(ResourceType::OBSERVATION)
        }
    }

    #[test]
    fn an_app_consent_names_client_period_and_types() {
        let consent = Document::parse(format!(
            r#"{{"resourceType":"Consent","status":"active","category":[{{"coding":[{{"system":"{CONSENT_KIND}","code":"app"}}]}}],
            "extension":[{{"url":"{CLIENT_ID}","valueString":"app1"}}],
            "provision":{{"period":{{"start":"2026-01-01T00:00:00-05:00"}},"class":[{{"code":"Immunization"}}],
              "provision":[{{"type":"deny","class":[{{"code":"Condition"}}]}}]}}}}"#
        ))
        .unwrap();
        let fact = consent_fact(consent.root(), TZ).unwrap();
        assert_eq!(
            (fact.kind, fact.permit, fact.active),
            (ConsentKind::App, true, true)
        );
        assert_eq!(fact.client.as_deref(), Some("app1"));
        assert_eq!(fact.only_types, ["Immunization"]);
        assert_eq!(fact.except_types, ["Condition"]);
        assert!(!fact.covers(ResourceType::CONDITION));
        let other = Document::parse(r#"{"resourceType":"Consent","status":"active"}"#).unwrap();
        assert_eq!(consent_fact(other.root(), TZ), None);
    }

    #[test]
    fn a_denial_names_an_app_people_and_organizations_each_one_of_several() {
        let app = fact(
            "app-deny",
            &format!(
                r#"{{"class":[{{"code":"Observation"}}],"actor":[{{"reference":{{"identifier":{{"system":"{CLIENT}","value":"a"}}}}}}]}}"#
            ),
        );
        assert_eq!((app.permit, app.client.as_deref()), (false, Some("a")));
        assert!(app.covers(ResourceType::OBSERVATION) && !app.covers(ResourceType::CONDITION));
        let people = fact(
            "person-deny",
            r#"{"type":"deny","actor":[{"reference":{"reference":"RelatedPerson/r"}},{"reference":{"reference":"Practitioner/d"}}]}"#,
        );
        assert!(
            people.is_about_person("RelatedPerson/r") && people.is_about_person("Practitioner/d")
        );
        assert!(!people.is_about_person("RelatedPerson/x"));
        let both = fact(
            "org-deny",
            r#"{"type":"deny","actor":[{"reference":{"reference":"Organization/a"}},{"reference":{"reference":"Organization/b"}}]}"#,
        );
        assert!(both.is_about_organization("b") && !both.is_about_organization("c"));
        assert!(fact("org-deny", r#"{"type":"deny"}"#).is_about_organization("c"));
    }

    fn facts(kind: &str, provision: &str) -> Vec<ConsentFact> {
        let text = format!(
            r#"{{"resourceType":"Consent","status":"active","category":[{{"coding":[{{"system":"{CONSENT_KIND}",
            "code":"{kind}"}}]}}],"provision":{provision}}}"#
        );
        consent_facts(Document::parse(text).unwrap().root(), TZ)
    }

    #[test]
    fn a_denial_of_several_apps_is_one_of_each() {
        let app = |id| {
            format!(r#"{{"reference":{{"identifier":{{"system":"{CLIENT}","value":"{id}"}}}}}}"#)
        };
        let both = format!(r#"{{"type":"deny","actor":[{},{}]}}"#, app("a"), app("b"));
        let both = facts("app-deny", &both);
        let clients: Vec<_> = both
            .iter()
            .filter_map(|fact| fact.client.as_deref())
            .collect();
        assert_eq!(clients, ["a", "b"]);
        assert!(both.iter().all(|fact| !fact.permit && fact.active));
        let every = facts("app-deny", r#"{"type":"deny"}"#);
        assert_eq!((every.len(), every[0].client.as_deref()), (1, None));
    }

    #[test]
    fn a_frame_of_denials_says_each_of_whom_it_names_and_nothing_of_anybody_else() {
        let held = r#""provision":[
            {"type":"deny","actor":[{"reference":{"reference":"RelatedPerson/r"}}],
             "class":[{"code":"Observation"}],"period":{"end":"2026-12-31"}},
            {"type":"deny","actor":[{"reference":{"reference":"RelatedPerson/s"}}]}]"#;
        for frame in [
            format!("{{{held}}}"),
            format!(r#"{{"type":"permit",{held}}}"#),
        ] {
            let all = facts("person-deny", &frame);
            let [one, other] = &all[..] else {
                panic!("{all:?}");
            };
            assert!(!one.permit && one.people == ["RelatedPerson/r"] && one.end.is_some());
            assert!(one.covers(ResourceType::OBSERVATION) && !one.covers(ResourceType::CONDITION));
            assert!(other.people == ["RelatedPerson/s"] && other.end.is_none());
            assert!(other.covers(ResourceType::CONDITION));
        }
        // A rule of its own stays one beside those it holds.
        let whole = facts("person-deny", &format!(r#"{{"type":"deny",{held}}}"#));
        assert_eq!(whole.len(), 3);
        assert!(whole[0].is_about_person("RelatedPerson/x"));
        // What denies is never an exception to a denial.
        let twice =
            r#"{"type":"deny","provision":[{"type":"deny","class":[{"code":"Observation"}]}]}"#;
        assert!(facts("org-deny", twice)[0].covers(ResourceType::OBSERVATION));
    }

    #[test]
    fn labels_narrow_what_is_reached() {
        let sensitive = fact("app-deny", r#"{"securityLabel":[{"code":"R"}]}"#);
        assert!(sensitive.reaches(&labelled("HIV")));
        assert!(!sensitive.reaches(&Facet::plain(ResourceType::OBSERVATION)));
        let plain = fact("app", r#"{"type":"permit","securityLabel":[{"code":"N"}]}"#);
        assert!(!plain.reaches(&labelled("HIV")));
        assert!(plain.reaches(&Facet::plain(ResourceType::OBSERVATION)));
    }

    #[test]
    fn what_nothing_here_weighs_permits_nothing_and_loosens_no_denial() {
        assert!(
            !fact(
                "part2-tpo",
                r#"{"type":"permit","purpose":[{"code":"TREAT"}]}"#
            )
            .active
        );
        assert!(
            fact(
                "org-deny",
                r#"{"type":"deny","purpose":[{"code":"TREAT"}]}"#
            )
            .active
        );
        let inner = r#"{"type":"deny","provision":[{"type":"permit","class":[{"code":"Observation"}],"securityLabel":[{"code":"MH"}]}]}"#;
        assert!(fact("org-deny", inner).covers(ResourceType::OBSERVATION));
        let by_type =
            r#"{"type":"deny","provision":[{"type":"permit","class":[{"code":"Immunization"}]}]}"#;
        assert!(!fact("org-deny", by_type).covers(ResourceType::IMMUNIZATION));
    }
}
