//! The apps people let in: what each may see of whose record, since when, when it was last here,
//! and the way to end any or all of them at once.

pub mod one;
pub mod receipt;

use access::offer;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use smart::scope::{Action, Scopes};
use storage::accounts::Account;
use storage::clients::Client;
use storage::grants::Grant;
use storage::standing::Person;
use web::csrf::SignedForm;
use web::page::{self, Frame, Query};
use web::words::{day, moment};
use web::{House, SignedIn};
use workflows::apps::{self, Desk};

/// So many things an app may see are named in the list; the rest are on the app's own page.
const SHOWN_MAX: usize = 6;

/// A connection as the pages show it.
struct Connected {
    grant: String,
    app: String,
    first_party: bool,
    /// Of whose record: `your own record`, `the record of Mia Berg`; empty when of none.
    of_whom: String,
    /// Who let the app in, when it was not the one who looks.
    by_whom: String,
    /// Whose records it opens besides, of those the one who looks acts for.
    also: Vec<String>,
    /// The one who looks rules over all of it, not only over their own record in it.
    whole: bool,
    since: String,
    last_used: String,
    /// When it was narrowed, if less than was given is in force.
    narrowed: String,
    /// Comes back without the person.
    stays: bool,
    /// What it may see, the first few.
    sees: Vec<String>,
    /// How much more that is.
    more: usize,
    writes: Vec<String>,
}

/// The connections to one record.
struct Record {
    title: String,
    apps: Vec<Connected>,
}

#[derive(Template)]
#[template(path = "apps.html")]
struct Page {
    frame: Frame,
    csrf: String,
    records: Vec<Record>,
    count: usize,
    /// What was just done: `1` for one app ended, `all` for every one.
    ended: &'static str,
}

/// `GET /account/apps`: the management page of the apps (SMART `management_endpoint`).
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let records = match records(&house, &person.account).await {
        Ok(records) => records,
        Err(error) => return page::unavailable(&error),
    };
    let page = Page {
        frame: Frame::of(&person, "apps"),
        csrf: person.session.csrf.clone(),
        count: records.iter().map(|record| record.apps.len()).sum(),
        records,
        ended: match query.get("ended") {
            "1" => "1",
            "all" => "all",
            _ => "",
        },
    };
    page::html(StatusCode::OK, &page)
}

/// Every live connection an account may manage: its own, then what others let into its own record.
async fn managed(house: &House, account: &Account) -> Result<Vec<Grant>, storage::Error> {
    let now = house.clock.now();
    let grants = house.storage.grants();
    let mut all = grants.of_account(&account.id, now).await?;
    if let Some(own) = &account.patient {
        all.extend(grants.of_patient_by_others(own, &account.id, now).await?);
    }
    Ok(all)
}

