//! From the text of a query to its tree (GraphQL October 2021, section 2).

use super::lexer::{Token, tokens};
use super::{
    At, DEPTH_MAX, Directive, Fault, Field, Fragment, Inline, Operation, QUERY_BYTES_MAX, Request,
    Selection, Spread, Value, Variable,
};

type Parsed<T> = Result<T, Fault>;

/// Reads a query. Errors: the first place that is not GraphQL, or is too long or too deep.
pub fn parse(text: &str) -> Parsed<Request> {
    let start = At { line: 1, column: 1 };
    if text.len() > QUERY_BYTES_MAX {
        let why = format!("a query may have at most {QUERY_BYTES_MAX} bytes");
        return Err(Fault::new(start, why));
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
    };
    let mut request = Request::default();
    while *parser.peek() != Token::End {
        parser.definition(&mut request)?;
    }
    match request.operations.is_empty() {
        true => Err(Fault::new(start, "there is no query")),
        false => Ok(request),
    }
}

struct Parser {
    tokens: Vec<(At, Token)>,
    next: usize,
}

static END: Token = Token::End;

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&END, |(_, token)| token)
    }
    fn at(&self) -> At {
        let token = self.tokens.get(self.next).or(self.tokens.last());
        token.map_or_else(At::default, |(at, _)| *at)
    }
    fn fault<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(Fault::new(self.at(), message))
    }
    fn take(&mut self, sign: char) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        self.next += usize::from(found);
        found
    }
    fn expect(&mut self, sign: char) -> Parsed<()> {
        match self.take(sign) {
            true => Ok(()),
            false => self.fault(format!("expected {sign}")),
        }
    }
    fn name(&mut self) -> Parsed<String> {
        match self.peek() {
            Token::Name(name) => {
                let name = name.clone();
                self.next += 1;
                Ok(name)
            }
            _ => self.fault("expected a name"),
        }
    }

    fn definition(&mut self, request: &mut Request) -> Parsed<()> {
        if *self.peek() == Token::Sign('{') {
            let selections = self.selections(0)?;
            request.operations.push(Operation {
                name: None,
                variables: Vec::new(),
                selections,
            });
            return Ok(());
        }
        let at = self.at();
        match self.name()?.as_str() {
            "query" => {
                let name = match self.peek() {
                    Token::Name(_) => Some(self.name()?),
                    _ => None,
                };
                let variables = self.variables()?;
                self.directives()?;
                let selections = self.selections(0)?;
                request.operations.push(Operation {
                    name,
                    variables,
                    selections,
                });
            }
            "fragment" => {
                let name = self.name()?;
                if self.name()? != "on" {
                    return Err(Fault::new(at, "a fragment is on a type"));
                }
                let on = self.name()?;
                self.directives()?;
                let selections = self.selections(0)?;
                let fragment = Fragment { on, selections };
                if request.fragments.insert(name, fragment).is_some() {
                    return Err(Fault::new(at, "there are two fragments of this name"));
                }
            }
            "mutation" | "subscription" => {
                return Err(Fault::new(at, "only queries are answered here"));
            }
            _ => return Err(Fault::new(at, "expected query, fragment or {")),
        }
        Ok(())
    }

    fn variables(&mut self) -> Parsed<Vec<Variable>> {
        let mut variables = Vec::new();
        if !self.take('(') {
            return Ok(variables);
        }
        while !self.take(')') {
            self.expect('$')?;
            let name = self.name()?;
            self.expect(':')?;
            let mut open = 0;
            while self.take('[') {
                open += 1;
            }
            self.name()?;
            let mut required = self.take('!');
            for _ in 0..open {
                self.expect(']')?;
                required = self.take('!');
            }
            let default = match self.take('=') {
                true => Some(self.value(0)?),
                false => None,
            };
            variables.push(Variable {
                name,
                required,
                default,
            });
        }
        Ok(variables)
    }

    fn selections(&mut self, depth: usize) -> Parsed<Vec<Selection>> {
        if depth > DEPTH_MAX {
            return self.fault(format!("nested more than {DEPTH_MAX} levels deep"));
        }
        self.expect('{')?;
        let mut selections = Vec::new();
        while !self.take('}') {
            selections.push(self.selection(depth)?);
        }
        match selections.is_empty() {
            true => self.fault("nothing is selected between the braces"),
            false => Ok(selections),
        }
    }

    fn selection(&mut self, depth: usize) -> Parsed<Selection> {
        let at = self.at();
        if self.take('…') {
            return match self.peek() {
                Token::Name(name) if name != "on" => Ok(Selection::Spread(Spread {
                    at,
                    name: self.name()?,
                    directives: self.directives()?,
                })),
                other => {
                    let typed = *other != Token::Sign('{') && *other != Token::Sign('@');
                    let on = match typed {
                        true => {
                            self.name()?;
                            Some(self.name()?)
                        }
                        false => None,
                    };
                    Ok(Selection::Inline(Inline {
                        at,
                        on,
                        directives: self.directives()?,
                        selections: self.selections(depth + 1)?,
                    }))
                }
            };
        }
        let first = self.name()?;
        let (alias, name) = match self.take(':') {
            true => (Some(first), self.name()?),
            false => (None, first),
        };
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let selections = match self.peek() {
            Token::Sign('{') => self.selections(depth + 1)?,
            _ => Vec::new(),
        };
        Ok(Selection::Field(Field {
            at,
            alias,
            name,
            arguments,
            directives,
            selections,
        }))
    }

    fn arguments(&mut self) -> Parsed<Vec<(String, Value)>> {
        let mut arguments = Vec::new();
        if !self.take('(') {
            return Ok(arguments);
        }
        while !self.take(')') {
            let name = self.name()?;
            self.expect(':')?;
            arguments.push((name, self.value(0)?));
        }
        Ok(arguments)
    }

    fn directives(&mut self) -> Parsed<Vec<Directive>> {
        let mut directives = Vec::new();
        while self.take('@') {
            directives.push(Directive {
                name: self.name()?,
                arguments: self.arguments()?,
            });
        }
        Ok(directives)
    }

    fn value(&mut self, depth: usize) -> Parsed<Value> {
        if depth > DEPTH_MAX {
            return self.fault(format!("nested more than {DEPTH_MAX} levels deep"));
        }
        let value = match self.peek().clone() {
            Token::Sign('$') => {
                self.next += 1;
                return self.name().map(Value::Variable);
            }
            Token::Sign('[') => {
                self.next += 1;
                let mut all = Vec::new();
                while !self.take(']') {
                    all.push(self.value(depth + 1)?);
                }
                return Ok(Value::List(all));
            }
            Token::Name(name) => match name.as_str() {
                "null" => Value::Null,
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                _ => Value::Text(name),
            },
            Token::Number(text) | Token::Text(text) => Value::Text(text),
            _ => return self.fault("expected a value"),
        };
        self.next += 1;
        Ok(value)
    }
}
