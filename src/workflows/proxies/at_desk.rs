//! Somebody stands at the desk and asks to act for a patient: staff write it down, and once it is granted they answer
//! with an account of their own.

use access::actor::RelationshipKind;
use access::vocabulary::MINOR_PARENT;
use fhir::ResourceType;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use smart::jwk::hash_of_secret;
use storage::proxies::Invitation;

use super::book::{Kept, create, text};
use super::invite::{NAME_MAX, clean, is_address};
use super::{Desk, Error, Extent, Paper, Part, build, extent, letters, request};

/// A remark's length in characters.
const REMARK_MAX: usize = 1_000;

/// Who is present, for what they ask, and what showed who they are.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    pub given: String,
    pub family: String,
    pub birth_date: String,
    pub email: String,
    /// Code of the kind of relationship, and v3-RoleCode.
    pub kind: String,
    pub role: String,
    pub extent: Extent,
    pub identity_document: String,
    /// A parent who is not of age themself.
    pub minor_parent: bool,
    pub remark: String,
    pub papers: Vec<Paper>,
}

/// Writes a request down for somebody present. Gives the Task's id.
///
/// # Errors
/// `Refused` for others than staff, `Absent` without such a patient, `Rule` with the input at fault.
pub async fn register(desk: &Desk<'_>, patient: &str, visitor: &Visitor) -> Result<String, Error> {
    let staff = desk.agent.who.starts_with("Practitioner/");
    if !(desk.part == Part::Reviewer || desk.part == Part::Other && staff) {
        return Err(Error::Refused("Staff do this, for somebody present."));
    }
    let book = desk.book();
    let found = book.find(ResourceType::PATIENT, patient).await?;
    let found = found.ok_or(Error::Absent)?;
    let (kind, role) = check(desk, visitor)?;
    let id = build::new_id();
    let name = json!({"family": clean(&visitor.family, NAME_MAX),
        "given": [clean(&visitor.given, NAME_MAX)]});
    let email = visitor.email.trim().to_lowercase();
    let mut related = build::related_person(&id, found.id(), role, &name, &email);
    related["birthDate"] = json!(visitor.birth_date);
    if let Some(extensions) = related["extension"]
        .as_array_mut()
        .filter(|_| visitor.minor_parent)
    {
        extensions.push(json!({"url": MINOR_PARENT, "valueBoolean": true}));
    }
    let waiting = ("awaiting-him-review", "Waiting for review");
    let code = ("proxy-request", "Proxy request");
    let mut task = build::task(desk, code, waiting, Some(found.id()));
    task["focus"] = build::reference("RelatedPerson", &id);
    task["requester"] = build::reference("RelatedPerson", &id);
    describe(&mut task, kind, role, visitor);
    let mut changes = vec![create(&related)?];
    for paper in &visitor.papers {
        let (document, made) = request::paper_resources(desk, paper, Some(found.id()))?;
        let reference = build::reference("DocumentReference", &document);
        build::input(
            &mut task,
            "evidence",
            "Evidence",
            ("valueReference", reference),
        );
        changes.extend(made);
    }
    changes.push(create(&task)?);
    book.write(changes).await?.ok_or(Error::Overtaken)?;
    let task = text(&task, "/id").to_owned();
    super::end::step(desk, found.id(), ("RelatedPerson", &id), "asked-at-desk");
    Ok(task)
}

