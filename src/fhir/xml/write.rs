//! From a JSON document to XML.

use std::borrow::Cow;

use super::{FHIR, XHTML, is_attribute, is_legal};
use crate::definitions::{self, Content, Primitive, Slot, Type, r4};
use crate::json::Kind;
use crate::{Document, Element, ResourceType};

/// A resource as XML text, with line breaks and indents if `pretty`. Members that R4 does not
/// define are left out; what is no resource at all is the empty text.
pub fn write(document: &Document, pretty: bool) -> String {
    let mut writer = Writer {
        out: String::with_capacity(document.text().len() * 5 / 4 + 128),
        pretty,
        depth: 0,
    };
    writer
        .out
        .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    if !pretty {
        writer.out.push('\n');
    }
    if writer.resource(document.root(), true).is_none() {
        return String::new();
    }
    if pretty {
        writer.out.push('\n');
    }
    writer.out
}

/// A member of an object with its sibling of the same name and an underscore.
struct Part<'d> {
    slot: &'static Slot,
    value: Option<Element<'d>>,
    sibling: Option<Element<'d>>,
}

struct Writer {
    out: String,
    pretty: bool,
    depth: usize,
}

impl Writer {
    fn line(&mut self) {
        if self.pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn resource(&mut self, element: Element<'_>, outermost: bool) -> Option<()> {
        let name = element.resource_type_name()?;
        let of = definitions::resource(ResourceType::from_name(&name)?);
        let namespace = outermost.then_some(FHIR);
        self.object(of.name, Some(element), of, None, namespace);
        Some(())
    }

    /// An element with its attributes and children; `value` is a primitive's own.
    fn object(
        &mut self,
        tag: &str,
        element: Option<Element<'_>>,
        of: &'static Type,
        value: Option<Cow<'_, str>>,
        namespace: Option<&str>,
    ) {
        self.line();
        self.out.push('<');
        self.out.push_str(tag);
        if let Some(namespace) = namespace {
            self.attribute("xmlns", namespace);
        }
        let parts = element.map_or_else(Vec::new, |element| parts(element, of));
        let (attributes, children): (Vec<Part<'_>>, Vec<Part<'_>>) = parts
            .into_iter()
            .partition(|part| is_attribute(of, part.slot.name));
        for part in attributes {
            if let Some(value) = part.value.and_then(text) {
                self.attribute(part.slot.name, &value);
            }
        }
        if let Some(value) = value {
            self.attribute("value", &value);
        }
        if children.is_empty() {
            self.out.push_str("/>");
            return;
        }
        self.out.push('>');
        self.depth += 1;
        for part in &children {
            self.part(part);
        }
        self.depth -= 1;
        self.line();
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    fn part(&mut self, part: &Part<'_>) {
        let tag = part.slot.name;
        match part.slot.content {
            Content::Primitive(Primitive::Xhtml) => {
                if let Some(text) = part.value.and_then(text) {
                    self.line();
                    self.narrative(&text);
                }
            }
            Content::Primitive(_) => self.primitives(part),
            Content::Complex(id) => {
                for item in part.value.iter().flat_map(|value| value.items()) {
                    self.object(tag, Some(item), r4().of(id), None, None);
                }
            }
            Content::Resource => {
                for item in part.value.iter().flat_map(|value| value.items()) {
                    self.line();
                    self.out.push_str(&format!("<{tag}>"));
                    self.depth += 1;
                    self.resource(item, false);
                    self.depth -= 1;
                    self.line();
                    self.out.push_str(&format!("</{tag}>"));
                }
            }
        }
    }

    /// A primitive, or all of an array of them, each with its id and extensions.
    fn primitives(&mut self, part: &Part<'_>) {
        let mut values = part.value.iter().flat_map(|value| value.items());
        let mut siblings = part.sibling.iter().flat_map(|sibling| sibling.items());
        loop {
            let (value, sibling) = (values.next(), siblings.next());
            if value.is_none() && sibling.is_none() {
                return;
            }
            let value = value.and_then(text);
            let sibling = sibling.filter(|sibling| sibling.kind() == Kind::Object);
            if value.is_some() || sibling.is_some() {
                self.object(part.slot.name, sibling, r4().element(), value, None);
            }
        }
    }

    /// The markup as it is, with its namespace.
    fn narrative(&mut self, text: &str) {
        let text = text.trim();
        let rest = text.strip_prefix("<div").filter(|rest| !declares(rest));
        if rest.is_some() {
            self.out.push_str(&format!("<div xmlns=\"{XHTML}\""));
        }
        let legal = |c| if is_legal(c) { c } else { '\u{fffd}' };
        self.out.extend(rest.unwrap_or(text).chars().map(legal));
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        for c in value.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                // Written plain, a reader would make blanks of them.
                '\t' => self.out.push_str("&#9;"),
                '\n' => self.out.push_str("&#10;"),
                '\r' => self.out.push_str("&#13;"),
                c if is_legal(c) => self.out.push(c),
                _ => self.out.push('\u{fffd}'),
            }
        }
        self.out.push('"');
    }
}

/// The members of an object in the order of its definition.
fn parts<'d>(element: Element<'d>, of: &'static Type) -> Vec<Part<'d>> {
    let mut parts: Vec<Part<'d>> = Vec::new();
    for (name, child) in element.members() {
        let bare = name.strip_prefix('_');
        let Some(slot) = of.slot(bare.unwrap_or(&name)) else {
            continue;
        };
        let known = parts.iter().position(|part| part.slot.name == slot.name);
        let at = known.unwrap_or_else(|| {
            parts.push(Part {
                slot,
                value: None,
                sibling: None,
            });
            parts.len() - 1
        });
        if let Some(part) = parts.get_mut(at) {
            match bare {
                Some(_) => part.sibling = Some(child),
                None => part.value = Some(child),
            }
        }
    }
    parts.sort_by_key(|part| part.slot.element);
    parts
}

/// A scalar's text: a string resolved, a number or boolean as written.
fn text(element: Element<'_>) -> Option<Cow<'_, str>> {
    match element.kind() {
        Kind::String => element.str(),
        Kind::Number | Kind::Bool => Some(Cow::Borrowed(element.raw())),
        _ => None,
    }
}

/// Whether the attributes a tag goes on with declare its namespace.
fn declares(tag: &str) -> bool {
    let mut rest = tag;
    while let Some((name, after)) = rest.split_once('=') {
        if name.contains('>') {
            return false;
        }
        if name.trim() == "xmlns" {
            return true;
        }
        let value = after.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let end = quote.and_then(|quote| value.get(1..)?.split_once(quote));
        rest = end.map_or("", |(_, rest)| rest);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::declares;

    #[test]
    fn a_namespace_is_declared_by_its_own_attribute_alone() {
        assert!(declares(" xmlns=\"x\">") && declares(" id='>' xmlns = 'x'>"));
        for tag in [
            "> xmlns=\"x\"",
            " xmxmlns=\"x\">",
            " title=\"a xmlns='x'\">",
            "",
            " a=b xmlns='x'",
        ] {
            assert!(!declares(tag), "{tag}");
        }
    }
}
