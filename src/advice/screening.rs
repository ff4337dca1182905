//! Screening and follow-up tests that are missing or long ago.

use crate::card::{Indicator, Source, Suggestion, listed};
use crate::record::{has_code, months_between, written};
use crate::{Card, Record, Rule, Setting};
use fhir::Element;
use jiff::civil::Date;
use serde_json::json;

/// What a test is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom {
    Everybody,
    Women,
    /// People with one of these on the problem list.
    With(&'static [&'static str]),
}

/// A test with how often it is due.
#[derive(Debug)]
struct Test {
    name: &'static str,
    whom: Whom,
    /// Ages in months: from, and not from then on.
    ages: (i64, i64),
    /// Months after which it is due again; none: once is enough.
    every: Option<i64>,
    /// Codes (LOINC) of laboratory results that count.
    results: &'static [&'static str],
    /// Codes (SNOMED CT, CPT) of procedures, and codes (LOINC) of reports that count, with the months they hold.
    procedures: &'static [&'static str],
    reports: &'static [&'static str],
    procedures_hold: Option<i64>,
    source: Source,
    /// What would be ordered: LOINC code and name.
    order: (&'static str, &'static str),
}

/// Diabetes on a problem list, in SNOMED CT and ICD-10-CM.
const DIABETES: &[&str] = &[
    "44054006",
    "46635009",
    "73211009",
    "313436004",
    "313435000",
    "E10.9",
    "E11.9",
    "E11.65",
    "E11.69",
    "E10.65",
    "E11.22",
    "E11.40",
    "E11.21",
];
const YEAR: i64 = 12;

const TESTS: &[Test] = &[
    Test {
        name: "hemoglobin A1c",
        whom: Whom::With(DIABETES),
        ages: (0, 120 * YEAR),
        every: Some(6),
        results: &["4548-4", "17856-6", "4549-2", "59261-8"],
        procedures: &[],
        reports: &[],
        procedures_hold: None,
        source: Source::Diabetes,
        order: ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"),
    },
    Test {
        name: "urine albumin to creatinine ratio",
        whom: Whom::With(DIABETES),
        ages: (18 * YEAR, 120 * YEAR),
        every: Some(YEAR),
        results: &["9318-7", "14959-1", "32294-1", "89998-9", "30000-4"],
        procedures: &[],
        reports: &[],
        procedures_hold: None,
        source: Source::Diabetes,
        order: ("9318-7", "Albumin/Creatinine [Mass Ratio] in Urine"),
    },
    Test {
        name: "kidney function (eGFR)",
        whom: Whom::With(DIABETES),
        ages: (18 * YEAR, 120 * YEAR),
        every: Some(YEAR),
        results: &[
            "33914-3", "62238-1", "48642-3", "48643-1", "88293-6", "98979-8", "2160-0",
        ],
        procedures: &[],
        reports: &[],
        procedures_hold: None,
        source: Source::Diabetes,
        order: ("98979-8", "Glomerular filtration rate (CKD-EPI 2021)"),
    },
    Test {
        name: "lipid panel",
        whom: Whom::Everybody,
        ages: (40 * YEAR, 76 * YEAR),
        every: Some(5 * YEAR),
        results: &[
            "2093-3", "13457-7", "18262-6", "2089-1", "57698-3", "24331-1",
        ],
        procedures: &[],
        reports: &["57698-3", "24331-1"],
        procedures_hold: Some(5 * YEAR),
        source: Source::Prevention,
        order: ("57698-3", "Lipid panel with direct LDL in Serum or Plasma"),
    },
    Test {
        name: "hepatitis C antibody",
        whom: Whom::Everybody,
        ages: (18 * YEAR, 80 * YEAR),
        every: None,
        results: &[
            "13955-0", "16128-1", "40726-2", "5198-7", "5199-5", "11011-4",
        ],
        procedures: &[],
        reports: &["13955-0", "16128-1"],
        procedures_hold: None,
        source: Source::Prevention,
        order: ("16128-1", "Hepatitis C virus Ab [Presence] in Serum"),
    },
    Test {
        name: "colorectal cancer screening",
        whom: Whom::Everybody,
        ages: (45 * YEAR, 76 * YEAR),
        every: Some(YEAR),
        results: &["29771-3", "57905-2", "58453-2", "14563-1", "2335-8"],
        procedures: &[
            "73761001",
            "174158000",
            "446521004",
            "45378",
            "45380",
            "45385",
            "G0121",
            "G0105",
        ],
        reports: &["18746-8", "28022-2"],
        procedures_hold: Some(10 * YEAR),
        source: Source::Prevention,
        order: (
            "29771-3",
            "Hemoglobin [Presence] in Stool by Immunoassay (FIT)",
        ),
    },
    Test {
        name: "mammography",
        whom: Whom::Women,
        ages: (40 * YEAR, 75 * YEAR),
        every: Some(2 * YEAR),
        results: &["24606-6", "24604-1", "36625-2"],
        procedures: &[
            "71651007",
            "24623002",
            "384151000119104",
            "77067",
            "77066",
            "77063",
        ],
        reports: &[
            "24606-6", "24604-1", "24605-8", "26346-7", "36625-2", "72142-3",
        ],
        procedures_hold: Some(2 * YEAR + 3),
        source: Source::Prevention,
        order: ("24606-6", "MG Breast Screening"),
    },
    Test {
        name: "blood lead",
        whom: Whom::Everybody,
        // Connecticut asks for a test each year from nine months to three years.
        ages: (13, 3 * YEAR),
        every: Some(YEAR + 1),
        results: &["5671-3", "10368-9", "77307-7", "5674-7"],
        procedures: &[],
        reports: &["5671-3", "77307-7"],
        procedures_hold: Some(YEAR + 1),
        source: Source::Pediatrics,
        order: ("5671-3", "Lead [Mass/volume] in Blood"),
    },
];

