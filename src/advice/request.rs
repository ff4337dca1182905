//! A call of a service, checked (CDS Hooks 2.0, "HTTP Request").

use crate::service::{PATIENT_KEY, Service};
use fhir::{Element, Issue, IssueCode, ResourceType, json::Kind};
use std::collections::BTreeMap;

/// A well-formed call.
#[derive(Debug, Clone)]
pub struct Request<'d> {
    /// `Practitioner/…`: who looks.
    pub user: String,
    /// Patient id.
    pub patient: String,
    /// Appointments about to be booked (`appointment-book`).
    pub appointments: Vec<Element<'d>>,
    /// The FHIR server the client works with.
    pub fhir_server: Option<String>,
    /// The access token handed over for that server.
    pub access_token: Option<String>,
    /// Resources given along, by prefetch key. They are of the type the key is for.
    pub prefetch: BTreeMap<&'static str, Vec<Element<'d>>>,
}

const USERS: &[&str] = &[
    "Practitioner",
    "PractitionerRole",
    "Patient",
    "RelatedPerson",
];

fn missing(at: &str) -> Issue {
    Issue::error(IssueCode::Required, format!("{at} is required")).at(at)
}

fn wrong(at: &str, rule: &str) -> Issue {
    Issue::error(IssueCode::Value, format!("{at} {rule}")).at(at)
}

/// A string that must be there.
fn text(object: Element<'_>, name: &str, at: &str, faults: &mut Vec<Issue>) -> Option<String> {
    let Some(element) = object.get(name) else {
        faults.push(missing(at));
        return None;
    };
    match element.str() {
        Some(text) if !text.trim().is_empty() => Some(text.into_owned()),
        _ => {
            faults.push(wrong(at, "must be a string that is not empty"));
            None
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

impl<'d> Request<'d> {
    /// Reads a call of a service.
    ///
    /// # Errors
    /// Every fault with its place: what is missing, of the wrong kind, or about somebody else.
    pub fn read(service: &Service, root: Element<'d>) -> Result<Self, Vec<Issue>> {
        let mut faults = Vec::new();
        if root.kind() != Kind::Object {
            return Err(vec![wrong("the body", "must be a JSON object")]);
        }
        let hook = text(root, "hook", "hook", &mut faults);
        if hook.is_some_and(|hook| hook != service.hook) {
            let rule = format!("must be {}, the hook of this service", service.hook);
            faults.push(wrong("hook", &rule));
        }
        let instance = text(root, "hookInstance", "hookInstance", &mut faults);
        if instance.is_some_and(|text| !is_uuid(&text)) {
            faults.push(wrong("hookInstance", "must be a UUID"));
        }
        let (fhir_server, access_token) = authorization(root, &mut faults);
        let Some(context) = root.get("context").filter(|it| it.kind() == Kind::Object) else {
            faults.push(missing("context"));
            return Err(faults);
        };
        let user = user(context, &mut faults);
        let patient = patient(context, &mut faults);
        let appointments = match service.hook {
            "appointment-book" => appointments(context, &mut faults),
            _ => Vec::new(),
        };
        let prefetch = prefetch(service, root, &patient, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            user,
            patient,
            appointments,
            fhir_server,
            access_token,
            prefetch,
        })
    }
}

fn authorization(root: Element<'_>, faults: &mut Vec<Issue>) -> (Option<String>, Option<String>) {
    let server = root
        .get("fhirServer")
        .and_then(|_| text(root, "fhirServer", "fhirServer", faults));
    let Some(given) = root.get("fhirAuthorization") else {
        return (server, None);
    };
    if given.kind() != Kind::Object {
        faults.push(wrong("fhirAuthorization", "must be an object"));
        return (server, None);
    }
    if server.is_none() {
        faults.push(missing("fhirServer"));
    }
    let at = "fhirAuthorization.access_token";
    let token = text(given, "access_token", at, faults);
    let at = "fhirAuthorization.token_type";
    let kind = text(given, "token_type", at, faults);
    if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        faults.push(wrong(at, "must be Bearer"));
    }
    (server, token)
}

fn user(context: Element<'_>, faults: &mut Vec<Issue>) -> String {
    let at = "context.userId";
    let user = text(context, "userId", at, faults).unwrap_or_default();
    let known = user
        .split_once('/')
        .is_some_and(|(name, id)| USERS.contains(&name) && fhir::reference::is_id(id));
    if !user.is_empty() && !known {
        let rule = "must be Practitioner/…, PractitionerRole/…, Patient/… or RelatedPerson/…";
        faults.push(wrong(at, rule));
    }
    user
}

fn patient(context: Element<'_>, faults: &mut Vec<Issue>) -> String {
    let at = "context.patientId";
    let patient = text(context, "patientId", at, faults).unwrap_or_default();
    if !patient.is_empty() && !fhir::reference::is_id(&patient) {
        faults.push(wrong(at, "must be the id of a Patient, without its type"));
    }
    patient
}

fn appointments<'d>(context: Element<'d>, faults: &mut Vec<Issue>) -> Vec<Element<'d>> {
    let at = "context.appointments";
    let Some(bundle) = context.get("appointments") else {
        faults.push(missing(at));
        return Vec::new();
    };
    if bundle.resource_type_name().as_deref() != Some("Bundle") {
        faults.push(wrong(at, "must be a Bundle of Appointments"));
        return Vec::new();
    }
    let found = bundle.all("entry.resource");
    if found.is_empty() {
        faults.push(wrong(at, "must hold at least one Appointment"));
    }
    for (index, resource) in found.iter().enumerate() {
        let at = format!("{at}.entry[{index}].resource");
        if resource.resource_type_name().as_deref() != Some("Appointment") {
            faults.push(wrong(&at, "must be an Appointment"));
        } else if resource.get("start").is_none() || resource.get("end").is_none() {
            faults.push(wrong(&at, "must have start and end"));
        }
    }
    found
}

