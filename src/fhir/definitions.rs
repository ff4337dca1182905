//! The R4 definitions, compiled into tables in `profiles/r4` and embedded at build time.
//!
//! The tables are facts only: which elements a type has, how often, of which types, with which
//! codes and reference targets. They are decoded once, on first use.

pub mod compile;
mod decode;
pub mod package;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::ResourceType;
use crate::registry::Registry;
use crate::terminology::Membership;

/// All types and value sets of R4 4.0.1.
#[derive(Debug)]
pub struct Definitions {
    pub(crate) types: Vec<Type>,
    /// Type number of each resource type, by ordinal.
    pub(crate) resources: Vec<TypeId>,
    pub(crate) code_sets: Vec<CodeSet>,
    pub(crate) target_sets: Vec<TypeSet>,
}

/// Number of a [`Type`] in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeId(u16);

impl TypeId {
    pub fn number(self) -> usize {
        usize::from(self.0)
    }
}

/// What a type is: a whole resource, a datatype, or a nested element named by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeKind {
    Resource,
    Datatype,
    Part,
}

/// A type: its elements, and the JSON member names they go by.
#[derive(Debug)]
pub struct Type {
    pub id: TypeId,
    /// `Patient`, `HumanName`, or a path such as `Patient.contact`.
    pub name: &'static str,
    pub kind: TypeKind,
    pub elements: Vec<Definition>,
    slots: Vec<Slot>,
    /// Open-addressed hash of slots by name: slot number plus one, 0 free.
    table: Vec<u16>,
    /// Bits of the elements with a minimum above 0.
    pub required: u128,
}

/// One element of a type.
#[derive(Debug)]
pub struct Definition {
    /// Without the `[x]` of a choice.
    pub name: &'static str,
    pub min: u32,
    /// `None` is unbounded.
    pub max: Option<u32>,
    pub summary: bool,
    pub modifier: bool,
    pub choice: bool,
}

impl Definition {
    /// Whether JSON writes it as an array.
    pub fn repeats(&self) -> bool {
        self.max.is_none_or(|max| max > 1)
    }
}

/// One JSON member name of a type: an element, or one type of a choice (`valueQuantity`).
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    pub name: &'static str,
    pub(crate) element: u8,
    pub content: Content,
    codes: u16,
    targets: u16,
}

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Primitive(Primitive),
    Complex(TypeId),
    /// Any resource, whole.
    Resource,
}

/// The R4 primitive datatypes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Primitive {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
    Xhtml,
}

impl Primitive {
    /// The primitive of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "base64Binary" => Self::Base64Binary,
            "boolean" => Self::Boolean,
            "canonical" => Self::Canonical,
            "code" => Self::Code,
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "decimal" => Self::Decimal,
            "id" => Self::Id,
            "instant" => Self::Instant,
            "integer" => Self::Integer,
            "markdown" => Self::Markdown,
            "oid" => Self::Oid,
            "positiveInt" => Self::PositiveInt,
            "string" => Self::String,
            "time" => Self::Time,
            "unsignedInt" => Self::UnsignedInt,
            "uri" => Self::Uri,
            "url" => Self::Url,
            "uuid" => Self::Uuid,
            "xhtml" => Self::Xhtml,
            _ => return None,
        })
    }
    /// The name of the primitive.
    pub fn name(self) -> &'static str {
        match self {
            Self::Base64Binary => "base64Binary",
            Self::Boolean => "boolean",
            Self::Canonical => "canonical",
            Self::Code => "code",
            Self::Date => "date",
            Self::DateTime => "dateTime",
            Self::Decimal => "decimal",
            Self::Id => "id",
            Self::Instant => "instant",
            Self::Integer => "integer",
            Self::Markdown => "markdown",
            Self::Oid => "oid",
            Self::PositiveInt => "positiveInt",
            Self::String => "string",
            Self::Time => "time",
            Self::UnsignedInt => "unsignedInt",
            Self::Uri => "uri",
            Self::Url => "url",
            Self::Uuid => "uuid",
            Self::Xhtml => "xhtml",
        }
    }
}

