//! The search parameters of a type as one tree of JSON member names.

use std::sync::{LazyLock, OnceLock};

use super::value::{self, Sink};
use super::{Entry, ParamId};
use crate::search::table::{Condition, Held, TABLES, Term};
use crate::search::{Param, ParamType};
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
            root.plant(term, param);
        }
    }
    root
}

impl Node {
    fn plant(&mut self, term: &Term, param: &Param) {
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
            param: param.id,
            kind: param.kind,
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
