//! Where an element stands: its value, its name, and what it lies in.

use super::extension::builds_on;
use super::value::Value;

/// A chain of elements from the resource down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'f, 'd> {
    parent: Option<&'f Frame<'f, 'd>>,
    name: &'static str,
    value: Value<'d>,
}

impl<'f, 'd> Frame<'f, 'd> {
    pub(super) fn root(value: Value<'d>) -> Self {
        Self {
            parent: None,
            name: "",
            value,
        }
    }
    pub(super) fn member(&'f self, name: &'static str, value: Value<'d>) -> Frame<'f, 'd> {
        Frame {
            parent: Some(self),
            name,
            value,
        }
    }
    pub(super) fn value(&self) -> Value<'d> {
        self.value
    }
    /// Whether a path such as `Patient.contact` or `HumanName` leads here: its first name is a
    /// type, the others are the elements down from it.
    pub(super) fn is(&self, path: &str) -> bool {
        if builds_on(self.value, path) {
            return true;
        }
        let Some((outer, name)) = path.rsplit_once('.') else {
            return false;
        };
        let name = name.strip_suffix("[x]").unwrap_or(name);
        let parent = self.parent.filter(|_| self.name == name);
        parent.is_some_and(|parent| parent.is(outer))
    }
    /// For people: the type, and the element it is the value of.
    pub(super) fn describe(&self) -> String {
        let own = self.value.type_name();
        match self.parent {
            Some(parent) if !own.contains('.') => {
                format!("{own} ({}.{})", parent.value.type_name(), self.name)
            }
            _ => own.to_owned(),
        }
    }
}
