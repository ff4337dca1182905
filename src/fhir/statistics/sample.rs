//! From Observations to measurements: by code, in one unit, what counts for nothing left out.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::{Element, ResourceType, index, ucum::Unit};

const UCUM: &str = "http://unitsofmeasure.org";
const DAY_MICROSECONDS: f64 = 86_400_000_000.0;

/// Different units looked at for one code.
const UNITS_MAX: usize = 16;

/// One measurement.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Codings of what was measured, `system|code`.
    pub codes: Vec<String>,
    /// Text of what was measured.
    pub code: String,
    /// Microseconds since 1970 UTC.
    pub at: Option<i64>,
    /// Value and UCUM code; `None` where there is no number to count with.
    pub value: Option<(Decimal, String)>,
}

/// The measurements of one code.
#[derive(Debug, Clone, Default)]
pub struct Group {
    pub samples: Vec<Sample>,
}

impl Group {
    /// Days and values in one unit, and that unit: the latest of those that the most measurements
    /// can be told in.
    pub fn points(&self) -> (Vec<(f64, f64)>, Option<String>) {
        let mut latest: Vec<&Sample> = self.samples.iter().collect();
        latest.sort_by_key(|sample| std::cmp::Reverse(sample.at));
        let mut units: Vec<(&str, Unit)> = Vec::new();
        for (_, code) in latest.iter().filter_map(|sample| sample.value.as_ref()) {
            let known = units.iter().any(|(known, _)| known == code);
            if !known && units.len() < UNITS_MAX {
                units.extend(Unit::parse(code).ok().map(|unit| (code.as_str(), unit)));
            }
        }
        let told: Vec<Vec<(f64, f64)>> = units
            .iter()
            .map(|(_, unit)| {
                let point = |sample: &&Sample| sample.point(unit, &units);
                latest.iter().filter_map(point).collect()
            })
            .collect();
        // Of several that tell as many, the first: the latest.
        let best = told.into_iter().zip(&units).rev();
        match best.max_by_key(|(points, _)| points.len()) {
            Some((points, (code, _))) => (points, Some((*code).to_owned())),
            None => (Vec::new(), None),
        }
    }
}

/// The measurements of an observation: of itself, and of its components. None of one that was
/// entered in error, or that a modifier extension says something about that is not known here.
pub fn samples(observation: Element<'_>) -> Vec<Sample> {
    let status = observation.text_at("status");
    let void = matches!(status.as_deref(), Some("entered-in-error" | "cancelled"));
    if void || observation.get("modifierExtension").is_some() {
        return Vec::new();
    }
    let at = index::sort_key(ResourceType::OBSERVATION, observation);
    let mut found = Vec::new();
    let components = observation.all("component");
    if components.is_empty() || observation.get("valueQuantity").is_some() {
        found.push(sample(observation, at));
    }
    found.extend(
        components
            .into_iter()
            .map(|component| sample(component, at)),
    );
    found
}

fn sample(of: Element<'_>, at: Option<i64>) -> Sample {
    let codings = of.all("code.coding");
    let codes = codings.iter().filter_map(|coding| {
        let code = coding.text_at("code")?;
        Some(format!(
            "{}|{code}",
            coding.text_at("system").unwrap_or_default()
        ))
    });
    Sample {
        codes: codes.collect(),
        code: of.get("code").map_or("{}", Element::raw).to_owned(),
        at,
        value: of.get("valueQuantity").and_then(quantity),
    }
}

/// A number with a UCUM unit, exact.
fn quantity(of: Element<'_>) -> Option<(Decimal, String)> {
    if of.get("comparator").is_some() || !of.get("system")?.is(UCUM) {
        return None;
    }
    let digits = of.get("value")?.number()?;
    let value = Decimal::from_str_exact(digits).or_else(|_| Decimal::from_scientific(digits));
    let code = of.text_at("code")?.into_owned();
    Unit::parse(&code).ok()?;
    Some((value.ok()?, code))
}

impl Sample {
    /// Groups by the first coding that was asked for; with none asked for, by the first there is.
    pub fn grouped(samples: Vec<Self>, wanted: &[String]) -> BTreeMap<String, Group> {
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for sample in samples {
            let asked = wanted.iter().find(|token| sample.has(token)).cloned();
            if let Some(key) = asked.or_else(|| sample.codes.first().cloned()) {
                groups.entry(key).or_default().samples.push(sample);
            }
        }
        groups
    }

    /// Day and value in that unit.
    fn point(&self, unit: &Unit, units: &[(&str, Unit)]) -> Option<(f64, f64)> {
        let (value, code) = self.value.as_ref()?;
        let (_, own) = units.iter().find(|(known, _)| known == code)?;
        let value = own.convert(*value, unit)?.to_f64()?;
        Some((self.at.unwrap_or_default() as f64 / DAY_MICROSECONDS, value))
    }

    /// Whether it measures what a token (`system|code`, or a code of any system) names.
    pub fn has(&self, token: &str) -> bool {
        let same = |code: &String| code == token;
        let any = |code: &String| code.rsplit_once('|').is_some_and(|(_, code)| code == token);
        match token.contains('|') {
            true => self.codes.iter().any(same),
            false => self.codes.iter().any(any),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Document;

    fn of(text: &str) -> Vec<Sample> {
        samples(Document::parse(text).unwrap().root())
    }

    #[test]
    fn measurements_come_in_one_unit_and_strangers_are_left_out() {
        let made = |value: &str, unit: &str, day: &str| {
            of(&format!(
                r#"{{"resourceType":"Observation","status":"final","effectiveDateTime":"{day}",
                "code":{{"coding":[{{"system":"s","code":"a"}}]}},
                "valueQuantity":{{"value":{value},"system":"{UCUM}","code":"{unit}"}}}}"#
            ))
        };
        let mut all = made("2", "g", "2024-01-01");
        all.extend(made("500", "mg", "2024-01-02"));
        all.extend(made("7", "cm", "2024-01-01"));
        let groups = Sample::grouped(all, &["s|a".to_owned()]);
        let group = groups.get("s|a").unwrap();
        let (points, unit) = group.points();
        let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
        assert_eq!((values, unit.as_deref()), (vec![500.0, 2000.0], Some("mg")));
        assert_eq!(group.samples.len(), 3);
    }

    #[test]
    fn components_count_and_errors_do_not() {
        let panel = of(
            r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"bp"}]},
            "component":[{"code":{"coding":[{"system":"s","code":"sys"}]},
                "valueQuantity":{"value":120,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}"#,
        );
        assert_eq!(panel.len(), 1);
        assert!(panel[0].has("s|sys") && panel[0].has("sys") && !panel[0].has("bp"));
        assert!(of(r#"{"resourceType":"Observation","status":"entered-in-error"}"#).is_empty());
        let bound = of(r#"{"resourceType":"Observation","status":"final",
            "valueQuantity":{"value":1,"comparator":"<","system":"http://unitsofmeasure.org","code":"g"}}"#);
        assert!(bound[0].value.is_none());
    }
}
