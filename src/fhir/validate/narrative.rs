//! Narrative XHTML: well formed, basic formatting only, nothing that runs (R4 2.1.2, txt-1, txt-2).

/// Elements a narrative may use.
#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "a", "abbr", "acronym", "address", "area", "b", "bdo", "big", "blockquote", "br", "caption", "cite",
    "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "ins", "kbd", "li", "map", "ol", "p", "pre", "q", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
    "var",
];
const DEPTH_MAX: usize = 256;
const ATTRIBUTES_MAX: usize = 64;

/// What is wrong with a `Narrative.div`: at most one fault of form, or each forbidden thing.
pub(crate) fn faults(text: &str) -> Vec<String> {
    let mut reader = Reader {
        rest: text.trim(),
        open: Vec::new(),
        faults: Vec::new(),
        visible: false,
    };
    if let Err(why) = reader.document() {
        reader.faults.push(format!("not well-formed XHTML: {why}"));
    } else if reader.faults.is_empty() && !reader.visible {
        let why = "txt-2: the narrative has no visible content";
        reader.faults.push(why.to_owned());
    }
    reader.faults
}

struct Reader<'t> {
    rest: &'t str,
    open: Vec<&'t str>,
    faults: Vec<String>,
    visible: bool,
}

type Read<T> = Result<T, &'static str>;

impl<'t> Reader<'t> {
    fn document(&mut self) -> Read<()> {
        if !self.rest.starts_with("<div") {
            return Err("it must be one div");
        }
        loop {
            let at = self.rest.find('<').unwrap_or(self.rest.len());
            let text = self.take(at);
            self.text(text)?;
            if self.rest.is_empty() {
                break;
            }
            self.markup()?;
            if self.open.is_empty() {
                break;
            }
        }
        match (self.open.is_empty(), self.rest.is_empty()) {
            (true, true) => Ok(()),
            (true, false) => Err("there is text after the div"),
            (false, _) => Err("a tag is not closed"),
        }
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn text(&mut self, text: &str) -> Read<()> {
        self.visible |= !text.trim().is_empty();
        entities(text)
    }

    /// A tag, comment or CDATA section.
    fn markup(&mut self) -> Read<()> {
        if self.skip("<!--") {
            let end = self.rest.find("--").ok_or("a comment is not closed")?;
            self.take(end);
            return self.skip("-->").then_some(()).ok_or("a comment holds --");
        }
        if self.skip("<![CDATA[") {
            let end = self
                .rest
                .find("]]>")
                .ok_or("a CDATA section is not closed")?;
            self.visible |= end > 0;
            self.take(end + 3);
            return Ok(());
        }
        if self.skip("</") {
            let name = self.name()?;
            self.space();
            if !self.skip(">") {
                return Err("a closing tag does not end");
            }
            let fits = self.open.pop() == Some(name);
            return fits.then_some(()).ok_or("tags are not nested");
        }
        if !self.skip("<") {
            return Err("expected a tag");
        }
        let name = self.name()?;
        if !ELEMENTS.contains(&name) {
            let shown: String = name.chars().take(32).collect();
            self.faults
                .push(format!("txt-1: <{shown}> is not allowed in a narrative"));
        }
        self.visible |= name == "img";
        self.attributes(name)?;
        if self.skip("/>") {
            return Ok(());
        }
        if !self.skip(">") {
            return Err("a tag does not end");
        }
        if self.open.len() >= DEPTH_MAX {
            return Err("tags are nested too deep");
        }
        self.open.push(name);
        Ok(())
    }

    fn attributes(&mut self, element: &str) -> Read<()> {
        let mut seen: Vec<&str> = Vec::new();
        loop {
            let spaced = self.space();
            if self.rest.starts_with("/>") || self.rest.starts_with('>') {
                return Ok(());
            }
            if !spaced {
                return Err("attributes are parted by spaces");
            }
            let name = self.name()?;
            if seen.len() >= ATTRIBUTES_MAX {
                return Err("a tag has too many attributes");
            }
            if seen.contains(&name) {
                return Err("an attribute appears twice");
            }
            seen.push(name);
            self.space();
            if !self.skip("=") {
                return Err("an attribute has no value");
            }
            self.space();
            let quote = if self.skip("\"") {
                '"'
            } else if self.skip("'") {
                '\''
            } else {
                return Err("an attribute value is not quoted");
            };
            let end = self
                .rest
                .find(quote)
                .ok_or("an attribute value does not end")?;
            let value = self.take(end);
            self.take(1);
            if value.contains('<') {
                return Err("an attribute value holds <");
            }
            entities(value)?;
            self.attribute(element, name, value);
        }
    }

    fn attribute(&mut self, element: &str, name: &str, value: &str) {
        let lower = name.to_ascii_lowercase();
        if lower.starts_with("on") {
            let shown: String = name.chars().take(32).collect();
            self.faults
                .push(format!("txt-1: the event attribute {shown} is not allowed"));
        }
        if matches!(lower.as_str(), "href" | "src" | "background" | "xlink:href") {
            let compact: String = value.chars().filter(|c| !c.is_whitespace()).collect();
            let scheme = compact.to_ascii_lowercase();
            let picture = element == "img" && scheme.starts_with("data:image/");
            // An entity may spell a scheme, so links that begin with one are refused as well.
            let hidden = scheme
                .split(['/', '?'])
                .next()
                .is_some_and(|s| s.contains("&#"));
            let runs = ["javascript:", "vbscript:", "data:"];
            if hidden || (!picture && runs.iter().any(|bad| scheme.starts_with(bad))) {
                self.faults
                    .push(format!("txt-1: {lower} leads to something that may run"));
            }
        }
        if lower == "style" {
            let lower = value.to_ascii_lowercase();
            if lower.contains("expression(") || lower.contains("javascript:") {
                self.faults
                    .push("txt-1: the style may run script".to_owned());
            }
        }
        if name == "xmlns" && value != "http://www.w3.org/1999/xhtml" {
            self.faults
                .push("txt-1: the namespace is not that of XHTML".to_owned());
        }
    }

    fn name(&mut self) -> Read<&'t str> {
        let good = |c: char| c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.');
        let end = self.rest.find(|c| !good(c)).unwrap_or(self.rest.len());
        let name = self.take(end);
        let letter = |c: char| c.is_alphabetic() || c == '_' || c == ':';
        name.starts_with(letter)
            .then_some(name)
            .ok_or("expected a name")
    }

