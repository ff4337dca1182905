//! The narrative of an XML resource, as the text that JSON holds.

use quick_xml::events::{BytesStart, Event};

use super::XHTML;
use super::read::{Read, Reader, Space, Stop, space};

/// Takes the markup of a `div` whose start tag was just read: byte for byte, unless it leans on
/// prefixes or namespaces from outside, or holds what a narrative may not (processing
/// instructions): then it is written anew.
pub(super) fn read<'t>(reader: &mut Reader<'t>, tag: &BytesStart<'t>, empty: bool) -> Read<String> {
    let end = position(reader);
    // `<tag>` or `<tag/>`
    let from = end.saturating_sub(tag.len() + 2 + usize::from(empty));
    let mut markup = Markup {
        out: String::new(),
        anew: !declares(tag),
    };
    markup.open(tag, empty, true);
    let mut open = usize::from(!empty);
    while open > 0 {
        let (space, event) = match reader.xml.read_resolved_event() {
            Ok((resolved, event)) => (space(&resolved), event),
            Err(error) => return reader.unreadable(&error),
        };
        match event {
            Event::Start(_) | Event::Empty(_) if space != Space::Xhtml => {
                return Err(Stop(format!(
                    "the narrative holds an element that is not in the namespace {XHTML}"
                )));
            }
            Event::Start(tag) => {
                markup.open(&tag, false, false);
                open += 1;
            }
            Event::Empty(tag) => markup.open(&tag, true, false),
            Event::End(tag) => {
                open -= 1;
                let name = tag.local_name();
                markup.push(&["</", name.into_inner(), ">"]);
            }
            Event::Text(text) => markup.push(&[&text]),
            Event::GeneralRef(name) => markup.push(&["&", &name, ";"]),
            Event::CData(text) => markup.push(&["<![CDATA[", &text, "]]>"]),
            Event::Comment(text) => markup.push(&["<!--", &text, "-->"]),
            Event::PI(_) | Event::Decl(_) => markup.anew = true,
            Event::DocType(_) => {
                return Err(Stop("a document type (DOCTYPE) is not allowed".to_owned()));
            }
            Event::Eof => return Err(Stop("the text ends inside the narrative".to_owned())),
        }
    }
    let raw = reader.text.get(from..position(reader));
    Ok(match raw {
        Some(raw) if !markup.anew => raw.to_owned(),
        _ => markup.out,
    })
}

fn position(reader: &Reader<'_>) -> usize {
    usize::try_from(reader.xml.buffer_position()).unwrap_or(usize::MAX)
}

/// Whether a start tag is unprefixed and says itself that it is XHTML.
fn declares(tag: &BytesStart<'_>) -> bool {
    let own = |name: &str| name == "xmlns";
    let mut attributes = tag.attributes().filter_map(Result::ok);
    attributes.any(|attribute| own(attribute.key.into_inner()))
}

/// Markup written anew, should it be needed.
struct Markup {
    out: String,
    anew: bool,
}

impl Markup {
    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.push_str(part);
        }
    }

    /// A start tag without its prefix; the outermost declares the namespace.
    fn open(&mut self, tag: &BytesStart<'_>, empty: bool, outermost: bool) {
        let local = tag.local_name();
        let local = local.into_inner();
        self.anew |= tag.name().into_inner() != local;
        self.push(&["<", local]);
        if outermost {
            self.push(&[" xmlns=\"", XHTML, "\""]);
        }
        for attribute in tag.attributes().with_checks(false).filter_map(Result::ok) {
            let name = attribute.key.into_inner();
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            let mark = if attribute.value.contains('"') {
                "'"
            } else {
                "\""
            };
            self.push(&[" ", name, "=", mark, &attribute.value, mark]);
        }
        self.push(&[if empty { "/>" } else { ">" }]);
    }
}
