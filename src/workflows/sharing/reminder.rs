//! What a patient keeps back already, as they are told when somebody asks for more: a line, and no content.

use std::sync::Arc;

use access::labels::{ACT_CODE, PRIVATE};
use access::standing::Agent;
use access::{Access, Task};
use fhir::ResourceType;
use serde_json::Value;

use super::{Denials, Limit, Whom, listed};
use crate::marks;
use crate::privacy::Desk;
use crate::proxies::Error;

/// Things marked private that are counted, where it is only told how many.
const PRIVATE_COUNTED_MAX: usize = 1_000;

/// What is kept back from an app that asks to be connected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reminder {
    /// From this app, by name.
    pub from_it: Limit,
    /// From every app.
    pub from_all: Limit,
    /// Things marked private.
    pub private: usize,
    /// New results wait for a clinician.
    pub waits: bool,
}

impl Reminder {
    /// In words; empty where nothing is kept back.
    pub fn in_words(&self) -> String {
        let mut kept: Vec<String> = Vec::new();
        for (limit, from) in [(&self.from_it, "this app"), (&self.from_all, "all apps")] {
            match limit.in_words().as_str() {
                "" => {}
                words => kept.push(format!("{words} (from {from}{})", until(limit))),
            }
        }
        match self.private {
            0 => {}
            1 => kept.push("one thing marked private".to_owned()),
            PRIVATE_COUNTED_MAX.. => {
                kept.push(format!(
                    "more than {} things marked private",
                    PRIVATE_COUNTED_MAX - 1
                ));
            }
            count => kept.push(format!("{count} things marked private")),
        }
        if self.waits {
            kept.push("new results that wait for a clinician".to_owned());
        }
        listed(&kept)
    }
}

fn until(limit: &Limit) -> String {
    match limit.until.as_str() {
        "" => String::new(),
        day => format!(", until {day}"),
    }
}

/// What the patient in context keeps back from an app. Of what somebody marked private only they are told, and that
/// results wait.
///
/// # Errors
/// `Absent` without a patient in context.
pub async fn reminder(desk: &Desk<'_>, client: &str, is_self: bool) -> Result<Reminder, Error> {
    let denials = Denials::of(desk).await?;
    Ok(Reminder {
        from_it: denials.limit(&Whom::App(client.to_owned())),
        from_all: denials.limit(&Whom::AllApps),
        private: match is_self {
            true => private(desk).await?,
            false => 0,
        },
        waits: is_self && denials.waits,
    })
}

/// How many things the patient marked private, counted as far as is told.
async fn private(desk: &Desk<'_>) -> Result<usize, Error> {
    let patient = desk.patient()?;
    let (pack, now) = (Arc::clone(desk.access.pack()), desk.access.now());
    let eyes = Access::for_task_by(Task::Standing, Agent::default(), pack, now);
    let records = desk.storage.records(&eyes);
    let types = ResourceType::all().filter(|of| marks::may_be_private(*of));
    let types: Vec<ResourceType> = types.collect();
    let most = PRIVATE_COUNTED_MAX;
    let label = (ACT_CODE, PRIVATE);
    let labelled = records.labelled(patient, &types, label, most).await?;
    let own = labelled.iter().filter(|seen| {
        let json: Option<Value> = serde_json::from_slice(seen.body()).ok();
        json.is_some_and(|json| marks::is_private(&json))
    });
    Ok(own.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_back_is_told_in_one_line_without_content() {
        let sensitive = Limit {
            sensitive: true,
            until: "2026-12-31".to_owned(),
            ..Limit::default()
        };
        let mut reminder = Reminder::default();
        assert_eq!(reminder.in_words(), "");
        reminder.from_it = sensitive;
        assert_eq!(
            reminder.in_words(),
            "sensitive care (from this app, until 2026-12-31)"
        );
        reminder.private = 3;
        reminder.waits = true;
        reminder.from_all.parts = vec!["notes".to_owned()];
        assert_eq!(
            reminder.in_words(),
            "sensitive care (from this app, until 2026-12-31), notes and documents (from all apps), \
             3 things marked private and new results that wait for a clinician"
        );
        let many = Reminder {
            private: PRIVATE_COUNTED_MAX,
            ..Reminder::default()
        };
        assert!(many.in_words().starts_with("more than "));
    }
}
