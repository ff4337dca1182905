//! What was found: issues, each rule once at each place.

use std::collections::HashSet;

use super::Checker;
use crate::validate::place::Place;
use crate::{Issue, IssueCode, Severity};

/// More findings than this are not listed.
const FINDINGS_MAX: usize = 100;

/// The issues so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    issues: Vec<Issue>,
    /// Place and rule: two profiles that ask the same of one element find one fault.
    told: HashSet<(String, String)>,
    errors: usize,
}

impl Findings {
    pub(super) fn into_issues(self) -> Vec<Issue> {
        self.issues
    }
    /// Place and words of the first error.
    pub(super) fn first_error(&self) -> Option<String> {
        let mut issues = self.issues.iter();
        let first = issues.find(|issue| issue.severity == Severity::Error)?;
        let place = first.expression.as_deref().unwrap_or_default();
        let whole = format!("{place}: {}", first.diagnostics);
        Some(whole.chars().take(500).collect())
    }
    pub(super) fn has_error(&self) -> bool {
        self.errors > 0
    }
}

impl Checker<'_> {
    /// An error by a rule of the profile at hand.
    pub(super) fn fault(
        &mut self,
        code: IssueCode,
        place: &Place<'_>,
        rule: &str,
        why: impl Into<String>,
    ) {
        if self.lenient {
            return self.warn(code, place, rule, why);
        }
        self.tell(Issue::error(code, why), place, rule);
    }

    /// A warning, where those are wanted.
    pub(super) fn warn(
        &mut self,
        code: IssueCode,
        place: &Place<'_>,
        rule: &str,
        why: impl Into<String>,
    ) {
        if self.world.thorough {
            self.tell(Issue::warning(code, why), place, rule);
        }
    }

    fn tell(&mut self, mut issue: Issue, place: &Place<'_>, rule: &str) {
        if issue.severity == Severity::Error {
            self.findings.errors += 1;
        }
        let place = place.to_string();
        let told = !self.findings.told.insert((place.clone(), rule.to_owned()));
        if told || self.findings.issues.len() >= FINDINGS_MAX {
            return;
        }
        if !self.profile.is_empty() {
            let named = format!(" (profile {}, rule {rule})", self.profile);
            issue.diagnostics.push_str(&named);
        }
        self.findings.issues.push(issue.at(place));
    }
}
