//! The kick-off of an export: what is asked is checked here, so that nothing wrong is begun.

use std::collections::BTreeSet;

use access::Action;
use config::limits;
use fhir::{ResourceType, reference::Reference, search::Handling};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use storage::{
    Provenance, Whose,
    exports::{Beginning, Most},
};
use web::{Answer, caller::Warrant, urls};

use super::{
    address,
    asked::{Asked, split_filters},
    client_of, group,
};
use crate::{error::Error, operation};

/// What `_outputFormat` may say.
const FORMATS: &[&str] = &["application/fhir+ndjson", "application/ndjson", "ndjson"];

/// `$export` of everything, of all patients, or of a Group. Errors: 403 for who is no system, 400 for
/// what is not understood, 404 for a Group that is not there, 429 when enough is under way.
pub(crate) async fn run(invoked: &operation::Asked<'_>) -> Result<Answer, Error> {
    let call = invoked.call;
    call.access.may_export()?;
    let client = client_of(&call.access)?.to_owned();
    let lenient = call.wanted.handling == Handling::Lenient;
    if !prefers_async(call) && !lenient {
        let text = "an export is done in the background: send Prefer: respond-async";
        return Err(Error::value(text, "Prefer"));
    }
    let members = whose(invoked).await?;
    let asked = wishes(invoked, members.is_some(), lenient)?;
    // Queries are checked now, and read again when they are asked.
    asked.exported(&call.house).await?;
    let warrant = Warrant::of(&call.headers, &call.access);
    let warrant = warrant.ok_or(Error::House("an export without a token"))?;
    let now = call.access.now();
    let kept = SignedDuration::from_secs(limits::EXPORT_SECONDS);
    let beginning = Beginning {
        client,
        token: warrant.token,
        request: request(invoked),
        asked: asked.write(),
        members,
        as_of: now,
        expires: now.checked_add(kept).unwrap_or(Timestamp::MAX),
    };
    let most = Most {
        running: limits::EXPORTS_RUNNING_MAX,
        kept: limits::EXPORTS_KEPT_MAX,
    };
    let begun = call.house.storage.exports().begin(beginning, most).await?;
    let Some(id) = begun else {
        let text = format!(
            "{} exports of this client are under way; wait for one, or end one",
            limits::EXPORTS_RUNNING_MAX
        );
        return Err(Error::Throttled(text));
    };
    let of = invoked.resource_type.map(|t| match invoked.id {
        Some(id) => format!("{t}/{id}"),
        None => t.name().to_owned(),
    });
    let query = urls::with_query("$export", invoked.inputs.pairs());
    call.records().audit_export(of, query).await;
    Ok(Answer::empty(StatusCode::ACCEPTED).at(address(call.base(), &id)))
}

fn prefers_async(call: &crate::call::Call) -> bool {
    call.headers.get_all("prefer").iter().any(|value| {
        let text = value.to_str().unwrap_or_default();
        text.split([',', ';'])
            .any(|one| one.trim().eq_ignore_ascii_case("respond-async"))
    })
}

/// The address it was asked at; of a posted one without what was in the body.
fn request(invoked: &operation::Asked<'_>) -> String {
    let address = invoked.address();
    match invoked.by_get {
        true => urls::with_query(&address, invoked.inputs.pairs()),
        false => address,
    }
}

/// The patients meant, where they are listed: members of a Group, those named, or those of both.
async fn whose(invoked: &operation::Asked<'_>) -> Result<Option<Vec<String>>, Error> {
    let call = invoked.call;
    let members = match invoked.id {
        Some(id) => Some(group::members(call, id).await?),
        None => None,
    };
    let named = named(invoked)?;
    if named.is_empty() {
        return Ok(members);
    }
    for id in &named {
        let known = match &members {
            Some(members) => members.contains(id),
            None => call.records().can_read(ResourceType::PATIENT, id).await?,
        };
        if !known {
            let text = match invoked.id {
                Some(_) => format!("Patient/{id} is not in the Group"),
                None => format!("Patient/{id} does not exist"),
            };
            return Err(Error::value(text, "patient"));
        }
    }
    Ok(Some(named.into_iter().collect()))
}

