//! `_filter` expressions (R4 3.1.3): from text to a tree of tests.

/// How deep parentheses and brackets may lie within each other.
pub const FILTER_DEPTH_MAX: usize = 16;
/// How many tests one expression may have.
pub const FILTER_TESTS_MAX: usize = 64;

/// An expression. `and` and `or` bind alike and from the left.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    /// `path operator value`
    Test {
        path: Vec<Segment>,
        operator: Operator,
        value: String,
    },
}

/// One name of a path, with what is asked of the place it leads to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segment {
    pub name: String,
    pub bracket: Option<Box<Expression>>,
}

/// The operators of the standard, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Lt,
    Ge,
    Le,
    Ap,
    Sa,
    Eb,
    Pr,
    Po,
    Ss,
    Sb,
    In,
    Ni,
    Re,
}

const OPERATORS: &[(&str, Operator)] = &[
    ("eq", Operator::Eq),
    ("ne", Operator::Ne),
    ("co", Operator::Co),
    ("sw", Operator::Sw),
    ("ew", Operator::Ew),
    ("gt", Operator::Gt),
    ("lt", Operator::Lt),
    ("ge", Operator::Ge),
    ("le", Operator::Le),
    ("ap", Operator::Ap),
    ("sa", Operator::Sa),
    ("eb", Operator::Eb),
    ("pr", Operator::Pr),
    ("po", Operator::Po),
    ("ss", Operator::Ss),
    ("sb", Operator::Sb),
    ("in", Operator::In),
    ("ni", Operator::Ni),
    ("re", Operator::Re),
];

impl Operator {
    pub(crate) fn name(self) -> &'static str {
        let found = OPERATORS.iter().find(|(_, operator)| *operator == self);
        found.map_or("", |(name, _)| name)
    }
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    Syntax(String),
    /// More than there may be of something.
    Costly(String),
}

