//! What speaks against an appointment that is about to be made.

use crate::card::{Indicator, Source, listed};
use crate::family::{next_age, relatives};
use crate::record::written;
use crate::{Card, Record, Rule, Setting};
use access::offer::Outlook;
use access::time;
use fhir::Element;
use jiff::Timestamp;
use jiff::civil::Date;

/// Appointments of the clinicians asked for around the time, and the slots named: not prefetched, looked for with
/// the caller's token.
pub const CLINICIANS_KEY: &str = "clinicians";
pub const SLOTS_KEY: &str = "slots";

/// When an appointment is, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: Timestamp,
    end: Timestamp,
}

impl Span {
    fn of(appointment: Element<'_>, setting: &Setting) -> Option<Self> {
        let at = |name: &str| time::start_instant(&appointment.text_at(name)?, setting.zone());
        Some(Self {
            start: at("start")?,
            end: at("end")?,
        })
    }
    fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Practitioners an appointment is with: `Practitioner/…`.
pub fn clinicians(appointment: Element<'_>) -> Vec<String> {
    actors(appointment, "Practitioner/")
}

fn actors(appointment: Element<'_>, start: &str) -> Vec<String> {
    let all = appointment.all("participant.actor.reference");
    let found = all.into_iter().filter_map(Element::str);
    found
        .filter(|text| text.starts_with(start))
        .map(std::borrow::Cow::into_owned)
        .collect()
}

/// The day an appointment is on, at the practice.
pub fn day(appointment: Element<'_>, setting: &Setting) -> Option<Date> {
    setting.day(&appointment.text_at("start")?)
}

/// `June 19, 2026 at 10:00 AM`
fn when(at: Timestamp, setting: &Setting) -> String {
    let local = setting.zone().to_datetime(at);
    format!(
        "{} at {}",
        written(local.date()),
        local.strftime("%-I:%M %p")
    )
}

/// All cards for appointments about to be made.
pub fn cards(proposed: &[Element<'_>], record: &Record<'_>, setting: &Setting) -> Vec<Card> {
    if record.is_deceased() {
        let summary = format!("{} has died: do not book", record.name());
        let card = Card::new(
            Rule::Deceased,
            Indicator::Critical,
            Source::Practice,
            &summary,
        );
        return vec![card.with_detail("The record says that this patient is deceased.".to_owned())];
    }
    let mut cards = Vec::new();
    for appointment in proposed {
        let Some(span) = Span::of(*appointment, setting) else {
            continue;
        };
        cards.extend(double_booked(*appointment, span, record, setting));
        cards.extend(clinician_busy(*appointment, span, record, setting));
        cards.extend(slot_taken(*appointment, record));
        cards.extend(may_not_book(*appointment, record, setting));
        let Some(day) = day(*appointment, setting) else {
            continue;
        };
        cards.extend(no_coverage(day, record, setting));
        cards.extend(comes_of_age(day, record, setting));
    }
    cards.extend(open_balance(record));
    let mut kept: Vec<Card> = Vec::new();
    for card in cards {
        // Several appointments may say the same.
        if !kept.contains(&card) {
            kept.push(card);
        }
    }
    kept
}

/// Other appointments that hold at the time.
fn others<'e>(
    list: &'e [Element<'e>],
    this: Element<'e>,
    span: Span,
    setting: &'e Setting,
) -> impl Iterator<Item = (Element<'e>, Span)> {
    const OVER: &[&str] = &["cancelled", "noshow", "entered-in-error", "fulfilled"];
    list.iter()
        .copied()
        .filter(move |it| it.text_at("id").is_none() || it.text_at("id") != this.text_at("id"))
        .filter(|it| {
            !OVER
                .iter()
                .any(|status| it.text_at("status").as_deref() == Some(status))
        })
        .filter_map(|it| Some((it, Span::of(it, setting)?)))
        .filter(move |(_, other)| span.overlaps(*other))
}

fn double_booked(
    this: Element<'_>,
    span: Span,
    record: &Record<'_>,
    setting: &Setting,
) -> Option<Card> {
    let list = record.list("appointments")?;
    let (other, at) = others(list, this, span, setting).next()?;
    let what = other
        .text_at("description")
        .map_or("another appointment".to_owned(), |text| text.into_owned());
    let summary = format!("{} already has an appointment then: {what}", record.name());
    let card = Card::new(
        Rule::PatientDoubleBooked,
        Indicator::Warning,
        Source::Practice,
        &summary,
    );
    Some(card.with_detail(format!("{what}, {}", when(at.start, setting))))
}

