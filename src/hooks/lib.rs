//! The CDS Hooks server (CDS Hooks 2.0): discovery, services, feedback. HTTP in, HTTP out; the rules are in `advice`,
//! and rows come through the caller's Access as everywhere.

mod client;
mod error;
mod known;

use access::{Access, Action};
use advice::{Card, Request, Rule, Service, Setting, feedback};
use axum::{
    extract::{FromRequest, FromRequestParts, Path, State},
    response::{IntoResponse, Response},
};
use error::Error;
use fhir::{Document, ResourceType};
use http::{HeaderValue, StatusCode, header, request::Parts};
use serde_json::{Value, json};
use web::{Caller, FhirBody, House, reply};

/// The client whose launch address cards about growth lead to.
const GROWTH_APP: &str = "growth";

/// `GET /cds-services`
pub async fn discovery() -> Response {
    let mut response = answer(&advice::service::discovery());
    let hour = HeaderValue::from_static("public, max-age=3600");
    response.headers_mut().insert(header::CACHE_CONTROL, hour);
    response
}

/// `POST /cds-services/{id}`
pub async fn call(
    State(house): State<House>,
    Path(id): Path<String>,
    request: axum::extract::Request,
) -> Result<Response, Response> {
    let (mut parts, body) = read(&house, request).await?;
    let token = body.as_ref().ok().and_then(|body| {
        let token = body.root().text_at("fhirAuthorization.access_token")?;
        Some(token.into_owned())
    });
    let respond = |error: Error| error.into_response();
    let proven = client::is_proven(&house, &parts.headers, &id, token.is_some()).await;
    if proven.map_err(respond)? && token.is_none() {
        let why = "the JWT says who calls; hand an access token over in fhirAuthorization as well";
        return Err(respond(Error::Client(why.to_owned())));
    }
    let access = caller(&house, &mut parts, token.as_deref()).await?;
    access
        .may(Action::Read, ResourceType::PATIENT)
        .map_err(|denial| respond(denial.into()))?;
    let service = Service::named(&id).ok_or_else(|| respond(Error::UnknownService))?;
    let body = body?;
    let request =
        Request::read(service, body.root()).map_err(|issues| respond(Error::Invalid(issues)))?;
    let cards = cards(&house, &access, service, &request)
        .await
        .map_err(respond)?;
    Ok(answer(&json!({"cards": cards})))
}

/// `POST /cds-services/{id}/feedback`: outcomes are counted by rule, and nothing else of them is kept.
pub async fn take_feedback(
    State(house): State<House>,
    Path(id): Path<String>,
    request: axum::extract::Request,
) -> Result<Response, Response> {
    let (mut parts, body) = read(&house, request).await?;
    let respond = |error: Error| error.into_response();
    let proven = client::is_proven(&house, &parts.headers, &id, false).await;
    if !proven.map_err(respond)? {
        let access = caller(&house, &mut parts, None).await?;
        access
            .may(Action::Read, ResourceType::PATIENT)
            .map_err(|denial| respond(denial.into()))?;
    }
    let service = Service::named(&id).ok_or_else(|| respond(Error::UnknownService))?;
    let body = body?;
    let entries = feedback::read(body.root()).map_err(|issues| respond(Error::Invalid(issues)))?;
    let counts = house.storage.feedback();
    for entry in entries {
        let card = uuid::Uuid::parse_str(&entry.card).ok();
        let rule = card.and_then(|id| Rule::of_mark(id.as_bytes()));
        let Some(rule) = rule else {
            continue;
        };
        counts
            .count(
                service.id,
                rule.name(),
                entry.outcome.name(),
                house.clock.now(),
            )
            .await
            .map_err(|error| respond(error.into()))?;
    }
    Ok(StatusCode::OK.into_response())
}

/// The request's head and its body as JSON; a body that cannot be read waits until it is known who asks.
async fn read(
    house: &House,
    request: axum::extract::Request,
) -> Result<(Parts, Result<Document, Response>), Response> {
    let (parts, body) = request.into_parts();
    let mut whole = http::Request::new(body);
    *whole.headers_mut() = parts.headers.clone();
    let media = parts.headers.get(header::CONTENT_TYPE);
    let media = media.and_then(|it| it.to_str().ok()).unwrap_or_default();
    if media.contains("xml") {
        return Ok((parts, Err(Error::NotJson.into_response())));
    }
    let read = FhirBody::from_request(whole, house).await;
    Ok((parts, read.map(|FhirBody(document)| document)))
}

/// Whoever the token speaks for: the one handed over for the FHIR server, else that of the header.
async fn caller(house: &House, parts: &mut Parts, token: Option<&str>) -> Result<Access, Response> {
    if let Some(token) = token {
        let value = HeaderValue::from_str(&format!("Bearer {token}"));
        let value = value.map_err(|_| Error::NotAToken.into_response())?;
        parts.headers.insert(header::AUTHORIZATION, value);
    }
    let Caller(access) = Caller::from_request_parts(parts, house).await?;
    Ok(access)
}

async fn cards(
    house: &House,
    access: &Access,
    service: &Service,
    request: &Request<'_>,
) -> Result<Vec<Value>, Error> {
    let ours = |server: &String| server.trim_end_matches('/') == &*house.fhir_base;
    if !request.fhir_server.as_ref().is_none_or(ours) {
        return Err(Error::OtherServer(house.fhir_base.to_string()));
    }
    let setting = Setting {
        now: access.now(),
        pack: house.pack.clone(),
        user: request.user.clone(),
        growth_app: growth_app(house).await?,
    };
    let found = known::gather(house, access, service, request, &setting).await?;
    let record = found.record(request)?;
    let made = service.cards(request, &record, &setting);
    made.iter().map(signed).collect()
}

async fn growth_app(house: &House) -> Result<Option<String>, Error> {
    let client = house.storage.clients().find(GROWTH_APP).await?;
    Ok(client
        .filter(storage::clients::Client::is_active)
        .and_then(|it| it.launch_uri))
}

/// A card under an id that tells its rule.
fn signed(card: &Card) -> Result<Value, Error> {
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::House("no randomness"))?;
    let id = uuid::Uuid::from_bytes(card.rule.mark(bytes)).to_string();
    Ok(card.json(&id, &mut || uuid::Uuid::new_v4().to_string()))
}

fn answer(json: &Value) -> Response {
    let response = json.to_string().into_response();
    reply::with_header(response, header::CONTENT_TYPE, "application/json")
}
