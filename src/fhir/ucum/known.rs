//! Units met before, so that records with the same few units parse each of them once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use super::Unit;

/// Codes remembered by a thread; when there are more, all are forgotten.
const KNOWN_MAX: usize = 512;

thread_local! {
    static KNOWN: RefCell<HashMap<Box<str>, Option<Rc<Known>>>> = RefCell::default();
}

/// A parsed unit with its canonical form written out.
#[derive(Debug)]
pub(crate) struct Known {
    unit: Unit,
    canonical: String,
}

impl Known {
    /// The unit of a code; `None` where it is not UCUM.
    pub(crate) fn of(code: &str) -> Option<Rc<Self>> {
        if code.len() > super::LENGTH_MAX {
            return None;
        }
        KNOWN.with_borrow_mut(|known| {
            if let Some(found) = known.get(code) {
                return found.clone();
            }
            if known.len() >= KNOWN_MAX {
                known.clear();
            }
            let found = Unit::parse(code).ok().map(|unit| {
                let canonical = unit.canonical();
                Rc::new(Self { unit, canonical })
            });
            known.insert(code.into(), found.clone());
            found
        })
    }
    pub(crate) fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl Deref for Known {
    type Target = Unit;

    fn deref(&self) -> &Unit {
        &self.unit
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn codes_are_remembered_and_forgotten_without_a_difference() {
        for _ in 0..3 {
            assert_eq!(Known::of("mg/dL").unwrap().canonical(), "g.m-3");
            assert!(Known::of("nope").is_none());
            for number in 1..KNOWN_MAX {
                assert!(Known::of(&format!("{number}g")).is_none());
                assert_eq!(Known::of(&format!("{number}.g")).unwrap().canonical(), "g");
            }
        }
    }
}
