//! A code system read into lookups: concepts, their hierarchy, properties and designations.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::hierarchy::Hierarchy;
use crate::{Document, Element};

/// How much of a code system's content is here (R4 `CodeSystemContentMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Every code.
    Complete,
    /// Some codes (`fragment`, `example`): one that is not here may exist all the same.
    Part,
    /// None.
    NotPresent,
    /// Additions to another code system.
    Supplement,
}

/// A name of a concept in some language or for some use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Designation {
    pub language: Option<Box<str>>,
    /// The Coding of its use as JSON.
    pub usage: Option<Box<str>>,
    pub value: Box<str>,
}

/// A property of a concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    pub code: Box<str>,
    /// `code`, `Coding`, `string`, `integer`, `boolean`, `dateTime` or `decimal`.
    pub datatype: Box<str>,
    /// What filters compare: the code of a Coding, else the value as written.
    pub text: Box<str>,
    /// The value as JSON.
    pub json: Box<str>,
}

/// A concept of a code system.
#[derive(Debug, Clone, Default)]
pub struct Concept {
    pub code: Box<str>,
    pub display: Option<Box<str>>,
    pub definition: Option<Box<str>>,
    pub designations: Vec<Designation>,
    pub properties: Vec<Property>,
}

impl Concept {
    fn has(&self, code: &str, values: &[&str]) -> bool {
        let mut all = self.properties.iter();
        all.any(|one| &*one.code == code && values.contains(&&*one.text))
    }
    /// No longer to be used: the property `inactive`, or a `status` that says so.
    pub fn is_inactive(&self) -> bool {
        self.has("inactive", &["true"]) || self.has("status", &["inactive", "retired"])
    }
    /// Groups others and is not to be chosen itself.
    pub fn is_abstract(&self) -> bool {
        self.has("notSelectable", &["true"]) || self.has("abstract", &["true"])
    }
}

/// A code system with lookups by code and along the hierarchy.
#[derive(Debug)]
pub struct CodeSystem {
    pub url: Box<str>,
    pub version: Option<Box<str>>,
    pub name: Box<str>,
    pub language: Option<Box<str>>,
    pub content: Content,
    pub case_sensitive: bool,
    /// Whether a child in the hierarchy is a kind of its parent.
    pub children_are_kinds: bool,
    /// In the order of definition, children after their parent.
    pub concepts: Vec<Concept>,
    pub hierarchy: Hierarchy,
    /// Codes of the properties it declares.
    declared: Vec<Box<str>>,
    /// Positions of concepts, by code.
    order: Vec<u32>,
}

/// Properties every code system may use undeclared (R4 4.8.12).
const WELL_KNOWN: [&str; 9] = [
    "child",
    "code",
    "concept",
    "deprecationDate",
    "display",
    "inactive",
    "notSelectable",
    "parent",
    "status",
];

impl CodeSystem {
    /// Reads a CodeSystem. Concepts without a code are passed over.
    pub fn read(document: &Document) -> Self {
        let root = document.root();
        let text = |name: &str| root.get(name).and_then(Element::str);
        let content = match text("content").as_deref() {
            Some("complete") => Content::Complete,
            Some("supplement") => Content::Supplement,
            Some("fragment" | "example") => Content::Part,
            _ => Content::NotPresent,
        };
        let mut reader = Reader::new(root);
        reader.concepts(root, None);
        let case_sensitive = root.get("caseSensitive").and_then(Element::bool) != Some(false);
        let mut order: Vec<u32> = (0..reader.concepts.len() as u32).collect();
        let code = |at: u32| reader.concepts.get(at as usize).map_or("", |c| &*c.code);
        order.sort_by(|a, b| compare(code(*a), code(*b), case_sensitive).then(a.cmp(b)));
        let hierarchy = reader.hierarchy(&order, case_sensitive);
        Self {
            url: text("url").unwrap_or_default().into(),
            version: text("version").map(Into::into),
            name: text("name").unwrap_or_default().into(),
            language: text("language").map(Into::into),
            content,
            case_sensitive,
            children_are_kinds: !matches!(
                text("hierarchyMeaning").as_deref(),
                Some("grouped-by" | "part-of")
            ),
            declared: reader.declared,
            concepts: reader.concepts,
            hierarchy,
            order,
        }
    }

    /// Where a code is in [`Self::concepts`].
    pub fn position(&self, code: &str) -> Option<u32> {
        position(&self.concepts, &self.order, code, self.case_sensitive)
    }

    /// The concept at a position.
    pub fn at(&self, position: u32) -> Option<&Concept> {
        self.concepts.get(position as usize)
    }

    /// The concept of a code.
    pub fn concept(&self, code: &str) -> Option<&Concept> {
        self.at(self.position(code)?)
    }

