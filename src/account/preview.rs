//! What a parent will see of one's visits, bill, appointment and mail included, before they do: for who is not of age.

use access::Access;
use access::offer::type_title;
use access::time::{BirthDate, attained};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use fhir::ResourceType;
use fhir::search::{Handling, Settings, parse};
use http::StatusCode;
use serde_json::Value;
use storage::Found;
use storage::records::Previewed;
use storage::standing::Person;
use web::page::{self, Frame};
use web::{House, SignedIn};
use workflows::proxies::Error;

use crate::charts::{self, Chart};
use crate::privacy::private::{date, day, title};

/// Visits and appointments shown, each at most.
const VISITS_MAX: usize = 10;

/// What is one of them.
struct Thing {
    title: String,
    kind: String,
}

/// A visit with all that came of it.
struct Visit {
    title: String,
    day: String,
    seen: Vec<Thing>,
    hidden: Vec<Thing>,
    /// A parent would get mail that there is something new.
    notice: bool,
    /// Something of it is confidential care that a parent would see.
    leaks: bool,
}

#[derive(Template)]
#[template(path = "preview.html")]
struct Page {
    frame: Frame,
    /// Old enough that no parent sees anything.
    of_age: bool,
    has_record: bool,
    visits: Vec<Visit>,
}

/// `GET /account/preview`
pub async fn page(State(house): State<House>, person: SignedIn) -> Response {
    match load(&house, &person).await {
        Ok(page) => page::html(StatusCode::OK, &page),
        Err(error) => crate::privacy::failed(&error),
    }
}

async fn load(house: &House, person: &SignedIn) -> Result<Page, Error> {
    let own = charts::own(house, person).await?;
    let Some(Chart {
        person: one,
        access,
    }) = own
    else {
        return Ok(Page {
            frame: Frame::of(person, "privacy"),
            of_age: false,
            has_record: false,
            visits: Vec::new(),
        });
    };
    let of_age = is_of_age(house, &one);
    let visits = match of_age {
        true => Vec::new(),
        false => visits(house, &access).await?,
    };
    Ok(Page {
        frame: Frame::of(person, "privacy"),
        of_age,
        has_record: true,
        visits,
    })
}

fn is_of_age(house: &House, one: &Person) -> bool {
    let birth = one.birth_date.as_deref().and_then(BirthDate::parse);
    let pack = &house.pack;
    birth.is_some_and(|birth| {
        let age = pack.parent_auto_remove_age;
        attained(
            birth.latest,
            age,
            pack.leap_day(),
            pack.zone(),
            house.clock.now(),
        )
    })
}

async fn visits(house: &House, access: &Access) -> Result<Vec<Visit>, Error> {
    let mut visits = Vec::new();
    for of in [ResourceType::ENCOUNTER, ResourceType::APPOINTMENT] {
        for json in newest(house, access, of).await? {
            let id = json["id"].as_str().unwrap_or_default();
            let found = house.storage.records(access).preview(of, id).await?;
            visits.push(visit(house, access, &json, found.unwrap_or_default()).await?);
        }
    }
    visits.sort_by(|a: &Visit, b| b.day.cmp(&a.day));
    for visit in &mut visits {
        visit.day = day(&visit.day);
    }
    Ok(visits)
}

async fn newest(house: &House, access: &Access, of: ResourceType) -> Result<Vec<Value>, Error> {
    let settings = Settings {
        base: "urn:kinchart",
        handling: Handling::Strict,
        count_default: VISITS_MAX,
        count_max: VISITS_MAX,
        clauses_max: 4,
        posted: None,
        include_rounds_max: 0,
        included_max: 0,
    };
    let pairs = [("_sort".to_owned(), "-date".to_owned())];
    let query =
        parse(of, &pairs, &settings).map_err(|issues| Error::Invalid(format!("{issues:?}")))?;
    let page = house.storage.records(access).search(&query).await?;
    let read = |seen: &storage::Seen| serde_json::from_slice(seen.body()).ok();
    Ok(page.matches.iter().filter_map(read).collect())
}

async fn visit(
    house: &House,
    access: &Access,
    json: &Value,
    found: Vec<Previewed>,
) -> Result<Visit, Error> {
    let of = json["resourceType"].as_str().unwrap_or_default();
    let mut visit = Visit {
        title: title(json).unwrap_or_else(|| type_title(of).unwrap_or(of).to_owned()),
        day: date(json),
        seen: Vec::new(),
        hidden: Vec::new(),
        notice: found.iter().any(|one| one.visible),
        leaks: found.iter().any(|one| one.gives_away),
    };
    for one in found {
        let records = house.storage.records(access);
        let name = one.resource_type.name();
        let kind = type_title(name).unwrap_or(name).to_owned();
        let title = match records.read(one.resource_type, &one.id).await? {
            Found::Seen(seen) => serde_json::from_slice::<Value>(seen.body())
                .ok()
                .and_then(|json| title(&json)),
            _ => None,
        };
        let thing = Thing {
            title: title.unwrap_or_else(|| kind.clone()),
            kind,
        };
        let list = if one.visible {
            &mut visit.seen
        } else {
            &mut visit.hidden
        };
        list.push(thing);
    }
    Ok(visit)
}
