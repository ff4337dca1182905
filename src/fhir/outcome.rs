//! OperationOutcome: what went wrong, where, by which rule.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Fatal,
    Error,
    Warning,
    Information,
}

/// The R4 IssueType codes this server uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueCode {
    Structure,
    Required,
    Value,
    Invariant,
    Login,
    Expired,
    Forbidden,
    NotFound,
    Deleted,
    NotSupported,
    Conflict,
    MultipleMatches,
    BusinessRule,
    TooCostly,
    TooLong,
    Throttled,
    Transient,
    Timeout,
    Exception,
    Duplicate,
    CodeInvalid,
    Extension,
    Informational,
    Invalid,
    Processing,
}

impl IssueCode {
    pub fn code(self) -> &'static str {
        todo!()
    }
}

/// One issue of an OperationOutcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    pub severity: Severity,
    pub code: IssueCode,
    /// Plain English; names the element and the rule; never patient data of others.
    pub diagnostics: String,
    /// FHIRPath of the element at fault, such as `Patient.name[0].given[1]`.
    pub expression: Option<String>,
}

impl Issue {
    pub fn error(code: IssueCode, diagnostics: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            diagnostics: diagnostics.into(),
            expression: None,
        }
    }
    pub fn warning(code: IssueCode, diagnostics: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, diagnostics)
        }
    }
    pub fn at(mut self, expression: impl Into<String>) -> Self {
        self.expression = Some(expression.into());
        self
    }
}

/// A list of issues that can be sent as an OperationOutcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub issues: Vec<Issue>,
}

impl Outcome {
    pub fn one(issue: Issue) -> Self {
        Self {
            issues: vec![issue],
        }
    }
    pub fn has_error(&self) -> bool {
        self.issues
            .iter()
            .any(|i| matches!(i.severity, Severity::Fatal | Severity::Error))
    }
    /// The resource as JSON text.
    pub fn to_json(&self) -> String {
        todo!()
    }
}
