//! From the decoded pairs of a query string to a checked [`Query`].

use super::value::{self, Context};
use super::{
    Filter, Handling, Include, Modifier, ParamType, Query, Settings, Sort, Subject, Summary, Total,
    param, params,
};
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
    let clauses: usize = query.filters.iter().map(|f| f.values.len()).sum();
    if clauses + query.sort.len() + query.includes.len() > settings.clauses_max {
        faults.push(Issue::error(
            IssueCode::TooCostly,
            format!(
                "the search has {clauses} values, {} includes and {} sort keys; at most {} together",
                query.includes.len(),
                query.sort.len(),
                settings.clauses_max
            ),
        ));
    }
    match faults.is_empty() {
        true => Ok(query),
        false => Err(faults),
    }
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
        "_count" => query.count = count(query, value, settings)?,
        "_sort" => query.sort = sort(query.resource_type, value)?,
        "_total" => {
            query.total = Some(match value {
                "none" => Total::None,
                "estimate" => Total::Estimate,
                "accurate" => Total::Accurate,
                _ => return Err(wrong(name, "must be none, estimate or accurate")),
            });
        }
        "_summary" => query.summary = summary(value)?,
        "_elements" => query.elements = elements(value)?,
        _ if is_include(name) => include(query, name, value)?,
        _ => {
            let filter = filter(query.resource_type, name, value, settings)?;
            query.filters.push(filter);
        }
    }
    Ok(Effect::Applied)
}

fn count(query: &mut Query, value: &str, settings: &Settings<'_>) -> Result<usize, Issue> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    let asked: usize = match digits {
        // More digits than fit still ask for the most there is.
        true => value.parse().unwrap_or(usize::MAX),
        false => return Err(wrong("_count", "must be a whole number, 0 or more")),
    };
    if asked == 0 {
        query.summary = Summary::Count;
        return Ok(query.count);
    }
    Ok(asked.min(settings.count_max))
}

fn summary(value: &str) -> Result<Summary, Issue> {
    Ok(match value {
        "true" => Summary::True,
        "false" => Summary::False,
        "text" => Summary::Text,
        "data" => Summary::Data,
        "count" => Summary::Count,
        _ => {
            return Err(wrong(
                "_summary",
                "must be true, false, text, data or count",
            ));
        }
    })
}

fn elements(value: &str) -> Result<Vec<String>, Issue> {
    let names: Vec<String> = value
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(str::to_owned)
        .collect();
    let known = |n: &String| n.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    match !names.is_empty() && names.iter().all(known) {
        true => Ok(names),
        false => Err(wrong("_elements", "must be a list of element names")),
    }
}

fn sort(resource_type: ResourceType, value: &str) -> Result<Vec<Sort>, Issue> {
    let mut out = Vec::new();
    for key in value.split(',').map(str::trim).filter(|k| !k.is_empty()) {
        let (code, descending) = match key.strip_prefix('-') {
            Some(code) => (code, true),
            None => (key, false),
        };
        let by = match (code, param(resource_type, code)) {
            ("_id", _) => Subject::Id,
            ("_lastUpdated", _) => Subject::LastUpdated,
            (_, Some(p)) if !matches!(p.kind, ParamType::Composite | ParamType::Special) => {
                Subject::Param(p)
            }
            (_, Some(_)) => {
                return Err(unsupported("_sort", &format!("{code} cannot be sorted by")));
            }
            (_, None) => {
                return Err(unsupported(
                    "_sort",
                    &format!("{code} is not a search parameter of {resource_type}"),
                ));
            }
        };
        out.push(Sort { by, descending });
    }
    match out.is_empty() {
        true => Err(wrong("_sort", "names nothing to sort by")),
        false => Ok(out),
    }
}

fn is_include(name: &str) -> bool {
    let base = name.split(':').next().unwrap_or_default();
    matches!(base, "_include" | "_revinclude")
}