    fn space(&mut self) -> bool {
        let trimmed = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let spaced = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        spaced
    }
}

/// XML knows five named entities and numbers; those of HTML are not defined here.
fn entities(text: &str) -> Read<()> {
    for (at, _) in text.match_indices('&') {
        let after = text.get(at + 1..).unwrap_or_default();
        let name = after.split_once(';').map(|(name, _)| name);
        let good = name.is_some_and(|name| match name.strip_prefix('#') {
            Some(number) => match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).is_ok(),
                None => number.parse::<u32>().is_ok(),
            },
            None => matches!(name, "amp" | "lt" | "gt" | "quot" | "apos"),
        });
        if !good {
            return Err("an & is not an XML entity");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_formatting_is_taken() {
        for text in [
            "<div>x</div>",
            " <div xmlns=\"http://www.w3.org/1999/xhtml\"><p a='b'>x &amp; &#160;<br/></p><!-- c --></div>\n",
            "<div><img src=\"data:image/png;base64,AA==\" alt='x'/></div>",
            "<div><a href=\"Patient/1?a=b&amp;c\">x</a></div>",
        ] {
            assert_eq!(faults(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_runs_or_is_not_well_formed_is_one_fault() {
        for text in [
            "x",
            "<p>x</p>",
            "<div>x",
            "<div><p>x</div></p>",
            "<div>x</div><div/>",
            "<div>x &nbsp;</div>",
            "<div>x & y</div>",
            "<div a=b>x</div>",
            "<div a>x</div>",
            "<div a='1' a='2'>x</div>",
            "<div><script>x</script></div>",
            "<div><p onclick='x'>x</p></div>",
            "<div>  </div>",
            "<div><a href='javascript:x'>x</a></div>",
            "<div><a href=' java\tscript:x'>x</a></div>",
            "<div><a href='&#106;avascript:x'>x</a></div>",
            "<div><iframe>x</iframe></div>",
            "<div><img src='data:text/html,x'/></div>",
            "<div xmlns='http://x'>x</div>",
            "<div/>",
            "<div><SCRIPT>x</SCRIPT></div>",
            "<divx>x</divx>",
            "<div>x<!-- a -- b --></div>",
        ] {
            assert_eq!(faults(text).len(), 1, "{text} {:?}", faults(text));
        }
    }
}
