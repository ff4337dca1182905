//! Exact numbers: a fraction of whole numbers times a power of ten.

use std::cmp::Ordering;

use rust_decimal::Decimal;

/// `up / down × 10^ten`, reduced; `down` is above 0. Beyond 38 digits it is rounded to 18.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    up: i128,
    down: i128,
    ten: i32,
}

/// Powers of ten beyond this are out of bounds: no unit of the world is that large.
const TEN_MAX: i32 = 2000;
/// A whole number below this can be multiplied with another such.
const HALF: i128 = 1_000_000_000_000_000_000;

fn common(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs().max(1)
}

/// Takes the tens out of a whole number.
fn stripped(mut value: i128) -> (i128, i32) {
    let mut ten = 0;
    while value != 0 && value % 10 == 0 {
        value /= 10;
        ten += 1;
    }
    (value, ten)
}

/// Rounds a whole number to 18 digits.
fn shortened(value: i128) -> (i128, i32) {
    let (mut value, mut ten) = (value, 0);
    while value.abs() >= HALF {
        let round = if value.abs() < HALF * 10 {
            5 * value.signum()
        } else {
            0
        };
        value = (value + round) / 10;
        ten += 1;
    }
    (value, ten)
}

impl Number {
    pub const ZERO: Self = Self {
        up: 0,
        down: 1,
        ten: 0,
    };
    pub const ONE: Self = Self {
        up: 1,
        down: 1,
        ten: 0,
    };

    fn new(up: i128, down: i128, ten: i32) -> Option<Self> {
        if up == 0 {
            return Some(Self::ZERO);
        }
        let by = common(up, down) * down.signum();
        let ((up, more), (down, less)) = (stripped(up / by), stripped(down / by));
        let mut ten = ten.checked_add(more)?.checked_sub(less)?;
        let (mut up, mut down) = (up, down);
        // A divisor of twos and fives alone is a power of ten in disguise.
        while down % 2 == 0 && up.abs() < HALF {
            (up, down, ten) = (up * 5, down / 2, ten - 1);
        }
        while down % 5 == 0 && up.abs() < HALF {
            (up, down, ten) = (up * 2, down / 5, ten - 1);
        }
        let (up, more) = stripped(up);
        ten += more;
        (ten.abs() <= TEN_MAX).then_some(Self { up, down, ten })
    }

    /// A whole number.
    pub fn whole(value: i64) -> Self {
        Self::new(i128::from(value), 1, 0).unwrap_or(Self::ZERO)
    }
    pub(super) fn power_of_ten(ten: i32) -> Self {
        Self {
            up: 1,
            down: 1,
            ten,
        }
    }
    /// The nearest number to a float. `None` where it is not finite.
    pub(super) fn from_float(value: f64) -> Option<Self> {
        Self::parse(&format!("{value:e}"))
    }
    /// A number such as `6.0221367e23` or `5/9`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some((up, down)) = text.split_once('/') {
            return Self::parse(up)?.over(Self::parse(down)?);
        }
        let (digits, ten) = match text.split_once(['e', 'E']) {
            Some((digits, ten)) => (digits, ten.parse().ok()?),
            None => (text, 0i32),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let up = format!("{whole}{fraction}").parse().ok()?;
        Self::new(up, 1, ten.checked_sub(i32::try_from(fraction.len()).ok()?)?)
    }

    /// The product. `None` out of bounds.
    pub fn times(self, other: Self) -> Option<Self> {
        let ten = self.ten.checked_add(other.ten)?;
        let (a, b) = (common(self.up, other.down), common(other.up, self.down));
        let up = ((self.up / a), (other.up / b));
        let down = ((self.down / b), (other.down / a));
        if let (Some(up), Some(down)) = (up.0.checked_mul(up.1), down.0.checked_mul(down.1)) {
            return Self::new(up, down, ten);
        }
        let short = |(a, b): (i128, i128)| {
            let ((a, more), (b, less)) = (shortened(a), shortened(b));
            (a * b, more + less)
        };
        let ((up, more), (down, less)) = (short(up), short(down));
        Self::new(up, down, ten.checked_add(more)?.checked_sub(less)?)
    }
    /// The quotient. `None` for a division by nothing, or out of bounds.
    pub fn over(self, other: Self) -> Option<Self> {
        if other.up == 0 {
            return None;
        }
        let sign = other.up.signum();
        self.times(Self {
            up: other.down * sign,
            down: other.up * sign,
            ten: -other.ten,
        })
    }
    /// The sum. `None` out of bounds.
    pub fn plus(self, other: Self) -> Option<Self> {
        let ten = self.ten.min(other.ten);
        let scaled = |n: Self| {
            let by = 10i128.checked_pow(u32::try_from(n.ten - ten).ok()?)?;
            n.up.checked_mul(by)
        };
        let exact = || {
            let left = scaled(self)?.checked_mul(other.down)?;
            let right = scaled(other)?.checked_mul(self.down)?;
            Self::new(
                left.checked_add(right)?,
                self.down.checked_mul(other.down)?,
                ten,
            )
        };
        exact().or_else(|| Self::from_float(self.to_float() + other.to_float()))
    }
    pub(super) fn negative(self) -> Self {
        Self {
            up: -self.up,
            ..self
        }
    }
    /// A whole power. `None` out of bounds.
    pub(super) fn power(self, exponent: i32) -> Option<Self> {
        let mut found = Self::ONE;
        for _ in 0..exponent.unsigned_abs() {
            found = found.times(self)?;
        }
        if exponent < 0 {
            Self::ONE.over(found)
        } else {
            Some(found)
        }
    }

    /// The quotient written out to some 20 digits: whole digits and their power of ten.
    fn digits(self) -> (i128, i32) {
        if self.down == 1 {
            return (self.up, self.ten);
        }
        let ((mut up, more), (down, less)) = (shortened(self.up), shortened(self.down));
        let mut ten = self.ten + more - less;
        while let Some(larger) = up.checked_mul(10) {
            up = larger;
            ten -= 1;
        }
        (up / down, ten)
    }
    /// The nearest float.
    pub fn to_float(self) -> f64 {
        let (up, ten) = self.digits();
        format!("{up}e{ten}").parse().unwrap_or(f64::NAN)
    }
    /// The nearest decimal. `None` where it has more than 28 digits before its point.
    pub fn to_decimal(self) -> Option<Decimal> {
        let (mut up, mut ten) = self.digits();
        while ten > 0 {
            up = up.checked_mul(10)?;
            ten -= 1;
        }
        let mut round = 0;
        while ten < -28 || up.abs() >= 1i128 << 96 || (self.down != 1 && up.abs() >= 1i128 << 90) {
            round = up % 10;
            up /= 10;
            ten += 1;
            if ten > 0 {
                return None;
            }
        }
        up += i128::from(round.abs() >= 5) * round.signum();
        let found = Decimal::try_from_i128_with_scale(up, ten.unsigned_abs()).ok()?;
        Some(found.normalize())
    }
}

impl From<Decimal> for Number {
    fn from(value: Decimal) -> Self {
        let ten = -i32::try_from(value.scale()).unwrap_or(0);
        Self::new(value.mantissa(), 1, ten).unwrap_or(Self::ZERO)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        if self == other {
            return Some(Ordering::Equal);
        }
        let difference = self.plus(other.negative())?;
        Some(difference.up.cmp(&0))
    }
}
