//! What outlives a visit: problems, medications, allergies, procedures, care team and plan, goals,
//! coverage, smoking.

use crate::chart::Chart;
use crate::people::{PROXIES, RESTRICTED, State};
use crate::places::{
    GENERAL_PRACTITIONER_ADULT, GENERAL_PRACTITIONER_CHILD, INSURER, ORGANIZATION, PHARMACY,
    display_of,
};
use crate::seen::Seen;
use crate::story::{Allergy, Medication, Operation, Problem, Story};
use crate::words::{
    CONDITION_CATEGORY, OBSERVATION_CATEGORY, SNOMED, coded, named, tho, to, us_core,
};
use serde_json::{Value, json};

/// Everything of the story that is not a visit. `last` is the latest visit.
pub fn record(chart: &mut Chart<'_>, story: &Story, last: &Seen) {
    for problem in &story.problems {
        self::problem(chart, problem, last);
    }
    for medication in &story.medications {
        self::medication(chart, medication, last);
    }
    for allergy in &story.allergies {
        self::allergy(chart, allergy);
    }
    if story.allergies.is_empty() {
        no_known_allergy(chart, last);
    }
    for operation in &story.operations {
        self::operation(chart, operation, last);
    }
    let goals = goals(chart, story);
    let team = care_team(chart);
    care_plan(chart, story, last, &team, &goals);
    coverage(chart, story);
    if let Some(status) = story.smoking {
        let resource = json!({
            "resourceType": "Observation", "id": chart.id("smoking"),
            "meta": {"profile": [us_core("us-core-smokingstatus")]}, "status": "final",
            "category": [coded(OBSERVATION_CATEGORY, "social-history", "Social History")],
            "code": coded("http://loinc.org", "72166-2", "Tobacco smoking status"),
            "subject": chart.subject(), "encounter": to(&last.encounter),
            "effectiveDateTime": last.start,
            "performer": [named(&last.practitioner, &last.practitioner_name)],
            "valueCodeableConcept": status.concept()
        });
        chart.add(resource, &last.practitioner, &last.start);
    }
}

fn clinician(chart: &Chart<'_>) -> &'static str {
    if chart.age_on(chart.calendar.today()) < 18.0 {
        GENERAL_PRACTITIONER_CHILD
    } else {
        GENERAL_PRACTITIONER_ADULT
    }
}

fn problem(chart: &mut Chart<'_>, problem: &Problem, last: &Seen) {
    let calendar = chart.calendar;
    let onset = calendar.day(problem.onset_days_ago);
    let (status, status_display) = match problem.resolved_days_ago {
        Some(_) => ("resolved", "Resolved"),
        None => ("active", "Active"),
    };
    let mut resource = json!({
        "resourceType": "Condition", "id": chart.id(&format!("problem-{}", problem.slug)),
        "meta": {"profile": [us_core("us-core-condition-problems-health-concerns")]},
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate",
            "valueDateTime": onset.to_string()}],
        "clinicalStatus": tho("condition-clinical", status, status_display),
        "verificationStatus": tho("condition-ver-status", "confirmed", "Confirmed"),
        "category": [coded(CONDITION_CATEGORY, "problem-list-item", "Problem List Item")],
        "code": {"coding": [problem.code.coding(), problem.icd10.coding()],
            "text": problem.code.display},
        "subject": chart.subject(), "onsetDateTime": onset.to_string(),
        "recordedDate": calendar.at(onset, 9, 0),
        "recorder": named(&last.practitioner, &last.practitioner_name)
    });
    if let (Some(days), Some(map)) = (problem.resolved_days_ago, resource.as_object_mut()) {
        map.insert(
            "abatementDateTime".into(),
            json!(calendar.day(days).to_string()),
        );
    }
    chart.add(resource, &last.practitioner, &calendar.at(onset, 9, 0));
}

/// The prescription and, where it is taken now, what the pharmacy handed out.
pub fn medication(chart: &mut Chart<'_>, medication: &Medication, seen: &Seen) -> String {
    let calendar = chart.calendar;
    let authored = calendar.at(calendar.workday(medication.started_days_ago), 10, 0);
    let dosage = dosage(medication);
    let id = chart.id(&format!("rx-{}", medication.slug));
    let resource = json!({
        "resourceType": "MedicationRequest", "id": id,
        "meta": {"profile": [us_core("us-core-medicationrequest")]},
        "extension": [{"url": us_core("us-core-medication-adherence"), "extension": [
            {"url": "medicationAdherence", "valueCodeableConcept":
                coded(SNOMED, "1156699004", "Takes medication as prescribed")},
            {"url": "dateAsserted", "valueDateTime": seen.start},
            {"url": "informationSource", "valueCodeableConcept":
                coded(SNOMED, "116154003", "Patient")}]}],
        "status": if medication.active { "active" } else { "completed" }, "intent": "order",
        "category": [tho("medicationrequest-category", "community", "Community")],
        "reportedBoolean": false, "medicationCodeableConcept": medication.code.concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter), "authoredOn": authored,
        "requester": named(&seen.practitioner, &seen.practitioner_name),
        "reasonCode": [medication.reason.concept()], "dosageInstruction": [dosage],
        "dispenseRequest": {"numberOfRepeatsAllowed": medication.refills,
            "quantity": {"value": medication.quantity, "unit": medication.dose.1},
            "performer": named(PHARMACY, "Riverbend Community Pharmacy")}
    });
    let request = chart.add(resource, &seen.practitioner, &authored);
    if medication.active {
        dispense(chart, medication, seen, &request, dosage);
    }
    request
}

