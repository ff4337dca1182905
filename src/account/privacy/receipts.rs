//! The signed receipts of everything somebody was given leave to do with a record, or told not to.

use access::Access;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fhir::ResourceType;
use fhir::search::{Handling, Settings, parse};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use smart::receipt;
use web::page::{self, Frame, Query};
use web::reply::with_header;
use web::words::day;
use web::{House, SignedIn, keys};
use workflows::proxies::Error;
use workflows::receipts;

use super::failed;
use crate::charts;

/// Receipts listed, at most: the newest.
const RECEIPTS_MAX: usize = 100;

/// One that can be had.
struct Line {
    id: String,
    day: String,
    says: Vec<String>,
    ended: bool,
}

#[derive(Template)]
#[template(path = "privacy_receipts.html")]
struct Page {
    frame: Frame,
    patient: String,
    of_whom: String,
    lines: Vec<Line>,
    keys: String,
}

/// `GET /account/privacy/receipts?patient=…`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    match load(&house, &person, query.get("patient")).await {
        Ok(page) => page::html(StatusCode::OK, &page),
        Err(error) => failed(&error),
    }
}

async fn load(house: &House, person: &SignedIn, patient: &str) -> Result<Page, Error> {
    let charts = charts::shared(house, person).await?;
    let chosen = charts::find(&charts, patient).or(charts.first());
    let chart = chosen.ok_or(Error::Absent)?;
    let access = &chart.access;
    let mut lines = Vec::new();
    for id in consents(house, access).await? {
        let claims = receipts::claims(&house.storage, access, &id, &house.base_url);
        let Some(claims) = claims.await? else {
            continue;
        };
        let at = claims.consent["dateTime"].as_str().unwrap_or_default();
        let at: Option<Timestamp> = at.parse().ok();
        lines.push(Line {
            id,
            day: at.map_or_else(String::new, |at| day(at, &house.pack)),
            ended: claims.consent["status"] != "active",
            says: claims.says,
        });
    }
    Ok(Page {
        frame: Frame::of(person, "privacy"),
        patient: chart.person.patient.clone(),
        of_whom: chart.of_whom(),
        lines,
        keys: format!("{}/.well-known/jwks.json", house.base_url),
    })
}

async fn consents(house: &House, access: &Access) -> Result<Vec<String>, Error> {
    let settings = Settings {
        base: "urn:kinchart",
        handling: Handling::Strict,
        count_default: RECEIPTS_MAX,
        count_max: RECEIPTS_MAX,
        clauses_max: 4,
        posted: None,
        include_rounds_max: 0,
        included_max: 0,
    };
    let pairs = [("_sort".to_owned(), "-date".to_owned())];
    let query = parse(ResourceType::CONSENT, &pairs, &settings)
        .map_err(|issues| Error::Invalid(format!("{issues:?}")))?;
    let page = house.storage.records(access).search(&query).await?;
    Ok(page
        .matches
        .iter()
        .map(|seen| seen.id().to_owned())
        .collect())
}

/// `GET /account/privacy/receipt?patient=…&consent=…`: the receipt, as a file.
pub async fn download(
    State(house): State<House>,
    person: SignedIn,
    Query(query): Query,
) -> Response {
    match signed(&house, &person, query.get("patient"), query.get("consent")).await {
        Ok(signed) => {
            const JOSE: HeaderValue = HeaderValue::from_static("application/jose");
            let mut response = (StatusCode::OK, signed).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, JOSE);
            with_header(
                response,
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"consent-receipt.jws\"",
            )
        }
        Err(error) => failed(&error),
    }
}

async fn signed(
    house: &House,
    person: &SignedIn,
    patient: &str,
    consent: &str,
) -> Result<String, Error> {
    let chart = charts::shared_of(house, person, patient).await?;
    let claims = receipts::claims(&house.storage, &chart.access, consent, &house.base_url);
    let claims = claims.await?.ok_or(Error::Absent)?;
    let key = keys::signing(&house.storage, house.clock.now()).await?;
    receipt::sign(&key, &claims).map_err(|fault| Error::Invalid(fault.to_string()))
}
