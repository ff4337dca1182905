//! `$activation-code` and `$identity-decide`: staff open accounts for patients.

use access::Actor;
use base64::{Engine, engine::general_purpose::STANDARD};
use fhir::{Document, ResourceType};
use serde_json::{Value, json};
use storage::Change;
use web::{Answer, leaflet::Leaflet, qr, words};
use workflows::opening::codes::{self, Answer as Given, Channel, Giver, Issued};
use workflows::opening::{Desk, identity};

use super::{Asked, parameters};
use crate::{
    call::{Call, checked},
    error::Error,
    read,
};

/// What may be shown at the desk.
const DOCUMENTS: &[&str] = &[
    "driver-license",
    "state-id",
    "passport",
    "military-id",
    "permanent-resident-card",
    "known-to-staff",
];

fn desk(call: &Call) -> Desk<'_> {
    Desk {
        storage: &call.house.storage,
        pack: &call.house.pack,
        base_url: &call.house.base_url,
        now: call.access.now(),
    }
}

/// Members of staff and systems of the organization: nobody gives a code to themself or to whom they act
/// for. Errors: 403.
fn gives_codes(call: &Call) -> Result<(), Error> {
    match call.access.standing().actor {
        Actor::Staff(_) | Actor::Backend => Ok(()),
        _ => Err(Error::not_your_role(
            "activation codes are given out by the practice",
        )),
    }
}

/// Gives out a code.
pub(super) async fn give(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    gives_codes(call)?;
    let document = asked.inputs.text("identity-document");
    if let Some(named) = document
        && !DOCUMENTS.contains(&named)
    {
        let text = format!("identity-document must be one of {}", DOCUMENTS.join(", "));
        return Err(Error::value(text, "identity-document"));
    }
    let channel = match (asked.inputs.text("channel"), document) {
        (None, None) => Channel::Visit,
        (None, Some(_)) => Channel::Desk,
        (Some(named), _) => Channel::parse(named)
            .ok_or_else(|| Error::value("channel must be avs, desk or email", "channel"))?,
    };
    if channel == Channel::Desk && document.is_none() {
        return Err(super::missing(
            "identity-document",
            "a code at the desk is for somebody whose identity was checked there",
        ));
    }
    let patient = patient(asked).await?;
    let giver = Giver {
        agent: Some(&call.access.standing().agent),
        checked: document,
    };
    let given = codes::issue(desk(call), &patient, channel, giver).await;
    let mut told = vec![parameters::to("patient", format!("Patient/{patient}"))];
    let (expires, task, mailed) = match given.map_err(storage::Error::from)? {
        Given::Issued(issued) => {
            told.extend(shown(call, &patient, &issued).await?);
            (issued.expires, issued.task, false)
        }
        Given::Mailed { expires, task } => (expires, task, true),
        refused => return Err(refusal(call, &refused)),
    };
    told.push(parameters::at("expires", expires));
    told.push(parameters::flag("mailed", mailed));
    told.push(parameters::task(&task));
    Ok(parameters::answer(&told))
}

/// Why no code was given, in words for staff.
fn refusal(call: &Call, refused: &Given) -> Error {
    let text = match refused {
        Given::HasAccount => {
            "the patient has an account; for one who lost the way in, check their identity and say so in \
             identity-document"
                .to_owned()
        }
        Given::TooYoung(from) => {
            let from = from.map(|at| format!(", that is from {}", words::day(at, &call.house.pack)));
            format!(
                "accounts of one's own are for people of {} and older{}; a parent can ask to act for them",
                call.house.pack.self_min_age(),
                from.unwrap_or_default()
            )
        }
        Given::Deceased => "the patient has died".to_owned(),
        Given::NoAddress => {
            "no e-mail address of the patient's own is on record: give the code at the desk".to_owned()
        }
        _ => return Error::Absent,
    };
    let issue = fhir::Issue::error(fhir::IssueCode::BusinessRule, text);
    Error::Unprocessable(vec![issue])
}

