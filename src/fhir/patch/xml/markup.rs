//! A tree of XML nodes that can be changed.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::xml::{ATTRIBUTES_MAX, FHIR, is_legal};

/// Nodes a tree may hold, and how deep they may lie within one another (narratives included).
const NODES_MAX: usize = 300_000;
const DEPTH_MAX: usize = 200;
/// The namespace that the prefix `xml` always stands for.
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// What a change cannot be made to.
const NO_ELEMENT: &str = "this is not an element";
const ROOT: &str = "the resource itself cannot be removed, replaced or given neighbours";

/// A name with its namespace; empty for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub space: String,
    pub local: String,
}

impl Name {
    pub fn plain(local: &str) -> Self {
        Self {
            space: String::new(),
            local: local.to_owned(),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub name: Name,
    pub attributes: Vec<(Name, String)>,
    /// Prefixes this element declares (empty for the default) and what they stand for.
    declared: Vec<(String, String)>,
    children: Vec<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Element(Tag),
    Text(String),
    Comment(String),
}

#[derive(Debug)]
struct Node {
    parent: Option<usize>,
    kind: Kind,
}

/// Nodes by number; the first is the root element.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Reads a text. Elements in no namespace are taken for FHIR's. Errors: why it is not XML, or
    /// more than is looked at.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut xml = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        xml.config_mut().check_comments = true;
        let mut tree = Self::default();
        let mut open: Vec<usize> = Vec::new();
        loop {
            let event = xml.read_event();
            match event.map_err(|error| format!("not well-formed XML: {error}"))? {
                Event::Start(tag) => {
                    let node = tree.element(&tag, open.last().copied())?;
                    open.push(node);
                    if open.len() > DEPTH_MAX {
                        return Err(format!("nested more than {DEPTH_MAX} elements deep"));
                    }
                }
                Event::Empty(tag) => {
                    tree.element(&tag, open.last().copied())?;
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Text(text) => tree.characters(open.last().copied(), &text)?,
                Event::CData(text) => tree.characters(open.last().copied(), &text)?,
                Event::GeneralRef(name) => {
                    let text = resolve(&name)?;
                    tree.characters(open.last().copied(), &text)?;
                }
                Event::Comment(text) => {
                    if let Some(parent) = open.last() {
                        tree.push(Some(*parent), Kind::Comment(text.to_string()))?;
                    }
                }
                Event::DocType(_) => {
                    return Err("a document type (DOCTYPE) is not allowed".to_owned());
                }
                Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        match (tree.nodes.is_empty(), open.is_empty()) {
            (true, _) => Err("there is no XML element".to_owned()),
            (_, false) => Err("the text ends inside an element".to_owned()),
            _ => Ok(tree),
        }
    }

    fn push(&mut self, parent: Option<usize>, kind: Kind) -> Result<usize, String> {
        let number = self.nodes.len();
        if number >= NODES_MAX {
            return Err(format!("XML of more than {NODES_MAX} nodes is not patched"));
        }
        self.nodes.push(Node { parent, kind });
        if let Some(children) = parent.and_then(|parent| self.children_mut(parent)) {
            children.push(number);
        }
        Ok(number)
    }

    fn element(&mut self, tag: &BytesStart<'_>, parent: Option<usize>) -> Result<usize, String> {
        if parent.is_none() && !self.nodes.is_empty() {
            return Err("there is more than one root".to_owned());
        }
        let mut declared = Vec::new();
        let mut named: Vec<(String, String)> = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| format!("not well-formed XML: {error}"))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| format!("not well-formed XML: {error}"))?;
            let name = attribute.key.into_inner();
            match name.strip_prefix("xmlns") {
                Some("") => declared.push((String::new(), value.into_owned())),
                Some(rest) if rest.starts_with(':') => {
                    let prefix = rest.trim_start_matches(':').to_owned();
                    declared.push((prefix, value.into_owned()));
                }
                _ => named.push((name.to_owned(), value.into_owned())),
            }
            if declared.len() + named.len() > ATTRIBUTES_MAX {
                return Err(format!("more than {ATTRIBUTES_MAX} attributes"));
            }
        }
        let tagged = tag.name();
        let tagged = tagged.into_inner().to_owned();
        let number = self.push(
            parent,
            Kind::Element(Tag {
                name: Name::plain(""),
                attributes: Vec::new(),
                declared,
                children: Vec::new(),
            }),
        )?;
        let name = self.expand(number, &tagged, true)?;
        let mut attributes = Vec::with_capacity(named.len());
        for (name, value) in named {
            attributes.push((self.expand(number, &name, false)?, value));
        }
        if let Some(tag) = self.tag_mut(number) {
            tag.name = name;
            tag.attributes = attributes;
        }
        Ok(number)
    }

