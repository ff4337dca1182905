//! What a resource says to each search parameter: the rows of the search index.
//!
//! The expressions of a type are merged into one tree of member names, so that a resource is walked
//! once.

mod binary;
mod contained;
mod posted;
mod sort;
mod tree;
mod value;
mod words;

use std::cmp::Ordering;

use crate::search::ELEMENTS_MAX;
use crate::{Element, ResourceType, ucum};

pub use contained::{CONTAINED_MAX, Contained, contained};
pub use posted::{entries_of, posted_entries};
pub use sort::{sort_key, sort_key_param};
pub(crate) use words::each_word;
pub use words::{Words, words};

/// The form of the index rows made here. Raised once a release that changes `profiles/r4/search.txt`
/// or what is made of it: a database whose rows are of a lower form is then indexed anew.
pub const FORM: i64 = 4;

/// A stable number for `Type.code`: FNV-1a of the text, folded to 31 bits; checked free of
/// collisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub i32);

/// Keeps a number within 31 bits.
const POSITIVE: u32 = 0x7fff_ffff;

impl ParamId {
    pub fn of(resource_type: ResourceType, code: &str) -> Self {
        let text = [resource_type.name(), ".", code];
        let bytes = text.iter().flat_map(|t| t.bytes());
        let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        Self::folded((hash >> 31) ^ hash)
    }
    /// Where a token parameter's display texts are indexed as strings (`:text`).
    pub fn text(self) -> Self {
        Self::folded(self.0.cast_unsigned() ^ 0x2545_f491)
    }
    /// Where a reference parameter's `Reference.identifier` is indexed as tokens (`:identifier`).
    pub fn identifier(self) -> Self {
        Self::folded(self.0.cast_unsigned() ^ 0x5bd1_e995)
    }
    /// Where the identifiers of a token parameter are indexed by their type (`:of-type`).
    pub fn of_type(self) -> Self {
        Self::folded(self.0.cast_unsigned() ^ 0x71c3_a04d)
    }
    /// Where a part of an element is indexed that a composite parameter compares: below zero, and
    /// the first of as many numbers as elements are told apart.
    pub(crate) fn of_part(resource_type: ResourceType, name: &str) -> Self {
        let Self(hash) = Self::of(resource_type, name);
        Self(i32::MIN | (hash / ELEMENTS_MAX * ELEMENTS_MAX))
    }
    /// Where a component of a composite parameter that was posted is indexed by itself.
    pub fn component(self, number: usize) -> Self {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let turn = number.wrapping_mul(2).wrapping_add(1);
        Self::folded(self.0.cast_unsigned() ^ 0x1f83_d9ab_u32.wrapping_mul(turn))
    }
    /// Where it is indexed within each element: as [`ParamId::of_part`] of the standard's.
    pub fn part(self, number: usize) -> Self {
        let Self(hash) = self.component(number);
        Self(i32::MIN | (hash / ELEMENTS_MAX * ELEMENTS_MAX))
    }
    fn folded(hash: u32) -> Self {
        Self((hash & POSITIVE).cast_signed())
    }
}

/// One row of the search index.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub param: ParamId,
    pub value: Value,
}

/// The value of one row. Strings are given both ways: as written, and folded (see
/// [`crate::search::fold`]).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    String {
        exact: String,
        folded: String,
    },
    /// `system` empty when the code has none.
    Token {
        system: String,
        code: String,
    },
    /// A local reference has a type; otherwise `id` holds the URL as written.
    Reference {
        resource_type: Option<ResourceType>,
        id: String,
    },
    /// Microseconds, half open.
    Date {
        low: i64,
        high: i64,
    },
    /// The exact number twice, or the ends of a Range, of a comparator (`<5`) or of sampled data;
    /// open ends are infinite. `code` is the UCUM code, a currency, or the unit as written.
    Quantity {
        low: f64,
        high: f64,
        system: String,
        code: String,
    },
    Uri(String),
}

/// Every index row of a resource: each R4 parameter of its type plus `_id`-independent ones
/// (`_profile`, `_security`, `_tag`, `_source`), and under the code `_binary` every `Binary/x` an
/// attachment points to. `base` is our FHIR base, so that absolute references to ourselves index as
/// local. No row comes twice. Contained resources have rows of
/// their own: see [`contained`].
pub fn entries(resource_type: ResourceType, resource: Element<'_>, base: &str) -> Vec<Entry> {
    let mut out = Vec::with_capacity(32);
    tree::walk(resource_type, resource, base, &mut out);
    binary::entries(resource_type, resource, base, &mut out);
    out.sort_unstable_by(|a, b| {
        a.param
            .cmp(&b.param)
            .then_with(|| order(&a.value, &b.value))
    });
    out.dedup();
    out
}

/// The system of index rows in canonical units: a row for each quantity with a UCUM code, so that
/// 2 g finds 2000 mg. Rows in the units as written are beside them.
pub const CANONICAL: &str = "ucum:canonical";

/// The canonical unit of a UCUM quantity and the bounds in it. `None` for other systems, for codes
/// that are not UCUM's, and for scales on which distances are not kept.
pub(crate) fn in_canonical_unit<const N: usize>(
    system: &str,
    code: &str,
    values: [f64; N],
) -> Option<([f64; N], String)> {
    if system != ucum::SYSTEM {
        return None;
    }
    let unit = ucum::Known::of(code)?;
    if !unit.is_straight() {
        return None;
    }
    let mut found = values;
    let mut last = None;
    for value in &mut found {
        *value = match last {
            Some((asked, answer)) if asked == *value => answer,
            _ => {
                let answer = unit.to_canonical_float(*value)?;
                last = Some((*value, answer));
                answer
            }
        };
    }
    Some((found, unit.canonical().to_owned()))
}

/// Longest text indexed, in bytes: databases bound the size of an index row.
pub const TEXT_BYTES_MAX: usize = 512;

/// The part of a text that is indexed and compared: its first [`TEXT_BYTES_MAX`] bytes, at a
/// letter's edge.
pub fn cut(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// System and code of an identifier's type, as the system of its index row under
/// [`ParamId::of_type`].
pub(crate) fn typed(system: &str, code: &str) -> String {
    [system, "|", code].concat()
}

/// Any total order, to bring equal rows together.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String { exact: a, .. }, Value::String { exact: b, .. }) => a.cmp(b),
        (Value::Uri(a), Value::Uri(b)) => a.cmp(b),
        (Value::Token { system, code }, Value::Token { system: s, code: c }) => {
            code.cmp(c).then_with(|| system.cmp(s))
        }
        (
            Value::Reference { resource_type, id },
            Value::Reference {
                resource_type: t,
                id: i,
            },
        ) => id.cmp(i).then_with(|| resource_type.cmp(t)),
        (Value::Date { low, high }, Value::Date { low: l, high: h }) => {
            low.cmp(l).then_with(|| high.cmp(h))
        }
        (
            Value::Quantity {
                low,
                high,
                system,
                code,
            },
            Value::Quantity {
                low: l,
                high: h,
                system: s,
                code: c,
            },
        ) => low
            .total_cmp(l)
            .then_with(|| high.total_cmp(h))
            .then_with(|| code.cmp(c))
            .then_with(|| system.cmp(s)),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::String { .. } => 0,
        Value::Token { .. } => 1,
        Value::Reference { .. } => 2,
        Value::Date { .. } => 3,
        Value::Quantity { .. } => 4,
        Value::Uri(_) => 5,
    }
}

#[cfg(test)]
mod tests;
