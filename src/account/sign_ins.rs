//! Ways to sign in: the outside sign-ins that stand for an account, and those that could.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use storage::accounts::Kind;
use storage::identities::Identity;
use web::csrf::SignedForm;
use web::page::{self, Frame};
use web::words::day;
use web::{House, SignedIn};

const PATH: &str = "/account/sign-ins";

/// One that stands for the account.
struct Linked {
    provider: String,
    shown: String,
    issuer: String,
    subject: String,
    since: String,
    last_used: String,
}

/// A provider one could sign in through.
struct Possible {
    name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "sign_ins.html")]
struct Page {
    frame: Frame,
    csrf: String,
    username: String,
    linked: Vec<Linked>,
    possible: Vec<Possible>,
}

/// `GET /account/sign-ins`
pub async fn page(State(house): State<House>, person: SignedIn) -> Response {
    let identities = house.storage.identities();
    let identities = match identities.of_account(&person.account.id).await {
        Ok(identities) => identities,
        Err(fault) => return page::unavailable(&fault),
    };
    let page = Page {
        frame: Frame::of(&person, "security"),
        csrf: person.session.csrf.clone(),
        username: person.account.username.clone(),
        linked: identities.iter().map(|one| linked(&house, one)).collect(),
        possible: possible(&house, &person),
    };
    page::html(StatusCode::OK, &page)
}

fn linked(house: &House, identity: &Identity) -> Linked {
    Linked {
        provider: provider_name(house, &identity.issuer),
        shown: identity.shown.clone(),
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        since: day(identity.created, &house.pack),
        last_used: day(identity.last_used, &house.pack),
    }
}

/// A provider's name; its address where it is no longer among the settings.
fn provider_name(house: &House, issuer: &str) -> String {
    let mut providers = house.sign_in.providers.iter();
    let found = providers.find(|one| one.issuer == issuer);
    found.map_or_else(|| issuer.to_owned(), |one| one.name.clone())
}

fn possible(house: &House, person: &SignedIn) -> Vec<Possible> {
    let staff = person.account.kind == Kind::Staff;
    let providers = house.sign_in.providers.iter();
    providers
        .filter(|one| if staff { one.staff } else { one.patients })
        .map(|one| {
            let address = format!("/account/sign-in/outside/{}", one.id);
            Possible {
                name: one.name.clone(),
                address: web::urls::with_query(&address, [("link", "1"), ("next", PATH)]),
            }
        })
        .collect()
}

/// `POST /account/sign-ins/unlink`
pub async fn unlink(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let account = &person.account;
    let (issuer, subject) = (form.get("issuer"), form.get("subject"));
    let identities = house.storage.identities();
    let done = match identities.unlink(&account.id, issuer, subject).await {
        Ok(done) => done,
        Err(fault) => return page::unavailable(&fault),
    };
    if done {
        let name = provider_name(&house, issuer);
        let now = house.clock.now();
        let told = workflows::outside_sign_ins::tell_unlinked(&house.storage, account, &name, now);
        if let Err(fault) = told.await {
            return page::unavailable(&fault);
        }
    }
    page::see_other(PATH)
}
