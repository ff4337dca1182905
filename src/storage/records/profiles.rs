//! Profiles on the way in: what a resource claims it must keep, and what the house requires.

use fhir::{
    IssueCode, ResourceType, Severity, Valid,
    profile::{self, Request},
    registry::Registry,
};

use super::{Records, WriteFault, WriteFaultKind};
use crate::{Error, Result, Storage};

impl Storage {
    /// Profiles one of which a resource of this type must keep; none is the rule.
    pub fn required_profiles(&self, resource_type: ResourceType) -> &[String] {
        let required = &self.inner.settings.validation.required;
        required.get(&resource_type).map_or(&[], Vec::as_slice)
    }
}

impl Records<'_> {
    /// Checks a resource to be written against its profiles and its extensions' definitions.
    /// Profiles that are not known here are passed over, unless the house refuses them.
    ///
    /// # Errors
    /// `Write` with every fault found.
    pub(super) fn check_profiles(
        &self,
        registry: &Registry,
        change: usize,
        valid: &Valid,
    ) -> Result<()> {
        let validation = &self.storage.inner.settings.validation;
        let request = Request {
            required: self.storage.required_profiles(valid.resource_type()),
            unknown: match validation.refuse_unknown {
                true => Severity::Error,
                false => Severity::Information,
            },
            ..Request::of(registry, self.access.now())
        };
        let mut issues = profile::check(valid.document(), &request);
        issues.retain(|issue| matches!(issue.severity, Severity::Error | Severity::Fatal));
        if issues.is_empty() {
            return Ok(());
        }
        // What was asked too much of is not at fault.
        if issues
            .iter()
            .all(|issue| issue.code == IssueCode::TooCostly)
        {
            return Err(Error::TooCostly(
                issues
                    .pop()
                    .map(|issue| issue.diagnostics)
                    .unwrap_or_default(),
            ));
        }
        let kind = WriteFaultKind::Profile(issues);
        Err(Error::Write(WriteFault { change, kind }))
    }
}