    /// A name as written, with what its prefix stands for at a node.
    fn expand(&self, node: usize, written: &str, element: bool) -> Result<Name, String> {
        let (prefix, local) = match written.split_once(':') {
            Some((prefix, local)) => (Some(prefix), local),
            None => (None, written),
        };
        let space = match prefix {
            Some(prefix) => {
                let space = self.namespace(node, prefix);
                space
                    .ok_or_else(|| format!("the prefix {} is not declared", super::shown(prefix)))?
            }
            None if element => self.namespace(node, "").unwrap_or_default(),
            None => String::new(),
        };
        let space = match element && space.is_empty() {
            true => FHIR.to_owned(),
            false => space,
        };
        Ok(Name {
            space,
            local: local.to_owned(),
        })
    }

    /// What a prefix (empty for the default) stands for at a node.
    pub fn namespace(&self, node: usize, prefix: &str) -> Option<String> {
        if prefix == "xml" {
            return Some(XML.to_owned());
        }
        let mut at = Some(node);
        while let Some(node) = at.and_then(|at| self.nodes.get(at)) {
            if let Kind::Element(tag) = &node.kind
                && let Some((_, space)) = tag.declared.iter().find(|(own, _)| own == prefix)
            {
                return Some(space.clone());
            }
            at = node.parent;
        }
        None
    }

    fn characters(&mut self, parent: Option<usize>, text: &str) -> Result<(), String> {
        if !text.chars().all(is_legal) {
            return Err("a character that XML does not allow".to_owned());
        }
        let Some(parent) = parent else {
            return match text.trim().is_empty() {
                true => Ok(()),
                false => Err("there is text outside of the root".to_owned()),
            };
        };
        // References and sections do not part a text.
        let last = self.children(parent).last().copied();
        let last = last.and_then(|last| self.nodes.get_mut(last));
        if let Some(Node {
            kind: Kind::Text(own),
            ..
        }) = last
        {
            own.push_str(text);
            return Ok(());
        }
        self.push(Some(parent), Kind::Text(text.to_owned()))
            .map(|_| ())
    }

    pub fn root(&self) -> usize {
        0
    }
    pub fn kind(&self, node: usize) -> Option<&Kind> {
        self.nodes.get(node).map(|node| &node.kind)
    }
    pub fn tag(&self, node: usize) -> Option<&Tag> {
        match self.kind(node) {
            Some(Kind::Element(tag)) => Some(tag),
            _ => None,
        }
    }
    fn tag_mut(&mut self, node: usize) -> Option<&mut Tag> {
        match self.nodes.get_mut(node).map(|node| &mut node.kind) {
            Some(Kind::Element(tag)) => Some(tag),
            _ => None,
        }
    }
    pub fn local(&self, node: usize) -> Option<&str> {
        self.tag(node).map(|tag| tag.name.local.as_str())
    }
    pub fn children(&self, node: usize) -> &[usize] {
        self.tag(node).map_or(&[], |tag| &tag.children)
    }
    fn children_mut(&mut self, node: usize) -> Option<&mut Vec<usize>> {
        self.tag_mut(node).map(|tag| &mut tag.children)
    }
    /// The elements among the children of a node.
    pub fn elements(&self, node: usize) -> impl Iterator<Item = usize> {
        let all = self.children(node).iter().copied();
        all.filter(|child| self.tag(*child).is_some())
    }
    /// The text directly inside a node.
    pub fn text(&self, node: usize) -> String {
        match self.kind(node) {
            Some(Kind::Text(text)) => text.clone(),
            _ => {
                let all = self.children(node).iter();
                let texts = all.filter_map(|child| match self.kind(*child) {
                    Some(Kind::Text(text)) => Some(text.as_str()),
                    _ => None,
                });
                texts.collect()
            }
        }
    }
    pub fn attribute(&self, node: usize, name: &Name) -> Option<&str> {
        let mut all = self.tag(node)?.attributes.iter();
        all.find(|(own, _)| own == name).map(|(_, v)| v.as_str())
    }

    /// The parent of a node and the node's place there. Errors: the root.
    pub fn place(&self, node: usize) -> Result<(usize, usize), String> {
        let parent = self.nodes.get(node).and_then(|node| node.parent);
        let parent = parent.ok_or(ROOT)?;
        let at = self
            .children(parent)
            .iter()
            .position(|child| *child == node);
        Ok((parent, at.ok_or(ROOT)?))
    }

