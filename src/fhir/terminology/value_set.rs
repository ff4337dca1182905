//! A value set read into its rules: what it includes, what it excludes, and a given expansion.

use std::sync::OnceLock;

use regex::Regex;

use super::code_system::{Designation, designations};
use crate::{Document, Element};

/// How a filter compares (R4 `FilterOperator`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    IsA,
    DescendentOf,
    IsNotA,
    Regex,
    In,
    NotIn,
    Generalizes,
    Exists,
}

impl Operator {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "=" => Self::Equal,
            "is-a" => Self::IsA,
            "descendent-of" => Self::DescendentOf,
            "is-not-a" => Self::IsNotA,
            "regex" => Self::Regex,
            "in" => Self::In,
            "not-in" => Self::NotIn,
            "generalizes" => Self::Generalizes,
            "exists" => Self::Exists,
            _ => return None,
        })
    }
}

/// One condition on concepts. An operator R4 does not have is `None`: nobody knows what it selects.
#[derive(Debug, Clone)]
pub struct Filter {
    pub property: Box<str>,
    pub operator: Option<Operator>,
    pub value: Box<str>,
    /// The value as a pattern, read when first needed; `None` where it is none.
    pub(super) pattern: OnceLock<Option<Regex>>,
}

/// Largest compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

impl Filter {
    /// The value as a pattern of whole texts.
    pub(super) fn pattern(&self) -> Option<&Regex> {
        let read = || {
            let whole = format!("^(?:{})$", self.value);
            let mut builder = regex::RegexBuilder::new(&whole);
            builder.size_limit(PATTERN_BYTES_MAX).build().ok()
        };
        self.pattern.get_or_init(read).as_ref()
    }
}

/// A concept named by a value set.
#[derive(Debug, Clone)]
pub struct Named {
    pub code: Box<str>,
    pub display: Option<Box<str>>,
    pub designations: Vec<Designation>,
}

/// One include or exclude: what fits all of its parts.
#[derive(Debug, Clone, Default)]
pub struct Part {
    pub system: Option<Box<str>>,
    pub version: Option<Box<str>>,
    /// Empty where the part does not list concepts.
    pub concepts: Vec<Named>,
    /// Positions of them, by code.
    pub(super) order: Vec<u32>,
    pub filters: Vec<Filter>,
    /// Canonicals of other value sets.
    pub value_sets: Vec<Box<str>>,
}

impl Part {
    /// The concept of that code, where the part lists it.
    pub fn named(&self, code: &str, case_sensitive: bool) -> Option<&Named> {
        let at = |position: &u32| self.concepts.get(*position as usize);
        let by_code = |position: &u32| at(position).map_or("", |one| &*one.code).cmp(code);
        let exact = self.order.binary_search_by(by_code).ok();
        let exact = exact.and_then(|found| at(self.order.get(found)?));
        if exact.is_some() || case_sensitive {
            return exact;
        }
        let folded = code.to_lowercase();
        self.concepts
            .iter()
            .find(|one| one.code.to_lowercase() == folded)
    }
}

/// A code of a given expansion.
#[derive(Debug, Clone)]
pub struct Contained {
    pub system: Box<str>,
    pub version: Option<Box<str>>,
    pub is_abstract: bool,
    pub inactive: bool,
    pub named: Named,
}

/// An expansion that came with the value set.
#[derive(Debug, Clone)]
pub struct Given {
    pub contains: Vec<Contained>,
    /// Whether it is all of it, not a page.
    pub whole: bool,
}

/// A value set.
#[derive(Debug, Clone, Default)]
pub struct ValueSet {
    pub url: Box<str>,
    pub version: Option<Box<str>>,
    /// `compose.inactive`: whether inactive codes belong to it.
    pub inactive: Option<bool>,
    pub include: Vec<Part>,
    pub exclude: Vec<Part>,
    pub given: Option<Given>,
}

impl ValueSet {
    /// Reads a ValueSet.
    pub fn read(document: &Document) -> Self {
        Self::of(document.root())
    }

    /// Reads a ValueSet that stands inside another document (a parameter).
    pub fn of(root: Element<'_>) -> Self {
        let text = |name: &str| root.get(name).and_then(Element::str);
        let parts = |path: &str| root.all(path).into_iter().map(part).collect();
        Self {
            url: text("url").unwrap_or_default().into(),
            version: text("version").map(Into::into),
            inactive: root.first("compose.inactive").and_then(Element::bool),
            include: parts("compose.include"),
            exclude: parts("compose.exclude"),
            given: root.get("expansion").map(given),
        }
    }

    /// The value set of every code of a system.
    pub fn of_all(url: &str, system: &str, version: Option<&str>) -> Self {
        let part = Part {
            system: Some(system.into()),
            version: version.map(Into::into),
            ..Part::default()
        };
        Self {
            url: url.into(),
            include: vec![part],
            ..Self::default()
        }
    }
}

fn named(element: Element<'_>) -> Option<Named> {
    Some(Named {
        code: element.text_at("code")?.into(),
        display: element.text_at("display").map(Into::into),
        designations: designations(element),
    })
}

fn part(element: Element<'_>) -> Part {
    let text = |name: &str| element.get(name).and_then(Element::str).map(Into::into);
    let filter = |one: Element<'_>| Filter {
        property: one.text_at("property").unwrap_or_default().into(),
        operator: Operator::read(&one.text_at("op").unwrap_or_default()),
        value: one.text_at("value").unwrap_or_default().into(),
        pattern: OnceLock::new(),
    };
    let concepts: Vec<Named> = element
        .all("concept")
        .into_iter()
        .filter_map(named)
        .collect();
    let mut order: Vec<u32> = (0..concepts.len() as u32).collect();
    let code = |at: u32| concepts.get(at as usize).map_or("", |one| &*one.code);
    order.sort_by(|a, b| code(*a).cmp(code(*b)));
    Part {
        system: text("system"),
        version: text("version"),
        order,
        concepts,
        filters: element.all("filter").into_iter().map(filter).collect(),
        value_sets: element
            .all("valueSet")
            .iter()
            .filter_map(|one| one.str().map(Into::into))
            .collect(),
    }
}

fn given(expansion: Element<'_>) -> Given {
    let mut contains = Vec::new();
    collect(expansion, &mut contains);
    let number = |name: &str| {
        let digits = expansion.get(name).and_then(Element::number);
        digits.and_then(|digits| digits.parse::<usize>().ok())
    };
    let first = number("offset").unwrap_or(0) == 0;
    let whole = number("total").is_none_or(|total| total <= contains.len());
    Given {
        whole: first && whole,
        contains,
    }
}

/// Codes in order, nested ones after what holds them. Documents are not deep, so neither is this.
fn collect(holder: Element<'_>, found: &mut Vec<Contained>) {
    for element in holder.all("contains") {
        let is = |name: &str| element.get(name).and_then(Element::bool) == Some(true);
        if let (Some(named), Some(system)) = (named(element), element.text_at("system")) {
            found.push(Contained {
                system: system.into(),
                version: element.text_at("version").map(Into::into),
                is_abstract: is("abstract"),
                inactive: is("inactive"),
                named,
            });
        }
        collect(element, found);
    }
}
