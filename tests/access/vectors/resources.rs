//! The resources a vector speaks of: whoever it is about, on what authority somebody acts, what was consented to and
//! what is asked for.

use access::vocabulary::{
    CLIENT_ID, CONSENT_BASIS, CONSENT_KIND, FLAG, MINOR_RELEASE, PROXY_LEVEL, PROXY_RELATIONSHIP,
    RELEASE_HOLD, RESTRICTS,
};
use serde_json::{Value, json};

use super::{Vector, flag, text, texts};

const OBSERVATION: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// Everything that is so before anything is asked.
pub fn before(vector: &Vector) -> Vec<Value> {
    let mut all = vec![patient(vector)];
    if text(&vector.request, "subject") == Some("p2") {
        all.push(
            json!({"resourceType": "Patient", "id": vector.id("p2"), "name": [{"text": "Other"}],
            "birthDate": "2015-01-20"}),
        );
    }
    all.extend(flags(vector));
    all.extend(relationship(vector));
    all.extend(vector.consents.iter().map(|one| consent(vector, one)));
    if flag(&vector.actor, "care_team") {
        all.push(
            json!({"resourceType": "CareTeam", "id": vector.id("team"), "status": "active",
            "subject": reference("Patient", &vector.id("p1")),
            "participant": [{"member": reference("Practitioner", "d1")}]}),
        );
    }
    all
}

pub fn reference(kind: &str, id: &str) -> Value {
    json!({"reference": format!("{kind}/{id}")})
}

fn patient(vector: &Vector) -> Value {
    let mut patient = json!({"resourceType": "Patient", "id": vector.id("p1"), "name": [{"text": "Kim", "family": "Kim"}],
        "active": true, "telecom": [{"system": "phone", "value": "555-0100"}]});
    for (theirs, ours) in [("birthDate", "birthDate"), ("deceased", "deceasedDateTime")] {
        if let Some(day) = text(&vector.patient, theirs) {
            patient[ours] = json!(day);
        }
    }
    patient
}

fn house_flag(vector: &Vector, code: &str, active: bool) -> Value {
    json!({"resourceType": "Flag", "id": vector.id(code), "status": if active { "active" } else { "inactive" },
        "code": {"coding": [{"system": FLAG, "code": code}]},
        "subject": reference("Patient", &vector.id("p1"))})
}

fn flags(vector: &Vector) -> Vec<Value> {
    let mut flags = Vec::new();
    if let Some(stated) = text(&vector.patient, "emancipated") {
        flags.push(house_flag(vector, "emancipated", stated == "verified"));
    }
    if flag(&vector.patient, "proxy_terminated") {
        flags.push(house_flag(vector, "proxies-terminated", true));
    }
    flags
}

fn period(of: &Value) -> Option<Value> {
    let mut period = json!({});
    for name in ["start", "end"] {
        if let Some(at) = text(of, name) {
            period[name] = json!(at);
        }
    }
    period
        .as_object()
        .is_some_and(|one| !one.is_empty())
        .then_some(period)
}

/// The Person who acts, and what makes them anything to the patient.
fn relationship(vector: &Vector) -> Vec<Value> {
    let by_link = text(&vector.actor, "kind") == Some("shl") && !vector.relationship.is_null();
    if text(&vector.actor, "kind") != Some("proxy") && !by_link {
        return Vec::new();
    }
    let adult = vector.actor.get("age_ok") != Some(&Value::Bool(false));
    let mut person = json!({"resourceType": "Person", "id": vector.id("person"), "name": [{"text": "Jo"}],
        "birthDate": if adult { "1975-05-05" } else { "2012-05-05" }});
    let stated = &vector.relationship;
    let Some(kind) = text(stated, "type") else {
        return vec![person];
    };
    let id = vector.id("r");
    person["link"] = json!([{"target": reference("RelatedPerson", &id)}]);
    let status = text(stated, "status").unwrap_or("active");
    let mut related = json!({"resourceType": "RelatedPerson", "id": id, "active": status == "active",
        "extension": [{"url": PROXY_RELATIONSHIP, "valueCode": kind}],
        "patient": reference("Patient", &vector.id("p1")), "name": [{"text": "Jo"}]});
    if let Some(period) = period(stated) {
        related["period"] = period;
    }
    let mut all = vec![related, person];
    if flag(stated, "court_restricted") {
        let mut order = house_flag(vector, "court-order", true);
        order["extension"] =
            json!([{"url": RESTRICTS, "valueReference": reference("RelatedPerson", &id)}]);
        all.push(order);
    }
    let by_consent = ["level", "consented_at", "read_only", "exclude_sensitive"];
    let by_consent = by_consent.iter().any(|name| stated.get(*name).is_some());
    if by_consent || kind == "adult" || status != "active" {
        all.push(proxy_consent(vector, status));
    }
    all
}

