//! A document being changed: what is not touched stays the text it was.

use std::borrow::Cow;
use std::collections::HashMap;

use super::pointer;
use crate::Element;
use crate::json::{Kind, quote};

/// A value: as it stood in some document, or taken apart to be changed.
#[derive(Debug, Clone)]
pub(super) enum Node<'d> {
    Kept(Element<'d>),
    Object(Vec<(Cow<'d, str>, Node<'d>)>),
    Array(Vec<Node<'d>>),
    Null,
}

/// Why a step cannot be taken.
pub(super) type Why = &'static str;

pub(super) const NOTHING: Why = "there is nothing at this path";
const NO_INDEX: Why = "an array is entered by an index";
const BEYOND: Why = "the index is beyond the array";

impl<'d> Node<'d> {
    /// Takes an object or array apart, one level.
    pub(super) fn open(&mut self) {
        if let Self::Kept(element) = *self {
            *self = match element.kind() {
                Kind::Object => {
                    let members = element.members();
                    Self::Object(members.map(|(name, e)| (name, Self::Kept(e))).collect())
                }
                Kind::Array => Self::Array(element.items().map(Self::Kept).collect()),
                _ => return,
            };
        }
    }

    /// The value some steps below. Errors: nothing there.
    pub(super) fn at(&mut self, steps: &[String]) -> Result<&mut Self, Why> {
        let mut at = self;
        for step in steps {
            at.open();
            at = match at {
                Self::Object(members) => members
                    .iter_mut()
                    .find(|(name, _)| name == step)
                    .map(|(_, node)| node)
                    .ok_or(NOTHING)?,
                Self::Array(items) => {
                    let index = pointer::index(step).ok_or(NO_INDEX)?;
                    items.get_mut(index).ok_or(BEYOND)?
                }
                _ => return Err(NOTHING),
            };
        }
        Ok(at)
    }

    /// Adds a member or replaces it; inserts before an index, or at the end for `-`. Errors: no
    /// object or array here, an index beyond the end.
    pub(super) fn add(&mut self, step: &str, value: Self) -> Result<(), Why> {
        self.open();
        match self {
            Self::Object(members) => {
                match members.iter_mut().find(|(name, _)| name == step) {
                    Some((_, node)) => *node = value,
                    None => members.push((Cow::Owned(step.to_owned()), value)),
                }
                Ok(())
            }
            Self::Array(items) if step == "-" => {
                items.push(value);
                Ok(())
            }
            Self::Array(items) => {
                let index = pointer::index(step).ok_or(NO_INDEX)?;
                if index > items.len() {
                    return Err(BEYOND);
                }
                items.insert(index, value);
                Ok(())
            }
            _ => Err("only an object or an array can be added to"),
        }
    }

    /// Takes a member or item out. Errors: nothing there.
    pub(super) fn remove(&mut self, step: &str) -> Result<Self, Why> {
        self.open();
        match self {
            Self::Object(members) => {
                let at = members.iter().position(|(name, _)| name == step);
                Ok(members.remove(at.ok_or(NOTHING)?).1)
            }
            Self::Array(items) => {
                let index = pointer::index(step).ok_or(NO_INDEX)?;
                if index >= items.len() {
                    return Err(BEYOND);
                }
                Ok(items.remove(index))
            }
            _ => Err(NOTHING),
        }
    }

    /// A member of an object that was taken apart.
    pub(super) fn member(&mut self, name: &str) -> Option<&mut Self> {
        self.open();
        match self {
            Self::Object(members) => members
                .iter_mut()
                .find(|(own, _)| own == name)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    /// The items of an array that was taken apart.
    pub(super) fn items(&mut self) -> Option<&mut Vec<Self>> {
        self.open();
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Kept(element) => element.kind() == Kind::Null,
            _ => false,
        }
    }

    /// How long the value is as text, at least.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Kept(element) => element.span().len(),
            Self::Object(members) => members
                .iter()
                .map(|(name, node)| name.len() + 4 + node.size())
                .sum::<usize>(),
            Self::Array(items) => items.iter().map(|node| node.size() + 1).sum::<usize>() + 2,
            Self::Null => 4,
        }
    }

    /// How many levels of objects and arrays there are.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::Kept(element) => depth(*element),
            Self::Object(members) => 1 + members.iter().map(|(_, n)| n.depth()).max().unwrap_or(0),
            Self::Array(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Null => 0,
        }
    }

    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Kept(element) => out.push_str(element.raw()),
            Self::Null => out.push_str("null"),
            Self::Object(members) => {
                out.push('{');
                for (at, (name, node)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(&quote(name));
                    out.push(':');
                    node.write(out);
                }
                out.push('}');
            }
            Self::Array(items) => {
                out.push('[');
                for (at, node) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    node.write(out);
                }
                out.push(']');
            }
        }
    }
}

fn depth(element: Element<'_>) -> usize {
    match element.kind() {
        Kind::Object => {
            1 + element
                .members()
                .map(|(_, child)| depth(child))
                .max()
                .unwrap_or(0)
        }
        Kind::Array => 1 + element.items().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether two values are equal as RFC 6902 section 4.6 has it: numbers by value, members in any
/// order.
pub(super) fn equal(a: &mut Node<'_>, b: &mut Node<'_>) -> bool {
    a.open();
    b.open();
    match (a, b) {
        (Node::Object(a), Node::Object(b)) => {
            let mut of_b: HashMap<&str, &mut Node<'_>> =
                b.iter_mut().map(|(name, node)| (&**name, node)).collect();
            a.len() == of_b.len()
                && a.iter_mut()
                    .all(|(name, node)| of_b.get_mut(&**name).is_some_and(|own| equal(node, own)))
        }
        (Node::Array(a), Node::Array(b)) => {
            a.len() == b.len() && a.iter_mut().zip(b).all(|(a, b)| equal(a, b))
        }
        (Node::Kept(a), Node::Kept(b)) => match (a.kind(), b.kind()) {
            (Kind::String, Kind::String) => a.str() == b.str(),
            (Kind::Number, Kind::Number) => number(a.raw()) == number(b.raw()),
            (own, other) => own == other && a.raw() == b.raw(),
        },
        (a, b) => a.is_null() && b.is_null(),
    }
}

/// A number as its sign, its digits without zeros at the ends, and the power of ten of the last.
fn number(text: &str) -> (bool, String, i128) {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    let cut = all.trim_end_matches('0');
    let dropped = all.len() - cut.len();
    let cut = cut.trim_start_matches('0');
    if cut.is_empty() {
        return (false, String::new(), 0);
    }
    // An exponent beyond any number is as good as any other.
    let power = exponent
        .parse::<i64>()
        .map_or(i128::from(i64::MAX), i128::from);
    let power = power + dropped as i128 - part.len() as i128;
    (negative, cut.to_owned(), power)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_compared_by_value() {
        for (a, b) in [("1", "1.0"), ("100", "1e2"), ("-0", "0"), ("0.010", "1E-2")] {
            assert_eq!(number(a), number(b), "{a} {b}");
        }
        for (a, b) in [
            ("1", "-1"),
            ("10", "1"),
            ("0.1", "0.01"),
            ("1", "1.0000000000000000000001"),
        ] {
            assert_ne!(number(a), number(b), "{a} {b}");
        }
    }
}