/// Whose code it is: of the address, or registered now.
async fn patient(asked: &Asked<'_>) -> Result<String, Error> {
    let call = asked.call;
    let new = asked.inputs.resource("patient");
    match (asked.id, new) {
        (Some(id), None) => {
            read::find(call, ResourceType::PATIENT, id).await?;
            Ok(id.to_owned())
        }
        (Some(_), Some(_)) => {
            let text = "patient registers a new patient; the address names one there is";
            Err(Error::value(text, "patient"))
        }
        (None, None) => Err(super::missing("patient", "the address names nobody")),
        (None, Some(new)) => {
            let alike = identity::certainly(desk(call), new).await;
            if let Some(id) = alike.map_err(storage::Error::from)? {
                let text = format!("this is Patient/{id} for certain: ask there");
                let issue = fhir::Issue::error(fhir::IssueCode::Duplicate, text).at("patient");
                return Err(Error::Unprocessable(vec![issue]));
            }
            let valid = checked(new.clone(), ResourceType::PATIENT)?;
            let written = call.write(Change::Create { valid, id: None }).await?;
            Ok(written.id)
        }
    }
}

/// The code, its address and the page to print.
async fn shown(call: &Call, patient: &str, issued: &Issued) -> Result<Vec<Value>, Error> {
    let seen = read::find_part(call, ResourceType::PATIENT, patient).await?;
    let text = std::str::from_utf8(seen.body()).unwrap_or_default();
    let document = Document::parse(text).map_err(|_| Error::House("a stored Patient"))?;
    let name = document.root().text_at("name.given").unwrap_or_default();
    let practice = call.house.brand.name.as_deref().unwrap_or("Your practice");
    let leaflet = Leaflet {
        practice,
        name: &name,
        code: &issued.code,
        address: &format!("{}/account/sign-up", call.house.base_url),
        until: &words::day(issued.expires, &call.house.pack),
        qr: qr::svg(&issued.address, "QR code of the address and the code").unwrap_or_default(),
    };
    let page = STANDARD.encode(leaflet.html());
    Ok(vec![
        parameters::text("code", &issued.code),
        parameters::url("address", &issued.address),
        json!({"name": "page", "valueAttachment": {
            "contentType": "text/html; charset=utf-8", "data": page, "title": "Your activation code",
        }}),
    ])
}

/// Decides on an identity-review.
pub(super) async fn decide(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    gives_codes(call)?;
    let id = asked.id.unwrap_or_default();
    let seen = read::find(call, ResourceType::TASK, id).await?;
    super::work::free(asked, id).await?;
    let confirmed = match asked.inputs.text("outcome") {
        Some("confirmed") => true,
        Some("not-confirmed") => false,
        _ => {
            let text = "outcome must be confirmed or not-confirmed";
            return Err(Error::value(text, "outcome"));
        }
    };
    let patient = asked.inputs.text("patient");
    if let (true, None) = (confirmed, patient) {
        return Err(super::missing("patient", "who was confirmed to be whom"));
    }
    if let Some(patient) = patient {
        read::find(call, ResourceType::PATIENT, patient).await?;
    }
    let stored = String::from_utf8_lossy(seen.body()).into_owned();
    let agent = &call.access.standing().agent;
    let decided = identity::decided(&stored, confirmed, patient, &agent.who, call.access.now());
    let Some(decided) = decided else {
        let text = "this is no identity-review that waits: it was decided, or is another Task";
        let issue = fhir::Issue::error(fhir::IssueCode::BusinessRule, text);
        return Err(Error::Unprocessable(vec![issue]));
    };
    // Of two who decide on the same version one is told that it changed.
    match call.access.standing().actor {
        Actor::Staff(_) => super::work::decided(asked, &seen, &decided).await?,
        _ => {
            let document = Document::parse(decided).map_err(|_| Error::House("a decided Task"))?;
            call.write(Change::Update {
                valid: checked(document, ResourceType::TASK)?,
                id: id.to_owned(),
                if_match: Some(seen.version()),
            })
            .await?;
        }
    }
    let mut mailed = false;
    if let (true, Some(patient)) = (confirmed, patient) {
        let giver = Giver {
            agent: Some(agent),
            checked: None,
        };
        let given = codes::issue(desk(call), patient, Channel::Email, giver).await;
        mailed = matches!(given.map_err(storage::Error::from)?, Given::Mailed { .. });
    }
    Ok(parameters::answer(&[
        parameters::task(id),
        parameters::flag("mailed", mailed),
    ]))
}
