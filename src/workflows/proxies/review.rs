//! Staff decide about requests to act for somebody: on papers, once, whoever of them is first.

use access::actor::RelationshipKind;
use fhir::ResourceType;
use serde_json::{Value, json};

use super::book::{Kept, has_code, text};
use super::grant::{Plan, Tell, establish};
use super::invite::clean;
use super::{
    Desk, Error, Extent, Part, Relation, TASK_CODE, answer, build, emancipation, extent, letters,
};

/// A note's length in characters.
const NOTE_MAX: usize = 1_000;

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Approve,
    Reject,
    /// More is needed of whoever asked.
    Ask,
}

impl Verdict {
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "approve" => Self::Approve,
            "reject" => Self::Reject,
            "ask" => Self::Ask,
            _ => return None,
        })
    }
}

/// A decision with what it stands on.
#[derive(Debug, Clone)]
pub struct Decision {
    pub verdict: Verdict,
    /// Whose proxy it is, where the request did not find them.
    pub patient: Option<String>,
    pub extent: Extent,
    /// What was seen: papers by name, identity at the desk, a consent signed on paper.
    pub ground: String,
    /// The Practitioner who attests diminished capacity.
    pub attested_by: Option<String>,
    /// Why, for the staff.
    pub reason: String,
    /// Where somebody without an account answers, without the secret.
    pub answered_at: String,
}

pub(crate) fn reviewer(desk: &Desk<'_>) -> Result<(), Error> {
    match desk.part {
        Part::Reviewer => Ok(()),
        _ => Err(Error::Refused("Staff who decide on consents do this.")),
    }
}

/// Decides about a request. Of two who decide at once the second is `Overtaken`.
///
/// # Errors
/// `Refused` for others, `Absent`, `Rule` for what the decision lacks.
pub async fn decide(desk: &Desk<'_>, task: &str, decision: &Decision) -> Result<(), Error> {
    reviewer(desk)?;
    let task = desk
        .book()
        .find(ResourceType::TASK, task)
        .await?
        .ok_or(Error::Absent)?;
    let emancipates = is_order(&task);
    if !has_code(&task.json, "/code", TASK_CODE, "proxy-request") && !emancipates {
        return Err(Error::Absent);
    }
    if !matches!(
        text(&task.json, "/status"),
        "requested" | "received" | "on-hold" | "in-progress"
    ) {
        return Err(Error::Overtaken);
    }
    match decision.verdict {
        Verdict::Approve if emancipates => emancipation::verify(desk, task, decision).await,
        Verdict::Approve => approve(desk, task, decision).await,
        Verdict::Reject => reject(desk, task, decision).await,
        Verdict::Ask => ask(desk, task, decision).await,
    }
}

/// Whether it is about a court's order that a minor handed in.
fn is_order(task: &Kept) -> bool {
    has_code(&task.json, "/code", TASK_CODE, "emancipation-verification")
}

/// The Task as a decision leaves it.
pub(crate) fn decided(desk: &Desk<'_>, task: &Kept, status: &str, decision: &Decision) -> Value {
    let mut done = task.json.clone();
    build::set_status(&mut done, status, None, desk.now);
    let mut output = Vec::new();
    for (code, value) in [("ground", &decision.ground), ("reason", &decision.reason)] {
        let value = clean(value, NOTE_MAX);
        if !value.is_empty() {
            output.push(json!({"type": {"text": code}, "valueString": value}));
        }
    }
    if let Some(practitioner) = &decision.attested_by {
        let reference = json!({"reference": practitioner});
        output.push(json!({"type": {"text": "attested-by"}, "valueReference": reference}));
    }
    if !output.is_empty() {
        done["output"] = json!(output);
    }
    if desk.agent.who.starts_with("Practitioner/") {
        done["owner"] = json!({"reference": desk.agent.who});
    }
    done
}

