//! Apps that wait for a decision, for the members of staff who decide.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use storage::clients::{Client, State as Standing};
use web::csrf::FreshForm;
use web::page::{self, Form, Frame, Query};
use web::words::day;
use web::{House, SignedIn};
use workflows::registration::{self, Ruling, Verdict, is_reviewer};

use crate::words::{self, Explained};

struct Waiting {
    client: Client,
    kind: &'static str,
    developer: String,
    since: String,
    asks: Vec<Explained>,
    has: Vec<Explained>,
}

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    frame: Frame,
    csrf: String,
    apps: Vec<Waiting>,
    /// What was just decided.
    done: &'static str,
}

/// `GET /account/review/apps`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    if !is_reviewer(&person.account) {
        return not_theirs();
    }
    match waiting(&house).await {
        Ok(apps) => page::html(
            StatusCode::OK,
            &Page {
                frame: Frame::of(&person, "review"),
                csrf: person.session.csrf.clone(),
                apps,
                done: match query.get("done") {
                    "approve" => {
                        "Approved. All its scopes work from now on. The developer gets a mail."
                    }
                    "decline" => {
                        "Declined. It keeps what needs no approval. The developer gets a mail."
                    }
                    "late" => {
                        "Somebody decided about that app just before you, or its developer changed it."
                    }
                    _ => "",
                },
            },
        ),
        Err(error) => page::unavailable(&error),
    }
}

async fn waiting(house: &House) -> Result<Vec<Waiting>, storage::Error> {
    let mut apps = Vec::new();
    for client in house.storage.clients().in_state(Standing::Review).await? {
        let owner = match &client.owner {
            Some(id) => house.storage.accounts().find(id).await?,
            None => None,
        };
        let (asks, has) = words::scopes_of(&client)
            .into_iter()
            .partition(|scope| scope.waits);
        apps.push(Waiting {
            kind: words::kind(client.kind),
            developer: owner.map_or_else(
                || "an app that registered itself".to_owned(),
                |owner| match owner.email {
                    Some(email) => format!("{} ({email})", owner.display),
                    None => owner.display,
                },
            ),
            since: day(client.created, &house.pack),
            asks,
            has,
            client,
        });
    }
    Ok(apps)
}

/// `POST /account/review/apps`: lets an app at many records, so whoever decides shows who they are.
pub async fn decide(State(house): State<House>, FreshForm { person, form }: FreshForm) -> Response {
    if !is_reviewer(&person.account) {
        return not_theirs();
    }
    let (verdict, done) = match form.get("decision") {
        "approve" => (Verdict::Approve, "approve"),
        "decline" => (Verdict::Decline, "decline"),
        _ => return page::see_other("/account/review/apps"),
    };
    let found = match house.storage.clients().find(form.get("client")).await {
        Ok(found) => found,
        Err(error) => return page::unavailable(&error),
    };
    // What was changed since the page was made is looked at again.
    let same =
        |client: &Client| client.state == Standing::Review && client.scopes == form.get("scopes");
    let Some(client) = found.filter(same) else {
        return page::see_other("/account/review/apps?done=late");
    };
    let note = note_of(&form);
    let ruling = Ruling {
        by: Some(&person.account),
        note: &note,
        now: house.clock.now(),
    };
    match registration::decide(&house.storage, &client, verdict, ruling).await {
        Ok(Some(_)) => page::see_other(&format!("/account/review/apps?done={done}")),
        Ok(None) => page::see_other("/account/review/apps?done=late"),
        Err(fault) => failed(fault),
    }
}

/// What the reviewer tells the developer.
pub(crate) fn note_of(form: &Form) -> String {
    form.get("note").chars().take(NOTE_CHARACTERS_MAX).collect()
}

pub(crate) fn failed(fault: registration::Error) -> Response {
    match fault {
        registration::Error::Storage(error) => page::unavailable(&error),
        fault => page::unavailable(&storage::Error::Other(fault.to_string())),
    }
}

/// Longest note to a developer, in characters.
const NOTE_CHARACTERS_MAX: usize = 1_000;

pub(crate) fn not_theirs() -> Response {
    page::sorry(
        StatusCode::FORBIDDEN,
        "This page is for others",
        "Apps are reviewed by the privacy office and by health information management.",
    )
}
