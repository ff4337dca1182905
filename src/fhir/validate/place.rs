//! Where in a resource the walk stands: written out as FHIRPath only when there is a fault.

use std::fmt;

/// A chain of frames on the stack, so that a valid resource costs no text at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    name: &'p str,
    index: Option<usize>,
}

impl<'p> Place<'p> {
    pub(crate) fn root(name: &'p str) -> Self {
        Self {
            parent: None,
            name,
            index: None,
        }
    }
    /// The element of that name below this one.
    pub(crate) fn member(&'p self, name: &'p str) -> Place<'p> {
        Place {
            parent: Some(self),
            name,
            index: None,
        }
    }
    /// The same element as an item of its array.
    pub(crate) fn item(self, index: usize) -> Self {
        Self {
            index: Some(index),
            ..self
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.name)?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}
