//! Which codes make what carries them sensitive: rules as data, with a version, the same for
//! everybody who writes.
//!
//! What is known for sure (the consent care was given under) is inherited from the visit or the
//! order; labels found by codes are the net beneath it.

use crate::facts::Confidentiality;
use crate::labels;
use crate::vocabulary::{CONSENT_BASIS, DEFAULT_LABEL};
use crate::{Facet, Pack};
use fhir::{Element, ResourceType};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use crate::class::{DataClass, treatment};

const SHIPPED: &str = include_str!("../../profiles/labels/sensitivity.json");

/// The file of rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    version: String,
    rules: Vec<Line>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    labels: Vec<String>,
    confidentiality: String,
    systems: Vec<String>,
    #[serde(default)]
    codes: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
}

/// What one rule puts on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: String,
    pub labels: Vec<String>,
    /// At least this confidential.
    pub confidentiality: Confidentiality,
}

/// Codes with the label they carry, as a site gives them beside the shipped ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSet {
    /// Canonical with version.
    pub id: String,
    pub labels: Vec<String>,
    /// System and code.
    pub codes: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default)]
struct System {
    exact: HashMap<String, Vec<Arc<Rule>>>,
    prefixes: Vec<(String, Arc<Rule>)>,
}

/// All rules in force. Two sets with one version say the same.
#[derive(Debug, Clone)]
pub struct Rules {
    version: String,
    systems: HashMap<String, System>,
}

/// A file of rules that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("sensitivity rules: {0}")]
pub struct RulesError(String);

impl Rules {
    /// The shipped ones.
    pub fn shipped() -> &'static Arc<Self> {
        // A test reads the shipped file; without rules nothing would be labelled by code.
        static RULES: LazyLock<Arc<Rules>> = LazyLock::new(|| {
            Arc::new(Rules::from_json(SHIPPED).unwrap_or_else(|_| Rules {
                version: "none".to_owned(),
                systems: HashMap::new(),
            }))
        });
        &RULES
    }
    /// Reads a file of rules.
    ///
    /// # Errors
    /// Says what is wrong: no JSON of that form, a label or confidentiality nobody knows.
    pub fn from_json(text: &str) -> Result<Self, RulesError> {
        let form: Form = serde_json::from_str(text).map_err(|e| RulesError(e.to_string()))?;
        let mut rules = Self {
            version: form.version,
            systems: HashMap::new(),
        };
        for line in form.rules {
            let fault = |what: String| RulesError(format!("{}: {what}", line.id));
            let confidentiality = Confidentiality::from_code(&line.confidentiality)
                .ok_or_else(|| fault(format!("no confidentiality {}", line.confidentiality)))?;
            if let Some(unknown) = line.labels.iter().find(|label| !labels::is_known(label)) {
                return Err(fault(format!("no label {unknown}")));
            }
            let rule = Arc::new(Rule {
                id: line.id,
                labels: line.labels,
                confidentiality,
            });
            for name in line.systems {
                let system = rules.systems.entry(name).or_default();
                for code in &line.codes {
                    let of_code = system.exact.entry(code.clone()).or_default();
                    of_code.push(rule.clone());
                }
                let prefixes = line.prefixes.iter();
                let prefixes = prefixes.map(|prefix| (prefix.clone(), rule.clone()));
                system.prefixes.extend(prefixes);
            }
        }
        Ok(rules)
    }
    /// These and a site's own, which only add.
    #[must_use]
    pub fn with(&self, sets: &[CodeSet]) -> Self {
        let mut rules = self.clone();
        for set in sets {
            rules.version = format!("{}+{}", rules.version, set.id);
            let rule = Arc::new(Rule {
                id: set.id.clone(),
                labels: set.labels.clone(),
                confidentiality: Confidentiality::R,
            });
            for (system, code) in &set.codes {
                let system = rules.systems.entry(system.clone()).or_default();
                let of_code = system.exact.entry(code.clone()).or_default();
                of_code.push(rule.clone());
            }
        }
        rules
    }
    /// Which rules these are.
    pub fn version(&self) -> &str {
        &self.version
    }
    /// The rules that speak of a resource, each once, by id.
    pub fn of(&self, resource: Element<'_>) -> BTreeMap<&str, &Rule> {
        let mut found = BTreeMap::new();
        self.visit(resource, true, &mut found);
        found
    }
    fn visit<'r>(
        &'r self,
        element: Element<'_>,
        root: bool,
        found: &mut BTreeMap<&'r str, &'r Rule>,
    ) {
        if let (Some(system), Some(code)) = (element.get("system"), element.get("code"))
            && let (Some(system), Some(code)) = (system.str(), code.str())
            && let Some(system) = self.systems.get(&*system)
        {
            let exact = system.exact.get(&*code).into_iter().flatten();
            let prefixed = system.prefixes.iter();
            let prefixed = prefixed.filter(|(prefix, _)| code.starts_with(prefix.as_str()));
            for rule in exact.chain(prefixed.map(|(_, rule)| rule)) {
                found.insert(&rule.id, rule);
            }
        }
        for (name, member) in element.members() {
            // What a resource says of itself is no finding.
            if root && matches!(&*name, "meta" | "text") {
                continue;
            }
            for item in member.items() {
                self.visit(item, false, found);
            }
        }
    }
}

