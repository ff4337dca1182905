//! The practices of the valley: organizations, sites, the people who work there, pharmacies and insurers.

use crate::ailments::AILMENTS;
use crate::calendar::Calendar;
use crate::chart::{Home, provenance};
use crate::therapy::MEDICATIONS;
use crate::words::{Code, THO, coded, named, tho, to, us_core};
use serde_json::{Value, json};

/// A practice with its sites and clinicians.
#[derive(Debug)]
pub struct Practice {
    pub home: Home,
    pub town: (&'static str, &'static str),
    /// `Location/…` of the offices for grown people and for children, and of the hospital.
    pub office: &'static str,
    pub pediatrics: &'static str,
    pub hospital: &'static str,
    /// Family physicians, paediatricians, a surgeon, a nurse.
    pub adults: &'static [Clinician],
    pub children: &'static [Clinician],
    pub surgeon: Clinician,
    pub nurse: Clinician,
}

/// Somebody who sees patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clinician {
    /// `Practitioner/…`
    pub reference: &'static str,
    pub given: &'static str,
    pub family: &'static str,
    pub title: &'static str,
    /// NUCC provider taxonomy.
    pub specialty: (&'static str, &'static str),
}

impl Clinician {
    pub fn display(&self) -> String {
        format!("{} {}, {}", self.given, self.family, self.title)
    }
    fn id(&self) -> &'static str {
        self.reference
            .strip_prefix("Practitioner/")
            .unwrap_or(self.reference)
    }
}

const FAMILY: (&str, &str) = ("207Q00000X", "Family Medicine Physician");
const PEDIATRICS: (&str, &str) = ("208000000X", "Pediatrics Physician");
const SURGERY: (&str, &str) = ("208600000X", "Surgery Physician");
const NURSE: (&str, &str) = ("163W00000X", "Registered Nurse");

const fn clinician(
    reference: &'static str,
    given: &'static str,
    family: &'static str,
    title: &'static str,
    specialty: (&'static str, &'static str),
) -> Clinician {
    Clinician {
        reference,
        given,
        family,
        title,
        specialty,
    }
}

