//! `$proxy-…`: acting for others.

use access::offer::Outlook;
use access::{Action, Actor};
use base64::{Engine, engine::general_purpose::STANDARD};
use fhir::{Issue, IssueCode, ResourceType};
use serde_json::{Value, json};
use storage::standing::GranteeKind;
use web::Answer;
use workflows::proxies::{
    self, Decision, Desk, Ending, Extent, Paper, Part, Petition, Reply, Verdict, Visitor, Wish,
};

use super::{Asked, parameters};
use crate::call::Call;
use crate::error::Error;

/// Changes told of one relationship, at most.
const STEPS_MAX: usize = 6;

impl From<proxies::Error> for Error {
    fn from(error: proxies::Error) -> Self {
        match error {
            proxies::Error::Storage(error) => Self::Storage(error),
            proxies::Error::Absent => Self::Absent,
            proxies::Error::Refused(text) => Self::not_yours(text),
            proxies::Error::Rule { element, rule } => Self::Unprocessable(vec![
                Issue::error(IssueCode::BusinessRule, rule).at(element),
            ]),
            proxies::Error::Overtaken => Self::Overtaken,
            proxies::Error::Invalid(fault) => {
                tracing::error!(fault, "a resource of the house is not valid");
                Self::House("a resource of the house is not valid")
            }
        }
    }
}

/// The desk as the caller comes to it, once the scopes reach what is about to be changed.
fn desk<'a>(asked: &'a Asked<'_>) -> Result<Desk<'a>, Error> {
    asked.call.may(Action::Update, ResourceType::CONSENT)?;
    Ok(Desk::of(&asked.call.house.storage, &asked.call.access))
}

/// `RelatedPerson/{id}/$proxy-end`
pub(super) async fn end(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = desk(asked)?;
    let id = asked.id.unwrap_or_default();
    let stated = match asked.inputs.text("ending") {
        None => None,
        Some(code) => match Ending::from_code(code) {
            Some(ending) => Some(ending),
            None => return Err(Error::value("no such ending", "ending")),
        },
    };
    let why = asked.inputs.text("reason").unwrap_or_default();
    let ended = proxies::end(&desk, id, stated, why).await?;
    let mut parameters = vec![parameters::flag("ended", ended.is_some())];
    parameters.extend(ended.map(|it| parameters::code("ending", it.code())));
    Ok(parameters::answer(&parameters))
}

fn extent(asked: &Asked<'_>) -> Extent {
    Extent {
        level: asked.said("level").to_owned(),
        start: asked.said("start").to_owned(),
        end: asked.said("end").to_owned(),
        read_only: asked.inputs.flag("read-only").unwrap_or(false),
        without_sensitive: asked.inputs.flag("without-sensitive").unwrap_or(false),
    }
}

/// The papers that came along. Errors: 400 for one whose data cannot be read.
fn papers(asked: &Asked<'_>) -> Result<Vec<Paper>, Error> {
    let paper = |value: fhir::Element<'_>| {
        let data = value.text_at("data").unwrap_or_default();
        let bytes = STANDARD
            .decode(data.as_bytes())
            .ok()
            .filter(|bytes| !bytes.is_empty());
        let bytes = bytes
            .ok_or_else(|| Error::value("an Attachment with its data in base64", "document"))?;
        Ok(Paper {
            title: value.text_at("title").unwrap_or_default().into_owned(),
            bytes,
        })
    };
    asked.inputs.elements("document").map(paper).collect()
}

/// The desk where the address names the patient whose chart is open. Errors: 404 otherwise.
fn own_desk<'a>(asked: &'a Asked<'_>) -> Result<Desk<'a>, Error> {
    let desk = desk(asked)?;
    match &desk.part {
        Part::Patient(patient) if Some(patient.as_str()) == asked.id => Ok(desk),
        Part::Reviewer => Ok(desk),
        Part::Other => Err(proxies::Error::Refused("This is not an app's to do.").into()),
        _ => Err(Error::Absent),
    }
}

/// Where an invitation is answered.
fn answered_at(asked: &Asked<'_>) -> String {
    format!("{}/account/family/answer", asked.call.house.base_url)
}

