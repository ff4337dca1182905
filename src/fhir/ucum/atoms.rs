//! The atoms and prefixes of UCUM, read from their table on first use.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::special::Special;
use super::{Number, Scale, Unit, parse};

/// One atom: its unit, and whether prefixes may stand before it.
#[derive(Debug)]
pub(super) struct Atom {
    pub(super) unit: Unit,
    pub(super) metric: bool,
}

/// What is known while the table is read, and after.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    by_code: HashMap<&'static str, Atom>,
    /// Codes of base and arbitrary units: each a dimension of its own.
    bases: Vec<&'static str>,
}

static ATOMS: LazyLock<Atoms> =
    LazyLock::new(|| Atoms::read(include_str!("../../../profiles/ucum/units.txt")));

pub(super) fn all() -> &'static Atoms {
    &ATOMS
}

/// The code of a base unit.
pub(super) fn base(number: u16) -> &'static str {
    ATOMS
        .bases
        .get(usize::from(number))
        .copied()
        .unwrap_or_default()
}

/// Prefixes and their powers of ten.
const PREFIXES: &[(&str, i32)] = &[
    ("Y", 24),
    ("Z", 21),
    ("E", 18),
    ("P", 15),
    ("T", 12),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("h", 2),
    ("da", 1),
    ("d", -1),
    ("c", -2),
    ("m", -3),
    ("u", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
    ("a", -18),
    ("z", -21),
    ("y", -24),
];

/// Prefixes of the powers of 1024.
const BINARY: &[(&str, i64)] = &[
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
];

impl Atoms {
    fn read(table: &'static str) -> Self {
        let mut atoms = Self::default();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            atoms.add(line);
        }
        atoms
    }

    /// Adds the atom of one line; tests hold the table to account.
    fn add(&mut self, line: &'static str) -> Option<()> {
        let mut fields = line.split('\t');
        let (code, metric, value) = (fields.next()?, fields.next()? == "m", fields.next()?);
        let unit = match value {
            "base" | "arbitrary" => {
                let number = u16::try_from(self.bases.len()).ok()?;
                self.bases.push(code);
                Unit {
                    factor: Number::ONE,
                    dimension: vec![(number, 1)],
                    special: None,
                }
            }
            _ => {
                let (function, value) = value.split_once(' ').unwrap_or(("", value));
                let of = parse::unit_with(fields.next().unwrap_or("1"), self).ok()?;
                Unit {
                    factor: Number::parse(value)?.times(of.factor)?,
                    dimension: of.dimension,
                    special: Special::of(function).map(|function| Scale {
                        function,
                        by: Number::ONE,
                    }),
                }
            }
        };
        self.by_code.insert(code, Atom { unit, metric });
        Some(())
    }

    /// The unit of a symbol: an atom, or a prefix and a metric atom.
    pub(super) fn find(&self, symbol: &str) -> Option<Unit> {
        if let Some(atom) = self.by_code.get(symbol) {
            return Some(atom.unit.clone());
        }
        let scaled = |prefix: &str, by: Number| {
            let rest = symbol.strip_prefix(prefix)?;
            let atom = self.by_code.get(rest).filter(|atom| atom.metric)?;
            let mut unit = atom.unit.clone();
            match &mut unit.special {
                // The prefix of a special unit scales its values, not what they stand for.
                Some(scale) => scale.by = by,
                None => unit.factor = by.times(unit.factor)?,
            }
            Some(unit)
        };
        let mut tens = PREFIXES.iter();
        tens.find_map(|(prefix, ten)| scaled(prefix, Number::power_of_ten(*ten)))
            .or_else(|| {
                let mut binary = BINARY.iter();
                binary.find_map(|(prefix, by)| scaled(prefix, Number::whole(*by)))
            })
    }

    #[cfg(test)]
    pub(super) fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.by_code.keys().copied()
    }
}
