//! OperationOutcome: what went wrong, where, by which rule.

use crate::json::quote;

/// How bad an issue is (R4 IssueSeverity).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Fatal,
    Error,
    Warning,
    Information,
}

impl Severity {
    /// The code as OperationOutcome.issue.severity writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
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
    Suppressed,
    Invalid,
    Processing,
}

impl IssueCode {
    /// The code as OperationOutcome.issue.code writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::Invariant => "invariant",
            Self::Login => "login",
            Self::Expired => "expired",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Deleted => "deleted",
            Self::NotSupported => "not-supported",
            Self::Conflict => "conflict",
            Self::MultipleMatches => "multiple-matches",
            Self::BusinessRule => "business-rule",
            Self::TooCostly => "too-costly",
            Self::TooLong => "too-long",
            Self::Throttled => "throttled",
            Self::Transient => "transient",
            Self::Timeout => "timeout",
            Self::Exception => "exception",
            Self::Duplicate => "duplicate",
            Self::CodeInvalid => "code-invalid",
            Self::Extension => "extension",
            Self::Informational => "informational",
            Self::Suppressed => "suppressed",
            Self::Invalid => "invalid",
            Self::Processing => "processing",
        }
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
    /// What is good to know and no fault.
    pub fn note(diagnostics: impl Into<String>) -> Self {
        Self {
            severity: Severity::Information,
            ..Self::error(IssueCode::Informational, diagnostics)
        }
    }
    /// What is not in an answer for want of permission.
    pub fn suppressed(diagnostics: impl Into<String>) -> Self {
        Self {
            severity: Severity::Information,
            ..Self::error(IssueCode::Suppressed, diagnostics)
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
    /// The resource as JSON text. Without issues it says so, for an OperationOutcome needs one.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"resourceType\":\"OperationOutcome\",\"issue\":[");
        if self.issues.is_empty() {
            let fine = Issue {
                severity: Severity::Information,
                ..Issue::error(IssueCode::Informational, "No issues.")
            };
            write(&mut out, &fine);
        }
        for (at, issue) in self.issues.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            write(&mut out, issue);
        }
        out.push_str("]}");
        out
    }
}

fn write(out: &mut String, issue: &Issue) {
    out.push_str("{\"severity\":\"");
    out.push_str(issue.severity.code());
    out.push_str("\",\"code\":\"");
    out.push_str(issue.code.code());
    out.push('"');
    if !issue.diagnostics.is_empty() {
        out.push_str(",\"diagnostics\":");
        out.push_str(&quote(&printable(&issue.diagnostics)));
    }
    if let Some(expression) = &issue.expression {
        out.push_str(",\"expression\":[");
        out.push_str(&quote(&printable(expression)));
        out.push(']');
    }
    out.push('}');
}

/// FHIR strings hold no control characters but tab and line ends.
fn printable(text: &str) -> String {
    let odd = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    text.replace(odd, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Document;

    #[test]
    fn every_issue_is_written_with_its_place() {
        let mut outcome = Outcome::one(
            Issue::error(IssueCode::Required, "\"code\" is missing\u{1}").at("Observation.code"),
        );
        outcome
            .issues
            .push(Issue::warning(IssueCode::NotSupported, "x"));
        assert!(outcome.has_error());
        let document = Document::parse(outcome.to_json()).unwrap();
        let issues = document.root().all("issue");
        assert_eq!(issues.len(), 2);
        assert_eq!(issues[0].text_at("code").unwrap(), "required");
        assert_eq!(issues[0].text_at("expression").unwrap(), "Observation.code");
        assert_eq!(
            issues[0].text_at("diagnostics").unwrap(),
            "\"code\" is missing\u{fffd}"
        );
        assert_eq!(issues[1].text_at("severity").unwrap(), "warning");
    }

    #[test]
    fn an_outcome_without_issues_still_has_one() {
        let document = Document::parse(Outcome::default().to_json()).unwrap();
        assert_eq!(
            document.root().text_at("issue.severity").unwrap(),
            "information"
        );
    }
}
