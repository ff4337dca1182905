//! Who acts for the patient: open requests, what the next birthday changes, who may book.

use crate::card::{Indicator, Source, listed};
use crate::record::{has_code, name_of, written};
use crate::{Card, Record, Rule, Setting};
use access::actor::{Account, RelationshipKind};
use access::offer::Outlook;
use access::standing::Agent;
use access::{Actor, Standing, time};
use fhir::Element;
use jiff::{Timestamp, ToSpan, civil::Date};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How far ahead a birthday is told of, in days, and from when on it is urgent.
const AHEAD_DAYS: i64 = 90;
const SOON_DAYS: i64 = 30;

/// One person acting, or no longer acting, for the patient.
pub(crate) struct Relative {
    /// RelatedPerson id.
    pub id: String,
    pub name: String,
    /// `mother`
    pub relationship: String,
    /// What they may do just now; `None` when the caller may not see what that rests on.
    pub outlook: Option<Outlook>,
}

/// Everybody on record as acting for the patient; `None` when that is unknown.
pub(crate) fn relatives(record: &Record<'_>, setting: &Setting) -> Option<Vec<Relative>> {
    let list = record.list("relatives")?;
    let consents = record.list("consents");
    let flags = record.list("flags");
    let zone = setting.zone().iana_name().unwrap_or("UTC");
    let told = list.iter().map(|person| {
        let found = access::standing::relationship(
            *person,
            consents.unwrap_or_default(),
            flags.unwrap_or_default(),
            zone,
        );
        // Adults stand on a Consent, and a Flag may bar anybody: who cannot see those cannot tell.
        let parental = matches!(
            found.kind,
            RelationshipKind::Parent | RelationshipKind::Guardian
        );
        let known = flags.is_some() && (parental || consents.is_some());
        let id = person.text_at("id").unwrap_or_default().into_owned();
        let standing = Arc::new(Standing {
            actor: Actor::Proxy {
                account: Account::Active,
                terms_accepted: true,
                adult: true,
                related_person: id.clone(),
            },
            client: None,
            patient: Some(record.facts()),
            relationship: Some(found),
            consents: Vec::new(),
            others: BTreeMap::new(),
            charts: Vec::new(),
            agent: Agent::default(),
        });
        Relative {
            id,
            name: name_of(*person),
            relationship: relationship_words(*person),
            outlook: known.then(|| Outlook::of(&standing, &setting.pack, setting.now)),
        }
    });
    Some(told.collect())
}

fn relationship_words(person: Element<'_>) -> String {
    let words = person
        .text_at("relationship.text")
        .or_else(|| person.text_at("relationship.coding.display"));
    words.map_or("relative".to_owned(), |words| words.to_lowercase())
}

/// A card for each request to act for the patient that waits.
pub(crate) fn requests(record: &Record<'_>, setting: &Setting) -> Vec<Card> {
    let relatives = record.list("relatives").unwrap_or_default();
    let tasks = record.list("requests").unwrap_or_default();
    let open = tasks
        .iter()
        .filter(|task| has_code(**task, "code", &["proxy-request"]));
    open.map(|task| {
        let by = task.text_at("requester.reference").unwrap_or_default();
        let by = by.rsplit('/').next().unwrap_or_default();
        let person = relatives
            .iter()
            .find(|it| it.get("id").is_some_and(|id| id.is(by)));
        let who = person.map_or("somebody".to_owned(), |it| {
            format!("{} ({})", name_of(*it), relationship_words(*it))
        });
        let waits = task
            .text_at("businessStatus.text")
            .or_else(|| task.text_at("businessStatus.coding.display"))
            .map_or("Waiting".to_owned(), |text| text.into_owned());
        let summary = format!("Proxy request open: {who}");
        let since = task
            .text_at("authoredOn")
            .and_then(|text| setting.day(&text))
            .map_or(String::new(), |day| {
                format!("\n\nAsked on {}.", written(day))
            });
        Card::new(
            Rule::ProxyRequest,
            Indicator::Info,
            Source::Policy,
            &summary,
        )
        .with_detail(format!("{waits}.{since}"))
    })
    .collect()
}

/// The ages at which the policy changes something, once each, rising.
fn ages(setting: &Setting) -> Vec<u8> {
    let pack = &setting.pack;
    let tiers = pack.parent_tiers.iter();
    let mut ages: Vec<u8> = tiers
        .flat_map(|tier| [tier.from, tier.to])
        .chain([pack.parent_auto_remove_age, pack.self_min_age()])
        .filter(|age| *age > 0)
        .collect();
    ages.sort_unstable();
    ages.dedup();
    ages
}

/// The first age of the policy attained after now and not after that day, with its day.
pub(crate) fn next_age(record: &Record<'_>, setting: &Setting, until: Date) -> Option<(u8, Date)> {
    let birth = record.birth()?;
    let today = setting.today();
    ages(setting)
        .into_iter()
        .filter_map(|age| Some((age, time::anniversary(birth, age, setting.pack.leap_day)?)))
        .find(|(_, day)| *day > today && *day <= until)
}

