//! Children whose weight and height have not been measured for long.

use crate::card::{Indicator, Link, Source};
use crate::record::{has_code, months_between, written};
use crate::{Card, Record, Rule, Setting};
use jiff::civil::Date;

const WEIGHT: &[&str] = &["29463-7", "3141-9", "8339-4", "8350-1"];
const HEIGHT: &[&str] = &["8302-2", "8306-3", "8308-9", "89269-5"];
const ADULT_MONTHS: i64 = 18 * 12;

/// Months between two measurements at that age: the check-ups of the periodicity schedule and two months.
fn interval(age_months: i64) -> i64 {
    match age_months {
        0..6 => 3,
        6..24 => 6,
        24..36 => 8,
        _ => 14,
    }
}

/// One card for a child without a recent measurement.
pub(crate) fn unmeasured(record: &Record<'_>, setting: &Setting) -> Vec<Card> {
    let (Some(vitals), Some(birth)) = (record.list("vitals"), record.birth()) else {
        return Vec::new();
    };
    let today = setting.today();
    let age = months_between(birth, today);
    if age >= ADULT_MONTHS {
        return Vec::new();
    }
    let last = |codes: &[&str]| -> Option<Date> {
        let of = vitals.iter().filter(|it| has_code(**it, "code", codes));
        of.filter_map(|it| setting.day(&it.text_at("effectiveDateTime")?))
            .max()
    };
    let stale = |day: Option<Date>| {
        let since = months_between(day.unwrap_or(birth), today);
        since >= interval(age)
    };
    let (weight, height) = (last(WEIGHT), last(HEIGHT));
    let what = match (stale(weight), stale(height)) {
        (true, true) => "weight and height",
        (true, false) => "weight",
        (false, true) => "height",
        (false, false) => return Vec::new(),
    };
    let told = |name: &str, day: Option<Date>| match day {
        Some(day) => format!("- {name}: last measured {}", written(day)),
        None => format!("- {name}: never measured here"),
    };
    let summary = format!(
        "Growth: {what} not measured for {} months or more",
        interval(age)
    );
    let detail = format!("{}\n{}", told("Weight", weight), told("Height", height));
    let mut card = Card::new(
        Rule::GrowthUnmeasured,
        Indicator::Info,
        Source::Pediatrics,
        &summary,
    )
    .with_detail(detail);
    if let Some(url) = &setting.growth_app {
        card.links.push(Link {
            label: "Open the growth chart".to_owned(),
            url: url.clone(),
            smart: true,
        });
    }
    vec![card]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{Scene, setting};

    fn measured(code: &str, day: &str) -> String {
        format!(
            r#"{{"resourceType":"Observation","code":{{"coding":[{{"code":"{code}"}}]}},
            "effectiveDateTime":"{day}"}}"#
        )
    }

    #[test]
    fn a_child_is_measured_as_often_as_the_age_asks() {
        let mut scene = Scene::of(r#""birthDate":"2015-01-01""#);
        scene.list(
            "vitals",
            &[
                &measured("29463-7", "2025-06-01"),
                &measured("8302-2", "2025-01-01"),
            ],
        );
        let setting = setting();
        let cards = scene.with(|record| unmeasured(record, &setting));
        assert_eq!(cards.len(), 1);
        assert!(
            cards[0].summary.starts_with("Growth: height not"),
            "{}",
            cards[0].summary
        );
        assert!(cards[0].links[0].smart);
        scene.list(
            "vitals",
            &[
                &measured("29463-7", "2026-06-01"),
                &measured("8302-2", "2026-06-01"),
            ],
        );
        assert!(scene.with(|record| unmeasured(record, &setting)).is_empty());
    }

    #[test]
    fn a_newborn_and_an_adult_need_no_reminder() {
        for birth in ["2026-06-01", "2000-01-01"] {
            let mut scene = Scene::of(&format!(r#""birthDate":"{birth}""#));
            scene.list("vitals", &[]);
            let cards = scene.with(|record| unmeasured(record, &setting()));
            assert!(cards.is_empty(), "{birth}");
        }
    }
}
