//! The first page after signing in: where to go from here.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use storage::accounts::Kind;
use web::page::{self, Frame};
use web::{House, SignedIn};
use workflows::notices::preferences::{self, Address};
use workflows::registration::is_reviewer;

use crate::family::Member;

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    frame: Frame,
    name: String,
    staff: bool,
    /// Decides about apps that wait.
    reviewer: bool,
    members: Vec<Member>,
    apps: usize,
    /// Mail that is wanted does not arrive: why, and what to do.
    mail: Option<&'static str>,
}

/// `GET /account`
pub async fn page(State(house): State<House>, person: SignedIn) -> Response {
    if person.account.kind == Kind::Developer {
        return page::see_other("/account/developer");
    }
    match workflows::terms::due(crate::sign_up::desk(&house), &person.account).await {
        Ok(due) if due.is_empty() => {}
        Ok(_) => return page::see_other(web::session::TERMS_PATH),
        Err(error) => return page::unavailable(&error.into()),
    }
    let now = house.clock.now();
    let people = house.storage.accounts().people(&person.account, now).await;
    let grants = house
        .storage
        .grants()
        .of_account(&person.account.id, now)
        .await;
    let said = preferences::of(&house.storage, &house.pack, &person.account).await;
    let (people, grants, said) = match (people, grants, said) {
        (Ok(people), Ok(grants), Ok(said)) => (people, grants, said),
        (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => {
            return page::unavailable(&error);
        }
    };
    let page = Page {
        frame: Frame::of(&person, "home"),
        name: person.account.display.clone(),
        staff: person.account.kind == Kind::Staff,
        reviewer: is_reviewer(&person.account),
        members: people
            .iter()
            .map(|one| Member::of(&house, one, now))
            .filter(|member| member.open)
            .collect(),
        apps: grants.len(),
        mail: Some(why_no_mail(said.address))
            .filter(|_| preferences::concern(&person.account) && said.needs_address()),
    };
    page::html(StatusCode::OK, &page)
}

/// Why mail does not arrive.
fn why_no_mail(address: Address) -> &'static str {
    match address {
        Address::Bounced => "Mail to your address came back, so we write there no more.",
        Address::Shared => {
            "Somebody who acts for you uses the address we had, so no mail goes there any more."
        }
        Address::Unproven => {
            "Your e-mail address is not confirmed yet: follow the link we sent there."
        }
        Address::None | Address::Good => "We have no e-mail address of yours to write to.",
    }
}
