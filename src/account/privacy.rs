//! What a person says about sharing: other organizations, each app and person, results that wait for a clinician, care
//! received in confidence, a restriction. Every choice is a Consent in the record and counts from the next request on.

pub mod limit;
pub mod private;
pub mod receipts;
mod whom;

use access::Access;
use access::sharing::CATEGORIES;
use access::time::{BirthDate, attained};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use fhir::ResourceType;
use fhir::search::{Handling, Settings, parse};
use http::StatusCode;
use storage::standing::{GranteeKind, Person};
use web::csrf::SignedForm;
use web::page::{self, Frame, Query};
use web::words::{day, sentence};
use web::{House, SignedIn};
use workflows::confidences::{self, Leave};
use workflows::privacy::{self, Choice, Desk};
use workflows::proxies::Error;
use workflows::{holds, waiting};

use crate::charts::{self, Chart, Tab};
use whom::Grantee;

/// Organizations of the directory offered by name.
const ORGANIZATIONS_MAX: usize = 200;

/// An organization, by its name in the directory.
pub(crate) struct Organization {
    pub id: String,
    pub name: String,
}

/// Somebody who may see care received in confidence, or could.
struct Confidant {
    id: String,
    name: String,
    told: bool,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct Page {
    frame: Frame,
    csrf: String,
    charts: Vec<Tab>,
    patient: String,
    name: String,
    is_self: bool,
    exchange: bool,
    part2: bool,
    others: Vec<Organization>,
    grantees: Vec<Grantee>,
    parts: Vec<(&'static str, &'static str)>,
    /// New results wait for a clinician.
    waits: bool,
    /// Days they wait at most.
    wait_days: u16,
    /// Results that wait: the number they have here, and until when.
    waiting: Vec<(String, String)>,
    /// Not of age: parents and care received in confidence are spoken of.
    is_minor: bool,
    confidants: Vec<Confidant>,
    said: &'static str,
    problem: String,
}

/// What was just done, in words.
fn said(code: &str) -> &'static str {
    match code {
        "saved" => "Saved. It counts from the next request on.",
        "shown" => "Shown. You find it with your results.",
        "asked" => "Sent. The privacy office will write to you about it.",
        _ => "",
    }
}

/// `GET /account/privacy?patient=…`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let said = said(query.get("done"));
    show(&house, &person, query.get("patient"), said, String::new()).await
}

async fn show(
    house: &House,
    person: &SignedIn,
    patient: &str,
    said: &'static str,
    problem: String,
) -> Response {
    match load(house, person, patient).await {
        Ok(mut page) => {
            page.said = said;
            page.problem = problem;
            let status = page::status(page.problem.is_empty());
            page::html(status, &page)
        }
        Err(error) => failed(&error),
    }
}

/// The page for what went wrong, the same for what is absent and what is not theirs.
pub(crate) fn failed(error: &Error) -> Response {
    match error {
        Error::Storage(error) => page::unavailable(error),
        _ => gone(),
    }
}

fn gone() -> Response {
    page::sorry(
        StatusCode::NOT_FOUND,
        "There is nothing to choose here",
        "You act for nobody whose sharing you may decide on.",
    )
}

async fn load(house: &House, person: &SignedIn, patient: &str) -> Result<Page, Error> {
    let charts = charts::shared(house, person).await?;
    let chosen = charts::find(&charts, patient).or(charts.first());
    let Chart {
        person: one,
        access,
    } = chosen.ok_or(Error::Absent)?;
    let desk = Desk {
        storage: &house.storage,
        access,
    };
    let choices = privacy::choices(&desk).await?;
    let directory = organizations(house, access).await?;
    let grantees = whom::all(house, person, (one, &desk), &directory, "").await?;
    // Those of which something is said are listed with the rest.
    let others = directory
        .into_iter()
        .filter(|of| !grantees.iter().any(|it| it.id == of.id))
        .collect();
    let waits = one.is_self && waiting::is_wished(&desk).await?;
    let is_minor = one.is_self && !is_of_age(house, one);
    Ok(Page {
        frame: Frame::of(person, "privacy"),
        csrf: person.session.csrf.clone(),
        charts: charts::tabs(&charts, &one.patient),
        patient: one.patient.clone(),
        name: one.name.clone(),
        is_self: one.is_self,
        exchange: choices.exchange,
        part2: choices.part2,
        grantees,
        parts: CATEGORIES.iter().map(|one| (one.code, one.title)).collect(),
        waits,
        wait_days: house.pack.holds.preference_days_max,
        waiting: match one.is_self {
            true => held(house, &one.patient).await?,
            false => Vec::new(),
        },
        is_minor,
        confidants: match is_minor {
            true => confidants(house, access, &one.patient).await?,
            false => Vec::new(),
        },
        others,
        said: "",
        problem: String::new(),
    })
}

