//! FHIRPath Patch (R4 fhirpatch): operations written as Parameters, places as FHIRPath.

mod member;

use member::{insert, insert_once, named, node, put, set_sibling, sibling};

use super::pointer::Pointer;
use super::tree::{NOTHING, Node, Why};
use super::{Bounds, Fault};
use crate::definitions::{self, Content, Type, r4};
use crate::path::{Expression, Item, STEPS_MAX, Scene};
use crate::{Document, Element, ResourceType};

/// Text read again after each operation, in units of the largest resource.
const WORK_MAX: usize = 16;
const STRANGE: Why = "the type has no element of that name, or none of that kind of value";

/// A list of operations, each checked for its form.
#[derive(Debug)]
pub struct PathPatch<'p> {
    operations: Vec<Operation<'p>>,
}

#[derive(Debug)]
struct Operation<'p> {
    path: Expression,
    act: Act<'p>,
}

#[derive(Debug)]
enum Act<'p> {
    Add { name: String, value: Value<'p> },
    Insert { index: usize, value: Value<'p> },
    Delete,
    Replace { value: Value<'p> },
    Move { from: usize, to: usize },
}

/// What an operation brings along.
#[derive(Debug, Clone)]
enum Value<'p> {
    /// `value[x]`: the name of its type as members spell it, the value, id and extensions.
    Typed(String, Option<Element<'p>>, Option<Element<'p>>),
    Resource(Element<'p>),
    /// An element that no datatype stands for, part by part.
    Parts(Vec<(String, Value<'p>)>),
}

impl<'p> PathPatch<'p> {
    /// Reads Parameters. Errors: the first operation that is none, named by its place.
    pub fn parse(patch: &'p Document, bounds: Bounds) -> Result<Self, Fault> {
        let root = patch.root();
        if root.resource_type_name().as_deref() != Some("Parameters") {
            let why = "a FHIRPath Patch is a Parameters resource";
            return Err(Fault::malformed("Parameters", why));
        }
        let all: Vec<Element<'p>> = root
            .get("parameter")
            .iter()
            .flat_map(|p| p.items())
            .collect();
        if all.len() > bounds.operations {
            return Err(Fault::too_many(bounds.operations));
        }
        let mut operations = Vec::with_capacity(all.len());
        for (at, item) in all.into_iter().enumerate() {
            let place = format!("Parameters.parameter[{at}]");
            let fault = |why: String| Fault::malformed(&place, why);
            if item.text_at("name").as_deref() != Some("operation") {
                return Err(fault("the parameter's name must be operation".to_owned()));
            }
            operations.push(operation(item).map_err(fault)?);
        }
        Ok(Self { operations })
    }

    /// The text of the patched document. Errors: the first operation that does not fit, nothing
    /// being changed then.
    pub fn apply(&self, document: &Document, bounds: Bounds) -> Result<String, Fault> {
        let steps = STEPS_MAX / self.operations.len().max(1) as u64;
        let mut current: Option<Document> = None;
        let mut work = 0;
        for (at, operation) in self.operations.iter().enumerate() {
            let place = format!("Parameters.parameter[{at}]");
            let text = {
                let document = current.as_ref().unwrap_or(document);
                let unfit = |why: String| Fault::unfit(&place, why);
                let found = find(&operation.path, document, steps).map_err(unfit)?;
                let mut root = Node::Kept(document.root());
                let change = Change { document, found };
                let changed = change.make(&operation.act, &mut root);
                changed.map_err(|why| unfit(why.to_owned()))?;
                let mut text = String::with_capacity(root.size());
                root.write(&mut text);
                text
            };
            work += text.len();
            if text.len() > bounds.bytes || work > WORK_MAX * bounds.bytes {
                return Err(Fault::too_large(bounds.bytes));
            }
            let again = Document::parse(text);
            current = Some(again.map_err(|fault| Fault::unfit(&place, fault.message))?);
        }
        Ok(match current {
            Some(document) => document.into_text(),
            None => document.text().to_owned(),
        })
    }
}

fn part<'p>(item: Element<'p>, name: &str) -> Option<Element<'p>> {
    let mut parts = item.get("part")?.items();
    parts.find(|part| part.get("name").is_some_and(|own| own.is(name)))
}

fn operation(item: Element<'_>) -> Result<Operation<'_>, String> {
    let text = |name: &str| {
        let part = part(item, name).ok_or_else(|| format!("{name} is missing"))?;
        let found = ["valueString", "valueCode"]
            .iter()
            .find_map(|kind| part.get(kind));
        let text = found.and_then(Element::str).map(|text| text.into_owned());
        text.ok_or_else(|| format!("{name} must be a string"))
    };
    let index = |name: &str| {
        let part = part(item, name).ok_or_else(|| format!("{name} is missing"))?;
        let number = part.get("valueInteger").and_then(Element::number);
        let number = number.and_then(|digits| digits.parse::<usize>().ok());
        number.ok_or_else(|| format!("{name} must be a whole number from 0"))
    };
    let brought = || {
        let part = part(item, "value").ok_or_else(|| "value is missing".to_owned())?;
        value(part).ok_or_else(|| "value has neither a value nor parts".to_owned())
    };
    let act = match text("type")?.as_str() {
        "add" => Act::Add {
            name: text("name")?,
            value: brought()?,
        },
        "insert" => Act::Insert {
            index: index("index")?,
            value: brought()?,
        },
        "delete" => Act::Delete,
        "replace" => Act::Replace { value: brought()? },
        "move" => Act::Move {
            from: index("source")?,
            to: index("destination")?,
        },
        _ => return Err("type is add, insert, delete, replace or move".to_owned()),
    };
    let path = Expression::parse(&text("path")?).map_err(|fault| format!("path: {fault}"))?;
    Ok(Operation { path, act })
}

fn value(part: Element<'_>) -> Option<Value<'_>> {
    if let Some(resource) = part.get("resource") {
        return Some(Value::Resource(resource));
    }
    for (name, child) in part.members() {
        let bare = name.strip_prefix('_').unwrap_or(&name);
        if let Some(of) = bare.strip_prefix("value") {
            let (value, sibling) = match name.starts_with('_') {
                true => (part.get(bare), Some(child)),
                false => (Some(child), part.get(&format!("_{bare}"))),
            };
            return Some(Value::Typed(of.to_owned(), value, sibling));
        }
    }
    let parts = part.get("part")?.items();
    let parts = parts.map(|part| Some((part.text_at("name")?.into_owned(), value(part)?)));
    Some(Value::Parts(parts.collect::<Option<_>>()?))
}

/// Where in the document the elements are that a path leads to.
fn find(path: &Expression, document: &Document, steps: u64) -> Result<Vec<Pointer>, String> {
    let root = document.root();
    let scene = Scene::of(root).steps(steps);
    let found = path.evaluate(&[Item::resource(root)], &scene);
    let found = found.map_err(|fault| fault.to_string())?;
    let places = found.iter().map(|item| {
        let element = item.node().and_then(|node| node.element())?;
        Some(Pointer::of(element))
    });
    let places: Option<Vec<Pointer>> = places.collect();
    places.ok_or_else(|| "the path must lead to elements of the resource".to_owned())
}

/// A member, its index where it repeats, and what holds it.
struct Spot<'f> {
    holder: &'f [String],
    /// Without the underscore of a primitive's sibling.
    name: &'f str,
    index: Option<usize>,
}

fn spot(pointer: &Pointer) -> Result<Spot<'_>, Why> {
    let whole = "this is not possible with the whole resource";
    let (mut holder, mut last) = pointer.split().ok_or(whole)?;
    let mut index = None;
    if let Some(number) = super::pointer::index(last) {
        index = Some(number);
        (last, holder) = holder.split_last().ok_or(whole)?;
    }
    Ok(Spot {
        holder,
        name: last.strip_prefix('_').unwrap_or(last),
        index,
    })
}

/// One operation on one document.
struct Change<'c> {
    document: &'c Document,
    found: Vec<Pointer>,
}

impl<'c> Change<'c> {
    fn make(&self, act: &Act<'c>, root: &mut Node<'c>) -> Result<(), Why> {
        match act {
            Act::Add { name, value } => self.add(root, name, value),
            Act::Insert { index, value } => self.insert(root, *index, value),
            Act::Delete => match self.found.as_slice() {
                [] => Ok(()),
                [one] => self.delete(root, one),
                _ => Err("the path leads to more than one element"),
            },
            Act::Replace { value } => self.replace(root, value),
            Act::Move { from, to } => self.reorder(root, *from, *to),
        }
    }

    fn one(&self) -> Result<&Pointer, Why> {
        match self.found.as_slice() {
            [] => Err(NOTHING),
            [one] => Ok(one),
            _ => Err("the path leads to more than one element"),
        }
    }

    /// The list all elements found are in, and how many there are before the first.
    fn list(&self) -> Result<Spot<'_>, Why> {
        let first = spot(self.found.first().ok_or(NOTHING)?)?;
        for other in &self.found {
            let other = spot(other)?;
            if other.index.is_none() || other.name != first.name || other.holder != first.holder {
                return Err("the path must lead to elements of one list");
            }
        }
        Ok(first)
    }

    /// The type of what stands at some steps, and the primitive's name and index if it is one.
    fn of(&self, steps: &[String]) -> Option<&'static Type> {
        let mut element = self.document.root();
        let mut of = resource_type(element)?;
        for step in steps {
            if let Some(index) = super::pointer::index(step) {
                element = element.items().nth(index)?;
                if element.resource_type_name().is_some() {
                    of = resource_type(element)?;
                }
                continue;
            }
            element = element.get(step)?;
            let slot = of.slot(step.strip_prefix('_').unwrap_or(step))?;
            of = match slot.content {
                Content::Complex(id) => r4().of(id),
                Content::Primitive(_) => r4().element(),
                Content::Resource => resource_type(element).unwrap_or(of),
            };
        }
        Some(of)
    }

    fn add(&self, root: &mut Node<'c>, name: &str, value: &Value<'c>) -> Result<(), Why> {
        let place = self.one()?;
        let of = self.of(&place.0).ok_or(NOTHING)?;
        if of.id == r4().element().id {
            // Of a primitive: beside its value.
            let spot = spot(place)?;
            let holder = root.at(spot.holder)?;
            let mut beside = match sibling(holder, &spot) {
                Some(node) => std::mem::replace(node, Node::Null),
                None => Node::Null,
            };
            if beside.is_null() {
                beside = Node::Object(Vec::new());
            }
            put(&mut beside, of, name, value)?;
            return set_sibling(holder, &spot, Some(beside));
        }
        put(root.at(&place.0)?, of, name, value)
    }

    fn insert(&self, root: &mut Node<'c>, index: usize, value: &Value<'c>) -> Result<(), Why> {
        let list = self.list()?;
        let at = match self.found.get(index) {
            Some(before) => spot(before)?.index,
            None if index == self.found.len() => {
                let last = self.found.last().ok_or(NOTHING)?;
                spot(last)?.index.map(|at| at + 1)
            }
            None => return Err("the index is beyond the list"),
        };
        let of = self.of(list.holder).ok_or(NOTHING)?;
        let slot = of.slot(list.name).ok_or(STRANGE)?;
        let (value, beside) = node(value, slot)?;
        let holder = root.at(list.holder)?;
        insert(holder, slot.name, at.unwrap_or_default(), value, beside)
    }

    fn delete(&self, root: &mut Node<'c>, place: &Pointer) -> Result<(), Why> {
        let spot = spot(place)?;
        let holder = root.at(spot.holder)?;
        for name in [spot.name.to_owned(), format!("_{}", spot.name)] {
            let Some(index) = spot.index else {
                // One of the two may well be absent.
                let _ = holder.remove(&name);
                continue;
            };
            let Some(items) = holder.member(&name).and_then(Node::items) else {
                continue;
            };
            if index < items.len() {
                items.remove(index);
            }
            if items.iter().all(Node::is_null) {
                holder.remove(&name)?;
            }
        }
        Ok(())
    }

    fn replace(&self, root: &mut Node<'c>, value: &Value<'c>) -> Result<(), Why> {
        let place = self.one()?;
        let spot = spot(place)?;
        let of = self.of(spot.holder).ok_or(NOTHING)?;
        let old = of.slot(spot.name).ok_or(NOTHING)?;
        let slot = named(of, of.definition(old).name, value).ok_or(STRANGE)?;
        let (value, beside) = node(value, slot)?;
        let holder = root.at(spot.holder)?;
        if slot.name != old.name {
            // Another type of the same choice.
            self.delete(root, place)?;
            let holder = root.at(spot.holder)?;
            return insert_once(holder, slot.name, value, beside);
        }
        let Some(index) = spot.index else {
            let _ = holder.remove(&format!("_{}", slot.name));
            if value.is_null() {
                holder.remove(slot.name)?;
            }
            return insert_once(holder, slot.name, value, beside);
        };
        match holder.member(slot.name).and_then(Node::items) {
            Some(items) => *items.get_mut(index).ok_or(NOTHING)? = value,
            None => {
                let mut items = vec![Node::Null; index];
                items.push(value);
                holder.add(slot.name, Node::Array(items))?;
            }
        }
        set_sibling(holder, &spot, beside)
    }

    fn reorder(&self, root: &mut Node<'c>, from: usize, to: usize) -> Result<(), Why> {
        let list = self.list()?;
        let beyond = "source and destination are places in the list";
        let index = |at: usize| spot(self.found.get(at).ok_or(beyond)?)?.index.ok_or(beyond);
        let (from, to) = (index(from)?, index(to)?);
        let holder = root.at(list.holder)?;
        for name in [list.name.to_owned(), format!("_{}", list.name)] {
            if let Some(items) = holder.member(&name).and_then(Node::items) {
                let longest = from.max(to) + 1;
                while items.len() < longest {
                    items.push(Node::Null);
                }
                let moved = items.remove(from);
                items.insert(to, moved);
            }
        }
        Ok(())
    }
}

fn resource_type(element: Element<'_>) -> Option<&'static Type> {
    let name = element.resource_type_name()?;
    Some(definitions::resource(ResourceType::from_name(&name)?))
}
