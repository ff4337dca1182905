//! One app of a developer: what it is, who uses it, what was refused to it and why.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use smart::ErrorCode;
use storage::clients::{Client, Kind, State as Standing};
use storage::refusals::Refusal;
use web::csrf::SignedForm;
use web::page::{self, Frame, Query};
use web::words::moment;
use web::{House, SignedIn};
use workflows::registration;

use crate::apps::Registered;
use crate::form::{self, Fields};
use crate::words::{self, Explained};

/// Refused requests on the page.
const REFUSALS_SHOWN: i64 = 50;

struct Refused {
    at: String,
    endpoint: String,
    status: u16,
    code: String,
    description: String,
    advice: &'static str,
    request_id: String,
}

#[derive(Template)]
#[template(path = "app.html")]
struct Page {
    frame: Frame,
    csrf: String,
    client: Client,
    kind: &'static str,
    state: &'static str,
    meaning: &'static str,
    tag: &'static str,
    sandbox: bool,
    disabled: bool,
    has_secret: bool,
    backend: bool,
    scopes: Vec<Explained>,
    people: i64,
    connections: i64,
    last_used: String,
    made: String,
    refusals: Vec<Refused>,
    base_url: String,
    /// What was just done.
    done: &'static str,
}

/// `GET /account/developer/apps/{client}`
pub async fn page(
    State(house): State<House>,
    person: SignedIn,
    Path(id): Path<String>,
    Query(query): Query,
) -> Response {
    let client = match own(&house, &person, &id).await {
        Ok(client) => client,
        Err(response) => return response,
    };
    match shown(&house, &person, client, query.get("done")).await {
        Ok(page) => page::html(StatusCode::OK, &page),
        Err(error) => page::unavailable(&error),
    }
}

async fn shown(
    house: &House,
    person: &SignedIn,
    client: Client,
    done: &str,
) -> Result<Page, storage::Error> {
    let usage = house
        .storage
        .clients()
        .usage(&client.id, house.clock.now())
        .await?;
    let refusals = house.storage.refusals();
    let refusals = refusals.of_client(&client.id, REFUSALS_SHOWN).await?;
    let (state, meaning, tag) = words::state(client.state);
    let last = usage.last_used.map(|at| moment(at, &house.pack));
    Ok(Page {
        frame: Frame::of(person, "developer"),
        csrf: person.session.csrf.clone(),
        kind: words::kind(client.kind),
        state,
        meaning,
        tag,
        sandbox: client.state == Standing::Sandbox,
        disabled: client.state == Standing::Disabled,
        has_secret: client.kind == Kind::ConfidentialSymmetric,
        backend: client.kind == Kind::Backend,
        scopes: words::scopes_of(&client),
        people: usage.people,
        connections: usage.connections,
        last_used: last.unwrap_or_default(),
        made: moment(client.created, &house.pack),
        refusals: refusals
            .into_iter()
            .map(|one| refused(house, one))
            .collect(),
        base_url: house.base_url.to_string(),
        done: match done {
            "saved" => "Saved. It holds from now on, everywhere.",
            "live" => "Your app has left the sandbox.",
            _ => "",
        },
        client,
    })
}

fn refused(house: &House, refusal: Refusal) -> Refused {
    Refused {
        at: moment(refusal.at, &house.pack),
        endpoint: refusal.endpoint,
        status: refusal.status,
        advice: ErrorCode::parse(&refusal.code).map_or("", ErrorCode::advice),
        code: refusal.code,
        description: refusal.description,
        request_id: refusal.request_id,
    }
}

/// An app of the person's own; one that is not is as good as none.
async fn own(house: &House, person: &SignedIn, id: &str) -> Result<Client, Response> {
    let found = house.storage.clients().find(id).await;
    let found = found.map_err(|error| page::unavailable(&error))?;
    found
        .filter(|client| client.owner.as_deref() == Some(person.account.id.as_str()))
        .ok_or_else(|| {
            page::sorry(
                StatusCode::NOT_FOUND,
                "There is no such app",
                "None of your apps has this address. Your apps are listed under “Developers”.",
            )
        })
}

/// `GET /account/developer/apps/{client}/edit`
pub async fn edit(
    State(house): State<House>,
    person: SignedIn,
    Path(id): Path<String>,
) -> Response {
    match own(&house, &person, &id).await {
        Ok(client) => form::show(&person, Some(&client), Fields::of(&client), None),
        Err(response) => response,
    }
}

/// `POST /account/developer/apps/{client}/edit`
pub async fn save(
    State(house): State<House>,
    Path(id): Path<String>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let client = match own(&house, &person, &id).await {
        Ok(client) => client,
        Err(response) => return response,
    };
    let fields = Fields::read(&form);
    let metadata = match fields.metadata(Some(&client)) {
        Ok(metadata) => metadata,
        Err(fault) => return form::show(&person, Some(&client), fields, Some(fault)),
    };
    let now = house.clock.now();
    match registration::amend(&house.storage, &client, metadata, now).await {
        Ok(made) if made.secret.is_some() => {
            Registered::page(&house, &person, made.client, made.secret, true)
        }
        Ok(made) => page::see_other(&format!("{}?done=saved", address(&made.client))),
        Err(registration::Error::Fault(fault)) => {
            form::show(&person, Some(&client), fields, Some(fault))
        }
        Err(registration::Error::Storage(error)) => page::unavailable(&error),
    }
}

/// `POST /account/developer/apps/{client}/secret`: a new secret; the old one is worth nothing from
/// then on.
pub async fn renew(
    State(house): State<House>,
    Path(id): Path<String>,
    SignedForm { person, .. }: SignedForm,
) -> Response {
    let client = match own(&house, &person, &id).await {
        Ok(client) => client,
        Err(response) => return response,
    };
    match registration::rotate_secret(&house.storage, &client).await {
        Ok(Some(secret)) => Registered::page(&house, &person, client, Some(secret), true),
        Ok(None) => page::see_other(&address(&client)),
        Err(error) => unavailable(error),
    }
}

/// `POST /account/developer/apps/{client}/live`
pub async fn go_live(
    State(house): State<House>,
    Path(id): Path<String>,
    SignedForm { person, .. }: SignedForm,
) -> Response {
    let client = match own(&house, &person, &id).await {
        Ok(client) => client,
        Err(response) => return response,
    };
    let now = house.clock.now();
    match registration::leave_sandbox(&house.storage, &client, now).await {
        Ok(client) => page::see_other(&format!("{}?done=live", address(&client))),
        Err(error) => unavailable(error),
    }
}

/// `POST /account/developer/apps/{client}/remove`: its tokens are dead when the page arrives.
pub async fn remove(
    State(house): State<House>,
    Path(id): Path<String>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let client = match own(&house, &person, &id).await {
        Ok(client) => client,
        Err(response) => return response,
    };
    if form.get("sure") != "yes" {
        return page::see_other(&address(&client));
    }
    match registration::retire(&house.storage, &client).await {
        Ok(()) => page::see_other("/account/developer"),
        Err(error) => unavailable(error),
    }
}

fn address(client: &Client) -> String {
    format!("/account/developer/apps/{}", client.id)
}

fn unavailable(error: registration::Error) -> Response {
    match error {
        registration::Error::Storage(error) => page::unavailable(&error),
        registration::Error::Fault(fault) => page::unavailable(&storage::Error::Other(fault.rule)),
    }
}
