//! Members of an object: single or lists, primitives with what stands beside them.

use super::{STRANGE, Spot, Value};
use crate::definitions::{Content, Slot, Type, r4};
use crate::json::Kind;
use crate::patch::tree::{NOTHING, Node, Why};

/// The member that holds a value under the name of an element: of a choice, by the value's type.
pub(super) fn named(of: &'static Type, name: &str, value: &Value<'_>) -> Option<&'static Slot> {
    if let Some(slot) = of.slot(name) {
        return Some(slot);
    }
    let Value::Typed(kind, ..) = value else {
        return None;
    };
    let slot = of.slot(&format!("{name}{kind}"))?;
    (of.definition(slot).name == name).then_some(slot)
}

/// Appends to a list, or sets what is not there yet.
pub(super) fn put<'c>(
    object: &mut Node<'c>,
    of: &'static Type,
    name: &str,
    value: &Value<'c>,
) -> Result<(), Why> {
    let slot = named(of, name, value).ok_or(STRANGE)?;
    let definition = of.definition(slot);
    let (value, beside) = node(value, slot)?;
    if definition.repeats() {
        let values = object
            .member(slot.name)
            .and_then(Node::items)
            .map_or(0, |i| i.len());
        let sibling = format!("_{}", slot.name);
        let siblings = object
            .member(&sibling)
            .and_then(Node::items)
            .map_or(0, |i| i.len());
        return insert(object, slot.name, values.max(siblings), value, beside);
    }
    let mut same = of
        .slots()
        .iter()
        .filter(|other| other.element == slot.element);
    if same.any(|other| {
        object.member(other.name).is_some() || object.member(&format!("_{}", other.name)).is_some()
    }) {
        return Err("the element is there already and does not repeat");
    }
    insert_once(object, slot.name, value, beside)
}

/// What a value is in a member: the JSON value, and what stands beside a primitive.
pub(super) fn node<'c>(
    value: &Value<'c>,
    slot: &Slot,
) -> Result<(Node<'c>, Option<Node<'c>>), Why> {
    Ok(match (value, slot.content) {
        (Value::Typed(_, value, beside), Content::Primitive(_)) => {
            (value.map_or(Node::Null, Node::Kept), beside.map(Node::Kept))
        }
        (Value::Typed(_, Some(value), None), Content::Complex(_))
            if value.kind() == Kind::Object =>
        {
            (Node::Kept(*value), None)
        }
        (Value::Resource(resource), Content::Resource) => (Node::Kept(*resource), None),
        (Value::Parts(parts), Content::Complex(id)) => {
            let mut object = Node::Object(Vec::new());
            for (name, value) in parts {
                put(&mut object, r4().of(id), name, value)?;
            }
            (object, None)
        }
        _ => return Err(STRANGE),
    })
}

pub(super) fn insert_once<'c>(
    holder: &mut Node<'c>,
    name: &str,
    value: Node<'c>,
    beside: Option<Node<'c>>,
) -> Result<(), Why> {
    if !value.is_null() {
        holder.add(name, value)?;
    }
    match beside {
        Some(beside) => holder.add(&format!("_{name}"), beside),
        None => Ok(()),
    }
}

/// Inserts into a list and the list beside it, which is kept as long where there is one.
pub(super) fn insert<'c>(
    holder: &mut Node<'c>,
    name: &str,
    at: usize,
    value: Node<'c>,
    beside: Option<Node<'c>>,
) -> Result<(), Why> {
    let sibling = format!("_{name}");
    let length = |holder: &mut Node<'c>, name: &str| {
        holder
            .member(name)
            .and_then(Node::items)
            .map_or(0, |items| items.len())
    };
    let longest = length(holder, name).max(length(holder, &sibling));
    let wanted = [(name, Some(value)), (sibling.as_str(), beside)];
    for (name, node) in wanted {
        let empty = node.as_ref().is_none_or(Node::is_null);
        if holder.member(name).is_none() {
            if empty {
                continue;
            }
            holder.add(name, Node::Array(Vec::new()))?;
        }
        let items = holder.member(name).and_then(Node::items).ok_or(NOTHING)?;
        while items.len() < longest {
            items.push(Node::Null);
        }
        items.insert(at.min(items.len()), node.unwrap_or(Node::Null));
    }
    Ok(())
}

/// The id and extensions beside a primitive.
pub(super) fn sibling<'n, 'c>(
    holder: &'n mut Node<'c>,
    spot: &Spot<'_>,
) -> Option<&'n mut Node<'c>> {
    let node = holder.member(&format!("_{}", spot.name))?;
    match spot.index {
        None => Some(node),
        Some(index) => node.items()?.get_mut(index),
    }
}

pub(super) fn set_sibling<'c>(
    holder: &mut Node<'c>,
    spot: &Spot<'_>,
    beside: Option<Node<'c>>,
) -> Result<(), Why> {
    let name = format!("_{}", spot.name);
    let Some(index) = spot.index else {
        return match beside {
            Some(beside) => holder.add(&name, beside),
            None => Ok(()),
        };
    };
    if holder.member(&name).is_none() {
        let Some(beside) = beside.filter(|node| !node.is_null()) else {
            return Ok(());
        };
        let values = holder
            .member(spot.name)
            .and_then(Node::items)
            .map_or(0, |i| i.len());
        let mut items = vec![Node::Null; values.max(index + 1)];
        if let Some(slot) = items.get_mut(index) {
            *slot = beside;
        }
        return holder.add(&name, Node::Array(items));
    }
    let items = holder.member(&name).and_then(Node::items).ok_or(NOTHING)?;
    while items.len() <= index {
        items.push(Node::Null);
    }
    if let Some(slot) = items.get_mut(index) {
        *slot = beside.unwrap_or(Node::Null);
    }
    if items.iter().all(Node::is_null) {
        holder.remove(&name)?;
    }
    Ok(())
}
