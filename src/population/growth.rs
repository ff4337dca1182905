//! Bodies along the growth curves: height, weight, head and percentiles by age and sex.

use crate::curves::{BOYS_BMI, BOYS_HEAD, BOYS_HEIGHT, GIRLS_BMI, GIRLS_HEAD, GIRLS_HEIGHT, Row};

/// A body at an age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Body {
    pub height_cm: f64,
    pub weight_kg: f64,
    pub head_cm: f64,
}

impl Body {
    /// Body mass index in kg/m2.
    pub fn bmi(&self) -> f64 {
        self.weight_kg / (self.height_cm / 100.0).powi(2)
    }
}

/// What grown people put on, in kg/m2 of body mass index per decade between twenty and sixty.
const GAIN_PER_DECADE: f64 = 1.3;

/// The body of somebody of that age; `tall` and `heavy` are standard deviations from the median of the age.
pub fn body(age_years: f64, female: bool, tall: f64, heavy: f64) -> Body {
    let (heights, masses, heads) = if female {
        (GIRLS_HEIGHT, GIRLS_BMI, GIRLS_HEAD)
    } else {
        (BOYS_HEIGHT, BOYS_BMI, BOYS_HEAD)
    };
    let height = at(heights, age_years, tall) - (age_years - 60.0).max(0.0) * 0.12;
    let decades = (age_years - 20.0).clamp(0.0, 40.0) / 10.0;
    let waning = (age_years - 72.0).max(0.0) * 0.12;
    let mass = at(masses, age_years, heavy) + GAIN_PER_DECADE * decades - waning;
    Body {
        height_cm: height,
        weight_kg: mass * (height / 100.0).powi(2),
        head_cm: at(heads, age_years, 0.6 * tall),
    }
}

/// The measurement that lies `z` standard deviations from the median.
fn at(rows: &[Row], age: f64, z: f64) -> f64 {
    let (l, m, s) = parameters(rows, age);
    // Very large powers of a skewed curve run away: nobody is beyond these bounds.
    let z = z.clamp(-2.6, 2.3);
    if l.abs() < 0.01 {
        m * (s * z).exp()
    } else {
        m * (1.0 + l * s * z).max(0.05).powf(1.0 / l)
    }
}

/// The percentile of a body mass index at an age between birth and twenty.
pub fn bmi_percentile(age_years: f64, female: bool, bmi: f64) -> f64 {
    let rows = if female { GIRLS_BMI } else { BOYS_BMI };
    percentile(rows, age_years, bmi)
}

/// The percentile of a head circumference (cm) at an age up to five.
pub fn head_percentile(age_years: f64, female: bool, head_cm: f64) -> f64 {
    let rows = if female { GIRLS_HEAD } else { BOYS_HEAD };
    percentile(rows, age_years, head_cm)
}

fn percentile(rows: &[Row], age: f64, value: f64) -> f64 {
    let (l, m, s) = parameters(rows, age);
    let z = if l.abs() < 0.01 {
        (value / m).ln() / s
    } else {
        ((value / m).powf(l) - 1.0) / (l * s)
    };
    // The logistic stands in for the normal distribution; it is nowhere more than a point off.
    (100.0 / (1.0 + (-1.702 * z).exp())).clamp(0.1, 99.9)
}

/// L, M and S at an age.
fn parameters(rows: &[Row], age: f64) -> (f64, f64, f64) {
    let next = rows.partition_point(|row| row.0 < age);
    let above = rows.get(next).or(rows.last());
    let below = rows.get(next.saturating_sub(1)).or(above);
    let (Some(below), Some(above)) = (below, above) else {
        return (1.0, 0.0, 0.0);
    };
    let width = above.0 - below.0;
    let share = if width > 0.0 {
        ((age - below.0) / width).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let between = |low: f64, high: f64| low + (high - low) * share;
    (
        between(below.1, above.1),
        between(below.2, above.2),
        between(below.3, above.3),
    )
}

/// Median systolic and diastolic pressure, heart rate and breathing rate at an age.
pub fn resting(age_years: f64) -> (f64, f64, f64, f64) {
    match age_years {
        age if age < 1.0 => (85.0, 50.0, 130.0, 38.0),
        age if age < 3.0 => (90.0, 54.0, 112.0, 26.0),
        age if age < 6.0 => (95.0, 58.0, 98.0, 23.0),
        age if age < 10.0 => (100.0, 62.0, 88.0, 20.0),
        age if age < 13.0 => (105.0, 65.0, 82.0, 18.0),
        age if age < 18.0 => (112.0, 68.0, 74.0, 16.0),
        age if age < 45.0 => (118.0, 75.0, 70.0, 15.0),
        age if age < 65.0 => (124.0, 78.0, 70.0, 15.0),
        _ => (130.0, 76.0, 70.0, 16.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_grow_and_adults_keep_their_height() {
        let at = |age| body(age, true, 0.0, 0.0);
        assert!(at(11.0).height_cm > at(10.0).height_cm);
        assert!((at(42.0).height_cm - 163.3).abs() < 0.1);
        assert!((18.0..32.0).contains(&at(42.0).bmi()));
        assert!((13.0..20.0).contains(&at(1.5).bmi()));
    }

    #[test]
    fn nobody_shrinks_before_sixty() {
        for female in [true, false] {
            for tall in [-2.0, 0.0, 2.0] {
                let heights: Vec<f64> = (0..240)
                    .map(|months| body(f64::from(months) / 12.0, female, tall, 0.0).height_cm)
                    .collect();
                assert!(heights.is_sorted(), "{female} {tall} {heights:?}");
            }
        }
    }

    #[test]
    fn newborns_and_twelve_year_olds_weigh_what_the_tables_say() {
        let newborn = body(0.0, false, 0.0, 0.0);
        assert!((newborn.weight_kg - 3.35).abs() < 0.1, "{newborn:?}");
        assert!((newborn.head_cm - 34.5).abs() < 0.1);
        let girl = body(12.0, true, 0.0, 0.0);
        assert!((38.0..44.0).contains(&girl.weight_kg), "{girl:?}");
    }

    #[test]
    fn percentiles_invert_the_curves() {
        for (heavy, low, high) in [(0.0, 49.0, 51.0), (1.0, 83.0, 86.0), (-1.645, 4.0, 7.0)] {
            let body = body(8.0, true, 0.3, heavy);
            let found = bmi_percentile(8.0, true, body.bmi());
            assert!((low..high).contains(&found), "{heavy}: {found}");
        }
        let infant = body(0.5, false, 0.0, 0.0);
        assert!((head_percentile(0.5, false, infant.head_cm) - 50.0).abs() < 1.0);
    }
}
