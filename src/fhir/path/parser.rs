//! From tokens to terms: precedence climbing over an arena, bounded in depth.

use std::borrow::Cow;

use super::lexer::{Token, tokens};
use super::quantity::{Calendar, QuantityUnit};
use super::syntax::{Function, Id, Operator, Step, TYPE_STRENGTH, Term, Typing};
use super::types::TypeName;
use super::value::Value;
use super::{DEPTH_MAX, Fault, LENGTH_MAX, Quantity};
use rust_decimal::Decimal;

type Parsed<T> = Result<T, Fault>;

/// The terms of an expression and which is its root.
pub(super) fn parse(text: &str) -> Parsed<(Vec<Term>, Id)> {
    if text.len() > LENGTH_MAX {
        let why = format!("an expression has at most {LENGTH_MAX} bytes, so it is too long");
        return Err(Fault::Syntax {
            at: LENGTH_MAX,
            why: why.into(),
        });
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        terms: Vec::new(),
        depths: Vec::new(),
    };
    let root = parser.expression(0, 0)?;
    match parser.peek() {
        Token::End => Ok((parser.terms, root)),
        _ => parser.fault("expected an operator or the end"),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    terms: Vec<Term>,
    /// How deep each term is: what evaluating it takes of the stack.
    depths: Vec<usize>,
}

const END: Token = Token::End;

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&END, |(_, token)| token)
    }
    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }
    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }
    fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.at += usize::from(found);
        found
    }
    fn fault<T>(&self, why: impl Into<Cow<'static, str>>) -> Parsed<T> {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        Err(Fault::Syntax {
            at: token.map_or(0, |(at, _)| *at),
            why: why.into(),
        })
    }
    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        match self.take(symbol) {
            true => Ok(()),
            false => self.fault(format!("expected {symbol}")),
        }
    }

    fn push(&mut self, term: Term) -> Parsed<Id> {
        let depth = |id: &Id| self.depths.get(*id).copied().unwrap_or(0);
        let deepest = match &term {
            Term::Minus(one) | Term::Plus(one) | Term::Is(one, _) | Term::As(one, _) => depth(one),
            Term::Binary(_, left, right) => depth(left).max(depth(right)),
            Term::Path { start, steps } => {
                let arguments = steps.iter().flat_map(|step| match step {
                    Step::Call(_, arguments) => arguments,
                    Step::Index(id) => std::slice::from_ref(id),
                    _ => &[],
                });
                let arguments = start.iter().chain(arguments);
                arguments.map(depth).max().unwrap_or(0)
            }
            _ => 0,
        };
        if deepest >= DEPTH_MAX {
            return self.fault(format!("nested more than {DEPTH_MAX} levels deep"));
        }
        self.terms.push(term);
        self.depths.push(deepest + 1);
        Ok(self.terms.len() - 1)
    }

    /// An expression of operators that bind at least that strongly.
    fn expression(&mut self, least: u8, depth: usize) -> Parsed<Id> {
        if depth > DEPTH_MAX {
            return self.fault(format!("nested more than {DEPTH_MAX} levels deep"));
        }
        let mut left = self.unary(depth)?;
        loop {
            let text = match self.peek() {
                Token::Symbol(symbol) => *symbol,
                Token::Word(word) => word.as_str(),
                _ => return Ok(left),
            };
            let typed = match text {
                "is" => Some(Typing::Is),
                "as" => Some(Typing::As),
                _ => None,
            };
            if let Some(typing) = typed {
                if TYPE_STRENGTH < least {
                    return Ok(left);
                }
                self.at += 1;
                let name = self.type_name()?;
                left = self.push(match typing {
                    Typing::Is => Term::Is(left, name),
                    _ => Term::As(left, name),
                })?;
                continue;
            }
            let Some((operator, strength)) = Operator::of(text) else {
                return Ok(left);
            };
            if strength < least {
                return Ok(left);
            }
            self.at += 1;
            let right = self.expression(strength + 1, depth + 1)?;
            left = self.push(Term::Binary(operator, left, right))?;
        }
    }

    fn unary(&mut self, depth: usize) -> Parsed<Id> {
        if depth > DEPTH_MAX {
            return self.fault(format!("nested more than {DEPTH_MAX} levels deep"));
        }
        if self.take("-") {
            let inner = self.unary(depth + 1)?;
            return self.push(Term::Minus(inner));
        }
        if self.take("+") {
            let inner = self.unary(depth + 1)?;
            return self.push(Term::Plus(inner));
        }
        self.postfix(depth)
    }

    /// A term and the steps from it.
    fn postfix(&mut self, depth: usize) -> Parsed<Id> {
        let mut steps = Vec::new();
        let start = self.primary(&mut steps, depth)?;
        loop {
            if self.take(".") {
                match self.next() {
                    Token::Word(name) => steps.push(self.invocation(name, depth)?),
                    Token::Quoted(name) => steps.push(Step::Member(name.into())),
                    Token::Variable(name) if name == "this" => {}
                    _ => {
                        self.at -= 1;
                        return self.fault("expected a name after the dot");
                    }
                }
            } else if self.take("[") {
                let index = self.expression(0, depth + 1)?;
                self.expect("]")?;
                steps.push(Step::Index(index));
            } else {
                break;
            }
        }
        match (start, steps.is_empty()) {
            (Some(start), true) => Ok(start),
            (start, _) => self.push(Term::Path {
                start,
                steps: steps.into(),
            }),
        }
    }

    /// The first term of a path; `None` where the path begins at the focus with a step.
    fn primary(&mut self, steps: &mut Vec<Step>, depth: usize) -> Parsed<Option<Id>> {
        let term = match self.next() {
            Token::Literal(value) => self.literal(value)?,
            Token::Word(word) if word == "true" => Term::Literal(Value::Boolean(true)),
            Token::Word(word) if word == "false" => Term::Literal(Value::Boolean(false)),
            Token::Word(name) => {
                steps.push(self.invocation(name, depth)?);
                return Ok(None);
            }
            Token::Quoted(name) => {
                steps.push(Step::Member(name.into()));
                return Ok(None);
            }
            Token::Constant(name) => Term::Constant(name.into()),
            Token::Variable(name) => match name.as_str() {
                "this" => Term::This,
                "index" => Term::Index,
                "total" => Term::Total,
                _ => {
                    self.at -= 1;
                    return self.fault("the variables are $this, $index and $total");
                }
            },
            Token::Symbol("(") => {
                let inner = self.expression(0, depth + 1)?;
                self.expect(")")?;
                return Ok(Some(inner));
            }
            Token::Symbol("{") => {
                self.expect("}")?;
                Term::Empty
            }
            _ => {
                self.at -= 1;
                return self.fault("expected a term");
            }
        };
        self.push(term).map(Some)
    }

    /// A number with the unit after it, if there is one.
    fn literal(&mut self, value: Value<'static>) -> Parsed<Term> {
        let number = match &value {
            Value::Integer(value) => Decimal::from(*value),
            Value::Decimal(value) => *value,
            _ => return Ok(Term::Literal(value)),
        };
        let unit = match self.peek() {
            Token::Literal(Value::String(unit)) => QuantityUnit::Ucum(unit.clone()),
            Token::Word(word) => match Calendar::from_name(word) {
                Some(calendar) => QuantityUnit::Calendar(calendar),
                None => return Ok(Term::Literal(value)),
            },
            _ => return Ok(Term::Literal(value)),
        };
        self.at += 1;
        let value = number;
        Ok(Term::Literal(Value::Quantity(Quantity { value, unit })))
    }

    /// A member or a function with its arguments.
    fn invocation(&mut self, name: String, depth: usize) -> Parsed<Step> {
        if !self.take("(") {
            return Ok(Step::Member(name.into()));
        }
        let start = self.at;
        let typing = match name.as_str() {
            "is" => Some(Typing::Is),
            "as" => Some(Typing::As),
            "ofType" => Some(Typing::OfType),
            _ => None,
        };
        if let Some(typing) = typing {
            let of = self.type_name()?;
            self.expect(")")?;
            return Ok(Step::Typed(typing, of));
        }
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.expression(0, depth + 1)?);
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        let shown: String = name.chars().take(64).collect();
        let Some((function, least, most)) = Function::of(&name) else {
            self.at = start;
            return self.fault(format!("there is no function {shown}"));
        };
        if arguments.len() < least || arguments.len() > most {
            self.at = start;
            let count = arguments.len();
            let takes = match least == most {
                true => least.to_string(),
                false => format!("{least} to {most}"),
            };
            return self.fault(format!("{shown} takes {takes} arguments, not {count}"));
        }
        Ok(Step::Call(function, arguments.into()))
    }

    /// `Patient`, `FHIR.string`; a type that is not there is a fault.
    fn type_name(&mut self) -> Parsed<TypeName> {
        let mut names = Vec::new();
        loop {
            match self.next() {
                Token::Word(name) | Token::Quoted(name) => names.push(name),
                _ => {
                    self.at -= 1;
                    return self.fault("expected the name of a type");
                }
            }
            // `(x as Quantity).value`: a dot after a whole type name belongs to what follows.
            let qualifies = names.len() == 1 && names.iter().all(|n| n == "FHIR" || n == "System");
            if !(qualifies && self.take(".")) {
                break;
            }
        }
        let name = names.pop().unwrap_or_default();
        let found = TypeName {
            namespace: names.pop().map(String::into_boxed_str),
            name: name.into(),
        };
        match found.is_known() {
            true => Ok(found),
            false => {
                self.at -= 1;
                let shown: String = found.name.chars().take(64).collect();
                self.fault(format!("there is no type {shown}"))
            }
        }
    }
}