/// The codes a required binding allows.
#[derive(Debug)]
pub struct CodeSet {
    pub name: &'static str,
    /// Code system and its codes; none of them: the whole system, as terminology has it.
    pub systems: Vec<(&'static str, Vec<&'static str>)>,
}

impl CodeSet {
    /// Whether any system of the set has the code.
    pub fn has_code(&self, code: &str) -> bool {
        self.systems
            .iter()
            .any(|(of, codes)| is_one(of, codes, code))
    }
    /// Whether that system has the code in this set.
    pub fn has(&self, system: &str, code: &str) -> bool {
        let mut systems = self.systems.iter();
        systems.any(|(of, codes)| *of == system && is_one(of, codes, code))
    }
}

/// What terminology cannot tell is no fault.
fn is_one(system: &str, codes: &[&str], code: &str) -> bool {
    if !codes.is_empty() {
        return codes.contains(&code);
    }
    let shipped = Registry::shipped_alone().terminology();
    shipped.has_code(system, None, code) != Membership::No
}

/// A set of resource types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TypeSet([u64; 3]);

impl TypeSet {
    pub fn insert(&mut self, one: ResourceType) {
        if let Some(word) = self.0.get_mut(one.ordinal() / 64) {
            *word |= 1 << (one.ordinal() % 64);
        }
    }
    pub fn has(&self, one: ResourceType) -> bool {
        let word = self.0.get(one.ordinal() / 64);
        word.is_some_and(|word| word >> (one.ordinal() % 64) & 1 == 1)
    }
    /// The members, in alphabetical order.
    pub fn members(&self) -> impl Iterator<Item = ResourceType> {
        let set = *self;
        ResourceType::all().filter(move |one| set.has(*one))
    }
}

static R4: LazyLock<Definitions> = LazyLock::new(|| {
    decode::tables(
        include_str!("../../profiles/r4/elements.txt"),
        include_str!("../../profiles/r4/codes.txt"),
    )
});

/// Value sets of the extensible bindings, by path.
static EXTENSIBLE: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let lines = include_str!("../../profiles/r4/bindings.txt").lines();
    lines.filter_map(|line| line.split_once(' ')).collect()
});

/// The value set that R4 says an element should be of where it has the concept; its type by name, the
/// element without the `[x]` of a choice.
pub fn extensible(of: &str, element: &str) -> Option<&'static str> {
    EXTENSIBLE.get(format!("{of}.{element}").as_str()).copied()
}

/// The tables, decoded on the first call (a few milliseconds).
pub fn r4() -> &'static Definitions {
    &R4
}

/// The definition of a resource type.
pub fn resource(resource_type: ResourceType) -> &'static Type {
    let id = R4.resources.get(resource_type.ordinal());
    R4.of(id.copied().unwrap_or(TypeId(0)))
}

impl Definitions {
    pub fn of(&self, id: TypeId) -> &Type {
        self.types.get(id.number()).unwrap_or(&NO_TYPE)
    }
    /// A datatype or nested element by name; resources have [`resource`].
    pub fn named(&self, name: &str) -> Option<&Type> {
        self.types.iter().find(|one| one.name == name)
    }
    /// Element itself: the id and extensions of a primitive.
    pub fn element(&self) -> &Type {
        self.of(TypeId(0))
    }
    /// The codes a required binding allows at this member, where the package told them.
    pub fn codes(&self, slot: &Slot) -> Option<&CodeSet> {
        self.code_sets.get(usize::from(slot.codes).wrapping_sub(1))
    }
    /// The types a reference at this member may lead to; `None` is any.
    pub fn targets(&self, slot: &Slot) -> Option<&TypeSet> {
        let at = usize::from(slot.targets).wrapping_sub(1);
        self.target_sets.get(at)
    }
}

