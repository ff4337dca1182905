//! The demo families, told: every resource of the demonstration, in the order it is written.

use crate::calendar::Calendar;
use crate::chart::{Chart, Sources};
use crate::member::Member;
use crate::messages::{Letter, Thread};
use crate::places::{POOL_BILLING, POOL_FAMILY_MEDICINE, POOL_PEDIATRICS};
use crate::scheduling::Booking;
use crate::story::{Story, stories};
use crate::words::{Code, snomed};
use crate::{
    billing, confidential, desk_work, directives, full_record, labs, messages, ongoing, people,
    places, scheduling, vaccines, visits,
};
use serde_json::{Value, json};

/// Days since last autumn's vaccine clinic (mid-October, seen from mid-June).
const CLINIC_DAYS_AGO: i64 = 244;

const CHECK_UP: Code = snomed("185349003", "Check-up");

/// Everything, directory first, then chart by chart, then who may act for whom.
///
/// # Errors
/// A story file that cannot be read.
pub fn resources(calendar: &Calendar) -> Result<Vec<Value>, serde_json::Error> {
    let stories = stories()?;
    let mut made = places::resources(calendar);
    made.extend(scheduling::resources(calendar));
    for story in &stories {
        made.extend(chart(calendar, story));
    }
    made.push(places::group(stories.iter().map(|story| story.member.id)));
    let members: Vec<&Member> = stories
        .iter()
        .map(|story| &story.member)
        .filter(|member| has_account(member.id))
        .collect();
    made.extend(people::resources(calendar, &members));
    made.extend(desk_work::resources(calendar));
    Ok(made)
}

/// Patients who sign in themselves.
pub fn has_account(patient: &str) -> bool {
    ["ana", "rosa", "helen", "paul", "jade"].contains(&patient)
}

fn chart(calendar: &Calendar, story: &Story) -> Vec<Value> {
    let whose = story.member.whose(calendar);
    let mut chart = Chart::open(calendar, &places::HOME, &whose, Sources::Each);
    let mut patient = story.member.patient(calendar);
    if story.member.id == "ana" {
        directives::remember(&mut patient, &calendar.day(5_800).to_string());
    }
    let registered = calendar.ago(900, 8, 0);
    chart.add(patient, places::ORGANIZATION, &registered);
    billing::account(&mut chart);
    let seen = visits::record(&mut chart, story);
    let clinic = visits::brief(&mut chart, "vaccine-clinic", CLINIC_DAYS_AGO, true);
    vaccines::record(&mut chart, &clinic, CLINIC_DAYS_AGO);
    let swab = visits::brief(&mut chart, "covid-test", story.covid_test.0, false);
    let sample = labs::NASAL_SWAB;
    labs::finding(
        &mut chart,
        &swab,
        "covid",
        labs::COVID_PCR,
        sample,
        story.covid_test.1,
    );
    let last = seen.last().unwrap_or(&clinic).clone();
    ongoing::record(&mut chart, story, &last);
    match story.member.id {
        "ana" => full_record::record(&mut chart, &last),
        "teo" => confidential::teo(&mut chart),
        "sofia" => confidential::sofia(&mut chart),
        "jade" => confidential::jade(&mut chart, &last),
        "helen" => held_result(&mut chart, &last),
        _ => {}
    }
    if story.member.died_days_ago.is_none() {
        appointments(&mut chart, story);
        correspondence(&mut chart);
    }
    bills(&mut chart);
    chart.close()
}

/// Helen asked to hear about her mole from her doctor first: held for two more days.
fn held_result(chart: &mut Chart<'_>, seen: &crate::seen::Seen) {
    let hold = json!({"url": access::vocabulary::RELEASE_HOLD, "extension": [
        {"url": "reason", "valueCode": "patient-preference"},
        {"url": "by", "valueReference": {"reference": "Patient/helen"}},
        {"url": "until", "valueDateTime": chart.calendar.ago(-2, 9, 0)}]});
    let report = json!({
        "resourceType": "DiagnosticReport", "id": chart.id("report-mole"),
        "extension": [hold],
        "status": "final",
        "category": [labs_category()],
        "code": crate::words::loinc("22634-0", "Pathology report gross observation").concept(),
        "subject": chart.subject(), "encounter": crate::words::to(&seen.encounter),
        "effectiveDateTime": seen.start, "issued": seen.reported,
        "performer": [crate::words::to(&seen.practitioner)],
        "conclusion": "Benign intradermal nevus, completely removed."
    });
    chart.add(report, &seen.practitioner, &seen.reported);
}

fn labs_category() -> Value {
    crate::words::loinc("LP7839-6", "Pathology").concept()
}

