//! What may be offered: whom a person may act for just now, what they would see, which scopes an
//! app may be given.

use crate::class::{DataClass, treatment};
use crate::decide::{Acting, DEMOGRAPHICS_ONLY, Scene};
use crate::pack::Matrix;
use crate::{Access, Action, Actor, Pack, Standing, words};
use fhir::ResourceType;
use jiff::Timestamp;
use smart::discovery::{CATEGORIES, PATIENT_TYPES};
use smart::scope::{ResourceScope, Scopes};
use std::sync::Arc;

/// How many changes by time are looked at to find the next one a person would notice.
const FLIPS_MAX: usize = 8;

/// What acting for somebody means at one instant, in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// Why this patient cannot be chosen; `None` when they can.
    pub why_not: Option<&'static str>,
    /// What can be seen, in plain words, most telling first.
    pub sees: Vec<&'static str>,
    /// What stays hidden at this age or level.
    pub hidden: Vec<&'static str>,
    /// Only name, address and the like are left.
    pub demographics_only: bool,
    /// Appointments can be made.
    pub may_book: bool,
    /// When that changes by itself (a birthday, the end of a grant), and to what.
    pub next: Option<(Timestamp, Box<Outlook>)>,
}

impl Outlook {
    /// Whether the patient can be chosen.
    pub fn open(&self) -> bool {
        self.why_not.is_none()
    }
    /// The outlook of a person's standing for one patient.
    pub fn of(standing: &Arc<Standing>, pack: &Arc<Pack>, now: Timestamp) -> Self {
        let mut outlook = Self::at(standing, pack, now);
        let mut at = now;
        for _ in 0..FLIPS_MAX {
            let scene = Scene::new(Arc::clone(standing), Arc::clone(pack), at);
            let Some(next) = scene.next() else { break };
            let then = Self::at(standing, pack, next);
            if then != outlook {
                outlook.next = Some((next, Box::new(then)));
                break;
            }
            at = next;
        }
        outlook
    }
    fn at(standing: &Arc<Standing>, pack: &Arc<Pack>, now: Timestamp) -> Self {
        let scene = Scene::new(Arc::clone(standing), Arc::clone(pack), now);
        let (why_not, matrix) = match (scene.barred(), scene.acting) {
            (Some(refusal), _) => (Some(refusal.reason), Matrix::default()),
            (None, Acting::Itself(matrix)) => (None, matrix),
            (None, Acting::For(acting)) => {
                (acting.refusal.map(|refusal| refusal.reason), acting.matrix)
            }
            (None, Acting::Otherwise) => (None, Matrix::default()),
        };
        let (mut sees, mut hidden) = (Vec::new(), Vec::new());
        if why_not.is_none() {
            for (class, text) in IN_WORDS {
                if matrix.allows(*class, Action::Read) {
                    sees.push(*text);
                } else {
                    hidden.push(*text);
                }
            }
        }
        let only = pack.level(DEMOGRAPHICS_ONLY);
        Self {
            why_not: why_not.map(|reason| words::why_not_for(reason.0)),
            demographics_only: why_not.is_none()
                && sees.len() == 1
                && only.is_some_and(|only| matrix.and(only) == matrix),
            may_book: why_not.is_none() && matrix.allows(DataClass::Scheduling, Action::Create),
            sees,
            hidden,
            next: None,
        }
    }
}

/// What a named level comes to, for whoever gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// As the pack names it.
    pub name: String,
    pub title: String,
    /// What can be seen, in one sentence.
    pub sees: String,
}

/// The levels an adult may give another adult, most telling first.
pub fn levels(pack: &Pack) -> Vec<Level> {
    let named = pack.adult_proxy_levels.iter();
    named
        .filter_map(|name| {
            let matrix = pack.level(name)?;
            let mut sees: Vec<String> = Vec::new();
            for (_, text) in IN_WORDS
                .iter()
                .filter(|(class, _)| matrix.allows(*class, Action::Read))
            {
                sees.push(match sees.is_empty() {
                    true => (*text).to_owned(),
                    false => text.to_lowercase(),
                });
            }
            Some(Level {
                name: name.clone(),
                title: match name.as_str() {
                    "full" => "Everything, and act for me".to_owned(),
                    "view-all" => "See everything, change nothing".to_owned(),
                    "scheduling-billing" => "Appointments and bills only".to_owned(),
                    other => other.replace('-', " "),
                },
                sees: sees.join(", "),
            })
        })
        .collect()
}