/// All practices.
pub const PRACTICES: &[Practice] = &[
    Practice {
        home: Home {
            organization: "Organization/charter-oak-health",
            name: "Charter Oak Health",
            site: "https://charter-oak.example",
            pharmacy: "Organization/charter-oak-pharmacy",
            pharmacy_name: "Charter Oak Pharmacy",
            insurer: "Organization/nutmeg-mutual",
            insurer_name: "Nutmeg Mutual Health",
            insurer_site: "https://nutmeg-mutual.example",
            phone: "860-555-0210",
        },
        town: ("Alder Falls", "06411"),
        office: "Location/charter-oak-family-medicine",
        pediatrics: "Location/charter-oak-pediatrics",
        hospital: "Location/charter-oak-hospital",
        adults: &[
            clinician(
                "Practitioner/co-amara-okafor",
                "Amara",
                "Okafor",
                "MD",
                FAMILY,
            ),
            clinician(
                "Practitioner/co-david-lindqvist",
                "David",
                "Lindqvist",
                "DO",
                FAMILY,
            ),
            clinician(
                "Practitioner/co-rachel-stein",
                "Rachel",
                "Stein",
                "MD",
                FAMILY,
            ),
        ],
        children: &[
            clinician(
                "Practitioner/co-julian-reyes",
                "Julian",
                "Reyes",
                "MD",
                PEDIATRICS,
            ),
            clinician(
                "Practitioner/co-beth-hollis",
                "Beth",
                "Hollis",
                "MD",
                PEDIATRICS,
            ),
        ],
        surgeon: clinician(
            "Practitioner/co-martin-vance",
            "Martin",
            "Vance",
            "MD",
            SURGERY,
        ),
        nurse: clinician("Practitioner/co-joy-abbott", "Joy", "Abbott", "RN", NURSE),
    },
    Practice {
        home: Home {
            organization: "Organization/long-river-medical",
            name: "Long River Medical Group",
            site: "https://long-river.example",
            pharmacy: "Organization/long-river-apothecary",
            pharmacy_name: "Long River Apothecary",
            insurer: "Organization/constitution-care",
            insurer_name: "Constitution Care Plan",
            insurer_site: "https://constitution-care.example",
            phone: "860-555-0230",
        },
        town: ("Stonewall Corner", "06481"),
        office: "Location/long-river-primary-care",
        pediatrics: "Location/long-river-childrens-clinic",
        hospital: "Location/long-river-hospital",
        adults: &[
            clinician("Practitioner/lr-susan-park", "Susan", "Park", "MD", FAMILY),
            clinician(
                "Practitioner/lr-omar-haddad",
                "Omar",
                "Haddad",
                "MD",
                FAMILY,
            ),
        ],
        children: &[
            clinician(
                "Practitioner/lr-nadia-petrova",
                "Nadia",
                "Petrova",
                "MD",
                PEDIATRICS,
            ),
            clinician(
                "Practitioner/lr-caleb-stone",
                "Caleb",
                "Stone",
                "MD",
                PEDIATRICS,
            ),
        ],
        surgeon: clinician(
            "Practitioner/lr-ines-moreau",
            "Ines",
            "Moreau",
            "MD",
            SURGERY,
        ),
        nurse: clinician("Practitioner/lr-terry-walsh", "Terry", "Walsh", "RN", NURSE),
    },
    Practice {
        home: Home {
            organization: "Organization/shoreline-community-health",
            name: "Shoreline Community Health",
            site: "https://shoreline-community.example",
            pharmacy: "Organization/shoreline-drug",
            pharmacy_name: "Shoreline Drug",
            insurer: "Organization/sound-health-plan",
            insurer_name: "Sound Health Plan",
            insurer_site: "https://sound-plan.example",
            phone: "860-555-0250",
        },
        town: ("Saltmarsh", "06475"),
        office: "Location/shoreline-family-health",
        pediatrics: "Location/shoreline-kids",
        hospital: "Location/shoreline-hospital",
        adults: &[
            clinician(
                "Practitioner/sc-george-abara",
                "George",
                "Abara",
                "MD",
                FAMILY,
            ),
            clinician(
                "Practitioner/sc-lena-fischer",
                "Lena",
                "Fischer",
                "MD",
                FAMILY,
            ),
        ],
        children: &[clinician(
            "Practitioner/sc-priscilla-young",
            "Priscilla",
            "Young",
            "MD",
            PEDIATRICS,
        )],
        surgeon: clinician(
            "Practitioner/sc-victor-lang",
            "Victor",
            "Lang",
            "MD",
            SURGERY,
        ),
        nurse: clinician("Practitioner/sc-dana-ortega", "Dana", "Ortega", "RN", NURSE),
    },
];

impl Practice {
    /// Everybody who works here.
    pub fn staff(&self) -> impl Iterator<Item = &Clinician> {
        self.adults
            .iter()
            .chain(self.children)
            .chain([&self.surgeon, &self.nurse])
    }
}

/// The PractitionerRole of a clinician.
pub fn role_of(clinician: &Clinician) -> String {
    format!("PractitionerRole/{}", clinician.id())
}

/// Every directory resource with its Provenance: the same for every seed.
pub fn directory(calendar: &Calendar) -> Vec<Value> {
    let recorded = calendar.at(jiff::civil::date(2019, 1, 2), 8, 0);
    let mut made = Vec::new();
    let mut number = 0;
    if let Some(practice) = PRACTICES.first() {
        let home = &practice.home;
        for medication in medications() {
            made.push(provenance(&medication, home.organization, &recorded, home));
            made.push(medication);
        }
    }
    for practice in PRACTICES {
        let mut ours = organizations(practice, &mut number);
        ours.extend(locations(practice));
        ours.push(endpoint(practice));
        ours.push(department(practice));
        for clinician in practice.staff() {
            number += 1;
            ours.push(practitioner(practice, clinician, number));
            ours.push(practitioner_role(practice, clinician));
        }
        let home = &practice.home;
        let sources: Vec<Value> = ours
            .iter()
            .map(|resource| provenance(resource, home.organization, &recorded, home))
            .collect();
        made.extend(ours);
        made.extend(sources);
    }
    made
}

