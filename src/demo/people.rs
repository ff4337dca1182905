//! Everybody who signs in, whom they act for, and how the record says so: RelatedPerson, Person,
//! Consent, Flag, Task.

use crate::calendar::{Birth, Calendar};
use crate::chart::provenance;
use crate::member::Member;
use crate::places::{HOME, ORGANIZATION, ORGANIZATION_NAME};
use crate::words::{ROLE_CODE, THO, coded, named, tho, to, us_core};
use access::vocabulary::{BASE, CONSENT_KIND, FLAG, PROXY_LEVEL, PROXY_RELATIONSHIP, RESTRICTS};
use serde_json::{Value, json};

/// An adult who signs in without a chart of their own here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Relative {
    /// Key in the manifest; the username's first half.
    pub key: &'static str,
    pub given: &'static str,
    pub family: &'static str,
    pub birth: Birth,
    pub street: &'static str,
    pub phone: &'static str,
}

/// Relatives with an account but no chart.
pub const RELATIVES: &[Relative] = &[
    Relative {
        key: "lucia",
        given: "Lucia",
        family: "Morales",
        birth: Birth::Ago {
            years: 51,
            days: 12,
        },
        street: "5 Mill Pond Road",
        phone: "860-555-0171",
    },
    Relative {
        key: "kate",
        given: "Kate",
        family: "Doyle",
        birth: Birth::Ago {
            years: 38,
            days: 99,
        },
        street: "301 Pine Street",
        phone: "860-555-0133",
    },
    Relative {
        key: "brian",
        given: "Brian",
        family: "Doyle",
        birth: Birth::Ago {
            years: 40,
            days: 300,
        },
        street: "16 River Road",
        phone: "860-555-0187",
    },
    Relative {
        key: "ingrid",
        given: "Ingrid",
        family: "Larsen",
        birth: Birth::Ago {
            years: 36,
            days: 44,
        },
        street: "9 Harbor View",
        phone: "860-555-0116",
    },
];

/// One person acting, or asking to act, for one patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proxy {
    /// Key of a patient or relative with an account; empty for somebody without one.
    pub actor: &'static str,
    pub name: (&'static str, &'static str),
    /// Patient id.
    pub patient: &'static str,
    /// Code of [`PROXY_RELATIONSHIP`].
    pub relationship: &'static str,
    /// v3-RoleCode of the RelatedPerson.
    pub role: (&'static str, &'static str),
    /// Level the patient granted; none for parents.
    pub level: Option<&'static str>,
    pub state: State,
    pub since_days: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Pending,
    Ended,
}

impl Proxy {
    /// RelatedPerson id: `ana-for-leo`.
    pub fn id(&self) -> String {
        let who = if self.actor.is_empty() {
            self.name.0.to_lowercase()
        } else {
            self.actor.to_owned()
        };
        format!("{who}-for-{}", self.patient)
    }
}

const fn parent(
    actor: &'static str,
    name: (&'static str, &'static str),
    patient: &'static str,
    mother: bool,
) -> Proxy {
    Proxy {
        actor,
        name,
        patient,
        relationship: "parent",
        role: if mother {
            ("MTH", "mother")
        } else {
            ("FTH", "father")
        },
        level: None,
        state: State::Active,
        since_days: 600,
    }
}

const fn adult(
    actor: &'static str,
    name: (&'static str, &'static str),
    patient: &'static str,
    role: (&'static str, &'static str),
    level: &'static str,
) -> Proxy {
    Proxy {
        actor,
        name,
        patient,
        relationship: "adult",
        role,
        level: Some(level),
        state: State::Active,
        since_days: 250,
    }
}

