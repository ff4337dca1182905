//! Growth-plausible heights and weights by age and sex (medians after the CDC and WHO charts).

/// Median by age: (years, boys' height cm, girls' height cm, boys' weight kg, girls' weight kg,
/// head cm).
const MEDIANS: &[(f64, f64, f64, f64, f64, f64)] = &[
    (0.0, 49.9, 49.1, 3.5, 3.4, 34.3),
    (0.17, 58.4, 57.1, 5.6, 5.1, 38.7),
    (0.33, 63.9, 62.1, 7.0, 6.4, 41.1),
    (0.5, 67.6, 65.7, 7.9, 7.3, 42.8),
    (0.75, 72.0, 70.1, 8.9, 8.2, 44.5),
    (1.0, 75.7, 74.0, 9.6, 8.9, 45.6),
    (1.25, 79.1, 77.5, 10.3, 9.6, 46.4),
    (1.5, 82.3, 80.7, 10.9, 10.2, 47.0),
    (2.0, 87.1, 85.7, 12.6, 12.1, 48.0),
    (3.0, 95.3, 94.2, 14.4, 13.9, 49.2),
    (4.0, 102.5, 101.0, 16.3, 15.9, 50.0),
    (5.0, 109.0, 108.0, 18.5, 18.0, 50.7),
    (6.0, 115.5, 115.0, 20.8, 20.3, 51.2),
    (7.0, 122.0, 121.5, 23.2, 22.9, 51.6),
    (8.0, 128.0, 127.5, 25.8, 25.8, 52.0),
    (9.0, 133.5, 133.0, 28.7, 29.0, 52.3),
    (10.0, 138.5, 138.5, 32.1, 33.1, 52.6),
    (11.0, 143.5, 144.5, 36.1, 37.4, 52.9),
    (12.0, 149.0, 151.5, 40.7, 41.8, 53.2),
    (13.0, 156.0, 157.0, 45.8, 45.9, 53.6),
    (14.0, 164.0, 160.5, 51.2, 49.4, 54.0),
    (15.0, 170.0, 162.0, 56.5, 52.1, 54.4),
    (16.0, 173.5, 162.5, 61.1, 53.9, 54.8),
    (17.0, 175.5, 163.0, 64.7, 55.1, 55.1),
    (18.0, 176.2, 163.2, 67.3, 56.2, 55.3),
    (20.0, 176.8, 163.3, 70.6, 58.2, 55.5),
];

/// A body at an age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Body {
    pub height_cm: f64,
    pub weight_kg: f64,
    pub head_cm: f64,
}

/// The body of somebody of that age. `tall` and `heavy` are in tenths of the usual spread around
/// the
/// median, -10 to 10; adults keep their height and put on `adult_kg_per_decade`.
pub fn body(age_years: f64, female: bool, tall: f64, heavy: f64) -> Body {
    let (below, above) = bracket(age_years.min(20.0));
    let width = above.0 - below.0;
    let share = if width > 0.0 {
        (age_years.min(20.0) - below.0) / width
    } else {
        0.0
    };
    let between = |low: f64, high: f64| low + (high - low) * share;
    let (height, weight) = if female {
        (between(below.2, above.2), between(below.4, above.4))
    } else {
        (between(below.1, above.1), between(below.3, above.3))
    };
    let later = (age_years - 20.0).clamp(0.0, 40.0) / 10.0;
    Body {
        height_cm: height * (1.0 + 0.004 * tall) - (age_years - 65.0).max(0.0) * 0.1,
        weight_kg: (weight + 4.0 * later) * (1.0 + 0.02 * heavy),
        head_cm: between(below.5, above.5) * (1.0 + 0.001 * tall),
    }
}

type Row = (f64, f64, f64, f64, f64, f64);

fn bracket(age: f64) -> (Row, Row) {
    let first = (0.0, 49.9, 49.1, 3.5, 3.4, 34.3);
    let below = MEDIANS
        .iter()
        .rev()
        .find(|row| row.0 <= age)
        .copied()
        .unwrap_or(first);
    let above = MEDIANS
        .iter()
        .find(|row| row.0 >= age)
        .copied()
        .unwrap_or(below);
    (below, above)
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

    fn bmi(body: Body) -> f64 {
        body.weight_kg / (body.height_cm / 100.0).powi(2)
    }

    #[test]
    fn children_grow_and_adults_keep_their_height() {
        let at = |age| body(age, true, 0.0, 0.0);
        assert!(at(11.0).height_cm > at(10.0).height_cm);
        assert!((at(42.0).height_cm - 163.3).abs() < 0.1);
        assert!((18.0..32.0).contains(&bmi(at(42.0))));
        assert!((13.0..20.0).contains(&bmi(at(1.5))));
    }
}
