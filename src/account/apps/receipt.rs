//! The receipt of a connection: what was granted, verbatim and in words, and the Consent resource
//! that says the same in the record.

use access::offer;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fhir::ResourceType;
use http::{HeaderValue, StatusCode, header};
use smart::scope::Scopes;
use storage::grants::Managed;
use storage::{Found, Seen};
use web::page::{self, Frame, Query};
use web::reply::with_header;
use web::words::moment;
use web::{House, SignedIn, session};
use workflows::apps;

use super::{Connected, one};

/// One scope, as granted and in words.
struct Granted {
    scope: String,
    title: String,
    /// The person left less of it, or nothing.
    cut: bool,
}

#[derive(Template)]
#[template(path = "receipt.html")]
struct Page {
    frame: Frame,
    app: Connected,
    client: String,
    given: Vec<Granted>,
    /// What is in force, where that is not what was given.
    in_force: Vec<String>,
    granted_at: String,
    narrowed_at: String,
    ended_at: String,
    /// The Consent resource, if there is one.
    consent: String,
    /// It may be downloaded from here.
    download: bool,
    /// Whose record it is.
    patient: Option<String>,
}

/// `GET /account/apps/receipt?grant=…`, of live and of ended connections.
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    match load(&house, &person, query.get("grant")).await {
        Ok(Some(page)) => page::html(StatusCode::OK, &page),
        Ok(None) => one::gone(),
        Err(error) => page::unavailable(&error),
    }
}

async fn managed(
    house: &House,
    person: &SignedIn,
    id: &str,
) -> Result<Option<Managed>, storage::Error> {
    let found = house.storage.grants().managed(id).await?;
    Ok(found.filter(|managed| apps::may_manage(&person.account, &managed.grant)))
}

async fn load(house: &House, person: &SignedIn, id: &str) -> Result<Option<Page>, storage::Error> {
    let Some(Managed {
        grant,
        given,
        narrowed,
    }) = managed(house, person, id).await?
    else {
        return Ok(None);
    };
    let in_force = Scopes::parse(&grant.scopes);
    let at = |at: jiff::Timestamp| moment(at, &house.pack);
    let people = house
        .storage
        .accounts()
        .people(&person.account, house.clock.now())
        .await?;
    let given = Scopes::parse(&given);
    let cut = |scope: &str| {
        let resource = given.resources.iter().find(|one| one.text == scope);
        resource.is_some_and(|resource| !in_force.covers(resource))
    };
    Ok(Some(Page {
        frame: Frame::of(person, "apps"),
        client: grant.client.clone(),
        given: given
            .texts()
            .iter()
            .map(|scope| Granted {
                title: in_words(&given, scope),
                cut: cut(scope),
                scope: scope.clone(),
            })
            .collect(),
        in_force: if narrowed.is_some() {
            in_force.texts().to_vec()
        } else {
            Vec::new()
        },
        granted_at: at(grant.created),
        narrowed_at: narrowed.map(at).unwrap_or_default(),
        ended_at: grant.revoked.map(at).unwrap_or_default(),
        consent: grant.consent.clone().unwrap_or_default(),
        download: consent(house, person, &grant).await?.is_some(),
        patient: grant.patient.clone(),
        app: Connected::of(house, &person.account, &people, grant).await?,
    }))
}

fn in_words(given: &Scopes, scope: &str) -> String {
    match given.resources.iter().find(|one| one.text == scope) {
        Some(resource) => format!("{}: {}", offer::verb(resource), offer::title(resource)),
        None => match scope {
            "openid" => "Know that it is you".to_owned(),
            "fhirUser" | "profile" => "Know who you are".to_owned(),
            "offline_access" => "Come back without you".to_owned(),
            "online_access" => "Stay while you are signed in".to_owned(),
            _ => "Open with a record".to_owned(),
        },
    }
}

/// `GET /account/apps/consent?grant=…`: the Consent resource, as a file.
pub async fn download(
    State(house): State<House>,
    person: SignedIn,
    Query(query): Query,
) -> Response {
    if person.session.shared {
        return page::no_download();
    }
    let found = match managed(&house, &person, query.get("grant")).await {
        Ok(Some(managed)) => consent(&house, &person, &managed.grant).await,
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    match found {
        Ok(Some(seen)) => {
            const JSON: HeaderValue = HeaderValue::from_static("application/fhir+json");
            let mut response = (StatusCode::OK, seen.body().clone()).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, JSON);
            with_header(
                response,
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"consent.json\"",
            )
        }
        Ok(None) => one::gone(),
        Err(error) => page::unavailable(&error),
    }
}

/// The Consent of a connection, as far as this person may read it.
async fn consent(
    house: &House,
    person: &SignedIn,
    grant: &storage::grants::Grant,
) -> Result<Option<Seen>, storage::Error> {
    let (Some(patient), Some(id)) = (&grant.patient, &grant.consent) else {
        return Ok(None);
    };
    let now = house.clock.now();
    let account = &person.account.id;
    let standing = house
        .storage
        .standing_of_account(account, patient, now)
        .await?;
    let Some(access) = standing.and_then(|standing| session::access(house, &standing, now)) else {
        return Ok(None);
    };
    let records = house.storage.records(&access);
    Ok(match records.read(ResourceType::CONSENT, id).await? {
        Found::Seen(seen) => Some(seen),
        _ => None,
    })
}
