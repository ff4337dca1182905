//! The kinds of work staff have: what each is called, whose clock runs for it, and how it is decided.

use access::Pack;
use access::calendar::Office;
use access::vocabulary::TASK_CODE;
use jiff::Timestamp;
use serde_json::Value;

/// One kind of work, by its code in the house's task codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub code: &'static str,
    /// What a queue of it is called.
    pub title: &'static str,
    pub clock: Clock,
    /// The operation that decides it, where ending it is not enough.
    pub decided_by: Option<&'static str>,
}

/// What runs until a piece of work is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Business days of an office; stands still while somebody is asked for more.
    Office(Office),
    /// Days a law gives; nothing stops them.
    Law,
    /// Whoever it is for has the time, and nobody of the staff is late.
    Person,
}

const fn kind(
    code: &'static str,
    title: &'static str,
    clock: Clock,
    decided_by: Option<&'static str>,
) -> Kind {
    Kind {
        code,
        title,
        clock,
        decided_by,
    }
}

const PRACTICE: Clock = Clock::Office(Office::Practice);
const HIM: Clock = Clock::Office(Office::Him);

/// Every kind the house makes.
#[rustfmt::skip]
pub const KINDS: &[Kind] = &[
    kind("message-handling", "Messages", PRACTICE, None),
    kind("discuss-result", "Results to talk about", PRACTICE, None),
    kind("dcf-report", "Reports to child protection", Clock::Law, None),
    kind("medication-renewal", "Renewals", PRACTICE, None),
    kind("medication-request", "Medicine requests", PRACTICE, None),
    kind("appointment-request", "Appointment requests", PRACTICE, None),
    kind("fast-pass-offer", "Earlier appointments offered", Clock::Person, None),
    kind("pre-visit-checkin", "Check-ins before a visit", Clock::Person, None),
    kind("demographics", "Addresses to check", PRACTICE, None),
    kind("signatures", "Signatures", Clock::Person, None),
    kind("insurance", "Insurance cards", PRACTICE, None),
    kind("copay", "Copays", Clock::Person, None),
    kind("payment", "Payments", PRACTICE, None),
    kind("account-activation", "Codes given out", Clock::Person, None),
    kind("identity-review", "Identity checks", HIM, Some("identity-decide")),
    kind("proxy-request", "Proxy requests", HIM, Some("proxy-decide")),
    kind("emancipation-verification", "Emancipations", HIM, Some("proxy-decide")),
    kind("proxy-review", "Proxies to review", HIM, None),
    kind("proxy-reestablish", "Proxies after 18", Clock::Person, None),
    kind("proxy-termination", "Proxies to end", HIM, None),
    kind("account-deactivation", "Accounts to close", HIM, Some("deactivation-decide")),
    kind("record-request", "Copies of a record", Clock::Law, None),
    kind("restriction-request", "Restrictions asked for", HIM, None),
    kind("privacy-review", "Privacy reviews", HIM, None),
    kind("security-incident", "Security incidents", HIM, None),
    kind("support-ticket", "Support tickets", Clock::Office(Office::Support), Some("ticket-answer")),
];

/// The kind of that code.
pub fn kind_of(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

/// The code of a Task among the house's own; empty where it has none.
pub(crate) fn code_of(task: &Value) -> &str {
    let codings = task.pointer("/code/coding").and_then(Value::as_array);
    let own = |coding: &&Value| coding["system"] == TASK_CODE;
    let own = codings.into_iter().flatten().find(own);
    own.and_then(|coding| coding["code"].as_str())
        .unwrap_or_default()
}

impl Clock {
    /// When something is due that stood still from `paused` to `resumed`.
    pub(crate) fn due_after_pause(
        self,
        pack: &Pack,
        due: Timestamp,
        paused: Timestamp,
        resumed: Timestamp,
    ) -> Timestamp {
        match self {
            Self::Office(office) => pack.calendar.due_after_pause(office, due, paused, resumed),
            Self::Law | Self::Person => due,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_queue_of_the_shipped_packs_is_of_a_kind_that_has_a_title() {
        let pack = Pack::shipped("middlesex").unwrap();
        let roles = [
            "clinician",
            "registration",
            "billing",
            "pool-agent",
            "support",
            "him",
            "privacy",
        ];
        for role in roles {
            assert!(!pack.queues.of(role).is_empty(), "{role}");
            for code in pack.queues.of(role) {
                assert!(kind_of(code).is_some(), "{role}: {code}");
            }
        }
        for kind in KINDS {
            let held = roles.iter().any(|role| pack.queues.holds(role, kind.code));
            assert!(held, "{} is in nobody's queue", kind.code);
        }
    }

    #[test]
    fn what_decides_a_kind_of_work_is_an_operation_on_its_task() {
        use fhir::operation::{Level, find};
        for kind in KINDS {
            let Some(code) = kind.decided_by else {
                continue;
            };
            let task = Some(fhir::ResourceType::TASK);
            assert!(find(code, Level::Instance, task).is_some(), "{code}");
        }
    }

    #[test]
    fn a_clock_of_the_law_does_not_stand_still() {
        let pack = Pack::shipped("middlesex").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let due = at("2026-11-25T22:00:00Z");
        let moved = |clock: Clock| {
            let (paused, resumed) = (at("2026-11-23T15:00:00Z"), at("2026-11-25T15:00:00Z"));
            clock.due_after_pause(&pack, due, paused, resumed)
        };
        // Two business days were left; Thanksgiving is none.
        assert_eq!(moved(PRACTICE), at("2026-11-30T22:00:00Z"));
        assert_eq!(moved(Clock::Law), due);
    }
}