/// The data classes a person thinks in.
const IN_WORDS: &[(DataClass, &str)] = &[
    (
        DataClass::Clinical,
        "Test results, notes, medicines and conditions",
    ),
    (DataClass::Immunization, "Vaccinations"),
    (DataClass::Messaging, "Messages"),
    (DataClass::Scheduling, "Appointments"),
    (DataClass::Financial, "Bills and insurance"),
    (
        DataClass::Demographics,
        "Name, address and other personal details",
    ),
];

/// One resource scope a client asked for, as the consent page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Exactly as asked for.
    pub scope: String,
    /// What it is about: `Test results and observations`.
    pub title: String,
    /// What may be done: `See`, `See and add`, …
    pub verb: &'static str,
    /// Whether it changes anything.
    pub writes: bool,
    /// Why this person cannot give it; `None` when they can.
    pub why_not: Option<&'static str>,
    /// Parts that may be given instead of the whole (HTI-1): for a whole type only.
    pub parts: Vec<Part>,
}

/// A part of a type that may be given alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The granular scope.
    pub scope: String,
    pub title: &'static str,
}

/// What of the scopes asked for this person may give for the patient in context, in the order
/// asked. Without an
/// access nobody's chart is in question (a member of staff): everything may be given.
pub fn offers(access: Option<&Access>, asked: &Scopes) -> Vec<Offer> {
    asked
        .resources
        .iter()
        .map(|scope| Offer {
            scope: scope.text.clone(),
            title: title(scope),
            verb: verb(scope),
            writes: writes(scope),
            why_not: access.and_then(|access| why_not(access, scope)),
            parts: parts(scope)
                .into_iter()
                .filter(|part| {
                    let part = ResourceScope::parse(&part.scope);
                    part.is_some_and(|part| access.is_none_or(|it| why_not(it, &part).is_none()))
                })
                .collect(),
        })
        .collect()
}

fn writes(scope: &ResourceScope) -> bool {
    scope
        .actions
        .iter()
        .any(|action| !matches!(action, Action::Read | Action::Search))
}

/// What a scope lets be done, in plain words.
pub fn verb(scope: &ResourceScope) -> &'static str {
    let can = |action| scope.actions.contains(&action);
    let sees = can(Action::Read) || can(Action::Search);
    match (sees, can(Action::Create), can(Action::Update)) {
        (true, false, false) => "See",
        (true, true, false) => "See and add",
        (true, false, true) => "See and change",
        (true, true, true) => "See, add and change",
        (false, true, false) => "Add",
        (false, false, true) => "Change",
        (false, true, true) => "Add and change",
        (false, false, false) => "Remove",
    }
}

fn parts(scope: &ResourceScope) -> Vec<Part> {
    if !scope.constraints.is_empty() {
        return Vec::new();
    }
    // A v1 scope takes no constraint: its parts are written in v2 letters.
    let letters: String = Action::ALL
        .into_iter()
        .filter(|action| scope.actions.contains(action))
        .map(Action::letter)
        .collect();
    let context = scope.context.as_str();
    match scope.resource_type.as_deref() {
        Some(type_name) => categories(context, type_name, &letters).collect(),
        None => PATIENT_TYPES
            .iter()
            .flat_map(|type_name| {
                // In the form it was asked for in.
                let whole = Part {
                    scope: scope.text.replacen("/*.", &format!("/{type_name}."), 1),
                    title: type_title(type_name).unwrap_or(type_name),
                };
                std::iter::once(whole).chain(categories(context, type_name, &letters))
            })
            .collect(),
    }
}

/// The parts of one type that may be given alone.
fn categories(context: &str, type_name: &str, letters: &str) -> impl Iterator<Item = Part> {
    CATEGORIES
        .iter()
        .filter(move |(named, ..)| *named == type_name && *named != "DocumentReference")
        .map(move |(_, system, code, title)| Part {
            scope: format!("{context}/{type_name}.{letters}?category={system}|{code}"),
            title,
        })
}