/// All proxies of the demo.
pub const PROXIES: &[Proxy] = &[
    parent("ana", ("Ana", "Rivera"), "leo", true),
    parent("ana", ("Ana", "Rivera"), "nina", true),
    parent("ana", ("Ana", "Rivera"), "teo", true),
    parent("ana", ("Ana", "Rivera"), "sofia", true),
    adult(
        "paul",
        ("Paul", "Novak"),
        "helen",
        ("HUSB", "husband"),
        "full",
    ),
    adult(
        "helen",
        ("Helen", "Novak"),
        "paul",
        ("WIFE", "wife"),
        "scheduling-billing",
    ),
    adult(
        "lucia",
        ("Lucia", "Morales"),
        "rosa",
        ("DAUC", "Daughter"),
        "view-all",
    ),
    parent("kate", ("Kate", "Doyle"), "owen", true),
    parent("brian", ("Brian", "Doyle"), "owen", false),
    parent("ingrid", ("Ingrid", "Larsen"), "felix", true),
    parent("ingrid", ("Ingrid", "Larsen"), "mila", true),
    Proxy {
        actor: "paul",
        name: ("Paul", "Novak"),
        patient: "walter",
        relationship: "estate-representative",
        role: ("SONC", "son"),
        level: None,
        state: State::Active,
        since_days: 70,
    },
    Proxy {
        state: State::Ended,
        ..parent("", ("Tina", "Bennett"), "jade", true)
    },
    Proxy {
        state: State::Pending,
        since_days: 3,
        ..parent("", ("Jonas", "Larsen"), "felix", false)
    },
    Proxy {
        state: State::Pending,
        since_days: 1,
        ..adult(
            "",
            ("Carmen", "Morales"),
            "rosa",
            ("NIECE", "niece"),
            "scheduling-billing",
        )
    },
];

/// The RelatedPerson the court restricts.
pub const RESTRICTED: &str = "brian-for-owen";

/// Everything that says who may act for whom.
pub fn resources(calendar: &Calendar, members: &[&Member]) -> Vec<Value> {
    let mut made = Vec::new();
    for proxy in PROXIES {
        let at = calendar.ago(proxy.since_days, 10, 30);
        let related = related_person(calendar, proxy);
        made.push(provenance(&related, ORGANIZATION, &at, &HOME));
        made.push(related);
        if let (Some(level), State::Active) = (proxy.level, proxy.state) {
            made.push(proxy_consent(calendar, proxy, level));
        }
        if proxy.state == State::Pending {
            made.push(request_task(calendar, proxy));
        }
    }
    made.push(court_order(calendar));
    made.push(emancipation(calendar));
    for member in members {
        made.push(person(member.id, &member.name(), Some(member.id)));
        made.push(terms(calendar, member));
    }
    for relative in RELATIVES {
        let name = json!({"use": "official", "family": relative.family, "given": [relative.given]});
        made.push(person(relative.key, &name, None));
    }
    made
}

fn related_person(calendar: &Calendar, proxy: &Proxy) -> Value {
    let relative = RELATIVES.iter().find(|it| it.key == proxy.actor);
    let phone = relative.map_or("860-555-0142", |it| it.phone);
    let street = relative.map_or("27 Alder Lane", |it| it.street);
    let mut period = json!({"start": calendar.day(proxy.since_days).to_string()});
    if let (State::Ended, Some(map)) = (proxy.state, period.as_object_mut()) {
        map.insert("end".into(), json!(calendar.day(200).to_string()));
    }
    let mut made = json!({
        "resourceType": "RelatedPerson", "id": proxy.id(),
        "meta": {"profile": [us_core("us-core-relatedperson")]},
        "extension": [{"url": PROXY_RELATIONSHIP, "valueCode": proxy.relationship}],
        "active": proxy.state == State::Active, "patient": to(&format!("Patient/{}", proxy.patient)),
        "relationship": [coded(ROLE_CODE, proxy.role.0, proxy.role.1)],
        "name": [{"use": "official", "family": proxy.name.1, "given": [proxy.name.0]}],
        "telecom": [{"system": "phone", "value": phone, "use": "mobile"}],
        "address": [{"use": "home", "line": [street], "city": "Middletown", "state": "CT",
            "postalCode": "06457", "country": "US"}]
    });
    if let (true, Some(map)) = (proxy.state != State::Pending, made.as_object_mut()) {
        map.insert("period".into(), period);
    }
    made
}

fn consent(id: &str, patient: &str, kind: (&str, &str), at: &str) -> Value {
    json!({
        "resourceType": "Consent", "id": id, "status": "active",
        "scope": tho("consentscope", "patient-privacy", "Privacy Consent"),
        "category": [coded(CONSENT_KIND, kind.0, kind.1)],
        "patient": to(&format!("Patient/{patient}")), "dateTime": at,
        "performer": [to(&format!("Patient/{patient}"))],
        "organization": [named(ORGANIZATION, ORGANIZATION_NAME)],
        "policy": [{"uri": format!("{BASE}/terms/{}/2026-01", kind.0)}]
    })
}

