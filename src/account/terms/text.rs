//! Texts of an organization's own, written in a little Markdown: headings, paragraphs, lists, strong words and links.
//! Whatever else stands there is shown as it stands.

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Heading(Vec<Span>),
    Paragraph(Vec<Span>),
    List(Vec<Vec<Span>>),
}

/// A stretch of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    Plain(String),
    Strong(String),
    /// Words, and where they lead: `https:`, `mailto:` and `tel:` only.
    Link(String, String),
}

/// The blocks of a text.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in text.replace("\r\n", "\n").split("\n\n") {
        let mut words = String::new();
        let mut items: Vec<String> = Vec::new();
        for line in part.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(item) = line.strip_prefix("- ").or(line.strip_prefix("* ")) {
                paragraph(&mut blocks, &mut words);
                items.push(item.to_owned());
            } else if line.starts_with('#') {
                paragraph(&mut blocks, &mut words);
                list(&mut blocks, &mut items);
                blocks.push(Block::Heading(spans(line.trim_start_matches('#').trim())));
            } else {
                let into = items.last_mut().unwrap_or(&mut words);
                if !into.is_empty() {
                    into.push(' ');
                }
                into.push_str(line);
            }
        }
        paragraph(&mut blocks, &mut words);
        list(&mut blocks, &mut items);
    }
    blocks
}

fn paragraph(blocks: &mut Vec<Block>, words: &mut String) {
    if !words.is_empty() {
        blocks.push(Block::Paragraph(spans(words)));
        words.clear();
    }
}

fn list(blocks: &mut Vec<Block>, items: &mut Vec<String>) {
    if !items.is_empty() {
        blocks.push(Block::List(items.iter().map(|item| spans(item)).collect()));
        items.clear();
    }
}

fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = text;
    let mut plain = String::new();
    while !rest.is_empty() {
        let found = strong(rest).or_else(|| link(rest));
        let (span, after) = match found {
            Some(found) => found,
            None => {
                let mut letters = rest.chars();
                plain.extend(letters.next());
                rest = letters.as_str();
                continue;
            }
        };
        if !plain.is_empty() {
            spans.push(Span::Plain(std::mem::take(&mut plain)));
        }
        spans.push(span);
        rest = after;
    }
    if !plain.is_empty() {
        spans.push(Span::Plain(plain));
    }
    spans
}

fn strong(text: &str) -> Option<(Span, &str)> {
    let (inside, after) = text.strip_prefix("**")?.split_once("**")?;
    (!inside.is_empty()).then(|| (Span::Strong(inside.to_owned()), after))
}

fn link(text: &str) -> Option<(Span, &str)> {
    let (words, after) = text.strip_prefix('[')?.split_once("](")?;
    let (address, after) = after.split_once(')')?;
    let safe = ["https://", "mailto:", "tel:"];
    let known = safe.iter().any(|start| address.starts_with(start));
    let plain = address.bytes().all(|b| b.is_ascii_graphic());
    let fits = known && plain && !words.is_empty() && !words.contains('[');
    fits.then(|| (Span::Link(words.to_owned(), address.to_owned()), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<Span> {
        vec![Span::Plain(text.to_owned())]
    }

    #[test]
    fn a_text_falls_into_headings_paragraphs_and_lists() {
        let found = blocks("# Terms\nBe kind\nto **everybody**.\r\n\r\n- one\n- two\n  more\n");
        assert_eq!(
            found,
            vec![
                Block::Heading(plain("Terms")),
                Block::Paragraph(vec![
                    Span::Plain("Be kind to ".to_owned()),
                    Span::Strong("everybody".to_owned()),
                    Span::Plain(".".to_owned()),
                ]),
                Block::List(vec![plain("one"), plain("two more")]),
            ]
        );
    }

    #[test]
    fn links_lead_to_few_kinds_of_places_and_the_rest_is_words() {
        let to = Span::Link("us".to_owned(), "https://a.example/x".to_owned());
        assert_eq!(
            blocks("See [us](https://a.example/x)"),
            vec![Block::Paragraph(vec![Span::Plain("See ".to_owned()), to])]
        );
        for odd in [
            "[us](javascript:alert)",
            "[us](http://a.example)",
            "<b>x</b>",
            "**",
            "[x](",
            "****",
        ] {
            assert_eq!(blocks(odd), vec![Block::Paragraph(plain(odd))], "{odd}");
        }
        assert!(blocks(" \n\n").is_empty());
    }
}
