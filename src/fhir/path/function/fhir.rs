//! The functions FHIR adds (R4 2.9.1.5): extensions, references, terminology, profiles.

use std::borrow::Cow;

use super::super::bag::Bag;
use super::super::evaluate::{Machine, Result};
use super::super::syntax::Function as F;
use super::super::{Fault, Item, Node, Value, operator};
use super::Call;
use crate::Element;
use crate::validate::narrative;

/// A code with its system, where it has one.
struct Coded<'d> {
    system: Option<Cow<'d, str>>,
    code: Cow<'d, str>,
}

impl<'d> Machine<'_, 'd> {
    pub(super) fn fhir(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        match call.function {
            F::Extension => self.extension(call),
            F::HasValue => {
                let item = match call.input {
                    [item] => item,
                    _ => return Ok(false.into()),
                };
                Ok(has_value(item).into())
            }
            F::GetValue => {
                let item = match call.input {
                    [item] if has_value(item) => item,
                    _ => return Ok(Bag::Empty),
                };
                Ok(item.value().map(Item::Value).into())
            }
            F::Resolve => {
                let mut found = Bag::Empty;
                for item in call.input {
                    self.spend(1)?;
                    if let Some(resource) = self.resolve(item)? {
                        found.push(Item::resource(resource));
                    }
                }
                Ok(found)
            }
            F::HtmlChecks => {
                let Some(item) = operator::single(call.input)? else {
                    return Ok(Bag::Empty);
                };
                let text = item.text();
                Ok(text
                    .is_some_and(|text| narrative::faults(&text).is_empty())
                    .into())
            }
            F::CheckModifiers => self.check_modifiers(call),
            F::ConformsTo => {
                let profile = self.string(call.argument(0)?, call.frame)?;
                let item = operator::single(call.input)?;
                let element = item.and_then(Item::node).and_then(Node::json);
                let (Some(profile), Some(element)) = (profile, element) else {
                    return Ok(Bag::Empty);
                };
                let found = self.scene.outside.conforms_to(element, &profile);
                self.unknown |= found.is_none();
                Ok(found.into())
            }
            F::MemberOf => self.member_of(call),
            F::Comparable => {
                let other = self.term(call.argument(0)?, call.frame)?;
                let left = operator::single(call.input)?.and_then(Item::value);
                let right = operator::single(other.items())?.and_then(Item::value);
                Ok(match (left, right) {
                    (Some(Value::Quantity(left)), Some(Value::Quantity(right))) => {
                        left.compare(&right).is_some().into()
                    }
                    _ => Bag::Empty,
                })
            }
            _ => self.subsumption(call),
        }
    }

    fn extension(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let Some(url) = self.string(call.argument(0)?, call.frame)? else {
            return Ok(Bag::Empty);
        };
        let mut found = Bag::Empty;
        for node in call.input.iter().filter_map(Item::node) {
            node.each_child("extension", &mut |child| {
                self.spend(1)?;
                let named = child.json().and_then(|e| e.get("url"));
                if named.is_some_and(|named| named.is(&url)) {
                    found.push(Item::Element(child));
                }
                Ok::<_, Fault>(false)
            })?;
        }
        Ok(found)
    }

    /// The resource a Reference, uri or canonical leads to.
    fn resolve(&mut self, item: &Item<'d>) -> Result<Option<Element<'d>>> {
        let text = match item {
            Item::Value(_) => item.text(),
            Item::Element(node) => match item.text() {
                Some(text) => Some(text),
                None => node.json().and_then(|e| e.get("reference")?.str()),
            },
        };
        let Some(text) = text else {
            return Ok(None);
        };
        let root = item.node().and_then(Node::element).map(Element::root);
        let root = root.or_else(|| self.scene.root_resource.as_ref()?.node()?.json());
        if let Some(root) = root {
            let container = match root.get("entry") {
                Some(_) if root.resource_type_name().as_deref() == Some("Bundle") => {
                    self.entry_around(root, item)?
                }
                _ => Some(root),
            };
            if let Some(id) = text.strip_prefix('#') {
                return self.contained(container, id);
            }
            if let Some(found) = self.entry(root, &text)? {
                return Ok(Some(found));
            }
        }
        let found = self.scene.outside.resolve(&text);
        self.unknown |= found.is_none();
        Ok(found)
    }

    fn contained(
        &mut self,
        container: Option<Element<'d>>,
        id: &str,
    ) -> Result<Option<Element<'d>>> {
        let Some(container) = container else {
            return Ok(None);
        };
        if id.is_empty() {
            return Ok(Some(container));
        }
        for item in container
            .get("contained")
            .into_iter()
            .flat_map(Element::items)
        {
            self.spend(1)?;
            if item.get("id").is_some_and(|found| found.is(id)) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// The resource of the Bundle entry that an element lies in.
    fn entry_around(
        &mut self,
        bundle: Element<'d>,
        item: &Item<'d>,
    ) -> Result<Option<Element<'d>>> {
        let Some(at) = item.node().and_then(Node::element).map(Element::span) else {
            return Ok(None);
        };
        for entry in bundle.get("entry").into_iter().flat_map(Element::items) {
            self.spend(1)?;
            let span = entry.span();
            if span.start <= at.start && at.end <= span.end {
                return Ok(entry.get("resource"));
            }
        }
        Ok(None)
    }

    /// The Bundle entry a reference names, by its fullUrl or by its type and id.
    fn entry(&mut self, root: Element<'d>, text: &str) -> Result<Option<Element<'d>>> {
        if root.resource_type_name().as_deref() != Some("Bundle") {
            return Ok(None);
        }
        let text = text.split("/_history/").next().unwrap_or(text);
        let relative = !text.contains("://") && !text.starts_with("urn:");
        for entry in root.get("entry").into_iter().flat_map(Element::items) {
            self.spend(1)?;
            let Some(resource) = entry.get("resource") else {
                continue;
            };
            let url = entry.get("fullUrl").and_then(Element::str);
            let fits = match &url {
                Some(url) if relative => url
                    .strip_suffix(text)
                    .is_some_and(|base| base.ends_with('/')),
                Some(url) => url == text,
                None => false,
            };
            let named = || {
                let id = resource.get("id")?.str()?;
                let name = resource.resource_type_name()?;
                let (of, rest) = text.split_once('/')?;
                Some(of == name && rest == id)
            };
            if fits || (relative && named() == Some(true)) {
                return Ok(Some(resource));
            }
        }
        Ok(None)
    }

    /// Errors: a modifier extension that is not among the arguments.
    fn check_modifiers(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let mut known = Vec::new();
        for argument in call.arguments {
            known.extend(self.string(*argument, call.frame)?);
        }
        for node in call.input.iter().filter_map(Item::node) {
            node.each_child("modifierExtension", &mut |child| {
                let url = child.json().and_then(|e| e.get("url")?.str());
                match url.is_some_and(|url| known.contains(&url)) {
                    true => Ok(false),
                    false => Err(Fault::wrong(
                        "there is a modifier extension that is not known",
                    )),
                }
            })?;
        }
        Ok(call.input.into())
    }

    fn member_of(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let value_set = self.string(call.argument(0)?, call.frame)?;
        let (Some(item), Some(value_set)) = (operator::single(call.input)?, value_set) else {
            return Ok(Bag::Empty);
        };
        let mut unknown = false;
        for one in codes(item) {
            self.spend(100)?;
            let system = one.system.as_deref();
            match self.scene.outside.member_of(&value_set, system, &one.code) {
                Some(true) => return Ok(true.into()),
                Some(false) => {}
                None => unknown = true,
            }
        }
        self.unknown |= unknown;
        Ok((!unknown).then_some(false).into())
    }

    fn subsumption(&mut self, call: Call<'_, 'd>) -> Result<Bag<'d>> {
        let other = self.term(call.argument(0)?, call.frame)?;
        let (Some(left), Some(right)) = (
            operator::single(call.input)?,
            operator::single(other.items())?,
        ) else {
            return Ok(Bag::Empty);
        };
        let mut unknown = false;
        let theirs = codes(right);
        for one in codes(left) {
            for two in theirs.iter().filter(|two| two.system == one.system) {
                self.spend(100)?;
                let (a, b) = match call.function {
                    F::Subsumes => (&one.code, &two.code),
                    _ => (&two.code, &one.code),
                };
                let system = one.system.as_deref().unwrap_or_default();
                let same = (a == b).then_some(true);
                match same.or_else(|| self.scene.outside.subsumes(system, a, b)) {
                    Some(true) => return Ok(true.into()),
                    Some(false) => {}
                    None => unknown = true,
                }
            }
        }
        self.unknown |= unknown;
        Ok((!unknown).then_some(false).into())
    }
}

/// Whether this is a primitive with a value.
fn has_value(item: &Item<'_>) -> bool {
    match item {
        Item::Value(_) => true,
        Item::Element(node) => {
            matches!(node.fhir_type(), super::super::FhirType::Primitive(_))
                && node.json().is_some()
        }
    }
}

/// The codes of a code, Coding or CodeableConcept.
fn codes<'d>(item: &Item<'d>) -> Vec<Coded<'d>> {
    if let Some(code) = item.text() {
        return vec![Coded { system: None, code }];
    }
    let Some(element) = item.node().and_then(Node::json) else {
        return Vec::new();
    };
    let codings: Vec<Element<'d>> = match element.get("coding") {
        Some(codings) => codings.items().collect(),
        None => vec![element],
    };
    let coded = |coding: Element<'d>| {
        let system = coding.get("system").and_then(Element::str);
        let code = coding.get("code")?.str()?;
        Some(Coded { system, code })
    };
    codings.into_iter().filter_map(coded).collect()
}