fn appointments(chart: &mut Chart<'_>, story: &Story) {
    let spread = ((crate::words::wobble(story.member.id) + 1.0) * 6.0) as i64;
    let next = Booking {
        slug: "next",
        in_days: 4 + spread,
        hour: 10,
        status: "booked",
        reason: CHECK_UP,
    };
    scheduling::appointment(chart, &next);
    if let Some(visit) = story.visits.iter().min_by_key(|visit| visit.days_ago) {
        let past = Booking {
            slug: "last",
            in_days: -visit.days_ago,
            hour: 10,
            status: "fulfilled",
            reason: visit.reason,
        };
        scheduling::appointment(chart, &past);
    }
    if story.member.id == "ana" {
        for (slug, in_days, hour, status, reason) in [
            (
                "eye",
                9,
                14,
                "booked",
                snomed("36228007", "Ophthalmic examination and evaluation"),
            ),
            (
                "mammogram",
                16,
                9,
                "booked",
                snomed("71651007", "Mammography"),
            ),
            ("missed", -150, 9, "cancelled", CHECK_UP),
        ] {
            scheduling::appointment(
                chart,
                &Booking {
                    slug,
                    in_days,
                    hour,
                    status,
                    reason,
                },
            );
        }
    }
}

const WELCOME: Letter = Letter {
    slug: "welcome",
    sender: "Practitioner/paula-reed",
    days_ago: 11,
    category: "notification",
    text: "Thank you for your visit. Your after-visit summary is in the portal. Please write to us here if anything is unclear.",
    read: false,
};

/// Every living patient has an unread message; Ana and Leo have conversations.
fn correspondence(chart: &mut Chart<'_>) {
    messages::from_staff(chart, &WELCOME);
    match chart.whose.id.as_str() {
        "ana" => {
            messages::thread(chart, &ANA_QUESTION);
            messages::thread(chart, &ANA_BILL);
        }
        "leo" => messages::thread(chart, &LEO_QUESTION),
        "helen" => messages::thread(chart, &HELEN_QUESTION),
        _ => {}
    }
}

const ANA_QUESTION: Thread = Thread {
    slug: "metformin-question",
    pool: POOL_FAMILY_MEDICINE,
    sender: None,
    days_ago: 8,
    category: "medical-question",
    topic: "Metformin and travel",
    text: "We are flying to Spain in July. Should I change the times of my metformin with the time difference?",
    answer: Some(Letter {
        slug: "metformin-answer",
        sender: "Practitioner/priya-patel",
        days_ago: 6,
        category: "medical-question",
        text: "Take it with your meals wherever you are, twice a day. No other change is needed. Enjoy the trip!",
        read: false,
    }),
};

const ANA_BILL: Thread = Thread {
    slug: "bill-question",
    pool: POOL_BILLING,
    sender: None,
    days_ago: 2,
    category: "billing-question",
    topic: "Statement of June",
    text: "Was the June visit sent to my insurance before the statement was made?",
    answer: None,
};

const LEO_QUESTION: Thread = Thread {
    slug: "inhaler-question",
    pool: POOL_PEDIATRICS,
    sender: Some("RelatedPerson/ana-for-leo"),
    days_ago: 5,
    category: "prescription-question",
    topic: "Inhaler for camp",
    text: "Leo goes to camp in two weeks. Could we have a second inhaler and the camp form?",
    answer: Some(Letter {
        slug: "inhaler-answer",
        sender: "Practitioner/peter-ames",
        days_ago: 4,
        category: "prescription-question",
        text: "A second inhaler is at the pharmacy. Please bring the form to the desk, we sign it the same day.",
        read: false,
    }),
};

const HELEN_QUESTION: Thread = Thread {
    slug: "mole-question",
    pool: POOL_FAMILY_MEDICINE,
    sender: None,
    days_ago: 1,
    category: "test-result-question",
    topic: "Mole",
    text: "Has the result of my mole come back? I would like to hear it from Dr. Patel first.",
    answer: None,
};

/// One open invoice for everybody (an estate included), and a paid one.
fn bills(chart: &mut Chart<'_>) {
    let spread = ((crate::words::wobble(&chart.whose.id) + 1.0) * 6_000.0) as i64;
    let open = billing::Bill {
        slug: "june",
        days_ago: 9,
        text: "Office visit, copay and deductible",
        cents: 4_500 + spread,
        paid: false,
    };
    billing::invoice(chart, &open);
    let paid = billing::Bill {
        slug: "winter",
        days_ago: 160,
        text: "Office visit, copay",
        cents: 3_000,
        paid: true,
    };
    billing::invoice(chart, &paid);
}
