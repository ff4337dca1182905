//! Units on scales that do not begin at nothing, or are not straight: Celsius, pH, bel.

use super::Number;

/// How values of a special unit become values of the unit it is defined by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    Celsius,
    Fahrenheit,
    Reaumur,
    Ph,
    Ln,
    Lg,
    LgTimes2,
    Ld,
    Tan,
    /// Homeopathic potencies: the base of the logarithm.
    Potency(u16),
    Sqrt,
}

impl Special {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Cel" => Self::Celsius,
            "degF" => Self::Fahrenheit,
            "degRe" => Self::Reaumur,
            "pH" => Self::Ph,
            "ln" => Self::Ln,
            "lg" => Self::Lg,
            "lgTimes2" => Self::LgTimes2,
            "ld" => Self::Ld,
            "tanTimes100" => Self::Tan,
            "hpX" => Self::Potency(10),
            "hpC" => Self::Potency(100),
            "hpM" => Self::Potency(1000),
            "hpQ" => Self::Potency(50_000),
            "sqrt" => Self::Sqrt,
            _ => return None,
        })
    }

    /// Whether the scale is straight, so that differences on it can be multiplied.
    pub(super) fn is_linear(self) -> bool {
        matches!(self, Self::Celsius | Self::Fahrenheit | Self::Reaumur)
    }

    /// Where the scale begins, in its own degrees above nothing.
    fn start(self) -> Option<Number> {
        match self {
            Self::Celsius => Number::parse("273.15"),
            Self::Fahrenheit => Number::parse("459.67"),
            Self::Reaumur => Number::parse("218.52"),
            _ => None,
        }
    }

    pub(super) fn to_canonical(self, value: Number, factor: Number) -> Option<Number> {
        if let Some(start) = self.start() {
            return value.plus(start)?.times(factor);
        }
        let v = value.to_float();
        let found = match self {
            Self::Ph => 10f64.powf(-v),
            Self::Ln => v.exp(),
            Self::Lg => 10f64.powf(v),
            Self::LgTimes2 => 10f64.powf(v / 2.0),
            Self::Ld => v.exp2(),
            Self::Tan => (v / 100.0).atan(),
            Self::Potency(base) => f64::from(base).powf(-v),
            _ => v * v,
        };
        Number::from_float(found)?.times(factor)
    }

    pub(super) fn out_of_canonical(self, value: Number, factor: Number) -> Option<Number> {
        let value = value.over(factor)?;
        if let Some(start) = self.start() {
            return value.plus(start.negative());
        }
        let v = value.to_float();
        Number::from_float(match self {
            Self::Ph => -v.log10(),
            Self::Ln => v.ln(),
            Self::Lg => v.log10(),
            Self::LgTimes2 => 2.0 * v.log10(),
            Self::Ld => v.log2(),
            Self::Tan => v.tan() * 100.0,
            Self::Potency(base) => -v.ln() / f64::from(base).ln(),
            _ => v.sqrt(),
        })
    }
}
