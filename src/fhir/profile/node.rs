//! One element of a profile: what the profiles of its chain ask beyond the base type.

use std::sync::{Arc, OnceLock};

use super::slicing::Slicing;
use crate::{Document, Element, Severity};

/// What a profile says of one element. What no profile of the chain says is empty: the base type
/// holds there, and base validation sees to it.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// Without the `[x]` of a choice; the type for a root.
    pub name: String,
    /// Of a slice. Reslices carry their whole name, `outer/inner`.
    pub slice: Option<String>,
    pub min: Option<u32>,
    pub max: Option<Max>,
    /// The types allowed; empty is any of the base.
    pub types: Vec<TypeRule>,
    pub fixed: Option<Arc<Sample>>,
    pub pattern: Option<Arc<Sample>>,
    pub binding: Option<Binding>,
    pub constraints: Vec<Arc<Constraint>>,
    pub must_support: bool,
    /// In characters.
    pub max_length: Option<u32>,
    pub min_value: Option<Arc<Sample>>,
    pub max_value: Option<Arc<Sample>>,
    pub children: Vec<Node>,
    pub slicing: Option<Slicing>,
    pub slices: Vec<Node>,
}

/// The most an element may occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Max {
    Times(u32),
    Unbounded,
}

impl Max {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "*" => Some(Self::Unbounded),
            digits => digits.parse().ok().map(Self::Times),
        }
    }
    /// Whether so many are too many.
    pub fn exceeded(self, count: usize) -> bool {
        matches!(self, Self::Times(max) if count > max as usize)
    }
}

impl std::fmt::Display for Max {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Times(max) => write!(f, "{max}"),
            Self::Unbounded => f.write_str("*"),
        }
    }
}

/// A type an element may have (ElementDefinition.type).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeRule {
    pub code: String,
    /// The value conforms to one of these; empty is any.
    pub profiles: Vec<String>,
    /// What is referred to conforms to one of these; empty is any.
    pub targets: Vec<String>,
    /// `contained`, `referenced`, `bundled`; empty is any.
    pub aggregation: Vec<String>,
}

/// A value given by a profile: the document of the value alone, and its type.
#[derive(Debug, Clone)]
pub struct Sample {
    /// As in `fixedUri`: `Uri`.
    pub type_name: String,
    pub document: Document,
}

impl PartialEq for Sample {
    fn eq(&self, other: &Self) -> bool {
        self.type_name == other.type_name && self.document.text() == other.document.text()
    }
}

/// How far a code may leave its value set (R4 BindingStrength).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    Example,
    Preferred,
    Extensible,
    Required,
}

impl Strength {
    pub fn code(self) -> &'static str {
        match self {
            Self::Example => "example",
            Self::Preferred => "preferred",
            Self::Extensible => "extensible",
            Self::Required => "required",
        }
    }
    fn parse(code: &str) -> Option<Self> {
        [
            Self::Example,
            Self::Preferred,
            Self::Extensible,
            Self::Required,
        ]
        .into_iter()
        .find(|one| one.code() == code)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub strength: Strength,
    /// Canonical, as the profile writes it or with the version of the profile's own package.
    pub value_set: String,
}

/// An invariant of an element (ElementDefinition.constraint).
#[derive(Debug)]
pub struct Constraint {
    pub key: String,
    pub severity: Severity,
    /// Words of its author, where the definition was posted here.
    pub human: Option<String>,
    pub expression: String,
    /// Parsed when first needed, or why it cannot be.
    pub(super) parsed: OnceLock<Result<crate::path::Expression, String>>,
}

