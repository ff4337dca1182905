//! The services: what each is for, what it would like to be given, and how it is announced (CDS Hooks 2.0,
//! discovery).

use crate::{Card, Record, Request, Setting, booking, family, growth, immunization, screening};
use fhir::ResourceType;
use serde_json::{Value, json};

/// Something a service would like to know, given along as prefetch or else looked for with the caller's token.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub key: &'static str,
    pub resource_type: ResourceType,
    /// Prefetch template.
    pub template: &'static str,
    /// The category (`system|code`) its resources have, where decisions look at that.
    pub category: Option<&'static str>,
}

impl Wish {
    /// The template for one patient: a reference, or a type and a query.
    pub fn for_patient(&self, id: &str) -> String {
        self.template.replace(PATIENT, id)
    }
}

/// One service.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    pub id: &'static str,
    pub hook: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub wishes: &'static [Wish],
}

const PATIENT: &str = "{{context.patientId}}";

/// The key of the patient, which every service has.
pub const PATIENT_KEY: &str = "patient";

const fn wish(key: &'static str, resource_type: ResourceType, template: &'static str) -> Wish {
    Wish {
        key,
        resource_type,
        template,
        category: None,
    }
}

const fn within(mut wish: Wish, category: &'static str) -> Wish {
    wish.category = Some(category);
    wish
}

const WHO: Wish = wish(
    PATIENT_KEY,
    ResourceType::PATIENT,
    "Patient/{{context.patientId}}",
);
const FLAGS: Wish = wish(
    "flags",
    ResourceType::FLAG,
    "Flag?patient={{context.patientId}}",
);
const RELATIVES: Wish = wish(
    "relatives",
    ResourceType::RELATED_PERSON,
    "RelatedPerson?patient={{context.patientId}}",
);
const CONSENTS: Wish = within(
    wish(
        "consents",
        ResourceType::CONSENT,
        "Consent?patient={{context.patientId}}&category=https://kinchart.org/fhir/CodeSystem/consent-kind|proxy",
    ),
    "https://kinchart.org/fhir/CodeSystem/consent-kind|proxy",
);

/// Every service there is.
pub const SERVICES: &[Service] = &[
    Service {
        id: "patient-view",
        hook: "patient-view",
        title: "What this chart asks for",
        description: "Overdue vaccines, missing screening, growth not measured, open proxy requests, and what \
            the next birthday changes for the family",
        wishes: &[
            WHO,
            FLAGS,
            RELATIVES,
            CONSENTS,
            wish(
                "immunizations",
                ResourceType::IMMUNIZATION,
                "Immunization?patient={{context.patientId}}",
            ),
            within(
                wish(
                    "conditions",
                    ResourceType::CONDITION,
                    "Condition?patient={{context.patientId}}&category=problem-list-item",
                ),
                "http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item",
            ),
            within(
                wish(
                    "results",
                    ResourceType::OBSERVATION,
                    "Observation?patient={{context.patientId}}&category=laboratory",
                ),
                "http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
            ),
            within(
                wish(
                    "vitals",
                    ResourceType::OBSERVATION,
                    "Observation?patient={{context.patientId}}&category=vital-signs&_sort=-date&_count=100",
                ),
                "http://terminology.hl7.org/CodeSystem/observation-category|vital-signs",
            ),
            wish(
                "procedures",
                ResourceType::PROCEDURE,
                "Procedure?patient={{context.patientId}}",
            ),
            wish(
                "reports",
                ResourceType::DIAGNOSTIC_REPORT,
                "DiagnosticReport?patient={{context.patientId}}",
            ),
            wish(
                "orders",
                ResourceType::SERVICE_REQUEST,
                "ServiceRequest?patient={{context.patientId}}&status=draft,active,on-hold",
            ),
            within(
                wish(
                    "requests",
                    ResourceType::TASK,
                    "Task?patient={{context.patientId}}&status=requested,received,accepted,in-progress,on-hold\
                     &code=https://kinchart.org/fhir/CodeSystem/task-code|proxy-request",
                ),
                "https://kinchart.org/fhir/CodeSystem/task-code|proxy-request",
            ),
        ],
    },
    Service {
        id: "appointment-book",
        hook: "appointment-book",
        title: "Before an appointment is made",
        description: "Double bookings, slots that are taken, who may not book for the patient, coverage that is \
            missing or ends, balances, and birthdays before the day",
        wishes: &[
            WHO,
            FLAGS,
            RELATIVES,
            CONSENTS,
            wish(
                "appointments",
                ResourceType::APPOINTMENT,
                "Appointment?patient={{context.patientId}}&status=proposed,pending,booked,arrived,checked-in",
            ),
            wish(
                "coverages",
                ResourceType::COVERAGE,
                "Coverage?patient={{context.patientId}}",
            ),
            wish(
                "invoices",
                ResourceType::INVOICE,
                "Invoice?patient={{context.patientId}}&status=issued",
            ),
        ],
    },
];

impl Service {
    /// A service by its id.
    pub fn named(id: &str) -> Option<&'static Self> {
        SERVICES.iter().find(|service| service.id == id)
    }
    /// As discovery shows it.
    pub fn json(&self) -> Value {
        let prefetch = self.wishes.iter();
        let prefetch = prefetch.map(|wish| (wish.key.to_owned(), json!(wish.template)));
        json!({
            "hook": self.hook, "id": self.id, "title": self.title, "description": self.description,
            "prefetch": Value::Object(prefetch.collect()),
            "usageRequirements": "An access token of this server's own FHIR API, in fhirAuthorization or as the \
                Authorization header: a card tells nothing the token may not read",
        })
    }
    /// The cards for what is known, most urgent first.
    pub fn cards(
        &self,
        request: &Request<'_>,
        record: &Record<'_>,
        setting: &Setting,
    ) -> Vec<Card> {
        let mut cards = match self.hook {
            "patient-view" => patient_view(record, setting),
            _ => booking::cards(&request.appointments, record, setting),
        };
        cards.sort_by_key(|card| std::cmp::Reverse(card.indicator));
        cards
    }
}

fn patient_view(record: &Record<'_>, setting: &Setting) -> Vec<Card> {
    let mut cards = family::requests(record, setting);
    // Whoever has died needs no reminders.
    if record.is_deceased() {
        return cards;
    }
    cards.extend(family::coming_of_age(record, setting));
    cards.extend(immunization::overdue(record, setting));
    cards.extend(screening::missing(record, setting));
    cards.extend(growth::unmeasured(record, setting));
    cards
}

/// Discovery: `{"services": […]}`.
pub fn discovery() -> Value {
    json!({"services": SERVICES.iter().map(Service::json).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_name_the_type_they_are_for() {
        for service in SERVICES {
            assert!(service.wishes.iter().any(|wish| wish.key == PATIENT_KEY));
            for wish in service.wishes {
                let text = wish.for_patient("p1");
                let name = text.split(['?', '/']).next().unwrap_or_default();
                assert_eq!(name, wish.resource_type.name(), "{}", wish.key);
                assert!(text.contains("p1") && !text.contains("{{"), "{text}");
            }
        }
    }
}
