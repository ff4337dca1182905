//! One connected app: what it may see, box by box, and less of it from its next request on.

use access::offer::{self, Offer};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use smart::scope::{ResourceScope, Scopes};
use storage::accounts::Account;
use storage::grants::Grant;
use web::csrf::SignedForm;
use web::page::{self, Frame, Query};
use web::{House, SignedIn};
use workflows::apps;

use super::{Connected, desk, failed};

/// A scope that was given, with its parts.
struct Choice {
    offer: Offer,
    checked: bool,
    /// A part for each in the offer: whether it is in force without the whole.
    parts: Vec<(offer::Part, bool)>,
    /// Some part is.
    in_part: bool,
}

#[derive(Template)]
#[template(path = "app.html")]
struct Page {
    frame: Frame,
    csrf: String,
    app: Connected,
    choices: Vec<Choice>,
    saved: bool,
    problem: &'static str,
}

/// A live connection of this id, if this account may manage it.
pub(super) async fn find(
    house: &House,
    account: &Account,
    id: &str,
) -> Result<Option<Grant>, storage::Error> {
    let found = house.storage.grants().find(id).await?;
    Ok(found.filter(|grant| apps::may_manage(account, grant)))
}

/// `GET /account/apps/app?grant=…`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let saved = query.get("saved") == "1";
    show(&house, &person, query.get("grant"), saved, "").await
}

/// `POST /account/apps/narrow`: leaves the scopes ticked.
pub async fn narrow(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let id = form.get("grant");
    let grant = match find(&house, &person.account, id).await {
        Ok(Some(grant)) => grant,
        Ok(None) => return gone(),
        Err(error) => return page::unavailable(&error),
    };
    let boxes: Vec<&str> = form.all("scope").collect();
    let kept = Scopes::parse(&boxes.join(" "));
    match apps::narrow(desk(&house), &person.account, &grant, &kept).await {
        Ok(true) => page::see_other(&format!("/account/apps/app?grant={}&saved=1", grant.id)),
        Ok(false) => gone(),
        Err(apps::Error::NothingLeft) => {
            let problem = "Leave at least one thing ticked, or disconnect the app.";
            show(&house, &person, id, false, problem).await
        }
        Err(fault) => failed(fault),
    }
}

pub(super) fn gone() -> Response {
    page::sorry(
        StatusCode::NOT_FOUND,
        "That app is not connected",
        "It was disconnected, or it never was connected to your account.",
    )
}

async fn show(
    house: &House,
    person: &SignedIn,
    id: &str,
    saved: bool,
    problem: &'static str,
) -> Response {
    match load(house, person, id).await {
        Ok(Some((app, choices))) => {
            let page = Page {
                frame: Frame::of(person, "apps"),
                csrf: person.session.csrf.clone(),
                app,
                choices,
                saved,
                problem,
            };
            let status = page::status(problem.is_empty());
            page::html(status, &page)
        }
        Ok(None) => gone(),
        Err(error) => page::unavailable(&error),
    }
}

async fn load(
    house: &House,
    person: &SignedIn,
    id: &str,
) -> Result<Option<(Connected, Vec<Choice>)>, storage::Error> {
    let account = &person.account;
    let Some(grant) = find(house, account, id).await? else {
        return Ok(None);
    };
    let Some(managed) = house.storage.grants().managed(&grant.id).await? else {
        return Ok(None);
    };
    if grant.revoked.is_some() {
        return Ok(None);
    }
    let given = Scopes::parse(&managed.given);
    let choices = choices(&given, &Scopes::parse(&grant.scopes));
    let people = house
        .storage
        .accounts()
        .people(account, house.clock.now())
        .await?;
    let app = Connected::of(house, account, &people, grant).await?;
    // The organization's own app is the person's own way in: there is nothing to keep from it.
    let choices = if app.first_party { Vec::new() } else { choices };
    Ok(Some((app, choices)))
}

/// What was given, ticked as far as it is in force.
fn choices(given: &Scopes, in_force: &Scopes) -> Vec<Choice> {
    let holds =
        |text: &str| ResourceScope::parse(text).is_some_and(|scope| in_force.covers(&scope));
    let offers = offer::offers(None, given);
    offers
        .into_iter()
        .map(|mut offer| {
            let checked = holds(&offer.scope);
            let parts: Vec<(offer::Part, bool)> = std::mem::take(&mut offer.parts)
                .into_iter()
                .map(|part| {
                    let holds = !checked && holds(&part.scope);
                    (part, holds)
                })
                .collect();
            Choice {
                in_part: parts.iter().any(|(_, holds)| *holds),
                offer,
                checked,
                parts,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABORATORY: &str = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";

    #[test]
    fn boxes_are_ticked_as_far_as_what_was_given_is_in_force() {
        let given = Scopes::parse("openid patient/Patient.rs patient/Observation.rs");
        let all = choices(&given, &given);
        assert!(all.iter().all(|choice| choice.checked && !choice.in_part));
        let left = Scopes::parse(&format!("openid {LABORATORY}"));
        let some = choices(&given, &left);
        assert_eq!(
            some.iter().map(|c| c.checked).collect::<Vec<_>>(),
            [false, false]
        );
        let held: Vec<&str> = some
            .iter()
            .flat_map(|choice| &choice.parts)
            .filter(|(_, holds)| *holds)
            .map(|(part, _)| part.scope.as_str())
            .collect();
        assert_eq!(held, [LABORATORY]);
    }
}