impl Type {
    /// The member of that JSON name (`_` of primitive siblings taken off by the caller).
    pub fn slot(&self, name: &str) -> Option<&Slot> {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = hash(name) & mask;
        loop {
            let number = usize::from(*self.table.get(at)?);
            let slot = self.slots.get(number.wrapping_sub(1))?;
            if slot.name == name {
                return Some(slot);
            }
            at = (at + 1) & mask;
        }
    }
    /// Every member name, choices spelt out.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }
    /// The element a member belongs to.
    pub fn definition(&self, slot: &Slot) -> &Definition {
        let at = usize::from(slot.element);
        self.elements.get(at).unwrap_or(&NO_DEFINITION)
    }
}

/// Stands in for a type that cannot be missing, so that lookups need not panic.
static NO_TYPE: Type = Type {
    id: TypeId(0),
    name: "",
    kind: TypeKind::Part,
    elements: Vec::new(),
    slots: Vec::new(),
    table: Vec::new(),
    required: 0,
};

/// Stands in for an element that cannot be missing, so that lookups need not panic.
static NO_DEFINITION: Definition = Definition {
    name: "",
    min: 0,
    max: Some(0),
    summary: false,
    modifier: false,
    choice: false,
};

/// Mixes a name's length, first and last four bytes: enough to tell members apart, and quick.
fn hash(name: &str) -> usize {
    let bytes = name.as_bytes();
    let word = |part: Option<&[u8; 4]>| part.map_or(0, |part| u32::from_le_bytes(*part));
    let ends = match bytes.first_chunk() {
        Some(first) => word(Some(first)) ^ word(bytes.last_chunk()).rotate_left(13),
        None => bytes.iter().fold(7, |sum, b| sum * 31 + u32::from(*b)),
    };
    let mixed = (ends ^ bytes.len() as u32).wrapping_mul(0x9e37_79b1);
    (mixed >> 16 ^ mixed >> 7) as usize
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn definition(of: &Type, name: &str) -> (u32, Option<u32>, bool) {
        let found = of.definition(of.slot(name).unwrap());
        (found.min, found.max, found.summary)
    }

    #[test]
    fn every_resource_type_has_its_elements() {
        for one in ResourceType::all() {
            let of = resource(one);
            assert_eq!((of.name, of.kind), (one.name(), TypeKind::Resource));
            assert_eq!(definition(of, "id"), (0, Some(1), true));
            assert!(of.elements.len() < 128);
            for slot in of.slots() {
                assert_eq!(of.slot(slot.name).unwrap().name, slot.name);
            }
        }
        assert_eq!(
            r4().code_sets
                .iter()
                .filter(|set| set.systems.is_empty())
                .count(),
            0
        );
    }

    #[test]
    fn observation_is_as_the_standard_says() {
        let of = resource(ResourceType::OBSERVATION);
        assert_eq!(definition(of, "status"), (1, Some(1), true));
        assert_eq!(definition(of, "category"), (0, None, false));
        assert_eq!(definition(of, "valueQuantity"), (0, Some(1), true));
        assert!(of.slot("value").is_none());
        assert!(of.slot("valueMoney").is_none());
        let status = of.slot("status").unwrap();
        assert_eq!(status.content, Content::Primitive(Primitive::Code));
        assert!(r4().codes(status).unwrap().has_code("final"));
        assert!(!r4().codes(status).unwrap().has_code("done"));
        let targets = r4().targets(of.slot("subject").unwrap()).unwrap();
        assert!(targets.has(ResourceType::PATIENT) && !targets.has(ResourceType::PRACTITIONER));
        assert_eq!(targets.members().count(), 4);
        let Content::Complex(part) = of.slot("component").unwrap().content else {
            unreachable!()
        };
        assert_eq!(r4().of(part).name, "Observation.component");
        let range = r4().of(part).slot("referenceRange").unwrap().content;
        assert_eq!(range, of.slot("referenceRange").unwrap().content);
    }

    #[test]
    fn simple_quantities_go_by_the_name_quantity() {
        let of = r4().named("Dosage.doseAndRate").unwrap();
        let Content::Complex(id) = of.slot("doseQuantity").unwrap().content else {
            unreachable!()
        };
        assert_eq!(r4().of(id).name, "SimpleQuantity");
        assert_eq!(definition(r4().of(id), "comparator"), (0, Some(0), true));
    }
}
