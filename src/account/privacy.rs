//! What a person says about sharing, each with one button: other organizations, one of them by name, sensitive care
//! and each app, a restriction. Every choice is a Consent in the record and counts from the next request on.

use access::Access;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use fhir::ResourceType;
use fhir::search::{Handling, Settings, parse};
use http::StatusCode;
use storage::standing::Person;
use web::csrf::SignedForm;
use web::page::{self, Form, Frame};
use web::{House, SignedIn, session};
use workflows::privacy::{self, Choice, Choices, Desk};
use workflows::proxies::Error;

/// Organizations of the directory offered by name.
const ORGANIZATIONS_MAX: usize = 200;

struct Chart {
    patient: String,
    name: String,
    here: bool,
}

/// An organization, by its name in the directory.
struct Organization {
    id: String,
    name: String,
}

/// A connected app.
struct App {
    grant: String,
    client: String,
    name: String,
    /// It gets no sensitive care.
    shielded: bool,
}

#[derive(Template)]
#[template(path = "privacy.html")]
struct Page {
    frame: Frame,
    csrf: String,
    charts: Vec<Chart>,
    patient: String,
    name: String,
    is_self: bool,
    exchange: bool,
    part2: bool,
    denied: Vec<Organization>,
    others: Vec<Organization>,
    apps: Vec<App>,
    said: &'static str,
    problem: String,
}

/// What was just done, in words.
fn said(code: &str) -> &'static str {
    match code {
        "saved" => "Saved. It counts from the next request on.",
        "asked" => "Sent. The privacy office will write to you about it.",
        _ => "",
    }
}

/// `GET /account/privacy?patient=…`
pub async fn page(
    State(house): State<House>,
    person: SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Form::read(query.unwrap_or_default().as_bytes());
    let said = said(query.get("done"));
    show(&house, &person, query.get("patient"), said, String::new()).await
}

/// Whose choices this account may see, themself first.
async fn charts(house: &House, person: &SignedIn) -> Result<Vec<(Person, Access)>, storage::Error> {
    let now = house.clock.now();
    let people = house
        .storage
        .accounts()
        .people(&person.account, now)
        .await?;
    let open = people.into_iter().filter_map(|one| {
        let access = session::access(house, &one.standing, now)?;
        let facet = access::Facet::plain(ResourceType::CONSENT);
        let facts = access::ResourceFacts::some(&facet, &one.patient);
        let may = access.decide(access::Action::Create, &facts).permits();
        may.then_some((one, access))
    });
    Ok(open.collect())
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
            let status = match page.problem.is_empty() {
                true => StatusCode::OK,
                false => StatusCode::UNPROCESSABLE_ENTITY,
            };
            page::html(status, &page)
        }
        Err(Error::Storage(error)) => page::unavailable(&error),
        Err(_) => gone(),
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
    let charts = charts(house, person).await?;
    let chosen = charts.iter().find(|(one, _)| one.patient == patient);
    let Some((one, access)) = chosen.or(charts.first()) else {
        return Err(Error::Absent);
    };
    let desk = Desk {
        storage: &house.storage,
        access,
    };
    let choices = privacy::choices(&desk).await?;
    let directory = organizations(house, access).await?;
    let (denied, others) = directory
        .into_iter()
        .partition(|of| choices.denied.contains(&of.id));
    Ok(Page {
        frame: Frame::of(person, "privacy"),
        csrf: person.session.csrf.clone(),
        charts: charts
            .iter()
            .map(|(other, _)| Chart {
                patient: other.patient.clone(),
                name: other.name.clone(),
                here: other.patient == one.patient,
            })
            .collect(),
        patient: one.patient.clone(),
        name: one.name.clone(),
        is_self: one.is_self,
        exchange: choices.exchange,
        part2: choices.part2,
        apps: apps(house, person, &one.patient, &choices).await?,
        denied,
        others,
        said: "",
        problem: String::new(),
    })
}

async fn organizations(house: &House, access: &Access) -> Result<Vec<Organization>, Error> {
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

async fn apps(
    house: &House,
    person: &SignedIn,
    patient: &str,
    choices: &Choices,
) -> Result<Vec<App>, Error> {
    let now = house.clock.now();
    let grants = house.storage.grants();
    let mut all = grants.of_account(&person.account.id, now).await?;
    if person.account.patient.as_deref() == Some(patient) {
        let by_others = grants.of_patient_by_others(patient, &person.account.id, now);
        all.extend(by_others.await?);
    }
    let mut apps: Vec<App> = Vec::new();
    for grant in all {
        let concerns = grant.patient.as_deref() == Some(patient) && grant.consent.is_some();
        if !concerns || apps.iter().any(|app| app.client == grant.client) {
            continue;
        }
        let client = house.storage.clients().find(&grant.client).await?;
        apps.push(App {
            name: client.map_or_else(|| grant.client.clone(), |client| client.name),
            shielded: choices.shielded.contains(&grant.client),
            client: grant.client,
            grant: grant.id,
        });
    }
    apps.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(apps)
}

/// `POST /account/privacy`: `choice` and whether it is to hold (`on`).
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let patient = form.get("patient");
    let charts = match charts(&house, &person).await {
        Ok(charts) => charts,
        Err(error) => return page::unavailable(&error),
    };
    let Some((_, access)) = charts.iter().find(|(one, _)| one.patient == patient) else {
        return gone();
    };
    let desk = Desk {
        storage: &house.storage,
        access,
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
        "restriction" => privacy::ask_restriction(&desk, form.get("restriction")).await,
        _ => Err(Error::Rule {
            element: "choice",
            rule: "choose one of the list".to_owned(),
        }),
    };
    let code = match form.get("choice") {
        "restriction" => "asked",
        _ => "saved",
    };
    match done {
        Ok(()) => page::see_other(&format!("/account/privacy?patient={patient}&done={code}")),
        Err(Error::Rule { rule, .. }) => {
            let mut letters = rule.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string());
            let problem = format!("{}{}.", first.unwrap_or_default(), letters.as_str());
            show(&house, &person, patient, "", problem).await
        }
        Err(Error::Overtaken) => {
            let problem = "Somebody else changed this a moment ago: look again.".to_owned();
            show(&house, &person, patient, "", problem).await
        }
        Err(Error::Storage(error)) => page::unavailable(&error),
        Err(_) => gone(),
    }
}
