//! Existence (FHIRPath 5.1): is there anything, are all so, is one collection within another.

use super::super::bag::Bag;
use super::super::evaluate::{Machine, Result};
use super::super::syntax::Function as F;
use super::super::{Fault, Item, Value, operator};
use super::Call;

impl<'d> Machine<'_, 'd> {
    pub(super) fn existence(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let input = call.input;
        let found = match call.function {
            F::Empty => input.is_empty(),
            F::Exists => match call.arguments.first() {
                None => !input.is_empty(),
                Some(criteria) => {
                    for (index, item) in input.iter().enumerate() {
                        if self.test(*criteria, item, index, call.frame)? {
                            return Ok(true.into());
                        }
                    }
                    false
                }
            },
            F::All => {
                let criteria = call.argument(0)?;
                for (index, item) in input.iter().enumerate() {
                    if !self.test(criteria, item, index, call.frame)? {
                        return Ok(false.into());
                    }
                }
                true
            }
            F::AllTrue => booleans(input)?.all(|value| value),
            F::AnyTrue => booleans(input)?.any(|value| value),
            F::AllFalse => booleans(input)?.all(|value| !value),
            F::AnyFalse => booleans(input)?.any(|value| !value),
            F::SubsetOf => {
                let other = self.term(call.argument(0)?, call.frame)?;
                self.within(input, other.items())?
            }
            F::SupersetOf => {
                let other = self.term(call.argument(0)?, call.frame)?;
                self.within(other.items(), input)?
            }
            F::Distinct => return self.distinct(input),
            F::IsDistinct => return self.is_distinct(input),
            F::Not => return Ok(operator::truth(input)?.map(|value| !value).into()),
            _ => {
                let count = i32::try_from(input.len()).unwrap_or(i32::MAX);
                return Ok(Item::Value(Value::Integer(count)).into());
            }
        };
        Ok(found.into())
    }

    fn within(&mut self, part: &[Item<'d>], whole: &[Item<'d>]) -> Result<bool> {
        for item in part {
            if !self.has(whole, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Strings are told apart by hashing, all else in pairs.
    fn is_distinct(&mut self, input: &[Item<'d>]) -> Result<Bag<'d>> {
        let texts: Option<Vec<_>> = input.iter().map(Item::text).collect();
        if let Some(texts) = texts {
            let mut seen = std::collections::HashSet::with_capacity(texts.len());
            return Ok(texts.into_iter().all(|text| seen.insert(text)).into());
        }
        for (at, item) in input.iter().enumerate() {
            if self.has(input.get(..at).unwrap_or_default(), item)? {
                return Ok(false.into());
            }
        }
        Ok(true.into())
    }
}

fn booleans(items: &[Item<'_>]) -> Result<impl Iterator<Item = bool>> {
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        match item.value() {
            Some(Value::Boolean(value)) => found.push(value),
            _ => return Err(Fault::wrong("this function takes booleans")),
        }
    }
    Ok(found.into_iter())
}