/// Days on which one of these was done, from a list.
fn days(list: &[Element<'_>], codes: &[&str], setting: &Setting) -> Vec<Date> {
    const WHEN: &[&str] = &[
        "effectiveDateTime",
        "effectivePeriod.start",
        "performedDateTime",
        "performedPeriod.start",
        "issued",
    ];
    const NOT_DONE: &[&str] = &["not-done", "entered-in-error", "cancelled", "preparation"];
    list.iter()
        .filter(|it| has_code(**it, "code", codes))
        .filter(|it| {
            !NOT_DONE
                .iter()
                .any(|one| it.text_at("status").as_deref() == Some(one))
        })
        .filter_map(|it| {
            let when = WHEN.iter().find_map(|path| it.text_at(path))?;
            setting.day(&when)
        })
        .collect()
}

impl Test {
    fn is_for(&self, record: &Record<'_>, age: i64) -> bool {
        let (from, until) = self.ages;
        let fits = match self.whom {
            Whom::Everybody => true,
            Whom::Women => record.is_female(),
            Whom::With(codes) => record.list("conditions").is_some_and(|list| {
                list.iter()
                    .filter(|it| {
                        !has_code(
                            **it,
                            "clinicalStatus",
                            &["resolved", "inactive", "remission"],
                        )
                    })
                    .any(|it| has_code(*it, "code", codes))
            }),
        };
        fits && age >= from && age < until
    }
    /// Why it is due; `None` when it is not, or when not everything is known that could show it.
    fn due(&self, record: &Record<'_>, setting: &Setting) -> Option<String> {
        let today = setting.today();
        let holds = |day: &Date, months: Option<i64>| {
            months.is_none_or(|months| months_between(*day, today) < months)
        };
        let mut latest: Option<Date> = None;
        for (key, codes, months) in [
            ("results", self.results, self.every),
            ("procedures", self.procedures, self.procedures_hold),
            ("reports", self.reports, self.procedures_hold),
        ] {
            if codes.is_empty() {
                continue;
            }
            let done = days(record.list(key)?, codes, setting);
            if done.iter().any(|day| holds(day, months)) {
                return None;
            }
            latest = latest.max(done.into_iter().max());
        }
        let ordered = record.list("orders").unwrap_or_default();
        if ordered
            .iter()
            .any(|it| has_code(*it, "code", &[self.order.0]))
        {
            return None;
        }
        Some(match latest {
            Some(day) => format!("last on {}", written(day)),
            None => "none on record".to_owned(),
        })
    }
    fn suggestion(&self, record: &Record<'_>, setting: &Setting) -> Suggestion {
        let (code, display) = self.order;
        Suggestion {
            label: format!("Draft an order: {}", self.name),
            resource: json!({
                "resourceType": "ServiceRequest", "status": "draft", "intent": "proposal",
                "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": display}],
                    "text": display},
                "subject": {"reference": format!("Patient/{}", record.id())},
                "requester": {"reference": setting.user},
                "authoredOn": fhir::datetime::instant(setting.now),
            }),
        }
    }
}

