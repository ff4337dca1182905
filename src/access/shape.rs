//! Gate G10: what a patient or a proxy may write, and what is forced on it.

mod change;

use crate::labels::CONFIDENTIALITY;
use crate::standing::Agent;
use crate::vocabulary::{CONSENT_KIND, INTERNAL};
use crate::{Access, Actor, Denial, Reason};
use fhir::json::{Edits, quote};
use fhir::{Document, Element, ResourceType};
use jiff::Timestamp;

/// Tag of what patients wrote themselves (US Core).
const PATIENT_SUPPLIED: &str = r#"{"system":"http://hl7.org/fhir/us/core/CodeSystem/us-core-tags","code":"patient-supplied","display":"Patient Supplied"}"#;
const TAGS: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-tags";

/// Types a person may write through the API, with the element that names the patient.
const WRITABLE: &[(&str, &str)] = &[
    ("Appointment", ""),
    ("AppointmentResponse", "actor"),
    ("Binary", "securityContext"),
    ("Communication", "subject"),
    ("Consent", "patient"),
    ("Coverage", "beneficiary"),
    ("DocumentReference", "subject"),
    ("Goal", "subject"),
    ("Immunization", "patient"),
    ("Invoice", "subject"),
    ("Media", "subject"),
    ("MedicationRequest", "subject"),
    ("MedicationStatement", "subject"),
    ("AllergyIntolerance", "patient"),
    ("Observation", "subject"),
    ("Patient", ""),
    ("QuestionnaireResponse", "subject"),
    ("Task", "for"),
];

/// Statuses a person may give what they create, where any other would claim more than they can.
fn statuses(type_name: &str) -> Option<&'static [&'static str]> {
    Some(match type_name {
        // The practice books it.
        "Appointment" => &["proposed", "pending", "waitlist", "cancelled"],
        "Communication" => &["preparation", "completed", "in-progress"],
        "Coverage" => &["draft"],
        "Goal" => &["proposed"],
        "MedicationRequest" => &["draft"],
        "Task" => &["draft", "requested"],
        _ => return None,
    })
}

/// What of a write its author may not make, and why: `DENY_ACTION` (403).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// An element such as `Task.code`; empty for the whole.
    pub element: &'static str,
    pub rule: &'static str,
}

impl Refusal {
    const fn of(element: &'static str, rule: &'static str) -> Self {
        Self { element, rule }
    }
    /// The same as a denial of the request.
    pub fn denial(self) -> Denial {
        Denial {
            message: self.rule.to_owned(),
            ..Denial::new(Self::REASON, 403)
        }
    }
    /// What the trail says of it.
    pub const REASON: Reason = Reason("DENY_ACTION");
    /// The caller sees a part of it only, or what must be put into it does not fit.
    pub const WHOLE: Self = Self::of("", "people may not write this as a whole");
}

const STATUS: Refusal = Refusal::of("status", "this status is not for people to give");

/// Whether the caller is a person in a patient's name, on whom shape is forced.
pub fn applies(access: &Access) -> bool {
    access.task().is_none()
        && matches!(
            access.standing().actor,
            Actor::SelfPatient { .. } | Actor::Proxy { .. }
        )
}

/// Shapes a create (`before` is `None`) or an update: `Ok(None)` leaves the text as it is,
/// `Ok(Some)` replaces it.
///
/// Staff and systems write what they are. For people: no type, status or field that is not theirs
/// to set, the
/// subject is the patient in context, labels and internal marks stay as they were, and the thing is
/// tagged as
/// patient-supplied.
///
/// # Errors
/// Where the write sets what its author may not.
pub fn shape(
    access: &Access,
    resource_type: ResourceType,
    before: Option<&Document>,
    after: &Document,
) -> Result<Option<String>, Refusal> {
    if !applies(access) {
        return Ok(None);
    }
    let standing = access.standing();
    let Some(patient) = standing.patient.as_ref() else {
        return Err(Refusal::WHOLE);
    };
    let name = resource_type.name();
    let (_, subject) = WRITABLE
        .iter()
        .find(|(writable, _)| *writable == name)
        .ok_or(Refusal::of("", "this is for the practice to write"))?;
    let root = after.root();
    if !keeps_marks(before.map(Document::root), root) || has_contained_marks(root) {
        let rule = "labels and marks of the house stay as they are";
        return Err(Refusal::of("meta.security", rule));
    }
    if let Some(before) = before {
        return change::changed(access, resource_type, before.root(), root).map(|()| None);
    }
    creatable(access, resource_type, root)?;
    let mut edits = Edits::default();
    if !subject.is_empty() {
        force_subject(root, subject, &patient.id, &mut edits)?;
    }
    if name == "Communication" {
        force_sender(root, &standing.agent, &mut edits);
        if root.text_at("status").as_deref() == Some("completed") {
            force_sent(root, access.now(), &mut edits);
        }
    }
    force_tag(root, &mut edits);
    if edits.is_empty() {
        return Ok(None);
    }
    Ok(Some(edits.apply(after.text())))
}

