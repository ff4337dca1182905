//! The walk: unknown and missing elements, cardinality, JSON types, choices, primitive siblings.

use std::borrow::Cow;
use std::collections::HashMap;

use super::place::Place;
use super::{invariants, links, narrative, primitive};
use crate::definitions::{self, Content, Definition, Definitions, Primitive, Slot, Type, TypeKind};
use crate::json::Kind;
use crate::{Element, Issue, IssueCode, ResourceType};

/// More faults than this are not listed: the sender has to mend the first ones anyway.
const ISSUES_MAX: usize = 100;

const EMPTY: &str = "ele-1: an element needs a value or content besides its id";

/// Contained resources by id.
pub(super) type Contained<'d> = HashMap<Cow<'d, str>, Element<'d>>;

/// Which resource `#id` references are looked up in, and whether we are inside `contained`.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) container: Element<'s>,
    pub(super) by_id: Option<&'s Contained<'s>>,
    pub(super) contained: bool,
    /// The resource we are in: the container, or the contained one.
    pub(super) resource: Element<'s>,
}

/// One validation in progress.
pub(super) struct Walk {
    issues: Vec<Issue>,
    /// How many of them are errors.
    faults: usize,
    /// Whether warnings are looked for too.
    pub(super) warns: bool,
    pub(super) definitions: &'static Definitions,
}

impl Walk {
    /// A walk that looks for warnings too, or not.
    pub(super) fn new(warns: bool) -> Self {
        Self {
            issues: Vec::new(),
            faults: 0,
            warns,
            definitions: definitions::r4(),
        }
    }

    pub(super) fn into_issues(self) -> Vec<Issue> {
        self.issues
    }

    pub(super) fn fault(&mut self, code: IssueCode, place: &Place<'_>, why: impl Into<String>) {
        self.faults += 1;
        if self.faults <= ISSUES_MAX {
            let issue = Issue::error(code, why).at(place.to_string());
            self.issues.push(issue);
        }
    }

    pub(super) fn warning(&mut self, place: &Place<'_>, why: String) {
        if self.issues.len() < ISSUES_MAX {
            let issue = Issue::warning(IssueCode::Invariant, why).at(place.to_string());
            self.issues.push(issue);
        }
    }

    /// A whole resource; `scope` is the container's where it lies in `contained`.
    pub(super) fn resource(
        &mut self,
        element: Element<'_>,
        place: &Place<'_>,
        scope: Option<Scope<'_>>,
    ) {
        if element.kind() != Kind::Object {
            return self.fault(IssueCode::Structure, place, "a resource is a JSON object");
        }
        let Some(name) = element.resource_type_name() else {
            return self.fault(IssueCode::Structure, place, "resourceType is missing");
        };
        let Some(resource_type) = ResourceType::from_name(&name) else {
            let why = "resourceType names no R4 resource";
            return self.fault(IssueCode::Structure, place, why);
        };
        let of = definitions::resource(resource_type);
        if let Some(scope) = scope {
            let scope = Scope {
                resource: element,
                ..scope
            };
            self.object(element, of, place, scope);
            return self.contained(element, place);
        }
        let contained = element.get("contained");
        let by_id = contained.map(links::by_id);
        let scope = Scope {
            container: element,
            by_id: by_id.as_ref(),
            contained: false,
            resource: element,
        };
        self.object(element, of, place, scope);
        if let Some(contained) = contained {
            self.reachable(element, contained, place);
        }
    }

    /// An object of a known type: every member, then what is missing, then the type's invariants.
    pub(super) fn object(
        &mut self,
        element: Element<'_>,
        of: &Type,
        place: &Place<'_>,
        scope: Scope<'_>,
    ) {
        if element.kind() != Kind::Object {
            let why = format!("{} is written as a JSON object", of.name);
            return self.fault(IssueCode::Structure, place, why);
        }
        let before = self.faults;
        let (seen, filled) = self.members(element, of, place, scope);
        let mut missing = of.required & !seen;
        while missing != 0 {
            let at = missing.trailing_zeros() as usize;
            missing &= missing - 1;
            let name = of.elements.get(at).map_or("", |element| element.name);
            let why = format!("{name} is missing: {} needs it", of.name);
            self.fault(IssueCode::Required, &place.member(name), why);
        }
        if !filled && of.kind != TypeKind::Resource {
            return self.fault(IssueCode::Invariant, place, EMPTY);
        }
        for rule in invariants::of(of.id) {
            if !rule.holds(element) {
                let why = format!("{}: {}", rule.key, rule.says);
                self.fault(IssueCode::Invariant, place, why);
            }
        }
        // What is not in order already would only be told twice.
        self.constraints(element, of, place, scope, before == self.faults);
    }

