//! What this server serves: the routes it was put together from, and the statement made of them.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::Method;

/// The routes of a running house. Empty until a router is made.
#[derive(Debug, Default)]
pub struct Served {
    routes: Vec<(Method, &'static str)>,
    /// With the revision of the definitions it was made under.
    statement: Mutex<Option<(u64, Bytes)>>,
}

impl Served {
    pub fn new(routes: impl IntoIterator<Item = (Method, &'static str)>) -> Self {
        Self {
            routes: routes.into_iter().collect(),
            statement: Mutex::default(),
        }
    }

    /// Whether there is a route of that method and template.
    pub fn has(&self, method: &Method, path: &str) -> bool {
        let mut routes = self.routes.iter();
        routes.any(|(of, template)| of == method && *template == path)
    }

    /// The statement made under this revision; made now if it is another.
    pub fn statement(&self, revision: u64, make: impl FnOnce() -> String) -> Bytes {
        let mut kept = self
            .statement
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((of, text)) if *of == revision => text.clone(),
            _ => {
                let text = Bytes::from(make());
                *kept = Some((revision, text.clone()));
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_made_once_for_a_revision() {
        let served = Served::new([(Method::GET, "/fhir/{type}")]);
        assert!(served.has(&Method::GET, "/fhir/{type}"));
        assert!(!served.has(&Method::POST, "/fhir/{type}"));
        assert_eq!(served.statement(1, || "a".to_owned()), "a");
        assert_eq!(served.statement(1, || "b".to_owned()), "a");
        assert_eq!(served.statement(2, || "c".to_owned()), "c");
    }
}
