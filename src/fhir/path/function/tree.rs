//! Tree navigation (FHIRPath 5.8), the clock of the scene (5.9) and `type()`.

use super::super::bag::Bag;
use super::super::evaluate::{Machine, Result};
use super::super::syntax::Function as F;
use super::super::{Fault, Item, Moment, Node, Value};
use super::Call;

impl<'d> Machine<'_, 'd> {
    pub(super) fn tree(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        match call.function {
            F::Children => {
                let mut found = Bag::Empty;
                for node in call.input.iter().filter_map(Item::node) {
                    node.each_of_all(&mut |child| {
                        found.push(Item::Element(child));
                        self.spend(1).map(|()| false)
                    })?;
                }
                Ok(found)
            }
            F::Descendants => {
                let mut found = Vec::new();
                for node in call.input.iter().filter_map(Item::node) {
                    self.descend(node, &mut found)?;
                }
                Ok(Bag::Many(found))
            }
            F::Type => Ok(call.input.iter().map(type_info).collect()),
            _ => self.clock(call.function),
        }
    }

    /// Everything below a node; documents are bounded in depth, so the stack is too.
    fn descend(&mut self, node: Node<'d>, found: &mut Vec<Item<'d>>) -> Result<()> {
        node.each_of_all(&mut |child| {
            self.spend(1)?;
            found.push(Item::Element(child));
            self.descend(child, found).map(|()| false)
        })?;
        Ok(())
    }

    fn clock(&mut self, function: F) -> Result<Bag<'d>> {
        let now = self.scene.now.and_then(Moment::instant);
        let Some(now) = now else {
            return Err(Fault::wrong("there is no clock here"));
        };
        let value = match function {
            F::Today => Value::Date(now.date()),
            F::TimeOfDay => Value::Time(now.time_of_day()),
            _ => Value::DateTime(now),
        };
        Ok(Item::Value(value).into())
    }
}

fn type_info<'d>(item: &Item<'d>) -> Item<'d> {
    let namespace = match item {
        Item::Element(_) => "FHIR",
        Item::Value(_) => "System",
    };
    let name = item.type_name();
    Item::Value(Value::Type { namespace, name })
}
