//! A code with its system, as asked about.

use crate::Element;

/// A code, its system where one is known, and what the asker calls it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coding {
    pub system: Option<Box<str>>,
    pub version: Option<Box<str>>,
    pub code: Box<str>,
    pub display: Option<Box<str>>,
}

impl Coding {
    pub fn new(system: &str, code: &str) -> Self {
        Self {
            system: Some(system.into()),
            code: code.into(),
            ..Self::default()
        }
    }
    /// The system, empty where there is none.
    pub fn system(&self) -> &str {
        self.system.as_deref().unwrap_or_default()
    }
    /// Reads a Coding; nothing where it has no code.
    pub fn read(element: Element<'_>) -> Option<Self> {
        let text = |name: &str| element.get(name).and_then(Element::str).map(Into::into);
        Some(Self {
            code: text("code")?,
            system: text("system"),
            version: text("version"),
            display: text("display"),
        })
    }
}
