//! What a query is answered with, as it grows.

use fhir::json::quote;

/// One value.
#[derive(Debug)]
pub(super) enum Out {
    /// JSON as it is.
    Raw(String),
    Object(Object),
}

/// An object: its members in the order they were asked for.
#[derive(Debug, Default)]
pub(super) struct Object {
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    key: String,
    list: bool,
    /// A list even with nothing in it.
    open: bool,
    values: Vec<Out>,
}

impl Object {
    /// A member that is a list, even with nothing in it.
    pub fn open(&mut self, key: &str) {
        if let Some(member) = self.member(key, true) {
            member.open = true;
        }
    }

    /// A member that is null unless something is added to it: every field asked for is answered
    /// (GraphQL 6.3).
    pub fn declare(&mut self, key: &str) {
        let _ = self.member(key, false);
    }

    /// Adds a value; values of one name gather in a list. Errors: a second value where there is to be
    /// one.
    pub fn add(&mut self, key: &str, list: bool, value: Out) -> Result<(), String> {
        let Some(member) = self.member(key, list) else {
            return Ok(());
        };
        if !member.list && !member.values.is_empty() {
            return Err(format!("{key} has more than one value"));
        }
        member.values.push(value);
        Ok(())
    }

    fn member(&mut self, key: &str, list: bool) -> Option<&mut Member> {
        let at = self.members.iter().position(|member| member.key == key);
        let at = at.unwrap_or_else(|| {
            self.members.push(Member {
                key: key.to_owned(),
                list,
                open: false,
                values: Vec::new(),
            });
            self.members.len() - 1
        });
        let member = self.members.get_mut(at)?;
        member.list |= list;
        Some(member)
    }

    pub fn write(&self, out: &mut String) {
        out.push('{');
        for (at, member) in self.members.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(&quote(&member.key));
            out.push(':');
            match (member.list, member.values.first()) {
                (false, Some(one)) => one.write(out),
                (false, None) => out.push_str("null"),
                (true, None) if !member.open => out.push_str("null"),
                (true, _) => {
                    out.push('[');
                    for (at, value) in member.values.iter().enumerate() {
                        if at > 0 {
                            out.push(',');
                        }
                        value.write(out);
                    }
                    out.push(']');
                }
            }
        }
        out.push('}');
    }
}

impl Out {
    pub fn text(text: &str) -> Self {
        Self::Raw(quote(text))
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Raw(text) => out.push_str(text),
            Self::Object(object) => object.write(out),
        }
    }
}
