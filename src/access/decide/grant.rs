//! Gate G4: what a relationship, a level, a role or a purpose grants.

use super::{Case, Reason, Redaction, Refusal, Scene, Verdict, refuse};
use crate::actor::{Actor, Relationship, RelationshipKind, RelationshipStatus};
use crate::class::DataClass;
use crate::decide::scene::Ages;
use crate::pack::{Matrix, Pack};
use crate::time::{BirthDate, attained, within};
use crate::{Action, Facet, Standing};
use fhir::ResourceType;
use jiff::Timestamp;

/// The level at which only demographics are left, and of those only [`SUBSETTED_PATIENT`].
pub const DEMOGRAPHICS_ONLY: &str = "demographics-read";
const FULL: &str = "full";
const SELF: &str = "self";

/// What is left of a Patient for a parent whose tier is no longer full.
pub static SUBSETTED_PATIENT: Redaction = Redaction {
    keep: &[
        "id",
        "meta.versionId",
        "meta.lastUpdated",
        "active",
        "name",
        "gender",
        "birthDate",
        "address",
        "telecom",
        "communication.language",
    ],
    // Not telecom: a number private to the teenager must not be confirmed by a search.
    params: &[
        "_id",
        "_lastUpdated",
        "active",
        "name",
        "family",
        "given",
        "phonetic",
        "gender",
        "birthdate",
        "address",
        "address-city",
        "address-country",
        "address-postalcode",
        "address-state",
        "address-use",
        "language",
    ],
};

/// What the person behind a request may do for the patient in context, worked out once per request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acting {
    Itself(Matrix),
    For(ActingFor),
    /// Not in a patient's name.
    Otherwise,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ActingFor {
    pub refusal: Option<Refusal>,
    pub matrix: Matrix,
    pub full: bool,
    /// The level comes from the child's age, not from a choice.
    pub by_age: bool,
}

impl Acting {
    pub fn of(standing: &Standing, pack: &Pack, ages: Ages, now: Timestamp) -> Self {
        let own = Self::Itself(pack.level(SELF).unwrap_or_default());
        match &standing.actor {
            Actor::SelfPatient { .. } => own,
            Actor::ShareLink(link) if !link.created_by_proxy => own,
            Actor::Proxy { .. } | Actor::ShareLink(_) => {
                Self::For(acting_for(standing, pack, ages, now))
            }
            _ => Self::Otherwise,
        }
    }
}

fn acting_for(standing: &Standing, pack: &Pack, ages: Ages, now: Timestamp) -> ActingFor {
    let mut acting = ActingFor {
        refusal: None,
        matrix: Matrix::default(),
        full: false,
        by_age: false,
    };
    let (Some(relationship), Some(patient)) = (&standing.relationship, &standing.patient) else {
        acting.refusal = Some(refuse("G4", "DENY_PROXY_NONE", 404));
        return acting;
    };
    acting.refusal = in_force(relationship, now)
        .or_else(|| while_alive(relationship.kind, patient.deceased))
        .or_else(|| of_age(standing, relationship, pack, ages));
    acting.by_age = is_parental(relationship.kind);
    let named = relationship.level.as_deref();
    let level = if acting.by_age {
        let tier = ages.tier.and_then(|index| pack.parent_tiers.get(index));
        match tier {
            Some(tier) => Some(tier.level.as_str()),
            None if !ages.known => Some(DEMOGRAPHICS_ONLY),
            None => None,
        }
    } else {
        match relationship.kind {
            RelationshipKind::Adult => named,
            _ => Some(named.unwrap_or(FULL)),
        }
        .filter(|level| pack.adult_proxy_levels.iter().any(|known| known == level))
    };
    acting.full = level == Some(FULL);
    acting.matrix = level.and_then(|l| pack.level(l)).unwrap_or_default();
    if acting.by_age
        && let Some(named) = named.filter(|named| Some(*named) != level)
    {
        // A parent may have been given less than the age allows, never more.
        acting.full = false;
        acting.matrix = acting.matrix.and(pack.level(named).unwrap_or_default());
    }
    if relationship.read_only {
        acting.matrix = acting.matrix.read_only();
    }
    acting
}

pub(super) fn is_parental(kind: RelationshipKind) -> bool {
    matches!(kind, RelationshipKind::Parent | RelationshipKind::Guardian)
}

fn in_force(relationship: &Relationship, now: Timestamp) -> Option<Refusal> {
    let refused = |reason| Some(refuse("G4", reason, 404));
    match relationship.status {
        RelationshipStatus::Pending => return refused("DENY_PROXY_PENDING"),
        RelationshipStatus::Revoked => return refused("DENY_PROXY_REVOKED"),
        RelationshipStatus::Ended => return refused("DENY_PROXY_EXPIRED"),
        RelationshipStatus::Active => {}
    }
    if relationship.end.is_some_and(|end| now >= end) {
        refused("DENY_PROXY_EXPIRED")
    } else if !within(relationship.start, relationship.end, now) {
        refused("DENY_PROXY_NOT_STARTED")
    } else if relationship.court_restricted {
        refused("DENY_COURT_ORDER")
    } else {
        None
    }
}

fn while_alive(kind: RelationshipKind, deceased: bool) -> Option<Refusal> {
    match (kind, deceased) {
        (RelationshipKind::EstateRepresentative, true) => None,
        (RelationshipKind::EstateRepresentative, false) => {
            Some(refuse("G4", "DENY_PROXY_PENDING", 404))
        }
        (_, true) => Some(refuse("G4", "DENY_PATIENT_DECEASED", 404)),
        (_, false) => None,
    }
}

