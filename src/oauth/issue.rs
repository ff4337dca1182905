//! From a person's yes to a code, and from a grant to the answer that carries its tokens.

use access::offer::Outlook;
use config::limits;
use jiff::Timestamp;
use smart::client::RedirectUri;
use smart::launch::Opening;
use smart::request::Redirect;
use smart::scope::{Context, Scopes};
use smart::token::{ContextItem, Response};
use smart::{Error, ErrorCode};
use storage::accounts::{Account, Kind};
use storage::audit::Action;
use storage::clients::{Client, State};
use storage::grants::{Binding, Chart, Grant, Issued};
use storage::launches::Launch;
use storage::pending::Pending;
use storage::standing::Person;
use web::House;
use web::request_id::RequestId;
use workflows::apps;

use crate::error::Failure;
use crate::id_token::id_token;
use crate::style::STYLE_PATH;
use crate::token::record;

/// Why a yes could not be turned into a code.
#[derive(Debug)]
pub enum ApproveFault {
    /// The request is gone: answered already, or older than half an hour.
    Gone,
    /// The scopes need a patient, and none (or nobody this account may act for) was chosen.
    NoPatient,
    /// Nothing was left to grant.
    NoScopes,
    /// The visit chosen is none of that patient's, or not for this account's eyes.
    NoEncounter,
    /// Somebody else opened the app.
    OtherPerson,
    /// The app is in the sandbox, and this is no test person.
    Sandbox,
    /// A member of staff, and an app that nobody here vouches for.
    NotVouchedFor,
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for ApproveFault {
    fn from(fault: E) -> Self {
        Self::Failed(fault.into())
    }
}

/// A pending request together with what the pages show of it.
pub struct Asked {
    pub pending: Pending,
    pub client: Client,
    pub scopes: Scopes,
    /// The launch it comes from.
    pub launch: Option<Launch>,
}

impl Asked {
    /// Whether a patient must be chosen.
    pub fn needs_patient(&self) -> bool {
        self.launched_patient().is_none() && needs_patient(&self.scopes)
    }
    /// The patient whose chart the app was opened in.
    pub fn launched_patient(&self) -> Option<&str> {
        self.launch.as_ref()?.patient.as_deref()
    }
    /// The visit the app was opened in.
    pub fn launched_encounter(&self) -> Option<&str> {
        self.launch.as_ref()?.encounter.as_deref()
    }
    /// Whether a visit is to be chosen too.
    pub fn wants_encounter(&self) -> bool {
        self.scopes.has("launch/encounter") && self.launched_encounter().is_none()
    }
    /// Whether this person may answer: who opened the app, where it was opened from a chart.
    pub fn is_for(&self, account: &Account) -> bool {
        let opener = self.launch.as_ref().map(|launch| &launch.account);
        opener.is_none_or(|opener| *opener == account.id)
    }
}

/// The request behind a `?request=` of the pages, if it still waits for an answer.
///
/// # Errors
/// When the database cannot be asked.
pub async fn asked(house: &House, pending_id: &str) -> Result<Option<Asked>, Failure> {
    let now = house.clock.now();
    let Some(pending) = house.storage.pending().find(pending_id, now).await? else {
        return Ok(None);
    };
    let launch = match &pending.launch {
        None => None,
        Some(hash) => match house.storage.launches().find(hash).await? {
            None => return Ok(None),
            found => found,
        },
    };
    let client = house.storage.clients().find(&pending.client).await?;
    Ok(client
        .filter(|client| client.is_active())
        .map(|client| Asked {
            scopes: Scopes::parse(&pending.scopes),
            pending,
            client,
            launch,
        }))
}

/// A person's yes.
pub struct Approval<'a> {
    pub account: &'a Account,
    pub signed_in_at: Timestamp,
    /// Id of the session it is given in: what is granted online ends with that.
    pub session: Option<&'a str>,
    pub patient: Option<&'a str>,
    /// A visit of that patient, which this account may see.
    pub encounter: Option<&'a str>,
    /// Patients the app must not change to, though the account acts for them.
    pub without: Vec<&'a str>,
    /// The scopes left ticked.
    pub chosen: &'a Scopes,
}

