//! What is known of a patient, a consent and a resource when a decision is made.

use crate::constraint::Content;
use crate::labels;
use crate::vocabulary::{
    CONSENT_BASIS, FLAG, FOR_STAFF, MINOR_RELEASE, RELEASE_HOLD, TASK_CODE, TELLS_OF_CONSENT,
};
use crate::waiting::STANDING;
use fhir::reference::Reference;
use fhir::{Element, ResourceType};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::consent::{ALL_SENSITIVE, ConsentFact, ConsentKind};
pub use crate::owner::{OwnerHint, owner_hint, pool, tells_about};

#[derive(Debug, Clone, PartialEq, Default)]
pub struct PatientFacts {
    pub id: String,
    /// As recorded: full, partial or missing.
    pub birth_date: Option<String>,
    pub deceased: bool,
    /// Emancipated, and verified.
    pub emancipated: bool,
    /// The emancipated minor exercised the option to end proxies.
    pub proxies_terminated: bool,
}

/// Confidentiality (v3-Confidentiality), ordered.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Confidentiality {
    U,
    L,
    M,
    #[default]
    N,
    R,
    V,
}

impl Confidentiality {
    /// Its code of v3-Confidentiality.
    pub fn code(self) -> &'static str {
        match self {
            Self::U => "U",
            Self::L => "L",
            Self::M => "M",
            Self::N => "N",
            Self::R => "R",
            Self::V => "V",
        }
    }
    /// The code of v3-Confidentiality.
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "U" => Self::U,
            "L" => Self::L,
            "M" => Self::M,
            "N" => Self::N,
            "R" => Self::R,
            "V" => Self::V,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HoldKind {
    pub reason: String,
    pub harm: Option<String>,
    /// A named professional stands behind it.
    pub signed: bool,
    /// It was made for a wish of the patient's, and binds as long as that does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standing: bool,
}

/// All that is decisive about a resource except whose it is and when: few distinct ones exist in a
/// database,
/// so each row carries a facet's number and SQL filters by the numbers [`crate::Access::rows`]
/// allows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Facet {
    pub resource_type: ResourceType,
    /// `system|code` of the category element (of a Task's code, of a house Flag's code), sorted;
    /// `|code` without system.
    pub categories: Vec<String>,
    /// v3-ActCode sensitivity codes of `meta.security`, sorted; unknown ones are kept (and deny
    /// proxies and apps).
    pub labels: Vec<String>,
    pub confidentiality: Confidentiality,
    pub minor_consented: bool,
    pub minor_released: bool,
    pub hold: Option<HoldKind>,
}

/// The text form of a facet.
#[derive(Serialize, Deserialize)]
struct Key(
    String,
    Vec<String>,
    Vec<String>,
    Confidentiality,
    bool,
    bool,
    Option<HoldKind>,
);