/// Whether codes of a type tell about somebody's health: not those of catalogues, people and logs.
fn is_labelled(resource_type: ResourceType) -> bool {
    treatment(resource_type).is_some_and(|treatment| {
        !treatment.readable_unowned
            && !matches!(
                treatment.class,
                DataClass::Demographics | DataClass::Audit | DataClass::Consent
            )
    })
}

/// The facet of a resource by itself: what it states, what its codes say, what the consent it was
/// given under asks for.
pub fn facet(
    resource_type: ResourceType,
    resource: Element<'_>,
    rules: &Rules,
    pack: &Pack,
) -> Facet {
    let mut facet = Facet::of(resource_type, resource);
    // Whoever labels a thing means it to be kept close.
    if !facet.labels.is_empty() {
        facet.confidentiality = facet.confidentiality.max(Confidentiality::R);
    }
    let basis = resource
        .extension(CONSENT_BASIS)
        .and_then(|basis| basis.text_at("valueCode"));
    if let Some(basis) = basis
        && let Some(known) = pack.minor_consents.iter().find(|one| one.basis == *basis)
    {
        facet.labels.extend(known.labels.iter().cloned());
        let asked = Confidentiality::from_code(&known.confidentiality);
        facet.confidentiality = facet
            .confidentiality
            .max(asked.unwrap_or(Confidentiality::R));
    }
    if is_labelled(resource_type) {
        by_codes(&mut facet, resource, rules);
    }
    facet.labels.sort_unstable();
    facet.labels.dedup();
    facet
}

fn by_codes(facet: &mut Facet, resource: Element<'_>, rules: &Rules) {
    for rule in rules.of(resource).into_values() {
        facet.labels.extend(rule.labels.iter().cloned());
        facet.confidentiality = facet.confidentiality.max(rule.confidentiality);
    }
}