async fn approve(desk: &Desk<'_>, task: Kept, decision: &Decision) -> Result<(), Error> {
    let related = related_of(desk, &task, decision).await?;
    let patient = super::relation::id_of(text(&related.0, "/patient/reference"), "Patient");
    let patient = desk.book().find(ResourceType::PATIENT, patient).await?;
    let patient = patient.ok_or_else(|| Error::rule("patient", "whose proxy it is to be"))?;
    let kind = kind_of(&related.0);
    let extent = asked_or(decision, &task.json);
    check_ground(desk, kind, &patient, &task.json, decision, &extent)?;
    let person = answer::asker(desk, task.id()).await?;
    let related_id = text(&related.0, "/id").to_owned();
    // An adult's proxy stands on that adult's word; the others on what the practice has seen.
    let performer = (kind == RelationshipKind::Adult).then(|| format!("Patient/{}", patient.id()));
    let ids = (patient.id(), related_id.as_str());
    let mut consent = build::consent(desk, ids, &extent, performer.as_deref(), "active");
    if performer.is_none() {
        consent["verification"] = json!([{"verified": true,
            "verificationDate": fhir::datetime::instant(desk.now)}]);
    }
    let mut done = decided(desk, &task, "completed", decision);
    done["for"] = build::reference("Patient", patient.id());
    done["focus"] = build::reference("RelatedPerson", &related_id);
    if person.is_none() && build::input_of(&task.json, "in-person", "valueBoolean").is_some() {
        // Who asked at the desk answers with an account of their own: the grant waits for that.
        let found = super::at_desk::Found {
            task: &task,
            done,
            related,
            consent,
        };
        return super::at_desk::send_for(desk, found, &decision.answered_at).await;
    }
    let plan = Plan {
        related: (build::activated(&related.0, desk.now, &extent), related.1),
        consent: (consent, None),
        task: (done, task),
        person: person.map(|person| (build::linked(&person.json, &related_id), person)),
        again: false,
    };
    establish(desk, &plan, Tell::Both).await
}

