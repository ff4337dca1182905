//! Invariants: FHIRPath expressions of a profile.

use super::Checker;
use super::value::Value;
use crate::path::{Expression, Scene, Verdict};
use crate::profile::Constraint;
use crate::validate::place::Place;
use crate::{IssueCode, Severity};

impl<'c> Checker<'c> {
    /// An invariant, on the value it stands on.
    pub(super) fn constraint(
        &mut self,
        value: Value<'c>,
        constraint: &Constraint,
        place: &Place<'_>,
    ) {
        if constraint.severity == Severity::Warning && !self.world.thorough {
            return;
        }
        let parsed = constraint.parsed.get_or_init(|| {
            Expression::parse(&constraint.expression).map_err(|fault| fault.to_string())
        });
        let rule = &constraint.key;
        let holds = match parsed {
            Ok(expression) => self.holds(value, expression),
            Err(fault) => Err(fault.clone()),
        };
        match holds {
            Ok(true) => {}
            Ok(false) => {
                let words = constraint.human.as_ref().unwrap_or(&constraint.expression);
                let why = format!("{}: {words}", constraint.key);
                match constraint.severity {
                    Severity::Warning => self.warn(IssueCode::Invariant, place, rule, why),
                    _ => self.fault(IssueCode::Invariant, place, rule, why),
                }
            }
            Err(fault) => {
                let why = format!("{} cannot be evaluated: {fault}", constraint.key);
                self.warn(IssueCode::NotSupported, place, rule, why);
            }
        }
    }

    /// Whether a value keeps an expression. What gives nothing does not, unless it hangs on
    /// something that is not known here.
    pub(super) fn holds(&self, value: Value<'c>, expression: &Expression) -> Result<bool, String> {
        let Some(item) = value.item() else {
            return Ok(true);
        };
        let scene = Scene::of(self.resource)
            .within(self.container)
            .at(self.world.now)
            .outside(self.world);
        let verdict = expression.judge(item, &scene);
        verdict
            .map(|verdict| verdict != Verdict::Broken)
            .map_err(|fault| fault.to_string())
    }
}
