//! Questionnaires answered: depression (PHQ-9) as a panel, food security as a form.

use crate::chart::Chart;
use crate::observations::{category, observe, us_core_category};
use crate::seen::Seen;
use crate::words::{LOINC, coded, loinc, quantity, to, us_core};
use serde_json::{Value, json};

const SCREENING: &str = "us-core-observation-screening-assessment";

/// PHQ-9 items (LOINC).
const PHQ9: &[(&str, &str)] = &[
    ("44250-9", "Little interest or pleasure in doing things"),
    ("44255-8", "Feeling down, depressed, or hopeless"),
    (
        "44259-0",
        "Trouble falling or staying asleep, or sleeping too much",
    ),
    ("44254-1", "Feeling tired or having little energy"),
    ("44251-7", "Poor appetite or overeating"),
    ("44258-2", "Feeling bad about yourself"),
    ("44252-5", "Trouble concentrating on things"),
    ("44253-3", "Moving or speaking slowly, or being restless"),
    ("44260-8", "Thoughts that you would be better off dead"),
];

fn answer(score: u32) -> Value {
    match score {
        0 => coded(LOINC, "LA6568-5", "Not at all"),
        1 => coded(LOINC, "LA6569-3", "Several days"),
        2 => coded(LOINC, "LA6570-1", "More than half the days"),
        _ => coded(LOINC, "LA6571-9", "Nearly every day"),
    }
}

/// The depression questionnaire: the score of each item (0 to 3), and the panel with their sum. Returns its reference.
pub fn depression(chart: &mut Chart<'_>, seen: &Seen, suffix: &str, scores: [u32; 9]) -> String {
    let mut members = Vec::new();
    for ((code, text), score) in PHQ9.iter().zip(scores) {
        let made = observe(
            chart,
            seen,
            &format!("phq9-{code}{suffix}"),
            SCREENING,
            json!([
                category("survey", "Survey"),
                us_core_category("cognitive-status", "Cognitive Status")
            ]),
            loinc(code, text),
            ("valueCodeableConcept", answer(score)),
        );
        members.push(to(&made));
    }
    let total: u32 = scores.iter().sum();
    let panel = json!({
        "resourceType": "Observation", "id": chart.id(&format!("phq9{suffix}")),
        "meta": {"profile": [us_core(SCREENING)]}, "status": "final",
        "category": [category("survey", "Survey"),
            us_core_category("functional-status", "Functional Status")],
        "code": loinc("44249-1", "PHQ-9 quick depression assessment panel").concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start, "performer": [seen.by()],
        "valueQuantity": quantity(f64::from(total), 0, "{score}", "{score}"), "hasMember": members
    });
    chart.add(panel, &seen.practitioner, &seen.start)
}

/// The answers to the two questions about food, and how many people live there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Household {
    /// Whether food ran short in the last year.
    pub hungry: bool,
    pub people: u32,
    /// Days a week of exercise.
    pub active_days: u32,
    pub hard_of_hearing: bool,
}

/// The answer form of the food questions, and what was observed from it.
pub fn household(chart: &mut Chart<'_>, seen: &Seen, suffix: &str, told: &Household) {
    let response = food_form(chart, seen, suffix, told);
    food(chart, seen, &response, suffix, told);
}

fn often(hungry: bool) -> (&'static str, &'static str) {
    if hungry {
        ("LA6729-3", "Sometimes true")
    } else {
        ("LA28398-8", "Never true")
    }
}

fn food_form(chart: &mut Chart<'_>, seen: &Seen, suffix: &str, told: &Household) -> String {
    let id = chart.id(&format!("food-form{suffix}"));
    let (code, display) = often(told.hungry);
    let question = |id: &str, text: &str, answer: Value| json!({"linkId": id, "text": text, "answer": [answer]});
    let never = || json!({"valueCoding": {"system": LOINC, "code": code, "display": display}});
    let form = json!({
        "resourceType": "QuestionnaireResponse", "id": id,
        "meta": {"profile": [us_core("us-core-questionnaireresponse")]},
        "identifier": {"system": format!("{}/forms", chart.home.site), "value": id},
        "questionnaire": "http://loinc.org/q/88121-9",
        "_questionnaire": {"extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/display",
             "valueString": "Hunger Vital Sign"},
            {"url": us_core("us-core-extension-questionnaire-uri"),
             "valueUri": "http://loinc.org/q/88121-9"}]},
        "status": "completed", "subject": chart.subject(), "encounter": to(&seen.encounter),
        "authored": seen.start, "author": seen.by(),
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

fn food(chart: &mut Chart<'_>, seen: &Seen, response: &str, suffix: &str, told: &Household) {
    let (often, display) = often(told.hungry);
    let mut item = |slug: &str, code: &'static str, text: &'static str, second: Value| {
        let made = json!({
            "resourceType": "Observation", "id": chart.id(&format!("{slug}{suffix}")),
            "meta": {"profile": [us_core(SCREENING)]}, "status": "final",
            "category": [category("survey", "Survey"), second],
            "code": loinc(code, text).concept(), "subject": chart.subject(),
            "encounter": to(&seen.encounter), "effectiveDateTime": seen.start,
            "performer": [chart.subject()], "derivedFrom": [to(response)],
            "valueCodeableConcept": coded(LOINC, often, display)
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
    for (slug, code, text, kind, answer) in [
        (
            "hearing",
            "69856-3",
            "Are you deaf, or do you have serious difficulty hearing",
            us_core_category("disability-status", "Disability Status"),
            if told.hard_of_hearing {
                "yes".to_owned()
            } else {
                "no".to_owned()
            },
        ),
        (
            "exercise",
            "89555-7",
            "Days per week of moderate to strenuous physical activity",
            category("activity", "Activity"),
            told.active_days.to_string(),
        ),
        (
            "housing",
            "63512-8",
            "How many people are living or staying at this address",
            category("social-history", "Social History"),
            told.people.to_string(),
        ),
    ] {
        let made = json!({
            "resourceType": "Observation", "id": chart.id(&format!("survey-{slug}{suffix}")),
            "meta": {"profile": [us_core(SCREENING)]}, "status": "final",
            "category": [category("survey", "Survey"), kind], "code": loinc(code, text).concept(),
            "subject": chart.subject(), "encounter": to(&seen.encounter),
            "effectiveDateTime": seen.start, "performer": [chart.subject()],
            "derivedFrom": [to(&first)], "valueString": answer
        });
        let patient = chart.patient();
        chart.add(made, &patient, &seen.start);
    }
    let panel = json!({
        "resourceType": "Observation", "id": chart.id(&format!("food-security{suffix}")),
        "meta": {"profile": [us_core(SCREENING)]}, "status": "final",
        "category": [category("survey", "Survey"), sdoh()],
        "code": loinc("88121-9", "Hunger Vital Sign [HVS]").concept(), "subject": chart.subject(),
        "encounter": to(&seen.encounter), "effectiveDateTime": seen.start,
        "performer": [seen.by()],
        "derivedFrom": [to(response)], "hasMember": [to(&first), to(&second)],
        "valueString": if told.hungry { "At risk" } else { "No risk" }
    });
    chart.add(panel, &seen.practitioner, &seen.start);
}