/// One card for all tests that are due, each with a drafted order.
pub(crate) fn missing(record: &Record<'_>, setting: &Setting) -> Vec<Card> {
    let Some(birth) = record.birth() else {
        return Vec::new();
    };
    let age = months_between(birth, setting.today());
    let due: Vec<(&Test, String)> = TESTS
        .iter()
        .filter(|test| test.is_for(record, age))
        .filter_map(|test| Some((test, test.due(record, setting)?)))
        .collect();
    let Some((first, _)) = due.first() else {
        return Vec::new();
    };
    let names: Vec<String> = due.iter().map(|(test, _)| test.name.to_owned()).collect();
    let lines: Vec<String> = due
        .iter()
        .map(|(test, why)| format!("- **{}**: {why}", test.name))
        .collect();
    let follow_up = due
        .iter()
        .any(|(test, _)| matches!(test.whom, Whom::With(_)));
    let indicator = if follow_up {
        Indicator::Warning
    } else {
        Indicator::Info
    };
    let summary = format!("Due: {}", listed(&names));
    let detail = format!(
        "By age, sex and problem list, in the part of the record open to you.\n\n{}",
        lines.join("\n")
    );
    let mut card =
        Card::new(Rule::MissingScreening, indicator, first.source, &summary).with_detail(detail);
    // Only who treats patients orders.
    if setting.user.starts_with("Practitioner") {
        card.suggestions = due
            .iter()
            .map(|(test, _)| test.suggestion(record, setting))
            .collect();
    }
    vec![card]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scenes::{Scene, setting};

    fn summaries(scene: &Scene) -> Vec<String> {
        scene.with(|record| {
            let cards = missing(record, &setting());
            cards.into_iter().map(|card| card.summary).collect()
        })
    }

    fn full(birth: &str, gender: &str) -> Scene {
        let mut scene = Scene::of(&format!(r#""birthDate":"{birth}","gender":"{gender}""#));
        for key in ["conditions", "results", "procedures", "reports", "orders"] {
            scene.list(key, &[]);
        }
        scene
    }

    const DIABETIC: &str =
        r#"{"resourceType":"Condition","code":{"coding":[{"code":"44054006"}]}}"#;

    fn a1c(day: &str) -> String {
        format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"coding":[{{"code":"4548-4"}}]}},
            "effectiveDateTime":"{day}"}}"#
        )
    }

    #[test]
    fn an_a1c_is_due_half_a_year_after_the_last_one() {
        let mut scene = full("2010-01-01", "male");
        assert_eq!(summaries(&scene), [""; 0]);
        scene.list("conditions", &[DIABETIC]);
        assert_eq!(summaries(&scene), ["Due: hemoglobin A1c"]);
        scene.list("results", &[&a1c("2026-01-10")]);
        assert_eq!(summaries(&scene), [""; 0]);
        scene.list("results", &[&a1c("2025-12-10")]);
        assert_eq!(summaries(&scene), ["Due: hemoglobin A1c"]);
    }

    #[test]
    fn what_has_been_ordered_is_not_asked_for_again() {
        let mut scene = full("2010-01-01", "male");
        scene.list("conditions", &[DIABETIC]);
        let order = r#"{"resourceType":"ServiceRequest","code":{"coding":[{"code":"4548-4"}]}}"#;
        scene.list("orders", &[order]);
        assert_eq!(summaries(&scene), [""; 0]);
    }

    #[test]
    fn a_colonoscopy_holds_ten_years_and_a_stool_test_one() {
        let mut scene = full("1970-01-01", "male");
        assert!(summaries(&scene)[0].contains("colorectal"));
        let scope = r#"{"resourceType":"Procedure","status":"completed","code":{"coding":[{"code":"73761001"}]},
            "performedDateTime":"2018-06-15"}"#;
        scene.list("procedures", &[scope]);
        assert!(!summaries(&scene)[0].contains("colorectal"));
        scene.list("procedures", &[&scope.replace("completed", "not-done")]);
        assert!(summaries(&scene)[0].contains("colorectal"));
    }

    #[test]
    fn nothing_is_said_of_what_cannot_be_seen() {
        let mut scene = Scene::of(r#""birthDate":"1970-01-01","gender":"female""#);
        assert_eq!(summaries(&scene), [""; 0]);
        scene.list("results", &[]);
        // Reports count for the lipid panel too: without them nobody can say.
        assert_eq!(summaries(&scene), [""; 0]);
        scene.list("reports", &[]);
        assert_eq!(
            summaries(&scene),
            ["Due: lipid panel and hepatitis C antibody"]
        );
    }

    #[test]
    fn each_due_test_comes_with_a_drafted_order() {
        let mut scene = full("2010-01-01", "male");
        scene.list("conditions", &[DIABETIC]);
        scene.with(|record| {
            let card = missing(record, &setting()).remove(0);
            let order = &card.suggestions[0].resource;
            assert_eq!(order["code"]["coding"][0]["code"], "4548-4");
            assert_eq!(order["subject"]["reference"], "Patient/p1");
        });
    }
}
