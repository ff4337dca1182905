//! From the decoded pairs of a query string to a checked [`Query`].

mod composite;
mod condition;
mod control;
mod operator;
mod reach;

pub use reach::types;

use super::{CONDITIONS_MAX, Condition, Handling, Query, Settings, Subject, Summary, Total};
use crate::{Issue, IssueCode, ResourceType};

/// Longest value of one parameter, in bytes.
const VALUE_BYTES_MAX: usize = 8 * 1024;

/// Parses decoded `name=value` pairs. `_format`, `_pretty` are accepted and dropped.
/// Errors: one issue per parameter that is unknown (strict), malformed or asks too much.
pub fn parse(
    resource_type: ResourceType,
    pairs: &[(String, String)],
    settings: &Settings<'_>,
) -> Result<Query, Vec<Issue>> {
    let mut query = Query {
        resource_type,
        filters: Vec::new(),
        sort: Vec::new(),
        count: settings.count_default.min(settings.count_max),
        total: None,
        includes: Vec::new(),
        include_rounds_max: settings.include_rounds_max,
        included_max: settings.included_max,
        summary: Summary::False,
        elements: Vec::new(),
        cursor: None,
        applied: Vec::new(),
        ignored: Vec::new(),
    };
    let mut faults = Vec::new();
    for (name, value) in pairs {
        match pair(&mut query, name, value, settings) {
            Ok(Effect::Dropped) => {}
            Ok(Effect::Applied) => query.applied.push((name.clone(), value.clone())),
            Err(issue) => match settings.handling {
                // Only what is not understood may be ignored; a wrong value would change the
                // answer.
                Handling::Lenient if issue.code == IssueCode::NotSupported => {
                    query.ignored.push(Issue {
                        severity: crate::Severity::Warning,
                        diagnostics: format!("ignored: {}", issue.diagnostics),
                        ..issue
                    });
                }
                _ => faults.push(issue),
            },
        }
    }
    if query.sort.iter().any(|sort| sort.by == Subject::Text)
        && !query
            .filters
            .iter()
            .any(|c| matches!(c, Condition::Text(_)))
    {
        faults.push(wrong("_sort", "_score needs _text or _content"));
    }
    let conditions: usize = query.filters.iter().map(Condition::size).sum();
    let clauses = query.filters.len() + query.sort.len() + query.includes.len();
    if clauses > settings.clauses_max {
        faults.push(costly(format!(
            "the search has {clauses} parameters, includes and sort keys; at most {} together",
            settings.clauses_max
        )));
    } else if conditions > CONDITIONS_MAX {
        faults.push(costly(format!(
            "the search comes to {conditions} conditions; at most {CONDITIONS_MAX}"
        )));
    }
    match faults.is_empty() {
        true => Ok(query),
        false => Err(faults),
    }
}

fn costly(diagnostics: String) -> Issue {
    Issue::error(IssueCode::TooCostly, diagnostics)
}

enum Effect {
    Applied,
    Dropped,
}

fn pair(
    query: &mut Query,
    name: &str,
    value: &str,
    settings: &Settings<'_>,
) -> Result<Effect, Issue> {
    if value.len() > VALUE_BYTES_MAX || name.len() > VALUE_BYTES_MAX {
        return Err(Issue::error(
            IssueCode::TooLong,
            format!("a search parameter is longer than {VALUE_BYTES_MAX} bytes"),
        ));
    }
    match name {
        "_format" | "_pretty" => return Ok(Effect::Dropped),
        "_cursor" => {
            query.cursor = Some(value.to_owned());
            return Ok(Effect::Dropped);
        }
        "_count" => query.count = control::count(query, value, settings)?,
        "_sort" => query.sort = control::sort(query.resource_type, value, settings)?,
        "_total" => {
            query.total = Some(match value {
                "none" => Total::None,
                "estimate" => Total::Estimate,
                "accurate" => Total::Accurate,
                _ => return Err(wrong(name, "must be none, estimate or accurate")),
            });
        }
        "_text" | "_content" => query.filters.push(reach::text(name, value)?),
        "_contained" if value == "false" => {}
        "_list" => query.filters.push(reach::list(name, value)?),
        "_summary" => query.summary = control::summary(value)?,
        "_elements" => query.elements = control::elements(value)?,
        _ if control::is_include(name) => control::include(query, name, value, settings)?,
        _ => {
            let found = condition::read(query.resource_type, (name, value), settings)?;
            query.filters.push(found);
        }
    }
    Ok(Effect::Applied)
}

pub(super) fn unsupported(name: &str, reason: &str) -> Issue {
    Issue::error(
        IssueCode::NotSupported,
        format!("search parameter {}: {reason}", shown(name)),
    )
}

pub(super) fn wrong(name: &str, reason: &str) -> Issue {
    Issue::error(
        IssueCode::Value,
        format!("search parameter {}: {reason}", shown(name)),
    )
}

/// A name as it may be repeated to the client: short.
pub(super) fn shown(name: &str) -> String {
    match name.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