/// What a scope is about, in plain words.
pub fn title(scope: &ResourceScope) -> String {
    let Some(type_name) = scope.resource_type.as_deref() else {
        return "The whole record".to_owned();
    };
    let of_part = scope.constraints.iter().find_map(|(_, value)| {
        CATEGORIES
            .iter()
            .find(|(named, system, code, _)| {
                *named == type_name && (*value == format!("{system}|{code}") || value == code)
            })
            .map(|(.., title)| (*title).to_owned())
    });
    of_part.unwrap_or_else(
        || match (type_title(type_name), scope.constraints.is_empty()) {
            (Some(title), true) => title.to_owned(),
            (Some(title), false) => format!("{title} (a part)"),
            (None, _) => spaced(type_name),
        },
    )
}

/// What a type holds, in the words of people.
pub fn type_title(type_name: &str) -> Option<&'static str> {
    Some(match type_name {
        "Account" => "Billing accounts",
        "AllergyIntolerance" => "Allergies",
        "Appointment" => "Appointments",
        "AuditEvent" => "Who looked at the record",
        "Binary" => "Documents and images",
        "CarePlan" => "Care plans",
        "CareTeam" => "Care team",
        "ChargeItem" => "Charges",
        "Claim" | "ExplanationOfBenefit" => "Insurance claims",
        "Communication" => "Messages",
        "Condition" => "Conditions and diagnoses",
        "Consent" => "Consents and sharing choices",
        "Coverage" => "Insurance",
        "Device" => "Implants and devices",
        "DiagnosticReport" => "Test reports",
        "DocumentReference" => "Notes and documents",
        "Encounter" => "Visits",
        "FamilyMemberHistory" => "Family history",
        "Flag" => "Alerts for the care team",
        "Goal" => "Health goals",
        "HealthcareService" => "Departments and message groups",
        "ImagingStudy" => "Imaging studies",
        "Immunization" => "Vaccinations",
        "ImmunizationRecommendation" => "Vaccinations that are due",
        "Invoice" => "Bills",
        "Location" => "Places of care",
        "Media" => "Pictures and recordings",
        "Medication" => "Medicine catalogue",
        "MedicationDispense" => "Medicines handed out",
        "MedicationRequest" => "Medicines and prescriptions",
        "MedicationStatement" => "Medicines taken",
        "NutritionOrder" => "Diet orders",
        "Observation" => "Test results, vital signs and observations",
        "Organization" => "Clinics and hospitals",
        "Patient" => "Name, address and personal details",
        "PaymentNotice" => "Payments made",
        "PaymentReconciliation" => "Payments matched to bills",
        "Person" => "Your sign-in",
        "Practitioner" => "Doctors, nurses and other staff",
        "PractitionerRole" => "Where doctors, nurses and other staff work",
        "Procedure" => "Procedures",
        "Provenance" => "Where information came from",
        "Questionnaire" => "Forms to fill in",
        "QuestionnaireResponse" => "Answers to forms",
        "RelatedPerson" => "Family and others who act for the patient",
        "Schedule" | "Slot" => "Free appointment times",
        "ServiceRequest" => "Orders and referrals",
        "Specimen" => "Samples",
        "Task" => "Requests under way",
        "VerificationResult" => "Checks of identity",
        _ => return None,
    })
}

/// `ImagingStudy` as `Imaging study`.
fn spaced(type_name: &str) -> String {
    let mut text = String::with_capacity(type_name.len() + 4);
    for (index, letter) in type_name.chars().enumerate() {
        if index > 0 && letter.is_uppercase() {
            text.push(' ');
            text.extend(letter.to_lowercase());
        } else {
            text.push(letter);
        }
    }
    text
}

