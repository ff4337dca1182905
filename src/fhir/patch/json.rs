//! JSON Patch (RFC 6902).

use super::pointer::Pointer;
use super::tree::{self, Node, Why};
use super::{Bounds, Fault};
use crate::json::{DEPTH_MAX, Kind};
use crate::{Document, Element};

/// Deepest a tree may seem to be before it is measured.
const SEEMING_DEPTH_MAX: usize = 4 * DEPTH_MAX;

/// A list of operations, each checked for its form.
#[derive(Debug)]
pub struct JsonPatch<'p> {
    operations: Vec<Operation<'p>>,
}

#[derive(Debug)]
enum Operation<'p> {
    Add(Pointer, Element<'p>),
    Remove(Pointer),
    Replace(Pointer, Element<'p>),
    Move { from: Pointer, to: Pointer },
    Copy { from: Pointer, to: Pointer },
    Test(Pointer, Element<'p>),
}

impl<'p> JsonPatch<'p> {
    /// Reads a patch. Errors: the first operation that is none, named by its place in the list.
    pub fn parse(patch: &'p Document, bounds: Bounds) -> Result<Self, Fault> {
        let root = patch.root();
        if root.kind() != Kind::Array {
            return Err(Fault::malformed(
                "patch",
                "a JSON Patch is an array of operations",
            ));
        }
        if root.count() > bounds.operations {
            return Err(Fault::too_many(bounds.operations));
        }
        let operations = root.items().enumerate().map(|(at, item)| {
            let place = format!("patch[{at}]");
            operation(item).map_err(|why| Fault::malformed(&place, why))
        });
        Ok(Self {
            operations: operations.collect::<Result<_, _>>()?,
        })
    }

    /// The text of the patched document. Errors: the first operation that does not fit, nothing
    /// being changed then.
    pub fn apply(&self, document: &Document, bounds: Bounds) -> Result<String, Fault> {
        let mut state = State {
            root: Node::Kept(document.root()),
            size: document.text().len(),
            depth: DEPTH_MAX,
            bounds,
        };
        for (at, operation) in self.operations.iter().enumerate() {
            let place = format!("patch[{at}]");
            state.apply(operation, &place)?;
        }
        let mut out = String::with_capacity(state.size);
        state.root.write(&mut out);
        Ok(out)
    }
}

fn operation(item: Element<'_>) -> Result<Operation<'_>, String> {
    let text = |name: &str| {
        let member = item.get(name).ok_or_else(|| format!("{name} is missing"))?;
        let text = member
            .str()
            .ok_or_else(|| format!("{name} must be a string"))?;
        Ok::<_, String>(text)
    };
    let pointer = |name: &str| Pointer::parse(&text(name)?).map_err(str::to_owned);
    let value = || {
        let value = item.get("value");
        value.ok_or_else(|| "value is missing".to_owned())
    };
    Ok(match &*text("op")? {
        "add" => Operation::Add(pointer("path")?, value()?),
        "remove" => Operation::Remove(pointer("path")?),
        "replace" => Operation::Replace(pointer("path")?, value()?),
        "test" => Operation::Test(pointer("path")?, value()?),
        "copy" => Operation::Copy {
            from: pointer("from")?,
            to: pointer("path")?,
        },
        "move" => {
            let (from, to) = (pointer("from")?, pointer("path")?);
            if to.is_below(&from) {
                return Err("a value cannot be moved into itself".to_owned());
            }
            Operation::Move { from, to }
        }
        _ => return Err("op is add, remove, replace, move, copy or test".to_owned()),
    })
}

struct State<'d> {
    root: Node<'d>,
    /// At most so many bytes as text.
    size: usize,
    /// At most so many levels.
    depth: usize,
    bounds: Bounds,
}

impl<'d> State<'d> {
    fn apply(&mut self, operation: &Operation<'d>, place: &str) -> Result<(), Fault> {
        let unfit = |why: Why| Fault::unfit(place, why);
        match operation {
            Operation::Add(to, value) => self.add(to, Node::Kept(*value), DEPTH_MAX, place),
            Operation::Remove(at) => self.take(at).map(|_| ()).map_err(unfit),
            Operation::Replace(at, value) => {
                let value = Node::Kept(*value);
                self.grow(value.size(), at, DEPTH_MAX)?;
                *self.root.at(&at.0).map_err(unfit)? = value;
                Ok(())
            }
            Operation::Move { from, to } if from == to => {
                self.root.at(&from.0).map(|_| ()).map_err(unfit)
            }
            Operation::Move { from, to } => {
                let value = self.take(from).map_err(unfit)?;
                let depth = self.depth;
                self.add(to, value, depth, place)
            }
            Operation::Copy { from, to } => {
                let source = self.root.at(&from.0).map_err(unfit)?;
                // Measured before it is made.
                let size = source.size();
                if self.size.saturating_add(size) > self.bounds.bytes {
                    return Err(Fault::too_large(self.bounds.bytes));
                }
                let value = source.clone();
                let depth = self.depth;
                self.add(to, value, depth, place)
            }
            Operation::Test(at, value) => {
                let mut own = self.root.at(&at.0).map_err(unfit)?.clone();
                match tree::equal(&mut own, &mut Node::Kept(*value)) {
                    true => Ok(()),
                    false => Err(Fault::unfit(place, "the test failed: the value is another")),
                }
            }
        }
    }

    fn take(&mut self, at: &Pointer) -> Result<Node<'d>, Why> {
        let (holder, step) = at.split().ok_or("the whole resource cannot be removed")?;
        self.root.at(holder)?.remove(step)
    }

    fn add(
        &mut self,
        to: &Pointer,
        value: Node<'d>,
        depth: usize,
        place: &str,
    ) -> Result<(), Fault> {
        self.grow(value.size(), to, depth)?;
        let added = match to.split() {
            None => {
                self.root = value;
                Ok(())
            }
            Some((holder, step)) => self.root.at(holder).and_then(|node| node.add(step, value)),
        };
        added.map_err(|why| Fault::unfit(place, why))?;
        if self.depth > SEEMING_DEPTH_MAX {
            self.depth = self.root.depth();
            if self.depth > DEPTH_MAX {
                let why = format!("the resource would be nested more than {DEPTH_MAX} levels deep");
                return Err(Fault::unfit(place, why));
            }
        }
        Ok(())
    }

    /// Makes room for a value, or says that there is none.
    fn grow(&mut self, size: usize, to: &Pointer, depth: usize) -> Result<(), Fault> {
        let name = to.0.last().map_or(0, |step| 2 * step.len() + 4);
        self.size = self.size.saturating_add(size + name);
        if self.size > self.bounds.bytes {
            // What was replaced or removed was not counted off yet.
            self.size = self.root.size().saturating_add(size + name);
        }
        if self.size > self.bounds.bytes {
            return Err(Fault::too_large(self.bounds.bytes));
        }
        self.depth = self.depth.max(to.0.len() + depth);
        Ok(())
    }
}