/// `Patient/{id}/$proxy-invite`
pub(super) async fn invite(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = own_desk(asked)?;
    let wish = Wish {
        email: asked.said("email").to_owned(),
        given: asked.said("given").to_owned(),
        family: asked.said("family").to_owned(),
        role: asked.said("relationship").to_owned(),
        extent: extent(asked),
    };
    let invited = proxies::invite(&desk, &wish, &answered_at(asked)).await?;
    let related = format!("RelatedPerson/{}", invited.related_person);
    Ok(parameters::answer(&[
        parameters::task(&invited.task),
        parameters::to("related-person", related),
        parameters::at("expires", invited.expires),
    ]))
}

/// `$proxy-accept`
pub(super) async fn accept(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = desk(asked)?;
    let code = asked.said("code").to_owned();
    match asked.inputs.text("decision") {
        Some("accept") => {
            let reply = Reply {
                birth_date: asked.said("birth-date").to_owned(),
                attests: asked.inputs.flag("attest").unwrap_or(false),
            };
            let patient = proxies::accept(&desk, &code, &reply).await?;
            let reference = format!("Patient/{patient}");
            Ok(parameters::answer(&[parameters::to("patient", reference)]))
        }
        Some("decline") => {
            proxies::decline(&desk, &code).await?;
            Ok(parameters::answer(&[]))
        }
        _ => Err(Error::value("accept or decline", "decision")),
    }
}

/// `$proxy-request`
pub(super) async fn request(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = desk(asked)?;
    let petition = Petition {
        given: asked.said("given").to_owned(),
        family: asked.said("family").to_owned(),
        birth_date: asked.said("birth-date").to_owned(),
        postal_code: asked.said("postal-code").to_owned(),
        kind: asked.said("relationship").to_owned(),
        role: asked.said("role").to_owned(),
        extent: extent(asked),
        remark: asked.said("remark").to_owned(),
        attests: asked.inputs.flag("attest").unwrap_or(false),
        own_birth_date: asked.said("own-birth-date").to_owned(),
        papers: papers(asked)?,
    };
    let task = proxies::ask(&desk, &petition).await?;
    Ok(parameters::answer(&[parameters::task(&task)]))
}

/// Whether a role includes writing down who asks at the desk. Errors: 403.
pub(super) fn may_register(call: &Call) -> Result<(), Error> {
    match Desk::of(&call.house.storage, &call.access).part {
        Part::Reviewer => Ok(()),
        _ => call.may(Action::Create, ResourceType::RELATED_PERSON),
    }
}

/// `Patient/{id}/$proxy-register`
pub(super) async fn register(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    may_register(call)?;
    let desk = Desk::of(&call.house.storage, &call.access);
    let visitor = Visitor {
        given: asked.said("given").to_owned(),
        family: asked.said("family").to_owned(),
        birth_date: asked.said("birth-date").to_owned(),
        email: asked.said("email").to_owned(),
        kind: asked.said("relationship").to_owned(),
        role: asked.said("role").to_owned(),
        extent: extent(asked),
        identity_document: asked.said("identity-document").to_owned(),
        minor_parent: asked.inputs.flag("minor-parent").unwrap_or(false),
        remark: asked.said("remark").to_owned(),
        papers: papers(asked)?,
    };
    let task = proxies::register(&desk, asked.id.unwrap_or_default(), &visitor).await?;
    Ok(parameters::answer(&[parameters::task(&task)]))
}

/// `Patient/{id}/$proxy-preview`
pub(super) async fn preview(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    let (patient, now) = (asked.id.unwrap_or_default(), call.access.now());
    let grantees = call.house.storage.grantees(patient, now).await?;
    let own = match &call.access.standing().actor {
        Actor::Proxy { related_person, .. } => Some(related_person.clone()),
        _ => None,
    };
    let wanted = asked
        .inputs
        .text("related-person")
        .map(str::to_owned)
        .or(own);
    let wanted = wanted.ok_or_else(|| super::missing("related-person", "whose access it is"))?;
    let people = grantees.iter().filter(|it| it.kind == GranteeKind::Person);
    let found = people.into_iter().find(|it| it.id == wanted);
    if !workflows::view_as::may_view(&call.access, patient, found) {
        return Err(Error::Absent);
    }
    let found = found.ok_or(Error::Absent)?;
    workflows::view_as::record(&call.house.storage, &call.access, patient, found);
    let steps = proxies::steps(&found.standing, &call.house.pack, now, STEPS_MAX);
    let step = |(at, outlook): (jiff::Timestamp, Outlook)| {
        let mut parts = vec![
            parameters::at("from", at),
            parameters::flag("open", outlook.open()),
        ];
        parts.extend(outlook.why_not.map(|why| parameters::text("why-not", why)));
        for (name, all) in [("sees", outlook.sees), ("hidden", outlook.hidden)] {
            parts.extend(all.iter().map(|it| parameters::text(name, it)));
        }
        parameters::part("step", &parts)
    };
    Ok(parameters::answer(
        &steps.into_iter().map(step).collect::<Vec<_>>(),
    ))
}

