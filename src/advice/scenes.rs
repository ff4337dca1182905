//! Small records for the tests of rules.
#![allow(clippy::unwrap_used)]

use crate::{Record, Setting};
use access::Pack;
use fhir::Document;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A patient with lists, as texts.
pub(crate) struct Scene {
    patient: Document,
    lists: BTreeMap<&'static str, Vec<Document>>,
}

impl Scene {
    /// Patient `p1` with these members.
    pub(crate) fn of(members: &str) -> Self {
        let text = format!(
            r#"{{"resourceType":"Patient","id":"p1","name":[{{"given":["Mia"],"family":"Doe"}}],{members}}}"#
        );
        Self {
            patient: Document::parse(text).unwrap(),
            lists: BTreeMap::new(),
        }
    }
    pub(crate) fn list(&mut self, key: &'static str, resources: &[&str]) {
        let parsed = resources.iter().map(|text| Document::parse(*text).unwrap());
        self.lists.insert(key, parsed.collect());
    }
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Record<'_>) -> T) -> T {
        let mut record = Record::new(self.patient.root());
        for (key, list) in &self.lists {
            record.put(key, list.iter().map(Document::root).collect());
        }
        look(&record)
    }
}

/// Noon of June 15, 2026, at the practice, seen by a clinician.
pub(crate) fn setting() -> Setting {
    Setting {
        now: "2026-06-15T16:00:00Z".parse().unwrap(),
        pack: Arc::new(Pack::shipped("middlesex").unwrap()),
        user: "Practitioner/dr".to_owned(),
        growth_app: Some("https://apps.example/growth/launch".to_owned()),
    }
}