/// What somebody may do from an instant on, after `then`.
fn line(relative: &Relative, at: Timestamp, then: &Outlook, setting: &Setting) -> String {
    let day = written(setting.zone().to_datetime(at).date());
    let who = format!("{} ({})", relative.name, relative.relationship);
    if !then.open() {
        return format!("- {who}: no access from {day} on");
    }
    let sees: Vec<String> = then.sees.iter().map(|text| text.to_lowercase()).collect();
    format!("- {who}: from {day} on only {}", listed(&sees))
}

/// A card when a birthday within 90 days changes who sees what.
pub(crate) fn coming_of_age(record: &Record<'_>, setting: &Setting) -> Vec<Card> {
    let today = setting.today();
    let Some((age, day)) = next_age(record, setting, today.saturating_add(AHEAD_DAYS.days()))
    else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for relative in relatives(record, setting).unwrap_or_default() {
        let Some(outlook) = relative.outlook.as_ref().filter(|it| it.open()) else {
            continue;
        };
        let birthday = time::start_of_day(day, setting.zone());
        if let Some((at, then)) = outlook
            .next
            .as_ref()
            .filter(|(at, _)| Some(*at) == birthday)
        {
            lines.push(line(&relative, *at, then, setting));
        }
    }
    if age == setting.pack.self_min_age() {
        lines.push("- The patient may have an account of their own".to_owned());
    }
    let emancipated = record.facts().emancipated;
    if age == setting.pack.parent_auto_remove_age && !emancipated {
        lines.push(
            "- Parents act on only if the new adult agrees; ask for that consent in time"
                .to_owned(),
        );
    }
    if lines.is_empty() {
        return Vec::new();
    }
    let soon = today.saturating_add(SOON_DAYS.days()) >= day;
    let indicator = if soon {
        Indicator::Warning
    } else {
        Indicator::Info
    };
    let summary = format!(
        "{} turns {age} on {}: family access changes",
        record.name(),
        written(day)
    );
    vec![
        Card::new(Rule::ComingOfAge, indicator, Source::Policy, &summary)
            .with_detail(lines.join("\n")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenes::{Scene, setting};

    const MOTHER: &str = r#"{"resourceType":"RelatedPerson","id":"r1","active":true,
        "name":[{"given":["Ana"],"family":"Doe"}],"relationship":[{"coding":[{"code":"MTH","display":"mother"}]}]}"#;

    fn child(birth: &str) -> Scene {
        let mut scene = Scene::of(&format!(r#""birthDate":"{birth}""#));
        scene.list("relatives", &[MOTHER]);
        scene.list("flags", &[]);
        scene
    }

    fn cards(scene: &Scene) -> Vec<Card> {
        scene.with(|record| coming_of_age(record, &setting()))
    }

    #[test]
    fn a_thirteenth_birthday_is_told_of_90_days_ahead_with_its_consequence() {
        let soon = cards(&child("2013-06-19"));
        assert_eq!(
            soon[0].summary,
            "Mia Doe turns 13 on June 19, 2026: family access changes"
        );
        assert!(
            soon[0]
                .detail
                .contains("Ana Doe (mother): from June 19, 2026 on only name, address")
        );
        assert_eq!(soon[0].indicator, Indicator::Warning);
        assert_eq!(cards(&child("2013-09-10"))[0].indicator, Indicator::Info);
        assert!(cards(&child("2013-09-14")).is_empty());
        assert!(cards(&child("2013-06-15")).is_empty());
    }

    #[test]
    fn at_eighteen_parents_lose_access_and_the_patient_may_have_an_account() {
        let card = cards(&child("2008-07-01")).remove(0);
        assert!(
            card.detail
                .contains("Ana Doe (mother): no access from July 1, 2026 on")
        );
        assert!(
            card.detail.contains("account of their own"),
            "{}",
            card.detail
        );
    }

    #[test]
    fn who_may_not_see_flags_is_told_nothing_about_relatives() {
        let mut scene = Scene::of(r#""birthDate":"2013-06-19""#);
        scene.list("relatives", &[MOTHER]);
        assert!(cards(&scene).is_empty());
    }

    #[test]
    fn an_open_request_names_who_asks_and_what_it_waits_for() {
        let mut scene = child("1980-01-01");
        let task = r#"{"resourceType":"Task","code":{"coding":[{"code":"proxy-request"}]},
            "requester":{"reference":"RelatedPerson/r1"},"authoredOn":"2026-06-12T10:00:00-04:00",
            "businessStatus":{"coding":[{"display":"Waiting for evidence"}]}}"#;
        scene.list("requests", &[task, r#"{"resourceType":"Task"}"#]);
        let found = scene.with(|record| requests(record, &setting()));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].summary, "Proxy request open: Ana Doe (mother)");
        assert_eq!(
            found[0].detail,
            "Waiting for evidence.\n\nAsked on June 12, 2026."
        );
    }
}