/// What was given along. A null and an OperationOutcome mean that the client has nothing to give there.
fn prefetch<'d>(
    service: &Service,
    root: Element<'d>,
    patient: &str,
    faults: &mut Vec<Issue>,
) -> BTreeMap<&'static str, Vec<Element<'d>>> {
    let mut given = BTreeMap::new();
    let Some(all) = root.get("prefetch").filter(|it| it.kind() != Kind::Null) else {
        return given;
    };
    if all.kind() != Kind::Object {
        faults.push(wrong("prefetch", "must be an object"));
        return given;
    }
    for wish in service.wishes {
        let Some(value) = all.get(wish.key).filter(|it| it.kind() != Kind::Null) else {
            continue;
        };
        let at = format!("prefetch.{}", wish.key);
        let name = value.resource_type_name();
        let list = match name.as_deref() {
            Some("OperationOutcome") => continue,
            Some("Bundle") if wish.key != PATIENT_KEY => value.all("entry.resource"),
            Some(name) if name == wish.resource_type.name() => vec![value],
            _ => {
                let expected = match wish.key {
                    PATIENT_KEY => "a Patient".to_owned(),
                    _ => format!("a Bundle of {}", wish.resource_type.name()),
                };
                faults.push(wrong(&at, &format!("must be {expected} or null")));
                continue;
            }
        };
        let of_type = |it: &Element<'d>| {
            ResourceType::from_name(&it.resource_type_name().unwrap_or_default())
        };
        let foreign = list.iter().any(|it| {
            let is_outcome = it.resource_type_name().as_deref() == Some("OperationOutcome");
            !is_outcome && of_type(it) != Some(wish.resource_type)
        });
        if foreign {
            let rule = format!("holds something else than {}", wish.resource_type.name());
            faults.push(wrong(&at, &rule));
            continue;
        }
        let about =
            |it: &Element<'d>| of_type(it) == Some(wish.resource_type) && is_about(*it, patient);
        let kept: Vec<_> = list.into_iter().filter(about).collect();
        if wish.key == PATIENT_KEY && kept.is_empty() {
            faults.push(wrong(&at, "must be the patient of context.patientId"));
        }
        given.insert(wish.key, kept);
    }
    given
}