impl Facet {
    /// A facet of which nothing is known but the type.
    pub fn plain(resource_type: ResourceType) -> Self {
        Self {
            resource_type,
            categories: Vec::new(),
            labels: Vec::new(),
            confidentiality: Confidentiality::N,
            minor_consented: false,
            minor_released: false,
            hold: None,
        }
    }
    /// Reads the facet off a resource.
    pub fn of(resource_type: ResourceType, resource: Element<'_>) -> Self {
        let mut facet = Self::plain(resource_type);
        facet.categories = categories(resource_type, resource);
        let mut confidentiality = None;
        if let Some(meta) = resource.get("meta") {
            for coding in meta.all("security") {
                let system = coding.text_at("system");
                let Some(code) = coding.text_at("code") else {
                    continue;
                };
                if system.as_deref() == Some(labels::CONFIDENTIALITY) {
                    confidentiality = confidentiality.max(Confidentiality::from_code(&code));
                } else if let Some(label) = labels::sensitivity(system.as_deref(), &code) {
                    facet.labels.push(label);
                }
            }
        }
        facet.labels.sort_unstable();
        facet.labels.dedup();
        facet.confidentiality = confidentiality.unwrap_or_default();
        facet.minor_consented = resource
            .extension(CONSENT_BASIS)
            .and_then(|basis| basis.text_at("valueCode"))
            .is_some_and(|basis| basis.starts_with("minor:"));
        facet.minor_released = resource
            .extension(MINOR_RELEASE)
            .and_then(|release| release.first("valueBoolean"))
            .and_then(Element::bool)
            .unwrap_or(false);
        facet.hold = resource.extension(RELEASE_HOLD).map(hold_kind);
        facet
    }
    /// A stable one-line text form (the database's key), and back.
    pub fn to_key(&self) -> String {
        serde_json::to_string(&Key(
            self.resource_type.name().to_owned(),
            self.categories.clone(),
            self.labels.clone(),
            self.confidentiality,
            self.minor_consented,
            self.minor_released,
            self.hold.clone(),
        ))
        .unwrap_or_default()
    }
    pub fn from_key(key: &str) -> Option<Self> {
        let Key(name, categories, labels, confidentiality, minor_consented, minor_released, hold) =
            serde_json::from_str(key).ok()?;
        Some(Self {
            resource_type: ResourceType::from_name(&name)?,
            categories,
            labels,
            confidentiality,
            minor_consented,
            minor_released,
            hold,
        })
    }
    /// Takes over what another resource it belongs to or tells about is guarded by: the high-water
    /// mark of both.
    pub fn inherit(&mut self, source: &Self) {
        self.labels.extend(source.labels.iter().cloned());
        self.labels.sort_unstable();
        self.labels.dedup();
        self.confidentiality = self.confidentiality.max(source.confidentiality);
        if source.minor_consented {
            self.minor_released =
                source.minor_released && (self.minor_released || !self.minor_consented);
            self.minor_consented = true;
        }
        if self.hold.is_none() {
            self.hold.clone_from(&source.hold);
        }
        let of_house = source.categories.iter();
        let of_house = of_house.filter(|one| is_of_house(one) || crate::class::is_of_owner(one));
        self.categories.extend(of_house.cloned());
        if source.is_about_consent() {
            self.categories.push(TELLS_OF_CONSENT.to_owned());
        }
        self.categories.sort_unstable();
        self.categories.dedup();
    }
    /// A relationship or consent, or what tells about one: not for those from whom these are kept.
    pub fn is_about_consent(&self) -> bool {
        let own = [ResourceType::RELATED_PERSON, ResourceType::CONSENT];
        own.contains(&self.resource_type)
            || self.categories.iter().any(|one| one == TELLS_OF_CONSENT)
    }
    /// A Flag of the house (court order, emancipation, safety) or a report it owes, or what tells about one:
    /// for staff.
    pub fn is_staff_only(&self) -> bool {
        self.categories.iter().any(|one| is_of_house(one))
    }
    /// Marked private by the patient.
    pub fn is_private(&self) -> bool {
        self.labels.iter().any(|label| labels::is_private(label))
    }
    /// A Task about the account of whoever it is for, or what tells about one: not for who acts for them.
    pub fn is_of_owner(&self) -> bool {
        self.categories
            .iter()
            .any(|one| crate::class::is_of_owner(one))
    }
    /// Whether what tells about it has something to [`Self::inherit`].
    pub fn guards(&self) -> bool {
        self.tells() || self.is_staff_only() || self.is_about_consent() || self.is_of_owner()
    }
    /// Restricted or very restricted, or labelled sensitive.
    pub fn is_sensitive(&self) -> bool {
        self.confidentiality >= Confidentiality::R || !self.labels.is_empty()
    }
    /// Closed to staff who are not on the care team: restricted, or labelled with more than is common in any
    /// practice.
    pub fn is_restricted(&self) -> bool {
        self.confidentiality >= Confidentiality::R
            || self.labels.iter().any(|label| !labels::is_common(label))
    }
    /// Records of a substance use programme (42 CFR Part 2).
    pub fn is_part2(&self) -> bool {
        self.labels.iter().any(|label| labels::is_part2(label))
    }
    /// Whether the labels or internal marks of the resource would tell a proxy something.
    pub fn tells(&self) -> bool {
        self.is_sensitive() || self.minor_consented || self.minor_released || self.hold.is_some()
    }
}