/// Grants what the person left ticked for a patient, and returns where to send the browser. For an
/// app of somebody else it also writes the Consent and tells the person by mail.
///
/// # Errors
/// See [`ApproveFault`].
pub async fn approve(
    house: &House,
    pending_id: &str,
    approval: Approval<'_>,
) -> Result<String, ApproveFault> {
    let now = house.clock.now();
    let Approval {
        account, chosen, ..
    } = approval;
    let asked = asked(house, pending_id).await?.ok_or(ApproveFault::Gone)?;
    let uri = redirect_uri(&asked)?;
    if !asked.is_for(account) {
        return Err(ApproveFault::OtherPerson);
    }
    let scopes = chosen.narrow(&asked.scopes).filter(access::enforces);
    let shared = match approval.session {
        Some(session) => house.storage.sessions().is_shared(session).await?,
        None => false,
    };
    // Where others use the computer too, nothing comes back without a new sign-in.
    let scopes = match shared {
        true => grantable(account, &scopes).without(&["offline_access"]),
        false => grantable(account, &scopes),
    };
    if scopes.is_empty() {
        return Err(ApproveFault::NoScopes);
    }
    let patient = match &asked.launch {
        Some(launch) => launch.patient.as_deref(),
        None => approval.patient,
    };
    let context = context(house, account, patient, &scopes, now).await?;
    check_app(house, &asked.client, account, context.patient.as_deref()).await?;
    close(house, &asked).await?;
    let mut grant = Grant {
        id: uuid::Uuid::new_v4().to_string(),
        client: asked.client.id.clone(),
        account: Some(account.id.clone()),
        patient: context.patient,
        encounter: asked
            .launched_encounter()
            .or(approval.encounter)
            .map(str::to_owned),
        scopes: scopes.to_text(),
        fhir_user: context.fhir_user,
        nonce: asked.pending.nonce.clone(),
        auth_time: Some(approval.signed_in_at),
        created: now,
        revoked: None,
        last_used: None,
        consent: None,
    };
    // A member of staff speaks for themselves: what a patient consents to is the patient's.
    if !asked.client.first_party && account.kind != Kind::Staff {
        let connected = apps::connect(&house.storage, &house.pack, &asked.client, &grant, now);
        grant.consent = connected.await.map_err(house_fault)?;
        apps::tell(&house.storage, account, &grant, &asked.client, now).await?;
    }
    if speaks_for_user(&scopes) {
        open_charts(house, &asked.client, &grant, &approval).await?;
    }
    if let Some(launch) = &asked.launch {
        let launches = house.storage.launches();
        launches.keep(&grant.id, &launch.opening).await?;
    }
    if (shared || is_online(&scopes))
        && let Some(session) = approval.session
    {
        let online = house.storage.online();
        online.bind(&grant.id, session, &account.id).await?;
    }
    let code = house
        .storage
        .grants()
        .authorize(
            &grant,
            Binding {
                redirect_uri: uri.as_str(),
                challenge: &asked.pending.challenge,
                jkt: asked.pending.jkt.as_deref(),
            },
            limits::CODE_SECONDS,
            now,
        )
        .await?;
    if let Some(session) = approval.session {
        let grants = house.storage.grants();
        grants.note_session(&grant.id, session).await?;
    }
    record(house, Action::Consent, &grant, None, now);
    let state = asked.pending.state.as_str();
    Ok(uri.with(&[("code", &code), ("state", state), ("iss", &house.base_url)]))
}

/// Whether there is a `user/` scope among these.
pub(crate) fn speaks_for_user(scopes: &Scopes) -> bool {
    let mut resources = scopes.resources.iter();
    resources.any(|scope| scope.context == Context::User)
}