fn proxy_consent(vector: &Vector, status: &str) -> Value {
    let stated = &vector.relationship;
    let mut provision = json!({"type": "permit", "actor": [{"role": {"text": "Acts for the patient"},
        "reference": reference("RelatedPerson", &vector.id("r"))}]});
    if flag(stated, "read_only") {
        let action = "http://terminology.hl7.org/CodeSystem/consentaction";
        provision["action"] = json!([{"coding": [{"system": action, "code": "access"}]}]);
    }
    if flag(stated, "exclude_sensitive") {
        provision["provision"] = json!([{"type": "deny", "securityLabel": [
            {"system": access::labels::CONFIDENTIALITY, "code": "R"}]}]);
    }
    let status = match status {
        "active" => "active",
        "pending" | "requested" | "proposed" => "proposed",
        _ => "inactive",
    };
    let mut consent = consent_of(vector, "grant", "proxy", status, provision);
    if let Some(at) = text(stated, "consented_at") {
        consent["dateTime"] = json!(at);
    }
    if let Some(level) = text(stated, "level") {
        consent["extension"] = json!([{"url": PROXY_LEVEL, "valueCode": level}]);
    }
    consent
}

fn consent_of(vector: &Vector, id: &str, kind: &str, status: &str, provision: Value) -> Value {
    let scope = "http://terminology.hl7.org/CodeSystem/consentscope";
    json!({"resourceType": "Consent", "id": vector.id(id), "status": status,
        "scope": {"coding": [{"system": scope, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": CONSENT_KIND, "code": kind}]}],
        "patient": reference("Patient", &vector.id("p1")), "policyRule": {"text": "The practice's"},
        "provision": provision})
}

fn classes(of: &Value, name: &str) -> Option<Value> {
    let types = texts(of, name);
    let system = "http://hl7.org/fhir/resource-types";
    let codings = types
        .iter()
        .map(|code| json!({"system": system, "code": code}));
    (!types.is_empty()).then(|| codings.collect())
}

fn consent(vector: &Vector, stated: &Value) -> Value {
    let kind = text(stated, "kind").unwrap();
    let permit = text(stated, "type").map_or(kind != "org-deny", |one| one == "permit");
    let mut provision = json!({"type": if permit { "permit" } else { "deny" }});
    if let Some(period) = period(stated) {
        provision["period"] = period;
    }
    if let Some(organization) = text(stated, "org") {
        provision["actor"] = json!([{"role": {"text": "Organization"},
            "reference": reference("Organization", organization)}]);
    }
    if let Some(only) = classes(stated, "only_types") {
        provision["class"] = only;
    }
    if let Some(except) = classes(stated, "except_types") {
        provision["provision"] = json!([{"type": "deny", "class": except}]);
    }
    let status = text(stated, "status").unwrap_or("active");
    let mut consent = consent_of(vector, kind, kind, status, provision);
    if let Some(client) = text(stated, "client") {
        consent["extension"] = json!([{"url": CLIENT_ID, "valueString": vector.id(client)}]);
    }
    consent
}

/// What is asked for (or sent), of the type, and as guarded, as the vector says.
pub fn asked_for(vector: &Vector) -> Value {
    let request = &vector.request;
    let kind = text(request, "type").unwrap();
    if kind == "Patient" {
        return patient(vector);
    }
    let whose = reference("Patient", &vector.id(text(request, "subject").unwrap()));
    let mut asked = plain(vector, kind, whose);
    asked["resourceType"] = json!(kind);
    asked["id"] = json!(vector.id("asked"));
    let mut categories = texts(request, "category");
    // A link shows categories: what nobody sorted is in none.
    if text(&vector.actor, "kind") == Some("shl") && categories.is_empty() {
        categories.push("laboratory".to_owned());
    }
    if !categories.is_empty() {
        let (path, system) = if kind == "Flag" {
            ("code", FLAG)
        } else {
            ("category", OBSERVATION)
        };
        let coding = |code: &String| match code.split_once('|') {
            Some((system, code)) => json!({"system": system, "code": code}),
            None => json!({"system": system, "code": code}),
        };
        let codings: Vec<Value> = categories.iter().map(coding).collect();
        let concept = json!({"coding": codings});
        asked[path] = if kind == "Flag" {
            concept
        } else {
            json!([concept])
        };
    }
    let mut security: Vec<Value> = texts(request, "labels")
        .iter()
        .map(|label| json!({"system": access::labels::ACT_CODE, "code": label}))
        .collect();
    if let Some(code) = text(request, "conf") {
        security.push(json!({"system": access::labels::CONFIDENTIALITY, "code": code}));
    }
    if !security.is_empty() {
        asked["meta"] = json!({"security": security});
    }
    let marks = marks(request);
    if !marks.is_empty() {
        asked["extension"] = json!(marks);
    }
    asked
}

/// The number on the statement a guest of this vector has.
pub fn statement_number(vector: &Vector) -> String {
    vector.id("s").to_uppercase()
}

fn marks(request: &Value) -> Vec<Value> {
    let mut marks = Vec::new();
    if flag(request, "minor_consented") {
        marks.push(json!({"url": CONSENT_BASIS, "valueCode": "minor:other"}));
    }
    if flag(request, "minor_release_consent") {
        marks.push(json!({"url": MINOR_RELEASE, "valueBoolean": true}));
    }
    if let Some(hold) = request.get("hold").filter(|hold| hold.is_object()) {
        let mut parts = Vec::new();
        for name in ["reason", "harm"] {
            parts.extend(text(hold, name).map(|code| json!({"url": name, "valueCode": code})));
        }
        parts.extend(
            text(hold, "by").map(|by| json!({"url": "by", "valueReference": {"reference": by}})),
        );
        parts.extend(text(hold, "until").map(|at| json!({"url": "until", "valueDateTime": at})));
        marks.push(json!({"url": RELEASE_HOLD, "extension": parts}));
    }
    marks
}

/// The least a resource of a type is.
fn plain(vector: &Vector, kind: &str, whose: Value) -> Value {
    match kind {
        "Observation" => json!({"status": "final", "subject": whose, "code": {"text": "A result"},
            "effectiveDateTime": "2026-01-05", "valueString": "fine"}),
        "Appointment" => json!({"status": "proposed",
            "participant": [{"actor": whose, "status": "accepted"}]}),
        "Communication" => {
            let mut message = json!({"status": "in-progress", "subject": whose,
                "payload": [{"contentString": "Hello"}]});
            // Of whoever is in no pool the message is of another.
            if text(&vector.actor, "kind") == Some("staff") {
                message["recipient"] = json!([reference("HealthcareService", "pool")]);
            }
            message
        }
        "Condition" => json!({"subject": whose, "code": {"text": "A condition"}}),
        "DocumentReference" => json!({"status": "current", "subject": whose,
            "content": [{"attachment": {"contentType": "text/plain", "data": "SGk="}}]}),
        "Encounter" => json!({"status": "finished", "subject": whose, "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}}),
        "Flag" => json!({"status": "active", "subject": whose, "code": {"text": "Needs a ramp"}}),
        "Immunization" => json!({"status": "completed", "patient": whose,
            "vaccineCode": {"text": "A vaccine"}, "occurrenceDateTime": "2026-01-05"}),
        "Invoice" => json!({"status": "issued", "subject": whose,
            "identifier": [{"system": "urn:statements", "value": statement_number(vector)}],
            "totalGross": {"value": 80.5, "currency": "USD"}}),
        "Practitioner" => json!({"name": [{"text": "Dr. Lind"}]}),
        "RelatedPerson" => json!({"patient": whose, "name": [{"text": "Somebody"}]}),
        _ => json!({}),
    }
}
