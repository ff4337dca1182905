//! The R4 compartments: which search parameters tie a resource to a patient, encounter,
//! practitioner, …

use std::sync::LazyLock;

use crate::ResourceType;

const TEXT: &str = include_str!("../../profiles/r4/compartments.txt");

type Members = Vec<(ResourceType, Vec<&'static str>)>;

static COMPARTMENTS: LazyLock<Vec<(ResourceType, Members)>> = LazyLock::new(decode);

/// The search parameters by which a resource of `member` belongs to a compartment of type
/// `compartment` (any of them suffices). `None`: the type is never in it.
pub fn params(compartment: ResourceType, member: ResourceType) -> Option<&'static [&'static str]> {
    let members = members(compartment)?;
    let found = members.iter().find(|(t, _)| *t == member)?;
    Some(&found.1)
}

/// The types that can be in a compartment, by name; `None` when there is no such compartment.
pub fn members(compartment: ResourceType) -> Option<&'static [(ResourceType, Vec<&'static str>)]> {
    let all: &'static Vec<_> = &COMPARTMENTS;
    let found = all.iter().find(|(t, _)| *t == compartment)?;
    Some(&found.1)
}

fn decode() -> Vec<(ResourceType, Members)> {
    let mut out: Vec<(ResourceType, Members)> = Vec::new();
    for line in TEXT.lines() {
        let Some(rest) = line.strip_prefix('\t') else {
            out.extend(ResourceType::from_name(line).map(|t| (t, Vec::new())));
            continue;
        };
        let member = rest.split_once('\t');
        if let (Some((name, params)), Some((_, members))) = (member, out.last_mut()) {
            let params = params.split(' ').collect();
            members.extend(ResourceType::from_name(name).map(|t| (t, params)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn named(name: &str) -> ResourceType {
        ResourceType::from_name(name).unwrap()
    }

    #[test]
    fn observations_are_in_the_patient_compartment_by_subject_and_performer() {
        let found = params(named("Patient"), named("Observation")).unwrap();
        assert_eq!(found, ["subject", "performer"]);
        assert_eq!(params(named("Patient"), named("Location")), None);
        assert_eq!(params(named("Location"), named("Patient")), None);
    }

    #[test]
    fn every_compartment_parameter_exists() {
        let all: Vec<_> = ResourceType::all().filter_map(members).flatten().collect();
        assert!(all.len() > 200);
        for (member, params) in all {
            for code in params {
                assert!(
                    crate::search::param(*member, code).is_some(),
                    "{member}.{code}"
                );
            }
        }
    }
}
