//! One person who acts for oneself, or one whom one acts for: what holds, less of it, and its end.

use access::actor::RelationshipStatus;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use web::csrf::{FreshForm, SignedForm};
use web::page::{self, Frame, Query};
use web::session::Fresh;
use web::{House, SignedIn};
use workflows::proxies::{self, Relation};

use super::words::{Choices, absent, day, desk, done, extent, last_day, level_title, people, told};

#[derive(Template)]
#[template(path = "family_grant.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    problem: String,
    id: String,
    name: String,
    label: String,
    level: String,
    since: String,
    until: String,
    /// What may be changed is shown: an adult's proxy, in force.
    choices: Option<Choices>,
}

async fn show(house: &House, person: &SignedIn, id: &str, problem: String) -> Response {
    let desk = desk(house, person);
    let found = match Relation::find(&desk, id).await {
        Ok(found) => found,
        Err(error) => return told(error).map_or_else(|page| page, |_| absent()),
    };
    let own = person.account.patient.as_deref();
    let Some(relation) = found.filter(|it| Some(it.patient_id()) == own) else {
        return absent();
    };
    let extent = relation.extent();
    let page = Page {
        frame: Frame::of(person, "family"),
        csrf: &person.session.csrf,
        id: relation.id().to_owned(),
        name: relation.name(),
        label: relation.label().to_owned(),
        level: level_title(house, &extent.level),
        since: day(house, &extent.start),
        until: last_day(house, &relation),
        choices: (!relation.is_parental() && relation.facts.status == RelationshipStatus::Active)
            .then(|| Choices::of(house, &extent)),
        problem,
    };
    page::html(page::status(page.problem.is_empty()), &page)
}

/// `GET /account/family/grant?id=…`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    show(&house, &person, query.get("id"), String::new()).await
}

/// `POST /account/family/grant`
pub async fn change(State(house): State<House>, FreshForm { person, form }: FreshForm) -> Response {
    let id = form.get("id");
    match proxies::change(&desk(&house, &person), id, &extent(&form)).await {
        Ok(()) => done("changed"),
        Err(error) => match told(error) {
            Ok(problem) => show(&house, &person, id, problem).await,
            Err(page) => page,
        },
    }
}

#[derive(Template)]
#[template(path = "family_leave.html")]
struct Leave<'a> {
    frame: Frame,
    csrf: &'a str,
    id: &'a str,
    name: &'a str,
}

/// `GET /account/family/leave?id=…`
pub async fn leave(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let id = query.get("id");
    let people = match people(&house, &person).await {
        Ok(people) => people,
        Err(error) => return page::unavailable(&error),
    };
    let found = people
        .iter()
        .find(|one| one.related_person.as_deref() == Some(id));
    match found {
        None => absent(),
        Some(one) => {
            let page = Leave {
                frame: Frame::of(&person, "family"),
                csrf: &person.session.csrf,
                id,
                name: &one.name,
            };
            page::html(http::StatusCode::OK, &page)
        }
    }
}

/// `POST /account/family/leave`: gives up acting for somebody.
pub async fn resign(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let id = form.get("id");
    let people = match people(&house, &person).await {
        Ok(people) => people,
        Err(error) => return page::unavailable(&error),
    };
    let found = people
        .iter()
        .find(|one| one.related_person.as_deref() == Some(id));
    let Some(one) = found else {
        return absent();
    };
    let desk = desk(&house, &person).acting(&one.patient, id);
    match proxies::end(&desk, id, None, "").await {
        Ok(_) => done("left"),
        Err(error) => told(error).map_or_else(|page| page, |_| absent()),
    }
}

/// `POST /account/family/terminate`: the option of emancipated minors.
pub async fn terminate(
    State(house): State<House>,
    FreshForm { person, .. }: FreshForm,
) -> Response {
    match proxies::terminate(&desk(&house, &person)).await {
        Ok(_) => done("terminated"),
        Err(error) => told(error).map_or_else(|page| page, |_| absent()),
    }
}

/// `GET /account/family/terminate`: a fresh proof first, then back to the family page.
pub async fn before_terminating(_: Fresh) -> Response {
    page::see_other("/account/family")
}
