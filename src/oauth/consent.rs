//! The question to a person: may this app have this, for this patient.

mod choices;
mod kept_back;

use access::offer::{Offer, Outlook, offers};
use askama::Template;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use smart::scope::{ResourceScope, Scopes};
use storage::accounts::Kind;
use storage::standing::Person;
use web::page::{self, Form, Frame, Query};
use web::request_id::RequestId;
use web::{House, SignedIn, csrf, session};

use crate::authorize::CONSENT_PATH;
use crate::choose_account;
use crate::encounter;
use crate::error::Failure;
use crate::issue::{self, Approval, ApproveFault, Asked};
use crate::opened::{self, other_person};
use crate::patient_search::{self, Search};
use choices::{Choice, choices, found};

/// Scopes that are part of the exchange itself and no question to a person.
const UNASKED: &[&str] = &["launch", "launch/patient", "launch/encounter"];

/// Keeps access when the person has left.
const AWAY: &str = "offline_access";

/// A scope that is not about data, in words.
struct Plain {
    scope: String,
    title: &'static str,
    detail: &'static str,
    checked: bool,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct Page<'a> {
    frame: Frame,
    request: &'a str,
    csrf: &'a str,
    app: &'a str,
    /// Run by the organization itself.
    first_party: bool,
    /// Where the browser goes afterwards.
    destination: String,
    problem: &'a str,
    /// Members of staff look for the patient.
    search: Option<Search<'a>>,
    choices: Vec<Choice>,
    closed: Vec<Choice>,
    /// The app may change between them.
    changes: bool,
    offers: Vec<(Offer, bool)>,
    refused: Vec<Offer>,
    plain: Vec<Plain>,
    /// Keeping access was asked for, and is not offered on a computer that others use too.
    not_kept: bool,
    /// What is kept back from the app already: whose patient, name unless it is one's own, and what.
    kept_back: Vec<kept_back::Line>,
    account: String,
}

/// `GET /account/consent?request=…`
pub async fn form(
    State(house): State<House>,
    person: Option<SignedIn>,
    Query(query): Query,
) -> Response {
    let request = query.get("request");
    let asked = match issue::asked(&house, request).await {
        Ok(Some(asked)) => asked,
        Ok(None) => return gone(),
        Err(failure) => return failure.page(),
    };
    let here = format!("{CONSENT_PATH}?request={request}");
    let Some(person) = person else {
        return page::see_other(&session::sign_in_address(&here));
    };
    if is_too_old(&asked, &person) {
        return page::see_other(&format!("{}&again=1", session::sign_in_address(&here)));
    }
    if choose_account::is_needed(&asked.pending, &person) {
        return choose_account::ask(&asked, &person);
    }
    if !asked.is_for(&person.account) {
        return other_person(&person);
    }
    if !person.account.terms_accepted {
        return page::see_other(&session::terms_address(&here));
    }
    match opened::go_on(&house, &person, &asked).await {
        Ok(Some(address)) => page::see_other(&address),
        Ok(None) => show(&house, &person, &asked, request, "", &query).await,
        Err(ApproveFault::Failed(failure)) => failure.page(),
        Err(_) => gone(),
    }
}

/// Whether the app wants a sign-in younger than this one.
fn is_too_old(asked: &Asked, person: &SignedIn) -> bool {
    asked
        .pending
        .sign_in_after
        .is_some_and(|after| person.session.authenticated_at < after)
}

fn gone() -> Response {
    page::sorry(
        StatusCode::GONE,
        "This request is over",
        "It was answered already, or it waited too long. Go back to the app and start again; nothing was shared.",
    )
}

async fn show(
    house: &House,
    person: &SignedIn,
    asked: &Asked,
    request: &str,
    problem: &str,
    sent: &Form,
) -> Response {
    let now = house.clock.now();
    let mut people = match house.storage.accounts().people(&person.account, now).await {
        Ok(people) => people,
        Err(error) => return page::unavailable(&error),
    };
    if let Some(launched) = asked.launched_patient() {
        people.retain(|one| one.patient == launched);
    }
    let search = match searched(house, person, asked, request, sent).await {
        Ok(search) => search,
        Err(failure) => return failure.page(),
    };
    let (choices, closed) = match &search {
        Some(search) => (found(search, sent.get("patient")), Vec::new()),
        None => choices(house, &people, sent.get("patient"), now),
    };
    let offered = offered(house, &people, asked, now);
    let kept_back = match kept_back::lines(house, person, asked, &people).await {
        Ok(lines) => lines,
        Err(error) => return page::unavailable(&error),
    };
    let again = !problem.is_empty();
    let ticked = |scope: &str| !again || sent.all("scope").any(|one| one == scope);
    let (open, refused): (Vec<Offer>, Vec<Offer>) = offered
        .into_iter()
        .partition(|offer| offer.why_not.is_none());
    let page = Page {
        frame: Frame::of(person, ""),
        request,
        csrf: &person.session.csrf,
        app: &asked.client.name,
        first_party: asked.client.first_party,
        destination: destination(&asked.pending.redirect_uri),
        problem,
        changes: search.is_none() && issue::speaks_for_user(&asked.scopes) && choices.len() > 1,
        search,
        choices,
        closed,
        offers: open
            .into_iter()
            .map(|offer| {
                let tick = ticked(&offer.scope);
                (offer, tick)
            })
            .collect(),
        refused,
        plain: plain(&asked.scopes, person.session.shared, &ticked),
        not_kept: person.session.shared && asked.scopes.has(AWAY),
        kept_back,
        account: person.account.display.clone(),
    };
    let status = page::status(!again);
    page::html_leading_to(status, &page, &asked.pending.redirect_uri)
}

