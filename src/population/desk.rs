//! The practice's desk: appointments, messages and bills.

use crate::billing::{self, Bill};
use crate::calendar::years_between;
use crate::chart::Chart;
use crate::dice::Dice;
use crate::encounters::Told;
use crate::household::{Family, Person};
use crate::kin::related_id;
use crate::life::workday_after;
use crate::practice::pool;
use crate::words::{Code, coded, named, snomed, to};
use access::vocabulary::BASE;
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};

/// An appointment of half an hour.
#[derive(Debug, Clone, Copy)]
pub struct Appointment<'a> {
    pub slug: &'a str,
    pub date: Date,
    pub hour: i8,
    pub status: &'a str,
    pub reason: Code,
    /// `Practitioner/…`
    pub practitioner: &'a str,
    pub practitioner_name: &'a str,
    /// `Location/…`
    pub location: &'a str,
    /// `HealthcareService/…`
    pub pool: &'a str,
    pub created: &'a str,
}

/// Writes an appointment.
pub fn appointment(chart: &mut Chart<'_>, it: &Appointment<'_>) {
    let calendar = chart.calendar;
    let accepted =
        |actor: Value| json!({"actor": actor, "required": "required", "status": "accepted"});
    let resource = json!({
        "resourceType": "Appointment", "id": chart.id(&format!("appointment-{}", it.slug)),
        "status": it.status, "serviceType": [{"text": "Office visit"}],
        "appointmentType": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0276",
            "code": "ROUTINE", "display": "Routine appointment"}]},
        "reasonCode": [it.reason.concept()], "description": it.reason.display,
        "start": calendar.at(it.date, it.hour, 0), "end": calendar.at(it.date, it.hour, 30),
        "minutesDuration": 30, "created": it.created,
        "patientInstruction": "Please arrive ten minutes early and bring your insurance card.",
        "participant": [accepted(chart.subject()),
            accepted(named(it.practitioner, it.practitioner_name)),
            accepted(to(it.location)), accepted(to(it.pool))]
    });
    chart.add(resource, it.practitioner, it.created);
}

/// What the desk has of somebody: the account, the last bill, the next appointment, a letter.
pub fn record(
    chart: &mut Chart<'_>,
    family: &Family,
    person: &Person,
    told: &Told<'_>,
    dice: &mut Dice,
) {
    billing::account(chart, person.registered);
    let calendar = chart.calendar;
    let date = told.visit.date;
    let billed = workday_after(date, 9).min(calendar.today());
    let paid = workday_after(billed, dice.whole(6, 40));
    let settled = paid < calendar.today() && dice.chance(0.75);
    let bill = Bill {
        slug: &told.slug,
        date: billed,
        text: "Office visit, copay and deductible",
        cents: dice.whole(2_500, 18_000),
        paid: settled.then_some(paid),
        recipient: payer(chart, family, person),
    };
    billing::invoice(chart, &bill);
    if person.died.is_some() {
        return;
    }
    let doctor = family.clinician(told.age);
    let name = doctor.display();
    let location = if told.age < 18.0 {
        family.practice.pediatrics
    } else {
        family.practice.office
    };
    let created = workday_after(calendar.today(), -dice.whole(4, 30));
    // A day that fell on a weekend moved ahead; nothing is made in the future.
    let created = calendar.at(
        created.min(calendar.today().saturating_sub(1.days())),
        11,
        5,
    );
    let next = Appointment {
        slug: "next",
        date: workday_after(calendar.today(), dice.whole(3, 90)),
        hour: i8::try_from(dice.whole(8, 15)).unwrap_or(9),
        status: "booked",
        reason: snomed("185349003", "Check-up"),
        practitioner: doctor.reference,
        practitioner_name: &name,
        location,
        pool: &pool(family.practice),
        created: &created,
    };
    appointment(chart, &next);
    letter(chart, family, told, dice.chance(0.5));
}

/// Who pays: the first parent for a child, else the patient.
fn payer(chart: &Chart<'_>, family: &Family, person: &Person) -> Value {
    let child = years_between(person.birth, chart.calendar.today()) < 18.0;
    let place = family.people.iter().position(|it| it.id == person.id);
    let tie = family
        .ties
        .iter()
        .find(|tie| child && Some(tie.patient) == place && !tie.restricted);
    match tie {
        Some(tie) => to(&format!("RelatedPerson/{}", related_id(family, tie))),
        None => chart.subject(),
    }
}

/// A message after the last visit, read or still unread.
fn letter(chart: &mut Chart<'_>, family: &Family, told: &Told<'_>, read: bool) {
    let calendar = chart.calendar;
    let day = workday_after(told.visit.date, 2).min(calendar.today().saturating_sub(1.days()));
    let sent = calendar.at(day, 14, 10);
    let nurse = family.practice.nurse;
    let mut resource = json!({
        "resourceType": "Communication", "id": chart.id("message-visit"),
        "status": "completed",
        "category": [coded(&format!("{BASE}/CodeSystem/message-category"), "notification",
            "notification")],
        "medium": [coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationMode", "ELECTRONIC",
            "electronic data")],
        "subject": chart.subject(), "sent": sent,
        "sender": named(nurse.reference, &nurse.display()),
        "recipient": [chart.subject()],
        "payload": [{"contentString": "Thank you for your visit. The summary is in the portal. \
            Please write to us here if anything is unclear."}]
    });
    if let (true, Some(map)) = (read, resource.as_object_mut()) {
        map.insert("received".into(), json!(calendar.at(day, 19, 30)));
    }
    chart.add(resource, nurse.reference, &sent);
}
