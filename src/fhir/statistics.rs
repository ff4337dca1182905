//! Statistics over measurements (R4 Observation `$stats`).

mod sample;

pub use sample::{Group, Sample, samples};

/// System of the codes below.
pub const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/observation-statistics";

/// What a statistic is measured in, told from the unit of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// The measurements' own.
    Same,
    Squared,
    /// A plain number.
    One,
    /// The measurements' own for each day.
    PerDay,
}

/// One figure; a regression has two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// Tells the figures of one statistic apart; empty where there is one.
    pub part: &'static str,
    pub dimension: Dimension,
    /// `None` where the measurements do not tell it.
    pub value: Option<f64>,
}

/// Every statistic: code and display.
pub const STATISTICS: &[(&str, &str)] = &[
    ("average", "Average"),
    ("maximum", "Maximum"),
    ("minimum", "Minimum"),
    ("count", "Count"),
    ("total-count", "Total Count"),
    ("median", "Median"),
    ("std-dev", "Standard Deviation"),
    ("sum", "Sum"),
    ("variance", "Variance"),
    ("20-percent", "20th Percentile"),
    ("80-percent", "80th Percentile"),
    ("4-lower", "Lower Quartile"),
    ("4-upper", "Upper Quartile"),
    ("4-dev", "Quartile Deviation"),
    ("5-1", "1st Quintile"),
    ("5-2", "2nd Quintile"),
    ("5-3", "3rd Quintile"),
    ("5-4", "4th Quintile"),
    ("skew", "Skew"),
    ("kurtosis", "Kurtosis"),
    ("regression", "Regression"),
];

/// The statistic of that code over `(day, value)` pairs; `total` counts what was left out too.
/// `None` for a code nobody knows.
pub fn figures(code: &str, points: &[(f64, f64)], total: usize) -> Option<Vec<Figure>> {
    use Dimension::{One, PerDay, Same, Squared};
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let count = values.len() as f64;
    let mean = || (count > 0.0).then(|| values.iter().sum::<f64>() / count);
    let at = |share: f64| percentile(&sorted, share);
    let one = |dimension, value: Option<f64>| {
        let value = value.filter(|value| value.is_finite());
        Some(vec![Figure {
            part: "",
            dimension,
            value,
        }])
    };
    match code {
        "average" => one(Same, mean()),
        "maximum" => one(Same, sorted.last().copied()),
        "minimum" => one(Same, sorted.first().copied()),
        "count" => one(One, Some(count)),
        "total-count" => one(One, Some(total as f64)),
        "median" => one(Same, at(0.5)),
        "std-dev" => one(Same, variance(&values).map(f64::sqrt)),
        "variance" => one(Squared, variance(&values)),
        "sum" => one(Same, (count > 0.0).then(|| values.iter().sum())),
        "20-percent" | "5-1" => one(Same, at(0.2)),
        "80-percent" | "5-4" => one(Same, at(0.8)),
        "5-2" => one(Same, at(0.4)),
        "5-3" => one(Same, at(0.6)),
        "4-lower" => one(Same, at(0.25)),
        "4-upper" => one(Same, at(0.75)),
        "4-dev" => one(
            Same,
            at(0.75).zip(at(0.25)).map(|(high, low)| (high - low) / 2.0),
        ),
        "skew" => one(One, moment(&values, 3)),
        "kurtosis" => one(One, moment(&values, 4)),
        "regression" => {
            let line = regression(points);
            let part = |part, dimension, value: Option<f64>| Figure {
                part,
                dimension,
                value,
            };
            Some(vec![
                part("gradient", PerDay, line.map(|(gradient, _)| gradient)),
                part("intercept", Same, line.map(|(_, intercept)| intercept)),
            ])
        }
        _ => None,
    }
}

/// Between the two nearest values, in proportion.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let low = sorted.get(place.floor() as usize)?;
    let high = sorted.get(place.ceil() as usize)?;
    Some(low + (high - low) * (place - place.floor()))
}

/// Of a sample: needs two values.
fn variance(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| squares / (count - 1.0))
}

/// A standardised central moment: skewness (3), kurtosis (4).
fn moment(values: &[f64], power: i32) -> Option<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let central = |power| {
        values
            .iter()
            .map(|value| (value - mean).powi(power))
            .sum::<f64>()
            / count
    };
    let spread = central(2).sqrt();
    (values.len() > 1 && spread > 0.0).then(|| central(power) / spread.powi(power))
}

/// Gradient and intercept of the line of least squares.
fn regression(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let across: f64 = points
        .iter()
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    let along: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let gradient = across / along;
    (points.len() > 1 && along > 0.0).then_some((gradient, mean_y - gradient * mean_x))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(code: &str, values: &[f64]) -> Option<f64> {
        let points: Vec<(f64, f64)> = values
            .iter()
            .enumerate()
            .map(|(x, y)| (x as f64, *y))
            .collect();
        figures(code, &points, values.len() + 1).unwrap()[0].value
    }

    #[test]
    fn the_figures_are_those_of_the_textbook() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        let near = |code: &str, wanted: f64| {
            let found = of(code, &values).unwrap();
            assert!((found - wanted).abs() < 1e-9, "{code} {found}");
        };
        near("average", 5.0);
        near("maximum", 9.0);
        near("minimum", 2.0);
        near("count", 8.0);
        near("total-count", 9.0);
        near("median", 4.5);
        near("sum", 40.0);
        near("variance", 32.0 / 7.0);
        near("std-dev", (32.0_f64 / 7.0).sqrt());
        near("4-lower", 4.0);
        near("4-upper", 5.5);
        near("4-dev", 0.75);
        near("20-percent", 4.0);
        near("80-percent", 6.2);
        near("skew", 0.65625);
        near("kurtosis", 2.78125);
        near("regression", 34.0 / 42.0);
    }

    #[test]
    fn every_code_is_known_and_too_few_values_tell_nothing() {
        for (code, _) in STATISTICS {
            assert!(figures(code, &[], 0).is_some(), "{code}");
        }
        assert_eq!(figures("nosuch", &[], 0), None);
        assert_eq!(of("average", &[]), None);
        assert_eq!(of("count", &[]), Some(0.0));
        assert_eq!(of("variance", &[1.0]), None);
        assert_eq!(of("skew", &[1.0, 1.0]), None);
        assert_eq!(of("regression", &[1.0]), None);
    }
}
