//! The resource types of FHIR R4 (4.0.1), as a small number that knows its name.

/// One of the R4 resource types (`Resource` and `DomainResource` excluded).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceType(u8);

impl ResourceType {
    /// The type of that exact name, or `None`.
    pub fn from_name(_name: &str) -> Option<Self> {
        todo!()
    }
    pub fn name(self) -> &'static str {
        todo!()
    }
    /// Every type, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..0).map(Self)
    }
    /// Position in [`Self::all`]; small and dense, for tables. Not for storing.
    pub fn ordinal(self) -> usize {
        self.0 as usize
    }
}

impl std::fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
impl std::fmt::Display for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
