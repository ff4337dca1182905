//! Questionnaires answered: depression (PHQ-9) as a panel, food security as a form.

use crate::chart::Chart;
use crate::full_record::{category, observe, us_core_category};
use crate::seen::Seen;
use crate::words::{LOINC, coded, loinc, named, quantity, to, us_core};
use serde_json::{Value, json};

const SCREENING: &str = "us-core-observation-screening-assessment";

/// PHQ-9 items (LOINC) with the score each got.
const PHQ9: &[(&str, &str, u32)] = &[
    ("44250-9", "Little interest or pleasure in doing things", 0),
    ("44255-8", "Feeling down, depressed, or hopeless", 1),
    (
        "44259-0",
        "Trouble falling or staying asleep, or sleeping too much",
        1,
    ),
    ("44254-1", "Feeling tired or having little energy", 1),
    ("44251-7", "Poor appetite or overeating", 0),
    ("44258-2", "Feeling bad about yourself", 0),
    ("44252-5", "Trouble concentrating on things", 0),
    ("44253-3", "Moving or speaking slowly, or being restless", 0),
    ("44260-8", "Thoughts that you would be better off dead", 0),
];

/// All screenings of the visit.
pub fn record(chart: &mut Chart<'_>, seen: &Seen) {
    depression(chart, seen);
    let response = food_form(chart, seen);
    food(chart, seen, &response);
}

fn answer(score: u32) -> Value {
    match score {
        0 => coded(LOINC, "LA6568-5", "Not at all"),
        1 => coded(LOINC, "LA6569-3", "Several days"),
        2 => coded(LOINC, "LA6570-1", "More than half the days"),
        _ => coded(LOINC, "LA6571-9", "Nearly every day"),
    }
}

fn depression(chart: &mut Chart<'_>, seen: &Seen) {
    let mut members = Vec::new();
    for (code, text, score) in PHQ9 {
        let made = observe(
            chart,
            seen,
            &format!("phq9-{code}"),
            SCREENING,
            json!([
                category("survey", "Survey"),
                us_core_category("cognitive-status", "Cognitive Status")
            ]),
            loinc(code, text),
            ("valueCodeableConcept", answer(*score)),
        );
        members.push(to(&made));
    }
    let total: u32 = PHQ9.iter().map(|(_, _, score)| score).sum();
    let panel = json!({
        "resourceType": "Observation", "id": chart.id("phq9"),
        "meta": {"profile": [us_core(SCREENING)]}, "status": "final",
        "category": [category("survey", "Survey"),
            us_core_category("functional-status", "Functional Status")],
        "code": loinc("44249-1", "PHQ-9 quick depression assessment panel").concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start,
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "valueQuantity": quantity(f64::from(total), 0, "{score}", "{score}"), "hasMember": members
    });
    chart.add(panel, &seen.practitioner, &seen.start);
}

fn food_form(chart: &mut Chart<'_>, seen: &Seen) -> String {
    let question = |id: &str, text: &str, answer: Value| json!({"linkId": id, "text": text, "answer": [answer]});
    let never =
        || json!({"valueCoding": {"system": LOINC, "code": "LA28399-0", "display": "Never true"}});
    let form = json!({
        "resourceType": "QuestionnaireResponse", "id": chart.id("food-form"),
        "meta": {"profile": [us_core("us-core-questionnaireresponse")]},
        "identifier": {"system": "https://riverbend.example/forms", "value": chart.id("food-form")},
        "questionnaire": "http://loinc.org/q/88121-9",
        "_questionnaire": {"extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/display",
             "valueString": "Hunger Vital Sign"},
            {"url": us_core("us-core-extension-questionnaire-uri"),
             "valueUri": "http://loinc.org/q/88121-9"}]},
        "status": "completed", "subject": chart.subject(), "encounter": to(&seen.encounter),
        "authored": seen.start, "author": named(&seen.practitioner, &seen.practitioner_name),
        "item": [{"linkId": "/88121-9", "text": "Hunger Vital Sign", "item": [
            question("/88122-7", "Worried that food would run out", never()),
            question("/88123-5", "Food did not last", never()),
            question("/meals", "Meals a day", json!({"valueDecimal": 3.0}))]},
            question("/helped", "Did anything help", json!({"valueCoding":
                {"system": LOINC, "code": "LA33-6", "display": "Yes"}})),
            question("/weeks", "For how many weeks", json!({"valueDecimal": 12.5})),
            question("/note", "Anything else", json!({"valueString": "The meals service helped.",
                "item": [{"linkId": "/note/since", "text": "Since when",
                    "answer": [{"valueString": "last year"}]}]}))]
    });
    chart.add(form, &seen.practitioner, &seen.start)
}

fn food(chart: &mut Chart<'_>, seen: &Seen, response: &str) {
    let mut item = |slug: &str, code: &'static str, text: &'static str, second: Value| {
        let made = json!({
            "resourceType": "Observation", "id": chart.id(slug),
            "meta": {"profile": [us_core(SCREENING)]}, "status": "final",
            "category": [category("survey", "Survey"), second],
            "code": loinc(code, text).concept(), "subject": chart.subject(),
            "encounter": to(&seen.encounter), "effectiveDateTime": seen.start,
            "performer": [chart.subject()], "derivedFrom": [to(response)],
            "valueCodeableConcept": coded(LOINC, "LA28399-0", "Never true")
        });
        let patient = chart.patient();
        chart.add(made, &patient, &seen.start)
    };
    let sdoh = || us_core_category("sdoh", "SDOH");
    let first = item(
        "food-worry",
        "88122-7",
        "Within the past 12Mo we worried whether our food would run out",
        sdoh(),
    );
    let second = item(
        "food-last",
        "88123-5",
        "Within the past 12Mo the food we bought just didn't last",
        sdoh(),
    );
    for (slug, code, text, kind) in [
        (
            "hearing",
            "69856-3",
            "Are you deaf, or do you have serious difficulty hearing",
            us_core_category("disability-status", "Disability Status"),
        ),
        (
            "exercise",
            "89555-7",
            "Days per week of moderate to strenuous physical activity",
            category("activity", "Activity"),
        ),
        (
            "housing",
            "63512-8",
            "How many people are living or staying at this address",
            category("social-history", "Social History"),
        ),
    ] {
        let made = json!({
            "resourceType": "Observation", "id": chart.id(&format!("survey-{slug}")),
            "meta": {"profile": [us_core(SCREENING)]}, "status": "final",
            "category": [category("survey", "Survey"), kind], "code": loinc(code, text).concept(),
            "subject": chart.subject(), "encounter": to(&seen.encounter),
            "effectiveDateTime": seen.start, "performer": [chart.subject()],
            "derivedFrom": [to(&first)], "valueString": if slug == "hearing" { "no" } else { "5" }
        });
        let patient = chart.patient();
        chart.add(made, &patient, &seen.start);
    }
    let panel = json!({
        "resourceType": "Observation", "id": chart.id("food-security"),
        "meta": {"profile": [us_core(SCREENING)]}, "status": "final",
        "category": [category("survey", "Survey"), sdoh()],
        "code": loinc("88121-9", "Hunger Vital Sign [HVS]").concept(), "subject": chart.subject(),
        "encounter": to(&seen.encounter), "effectiveDateTime": seen.start,
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "derivedFrom": [to(response)], "hasMember": [to(&first), to(&second)],
        "valueString": "No risk"
    });
    chart.add(panel, &seen.practitioner, &seen.start);
}
