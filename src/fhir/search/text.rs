//! What `_text` and `_content` ask for: words, phrases, and their combinations (R4 3.1.1.5.2).

use crate::index::each_word;

/// Words and phrases one value may hold.
pub const TEXT_WORDS_MAX: usize = 64;
/// How deep its parentheses may go.
pub const TEXT_DEPTH_MAX: usize = 16;

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `_text`: the narrative.
    Narrative,
    /// `_content`: all of the resource.
    Everything,
}

/// A condition on the words of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub place: Place,
    pub asked: Asked,
}

/// Words as they are indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// One word, or (`prefix`) any that begins so.
    Word {
        word: String,
        prefix: bool,
    },
    /// Words one after another.
    Phrase(Vec<String>),
    All(Vec<Asked>),
    Any(Vec<Asked>),
    Not(Box<Asked>),
}

impl Asked {
    /// Whether nothing in it is negated.
    pub fn is_positive(&self) -> bool {
        match self {
            Self::Word { .. } | Self::Phrase(_) => true,
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_positive),
            Self::Not(_) => false,
        }
    }
    /// Its largest parts that are free of negation and not negated themselves.
    pub fn positive<'a>(&'a self, out: &mut Vec<&'a Self>) {
        match self {
            one if one.is_positive() => out.push(one),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.positive(out));
            }
            _ => {}
        }
    }
}

/// Reads `bone OR (liver AND "metastatic disease") NOT cyst`, `-word`, `begin*`. Words side by side
/// are all wanted; a comma separates alternatives.
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str) -> Result<Asked, String> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        at: 0,
        words: 0,
    };
    let asked = reader.any(0)?;
    match reader.peek() {
        None => Ok(asked),
        Some(_) => Err("has a parenthesis too many".to_owned()),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Leaf(Asked),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let after = &rest[first.len_utf8()..];
        (match first {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' | '|' => tokens.push(Token::Or),
            '-' | '!' => tokens.push(Token::Not),
            '"' => {
                let (inner, after) = after.split_once('"').ok_or("has an open quotation mark")?;
                tokens.extend(leaf(inner, false).map(Token::Leaf));
                rest = after;
                continue;
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '|');
                let (word, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
                tokens.extend(match word.to_ascii_lowercase().as_str() {
                    "and" => Some(Token::And),
                    "or" => Some(Token::Or),
                    "not" => Some(Token::Not),
                    _ => leaf(word, word.ends_with('*')).map(Token::Leaf),
                });
                rest = after;
                continue;
            }
        });
        rest = after;
    }
}

/// A word; several, where signs part them, are a phrase.
fn leaf(text: &str, prefix: bool) -> Option<Asked> {
    let mut words = Vec::new();
    each_word(text, |word| words.push(word.to_owned()));
    match words.len() {
        0 => None,
        1 => words.pop().map(|word| Asked::Word { word, prefix }),
        _ => Some(Asked::Phrase(words)),
    }
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    words: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn any(&mut self, depth: usize) -> Result<Asked, String> {
        let mut parts = vec![self.all(depth)?];
        while self.peek() == Some(&Token::Or) {
            self.at += 1;
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Asked::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Asked, String> {
        let mut parts = vec![self.one(depth)?];
        loop {
            match self.peek() {
                Some(Token::And) => self.at += 1,
                Some(Token::Open | Token::Not | Token::Leaf(_)) => {}
                _ => return Ok(one_or(parts, Asked::All)),
            }
            parts.push(self.one(depth)?);
        }
    }

    fn one(&mut self, depth: usize) -> Result<Asked, String> {
        if depth > TEXT_DEPTH_MAX {
            return Err(format!("goes deeper than {TEXT_DEPTH_MAX} levels"));
        }
        let token = self.peek().cloned();
        self.at += 1;
        match token {
            Some(Token::Leaf(leaf)) => {
                self.words += match &leaf {
                    Asked::Phrase(words) => words.len(),
                    _ => 1,
                };
                match self.words > TEXT_WORDS_MAX {
                    true => Err(format!("has more than {TEXT_WORDS_MAX} words")),
                    false => Ok(leaf),
                }
            }
            Some(Token::Not) => Ok(Asked::Not(Box::new(self.one(depth + 1)?))),
            Some(Token::Open) => {
                let inner = self.any(depth + 1)?;
                match self.peek() {
                    Some(Token::Close) => {
                        self.at += 1;
                        Ok(inner)
                    }
                    _ => Err("has an open parenthesis".to_owned()),
                }
            }
            _ => Err("lacks a word where one is expected".to_owned()),
        }
    }
}

fn one_or(mut parts: Vec<Asked>, several: impl FnOnce(Vec<Asked>) -> Asked) -> Asked {
    match (parts.len(), parts.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            parts.extend(last);
            several(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(asked: &Asked) -> String {
        let list = |parts: &[Asked], word: &str| {
            let parts: Vec<String> = parts.iter().map(shown).collect();
            format!("({})", parts.join(word))
        };
        match asked {
            Asked::Word { word, prefix } => format!("{word}{}", if *prefix { "*" } else { "" }),
            Asked::Phrase(words) => format!("'{}'", words.join(" ")),
            Asked::All(parts) => list(parts, " & "),
            Asked::Any(parts) => list(parts, " | "),
            Asked::Not(inner) => format!("!{}", shown(inner)),
        }
    }

    #[test]
    fn words_combine_as_people_write_them() {
        for (text, want) in [
            ("Müller", "muller"),
            ("bone liver", "(bone & liver)"),
            (
                "(bone OR liver) and metastases",
                "((bone | liver) & metastases)",
            ),
            ("a,b c", "(a | (b & c))"),
            (
                "\"Metastatic  disease\" -cyst",
                "('metastatic disease' & !cyst)",
            ),
            ("not (a or b)", "!(a | b)"),
            ("diab*", "diab*"),
            ("8480-6", "'8480 6'"),
            ("a AND b OR c", "((a & b) | c)"),
        ] {
            assert_eq!(shown(&parse(text).unwrap()), want, "{text}");
        }
    }

    #[test]
    fn what_is_no_question_is_refused() {
        let deep = "(".repeat(200);
        let long = "a ".repeat(TEXT_WORDS_MAX + 1);
        let nots = "-".repeat(5_000) + "a";
        for text in [
            "", "...", "a)", "(a", "a OR", "AND a", "\"a", &deep, &long, &nots,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn parts_without_negation_are_found() {
        let asked = parse("a (b OR c) -d").unwrap();
        let mut found = Vec::new();
        asked.positive(&mut found);
        let found: Vec<String> = found.into_iter().map(shown).collect();
        assert_eq!(found, ["a", "(b | c)"]);
    }
}
