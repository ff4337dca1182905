//! The search parameters of a type as one tree of JSON member names.

use std::sync::{LazyLock, OnceLock};

use super::value::{self, Sink};
use super::{Entry, ParamId};
use crate::search::table::{Condition, Held, TABLES, Term};
use crate::search::{ELEMENTS_MAX, Focus, ParamType, Part, composites};
use crate::{Element, ResourceType};

/// What to index where a path ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    pub param: ParamId,
    pub kind: ParamType,
    pub held: Held,
    pub only: Option<ResourceType>,
}

#[derive(Debug, Default)]
struct Node {
    /// Sorted by name; the same name again for another condition.
    children: Vec<(&'static str, Condition, Node)>,
    leaves: Vec<Leaf>,
}

/// By type ordinal, grown when first asked for.
static TREES: LazyLock<Vec<OnceLock<Node>>> =
    LazyLock::new(|| ResourceType::all().map(|_| OnceLock::new()).collect());

type ElementTrees = Vec<(Vec<&'static str>, Node)>;

/// The same for what composite parameters compare.
static ELEMENTS: LazyLock<Vec<OnceLock<ElementTrees>>> =
    LazyLock::new(|| ResourceType::all().map(|_| OnceLock::new()).collect());

/// Appends the rows of every parameter of the type.
pub(super) fn walk(
    resource_type: ResourceType,
    resource: Element<'_>,
    base: &str,
    out: &mut Vec<Entry>,
) {
    let Some(slot) = TREES.get(resource_type.ordinal()) else {
        return;
    };
    let tree = slot.get_or_init(|| grow(resource_type));
    let mut sink = Sink::new(base, out);
    descend(tree, resource, &mut sink);
    for (path, tree) in element_trees(resource_type) {
        let mut elements = vec![resource];
        for name in path {
            let members = elements.iter().filter_map(|e| e.get(name));
            elements = members.flat_map(Element::items).collect();
        }
        for (number, element) in (0..ELEMENTS_MAX).zip(elements) {
            sink.element = Some(number);
            descend(tree, element, &mut sink);
        }
    }
}

/// What composite parameters compare within elements: a tree for each path.
fn element_trees(resource_type: ResourceType) -> &'static [(Vec<&'static str>, Node)] {
    let slots: &'static Vec<OnceLock<ElementTrees>> = &ELEMENTS;
    let slot = slots.get(resource_type.ordinal());
    slot.map_or(&[], |slot| {
        slot.get_or_init(|| grow_elements(resource_type))
    })
}

fn grow_elements(resource_type: ResourceType) -> ElementTrees {
    let mut trees: ElementTrees = Vec::new();
    let mut planted: Vec<ParamId> = Vec::new();
    for composite in composites(resource_type) {
        for focus in &composite.foci {
            let Focus::Element(path, parts) = focus else {
                continue;
            };
            let at = trees.iter().position(|(p, _)| p == path);
            let at = at.unwrap_or_else(|| {
                trees.push((path.clone(), Node::default()));
                trees.len() - 1
            });
            for (part, component) in parts.iter().zip(&composite.components) {
                if let (Part::Within(id, terms), Some((_, tree))) = (part, trees.get_mut(at))
                    && !planted.contains(id)
                {
                    planted.push(*id);
                    terms
                        .iter()
                        .for_each(|t| tree.plant(t, *id, component.kind));
                }
            }
        }
    }
    trees
}

fn grow(resource_type: ResourceType) -> Node {
    let mut root = Node::default();
    let ordinal = resource_type.ordinal();
    let params = crate::search::params(resource_type);
    let terms = TABLES.terms.get(ordinal).map_or(&[][..], Vec::as_slice);
    for (param, terms) in params.iter().zip(terms) {
        if matches!(param.code, "_id" | "_lastUpdated") {
            continue;
        }
        for term in terms {
            root.plant(term, param.id, param.kind);
        }
    }
    root
}

impl Node {
    fn plant(&mut self, term: &Term, param: ParamId, kind: ParamType) {
        let mut node = self;
        for (name, condition) in &term.steps {
            let same = |(n, c, _): &(&str, Condition, Node)| n == name && c == condition;
            let at = match node.children.iter().position(same) {
                Some(at) => at,
                None => {
                    let at = node.children.partition_point(|(n, ..)| n <= name);
                    node.children
                        .insert(at, (name, *condition, Node::default()));
                    at
                }
            };
            node = match node.children.get_mut(at) {
                Some((_, _, child)) => child,
                None => return,
            };
        }
        node.leaves.push(Leaf {
            param,
            kind,
            held: term.held,
            only: term.only,
        });
    }
}

fn descend(node: &Node, element: Element<'_>, sink: &mut Sink<'_>) {
    for (name, member) in element.members() {
        let name: &str = &name;
        let start = node.children.partition_point(|(n, ..)| *n < name);
        let children = node.children.iter().skip(start);
        for (_, condition, child) in children.take_while(|(n, ..)| *n == name) {
            for (index, item) in member.items().enumerate() {
                if !holds(*condition, index, item) {
                    continue;
                }
                for leaf in &child.leaves {
                    value::index(*leaf, item, sink);
                }
                if !child.children.is_empty() {
                    descend(child, item, sink);
                }
            }
        }
    }
}

fn holds(condition: Condition, index: usize, item: Element<'_>) -> bool {
    match condition {
        Condition::None => true,
        Condition::Member(name, literal) => item
            .get(name)
            .and_then(Element::str)
            .is_some_and(|t| t == literal),
        Condition::Extension(url) => item.extension(url).is_some(),
        Condition::Index(wanted) => index == wanted,
    }
}