    pub fn detach(&mut self, node: usize) -> Result<(), String> {
        let (parent, at) = self.place(node)?;
        if let Some(children) = self.children_mut(parent) {
            children.remove(at);
        }
        Ok(())
    }

    pub fn set_attribute(&mut self, node: usize, name: &Name, value: String) -> Result<(), String> {
        let tag = self.tag_mut(node).ok_or(NO_ELEMENT)?;
        match tag.attributes.iter_mut().find(|(own, _)| own == name) {
            Some((_, own)) => *own = value,
            None => tag.attributes.push((name.clone(), value)),
        }
        Ok(())
    }

    pub fn remove_attribute(&mut self, node: usize, name: &Name) -> Result<(), String> {
        let tag = self.tag_mut(node).ok_or(NO_ELEMENT)?;
        tag.attributes.retain(|(own, _)| own != name);
        Ok(())
    }

    /// Copies nodes of another tree among the children of an element.
    pub fn graft(
        &mut self,
        parent: usize,
        at: usize,
        from: &Self,
        brought: &[usize],
    ) -> Result<(), String> {
        let mut copies = Vec::with_capacity(brought.len());
        for node in brought {
            copies.push(self.copy(from, *node)?);
        }
        for copy in &copies {
            if let Some(node) = self.nodes.get_mut(*copy) {
                node.parent = Some(parent);
            }
        }
        let children = self.children_mut(parent).ok_or(NO_ELEMENT)?;
        let at = at.min(children.len());
        children.splice(at..at, copies);
        Ok(())
    }

    fn copy(&mut self, from: &Self, node: usize) -> Result<usize, String> {
        let mut kind = from.kind(node).cloned().ok_or(NO_ELEMENT)?;
        if let Kind::Element(tag) = &mut kind {
            tag.children = Vec::new();
        }
        let copy = self.push(None, kind)?;
        for child in from.children(node) {
            let child = self.copy(from, *child)?;
            if let Some(node) = self.nodes.get_mut(child) {
                node.parent = Some(copy);
            }
            if let Some(children) = self.children_mut(copy) {
                children.push(child);
            }
        }
        Ok(copy)
    }

    /// The tree as text. Errors: nested too deep.
    pub fn write(&self) -> Result<String, String> {
        let mut out = String::new();
        self.write_node(self.root(), "", 0, &mut out)?;
        Ok(out)
    }

    fn write_node(
        &self,
        node: usize,
        outer: &str,
        depth: usize,
        out: &mut String,
    ) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err(format!("nested more than {DEPTH_MAX} elements deep"));
        }
        let tag = match self.kind(node) {
            Some(Kind::Element(tag)) => tag,
            Some(Kind::Text(text)) => {
                escape(text, out);
                return Ok(());
            }
            Some(Kind::Comment(text)) => {
                out.push_str(&format!("<!--{text}-->"));
                return Ok(());
            }
            None => return Ok(()),
        };
        out.push('<');
        out.push_str(&tag.name.local);
        if tag.name.space != outer {
            write_attribute("xmlns", &tag.name.space, out);
        }
        for (at, (name, value)) in tag.attributes.iter().enumerate() {
            match name.space.as_str() {
                "" => write_attribute(&name.local, value, out),
                XML => write_attribute(&format!("xml:{}", name.local), value, out),
                space => {
                    write_attribute(&format!("xmlns:p{at}"), space, out);
                    write_attribute(&format!("p{at}:{}", name.local), value, out);
                }
            }
        }
        if tag.children.is_empty() {
            out.push_str("/>");
            return Ok(());
        }
        out.push('>');
        for child in &tag.children {
            self.write_node(*child, &tag.name.space, depth + 1, out)?;
        }
        out.push_str(&format!("</{}>", tag.name.local));
        Ok(())
    }
}

fn write_attribute(name: &str, value: &str, out: &mut String) {
    out.push_str(&format!(" {name}=\""));
    escape(value, out);
    out.push('"');
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
}

/// What a reference stands for: a character, or one of XML's own five entities.
fn resolve(name: &BytesRef<'_>) -> Result<String, String> {
    let unknown = || format!("the entity {} is not defined", super::shown(name));
    match name.resolve_char_ref() {
        Ok(Some(c)) => return Ok(c.to_string()),
        Ok(None) => {}
        Err(_) => return Err(unknown()),
    }
    let text = quick_xml::escape::resolve_xml_entity(name).ok_or_else(unknown)?;
    Ok(text.to_owned())
}
