//! The practice: organization, sites, departments with message pools, and everybody who works
//! there.

use crate::calendar::Calendar;
use crate::chart::{Home, provenance, reference_of};
use crate::words::{SNOMED, THO, coded, named, tho, to, us_core};
use access::vocabulary::BASE;
use population::practice::npi;
use serde_json::{Value, json};

pub const ORGANIZATION: &str = "Organization/riverbend";
pub const ORGANIZATION_NAME: &str = "Riverbend Health";
const STREET: &str = "100 Crescent Street";
const CITY: &str = "Middletown";
const STATE: &str = "CT";
const POSTAL_CODE: &str = "06457";
const COUNTRY: &str = "US";

/// Where the organization is, for the brand that apps show.
pub fn address() -> config::Address {
    let text = |text: &str| Some(text.to_owned());
    config::Address {
        line: text(STREET),
        city: text(CITY),
        state: text(STATE),
        postal_code: text(POSTAL_CODE),
        country: text(COUNTRY),
    }
}
pub const INSURER: &str = "Organization/nutmeg-insurance";
pub const PHARMACY: &str = "Organization/riverbend-pharmacy";
pub const HOSPITAL: &str = "Location/riverbend-hospital";
pub const FAMILY_MEDICINE: &str = "Location/family-medicine";
pub const PEDIATRICS: &str = "Location/pediatrics";
pub const GENERAL_PRACTITIONER_ADULT: &str = "Practitioner/priya-patel";
pub const GENERAL_PRACTITIONER_CHILD: &str = "Practitioner/samuel-osei";
pub const BEHAVIORAL: &str = "Practitioner/elena-brandt";
pub const SURGEON: &str = "Practitioner/henry-cho";
/// Departments' message pools: HealthcareService ids.
pub const POOL_FAMILY_MEDICINE: &str = "family-medicine";
pub const POOL_PEDIATRICS: &str = "pediatrics";
pub const POOL_BILLING: &str = "billing-office";
pub const POOL_SUPPORT: &str = "customer-service";

/// What the practice is called in its patients' records.
pub const HOME: Home = Home {
    organization: ORGANIZATION,
    name: ORGANIZATION_NAME,
    site: "https://riverbend.example",
    pharmacy: PHARMACY,
    pharmacy_name: "Riverbend Community Pharmacy",
    insurer: INSURER,
    insurer_name: "Nutmeg State Health Plan",
    insurer_site: "https://nutmeg-insurance.example",
    phone: "860-555-0100",
};

/// Somebody on the staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worker {
    /// Practitioner id; also the username, with a dot for the dash.
    pub id: &'static str,
    pub given: &'static str,
    pub family: &'static str,
    pub title: &'static str,
    /// Sign-in role of the demo's manifest, and its key there.
    pub role: Option<(&'static str, &'static str)>,
    pub pools: &'static [&'static str],
    /// NUCC provider taxonomy: clinicians only.
    pub specialty: Option<(&'static str, &'static str)>,
    pub location: &'static str,
}

const NURSE: (&str, &str) = ("163W00000X", "Registered Nurse");

