//! Who may act for whom, as the record says it: RelatedPerson, Person, Consent, Flag.

use crate::calendar::{Calendar, years_between};
use crate::chart::{Home, provenance};
use crate::household::{Family, Person, Tie};
use crate::words::{ROLE_CODE, THO, coded, named, tho, to, us_core};
use access::vocabulary::{BASE, CONSENT_KIND, FLAG, PROXY_LEVEL, PROXY_RELATIONSHIP, RESTRICTS};
use jiff::civil::Date;
use serde_json::{Value, json};

/// RelatedPerson id of a tie.
pub fn related_id(family: &Family, tie: &Tie) -> String {
    let id = |place: usize| family.people.get(place).map_or("", |it| it.id.as_str());
    let actor = id(tie.actor).rsplit('-').next().unwrap_or("").to_owned();
    format!("{}-by-{actor}", id(tie.patient))
}

/// Everything that says who may act for whom in a family.
pub fn resources(family: &Family, calendar: &Calendar) -> Vec<Value> {
    let home = &family.practice.home;
    let mut made = Vec::new();
    for tie in &family.ties {
        let (Some(actor), Some(patient)) =
            (family.people.get(tie.actor), family.people.get(tie.patient))
        else {
            continue;
        };
        let since = patient
            .registered
            .max(actor.registered)
            .max(patient.died.unwrap_or(patient.registered));
        let related = related_person(family, tie, actor, patient, since);
        let at = calendar.at(since, 10, 30);
        made.push(provenance(&related, home.organization, &at, home));
        if let Some(level) = tie.level {
            made.push(proxy_consent(family, tie, patient, level, &at, since));
        }
        if tie.restricted {
            made.push(court_order(family, tie, patient, since));
        }
        made.push(related);
    }
    for (place, person) in family.people.iter().enumerate() {
        let grown = years_between(person.birth, calendar.today()) >= 18.0;
        if grown && person.died.is_none() {
            made.push(account_person(family, place, person));
            let at = calendar.at(person.registered, 9, 20);
            let id = format!("terms-{}", person.id);
            made.push(consent(&id, person, ("terms", "Terms of use"), &at, home));
        }
    }
    made
}

fn related_person(
    family: &Family,
    tie: &Tie,
    actor: &Person,
    patient: &Person,
    since: Date,
) -> Value {
    json!({
        "resourceType": "RelatedPerson", "id": related_id(family, tie),
        "meta": {"profile": [us_core("us-core-relatedperson")]},
        "extension": [{"url": PROXY_RELATIONSHIP, "valueCode": tie.relationship}],
        "active": true, "patient": to(&format!("Patient/{}", patient.id)),
        "relationship": [coded(ROLE_CODE, tie.role.0, tie.role.1)],
        "name": [{"use": "official", "family": actor.family, "given": actor.given}],
        "telecom": [{"system": "phone", "value": actor.phone, "use": "mobile"}],
        "birthDate": actor.birth.to_string(),
        "address": [{"use": "home", "line": [family.street], "city": family.town.name,
            "state": "CT", "postalCode": family.town.postal_code, "country": "US"}],
        "period": {"start": since.to_string()}
    })
}

fn consent(id: &str, patient: &Person, kind: (&str, &str), at: &str, home: &Home) -> Value {
    let patient = format!("Patient/{}", patient.id);
    json!({
        "resourceType": "Consent", "id": id, "status": "active",
        "scope": tho("consentscope", "patient-privacy", "Privacy Consent"),
        "category": [coded(CONSENT_KIND, kind.0, kind.1)],
        "patient": to(&patient), "dateTime": at,
        "performer": [to(&patient)],
        "organization": [named(home.organization, home.name)],
        "policy": [{"uri": format!("{BASE}/terms/{}/2026-01", kind.0)}]
    })
}

fn proxy_consent(
    family: &Family,
    tie: &Tie,
    patient: &Person,
    level: &str,
    at: &str,
    since: Date,
) -> Value {
    let related = related_id(family, tie);
    let id = format!("proxy-{related}");
    let home = &family.practice.home;
    let mut made = consent(&id, patient, ("proxy", "Proxy access"), at, home);
    if let Some(map) = made.as_object_mut() {
        let level = json!([{"url": PROXY_LEVEL, "valueCode": level}]);
        map.insert("extension".into(), level);
        let role = coded(
            &format!("{THO}v3-ParticipationType"),
            "IRCP",
            "information recipient",
        );
        let provision = json!({"type": "permit", "period": {"start": since.to_string()},
            "actor": [{"role": role, "reference": to(&format!("RelatedPerson/{related}"))}]});
        map.insert("provision".into(), provision);
    }
    made
}

fn court_order(family: &Family, tie: &Tie, patient: &Person, since: Date) -> Value {
    let related = related_id(family, tie);
    json!({
        "resourceType": "Flag", "id": format!("court-order-{related}"), "status": "active",
        "extension": [{"url": RESTRICTS, "valueReference": to(&format!("RelatedPerson/{related}"))}],
        "category": [tho("flag-category", "admin", "Administrative")],
        "code": coded(FLAG, "court-order", "Court order"),
        "subject": to(&format!("Patient/{}", patient.id)),
        "period": {"start": since.to_string()},
        "author": to(family.practice.home.organization)
    })
}

/// The one human behind a chart and behind whoever they act as.
fn account_person(family: &Family, place: usize, person: &Person) -> Value {
    let mut links = vec![json!({"target": to(&format!("Patient/{}", person.id)),
        "assurance": "level3"})];
    for tie in family.ties.iter().filter(|tie| tie.actor == place) {
        if family.people.get(tie.patient).is_some() {
            let related = format!("RelatedPerson/{}", related_id(family, tie));
            links.push(json!({"target": to(&related), "assurance": "level3"}));
        }
    }
    let gender = if person.female { "female" } else { "male" };
    json!({
        "resourceType": "Person", "id": format!("person-{}", person.id),
        "name": [{"use": "official", "family": person.family, "given": person.given}],
        "gender": gender, "birthDate": person.birth.to_string(), "active": true,
        "managingOrganization": to(family.practice.home.organization), "link": links
    })
}
