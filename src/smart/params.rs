//! Request parameters as they came, each allowed once (RFC 6749 section 3.1).

use crate::{Error, ErrorCode};
use url::form_urlencoded;

/// Decoded names and values of a query or form body.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Decodes `application/x-www-form-urlencoded` text (a query string or a body). A NUL, which no
    /// parameter may hold and not every database can, becomes U+FFFD.
    pub fn parse(text: &str) -> Self {
        Self(
            form_urlencoded::parse(text.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.replace('\0', "\u{fffd}")))
                .collect(),
        )
    }
    /// The first value; an empty one counts as absent (RFC 6749 section 3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, v)| n == name && !v.is_empty())
            .map(|(_, v)| v.as_str())
    }
    /// The value, or why it cannot be used.
    pub fn require(&self, name: &str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| {
            Error::new(
                ErrorCode::InvalidRequest,
                format!("the parameter '{name}' is missing or empty"),
            )
        })
    }
    /// Refuses a request that gives any of these parameters more than once.
    pub fn once(&self, names: &[&str]) -> Result<(), Error> {
        match names.iter().find(|name| self.count(name) > 1) {
            Some(name) => Err(Error::new(
                ErrorCode::InvalidRequest,
                format!("the parameter '{name}' is given more than once; send it once"),
            )),
            None => Ok(()),
        }
    }
    /// All but these.
    pub fn without(&self, names: &[&str]) -> Self {
        let kept = |(name, _): &&(String, String)| !names.contains(&name.as_str());
        Self(self.0.iter().filter(kept).cloned().collect())
    }
    /// With this one value of a parameter.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut params = self.without(&[name]);
        params.0.push((name.to_owned(), value.to_owned()));
        params
    }
    /// As a form again.
    pub fn to_form(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.0)
            .finish()
    }
    pub fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(n, _)| n == name).count()
    }
    /// All values of a name, in order (checkboxes).
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_never_gets_further() {
        assert_eq!(Params::parse("a=x%00y").get("a"), Some("x\u{fffd}y"));
    }

    #[test]
    fn empty_is_absent_and_twice_is_refused() {
        let params = Params::parse("a=1&b=&a=2&scope=openid+patient%2F*.rs");
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), None);
        assert_eq!(params.get("scope"), Some("openid patient/*.rs"));
        assert!(params.once(&["scope"]).is_ok());
        assert!(params.once(&["a"]).is_err());
        assert!(params.require("b").is_err());
    }
}
