//! Sharing a record by link: the categories somebody chooses from, and what each comes to as scopes.

use crate::facts::Facet;
use crate::{Access, Action, ResourceFacts};
use fhir::ResourceType;
use smart::scope::{ResourceScope, Scopes};

/// How whoever opens a link is named in the trail, before the link's id.
pub const LINK_AGENT: &str = "Device/link-";

/// A part of the record that is shared or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Category {
    pub code: &'static str,
    /// For people who choose.
    pub title: &'static str,
    scopes: &'static [&'static str],
}

/// Whose record it is, and the people and places it speaks of: in every link.
const ALWAYS: &[&str] = &[
    "patient/Patient.rs",
    "patient/Practitioner.rs",
    "patient/PractitionerRole.rs",
    "patient/Organization.rs",
    "patient/Location.rs",
    "patient/Medication.rs",
];

/// What there is to choose from, in the order of a page.
pub const CATEGORIES: &[Category] = &[
    Category {
        code: "medications",
        title: "Medications",
        scopes: &[
            "patient/MedicationRequest.rs",
            "patient/MedicationStatement.rs",
            "patient/MedicationDispense.rs",
        ],
    },
    Category {
        code: "allergies",
        title: "Allergies",
        scopes: &["patient/AllergyIntolerance.rs"],
    },
    Category {
        code: "conditions",
        title: "Conditions",
        scopes: &["patient/Condition.rs"],
    },
    Category {
        code: "immunizations",
        title: "Vaccinations",
        scopes: &["patient/Immunization.rs"],
    },
    Category {
        code: "results",
        title: "Test results",
        scopes: &[
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
            "patient/DiagnosticReport.rs?category=http://terminology.hl7.org/CodeSystem/v2-0074|LAB",
        ],
    },
    Category {
        code: "vital-signs",
        title: "Vital signs",
        scopes: &[
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs",
        ],
    },
    Category {
        code: "visits",
        title: "Visits",
        scopes: &["patient/Encounter.rs"],
    },
    Category {
        code: "notes",
        title: "Notes and visit summaries",
        scopes: &["patient/DocumentReference.rs", "patient/Binary.r"],
    },
    Category {
        code: "procedures",
        title: "Procedures",
        scopes: &["patient/Procedure.rs"],
    },
    Category {
        code: "care-plans",
        title: "Care plan, goals and care team",
        scopes: &[
            "patient/CarePlan.rs",
            "patient/Goal.rs",
            "patient/CareTeam.rs",
        ],
    },
    Category {
        code: "insurance",
        title: "Insurance",
        scopes: &["patient/Coverage.rs"],
    },
];

/// The category of a code.
pub fn category(code: &str) -> Option<&'static Category> {
    CATEGORIES.iter().find(|one| one.code == code)
}

/// The scopes of a link that shows these categories. A code nobody knows adds nothing.
pub fn scopes<'c>(codes: impl IntoIterator<Item = &'c str>) -> String {
    let chosen = codes.into_iter().filter_map(category);
    let mut all: Vec<&str> = ALWAYS.to_vec();
    all.extend(chosen.flat_map(|one| one.scopes));
    all.join(" ")
}