fn clinician_busy(
    this: Element<'_>,
    span: Span,
    record: &Record<'_>,
    setting: &Setting,
) -> Option<Card> {
    let list = record.list(CLINICIANS_KEY)?;
    let asked = clinicians(this);
    // Whose appointment it is stays with whoever may see it.
    let (other, at) = others(list, this, span, setting)
        .find(|(other, _)| clinicians(*other).iter().any(|one| asked.contains(one)))?;
    let name = other
        .all("participant.actor")
        .into_iter()
        .find(|it| {
            it.text_at("reference")
                .is_some_and(|text| asked.iter().any(|one| **one == *text))
        })
        .and_then(|it| it.text_at("display"))
        .map_or("The clinician".to_owned(), |text| text.into_owned());
    let summary = format!("{name} is already booked {}", when(at.start, setting));
    let rule = Rule::ClinicianDoubleBooked;
    Some(Card::new(
        rule,
        Indicator::Warning,
        Source::Practice,
        &summary,
    ))
}

fn slot_taken(this: Element<'_>, record: &Record<'_>) -> Option<Card> {
    let named: Vec<_> = this
        .all("slot.reference")
        .into_iter()
        .filter_map(Element::str)
        .collect();
    let taken = record.list(SLOTS_KEY)?.iter().any(|slot| {
        let id = slot.text_at("id").unwrap_or_default();
        let asked = named
            .iter()
            .any(|text| text.rsplit('/').next() == Some(&*id));
        asked && slot.text_at("status").as_deref() != Some("free")
    });
    taken.then(|| {
        let summary = "The slot is not free any more";
        Card::new(
            Rule::SlotTaken,
            Indicator::Warning,
            Source::Practice,
            summary,
        )
    })
}

/// Relatives who come along to book or are booked with, without permission to make appointments.
fn may_not_book(this: Element<'_>, record: &Record<'_>, setting: &Setting) -> Vec<Card> {
    let mut asked = actors(this, "RelatedPerson/");
    if setting.user.starts_with("RelatedPerson/") {
        asked.push(setting.user.clone());
    }
    asked.dedup();
    let Some(known) = relatives(record, setting) else {
        return Vec::new();
    };
    let denied = asked.iter().filter_map(|reference| {
        let id = reference.rsplit('/').next().unwrap_or_default();
        let Some(person) = known.iter().find(|it| it.id == id) else {
            return Some("Somebody who is not on record as acting for the patient".to_owned());
        };
        let outlook = person.outlook.as_ref()?;
        (!outlook.may_book).then(|| format!("{} ({})", person.name, person.relationship))
    });
    denied
        .map(|who| {
            let summary = format!("{who} may not make appointments for {}", record.name());
            let detail = "Their access does not reach to scheduling. The patient, or Medical Records, can change that.";
            Card::new(Rule::MayNotBook, Indicator::Warning, Source::Policy, &summary)
                .with_detail(detail.to_owned())
        })
        .collect()
}

/// Whether a coverage holds on a day.
fn covers(coverage: Element<'_>, day: Date, setting: &Setting) -> bool {
    let edge = |name: &str| coverage.text_at(name).and_then(|text| setting.day(&text));
    coverage.text_at("status").as_deref() == Some("active")
        && edge("period.start").is_none_or(|start| start <= day)
        && edge("period.end").is_none_or(|end| day <= end)
}

fn no_coverage(day: Date, record: &Record<'_>, setting: &Setting) -> Option<Card> {
    let list = record.list("coverages")?;
    if list.iter().any(|it| covers(*it, day, setting)) {
        return None;
    }
    let payer = |it: &Element<'_>| {
        let name = it
            .text_at("payor.display")
            .or_else(|| it.text_at("class.name"))?;
        let end = it.text_at("period.end").and_then(|text| setting.day(&text));
        let end = end.map_or(String::new(), |end| {
            format!(", ended or ends {}", written(end))
        });
        Some(format!("- {name}{end}"))
    };
    let lines: Vec<String> = list.iter().filter_map(payer).collect();
    let summary = match list.is_empty() {
        true => "No insurance coverage on record".to_owned(),
        false => format!("No active coverage on {}", written(day)),
    };
    let card = Card::new(
        Rule::NoCoverage,
        Indicator::Warning,
        Source::Practice,
        &summary,
    );
    Some(card.with_detail(lines.join("\n")))
}

/// Cents of a decimal amount of money.
fn cents(digits: &str) -> Option<i64> {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<2}");
    let part: i64 = part.get(..2)?.parse().ok()?;
    let whole: i64 = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

