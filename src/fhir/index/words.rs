//! The words of a resource: of its narrative, and of everything else it says.

use super::super::search::fold;
use crate::Element;

/// Words of a narrative that are indexed; a database numbers the places of words only so far.
const NARRATIVE_WORDS_MAX: usize = 6_000;
/// Words of all the rest that are indexed.
const CONTENT_WORDS_MAX: usize = 9_000;
/// Longest part of a word that is indexed and compared, in letters.
const LETTERS_MAX: usize = 64;

/// Members that hold no words of people: identities, addresses, and what is not text.
const SILENT: &[&str] = &[
    "contentType",
    "data",
    "fullUrl",
    "hash",
    "id",
    "linkId",
    "meta",
    "reference",
    "resourceType",
    "system",
    "url",
];

/// Words in the order they stand in, each folded, with a space between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    pub narrative: String,
    pub content: String,
}

impl Words {
    pub fn is_empty(&self) -> bool {
        self.narrative.is_empty() && self.content.is_empty()
    }
}

/// The words of a resource, without what stands in the top-level extensions of some urls.
pub fn words(resource: Element<'_>, hidden_extensions: &[&str]) -> Words {
    let (mut narrative, mut content) =
        (Sink::new(NARRATIVE_WORDS_MAX), Sink::new(CONTENT_WORDS_MAX));
    for (name, member) in resource.members() {
        match &*name {
            "text" => {
                let div = member.get("div").and_then(Element::str);
                div.iter().for_each(|div| narrative.take(&plain(div)));
            }
            "extension" => {
                for item in member.items() {
                    let url = item.get("url").and_then(Element::str);
                    if !url.is_some_and(|url| hidden_extensions.contains(&url.as_ref())) {
                        visit("extension", item, &mut content);
                    }
                }
            }
            name => visit(name, member, &mut content),
        }
    }
    Words {
        narrative: narrative.out,
        content: content.out,
    }
}

fn visit(name: &str, element: Element<'_>, sink: &mut Sink) {
    if SILENT.contains(&name) || sink.left == 0 {
        return;
    }
    if let Some(text) = element.str() {
        match name {
            "div" => sink.take(&plain(&text)),
            _ if is_moment(&text) => {}
            _ => sink.take(&text),
        }
        return;
    }
    for item in element.items() {
        if item.span() == element.span() {
            break;
        }
        visit(name, item, sink);
    }
    for (name, member) in element.members() {
        visit(&name, member, sink);
    }
}

/// `2024-05-01…`
fn is_moment(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7
        && bytes.get(4) == Some(&b'-')
        && bytes.iter().take(4).all(u8::is_ascii_digit)
        && !text.contains(' ')
}

struct Sink {
    out: String,
    left: usize,
}

impl Sink {
    fn new(left: usize) -> Self {
        Self {
            out: String::new(),
            left,
        }
    }
    fn take(&mut self, text: &str) {
        each_word(text, |word| {
            if self.left > 0 {
                self.left -= 1;
                if !self.out.is_empty() {
                    self.out.push(' ');
                }
                self.out.push_str(word);
            }
        });
    }
}

/// Calls with each word of a text as it is indexed and compared: folded, letters and digits only,
/// cut to a length.
pub(crate) fn each_word(text: &str, mut call: impl FnMut(&str)) {
    let folded = fold(text);
    let words = folded.split(|letter: char| !letter.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        let end = word.char_indices().nth(LETTERS_MAX);
        call(end.map_or(word, |(end, _)| &word[..end]));
    }
}

/// XHTML without its tags, its commonest entities resolved.
fn plain(div: &str) -> String {
    let mut out = String::with_capacity(div.len());
    let mut rest = div;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = if from.starts_with('<') { '>' } else { ';' };
        let Some(close) = from.find(end) else {
            rest = "";
            break;
        };
        let (inner, after) = from.split_at(close);
        out.push(match inner {
            "&amp" => '&',
            "&lt" => '<',
            "&gt" => '>',
            "&quot" => '"',
            "&apos" => '\'',
            _ => numbered(inner).unwrap_or(' '),
        });
        rest = after.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// `&#233` and `&#xe9`
fn numbered(entity: &str) -> Option<char> {
    let number = entity.strip_prefix("&#")?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Document;

    fn of(text: &str) -> Words {
        words(Document::parse(text).unwrap().root(), &["urn:hidden"])
    }

    #[test]
    fn narrative_and_content_are_told_apart() {
        let found = of(
            r#"{"resourceType":"Patient","id":"p1","meta":{"source":"urn:s"},
            "text":{"status":"generated","div":"<div xmlns=\"http://x\"><p>Born in <b>K&#246;ln</b>&nbsp;1980 &amp; well</p></div>"},
            "extension":[{"url":"urn:hidden","valueString":"secret"},{"url":"u","valueString":"open"}],
            "identifier":[{"system":"urn:x","value":"MRN-7"}],
            "name":[{"family":"Müller","given":["Ann","Bea"]}],"birthDate":"1980-05-01",
            "active":true}"#,
        );
        assert_eq!(found.narrative, "born in koln 1980 well");
        assert_eq!(found.content, "open mrn 7 muller ann bea");
    }

    #[test]
    fn long_texts_are_cut_and_nothing_is_nothing() {
        let many = "word ".repeat(20_000);
        let found = of(&format!(r#"{{"resourceType":"Basic","x":"{many}"}}"#));
        assert_eq!(found.content.split(' ').count(), CONTENT_WORDS_MAX);
        let found = of(&format!(r#"{{"x":"{}"}}"#, "é".repeat(100)));
        assert_eq!(found.content.chars().count(), LETTERS_MAX);
        assert!(of(r#"{"resourceType":"Basic","text":{"div":"<div"},"x":"--"}"#).is_empty());
    }
}
