//! From XML to a JSON document.
//!
//! There are no document types and so no entities but XML's own five; nesting and attributes are
//! bounded; every element must be in the namespace of FHIR. Comments and processing instructions are
//! passed over.

use quick_xml::events::{BytesStart, Event, attributes::Attribute};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use super::{ATTRIBUTES_MAX, DEPTH_MAX, FHIR, XHTML, is_attribute, is_legal, narrative};
use crate::definitions::{self, Content, Primitive, Slot, Type, r4};
use crate::json::quote;
use crate::{Document, Issue, IssueCode, ResourceType};

/// Faults after which reading is given up.
const FAULTS_MAX: usize = 50;
/// Attributes of this namespace (`xsi:schemaLocation`) say nothing about the resource.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Reads a resource. The members stand in the order of their definition.
///
/// # Errors
/// What is not well formed (one issue, with line and column), or each element and attribute that
/// R4 does not have at its place.
pub fn read(text: &str) -> Result<Document, Vec<Issue>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut xml = NsReader::from_str(text);
    xml.config_mut().check_comments = true;
    xml.resolver_mut()
        .set_max_namespace_bindings(ATTRIBUTES_MAX);
    let mut reader = Reader {
        xml,
        text,
        path: Vec::new(),
        issues: Vec::new(),
    };
    let json = match reader.document() {
        Ok(json) if reader.issues.is_empty() => json,
        Ok(_) => return Err(reader.issues),
        Err(Stop(why)) => {
            let place = reader.place();
            reader.issues.push(match place.is_empty() {
                true => Issue::error(IssueCode::Structure, why),
                false => Issue::error(IssueCode::Structure, why).at(place),
            });
            return Err(reader.issues);
        }
    };
    Document::parse(json).map_err(|fault| {
        let why = format!("as JSON, the resource is {}", fault.message);
        vec![Issue::error(IssueCode::Structure, why)]
    })
}

/// Why reading cannot go on.
pub(super) struct Stop(pub(super) String);

pub(super) type Read<T> = Result<T, Stop>;

fn stop<T>(why: impl Into<String>) -> Read<T> {
    Err(Stop(why.into()))
}

/// What there is inside an element of FHIR.
enum Token<'t> {
    Open {
        tag: BytesStart<'t>,
        empty: bool,
        space: Space,
    },
    Close,
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Fhir,
    Xhtml,
    Other,
}

/// Which namespace a name is in.
pub(super) fn space(resolved: &ResolveResult<'_>) -> Space {
    match resolved {
        ResolveResult::Bound(Namespace(FHIR)) => Space::Fhir,
        ResolveResult::Bound(Namespace(XHTML)) => Space::Xhtml,
        _ => Space::Other,
    }
}

/// A start tag, whether it is all of its element, and its namespace.
type Child<'t> = (BytesStart<'t>, bool, Space);

/// One occurrence of an element: its value as JSON, and its id and extensions.
type Cell = (Option<String>, Option<String>);

/// All occurrences of an element.
struct Gathered {
    slot: &'static Slot,
    cells: Vec<Cell>,
}

pub(super) struct Reader<'t> {
    pub(super) xml: NsReader<&'t [u8]>,
    pub(super) text: &'t str,
    /// Where we are: names with their index where they repeat.
    path: Vec<(&'static str, Option<usize>)>,
    issues: Vec<Issue>,
}

impl<'t> Reader<'t> {
    fn place(&self) -> String {
        let mut place = String::new();
        for (name, index) in &self.path {
            if !place.is_empty() {
                place.push('.');
            }
            place.push_str(name);
            if let Some(index) = index {
                place.push_str(&format!("[{index}]"));
            }
        }
        place
    }