fn check(desk: &Desk<'_>, visitor: &Visitor) -> Result<(RelationshipKind, build::Role), Error> {
    let named = |text: &str| !clean(text, NAME_MAX).is_empty();
    if !named(&visitor.given) || !named(&visitor.family) {
        return Err(Error::rule(
            "family",
            "the first and the last name of the one present",
        ));
    }
    let birth = access::time::BirthDate::parse(&visitor.birth_date);
    if birth.is_none_or(|birth| birth.earliest != birth.latest) {
        return Err(Error::rule("birth-date", "a day such as 1980-05-17"));
    }
    if !is_address(visitor.email.trim()) {
        return Err(Error::rule(
            "email",
            "an e-mail address such as name@example.org",
        ));
    }
    if !named(&visitor.identity_document) {
        return Err(Error::rule("identity-document", "what showed who they are"));
    }
    let kind = RelationshipKind::from_code(&visitor.kind);
    let role = build::role(&visitor.kind, &visitor.role);
    let (Some(kind), Some(role)) = (kind, role) else {
        return Err(Error::rule("relationship", "one of those there are"));
    };
    let age = desk.pack.proxy_min_age;
    let of_age = extent::has_attained(&desk.pack, &visitor.birth_date, age, desk.now);
    if visitor.minor_parent && kind != RelationshipKind::Parent {
        return Err(Error::rule(
            "minor-parent",
            "only of the parent of this child",
        ));
    }
    if of_age != Some(true) && !visitor.minor_parent {
        return Err(Error::rule(
            "birth-date",
            format!("only somebody of {age} or older can act for somebody else"),
        ));
    }
    let mut extent = visitor.extent.clone();
    if kind == RelationshipKind::DiminishedCapacity && extent.end.is_empty() {
        extent.end = request::later_this_year(desk);
    }
    extent.check(&desk.pack, kind, desk.now)?;
    for paper in &visitor.papers {
        request::check_paper(paper)?;
    }
    Ok((kind, role))
}

/// What was asked for, in the Task's inputs.
fn describe(task: &mut Value, kind: RelationshipKind, role: build::Role, visitor: &Visitor) {
    build::input(
        task,
        "in-person",
        "Asked in person",
        ("valueBoolean", json!(true)),
    );
    let document = json!(clean(&visitor.identity_document, NAME_MAX));
    build::input(
        task,
        "identity-document",
        "Identity document",
        ("valueString", document),
    );
    build::input(
        task,
        "proxy-relationship",
        "Relationship",
        ("valueCode", json!(role.0)),
    );
    build::input(task, "proxy-role", "Role", ("valueCode", json!(role.1)));
    build::extent_asked(task, &visitor.extent, super::relation::is_parental(kind));
    if visitor.minor_parent {
        let minor = ("valueBoolean", json!(true));
        build::input(task, "minor-parent", "A parent not of age themself", minor);
    }
    let remark = clean(&visitor.remark, REMARK_MAX);
    if !remark.is_empty() {
        build::input(task, "remark", "Remark", ("valueString", json!(remark)));
    }
}

/// What a reviewer has approved of somebody who answers with an account later.
pub(super) struct Found<'a> {
    pub task: &'a Kept,
    /// The Task as the decision leaves it.
    pub done: Value,
    pub related: (Value, Option<Kept>),
    pub consent: Value,
}

/// Writes to whoever asked at the desk. Nothing is open to them before they answer, with an account of their own.
pub(super) async fn send_for(
    desk: &Desk<'_>,
    found: Found<'_>,
    address: &str,
) -> Result<(), Error> {
    let Found {
        task,
        mut done,
        related,
        mut consent,
    } = found;
    let email = text(&related.0, "/telecom/0/value").to_owned();
    if email.is_empty() {
        return Err(Error::rule(
            "email",
            "they have no e-mail address: write one to the RelatedPerson",
        ));
    }
    let waiting = ("awaiting-proxy-acceptance", "Waiting for the one who asked");
    build::set_status(&mut done, "accepted", Some(waiting), desk.now);
    consent["status"] = json!("proposed");
    let changes = vec![task.update(&done)?, create(&consent)?];
    desk.book().write(changes).await?.ok_or(Error::Overtaken)?;
    let days = i64::from(desk.pack.proxy.invitation_days);
    let expires = desk.now.checked_add(SignedDuration::from_hours(24 * days));
    let patient = super::relation::id_of(text(&related.0, "/patient/reference"), "Patient");
    let invitation = Invitation {
        task: task.id().to_owned(),
        patient: patient.to_owned(),
        related_person: text(&related.0, "/id").to_owned(),
        expires: expires.unwrap_or(Timestamp::MAX),
    };
    let secret = storage::random_secret()?;
    let hash = hash_of_secret(&secret);
    let kept = desk.storage.proxies();
    kept.invite(&hash, &invitation, desk.now).await?;
    let entrances = kept.entrances();
    entrances
        .add(&hash, &email, invitation.expires, desk.now)
        .await?;
    super::end::step(
        desk,
        patient,
        ("RelatedPerson", &invitation.related_person),
        "approved-at-desk",
    );
    letters::sent_for(desk, &email, &format!("{address}?code={secret}"), days).await
}
