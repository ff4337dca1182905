//! Small FHIR shapes the whole demo is spelled with: codings, quantities, references, code systems.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Value, json};

pub const LOINC: &str = "http://loinc.org";
pub const SNOMED: &str = "http://snomed.info/sct";
pub const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
pub const CVX: &str = "http://hl7.org/fhir/sid/cvx";
pub const ICD10: &str = "http://hl7.org/fhir/sid/icd-10-cm";
pub const UCUM: &str = "http://unitsofmeasure.org";
pub const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
pub const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
pub const ROLE_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
pub const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
pub const CONDITION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/condition-category";
pub const US_CORE_CATEGORY: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category";
pub const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
pub const THO: &str = "http://terminology.hl7.org/CodeSystem/";

/// A code with its display: the unit every table of the demo is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    pub system: &'static str,
    pub code: &'static str,
    pub display: &'static str,
}

/// A SNOMED CT concept.
pub const fn snomed(code: &'static str, display: &'static str) -> Code {
    Code {
        system: SNOMED,
        code,
        display,
    }
}

/// A LOINC term.
pub const fn loinc(code: &'static str, display: &'static str) -> Code {
    Code {
        system: LOINC,
        code,
        display,
    }
}

/// An RxNorm concept.
pub const fn rxnorm(code: &'static str, display: &'static str) -> Code {
    Code {
        system: RXNORM,
        code,
        display,
    }
}

/// An ICD-10-CM code.
pub const fn icd10(code: &'static str, display: &'static str) -> Code {
    Code {
        system: ICD10,
        code,
        display,
    }
}

impl Code {
    pub fn coding(self) -> Value {
        json!({"system": self.system, "code": self.code, "display": self.display})
    }
    pub fn concept(self) -> Value {
        json!({"coding": [self.coding()], "text": self.display})
    }
}

/// In the story files a code is one text: `SNOMED 195967001 Asthma`.
impl<'de: 'static> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <&'static str>::deserialize(from)?;
        let fault = || D::Error::custom(format!("{text} is not SYSTEM CODE DISPLAY"));
        let (system, rest) = text.split_once(' ').ok_or_else(fault)?;
        let (code, display) = rest.split_once(' ').ok_or_else(fault)?;
        let system = match system {
            "SNOMED" => SNOMED,
            "RxNorm" => RXNORM,
            "ICD-10" => ICD10,
            "LOINC" => LOINC,
            _ => return Err(fault()),
        };
        Ok(Self {
            system,
            code,
            display,
        })
    }
}

/// A CodeableConcept of one coding without display text.
pub fn coded(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [{"system": system, "code": code, "display": display}]})
}

/// A CodeableConcept of one terminology.hl7.org coding.
pub fn tho(system: &str, code: &str, display: &str) -> Value {
    coded(&format!("{THO}{system}"), code, display)
}

/// A Quantity in UCUM.
pub fn quantity(value: f64, decimals: u32, unit: &str, code: &str) -> Value {
    json!({"value": number(value, decimals), "unit": unit, "system": UCUM, "code": code})
}

/// A JSON number of at most `decimals` fraction digits.
pub fn number(value: f64, decimals: u32) -> Value {
    let scale = 10f64.powi(decimals as i32);
    let rounded = (value * scale).round() / scale;
    if decimals == 0 {
        json!(rounded as i64)
    } else {
        json!(rounded)
    }
}

/// A Reference to `Type/id`.
pub fn to(reference: &str) -> Value {
    json!({"reference": reference})
}

/// A Reference to `Type/id` with a display.
pub fn named(reference: &str, display: &str) -> Value {
    json!({"reference": reference, "display": display})
}

/// US dollars, two places at most.
pub fn dollars(cents: i64) -> Value {
    json!({"value": number(cents as f64 / 100.0, 2), "currency": "USD"})
}

/// The canonical of a US Core profile.
pub fn us_core(name: &str) -> String {
    format!("{US_CORE}{name}")
}

/// A number in [-1, 1) that depends only on the text: the demo's only "randomness".
pub fn wobble(seed: &str) -> f64 {
    let hash = seed.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 33) as f64) / f64::from(1u32 << 30) - 1.0
}