/// Opens the charts of everybody else the account may act for at this moment to the `user/` scopes
/// of a grant: the app changes from one to another without asking again.
async fn open_charts(
    house: &House,
    client: &Client,
    grant: &Grant,
    approval: &Approval<'_>,
) -> Result<(), ApproveFault> {
    let (account, now) = (approval.account, grant.created);
    for person in house.storage.accounts().people(account, now).await? {
        let patient = person.patient.as_str();
        let is_first = grant.patient.as_deref() == Some(patient);
        let is_open = Outlook::of(&person.standing, &house.pack, now).open();
        if is_first || !is_open || approval.without.contains(&patient) {
            continue;
        }
        if !house.storage.may_connect(client, Some(patient)).await? {
            continue;
        }
        let theirs = Grant {
            patient: Some(patient.to_owned()),
            fhir_user: acting_as(&person),
            consent: None,
            ..grant.clone()
        };
        let consent = if client.first_party {
            None
        } else {
            let desk = apps::Desk {
                storage: &house.storage,
                pack: &house.pack,
                now,
            };
            let connected = apps::connect_chart(desk, client, account, &theirs);
            connected.await.map_err(house_fault)?
        };
        let chart = Chart {
            patient: person.patient,
            consent,
        };
        house.storage.grants().add_chart(&grant.id, &chart).await?;
    }
    Ok(())
}

/// Whether this app may be let in by this person, to this record.
async fn check_app(
    house: &House,
    client: &Client,
    account: &Account,
    patient: Option<&str>,
) -> Result<(), ApproveFault> {
    let in_sandbox = client.state == State::Sandbox;
    if account.kind == Kind::Staff && !in_sandbox && !client.is_vouched_for() {
        return Err(ApproveFault::NotVouchedFor);
    }
    if house.storage.may_connect(client, patient).await? {
        Ok(())
    } else {
        Err(ApproveFault::Sandbox)
    }
}

/// Whether the tokens of these scopes end with the session they were given in.
pub(crate) fn is_online(scopes: &Scopes) -> bool {
    scopes.has("online_access") && !scopes.has("offline_access")
}

/// Ends the request and the launch it came from, so that neither is answered twice.
async fn close(house: &House, asked: &Asked) -> Result<(), ApproveFault> {
    if !house.storage.pending().close(&asked.pending.id).await? {
        return Err(ApproveFault::Gone);
    }
    if let Some(hash) = &asked.pending.launch
        && !house.storage.launches().close(hash).await?
    {
        return Err(ApproveFault::Gone);
    }
    Ok(())
}

/// Ends the request with `access_denied` and returns where to send the browser.
///
/// # Errors
/// `Gone` when it was answered already.
pub async fn deny(house: &House, pending_id: &str, id: &RequestId) -> Result<String, ApproveFault> {
    let asked = asked(house, pending_id).await?.ok_or(ApproveFault::Gone)?;
    let uri = redirect_uri(&asked)?;
    close(house, &asked).await?;
    let error = Error::new(ErrorCode::AccessDenied, "the person said no");
    let redirect = Redirect::refuse(uri, &asked.pending.state, error);
    Ok(redirect.to_uri(&house.base_url, id.as_str()))
}

/// After a grant ended by itself (a secret was used twice, the app revoked it): its Consent ends
/// too.
///
/// # Errors
/// When it cannot be written.
pub async fn withdraw(house: &House, grant: &Grant, now: Timestamp) -> Result<(), Failure> {
    apps::end_consent(&house.storage, &house.pack, grant, now)
        .await
        .map_err(house_fault)
}

fn house_fault(fault: apps::Error) -> Failure {
    match fault {
        apps::Error::Storage(fault) => Failure::Storage(fault),
        fault => Failure::House(fault.to_string()),
    }
}

fn redirect_uri(asked: &Asked) -> Result<RedirectUri, ApproveFault> {
    let registered = asked.client.registered();
    registered
        .redirect(&asked.pending.redirect_uri)
        .ok_or(ApproveFault::Gone)
}

fn needs_patient(scopes: &Scopes) -> bool {
    let about_patient = |scope: &smart::scope::ResourceScope| scope.context == Context::Patient;
    scopes.has("launch/patient") || scopes.resources.iter().any(about_patient)
}

/// System scopes are for backends, user scopes for people the record knows.
fn grantable(account: &Account, scopes: &Scopes) -> Scopes {
    let staff = account.kind == Kind::Staff;
    scopes.filter(|scope| match scope.context {
        Context::Patient => true,
        Context::User => staff || account.patient.is_some() || account.person.is_some(),
        Context::System => false,
    })
}

struct ChosenContext {
    patient: Option<String>,
    fhir_user: Option<String>,
}

