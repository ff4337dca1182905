//! Emancipated minors: the order is verified by staff; then ending what parents have is the minor's option.

use access::pack::Emancipation;
use fhir::ResourceType;
use serde_json::Value;

use super::book::{Kept, create, text};
use super::request::Paper;
use super::review::{Decision, Verdict, decided};
use super::{Desk, Ending, Error, Part, Relation, build, end, letters};

const OPTION: (&str, &str) = ("proxy-termination", "Option to end proxy access");

/// Asks for an order of emancipation to be verified: by the minor, or by staff for them.
///
/// # Errors
/// `Absent` for others, `Rule` without the order.
pub async fn ask(desk: &Desk<'_>, patient: &str, papers: &[Paper]) -> Result<String, Error> {
    match &desk.part {
        Part::Patient(own) if own == patient => {}
        Part::Reviewer => {}
        _ => return Err(Error::Absent),
    }
    let book = desk.book();
    let found = book
        .find(ResourceType::PATIENT, patient)
        .await?
        .ok_or(Error::Absent)?;
    if super::may_give(desk, found.id()).await? {
        return Err(Error::rule(
            "document",
            "they decide for themself already, as adults do",
        ));
    }
    let open = open_orders(desk, found.id()).await?;
    if open.iter().any(is_looked_at) {
        return Err(Error::rule(
            "document",
            "an order of yours is being looked at already",
        ));
    }
    if papers.is_empty() && desk.part != Part::Reviewer {
        return Err(Error::rule(
            "document",
            "the court's order, as a PDF or a picture",
        ));
    }
    let waiting = ("awaiting-him-review", "Waiting for review");
    let code = ("emancipation-verification", "Verification of emancipation");
    // Where more was asked for, this is the answer to it.
    let before = open.into_iter().next();
    let mut task = match &before {
        Some(before) => before.json.clone(),
        None => build::task(desk, code, waiting, Some(found.id())),
    };
    build::set_status(&mut task, "requested", Some(waiting), desk.now);
    let mut changes = Vec::new();
    for paper in papers {
        super::request::check_paper(paper)?;
        let (document, made) = super::request::paper_resources(desk, paper, Some(found.id()))?;
        let reference = build::reference("DocumentReference", &document);
        build::input(
            &mut task,
            "evidence",
            "Court order",
            ("valueReference", reference),
        );
        changes.extend(made);
    }
    changes.push(match &before {
        Some(before) => before.update(&task)?,
        None => create(&task)?,
    });
    book.write(changes).await?.ok_or(Error::Overtaken)?;
    let task = text(&task, "/id").to_owned();
    end::step(desk, found.id(), ("Task", &task), "emancipation-asked");
    Ok(task)
}

/// Whether it is for the staff to go on with.
fn is_looked_at(task: &Kept) -> bool {
    text(&task.json, "/status") != "on-hold"
}

/// Orders of the patient's that are not decided.
async fn open_orders(desk: &Desk<'_>, patient: &str) -> Result<Vec<Kept>, Error> {
    let pairs = [
        ("patient", patient),
        ("code", "emancipation-verification"),
        ("status", "requested,received,in-progress,on-hold"),
    ];
    desk.book().search(ResourceType::TASK, &pairs).await
}

/// Whether an order of the patient's is being looked at, and nothing more of it is asked for.
///
/// # Errors
/// When the database cannot be asked.
pub async fn is_waiting(desk: &Desk<'_>, patient: &str) -> Result<bool, Error> {
    Ok(open_orders(desk, patient).await?.iter().any(is_looked_at))
}

/// Staff have verified the order: the minor is emancipated, and has the option.
pub(crate) async fn verify(desk: &Desk<'_>, task: Kept, decision: &Decision) -> Result<(), Error> {
    let papers = build::input_of(&task.json, "evidence", "valueReference").is_some();
    if !papers && decision.ground.trim().is_empty() {
        return Err(Error::rule("ground", "say which order was seen, and where"));
    }
    let patient = super::relation::id_of(text(&task.json, "/for/reference"), "Patient").to_owned();
    let flag = build::flag(
        desk,
        &patient,
        ("emancipated", "Emancipated minor, order verified"),
    );
    let mut option = build::task(
        desk,
        OPTION,
        ("option", "Open to the patient"),
        Some(&patient),
    );
    option["status"] = "draft".into();
    option["intent"] = "option".into();
    option["owner"] = build::reference("Patient", &patient);
    let done = decided(desk, &task, "completed", decision);
    let changes = vec![task.update(&done)?, create(&flag)?, create(&option)?];
    desk.book().write(changes).await?.ok_or(Error::Overtaken)?;
    end::step(desk, &patient, ("Task", task.id()), "emancipation-verified");
    if desk.pack.emancipation == Emancipation::Terminates {
        terminate_all(desk, &patient).await?;
    }
    letters::order_looked_at(desk, &patient, Verdict::Approve).await
}

/// The emancipated minor at the desk ends what parents have. Gives how many that were.
///
/// # Errors
/// `Refused` for who is not, or not verifiably, emancipated.
pub async fn terminate(desk: &Desk<'_>) -> Result<usize, Error> {
    let Part::Patient(patient) = &desk.part else {
        return Err(Error::Absent);
    };
    let subject = format!("Patient/{patient}");
    let pairs = [("subject", subject.as_str())];
    let flags = desk.book().search(ResourceType::FLAG, &pairs).await?;
    let flagged = |code: &str| {
        flags
            .iter()
            .filter(|it| text(&it.json, "/status") == "active")
            .any(|it| super::book::has_code(&it.json, "/code", access::vocabulary::FLAG, code))
    };
    if !flagged("emancipated") {
        return Err(Error::Refused(
            "This is for emancipated minors whose order the practice has verified.",
        ));
    }
    let mut changes = Vec::new();
    if !flagged("proxies-terminated") {
        let code = (
            "proxies-terminated",
            "The emancipated minor ended what parents had",
        );
        changes.push(create(&build::flag(desk, patient, code))?);
    }
    let pairs = [
        ("patient", patient.as_str()),
        ("code", OPTION.0),
        ("status", "draft"),
    ];
    for task in desk.book().search(ResourceType::TASK, &pairs).await? {
        let mut done: Value = task.json.clone();
        build::set_status(&mut done, "completed", None, desk.now);
        changes.push(task.update(&done)?);
    }
    desk.book().write(changes).await?.ok_or(Error::Overtaken)?;
    terminate_all(desk, patient).await
}

async fn terminate_all(desk: &Desk<'_>, patient: &str) -> Result<usize, Error> {
    let mut ended = 0;
    for relation in Relation::of_patient(desk, patient).await? {
        if relation.is_parental()
            && end::close(desk, &relation, Ending::Terminated, desk.now, "").await?
        {
            ended += 1;
        }
    }
    Ok(ended)
}