/// The search a member of staff chooses the patient from, where one must be chosen.
async fn searched<'a>(
    house: &House,
    person: &SignedIn,
    asked: &Asked,
    request: &'a str,
    sent: &'a Form,
) -> Result<Option<Search<'a>>, Failure> {
    if person.account.kind != Kind::Staff || !asked.needs_patient() {
        return Ok(None);
    }
    let search = patient_search::look(house, person, request, sent.get("find"));
    search.await.map(Some)
}

/// What may be ticked for at least one of the patients there are to choose.
fn offered(house: &House, people: &[Person], asked: &Asked, now: Timestamp) -> Vec<Offer> {
    let mut best: Option<Vec<Offer>> = None;
    for person in people {
        if !Outlook::of(&person.standing, &house.pack, now).open() {
            continue;
        }
        let Some(access) = session::access(house, &person.standing, now) else {
            continue;
        };
        let theirs = offers(Some(&access), &asked.scopes);
        best = Some(match best {
            None => theirs,
            Some(before) => before
                .into_iter()
                .zip(theirs)
                .map(|(a, b)| if a.why_not.is_none() { a } else { b })
                .collect(),
        });
    }
    best.unwrap_or_else(|| offers(None, &asked.scopes))
}

/// What is asked for besides data. On a computer that others use too, nothing comes back without a new sign-in.
fn plain(scopes: &Scopes, shared: bool, ticked: &dyn Fn(&str) -> bool) -> Vec<Plain> {
    let offered = scopes.others.iter();
    offered
        .filter(|scope| !shared || *scope != AWAY)
        .filter_map(|scope| {
            let (title, detail) = match scope.as_str() {
                "openid" => ("Know that it is you", "A number that stands for you, no name."),
                "fhirUser" | "profile" => (
                    "Know who you are",
                    "Which person in the record is signed in.",
                ),
                AWAY => (
                    "Keep access while you are away",
                    "The app can come back without you until you disconnect it. You can do that at any time under Connected apps.",
                ),
                "online_access" => (
                    "Keep access while you are signed in",
                    "It ends when you sign out here.",
                ),
                _ => return None,
            };
            Some(Plain {
                scope: scope.clone(),
                title,
                detail,
                checked: ticked(scope),
            })
        })
        .collect()
}

/// The place a redirect leads to, as a person would name it.
fn destination(redirect_uri: &str) -> String {
    let (scheme, rest) = redirect_uri.split_once(':').unwrap_or((redirect_uri, ""));
    match (scheme, rest.strip_prefix("//")) {
        ("http" | "https", Some(rest)) => {
            let host = rest.split(['/', '?']).next().unwrap_or(rest);
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            if matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
                "an app on this device".to_owned()
            } else {
                host.to_owned()
            }
        }
        _ => "an app on this device".to_owned(),
    }
}

/// `POST /account/consent`
pub async fn submit(
    State(house): State<House>,
    person: Option<SignedIn>,
    id: RequestId,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::read(&body);
    let request = form.get("request");
    let here = format!("{CONSENT_PATH}?request={request}");
    let Some(person) = person else {
        return page::see_other(&session::sign_in_address(&here));
    };
    let expected = &person.session.csrf;
    if !csrf::is_ours(&headers, &house.base_url, expected, form.get("csrf")) {
        return page::stale_form();
    }
    let asked = match issue::asked(&house, request).await {
        Ok(Some(asked)) => asked,
        Ok(None) => return gone(),
        Err(failure) => return failure.page(),
    };
    if is_too_old(&asked, &person) {
        return page::see_other(&format!("{}&again=1", session::sign_in_address(&here)));
    }
    if choose_account::is_needed(&asked.pending, &person) {
        return page::see_other(&here);
    }
    let answered = match form.get("decision") {
        "approve" => match encounter::ask(&house, &person, &asked, &form).await {
            Ok(Some(page)) => return page,
            Ok(None) => approve(&house, &person, &asked, &form).await,
            Err(fault) => Err(fault),
        },
        "deny" => issue::deny(&house, request, &id).await,
        _ => {
            let problem = "Choose “Allow” or “Don’t allow”.";
            return show(&house, &person, &asked, request, problem, &form).await;
        }
    };
    let problem = match answered {
        Ok(address) => return page::see_other(&address),
        Err(ApproveFault::Gone) => return gone(),
        Err(ApproveFault::OtherPerson) => return other_person(&person),
        Err(ApproveFault::NoEncounter) => "Choose one of the visits shown.",
        Err(ApproveFault::NoPatient) => "Choose whose record the app may see.",
        Err(ApproveFault::NoScopes) => "Leave at least one thing ticked, or choose “Don’t allow”.",
        Err(ApproveFault::Sandbox) => {
            "This app is still in its sandbox: it can be connected to test people only. Nothing was shared."
        }
        Err(ApproveFault::NotVouchedFor) => {
            "Members of staff can let in only apps that this organization has looked at. Nothing was shared."
        }
        Err(ApproveFault::Failed(failure)) => return failure.page(),
    };
    show(&house, &person, &asked, request, problem, &form).await
}