/// The RelatedPerson of a request; made, where the request did not find its patient and staff did.
async fn related_of(
    desk: &Desk<'_>,
    task: &Kept,
    decision: &Decision,
) -> Result<(Value, Option<Kept>), Error> {
    let book = desk.book();
    let id = super::relation::id_of(text(&task.json, "/focus/reference"), "RelatedPerson");
    if !id.is_empty() {
        let kept = book
            .find(ResourceType::RELATED_PERSON, id)
            .await?
            .ok_or(Error::Absent)?;
        return Ok((kept.json.clone(), Some(kept)));
    }
    let patient = decision.patient.as_deref().unwrap_or_default();
    let patient = super::relation::id_of(patient, "Patient");
    if book.find(ResourceType::PATIENT, patient).await?.is_none() {
        return Err(Error::rule(
            "patient",
            "the request found nobody: say whose proxy it is to be",
        ));
    }
    let code = |name: &str| {
        let value = build::input_of(&task.json, name, "valueCode").and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let role =
        build::role(&code("proxy-relationship"), &code("proxy-role")).ok_or(Error::Absent)?;
    let person = answer::asker(desk, task.id()).await?;
    let name = person.and_then(|it| it.json.pointer("/name/0").cloned());
    let name = name.unwrap_or_else(|| json!({"text": text(&task.json, "/requester/display")}));
    let id = build::new_id();
    Ok((build::related_person(&id, patient, role, &name, ""), None))
}

fn kind_of(related: &Value) -> RelationshipKind {
    let code = super::relation::kind_code(related);
    RelationshipKind::from_code(code).unwrap_or_else(|| {
        match text(related, "/relationship/0/coding/0/code") {
            "MTH" | "FTH" | "PRN" => RelationshipKind::Parent,
            "GUARD" => RelationshipKind::Guardian,
            _ => RelationshipKind::Adult,
        }
    })
}

/// What staff give, or else what was asked for; never more than that where less was asked for.
fn asked_or(decision: &Decision, task: &Value) -> Extent {
    let asked = |name: &str, member: &str| {
        let value = build::input_of(task, name, member).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let mut extent = decision.extent.clone();
    if extent.level.is_empty() {
        extent.level = asked("proxy-level", "valueCode");
    }
    if extent.level == "parent" {
        extent.level = String::new();
    }
    if extent.end.is_empty() {
        extent.end = asked("proxy-end", "valueDate");
    }
    if extent.start.is_empty() {
        extent.start = asked("proxy-start", "valueDate");
    }
    let wanted = |name: &str| {
        build::input_of(task, name, "valueBoolean").and_then(Value::as_bool) == Some(true)
    };
    extent.read_only |= wanted("proxy-read-only");
    extent.without_sensitive |= wanted("proxy-plain");
    extent
}

/// What each kind of relationship must stand on.
fn check_ground(
    desk: &Desk<'_>,
    kind: RelationshipKind,
    patient: &Kept,
    task: &Value,
    decision: &Decision,
    extent: &Extent,
) -> Result<(), Error> {
    let parental = super::relation::is_parental(kind);
    let majority = desk.pack.parent_auto_remove_age;
    let born = text(&patient.json, "/birthDate");
    let of_age = extent::has_attained(&desk.pack, born, majority, desk.now);
    if parental && of_age == Some(true) {
        return Err(Error::rule(
            "relationship",
            "the patient is of age: a parent needs their consent",
        ));
    }
    if kind == RelationshipKind::Adult && of_age != Some(true) {
        return Err(Error::rule(
            "relationship",
            "the patient is not of age: only an adult lets another adult act for them",
        ));
    }
    let papers = build::input_of(task, "evidence", "valueReference").is_some();
    if decision.ground.trim().is_empty() && (kind == RelationshipKind::Adult || !papers) {
        return Err(Error::rule(
            "ground",
            "say what was seen: a paper, identity at the desk, a consent the patient signed",
        ));
    }
    if kind == RelationshipKind::DiminishedCapacity
        && !decision
            .attested_by
            .as_deref()
            .is_some_and(|it| it.starts_with("Practitioner/"))
    {
        return Err(Error::rule(
            "attested-by",
            "the clinician who attests diminished capacity",
        ));
    }
    let mut extent = extent.clone();
    if !parental && extent.level.is_empty() {
        return Err(Error::rule("level", "which level they are given"));
    }
    extent.start.clear();
    extent.check(&desk.pack, kind, desk.now)
}

async fn reject(desk: &Desk<'_>, task: Kept, decision: &Decision) -> Result<(), Error> {
    if decision.reason.trim().is_empty() {
        return Err(Error::rule("reason", "note why; it stays with the staff"));
    }
    let done = decided(desk, &task, "rejected", decision);
    if desk
        .book()
        .write(vec![task.update(&done)?])
        .await?
        .is_none()
    {
        return Err(Error::Overtaken);
    }
    super::end::step(desk, patient_of(&task), ("Task", task.id()), "rejected");
    let id = super::relation::id_of(text(&task.json, "/focus/reference"), "RelatedPerson");
    if let Some(relation) = Relation::find(desk, id).await? {
        super::end::withdraw(desk, &relation).await?;
    }
    if is_order(&task) {
        return letters::order_looked_at(desk, patient_of(&task), Verdict::Reject).await;
    }
    letters::refused(desk, task.id()).await
}

/// The id of the patient a Task is about; empty where it is about nobody known.
fn patient_of(task: &Kept) -> &str {
    super::relation::id_of(text(&task.json, "/for/reference"), "Patient")
}

async fn ask(desk: &Desk<'_>, task: Kept, decision: &Decision) -> Result<(), Error> {
    let mut done = decided(desk, &task, "on-hold", decision);
    let waiting = ("awaiting-evidence", "Waiting for evidence");
    build::set_status(&mut done, "on-hold", Some(waiting), desk.now);
    if desk
        .book()
        .write(vec![task.update(&done)?])
        .await?
        .is_none()
    {
        return Err(Error::Overtaken);
    }
    super::end::step(
        desk,
        patient_of(&task),
        ("Task", task.id()),
        "paper-asked-for",
    );
    if is_order(&task) {
        return letters::order_looked_at(desk, patient_of(&task), Verdict::Ask).await;
    }
    letters::more_wanted(desk, task.id()).await
}

/// One more paper for a request, by whoever asked.
///
/// # Errors
/// `Absent` for a request that is not theirs, `Overtaken` for one that is decided.
pub async fn add_paper(
    desk: &Desk<'_>,
    task: &str,
    paper: &super::request::Paper,
) -> Result<(), Error> {
    super::accounts::at_desk(desk).await?;
    let asker = desk.storage.proxies().asker(task).await?;
    if asker.is_none() || asker != desk.agent.account {
        return Err(Error::Absent);
    }
    let task = desk
        .book()
        .find(ResourceType::TASK, task)
        .await?
        .ok_or(Error::Absent)?;
    if !matches!(
        text(&task.json, "/status"),
        "requested" | "on-hold" | "in-progress"
    ) {
        return Err(Error::Overtaken);
    }
    super::request::check_paper(paper)?;
    let patient = super::relation::id_of(text(&task.json, "/for/reference"), "Patient");
    let patient = Some(patient).filter(|id| !id.is_empty());
    let (document, mut changes) = super::request::paper_resources(desk, paper, patient)?;
    let mut more = task.json.clone();
    let reference = build::reference("DocumentReference", &document);
    build::input(
        &mut more,
        "evidence",
        "Evidence",
        ("valueReference", reference),
    );
    let waiting = ("awaiting-him-review", "Waiting for review");
    build::set_status(&mut more, "requested", Some(waiting), desk.now);
    changes.push(task.update(&more)?);
    desk.book().write(changes).await?.ok_or(Error::Overtaken)?;
    super::end::step(desk, patient_of(&task), ("Task", task.id()), "paper-added");
    Ok(())
}