/// Whose chart, and as whom: the patient, a RelatedPerson of the patient, or a member of staff.
async fn context(
    house: &House,
    account: &Account,
    patient: Option<&str>,
    scopes: &Scopes,
    now: Timestamp,
) -> Result<ChosenContext, ApproveFault> {
    if account.kind == Kind::Staff {
        if patient.is_none() && needs_patient(scopes) {
            return Err(ApproveFault::NoPatient);
        }
        let practitioner = account.practitioner.as_ref();
        return Ok(ChosenContext {
            patient: patient.map(str::to_owned),
            fhir_user: practitioner.map(|id| format!("Practitioner/{id}")),
        });
    }
    let people = house.storage.accounts().people(account, now).await?;
    let chosen = people.iter().find(|person| match patient {
        Some(patient) => person.patient == patient,
        // Somebody's chart is open at first, be it only one of several.
        None => {
            !needs_patient(scopes)
                && speaks_for_user(scopes)
                && Outlook::of(&person.standing, &house.pack, now).open()
        }
    });
    match chosen {
        Some(person) => Ok(ChosenContext {
            patient: Some(person.patient.clone()),
            fhir_user: acting_as(person),
        }),
        None if needs_patient(scopes) || patient.is_some() => Err(ApproveFault::NoPatient),
        None => Ok(ChosenContext {
            patient: None,
            fhir_user: account
                .patient
                .as_ref()
                .map(|id| format!("Patient/{id}"))
                .or_else(|| account.person.as_ref().map(|id| format!("Person/{id}"))),
        }),
    }
}

/// Whom an account acts as in the chart of one of its people.
fn acting_as(person: &Person) -> Option<String> {
    if person.is_self {
        return Some(format!("Patient/{}", person.patient));
    }
    let related_person = person.related_person.as_ref();
    related_person.map(|id| format!("RelatedPerson/{id}"))
}

/// How a token is shown: by itself, or with a proof of the key it is bound to (RFC 9449 section 5).
pub(crate) fn token_type(jkt: Option<&str>) -> &'static str {
    match jkt {
        Some(_) => "DPoP",
        None => "Bearer",
    }
}

/// The answer of the token endpoint. `first`: the exchange of the code, the only one to repeat the
/// nonce.
pub(crate) async fn response(
    house: &House,
    grant: &Grant,
    issued: Issued,
    first: bool,
    now: Timestamp,
) -> Result<Response, Failure> {
    let scopes = Scopes::parse(&issued.scopes);
    let id_token = id_token(house, grant, &scopes, first, now).await?;
    let opening = house.storage.launches().of_grant(&grant.id).await?;
    Ok(Response {
        access_token: issued.access_token,
        token_type: token_type(issued.jkt.as_deref()),
        expires_in: issued.expires_in_seconds,
        scope: issued.scopes,
        refresh_token: issued.refresh_token,
        id_token,
        patient: grant.patient.clone(),
        encounter: grant.encounter.clone(),
        fhir_context: fhir_context(grant, opening.as_ref()),
        need_patient_banner: opening.as_ref().map(|it| it.need_patient_banner),
        smart_style_url: opening
            .as_ref()
            .map(|_| format!("{}{STYLE_PATH}", house.base_url)),
        intent: opening.and_then(|it| it.intent),
    })
}

/// The `fhirUser` claim: the absolute URL of whoever signed in, where the scope for it was granted.
pub(crate) fn fhir_user(house: &House, grant: &Grant, scopes: &Scopes) -> Option<String> {
    let wanted = scopes.has("fhirUser") || scopes.has("profile");
    let reference = grant.fhir_user.as_ref().filter(|_| wanted)?;
    Some(format!("{}/{reference}", house.fhir_base))
}

/// What the app was opened with, and for a proxy the RelatedPerson it acts as.
pub(crate) fn fhir_context(grant: &Grant, opening: Option<&Opening>) -> Vec<ContextItem> {
    let opened = opening.map(|it| it.fhir_context.clone());
    let mut items = opened.unwrap_or_default();
    let proxy = grant.fhir_user.as_deref();
    items.extend(
        proxy
            .filter(|user| user.starts_with("RelatedPerson/"))
            .map(ContextItem::to),
    );
    items
}
