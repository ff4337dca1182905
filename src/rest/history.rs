//! history of one resource (R4 3.1.0.9).

use access::Action;
use axum::response::Response;
use config::limits;
use fhir::ResourceType;
use http::StatusCode;
use jiff::Timestamp;
use web::{Answer, bundles, urls};

use crate::{
    call::{At, Call, named_type},
    error::Error,
    search::pairs,
};

/// What may be asked of a history.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    count: Option<usize>,
    since: Option<Timestamp>,
    cursor: Option<String>,
}

/// `GET /Type/id/_history`
pub async fn history(call: Call, At((name, id)): At<(String, String)>) -> Result<Response, Error> {
    let pairs = pairs(&call.query)?;
    let answer = answer(&call, named_type(&name)?, &id, &pairs).await?;
    Ok(call.respond(answer))
}

/// One page of a history, also as an entry of a batch.
pub(crate) async fn answer(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
    pairs: &[(String, String)],
) -> Result<Answer, Error> {
    call.may(Action::Read, resource_type)?;
    if !fhir::reference::is_id(id) {
        return Err(Error::Absent);
    }
    let asked = asked(pairs)?;
    let count = asked.count.unwrap_or(limits::PAGE_RESOURCES_DEFAULT);
    let records = call.records();
    let mut page = records
        .history(resource_type, id, count, asked.cursor.as_deref())
        .await?
        .ok_or(Error::Absent)?;
    let mut total = Some(page.total);
    if let Some(since) = asked.since {
        let before = page.versions.len();
        page.versions.retain(|version| version.updated >= since);
        if page.versions.len() < before {
            page.next = None;
        }
        total = None;
    }
    let address = format!(
        "{}/_history",
        urls::instance(call.base(), resource_type, id)
    );
    let kept = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let self_link = urls::with_query(&address, kept.clone());
    let next_link = page.next.as_deref().map(|cursor| {
        let others = kept.filter(|(name, _)| *name != "_cursor");
        urls::with_query(&address, others.chain([("_cursor", cursor)]))
    });
    let text = bundles::history(&bundles::History {
        base: call.base(),
        now: call.access.now(),
        resource_type,
        versions: &page.versions,
        total,
        self_link,
        next_link,
    });
    Ok(Answer::text(StatusCode::OK, text))
}

fn asked(pairs: &[(String, String)]) -> Result<Asked, Error> {
    let mut asked = Asked::default();
    for (name, value) in pairs {
        match name.as_str() {
            "_count" => {
                let count: usize = value
                    .parse()
                    .map_err(|_| Error::value("_count must be a whole number from 0", name))?;
                asked.count = Some(count.clamp(1, limits::PAGE_RESOURCES_MAX));
            }
            "_since" => {
                let at = fhir::datetime::interval(value)
                    .and_then(|interval| Timestamp::from_microsecond(interval.low).ok());
                asked.since =
                    Some(at.ok_or_else(|| Error::value("_since must be an instant", name))?);
            }
            "_cursor" => asked.cursor = Some(value.clone()),
            "_format" | "_pretty" => {}
            _ => {
                return Err(Error::Invalid(vec![
                    fhir::Issue::error(
                        fhir::IssueCode::NotSupported,
                        format!("{name} is not a parameter of history"),
                    )
                    .at(name.clone()),
                ]));
            }
        }
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ask(text: &str) -> Result<Asked, Error> {
        asked(&pairs(text)?)
    }

    #[test]
    fn known_parameters_are_read_and_unknown_ones_named() {
        let read = ask("_count=5&_since=2026-01-01T00:00:00Z&_cursor=x").unwrap();
        assert_eq!(read.count, Some(5));
        assert!(read.since.is_some());
        assert_eq!(read.cursor.as_deref(), Some("x"));
        assert!(ask("_count=abc").is_err());
        let issues = ask("nosuch=1").unwrap_err().issues();
        assert!(issues.iter().any(|i| i.diagnostics.contains("nosuch")));
    }
}