async fn approve(
    house: &House,
    person: &SignedIn,
    asked: &Asked,
    form: &Form,
) -> Result<String, ApproveFault> {
    let patient = Some(form.get("patient")).filter(|id| !id.is_empty());
    if let Some(patient) = patient {
        choosable(house, person, patient).await?;
    }
    let chosen = ticked(form.all("scope"), &asked.scopes);
    if chosen.resources.is_empty() && !asked.scopes.resources.is_empty() {
        return Err(ApproveFault::NoScopes);
    }
    let approval = Approval {
        account: &person.account,
        signed_in_at: person.session.authenticated_at,
        session: Some(&person.session.id),
        patient,
        encounter: encounter::chosen(house, person, asked, form).await?,
        without: form.all("without").collect(),
        chosen: &chosen,
    };
    issue::approve(house, form.get("request"), approval).await
}

/// Somebody the person may act for at this moment.
pub(crate) async fn choosable(
    house: &House,
    person: &SignedIn,
    patient: &str,
) -> Result<(), ApproveFault> {
    if person.account.kind == Kind::Staff {
        return match patient_search::is_there(house, person, patient).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(ApproveFault::NoPatient),
            Err(failure) => Err(ApproveFault::Failed(failure)),
        };
    }
    let now = house.clock.now();
    let accounts = house.storage.accounts();
    let people = accounts
        .people(&person.account, now)
        .await
        .map_err(Failure::from)?;
    let open = people
        .iter()
        .any(|one| one.patient == patient && Outlook::of(&one.standing, &house.pack, now).open());
    if open {
        Ok(())
    } else {
        Err(ApproveFault::NoPatient)
    }
}

/// The scopes left ticked. What is no question goes along; a part is dropped where its whole is
/// ticked.
fn ticked<'f>(boxes: impl Iterator<Item = &'f str>, asked: &Scopes) -> Scopes {
    let boxes: Vec<&str> = boxes.collect();
    let wholes: Vec<ResourceScope> = asked
        .resources
        .iter()
        .filter(|scope| boxes.contains(&scope.text.as_str()))
        .cloned()
        .collect();
    let mut kept: Vec<&str> = Vec::new();
    for text in boxes {
        let asked_for = asked.resources.iter().any(|scope| scope.text == text)
            || asked.others.iter().any(|other| other == text);
        let part = ResourceScope::parse(text).is_some_and(|part| {
            let within = |scope: &ResourceScope| scope.covers(&part);
            asked.resources.iter().any(within) && !wholes.iter().any(within)
        });
        if (asked_for || part) && !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept.extend(UNASKED.iter().filter(|scope| asked.has(scope)));
    Scopes::parse(&kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABORATORY: &str = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";

    fn asked() -> Scopes {
        Scopes::parse(
            "launch/patient openid offline_access patient/Patient.rs patient/Observation.rs",
        )
    }

    #[test]
    fn a_part_is_granted_in_place_of_its_whole_and_not_beside_it() {
        let part = ticked(
            ["openid", "patient/Patient.rs", LABORATORY].into_iter(),
            &asked(),
        );
        assert_eq!(
            part.to_text(),
            format!("openid patient/Patient.rs {LABORATORY} launch/patient")
        );
        let both = ticked(["patient/Observation.rs", LABORATORY].into_iter(), &asked());
        assert_eq!(both.to_text(), "patient/Observation.rs launch/patient");
    }

    #[test]
    fn a_place_is_named_as_people_name_it() {
        assert_eq!(
            destination("https://app.example.org/cb?x=1"),
            "app.example.org"
        );
        assert_eq!(
            destination("http://127.0.0.1:8765/callback"),
            "an app on this device"
        );
        assert_eq!(
            destination("com.example.app:/callback"),
            "an app on this device"
        );
    }
}