/// Why a person cannot give a scope: nothing it names could be seen by them either.
fn why_not(access: &Access, scope: &ResourceScope) -> Option<&'static str> {
    let standing = access.standing();
    if !matches!(
        standing.actor,
        Actor::SelfPatient { .. } | Actor::Proxy { .. }
    ) {
        return None;
    }
    let matrix = access.matrix();
    let name = scope.resource_type.as_deref()?;
    let Some(treatment) = ResourceType::from_name(name).and_then(treatment) else {
        return Some("This is nothing we keep.");
    };
    let own_relationship = name == "RelatedPerson" && matches!(standing.actor, Actor::Proxy { .. });
    let possible = own_relationship
        || name == "Task"
        || scope
            .actions
            .iter()
            .any(|action| matrix.allows(treatment.class, *action));
    if possible {
        None
    } else {
        Some("You cannot see this yourself, so you cannot share it.")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::actor::{Account, Relationship, RelationshipKind, RelationshipStatus};
    use crate::standing::Agent;
    use crate::{PatientFacts, time};
    use std::collections::BTreeMap;

    fn parent_of(born: &str) -> Arc<Standing> {
        Arc::new(Standing {
            actor: Actor::Proxy {
                account: Account::Active,
                terms_accepted: true,
                adult: true,
                related_person: "r".to_owned(),
            },
            client: None,
            patient: Some(PatientFacts {
                id: "p".to_owned(),
                birth_date: Some(born.to_owned()),
                ..PatientFacts::default()
            }),
            relationship: Some(Relationship {
                kind: RelationshipKind::Parent,
                status: RelationshipStatus::Active,
                level: None,
                consented_at: None,
                start: None,
                end: None,
                court_restricted: false,
                exclude_sensitive: false,
                read_only: false,
            }),
            consents: Vec::new(),
            others: BTreeMap::new(),
            charts: Vec::new(),
            agent: Agent::default(),
        })
    }
    fn pack() -> Arc<Pack> {
        Arc::new(Pack::shipped("middlesex").unwrap())
    }
    fn noon() -> Timestamp {
        "2026-06-15T16:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_parent_reads_when_the_view_narrows_and_to_what() {
        let outlook = Outlook::of(&parent_of("2013-11-21"), &pack(), noon());
        assert!(outlook.open() && outlook.hidden.is_empty() && !outlook.demographics_only);
        let (at, then) = outlook.next.unwrap();
        assert_eq!(Some(at), time::start_instant("2026-11-21", pack().zone()));
        assert!(then.demographics_only && then.open());
        assert_eq!(then.sees, ["Name, address and other personal details"]);
    }

    #[test]
    fn the_parent_of_an_adult_is_told_so() {
        let outlook = Outlook::of(&parent_of("2000-01-01"), &pack(), noon());
        assert!(outlook.why_not.unwrap().contains("18 or older"));
        assert_eq!(outlook.next, None);
    }

    #[test]
    fn what_one_cannot_see_one_cannot_share() {
        let asked = Scopes::parse("openid patient/Patient.rs patient/Observation.rs patient/*.rs");
        let access = Access::open(parent_of("2011-02-01"), pack(), noon()).unwrap();
        let offers = offers(Some(&access), &asked);
        let closed: Vec<bool> = offers.iter().map(|o| o.why_not.is_some()).collect();
        assert_eq!(closed, [false, true, false]);
    }

    #[test]
    fn a_whole_type_comes_with_its_parts_as_scopes_that_parse() {
        let asked = Scopes::parse(
            "patient/Condition.rs patient/Observation.read \
             patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
        );
        let access = Access::open(parent_of("2020-01-01"), pack(), noon()).unwrap();
        let offers = offers(Some(&access), &asked);
        assert_eq!(offers[0].parts.len(), 3);
        assert!(offers[1].parts.len() >= 6);
        assert!(offers[2].parts.is_empty());
        assert_eq!(offers[2].title, "Laboratory results");
        for offer in &offers {
            let whole = ResourceScope::parse(&offer.scope).unwrap();
            for part in &offer.parts {
                let part = ResourceScope::parse(&part.scope).unwrap();
                assert!(whole.covers(&part), "{}", part.text);
            }
        }
    }

    #[test]
    fn the_whole_record_can_be_given_type_by_type() {
        let asked = Scopes::parse("patient/*.read");
        let access = Access::open(parent_of("2011-02-01"), pack(), noon()).unwrap();
        let scopes = |offers: Vec<Offer>| -> Vec<String> {
            let parts = offers.into_iter().flat_map(|offer| offer.parts);
            parts.map(|part| part.scope).collect()
        };
        let all = scopes(offers(None, &asked));
        assert!(all.contains(&"patient/Observation.read".to_owned()));
        assert!(all.len() > 30);
        // A parent of a teenager can share what a parent of a teenager sees.
        let seen = scopes(offers(Some(&access), &asked));
        assert!(seen.contains(&"patient/Patient.read".to_owned()));
        assert!(!seen.contains(&"patient/Observation.read".to_owned()));
    }

    #[test]
    fn words_are_words() {
        assert_eq!(spaced("ImagingStudy"), "Imaging study");
        let scope = ResourceScope::parse("patient/Communication.crs").unwrap();
        assert_eq!((verb(&scope), writes(&scope)), ("See and add", true));
    }
}
