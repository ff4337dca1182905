//! A developer's apps, and registering one: its client id is there, and works, when the page arrives.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::StatusCode;
use storage::clients::{Client, Origin};
use web::csrf::SignedForm;
use web::page::{self, Frame};
use web::words::moment;
use web::{House, SignedIn};
use workflows::registration::{self, Registrant};

use crate::form::{self, Fields};
use crate::words;

struct Row {
    id: String,
    name: String,
    kind: &'static str,
    state: &'static str,
    tag: &'static str,
    people: i64,
    last_used: String,
}

#[derive(Template)]
#[template(path = "apps_of_developer.html")]
struct Page {
    frame: Frame,
    apps: Vec<Row>,
    full: bool,
}

/// `GET /account/developer`
pub async fn page(State(house): State<House>, person: SignedIn) -> Response {
    match rows(&house, &person).await {
        Ok(apps) => page::html(
            StatusCode::OK,
            &Page {
                frame: Frame::of(&person, "developer"),
                full: apps.len() >= limits::APPS_OF_DEVELOPER_MAX,
                apps,
            },
        ),
        Err(error) => page::unavailable(&error),
    }
}

async fn rows(house: &House, person: &SignedIn) -> Result<Vec<Row>, storage::Error> {
    let now = house.clock.now();
    let clients = house.storage.clients();
    let mut rows = Vec::new();
    for client in clients.of_owner(&person.account.id).await? {
        let usage = clients.usage(&client.id, now).await?;
        let (state, _, tag) = words::state(client.state);
        rows.push(Row {
            kind: words::kind(client.kind),
            state,
            tag,
            people: usage.people,
            last_used: usage
                .last_used
                .map(|at| moment(at, &house.pack))
                .unwrap_or_default(),
            id: client.id,
            name: client.name,
        });
    }
    Ok(rows)
}

/// `GET /account/developer/apps/new`
pub async fn new(person: SignedIn) -> Response {
    let fields = Fields::fresh(&person);
    form::show(&person, None, fields, None)
}

#[derive(Template)]
#[template(path = "registered.html")]
pub(crate) struct Registered {
    pub frame: Frame,
    pub client: Client,
    pub secret: Option<String>,
    /// It was there before; only the secret is new.
    pub renewed: bool,
    pub base_url: String,
    pub state: &'static str,
    pub meaning: &'static str,
    pub tag: &'static str,
}

impl Registered {
    /// The page that shows a secret, this once.
    pub fn page(
        house: &House,
        person: &SignedIn,
        client: Client,
        secret: Option<String>,
        renewed: bool,
    ) -> Response {
        let (state, meaning, tag) = words::state(client.state);
        let page = Self {
            frame: Frame::of(person, "developer"),
            client,
            secret,
            renewed,
            base_url: house.base_url.to_string(),
            state,
            meaning,
            tag,
        };
        page::html(StatusCode::OK, &page)
    }
}

/// `POST /account/developer/apps/new`
pub async fn create(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let fields = Fields::read(&form);
    let metadata = match fields.metadata(None) {
        Ok(metadata) => metadata,
        Err(fault) => return form::show(&person, None, fields, Some(fault)),
    };
    match house.storage.clients().of_owner(&person.account.id).await {
        Ok(apps) if apps.len() >= limits::APPS_OF_DEVELOPER_MAX => {
            return page::sorry(
                StatusCode::CONFLICT,
                "That is one app too many",
                "You have as many apps as one developer may have. Remove one you do not use any more.",
            );
        }
        Ok(_) => {}
        Err(error) => return page::unavailable(&error),
    }
    let registrant = Registrant {
        origin: Origin::Console,
        owner: Some(&person.account.id),
        parent: None,
    };
    let now = house.clock.now();
    match registration::register(&house.storage, metadata, registrant, now).await {
        Ok(made) => Registered::page(&house, &person, made.client, made.secret, false),
        Err(registration::Error::Fault(fault)) => form::show(&person, None, fields, Some(fault)),
        Err(registration::Error::Storage(error)) => page::unavailable(&error),
    }
}
