//! What is agreed with a patient and with whom: goals, care team, care plan; and who pays.

use crate::chart::Chart;
use crate::seen::Seen;
use crate::words::{SNOMED, coded, named, tho, to, us_core};
use access::vocabulary::BASE;
use jiff::civil::Date;
use serde_json::{Value, json};

/// A goal from a day to a day. Returns its reference.
pub fn goal(
    chart: &mut Chart<'_>,
    slug: &str,
    text: &str,
    from: Date,
    due: Date,
    seen: &Seen,
) -> String {
    let status = if due < chart.calendar.today() {
        "completed"
    } else {
        "active"
    };
    let resource = json!({
        "resourceType": "Goal", "id": chart.id(&format!("goal-{slug}")),
        "meta": {"profile": [us_core("us-core-goal")]},
        "lifecycleStatus": status, "description": {"coding": [{"system": format!("{BASE}/CodeSystem/goal"), "code": slug}],
            "text": text},
        "subject": chart.subject(), "startDate": from.to_string(),
        "target": [{"dueDate": due.to_string()}],
        "expressedBy": seen.by()
    });
    let at = chart.calendar.at(from, 9, 0);
    chart.add(resource, &seen.practitioner, &at)
}

/// Who takes part in a care team: SNOMED CT role, and a Reference.
pub type Participant = ((&'static str, &'static str), Value);

/// The care team since a day. Returns its reference.
pub fn care_team(
    chart: &mut Chart<'_>,
    members: &[Participant],
    since: Date,
    author: &str,
) -> String {
    let participants: Vec<Value> = members
        .iter()
        .map(|((code, display), member)| {
            json!({"role": [coded(SNOMED, code, display)], "member": member})
        })
        .collect();
    let resource = json!({
        "resourceType": "CareTeam", "id": chart.id("care-team"),
        "meta": {"profile": [us_core("us-core-careteam")]},
        "status": if chart.whose.died.is_some() { "inactive" } else { "active" },
        "name": format!("Care team of {}", chart.whose.name),
        "subject": chart.subject(), "period": {"start": since.to_string()},
        "participant": participants,
        "managingOrganization": [to(chart.home.organization)]
    });
    let at = chart.calendar.at(since, 9, 0);
    chart.add(resource, author, &at)
}

/// The assessment and plan since a day: what is aimed at, in words and as goals.
pub fn care_plan(
    chart: &mut Chart<'_>,
    aims: &[&str],
    goals: &[String],
    team: &str,
    since: Date,
    seen: &Seen,
) {
    let aims: String = aims.iter().map(|aim| format!("<li>{aim}</li>")).collect();
    let div = format!(
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Assessment and plan</p><ul>{aims}\
         <li>Yearly check-up and vaccines by schedule</li></ul></div>"
    );
    let mut resource = json!({
        "resourceType": "CarePlan", "id": chart.id("care-plan"),
        "meta": {"profile": [us_core("us-core-careplan")]},
        "text": {"status": "additional", "div": div},
        "status": if chart.whose.died.is_some() { "completed" } else { "active" },
        "intent": "plan",
        "category": [coded("http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan",
            "Assessment and Plan of Treatment")],
        "title": "Assessment and plan", "subject": chart.subject(),
        "period": {"start": since.to_string()},
        "contributor": [seen.by()],
        "careTeam": [to(team)], "goal": goals.iter().map(|goal| to(goal)).collect::<Vec<_>>()
    });
    if let (true, Some(map)) = (goals.is_empty(), resource.as_object_mut()) {
        map.remove("goal");
    }
    let at = chart.calendar.at(since, 9, 0);
    chart.add(resource, &seen.practitioner, &at);
}

/// The insurance of a patient since a day. `relation` to the subscriber: `self`, `child`, `spouse`, …
pub fn coverage(
    chart: &mut Chart<'_>,
    number: &str,
    relation: (&str, &str),
    group: (&str, &str),
    plan: (&str, &str),
    since: Date,
) {
    let home = chart.home;
    let class = |kind: &str, display: &str, (value, name): (&str, &str)| json!({"type": tho("coverage-class", kind, display), "value": value, "name": name});
    let resource = json!({
        "resourceType": "Coverage", "id": chart.id("coverage"),
        "meta": {"profile": [us_core("us-core-coverage")]},
        "identifier": [{"type": tho("v2-0203", "MB", "Member Number"),
            "system": format!("{}/members", home.insurer_site), "value": number}],
        "status": "active", "type": tho("v3-ActCode", "EHCPOL", "extended healthcare"),
        "subscriberId": number, "beneficiary": chart.subject(),
        "relationship": tho("subscriber-relationship", relation.0, relation.1),
        "period": {"start": since.to_string()},
        "payor": [named(home.insurer, home.insurer_name)],
        "class": [class("group", "Group", group), class("plan", "Plan", plan)]
    });
    let at = chart.calendar.at(since, 9, 0);
    chart.add(resource, home.insurer, &at);
}
