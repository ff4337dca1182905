//! The part of XPath by which an XML Patch names its place (RFC 5261 4.1): a path of children with
//! positions, attributes and values of children.

use super::markup::{Kind, Name, Tree};
use crate::xml::FHIR;

/// Length of a selector in bytes, and predicates of one step.
const LENGTH_MAX: usize = 2_000;
const PREDICATES_MAX: usize = 8;

/// What a selector came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Node(usize),
    Attribute(usize, Name),
}

#[derive(Debug, PartialEq, Eq)]
enum Test {
    Any,
    Named(Name),
    Text,
}

#[derive(Debug, PartialEq, Eq)]
enum Predicate {
    /// From 1 on.
    Position(usize),
    /// An attribute of the node, or of a child of that name, has a value.
    Attribute(Option<Name>, Name, String),
    /// The text of the node, or of a child of that name.
    Text(Option<Name>, String),
}

#[derive(Debug)]
struct Step {
    test: Test,
    predicates: Vec<Predicate>,
}

/// A selector, read.
#[derive(Debug)]
pub(super) struct Selector {
    steps: Vec<Step>,
    attribute: Option<Name>,
}

/// What a prefix stands for.
type Prefixes<'p> = dyn Fn(&str) -> Option<String> + 'p;

impl Selector {
    /// Errors: what is not of this part of XPath.
    pub fn parse(text: &str, prefixes: &Prefixes<'_>) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("longer than {LENGTH_MAX} bytes"));
        }
        let rest = text.trim();
        let mut scan = Scan {
            rest: rest.strip_prefix('/').unwrap_or(rest),
            prefixes,
        };
        let mut found = Self {
            steps: Vec::new(),
            attribute: None,
        };
        loop {
            if scan.take("@") {
                found.attribute = Some(scan.name(false)?);
                break;
            }
            found.steps.push(scan.step()?);
            if !scan.take("/") {
                break;
            }
        }
        match scan.rest.trim().is_empty() && !found.steps.is_empty() {
            true => Ok(found),
            false => Err(format!("cannot be read from “{}” on", shown(scan.rest))),
        }
    }

    /// The one place it names. Errors: none or several, or too much to look at.
    pub fn find(&self, tree: &Tree, steps: &mut usize) -> Result<Found, String> {
        let mut nodes: Vec<usize> = Vec::new();
        for (depth, step) in self.steps.iter().enumerate() {
            let root = [tree.root()];
            let mut next = Vec::new();
            if depth == 0 {
                step.select(tree, &root, &mut next, steps)?;
            }
            for node in nodes {
                step.select(tree, tree.children(node), &mut next, steps)?;
            }
            nodes = next;
        }
        if let Some(name) = &self.attribute {
            nodes.retain(|node| tree.attribute(*node, name).is_some());
        }
        match (nodes.as_slice(), &self.attribute) {
            ([one], None) => Ok(Found::Node(*one)),
            ([one], Some(name)) => Ok(Found::Attribute(*one, name.clone())),
            ([], _) => Err("sel names nothing that is there".to_owned()),
            (several, _) => Err(format!("sel names {} places, not one", several.len())),
        }
    }
}

impl Step {
    /// Adds those among siblings that the step names.
    fn select(
        &self,
        tree: &Tree,
        siblings: &[usize],
        out: &mut Vec<usize>,
        steps: &mut usize,
    ) -> Result<(), String> {
        let cost = siblings.len().saturating_add(1);
        spend(steps, cost)?;
        let tested = |node: &usize| match (&self.test, tree.kind(*node)) {
            (Test::Any, Some(Kind::Element(_))) => true,
            (Test::Named(name), Some(Kind::Element(tag))) => tag.name == *name,
            (Test::Text, Some(Kind::Text(_))) => true,
            _ => false,
        };
        let mut kept: Vec<usize> = siblings.iter().copied().filter(tested).collect();
        for predicate in &self.predicates {
            match predicate {
                Predicate::Position(at) => {
                    let one = at.checked_sub(1).and_then(|at| kept.get(at)).copied();
                    kept = one.into_iter().collect();
                }
                _ => {
                    let seen: usize = kept.iter().map(|node| tree.children(*node).len() + 1).sum();
                    spend(steps, seen)?;
                    kept.retain(|node| predicate.holds(tree, *node));
                }
            }
        }
        out.extend(kept);
        Ok(())
    }
}

