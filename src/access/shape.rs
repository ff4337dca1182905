//! Gate G10: what a patient or a proxy may write, and what is forced on it.

use crate::labels::CONFIDENTIALITY;
use crate::standing::Agent;
use crate::vocabulary::{CONSENT_KIND, INTERNAL};
use crate::{Access, Actor, Denial, Reason, messages};
use fhir::json::{Edits, quote};
use fhir::{Document, Element, ResourceType};
use jiff::{SignedDuration, Timestamp};

/// Tag of what patients wrote themselves (US Core).
const PATIENT_SUPPLIED: &str = r#"{"system":"http://hl7.org/fhir/us/core/CodeSystem/us-core-tags","code":"patient-supplied","display":"Patient Supplied"}"#;
/// How far ahead of the house's the clock of an app may be that says when somebody read a message.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
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

/// What a person may correct in their own Patient; name, birth date and sex go through the
/// practice.
const OWN_PATIENT: &[&str] = &[
    "address",
    "communication",
    "contact",
    "maritalStatus",
    "telecom",
    "text",
    "meta",
];

/// Statuses a person may give what they create, where any other would claim more than they can.
fn statuses(type_name: &str) -> Option<&'static [&'static str]> {
    Some(match type_name {
        "Appointment" => &["proposed", "pending", "booked", "waitlist", "cancelled"],
        "Communication" => &["preparation", "completed", "in-progress"],
        "Coverage" => &["draft"],
        "Goal" => &["proposed"],
        "MedicationRequest" => &["draft"],
        "Task" => &["draft", "requested"],
        _ => return None,
    })
}

/// A write its author may not make: `DENY_ACTION` (403).
pub fn refused() -> Denial {
    Denial::new(Reason("DENY_ACTION"), 403)
}

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
/// `DENY_ACTION` (403) where the write sets what its author may not.
pub fn shape(
    access: &Access,
    resource_type: ResourceType,
    before: Option<&Document>,
    after: &Document,
) -> Result<Option<String>, Denial> {
    if !applies(access) {
        return Ok(None);
    }
    let standing = access.standing();
    let Some(patient) = standing.patient.as_ref() else {
        return Err(refused());
    };
    let name = resource_type.name();
    let (_, subject) = WRITABLE
        .iter()
        .find(|(writable, _)| *writable == name)
        .ok_or_else(refused)?;
    let root = after.root();
    if !keeps_marks(before.map(Document::root), root) || has_contained_marks(root) {
        return Err(refused());
    }
    match before {
        Some(before) if resource_type == ResourceType::PATIENT => {
            return if same_but(before.root(), root, OWN_PATIENT) {
                Ok(None)
            } else {
                Err(refused())
            };
        }
        Some(before) if resource_type == ResourceType::COMMUNICATION => {
            return if is_first_read(before.root(), root, access.now()) {
                Ok(None)
            } else {
                Err(refused())
            };
        }
        Some(before) if resource_type == ResourceType::CONSENT => {
            // Neither what the house keeps of itself (terms, connected apps) nor a change of kind.
            consent(access, before.root())?;
            consent(access, root)?;
            return if kinds(before.root()) == kinds(root) {
                Ok(None)
            } else {
                Err(refused())
            };
        }
        Some(before) => {
            let status =
                |root: Element<'_>| root.text_at("status").map(std::borrow::Cow::into_owned);
            let moved = status(before.root()) != status(root);
            return if moved && !may_have_status(name, root) {
                Err(refused())
            } else {
                Ok(None)
            };
        }
        None => {}
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
) -> Result<(), Denial> {
    let name = resource_type.name();
    if matches!(name, "Patient" | "Invoice") {
        return Err(refused());
    }
    if !may_have_status(name, root) {
        return Err(refused());
    }
    // Patients do not set the urgency of their own messages nor say that one was read, nor order their own drugs.
    let says = |member: &str| root.get(member).is_some();
    let urgent = name == "Communication" && (says("priority") || says("received"));
    let orders =
        name == "MedicationRequest" && root.text_at("intent").as_deref() != Some("proposal");
    if urgent || orders {
        return Err(refused());
    }
    if resource_type == ResourceType::CONSENT {
        return consent(access, root);
    }
    Ok(())
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
fn consent(access: &Access, root: Element<'_>) -> Result<(), Denial> {
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
        Err(refused())
    }
}

/// Whether nothing but that a message of the practice was read is new: what is sent stays as it was sent.
fn is_first_read(before: Element<'_>, after: Element<'_>, now: Timestamp) -> bool {
    let instant = |root: Element<'_>, member: &str| -> Option<Timestamp> {
        root.text_at(member)?.parse().ok()
    };
    let by_person = messages::is_from_person(before);
    let Some(read) = instant(after, "received") else {
        return false;
    };
    let latest = now.checked_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX);
    messages::is_sent(before)
        && !by_person
        && before.get("received").is_none()
        && instant(before, "sent").is_none_or(|sent| sent <= read)
        && read <= latest
        && same_but(before, after, &["received", "meta"])
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

/// Whether two versions are the same but for the members named (and their `_` siblings).
fn same_but(before: Element<'_>, after: Element<'_>, free: &[&str]) -> bool {
    let fixed = |root: Element<'_>| {
        let mut members: Vec<(String, String)> = root
            .members()
            .filter(|(name, _)| !free.contains(&name.trim_start_matches('_')))
            .map(|(name, value)| (name.into_owned(), compact(value.raw())))
            .collect();
        members.sort();
        members
    };
    fixed(before) == fixed(after)
}

/// JSON text without the white space between tokens.
fn compact(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in raw.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = character == '\\' && !escaped;
            text.push(character);
        } else if !character.is_ascii_whitespace() {
            in_string = character == '"';
            text.push(character);
        }
    }
    text
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
) -> Result<(), Denial> {
    let wanted = format!("Patient/{patient}");
    match root.get(path) {
        None => {
            let member = format!("{}:{{\"reference\":{}}}", quote(path), quote(&wanted));
            // Behind `resourceType`, which is a member every resource has.
            let Some(name) = root.get("resourceType") else {
                return Err(refused());
            };
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
                Err(refused())
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

fn force_tag(root: Element<'_>, edits: &mut Edits) {
    let tagged = root.all("meta.tag").into_iter().any(|tag| {
        tag.text_at("system").as_deref() == Some(TAGS)
            && tag.text_at("code").as_deref() == Some("patient-supplied")
    });
    if tagged {
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