/// Everybody on the staff. Every role of the manifest is taken at least once.
pub const WORKERS: &[Worker] = &[
    Worker {
        id: "priya-patel",
        given: "Priya",
        family: "Patel",
        title: "MD",
        role: Some(("clinician", "clinician")),
        pools: &[POOL_FAMILY_MEDICINE],
        specialty: Some(("207Q00000X", "Family Medicine Physician")),
        location: FAMILY_MEDICINE,
    },
    Worker {
        id: "samuel-osei",
        given: "Samuel",
        family: "Osei",
        title: "MD",
        role: Some(("clinician-2", "clinician")),
        pools: &[POOL_PEDIATRICS],
        specialty: Some(("208000000X", "Pediatrics Physician")),
        location: PEDIATRICS,
    },
    Worker {
        id: "elena-brandt",
        given: "Elena",
        family: "Brandt",
        title: "LCSW",
        role: None,
        pools: &[],
        specialty: Some(("1041C0700X", "Clinical Social Worker")),
        location: PEDIATRICS,
    },
    Worker {
        id: "henry-cho",
        given: "Henry",
        family: "Cho",
        title: "MD",
        role: None,
        pools: &[],
        specialty: Some(("208600000X", "Surgery Physician")),
        location: HOSPITAL,
    },
    Worker {
        id: "rita-flores",
        given: "Rita",
        family: "Flores",
        title: "Registration",
        role: Some(("registration", "registration")),
        pools: &[],
        specialty: None,
        location: FAMILY_MEDICINE,
    },
    Worker {
        id: "bill-nguyen",
        given: "Bill",
        family: "Nguyen",
        title: "Billing",
        role: Some(("billing", "billing")),
        pools: &[POOL_BILLING],
        specialty: None,
        location: FAMILY_MEDICINE,
    },
    Worker {
        id: "paula-reed",
        given: "Paula",
        family: "Reed",
        title: "RN",
        role: Some(("pool-agent", "pool-agent")),
        pools: &[POOL_FAMILY_MEDICINE],
        specialty: Some(NURSE),
        location: FAMILY_MEDICINE,
    },
    Worker {
        id: "peter-ames",
        given: "Peter",
        family: "Ames",
        title: "RN",
        role: Some(("pool-agent-2", "pool-agent")),
        pools: &[POOL_PEDIATRICS],
        specialty: Some(NURSE),
        location: PEDIATRICS,
    },
    Worker {
        id: "sara-klein",
        given: "Sara",
        family: "Klein",
        title: "Support",
        role: Some(("support", "support")),
        pools: &[POOL_SUPPORT],
        specialty: None,
        location: FAMILY_MEDICINE,
    },
    Worker {
        id: "hugo-mills",
        given: "Hugo",
        family: "Mills",
        title: "RHIA",
        role: Some(("him", "him")),
        pools: &[],
        specialty: None,
        location: HOSPITAL,
    },
    Worker {
        id: "petra-voss",
        given: "Petra",
        family: "Voss",
        title: "CHPC",
        role: Some(("privacy", "privacy")),
        pools: &[],
        specialty: None,
        location: HOSPITAL,
    },
];

impl Worker {
    pub fn display(&self) -> String {
        format!("{} {}, {}", self.given, self.family, self.title)
    }
    pub fn username(&self) -> String {
        self.id.replace('-', ".")
    }
    pub fn email(&self) -> String {
        format!("{}@riverbend.example", self.username())
    }
}

/// The display name of a staff reference (`Practitioner/…`), or the organization's.
pub fn display_of(practitioner: &str) -> String {
    let id = practitioner.trim_start_matches("Practitioner/");
    WORKERS
        .iter()
        .find(|worker| worker.id == id)
        .map_or_else(|| ORGANIZATION_NAME.to_owned(), Worker::display)
}

/// Every directory resource, each with its Provenance.
pub fn resources(calendar: &Calendar) -> Vec<Value> {
    let mut made = organizations();
    made.extend(locations());
    made.push(json!({
        "resourceType": "Endpoint", "id": "riverbend-fhir", "status": "active",
        "connectionType": {"system": format!("{THO}endpoint-connection-type"),
            "code": "hl7-fhir-rest", "display": "HL7 FHIR"},
        "name": "Riverbend Health patient access",
        "managingOrganization": to(ORGANIZATION),
        "payloadType": [{"text": "FHIR R4"}],
        "address": "https://fhir.riverbend.example/fhir"
    }));
    made.extend(departments());
    for (index, worker) in WORKERS.iter().enumerate() {
        made.push(practitioner(worker, index));
        made.push(practitioner_role(worker));
    }
    let recorded = calendar.ago(900, 8, 0);
    let sources: Vec<Value> = made
        .iter()
        .map(|resource| provenance(resource, ORGANIZATION, &recorded, &HOME))
        .collect();
    made.extend(sources);
    debug_assert!(made.iter().all(|resource| reference_of(resource).len() > 2));
    made
}