fn dosage(medication: &Medication) -> Value {
    let unit = medication.dose.1;
    json!({
        "text": medication.text,
        "timing": {"repeat": {"frequency": medication.per_day, "period": 1, "periodUnit": "d"}},
        "asNeededBoolean": medication.as_needed,
        "route": coded(SNOMED, if unit == "puff" { "447694001" } else { "26643006" },
            if unit == "puff" { "Respiratory tract route" } else { "Oral route" }),
        "doseAndRate": [{"type": tho("dose-rate-type", "ordered", "Ordered"),
            "doseQuantity": {"value": crate::words::number(medication.dose.0, 1), "unit": unit,
                "system": "http://unitsofmeasure.org", "code": format!("{{{unit}}}")}}]
    })
}

fn dispense(
    chart: &mut Chart<'_>,
    medication: &Medication,
    seen: &Seen,
    request: &str,
    dosage: Value,
) {
    let calendar = chart.calendar;
    let days = medication.started_days_ago.min(21);
    let at = calendar.at(calendar.workday(days), 17, 10);
    let resource = json!({
        "resourceType": "MedicationDispense",
        "id": chart.id(&format!("fill-{}", medication.slug)),
        "meta": {"profile": [us_core("us-core-medicationdispense")]},
        "status": "completed", "medicationCodeableConcept": medication.code.concept(),
        "subject": chart.subject(), "context": to(&seen.encounter),
        "performer": [{"actor": named(PHARMACY, "Riverbend Community Pharmacy")}],
        "authorizingPrescription": [to(request)],
        "type": tho("v3-ActCode", if days < 21 { "FF" } else { "RF" },
            if days < 21 { "First Fill" } else { "Refill" }),
        "quantity": {"value": medication.quantity, "unit": medication.dose.1},
        "daysSupply": {"value": 30, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
        "whenHandedOver": at, "dosageInstruction": [dosage]
    });
    chart.add(resource, PHARMACY, &at);
}

fn allergy(chart: &mut Chart<'_>, allergy: &Allergy) {
    let who = clinician(chart);
    let noted = chart.calendar.ago(allergy.noted_days_ago, 9, 30);
    let resource = json!({
        "resourceType": "AllergyIntolerance",
        "id": chart.id(&format!("allergy-{}", allergy.slug)),
        "meta": {"profile": [us_core("us-core-allergyintolerance")]},
        "clinicalStatus": tho("allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": tho("allergyintolerance-verification", "confirmed", "Confirmed"),
        "type": "allergy", "category": [allergy.category],
        "criticality": if allergy.high { "high" } else { "low" },
        "code": allergy.code.concept(), "patient": chart.subject(), "recordedDate": noted,
        "recorder": named(who, &display_of(who)),
        "reaction": [{"manifestation": [allergy.manifestation.concept()],
            "severity": if allergy.high { "severe" } else { "mild" }}]
    });
    chart.add(resource, who, &noted);
}

fn no_known_allergy(chart: &mut Chart<'_>, last: &Seen) {
    let resource = json!({
        "resourceType": "AllergyIntolerance", "id": chart.id("allergy-none"),
        "meta": {"profile": [us_core("us-core-allergyintolerance")]},
        "clinicalStatus": tho("allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": tho("allergyintolerance-verification", "confirmed", "Confirmed"),
        "code": coded(SNOMED, "716186003", "No known allergy"), "patient": chart.subject(),
        "recordedDate": last.start, "recorder": named(&last.practitioner, &last.practitioner_name)
    });
    chart.add(resource, &last.practitioner, &last.start);
}

fn operation(chart: &mut Chart<'_>, operation: &Operation, last: &Seen) {
    let at = chart.calendar.ago(operation.days_ago, 8, 20);
    let surgeon = crate::places::SURGEON;
    let resource = json!({
        "resourceType": "Procedure", "id": chart.id(&format!("procedure-{}", operation.slug)),
        "meta": {"profile": [us_core("us-core-procedure")]},
        "status": "completed", "code": operation.code.concept(), "subject": chart.subject(),
        "encounter": to(&last.encounter), "performedDateTime": at,
        "performer": [{"actor": named(surgeon, &display_of(surgeon))}],
        "reasonCode": [operation.reason.concept()]
    });
    chart.add(resource, surgeon, &at);
}

fn goals(chart: &mut Chart<'_>, story: &Story) -> Vec<String> {
    let who = clinician(chart);
    let started = chart.calendar.day(200);
    let mut made = Vec::new();
    for aim in &story.aims {
        let resource = json!({
            "resourceType": "Goal", "id": chart.id(&format!("goal-{}", aim.slug)),
            "meta": {"profile": [us_core("us-core-goal")]},
            "lifecycleStatus": "active", "description": {"text": aim.description},
            "subject": chart.subject(), "startDate": started.to_string(),
            "target": [{"dueDate": chart.calendar.day(-aim.due_days_ahead).to_string()}],
            "expressedBy": named(who, &display_of(who))
        });
        made.push(chart.add(resource, who, &chart.calendar.at(started, 9, 0)));
    }
    made
}

fn care_team(chart: &mut Chart<'_>) -> String {
    let who = clinician(chart);
    let child = who == GENERAL_PRACTITIONER_CHILD;
    let role = |code: &str, display: &str| json!([coded(SNOMED, code, display)]);
    let mut participants = vec![
        json!({"role": role("446050000", "Primary care provider"),
            "member": named(who, &display_of(who))}),
        json!({"role": role("224535009", "Registered nurse"),
            "member": to(if child { "PractitionerRole/peter-ames" }
                else { "PractitionerRole/paula-reed" })}),
        json!({"role": role("116154003", "Patient"), "member": chart.subject()}),
    ];
    let parents = PROXIES.iter().filter(|proxy| {
        proxy.patient == chart.whose.id
            && proxy.relationship == "parent"
            && proxy.state == State::Active
            && proxy.id() != RESTRICTED
    });
    for proxy in parents {
        participants.push(json!({"role": role("133932002", "Caregiver"),
            "member": to(&format!("RelatedPerson/{}", proxy.id()))}));
    }
    let resource = json!({
        "resourceType": "CareTeam", "id": chart.id("care-team"),
        "meta": {"profile": [us_core("us-core-careteam")]},
        "status": if chart.whose.died.is_some() { "inactive" } else { "active" },
        "name": format!("Care team of {}", chart.whose.name),
        "subject": chart.subject(), "period": {"start": chart.calendar.day(900).to_string()},
        "participant": participants,
        "managingOrganization": [to(ORGANIZATION)]
    });
    let at = chart.calendar.ago(900, 9, 0);
    chart.add(resource, who, &at)
}

fn care_plan(chart: &mut Chart<'_>, story: &Story, last: &Seen, team: &str, goals: &[String]) {
    let aims: String = story
        .aims
        .iter()
        .map(|aim| format!("<li>{}</li>", aim.description))
        .collect();
    let div = format!(
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Assessment and plan</p><ul>{aims}\
         <li>Yearly check-up and vaccines by schedule</li></ul></div>"
    );
    let resource = json!({
        "resourceType": "CarePlan", "id": chart.id("care-plan"),
        "meta": {"profile": [us_core("us-core-careplan")]},
        "text": {"status": "additional", "div": div},
        "status": "active", "intent": "plan",
        "category": [coded("http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan",
            "Assessment and Plan of Treatment")],
        "title": "Assessment and plan", "subject": chart.subject(),
        "period": {"start": chart.calendar.day(200).to_string()},
        "contributor": [named(&last.practitioner, &last.practitioner_name)],
        "careTeam": [to(team)], "goal": goals.iter().map(|goal| to(goal)).collect::<Vec<_>>()
    });
    let resource = without_empty(resource, "goal");
    let at = chart.calendar.ago(200, 9, 0);
    chart.add(resource, &last.practitioner, &at);
}

/// FHIR allows no empty array.
fn without_empty(mut resource: Value, name: &str) -> Value {
    if let Some(map) = resource.as_object_mut()
        && map
            .get(name)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
    {
        map.remove(name);
    }
    resource
}

fn coverage(chart: &mut Chart<'_>, story: &Story) {
    let number = format!("NSHP{}", story.member.record_number());
    let group = |code: &str, display: &str| tho("coverage-class", code, display);
    let subscriber = chart.age_on(chart.calendar.today()) >= 18.0;
    let (code, display) = if subscriber {
        ("self", "Self")
    } else {
        ("child", "Child")
    };
    let resource = json!({
        "resourceType": "Coverage", "id": chart.id("coverage"),
        "meta": {"profile": [us_core("us-core-coverage")]},
        "identifier": [{"type": tho("v2-0203", "MB", "Member Number"),
            "system": "https://nutmeg-insurance.example/members", "value": number}],
        "status": "active", "type": tho("v3-ActCode", "EHCPOL", "extended healthcare"),
        "subscriberId": number, "beneficiary": chart.subject(),
        "relationship": tho("subscriber-relationship", code, display),
        "period": {"start": chart.calendar.day(700).to_string()},
        "payor": [named(INSURER, "Nutmeg State Health Plan")],
        "class": [
            {"type": group("group", "Group"), "value": "G-4410", "name": "River Valley employers"},
            {"type": group("plan", "Plan"), "value": "PPO-20", "name": "Nutmeg PPO 20"}]
    });
    let at = chart.calendar.ago(700, 9, 0);
    chart.add(resource, INSURER, &at);
}
