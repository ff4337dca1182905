//! The tokens of a GraphQL text (GraphQL October 2021, section 2.1).

use super::{At, Fault};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Name(String),
    Number(String),
    Text(String),
    /// A punctuator; `…` for three dots.
    Sign(char),
    End,
}

/// All tokens with their places, an end last. Errors: what is none.
pub(super) fn tokens(text: &str) -> Result<Vec<(At, Token)>, Fault> {
    let mut lexer = Lexer {
        rest: text.strip_prefix('\u{feff}').unwrap_or(text),
        at: At { line: 1, column: 1 },
    };
    let mut out = Vec::new();
    loop {
        lexer.skip();
        let at = lexer.at;
        let Some(first) = lexer.rest.chars().next() else {
            out.push((at, Token::End));
            return Ok(out);
        };
        let token = match first {
            '!' | '$' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '}' | '|' | '&' => {
                lexer.advance(1);
                Token::Sign(first)
            }
            '.' if lexer.rest.starts_with("...") => {
                lexer.advance(3);
                Token::Sign('…')
            }
            '"' => Token::Text(lexer.text()?),
            '-' | '0'..='9' => Token::Number(
                lexer.run(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')),
            ),
            '_' | 'a'..='z' | 'A'..='Z' => {
                Token::Name(lexer.run(|c| c.is_ascii_alphanumeric() || c == '_'))
            }
            other => return Err(Fault::new(at, format!("unexpected character {other:?}"))),
        };
        if let Token::Number(number) = &token
            && number.parse::<f64>().is_err()
        {
            return Err(Fault::new(at, "this is not a number"));
        }
        out.push((at, token));
    }
}

struct Lexer<'t> {
    rest: &'t str,
    at: At,
}

impl Lexer<'_> {
    /// Goes on by some bytes, which end at a character's edge.
    fn advance(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at(bytes);
        for c in passed.chars() {
            if c == '\n' {
                self.at = At {
                    line: self.at.line + 1,
                    column: 1,
                };
            } else {
                self.at.column += 1;
            }
        }
        self.rest = rest;
    }

    fn skip(&mut self) {
        loop {
            let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | ',');
            let end = self.rest.find(|c| !blank(c)).unwrap_or(self.rest.len());
            self.advance(end);
            if !self.rest.starts_with('#') {
                return;
            }
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.advance(end);
        }
    }

    fn run(&mut self, part: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !part(c)).unwrap_or(self.rest.len());
        let word = self.rest.get(..end).unwrap_or_default().to_owned();
        self.advance(end);
        word
    }

    /// A text in quotes, or in three on each side.
    fn text(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let open = || Fault::new(start, "a text is not closed");
        if let Some(rest) = self.rest.strip_prefix("\"\"\"") {
            let end = rest.find("\"\"\"").ok_or_else(open)?;
            let inner = rest.get(..end).unwrap_or_default().trim().to_owned();
            self.advance(end + 6);
            return Ok(inner);
        }
        let mut out = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.advance(at + 1);
                    return Ok(out);
                }
                '\n' | '\r' => return Err(open()),
                '\\' => {
                    let (_, escaped) = chars.next().ok_or_else(open)?;
                    out.push(match escaped {
                        '"' | '\\' | '/' => escaped,
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'u' => {
                            let digits: String =
                                chars.by_ref().take(4).map(|(_, digit)| digit).collect();
                            let code = u32::from_str_radix(&digits, 16).ok();
                            let known = code.and_then(char::from_u32).filter(|c| *c != '\0');
                            known.ok_or_else(|| Fault::new(start, "an unknown character"))?
                        }
                        _ => return Err(Fault::new(start, "an unknown escape in a text")),
                    });
                }
                c => out.push(c),
            }
        }
        Err(open())
    }
}