/// Everybody in the practice's care: what a registry or a payer would be allowed to export.
pub const PATIENTS: &str = "riverbend-patients";

/// The Group of some patients.
pub fn group<'a>(patients: impl Iterator<Item = &'a str>) -> Value {
    let member = |id: &str| json!({"entity": {"reference": format!("Patient/{id}")}});
    let members: Vec<Value> = patients.map(member).collect();
    json!({
        "resourceType": "Group", "id": PATIENTS, "active": true,
        "type": "person", "actual": true,
        "name": "Patients of Riverbend Health",
        "quantity": members.len(),
        "managingEntity": to(ORGANIZATION),
        "member": members
    })
}

fn organizations() -> Vec<Value> {
    let organization = |id: &str, name: &str, kind: (&str, &str), npi: Value, phone: &str| {
        json!({
            "resourceType": "Organization", "id": id,
            "meta": {"profile": [us_core("us-core-organization")]},
            "identifier": npi, "active": true,
            "type": [tho("organization-type", kind.0, kind.1)],
            "name": name,
            "telecom": [{"system": "phone", "value": phone, "use": "work"},
                {"system": "email", "value": format!("hello@{id}.example"), "use": "work"}],
            "address": [{"use": "work", "line": [STREET], "city": CITY,
                "state": STATE, "postalCode": POSTAL_CODE, "country": COUNTRY}]
        })
    };
    let npi = |base: u32| json!([{"system": "http://hl7.org/fhir/sid/us-npi", "value": npi(base)}]);
    let provider = ("prov", "Healthcare Provider");
    vec![
        organization(
            "riverbend",
            ORGANIZATION_NAME,
            provider,
            npi(193_500_110),
            "860-555-0100",
        ),
        organization(
            "riverbend-pharmacy",
            "Riverbend Community Pharmacy",
            provider,
            npi(193_500_111),
            "860-555-0150",
        ),
        organization(
            "nutmeg-insurance",
            "Nutmeg State Health Plan",
            ("pay", "Payer"),
            json!([{"system": "urn:oid:2.16.840.1.113883.6.300", "value": "99990"}]),
            "800-555-0170",
        ),
    ]
}

fn locations() -> Vec<Value> {
    let place = |id: &str, name: &str, kind: (&str, &str), line: &str, phone: &str| {
        json!({
            "resourceType": "Location", "id": id,
            "meta": {"profile": [us_core("us-core-location")]},
            "identifier": [{"system": "https://riverbend.example/locations", "value": id}],
            "status": "active", "name": name, "mode": "instance",
            "type": [tho("v3-RoleCode", kind.0, kind.1)],
            "telecom": [{"system": "phone", "value": phone, "use": "work"}],
            "address": {"use": "work", "line": [line], "city": "Middletown", "state": "CT",
                "postalCode": "06457", "country": "US"},
            "managingOrganization": named(ORGANIZATION, ORGANIZATION_NAME)
        })
    };
    vec![
        place(
            "riverbend-hospital",
            "Riverbend Hospital",
            ("HOSP", "Hospital"),
            "100 Crescent Street",
            "860-555-0100",
        ),
        place(
            "family-medicine",
            "Riverbend Family Medicine",
            ("FMC", "Family medicine clinic"),
            "12 Main Street",
            "860-555-0120",
        ),
        place(
            "pediatrics",
            "Riverbend Pediatrics",
            ("PEDC", "Pediatrics clinic"),
            "14 Main Street",
            "860-555-0130",
        ),
    ]
}

/// What practices answer; a pool says so of itself, and apps offer it for that.
const OF_PRACTICES: [&str; 5] = [
    "medical-question",
    "test-result-question",
    "prescription-question",
    "appointment-question",
    "amendment-request",
];

