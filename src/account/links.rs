//! Sharing a record by link: what goes along, for whom and until when; the code to scan; what was opened; the end.

mod words;

use access::links::{CATEGORIES, Category, may_see, may_see_labelled};
use access::{Access, labels};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use web::csrf::SignedForm;
use web::page::{self, Form, Frame, Query};
use web::words::sentence;
use web::{House, SignedIn, qr};
use workflows::links::{self, Desk, Wish};
use workflows::proxies::Error;

use crate::charts::{self, Chart, Tab};
use words::{Shown, UNTIL, shown};

/// Where links are made and listed.
pub const PATH: &str = "/account/links";

/// A box to tick.
struct Choice {
    code: String,
    title: String,
    ticked: bool,
}

/// A time to choose.
struct Span {
    code: &'static str,
    title: &'static str,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "links.html")]
struct Page {
    frame: Frame,
    csrf: String,
    charts: Vec<Tab>,
    patient: String,
    name: String,
    is_self: bool,
    categories: Vec<Choice>,
    sensitive: Vec<Choice>,
    spans: Vec<Span>,
    label: String,
    recipient: String,
    tries: u16,
    open: Vec<Shown>,
    over: Vec<Shown>,
    said: &'static str,
    problem: String,
}

#[derive(Template)]
#[template(path = "links_code.html")]
struct Code {
    frame: Frame,
    patient: String,
    name: String,
    link: Shown,
    text: String,
    /// The code as an `svg` element.
    code: String,
    new: bool,
}

fn desk<'a>(house: &'a House, access: &'a Access) -> Desk<'a> {
    Desk {
        storage: &house.storage,
        access,
        base_url: &house.base_url,
    }
}

fn gone() -> Response {
    page::sorry(
        StatusCode::NOT_FOUND,
        "There is nothing to share here",
        "You act for nobody whose record you may share, or this link is not yours.",
    )
}

fn failed(error: &Error) -> Response {
    match error {
        Error::Storage(error) => page::unavailable(error),
        _ => gone(),
    }
}

/// `GET /account/links?patient=…`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let said = match query.get("done") {
        "ended" => "The link is over. Nobody opens it any more.",
        _ => "",
    };
    show(&house, &person, &query, said, String::new()).await
}

async fn show(
    house: &House,
    person: &SignedIn,
    form: &Form,
    said: &'static str,
    problem: String,
) -> Response {
    match load(house, person, form).await {
        Ok(mut page) => {
            page.said = said;
            page.problem = problem;
            let status = page::status(page.problem.is_empty());
            page::html(status, &page)
        }
        Err(error) => failed(&error),
    }
}

async fn load(house: &House, person: &SignedIn, form: &Form) -> Result<Page, Error> {
    let charts = charts::shared(house, person).await?;
    let chosen = charts::find(&charts, form.get("patient"));
    let one = chosen.or(charts.first()).ok_or(Error::Absent)?;
    let now = house.clock.now();
    let offered: Vec<&Category> = CATEGORIES
        .iter()
        .filter(|category| may_see(&one.access, category))
        .collect();
    let links = links::list(&desk(house, &one.access)).await?;
    let (open, over) = links.iter().partition(|link| link.is_live(now));
    let in_words = |links: Vec<&storage::links::ShareLink>| {
        let words = links.into_iter().map(|link| {
            let own = link.account == person.account.id;
            shown(link, own, &house.pack, now)
        });
        words.collect()
    };
    let until = form.get("until");
    Ok(Page {
        frame: Frame::of(person, "links"),
        csrf: person.session.csrf.clone(),
        charts: charts::tabs(&charts, &one.person.patient),
        patient: one.person.patient.clone(),
        name: one.person.name.clone(),
        is_self: one.person.is_self,
        sensitive: sensitive(house, one, &offered, form).await?,
        categories: offered
            .iter()
            .map(|category| Choice {
                code: category.code.to_owned(),
                title: category.title.to_owned(),
                ticked: form.all("category").any(|code| code == category.code),
            })
            .collect(),
        spans: UNTIL
            .iter()
            .filter(|(_, days, _)| *days <= i64::from(house.pack.share.days_max))
            .map(|(code, _, title)| Span {
                code,
                title,
                chosen: *code == until || (until.is_empty() && *code == "week"),
            })
            .collect(),
        label: form.get("label").to_owned(),
        recipient: form.get("recipient").to_owned(),
        tries: house.pack.share.passcode_tries,
        open: in_words(open),
        over: in_words(over),
        said: "",
        problem: String::new(),
    })
}

