//! Required bindings of Coding and CodeableConcept.

use super::place::Place;
use super::structure::Walk;
use crate::definitions::{CodeSet, Type};
use crate::{Element, IssueCode};

impl Walk {
    /// A concept under a required binding needs a coding of the value set; one without any coding
    /// or text (data-absent-reason) says nothing and passes.
    pub(super) fn coded(
        &mut self,
        value: Element<'_>,
        of: &Type,
        codes: &CodeSet,
        place: &Place<'_>,
    ) {
        let fits = |coding: Element<'_>| {
            let system = coding.get("system").and_then(Element::str);
            let code = coding.get("code").and_then(Element::str);
            codes.has(&system.unwrap_or_default(), &code.unwrap_or_default())
        };
        let good = match of.name {
            "Coding" => value.get("code").is_none() || fits(value),
            "CodeableConcept" => {
                let silent = value.get("coding").is_none() && value.get("text").is_none();
                silent || value.all("coding").into_iter().any(fits)
            }
            _ => true,
        };
        if !good {
            let why = format!("needs a coding of {} with its system", codes.name);
            self.fault(IssueCode::CodeInvalid, place, why);
        }
    }
}