/// What a place or a catalogue entry puts on what names it: the default labels of a confidential
/// department, what a medicine's code says. The entry itself stays open to all.
pub fn facet_of_directory(
    resource_type: ResourceType,
    resource: Element<'_>,
    rules: &Rules,
) -> Facet {
    let mut facet = Facet::plain(resource_type);
    for extension in resource.all("extension") {
        if extension.text_at("url").as_deref() != Some(DEFAULT_LABEL) {
            continue;
        }
        let system = extension.text_at("valueCoding.system");
        let Some(code) = extension.text_at("valueCoding.code") else {
            continue;
        };
        if let Some(label) = labels::sensitivity(system.as_deref(), &code) {
            facet.labels.push(label);
            facet.confidentiality = Confidentiality::R;
        }
    }
    by_codes(&mut facet, resource, rules);
    facet.labels.sort_unstable();
    facet.labels.dedup();
    facet
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;

    fn read(json: &str) -> Facet {
        let document = Document::parse(json).unwrap();
        let name = document.root().resource_type_name().unwrap();
        let pack = Pack::shipped("middlesex").unwrap();
        let resource_type = ResourceType::from_name(&name).unwrap();
        facet(resource_type, document.root(), Rules::shipped(), &pack)
    }

    const HIV: &str = r#"{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"56888-1"}]}}"#;

    #[test]
    fn the_shipped_rules_read() {
        let rules = Rules::from_json(SHIPPED).unwrap();
        assert_eq!(rules.version(), Rules::shipped().version());
        assert!(rules.systems.len() > 4);
        let wrong = SHIPPED.replacen("\"HIV\"", "\"HIVE\"", 1);
        assert!(
            Rules::from_json(&wrong)
                .unwrap_err()
                .to_string()
                .contains("hiv-diagnosis")
        );
    }

    #[test]
    fn a_code_labels_what_carries_it_wherever_it_stands() {
        assert_eq!(read(HIV).labels, ["HIV"]);
        assert_eq!(read(HIV).confidentiality, Confidentiality::R);
        let claim = read(
            r#"{"resourceType":"Claim","diagnosis":[{"diagnosisCodeableConcept":{"coding":[
            {"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"F11.20"}]}}]}"#,
        );
        assert_eq!(claim.labels, ["OPIOIDUD", "SUD"]);
        let plain = HIV.replace("56888-1", "2345-7");
        assert_eq!(read(&plain), Facet::plain(ResourceType::OBSERVATION));
    }

    #[test]
    fn a_client_cannot_lower_what_codes_say() {
        let open = HIV.replace(
            "\"code\":{",
            r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"U"}]},"code":{"#,
        );
        assert_eq!(read(&open).confidentiality, Confidentiality::R);
    }

    #[test]
    fn common_care_is_labelled_and_stays_for_staff_to_read() {
        let depressed = read(
            r#"{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct","code":"370143000"}]}}"#,
        );
        assert_eq!(depressed.labels, ["MH"]);
        assert_eq!(depressed.confidentiality, Confidentiality::N);
        let stated = read(
            r#"{"resourceType":"Condition","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"MH"}]}}"#,
        );
        assert_eq!(stated.confidentiality, Confidentiality::R);
    }

    #[test]
    fn a_basis_brings_the_labels_its_law_asks_for() {
        let visit = read(
            r#"{"resourceType":"Encounter","extension":[{"url":"https://kinchart.org/fhir/StructureDefinition/consent-basis","valueCode":"minor:hb7213"}]}"#,
        );
        assert_eq!(visit.labels, ["ADOL", "PREGNANT", "SEX"]);
        assert!(visit.minor_consented && visit.confidentiality == Confidentiality::R);
    }

    #[test]
    fn a_department_labels_what_is_made_there_and_not_itself() {
        let clinic = r#"{"resourceType":"HealthcareService","extension":[{"url":"https://kinchart.org/fhir/StructureDefinition/default-label",
            "valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}}]}"#;
        assert!(!read(clinic).is_sensitive());
        let document = Document::parse(clinic).unwrap();
        let service = ResourceType::HEALTHCARE_SERVICE;
        let given = facet_of_directory(service, document.root(), Rules::shipped());
        assert_eq!(given.labels, ["PSY"]);
    }

    #[test]
    fn a_site_adds_codes_and_takes_none_away() {
        let own = CodeSet {
            id: "http://site.example/ValueSet/arv|1".to_owned(),
            labels: vec!["HIV".to_owned()],
            codes: vec![("http://loinc.org".to_owned(), "2345-7".to_owned())],
        };
        let rules = Rules::shipped().with(&[own]);
        assert_ne!(rules.version(), Rules::shipped().version());
        for code in ["56888-1", "2345-7"] {
            let document = Document::parse(HIV.replace("56888-1", code)).unwrap();
            assert_eq!(rules.of(document.root()).len(), 1);
        }
    }

    #[test]
    fn people_and_catalogues_are_not_labelled_by_codes() {
        let medication = r#"{"resourceType":"Medication","code":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"242297"}]}}"#;
        assert!(!read(medication).is_sensitive());
    }
}