    pub(super) fn fault(&mut self, why: impl Into<String>, below: &str) -> Read<()> {
        let mut place = self.place();
        if !below.is_empty() {
            if !place.is_empty() {
                place.push('.');
            }
            place.push_str(below);
        }
        self.issues
            .push(Issue::error(IssueCode::Structure, why).at(place));
        if self.issues.len() >= FAULTS_MAX {
            return stop("there is more wrong, but reading was given up here");
        }
        Ok(())
    }

    pub(super) fn unreadable<T>(&self, why: &dyn std::fmt::Display) -> Read<T> {
        let at = usize::try_from(self.xml.error_position().max(1) - 1).unwrap_or_default();
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        stop(format!("not well-formed XML: {why} (line {line})"))
    }

    fn document(&mut self) -> Read<String> {
        let json = match self.next()? {
            Token::Open { tag, empty, space } => self.resource(&tag, empty, space)?,
            _ => return stop("the body holds no XML element"),
        };
        match self.next()? {
            Token::End => Ok(json),
            _ => stop("there is more than one resource"),
        }
    }

    /// The next tag. Errors: text, and what could define entities.
    fn next(&mut self) -> Read<Token<'t>> {
        loop {
            let (space, event) = match self.xml.read_resolved_event() {
                Ok((resolved, event)) => (space(&resolved), event),
                Err(error) => return self.unreadable(&error),
            };
            return Ok(match event {
                Event::Start(tag) => Token::Open {
                    tag,
                    empty: false,
                    space,
                },
                Event::Empty(tag) => Token::Open {
                    tag,
                    empty: true,
                    space,
                },
                Event::End(_) => Token::Close,
                Event::Eof => Token::End,
                Event::Comment(_) | Event::PI(_) => continue,
                Event::Decl(declaration) => {
                    let encoding = declaration.encoding().and_then(Result::ok);
                    if encoding.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
                        return stop("the encoding must be UTF-8");
                    }
                    continue;
                }
                Event::Text(text) if text.trim_ascii().is_empty() => continue,
                Event::CData(text) if text.trim_ascii().is_empty() => continue,
                Event::DocType(_) => return stop("a document type (DOCTYPE) is not allowed"),
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return stop("text stands only in value attributes and in the narrative");
                }
            });
        }
    }

    /// The next child of an element that is open, unless it was an empty one.
    fn inside(&mut self, empty: bool) -> Read<Option<Child<'t>>> {
        if empty {
            return Ok(None);
        }
        match self.next()? {
            Token::Open { tag, empty, space } => Ok(Some((tag, empty, space))),
            Token::Close => Ok(None),
            Token::End => stop("the text ends inside an element"),
        }
    }

    /// Passes over an element that R4 does not have here.
    fn skip(&mut self, tag: &BytesStart<'_>, empty: bool) -> Read<()> {
        if !empty && let Err(error) = self.xml.read_to_end(tag.name()) {
            return self.unreadable(&error);
        }
        Ok(())
    }

    fn resource(&mut self, tag: &BytesStart<'t>, empty: bool, space: Space) -> Read<String> {
        let name = tag.local_name().into_inner().to_owned();
        if space != Space::Fhir {
            return stop(format!("{} is not in the namespace {FHIR}", shown(&name)));
        }
        let Some(resource_type) = ResourceType::from_name(&name) else {
            let why = format!("{} is not a resource type of FHIR R4", shown(&name));
            return stop(why);
        };
        let of = definitions::resource(resource_type);
        if self.path.is_empty() {
            self.path.push((of.name, None));
        }
        let (members, _) = self.object(tag, empty, of, false)?;
        let comma = if members.is_empty() { "" } else { "," };
        Ok(format!(
            "{{\"resourceType\":\"{}\"{comma}{members}}}",
            of.name
        ))
    }

    /// The members of an element as JSON without the braces, and a primitive's value attribute.
    fn object(
        &mut self,
        tag: &BytesStart<'t>,
        empty: bool,
        of: &'static Type,
        valued: bool,
    ) -> Read<(String, Option<String>)> {
        if self.path.len() > DEPTH_MAX {
            return stop(format!("nested more than {DEPTH_MAX} elements deep"));
        }
        let mut gathered: Vec<Gathered> = Vec::new();
        let value = self.attributes(tag, of, valued, &mut gathered)?;
        while let Some((tag, empty, space)) = self.inside(empty)? {
            self.child(&tag, empty, space, of, &mut gathered)?;
        }
        gathered.sort_by_key(|one| one.slot.element);
        let mut json = String::new();
        for one in gathered {
            let repeats = of.definition(one.slot).repeats();
            members(&mut json, one, repeats);
        }
        Ok((json, value))
    }

    /// Takes in id and url; gives back the value. Errors: what cannot be read.
    fn attributes(
        &mut self,
        tag: &BytesStart<'t>,
        of: &'static Type,
        valued: bool,
        gathered: &mut Vec<Gathered>,
    ) -> Read<Option<String>> {
        let mut value = None;
        for (count, attribute) in tag.attributes().enumerate() {
            if count >= ATTRIBUTES_MAX {
                return stop(format!("more than {ATTRIBUTES_MAX} attributes"));
            }
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => return self.unreadable(&error),
            };
            let name = attribute.key.into_inner();
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            if name == "value" && valued {
                value = Some(self.attribute(&attribute)?);
            } else if is_attribute(of, name)
                && let Some(slot) = of.slot(name)
            {
                let text = quote(&self.attribute(&attribute)?);
                gathered.push(Gathered {
                    slot,
                    cells: vec![(Some(text), None)],
                });
            } else if !self.is_foreign(&attribute) {
                let why = format!("{} has no attribute {}", of.name, shown(name));
                self.fault(why, &format!("@{}", shown(name)))?;
            }
        }
        Ok(value)
    }

    fn is_foreign(&self, attribute: &Attribute<'_>) -> bool {
        let (space, _) = self.xml.resolver().resolve_attribute(attribute.key);
        matches!(space, ResolveResult::Bound(Namespace(SCHEMA_INSTANCE)))
    }

    fn attribute(&self, attribute: &Attribute<'_>) -> Read<String> {
        let text = match attribute.normalized_value(XmlVersion::Implicit1_0) {
            Ok(text) => text.into_owned(),
            Err(error) => return self.unreadable(&error),
        };
        match text.chars().all(is_legal) {
            true => Ok(text),
            false => self.unreadable(&"a character that XML does not allow"),
        }
    }

    /// One child element, added to what was gathered of its kind.
    fn child(
        &mut self,
        tag: &BytesStart<'t>,
        empty: bool,
        space: Space,
        of: &'static Type,
        gathered: &mut Vec<Gathered>,
    ) -> Read<()> {
        let name = tag.local_name();
        let name = name.into_inner();
        let slot = of.slot(name).filter(|slot| !is_attribute(of, slot.name));
        let Some(slot) = slot else {
            let why = format!("{} has no element {}", of.name, shown(name));
            self.fault(why, &shown(name))?;
            return self.skip(tag, empty);
        };
        let markup = slot.content == Content::Primitive(Primitive::Xhtml);
        let wanted = if markup { Space::Xhtml } else { Space::Fhir };
        if space != wanted {
            let namespace = if markup { XHTML } else { FHIR };
            let why = format!("{name} is not in the namespace {namespace}");
            self.fault(why, slot.name)?;
            return self.skip(tag, empty);
        }
        let known = gathered.iter().position(|one| one.slot.name == slot.name);
        let at = known.unwrap_or_else(|| {
            let cells = Vec::new();
            gathered.push(Gathered { slot, cells });
            gathered.len() - 1
        });
        let count = gathered.get(at).map_or(0, |one| one.cells.len());
        let repeats = of.definition(slot).repeats();
        if count > 0 && !repeats {
            self.fault(format!("{name} may stand only once"), slot.name)?;
            return self.skip(tag, empty);
        }
        self.path.push((slot.name, repeats.then_some(count)));
        let cell = self.cell(tag, empty, slot)?;
        self.path.pop();
        if let Some(one) = gathered.get_mut(at) {
            one.cells.push(cell);
        }
        Ok(())
    }

    fn cell(&mut self, tag: &BytesStart<'t>, empty: bool, slot: &'static Slot) -> Read<Cell> {
        match slot.content {
            Content::Primitive(Primitive::Xhtml) => {
                let text = narrative::read(self, tag, empty)?;
                Ok((Some(quote(&text)), None))
            }
            Content::Primitive(primitive) => {
                let (members, value) = self.object(tag, empty, r4().element(), true)?;
                if members.is_empty() && value.is_none() {
                    self.fault("an element needs a value, an id or an extension", "")?;
                }
                let value = match value {
                    Some(value) => Some(self.scalar(primitive, &value)?),
                    None => None,
                };
                let sibling = (!members.is_empty()).then(|| format!("{{{members}}}"));
                Ok((value, sibling))
            }
            Content::Complex(id) => {
                let (members, _) = self.object(tag, empty, r4().of(id), false)?;
                Ok((Some(format!("{{{members}}}")), None))
            }
            Content::Resource => self.inner(tag, empty),
        }
    }

    /// The one resource inside an element such as contained.
    fn inner(&mut self, tag: &BytesStart<'t>, empty: bool) -> Read<Cell> {
        let mut unused = Vec::new();
        self.attributes(tag, r4().element(), false, &mut unused)?;
        if self.path.len() > DEPTH_MAX {
            return stop(format!("nested more than {DEPTH_MAX} elements deep"));
        }
        let mut found = None;
        while let Some((tag, empty, space)) = self.inside(empty)? {
            if found.is_some() {
                return stop("there is more than one resource here");
            }
            found = Some(self.resource(&tag, empty, space)?);
        }
        match found {
            Some(json) => Ok((Some(json), None)),
            None => stop("a resource is expected here"),
        }
    }

    /// A value in the JSON form of its type.
    fn scalar(&mut self, primitive: Primitive, text: &str) -> Read<String> {
        let trimmed = text.trim_ascii();
        match primitive {
            Primitive::Boolean if matches!(trimmed, "true" | "false") => Ok(trimmed.to_owned()),
            Primitive::Boolean => {
                self.fault("a boolean is true or false", "")?;
                Ok("false".to_owned())
            }
            Primitive::Decimal
            | Primitive::Integer
            | Primitive::PositiveInt
            | Primitive::UnsignedInt => {
                let plain = trimmed.strip_prefix('+').unwrap_or(trimmed);
                if is_number(plain) {
                    return Ok(plain.to_owned());
                }
                self.fault(format!("{} is not a number", shown(text)), "")?;
                Ok("0".to_owned())
            }
            _ => Ok(quote(text)),
        }
    }
}

/// Whether a text is a JSON number.
fn is_number(text: &str) -> bool {
    Document::parse(text).is_ok_and(|document| document.root().number() == Some(text))
}

/// Enough of a name to know it again.
fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Writes an element's member, and the one of its ids and extensions where there are any.
fn members(json: &mut String, one: Gathered, repeats: bool) {
    let name = one.slot.name;
    let (values, siblings): (Vec<Option<String>>, Vec<Option<String>>) =
        one.cells.into_iter().unzip();
    for (mark, cells) in [("", values), ("_", siblings)] {
        if cells.iter().all(Option::is_none) {
            continue;
        }
        if !json.is_empty() {
            json.push(',');
        }
        json.push_str(&format!("\"{mark}{name}\":"));
        if repeats {
            json.push('[');
        }
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                json.push(',');
            }
            json.push_str(cell.as_deref().unwrap_or("null"));
        }
        if repeats {
            json.push(']');
        }
    }
}