impl Node {
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }
    /// A slice by its whole name, at whatever depth of reslicing.
    pub fn slice(&self, name: &str) -> Option<&Node> {
        self.slices.iter().find_map(|slice| {
            if slice.slice.as_deref() == Some(name) {
                return Some(slice);
            }
            slice.slice(name)
        })
    }
    /// Calls `change` with the child of that name, made where it is missing.
    pub(super) fn with_child(&mut self, name: &str, change: &mut dyn FnMut(&mut Node)) {
        if self.child(name).is_none() {
            self.children.push(Node::named(name));
        }
        if let Some(child) = self.children.iter_mut().find(|child| child.name == name) {
            change(child);
        }
    }
    /// Calls `change` with the slice of that whole name, made where it is missing. A reslice lies
    /// in the slice before its last `/`.
    pub(super) fn with_slice(&mut self, name: &str, change: &mut dyn FnMut(&mut Node)) {
        let is = |slice: &Node| slice.slice.as_deref() == Some(name);
        if !self.slices.iter().any(is) {
            let outer = name.rsplit_once('/').map(|(outer, _)| outer);
            if let Some(outer) = outer.filter(|outer| self.slice(outer).is_some()) {
                return self.with_slice(outer, &mut |slice| slice.with_slice(name, change));
            }
            self.slices.push(Node {
                slice: Some(name.to_owned()),
                ..Node::named(&self.name)
            });
        }
        if let Some(slice) = self.slices.iter_mut().find(|slice| is(slice)) {
            change(slice);
        }
    }

    /// Takes over what an ElementDefinition says. `pin` gives a canonical the version it has in
    /// the definition's own package.
    pub(super) fn apply(&mut self, element: Element<'_>, pin: &dyn Fn(&str) -> String) {
        let number = |name: &str| element.get(name)?.number()?.parse().ok();
        self.min = number("min").or(self.min);
        self.max_length = number("maxLength").or(self.max_length);
        let max = element.text_at("max");
        self.max = max.and_then(|max| Max::parse(&max)).or(self.max);
        if element.get("type").is_some() {
            let types = element.all("type").into_iter();
            self.types = types.map(|one| TypeRule::read(one, pin)).collect();
        }
        for (name, value) in element.members() {
            let sample = |prefix: &str| {
                let type_name = name.strip_prefix(prefix)?;
                let upper = type_name.starts_with(|c: char| c.is_ascii_uppercase());
                let type_name = type_name.to_owned();
                let document = value.to_document();
                upper.then(|| {
                    Arc::new(Sample {
                        type_name,
                        document,
                    })
                })
            };
            self.fixed = sample("fixed").or(self.fixed.take());
            self.pattern = sample("pattern").or(self.pattern.take());
            self.min_value = sample("minValue").or(self.min_value.take());
            self.max_value = sample("maxValue").or(self.max_value.take());
        }
        let binding = element
            .get("binding")
            .and_then(|one| Binding::read(one, pin));
        self.binding = binding.or(self.binding.take());
        for one in element.all("constraint") {
            if !is_of_base(one) {
                self.add(Constraint::read(one));
            }
        }
        self.must_support |= element.get("mustSupport").and_then(Element::bool) == Some(true);
        if let Some(slicing) = element.get("slicing") {
            self.slicing = Some(Slicing::read(slicing));
        }
    }

    fn add(&mut self, constraint: Constraint) {
        self.constraints.retain(|old| old.key != constraint.key);
        self.constraints.push(Arc::new(constraint));
    }
}

/// Whether a snapshot repeats an invariant of R4 itself, which base validation sees to.
pub(super) fn is_of_base(constraint: Element<'_>) -> bool {
    let source = constraint.text_at("source").unwrap_or_default();
    let core = source.strip_prefix(super::library::CORE);
    let key = constraint.text_at("key").unwrap_or_default();
    match core {
        Some("Element" | "DomainResource" | "Resource" | "BackboneElement") => true,
        Some(name) => super::merge::type_named(name).is_some(),
        None => ["ele-1", "ext-1", "dom-"]
            .iter()
            .any(|base| key.starts_with(base)),
    }
}

fn texts(element: Element<'_>, name: &str) -> Vec<String> {
    let all = element.all(name).into_iter();
    all.filter_map(|one| Some(one.str()?.into_owned()))
        .collect()
}

impl TypeRule {
    pub(super) fn of(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            ..Self::default()
        }
    }
    fn read(element: Element<'_>, pin: &dyn Fn(&str) -> String) -> Self {
        let pinned = |name: &str| {
            let all = texts(element, name);
            all.iter().map(|canonical| pin(canonical)).collect()
        };
        Self {
            code: element.text_at("code").unwrap_or_default().into_owned(),
            profiles: pinned("profile"),
            targets: pinned("targetProfile"),
            aggregation: texts(element, "aggregation"),
        }
    }
}

impl Binding {
    fn read(element: Element<'_>, pin: &dyn Fn(&str) -> String) -> Option<Self> {
        Some(Self {
            strength: Strength::parse(&element.text_at("strength")?)?,
            value_set: pin(&element.text_at("valueSet")?),
        })
    }
}

impl Constraint {
    fn read(element: Element<'_>) -> Self {
        let text = |name: &str| element.text_at(name).map(std::borrow::Cow::into_owned);
        Self {
            key: text("key").unwrap_or_default(),
            severity: match text("severity").as_deref() {
                Some("warning") => Severity::Warning,
                _ => Severity::Error,
            },
            human: text("human"),
            expression: text("expression").unwrap_or_default(),
            parsed: OnceLock::new(),
        }
    }
}