fn of_age(
    standing: &Standing,
    relationship: &Relationship,
    pack: &Pack,
    ages: Ages,
) -> Option<Refusal> {
    let patient = standing.patient.as_ref()?;
    if is_parental(relationship.kind) {
        if ages.aged_out {
            return Some(refuse("G4", "DENY_PROXY_AGED_OUT_18", 404));
        }
        if Scene::parents_terminated(pack, patient) {
            return Some(refuse("G4", "DENY_PROXY_TERMINATED", 404));
        }
    } else if relationship.kind == RelationshipKind::Adult && !patient.emancipated {
        let birth = patient.birth_date.as_deref().and_then(BirthDate::parse);
        let consented_as_adult = birth
            .zip(relationship.consented_at)
            .is_some_and(|(birth, at)| {
                attained(
                    birth.latest,
                    pack.parent_auto_remove_age,
                    pack.leap_day,
                    pack.zone(),
                    at,
                )
            });
        if !consented_as_adult {
            return Some(refuse("G4", "DENY_ADULT_PROXY_NEEDS_ADULT_CONSENT", 404));
        }
    }
    None
}

/// G4: a positive ground for the action.
pub(super) fn granted(case: &Case<'_>) -> Verdict {
    match &case.scene.standing.actor {
        Actor::SelfPatient { .. } => own(case),
        Actor::Proxy { .. } => proxy(case),
        Actor::Staff(staff) => super::staff::granted(case, staff),
        Actor::Organization { .. } => super::system::organization(case),
        Actor::Backend => Ok(()),
        Actor::Guest { .. } => super::visitor::guest(case),
        Actor::ShareLink(link) => super::visitor::share_link(case, link),
        Actor::Anonymous => Err(refuse("G4", "DENY_TOKEN_MISSING", 401)),
    }
}

/// The class that decides for people: other people's relationships to the patient, and what tells of
/// them, count as consents; a Task as what it is about.
pub(super) fn class_for_people(case: &Case<'_>) -> Option<DataClass> {
    let facet = case.facts.facet;
    let class = case.treatment?.class;
    if class == DataClass::Audit {
        return Some(class);
    }
    if facet.is_about_consent() {
        return Some(DataClass::Consent);
    }
    Some(facet_class(facet, class))
}

pub(super) fn facet_class(facet: &Facet, class: DataClass) -> DataClass {
    if facet.resource_type != ResourceType::TASK {
        return class;
    }
    facet
        .categories
        .iter()
        .map(|category| category.rsplit('|').next().unwrap_or(""))
        .map(crate::class::task_class)
        .find(|class| *class != DataClass::Clinical)
        .unwrap_or(class)
}

pub(super) fn own(case: &Case<'_>) -> Verdict {
    let Acting::Itself(matrix) = case.scene.acting else {
        return Err(refuse("G4", "DENY_ACTION", 403));
    };
    if case.facts.facet.is_staff_only() {
        return Err(refuse("G4", "DENY_STAFF_ONLY", 404));
    }
    match class_for_people(case) {
        Some(class) if matrix.allows(class, case.action) => Ok(()),
        Some(_) => Err(refuse("G4", "DENY_ACTION", 403)),
        None => Err(refuse("G4", "DENY_TYPE", 404)),
    }
}

/// Whether the resource is the proxy's own relationship to the patient.
pub(super) fn is_own_relationship(case: &Case<'_>) -> bool {
    case.facts.facet.resource_type == ResourceType::RELATED_PERSON
        && matches!(&case.scene.standing.actor,
            Actor::Proxy { related_person, .. } if related_person == case.facts.id)
}

pub(super) fn proxy(case: &Case<'_>) -> Verdict {
    let Acting::For(acting) = case.scene.acting else {
        return Err(refuse("G4", "DENY_PROXY_NONE", 404));
    };
    if let Some(refusal) = acting.refusal {
        return Err(refusal);
    }
    if is_own_relationship(case) && case.reads() {
        return Ok(());
    }
    if case.facts.facet.is_staff_only() || case.facts.facet.is_of_owner() {
        return Err(refuse("G4", "DENY_STAFF_ONLY", 404));
    }
    // What somebody asked support is theirs: it may be about the very person who acts for them.
    if super::staff::is_support_ticket(case.facts.facet) {
        return Err(refuse("G4", "DENY_PROXY_LEVEL", 404));
    }
    let Some(class) = class_for_people(case) else {
        return Err(refuse("G4", "DENY_TYPE", 404));
    };
    if acting.matrix.allows(class, case.action) {
        return Ok(());
    }
    let readable = acting.matrix.allows(class, Action::Read) || is_own_relationship(case);
    Err(match (readable, acting.by_age) {
        (true, _) if acting.matrix.writes(class) => refuse("G4", "DENY_ACTION", 403),
        (true, _) => refuse("G4", "DENY_PROXY_READ_ONLY", 403),
        (false, true) => refuse("G4", "DENY_PROXY_LEVEL_AGE", 404),
        (false, false) => refuse("G4", "DENY_PROXY_LEVEL", 404),
    })
}

/// The ground a proxy's permit stands on, and what of the resource is left.
pub(super) fn proxy_permit(case: &Case<'_>) -> (Reason, Option<&'static Redaction>) {
    let Acting::For(acting) = case.scene.acting else {
        return (Reason("PERMIT_PROXY_LEVEL"), None);
    };
    if is_own_relationship(case) && case.reads() {
        (Reason("PERMIT_OWN_RELATIONSHIP"), None)
    } else if acting.full {
        (Reason("PERMIT_PROXY_FULL"), None)
    } else if acting.by_age && case.facts.facet.resource_type == ResourceType::PATIENT {
        (
            Reason("PERMIT_PROXY_DEMOGRAPHICS"),
            Some(&SUBSETTED_PATIENT),
        )
    } else {
        (Reason("PERMIT_PROXY_LEVEL"), None)
    }
}