fn proxy_consent(calendar: &Calendar, proxy: &Proxy, level: &str) -> Value {
    let at = calendar.ago(proxy.since_days, 10, 15);
    let id = format!("proxy-{}", proxy.id());
    let mut made = consent(&id, proxy.patient, ("proxy", "Proxy access"), &at);
    if let Some(map) = made.as_object_mut() {
        map.insert(
            "extension".into(),
            json!([{"url": PROXY_LEVEL, "valueCode": level}]),
        );
        map.insert(
            "provision".into(),
            json!({"type": "permit",
                "period": {"start": calendar.day(proxy.since_days).to_string()},
                "actor": [{"role": coded(&format!("{THO}v3-ParticipationType"), "IRCP",
                    "information recipient"),
                    "reference": to(&format!("RelatedPerson/{}", proxy.id()))}]}),
        );
    }
    made
}

fn terms(calendar: &Calendar, member: &Member) -> Value {
    let id = format!("terms-{}", member.id);
    let at = calendar.ago(400, 8, 5);
    consent(&id, member.id, ("terms", "Terms of use"), &at)
}

fn person(key: &str, name: &Value, patient: Option<&str>) -> Value {
    let mut links = Vec::new();
    if let Some(patient) = patient {
        links.push(json!({"target": to(&format!("Patient/{patient}")), "assurance": "level3"}));
    }
    links.extend(
        PROXIES
            .iter()
            .filter(|proxy| proxy.actor == key && proxy.state == State::Active)
            .map(|proxy| {
                json!({"target": to(&format!("RelatedPerson/{}", proxy.id())),
                    "assurance": "level3"})
            }),
    );
    let mut made = json!({"resourceType": "Person", "id": person_id(key), "name": [name],
        "active": true, "managingOrganization": to(ORGANIZATION)});
    if let (false, Some(map)) = (links.is_empty(), made.as_object_mut()) {
        map.insert("link".into(), Value::Array(links));
    }
    made
}

/// Person id of an account.
pub fn person_id(key: &str) -> String {
    format!("person-{key}")
}

fn request_task(calendar: &Calendar, proxy: &Proxy) -> Value {
    let related = format!("RelatedPerson/{}", proxy.id());
    let level = proxy.level.unwrap_or("parent");
    let waiting = if proxy.level.is_some() {
        (
            "awaiting-patient-consent",
            "Waiting for the patient's consent",
        )
    } else {
        ("awaiting-evidence", "Waiting for evidence")
    };
    json!({
        "resourceType": "Task", "id": format!("proxy-request-{}", proxy.id()),
        "status": "requested", "intent": "order",
        "businessStatus": coded(&format!("{BASE}/CodeSystem/business-status"), waiting.0, waiting.1),
        "code": coded(&format!("{BASE}/CodeSystem/task-code"), "proxy-request", "Proxy request"),
        "focus": to(&related), "for": to(&format!("Patient/{}", proxy.patient)),
        "authoredOn": calendar.ago(proxy.since_days, 20, 10), "requester": to(&related),
        "owner": to("HealthcareService/customer-service"),
        "restriction": {"period": {"end": calendar.at(calendar.workday(-2), 16, 0)}},
        "input": [{"type": coded(&format!("{BASE}/CodeSystem/task-input"), "proxy-level",
            "Level asked for"), "valueCode": level}]
    })
}

fn flag(id: &str, patient: &str, code: (&str, &str), start: &str) -> Value {
    json!({
        "resourceType": "Flag", "id": id, "status": "active",
        "category": [tho("flag-category", "admin", "Administrative")],
        "code": coded(FLAG, code.0, code.1), "subject": to(&format!("Patient/{patient}")),
        "period": {"start": start}, "author": to("Practitioner/hugo-mills")
    })
}

fn court_order(calendar: &Calendar) -> Value {
    let start = calendar.day(320).to_string();
    let mut made = flag(
        "court-order-owen",
        "owen",
        ("court-order", "Court order"),
        &start,
    );
    if let Some(map) = made.as_object_mut() {
        let restricts = to(&format!("RelatedPerson/{RESTRICTED}"));
        map.insert(
            "extension".into(),
            json!([{"url": RESTRICTS, "valueReference": restricts}]),
        );
    }
    made
}

fn emancipation(calendar: &Calendar) -> Value {
    let start = calendar.day(200).to_string();
    flag(
        "emancipated-jade",
        "jade",
        ("emancipated", "Emancipated minor, order verified"),
        &start,
    )
}