fn may_have_status(type_name: &str, root: Element<'_>) -> bool {
    let status = root.text_at("status").unwrap_or_default();
    statuses(type_name).is_none_or(|allowed| allowed.contains(&&*status))
}

/// What a create may not claim.
fn creatable(
    access: &Access,
    resource_type: ResourceType,
    root: Element<'_>,
) -> Result<(), Refusal> {
    let name = resource_type.name();
    if matches!(name, "Patient" | "Invoice") {
        return Err(Refusal::of("", "the practice makes these"));
    }
    if !may_have_status(name, root) {
        return Err(STATUS);
    }
    let says = |member: &str| root.get(member).is_some();
    match name {
        "Communication" if says("priority") => Err(Refusal::of(
            "Communication.priority",
            "how urgent a message is, is for staff to say",
        )),
        "Communication" if says("received") => Err(Refusal::of(
            "Communication.received",
            "that a message was read is said by whoever it is for",
        )),
        "MedicationRequest" if root.text_at("intent").as_deref() != Some("proposal") => {
            let rule = "people propose a medicine and do not order it";
            Err(Refusal::of("MedicationRequest.intent", rule))
        }
        "Task" => change::task(root),
        "Consent" => consent(access, root),
        _ => Ok(()),
    }
}

/// The kinds of consent a Consent is of, as the house knows them.
fn kinds(root: Element<'_>) -> Vec<String> {
    root.all("category.coding")
        .into_iter()
        .filter(|coding| coding.text_at("system").as_deref() == Some(CONSENT_KIND))
        .filter_map(|coding| coding.text_at("code").map(std::borrow::Cow::into_owned))
        .collect()
}

/// Whom a patient trusts is the patient's to say; a proxy may only refuse exchange, and so may an app of
/// somebody else's: it must not let in others, nor itself for longer.
fn consent(access: &Access, root: Element<'_>) -> Result<(), Refusal> {
    let own: &[&str] = &[
        "app-deny",
        "exchange",
        "org-deny",
        "part2-tpo",
        "person-deny",
        "minor-release",
        "proxy",
        "wait",
        "link",
    ];
    let of_others: &[&str] = &["exchange", "org-deny"];
    let standing = access.standing();
    let outside = standing.client.as_ref().is_some_and(|c| c.third_party);
    let allowed = match standing.actor {
        Actor::SelfPatient { .. } if !outside => own,
        _ => of_others,
    };
    if kinds(root)
        .iter()
        .all(|kind| allowed.contains(&kind.as_str()))
    {
        Ok(())
    } else {
        let rule = "a consent of this kind is not made here by whoever asks";
        Err(Refusal::of("Consent.category", rule))
    }
}

/// Security labels and internal extensions are as before: none on a create.
fn keeps_marks(before: Option<Element<'_>>, after: Element<'_>) -> bool {
    let security = |root: Element<'_>| -> Vec<String> {
        root.all("meta.security")
            .into_iter()
            .filter(|coding| {
                // "Normal" is what an unlabelled resource is.
                coding.text_at("system").as_deref() != Some(CONFIDENTIALITY)
                    || coding.text_at("code").as_deref() != Some("N")
            })
            .map(|coding| coding.raw().to_owned())
            .collect()
    };
    let marks = |root: Element<'_>| -> Vec<String> {
        root.all("extension")
            .into_iter()
            .filter(|extension| {
                extension.text_at("url").is_some_and(|url| {
                    INTERNAL.contains(&&*url) || url.starts_with(crate::vocabulary::BASE)
                })
            })
            .map(|extension| extension.raw().to_owned())
            .collect()
    };
    match before {
        Some(before) => security(before) == security(after) && marks(before) == marks(after),
        None => security(after).is_empty() && marks(after).is_empty(),
    }
}

