//! What people may change of what there is, and what work they may ask for.

use super::{Refusal, STATUS, consent, is_supplied, kinds, may_have_status};
use crate::{Access, messages};
use fhir::{Element, ResourceType};
use jiff::{SignedDuration, Timestamp};

/// How far ahead of the house's the clock of an app may be that says when somebody read a message.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
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
/// What calling off a visit changes of it.
const CALLING_OFF: &[&str] = &["status", "cancelationReason", "comment", "meta"];
/// Work that people ask for by a Task of their own. All other work comes of an operation, which checks what it
/// rests on.
const ASKED_FOR: &[&str] = &["appointment-request", "restriction-request"];

/// Whether a change leaves alone what is not for people to change.
pub(super) fn changed(
    access: &Access,
    resource_type: ResourceType,
    before: Element<'_>,
    after: Element<'_>,
) -> Result<(), Refusal> {
    match resource_type {
        ResourceType::PATIENT => so(
            same_but(before, after, OWN_PATIENT),
            Refusal::of(
                "",
                "of this only address, contacts, language and family status are one's own to change",
            ),
        ),
        ResourceType::COMMUNICATION => so(
            is_first_read(before, after, access.now()),
            Refusal::of(
                "",
                "what is sent stays as it was sent; that it was read is added once",
            ),
        ),
        ResourceType::CONSENT => {
            // Neither what the house keeps of itself (terms, connected apps) nor a change of kind.
            consent(access, before)?;
            consent(access, after)?;
            let rule = "a consent keeps its kind";
            so(
                kinds(before) == kinds(after),
                Refusal::of("Consent.category", rule),
            )
        }
        ResourceType::APPOINTMENT if !is_supplied(before) => {
            let rule =
                "of a visit that the practice made only that it is called off is for people to say";
            so(
                same_but(before, after, CALLING_OFF) && is_called_off(before, after),
                Refusal::of("", rule),
            )
        }
        _ => {
            let rule =
                "only what people wrote themselves is theirs to change, and stays marked as theirs";
            so(
                is_supplied(before) && is_supplied(after),
                Refusal::of("meta.tag", rule),
            )?;
            if resource_type == ResourceType::TASK {
                task(before)?;
                task(after)?;
                let rule = "somebody is at it, or was: it is not changed any more";
                let waits = may_have_status("Task", before);
                so(waits, Refusal::of("Task.status", rule))?;
            }
            so(keeps_status(resource_type, before, after), STATUS)
        }
    }
}

fn so(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    match holds {
        true => Ok(()),
        false => Err(refusal),
    }
}

/// Whether a visit is called off, or stands as it did.
fn is_called_off(before: Element<'_>, after: Element<'_>) -> bool {
    let status = after.text_at("status");
    status.as_deref() == Some("cancelled") || status == before.text_at("status")
}

/// Whether the status is as before, or one that people may give.
fn keeps_status(resource_type: ResourceType, before: Element<'_>, after: Element<'_>) -> bool {
    let status = |root: Element<'_>| root.text_at("status").map(std::borrow::Cow::into_owned);
    status(before) == status(after) || may_have_status(resource_type.name(), after)
}

/// Whether work is of a kind that people ask for so. Errors: for what an operation makes, or nobody knows.
pub(super) fn task(root: Element<'_>) -> Result<(), Refusal> {
    let codings = root.all("code.coding");
    let known = |coding: &Element<'_>| {
        let code = coding.text_at("code").unwrap_or_default();
        ASKED_FOR.contains(&&*code)
    };
    so(
        !codings.is_empty() && codings.iter().all(known),
        Refusal::of(
            "Task.code",
            "this work is asked for by an operation, not by a Task of one's own",
        ),
    )
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