    /// Whether a filter may ask for this property.
    pub fn knows_property(&self, code: &str) -> bool {
        let declared = self.declared.iter().any(|one| &**one == code);
        declared || WELL_KNOWN.contains(&code)
    }
}

fn position(concepts: &[Concept], order: &[u32], code: &str, case_sensitive: bool) -> Option<u32> {
    let at = order.binary_search_by(|at| {
        let found = concepts.get(*at as usize).map_or("", |c| &*c.code);
        compare(found, code, case_sensitive)
    });
    order.get(at.ok()?).copied()
}

fn compare(a: &str, b: &str, case_sensitive: bool) -> Ordering {
    if case_sensitive {
        return a.cmp(b);
    }
    let folded = |text: &str| text.to_lowercase();
    folded(a).cmp(&folded(b))
}

/// What a concept's property says about its place in the hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Parent,
    Child,
}

struct Reader {
    concepts: Vec<Concept>,
    declared: Vec<Box<str>>,
    /// Properties that link concepts, by code.
    links: HashMap<Box<str>, Link>,
    /// Child and parent, from nesting.
    nested: Vec<(u32, u32)>,
}

impl Reader {
    fn new(root: Element<'_>) -> Self {
        let mut links: HashMap<Box<str>, Link> = HashMap::from([
            ("parent".into(), Link::Parent),
            ("subsumedBy".into(), Link::Parent),
            ("child".into(), Link::Child),
        ]);
        let mut declared = Vec::new();
        for property in root.all("property") {
            let code: Box<str> = property.text_at("code").unwrap_or_default().into();
            let uri = property.text_at("uri").unwrap_or_default();
            match uri.strip_prefix("http://hl7.org/fhir/concept-properties#") {
                Some("parent" | "subsumedBy") => links.insert(code.clone(), Link::Parent),
                Some("child") => links.insert(code.clone(), Link::Child),
                _ => None,
            };
            declared.push(code);
        }
        Self {
            concepts: Vec::new(),
            declared,
            links,
            nested: Vec::new(),
        }
    }

    /// Reads the concepts of a holder. Documents are not deep, so neither is this.
    fn concepts(&mut self, holder: Element<'_>, parent: Option<u32>) {
        for element in holder.all("concept") {
            let Some(code) = element.text_at("code") else {
                continue;
            };
            let at = self.concepts.len() as u32;
            self.concepts.push(Concept {
                code: code.into(),
                display: element.text_at("display").map(Into::into),
                definition: element.text_at("definition").map(Into::into),
                designations: designations(element),
                properties: element
                    .all("property")
                    .into_iter()
                    .filter_map(property)
                    .collect(),
            });
            self.nested.extend(parent.map(|parent| (at, parent)));
            self.concepts(element, Some(at));
        }
    }

    fn hierarchy(&self, order: &[u32], case_sensitive: bool) -> Hierarchy {
        let mut edges = self.nested.clone();
        for (at, concept) in (0u32..).zip(&self.concepts) {
            for property in &concept.properties {
                let Some(link) = self.links.get(&property.code) else {
                    continue;
                };
                let other = position(&self.concepts, order, &property.text, case_sensitive);
                match (link, other) {
                    (Link::Parent, Some(parent)) => edges.push((at, parent)),
                    (Link::Child, Some(child)) => edges.push((child, at)),
                    (_, None) => {}
                }
            }
        }
        Hierarchy::new(self.concepts.len(), edges)
    }
}

/// The designations of a concept or of a value set's concept.
pub(super) fn designations(concept: Element<'_>) -> Vec<Designation> {
    let all = concept.all("designation").into_iter();
    all.filter_map(|one| {
        Some(Designation {
            language: one.text_at("language").map(Into::into),
            usage: one.get("use").map(|usage| usage.raw().into()),
            value: one.text_at("value")?.into(),
        })
    })
    .collect()
}

fn property(element: Element<'_>) -> Option<Property> {
    let code = element.text_at("code")?.into();
    let mut values = element.members();
    let (name, value) = values.find(|(name, _)| name.starts_with("value"))?;
    let (_, datatype) = name.split_at_checked(5)?;
    let datatype = match datatype {
        "Coding" => "Coding".to_owned(),
        other => first_small(other),
    };
    let text = match value.get("code") {
        Some(code) => code.str(),
        None => value.str(),
    };
    Some(Property {
        code,
        datatype: datatype.into(),
        text: text.unwrap_or(value.raw().into()).into(),
        json: value.raw().into(),
    })
}

fn first_small(name: &str) -> String {
    let (first, rest) = name.split_at_checked(1).unwrap_or((name, ""));
    format!("{}{rest}", first.to_ascii_lowercase())
}
