//! The functions FHIR adds about structures (R4 2.9.1.5): what an element is, and which slice it is of.

use super::super::bag::Bag;
use super::super::evaluate::{Machine, Result};
use super::super::syntax::Function as F;
use super::super::{FhirType, Item, Node};
use super::Call;
use crate::profile::published;
use crate::{definitions, expression};

impl<'d> Machine<'_, 'd> {
    pub(super) fn structure(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        match call.function {
            F::Slice => self.slice(call),
            _ => self.element_definitions(call),
        }
    }

    /// What R4 itself says of each element; nothing of what is no element of a resource.
    fn element_definitions(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let mut found = Bag::Empty;
        let of = definitions::r4().named("ElementDefinition");
        for element in call
            .input
            .iter()
            .filter_map(Item::node)
            .filter_map(Node::element)
        {
            self.spend(100)?;
            let defined = expression::defined(element.root(), element);
            let definition = defined.and_then(|(of, name)| published::element_definition(of, name));
            if let (Some(definition), Some(of)) = (definition, of) {
                found.push(Item::typed(definition, FhirType::Complex(of.id)));
            }
        }
        Ok(found)
    }

    /// The elements that are of a slice of a structure.
    fn slice(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let structure = self.string(call.argument(0)?, call.frame)?;
        let name = self.string(call.argument(1)?, call.frame)?;
        let (Some(structure), Some(name)) = (structure, name) else {
            return Ok(Bag::Empty);
        };
        let mut found = Bag::Empty;
        for item in call.input {
            let Some(element) = item.node().and_then(Node::json) else {
                continue;
            };
            self.spend(1_000)?;
            let belongs = self.scene.outside.in_slice(element, &structure, &name);
            self.unknown |= belongs.is_none();
            if belongs == Some(true) {
                found.push(item.clone());
            }
        }
        Ok(found)
    }
}
