//! What an export was asked for, as it is kept until the export is over.

use std::collections::BTreeMap;

use config::limits;
use fhir::{
    Issue, IssueCode, ResourceType, Severity,
    search::{self, Handling, Query},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::{Exported, Provenance, Whose};
use web::{House, urls};

use crate::error::Error;

/// What shapes pages, not what is found.
const SHAPES: &[&str] = &[
    "_cursor",
    "_count",
    "_sort",
    "_total",
    "_summary",
    "_elements",
    "_include",
    "_revinclude",
    "_include:iterate",
    "_revinclude:iterate",
    "_format",
    "_pretty",
];

/// The wishes of one export.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) whose: Whose,
    pub(super) types: Vec<ResourceType>,
    pub(super) since: Option<Timestamp>,
    /// `Type.element` or `element`.
    pub(super) elements: Vec<String>,
    /// `Type?query`
    pub(super) filters: Vec<String>,
    pub(super) provenance: Option<Provenance>,
    /// What lenient handling passed over, in words.
    pub(super) ignored: Vec<String>,
}

impl Asked {
    /// As text, to be kept.
    pub(super) fn write(&self) -> String {
        let types: Vec<&str> = self.types.iter().map(|t| t.name()).collect();
        json!({
            "whose": match self.whose {
                Whose::All => "all",
                Whose::Patients => "patients",
                Whose::Members => "members",
            },
            "types": types,
            "since": self.since.map(|since| since.to_string()),
            "elements": self.elements,
            "filters": self.filters,
            "provenance": self.provenance.map(|which| match which {
                Provenance::Latest => "latest",
                Provenance::All => "all",
            }),
            "ignored": self.ignored,
        })
        .to_string()
    }

    /// What [`Self::write`] wrote. Errors: a text that is none of ours.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let kept: Value = serde_json::from_str(text)
            .map_err(|_| Error::House("what an export was asked for cannot be read"))?;
        let text = |name: &str| kept.get(name).and_then(Value::as_str);
        let texts = |name: &str| -> Vec<String> {
            let all = kept.get(name).and_then(Value::as_array);
            let all = all.into_iter().flatten().filter_map(Value::as_str);
            all.map(str::to_owned).collect()
        };
        let types = texts("types");
        let types = types
            .iter()
            .filter_map(|name| ResourceType::from_name(name));
        Ok(Self {
            whose: match text("whose") {
                Some("all") => Whose::All,
                Some("patients") => Whose::Patients,
                _ => Whose::Members,
            },
            types: types.collect(),
            since: text("since").and_then(|since| since.parse().ok()),
            elements: texts("elements"),
            filters: texts("filters"),
            provenance: match text("provenance") {
                Some("latest") => Some(Provenance::Latest),
                Some(_) => Some(Provenance::All),
                None => None,
            },
            ignored: texts("ignored"),
        })
    }

    /// The elements wanted of a type; empty is all.
    pub(super) fn elements_of(&self, resource_type: ResourceType) -> Vec<String> {
        let named = |element: &&String| match element.split_once('.') {
            Some((first, _)) => {
                ResourceType::from_name(first).is_none_or(|named| named == resource_type)
            }
            None => true,
        };
        self.elements.iter().filter(named).cloned().collect()
    }

    /// In the terms of the record. Errors: a query of `_typeFilter` that is wrong.
    pub(super) async fn exported(&self, house: &House) -> Result<Exported, Error> {
        let posted = house.storage.posted().await?;
        let settings = search::Settings {
            base: &house.fhir_base,
            handling: Handling::Strict,
            count_default: limits::PAGE_RESOURCES_DEFAULT,
            count_max: limits::PAGE_RESOURCES_MAX,
            clauses_max: limits::SEARCH_CLAUSES_MAX,
            posted: Some(&posted),
            include_rounds_max: 0,
            included_max: 0,
        };
        let mut filters: BTreeMap<ResourceType, Vec<Query>> = BTreeMap::new();
        for text in &self.filters {
            let query = filter(text, &self.types, &settings)?;
            filters.entry(query.resource_type).or_default().push(query);
        }
        Ok(Exported {
            whose: self.whose,
            types: self.types.clone(),
            since: self.since,
            filters,
            provenance: self.provenance,
            asked_with: None,
            file_resources: limits::EXPORT_FILE_RESOURCES,
        })
    }
}