/// Medicines that prescriptions refer to rather than name by code.
fn medications() -> Vec<Value> {
    let mut codes: Vec<Code> = AILMENTS
        .iter()
        .flat_map(|ailment| ailment.medicines)
        .filter(|medicine| MEDICATIONS.contains(&medicine.slug))
        .map(|medicine| medicine.code)
        .collect();
    codes.sort_by_key(|code| code.code);
    codes.dedup();
    codes
        .iter()
        .map(|code| {
            json!({
                "resourceType": "Medication", "id": format!("rxnorm-{}", code.code),
                "meta": {"profile": [us_core("us-core-medication")]}, "status": "active",
                "code": code.concept()
            })
        })
        .collect()
}

fn id_of(reference: &str) -> &str {
    reference.split_once('/').map_or(reference, |(_, id)| id)
}

fn address(practice: &Practice, line: &str) -> Value {
    json!({"use": "work", "line": [line], "city": practice.town.0, "state": "CT",
        "postalCode": practice.town.1, "country": "US"})
}

fn organizations(practice: &Practice, number: &mut u32) -> Vec<Value> {
    let home = &practice.home;
    let mut organization = |reference: &str, name: &str, kind: (&str, &str), line: &str| {
        *number += 1;
        let id = id_of(reference);
        json!({
            "resourceType": "Organization", "id": id,
            "meta": {"profile": [us_core("us-core-organization")]},
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi",
                "value": npi(193_600_100 + *number * 31)}],
            "active": true, "type": [tho("organization-type", kind.0, kind.1)], "name": name,
            "telecom": [{"system": "phone", "value": home.phone, "use": "work"},
                {"system": "email", "value": format!("office@{id}.example"), "use": "work"}],
            "address": [address(practice, line)]
        })
    };
    let provider = ("prov", "Healthcare Provider");
    vec![
        organization(home.organization, home.name, provider, "1 Hospital Drive"),
        organization(
            home.pharmacy,
            home.pharmacy_name,
            provider,
            "40 Main Street",
        ),
        organization(
            home.insurer,
            home.insurer_name,
            ("pay", "Payer"),
            "200 Capitol Avenue",
        ),
    ]
}

fn locations(practice: &Practice) -> Vec<Value> {
    let home = &practice.home;
    let place = |reference: &str, name: String, kind: (&str, &str), line: &str| {
        let id = id_of(reference);
        json!({
            "resourceType": "Location", "id": id,
            "meta": {"profile": [us_core("us-core-location")]},
            "identifier": [{"system": format!("{}/locations", home.site), "value": id}],
            "status": "active", "name": name, "mode": "instance",
            "type": [tho("v3-RoleCode", kind.0, kind.1)],
            "telecom": [{"system": "phone", "value": home.phone, "use": "work"}],
            "address": address(practice, line),
            "managingOrganization": named(home.organization, home.name)
        })
    };
    vec![
        place(
            practice.hospital,
            format!("{} Hospital", home.name),
            ("HOSP", "Hospital"),
            "1 Hospital Drive",
        ),
        place(
            practice.office,
            format!("{} Family Medicine", home.name),
            ("FMC", "Family medicine clinic"),
            "18 Main Street",
        ),
        place(
            practice.pediatrics,
            format!("{} Pediatrics", home.name),
            ("PEDC", "Pediatrics clinic"),
            "20 Main Street",
        ),
    ]
}