/// `$proxy-requests`
pub(super) async fn requests(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Read, ResourceType::CONSENT)?;
    let desk = Desk::of(&asked.call.house.storage, &asked.call.access);
    let parameters: Vec<Value> = proxies::requests(&desk)
        .await?
        .iter()
        .map(|one| {
            parameters::part(
                "request",
                &[
                    parameters::text("task", &one.task),
                    parameters::text("name", &one.name),
                    parameters::code("state", one.state.code()),
                    json!({"name": "asked", "valueInstant": one.asked}),
                ],
            )
        })
        .collect();
    Ok(parameters::answer(&parameters))
}

/// `Task/{id}/$proxy-document`
pub(super) async fn add_document(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = desk(asked)?;
    let id = asked.id.unwrap_or_default();
    let papers = papers(asked)?;
    if papers.is_empty() {
        return Err(super::missing("document", "the paper to be added"));
    }
    for paper in papers {
        proxies::add_paper(&desk, id, &paper).await?;
    }
    Ok(parameters::answer(&[parameters::task(id)]))
}

/// `Task/{id}/$proxy-answer`
pub(super) async fn answer_task(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = desk(asked)?;
    let id = asked.id.unwrap_or_default();
    match asked.inputs.text("decision") {
        Some("accept") => proxies::agree(&desk, id, &extent(asked)).await?,
        Some("decline") => proxies::refuse(&desk, id).await?,
        _ => return Err(Error::value("accept or decline", "decision")),
    }
    Ok(parameters::answer(&[parameters::task(id)]))
}

/// `Task/{id}/$proxy-decide`
pub(super) async fn decide(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = desk(asked)?;
    let id = asked.id.unwrap_or_default();
    let verdict = asked.inputs.text("decision").and_then(Verdict::from_code);
    let reference = |name: &str| {
        let element = asked.inputs.element(name);
        element.and_then(|it| it.text_at("reference").map(|text| text.into_owned()))
    };
    let decision = Decision {
        verdict: verdict.ok_or_else(|| Error::value("approve, reject or ask", "decision"))?,
        patient: reference("patient"),
        extent: extent(asked),
        ground: asked.said("ground").to_owned(),
        attested_by: reference("attested-by"),
        reason: asked.said("reason").to_owned(),
        answered_at: answered_at(asked),
    };
    super::work::free(asked, id).await?;
    proxies::decide(&desk, id, &decision).await?;
    Ok(parameters::answer(&[parameters::task(id)]))
}

fn changed(changed: bool) -> Answer {
    parameters::answer(&[parameters::flag("changed", changed)])
}

/// `RelatedPerson/{id}/$proxy-change`
pub(super) async fn change(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = desk(asked)?;
    proxies::change(&desk, asked.id.unwrap_or_default(), &extent(asked)).await?;
    Ok(changed(true))
}

/// `RelatedPerson/{id}/$proxy-restrict`
pub(super) async fn restrict(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = desk(asked)?;
    let id = asked.id.unwrap_or_default();
    let lift = asked.inputs.flag("lift").unwrap_or(false);
    let (what, why) = (
        asked.said("restriction").to_owned(),
        asked.said("reason").to_owned(),
    );
    Ok(changed(
        proxies::restrict(&desk, id, &what, lift, &why).await?,
    ))
}

/// `Patient/{id}/$verify-emancipation`
pub(super) async fn verify_emancipation(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = own_desk(asked)?;
    let id = asked.id.unwrap_or_default();
    let task = proxies::ask_emancipation(&desk, id, &papers(asked)?).await?;
    Ok(parameters::answer(&[parameters::task(&task)]))
}

/// `Patient/{id}/$proxy-terminate`
pub(super) async fn terminate(asked: &Asked<'_>) -> Result<Answer, Error> {
    let desk = own_desk(asked)?;
    let ended = proxies::terminate(&desk).await?;
    Ok(parameters::answer(&[parameters::count("ended", ended)]))
}