/// The patients of the parameter `patient`.
fn named(invoked: &operation::Asked<'_>) -> Result<BTreeSet<String>, Error> {
    let mut named = BTreeSet::new();
    for element in invoked.inputs.elements("patient") {
        let text = element.text_at("reference").unwrap_or_default();
        match Reference::parse(&text, Some(invoked.call.base())) {
            Reference::Local {
                resource_type: ResourceType::PATIENT,
                id,
                ..
            } => named.insert(id),
            _ => {
                let text = "patient must be a reference to a Patient of this server";
                return Err(Error::value(text, "patient"));
            }
        };
    }
    if named.len() > limits::EXPORT_PATIENTS_NAMED_MAX {
        let most = limits::EXPORT_PATIENTS_NAMED_MAX;
        let text = format!("patient may be given at most {most} times; export a Group instead");
        return Err(Error::value(text, "patient"));
    }
    Ok(named)
}

/// Reads the inputs. What is not understood is passed over by lenient handling, and refused else.
fn wishes(invoked: &operation::Asked<'_>, listed: bool, lenient: bool) -> Result<Asked, Error> {
    let inputs = &invoked.inputs;
    let mut ignored: Vec<String> = invoked.ignored.clone();
    let mut refuse = |text: String, at: &str| match lenient {
        true => {
            ignored.push(format!("{text}; ignored"));
            Ok(())
        }
        false => Err(Error::value(text, at)),
    };
    if let Some(format) = inputs.text("_outputFormat") {
        // A raw `+` in a query decodes to a blank.
        let plain = format.trim().replace(' ', "+").to_ascii_lowercase();
        if !FORMATS.contains(&&*plain) {
            let shown: String = format.chars().take(60).collect();
            let text = format!(
                "_outputFormat: {shown} is not available; files are {}",
                FORMATS[0]
            );
            return Err(Error::value(text, "_outputFormat"));
        }
    }
    let mut types = Vec::new();
    for name in separate(inputs.texts("_type")) {
        let shown: String = name.chars().take(64).collect();
        match ResourceType::from_name(&name) {
            Some(ResourceType::AUDIT_EVENT) => {
                refuse("_type: AuditEvent is not exported".to_owned(), "_type")?;
            }
            Some(one) if !types.contains(&one) => {
                for action in [Action::Read, Action::Search] {
                    invoked.call.may(action, one)?;
                }
                types.push(one);
            }
            Some(_) => {}
            None => refuse(format!("_type: {shown} is not a type of FHIR R4"), "_type")?,
        }
    }
    if types.is_empty() && inputs.text("_type").is_some() {
        return Err(Error::value(
            "_type names no type that is exported",
            "_type",
        ));
    }
    let mut provenance = None;
    for which in separate(inputs.texts("includeAssociatedData")) {
        match &*which {
            "LatestProvenanceResources" => {
                provenance = provenance.or(Some(Provenance::Latest));
            }
            "RelevantProvenanceResources" => provenance = Some(Provenance::All),
            _ => {
                let shown: String = which.chars().take(64).collect();
                let text = format!("includeAssociatedData: {shown} is not known here");
                refuse(text, "includeAssociatedData")?;
            }
        }
    }
    let filters = inputs.texts("_typeFilter").flat_map(split_filters);
    let filters: Vec<String> = filters.collect();
    if filters.len() > limits::EXPORT_FILTERS_MAX {
        let most = limits::EXPORT_FILTERS_MAX;
        let text = format!("_typeFilter may hold at most {most} queries");
        return Err(Error::value(text, "_typeFilter"));
    }
    Ok(Asked {
        whose: match invoked.resource_type {
            _ if listed => Whose::Members,
            Some(_) => Whose::Patients,
            None => Whose::All,
        },
        types,
        since: inputs.instant("_since"),
        elements: separate(inputs.texts("_elements")),
        filters,
        provenance,
        ignored,
    })
}

/// The parts of values that are separated by commas.
fn separate<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let parts = texts.flat_map(|text| text.split(','));
    let parts = parts.map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}
