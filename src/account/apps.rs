//! The apps a person let in: what each may do, when it was last here, and the way to end it at
//! once.

use access::offer::type_title;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use smart::scope::{Action, Scopes};
use storage::grants::Grant;
use web::csrf::SignedForm;
use web::page::{self, Form, Frame};
use web::words::{day, moment};
use web::{House, SignedIn};
use workflows::apps;

struct Connected {
    grant: String,
    app: String,
    first_party: bool,
    for_whom: String,
    since: String,
    last_used: String,
    /// Comes back without the person.
    stays: bool,
    sees: Vec<String>,
    writes: Vec<String>,
}

#[derive(Template)]
#[template(path = "apps.html")]
struct Page {
    frame: Frame,
    csrf: String,
    apps: Vec<Connected>,
    /// The app just disconnected.
    ended: bool,
}

/// `GET /account/apps`: the management page of the apps (SMART `management_endpoint`).
pub async fn page(
    State(house): State<House>,
    person: SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Form::read(query.unwrap_or_default().as_bytes());
    match connected(&house, &person).await {
        Ok(apps) => page::html(
            StatusCode::OK,
            &Page {
                frame: Frame::of(&person, "apps"),
                csrf: person.session.csrf.clone(),
                apps,
                ended: query.get("ended") == "1",
            },
        ),
        Err(error) => page::unavailable(&error),
    }
}

async fn connected(house: &House, person: &SignedIn) -> Result<Vec<Connected>, storage::Error> {
    let now = house.clock.now();
    let account = &person.account;
    let grants = house.storage.grants().of_account(&account.id, now).await?;
    let people = house.storage.accounts().people(account, now).await?;
    let mut list = Vec::with_capacity(grants.len());
    for grant in grants {
        let client = house.storage.clients().find(&grant.client).await?;
        let of = people
            .iter()
            .find(|one| Some(&one.patient) == grant.patient.as_ref());
        let scopes = Scopes::parse(&grant.scopes);
        list.push(Connected {
            app: client
                .as_ref()
                .map_or_else(|| grant.client.clone(), |client| client.name.clone()),
            first_party: client.is_some_and(|client| client.first_party),
            for_whom: match of {
                Some(one) if one.is_self => "your own record".to_owned(),
                Some(one) => format!("the record of {}", one.name),
                None => String::new(),
            },
            since: day(grant.created, &house.pack),
            last_used: grant
                .last_used
                .map(|at| moment(at, &house.pack))
                .unwrap_or_default(),
            stays: scopes.has("offline_access"),
            sees: titles(&scopes, |action| {
                matches!(action, Action::Read | Action::Search)
            }),
            writes: titles(&scopes, |action| {
                !matches!(action, Action::Read | Action::Search)
            }),
            grant: grant.id,
        });
    }
    Ok(list)
}

/// What the scopes reach with any of the actions, in words, each once.
fn titles(scopes: &Scopes, wanted: impl Fn(Action) -> bool) -> Vec<String> {
    let mut titles: Vec<String> = Vec::new();
    for scope in &scopes.resources {
        if !scope.actions.iter().any(|action| wanted(*action)) {
            continue;
        }
        let title = match scope.resource_type.as_deref() {
            None => "The whole record".to_owned(),
            Some(name) => {
                let title = type_title(name).unwrap_or(name);
                if scope.constraints.is_empty() {
                    title.to_owned()
                } else {
                    format!("{title} (a part)")
                }
            }
        };
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    titles
}

/// `POST /account/apps/disconnect`
pub async fn disconnect(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let now = house.clock.now();
    match end(&house, &person, form.get("grant"), now).await {
        Ok(()) => page::see_other("/account/apps?ended=1"),
        Err(apps::Error::Storage(error)) => page::unavailable(&error),
        Err(fault) => page::unavailable(&storage::Error::Other(fault.to_string())),
    }
}

/// Ends a grant that is the person's own; one that is not is as good as none.
async fn end(
    house: &House,
    person: &SignedIn,
    grant: &str,
    now: Timestamp,
) -> Result<(), apps::Error> {
    let grant: Option<Grant> = house.storage.grants().find(grant).await?;
    if let Some(grant) = grant.filter(|g| g.account.as_ref() == Some(&person.account.id)) {
        apps::disconnect(&house.storage, &house.pack, &grant, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_app_may_do_is_said_once_and_in_words() {
        let scopes = Scopes::parse(
            "openid patient/Immunization.rs patient/Immunization.read patient/Communication.crs",
        );
        let sees = titles(&scopes, |action| action == Action::Read);
        assert_eq!(sees, ["Vaccinations", "Messages"]);
        let writes = titles(&scopes, |action| action == Action::Create);
        assert_eq!(writes, ["Messages"]);
    }
}