fn open_balance(record: &Record<'_>) -> Option<Card> {
    let open = record.list("invoices")?.iter();
    let open: Vec<i64> = open
        .filter(|it| it.text_at("status").as_deref() == Some("issued"))
        .filter_map(|it| {
            it.first("totalNet.value")
                .or_else(|| it.first("totalGross.value"))
        })
        .filter_map(|value| cents(value.number()?))
        .filter(|cents| *cents > 0)
        .collect();
    let total = open.iter().copied().reduce(i64::saturating_add)?;
    let bills = if open.len() == 1 { "bill" } else { "bills" };
    let summary = format!(
        "Open balance: ${}.{:02} in {} {bills}",
        total / 100,
        total % 100,
        open.len()
    );
    Some(Card::new(
        Rule::OpenBalance,
        Indicator::Info,
        Source::Practice,
        &summary,
    ))
}

fn comes_of_age(day: Date, record: &Record<'_>, setting: &Setting) -> Option<Card> {
    let (age, birthday) = next_age(record, setting, day)?;
    let acting: Vec<String> = relatives(record, setting)
        .unwrap_or_default()
        .into_iter()
        .filter(|it| it.outlook.as_ref().is_some_and(Outlook::open))
        .map(|it| it.name)
        .collect();
    let summary = format!(
        "{} turns {age} on {}, before the visit",
        record.name(),
        written(birthday)
    );
    let detail = match acting.is_empty() {
        true => "Who may see and book changes that day.".to_owned(),
        false => format!(
            "What {} may see and book changes that day; say so when booking.",
            listed(&acting)
        ),
    };
    let rule = Rule::ComesOfAgeBefore;
    Some(Card::new(rule, Indicator::Info, Source::Policy, &summary).with_detail(detail))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scenes::{Scene, setting};
    use fhir::Document;

    const PROPOSED: &str = r#"{"resourceType":"Appointment","status":"proposed","start":"2026-06-20T14:00:00Z",
        "end":"2026-06-20T14:30:00Z","slot":[{"reference":"Slot/s1"}],
        "participant":[{"actor":{"reference":"Patient/p1"}},{"actor":{"reference":"Practitioner/dr"}}]}"#;

    fn found(scene: &Scene, proposed: &str) -> Vec<(Rule, String)> {
        let proposed = Document::parse(proposed).unwrap();
        scene.with(|record| {
            let made = cards(&[proposed.root()], record, &setting());
            made.into_iter()
                .map(|card| (card.rule, card.summary))
                .collect()
        })
    }

    fn rules(scene: &Scene, proposed: &str) -> Vec<Rule> {
        found(scene, proposed)
            .into_iter()
            .map(|(rule, _)| rule)
            .collect()
    }

    fn adult() -> Scene {
        Scene::of(r#""birthDate":"1980-01-01""#)
    }

    #[test]
    fn nobody_books_for_somebody_who_died() {
        let scene = Scene::of(r#""birthDate":"1940-01-01","deceasedDateTime":"2026-05-01""#);
        assert_eq!(rules(&scene, PROPOSED), [Rule::Deceased]);
    }

    #[test]
    fn only_times_that_overlap_are_double_bookings() {
        let mut scene = adult();
        let other = |start: &str, end: &str, status: &str| {
            format!(
                r#"{{"resourceType":"Appointment","id":"a1","status":"{status}","start":"2026-06-20T{start}:00Z",
                "end":"2026-06-20T{end}:00Z","description":"Eye exam"}}"#
            )
        };
        for (start, end, status, clash) in [
            ("13:30", "14:00", "booked", false),
            ("13:45", "14:15", "booked", true),
            ("14:30", "15:00", "booked", false),
            ("13:00", "16:00", "booked", true),
            ("14:00", "14:30", "cancelled", false),
        ] {
            scene.list("appointments", &[&other(start, end, status)]);
            assert_eq!(
                rules(&scene, PROPOSED) == [Rule::PatientDoubleBooked],
                clash,
                "{start}"
            );
        }
        // An appointment that is moved does not stand in its own way.
        let moved = PROPOSED.replace("\"status\"", "\"id\":\"a1\",\"status\"");
        scene.list("appointments", &[&other("13:45", "14:15", "booked")]);
        assert!(rules(&scene, &moved).is_empty());
    }

    #[test]
    fn a_clinicians_other_patient_is_not_named() {
        let mut scene = adult();
        let other = r#"{"resourceType":"Appointment","id":"x","status":"booked","start":"2026-06-20T14:00:00Z",
            "end":"2026-06-20T14:30:00Z","description":"Somebody's secret","participant":[
            {"actor":{"reference":"Patient/other","display":"Zoe Other"}},
            {"actor":{"reference":"Practitioner/dr","display":"Priya Patel, MD"}}]}"#;
        scene.list(CLINICIANS_KEY, &[other]);
        let [(rule, summary)] = found(&scene, PROPOSED).try_into().unwrap();
        assert_eq!(rule, Rule::ClinicianDoubleBooked);
        assert_eq!(
            summary,
            "Priya Patel, MD is already booked June 20, 2026 at 10:00 AM"
        );
        scene.list(
            CLINICIANS_KEY,
            &[&other.replace("Practitioner/dr", "Practitioner/else")],
        );
        assert!(rules(&scene, PROPOSED).is_empty());
    }

    #[test]
    fn a_slot_must_be_free() {
        let mut scene = adult();
        let slot = r#"{"resourceType":"Slot","id":"s1","status":"busy"}"#;
        scene.list(SLOTS_KEY, &[slot]);
        assert_eq!(rules(&scene, PROPOSED), [Rule::SlotTaken]);
        scene.list(SLOTS_KEY, &[&slot.replace("busy", "free")]);
        assert!(rules(&scene, PROPOSED).is_empty());
    }

    #[test]
    fn a_relative_needs_access_to_scheduling() {
        let mut scene = Scene::of(r#""birthDate":"2012-01-01""#);
        let mother = r#"{"resourceType":"RelatedPerson","id":"r1","active":true,
            "name":[{"given":["Ana"],"family":"Doe"}],
            "relationship":[{"coding":[{"code":"MTH","display":"mother"}]}]}"#;
        let with = PROPOSED.replace("Practitioner/dr", "RelatedPerson/r1");
        assert!(rules(&scene, &with).is_empty());
        scene.list("relatives", &[mother]);
        scene.list("flags", &[]);
        let [(rule, summary)] = found(&scene, &with).try_into().unwrap();
        assert_eq!(rule, Rule::MayNotBook);
        assert_eq!(
            summary,
            "Ana Doe (mother) may not make appointments for Mia Doe"
        );
        let mut younger = Scene::of(r#""birthDate":"2018-01-01""#);
        younger.list("relatives", &[mother]);
        younger.list("flags", &[]);
        assert!(rules(&younger, &with).is_empty());
        let stranger = with.replace("RelatedPerson/r1", "RelatedPerson/r9");
        assert_eq!(rules(&younger, &stranger), [Rule::MayNotBook]);
    }

    #[test]
    fn coverage_must_hold_on_the_day() {
        let mut scene = adult();
        scene.list("coverages", &[]);
        assert_eq!(rules(&scene, PROPOSED), [Rule::NoCoverage]);
        let until = |end: &str| {
            format!(
                r#"{{"resourceType":"Coverage","status":"active","period":{{"start":"2025-01-01","end":"{end}"}},
                "payor":[{{"display":"Nutmeg"}}]}}"#
            )
        };
        scene.list("coverages", &[&until("2026-06-20")]);
        assert!(rules(&scene, PROPOSED).is_empty());
        scene.list("coverages", &[&until("2026-06-19")]);
        assert_eq!(
            found(&scene, PROPOSED)[0].1,
            "No active coverage on June 20, 2026"
        );
    }

    #[test]
    fn open_bills_are_added_up_in_cents() {
        let mut scene = adult();
        let bill = |value: &str, status: &str| {
            format!(
                r#"{{"resourceType":"Invoice","status":"{status}","totalNet":{{"value":{value},"currency":"USD"}}}}"#
            )
        };
        scene.list(
            "invoices",
            &[
                &bill("45.3", "issued"),
                &bill("10", "issued"),
                &bill("99.99", "balanced"),
            ],
        );
        assert_eq!(
            found(&scene, PROPOSED)[0].1,
            "Open balance: $55.30 in 2 bills"
        );
        scene.list("invoices", &[]);
        assert!(rules(&scene, PROPOSED).is_empty());
        assert_eq!(cents("12.345"), Some(1234));
        assert_eq!(cents("x"), None);
    }

    #[test]
    fn a_birthday_before_the_visit_is_told() {
        let scene = Scene::of(r#""birthDate":"2008-06-18""#);
        assert_eq!(rules(&scene, PROPOSED), [Rule::ComesOfAgeBefore]);
        let later = Scene::of(r#""birthDate":"2008-06-21""#);
        assert!(rules(&later, PROPOSED).is_empty());
    }
}
