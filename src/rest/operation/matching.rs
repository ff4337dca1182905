//! `Patient/$match` (R4): patients that may be the one described.

use std::collections::BTreeMap;

use config::limits;
use fhir::{
    Document, Issue, IssueCode, ResourceType,
    matching::{Grade, Traits},
    search::Total,
};
use http::StatusCode;
use storage::{Seen, records::Pages};
use web::{Answer, bundles, urls};

use super::{Asked, found::pair};
use crate::{error::Error, search};

/// Looks for candidates by each thing known, among the patients the caller may see, and weighs them.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    call.access.may_search_across()?;
    let count = match asked.inputs.whole("count") {
        None => limits::MATCHES_MAX,
        Some(count) => usize::try_from(count)
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(|| Error::value("count must be a whole number above 0", "count"))?,
    };
    let given = asked.inputs.resource("resource").ok_or(Error::Absent)?;
    let wanted = Traits::of(given);
    if wanted.is_empty() {
        let text =
            "resource must have an identifier with its system, a name, a birthDate or a telecom";
        let issue = Issue::error(IssueCode::Required, text).at("resource");
        return Err(Error::Invalid(vec![issue]));
    }
    let mut graded: Vec<(Seen, f64, Grade)> = Vec::new();
    for seen in candidates(asked, &wanted).await? {
        // What is redacted would be told by how well it matches.
        if seen.redacted() {
            continue;
        }
        let text = std::str::from_utf8(seen.body()).unwrap_or_default();
        let Ok(document) = Document::parse(text) else {
            continue;
        };
        if let Some((score, grade)) = wanted.compare(&Traits::of(&document)) {
            graded.push((seen, score, grade));
        }
    }
    graded.sort_by(|(a, x, g), (b, y, h)| h.cmp(g).then(y.total_cmp(x)).then(a.id().cmp(b.id())));
    if asked.inputs.flag("onlyCertainMatches") == Some(true) {
        graded.retain(|(_, _, grade)| *grade == Grade::Certain);
        if graded.len() > 1 {
            graded.clear();
        }
    }
    graded.truncate(count.min(limits::MATCHES_MAX));
    let found: Vec<(Seen, bundles::Grade)> = graded
        .into_iter()
        .map(|(seen, score, grade)| {
            (
                seen,
                bundles::Grade {
                    score,
                    code: grade.code(),
                },
            )
        })
        .collect();
    let link = urls::with_query(&asked.address(), asked.inputs.pairs());
    let text = bundles::matched(call.base(), call.access.now(), &link, &found);
    Ok(Answer::text(StatusCode::OK, text))
}

/// Whoever shares a number, a telecom, a birthday, or the beginning of a name.
async fn candidates(asked: &Asked<'_>, wanted: &Traits) -> Result<Vec<Seen>, Error> {
    let mut queries: Vec<Vec<(String, String)>> = Vec::new();
    for identifier in wanted.identifiers.iter().take(limits::MATCH_QUERIES_MAX) {
        let (system, value) = identifier.rsplit_once('|').unwrap_or(("", identifier));
        let token = format!("{}|{}", escaped(system), escaped(value));
        queries.push(vec![pair("identifier", token)]);
    }
    if let Some(date) = &wanted.birth_date {
        let mut query = vec![pair("birthdate", date.as_str())];
        let names = beginnings(wanted.families.iter().chain(&wanted.givens));
        if !names.is_empty() {
            query.push(pair("name", names));
        }
        queries.push(query);
    }
    for family in wanted.families.iter().take(2) {
        let given = wanted.givens.first();
        let mut query = vec![pair("family", beginning(family, 5))];
        query.extend(given.map(|given| pair("given", beginning(given, 1))));
        queries.push(query);
    }
    for telecom in wanted.telecoms.iter().filter(|t| t.contains('@')) {
        queries.push(vec![pair("telecom", escaped(telecom))]);
    }
    if queries.is_empty() {
        queries.push(vec![pair("given", beginnings(wanted.givens.iter()))]);
    }
    queries.truncate(limits::MATCH_QUERIES_MAX);
    let mut parsed = Vec::new();
    for pairs in queries {
        let mut query = search::parse(asked.call, ResourceType::PATIENT, &pairs).await?;
        query.count = limits::MATCH_CANDIDATES_MAX;
        query.total = Some(Total::None);
        parsed.push(query);
    }
    let records = asked.call.records();
    let found = records
        .search_all(&parsed, Pages::First, usize::MAX)
        .await?;
    let found = found.unwrap_or_default().into_iter();
    let once: BTreeMap<String, Seen> = found.map(|seen| (seen.id().to_owned(), seen)).collect();
    Ok(once.into_values().collect())
}

fn beginnings<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let all: Vec<String> = names.take(4).map(|name| beginning(name, 2)).collect();
    all.join(",")
}

fn beginning(name: &str, letters: usize) -> String {
    escaped(&name.chars().take(letters).collect::<String>())
}

/// A value with what search takes apart escaped.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | ',' | '|' | '$') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
