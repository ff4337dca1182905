//! Advice that R4 itself gives beyond what it forbids: its extensible bindings.

use std::sync::Arc;

use super::Checker;
use super::element::at;
use super::value::Value;
use crate::validate::place::Place;
use crate::{Element, definitions};

impl<'c> Checker<'c> {
    /// Every coded element of a resource and of those inside it.
    pub(super) fn advise(&mut self, resource: Element<'c>, place: &Place<'_>) {
        self.profile = Arc::from("");
        if let Some(value) = Value::resource(resource) {
            self.advise_inside(value, place);
        }
    }

    fn advise_inside(&mut self, value: Value<'c>, place: &Place<'_>) {
        let (Some(of), true) = (value.of(), self.step()) else {
            return;
        };
        for element in &of.elements {
            let value_set = definitions::extensible(of.name, element.name);
            let here = place.member(element.name);
            for (child, index) in value.children(element.name) {
                let here = at(here, index);
                if let Some(value_set) = value_set {
                    self.advise_binding(child, value_set, &here);
                }
                self.advise_inside(child, &here);
            }
        }
    }
}
