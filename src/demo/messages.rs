//! Messages between patients and the practice, some of them unread, with the task of whoever
//! answers.

use crate::chart::Chart;
use crate::places::display_of;
use crate::words::{coded, named, to};
use access::vocabulary::BASE;
use serde_json::{Value, json};

/// A message from the practice.
#[derive(Debug, Clone, Copy)]
pub struct Letter {
    pub slug: &'static str,
    pub sender: &'static str,
    pub days_ago: i64,
    pub category: &'static str,
    pub text: &'static str,
    pub read: bool,
}

/// A question from the patient, or from who acts for them (`RelatedPerson/…`), with the answer if
/// there is one.
#[derive(Debug, Clone, Copy)]
pub struct Thread {
    pub slug: &'static str,
    /// HealthcareService id.
    pub pool: &'static str,
    pub sender: Option<&'static str>,
    pub days_ago: i64,
    pub category: &'static str,
    pub topic: &'static str,
    pub text: &'static str,
    pub answer: Option<Letter>,
}

fn base(chart: &Chart<'_>, slug: &str, category: &str, sent: &str) -> Value {
    json!({
        "resourceType": "Communication", "id": chart.id(&format!("message-{slug}")),
        "status": "completed",
        "category": [coded(&format!("{BASE}/CodeSystem/message-category"), category,
            &category.replace('-', " "))],
        "medium": [coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationMode", "ELECTRONIC",
            "electronic data")],
        "subject": chart.subject(), "sent": sent
    })
}

/// A message from the practice to the patient; unread while it has no `received`.
pub fn from_staff(chart: &mut Chart<'_>, letter: &Letter) -> String {
    let sent = chart.calendar.ago(letter.days_ago, 14, 10);
    let mut made = base(chart, letter.slug, letter.category, &sent);
    if let Some(map) = made.as_object_mut() {
        map.insert(
            "sender".into(),
            named(letter.sender, &display_of(letter.sender)),
        );
        map.insert("recipient".into(), json!([chart.subject()]));
        if letter.read {
            let read = chart.calendar.ago((letter.days_ago - 1).max(0), 8, 30);
            map.insert("received".into(), json!(read));
        }
        map.insert("payload".into(), json!([{"contentString": letter.text}]));
    }
    chart.add(made, letter.sender, &sent)
}

/// A question with its answer and the pool's task.
pub fn thread(chart: &mut Chart<'_>, thread: &Thread) {
    let sent = chart.calendar.ago(thread.days_ago, 20, 15);
    let pool = format!("HealthcareService/{}", thread.pool);
    let sender = thread.sender.map_or_else(|| chart.patient(), str::to_owned);
    let mut question = base(chart, thread.slug, thread.category, &sent);
    if let Some(map) = question.as_object_mut() {
        map.insert("topic".into(), json!({"text": thread.topic}));
        map.insert("sender".into(), to(&sender));
        map.insert("recipient".into(), json!([to(&pool)]));
        map.insert("payload".into(), json!([{"contentString": thread.text}]));
        if thread.answer.is_some() {
            let read = chart.calendar.ago((thread.days_ago - 1).max(0), 9, 5);
            map.insert("received".into(), json!(read));
        }
    }
    let head = chart.add(question, &sender, &sent);
    if let Some(letter) = &thread.answer {
        let answered = chart.calendar.ago(letter.days_ago, 14, 10);
        let mut reply = base(chart, letter.slug, letter.category, &answered);
        if let Some(map) = reply.as_object_mut() {
            map.insert("partOf".into(), json!([to(&head)]));
            map.insert("inResponseTo".into(), json!([to(&head)]));
            map.insert("topic".into(), json!({"text": thread.topic}));
            map.insert(
                "sender".into(),
                named(letter.sender, &display_of(letter.sender)),
            );
            map.insert("recipient".into(), json!([to(&sender)]));
            map.insert("payload".into(), json!([{"contentString": letter.text}]));
            if letter.read {
                let read = chart.calendar.ago((letter.days_ago - 1).max(0), 18, 30);
                map.insert("received".into(), json!(read));
            }
        }
        chart.add(reply, letter.sender, &answered);
    }
    handling(chart, thread, &head, &pool, &sent);
}

fn handling(chart: &mut Chart<'_>, thread: &Thread, head: &str, pool: &str, sent: &str) {
    let (status, business) = if thread.answer.is_some() {
        ("completed", ("closed", "Closed"))
    } else {
        ("requested", ("queued", "Queued"))
    };
    let due = chart
        .calendar
        .at(chart.calendar.workday(thread.days_ago - 4), 17, 0);
    let task = json!({
        "resourceType": "Task", "id": chart.id(&format!("handle-{}", thread.slug)),
        "status": status, "intent": "order",
        "businessStatus": coded(&format!("{BASE}/CodeSystem/business-status"), business.0, business.1),
        "code": coded(&format!("{BASE}/CodeSystem/task-code"), "message-handling", "Message handling"),
        "focus": to(head), "for": to(&chart.patient()), "authoredOn": sent, "owner": to(pool),
        "restriction": {"period": {"end": due}}
    });
    chart.add_plain(task);
}
