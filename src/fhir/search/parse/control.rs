//! What a search asks for besides conditions: page, order, parts, and what comes along.

use super::{shown, unsupported, wrong};
use crate::search::{Include, Param, ParamType, Query, Settings, Sort, Subject, Summary};
use crate::{Issue, ResourceType};

pub(super) fn count(
    query: &mut Query,
    value: &str,
    settings: &Settings<'_>,
) -> Result<usize, Issue> {
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

pub(super) fn summary(value: &str) -> Result<Summary, Issue> {
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

pub(super) fn elements(value: &str) -> Result<Vec<String>, Issue> {
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

pub(super) fn sort(
    resource_type: ResourceType,
    value: &str,
    settings: &Settings<'_>,
) -> Result<Vec<Sort>, Issue> {
    let mut out = Vec::new();
    for key in value.split(',').map(str::trim).filter(|k| !k.is_empty()) {
        let (code, descending) = match key.strip_prefix('-') {
            Some(code) => (code, true),
            None => (key, false),
        };
        let by = match (code, settings.param(resource_type, code)?) {
            ("_id", _) => Subject::Id,
            ("_lastUpdated", _) => Subject::LastUpdated,
            ("_score", _) => Subject::Text,
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

pub(super) fn is_include(name: &str) -> bool {
    let base = name.split(':').next().unwrap_or_default();
    matches!(base, "_include" | "_revinclude")
}

pub(super) fn include(
    query: &mut Query,
    name: &str,
    value: &str,
    settings: &Settings<'_>,
) -> Result<(), Issue> {
    let reverse = name.starts_with("_revinclude");
    let iterate = match name.split_once(':').map(|(_, modifier)| modifier) {
        None => false,
        Some("iterate" | "recurse") => true,
        Some(other) => return Err(unsupported(name, &format!("modifier :{other}"))),
    };
    let mut parts = value.split(':');
    let source = match parts.next().unwrap_or_default() {
        "*" if value == "*" => None,
        named => Some(
            ResourceType::from_name(named)
                .ok_or_else(|| wrong(name, &format!("{} is not a resource type", shown(named))))?,
        ),
    };
    let param = match (source, parts.next()) {
        (None, _) | (_, Some("*")) => None,
        (Some(source), code) => Some(reference(name, source, code.unwrap_or_default(), settings)?),
    };
    let target = match parts.next() {
        None | Some("") => None,
        Some(target) => Some(
            ResourceType::from_name(target)
                .ok_or_else(|| wrong(name, &format!("{} is not a resource type", shown(target))))?,
        ),
    };
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
    Ok(())
}

fn reference(
    name: &str,
    source: ResourceType,
    code: &str,
    settings: &Settings<'_>,
) -> Result<&'static Param, Issue> {
    settings
        .param(source, code)?
        .filter(|p| p.kind == ParamType::Reference)
        .ok_or_else(|| {
            let code = shown(code);
            unsupported(
                name,
                &format!("{code} is not a reference parameter of {source}"),
            )
        })
}