/// A Flag of the house's own, or work of its staff that is nobody else's to know of.
fn is_of_house(category: &str) -> bool {
    match category.rsplit_once('|') {
        Some((FLAG, _)) => true,
        Some((TASK_CODE, code)) => FOR_STAFF.contains(&code),
        _ => false,
    }
}

fn categories(resource_type: ResourceType, resource: Element<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |concept: Element<'_>| {
        // A category is a CodeableConcept nearly everywhere; a bare code in a few types.
        if let Some(code) = concept.str() {
            found.push(format!("|{code}"));
        }
        for coding in concept.all("coding") {
            if let Some(code) = coding.text_at("code") {
                let system = coding.text_at("system").unwrap_or_default();
                found.push(format!("{system}|{code}"));
            }
        }
    };
    resource.all("category").into_iter().for_each(&mut add);
    if resource_type == ResourceType::TASK {
        resource.all("code").into_iter().for_each(&mut add);
    }
    if resource_type == ResourceType::FLAG {
        resource.all("code").into_iter().for_each(&mut add);
        let house = format!("{FLAG}|");
        let of_category: Vec<String> = {
            let mut list = Vec::new();
            for coding in resource.all("category.coding") {
                if let (Some(system), Some(code)) =
                    (coding.text_at("system"), coding.text_at("code"))
                {
                    list.push(format!("{system}|{code}"));
                }
            }
            list
        };
        // Of a Flag's codes only the house's own decide anything.
        found.retain(|code| code.starts_with(&house) || of_category.contains(code));
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn hold_kind(hold: Element<'_>) -> HoldKind {
    let part = |url: &str, path: &str| {
        hold.extension(url)
            .and_then(|part| part.text_at(path))
            .map(std::borrow::Cow::into_owned)
    };
    let by = part("by", "valueReference.reference");
    HoldKind {
        reason: part("reason", "valueCode").unwrap_or_default(),
        harm: part("harm", "valueCode"),
        signed: by.is_some_and(|by| is_professional(&by)),
        standing: hold
            .extension(STANDING)
            .and_then(|part| part.first("valueBoolean"))
            .and_then(Element::bool)
            .unwrap_or(false),
    }
}

/// Whether a reference names a licensed professional.
pub(crate) fn is_professional(reference: &str) -> bool {
    matches!(Reference::parse(reference, None),
        Reference::Local { resource_type, .. }
            if resource_type == ResourceType::PRACTITIONER
                || resource_type == ResourceType::PRACTITIONER_ROLE)
}

/// The facts one decision needs about one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceFacts<'a> {
    pub facet: &'a Facet,
    pub id: &'a str,
    /// The patient it is about (by `subject`, never by mere compartment membership); `None` for
    /// directory types.
    pub owner: Option<&'a str>,
    /// End of the hold in microseconds; a hold without end has no effect.
    pub hold_until: Option<i64>,
    /// HealthcareService a message or task is routed to.
    pub pool: Option<&'a str>,
    /// For scopes limited by more than a category.
    pub content: Content<'a>,
}

impl<'a> ResourceFacts<'a> {
    /// Of some resource of a patient, of which nothing is known but its facet.
    pub fn some(facet: &'a Facet, owner: &'a str) -> Self {
        Self {
            facet,
            id: "",
            owner: Some(owner),
            hold_until: None,
            pool: None,
            content: Content::Unknown,
        }
    }
}