    /// Every member of an object. Returns the bits of the elements seen, and whether there is more
    /// than an id.
    fn members(
        &mut self,
        element: Element<'_>,
        of: &Type,
        place: &Place<'_>,
        scope: Scope<'_>,
    ) -> (u128, bool) {
        let (mut seen, mut filled) = (0u128, false);
        for (name, child) in element.members() {
            let bare = name.strip_prefix('_');
            let Some(slot) = of.slot(bare.unwrap_or(&name)) else {
                if name != "resourceType" || of.kind != TypeKind::Resource {
                    self.unknown(&name, of, place);
                }
                continue;
            };
            let definition = of.definition(slot);
            let bit = 1u128.checked_shl(u32::from(slot.element)).unwrap_or(0);
            filled |= slot.name != "id";
            if seen & bit != 0 && definition.choice && bare.is_none() {
                self.choice(element, slot, of, place);
            }
            seen |= bit;
            let here = place.member(definition.name);
            if definition.max == Some(0) {
                self.fault(IssueCode::Structure, &here, "not allowed here");
            } else if bare.is_some() {
                self.sibling(element, child, slot, definition, &here, scope);
            } else {
                self.member(element, child, slot, definition, &here, scope);
            }
        }
        (seen, filled)
    }

    fn unknown(&mut self, name: &str, of: &Type, place: &Place<'_>) {
        let shown: String = name.chars().take(64).collect();
        let why = match of.elements.iter().any(|e| e.choice && e.name == name) {
            true => format!("{shown} is written with its type, such as {shown}String"),
            false => format!("{} has no element {shown}", of.name),
        };
        self.fault(IssueCode::Structure, &place.member(&shown), why);
    }

    /// Called when a choice was seen before this member: another type of it is a fault.
    fn choice(&mut self, element: Element<'_>, slot: &Slot, of: &Type, place: &Place<'_>) {
        let mut before = element.members().take_while(|(name, _)| name != slot.name);
        let other = before.any(|(name, _)| {
            let name = name.strip_prefix('_').unwrap_or(&name);
            of.slot(name)
                .is_some_and(|other| other.element == slot.element && other.name != slot.name)
        });
        if other {
            let definition = of.definition(slot);
            let why = format!("only one type of {}[x] may be given", definition.name);
            self.fault(IssueCode::Structure, &place.member(definition.name), why);
        }
    }

    /// The value or values of one member.
    fn member(
        &mut self,
        parent: Element<'_>,
        child: Element<'_>,
        slot: &Slot,
        definition: &Definition,
        place: &Place<'_>,
        scope: Scope<'_>,
    ) {
        match (definition.repeats(), child.kind()) {
            (_, Kind::Null) => self.fault(IssueCode::Structure, place, "null is not a value"),
            (false, Kind::Array) => {
                let why = format!("{} occurs at most once: no array", definition.name);
                self.fault(IssueCode::Structure, place, why);
            }
            (false, _) => self.value(child, slot, place, scope),
            (true, Kind::Array) => {
                let mut siblings = None;
                for (index, item) in child.items().enumerate() {
                    let place = place.item(index);
                    if item.kind() != Kind::Null {
                        self.value(item, slot, &place, scope);
                        continue;
                    }
                    let siblings = siblings.get_or_insert_with(|| siblings_of(parent, slot));
                    if siblings.get(index) != Some(&Kind::Object) {
                        self.fault(IssueCode::Structure, &place, "null is not a value");
                    }
                }
                if child.count() == 0 {
                    self.fault(IssueCode::Structure, place, "an array may not be empty");
                }
            }
            (true, _) => {
                let why = format!("{} is written as an array", definition.name);
                self.fault(IssueCode::Structure, place, why);
            }
        }
    }

    fn value(&mut self, value: Element<'_>, slot: &Slot, place: &Place<'_>, scope: Scope<'_>) {
        match slot.content {
            Content::Primitive(of) => self.primitive(value, of, slot, place),
            Content::Complex(id) => {
                let of = self.definitions.of(id);
                self.object(value, of, place, scope);
                if value.kind() != Kind::Object {
                } else if of.name == "Reference" {
                    let targets = self.definitions.targets(slot);
                    self.reference(value, targets, place, scope);
                } else if let Some(codes) = self.definitions.codes(slot) {
                    self.coded(value, of, codes, place);
                }
            }
            Content::Resource if slot.name == "contained" => {
                if scope.contained {
                    let why = "dom-2: a contained resource contains no others";
                    return self.fault(IssueCode::Invariant, place, why);
                }
                let inside = Scope {
                    contained: true,
                    ..scope
                };
                self.resource(value, place, Some(inside));
            }
            Content::Resource => self.resource(value, place, None),
        }
    }

