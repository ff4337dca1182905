//! The resources that tell how an account was opened: Task, Person, VerificationResult, Consent.

use access::terms::Document as Terms;
use access::vocabulary::CONSENT_KIND;
use fhir::Element;
use fhir::datetime::instant;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::tasks::coded;

/// Where an activation stands, as `Task.businessStatus`.
pub(super) fn business_status(code: &str) -> Value {
    let display = match code {
        "code-issued" => "Code given out",
        "credentials-set" => "Username and password chosen",
        "active" => "Account open",
        "replaced" => "Replaced by a newer code",
        "used-as-proof" => "Used as proof of identity",
        "awaiting-him-review" => "Waiting for a review of identity",
        "confirmed" => "Identity confirmed",
        "not-confirmed" => "Identity not confirmed",
        other => other,
    };
    coded("business-status", code, display)
}

/// A code that was given out.
pub(super) struct Activation<'a> {
    pub patient: &'a str,
    pub channel: &'a str,
    pub expires: Timestamp,
    /// Who gave it: a reference.
    pub by: Option<&'a str>,
    pub now: Timestamp,
}

impl Activation<'_> {
    /// The Task that goes along until the account is open.
    pub fn task(&self) -> Value {
        let mut task = json!({
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "businessStatus": business_status("code-issued"),
            "code": coded("task-code", "account-activation", "Account activation"),
            "for": {"reference": format!("Patient/{}", self.patient)},
            "authoredOn": instant(self.now),
            "lastModified": instant(self.now),
            "restriction": {"repetitions": 1, "period": {"end": instant(self.expires)}},
            "input": [{
                "type": coded("task-input", "channel", "How the code is given"),
                "valueCode": self.channel,
            }],
        });
        if let (Some(by), Some(members)) = (self.by, task.as_object_mut()) {
            members.insert("requester".to_owned(), json!({"reference": by}));
        }
        task
    }
}

/// A request that fits nobody for certain: what was said, for whom to decide.
pub(super) struct Review<'a> {
    pub given: &'a str,
    pub family: &'a str,
    pub birth_date: &'a str,
    pub postal_code: &'a str,
    pub email: &'a str,
    pub why: &'static str,
    pub now: Timestamp,
    /// When it is to be decided.
    pub due: Timestamp,
}

impl Review<'_> {
    pub fn task(&self) -> Value {
        let input = |code: &str, display: &str, text: &str| {
            (!text.is_empty())
                .then(|| json!({"type": coded("task-input", code, display), "valueString": text}))
        };
        let inputs: Vec<Value> = [
            input("given-name", "First name", self.given),
            input("family-name", "Last name", self.family),
            input("birth-date", "Date of birth", self.birth_date),
            input("postal-code", "Postal code", self.postal_code),
            input("email", "E-mail", self.email),
        ]
        .into_iter()
        .flatten()
        .collect();
        json!({
            "resourceType": "Task",
            "status": "requested",
            "intent": "order",
            "businessStatus": business_status("awaiting-him-review"),
            "statusReason": {"text": self.why},
            "code": coded("task-code", "identity-review", "Identity review"),
            "authoredOn": instant(self.now),
            "lastModified": instant(self.now),
            "restriction": {"period": {"end": instant(self.due)}},
            "input": inputs,
        })
    }
}

/// The login of a patient.
pub(super) fn person(patient: Element<'_>) -> Value {
    let raw =
        |name: &str| -> Option<Value> { serde_json::from_str(patient.first(name)?.raw()).ok() };
    let id = patient.text_at("id").unwrap_or_default();
    let mut person = json!({
        "resourceType": "Person",
        "active": true,
        "link": [link(&id)],
    });
    if let Some(members) = person.as_object_mut() {
        if let Some(name) = raw("name") {
            members.insert("name".to_owned(), json!([name]));
        }
        for member in ["birthDate", "gender"] {
            if let Some(value) = patient.text_at(member) {
                members.insert(member.to_owned(), json!(value));
            }
        }
    }
    person
}

/// The link of a Person to their own chart, proven.
pub(super) fn link(patient: &str) -> Value {
    json!({"target": {"reference": format!("Patient/{patient}")}, "assurance": "level3"})
}

/// Who somebody is was checked in person, against a document.
pub(super) fn verification(patient: &str, by: &str, document: &str, now: Timestamp) -> Value {
    const PROCESS: &str = "http://terminology.hl7.org/CodeSystem/validation-process";
    json!({
        "resourceType": "VerificationResult",
        "target": [{"reference": format!("Patient/{patient}")}],
        "targetLocation": ["Patient.name", "Patient.birthDate"],
        "need": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/need", "code": "initial",
        }]},
        "status": "validated",
        "statusDate": instant(now),
        "validationType": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/validation-type", "code": "primary",
        }]},
        "validationProcess": [
            {"coding": [{"system": PROCESS, "code": "in-context"}], "text": "In person"},
            coded("identity-document", document, document),
        ],
        "lastPerformed": instant(now),
        "failureAction": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/failure-action", "code": "fatal",
        }]},
        "attestation": {"who": {"reference": by}, "date": instant(now).split('T').next()},
    })
}

/// That a document was accepted: by whom, for whose chart, and in which version.
pub(crate) fn acceptance(
    document: Terms,
    patient: &str,
    performer: &str,
    policy: &str,
    now: Timestamp,
) -> Value {
    let title = match document {
        Terms::Portal => "Terms of use",
        Terms::Proxy => "Terms of acting for others",
    };
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy",
        }]},
        "category": [{"coding": [{"system": CONSENT_KIND, "code": "terms", "display": title}]}],
        "patient": {"reference": format!("Patient/{patient}")},
        "dateTime": instant(now),
        "performer": [{"reference": performer}],
        "policy": [{"uri": policy}],
    })
}
