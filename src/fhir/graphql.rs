//! Queries in GraphQL (R4 `$graphql`): read, and checked against the definitions of R4.

mod check;
mod lexer;
mod member;
mod parser;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use check::{check, narrowed};
pub use member::{Member, Root, member, root};
pub use parser::parse;

/// Length of a query in bytes, levels of selections within each other, and fields it comes to with
/// its fragments put in.
pub const QUERY_BYTES_MAX: usize = 64 * 1024;
pub const DEPTH_MAX: usize = 24;
pub const FIELDS_MAX: usize = 5_000;

/// What is wrong with a query, and where, both counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    pub line: usize,
    pub column: usize,
}

/// A place in the text of a query.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct At {
    pub line: usize,
    pub column: usize,
}

impl Fault {
    pub(crate) fn new(at: At, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            line: at.line,
            column: at.column,
        }
    }
}

/// A text of operations and fragments.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub operations: Vec<Operation>,
    pub fragments: BTreeMap<String, Fragment>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    pub name: Option<String>,
    pub variables: Vec<Variable>,
    pub selections: Vec<Selection>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    /// It must have a value (`!`).
    pub required: bool,
    pub default: Option<Value>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Fragment {
    pub on: String,
    pub selections: Vec<Selection>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Selection {
    Field(Field),
    Spread(Spread),
    Inline(Inline),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    pub at: At,
    pub alias: Option<String>,
    pub name: String,
    pub arguments: Vec<(String, Value)>,
    pub directives: Vec<Directive>,
    pub selections: Vec<Selection>,
}

/// `...name`
#[derive(Debug, PartialEq, Eq)]
pub struct Spread {
    pub at: At,
    pub name: String,
    pub directives: Vec<Directive>,
}

/// `... on Type { }`
#[derive(Debug, PartialEq, Eq)]
pub struct Inline {
    pub at: At,
    pub on: Option<String>,
    pub directives: Vec<Directive>,
    pub selections: Vec<Selection>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Directive {
    pub name: String,
    pub arguments: Vec<(String, Value)>,
}

/// A value as written: numbers, words and texts are texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Boolean(bool),
    Text(String),
    Variable(String),
    List(Vec<Value>),
}

impl Field {
    /// The name it has in the answer.
    pub fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
    pub fn argument(&self, name: &str) -> Option<&Value> {
        let mut all = self.arguments.iter();
        all.find(|(own, _)| own == name).map(|(_, value)| value)
    }
    pub fn directive(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().find(|one| one.name == name)
    }
}

impl Request {
    /// The operation of a name, or the only one. Errors: none, or several and no name.
    pub fn operation(&self, name: Option<&str>) -> Result<&Operation, String> {
        match (name, self.operations.as_slice()) {
            (None, [one]) => Ok(one),
            (None, _) => Err("operationName must say which operation is meant".to_owned()),
            (Some(name), all) => {
                let found = all.iter().find(|one| one.name.as_deref() == Some(name));
                found.ok_or_else(|| "operationName names no operation of the query".to_owned())
            }
        }
    }
}