/// The end of a release hold in microseconds since 1970 UTC; a date counts as the end of that day,
/// UTC.
pub fn hold_until(resource: Element<'_>) -> Option<i64> {
    let until = resource
        .extension(RELEASE_HOLD)?
        .extension("until")?
        .first("valueDateTime")?
        .str()?;
    crate::time::end_instant(&until, &jiff::tz::TimeZone::UTC).map(Timestamp::as_microsecond)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;

    fn facet(json: &str) -> Facet {
        let document = Document::parse(json).unwrap();
        let name = document.root().resource_type_name().unwrap();
        Facet::of(ResourceType::from_name(&name).unwrap(), document.root())
    }

    const LABELLED: &str = r#"{"resourceType":"Observation","meta":{"security":[
        {"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"},
        {"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"STD"},
        {"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"},
        {"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"NORDSCLCD"}]},
        "extension":[
          {"url":"https://kinchart.org/fhir/StructureDefinition/consent-basis","valueCode":"minor:19a-216"},
          {"url":"https://kinchart.org/fhir/StructureDefinition/release-hold","extension":[
            {"url":"reason","valueCode":"harm"},{"url":"harm","valueCode":"substantial"},
            {"url":"by","valueReference":{"reference":"Practitioner/d1"}},
            {"url":"until","valueDateTime":"2026-06-20T00:00:00-04:00"}]}],
        "category":[{"coding":[{"system":"http://s","code":"laboratory"},{"code":"own"}]}]}"#;

    #[test]
    fn a_facet_is_all_that_decides() {
        let facet = facet(LABELLED);
        assert_eq!(facet.labels, ["ADOL", "STD"]);
        assert_eq!(facet.categories, ["http://s|laboratory", "|own"]);
        assert_eq!(facet.confidentiality, Confidentiality::R);
        assert!(facet.minor_consented && !facet.minor_released);
        let hold = facet.hold.clone().unwrap();
        assert!(hold.signed && hold.harm.as_deref() == Some("substantial"));
        assert_eq!(Facet::from_key(&facet.to_key()), Some(facet));
        let document = Document::parse(LABELLED).unwrap();
        let until: Timestamp = "2026-06-20T04:00:00Z".parse().unwrap();
        assert_eq!(hold_until(document.root()), Some(until.as_microsecond()));
    }

    #[test]
    fn a_hold_signed_by_the_patient_is_not_signed() {
        let facet = facet(&LABELLED.replace("Practitioner/d1", "Patient/p1"));
        assert!(!facet.hold.unwrap().signed);
    }

    #[test]
    fn a_plain_resource_has_a_plain_facet() {
        let plain = facet(r#"{"resourceType":"Condition"}"#);
        assert_eq!(plain, Facet::plain(ResourceType::CONDITION));
        assert_eq!(Facet::from_key(&plain.to_key()), Some(plain));
        assert_eq!(Facet::from_key("nonsense"), None);
    }

    #[test]
    fn a_task_is_known_by_its_code_and_a_flag_by_the_houses_own() {
        let task =
            facet(r#"{"resourceType":"Task","code":{"coding":[{"system":"t","code":"payment"}]}}"#);
        assert_eq!(task.categories, ["t|payment"]);
        let flag = facet(
            r#"{"resourceType":"Flag","category":[{"coding":[{"system":"c","code":"safety"}]}],"code":{"coding":[
            {"system":"https://kinchart.org/fhir/CodeSystem/flag","code":"court-order"},{"system":"x","code":"y"}]}}"#,
        );
        assert_eq!(
            flag.categories,
            [
                "c|safety",
                "https://kinchart.org/fhir/CodeSystem/flag|court-order"
            ]
        );
    }

    #[test]
    fn what_tells_about_a_guarded_thing_is_guarded_like_it() {
        let mut provenance = Facet::plain(ResourceType::PROVENANCE);
        provenance.inherit(&facet(LABELLED));
        assert!(provenance.minor_consented && provenance.is_sensitive());
        assert_eq!(provenance.resource_type, ResourceType::PROVENANCE);
        assert!(!provenance.is_about_consent());
        provenance.inherit(&Facet::plain(ResourceType::RELATED_PERSON));
        assert!(provenance.is_about_consent());
        let flag = facet(
            r#"{"resourceType":"Flag","code":{"coding":[{"system":"https://kinchart.org/fhir/CodeSystem/flag","code":"court-order"}]}}"#,
        );
        let mut event = Facet::plain(ResourceType::AUDIT_EVENT);
        assert!(flag.is_staff_only() && !event.is_staff_only());
        event.inherit(&flag);
        assert!(event.is_staff_only());
    }
}
