//! Subsetting (FHIRPath 5.3) and combining (5.4).

use super::super::bag::Bag;
use super::super::evaluate::{Machine, Result};
use super::super::operator;
use super::super::syntax::Function as F;
use super::Call;

impl<'d> Machine<'_, 'd> {
    pub(super) fn subset(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let input = call.input;
        match call.function {
            F::Single => Ok(operator::single(input)?.cloned().into()),
            F::First => Ok(input.first().cloned().into()),
            F::Last => Ok(input.last().cloned().into()),
            F::Tail => Ok(input.get(1..).unwrap_or_default().into()),
            F::Skip | F::Take => {
                let count = self.integer(call.argument(0)?, call.frame)?;
                let Some(count) = count else {
                    return Ok(Bag::Empty);
                };
                let count = usize::try_from(count).unwrap_or(0).min(input.len());
                let (taken, left) = input.split_at_checked(count).unwrap_or((input, &[]));
                Ok(if call.function == F::Take {
                    taken
                } else {
                    left
                }
                .into())
            }
            F::Intersect | F::Exclude => {
                let other = self.term(call.argument(0)?, call.frame)?;
                let wanted = call.function == F::Intersect;
                let mut found = Bag::Empty;
                for item in input {
                    if self.has(other.items(), item)? == wanted {
                        found.push(item.clone());
                    }
                }
                match wanted {
                    true => self.distinct(found.items()),
                    false => Ok(found),
                }
            }
            F::Union => {
                let other = self.term(call.argument(0)?, call.frame)?;
                self.union(input, other.items())
            }
            _ => {
                let other = self.term(call.argument(0)?, call.frame)?;
                let mut found: Bag<'d> = input.into();
                for item in other.into_vec() {
                    self.spend(1)?;
                    found.push(item);
                }
                Ok(found)
            }
        }
    }
}
