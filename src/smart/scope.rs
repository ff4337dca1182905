//! SMART v2 scopes (and v1, mapped): what a token may do, as a set.

/// Who a resource scope speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    Patient,
    User,
    System,
}

/// What a client wants to do with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Create,
    Read,
    Update,
    Delete,
    Search,
}

/// One resource scope, `context/Type.cruds?name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceScope {
    pub context: Context,
    /// `None` for `*`.
    pub resource_type: Option<String>,
    pub actions: Vec<Action>,
    /// Constraints after `?`, decoded: all must hold.
    pub constraints: Vec<(String, String)>,
    /// The scope exactly as it was asked for (echoed verbatim).
    pub text: String,
}

/// A parsed scope string. Malformed resource scopes are kept in `refused` and grant nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    pub resources: Vec<ResourceScope>,
    /// `openid`, `fhirUser`, `launch/patient`, `offline_access`, …
    pub others: Vec<String>,
    pub refused: Vec<String>,
}

impl Scopes {
    pub fn parse(_text: &str) -> Self {
        todo!()
    }
    pub fn has(&self, other: &str) -> bool {
        self.others.iter().any(|o| o == other)
    }
    /// Verbatim, in the order asked, refused ones left out.
    pub fn to_text(&self) -> String {
        todo!()
    }
}
