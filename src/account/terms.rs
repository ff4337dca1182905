//! The terms of use: read once a version, accepted before any record opens; and each version at an
//! address of its own, which the Consent of who accepted it names.

mod text;

use access::terms::Document;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use web::csrf::SignedForm;
use web::page::{self, Form, Frame, Query};
use web::{House, SignedIn, session};
use workflows::terms::{self, Due};

use crate::sign_up::desk;
use text::{Block, Span};

/// Where they are agreed to.
pub const PATH: &str = session::TERMS_PATH;
/// The first version of each document, whose words are these.
const FIRST: &str = "2026-01";

/// What the words of a document speak of.
struct Words {
    practice: String,
    message_days: u16,
    account_years: u8,
    proxy_years: u8,
}

impl Words {
    fn of(house: &House) -> Self {
        let name = house.brand.name.clone();
        Self {
            practice: name.unwrap_or_else(|| "your practice".to_owned()),
            message_days: house.pack.sla.message_business_days,
            account_years: house.pack.self_min_age(),
            proxy_years: house.pack.proxy_min_age,
        }
    }
}

#[derive(Template)]
#[template(path = "terms.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    next: &'a str,
    portal: Option<Shown>,
    proxy: Option<Shown>,
    words: Words,
    /// Something is still to be agreed to.
    due: bool,
    /// An earlier version was agreed to.
    changed: bool,
    missing: bool,
}

/// A document on the page.
struct Shown {
    version: String,
    uri: String,
    /// The organization's own words; none: the shipped ones.
    text: Vec<Block>,
}

/// The organization's own words of a version.
fn own(house: &House, document: Document, version: &str) -> Vec<Block> {
    let name = match document {
        Document::Portal => version.to_owned(),
        Document::Proxy => format!("proxy-{version}"),
    };
    let found = house.brand.terms.of(&house.pack.id, &name);
    found.map_or_else(Vec::new, text::blocks)
}

impl Shown {
    fn of(house: &House, due: &[Due], document: Document) -> Option<Self> {
        let due = due.iter().find(|one| one.document == document)?;
        Some(Self {
            version: due.version.clone(),
            uri: due.uri.clone(),
            text: own(house, document, &due.version),
        })
    }
}

async fn show(
    house: &House,
    person: &SignedIn,
    next: &str,
    missing: bool,
) -> Result<Response, storage::Error> {
    let desk = desk(house);
    let due = terms::due(desk, &person.account).await?;
    let all = [Document::Portal, Document::Proxy].map(|document| Shown {
        version: document.version(&house.pack).to_owned(),
        uri: terms::uri(desk, document),
        text: own(house, document, document.version(&house.pack)),
    });
    let [portal, proxy] = all;
    let acts = terms::acts_for_others(desk, &person.account).await?;
    let page = Page {
        frame: Frame::of(person, ""),
        csrf: &person.session.csrf,
        next,
        words: Words::of(house),
        due: !due.is_empty(),
        changed: !due.is_empty() && terms::has_agreed_before(desk, &person.account).await?,
        missing,
        portal: if due.is_empty() {
            Some(portal)
        } else {
            Shown::of(house, &due, Document::Portal)
        },
        proxy: if due.is_empty() {
            acts.then_some(proxy)
        } else {
            Shown::of(house, &due, Document::Proxy)
        },
    };
    let status = page::status(!missing);
    Ok(page::html(status, &page))
}

/// `GET /account/terms?next=…`
pub async fn form(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let next = session::local_path(query.get("next")).unwrap_or("");
    show(&house, &person, next, false)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

/// `POST /account/terms`
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    answer(&house, &person, &form)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(house: &House, person: &SignedIn, form: &Form) -> Result<Response, storage::Error> {
    let next = session::local_path(form.get("next")).unwrap_or("");
    if form.get("accept").is_empty() {
        return show(house, person, next, true).await;
    }
    let desk = desk(house);
    let due = terms::due(desk, &person.account).await?;
    // What was read is what is agreed to: a version that came in between is asked for by itself.
    let read: Vec<Due> = due
        .iter()
        .filter(|one| form.all("version").any(|read| read == read_as(one)))
        .cloned()
        .collect();
    terms::accept(desk, &person.account, &read).await?;
    if read.len() < due.len() {
        return show(house, person, next, false).await;
    }
    Ok(page::see_other(if next.is_empty() {
        "/account"
    } else {
        next
    }))
}

/// How a form names a version that was read.
fn read_as(due: &Due) -> String {
    format!("{}:{}", due.document.as_str(), due.version)
}

#[derive(Template)]
#[template(path = "terms_document.html")]
struct DocumentPage {
    frame: Frame,
    words: Words,
    proxy: bool,
    version: String,
    in_force: bool,
    text: Vec<Block>,
}

/// `GET /terms/{pack}/{version}`
pub async fn document(
    State(house): State<House>,
    Path((pack, version)): Path<(String, String)>,
) -> Response {
    let (document, version) = match version.strip_prefix("proxy-") {
        Some(version) => (Document::Proxy, version),
        None => (Document::Portal, version.as_str()),
    };
    let in_force = document.version(&house.pack) == version;
    let text = own(&house, document, version);
    let shipped = house.brand.terms.is_empty() && (in_force || version == FIRST);
    if pack != house.pack.id || text.is_empty() && !shipped {
        return page::sorry(
            StatusCode::NOT_FOUND,
            "There are no such terms",
            "The terms in force are linked from the page where they are agreed to.",
        );
    }
    let page = DocumentPage {
        frame: Frame::of_nobody(),
        words: Words::of(&house),
        proxy: document == Document::Proxy,
        version: version.to_owned(),
        in_force,
        text,
    };
    page::html(StatusCode::OK, &page)
}