fn include(query: &mut Query, name: &str, value: &str) -> Result<(), Issue> {
    let reverse = name.starts_with("_revinclude");
    let iterate = match name.split_once(':').map(|(_, modifier)| modifier) {
        None => false,
        Some("iterate" | "recurse") => true,
        Some(other) => return Err(unsupported(name, &format!("modifier :{other}"))),
    };
    let mut parts = value.split(':');
    let source = parts.next().unwrap_or_default();
    let source = match (source, reverse) {
        ("*", false) => query.resource_type,
        (source, _) => ResourceType::from_name(source)
            .ok_or_else(|| wrong(name, &format!("{source} is not a resource type")))?,
    };
    let code = parts
        .next()
        .or((value == "*").then_some("*"))
        .unwrap_or_default();
    let target = match parts.next() {
        None | Some("") => None,
        Some(target) => Some(
            ResourceType::from_name(target)
                .ok_or_else(|| wrong(name, &format!("{target} is not a resource type")))?,
        ),
    };
    let mut add = |param| {
        let include = Include {
            reverse,
            iterate,
            source,
            param,
            target,
        };
        if !query.includes.contains(&include) {
            query.includes.push(include);
        }
    };
    if code == "*" {
        let references = params(source).iter().filter(|p| {
            p.kind == ParamType::Reference
                && (!reverse || p.targets.is_empty() || p.targets.contains(&query.resource_type))
        });
        references.for_each(&mut add);
        return Ok(());
    }
    match param(source, code) {
        Some(p) if p.kind == ParamType::Reference => add(p),
        _ => {
            return Err(unsupported(
                name,
                &format!("{code} is not a reference parameter of {source}"),
            ));
        }
    }
    Ok(())
}

fn filter(
    resource_type: ResourceType,
    name: &str,
    value: &str,
    settings: &Settings<'_>,
) -> Result<Filter, Issue> {
    let (code, modifier) = match name.split_once(':') {
        Some((code, modifier)) => (code, Some(modifier)),
        None => (name, None),
    };
    if code == "_has" {
        return Err(unsupported(name, "reverse chaining is not supported"));
    }
    let chained = |text: &str| text.contains('.');
    if chained(code) || modifier.is_some_and(chained) {
        return Err(unsupported(name, "chained parameters are not supported"));
    }
    let Some(found) = param(resource_type, code) else {
        return Err(unsupported(
            name,
            &format!("is not a search parameter of {resource_type}"),
        ));
    };
    if matches!(found.kind, ParamType::Composite | ParamType::Special) {
        let kind = format!("{:?}", found.kind).to_lowercase();
        return Err(unsupported(
            name,
            &format!("{kind} parameters are not supported"),
        ));
    }
    let subject = match code {
        "_id" => Subject::Id,
        "_lastUpdated" => Subject::LastUpdated,
        _ => Subject::Param(found),
    };
    let context = Context {
        name,
        param: found,
        base: settings.base,
    };
    let (modifier, values) = value::values(&context, &subject, modifier, value)?;
    Ok(Filter {
        param: subject,
        modifier,
        values,
    })
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
fn shown(name: &str) -> String {
    match name.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

/// The modifier a filter carries out, or why there is none.
pub(super) fn modifier(context: &Context<'_>, text: &str) -> Result<Modifier, Issue> {
    let kind = context.param.kind;
    Ok(match (text, kind) {
        ("missing", _) => Modifier::Missing,
        ("exact", ParamType::String) => Modifier::Exact,
        ("contains", ParamType::String) => Modifier::Contains,
        ("not", ParamType::Token) => Modifier::Not,
        ("text", ParamType::Token) => Modifier::Text,
        ("identifier", ParamType::Reference) => Modifier::Identifier,
        (name, ParamType::Reference) if ResourceType::from_name(name).is_some() => Modifier::None,
        (other, _) => {
            return Err(unsupported(
                context.name,
                &format!("modifier :{} is not supported", shown(other)),
            ));
        }
    })
}

#[cfg(test)]
mod tests;