impl Predicate {
    fn holds(&self, tree: &Tree, node: usize) -> bool {
        let among = |child: &Option<Name>, fits: &dyn Fn(usize) -> bool| match child {
            None => fits(node),
            Some(name) => tree
                .elements(node)
                .filter(|child| tree.tag(*child).is_some_and(|tag| tag.name == *name))
                .any(fits),
        };
        match self {
            Self::Position(_) => false,
            Self::Attribute(child, name, value) => among(child, &|at| {
                tree.attribute(at, name).is_some_and(|own| own == value)
            }),
            Self::Text(child, value) => among(child, &|at| tree.text(at) == *value),
        }
    }
}

fn spend(steps: &mut usize, cost: usize) -> Result<(), String> {
    let most = super::XML_STEPS_MAX;
    let left = steps.checked_sub(cost);
    *steps = left.ok_or_else(|| format!("the patch looks at more than {most} nodes"))?;
    Ok(())
}

struct Scan<'t> {
    rest: &'t str,
    prefixes: &'t Prefixes<'t>,
}

impl Scan<'_> {
    fn take(&mut self, sign: &str) -> bool {
        let trimmed = self.rest.trim_start();
        match trimmed.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        match self.take(sign) {
            true => Ok(()),
            false => Err(format!("expected {sign} at “{}”", shown(self.rest))),
        }
    }

    fn word(&mut self) -> Result<String, String> {
        let trimmed = self.rest.trim_start();
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let end = trimmed.find(|c| !part(c)).unwrap_or(trimmed.len());
        let (word, rest) = trimmed.split_at(end);
        let letter = word.chars().next();
        if !letter.is_some_and(|c| c.is_alphabetic() || c == '_') {
            return Err(format!("expected a name at “{}”", shown(trimmed)));
        }
        self.rest = rest;
        Ok(word.to_owned())
    }

    /// A name with its namespace; without a prefix the default one, or FHIR's where there is none.
    fn name(&mut self, element: bool) -> Result<Name, String> {
        let first = self.word()?;
        let (prefix, local) = match self.rest.strip_prefix(':') {
            Some(rest) if !rest.starts_with(':') => {
                self.rest = rest;
                (Some(first), self.word()?)
            }
            Some(_) => return Err(format!("axes such as {first}:: are not supported")),
            None => (None, first),
        };
        let space = match &prefix {
            Some(prefix) => {
                let space = (self.prefixes)(prefix);
                space.ok_or_else(|| format!("the prefix {} is not declared", shown(prefix)))?
            }
            None if element => (self.prefixes)("").unwrap_or_default(),
            None => String::new(),
        };
        let space = match element && space.is_empty() {
            true => FHIR.to_owned(),
            false => space,
        };
        Ok(Name { space, local })
    }

    fn step(&mut self) -> Result<Step, String> {
        let test = if self.take("*") {
            Test::Any
        } else if self.take("text()") {
            Test::Text
        } else {
            let name = self.name(true)?;
            if self.rest.starts_with('(') {
                return Err(format!("{}() is not supported", name.local));
            }
            Test::Named(name)
        };
        let mut predicates = Vec::new();
        while self.take("[") {
            if predicates.len() >= PREDICATES_MAX {
                return Err(format!("a step has at most {PREDICATES_MAX} predicates"));
            }
            predicates.push(self.predicate()?);
            self.expect("]")?;
        }
        Ok(Step { test, predicates })
    }

    fn predicate(&mut self) -> Result<Predicate, String> {
        let trimmed = self.rest.trim_start();
        let digits = trimmed.find(|c: char| !c.is_ascii_digit());
        let (number, rest) = trimmed.split_at(digits.unwrap_or(trimmed.len()));
        if !number.is_empty() {
            self.rest = rest;
            let at = number.parse::<usize>().ok().filter(|at| *at > 0);
            return Ok(Predicate::Position(at.ok_or("positions count from 1")?));
        }
        if self.take("@") {
            let name = self.name(false)?;
            return Ok(Predicate::Attribute(None, name, self.equals()?));
        }
        if self.take(".") || self.take("text()") {
            return Ok(Predicate::Text(None, self.equals()?));
        }
        let child = self.name(true)?;
        if self.take("/") {
            self.expect("@")?;
            let name = self.name(false)?;
            return Ok(Predicate::Attribute(Some(child), name, self.equals()?));
        }
        Ok(Predicate::Text(Some(child), self.equals()?))
    }

    fn equals(&mut self) -> Result<String, String> {
        self.expect("=")?;
        let trimmed = self.rest.trim_start();
        let quote = trimmed.chars().next().filter(|c| matches!(c, '"' | '\''));
        let inner = quote.and_then(|quote| trimmed.get(1..)?.split_once(quote));
        let (value, rest) = inner.ok_or("expected a value in quotes")?;
        self.rest = rest;
        Ok(value.to_owned())
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
