//! Filtering and projection (FHIRPath 5.2), aggregates (7), iif and trace.

use super::super::bag::Bag;
use super::super::evaluate::{Frame, Machine, Result};
use super::super::syntax::Function as F;
use super::super::{Item, operator};
use super::Call;

impl<'d> Machine<'_, 'd> {
    pub(super) fn filter(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        match call.function {
            F::Where => {
                let criteria = call.argument(0)?;
                let mut found = Bag::Empty;
                for (index, item) in call.input.iter().enumerate() {
                    if self.test(criteria, item, index, call.frame)? {
                        found.push(item.clone());
                    }
                }
                Ok(found)
            }
            F::Select => {
                let projection = call.argument(0)?;
                let mut found = Bag::Empty;
                for (index, item) in call.input.iter().enumerate() {
                    let one = self.per_item(projection, item, index, call.frame)?;
                    for item in one.into_vec() {
                        self.spend(1)?;
                        found.push(item);
                    }
                }
                Ok(found)
            }
            F::Repeat => self.repeat(call),
            F::Aggregate => self.aggregate(call),
            F::Iif => {
                let frame = Frame {
                    focus: call.input,
                    ..call.frame
                };
                let criteria = self.term(call.argument(0)?, frame)?;
                if operator::truth(criteria.items())? == Some(true) {
                    return self.term(call.argument(1)?, frame);
                }
                match call.arguments.get(2) {
                    Some(otherwise) => self.term(*otherwise, frame),
                    None => Ok(Bag::Empty),
                }
            }
            // A trace goes nowhere: values of records are not logged.
            _ => Ok(call.input.into()),
        }
    }

    /// The projection of each item, and of each item found, each once.
    fn repeat(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let projection = call.argument(0)?;
        let mut found: Vec<Item<'d>> = Vec::new();
        let mut open: Vec<Item<'d>> = call.input.to_vec();
        let mut at = 0;
        while let Some(item) = open.get(at).cloned() {
            let one = self.per_item(projection, &item, at, call.frame)?;
            for item in one.into_vec() {
                if !self.has(&found, &item)? {
                    found.push(item.clone());
                    open.push(item);
                }
            }
            at += 1;
        }
        Ok(Bag::Many(found))
    }

    fn aggregate(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let aggregator = call.argument(0)?;
        let mut total = match call.arguments.get(1) {
            Some(first) => self.term(*first, call.frame)?,
            None => Bag::Empty,
        };
        for (index, item) in call.input.iter().enumerate() {
            let frame = Frame {
                focus: std::slice::from_ref(item),
                index: Some(index),
                total: Some(total.items()),
            };
            let next = self.term(aggregator, frame)?;
            self.spend(next.items().len() as u64)?;
            total = next;
        }
        Ok(total)
    }
}
