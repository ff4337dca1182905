//! The grammar of UCUM codes: terms, components, annotations, exponents.

use super::atoms::{self, Atoms};
use super::{DEPTH_MAX, Dimension, EXPONENT_MAX, Fault, LENGTH_MAX, Number, Unit};

type Parsed<T> = Result<T, Fault>;

pub(super) fn unit(code: &str) -> Parsed<Unit> {
    unit_with(code, atoms::all())
}

/// Parses with the atoms known so far.
pub(super) fn unit_with(code: &str, atoms: &Atoms) -> Parsed<Unit> {
    let mut parser = Parser { code, at: 0, atoms };
    if code.len() > LENGTH_MAX {
        return parser.fault("a unit has at most 200 characters");
    }
    if code.is_empty() {
        return parser.fault("a unit is not empty");
    }
    if let Some(at) = code.bytes().position(|b| !(33..=126).contains(&b)) {
        parser.at = at;
        return parser.fault("a unit has no spaces and only ASCII characters");
    }
    let unit = parser.term(0)?;
    match parser.peek() {
        None => Ok(unit),
        Some(_) => parser.fault("expected . or /"),
    }
}

/// The unit of the number one.
fn one() -> Unit {
    Unit {
        factor: Number::ONE,
        dimension: Dimension::new(),
        special: None,
    }
}

fn raised(dimension: &Dimension, exponent: i32) -> Option<Dimension> {
    let each = |(base, of): &(u16, i32)| {
        let power = of.checked_mul(exponent)?;
        (power.abs() <= EXPONENT_MAX).then_some((*base, power))
    };
    match exponent {
        0 => Some(Dimension::new()),
        _ => dimension.iter().map(each).collect(),
    }
}

fn merged(left: &Dimension, right: Dimension) -> Option<Dimension> {
    let mut found = left.clone();
    for (base, exponent) in right {
        match found.binary_search_by_key(&base, |(base, _)| *base) {
            Err(at) => found.insert(at, (base, exponent)),
            Ok(at) => {
                let known = found.get_mut(at)?;
                known.1 = known.1.checked_add(exponent)?;
                if known.1.abs() > EXPONENT_MAX {
                    return None;
                }
                if known.1 == 0 {
                    found.remove(at);
                }
            }
        }
    }
    Some(found)
}

/// What is left of a special unit in a product: of temperatures, the size of a degree.
fn straight(unit: &Unit) -> Option<Unit> {
    match unit.special {
        None => Some(unit.clone()),
        Some(scale) if scale.function.is_linear() => Some(Unit {
            factor: unit.factor.times(scale.by)?,
            dimension: unit.dimension.clone(),
            special: None,
        }),
        Some(_) => None,
    }
}

fn power(unit: &Unit, exponent: i32) -> Option<Unit> {
    let unit = straight(unit)?;
    Some(Unit {
        factor: unit.factor.power(exponent)?,
        dimension: raised(&unit.dimension, exponent)?,
        special: None,
    })
}

/// `left` times `right` to that power.
pub(super) fn product(left: &Unit, right: &Unit, exponent: i32) -> Option<Unit> {
    let (left, right) = (straight(left)?, power(right, exponent)?);
    Some(Unit {
        factor: left.factor.times(right.factor)?,
        dimension: merged(&left.dimension, right.dimension)?,
        special: None,
    })
}

struct Parser<'c> {
    code: &'c str,
    at: usize,
    atoms: &'c Atoms,
}

const TOO_LARGE: &str = "the unit is out of bounds, or multiplies what cannot be multiplied";

