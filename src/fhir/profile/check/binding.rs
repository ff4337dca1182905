//! Bindings: codes against the value sets of a profile, as strictly as the binding is strong.

use super::Checker;
use super::value::Value;
use crate::definitions;
use crate::profile::{Binding, Strength};
use crate::terminology::Membership::{self, No, Unknown, Yes};
use crate::validate::place::Place;
use crate::{Element, IssueCode, registry};

/// A code of a value, with its system where the type has one.
type Code = (Option<String>, String);

impl<'c> Checker<'c> {
    /// A coded value against a value set. Required: an error; extensible: a warning, unless a code
    /// is known not to exist; preferred: nothing but a word where all is told.
    pub(super) fn binding(&mut self, value: Value<'c>, binding: &Binding, place: &Place<'_>) {
        if binding.strength < Strength::Extensible || is_of_base(value, binding) {
            return;
        }
        let Some(codes) = codes(value) else {
            return;
        };
        if self.world.thorough {
            self.bound.insert(place.to_string());
        }
        let rule = format!("{} binding {}", binding.strength.code(), binding.value_set);
        if codes.is_empty() {
            if binding.strength == Strength::Required && says_something(value) {
                let why = format!("needs a code of {}", binding.value_set);
                self.fault(IssueCode::CodeInvalid, place, &rule, why);
            }
            return;
        }
        if binding.strength == Strength::Extensible {
            return self.extensible(&codes, binding, &rule, place);
        }
        let terminology = self.world.registry.terminology();
        let found = self.member_of(binding, &codes);
        match found {
            Yes => {}
            No => {
                let why = format!("{} is not in {}", list(&codes), binding.value_set);
                self.fault(IssueCode::CodeInvalid, place, &rule, why);
            }
            Unknown => {
                let known = terminology.value_set(&binding.value_set).is_some();
                let why = match known {
                    true => format!("{} cannot be looked up here: not checked", list(&codes)),
                    false => format!(
                        "the value set {} is not known here: not checked",
                        binding.value_set
                    ),
                };
                self.warn(IssueCode::NotSupported, place, &rule, why);
            }
        }
    }

    fn extensible(&mut self, codes: &[Code], binding: &Binding, rule: &str, place: &Place<'_>) {
        if let Some(why) = self.no_code(codes) {
            return self.fault(IssueCode::CodeInvalid, place, rule, why);
        }
        if !self.world.thorough {
            return;
        }
        match self.member_of(binding, codes) {
            Yes => {}
            No => self.warn(IssueCode::CodeInvalid, place, rule, outside(codes, binding)),
            Unknown => {
                let why = format!(
                    "{} cannot be looked up here: not checked",
                    binding.value_set
                );
                self.warn(IssueCode::NotSupported, place, rule, why);
            }
        }
    }

    /// Advice on a coded value by a binding that R4 itself has: warnings about what is known to be
    /// otherwise, and nothing where a profile has had its say.
    pub(super) fn advise_binding(&mut self, value: Value<'c>, value_set: &str, place: &Place<'_>) {
        let codes = codes(value).unwrap_or_default();
        if codes.is_empty() || self.bound.contains(&place.to_string()) {
            return;
        }
        let binding = Binding {
            strength: Strength::Extensible,
            value_set: value_set.to_owned(),
        };
        let why = self.no_code(&codes).or_else(|| {
            let known = self.member_of(&binding, &codes) == No;
            known.then(|| outside(&codes, &binding))
        });
        if let Some(why) = why {
            let rule = format!("extensible binding {value_set}");
            self.warn(IssueCode::CodeInvalid, place, &rule, why);
        }
    }

    /// That one of the codes is known not to exist.
    fn no_code(&self, codes: &[Code]) -> Option<String> {
        let terminology = self.world.registry.terminology();
        let mut codes = codes.iter();
        codes.find_map(|(system, code)| {
            let system = system.as_deref()?;
            let unknown = terminology.has_code(system, None, code) == No;
            unknown.then(|| format!("{code} is no code of {system}"))
        })
    }

    /// Whether any of the codes is in the value set.
    fn member_of(&self, binding: &Binding, codes: &[Code]) -> Membership {
        let terminology = self.world.registry.terminology();
        Membership::any(codes.iter().map(|(system, code)| {
            terminology.member_of(&binding.value_set, system.as_deref(), code)
        }))
    }

    /// Whether a value is in the value set a slice is bound to. What cannot be looked up is taken
    /// to be: it is not known to be wrong.
    pub(super) fn is_bound(&self, value: Value<'c>, binding: &Binding) -> bool {
        let codes = codes(value).unwrap_or_default();
        !codes.is_empty() && self.member_of(binding, &codes) != No
    }
}

/// What is said of codes outside an extensible value set.
fn outside(codes: &[Code], binding: &Binding) -> String {
    format!(
        "{} is not in {}, which should be used where it has the concept",
        list(codes),
        binding.value_set
    )
}

/// Base validation has seen to the value sets R4 itself requires.
fn is_of_base(value: Value<'_>, binding: &Binding) -> bool {
    let base = value.slot.and_then(|slot| definitions::r4().codes(slot));
    let (url, _) = registry::parts(&binding.value_set);
    base.is_some_and(|base| url.rsplit('/').next() == Some(base.name))
}

/// The codes a value has; `None` for a type that has none.
fn codes(value: Value<'_>) -> Option<Vec<Code>> {
    let coding = |one: Element<'_>| {
        let text = |name: &str| one.text_at(name).map(std::borrow::Cow::into_owned);
        Some((Some(text("system").unwrap_or_default()), text("code")?))
    };
    let json = value.json;
    let all = |path: &str| json.map(|json| json.all(path)).unwrap_or_default();
    Some(match value.type_name() {
        "CodeableConcept" => all("coding").into_iter().filter_map(coding).collect(),
        "Coding" | "Quantity" | "SimpleQuantity" | "MoneyQuantity" | "Age" | "Count"
        | "Distance" | "Duration" => json.and_then(coding).into_iter().collect(),
        "code" | "string" | "uri" | "url" | "canonical" | "id" => {
            let text = json.and_then(Element::str);
            text.map(|text| (None, text.into_owned()))
                .into_iter()
                .collect()
        }
        _ => return None,
    })
}

/// Whether there is more than extensions (such as data-absent-reason).
fn says_something(value: Value<'_>) -> bool {
    let json = value.json.iter();
    let mut members = json.flat_map(|json| json.members());
    members.any(|(name, _)| !matches!(name.as_ref(), "id" | "extension"))
}

/// The codes for people, the first few.
fn list(codes: &[Code]) -> String {
    let one = |(system, code): &Code| match system.as_deref() {
        Some(system) => format!("{system}|{code}"),
        None => code.clone(),
    };
    let all: Vec<String> = codes.iter().take(5).map(one).collect();
    all.join(", ").chars().take(300).collect()
}