/// The connections by record, the person's own record first.
async fn records(house: &House, account: &Account) -> Result<Vec<Record>, storage::Error> {
    let people = house
        .storage
        .accounts()
        .people(account, house.clock.now())
        .await?;
    let mut records: Vec<Record> = Vec::new();
    for grant in managed(house, account).await? {
        let connected = Connected::of(house, account, &people, grant).await?;
        let title = match connected.of_whom.as_str() {
            "" => "Without a record".to_owned(),
            whom => capital(whom),
        };
        match records.iter_mut().find(|record| record.title == title) {
            Some(record) => record.apps.push(connected),
            None => records.push(Record {
                title,
                apps: vec![connected],
            }),
        }
    }
    records.sort_by_key(|record| record.title != "Your own record");
    Ok(records)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

impl Connected {
    async fn of(
        house: &House,
        account: &Account,
        people: &[Person],
        grant: Grant,
    ) -> Result<Self, storage::Error> {
        let client = house.storage.clients().find(&grant.client).await?;
        let managed = house.storage.grants().managed(&grant.id).await?;
        let narrowed = managed.and_then(|managed| managed.narrowed);
        let scopes = Scopes::parse(&grant.scopes);
        let whole = apps::may_manage(account, &grant);
        let reads = |action| matches!(action, Action::Read | Action::Search);
        let mut sees = titles(&scopes, reads);
        let more = match sees.len() {
            count if count > SHOWN_MAX + 1 => count - SHOWN_MAX,
            _ => 0,
        };
        sees.truncate(sees.len() - more);
        Ok(Self {
            app: name(client.as_ref(), &grant),
            first_party: client.is_some_and(|client| client.first_party),
            of_whom: if whole {
                of_whom(people, &grant)
            } else {
                "your own record".to_owned()
            },
            also: if whole {
                also(house, people, &grant).await?
            } else {
                Vec::new()
            },
            whole,
            by_whom: by_whom(house, account, &grant).await?,
            since: day(grant.created, &house.pack),
            last_used: grant
                .last_used
                .map(|at| moment(at, &house.pack))
                .unwrap_or_default(),
            narrowed: narrowed.map(|at| day(at, &house.pack)).unwrap_or_default(),
            stays: scopes.has("offline_access"),
            sees,
            more,
            writes: titles(&scopes, |action| !reads(action)),
            grant: grant.id,
        })
    }
}

fn name(client: Option<&Client>, grant: &Grant) -> String {
    client.map_or_else(|| grant.client.clone(), |client| client.name.clone())
}

/// Whose record a connection is to.
fn of_whom(people: &[Person], grant: &Grant) -> String {
    let Some(patient) = &grant.patient else {
        return String::new();
    };
    match people.iter().find(|one| one.patient == *patient) {
        Some(one) if one.is_self => "your own record".to_owned(),
        Some(one) => format!("the record of {}", one.name),
        None => "a record you act for no longer".to_owned(),
    }
}

/// Whose records a connection opens besides the one it began in.
async fn also(
    house: &House,
    people: &[Person],
    grant: &Grant,
) -> Result<Vec<String>, storage::Error> {
    let charts = house.storage.grants().charts(&grant.id).await?;
    let named = charts.iter().filter_map(|chart| {
        let one = people.iter().find(|one| one.patient == chart.patient)?;
        Some(if one.is_self {
            "you".to_owned()
        } else {
            one.name.clone()
        })
    });
    Ok(named.collect())
}

/// Who let an app in, when it was not this account.
async fn by_whom(
    house: &House,
    account: &Account,
    grant: &Grant,
) -> Result<String, storage::Error> {
    match &grant.account {
        Some(id) if *id != account.id => {
            let found = house.storage.accounts().find(id).await?;
            Ok(found.map_or_else(String::new, |maker| maker.display))
        }
        _ => Ok(String::new()),
    }
}

/// What the scopes reach with any of the actions, in words, each once.
fn titles(scopes: &Scopes, wanted: impl Fn(Action) -> bool) -> Vec<String> {
    let mut titles: Vec<String> = Vec::new();
    for scope in &scopes.resources {
        if !scope.actions.iter().any(|action| wanted(*action)) {
            continue;
        }
        let title = offer::title(scope);
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
    let ended = match house.storage.grants().find(form.get("grant")).await {
        // One that is not the person's to end is as good as none.
        Ok(None) => Ok(false),
        Ok(Some(grant)) => end(&house, &person.account, &grant).await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(_) => page::see_other("/account/apps?ended=1"),
        Err(fault) => failed(fault),
    }
}

/// `POST /account/apps/disconnect-all`
pub async fn disconnect_all(
    State(house): State<House>,
    SignedForm { person, .. }: SignedForm,
) -> Response {
    match end_all(&house, &person.account).await {
        Ok(()) => page::see_other("/account/apps?ended=all"),
        Err(fault) => failed(fault),
    }
}

async fn end_all(house: &House, account: &Account) -> Result<(), apps::Error> {
    for grant in managed(house, account).await? {
        end(house, account, &grant).await?;
    }
    Ok(())
}

/// Ends a connection, or this person's part in one that somebody else made.
async fn end(house: &House, account: &Account, grant: &Grant) -> Result<bool, apps::Error> {
    if apps::may_manage(account, grant) {
        apps::disconnect(desk(house), account, grant).await
    } else {
        apps::leave(desk(house), account, grant).await
    }
}

/// What the verbs need of the house, at this instant.
fn desk(house: &House) -> Desk<'_> {
    Desk {
        storage: &house.storage,
        pack: &house.pack,
        now: house.clock.now(),
    }
}

fn failed(fault: apps::Error) -> Response {
    match fault {
        apps::Error::Storage(error) => page::unavailable(&error),
        fault => page::unavailable(&storage::Error::Other(fault.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_app_may_do_is_said_once_and_in_words() {
        let scopes = Scopes::parse(
            "openid patient/Immunization.rs patient/Immunization.read patient/Communication.crs \
             patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
        );
        let sees = titles(&scopes, |action| action == Action::Read);
        assert_eq!(sees, ["Vaccinations", "Messages", "Laboratory results"]);
        let writes = titles(&scopes, |action| action == Action::Create);
        assert_eq!(writes, ["Messages"]);
    }
}
