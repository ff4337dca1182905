//! What each entry of a transaction is going to do, conditions looked up.

use access::Action;
use fhir::{
    ResourceType,
    bundle::{Entry, Method},
};
use storage::Seen;

use crate::{
    across,
    batch::impossible,
    call::{Call, parse_etag},
    conditional::find_one,
    error::Error,
    operation::Address,
    search,
    target::{self, Place, Target},
};

/// An entry's purpose. Ids of new resources are given here, so that others can refer to them.
#[derive(Debug)]
pub(super) enum Intent {
    Create {
        resource_type: ResourceType,
        id: String,
    },
    /// A conditional create that found what it would have made.
    Exists(Box<Seen>),
    Update {
        resource_type: ResourceType,
        id: String,
        if_match: Option<i64>,
        /// The body must carry the id itself.
        own_id: bool,
    },
    Delete {
        resource_type: ResourceType,
        id: String,
        if_match: Option<i64>,
    },
    /// A conditional delete that found nothing.
    Nothing,
    Get(Target),
    /// The same beyond one type.
    GetAcross(across::Target),
    /// An operation that changes nothing.
    Operate(Box<(Address, Entry)>),
}

/// Looks up an entry's conditions and gives it an id. Errors: what keeps the entry from working.
pub(super) async fn of(call: &Call, entry: &Entry) -> Result<Intent, Error> {
    if let Some(address) = Address::parse(&entry.url, call.base())? {
        let operation = address.operation()?;
        if operation.affects_state {
            let text = format!("${} cannot be part of a transaction", operation.code);
            return Err(Error::value(text, "request.url"));
        }
        return Ok(Intent::Operate(Box::new((address, entry.clone()))));
    }
    if matches!(entry.method, Some(Method::Get | Method::Head))
        && let Some(target) = across::target(&entry.url, call.base())?
    {
        return Ok(Intent::GetAcross(target));
    }
    let target = target::parse(&entry.url, call.base())?;
    let if_match = entry.if_match.as_deref().map(parse_etag).transpose()?;
    let resource_type = target.resource_type;
    let method = entry.method.ok_or_else(|| impossible(&entry.url))?;
    match (method, &target.place) {
        (Method::Get | Method::Head, place) => {
            if *place == Place::Type {
                // A query that cannot work must stop the transaction before anything is written.
                search::parse(call, resource_type, &search::pairs(&target.query)?)?;
            }
            Ok(Intent::Get(target))
        }
        (Method::Post, Place::Type) => {
            call.may(Action::Create, resource_type)?;
            create(call, resource_type, entry.if_none_exist.as_deref()).await
        }
        (Method::Put, Place::Instance(id)) => {
            call.may(Action::Update, resource_type)?;
            Ok(Intent::Update {
                resource_type,
                id: id.clone(),
                if_match,
                own_id: true,
            })
        }
        (Method::Put, Place::Type) => {
            call.may(Action::Update, resource_type)?;
            update_matching(call, &target, entry, if_match).await
        }
        (Method::Delete, Place::Instance(id)) => {
            call.may(Action::Delete, resource_type)?;
            Ok(Intent::Delete {
                resource_type,
                id: id.clone(),
                if_match,
            })
        }
        (Method::Delete, Place::Type) => {
            call.may(Action::Delete, resource_type)?;
            Ok(match find_one(call, resource_type, &target.query).await? {
                Some(seen) => Intent::Delete {
                    resource_type,
                    id: seen.id().to_owned(),
                    if_match,
                },
                None => Intent::Nothing,
            })
        }
        _ => Err(impossible(&entry.url)),
    }
}

/// What an entry makes its write depend on.
pub(super) fn condition(entry: &Entry) -> Option<(ResourceType, &str)> {
    let (path, query) = match (entry.url.split_once('?'), &entry.if_none_exist) {
        (_, Some(condition)) => (entry.url.as_str(), condition.as_str()),
        (Some((path, query)), None) if entry.method == Some(Method::Put) => (path, query),
        _ => return None,
    };
    let name = path.rsplit('/').find(|part| !part.is_empty())?;
    Some((ResourceType::from_name(name)?, query))
}

async fn create(
    call: &Call,
    resource_type: ResourceType,
    condition: Option<&str>,
) -> Result<Intent, Error> {
    if let Some(condition) = condition
        && let Some(seen) = find_one(call, resource_type, condition).await?
    {
        return Ok(Intent::Exists(Box::new(seen)));
    }
    Ok(Intent::Create {
        resource_type,
        id: uuid::Uuid::new_v4().to_string(),
    })
}

async fn update_matching(
    call: &Call,
    target: &Target,
    entry: &Entry,
    if_match: Option<i64>,
) -> Result<Intent, Error> {
    let resource_type = target.resource_type;
    let body = entry.resource.as_ref();
    let own = body.and_then(|body| body.root().text_at("id").map(|id| id.into_owned()));
    let found = find_one(call, resource_type, &target.query).await?;
    let own_id = own.is_some();
    match found.map(|seen| seen.id().to_owned()).or(own) {
        Some(id) => Ok(Intent::Update {
            resource_type,
            id,
            if_match,
            own_id,
        }),
        None => Ok(Intent::Create {
            resource_type,
            id: uuid::Uuid::new_v4().to_string(),
        }),
    }
}
