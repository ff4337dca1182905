//! `Observation/$lastn` (R4): the latest observations of each code.

use std::collections::HashMap;

use config::limits;
use fhir::{Document, Element, ResourceType, index, operation};
use storage::Seen;
use web::Answer;

use super::{
    Asked,
    found::{all, pair},
    missing,
};
use crate::error::Error;

/// Parameters of a search that say how it is listed: here the operation says that.
const SHAPES: &[&str] = &[
    "_sort",
    "_count",
    "_cursor",
    "_total",
    "_include",
    "_revinclude",
    "_contained",
];

/// Finds by the search parameters given, groups by code, and keeps the latest of each group; those
/// that tie with the last one too.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let names: Vec<&str> = asked
        .inputs
        .search
        .iter()
        .map(|(n, _)| base_name(n))
        .collect();
    if !names
        .iter()
        .any(|name| matches!(*name, "patient" | "subject"))
    {
        return Err(missing("patient", "$lastn is about one patient or subject"));
    }
    if let Some(name) = names.iter().find(|name| SHAPES.contains(name)) {
        let text = format!("{name} is not a parameter of $lastn");
        return Err(Error::value(text, name));
    }
    let mut query: Vec<_> = asked.inputs.search.clone();
    query.retain(|(name, _)| !operation::shapes_the_answer(name));
    query.push(pair("_sort", "-date"));
    let limit = limits::OPERATION_RESOURCES_MAX;
    let found = all(asked.call, ResourceType::OBSERVATION, &query, limit).await?;
    let most = asked.inputs.whole("max").unwrap_or(1);
    let kept = latest(found, usize::try_from(most).unwrap_or(1));
    Ok(asked.searchset(&kept))
}

/// A parameter's name without modifier and chain.
fn base_name(name: &str) -> &str {
    name.split([':', '.']).next().unwrap_or(name)
}

/// What an observation is grouped and ordered by.
struct Told {
    /// Any two with a key in common are of one group, and so on from there.
    keys: Vec<String>,
    date: Option<i64>,
}

/// The latest `most` of each group of newest-first observations, ties included.
fn latest(found: Vec<Seen>, most: usize) -> Vec<Seen> {
    let told: Vec<Told> = found.iter().map(tell).collect();
    let groups = groups(&told);
    let mut taken: HashMap<usize, (usize, Option<i64>)> = HashMap::new();
    let rows = found.into_iter().zip(told).zip(groups);
    rows.filter_map(|((seen, told), group)| {
        let (count, last) = taken.entry(group).or_default();
        let ties = *count > 0 && told.date.is_some() && *last == told.date;
        if *count >= most && !ties {
            return None;
        }
        *count += 1;
        *last = told.date;
        Some(seen)
    })
    .collect()
}

fn tell(seen: &Seen) -> Told {
    let text = std::str::from_utf8(seen.body()).unwrap_or_default();
    let Ok(document) = Document::parse(text) else {
        return Told {
            keys: vec![seen.id().to_owned()],
            date: None,
        };
    };
    let root = document.root();
    Told {
        keys: keys(root, seen.id()),
        date: index::sort_key(ResourceType::OBSERVATION, root),
    }
}

/// The codings of an observation's code; its text where it has none; itself where it has neither.
fn keys(observation: Element<'_>, id: &str) -> Vec<String> {
    let codings = observation.all("code.coding");
    let keys: Vec<String> = codings
        .iter()
        .filter_map(|coding| {
            let code = coding.text_at("code")?;
            let system = coding.text_at("system").unwrap_or_default();
            Some(format!("c{system}|{code}"))
        })
        .collect();
    match (keys.is_empty(), observation.text_at("code.text")) {
        (false, _) => keys,
        (true, Some(text)) => vec![format!("t{text}")],
        (true, None) => vec![format!("i{id}")],
    }
}

/// The number of each observation's group: codings that stand together mean the same.
fn groups(told: &[Told]) -> Vec<usize> {
    let mut of_key: HashMap<&str, usize> = HashMap::new();
    let mut parents: Vec<usize> = Vec::new();
    let mut groups = Vec::with_capacity(told.len());
    for one in told {
        let mut group: Option<usize> = None;
        for key in &one.keys {
            let next = parents.len();
            let at = *of_key.entry(key).or_insert(next);
            if at == next {
                parents.push(next);
            }
            let at = root_of(&mut parents, at);
            group = Some(match group.map(|group| root_of(&mut parents, group)) {
                Some(group) => {
                    if let Some(parent) = parents.get_mut(at) {
                        *parent = group;
                    }
                    group
                }
                None => at,
            });
        }
        groups.push(group.unwrap_or_default());
    }
    groups
        .into_iter()
        .map(|group| root_of(&mut parents, group))
        .collect()
}

/// Follows parents to the top, halving the way for the next one.
fn root_of(parents: &mut [usize], mut at: usize) -> usize {
    while let Some(&parent) = parents.get(at) {
        if parent == at {
            break;
        }
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(own) = parents.get_mut(at) {
            *own = above;
        }
        at = above;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(all: &[&[&str]]) -> Vec<usize> {
        let told: Vec<Told> = all
            .iter()
            .map(|keys| Told {
                keys: keys.iter().map(|key| (*key).to_owned()).collect(),
                date: None,
            })
            .collect();
        groups(&told)
    }

    #[test]
    fn translations_are_transitive_however_late_they_come() {
        let apart = grouped(&[&["a"], &["b"], &["c"]]);
        assert!(apart[0] != apart[1] && apart[1] != apart[2] && apart[0] != apart[2]);
        let joined = grouped(&[&["a"], &["b"], &["a", "b"]]);
        assert!(joined[0] == joined[1] && joined[1] == joined[2]);
        let some = grouped(&[&["a"], &["b"], &["a", "c"], &["d", "c"]]);
        assert!(some[0] == some[3] && some[0] != some[1]);
    }
}
