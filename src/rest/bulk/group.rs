//! Who is in a Group.

use std::collections::BTreeSet;

use fhir::{Document, Element, Issue, IssueCode, ResourceType, datetime, reference::Reference};
use jiff::Timestamp;
use storage::Seen;

use crate::{call::Call, error::Error, read};

/// Groups within groups, and how many in all.
const GROUPS_MAX: usize = 50;

/// The patients in a Group and in the Groups in it, in order. Errors: 404 for one the caller may not
/// see, 422 for one that only describes its members.
pub(super) async fn members(call: &Call, id: &str) -> Result<Vec<String>, Error> {
    let mut patients = BTreeSet::new();
    let mut groups = vec![id.to_owned()];
    let mut at = 0;
    while let Some(id) = groups.get(at) {
        let seen = read::find(call, ResourceType::GROUP, id).await?;
        at += 1;
        let (more, inner) = listed(&seen, call.base(), call.access.now())?;
        patients.extend(more);
        for one in inner {
            if !groups.contains(&one) {
                groups.push(one);
            }
        }
        if groups.len() > GROUPS_MAX {
            let text = format!("the Group holds more than {GROUPS_MAX} groups");
            return Err(unprocessable(text));
        }
    }
    Ok(patients.into_iter().collect())
}

fn unprocessable(text: String) -> Error {
    Error::Unprocessable(vec![Issue::error(IssueCode::Processing, text)])
}

/// The patients and the groups that are members now.
fn listed(group: &Seen, base: &str, now: Timestamp) -> Result<(Vec<String>, Vec<String>), Error> {
    let text = std::str::from_utf8(group.body()).unwrap_or_default();
    let document = Document::parse(text).map_err(|_| Error::House("a Group is not JSON"))?;
    let root = document.root();
    if root.get("actual").and_then(Element::bool) == Some(false) {
        let text =
            "the Group describes its members (actual = false); only listed ones are exported";
        return Err(unprocessable(text.to_owned()));
    }
    let (mut patients, mut groups) = (Vec::new(), Vec::new());
    for member in root.all("member").into_iter().filter(|m| is_now(*m, now)) {
        let reference = member.text_at("entity.reference").unwrap_or_default();
        let Reference::Local {
            resource_type, id, ..
        } = Reference::parse(&reference, Some(base))
        else {
            continue;
        };
        match resource_type {
            ResourceType::PATIENT => patients.push(id),
            ResourceType::GROUP => groups.push(id),
            _ => {}
        }
    }
    Ok((patients, groups))
}

fn is_now(member: Element<'_>, now: Timestamp) -> bool {
    let now = now.as_microsecond();
    let span = |name: &str| {
        let text = member.text_at(name)?;
        datetime::interval(&text)
    };
    member.get("inactive").and_then(Element::bool) != Some(true)
        && span("period.start").is_none_or(|start| start.low <= now)
        && span("period.end").is_none_or(|end| now < end.high)
}
