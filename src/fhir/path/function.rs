//! The functions, a file per family of the standard; here each is led to its family.

mod conversion;
mod existence;
mod fhir;
mod filter;
mod math;
mod strings;
mod structure;
mod subset;
mod tree;

use super::bag::Bag;
use super::evaluate::{Frame, Machine, Result};
use super::syntax::{Function, Id, Step, Term};
use super::{Fault, Item, Value};

/// One call: the function, what it is called on, its arguments, and where they are evaluated.
#[derive(Clone, Copy)]
struct Call<'c, 'd> {
    function: Function,
    input: &'c [Item<'d>],
    arguments: &'d [Id],
    frame: Frame<'c, 'd>,
}

impl Call<'_, '_> {
    /// An argument the parser made sure of.
    fn argument(&self, at: usize) -> Result<Id> {
        match self.arguments.get(at) {
            Some(id) => Ok(*id),
            None => Err(Fault::wrong("an argument is missing")),
        }
    }
}

impl<'d> Machine<'_, 'd> {
    pub(super) fn call(
        &mut self,
        function: Function,
        input: &[Item<'d>],
        arguments: &'d [Id],
        frame: Frame<'_, 'd>,
    ) -> Result<Bag<'d>> {
        use Function as F;
        self.spend(1 + input.len() as u64)?;
        let call = Call {
            function,
            input,
            arguments,
            frame,
        };
        match function {
            F::Empty
            | F::Exists
            | F::All
            | F::AllTrue
            | F::AnyTrue
            | F::AllFalse
            | F::AnyFalse
            | F::SubsetOf
            | F::SupersetOf
            | F::Count
            | F::Distinct
            | F::IsDistinct
            | F::Not => self.existence(call),
            F::Where | F::Select | F::Repeat | F::Aggregate | F::Iif | F::Trace => {
                self.filter(call)
            }
            F::Single
            | F::First
            | F::Last
            | F::Tail
            | F::Skip
            | F::Take
            | F::Intersect
            | F::Exclude
            | F::Union
            | F::Combine => self.subset(call),
            F::ToBoolean
            | F::ConvertsToBoolean
            | F::ToInteger
            | F::ConvertsToInteger
            | F::ToDate
            | F::ConvertsToDate
            | F::ToDateTime
            | F::ConvertsToDateTime
            | F::ToDecimal
            | F::ConvertsToDecimal
            | F::ToQuantity
            | F::ConvertsToQuantity
            | F::ToText
            | F::ConvertsToText
            | F::ToTime
            | F::ConvertsToTime => self.conversion(call),
            F::Abs
            | F::Ceiling
            | F::Exp
            | F::Floor
            | F::Ln
            | F::Log
            | F::Power
            | F::Round
            | F::Sqrt
            | F::Truncate => self.math(call),
            F::Children | F::Descendants | F::Type | F::Now | F::TimeOfDay | F::Today => {
                self.tree(call)
            }
            F::Extension
            | F::HasValue
            | F::GetValue
            | F::Resolve
            | F::MemberOf
            | F::ConformsTo
            | F::HtmlChecks
            | F::CheckModifiers
            | F::Subsumes
            | F::SubsumedBy
            | F::Comparable => self.fhir(call),
            F::ElementDefinition | F::Slice => self.structure(call),
            F::Join => self.join(call),
            _ => self.strings(call),
        }
    }
}

/// Compiles the patterns that are written out in an expression. Errors: one that is no pattern.
pub(super) fn patterns(terms: &[Term]) -> Result<Vec<(Id, regex::Regex)>> {
    let steps = terms.iter().flat_map(|term| match term {
        Term::Path { steps, .. } => &**steps,
        _ => &[],
    });
    let mut found = Vec::new();
    for step in steps {
        let Step::Call(function, arguments) = step else {
            continue;
        };
        let whole = match function {
            Function::Matches | Function::ReplaceMatches => false,
            Function::MatchesFull => true,
            _ => continue,
        };
        if let Some(id) = arguments.first()
            && let Some(Term::Literal(Value::String(text))) = terms.get(*id)
        {
            found.push((*id, strings::compiled(text, whole)?));
        }
    }
    Ok(found)
}