/// The sensitive parts there are in this record, as far as whoever shares sees them.
async fn sensitive(
    house: &House,
    one: &Chart,
    offered: &[&Category],
    form: &Form,
) -> Result<Vec<Choice>, Error> {
    let records = house.storage.records(&one.access);
    let census = records.census(&one.person.patient).await?;
    let mut found: Vec<&str> = census
        .iter()
        .flat_map(|counted| counted.labels())
        .map(String::as_str)
        .collect();
    found.sort_unstable();
    found.dedup();
    let choices = found.into_iter().filter_map(|label| {
        let title = labels::describe(label)?;
        let may =
            !labels::is_psychotherapy_note(label) && may_see_labelled(&one.access, offered, label);
        may.then(|| Choice {
            code: label.to_owned(),
            title: title.to_owned(),
            ticked: form.all("sensitive").any(|code| code == label),
        })
    });
    Ok(choices.collect())
}

/// `POST /account/links`
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let patient = form.get("patient");
    let one = match charts::shared_of(&house, &person, patient).await {
        Ok(one) => one,
        Err(error) => return failed(&error),
    };
    let texts = |name: &str| form.all(name).map(str::to_owned).collect();
    let passcode = form.get("passcode").trim();
    let span = UNTIL.iter().find(|(code, ..)| *code == form.get("until"));
    let expires = span.and_then(|(_, days, _)| {
        let hours = jiff::SignedDuration::from_hours(24 * days);
        house.clock.now().checked_add(hours).ok()
    });
    let wish = Wish {
        categories: texts("category"),
        labels: texts("sensitive"),
        label: form.get("label").to_owned(),
        recipient: form.get("recipient").to_owned(),
        passcode: Some(passcode.to_owned()).filter(|text| !text.is_empty()),
        expires,
        long_term: form.get("long_term") == "yes",
        direct: false,
        live: form.get("live") == "yes",
    };
    match links::share(&desk(&house, &one.access), &wish).await {
        Ok(made) => {
            let id = made.link.id;
            page::see_other(&format!("{PATH}/code?patient={patient}&link={id}&new=yes"))
        }
        Err(Error::Rule { rule, .. }) => show(&house, &person, &form, "", sentence(&rule)).await,
        Err(error) => failed(&error),
    }
}

/// `GET /account/links/code?patient=…&link=…`: the link to scan or send, for whoever made it.
pub async fn code(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let patient = query.get("patient");
    let one = match charts::shared_of(&house, &person, patient).await {
        Ok(one) => one,
        Err(error) => return failed(&error),
    };
    let desk = desk(&house, &one.access);
    let made = match links::show(&desk, query.get("link")).await {
        Ok(Some(made)) => made,
        Ok(None) => return page::see_other(&format!("{PATH}?patient={patient}")),
        Err(error) => return failed(&error),
    };
    let page = Code {
        frame: Frame::of(&person, "links"),
        patient: patient.to_owned(),
        name: one.person.name.clone(),
        link: shown(&made.link, true, &house.pack, house.clock.now()),
        code: qr::svg(&made.text, "QR code of the link").unwrap_or_default(),
        text: made.text,
        new: query.get("new") == "yes",
    };
    page::html(StatusCode::OK, &page)
}

/// `POST /account/links/end`
pub async fn end(State(house): State<House>, SignedForm { person, form }: SignedForm) -> Response {
    let patient = form.get("patient");
    let one = match charts::shared_of(&house, &person, patient).await {
        Ok(one) => one,
        Err(error) => return failed(&error),
    };
    match links::end(&desk(&house, &one.access), form.get("link")).await {
        Ok(_) => page::see_other(&format!("{PATH}?patient={patient}&done=ended")),
        Err(error) => failed(&error),
    }
}
