//! What a person keeps private, thing by thing: marked here, it is for them and the people who treat them.

use access::Access;
use access::offer::type_title;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use fhir::ResourceType;
use fhir::search::{Handling, Settings, parse};
use http::StatusCode;
use serde_json::Value;
use storage::Seen;
use web::csrf::SignedForm;
use web::page::{self, Form, Frame, Query};
use web::{House, SignedIn};
use workflows::marks;
use workflows::privacy::Desk;
use workflows::proxies::Error;

use super::failed;
use crate::charts;

/// Things of one kind shown, at most: the newest.
const THINGS_MAX: usize = 25;

/// The kinds of things shown, with what they are searched by besides.
const KINDS: &[(&str, &str)] = &[
    ("Encounter", "-date"),
    ("DiagnosticReport", "-date"),
    ("Observation", "-date"),
    ("DocumentReference", "-date"),
    ("Condition", "-recorded-date"),
    ("MedicationRequest", "-authoredon"),
    ("Immunization", "-date"),
    ("Appointment", "-date"),
];

/// One thing.
struct Thing {
    of: &'static str,
    id: String,
    title: String,
    date: String,
    private: bool,
}

/// Things of one kind.
struct Kind {
    code: &'static str,
    title: &'static str,
    private: usize,
    things: Vec<Thing>,
}

#[derive(Template)]
#[template(path = "privacy_private.html")]
struct Page {
    frame: Frame,
    csrf: String,
    kinds: Vec<Kind>,
    open: String,
    said: &'static str,
}

/// `GET /account/privacy/private`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    match load(&house, &person, &query).await {
        Ok(page) => page::html(StatusCode::OK, &page),
        Err(error) => failed(&error),
    }
}

/// The person's own record, with their eyes.
async fn own(house: &House, person: &SignedIn) -> Result<Access, Error> {
    let charts = charts::shared(house, person).await?;
    let own = charts.into_iter().find(|chart| chart.person.is_self);
    own.map(|chart| chart.access).ok_or(Error::Absent)
}

async fn load(house: &House, person: &SignedIn, query: &Form) -> Result<Page, Error> {
    let access = own(house, person).await?;
    let mut kinds = Vec::new();
    for (code, sort) in KINDS {
        let things = things(house, &access, code, sort).await?;
        if !things.is_empty() {
            kinds.push(Kind {
                code,
                title: type_title(code).unwrap_or(code),
                private: things.iter().filter(|thing| thing.private).count(),
                things,
            });
        }
    }
    Ok(Page {
        frame: Frame::of(person, "privacy"),
        csrf: person.session.csrf.clone(),
        kinds,
        open: query.get("of").to_owned(),
        said: match query.get("done") {
            "marked" => {
                "Marked private. From the next request on only you and the people who treat you here see it."
            }
            "opened" => "No longer private.",
            _ => "",
        },
    })
}

async fn things(
    house: &House,
    access: &Access,
    code: &'static str,
    sort: &str,
) -> Result<Vec<Thing>, Error> {
    let Some(of) = ResourceType::from_name(code) else {
        return Ok(Vec::new());
    };
    let settings = Settings {
        base: "urn:kinchart",
        handling: Handling::Strict,
        count_default: THINGS_MAX,
        count_max: THINGS_MAX,
        clauses_max: 4,
        posted: None,
        include_rounds_max: 0,
        included_max: 0,
    };
    let pairs = [("_sort".to_owned(), sort.to_owned())];
    let query =
        parse(of, &pairs, &settings).map_err(|issues| Error::Invalid(format!("{issues:?}")))?;
    let page = house.storage.records(access).search(&query).await?;
    Ok(page
        .matches
        .iter()
        .filter_map(|seen| thing(seen, code))
        .collect())
}

fn thing(seen: &Seen, of: &'static str) -> Option<Thing> {
    let json: Value = serde_json::from_slice(seen.body()).ok()?;
    Some(Thing {
        of,
        id: seen.id().to_owned(),
        title: title(&json).unwrap_or_else(|| type_title(of).unwrap_or(of).to_owned()),
        date: day(&date(&json)),
        private: marks::is_private(&json),
    })
}

/// What a thing is called, as far as it says.
pub(crate) fn title(json: &Value) -> Option<String> {
    let concepts = [
        "/code",
        "/type/0",
        "/type",
        "/vaccineCode",
        "/medicationCodeableConcept",
        "/serviceType/0",
        "/appointmentType",
        "/category/0",
        "/class",
    ];
    concepts.iter().find_map(|path| {
        let concept = json.pointer(path)?;
        let text = ["/text", "/coding/0/display", "/display"];
        let found = text.iter().find_map(|path| concept.pointer(path)?.as_str());
        found.map(str::to_owned)
    })
}

/// The day a thing is of, as far as it says: `2026-06-03`.
pub(crate) fn date(json: &Value) -> String {
    let dates = [
        "/effectiveDateTime",
        "/period/start",
        "/date",
        "/occurrenceDateTime",
        "/authoredOn",
        "/recordedDate",
        "/onsetDateTime",
        "/start",
        "/issued",
    ];
    let found = dates.iter().find_map(|path| json.pointer(path)?.as_str());
    let text = found.and_then(|text| text.get(..10).or(Some(text)));
    text.unwrap_or_default().to_owned()
}

/// A day as people say it; one known in part as it is.
pub(crate) fn day(date: &str) -> String {
    match date.parse::<jiff::civil::Date>() {
        Ok(day) => day.strftime("%B %-d, %Y").to_string(),
        Err(_) => date.to_owned(),
    }
}

/// `POST /account/privacy/private`: `of`, `id`, and whether it is to be private (`on`).
pub async fn mark(State(house): State<House>, SignedForm { person, form }: SignedForm) -> Response {
    let on = form.get("on") == "yes";
    match marked(&house, &person, &form, on).await {
        Ok(()) => {
            let done = if on { "marked" } else { "opened" };
            let of = form.get("of");
            page::see_other(&format!(
                "/account/privacy/private?done={done}&of={of}#{of}"
            ))
        }
        Err(error) => failed(&error),
    }
}

async fn marked(house: &House, person: &SignedIn, form: &Form, on: bool) -> Result<(), Error> {
    let known = KINDS.iter().find(|(code, _)| *code == form.get("of"));
    let of = known.and_then(|(code, _)| ResourceType::from_name(code));
    let of = of.ok_or(Error::Absent)?;
    let access = own(house, person).await?;
    let desk = Desk {
        storage: &house.storage,
        access: &access,
    };
    marks::mark(&desk, (of, form.get("id")), on).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn things_are_named_and_dated_as_far_as_they_say() {
        let visit = json!({"resourceType": "Encounter", "type": [{"text": "Check-up"}],
            "period": {"start": "2026-06-03T09:00:00-04:00"}});
        assert_eq!(title(&visit).as_deref(), Some("Check-up"));
        assert_eq!(day(&date(&visit)), "June 3, 2026");
        assert_eq!(day("2026-06"), "2026-06");
        assert_eq!(title(&json!({"resourceType": "Encounter"})), None);
    }
}
