//! Work that waits for the staff: something in every role's queue, one piece of it overdue, one that waits for an
//! answer.

use crate::calendar::Calendar;
use crate::places::{POOL_FAMILY_MEDICINE, POOL_SUPPORT};
use crate::words::{coded, to};
use access::vocabulary::{BASE, BUSINESS_STATUS, TASK_CODE};
use serde_json::{Value, json};

/// A piece of work.
struct Work {
    slug: &'static str,
    code: &'static str,
    title: &'static str,
    /// A patient's id; empty where nobody knows who it is.
    patient: &'static str,
    /// HealthcareService id; empty where it is for a role.
    pool: &'static str,
    description: &'static str,
    status: (&'static str, &'static str),
    came_days_ago: i64,
    /// Workdays from now; before now where it is less than nothing.
    due_in: i64,
    said: &'static [(&'static str, &'static str, &'static str)],
}

const QUEUED: (&str, &str) = ("queued", "Queued");

const ALL: &[Work] = &[
    Work {
        slug: "identity-nina",
        code: "identity-review",
        title: "Identity review",
        patient: "",
        pool: "",
        description: "Somebody asked online for an activation code and fits nobody for certain.",
        status: ("awaiting-him-review", "Waiting for a review of identity"),
        came_days_ago: 1,
        due_in: 1,
        said: &[
            ("given-name", "First name", "Nina"),
            ("family-name", "Last name", "Kowalski"),
            ("birth-date", "Date of birth", "1979-02-11"),
            ("postal-code", "Postal code", "06457"),
            ("email", "E-mail", "nina.k@mail.example"),
        ],
    },
    Work {
        slug: "privacy-helen",
        code: "privacy-review",
        title: "Privacy review",
        patient: "helen",
        pool: "",
        description: "Does not recognise: Sara Klein, Support, looked at appointments.",
        status: QUEUED,
        came_days_ago: 4,
        due_in: -1,
        said: &[(
            "comment",
            "What the person wrote",
            "I have not called support this year. Who is this, and why?",
        )],
    },
    Work {
        slug: "restriction-rosa",
        code: "restriction-request",
        title: "Restriction requested by the patient",
        patient: "rosa",
        pool: "",
        description: "Please do not send the bill of my visit in May to my insurer: I paid it myself.",
        status: QUEUED,
        came_days_ago: 2,
        due_in: 2,
        said: &[],
    },
    Work {
        slug: "appointment-ana",
        code: "appointment-request",
        title: "Appointment request",
        patient: "ana",
        pool: POOL_FAMILY_MEDICINE,
        description: "A morning in the next two weeks, for her knee.",
        status: QUEUED,
        came_days_ago: 1,
        due_in: 1,
        said: &[("wish", "When", "Mornings before ten, any day but Tuesday")],
    },
    Work {
        slug: "result-ana",
        code: "discuss-result",
        title: "The patient waits to hear this result from a clinician",
        patient: "ana",
        pool: "",
        description: "Ana would rather hear about her thyroid test from you than read it first.",
        status: QUEUED,
        came_days_ago: 1,
        due_in: 3,
        said: &[],
    },
    Work {
        slug: "ticket-paul",
        code: "support-ticket",
        title: "Support ticket",
        patient: "paul",
        pool: POOL_SUPPORT,
        description: "The app on his phone asks for the code again at every start.",
        status: QUEUED,
        came_days_ago: 1,
        due_in: 2,
        said: &[("category", "What it is about", "app")],
    },
];

/// Every piece, seen from the calendar's now.
pub fn resources(calendar: &Calendar) -> Vec<Value> {
    ALL.iter().map(|work| task(calendar, work)).collect()
}

fn task(calendar: &Calendar, work: &Work) -> Value {
    let due = calendar.at(calendar.workday(-work.due_in), 16, 0);
    let mut task = json!({
        "resourceType": "Task", "id": format!("work-{}", work.slug),
        "status": "requested", "intent": "order",
        "businessStatus": coded(BUSINESS_STATUS, work.status.0, work.status.1),
        "code": coded(TASK_CODE, work.code, work.title), "description": work.description,
        "authoredOn": calendar.ago(work.came_days_ago, 9, 20),
        "restriction": {"period": {"end": due}}
    });
    if !work.patient.is_empty() {
        let patient = to(&format!("Patient/{}", work.patient));
        task["requester"] = patient.clone();
        task["for"] = patient;
    }
    if !work.pool.is_empty() {
        task["owner"] = to(&format!("HealthcareService/{}", work.pool));
    }
    let said = work.said.iter().map(|(code, display, text)| {
        json!({"type": coded(&format!("{BASE}/CodeSystem/task-input"), code, display),
            "valueString": text})
    });
    let said: Vec<Value> = said.collect();
    if !said.is_empty() {
        task["input"] = json!(said);
    }
    task
}