fn departments() -> Vec<Value> {
    let message = format!("{BASE}/CodeSystem/message-category");
    let department = |id: &str, name: &str, comment: &str, location: &str, answers: &[&str]| {
        let answers = answers
            .iter()
            .map(|code| coded(&message, code, &code.replace('-', " ")));
        json!({
            "resourceType": "HealthcareService", "id": id, "active": true,
            "providedBy": named(ORGANIZATION, ORGANIZATION_NAME),
            "category": [{"text": "Message pool"}],
            "location": [to(location)], "name": name, "comment": comment,
            "characteristic": answers.collect::<Vec<_>>(),
            "telecom": [{"system": "phone", "value": "860-555-0100", "use": "work"}],
            "availableTime": [{"daysOfWeek": ["mon", "tue", "wed", "thu", "fri"],
                "availableStartTime": "08:00:00", "availableEndTime": "17:00:00"}]
        })
    };
    vec![
        department(
            POOL_FAMILY_MEDICINE,
            "Family Medicine",
            "Nurses and staff of the practice read and answer these messages.",
            FAMILY_MEDICINE,
            &OF_PRACTICES,
        ),
        department(
            POOL_PEDIATRICS,
            "Pediatrics",
            "Nurses and staff of the practice read and answer these messages.",
            PEDIATRICS,
            &OF_PRACTICES,
        ),
        department(
            POOL_BILLING,
            "Billing Office",
            "Questions about statements and payments.",
            HOSPITAL,
            &["billing-question"],
        ),
        department(
            POOL_SUPPORT,
            "Customer Service",
            "Help with signing in; no medical advice.",
            HOSPITAL,
            &["customer-service-question"],
        ),
    ]
}

fn practitioner(worker: &Worker, index: usize) -> Value {
    let base = 156_730_200 + u32::try_from(index).unwrap_or(0) * 17;
    let identifier = if worker.specialty.is_some() {
        json!([{"system": "http://hl7.org/fhir/sid/us-npi", "value": npi(base)}])
    } else {
        json!([{"system": "https://riverbend.example/staff", "value": worker.id}])
    };
    json!({
        "resourceType": "Practitioner", "id": worker.id,
        "meta": {"profile": [us_core("us-core-practitioner")]},
        "identifier": identifier, "active": true,
        "name": [{"use": "official", "family": worker.family, "given": [worker.given],
            "suffix": [worker.title]}],
        "telecom": [{"system": "phone", "value": "860-555-0100", "use": "work"},
            {"system": "email", "value": worker.email(), "use": "work"}],
        "address": [{"use": "work", "line": ["12 Main Street"], "city": "Middletown",
            "state": "CT", "postalCode": "06457", "country": "US"}]
    })
}

fn practitioner_role(worker: &Worker) -> Value {
    let mut role = json!({
        "resourceType": "PractitionerRole", "id": worker.id,
        "meta": {"profile": [us_core("us-core-practitionerrole")]},
        "active": true,
        "practitioner": named(&format!("Practitioner/{}", worker.id), &worker.display()),
        "organization": named(ORGANIZATION, ORGANIZATION_NAME),
        "code": [if worker.specialty == Some(NURSE) {
            coded(SNOMED, "224535009", "Registered nurse")
        } else if worker.specialty.is_some() {
            coded(SNOMED, "158965000", "Medical practitioner")
        } else {
            coded(SNOMED, "224608005", "Administrative healthcare staff")
        }],
        "location": [to(worker.location)],
        "telecom": [{"system": "phone", "value": "860-555-0100", "use": "work"}],
        "endpoint": [to("Endpoint/riverbend-fhir")]
    });
    if let Some(map) = role.as_object_mut() {
        if let Some((code, display)) = worker.specialty {
            let specialty = coded("http://nucc.org/provider-taxonomy", code, display);
            map.insert("specialty".into(), json!([specialty]));
        }
        let pools: Vec<Value> = worker
            .pools
            .iter()
            .map(|pool| to(&format!("HealthcareService/{pool}")))
            .collect();
        if !pools.is_empty() {
            map.insert("healthcareService".into(), Value::Array(pools));
        }
    }
    role
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_somebody() {
        for role in [
            "clinician",
            "registration",
            "billing",
            "pool-agent",
            "support",
            "him",
            "privacy",
        ] {
            assert!(WORKERS.iter().any(|w| w.role.is_some_and(|r| r.1 == role)));
        }
    }
}