fn has_contained_marks(root: Element<'_>) -> bool {
    root.all("contained")
        .into_iter()
        .any(|contained| !keeps_marks(None, contained))
}

/// Puts a member into an object, in front of its first one.
fn insert(object: Element<'_>, member: &str, edits: &mut Edits) {
    let span = object.span();
    let comma = if object.members().next().is_some() {
        ","
    } else {
        ""
    };
    edits.replace(span.start..span.start + 1, format!("{{{member}{comma}"));
}

/// The subject is the patient in context: put there if missing, refused if another.
fn force_subject(
    root: Element<'_>,
    path: &str,
    patient: &str,
    edits: &mut Edits,
) -> Result<(), Refusal> {
    let wanted = format!("Patient/{patient}");
    match root.get(path) {
        None => {
            let member = format!("{}:{{\"reference\":{}}}", quote(path), quote(&wanted));
            // Behind `resourceType`, which is a member every resource has.
            let name = root.get("resourceType").ok_or(Refusal::WHOLE)?;
            let end = name.span().end;
            edits.replace(end..end, format!(",{member}"));
            Ok(())
        }
        // Written in full it is the same; whose it is has been decided by then.
        Some(reference) => {
            let stated = reference.text_at("reference").unwrap_or_default();
            let tail = stated.strip_suffix(wanted.as_str());
            if tail.is_some_and(|head| head.is_empty() || head.ends_with('/')) {
                Ok(())
            } else {
                let rule = "it is about the patient whose record is open";
                Err(Refusal::of("subject", rule))
            }
        }
    }
}

/// Who sends a message is who is signed in.
fn force_sender(root: Element<'_>, agent: &Agent, edits: &mut Edits) {
    let sender = format!("{{\"reference\":{}}}", quote(&agent.who));
    match root.get("sender") {
        Some(stated) => edits.replace(stated.span(), sender),
        None => {
            // At the end: the front may already be edited.
            let end = root.span().end;
            edits.replace(end - 1..end, format!(",\"sender\":{sender}}}"));
        }
    }
}

/// A message is sent when the house has it, whatever the sender's clock says: by that people wait for an answer.
fn force_sent(root: Element<'_>, now: Timestamp, edits: &mut Edits) {
    let sent = quote(&fhir::datetime::instant(now));
    match (root.get("sent"), root.get("resourceType")) {
        (Some(stated), _) => edits.replace(stated.span(), sent),
        (None, Some(name)) => edits.insert(name.span().end, format!(",\"sent\":{sent}")),
        (None, None) => {}
    }
}

/// Whether people wrote it themselves.
fn is_supplied(root: Element<'_>) -> bool {
    root.all("meta.tag").into_iter().any(|tag| {
        tag.text_at("system").as_deref() == Some(TAGS)
            && tag.text_at("code").as_deref() == Some("patient-supplied")
    })
}

fn force_tag(root: Element<'_>, edits: &mut Edits) {
    if is_supplied(root) {
        return;
    }
    match root.get("meta") {
        None => insert(
            root,
            &format!("\"meta\":{{\"tag\":[{PATIENT_SUPPLIED}]}}"),
            edits,
        ),
        Some(meta) => match meta.get("tag") {
            None => insert(meta, &format!("\"tag\":[{PATIENT_SUPPLIED}]"), edits),
            Some(tags) => {
                let span = tags.span();
                let comma = if tags.items().next().is_some() {
                    ","
                } else {
                    ""
                };
                edits.replace(
                    span.start..span.start + 1,
                    format!("[{PATIENT_SUPPLIED}{comma}"),
                );
            }
        },
    }
}

#[cfg(test)]
mod tests;