impl<'c> Parser<'c> {
    fn fault<T>(&self, why: &'static str) -> Parsed<T> {
        Err(Fault { at: self.at, why })
    }
    fn peek(&self) -> Option<u8> {
        self.code.as_bytes().get(self.at).copied()
    }
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }
    fn rest(&self) -> &'c str {
        self.code.get(self.at..).unwrap_or_default()
    }

    /// Components parted by `.` and `/`; a leading `/` divides one.
    fn term(&mut self, depth: usize) -> Parsed<Unit> {
        if depth > DEPTH_MAX {
            return self.fault("more than 16 parentheses in one another");
        }
        let mut unit = match self.take(b'/') {
            true => {
                let first = self.component(depth)?;
                match power(&first, -1) {
                    Some(unit) => unit,
                    None => return self.fault(TOO_LARGE),
                }
            }
            false => self.component(depth)?,
        };
        loop {
            let exponent = match self.peek() {
                Some(b'.') => 1,
                Some(b'/') => -1,
                _ => return Ok(unit),
            };
            self.at += 1;
            let next = self.component(depth)?;
            // A special unit may be annotated or multiplied by a plain number only.
            let found = match (unit.special, next.dimension.is_empty()) {
                (Some(_), true) if next.factor == Number::ONE => Some(unit),
                _ => product(&unit, &next, exponent),
            };
            unit = match found {
                Some(unit) => unit,
                None => return self.fault(TOO_LARGE),
            };
        }
    }

    fn component(&mut self, depth: usize) -> Parsed<Unit> {
        match self.peek() {
            Some(b'(') => {
                self.at += 1;
                let unit = self.term(depth + 1)?;
                if !self.take(b')') {
                    return self.fault("expected )");
                }
                self.annotation()?;
                Ok(unit)
            }
            Some(b'{') => {
                self.annotation()?;
                Ok(one())
            }
            _ => {
                let unit = self.annotatable()?;
                self.annotation()?;
                Ok(unit)
            }
        }
    }

    /// `{…}`: means nothing.
    fn annotation(&mut self) -> Parsed<()> {
        if !self.take(b'{') {
            return Ok(());
        }
        match self.rest().find(['{', '}']) {
            Some(end) if self.rest().as_bytes().get(end) == Some(&b'}') => {
                self.at += end + 1;
                Ok(())
            }
            _ => self.fault("an annotation is not closed"),
        }
    }

    /// A number, or a symbol with its exponent.
    fn annotatable(&mut self) -> Parsed<Unit> {
        let start = self.at;
        let symbol = self.symbol();
        if symbol.is_empty() {
            return self.factor();
        }
        let Some(unit) = self.atoms.find(symbol) else {
            self.at = start;
            return self.fault("no such unit or prefix");
        };
        let Some(exponent) = self.exponent()? else {
            return Ok(unit);
        };
        match power(&unit, exponent) {
            Some(unit) => Ok(unit),
            None => self.fault(TOO_LARGE),
        }
    }

    /// The letters of an atom with its prefix; `10*` and `10^` are symbols too.
    fn symbol(&mut self) -> &'c str {
        let rest = self.rest();
        let mut end = 0;
        if rest.starts_with("10*") || rest.starts_with("10^") {
            end = 3;
        } else {
            let mut open = false;
            for byte in rest.bytes() {
                match byte {
                    b'[' => open = true,
                    b']' => open = false,
                    b'0'..=b'9' | b'+' | b'-' | b'.' | b'/' | b'(' | b')' | b'{' | b'}' | b'='
                        if !open =>
                    {
                        break;
                    }
                    _ => {}
                }
                end += 1;
            }
        }
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn digits(&mut self) -> &'c str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    fn exponent(&mut self) -> Parsed<Option<i32>> {
        let start = self.at;
        let sign = match self.peek() {
            Some(b'-') => -1,
            _ => 1,
        };
        let signed = self.take(b'-') || self.take(b'+');
        let digits = self.digits();
        if digits.is_empty() {
            return match signed {
                true => self.fault("an exponent needs digits"),
                false => Ok(None),
            };
        }
        match digits.parse::<i32>() {
            Ok(exponent) if exponent <= EXPONENT_MAX => Ok(Some(sign * exponent)),
            _ => {
                self.at = start;
                self.fault("an exponent is at most 40")
            }
        }
    }

    fn factor(&mut self) -> Parsed<Unit> {
        let start = self.at;
        match self.digits().parse::<i64>() {
            Ok(value) if value > 0 => Ok(Unit {
                factor: Number::whole(value),
                ..one()
            }),
            _ => {
                self.at = start;
                self.fault("expected a unit or a whole number")
            }
        }
    }
}