/// The types of these categories that are about the patient's health.
pub fn types<'c>(codes: impl IntoIterator<Item = &'c str>) -> Vec<ResourceType> {
    let chosen = codes.into_iter().filter_map(category);
    let parsed = chosen.flat_map(|one| Scopes::parse(&one.scopes.join(" ")).resources);
    let named = parsed.filter_map(|scope| ResourceType::from_name(scope.resource_type.as_deref()?));
    let mut types: Vec<ResourceType> = named.filter(|of| *of != ResourceType::BINARY).collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// Whether the caller may see anything of a category that carries no label, and so may give it.
pub fn may_see(access: &Access, category: &Category) -> bool {
    sees(access, category, &[])
}

/// Whether the caller sees, in any of the categories, what carries a label, and so may give it along.
pub fn may_see_labelled(access: &Access, categories: &[&Category], label: &str) -> bool {
    let labels = [label.to_owned()];
    categories.iter().any(|one| sees(access, one, &labels))
}

fn sees(access: &Access, category: &Category, labels: &[String]) -> bool {
    let Some(patient) = access.standing().patient.as_ref() else {
        return false;
    };
    let scopes = Scopes::parse(&category.scopes.join(" ")).resources;
    scopes
        .iter()
        .filter_map(|scope| facet(scope, labels))
        .any(|facet| {
            let facts = ResourceFacts::some(&facet, &patient.id);
            access.decide(Action::Search, &facts).permits()
        })
}

/// Something that a scope is for.
fn facet(scope: &ResourceScope, labels: &[String]) -> Option<Facet> {
    let resource_type = ResourceType::from_name(scope.resource_type.as_deref()?)?;
    let categories = scope.constraints.iter().map(|(_, value)| value.clone());
    Some(Facet {
        categories: categories.collect(),
        labels: labels.to_vec(),
        ..Facet::plain(resource_type)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::actor::{Account, ShareLink};
    use crate::standing::Agent;
    use crate::{Actor, Client, Pack, PatientFacts, Standing};
    use std::sync::Arc;

    fn opened(actor: Actor, scopes: &str) -> Access {
        let client = Client {
            id: "link".to_owned(),
            scopes: Scopes::parse(scopes),
            patient: Some("p".to_owned()),
            expires: None,
            revoked: false,
            active: true,
            bound_to: None,
            third_party: false,
        };
        let standing = Standing {
            patient: Some(PatientFacts {
                id: "p".to_owned(),
                birth_date: Some("1985-04-04".to_owned()),
                ..PatientFacts::default()
            }),
            ..Standing::bare(actor, Some(client), Agent::default())
        };
        let pack = Arc::new(Pack::shipped("middlesex").unwrap());
        let now = "2026-06-15T12:00:00Z".parse().unwrap();
        Access::open(Arc::new(standing), pack, now).unwrap()
    }

    fn link(labels: &[&str]) -> Actor {
        Actor::ShareLink(ShareLink {
            passcode_required: false,
            passcode_ok: false,
            expires: None,
            revoked: false,
            created_by_proxy: false,
            related_person: None,
            included_labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        })
    }

    #[test]
    fn every_scope_of_a_category_is_one_we_enforce() {
        for one in CATEGORIES {
            let text = one.scopes.join(" ");
            let scopes = Scopes::parse(&text).resources;
            assert_eq!(scopes.len(), one.scopes.len(), "{}", one.code);
            for scope in &scopes {
                assert!(facet(scope, &[]).is_some(), "{}", scope.text);
                assert!(crate::enforces(scope), "{}", scope.text);
            }
            assert_eq!(category(one.code), Some(one));
        }
        assert_eq!(category("everything"), None);
    }

    #[test]
    fn a_link_shows_the_categories_it_was_made_for_and_no_others() {
        let access = opened(link(&[]), &scopes(["results", "nonsense"]));
        for one in CATEGORIES {
            let expected = one.code == "results";
            assert_eq!(may_see(&access, one), expected, "{}", one.code);
        }
        let vital_signs = category("vital-signs").unwrap();
        let both = opened(link(&[]), &scopes(["results", "vital-signs"]));
        assert!(may_see(&both, vital_signs));
        assert_eq!(types(["results"]).len(), 2);
    }

    #[test]
    fn a_label_goes_along_only_where_it_was_ticked() {
        let results = category("results").unwrap();
        let access = opened(link(&["HIV"]), &scopes(["results"]));
        assert!(may_see_labelled(&access, &[results], "HIV"));
        assert!(!may_see_labelled(&access, &[results], "SUD"));
        assert!(!may_see_labelled(
            &access,
            &[category("visits").unwrap()],
            "HIV"
        ));
    }

    #[test]
    fn nobody_gives_what_their_own_token_does_not_let_them_see() {
        let patient = Actor::SelfPatient {
            account: Account::Active,
            terms_accepted: true,
        };
        let access = opened(patient, "patient/Immunization.rs");
        assert!(may_see(&access, category("immunizations").unwrap()));
        assert!(!may_see(&access, category("notes").unwrap()));
    }
}
