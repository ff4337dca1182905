//! history of one resource, of a type, and of everything (R4 3.1.0.9).

use access::Action;
use axum::response::Response;
use config::limits;
use fhir::{Issue, IssueCode, ResourceType, datetime, search::Handling};
use http::StatusCode;
use jiff::Timestamp;
use storage::records::Timeline;
use web::{Answer, bundles, urls};

use crate::{
    call::{At, Call, named_type},
    error::Error,
    search::pairs,
};

/// Whose history it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of<'a> {
    Everything,
    Type(ResourceType),
    One(ResourceType, &'a str),
}

/// What may be asked of a history.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    count: Option<usize>,
    since: Option<Timestamp>,
    at: Option<(i64, i64)>,
    oldest_first: bool,
    types: Vec<ResourceType>,
    cursor: Option<String>,
    /// The pairs that took effect, for the links.
    applied: Vec<(String, String)>,
}

/// `GET /Type/id/_history`
pub async fn history(call: Call, At((name, id)): At<(String, String)>) -> Result<Response, Error> {
    let answer = answer(
        &call,
        Of::One(named_type(&name)?, &id),
        &pairs(&call.query)?,
    )
    .await?;
    Ok(call.respond(answer))
}

/// `GET /Type/_history`
pub async fn type_history(call: Call, At(name): At<String>) -> Result<Response, Error> {
    let of = Of::Type(named_type(&name)?);
    let answer = answer(&call, of, &pairs(&call.query)?).await?;
    Ok(call.respond(answer))
}

/// `GET /_history`
pub async fn system_history(call: Call) -> Result<Response, Error> {
    let answer = answer(&call, Of::Everything, &pairs(&call.query)?).await?;
    Ok(call.respond(answer))
}

/// One page of a history, also as an entry of a batch.
pub(crate) async fn answer(
    call: &Call,
    of: Of<'_>,
    pairs: &[(String, String)],
) -> Result<Answer, Error> {
    let base = call.base();
    let (types, id, address) = match of {
        Of::Everything => (Vec::new(), None, base.to_owned()),
        Of::Type(one) => (vec![one], None, format!("{base}/{}", one.name())),
        Of::One(one, id) => (vec![one], Some(id), urls::instance(base, one, id)),
    };
    // To list what there is of a type is a search; only the versions of one resource are a read.
    let action = id.map_or(Action::Search, |_| Action::Read);
    for one in &types {
        call.may(action, *one)?;
    }
    if id.is_some_and(|id| !fhir::reference::is_id(id)) {
        return Err(Error::Absent);
    }
    let asked = asked(pairs, of, call.wanted.handling)?;
    let types = match of {
        Of::Everything => readable(call, &asked.types)?,
        _ => types,
    };
    let timeline = Timeline {
        types,
        id: id.map(str::to_owned),
        since: asked.since,
        at: asked.at,
        oldest_first: asked.oldest_first,
        count: asked.count.unwrap_or(limits::PAGE_RESOURCES_DEFAULT),
        from: asked.cursor,
    };
    let page = call.records().history(&timeline).await?;
    let page = page.ok_or(Error::Absent)?;
    let address = format!("{address}/_history");
    let applied = asked.applied.iter();
    let kept = applied.map(|(name, value)| (name.as_str(), value.as_str()));
    let self_link = urls::with_query(&address, kept.clone());
    let next_link = page
        .next
        .as_deref()
        .map(|cursor| urls::with_query(&address, kept.chain([("_cursor", cursor)])));
    let text = bundles::history(&bundles::History {
        base,
        now: call.access.now(),
        versions: &page.versions,
        total: page.total,
        self_link,
        next_link,
    });
    Ok(Answer::text(StatusCode::OK, text))
}

/// The types named, all of which must be open to the caller, or else all that are. The trail of
/// who looked at what is shown by name only: each look at it makes it longer.
fn readable(call: &Call, named: &[ResourceType]) -> Result<Vec<ResourceType>, Error> {
    for one in named {
        call.may(Action::Search, *one)?;
    }
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let open = |t: &ResourceType| {
        *t != ResourceType::AUDIT_EVENT && call.access.may(Action::Search, *t).is_ok()
    };
    Ok(ResourceType::all().filter(open).collect())
}

