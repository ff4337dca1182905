//! Statements: SQL text with numbered parameters, and the values bound to them.

use std::borrow::Cow;

use bytes::Bytes;

/// A value bound to a `$n`. Lists go to the dialect's `in_ints` and `in_texts`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bind {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Bytes),
    Ints(Vec<i64>),
    Texts(Vec<String>),
}

impl From<i64> for Bind {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<i32> for Bind {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<bool> for Bind {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<f64> for Bind {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}
impl From<&str> for Bind {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<String> for Bind {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<&String> for Bind {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}
impl From<Bytes> for Bind {
    fn from(value: Bytes) -> Self {
        Self::Bytes(value)
    }
}
impl From<Vec<u8>> for Bind {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value.into())
    }
}
impl From<Vec<i64>> for Bind {
    fn from(value: Vec<i64>) -> Self {
        Self::Ints(value)
    }
}
impl From<Vec<String>> for Bind {
    fn from(value: Vec<String>) -> Self {
        Self::Texts(value)
    }
}
/// Times are stored as microseconds since 1970 UTC.
impl From<jiff::Timestamp> for Bind {
    fn from(value: jiff::Timestamp) -> Self {
        Self::Int(value.as_microsecond())
    }
}
impl<T: Into<Bind>> From<Option<T>> for Bind {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One statement. The text never contains a caller's value: those are only ever bound.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statement {
    pub(crate) sql: Cow<'static, str>,
    pub(crate) binds: Vec<Bind>,
}

impl Statement {
    /// A statement with a fixed text; bind `$1`, `$2`, … in order with [`Self::bind`].
    pub(crate) fn new(sql: &'static str) -> Self {
        Self {
            sql: Cow::Borrowed(sql),
            binds: Vec::new(),
        }
    }
    /// A statement whose text was put together elsewhere, from our own words only.
    pub(crate) fn made(sql: String) -> Self {
        Self {
            sql: Cow::Owned(sql),
            binds: Vec::new(),
        }
    }
    /// The next value of a fixed text.
    pub(crate) fn bind(mut self, value: impl Into<Bind>) -> Self {
        self.binds.push(value.into());
        self
    }
    /// More text, of our own words.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.sql.to_mut().push_str(text);
        self
    }
    /// A value: its `$n` is written here.
    pub(crate) fn push_bind(&mut self, value: impl Into<Bind>) -> &mut Self {
        let n = self.number(value);
        self.push_number(n)
    }
    /// Binds a value without writing it, and returns its number for [`Self::push_number`].
    pub(crate) fn number(&mut self, value: impl Into<Bind>) -> usize {
        self.binds.push(value.into());
        self.binds.len()
    }
    /// Writes `$n` for a number bound before.
    pub(crate) fn push_number(&mut self, number: usize) -> &mut Self {
        let text = self.sql.to_mut();
        text.push('$');
        text.push_str(&number.to_string());
        self
    }
}

/// The type of a column in a multi-row insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Int,
    Real,
    Text,
    Bytes,
}

/// A table rows are inserted into many at a time.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Column)],
    /// What follows the rows: empty, or `ON CONFLICT …`.
    pub(crate) tail: &'static str,
}

/// Rows for a [`Table`], value after value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    pub(crate) values: Vec<Bind>,
}

impl Rows {
    pub(crate) fn push(&mut self, value: impl Into<Bind>) -> &mut Self {
        self.values.push(value.into());
        self
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_in_the_order_they_are_bound() {
        let mut s = Statement::new("SELECT 1 WHERE a = ");
        s.push_bind("x").push(" AND b = ").push_bind(7);
        let again = s.number(true);
        s.push(" AND c = ").push_number(again);
        s.push(" AND d = ").push_number(again);
        assert_eq!(
            s.sql,
            "SELECT 1 WHERE a = $1 AND b = $2 AND c = $3 AND d = $3"
        );
        assert_eq!(
            s.binds,
            vec![Bind::Text("x".into()), Bind::Int(7), Bind::Int(1)]
        );
    }

    #[test]
    fn nothing_is_null() {
        assert_eq!(Bind::from(None::<i64>), Bind::Null);
        assert_eq!(Bind::from(Some("a")), Bind::Text("a".into()));
    }
}
