//! XML Patch (RFC 5261) on the XML form of a resource.

mod markup;
mod selector;

use self::{
    markup::{Kind, Name, Tree},
    selector::{Found, Selector},
};
use super::{Bounds, Fault};
use crate::{Document, xml};

/// Nodes looked at by all selectors of one patch.
pub const XML_STEPS_MAX: usize = 5_000_000;

/// Where something is added (RFC 5261 4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Last,
    First,
    Before,
    After,
    Attribute(Name),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    Add(Place),
    Replace,
    Remove,
}

#[derive(Debug)]
struct Operation {
    action: Action,
    selector: Selector,
    /// Its own element in the patch, which holds what it brings.
    node: usize,
}

/// A patch whose root is `diff`, read.
#[derive(Debug)]
pub struct XmlPatch {
    tree: Tree,
    operations: Vec<Operation>,
}

impl XmlPatch {
    /// Reads a patch. Errors: what is not XML, an operation that there is not, a selector that
    /// cannot be read, or too many of them.
    pub fn parse(text: &str, bounds: Bounds) -> Result<Self, Fault> {
        let tree = Tree::read(text).map_err(|why| Fault::malformed("patch", why))?;
        let root = tree.root();
        if tree.local(root) != Some("diff") {
            return Err(Fault::malformed(
                "patch",
                "the root of an XML Patch is diff",
            ));
        }
        let mut operations = Vec::new();
        for node in tree.children(root).to_vec() {
            match tree.kind(node) {
                Some(Kind::Element(_)) if operations.len() >= bounds.operations => {
                    return Err(Fault::too_many(bounds.operations));
                }
                Some(Kind::Element(_)) => operations.push(operation(&tree, node)?),
                Some(Kind::Text(text)) if !text.trim().is_empty() => {
                    return Err(Fault::malformed("diff", "there is text between operations"));
                }
                _ => {}
            }
        }
        Ok(Self { tree, operations })
    }

    /// The patched resource as JSON text. Errors: an operation whose place is not there or not one
    /// only, or a result that is not FHIR.
    pub fn apply(&self, document: &Document, bounds: Bounds) -> Result<String, Fault> {
        let text = xml::write(document, false);
        let mut tree = Tree::read(&text).map_err(|why| Fault::unfit("", why))?;
        let mut steps = XML_STEPS_MAX;
        for (at, operation) in self.operations.iter().enumerate() {
            let place = format!("diff.{}[{at}]", operation.word());
            let found = operation.selector.find(&tree, &mut steps);
            let done = found.and_then(|found| self.change(&mut tree, operation, &found));
            done.map_err(|why| Fault::unfit(&place, why))?;
        }
        let text = tree.write().map_err(|why| Fault::unfit("", why))?;
        if text.len() > bounds.bytes {
            return Err(Fault::too_large(bounds.bytes));
        }
        match xml::read(&text) {
            Ok(patched) => Ok(patched.text().to_owned()),
            Err(issues) => {
                let issue = issues.into_iter().next();
                Err(issue.map_or_else(
                    || Fault::unfit("", "the patched resource is not FHIR"),
                    Fault::Unfit,
                ))
            }
        }
    }

    fn change(&self, tree: &mut Tree, operation: &Operation, found: &Found) -> Result<(), String> {
        match &operation.action {
            Action::Add(place) => self.add(tree, operation.node, place, found),
            Action::Replace => self.replace(tree, operation.node, found),
            Action::Remove => match found {
                Found::Node(node) => tree.detach(*node),
                Found::Attribute(node, name) => tree.remove_attribute(*node, name),
            },
        }
    }

    fn add(
        &self,
        tree: &mut Tree,
        node: usize,
        place: &Place,
        found: &Found,
    ) -> Result<(), String> {
        let Found::Node(target) = *found else {
            return Err("nothing can be added to an attribute".to_owned());
        };
        if let Place::Attribute(name) = place {
            if tree.attribute(target, name).is_some() {
                return Err(format!("there is an attribute {} already", name.local));
            }
            return tree.set_attribute(target, name, self.tree.text(node));
        }
        let (parent, at) = match place {
            Place::Before => tree.place(target)?,
            Place::After => {
                let (parent, at) = tree.place(target)?;
                (parent, at + 1)
            }
            Place::First => (target, 0),
            _ => (target, tree.children(target).len()),
        };
        tree.graft(parent, at, &self.tree, self.tree.children(node))
    }

    fn replace(&self, tree: &mut Tree, node: usize, found: &Found) -> Result<(), String> {
        let (target, name) = match found {
            Found::Attribute(target, name) => (*target, Some(name)),
            Found::Node(target) => (*target, None),
        };
        if let Some(name) = name {
            return tree.set_attribute(target, name, self.tree.text(node));
        }
        if matches!(tree.kind(target), Some(Kind::Element(_))) {
            let brought: Vec<usize> = self.tree.elements(node).collect();
            if brought.len() != 1 {
                return Err("an element is replaced by exactly one element".to_owned());
            }
            let (parent, at) = tree.place(target)?;
            tree.graft(parent, at, &self.tree, &brought)?;
        } else {
            let (parent, at) = tree.place(target)?;
            tree.graft(parent, at, &self.tree, self.tree.children(node))?;
        }
        tree.detach(target)
    }
}

impl Operation {
    fn word(&self) -> &'static str {
        match self.action {
            Action::Add(_) => "add",
            Action::Replace => "replace",
            Action::Remove => "remove",
        }
    }
}

fn operation(tree: &Tree, node: usize) -> Result<Operation, Fault> {
    let attribute = |name: &str| tree.attribute(node, &Name::plain(name));
    let word = tree.local(node).unwrap_or_default();
    let malformed = |why: String| Fault::malformed(&format!("diff.{}", shown(word)), why);
    let action = match word {
        "add" => Action::Add(match (attribute("type"), attribute("pos")) {
            (Some(kind), _) => {
                let name = kind.strip_prefix('@').and_then(|name| {
                    let named = !name.is_empty() && !name.contains(':');
                    named.then(|| Name::plain(name))
                });
                let why = "type is @ and the name of an attribute";
                Place::Attribute(name.ok_or_else(|| malformed(why.to_owned()))?)
            }
            (None, None) => Place::Last,
            (None, Some("prepend")) => Place::First,
            (None, Some("before")) => Place::Before,
            (None, Some("after")) => Place::After,
            (None, Some(_)) => {
                return Err(malformed("pos is prepend, before or after".to_owned()));
            }
        }),
        "replace" => Action::Replace,
        "remove" => Action::Remove,
        _ => {
            return Err(malformed(
                "operations are add, replace and remove".to_owned(),
            ));
        }
    };
    let text = attribute("sel").ok_or_else(|| malformed("sel is missing".to_owned()))?;
    let selector = Selector::parse(text, &|prefix| tree.namespace(node, prefix));
    let selector = selector.map_err(|why| malformed(format!("sel: {why}")))?;
    Ok(Operation {
        action,
        selector,
        node,
    })
}

/// Enough of a name to know it again.
fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}