/// Reads a whole expression, in time linear in its length.
pub(crate) fn parse(text: &str) -> Result<Expression, Fault> {
    let mut parser = Parser {
        text,
        at: 0,
        tests: 0,
    };
    let expression = parser.expression(0)?;
    parser.space();
    match parser.rest().is_empty() {
        true => Ok(expression),
        false => Err(parser.expected("and, or, or the end")),
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    tests: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn expected(&self, what: &str) -> Fault {
        Fault::Syntax(format!("expected {what} at character {}", self.character()))
    }

    /// Where the parser is, counted from 1 in characters.
    fn character(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().chars().count() + 1
    }

    fn take(&mut self, letter: char) -> bool {
        let found = self.rest().starts_with(letter);
        self.at += if found { letter.len_utf8() } else { 0 };
        found
    }

    /// A word, if it is this one and ends here.
    fn word(&mut self, word: &str) -> bool {
        let Some(after) = self.rest().strip_prefix(word) else {
            return false;
        };
        let ends = after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || c == '(');
        self.at += if ends { word.len() } else { 0 };
        ends
    }

    fn expression(&mut self, depth: usize) -> Result<Expression, Fault> {
        if depth > FILTER_DEPTH_MAX {
            return Err(Fault::Costly(format!(
                "goes more than {FILTER_DEPTH_MAX} levels deep"
            )));
        }
        let mut left = self.term(depth)?;
        loop {
            self.space();
            let any = match (self.word("and"), self.word("or")) {
                (true, _) => false,
                (_, true) => true,
                _ => return Ok(left),
            };
            let right = self.term(depth)?;
            left = match (left, any) {
                (Expression::Any(mut parts), true) => {
                    parts.push(right);
                    Expression::Any(parts)
                }
                (Expression::All(mut parts), false) => {
                    parts.push(right);
                    Expression::All(parts)
                }
                (left, true) => Expression::Any(vec![left, right]),
                (left, false) => Expression::All(vec![left, right]),
            };
        }
    }

    fn term(&mut self, depth: usize) -> Result<Expression, Fault> {
        self.space();
        let start = self.at;
        let negated = self.word("not");
        self.space();
        if self.take('(') {
            let inner = self.expression(depth + 1)?;
            self.space();
            if !self.take(')') {
                return Err(self.expected("a closing parenthesis"));
            }
            return Ok(match negated {
                true => Expression::Not(Box::new(inner)),
                false => inner,
            });
        }
        self.at = start;
        self.test(depth)
    }

    fn test(&mut self, depth: usize) -> Result<Expression, Fault> {
        self.tests += 1;
        if self.tests > FILTER_TESTS_MAX {
            return Err(Fault::Costly(format!(
                "has more than {FILTER_TESTS_MAX} tests"
            )));
        }
        let mut path = vec![self.segment(depth)?];
        while self.take('.') {
            path.push(self.segment(depth)?);
        }
        self.space();
        let name = self.until(|c| c.is_whitespace() || c == '(' || c == ')');
        let Some((_, operator)) = OPERATORS.iter().find(|(known, _)| *known == name) else {
            self.at -= name.len();
            return Err(self.expected("an operator such as eq, co or gt"));
        };
        self.space();
        let value = self.value()?;
        Ok(Expression::Test {
            path,
            operator: *operator,
            value,
        })
    }

    fn segment(&mut self, depth: usize) -> Result<Segment, Fault> {
        let name = self.until(|c| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':')));
        if name.is_empty() {
            return Err(self.expected("the name of a search parameter"));
        }
        let mut bracket = None;
        if self.take('[') {
            bracket = Some(Box::new(self.expression(depth + 1)?));
            self.space();
            if !self.take(']') {
                return Err(self.expected("a closing bracket"));
            }
        }
        Ok(Segment {
            name: name.to_owned(),
            bracket,
        })
    }

    fn until(&mut self, ends: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let found = rest.get(..rest.find(ends).unwrap_or(rest.len()));
        let found = found.unwrap_or_default();
        self.at += found.len();
        found
    }

    /// A JSON string, or letters up to a space, a parenthesis or a bracket.
    fn value(&mut self) -> Result<String, Fault> {
        if !self.rest().starts_with('"') {
            let word = self.until(|c| c.is_whitespace() || c == ')' || c == ']');
            return match word.is_empty() {
                true => Err(self.expected("a value")),
                false => Ok(word.to_owned()),
            };
        }
        let mut escaped = false;
        let inner = self.rest().char_indices().skip(1);
        let end = inner.into_iter().find(|(_, letter)| {
            let ends = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            ends
        });
        let Some((end, _)) = end else {
            return Err(self.expected("a string that ends"));
        };
        let text = self.rest().get(..=end).unwrap_or_default();
        match serde_json::from_str(text) {
            Ok(value) => {
                self.at += end + 1;
                Ok(value)
            }
            Err(_) => Err(self.expected("a string as JSON writes it")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn shown(expression: &Expression) -> String {
        let joined = |parts: &[Expression], word: &str| {
            let parts: Vec<String> = parts.iter().map(shown).collect();
            format!("({})", parts.join(word))
        };
        match expression {
            Expression::All(parts) => joined(parts, " and "),
            Expression::Any(parts) => joined(parts, " or "),
            Expression::Not(inner) => format!("not({})", shown(inner)),
            Expression::Test {
                path,
                operator,
                value,
            } => {
                let one = |s: &Segment| match &s.bracket {
                    Some(inner) => format!("{}[{}]", s.name, shown(inner)),
                    None => s.name.clone(),
                };
                let path: Vec<String> = path.iter().map(one).collect();
                format!("{} {} {value:?}", path.join("."), operator.name())
            }
        }
    }

    #[test]
    fn words_bind_from_the_left() {
        for (text, wanted) in [
            ("a eq b", r#"a eq "b""#),
            (
                "a eq b and c ne d or e co f",
                r#"((a eq "b" and c ne "d") or e co "f")"#,
            ),
            (
                "a eq b and (c ne d or e co f)",
                r#"(a eq "b" and (c ne "d" or e co "f"))"#,
            ),
            (
                " not ( a pr true ) and not(b pr false)",
                r#"(not(a pr "true") and not(b pr "false"))"#,
            ),
            (
                r#"name co "O\"Neil (x) ä" or x eq 1"#,
                r#"(name co "O\"Neil (x) ä" or x eq "1")"#,
            ),
            ("(a eq s|b)", r#"a eq "s|b""#),
            (
                "subject[active eq true and name sw A].name.x-y:Type eq 5",
                r#"subject[(active eq "true" and name sw "A")].name.x-y:Type eq "5""#,
            ),
            ("not eq a", r#"not eq "a""#),
            ("andy eq or", r#"andy eq "or""#),
        ] {
            assert_eq!(shown(&parse(text).unwrap()), wanted, "{text}");
        }
    }

    #[test]
    fn faults_say_where_they_are() {
        for (text, at) in [
            ("", 1),
            ("a", 2),
            ("a eq", 5),
            ("a is b", 3),
            ("ä eq b", 1),
            ("a eq b c", 8),
            ("(a eq b", 8),
            ("a[b eq c", 9),
            ("a eq \"b", 6),
            (r#"a eq "\x""#, 6),
            ("a. eq b", 3),
            ("a eq b and", 11),
        ] {
            let Err(Fault::Syntax(said)) = parse(text) else {
                unreachable!("{text}");
            };
            assert!(said.ends_with(&format!("character {at}")), "{text}: {said}");
        }
    }

    #[test]
    fn too_deep_or_too_many_is_refused() {
        let deep = "(".repeat(5000) + "a eq b";
        assert!(matches!(parse(&deep), Err(Fault::Costly(_))));
        let deep = "a[".repeat(5000);
        assert!(matches!(parse(&deep), Err(Fault::Costly(_))));
        let many = vec!["a eq b"; 65].join(" and ");
        assert!(matches!(parse(&many), Err(Fault::Costly(_))));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([a-z_.:\\[\\]()\" ]|eq|and|or|not|\\PC){0,40}") {
            let _ = parse(&text);
        }
    }
}