fn wrong(text: String) -> Error {
    Error::value(format!("_typeFilter: {text}"), "_typeFilter")
}

/// `Type?query` as a query. Errors: what is wrong with it, the parameter named.
fn filter(
    text: &str,
    types: &[ResourceType],
    settings: &search::Settings<'_>,
) -> Result<Query, Error> {
    let shown: String = text.chars().take(80).collect();
    let (name, query) = text
        .split_once('?')
        .ok_or_else(|| wrong(format!("{shown} is not of the form Type?query")))?;
    let resource_type = ResourceType::from_name(name.trim())
        .ok_or_else(|| wrong(format!("{shown} does not begin with a type of FHIR R4")))?;
    if !types.is_empty() && !types.contains(&resource_type) {
        return Err(wrong(format!(
            "{resource_type} is not among the types of _type"
        )));
    }
    let pairs = urls::pairs(query).map_err(|_| wrong("a value may not hold a NUL".to_owned()))?;
    if let Some((name, _)) = pairs.iter().find(|(name, _)| SHAPES.contains(&&**name)) {
        let text = format!("{name} shapes a page and finds nothing");
        return Err(wrong(text));
    }
    search::parse(resource_type, &pairs, settings).map_err(|issues| {
        let named = issues.into_iter().map(|issue| Issue {
            diagnostics: format!("_typeFilter: {}", issue.diagnostics),
            ..issue
        });
        Error::Invalid(named.map(|issue| issue.at("_typeFilter")).collect())
    })
}

/// The queries of one `_typeFilter`: a comma ends one where a type and `?` follow.
pub(super) fn split_filters(text: &str) -> Vec<String> {
    let mut filters = Vec::new();
    let mut current = String::new();
    for part in text.split(',') {
        let name = part.split('?').next().unwrap_or_default().trim();
        let begins = part.contains('?') && ResourceType::from_name(name).is_some();
        if begins && !current.is_empty() {
            filters.push(std::mem::take(&mut current));
        } else if !current.is_empty() {
            current.push(',');
        }
        current.push_str(part.trim());
    }
    filters.push(current);
    filters.retain(|filter| !filter.is_empty());
    filters
}

/// What was passed over, as an issue of the `error` file.
pub(super) fn passed_over(text: &str) -> Issue {
    Issue {
        severity: Severity::Warning,
        ..Issue::error(IssueCode::NotSupported, text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_asked_is_read_as_it_was_written() {
        let asked = Asked {
            whose: Whose::Members,
            types: vec![ResourceType::PATIENT, ResourceType::OBSERVATION],
            since: Some("2026-06-01T00:00:00Z".parse().unwrap()),
            elements: vec!["Patient.name".into(), "id".into()],
            filters: vec!["Observation?status=final".into()],
            provenance: Some(Provenance::Latest),
            ignored: vec!["_x: ignored".into()],
        };
        assert_eq!(Asked::read(&asked.write()).unwrap(), asked);
        assert!(Asked::read("{").is_err());
    }

    #[test]
    fn commas_inside_a_query_do_not_end_it() {
        assert_eq!(
            split_filters("Observation?code=a,b&status=final,Condition?category=x"),
            ["Observation?code=a,b&status=final", "Condition?category=x"]
        );
        assert_eq!(split_filters(""), Vec::<String>::new());
    }

    #[test]
    fn elements_belong_to_their_type_or_to_all() {
        let mut asked = Asked::read("{}").unwrap();
        asked.elements = vec!["Patient.name".into(), "identifier".into()];
        assert_eq!(asked.elements_of(ResourceType::PATIENT).len(), 2);
        assert_eq!(asked.elements_of(ResourceType::OBSERVATION), ["identifier"]);
    }
}
