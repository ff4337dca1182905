//! More, less or longer: the patient changes what somebody may do; staff write down what a court ordered.

use access::actor::RelationshipStatus;
use access::vocabulary::{FLAG, PROXY_LEVEL, RESTRICTS};
use fhir::ResourceType;
use fhir::datetime::instant;
use serde_json::{Value, json};
use storage::audit::Action;

use super::book::{create, has_code, text};
use super::review::reviewer;
use super::{Desk, Error, Extent, Part, Relation, build, end, letters};

/// Changes how much somebody may do for a patient, and how long. It holds from the next request on.
///
/// # Errors
/// `Absent` for what is not the caller's to know of, `Rule` for what cannot be given, `Overtaken`.
pub async fn change(desk: &Desk<'_>, related: &str, extent: &Extent) -> Result<(), Error> {
    let relation = Relation::find(desk, related).await?.ok_or(Error::Absent)?;
    match &desk.part {
        Part::Patient(patient) if patient == relation.patient_id() => {
            if relation.is_parental() {
                return Err(Error::Refused(
                    "What a parent sees follows from age, and the practice.",
                ));
            }
            super::invite::check_may_give(desk, &relation.patient).await?;
        }
        Part::Reviewer => {}
        _ => return Err(Error::Absent),
    }
    if relation.facts.status != RelationshipStatus::Active {
        return Err(Error::rule("id", "only what is in force can be changed"));
    }
    extent.check(&desk.pack, relation.facts.kind, desk.now)?;
    let consent = relation
        .consents
        .iter()
        .find(|it| text(&it.json, "/status") == "active");
    let mut changes = Vec::new();
    let mut related = relation.related.json.clone();
    let start = text(&related, "/period/start").to_owned();
    let start = if start.is_empty() {
        instant(desk.now)
    } else {
        start
    };
    match consent {
        Some(consent) => {
            let mut json = consent.json.clone();
            restate(&mut json, desk, relation.id(), extent, &start);
            changes.push(consent.update(&json)?);
        }
        None => {
            let ids = (relation.patient_id(), relation.id());
            changes.push(create(&build::consent(desk, ids, extent, None, "active"))?);
        }
    }
    related["period"] = json!({"start": start});
    if !extent.end.is_empty() {
        related["period"]["end"] = json!(extent.end);
    }
    changes.push(relation.related.update(&related)?);
    if desk.book().write(changes).await?.is_none() {
        return Err(Error::Overtaken);
    }
    end::note(desk, &relation, Action::ProxyChanged, "");
    letters::changed(desk, &relation).await
}

/// The Consent says what is given from now on, signed now.
fn restate(consent: &mut Value, desk: &Desk<'_>, related: &str, extent: &Extent, start: &str) {
    consent["dateTime"] = json!(instant(desk.now));
    consent["provision"] = extent.provision(&desk.pack, related, start);
    let others = consent
        .get("extension")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut extensions: Vec<Value> = others
        .into_iter()
        .filter(|it| text(it, "/url") != PROXY_LEVEL)
        .collect();
    if !extent.level.is_empty() {
        extensions.push(json!({"url": PROXY_LEVEL, "valueCode": extent.level}));
    }
    if let Some(members) = consent.as_object_mut() {
        match extensions.is_empty() {
            true => members.shift_remove("extension"),
            false => members.insert("extension".to_owned(), json!(extensions)),
        };
    }
}

/// What keeps somebody out who would be let in: `court-order` or `safety-block`.
const RESTRICTIONS: &[(&str, &str)] = &[
    ("court-order", "Court order"),
    ("safety-block", "Safety block"),
];

/// Writes down that a court, or the patient's safety, keeps this one person out, or that it does no longer. Others
/// are not touched by it. False when it is so already.
///
/// # Errors
/// `Refused` for others than reviewers, `Absent`, `Rule`.
pub async fn restrict(
    desk: &Desk<'_>,
    related: &str,
    what: &str,
    lift: bool,
    why: &str,
) -> Result<bool, Error> {
    reviewer(desk)?;
    let known = RESTRICTIONS.iter().find(|(code, _)| *code == what);
    let Some(&(code, display)) = known else {
        return Err(Error::rule("restriction", "court-order or safety-block"));
    };
    if why.trim().is_empty() {
        return Err(Error::rule(
            "reason",
            "note what it rests on; it stays inside",
        ));
    }
    let relation = Relation::find(desk, related).await?.ok_or(Error::Absent)?;
    let subject = format!("Patient/{}", relation.patient_id());
    let pairs = [("subject", subject.as_str())];
    let named = format!("RelatedPerson/{related}");
    let mut flags = desk.book().search(ResourceType::FLAG, &pairs).await?;
    flags.retain(|flag| {
        let restricts = flag.json.get("extension").and_then(Value::as_array);
        text(&flag.json, "/status") == "active"
            && has_code(&flag.json, "/code", FLAG, code)
            && restricts.into_iter().flatten().any(|it| {
                text(it, "/url") == RESTRICTS && text(it, "/valueReference/reference") == named
            })
    });
    let mut changes = Vec::new();
    if lift {
        for flag in &flags {
            let mut json = flag.json.clone();
            json["status"] = json!("inactive");
            json["period"]["end"] = json!(instant(desk.now));
            changes.push(flag.update(&json)?);
        }
    } else if flags.is_empty() {
        let mut flag = build::flag(desk, relation.patient_id(), (code, display));
        flag["extension"] = json!([{"url": RESTRICTS, "valueReference": {"reference": named}}]);
        changes.push(create(&flag)?);
    }
    if changes.is_empty() {
        return Ok(false);
    }
    desk.book().write(changes).await?.ok_or(Error::Overtaken)?;
    if !lift {
        end::end_apps(desk, &relation).await?;
    }
    let done = if lift { "lifted" } else { "set" };
    end::note(
        desk,
        &relation,
        Action::ProxyChanged,
        &format!("{code} {done}: {}", why.trim()),
    );
    Ok(true)
}
