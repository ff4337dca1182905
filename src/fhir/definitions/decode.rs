//! Decoding of the fact tables into lookups.

use std::collections::HashMap;

use super::{
    CodeSet, Content, Definition, Definitions, Primitive, Slot, Type, TypeId, TypeKind, TypeSet,
    hash,
};
use crate::ResourceType;

/// Element, which carries the id and extensions of primitives, is abstract and not in the package.
const ELEMENT: &str = "= Element datatype\nid 0..1 - string\nextension 0..* - Extension\n";

/// Decodes both tables. Lines that make no sense are left out: tests hold the tables to account.
pub(super) fn tables(elements: &'static str, codes: &'static str) -> Definitions {
    let code_sets = code_sets(codes);
    let mut decoder = Decoder {
        ids: HashMap::with_capacity(1024),
        codes: numbered(code_sets.iter().map(|set| set.name)),
        target_numbers: HashMap::new(),
        target_sets: Vec::new(),
    };
    let headers = ELEMENT.lines().chain(elements.lines());
    for header in headers.filter_map(|line| line.strip_prefix("= ")) {
        let name = header.split(' ').next().unwrap_or_default();
        let id = decoder.ids.len() as u16;
        decoder.ids.insert(name, TypeId(id));
    }
    let mut types: Vec<Type> = Vec::with_capacity(decoder.ids.len());
    for line in ELEMENT.lines().chain(elements.lines()) {
        if let Some(header) = line.strip_prefix("= ") {
            let (name, kind) = header.split_once(' ').unwrap_or((header, ""));
            types.push(Type {
                id: TypeId(types.len() as u16),
                name,
                kind: match kind {
                    "resource" => TypeKind::Resource,
                    "datatype" => TypeKind::Datatype,
                    _ => TypeKind::Part,
                },
                elements: Vec::new(),
                slots: Vec::new(),
                table: Vec::new(),
                required: 0,
            });
        } else if let Some(of) = types.last_mut() {
            decoder.element(line, of);
        }
    }
    for of in &mut types {
        index(of);
    }
    let resources = ResourceType::all().map(|one| decoder.ids.get(one.name()).copied());
    Definitions {
        resources: resources.map(|id| id.unwrap_or(TypeId(0))).collect(),
        types,
        code_sets,
        target_sets: decoder.target_sets,
    }
}

fn code_sets(text: &'static str) -> Vec<CodeSet> {
    let mut sets: Vec<CodeSet> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("= ") {
            sets.push(CodeSet {
                name,
                systems: Vec::new(),
            });
        } else if let Some(set) = sets.last_mut() {
            let mut parts = line.split('\t');
            let system = parts.next().unwrap_or_default();
            set.systems.push((system, parts.collect()));
        }
    }
    sets
}

/// Names with their position plus one.
fn numbered(names: impl Iterator<Item = &'static str>) -> HashMap<&'static str, u16> {
    names.zip(1..).collect()
}

struct Decoder {
    ids: HashMap<&'static str, TypeId>,
    codes: HashMap<&'static str, u16>,
    target_numbers: HashMap<&'static str, u16>,
    target_sets: Vec<TypeSet>,
}

impl Decoder {
    /// Adds the element of one line: `name min..max flags types… [!codes]`.
    fn element(&mut self, line: &'static str, of: &mut Type) {
        let mut words = line.split(' ');
        let (Some(name), Some(range), Some(flags)) = (words.next(), words.next(), words.next())
        else {
            return;
        };
        let (min, max) = range.split_once("..").unwrap_or(("0", "*"));
        let plain = name.strip_suffix("[x]");
        let number = of.elements.len();
        let definition = Definition {
            name: plain.unwrap_or(name),
            min: min.parse().unwrap_or(0),
            max: max.parse().ok(),
            summary: flags.contains('s'),
            modifier: flags.contains('m'),
            choice: plain.is_some(),
        };
        if definition.min > 0 {
            of.required |= 1u128.checked_shl(number as u32).unwrap_or(0);
        }
        of.elements.push(definition);
        let codes = words.clone().find_map(|word| word.strip_prefix('!'));
        let codes = codes.and_then(|name| self.codes.get(name)).copied();
        for word in words.filter(|word| !word.starts_with('!')) {
            let (type_name, targets) = self.type_and_targets(word);
            let Some(content) = self.content(type_name) else {
                continue;
            };
            of.slots.push(Slot {
                name: plain.map_or(name, |plain| choice_name(plain, type_name)),
                element: number as u8,
                content,
                codes: codes.unwrap_or(0),
                targets,
            });
        }
    }

    fn content(&self, type_name: &str) -> Option<Content> {
        if type_name == "Resource" {
            return Some(Content::Resource);
        }
        let primitive = Primitive::from_name(type_name).map(Content::Primitive);
        let path = type_name.trim_start_matches('@');
        primitive.or_else(|| self.ids.get(path).copied().map(Content::Complex))
    }

    /// `Reference(A|B)` apart; the number of its target set, 0 for any.
    fn type_and_targets(&mut self, word: &'static str) -> (&'static str, u16) {
        let Some((name, targets)) = word.split_once('(') else {
            return (word, 0);
        };
        if let Some(&known) = self.target_numbers.get(targets) {
            return (name, known);
        }
        let mut set = TypeSet::default();
        for target in targets.trim_end_matches(')').split('|') {
            if let Some(one) = ResourceType::from_name(target) {
                set.insert(one);
            }
        }
        self.target_sets.push(set);
        let number = self.target_sets.len() as u16;
        self.target_numbers.insert(targets, number);
        (name, number)
    }
}

/// `value` and `dateTime` make `valueDateTime`. The names live as long as the tables: for ever.
fn choice_name(plain: &str, type_name: &str) -> &'static str {
    let type_name = match type_name {
        "SimpleQuantity" | "MoneyQuantity" => "Quantity",
        other => other,
    };
    let (first, rest) = type_name.split_at_checked(1).unwrap_or((type_name, ""));
    format!("{plain}{}{rest}", first.to_ascii_uppercase()).leak()
}

/// Builds the hash of member names.
fn index(of: &mut Type) {
    let size = (of.slots.len() * 2).next_power_of_two();
    of.table = vec![0; size];
    for (number, slot) in of.slots.iter().enumerate() {
        let mut at = hash(slot.name) & (size - 1);
        while of.table.get(at).is_some_and(|&taken| taken != 0) {
            at = (at + 1) & (size - 1);
        }
        if let Some(free) = of.table.get_mut(at) {
            *free = number as u16 + 1;
        }
    }
}