fn endpoint(practice: &Practice) -> Value {
    let home = &practice.home;
    json!({
        "resourceType": "Endpoint", "id": format!("{}-fhir", id_of(home.organization)),
        "status": "active",
        "connectionType": {"system": format!("{THO}endpoint-connection-type"),
            "code": "hl7-fhir-rest", "display": "HL7 FHIR"},
        "name": format!("{} patient access", home.name),
        "managingOrganization": to(home.organization),
        "payloadType": [{"text": "FHIR R4"}],
        "address": format!("{}/fhir", home.site)
    })
}

/// `HealthcareService/…` that reads the messages of a practice.
pub fn pool(practice: &Practice) -> String {
    format!(
        "HealthcareService/{}-messages",
        id_of(practice.home.organization)
    )
}

fn department(practice: &Practice) -> Value {
    let home = &practice.home;
    json!({
        "resourceType": "HealthcareService", "id": id_of(&pool(practice)), "active": true,
        "providedBy": named(home.organization, home.name),
        "category": [{"text": "Message pool"}],
        "location": [to(practice.office)], "name": format!("{} Messages", home.name),
        "comment": "Nurses and staff of the practice read and answer these messages.",
        "telecom": [{"system": "phone", "value": home.phone, "use": "work"}],
        "availableTime": [{"daysOfWeek": ["mon", "tue", "wed", "thu", "fri"],
            "availableStartTime": "08:00:00", "availableEndTime": "17:00:00"}]
    })
}

fn practitioner(practice: &Practice, clinician: &Clinician, number: u32) -> Value {
    let home = &practice.home;
    let id = clinician.id();
    json!({
        "resourceType": "Practitioner", "id": id,
        "meta": {"profile": [us_core("us-core-practitioner")]},
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi",
            "value": npi(156_900_200 + number * 17)}],
        "active": true,
        "name": [{"use": "official", "family": clinician.family, "given": [clinician.given],
            "suffix": [clinician.title]}],
        "telecom": [{"system": "phone", "value": home.phone, "use": "work"},
            {"system": "email", "value": format!("{id}@{}", home.site.trim_start_matches("https://")),
             "use": "work"}],
        "address": [address(practice, "18 Main Street")]
    })
}

fn practitioner_role(practice: &Practice, clinician: &Clinician) -> Value {
    let home = &practice.home;
    let child = clinician.specialty == PEDIATRICS;
    let surgical = clinician.specialty == SURGERY;
    let location = match (child, surgical) {
        (true, _) => practice.pediatrics,
        (_, true) => practice.hospital,
        _ => practice.office,
    };
    let code = if clinician.specialty == NURSE {
        ("224535009", "Registered nurse")
    } else {
        ("309343006", "Physician")
    };
    json!({
        "resourceType": "PractitionerRole", "id": clinician.id(),
        "meta": {"profile": [us_core("us-core-practitionerrole")]},
        "active": true,
        "practitioner": named(clinician.reference, &clinician.display()),
        "organization": named(home.organization, home.name),
        "code": [coded("http://snomed.info/sct", code.0, code.1)],
        "specialty": [coded("http://nucc.org/provider-taxonomy", clinician.specialty.0,
            clinician.specialty.1)],
        "location": [to(location)],
        "healthcareService": [to(&pool(practice))],
        "telecom": [{"system": "phone", "value": home.phone, "use": "work"}],
        "endpoint": [to(&format!("Endpoint/{}-fhir", id_of(home.organization)))]
    })
}

/// A national provider identifier with its check digit (ISO 7812 over the prefix 80840).
pub fn npi(base: u32) -> String {
    let digits = format!("80840{base:09}");
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            match index % 2 {
                0 if digit > 4 => digit * 2 - 9,
                0 => digit * 2,
                _ => digit,
            }
        })
        .sum();
    format!("{base:09}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_identifiers_carry_their_check_digit() {
        // The worked example of the NPI standard.
        assert_eq!(npi(123_456_789), "1234567893");
    }
}