    fn primitive(&mut self, value: Element<'_>, of: Primitive, slot: &Slot, place: &Place<'_>) {
        let text = match (of, value.kind()) {
            (Primitive::Boolean, Kind::Bool) => return,
            (Primitive::Boolean, _) => {
                let why = "a boolean is written true or false, without quotes";
                return self.fault(IssueCode::Structure, place, why);
            }
            (
                Primitive::Decimal
                | Primitive::Integer
                | Primitive::PositiveInt
                | Primitive::UnsignedInt,
                kind,
            ) => match kind {
                Kind::Number => Cow::Borrowed(value.raw()),
                _ => {
                    let why = "a number is written as a JSON number";
                    return self.fault(IssueCode::Structure, place, why);
                }
            },
            (_, Kind::String) => value.str().unwrap_or_default(),
            _ => {
                let why = "this value is written as a JSON string";
                return self.fault(IssueCode::Structure, place, why);
            }
        };
        if let Some(why) = primitive::fault(of, &text) {
            return self.fault(IssueCode::Value, place, why);
        }
        if of == Primitive::Xhtml {
            for why in narrative::faults(&text) {
                self.fault(IssueCode::Value, place, why);
            }
        }
        if let Some(codes) = self.definitions.codes(slot)
            && !codes.has_code(&text)
        {
            let shown: String = text.chars().take(64).collect();
            let why = format!("\"{shown}\" is not a code of {}", codes.name);
            self.fault(IssueCode::CodeInvalid, place, why);
        }
    }

    /// The `_name` member: id and extensions of a primitive, in an array aligned with the values.
    fn sibling(
        &mut self,
        parent: Element<'_>,
        child: Element<'_>,
        slot: &Slot,
        definition: &Definition,
        place: &Place<'_>,
        scope: Scope<'_>,
    ) {
        if !matches!(slot.content, Content::Primitive(_)) {
            let why = "only primitive elements have a member with an underscore";
            return self.fault(IssueCode::Structure, place, why);
        }
        let of = self.definitions.element();
        let values = parent.get(slot.name);
        let kinds: Vec<Kind> = values
            .iter()
            .flat_map(|v| v.items())
            .map(Element::kind)
            .collect();
        match (definition.repeats(), child.kind()) {
            (false, Kind::Object) if values.is_some() => self.beside(child, of, place, scope),
            (false, Kind::Object) => self.object(child, of, place, scope),
            (true, Kind::Array) => {
                for (index, item) in child.items().enumerate() {
                    let place = place.item(index);
                    let value = kinds.get(index);
                    let valued = value.is_some_and(|kind| *kind != Kind::Null);
                    match item.kind() {
                        Kind::Null if value.is_some() => {}
                        Kind::Null => {
                            self.fault(IssueCode::Structure, &place, "null is not a value");
                        }
                        Kind::Object if valued => self.beside(item, of, &place, scope),
                        _ => self.object(item, of, &place, scope),
                    }
                }
                if child.count() == 0 {
                    self.fault(IssueCode::Structure, place, "an array may not be empty");
                }
            }
            (true, _) => {
                let why = format!("_{} is written as an array", definition.name);
                self.fault(IssueCode::Structure, place, why);
            }
            (false, _) => {
                let why = format!("_{} is written as an object", definition.name);
                self.fault(IssueCode::Structure, place, why);
            }
        }
    }
}

impl Walk {
    /// The id and extensions beside a value: an id alone is enough, nothing at all is not.
    fn beside(&mut self, child: Element<'_>, of: &Type, place: &Place<'_>, scope: Scope<'_>) {
        self.members(child, of, place, scope);
        if child.count() == 0 {
            self.fault(IssueCode::Invariant, place, EMPTY);
        }
    }
}

/// The kinds in the primitive's `_name` array.
fn siblings_of(parent: Element<'_>, slot: &Slot) -> Vec<Kind> {
    let sibling = parent.get(&format!("_{}", slot.name));
    let items = sibling.iter().flat_map(|array| array.items());
    items.map(Element::kind).collect()
}