/// Whether a resource is that patient or names them as whose it is.
fn is_about(resource: Element<'_>, patient: &str) -> bool {
    if resource.resource_type_name().as_deref() == Some("Patient") {
        return resource.get("id").is_some_and(|id| id.is(patient));
    }
    let ends = format!("Patient/{patient}");
    [
        "patient",
        "subject",
        "for",
        "beneficiary",
        "participant.actor",
    ]
    .iter()
    .flat_map(|path| resource.all(&format!("{path}.reference")))
    .filter_map(Element::str)
    .any(|text| text == ends || text.ends_with(&format!("/{ends}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use fhir::Document;

    const INSTANCE: &str = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea";

    fn faults(hook: &str, body: &str) -> Vec<String> {
        let document = Document::parse(body.replace("INSTANCE", INSTANCE)).unwrap();
        let service = Service::named(hook).unwrap();
        match Request::read(service, document.root()) {
            Ok(_) => Vec::new(),
            Err(issues) => issues.into_iter().filter_map(|it| it.expression).collect(),
        }
    }

    #[test]
    fn a_whole_call_is_read_and_each_fault_is_named() {
        let whole = r#"{"hook":"patient-view","hookInstance":"INSTANCE",
            "context":{"userId":"Practitioner/p","patientId":"ana"}}"#;
        assert_eq!(faults("patient-view", whole), [""; 0]);
        for (from, to, at) in [
            ("patient-view", "order-sign", "hook"),
            ("INSTANCE", "1", "hookInstance"),
            ("Practitioner/p", "Device/p", "context.userId"),
            (":\"ana\"", ":\"Patient/ana\"", "context.patientId"),
            (":\"ana\"", ":5", "context.patientId"),
            ("\"context\"", "\"kontext\"", "context"),
        ] {
            assert_eq!(
                faults("patient-view", &whole.replace(from, to)),
                [at],
                "{to}"
            );
        }
        assert_eq!(faults("patient-view", "[]").len(), 1);
    }

    #[test]
    fn a_token_needs_the_server_it_is_for() {
        let call = r#"{"hook":"patient-view","hookInstance":"INSTANCE",
            "fhirAuthorization":{"access_token":"t","token_type":"mac"},
            "context":{"userId":"Practitioner/p","patientId":"ana"}}"#;
        let found = faults("patient-view", call);
        assert_eq!(found, ["fhirServer", "fhirAuthorization.token_type"]);
    }

    #[test]
    fn an_appointment_book_call_brings_appointments() {
        let call = |appointments: &str| {
            format!(
                r#"{{"hook":"appointment-book","hookInstance":"INSTANCE",
                "context":{{"userId":"Practitioner/p","patientId":"ana"{appointments}}}}}"#
            )
        };
        let at = "context.appointments";
        assert_eq!(faults("appointment-book", &call("")), [at]);
        let empty = r#","appointments":{"resourceType":"Bundle"}"#;
        assert_eq!(faults("appointment-book", &call(empty)), [at]);
        let endless = r#","appointments":{"resourceType":"Bundle","entry":[{"resource":
            {"resourceType":"Appointment","start":"2026-06-20T10:00:00Z"}}]}"#;
        let found = faults("appointment-book", &call(endless));
        assert_eq!(found, ["context.appointments.entry[0].resource"]);
    }

    #[test]
    fn what_is_given_along_is_of_its_type_and_about_this_patient() {
        let call = |prefetch: &str| {
            format!(
                r#"{{"hook":"patient-view","hookInstance":"INSTANCE","prefetch":{prefetch},
                "context":{{"userId":"Practitioner/p","patientId":"ana"}}}}"#
            )
        };
        let service = Service::named("patient-view").unwrap();
        let body = call(
            r#"{"patient":{"resourceType":"Patient","id":"ana"},"conditions":null,"other":5,
            "reports":{"resourceType":"OperationOutcome"},
            "immunizations":{"resourceType":"Bundle","entry":[
              {"resource":{"resourceType":"Immunization","patient":{"reference":"Patient/ana"}}},
              {"resource":{"resourceType":"Immunization","patient":{"reference":"Patient/leo"}}},
              {"resource":{"resourceType":"OperationOutcome"}}]}}"#,
        )
        .replace("INSTANCE", INSTANCE);
        let document = Document::parse(body).unwrap();
        let request = Request::read(service, document.root()).unwrap();
        assert_eq!(request.prefetch["immunizations"].len(), 1);
        assert!(!request.prefetch.contains_key("conditions"));
        assert!(!request.prefetch.contains_key("reports"));
        for (wrong, at) in [
            (
                r#"{"patient":{"resourceType":"Patient","id":"leo"}}"#,
                "prefetch.patient",
            ),
            (
                r#"{"vitals":{"resourceType":"Patient","id":"ana"}}"#,
                "prefetch.vitals",
            ),
            (
                r#"{"vitals":{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient"}}]}}"#,
                "prefetch.vitals",
            ),
            ("[]", "prefetch"),
        ] {
            assert_eq!(faults("patient-view", &call(wrong)), [at]);
        }
    }
}
