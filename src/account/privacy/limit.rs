//! What one app, one person or one organization gets of a record: part by part, and until when the rest is kept back.

use access::sharing::CATEGORIES;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use web::csrf::SignedForm;
use web::page::{self, Form, Frame, Query};
use web::words::sentence;
use web::{House, SignedIn};
use workflows::privacy::Desk;
use workflows::proxies::Error;
use workflows::sharing::{self, Limit};

use super::whom::{self, Grantee};
use super::{failed, organizations};
use crate::charts::{self, Chart};

#[derive(Template)]
#[template(path = "privacy_limit.html")]
struct Page {
    frame: Frame,
    csrf: String,
    patient: String,
    /// Whose record it is, unless it is one's own.
    of_whom: String,
    grantee: Grantee,
    parts: Vec<(&'static str, &'static str, bool)>,
    problem: String,
}

/// `GET /account/privacy/limit?patient=…&kind=…&named=…`
pub async fn form(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    show(&house, &person, &query, String::new()).await
}

async fn show(house: &House, person: &SignedIn, asked: &Form, problem: String) -> Response {
    match load(house, person, asked).await {
        Ok(mut page) => {
            if !problem.is_empty() {
                // What was chosen stands, to be corrected.
                page.grantee.limit = limit(asked);
                page.parts = parts(&page.grantee);
            }
            page.problem = problem;
            let status = page::status(page.problem.is_empty());
            page::html(status, &page)
        }
        Err(error) => failed(&error),
    }
}

/// Whom the page is about, in a chart whose sharing is theirs to decide on. Errors: 404 otherwise.
async fn found(house: &House, person: &SignedIn, asked: &Form) -> Result<(Chart, Grantee), Error> {
    let chart = charts::shared_of(house, person, asked.get("patient")).await?;
    let desk = Desk {
        storage: &house.storage,
        access: &chart.access,
    };
    let directory = organizations(house, &chart.access).await?;
    let (kind, named) = (asked.get("kind"), asked.get("named"));
    let all = whom::all(house, person, (&chart.person, &desk), &directory, named).await?;
    let grantee = all
        .into_iter()
        .find(|it| it.kind == kind && it.id == named)
        .ok_or(Error::Absent)?;
    Ok((chart, grantee))
}

async fn load(house: &House, person: &SignedIn, asked: &Form) -> Result<Page, Error> {
    let (chart, grantee) = found(house, person, asked).await?;
    Ok(Page {
        frame: Frame::of(person, "privacy"),
        csrf: person.session.csrf.clone(),
        patient: chart.person.patient.clone(),
        of_whom: chart.of_whom(),
        parts: parts(&grantee),
        grantee,
        problem: String::new(),
    })
}

/// Each part, and whether it is theirs to see.
fn parts(grantee: &Grantee) -> Vec<(&'static str, &'static str, bool)> {
    let part = |part: &access::sharing::Category| (part.code, part.title, grantee.sees(part.code));
    CATEGORIES.iter().map(part).collect()
}

/// `POST /account/privacy/limit`: `may`, one for each part that is ticked; `sensitive`; `until`.
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    match save(&house, &person, &form).await {
        Ok(()) => {
            let patient = form.get("patient");
            page::see_other(&format!("/account/privacy?patient={patient}&done=saved"))
        }
        Err(Error::Rule { rule, .. }) => show(&house, &person, &form, sentence(&rule)).await,
        Err(Error::Overtaken) => {
            let problem = "Somebody else changed this a moment ago: look again.".to_owned();
            show(&house, &person, &form, problem).await
        }
        Err(error) => failed(&error),
    }
}

async fn save(house: &House, person: &SignedIn, form: &Form) -> Result<(), Error> {
    let (chart, grantee) = found(house, person, form).await?;
    let desk = Desk {
        storage: &house.storage,
        access: &chart.access,
    };
    sharing::set(&desk, &grantee.whom(), &limit(form)).await
}

/// What is not ticked is kept back.
fn limit(form: &Form) -> Limit {
    let ticked: Vec<&str> = form.all("may").collect();
    let kept = CATEGORIES.iter().filter(|one| !ticked.contains(&one.code));
    let parts: Vec<String> = kept.map(|one| one.code.to_owned()).collect();
    let all = form.get("choose") == "nothing" || ticked.is_empty();
    let everything = form.get("choose") == "everything";
    Limit {
        all: all && !everything,
        sensitive: form.get("sensitive") != "yes" && !everything,
        parts: if everything { Vec::new() } else { parts },
        more: Vec::new(),
        until: match everything {
            true => String::new(),
            false => form.get("until").trim().to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ticked_is_kept_back() {
        let all: String = CATEGORIES
            .iter()
            .map(|one| format!("may={}&", one.code))
            .collect();
        let kept = limit(&Form::read(format!("{all}sensitive=yes").as_bytes()));
        assert!(kept.is_none());
        let some = limit(&Form::read(b"may=vaccines&until=2026-12-31"));
        assert!(some.sensitive && !some.all && some.until == "2026-12-31");
        assert_eq!(some.parts.len(), CATEGORIES.len() - 1);
        assert!(limit(&Form::read(b"")).all);
        assert!(limit(&Form::read(b"may=vaccines&choose=nothing")).all);
        let everything = limit(&Form::read(b"choose=everything&until=2020-01-01"));
        assert!(everything.is_none() && everything.until.is_empty());
    }
}
