//! FHIRPath (Normative Release 1): expressions parsed once and evaluated over documents.
//!
//! Everything is bounded: an expression's length, depth and count of terms when it is parsed, its
//! steps when it is evaluated. Elements stay in their documents, so a result tells where it was
//! found.

mod bag;
mod conversion;
mod equality;
mod evaluate;
mod function;
mod item;
mod lexer;
mod moment;
mod operator;
mod parser;
mod quantity;
mod scene;
mod syntax;
#[cfg(test)]
mod tests;
mod types;
mod value;

use std::borrow::Cow;

pub use item::{FhirType, Item, Node};
pub use moment::{Moment, Precision};
pub use quantity::{Calendar, Quantity, QuantityUnit};
pub use scene::{Nowhere, Outside, Scene};
pub use value::Value;

/// Longest expression taken, in bytes.
pub const LENGTH_MAX: usize = 65_536;
/// Deepest nesting of operators, parentheses and arguments; steps of a path do not nest.
pub const DEPTH_MAX: usize = 100;
/// Steps an evaluation may take where the scene does not say otherwise.
pub const STEPS_MAX: u64 = 1_000_000;
/// Longest string an evaluation may make, in bytes.
pub const TEXT_MAX: usize = 1_048_576;

/// Why an expression could not be parsed or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The text is no expression; `at` is the byte where reading stopped.
    #[error("{why} at character {}", at + 1)]
    Syntax { at: usize, why: Cow<'static, str> },
    /// What the expression asks makes no sense for what it was given.
    #[error("{0}")]
    Wrong(Cow<'static, str>),
    /// The evaluation took more steps than its scene allows.
    #[error("the expression takes more than {0} steps")]
    Steps(u64),
}

impl Fault {
    fn wrong(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Wrong(why.into())
    }
}

/// What a constraint says of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Broken,
    /// It hangs on something outside that is not known.
    Unknown,
}

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct Expression {
    text: String,
    terms: Vec<syntax::Term>,
    root: syntax::Id,
    /// Patterns written out in the expression, compiled, by the term they are written in.
    patterns: Vec<(syntax::Id, regex::Regex)>,
}

impl Expression {
    /// Parses an expression. Errors: [`Fault::Syntax`], also for unknown functions, wrong numbers
    /// of arguments, and texts above [`LENGTH_MAX`] or [`DEPTH_MAX`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (terms, root) = parser::parse(text)?;
        let patterns = function::patterns(&terms)?;
        Ok(Self {
            text: text.to_owned(),
            terms,
            root,
            patterns,
        })
    }
    /// The expression as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// All items the expression gives for a focus. Errors: [`Fault::Wrong`], [`Fault::Steps`].
    pub fn evaluate<'d>(
        &'d self,
        focus: &[Item<'d>],
        scene: &Scene<'d>,
    ) -> Result<Vec<Item<'d>>, Fault> {
        let bag = evaluate::Machine::new(self, scene, focus).run()?;
        Ok(bag.into_vec())
    }
    /// What the expression says as a constraint. One that gives nothing is not met, unless
    /// something outside was asked and not known. Errors: as [`Expression::evaluate`].
    pub fn judge<'d>(&'d self, focus: Item<'d>, scene: &Scene<'d>) -> Result<Verdict, Fault> {
        let focus = [focus];
        let mut machine = evaluate::Machine::new(self, scene, &focus);
        let bag = machine.run()?;
        Ok(match operator::truth(bag.items())? {
            Some(true) => Verdict::Met,
            _ if machine.unknown => Verdict::Unknown,
            _ => Verdict::Broken,
        })
    }
    /// What the expression says as a condition: `None` where it gives nothing (three-valued logic,
    /// singleton evaluation). Errors: as [`Expression::evaluate`], and several items.
    pub fn holds<'d>(&'d self, focus: Item<'d>, scene: &Scene<'d>) -> Result<Option<bool>, Fault> {
        let focus = [focus];
        let bag = evaluate::Machine::new(self, scene, &focus).run()?;
        operator::truth(bag.items())
    }
}
