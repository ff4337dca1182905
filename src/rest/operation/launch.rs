//! `$launch` and `$launchable-apps`: opening apps in the context of a chart (EHR launch).

use access::Actor;
use fhir::{Document, Element, ResourceType};
use smart::launch::{Opening, launch_url};
use smart::token::ContextItem;
use storage::clients::Client;
use storage::launches::Launch;
use web::Answer;

use super::{Asked, parameters};
use crate::{call::Call, error::Error, read};

/// The registered scope of apps that can be opened so.
const LAUNCH: &str = "launch";

/// A handle for one app, in the chart the caller can read.
pub(super) async fn open(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    let account = person(call)?;
    let client = app(asked).await?;
    let named = asked.inputs.text("patient");
    if let (Some(id), Some(named)) = (asked.id, named)
        && id != named
    {
        let text = "patient and the address name two patients";
        return Err(Error::value(text, "patient"));
    }
    let patient = asked.id.or(named);
    let encounter = asked.inputs.text("encounter");
    let patient = in_sight(call, patient, encounter).await?;
    let opening = opening(asked)?;
    let launch = Launch {
        client: client.id.clone(),
        account,
        patient,
        encounter: encounter.map(str::to_owned),
        opening,
    };
    let now = call.access.now();
    let launches = call.house.storage.launches();
    let opened = launches.open(&launch, now).await?;
    let iss = call.base();
    let url = client.launch_uri.as_deref();
    let url = url.and_then(|uri| launch_url(uri, iss, &opened.handle));
    let mut parameters = vec![
        parameters::text("launch", &opened.handle),
        parameters::url("iss", iss),
    ];
    parameters.extend(url.map(|url| parameters::url("url", url)));
    parameters.push(parameters::at("expires", opened.expires));
    Ok(parameters::answer(&parameters))
}

/// Every app with a launch address that may ask for the scope `launch`.
pub(super) async fn apps(asked: &Asked<'_>) -> Result<Answer, Error> {
    person(asked.call)?;
    let mut all = asked.call.house.storage.clients().list().await?;
    all.retain(|client| is_launchable(client) && client.launch_uri.is_some());
    all.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let shown = all.iter().map(|client| {
        parameters::part(
            "app",
            &[
                parameters::text("client", &client.id),
                parameters::text("name", &client.name),
                parameters::url("url", client.launch_uri.as_deref().unwrap_or_default()),
            ],
        )
    });
    Ok(parameters::answer(&shown.collect::<Vec<_>>()))
}

/// The account behind the token. Errors: 403 for a token with nobody behind it.
fn person(call: &Call) -> Result<String, Error> {
    let standing = call.access.standing();
    let is_person = matches!(
        standing.actor,
        Actor::SelfPatient { .. } | Actor::Proxy { .. } | Actor::Staff(_)
    );
    let account = standing.agent.account.clone().filter(|_| is_person);
    account.ok_or_else(|| {
        Error::not_your_role("a person opens an app: this token has nobody behind it")
    })
}

fn is_launchable(client: &Client) -> bool {
    client.usable_scopes().has(LAUNCH)
}

async fn app(asked: &Asked<'_>) -> Result<Client, Error> {
    let id = asked.inputs.text("client").unwrap_or_default();
    let found = asked.call.house.storage.clients().find(id).await?;
    found.filter(is_launchable).ok_or_else(|| {
        let text = "no app that may ask for the scope launch is registered under this client_id";
        Error::value(text, "client")
    })
}

/// The patient of the launch, once both patient and encounter turned out to be for the caller's
/// eyes and to belong together.
async fn in_sight(
    call: &Call,
    patient: Option<&str>,
    encounter: Option<&str>,
) -> Result<Option<String>, Error> {
    if let Some(id) = patient {
        read::find(call, ResourceType::PATIENT, id).await?;
    }
    let Some(encounter) = encounter else {
        return Ok(patient.map(str::to_owned));
    };
    let seen = read::find(call, ResourceType::ENCOUNTER, encounter).await?;
    let text = std::str::from_utf8(seen.body()).unwrap_or_default();
    let document = Document::parse(text).map_err(|_| Error::House("a stored Encounter"))?;
    let subject = document.root().text_at("subject.reference");
    let subject = subject
        .as_deref()
        .and_then(|it| it.strip_prefix("Patient/"));
    match (patient, subject) {
        (None, Some(subject)) => {
            read::find(call, ResourceType::PATIENT, subject).await?;
            Ok(Some(subject.to_owned()))
        }
        (Some(patient), Some(subject)) if patient == subject => Ok(Some(subject.to_owned())),
        _ => Err(Error::value(
            "the encounter is of another patient",
            "encounter",
        )),
    }
}

fn opening(asked: &Asked<'_>) -> Result<Opening, Error> {
    let items = asked.inputs.elements("fhirContext").map(item);
    let opening = Opening {
        intent: asked.inputs.text("intent").map(str::to_owned),
        fhir_context: items.collect::<Result<_, _>>()?,
        need_patient_banner: asked.inputs.flag("need-patient-banner") != Some(false),
    };
    match opening.fault() {
        Some((at, text)) => Err(Error::value(text, at)),
        None => Ok(opening),
    }
}

/// One `fhirContext` parameter, each part at most once and of a name we know.
fn item(parameter: Element<'_>) -> Result<ContextItem, Error> {
    let mut item = ContextItem::default();
    for part in parameter.all("part") {
        let name = part.text_at("name").unwrap_or_default();
        let value = part.members().find(|(name, _)| name.starts_with("value"));
        let value = value.map(|(_, value)| value);
        let text = value.and_then(Element::str).map(|text| text.into_owned());
        let (taken, text) = match (&*name, text) {
            ("reference", Some(text)) => (item.reference.replace(text).is_some(), true),
            ("canonical", Some(text)) => (item.canonical.replace(text).is_some(), true),
            ("type", Some(text)) => (item.kind.replace(text).is_some(), true),
            ("role", Some(text)) => (item.role.replace(text).is_some(), true),
            ("identifier", None) => {
                let raw = value.map_or("", Element::raw);
                (item.identify(raw).is_err(), true)
            }
            _ => (false, false),
        };
        if taken || !text {
            let shown: String = name.chars().take(40).collect();
            let text = format!("fhirContext: {shown} is no part of it, or is given twice");
            return Err(Error::value(text, "fhirContext"));
        }
    }
    Ok(item)
}