fn asked(pairs: &[(String, String)], of: Of<'_>, handling: Handling) -> Result<Asked, Error> {
    let mut asked = Asked::default();
    let mut faults = Vec::new();
    for (name, value) in pairs {
        match one(&mut asked, name, value, of) {
            Ok(()) if name.starts_with("_cursor") => {}
            Ok(()) => asked.applied.push((name.clone(), value.clone())),
            // Only what is not understood may be ignored.
            Err(issue)
                if issue.code == IssueCode::NotSupported && handling == Handling::Lenient => {}
            Err(issue) => faults.push(issue.at(name.clone())),
        }
    }
    match faults.is_empty() {
        true => Ok(asked),
        false => Err(Error::Invalid(faults)),
    }
}

fn one(asked: &mut Asked, name: &str, value: &str, of: Of<'_>) -> Result<(), Issue> {
    let wrong = |must: &str| Issue::error(IssueCode::Value, format!("{name} must be {must}"));
    match name {
        "_count" => {
            let count: usize = value
                .parse()
                .map_err(|_| wrong("a whole number, 0 or more"))?;
            asked.count = Some(count.clamp(1, limits::PAGE_RESOURCES_MAX));
        }
        "_since" => {
            let at = span(value).and_then(|(low, _)| Timestamp::from_microsecond(low).ok());
            asked.since = Some(at.ok_or_else(|| wrong("an instant"))?);
        }
        "_at" => {
            let at = span(value).ok_or_else(|| wrong("a date or time, without a prefix"))?;
            asked.at = Some(at);
        }
        "_sort" => {
            asked.oldest_first = match value {
                "_lastUpdated" => true,
                "-_lastUpdated" => false,
                _ => return Err(wrong("_lastUpdated or -_lastUpdated")),
            };
        }
        "_type" if of == Of::Everything => {
            for name in value.split(',') {
                let named = ResourceType::from_name(name.trim());
                let named = named.ok_or_else(|| wrong("a list of resource types"))?;
                if !asked.types.contains(&named) {
                    asked.types.push(named);
                }
            }
        }
        "_cursor" => asked.cursor = Some(value.to_owned()),
        "_format" | "_pretty" => {}
        _ => {
            return Err(Issue::error(
                IssueCode::NotSupported,
                format!("{name} is not a parameter of history"),
            ));
        }
    }
    Ok(())
}

/// Microseconds, half open. A plus sign that was not escaped arrives as a space.
fn span(value: &str) -> Option<(i64, i64)> {
    let found = datetime::interval(&value.replace(' ', "+"))?;
    Some((found.low, found.high))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ask(text: &str) -> Result<Asked, Error> {
        asked(&pairs(text)?, Of::Everything, Handling::Strict)
    }

    #[test]
    fn known_parameters_are_read_and_unknown_ones_named() {
        let read = ask("_count=5&_since=2026-01-01T00:00:00Z&_cursor=x&_type=Patient,Flag");
        let read = read.unwrap();
        assert_eq!(read.count, Some(5));
        assert!(read.since.is_some());
        assert_eq!(read.cursor.as_deref(), Some("x"));
        assert_eq!(read.types.len(), 2);
        assert_eq!(read.applied.len(), 3);
        for odd in [
            "_count=abc",
            "_at=ge2026",
            "_at=",
            "_sort=name",
            "_type=Nope",
        ] {
            assert!(ask(odd).is_err(), "{odd}");
        }
        let issues = ask("nosuch=1").unwrap_err().issues();
        assert!(issues.iter().any(|i| i.diagnostics.contains("nosuch")));
        let pairs = pairs("nosuch=1&_at=2026").unwrap();
        let read = asked(&pairs, Of::Everything, Handling::Lenient).unwrap();
        assert_eq!(read.applied.len(), 1);
        assert!(read.at.is_some());
    }
}
