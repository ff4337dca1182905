//! What each entry of a transaction is going to do, conditions looked up.

use access::Action;
use fhir::Document;
use fhir::{
    ResourceType,
    bundle::{Entry, Method},
};
use storage::{Condition, Seen};

use crate::{
    across,
    batch::impossible,
    call::{Call, parse_etag},
    conditional::{look, look_for},
    delete,
    error::Error,
    operation::Address,
    patch::{self, Patch},
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
    /// A conditional create whose condition an earlier entry has too: what that one makes is it.
    Twin {
        resource_type: ResourceType,
        id: String,
        /// The number of the earlier entry.
        of: usize,
    },
    Update {
        resource_type: ResourceType,
        id: String,
        if_match: Option<i64>,
        /// The body must carry the id itself.
        own_id: bool,
        /// What a patch made of the resource; the entry's own resource otherwise.
        patched: Option<Document>,
    },
    Delete {
        resource_type: ResourceType,
        id: String,
        if_match: Option<i64>,
    },
    /// A conditional delete: all it found, which may be nothing.
    DeleteAll {
        resource_type: ResourceType,
        ids: Vec<String>,
        if_match: Option<i64>,
    },
    Get(Target),
    /// The same beyond one type.
    GetAcross(across::Target),
    /// An operation that changes nothing.
    Operate(Box<Address>),
}

/// What was found out on the way, for all entries.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// What must still hold when everything is written.
    pub conditions: Vec<Condition>,
    /// Conditional creates: condition, number of the entry, id of what it makes.
    made: Vec<(ResourceType, String, usize, String)>,
    /// How many resources conditional deletes found so far.
    deleted: usize,
}

impl Looks {
    async fn look(
        &mut self,
        call: &Call,
        resource_type: ResourceType,
        query: &str,
    ) -> Result<Option<Seen>, Error> {
        let looked = look(call, resource_type, query).await?;
        self.conditions.push(looked.condition);
        Ok(looked.seen)
    }

    /// The ids of all that a conditional delete deletes.
    async fn look_for(
        &mut self,
        call: &Call,
        resource_type: ResourceType,
        query: &str,
        most: usize,
    ) -> Result<Vec<String>, Error> {
        let looked = look_for(call, resource_type, query, most).await?;
        let ids = looked.condition.found.clone();
        self.deleted += ids.len();
        if most > 1 && self.deleted > most {
            return Err(Error::TooManyMatches(most));
        }
        self.conditions.push(looked.condition);
        Ok(ids)
    }
}

/// Looks up an entry's conditions and gives it an id. Errors: what keeps the entry from working.
pub(super) async fn of(
    call: &Call,
    (number, entry): (usize, &Entry),
    looks: &mut Looks,
) -> Result<Intent, Error> {
    if let Some(address) = Address::parse(&entry.url, call.base())? {
        let operation = address.operation()?;
        if operation.affects_state {
            let text = format!("${} cannot be part of a transaction", operation.code);
            return Err(Error::value(text, "request.url"));
        }
        return Ok(Intent::Operate(Box::new(address)));
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
                search::parse(call, resource_type, &search::pairs(&target.query)?).await?;
            }
            Ok(Intent::Get(target))
        }
        (Method::Post, Place::Type) => {
            call.may(Action::Create, resource_type)?;
            let condition = entry.if_none_exist.as_deref();
            create(call, resource_type, condition, number, looks).await
        }
        (Method::Put, Place::Instance(id)) => {
            call.may(Action::Update, resource_type)?;
            Ok(Intent::Update {
                resource_type,
                id: id.clone(),
                if_match,
                own_id: true,
                patched: None,
            })
        }
        (Method::Put, Place::Type) => {
            call.may(Action::Update, resource_type)?;
            update_matching(call, &target, entry, if_match, looks).await
        }
        (Method::Patch, place @ (Place::Instance(_) | Place::Type)) => {
            let id = match place {
                Place::Instance(id) => id.clone(),
                _ => {
                    call.may(Action::Update, resource_type)?;
                    let seen = looks.look(call, resource_type, &target.query).await?;
                    seen.ok_or(Error::Absent)?.id().to_owned()
                }
            };
            let body = entry.resource.clone();
            let patch = Patch::of_entry(body.ok_or_else(|| impossible(&entry.url))?)?;
            let patched = patch::patched(call, resource_type, &id, &patch, if_match).await?;
            Ok(Intent::Update {
                resource_type,
                id,
                if_match: Some(patched.version),
                own_id: true,
                patched: Some(patched.document),
            })
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
            let most = delete::most_at_once(call, if_match);
            let query = &target.query;
            let ids = looks.look_for(call, resource_type, query, most).await?;
            Ok(Intent::DeleteAll {
                resource_type,
                ids,
                if_match,
            })
        }
        _ => Err(impossible(&entry.url)),
    }
}

/// Whether an entry may have to be looked at again because others came between.
pub(super) fn may_be_overtaken(entry: &Entry) -> bool {
    let conditional = entry.if_none_exist.is_some() || entry.url.contains('?');
    match entry.method {
        Some(Method::Patch) => true,
        Some(Method::Post | Method::Put | Method::Delete) => conditional,
        _ => false,
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
    number: usize,
    looks: &mut Looks,
) -> Result<Intent, Error> {
    let id = uuid::Uuid::new_v4().to_string();
    if let Some(condition) = condition {
        let mut made = looks.made.iter();
        let same = made.find(|(of, text, ..)| *of == resource_type && text == condition);
        if let Some((.., of, id)) = same {
            return Ok(Intent::Twin {
                resource_type,
                id: id.clone(),
                of: *of,
            });
        }
        if let Some(seen) = looks.look(call, resource_type, condition).await? {
            return Ok(Intent::Exists(Box::new(seen)));
        }
        let condition = condition.to_owned();
        looks
            .made
            .push((resource_type, condition, number, id.clone()));
    }
    Ok(Intent::Create { resource_type, id })
}

async fn update_matching(
    call: &Call,
    target: &Target,
    entry: &Entry,
    if_match: Option<i64>,
    looks: &mut Looks,
) -> Result<Intent, Error> {
    let resource_type = target.resource_type;
    let body = entry.resource.as_ref();
    let own = body.and_then(|body| body.root().text_at("id").map(|id| id.into_owned()));
    let found = looks.look(call, resource_type, &target.query).await?;
    let own_id = own.is_some();
    match found.map(|seen| seen.id().to_owned()).or(own) {
        Some(id) => Ok(Intent::Update {
            resource_type,
            id,
            if_match,
            own_id,
            patched: None,
        }),
        None => Ok(Intent::Create {
            resource_type,
            id: uuid::Uuid::new_v4().to_string(),
        }),
    }
}