pub(crate) async fn organizations(
    house: &House,
    access: &Access,
) -> Result<Vec<Organization>, Error> {
    let settings = Settings {
        base: "urn:kinchart",
        handling: Handling::Strict,
        count_default: ORGANIZATIONS_MAX,
        count_max: ORGANIZATIONS_MAX,
        clauses_max: 4,
        posted: None,
        include_rounds_max: 0,
        included_max: 0,
    };
    let pairs = [("_sort".to_owned(), "name".to_owned())];
    let query = parse(ResourceType::ORGANIZATION, &pairs, &settings)
        .map_err(|issues| Error::Invalid(format!("{issues:?}")))?;
    let page = house.storage.records(access).search(&query).await?;
    let read = |seen: &storage::Seen| {
        let text = String::from_utf8_lossy(seen.body()).into_owned();
        let document = fhir::Document::parse(text).ok()?;
        Some(Organization {
            id: seen.id().to_owned(),
            name: document.root().text_at("name")?.into_owned(),
        })
    };
    Ok(page.matches.iter().filter_map(read).collect())
}

fn is_of_age(house: &House, one: &Person) -> bool {
    let birth = one.birth_date.as_deref().and_then(BirthDate::parse);
    let pack = &house.pack;
    let age = pack.parent_auto_remove_age;
    let now = house.clock.now();
    birth.is_none_or(|birth| attained(birth.latest, age, pack.leap_day(), pack.zone(), now))
}

/// Results that wait, by where they are, and the day each is shown at the latest.
async fn held(house: &House, patient: &str) -> Result<Vec<(String, String)>, Error> {
    let now = house.clock.now();
    let held = waiting::waiting(&house.storage, &house.pack, patient, now).await?;
    let line = |seen: &storage::Seen| {
        let document = fhir::Document::parse(String::from_utf8_lossy(seen.body())).ok()?;
        let until = access::facts::hold_until(document.root())?;
        let until = jiff::Timestamp::from_microsecond(until).ok()?;
        let name = format!("{}/{}", seen.resource_type(), seen.id());
        Some((name, day(until, &house.pack)))
    };
    Ok(held.iter().filter_map(line).collect())
}

/// Parents and others who act for a minor, and whether they may see care received in confidence.
async fn confidants(
    house: &House,
    access: &Access,
    patient: &str,
) -> Result<Vec<Confidant>, Error> {
    let desk = confidences::Desk {
        storage: &house.storage,
        access,
    };
    let leaves = confidences::leaves(&desk, patient).await?;
    let all = house.storage.grantees(patient, house.clock.now()).await?;
    let people = all.into_iter().filter(|it| it.kind == GranteeKind::Person);
    Ok(people
        .map(|it| Confidant {
            told: leaves
                .iter()
                .any(|leave| leave.person.as_ref().is_none_or(|named| *named == it.id)),
            id: it.id,
            name: it.name,
        })
        .collect())
}

/// `POST /account/privacy`: `choice` and whether it is to hold (`on`).
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let patient = form.get("patient");
    let access = match charts::shared_of(&house, &person, patient).await {
        Ok(chart) => chart.access,
        Err(error) => return failed(&error),
    };
    let desk = Desk {
        storage: &house.storage,
        access: &access,
    };
    let on = form.get("on") == "yes";
    let named = form.get("named");
    let done = match form.get("choice") {
        "exchange" => privacy::choose(&desk, &Choice::NoExchange, on).await,
        "organization" if !named.is_empty() => {
            privacy::choose(&desk, &Choice::NotTo(named.to_owned()), on).await
        }
        "part2" => privacy::choose(&desk, &Choice::Part2, on).await,
        "app" => privacy::shield(&desk, named, on).await.map(drop),
        "wait" => waiting::wish(&desk, on).await,
        "show" => show_now(&desk, named).await,
        "confide" => confide(&house, &access, patient, named, on).await,
        "restriction" => privacy::ask_restriction(&desk, form.get("restriction")).await,
        _ => Err(Error::Rule {
            element: "choice",
            rule: "choose one of the list".to_owned(),
        }),
    };
    let code = match form.get("choice") {
        "restriction" => "asked",
        "show" => "shown",
        _ => "saved",
    };
    match done {
        Ok(()) => page::see_other(&format!("/account/privacy?patient={patient}&done={code}")),
        Err(Error::Rule { rule, .. }) => show(&house, &person, patient, "", sentence(&rule)).await,
        Err(Error::Overtaken) => {
            let problem = "Somebody else changed this a moment ago: look again.".to_owned();
            show(&house, &person, patient, "", problem).await
        }
        Err(error) => failed(&error),
    }
}

/// Shows one result that waits, before anybody talked about it.
async fn show_now(desk: &Desk<'_>, named: &str) -> Result<(), Error> {
    let (of, id) = named.split_once('/').ok_or(Error::Absent)?;
    let of = ResourceType::from_name(of).ok_or(Error::Absent)?;
    let desk = holds::Desk {
        storage: desk.storage,
        access: desk.access,
    };
    holds::release(&desk, (of, id)).await.map(drop)
}

async fn confide(
    house: &House,
    access: &Access,
    patient: &str,
    person: &str,
    on: bool,
) -> Result<(), Error> {
    let desk = confidences::Desk {
        storage: &house.storage,
        access,
    };
    if !on {
        return confidences::withdraw(&desk, patient, Some(person))
            .await
            .map(drop);
    }
    let leave = Leave {
        person: Some(person.to_owned()),
        ..Leave::default()
    };
    confidences::release(&desk, patient, &leave).await.map(drop)
}
