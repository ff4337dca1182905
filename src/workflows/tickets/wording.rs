//! What people are told about their question, in the pack's hours and numbers.

use access::Pack;
use access::calendar::Office;
use jiff::Timestamp;
use jiff::civil::Time;
use storage::tickets::View;

use super::Taken;

/// The hours of an office: `8:00 AM to 5:00 PM on business days`.
pub fn hours(pack: &Pack, office: Office) -> String {
    let hours = pack.calendar.hours(office);
    let clock = |time: Time| time.strftime("%-I:%M %p").to_string();
    let (open, close) = (clock(hours.open), clock(hours.close));
    format!("{open} to {close} on business days")
}

/// What came of a question, in a few sentences.
pub fn message(taken: &Taken, pack: &Pack) -> String {
    match taken {
        Taken::Emergency => {
            "If somebody may be in danger, call 911 now. In a mental health crisis call or text 988. Support cannot \
             help in an emergency, and nothing was sent."
                .to_owned()
        }
        Taken::Redirected { phone, .. } => {
            let whom = match phone {
                Some(phone) => format!("Call your practice at {phone}"),
                None => "Call your practice".to_owned(),
            };
            format!(
                "This is about health, and support cannot answer that. {whom}, or write them a message. What you \
                 wrote was not kept and not sent on."
            )
        }
        Taken::Ticket {
            number,
            due,
            touches_health,
            ..
        } => {
            let mut text = format!(
                "Your ticket is {number}. Support answers by {}.",
                day(*due, pack)
            );
            if *touches_health {
                text.push_str(" It cannot answer what is about health: ask your practice that.");
            }
            text
        }
    }
}

/// What to show while an account is open.
pub fn banner(view: &View, pack: &Pack) -> String {
    let until = view.expires.to_zoned(pack.zone().clone());
    format!(
        "Support view for ticket {} until {}: to look at only. The patient sees every look.",
        view.number,
        until.strftime("%-I:%M %p")
    )
}

fn day(at: Timestamp, pack: &Pack) -> String {
    let local = at.to_zoned(pack.zone().clone());
    local.strftime("%A, %B %-d").to_string()
}
